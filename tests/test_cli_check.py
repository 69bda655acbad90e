"""`advisor check`: what is wrong with a case file, what does not fit together in it, and what of an old one has no place."""

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from advisor.model.problems import InputError
from support.command_line import app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case.yaml"


def checked(path: Path, text: str) -> Result:
    path.write_text(text, "utf-8")
    return CliRunner().invoke(app, ["check", str(path)])


def test_a_case_without_fault_is_counted(path: Path) -> None:
    done = checked(path, "answers: {wanted.aim: exchange}\npartners: [{name: A, answers: {partner.reach: merge}}]\n")
    assert (done.exit_code, done.stdout) == (0, "Read without a problem: 2 answers, 1 partner.\n")


def test_answers_that_do_not_fit_together_are_told_with_the_question_that_resolves_them(path: Path) -> None:
    partner = "{name: Harbor House, answers: {partner.reach: against, partner.status: on-board}}"
    done = checked(path, f"answers: {{wanted.aim: exchange, wanted.work: merge}}\npartners: [{partner}]\n")
    assert done.exit_code == 1
    assert done.stdout.count("These answers do not fit together: ") == 2
    for question in ("wanted.aim", "wanted.work", "partner.reach", "partner.status"):
        assert f"[{question}]" in done.stdout
    assert "(Harbor House)" in done.stdout
    assert done.stdout.endswith("Read without a problem: 4 answers, 1 partner. Answers do not fit together in 2 places.\n")


def test_what_an_old_file_says_in_vain_is_told_and_what_is_wrong_ends_it(path: Path) -> None:
    done = checked(path, "answers: {purpose.aim: exchange, purpose.written: yes}\n")
    assert (done.exit_code, done.stdout) == (0, "Read without a problem: 1 answer, 0 partners.\n")
    assert "purpose.written was asked by an earlier rulebook" in done.stderr
    wrong = checked(path, "answers: {purpose.aims: exchange, wanted.aim: nothing}\n")
    assert isinstance(wrong.exception, InputError)
    assert [problem.code for problem in wrong.exception.problems] == ["unknown-question", "unknown-option"]
