"""The interview as a user meets it: in a terminal, with answers saved as they are given."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from advisor.analysis.answer_space import Space
from advisor.analysis.deadline import NotDecidedError
from advisor.analysis.next_question import next_question
from advisor.engine.relevance import Relevance
from advisor.interview import NAMING, Choose, Pass, Step, advance, answered, begin
from advisor.io.case_reader import read_case
from advisor.io.case_writer import write_case
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Vocabulary
from advisor.service import Service
from command_line import app


@pytest.fixture(scope="session")
def vocabulary(rulebook: Rulebook) -> Vocabulary:
    return rulebook.vocabulary


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "our case.yaml"


def sit(path: Path, *typed: str, full: bool = False, fixed: bool = False) -> str:
    """One sitting; standard input ends after what is typed."""
    command = ["interview", str(path), *(["--full"] if full else []), *(["--fixed"] if fixed else [])]
    result = CliRunner().invoke(app, command, input="".join(line + "\n" for line in typed))
    assert result.exit_code == 0, result.output
    return result.output


def flat(said: str) -> str:
    return " ".join(said.split())


def test_answers_are_saved_and_the_end_tells_how_to_see_the_advice(path: Path, vocabulary: Vocabulary) -> None:
    said = sit(path, "1", "no", "q")
    assert read_case(path, vocabulary).answers == {"today.state": ("nothing",), "wanted.priority": ("no",)}
    assert f"advisor assess '{path}'".replace(" ", "") in said.replace(" ", "").replace("\n", "")
    assert "2 answers" in said


def test_the_end_of_input_saves_and_leaves_cleanly(path: Path, vocabulary: Vocabulary) -> None:
    said = sit(path, "1")
    assert read_case(path, vocabulary).answers == {"today.state": ("nothing",)}
    assert "Stopped here." in said


def test_an_interrupt_saves_and_leaves_cleanly(path: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter(["1"])

    def interrupted(prompt: str = "") -> str:
        if line := next(lines, prompt.strip(" >")):
            return line
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert "Stopped here." in sit(path)
    assert read_case(path, vocabulary).answers == {"today.state": ("nothing",)}


def test_nothing_answered_writes_no_file(path: Path) -> None:
    assert "Nothing was answered" in sit(path, "", "q")
    assert not path.exists()


def test_it_goes_on_where_it_was_left(path: Path, vocabulary: Vocabulary) -> None:
    sit(path, "4", "q")
    said = sit(path, "2", "2", "q")
    assert "Going on with" in said
    assert "1 answer so far" in flat(said)
    assert read_case(path, vocabulary).answers == {
        "today.state": ("running",),
        "wanted.priority": ("no",),
        "today.working": ("partly",),
    }


def test_help_tells_how_to_answer_why_and_where_it_comes_from(path: Path, rulebook: Rulebook) -> None:
    said = flat(sit(path, "?", "q"))
    source = rulebook.sources["strategy.circumstances"]
    for part in ("How to answer: Answer for today", "Why it is asked:", source.says, source.section):
        assert part in said


def test_what_is_not_understood_is_asked_again(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "99", "livve", "q"))
    assert '"99" is not one of the answers' in said
    assert read_case(path, vocabulary).answers == {"today.state": ("running",)}
    near = flat(sit(path, "", "", "aware", "goal", "q", full=True, fixed=True))
    assert "not one of the answers" in near


def test_a_guess_too_far_is_offered_and_not_taken(path: Path) -> None:
    said = flat(sit(path, "informal-contakt-x", "q"))
    assert "People know each other and talk" in said
    path.unlink(missing_ok=True)
    said = flat(sit(path, "", "", "", "", "aware", "q", fixed=True))
    assert 'If you mean "Services do not know' in said
    assert not path.exists()


def test_back_shows_the_answer_which_can_be_kept_or_taken_back(path: Path, vocabulary: Vocabulary) -> None:
    assert "This is the first question." in sit(path, "<", "q")
    said = flat(sit(path, "4", "<", "", "q"))
    assert "Your answer so far: An agreement" in said
    assert read_case(path, vocabulary).answers == {"today.state": ("running",)}
    sit(path, "<", "unknown", "q")
    assert read_case(path, vocabulary).answers == {}


def to_naming() -> list[str]:
    return [""] * 13


def test_partners_are_named_and_asked_about_by_name(path: Path, vocabulary: Vocabulary) -> None:
    typed = [
        *to_naming(),
        "?",
        "5",
        "Harbor House",
        "harbor house",
        "x" * 201,
        "Cort",
        "-9",
        "-2",
        "Court: family",
        "",
        "providers",
        "q",
    ]
    said = flat(sit(path, *typed, fixed=True))
    assert read_case(path, vocabulary).partners == (
        Partner("Harbor House", {"partner.category": ("providers",)}),
        Partner("Court: family", {}),
    )
    for part in (
        "Name each body or group",
        "Type the partner's name, not a number.",
        "There are two partners named harbor house",
        "a name has 1 to 200 characters; this one has 201",
        "There is no partner number 9",
        "Taken off the list, with the answers about it: Cort.",
        "Each partner: Harbor House",
    ):
        assert part in said


def test_after_the_essential_questions_the_others_are_offered(path: Path, vocabulary: Vocabulary) -> None:
    everything = [""] * 16
    declined = flat(sit(path, "1", *everything[1:], "n", fixed=True))
    assert "further questions make it more precise" in declined
    assert "That is all for now." in declined
    assert "--full --fixed" in declined
    sit(path, *everything[1:], "perhaps", "<", "2", "y", "partly", "q", fixed=True)
    answers = read_case(path, vocabulary).answers
    assert answers["power.safety-decision"] == ("shared",)
    assert answers["situation.capacity"] == ("partly",)


def test_a_full_interview_comes_to_its_end(path: Path) -> None:
    said = flat(sit(path, "1", *[""] * 200, full=True, fixed=True))
    assert "That is all for now." in said


def test_several_answers_are_taken_and_refused_in_words(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "1,2", "", "", "", "", "3, none", "3, 4", "q", fixed=True))
    assert "Only one answer fits here" in said
    assert '"None of these" cannot stand together with other answers' in said
    assert read_case(path, vocabulary).answers == {"wanted.obstacle": ("duplicated-steps", "waiting")}


def test_comments_and_notes_of_a_file_are_kept(path: Path, vocabulary: Vocabulary) -> None:
    text = "# Ask again.\nname: Ours\nnotes: mine\nanswers: {wanted.priority: yes}  # by law\nscenarios:\n  lift: {}\n"
    path.write_text(text, "utf-8")
    sit(path, "1", "2", "q")
    assert path.read_text("utf-8").startswith("# Ask again.\nname: Ours\nnotes: mine\nanswers: {")
    assert path.read_text("utf-8").endswith("} # by law\nscenarios:\n  lift: {}\n")
    assert len(read_case(path, vocabulary).answers) > 1
    assert len(list(path.parent.iterdir())) == 1


def test_a_bad_case_file_is_reported_and_left_alone(path: Path) -> None:
    path.write_text("answers: {bogus: 1}\n", "utf-8")
    result = CliRunner().invoke(app, ["interview", str(path)], input="1\n")
    assert isinstance(result.exception, InputError)
    assert path.read_text("utf-8") == "answers: {bogus: 1}\n"


def test_a_folder_that_is_not_there_is_said_before_the_first_question(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["interview", str(tmp_path / "none/case.yaml")], input="1\n")
    assert isinstance(result.exception, InputError)
    assert result.output == ""


@pytest.fixture(scope="session")
def complete(vocabulary: Vocabulary) -> Case:
    """Everything answered, with one partner."""
    now = begin(Case("case", {}, (Partner("Court", {}),)), Relevance(vocabulary), full=True)
    while now.at:
        named = now.at == NAMING
        now = advance(now, Pass() if named else Choose((vocabulary.questions[now.at.question].options[0],)))
    return now.case


def without(complete: Case, loaded: Loaded, *, turning: bool) -> tuple[Case, str]:
    """The complete case with one question open that can still turn the advice, or cannot; and that question."""
    ground = Space(loaded.rulebook, loaded.program).ground(1)
    for question in reversed(list(complete.answers)):
        case = answered(complete, Step(question), ())
        if (next_question(case, ground).ask is not None) is turning:
            return case, question
    raise AssertionError("every question is alike")


def test_partners_are_named_early_and_then_comes_the_question_worth_most(path: Path, loaded: Loaded) -> None:
    said = flat(sit(path, "1", "2", "Court", "", "q"))
    case = read_case(path, loaded.rulebook.vocabulary)
    assert case.partners == (Partner("Court", {}),)
    ask = next_question(case, Space(loaded.rulebook, loaded.program).ground(1)).ask
    assert ask
    last = said.rpartition("Question 4 ")[2]
    assert loaded.wording.asked(ask.question) in last
    assert "of about" not in said, "nobody knows how many it will take"


def test_help_tells_which_recommendations_the_answer_can_turn(path: Path) -> None:
    for fixed in (False, True):
        said = flat(sit(path, "?", "q", fixed=fixed))
        assert "What the answer can still turn: " in said
        assert "Recommended: " in said.partition("What the answer can still turn: ")[2]
        assert " more Who could change" in said


def test_it_tells_once_when_gate_and_dimension_are_settled_and_goes_on(path: Path) -> None:
    said = flat(sit(path, "1", "2", "Court", "", *["1"] * 16, "q"))
    before, told, after = said.partition("However the open questions are answered, this stands: ")
    assert told
    assert "Recommended: " in after.partition(".")[0]
    assert "Further questions can still change other advice." in after
    assert "Question 4 " in before
    assert "this stands" not in after
    assert " (Enter = don't know" in after


def test_what_cannot_change_the_advice_is_asked_only_if_the_user_goes_on(path: Path, loaded: Loaded, complete: Case) -> None:
    case, question = without(complete, loaded, turning=False)
    ask = loaded.wording.asked(question)
    write_case(path, case, loaded.rulebook.vocabulary)
    said = flat(sit(path, "", "n"))
    assert "All advice is settled" in said
    assert "1 further question is still open. Go on with it now?" in said
    assert ask not in said
    on = flat(sit(path, "", "what?", "y", "?", "1"))
    assert ask in on
    assert "it cannot turn a recommendation any more" in on
    assert on.count("All advice is settled") == 1
    assert "That is all for now." in on
    assert question in read_case(path, loaded.rulebook.vocabulary).answers


def test_in_full_it_goes_on_without_being_told_to(path: Path, loaded: Loaded, complete: Case) -> None:
    case, question = without(complete, loaded, turning=False)
    write_case(path, case, loaded.rulebook.vocabulary)
    said = flat(sit(path, "", "1", full=True))
    assert "All advice is settled" in said
    assert question in read_case(path, loaded.rulebook.vocabulary).answers


def test_a_question_that_counts_is_asked_and_its_answer_settles_all(path: Path, loaded: Loaded, complete: Case) -> None:
    case, question = without(complete, loaded, turning=True)
    write_case(path, case, loaded.rulebook.vocabulary)
    passed = flat(sit(path, "", ""))
    assert loaded.wording.asked(question) in passed
    assert "No question that is left to ask can change the advice." in passed
    assert "All advice is settled" not in passed
    assert "Go on later" in passed
    said = flat(sit(path, "", "1"))
    assert "All advice is settled" in said
    assert "That is all for now." in said
    assert "Go on later" not in said


def test_back_goes_the_way_that_was_come(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "1", "2", "", "2", "<", "<", "<", "1", "q"))
    answers = read_case(path, vocabulary).answers
    assert answers["wanted.priority"] == ("yes",)
    assert "Your answer so far: No." in said
    assert said.count("Question 4 ") == 2


def test_without_time_it_asks_in_the_fixed_order_and_claims_nothing(
    path: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> None:
        raise NotDecidedError(2)

    monkeypatch.setattr(Service, "state", too_slow)
    monkeypatch.setattr(Service, "next_question", too_slow)
    said = flat(sit(path, "1", "", "", "?", *[""] * 13, "y", "", "q"))
    for claim in ("this stands", "advice is settled", "can change the advice", "answer can still turn", "cannot turn"):
        assert claim not in said
    assert loaded.wording.asked("wanted.aim") in said.partition("Question 4 ")[2].partition("Question 5 ")[0]
    assert "further questions are still open. Go on with them now?" in said


class Terminal:
    """The program in a pseudo-terminal."""

    def __init__(self, path: Path) -> None:
        self.master, slave = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "90", "LINES": "50", "PYTHONUTF8": "1"}
        command = [sys.executable, "-m", "advisor", "interview", str(path)]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True, start_new_session=True
        )
        os.close(slave)
        self.seen = ""

    def wait_for(self, text: str, end: str = "> ") -> None:
        """Read until `text` is on the screen, and the prompt after it."""
        limit = time.monotonic() + 60
        while text not in self.seen or not self.seen.endswith(end):
            ready, _, _ = select.select([self.master], [], [], max(limit - time.monotonic(), 0))
            assert ready, f"{text!r} did not come; the screen shows {self.seen[-500:]!r}"
            try:
                self.seen += os.read(self.master, 4096).decode("utf-8", "replace")
            except OSError as error:  # the other end is closed
                raise AssertionError(f"{text!r} did not come before the end: {self.seen[-500:]!r}") from error

    def type(self, text: str) -> None:
        self.seen = ""
        os.write(self.master, text.encode())

    def end(self) -> int:
        status = self.process.wait(60)
        os.close(self.master)
        return status


def test_in_a_terminal_it_asks_saves_and_leaves(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "case.yaml"
    terminal = Terminal(path)
    terminal.wait_for("How do things stand")
    terminal.type("2\r")
    terminal.wait_for("Does a law, court")
    assert read_case(path, vocabulary).answers == {"today.state": ("informal-contact",)}, "saved at once"
    terminal.type("n\r")
    terminal.wait_for("Which partners")
    terminal.type("\x04")
    terminal.wait_for("advisor assess", end="")
    assert terminal.end() == 0
    assert read_case(path, vocabulary) == Case("Case", {"today.state": ("informal-contact",), "wanted.priority": ("no",)})
