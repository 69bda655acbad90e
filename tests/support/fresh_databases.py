"""Fresh SQLite databases for tests: copies of one that was migrated once in a process."""

import tempfile
from functools import cache
from pathlib import Path

from advisor.loading import load
from advisor.model.vocabulary import Vocabulary
from advisor.store import schema
from advisor.store.connections import Connections
from advisor.store.database import Store
from advisor.web.startup import Startup


@cache
def tables() -> bytes:
    """A SQLite database with its tables and nothing in them, migrated once in a process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "advisor.db"
        connections = Connections(f"sqlite:///{path}", 1)
        schema.upgrade(connections)
        connections.close()
        return path.read_bytes()


@cache
def started() -> bytes:
    """The same once a server was started on it: with the rulebook of this checkout, whose packing takes most of a start."""
    loaded = load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "advisor.db"
        path.write_bytes(tables())
        store = Store(f"sqlite:///{path}", loaded.rulebook.vocabulary)
        assert Startup(store, loaded).reason() == ""
        store.close()
        return path.read_bytes()


def migrated(url: str, vocabulary: Vocabulary) -> Store:
    """A store on a SQLite database; a fresh one is as a server finds it that was started on it before."""
    path = Path(url.removeprefix("sqlite:///"))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(started())
    return Store(url, vocabulary)
