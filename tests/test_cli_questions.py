"""The intake as a list, and as an empty case file to fill in."""

import json
import re
import typing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from advisor.cli.questions import _Intake
from advisor.io.case_reader import parse_case
from advisor.loading import load
from advisor.model.case import FREE_WORDS, Case
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
    questions_in,
)
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import THAT_IS_ALL, Vocabulary
from advisor.model.wording import Wording
from support.command_line import app

COMMENTED = re.compile(r"^( *)#(?! )(.*)$")


def listed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["questions", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="session")
def template() -> str:
    return listed("--template")


def test_every_question_is_listed_with_its_options(rulebook: Rulebook) -> None:
    said = listed()
    for question in rulebook.vocabulary.questions.values():
        assert f"\n{question.id} " in said
        assert all(re.search(rf"^ +{re.escape(o)} ", said, re.MULTILINE) for o in question.options if question.kind != "yes-no")


def test_a_question_tells_when_it_is_asked_who_could_change_it_and_its_source() -> None:
    said = " ".join(listed("--section", "today").split())
    assert "today.repair (one of)" in said
    assert "Asked only when today.working is partly or badly" in said
    assert "Who could change the answer: the agency together with its partners" in said
    assert 'Source: 004, "Strategy"' in said
    assert "004: Positioning Public Child Welfare Initiative" in said
    assert "wanted.aim" not in said


def test_the_short_intake_holds_the_essential_questions_only(rulebook: Rulebook) -> None:
    found = json.loads(listed("--essential", "--format", "json"))
    assert [q["id"] for q in found["questions"]] == [q.id for q in rulebook.vocabulary.questions.values() if q.essential]


def test_the_json_list_tells_all_about_each_question(rulebook: Rulebook, wording: Wording) -> None:
    found = json.loads(listed("--format", "json"))
    assert found["format"] == "questions/2"
    assert [s["id"] for s in found["sections"]] == list(rulebook.vocabulary.sections)
    assert found["documents"] == rulebook.documents
    for said, question in zip(found["questions"], rulebook.vocabulary.questions.values(), strict=True):
        assert said["id"] == question.id
        assert said["ask"] == wording.questions[question.id].ask
        assert [o["id"] for o in said["options"]] == list(question.options)
        assert (said["when"] is None) is isinstance(question.when, Always)
        assert bool(said["when_said"]) is (said["when"] is not None)
        assert set(questions_of(said["when"])) == set(questions_in(question.when))
        assert [s["id"] for s in said["sources"]] == list(question.sources)


def questions_of(when: typing.Any) -> list[str]:
    """The questions that a condition as data tests."""
    if when is None:
        return []
    own = [when["question"]] if "question" in when else []
    inner = [*when.get("conditions", ()), *([when["condition"]] if "condition" in when else [])]
    return [*own, *(name for each in inner for name in questions_of(each))]


def test_an_unknown_section_is_reported_with_the_nearest() -> None:
    result = CliRunner().invoke(app, ["questions", "--section", "proposals"])
    assert isinstance(result.exception, InputError)
    assert result.exception.problems[0].nearest == "proposal"


def test_the_template_as_it_is_is_a_case_without_answers(template: str, rulebook: Rulebook) -> None:
    assert parse_case(template.encode(), rulebook.vocabulary) == Case("case", {})


def test_the_template_words_every_question(template: str, rulebook: Rulebook, wording: Wording) -> None:
    prose = " ".join(" ".join(line.strip(" #").split()) for line in template.splitlines())
    for question in rulebook.vocabulary.questions.values():
        assert wording.questions[question.id].ask in prose
        assert f"#{question.id}: unknown" in template
        if question.kind != "yes-no":
            assert all(f"{o} = {wording.option(question.id, o)}" in prose for o in question.options)


def uncommented(template: str, answers: dict[str, str]) -> str:
    """The template with every commented line uncommented, and these answers put in place of unknown."""
    lines = []
    for line in template.splitlines():
        if match := COMMENTED.match(line):
            key = match[2].partition(":")[0]
            line = f"{match[1]}{key}: {answers[key]}" if key in answers else match[1] + match[2]
        lines.append(line)
    return "\n".join(lines) + "\n"


def test_uncommented_without_an_answer_nothing_is_known(template: str, rulebook: Rulebook) -> None:
    case = parse_case(uncommented(template, {}).encode(), rulebook.vocabulary)
    assert (case.name, case.answers, set(case.words)) == ("Our partnership", {}, {*FREE_WORDS})
    assert set(case.notes.values()) == {"in your own words"}
    assert [(p.name, p.answers) for p in case.partners] == [("Name of the partner", {})]


@settings(max_examples=10)
@given(data=st.data())
def test_uncommented_with_any_legal_options_it_is_a_valid_case(template: str, data: st.DataObject) -> None:
    vocabulary = load().rulebook.vocabulary
    questions = vocabulary.questions
    chosen = {
        name: data.draw(st.sampled_from([o for o in question.options if o != THAT_IS_ALL]))
        for name, question in questions.items()
    }
    written = {name: f"[{option}]" if questions[name].kind == "several" else option for name, option in chosen.items()}
    case = parse_case(uncommented(template, written).encode(), vocabulary)
    partner = case.partners[0]
    assert {**case.answers, **partner.answers} == {name: (option,) for name, option in chosen.items()}


def test_a_single_line_may_be_uncommented(template: str, rulebook: Rulebook) -> None:
    text = template.replace("#wanted.aim: unknown", "wanted.aim: exchange")
    assert parse_case(text.encode(), rulebook.vocabulary).answers == {"wanted.aim": ("exchange",)}


def test_a_template_is_written_to_a_new_file_and_never_over_one(template: str, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    assert listed("--template", str(path)) == ""
    assert path.read_text("utf-8") == template
    path.write_text("mine", "utf-8")
    result = CliRunner().invoke(app, ["questions", "--template", str(path)])
    assert isinstance(result.exception, InputError)
    assert [p.code for p in result.exception.problems] == ["file-exists"]
    assert path.read_text("utf-8") == "mine"


def test_a_template_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["questions", "--template", str(tmp_path / "none/case.yaml")])
    assert isinstance(result.exception, InputError)
    assert [p.code for p in result.exception.problems] == ["unwritable-file"]


def test_a_file_without_template_is_a_mistake(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["questions", str(tmp_path / "case.yaml")])
    assert result.exit_code == 2
    assert "only with --template" in " ".join(result.output.split())


ONE, TWO = Answered("a.one", ("x", "y")), Known("a.two")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (ONE, "a.one is x or y"),
        (Includes("a.one", "x"), "a.one includes x"),
        (Includes("a.one", "x", wanted=False), "a.one is answered without x"),
        (TWO, "a.two is answered"),
        (Known("a.two", wanted=False), "a.two is not answered"),
        (All((TWO, Any((ONE, TWO)))), "a.two is answered and (a.one is x or y, or a.two is answered)"),
        (Partners("any", TWO), "for one partner at least, a.two is answered"),
        (Partners("every", TWO), "for each partner, a.two is answered"),
        (PartnerCount(2, TWO), "for at least 2 partners, a.two is answered"),
        (Not(Partners("any", TWO)), "it does not hold that for one partner at least, a.two is answered"),
        (All((Always(), TWO)), "in any case and a.two is answered"),
        (Count(1, (ONE, TWO)), "at least 1 of these hold: a.one is x or y; a.two is answered"),
    ],
)
def test_conditions_read_as_words(condition: Condition, said: str) -> None:
    assert _Intake(load(), ())._condition(condition) == said


def test_a_condition_on_findings_is_no_relevance() -> None:
    with pytest.raises(TypeError):
        _Intake(load(), ())._condition(Found("need", "x"))


def test_sections_without_chosen_questions_are_left_out(rulebook: Rulebook) -> None:
    vocabulary: Vocabulary = rulebook.vocabulary
    found = json.loads(listed("--essential", "--format", "json"))
    assert {s["id"] for s in found["sections"]} == {q.section for q in vocabulary.questions.values() if q.essential}
