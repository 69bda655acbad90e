"""Levers: what moves the main answer, within reach of those at the table, and never for the worse."""

import pytest

from advisor.analysis.levers import levers
from advisor.engine import engine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.references import ConclusionRef
from advisor.model.vocabulary import YES_NO, Question
from advisor.service import Service
from conftest import ROOT

EXAMPLES = ("domestic-violence-one-service", "early-learning-after-broken-trust", "no-result-both-want", "readme")


def question(kind: str, options: tuple[str, ...], **more: object) -> Question:
    return Question("q", "s", kind, options, "agency", "agency", False, (), {}, "", 1, **more)  # type: ignore[arg-type]


def test_an_answer_may_become_a_better_one_one_that_is_alike_but_no_worse_one() -> None:
    asked = question("choice", ("none", "open", "managed", "hidden"), better=(("managed",), ("none",)))
    assert asked.may_become(("open",), ("managed",))
    assert asked.may_become(("managed",), ("none",))
    assert not asked.may_become(("none",), ("managed",))
    assert not asked.may_become(("open",), ("hidden",))
    assert not asked.may_become((), ("open",))
    alike = question("choice", ("a", "b", "c"), better=(("a", "b"),))
    assert alike.may_become(("b",), ("a",))
    assert question("yes-no", YES_NO).may_become(("yes",), ("no",))


def test_of_a_list_there_may_be_only_fewer_or_only_more() -> None:
    fewer = question("several", ("a", "b", "none"), members="fewer")
    assert fewer.may_become(("a", "b"), ("a",))
    assert fewer.may_become(("a",), ("none",))
    assert not fewer.may_become(("a",), ("a", "b"))
    more = question("several", ("a", "b", "none"), members="more")
    assert more.may_become(("none",), ("a",))
    assert not more.may_become(("a", "b"), ("a",))


@pytest.mark.parametrize("name", EXAMPLES)
def test_nothing_that_is_proposed_is_out_of_reach_or_for_the_worse(name: str, loaded: Loaded) -> None:
    service = Service(loaded, engine("chain", loaded.cache))
    case = read_case(ROOT / "examples" / f"{name}.yaml", loaded.rulebook.vocabulary)
    questions, parts = service.vocabulary.questions, service.vocabulary.advice_parts
    found = levers(service.sensitivity(case), service.vocabulary)
    assert len({(flip.change.partner, flip.change.question) for flip in found}) == len(found)
    for flip in found:
        asked = questions[flip.change.question]
        assert asked.within_reach
        assert asked.may_become(flip.change.was, flip.change.now)
    for value in service.vocabulary.findings[parts.recommended].values:
        for path in service.reach(case, [str(ConclusionRef(parts.recommended, value))]).paths:
            for step in (*path.changes, *path.presumed):
                assert questions[step.question].may_become(step.before, step.after), step
