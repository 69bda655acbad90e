"""Thirty respondents answer at once and the process is killed in the middle: no answer that was acknowledged is lost."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from advisor.model.rulebook import Rulebook
from advisor.store.database import Store
from support.answer_process import QUESTIONS, RESPONDENTS
from support.stored_cases import ANN, AT, FILE, TAS

TESTS = Path(__file__).parent


def killed_in_the_middle(store: Store, database_url: str, rulebook: Rulebook, rounds: int, answers: int) -> None:
    for round_ in range(rounds):
        case = store.cases.create(ANN, FILE, at=AT).entry.id
        consultation = store.consultations.open(TAS, case, QUESTIONS, at=AT).id
        command = [sys.executable, "-m", "support.answer_process", database_url, case, consultation, str(round_)]
        child = subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE)
        assert child.stdout is not None
        last: dict[str, int] = {}

        def told(line: bytes, last: dict[str, int] = last) -> None:
            if line.endswith(b"\n"):  # a line cut short does not count
                name, turn = line.decode().split()
                last[name] = max(int(turn), last.get(name, 0))

        for _ in range(answers + round_):
            told(child.stdout.readline())
        child.kill()
        for line in child.stdout:
            told(line)
        assert child.wait(30) == -signal.SIGKILL
        reopened = Store(database_url, rulebook.vocabulary)
        views = {view.respondent.name: view.case for view in reopened.respondents.views(TAS, case, consultation)}
        assert len(last) > RESPONDENTS // 2
        for name, turn in last.items():
            kept = int(views[name].notes["wanted.duties", ""])
            assert kept >= turn
            assert views[name].answers["wanted.duties"] == (("yes" if kept % 2 else "no"),)
        reopened.consultations.close(TAS, case, consultation, at=AT)
        reopened.close()
    engine = create_engine(database_url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
    engine.dispose()


def test_no_acknowledged_answer_is_lost(store: Store, database_url: str, rulebook: Rulebook) -> None:
    killed_in_the_middle(store, database_url, rulebook, 1, 200)


@pytest.mark.long
def test_no_acknowledged_answer_is_lost_however_often(store: Store, database_url: str, rulebook: Rulebook) -> None:
    killed_in_the_middle(store, database_url, rulebook, 12, 400)
