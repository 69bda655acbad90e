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
from advisor.interview import PARTNERS_STEP, Choose, InterviewStep, Pass, advance, begin, with_answer
from advisor.io.case_reader import read_case
from advisor.io.case_writer import write_case
from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded, load
from advisor.model.case import FREE_WORDS, Case, Partner
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Vocabulary
from advisor.service import Service
from support.command_line import app


@pytest.fixture(scope="session")
def vocabulary(rulebook: Rulebook) -> Vocabulary:
    return rulebook.vocabulary


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "our case.yaml"


def sit(path: Path, *typed: str, full: bool = False, fixed: bool = False, fresh: bool = True) -> str:
    """One session, which says nothing in free words where the case is new; standard input ends after what is typed."""
    before = [] if path.exists() or not fresh else [""] * len(FREE_WORDS)
    command = ["interview", str(path), *(["--full"] if full else []), *(["--fixed"] if fixed else [])]
    result = CliRunner().invoke(app, command, input="".join(line + "\n" for line in [*before, *typed]))
    assert result.exit_code == 0, result.output
    return result.output


def flat(said: str) -> str:
    return " ".join(said.split())


def test_answers_are_saved_and_the_end_tells_how_to_see_the_advice(path: Path, vocabulary: Vocabulary) -> None:
    said = sit(path, "3", "start", "q")
    assert read_case(path, vocabulary).answers == {"you.kind": ("tribe",), "proposal.ask": ("start",)}
    assert f"advisor assess '{path}'".replace(" ", "") in said.replace(" ", "").replace("\n", "")
    assert "2 answers" in said


def test_the_end_of_input_saves_and_leaves_cleanly(path: Path, vocabulary: Vocabulary) -> None:
    said = sit(path, "3")
    assert read_case(path, vocabulary).answers == {"you.kind": ("tribe",)}
    assert "Stopped here." in said


def test_an_interrupt_saves_and_leaves_cleanly(path: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([*[""] * len(FREE_WORDS), "3"])

    def interrupted(_: str = "") -> str:
        for line in lines:
            return line
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert "Stopped here." in sit(path)
    assert read_case(path, vocabulary).answers == {"you.kind": ("tribe",)}


def test_nothing_answered_writes_no_file(path: Path) -> None:
    assert "Nothing was answered" in sit(path, "", "q")
    assert not path.exists()


def test_it_goes_on_where_it_was_left(path: Path, vocabulary: Vocabulary) -> None:
    sit(path, "3", "q")
    said = sit(path, "closer", "2", "q", fixed=True)
    assert "Going on with" in said
    assert "1 answer so far" in flat(said)
    assert "In your own words" not in said
    assert read_case(path, vocabulary).answers == {
        "you.kind": ("tribe",),
        "proposal.ask": ("closer",),
        "wanted.aim": ("purchase",),
    }


def test_help_tells_how_to_answer_why_and_where_it_comes_from(path: Path, rulebook: Rulebook) -> None:
    said = flat(sit(path, "?", "q"))
    source = rulebook.sources["frame.definition"]
    for part in (
        "How to answer: ",
        "To add what makes you say so, type it behind //",
        "Why it is asked:",
        source.says,
        source.section,
    ):
        assert part in said


def test_what_is_not_understood_is_asked_again(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "99", "trieb", "q"))
    assert '"99" is not one of the answers' in said
    assert read_case(path, vocabulary).answers == {"you.kind": ("tribe",)}
    near = flat(sit(path, "", "whatever", "goal", "q", full=True, fixed=True))
    assert "not one of the answers" in near


def test_a_guess_too_far_is_offered_and_not_taken(path: Path) -> None:
    said = flat(sit(path, "local-agencies-xx", "q"))
    assert 'If you mean "A county or city' in said
    assert not path.exists()


def test_back_shows_the_answer_which_can_be_kept_or_taken_back(path: Path, vocabulary: Vocabulary) -> None:
    assert "This is the first question." in sit(path, "<", "q")
    said = flat(sit(path, "3", "<", "", "q"))
    assert "Your answer so far: A tribe" in said
    assert read_case(path, vocabulary).answers == {"you.kind": ("tribe",)}
    sit(path, "<", "unknown", "q")
    assert read_case(path, vocabulary).answers == {}


def until_partners() -> list[str]:
    return [""] * list(begin(Case("case", {}), load().relevance).steps).index(PARTNERS_STEP)


def test_partners_are_named_and_asked_about_by_name(path: Path, vocabulary: Vocabulary) -> None:
    typed = [
        *until_partners(),
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
        "The partners: Harbor House",
    ):
        assert part in said


def test_after_the_essential_questions_the_others_are_offered(path: Path, vocabulary: Vocabulary) -> None:
    known = Case("case", {"you.kind": ("tribe",)})
    asked = begin(known, Relevance(vocabulary))
    everything = [""] * len(asked.steps)
    declined = flat(sit(path, "3", *everything[1:], "n", fixed=True))
    assert "further questions make it more precise" in declined
    assert "That is all for now." in declined
    assert "--full --fixed" in declined
    sit(path, *everything[1:], "perhaps", "<", "2", "y", "1", "q", fixed=True)
    answers = read_case(path, vocabulary).answers
    last, further = asked.steps[-1].question, begin(known, Relevance(vocabulary), full=True).steps[len(asked.steps)].question
    assert answers[last] == (vocabulary.questions[last].options[1],)
    assert answers[further] == (vocabulary.questions[further].options[0],)


def test_a_full_interview_comes_to_its_end(path: Path) -> None:
    said = flat(sit(path, "1", *[""] * 200, full=True, fixed=True))
    assert "That is all for now." in said


def test_several_answers_are_taken_and_refused_in_words(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "1,2", "", "3, none", "that is all", "one, lighter", "q", fixed=True))
    assert "Only one answer fits here" in said
    assert "cannot stand together with other answers" in said
    assert '"That is all" closes a list.' in said
    assert read_case(path, vocabulary).answers == {"proposal.ask": ("one", "lighter")}


def test_free_words_come_first_in_a_new_case_and_can_be_gone_back_to(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "Kent", "?", "x" * 601, "Homes", "<", "Homes near school", "", "", "", "Beds: 40", "q", fresh=False))
    assert "No rule reads these words." in said
    assert "This text has 601 characters; 600 are the most." in said
    assert "Your answer so far: Homes." in said
    case = read_case(path, vocabulary)
    assert case.words == {"agency": "Kent", "purpose": "Homes near school", "proposal": "Beds: 40"}
    assert case.answers == {}


def test_a_note_follows_an_answer_and_is_shown_beside_it(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(
        sit(
            path,
            "3 // our own tribe: 400 members",
            "start // beds; paper // an MOU",
            "// why",
            "3 // " + "x" * 601,
            "<",
            "q",
            fixed=True,
        )
    )
    assert "A note needs an answer before it" in said
    assert "This text has 601 characters" in said
    assert "Your note: beds Your note: an MOU" in said
    assert read_case(path, vocabulary).notes == {
        ("you.kind", ""): "our own tribe: 400 members",
        ("proposal.ask", "start"): "beds",
        ("proposal.ask", "paper"): "an MOU",
    }


def test_answers_that_do_not_fit_together_are_told_once(path: Path) -> None:
    said = flat(sit(path, "", "", "exchange", "change-practice", "", "q", fixed=True))
    assert said.count("These answers do not fit together: The aim is only to share information") == 1
    assert "To resolve it, look again at: What is the furthest-reaching thing" in said


def test_only_what_is_on_the_table_is_offered_to_be_refused(path: Path, vocabulary: Vocabulary) -> None:
    write_case(path, Case("case", {"proposal.ask": ("start", "pay")}), vocabulary)
    steps = begin(read_case(path, vocabulary), Relevance(vocabulary), full=True).steps
    before = [step for step in steps if step.question != "proposal.ask"]
    said = flat(sit(path, *[""] * before.index(InterviewStep("proposal.refuse")), "2", "q", full=True, fixed=True))
    assert read_case(path, vocabulary).answers["proposal.refuse"] == ("pay",)
    assert "Which of what is asked will you not do, whatever comes with it?" in said


def test_comments_and_notes_of_a_file_are_kept(path: Path, vocabulary: Vocabulary) -> None:
    text = "# Ask again.\nname: Ours\nnotes: mine\nanswers: {wanted.priority: yes}  # by law\nscenarios:\n  lift: {}\n"
    path.write_text(text, "utf-8")
    sit(path, "1", "2", "q")
    assert path.read_text("utf-8").startswith("# Ask again.\nname: Ours\nnotes: mine\nanswers: {")
    assert path.read_text("utf-8").endswith("} # by law\nscenarios:\n  lift: {}\n")
    assert len(read_case_file(path, vocabulary).case.answers) > 1
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
        named = now.at == PARTNERS_STEP
        now = advance(now, Pass() if named else Choose((vocabulary.questions[now.at.question].options[0],)))
    return now.case


def without(complete: Case, loaded: Loaded, *, turning: bool) -> tuple[Case, str]:
    """The complete case with one question open that can still turn the advice, or cannot; and that question."""
    ground = Space(loaded.rulebook, loaded.program, loaded.cache).ground(1)
    for question in reversed(list(complete.answers)):
        case = with_answer(complete, InterviewStep(question), ())
        if (next_question(case, ground).ask is not None) is turning:
            return case, question
    raise AssertionError("every question is alike")


def test_partners_are_named_early_and_then_comes_the_question_worth_most(path: Path, loaded: Loaded) -> None:
    said = flat(sit(path, *["1"] * 5, "Court", "", "q"))
    case = read_case(path, loaded.rulebook.vocabulary)
    assert case.partners == (Partner("Court", {}),)
    ask = next_question(case, Space(loaded.rulebook, loaded.program, loaded.cache).ground(1)).ask
    assert ask
    last = said.rpartition("Question 7 ")[2]
    assert loaded.wording.asked(ask.question) in last
    assert "of about" not in said, "nobody knows how many it will take"


def test_help_tells_which_recommendations_the_answer_can_turn(path: Path) -> None:
    for fixed in (False, True):
        said = flat(sit(path, "?", "q", fixed=fixed))
        assert "What the answer can still turn: " in said
        assert said.partition("What the answer can still turn: ")[2].startswith("Go on")
        assert "Who could change" in said


def test_it_tells_once_when_gate_and_dimension_are_settled_and_goes_on(path: Path) -> None:
    said = flat(sit(path, *["1"] * 5, "Court", "", *["1"] * 40, "q"))
    before, told, after = said.partition("The main answer stands, however the open questions are answered: ")
    assert told
    assert "Recommended: " in after.partition(".")[0]
    assert "Further questions can still change other advice." in after
    assert "Question 7 " in before
    assert "main answer stands" not in after
    assert " (Enter = don't know" in after


def test_what_cannot_change_the_advice_is_asked_only_if_the_user_goes_on(path: Path, loaded: Loaded, complete: Case) -> None:
    case, question = without(complete, loaded, turning=False)
    ask = loaded.wording.asked(question)
    write_case(path, case, loaded.rulebook.vocabulary)
    said = flat(sit(path, "", "n"))
    assert "All advice stands" in said
    assert "1 further question is still open. Go on with it now?" in said
    assert ask not in said
    on = flat(sit(path, "", "what?", "y", "?", "1"))
    assert ask in on
    assert "it cannot turn a recommendation any more" in on
    assert on.count("All advice stands") == 1
    assert "That is all for now." in on
    assert question in read_case(path, loaded.rulebook.vocabulary).answers


def test_in_full_it_goes_on_without_being_told_to(path: Path, loaded: Loaded, complete: Case) -> None:
    case, question = without(complete, loaded, turning=False)
    write_case(path, case, loaded.rulebook.vocabulary)
    said = flat(sit(path, "", "1", full=True))
    assert "All advice stands" in said
    assert question in read_case(path, loaded.rulebook.vocabulary).answers


def test_a_question_that_counts_is_asked_and_its_answer_settles_all(path: Path, loaded: Loaded, complete: Case) -> None:
    case, question = without(complete, loaded, turning=True)
    write_case(path, case, loaded.rulebook.vocabulary)
    passed = flat(sit(path, "", ""))
    assert loaded.wording.asked(question) in passed
    assert "No question that is left to ask can change the advice." in passed
    assert "All advice stands" not in passed
    assert "Go on later" in passed
    said = flat(sit(path, "", "1"))
    assert "All advice stands" in said
    assert "That is all for now." in said
    assert "Go on later" not in said


def test_back_goes_the_way_that_was_come(path: Path, vocabulary: Vocabulary) -> None:
    said = flat(sit(path, "1", "closer", "3", "2", "<", "<", "<", "start", "q"))
    answers = read_case(path, vocabulary).answers
    assert answers["proposal.ask"] == ("start",)
    assert "Your answer so far: Work more closely than we do now." in said
    assert said.count("Question 4 ") == 2


def test_without_time_it_asks_in_the_fixed_order_and_claims_nothing(
    path: Path, loaded: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: object, **__: object) -> None:
        raise NotDecidedError(2)

    monkeypatch.setattr(Service, "state", too_slow)
    monkeypatch.setattr(Service, "next_question", too_slow)
    said = flat(sit(path, "1", "", "", "?", *[""] * (len(begin(Case("case", {}), loaded.relevance).steps) - 3), "y", "", "q"))
    for claim in ("main answer stands", "advice stands", "can change the advice", "answer can still turn", "cannot turn"):
        assert claim not in said
    assert loaded.wording.asked("wanted.work") in said.partition("Question 4 ")[2].partition("Question 5 ")[0]
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
    terminal.wait_for("What is your organization called?")
    terminal.type("Kent\r")
    for _ in FREE_WORDS[1:]:
        terminal.wait_for("?")
        terminal.type("\r")
    terminal.wait_for("What kind of organization")
    terminal.type("2\r")
    terminal.wait_for("What is being asked of you")
    assert read_case(path, vocabulary).answers == {"you.kind": ("local-agency",)}, "saved at once"
    terminal.type("start // beds\r")
    terminal.wait_for("furthest-reaching")
    terminal.type("\x04")
    terminal.wait_for("advisor assess", end="")
    assert terminal.end() == 0
    answers, notes = {"you.kind": ("local-agency",), "proposal.ask": ("start",)}, {("proposal.ask", "start"): "beds"}
    assert read_case(path, vocabulary) == Case("Case", answers, (), {"agency": "Kent"}, notes)
