"""What a change of the rulebook changes: proved equal over every case, or a small case in which the two differ."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from typer.testing import CliRunner

import advisor.cli.rules  # noqa: F401 - registers the command
from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.deadline import Deadline
from advisor.analysis.difference import Differing, RulebookDifference, difference
from advisor.cli.app import app
from advisor.engine.compiler import compile_program
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.program import AGENCY
from advisor.engine.slots import answers_of, case_with
from advisor.io.rulebook_reader import read_rulebook
from advisor.io.rulebook_version import read_folders, read_version, sentences_changed
from advisor.model.case import Case
from advisor.model.conditions import All, Answered
from advisor.model.problems import InputError
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import Vocabulary
from conftest import ROOT
from support import brute_force
from support.random_rulebooks import MODEST, SEEDS, random_rulebook
from support.small_rulebooks import BASICS, QUESTIONS, changed, small_rulebook, write_rules


def compared(old: Rulebook, new: Rulebook) -> RulebookDifference:
    return difference(old, new, Deadline())


def with_rule(rulebook: Rulebook, rule: Rule) -> Rulebook:
    return replace(rulebook, rules={**rulebook.rules, rule.id: rule})


class Chained:
    """Two rulebooks on so many partners, asked by the chain whether they differ in a conclusion."""

    def __init__(self, books: tuple[Rulebook, Rulebook], partners: int) -> None:
        self.sides = [(book, compile_program(book, partners)) for book in books]
        self.engine = ChainEngine()

    def differs(self, found: Differing, case: Case) -> bool:
        return self._holds(0, found, case) is not self._holds(1, found, case)

    def _holds(self, side: int, found: Differing, case: Case) -> bool:
        book, program = self.sides[side]
        inference, finding = infer(case, book, program, self.engine), book.vocabulary.findings[found.finding]
        owner = 0 if finding.of == "partner" else AGENCY
        said = (inference.level(finding.name, owner),) if finding.kind == "level" else inference.values(finding.name, owner)
        return found.value in said


@pytest.mark.long  # the next one shows as much of all that does not hang on its rule
def test_a_rulebook_decides_as_it_does(rulebook: Rulebook) -> None:
    found = compared(rulebook, rulebook)
    assert found.decides_alike
    assert found.equal > 800
    changed_texts = (*found.texts, *found.rewritten, *found.asked_otherwise)
    assert (found.differing, found.not_decided, changed_texts) == ((), (), ())


@pytest.mark.parametrize(
    ("name", "finding", "value"),
    [
        pytest.param("money-that-may-shrink", "caution", "money-may-shrink", marks=pytest.mark.long),
        pytest.param(  # nearly a thousand conclusions hang on it
            "a-conflict-beyond-managing-of-a-needed-partner-stops-it", "stop", "conflict-of-interest", marks=pytest.mark.long
        ),
    ],
)
def test_one_changed_rule_gives_a_smallest_case_in_which_it_shows(
    rulebook: Rulebook, name: str, finding: str, value: str
) -> None:
    without = replace(rulebook, rules={rule: each for rule, each in rulebook.rules.items() if rule != name})
    found = compared(rulebook, without)
    assert not found.decides_alike
    assert found.rules.old == (name,)
    assert found.equal > 800
    assert not found.not_decided
    shown = next(each for each in found.differing if (each.finding, each.value) == (finding, value))
    assert [rule.rule for rule in shown.old.rules] == [name]
    assert [(each.rule, each.fate) for each in shown.new.missing] == [(name, "absent")]
    both = {partners: Chained((rulebook, without), partners) for partners in found.partners}
    for each in found.differing:
        chained = both[len(each.case.partners)]
        assert each.old.holds is not each.new.holds
        assert chained.differs(each, each.case)
        assert not [slot for slot in answers_of(each.case) if chained.differs(each, case_with(each.case, {slot: ()}))]


def test_both_sides_say_why(tmp_path: Path) -> None:
    old = small_rulebook(tmp_path / "old", "{ask.open: yes} => {mark: a, height: low}")
    new = small_rulebook(tmp_path / "new", "{ask.open: no} => {mark: a}", "{ask.open: yes} => {height: high}")
    found = {(each.finding, each.value): each for each in compared(old, new).differing}
    mark = found["mark", "a"]
    assert len(mark.case.answers) == 1
    sides = (mark.old, mark.new)
    (giving,) = [side for side in sides if side.holds]
    (other,) = [side for side in sides if not side.holds]
    assert [rule.rule for rule in giving.rules] == ["r1"]
    assert [(each.rule, each.fate) for each in other.missing] == [("r1", "silent")]
    low = found["height", "low"]
    assert low.case.answers == {"ask.open": ("yes",)}
    assert (low.old.value, low.new.value) == ("low", "high")
    assert [rule.rule for rule in low.new.rules] == ["r2"]


def test_what_only_one_side_can_conclude_is_told_apart(tmp_path: Path) -> None:
    old = small_rulebook(tmp_path / "old", "{ask.open: yes} => {mark: a}")
    new = small_rulebook(tmp_path / "new", "{ask.open: yes} => {mark: a}", "{ask.open: no} => {mark: b}")
    found = compared(old, new)
    assert (found.conclusions.old, found.conclusions.new) == ((), ("mark=b",))
    assert not found.differing
    assert not found.decides_alike


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return small_rulebook(tmp_path_factory.mktemp("small"))


def test_a_renamed_reason_is_text_only(small: Rulebook) -> None:
    name, rule = next(iter(small.rules.items()))
    found = compared(small, with_rule(small, replace(rule, because="Said otherwise.", line=1)))
    assert found.decides_alike
    assert found.texts == (f"rule {name}",)
    assert found.rewritten == ()


def test_a_rule_that_can_never_matter_changes_nothing(small: Rulebook) -> None:
    never = All((Answered("ask.open", ("yes",)), Answered("ask.open", ("no",))))
    idle = replace(next(iter(small.rules.values())), id="idle", about="agency", when=never, conclusions=(("mark", "a"),))
    found = compared(small, with_rule(small, idle))
    assert found.decides_alike
    assert found.rules.new == ("idle",)


def test_a_value_of_another_weight_is_another_decision(small: Rulebook) -> None:
    note = small.vocabulary.findings["note"]
    name, value = next(iter(note.values.items()))
    made = replace(note, values={**note.values, name: replace(value, attributes={"weight": "heavy"})})
    vocabulary = replace(small.vocabulary, findings={**small.vocabulary.findings, "note": made})
    found = compared(small, replace(small, vocabulary=vocabulary))
    assert found.attributes == (f"note={name}",)
    assert not found.decides_alike
    assert not found.differing


MORE = "  - {id: ask.more, type: yes-no, changeable: fixed, source: [s.one]}\n"


def test_questions_and_options_of_one_side_are_told_and_left_without_an_answer(tmp_path: Path) -> None:
    old = read_rulebook(write_rules(tmp_path / "old"))
    files = {BASICS: QUESTIONS.replace("green: [], blue: []", "green: [], teal: []", 1) + MORE}
    new = read_rulebook(write_rules(tmp_path / "new", files))
    found = compared(old, new)
    assert found.questions.new == ("ask.more",)
    assert (found.options.old, found.options.new) == (("ask.colour=blue",), ("ask.colour=teal",))
    assert found.decides_alike


def test_a_question_asked_otherwise_is_told_and_what_follows_from_it(tmp_path: Path) -> None:
    rules = changed("topic.yaml", "when: {ask.open: yes}", "when: {ask.colour: red}")
    old = read_rulebook(write_rules(tmp_path / "old", rules))
    rules |= changed(BASICS, "when: {ask.open: yes}", "when: {ask.open: no}")
    new = read_rulebook(write_rules(tmp_path / "new", rules))
    found = compared(old, new)
    assert found.asked_otherwise == ("ask.colour",)
    assert found.differing
    assert all(set(each.case.answers) == {"ask.open", "ask.colour"} for each in found.differing)


def test_time_that_runs_out_is_not_decided(rulebook: Rulebook) -> None:
    found = difference(rulebook, rulebook, Deadline(0.0))
    assert found.equal == 0
    assert found.not_decided
    assert not found.decides_alike


@MODEST
@given(SEEDS)
def test_on_small_rulebooks_it_is_what_trying_every_case_says(random: Random) -> None:
    old = random_rulebook(random, random.randint(1, 3), random.randint(1, 4), random.randint(1, 8))
    rules = {name: rule for name, rule in old.rules.items() if random.random() < 0.8}
    new = replace(old, rules=rules, vocabulary=Vocabulary(("s",), old.vocabulary.questions, old.vocabulary.findings))
    found = difference(old, new, Deadline(), partners=(1,))
    sides = [GroundedRulebook(book, compile_program(book, 1)) for book in (old, new)]
    conclusions = {(c.finding, c.value): c for side in sides for c in side.conclusions if c.partner in (-1, 0)}
    truth = set()
    for case in brute_force.every_case(sides[0]):
        inferences = [brute_force.inferred(case, side) for side in sides]
        truth |= {key for key, c in conclusions.items() if len({brute_force.holds(c, each) for each in inferences}) == 2}
    told = {(each.finding, each.value) for each in found.differing}
    told |= {tuple(name.split("=")) for name in (*found.conclusions.old, *found.conclusions.new)}  # type: ignore[misc]
    assert told == truth


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["rules", "diff", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit | InputError), result.exception
    if isinstance(result.exception, InputError):
        raise result.exception
    return result.exit_code, result.output


def test_two_folders_are_compared(tmp_path: Path) -> None:
    old = write_rules(tmp_path / "old")
    new = write_rules(tmp_path / "new", changed("topic.yaml", "when: {ask.open: yes}", "when: {ask.open: no}"))
    status, said = invoke(str(old), str(old))
    assert status == 0
    assert "decide every case alike" in said
    status, said = invoke(str(old), str(new))
    assert status == 1
    assert "ask.open: " in said
    assert "old: concluded" in said
    assert "Rules with another condition or conclusion: open-is-ready" in said
    status, said = invoke(str(old), str(new), "--format", "json")
    assert json.loads(said)["decides_alike"] is False
    assert json.loads(said)["rewritten"] == ["open-is-ready"]


def test_a_revision_is_compared_with_the_rules_as_they_are(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    rules = write_rules(checkout)
    (checkout / "prompts/en/questions").mkdir(parents=True)
    words = checkout / "prompts/en/questions/basics.yaml"
    words.write_text("ask.open: {ask: Is it open?}\n", "utf-8")
    for command in (("init", "-q"), ("add", "-A"), ("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "one")):
        subprocess.run(["git", "-C", str(checkout), *command], check=True)
    words.write_text("ask.open: {ask: Is the door open?}\n", "utf-8")
    old, new = read_version("HEAD", checkout), read_folders(rules, checkout / "prompts")
    assert compared(old.rulebook, new.rulebook).decides_alike
    assert sentences_changed(old, new) == ("en/questions/basics.yaml: ask.open: ask",)
    assert sentences_changed(read_folders(rules), new) is None


@pytest.mark.parametrize("name", ["no-such-folder", "--output=x", "HEAD~99999"])
def test_what_is_no_rulebook_is_said_so(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_version(name, ROOT)
    assert [(p.code, p.found) for p in caught.value.problems] == [("no-such-rulebook", name)]
