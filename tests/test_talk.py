"""How to talk about a disagreement: by which kind of difference it is, in words and with sources, wherever it is shown."""

import json
from pathlib import Path

import pytest

from advisor.analysis.consultation import ConsultationResult
from advisor.documents.blocks import Document, Items, text_of
from advisor.documents.session import SessionSubject, disagreements_document, session_packet
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.rulebook_reader import read_rulebook
from advisor.io.view_reader import parse_view
from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.model.talk import DIFFERENCES, Talk, UnequalSides
from advisor.render import report
from advisor.render.talk_advice import talk_advice
from advisor.service import Service
from conftest import ROOT
from support.small_rulebooks import write_rules

TALK = "vocabulary/talk.yaml"
POWER = (UnequalSides("power", "agency", "family"),)


@pytest.fixture(scope="module")
def found(loaded: Loaded) -> ConsultationResult:
    files = sorted((ROOT / "examples" / "consultation").glob("*.yaml"))
    views = [parse_view(path.read_bytes(), loaded.rulebook.vocabulary, name=path.name) for path in files]
    return Service(loaded, ChainEngine(loaded.cache)).consult(views)


def test_the_question_says_what_kind_of_difference_it_is_or_else_its_section() -> None:
    talk = Talk({}, {"s": "facts"}, {"q": "trust"})
    assert talk.differences("q", "s", [{"agency"}, {"partner"}]) == ("trust",)
    assert talk.differences("other", "s", []) == ("facts",)
    assert talk.differences("other", "t", []) == ()


def test_where_the_sides_have_not_the_same_say_it_is_one_of_power_too() -> None:
    talk = Talk({}, {"s": "facts", "t": "power"}, {}, POWER)
    assert talk.differences("q", "s", [{"agency"}, {"family", "partner"}]) == ("facts", "power")
    assert talk.differences("q", "s", [{"agency", "family"}, {"family"}]) == ("facts", "power")
    assert talk.differences("q", "s", [{"agency", "family"}, {"partner"}]) == ("facts",)
    assert talk.differences("q", "t", [{"agency"}, {"family"}]) == ("power",)


def test_every_question_is_of_a_kind_and_every_kind_has_words_and_sources(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    assert [each.id for each in vocabulary.questions.values() if not vocabulary.talk.differences(each.id, each.section, [])] == []
    for difference in DIFFERENCES:
        told = talk_advice(difference, loaded)
        assert all((told.named, told.ask_first, told.speaks_first, told.no_vote))
        assert len(told.sources) > 1


def items_of(document: Document) -> list[str]:
    blocks = [block for section in document.sections for block in section.blocks]
    return [text_of(item) for block in blocks if isinstance(block, Items) for item in block.items]


def test_it_stands_beside_each_disagreement_that_turns_something(found: ConsultationResult, loaded: Loaded) -> None:
    assert found.disagreements is not None
    turning = [point for point in found.disagreements if point.turns]
    assert len({point.differences for point in turning}) > 2
    told, subject = report.consultation(found, loaded, "chain"), SessionSubject(found, loaded)
    markdown, page = told.to_markdown(), told.to_html()
    listed, packet = (items_of(make(subject)) for make in (disagreements_document, session_packet))
    for difference in DIFFERENCES:
        times = sum(difference in point.differences for point in turning)
        advice = talk_advice(difference, loaded)
        assert (
            markdown.count(f"**Ask first:** {advice.ask_first}") == page.count(f"Ask first:</strong> {advice.ask_first}") == times
        )
        assert listed.count(f"Do not vote on: {advice.no_vote}") == times
        assert packet.count(f"Who speaks first: {advice.speaks_first}") == sum(
            difference in point.differences for point in turning[:8]
        )
        assert sum(advice.sources[0] in item for item in listed) == times


def test_as_json_it_is_told_once_for_each_kind_that_there_is(found: ConsultationResult, loaded: Loaded) -> None:
    told = json.loads(report.consultation(found, loaded, "chain").to_json())
    kinds = {kind for point in told["disagreements"] if point["turns"] for kind in point["differences"]}
    assert {each["difference"] for each in told["talk"]} == kinds
    assert all(each["ask_first"] and each["sources"] for each in told["talk"])


RIGHT = "sources: {trust: [s.one]}\nsections: {basics: facts}\nquestions: {ask.open: trust}\n"


def test_a_small_rulebook_may_say_it_or_not(tmp_path: Path) -> None:
    assert read_rulebook(write_rules(tmp_path / "a", {TALK: RIGHT})).vocabulary.talk == Talk(
        {"trust": ("s.one",)}, {"basics": "facts"}, {"ask.open": "trust"}
    )
    assert read_rulebook(write_rules(tmp_path / "b", {})).vocabulary.talk == Talk()


@pytest.mark.parametrize(
    ("old", "new", "code", "wrong", "line"),
    [
        ("trust: [s.one]", "trst: [s.one]", "unknown-value", "trst", 1),
        ("[s.one]", "[s.on]", "unknown-source", "s.on", 1),
        ("basics: facts", "basic: facts", "unknown-value", "basic", 2),
        ("ask.open: trust", "ask.opn: trust", "unknown-value", "ask.opn", 3),
        ("ask.open: trust", "ask.open: love", "unknown-value", "love", 3),
        ("{basics: facts}", "[basics]", "mapping-expected", "", 2),
        ("\nquestions", "\nbetween: [{one: agency, other: mother, difference: power}]\nquestions", "unknown-value", "mother", 3),
        ("\nquestions", "\nbetween: power\nquestions", "list-expected", "", 3),
    ],
)
def test_what_is_wrong_in_it_is_said_with_its_line(tmp_path: Path, old: str, new: str, code: str, wrong: str, line: int) -> None:
    with pytest.raises(InputError) as told:
        read_rulebook(write_rules(tmp_path, {TALK: RIGHT.replace(old, new)}))
    assert [(each.code, each.found, each.line) for each in told.value.problems] == [(code, wrong, line)]
    assert told.value.problems[0].file.endswith("talk.yaml")
