"""Which answers count: those to questions that are asked in the case. The others are set aside."""

from pathlib import Path

import pytest

from advisor.engine.facts import Facts
from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.io.rulebook_reader import read_rulebook
from advisor.model.case import Case, Partner
from support.small_rulebooks import BASICS, QUESTIONS, write_rules

CHAIN = """\
  - {id: ask.deep, type: yes-no, changeable: fixed, source: [s.one], when: {ask.colour: red}}
  - {id: ask.met, type: yes-no, changeable: fixed, source: [s.one], when: {any_partner: {partner.step: high}}}
"""


@pytest.fixture(scope="module")
def relevance(tmp_path_factory: pytest.TempPathFactory) -> Relevance:
    """The small vocabulary, with a question that rests on a conditional one and one that rests on partners."""
    folder: Path = tmp_path_factory.mktemp("small")
    return Relevance(read_rulebook(write_rules(folder, {BASICS: QUESTIONS + CHAIN})).vocabulary)


def facts(relevance: Relevance, partners: tuple[Partner, ...] = (), /, **answers: str) -> Facts:
    given = {f"ask.{name}": (answer,) for name, answer in answers.items()}
    return relevance.facts(Case("c", given, partners))


def test_an_answer_to_a_question_that_is_asked_counts(relevance: Relevance) -> None:
    found = facts(relevance, open="yes", colour="red", deep="no")
    assert found.agency == {"ask.open": ("yes",), "ask.colour": ("red",), "ask.deep": ("no",)}
    assert found.set_aside == ()


def test_an_answer_to_a_question_that_is_not_asked_is_set_aside(relevance: Relevance) -> None:
    found = facts(relevance, open="no", colour="red")
    assert found.agency == {"ask.open": ("no",)}
    assert found.set_aside == (("", "ask.colour"),)


def test_what_rests_on_an_answer_set_aside_is_set_aside_too(relevance: Relevance) -> None:
    found = facts(relevance, open="no", colour="red", deep="yes")
    assert found.set_aside == (("", "ask.colour"), ("", "ask.deep"))


def test_silence_asks_no_further(relevance: Relevance) -> None:
    assert facts(relevance, colour="red").set_aside == (("", "ask.colour"),)


def test_relevance_is_judged_partner_by_partner(relevance: Relevance) -> None:
    keen = Partner("a", {"partner.keen": ("yes",), "partner.step": ("high",)})
    other = Partner("b", {"partner.keen": ("no",), "partner.step": ("high",)})
    found = facts(relevance, (keen, other), met="yes")
    assert found.partners == ({"partner.keen": ("yes",), "partner.step": ("high",)}, {"partner.keen": ("no",)})
    assert found.set_aside == (("b", "partner.step"),)
    assert found.agency == {"ask.met": ("yes",)}


def test_a_question_on_partners_sees_only_answers_that_count(relevance: Relevance) -> None:
    found = facts(relevance, (Partner("b", {"partner.keen": ("no",), "partner.step": ("high",)}),), met="yes")
    assert found.agency == {}
    assert found.set_aside == (("b", "partner.step"), ("", "ask.met"))


def test_whether_a_question_is_asked_can_be_told_without_its_answer(relevance: Relevance) -> None:
    found = facts(relevance, (Partner("a", {"partner.keen": ("yes",)}), Partner("b", {})), open="yes")
    assert found.asks("ask.open")
    assert found.asks("ask.colour")
    assert not found.asks("ask.deep")
    assert not found.asks("ask.met")
    assert [found.asks("partner.step", n) for n in (0, 1)] == [True, False]
    assert found.asks("partner.keen", 1)
    assert found.not_asked == {(AGENCY, "ask.deep"), (AGENCY, "ask.met"), (1, "partner.step")}


def test_the_case_itself_is_not_changed(relevance: Relevance) -> None:
    case = Case("c", {"ask.colour": ("red",)}, (Partner("a", {"partner.step": ("high",)}),))
    relevance.facts(case)
    assert case == Case("c", {"ask.colour": ("red",)}, (Partner("a", {"partner.step": ("high",)}),))
