"""Every word comes from `prompts/`, and is checked against the rulebook: nothing unworded, nothing left over."""

import re
from pathlib import Path

import pytest

from advisor.io.rulebook_reader import read_rulebook
from advisor.io.wording_reader import read_phrases, read_wording
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.sentence import sentence
from advisor.model.wording import QuestionWording, ValueWording, Wording
from conftest import ROOT
from support.small_rulebooks import SMALL, small_rulebook, write_rules
from support.small_wordings import WORDS, write_words


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return small_rulebook(tmp_path_factory.mktemp("small"))


def changed(name: str, old: str, new: str) -> dict[str, str]:
    assert old in WORDS[name]
    return {name: WORDS[name].replace(old, new, 1)}


def test_all_words_are_read(tmp_path: Path, small: Rulebook) -> None:
    wording = read_wording(write_words(tmp_path), small)
    assert wording.language == "en"
    assert wording.questions["ask.colour"] == QuestionWording(
        "Which colour?", "Look at it.", "Colours matter.", {"red": "Red", "green": "Green", "blue": "Blue"}
    )
    assert wording.findings["closeness"]["middle"] == ValueWording("halfway", "Between the two.")
    assert wording.findings["mark"]["a"] == ValueWording("An a")
    assert wording.phrases == {"answers": {"yes": "Yes", "no": "No"}}
    assert wording.documents == {"letter": {"greeting": "Dear {{ name }},"}}
    assert [sentence(wording.pages["start"]["cases"], number=number) for number in (0, 1, 2)] == ["0 cases", "1 case", "2 cases"]


def test_words_of_a_finding_may_stand_in_several_files(tmp_path: Path, small: Rulebook) -> None:
    changes = changed("findings/topic.yaml", "mark: {a: An a, b: A b, c: A c}", "mark: {a: An a, b: A b}")
    changes["findings/more.yaml"] = "mark: {c: A c}\n"
    assert set(read_wording(write_words(tmp_path, changes), small).findings["mark"]) == {"a", "b", "c"}


def test_options_of_an_earlier_question_are_called_as_there(tmp_path: Path) -> None:
    basics = "vocabulary/questions/basics.yaml"
    again = "  - {id: ask.again, type: several, options-of: ask.things, changeable: fixed, source: [s.one]}\n"
    rulebook = read_rulebook(write_rules(tmp_path / "rules", {basics: SMALL[basics] + again}))
    words = {QUESTIONS_FILE: WORDS[QUESTIONS_FILE] + "ask.again: {ask: Which of it?, options: {none: Nothing of it}}\n"}
    asked = read_wording(write_words(tmp_path, words), rulebook).questions["ask.again"]
    assert asked.options == {"box": "A box", "bag": "A bag", "none": "Nothing of it"}


def test_what_is_called_alike_is_said_once(tmp_path: Path, small: Rulebook) -> None:
    changes = changed("findings/topic.yaml", "mark: {a: An a, b: A b, c: A c}", "mark: {each: A letter, b: A b}")
    called = read_wording(write_words(tmp_path, changes), small).findings["mark"]
    assert {value: words.title for value, words in called.items()} == {"a": "A letter", "b": "A b", "c": "A letter"}


QUESTIONS_FILE, FINDINGS_FILE = "questions/basics.yaml", "findings/topic.yaml"
MISTAKES = {
    "a question not worded": (changed(QUESTIONS_FILE, "ask.open: {ask: Is it open?}\n", ""), "not-worded", "ask.open", 0),
    "an option not worded": (changed(QUESTIONS_FILE, ", blue: Blue", ""), "not-worded", "blue", 0),
    "all options not worded": (
        changed(QUESTIONS_FILE, ", options: {box: A box, bag: A bag, none: Nothing}", ""),
        "not-worded",
        "box",
        0,
    ),
    "an unknown question": (changed(QUESTIONS_FILE, "ask.open:", "ask.opn:"), "unknown-question", "ask.opn", 1),
    "an unknown option": (changed(QUESTIONS_FILE, "blue: Blue", "bleu: Blue"), "unknown-value", "bleu", 7),
    "a question without its ask": (changed(QUESTIONS_FILE, "{ask: Are they keen?}", "{help: x}"), "missing-key", "ask", 9),
    "a value not worded": (changed(FINDINGS_FILE, ", c: A c", ""), "not-worded", "c", 0),
    "a step not worded": (changed(FINDINGS_FILE, ", high: up high", ""), "not-worded", "high", 0),
    "an unknown finding": (changed(FINDINGS_FILE, "badge:", "bagde:"), "unknown-finding", "bagde", 3),
    "an unknown value": (changed(FINDINGS_FILE, "tin: Of", "tni: Of"), "unknown-value", "tni", 3),
    "a value worded twice": ({"findings/more.yaml": "mark:\n  a: Again\n"}, "duplicate-id", "a", 2),
    "a value without its title": (changed(FINDINGS_FILE, "title: halfway, ", ""), "missing-key", "title", 1),
    "a value that is a list": (changed(FINDINGS_FILE, "gold: Golden", "gold: [Golden]"), "mapping-expected", "", 3),
    "a finding that is a word": ({"findings/more.yaml": "mark: An a\n"}, "unknown-finding", "mark", 1),
    "a file that is a list": ({"phrases/more.yaml": "- a\n"}, "mapping-expected", "", 1),
    "a phrase that is a list": ({"phrases/more.yaml": "x: [y]\n"}, "word-expected", "x", 1),
    "a sentence that cannot be read": ({"pages/more.yaml": "x: '{{ name'\n"}, "not-a-sentence", "", 1),
    "a tag that is not closed": ({"pages/more.yaml": "x: <a>y\n"}, "tag-without-match", "a", 1),
    "a tag that is not opened": ({"pages/more.yaml": "x: y</a>\n"}, "tag-without-match", "a", 1),
    "tags that overlap": ({"pages/more.yaml": "x: <a><b>y</a></b>\n"}, "tag-without-match", "a", 1),
    "a form that is missing": ({"pages/more.yaml": "x:\n  count: n\n  one: y\n"}, "missing-key", "other", 2),
    "a form that the language has not": (
        {"pages/more.yaml": "x:\n  {count: n, one: y, few: y, other: y}\n"},
        "unknown-key",
        "few",
        2,
    ),
    "forms of no number": ({"pages/more.yaml": "x: {one: y, other: y}\n"}, "unknown-key", "one", 1),
    "a part that cannot be read": ({"pages/more.yaml": "x: {text: '{{ y }}', with: {y: '{% if %}'}}\n"}, "not-a-sentence", "", 1),
    "a sentence of pages that is a phrase too": ({"phrases/start.yaml": "cases: x\n"}, "duplicate-id", "cases", 0),
    "a file that is not YAML": ({"phrases/more.yaml": "x: [y\n"}, "not-yaml", "", 2),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_reported_where_it_stands(mistake: str, tmp_path: Path, small: Rulebook) -> None:
    changes, code, found, line = MISTAKES[mistake]
    with pytest.raises(InputError) as raised:
        read_wording(write_words(tmp_path, changes), small)
    assert (code, line) in {(p.code, p.line) for p in raised.value.problems if found in p.found}


def test_mistakes_in_several_files_are_reported_together(tmp_path: Path, small: Rulebook) -> None:
    changes = changed(QUESTIONS_FILE, "ask.open:", "ask.opn:") | changed(FINDINGS_FILE, "tin: Of", "tni: Of")
    with pytest.raises(InputError) as raised:
        read_wording(write_words(tmp_path, changes), small)
    assert {p.file for p in raised.value.problems} == {
        "prompts/en/questions/basics.yaml",
        "prompts/en/questions",
        "prompts/en/findings/topic.yaml",
        "prompts/en/findings",
    }


def test_phrases_can_be_read_without_a_rulebook(tmp_path: Path) -> None:
    assert read_phrases(write_words(tmp_path))["answers"]["yes"] == "Yes"


WORDING = Wording(
    "en",
    {"ask.colour": QuestionWording("Which colour?", options={"red": "Red"})},
    {"mark": {"a": ValueWording("An a", "The first.")}},
    {"answers": {"yes": "Yes"}},
)


def test_an_option_reads_as_its_question_words_it_then_as_answers_do() -> None:
    assert WORDING.option("ask.colour", "red") == "Red"
    assert WORDING.option("ask.colour", "yes") == "Yes"
    assert WORDING.option("ask.open", "yes") == "Yes"
    assert WORDING.option("ask.open", "other") == "other"


def test_what_has_no_wording_reads_as_its_id() -> None:
    assert WORDING.asked("ask.colour") == "Which colour?"
    assert WORDING.asked("ask.open") == "ask.open"
    assert WORDING.value("mark", "a") == ValueWording("An a", "The first.")
    assert WORDING.value("mark", "b") == ValueWording("b")
    assert WORDING.value("other", "b") == ValueWording("b")


def test_every_question_of_the_project_says_why_it_is_asked(wording: Wording) -> None:
    assert [name for name, words in wording.questions.items() if not (words.ask and words.why)] == []


def test_every_finding_of_the_project_reads_as_a_conclusion(wording: Wording, rulebook: Rulebook) -> None:
    assert set(rulebook.vocabulary.findings) == set(wording.phrases["conclusions"])


def test_every_section_row_and_attribute_of_the_project_is_worded(wording: Wording, rulebook: Rulebook) -> None:
    findings = rulebook.vocabulary.findings
    rows = {name.partition(".")[2] for name in rulebook.vocabulary.questions if name.startswith("present.")}
    assert set(rulebook.vocabulary.sections) <= set(wording.phrases["sections"])
    assert rows <= set(wording.phrases["rows"])
    settled = findings["condition"].attributes
    assert {*settled["severity"], *findings["caution"].attributes["severity"]} == set(wording.phrases["severity"])
    assert {*settled["who"], *findings["action"].attributes["who"]} == set(wording.phrases["who"])
    assert set(findings["action"].attributes["when"]) == set(wording.phrases["when"])


def test_numbers_choose_their_words_by_the_forms_of_the_language() -> None:
    """`one` and `other` of a count, of which a language has as many as it needs; never a condition inside a sentence."""
    chosen = [path.name for path in (ROOT / "prompts").rglob("*.yaml") if re.search(r"== 1\b", path.read_text("utf-8"))]
    assert not chosen
