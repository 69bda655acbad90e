"""Backups: made while others write, checked, restored, on SQLite and on PostgreSQL and from one to the other."""

import io
import json
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from typer.testing import CliRunner

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from advisor.store.backup import read_backup
from advisor.store.database import Store
from advisor.store.records import Person
from advisor.store.tables import Base
from support.command_line import app
from support.servers import serving
from support.stored_cases import AT, FILE, fill, later, named
from support.visits import PASSWORD, add_person, sign_in

FLEETING = {"sessions", "attempts", "resets", "spent_challenges"}


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """All that a database holds, but what is of no use in a backup."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in FLEETING
        }
    engine.dispose()
    return found


@pytest.fixture
def filled(store: Store) -> Store:
    """Something in every table, with names that are hard to write."""
    ann = add_person(store, "ann", "administrator", 'North \N{SNOWMAN} "quoted"\n')
    fill(store, ann)
    return store


@pytest.fixture
def target(empty_url: str, rulebook: Rulebook) -> Iterator[tuple[Store, str]]:
    made = Store(empty_url, rulebook.vocabulary)
    yield made, empty_url
    made.close()


def test_what_is_restored_is_what_was_backed_up(filled: Store, database_url: str, rulebook: Rulebook, tmp_path: Path) -> None:
    file, other = tmp_path / "b", f"sqlite:///{tmp_path / 'other.db'}"
    made = filled.backup(file, at=AT)
    assert read_backup(file) == made
    assert file.stat().st_mode & 0o777 == 0o600
    assert made.rows["revisions"] == 3
    restored = Store(other, rulebook.vocabulary)
    assert restored.restore(file) == made
    before = rows(database_url)
    assert all(before[name] for name in before)
    assert rows(other) == before
    ann = restored.people.by_email("ann@example.org")
    assert ann
    assert restored.people.check(ann.email, PASSWORD, came_from="1", at=AT) == ann
    entries = restored.cases.list(ann).items
    assert len(entries) == 2
    assert all(restored.cases.read(ann, each.id) == filled.cases.read(ann, each.id) for each in entries)
    assert restored.audit.verify().broken is None
    assert restored.people.ever()
    restored.close()


def test_a_backup_is_checked_where_nothing_else_of_the_store_is_in_use() -> None:
    """As `advisor backup verify` does, which opens no database: every table is known all the same."""
    program = "from advisor.store.backup import Base, read_backup; print(*sorted(Base.metadata.tables))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == sorted(Base.metadata.tables)


def test_a_backup_goes_into_either_database(target: tuple[Store, str], rulebook: Rulebook, tmp_path: Path) -> None:
    source = Store(f"sqlite:///{tmp_path / 'source.db'}", rulebook.vocabulary)
    source.upgrade()
    ann = add_person(source, "ann", "leader")
    source.cases.create(ann, FILE, at=AT)
    source.audit.record("case-made", at=AT)
    source.backup(tmp_path / "b", at=AT)
    store, url = target
    store.restore(tmp_path / "b")
    assert rows(url) == rows(f"sqlite:///{tmp_path / 'source.db'}")
    assert store.audit.verify().broken is None
    store.audit.record("restored", at=AT)
    source.close()


def test_a_backup_is_of_one_moment_while_others_save(filled: Store, rulebook: Rulebook, tmp_path: Path) -> None:
    ann = filled.people.by_email("ann@example.org")
    assert ann
    going, stop = threading.Event(), threading.Event()

    def save(person: Person) -> None:
        while not stop.is_set():
            case = filled.cases.create(person, FILE, at=AT).entry.id
            filled.cases.save(person, case, 1, named("Again"), at=later(1))
            going.set()

    writer = threading.Thread(target=save, args=(ann,))
    writer.start()
    going.wait(30)
    for number in range(3):
        filled.backup(tmp_path / f"b{number}", at=AT)
    stop.set()
    writer.join()
    for number in range(3):
        restored = Store(f"sqlite:///{tmp_path / f'{number}.db'}", rulebook.vocabulary)
        contents = restored.restore(tmp_path / f"b{number}")
        listed = restored.cases.list(ann, limit=10_000).items
        assert len(listed) == contents.rows["cases"] > 1
        for entry in listed:
            assert restored.cases.history(ann, entry.id).total == entry.revision
        restored.close()


def test_it_is_not_restored_over_something_nor_written_over_something(filled: Store, database_url: str, tmp_path: Path) -> None:
    filled.backup(tmp_path / "b", at=AT)
    before = rows(database_url)
    with pytest.raises(InputError, match="database-not-empty"):
        filled.restore(tmp_path / "b")
    assert rows(database_url) == before
    whole = (tmp_path / "b").read_bytes()
    with pytest.raises(InputError, match="file-exists"):
        filled.backup(tmp_path / "b", at=AT)
    assert (tmp_path / "b").read_bytes() == whole
    with pytest.raises(InputError, match="unwritable-file"):
        filled.backup(tmp_path / "nowhere" / "b", at=AT)
    assert sorted(each.name for each in tmp_path.glob("*b*") if "advisor" not in each.name) == ["b"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> Path:
    """A backup of a small database."""
    folder = tmp_path_factory.mktemp("whole")
    store = Store(f"sqlite:///{folder / 'advisor.db'}", rulebook.vocabulary)
    store.upgrade()
    store.cases.create(add_person(store, "ann", "leader"), FILE, at=AT)
    store.backup(folder / "b", at=AT)
    store.close()
    return folder / "b"


def rewritten(whole: Path, target: Path, name: str, content: bytes | None) -> Path:
    """A backup with one member changed, or left out."""
    with tarfile.open(whole) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            file = old.extractfile(member)
            assert file
            body = file.read()
            if member.name == name:
                if content is None:
                    continue
                body = content
            member.size = len(body)
            new.addfile(member, io.BytesIO(body))
    return target


def check_refused(file: Path, folder: Path, rulebook: Rulebook) -> None:
    with pytest.raises(InputError, match="backup-damaged"):
        read_backup(file)
    store = Store(f"sqlite:///{folder / 'fresh.db'}", rulebook.vocabulary)
    with pytest.raises(InputError, match="backup-damaged"):
        store.restore(file)
    store.upgrade()
    assert not store.people.ever()
    store.close()


@pytest.mark.parametrize("part", range(1, 8))
def test_a_backup_that_was_cut_or_changed_is_refused(whole: Path, tmp_path: Path, rulebook: Rulebook, part: int) -> None:
    content = whole.read_bytes()
    place = len(content) * part // 8
    (tmp_path / "cut").write_bytes(content[:place])
    check_refused(tmp_path / "cut", tmp_path, rulebook)
    (tmp_path / "changed").write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
    check_refused(tmp_path / "changed", tmp_path, rulebook)


def test_a_backup_with_other_rows_than_its_manifest_says_is_refused(whole: Path, tmp_path: Path, rulebook: Rulebook) -> None:
    for number, (name, content) in enumerate(
        [
            ("people.jsonl", b""),
            ("people.jsonl", None),
            ("people.jsonl", b'{"id": 1}\n'),
            ("cases.jsonl", b"no json\n"),
            ("manifest.json", b"{}"),
            ("manifest.json", None),
        ]
    ):
        check_refused(rewritten(whole, tmp_path / str(number), name, content), tmp_path, rulebook)
    (tmp_path / "text").write_text("no backup")
    check_refused(tmp_path / "text", tmp_path, rulebook)


def test_a_backup_of_another_versions_tables_is_refused(whole: Path, tmp_path: Path, rulebook: Rulebook) -> None:
    with tarfile.open(whole) as archive:
        file = archive.extractfile("manifest.json")
        assert file
        manifest = json.loads(file.read())
    changed = json.dumps({**manifest, "revision": "0001"}).encode()
    store = Store(f"sqlite:///{tmp_path / 'fresh.db'}", rulebook.vocabulary)
    with pytest.raises(InputError, match="backup-of-another-version"):
        store.restore(rewritten(whole, tmp_path / "b", "manifest.json", changed))
    store.close()


def run(folder: Path, *arguments: str, **more: str) -> Any:
    return CliRunner().invoke(app, ["backup", *arguments], env={"ADVISOR_DATA": str(folder), **more})


def test_the_drill_a_server_is_backed_up_while_it_runs_lost_restored_and_goes_on(tmp_path: Path, loaded: Loaded) -> None:
    data, file = tmp_path / "data", tmp_path / "advisor.backup"
    data.mkdir()
    store = Store(f"sqlite:///{data / 'advisor.db'}", loaded.rulebook.vocabulary)
    store.upgrade()
    add_person(store, "ann", "leader")
    store.close()
    with serving(data) as site, site.client() as client:
        sign_in(client, "ann@example.org")
        made = client.post("/cases", data={"name": "Kept"}, headers={"Sec-Fetch-Site": "same-origin"})
        assert made.status_code == 303
        done = run(data, "make", str(file))
        assert done.exit_code == 0, done.output
        assert "1 cases" in done.output
    for lost in data.glob("advisor.db*"):
        lost.unlink()
    assert run(data, "verify", str(file)).exit_code == 0
    assert isinstance(run(data, "verify", str(tmp_path / "none")).exception, InputError)
    back = run(data, "restore", str(file))
    assert back.exit_code == 0, back.output
    with serving(data) as site, site.client() as client:
        assert client.get("/cases").headers["location"].startswith("/login")
        sign_in(client, "ann@example.org")
        assert "Kept" in client.get("/cases").text
    store = Store(f"sqlite:///{data / 'advisor.db'}", loaded.rulebook.vocabulary)
    assert [each.event for each in store.audit.all()][:4] == ["signed-in", "case-made", "backed-up", "restored"]
    assert store.audit.verify().broken is None
    store.close()
