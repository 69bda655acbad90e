"""Killed with SIGKILL at any moment under load, the store has every save that was acknowledged, and is whole."""

import json
import random
import signal
import subprocess
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from advisor.model.rulebook import Rulebook
from advisor.store.database import Store
from support.databases import Postgres
from support.saver_process import digest
from support.stored_cases import ANN

Acknowledged = dict[tuple[str, int], str]
TESTS = Path(__file__).parent
ROUNDS = range(2)
MANY_ROUNDS = range(100, 125)


def start(url: str, seed: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "support.saver_process", url, str(seed)]
    return subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def acknowledged(child: "subprocess.Popen[bytes]", count: int | None = None) -> Acknowledged:
    """The saves that a child acknowledges: the next so many, or all until its end. A line cut short does not count."""
    assert child.stdout is not None
    found: Acknowledged = {}
    while (count is None or len(found) < count) and (line := child.stdout.readline()).endswith(b"\n"):
        case, revision, content = line.decode().split()
        found[case, int(revision)] = content
    return found


def kill(child: "subprocess.Popen[bytes]") -> Acknowledged:
    """Kill a child, and return what it had acknowledged and nobody had read."""
    child.kill()
    rest = acknowledged(child)
    assert child.wait(30) == -signal.SIGKILL
    return rest


def check(store: Store, database_url: str, saved: Acknowledged, rulebook: Rulebook) -> None:
    """That every acknowledged save is there, that each case is its last revision, and that none is missing between."""
    last = {case: max(number for each, number in saved if each == case) for case, _ in saved}
    for (case, number), content in saved.items():
        assert digest(store.cases.at_revision(ANN, case, number).file, rulebook.vocabulary) == content
    for case, number in last.items():
        assert store.cases.read(ANN, case).entry.revision >= number
    engine = create_engine(database_url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
        cases = {row.id: row for row in connection.execute(text("SELECT id, revision, content FROM cases"))}
        numbers: dict[str, list[int]] = {}
        for row in connection.execute(text("SELECT case_id, number, content FROM revisions ORDER BY case_id, number")):
            numbers.setdefault(row.case_id, []).append(row.number)
            if row.number == cases[row.case_id].revision:
                assert json.loads(zlib.decompress(row.content)) == json.loads(cases[row.case_id].content)
        assert numbers == {case: list(range(1, row.revision + 1)) for case, row in cases.items()}
    engine.dispose()


def killed_in_rounds(store: Store, database_url: str, rulebook: Rulebook, seeds: range) -> None:
    saved: Acknowledged = {}
    for seed in seeds:
        chance = random.Random(seed)
        child = start(database_url, seed)
        found = acknowledged(child, chance.randrange(20, 120))
        with suppress(subprocess.TimeoutExpired):  # somewhere within a save, not always just after one
            child.wait(chance.random() / 50)
        found |= kill(child)
        assert len(found) >= 20
        saved |= found
        reopened = Store(database_url, rulebook.vocabulary)
        check(reopened, database_url, saved, rulebook)
        reopened.close()
    assert store.cases.list(ANN, limit=1).total >= len(seeds)


def test_every_acknowledged_save_is_there_after_the_process_was_killed(
    store: Store, database_url: str, rulebook: Rulebook
) -> None:
    killed_in_rounds(store, database_url, rulebook, ROUNDS)


@pytest.mark.long
def test_every_acknowledged_save_is_there_however_often_it_was_killed(
    store: Store, database_url: str, rulebook: Rulebook
) -> None:
    killed_in_rounds(store, database_url, rulebook, MANY_ROUNDS)


def test_two_processes_may_save_at_once_and_one_of_them_be_killed(database_url: str, store: Store, rulebook: Rulebook) -> None:
    first, second = start(database_url, 11), start(database_url, 12)
    saved = acknowledged(first, 30)
    saved |= acknowledged(second, 30)
    saved |= kill(first)
    saved |= acknowledged(second, 30)  # it goes on
    saved |= kill(second)
    check(store, database_url, saved, rulebook)


def test_every_acknowledged_save_is_there_after_the_database_server_was_killed(postgres: Postgres, rulebook: Rulebook) -> None:
    name = postgres.create()
    url = postgres.url(name)
    store = Store(url, rulebook.vocabulary)
    store.upgrade()
    saved: Acknowledged = {}
    for seed in (21, 22):
        child = start(url, seed)
        found = acknowledged(child, random.Random(seed).randrange(20, 120))
        postgres.kill()
        found |= acknowledged(child)  # it ends of itself, for want of a database
        assert child.wait(60) == 0
        assert len(found) >= 20
        saved |= found
        postgres.start()
        check(store, url, saved, rulebook)
    store.close()
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_write_that_was_under_way_when_it_was_killed_leaves_nothing_half_done(tmp_path: Path, rulebook: Rulebook) -> None:
    """A transaction that is open at the moment of the kill is undone, and does not keep others from writing."""
    url = f"sqlite:///{tmp_path / 'advisor.db'}"
    store = Store(url, rulebook.vocabulary)
    store.upgrade()
    script = (
        "import sys, time\n"
        "from advisor.store.connections import Connections\n"
        "with Connections(sys.argv[1], 1).writing() as connection:\n"
        "    connection.exec_driver_sql(\"INSERT INTO rulebooks VALUES ('half', '1', '1', x'00')\")\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(600)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n"
    child.kill()
    child.wait(30)
    assert store.advices.rulebook("half", "1") is None
    store.advices.keep_rulebook("whole", "1", "1", b"x")
    assert store.advices.rulebook("whole", "1") == b"x"
    store.close()
