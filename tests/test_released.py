"""What a released rulebook had does not vanish: an old case is read, what means the same is carried over, the rest is told."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from advisor.io.case_reader import parse_case
from advisor.io.rulebook_reader import read_rulebook
from advisor.io.scenario_reader import parse_case_file
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Vocabulary
from advisor.store.contents import Content, first_content, next_content, read_content, write_content
from conftest import ROOT
from support.command_line import app
from support.random_cases import known

RELEASED = sorted((ROOT / "tests" / "released").glob("*.yaml"))
OLD = """\
name: Harbor
answers:
  situation.arrangement: live
  situation.mandated: yes
  need.obstacle: [waiting, none]
  work.colocation: yes
  work.joint-cases: yes
  support.authority: agency-heads
  benefits.sought: [resources]
partners:
  - name: Harbor House
    answers:
      partner.trust: some
      partner.seat: yes
      partner.desire: willing
scenarios:
  closer:
    answers: {purpose.aim: common-goal, support.authority: unknown, purpose.written: no}
"""


@pytest.fixture(scope="module")
def vocabulary(rulebook: Rulebook) -> Vocabulary:
    return rulebook.vocabulary


@pytest.fixture(scope="module", params=RELEASED, ids=lambda path: path.stem)
def released(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(request.param.read_text("utf-8"), yaml.BaseLoader)
    return found


def test_no_released_question_or_option_vanishes_without_an_entry(released: dict[str, Any], vocabulary: Vocabulary) -> None:
    lost = [
        (name, option)
        for name, options in released["questions"].items()
        for option in options
        if not (name in vocabulary.questions and option in vocabulary.questions[name].options)
        and not (name in vocabulary.released and option in vocabulary.released[name].options)
    ]
    assert lost == []


def test_no_released_finding_or_value_vanishes_without_an_entry(released: dict[str, Any], vocabulary: Vocabulary) -> None:
    changes = yaml.load((ROOT / "rules/vocabulary/changes.yaml").read_text("utf-8"), yaml.BaseLoader)
    findings = vocabulary.findings
    told = {name: {*values} for name, values in changes["findings"].items()}
    worded = {name: findings[name].worded_as if name in findings else name for name in released["findings"]}
    lost = [
        (name, value)
        for name, values in released["findings"].items()
        for value in values
        if not (name in findings and value in findings[name].values) and value not in told.get(worded[name], ())
    ]
    assert lost == []
    assert all(name in findings or name in told for name in released["findings"])


def test_nothing_is_told_to_be_gone_that_was_never_released(vocabulary: Vocabulary) -> None:
    had: dict[str, set[str]] = {}
    for path in RELEASED:
        for name, options in yaml.load(path.read_text("utf-8"), yaml.BaseLoader)["questions"].items():
            had.setdefault(name, set()).update(options)
    assert {name: old.options.keys() - had.get(name, set()) for name, old in vocabulary.released.items()} == {
        name: set() for name in vocabulary.released
    }


def test_an_old_file_is_carried_over_where_the_meaning_is_the_same_and_the_rest_is_left_out(vocabulary: Vocabulary) -> None:
    file = parse_case_file(OLD.encode(), vocabulary)
    assert file.case.answers == {
        "benefits.sought": ("resources",),
        "today.state": ("running",),
        "wanted.obstacle": ("waiting",),
        "wanted.staff": ("joint-cases", "co-location"),
        "possible.authority": ("head",),
    }
    assert file.case.partners == (Partner("Harbor House", {"partner.trust": ("fair",)}),)
    assert file.scenarios["closer"].answers == {"wanted.aim": ("common-goal",), "possible.authority": ()}
    assert file.left_out == {
        "": (
            ("", "situation.mandated", ("yes",)),
            ("", "need.obstacle", ("none",)),
            ("Harbor House", "partner.seat", ("yes",)),
            ("Harbor House", "partner.desire", ("willing",)),
        ),
        "closer": (("", "purpose.written", ("no",)),),
    }


def test_what_is_said_by_its_present_name_goes_before_what_was_said_by_an_earlier_one(vocabulary: Vocabulary) -> None:
    text = "answers: {purpose.aim: exchange, wanted.aim: common-goal, support.authority: management, possible.authority: unknown}"
    file = parse_case_file(text.encode(), vocabulary)
    assert file.case.answers == {"wanted.aim": ("common-goal",)}
    assert file.left_out == {"": (("", "purpose.aim", ("exchange",)), ("", "support.authority", ("management",)))}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("purpose.aims: exchange", "unknown-question"),
        ("purpose.aim: to-help", "unknown-option"),
        ("situation.capacity: never-an-option", "unknown-option"),
        ("wanted.aim: joint-outcomes", "unknown-option"),
        ("partner.trust: some", "question-about-partners"),
    ],
)
def test_what_was_never_released_is_a_problem(vocabulary: Vocabulary, answer: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_case_file(f"answers:\n  {answer}\n".encode(), vocabulary)
    assert [problem.code for problem in raised.value.problems] == [code]


def test_where_nobody_is_told_what_is_not_carried_over_is_a_problem(vocabulary: Vocabulary) -> None:
    for read in (parse_case, lambda raw, known: parse_case_file(raw, known, whole=True)):
        with pytest.raises(InputError) as raised:
            read(b"answers: {purpose.aim: exchange, purpose.written: yes}", vocabulary)
        assert [(each.code, each.found, each.allowed) for each in raised.value.problems] == [
            ("not-carried", "purpose.written", ("yes",))
        ]
    assert parse_case(b"answers: {purpose.aim: exchange}", vocabulary).answers == {"wanted.aim": ("exchange",)}


def test_an_old_saved_case_is_carried_over_and_what_is_not_stays_stored(vocabulary: Vocabulary) -> None:
    text = (
        '{"name":"a","answers":{"support.authority":["agency-heads"],"work.colocation":["yes"],"purpose.written":["no"]},'
        '"partners":[{"name":"b","answers":{"partner.trust":["some"],"partner.desire":["willing"]}}],'
        '"scenarios":{"s":{"on":null,"answers":{"purpose.aim":["exchange"],"support.authority":[]},"partners":{},"add":[],"drop":[]}}}'
    )
    content = read_content(text, vocabulary)
    assert content.file.case == Case(
        "a",
        {"possible.authority": ("head",), "wanted.staff": ("co-location",)},
        (Partner("b", {"partner.trust": ("fair",)}),),
    )
    assert content.left_out == (("", "purpose.written", ("no",)), ("b", "partner.desire", ("willing",)))
    assert content.file.scenarios["s"].answers == {"wanted.aim": ("exchange",), "possible.authority": ()}
    saved = next_content(content, content.file, {})
    assert read_content(write_content(saved), vocabulary) == content


def test_an_imported_old_file_keeps_what_was_not_carried_over(vocabulary: Vocabulary) -> None:
    content = first_content(parse_case_file(OLD.encode(), vocabulary))
    assert isinstance(content, Content)
    assert len(content.left_out) == 4
    assert content.of_scenarios == {"closer": (("", "purpose.written", ("no",)),)}
    assert read_content(write_content(content), vocabulary) == content


def test_the_command_line_tells_beside_the_advice_what_an_old_file_says_in_vain(tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(OLD, "utf-8")
    done = CliRunner().invoke(app, ["assess", str(path), "--no-marks", "--format", "json"])
    assert done.exit_code == 0
    assert '"format": "advice/2"' in done.stdout
    assert [line.partition(": ")[2].partition(" was asked")[0] for line in done.stderr.splitlines()] == [
        "situation.mandated",
        "need.obstacle",
        "Harbor House: partner.seat",
        "Harbor House: partner.desire",
        "purpose.written",
    ]


@settings(max_examples=40)
@given(data=st.data())
def test_every_old_answer_is_read(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(RELEASED))
    questions: dict[str, list[str]] = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)["questions"]
    asked = {name: old for name, old in known().questions.items() if old.asked == "partner"}
    of_partners = {name for name, old in known().released.items() if old.to in asked} | asked.keys()
    agency = [name for name in questions if name not in of_partners]
    chosen = data.draw(st.lists(st.sampled_from(agency), max_size=8, unique=True))
    answers = {name: data.draw(st.sampled_from(questions[name])) for name in chosen}
    file = parse_case_file(yaml.safe_dump({"answers": answers}).encode(), known())
    told = {left.question for left in file.left_out.get("", ())}
    for name, answer in answers.items():
        old = known().released.get(name)
        if old is not None and old.options.get(answer):
            assert old.options[answer] in file.case.answers[old.to] or name in told
        else:
            assert name in told or file.case.answers[name] == (answer,)


def test_an_entry_that_leads_nowhere_is_a_problem_of_the_rulebook(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    path = tmp_path / "rules/vocabulary/changes.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("to: today.tension, options: {none: calm", "to: today.tention, options: {none: still"), "utf-8")
    with pytest.raises(InputError) as raised:
        read_rulebook(tmp_path / "rules")
    assert {(each.code, each.found) for each in raised.value.problems} == {("unknown-value", "today.tention")}
