"""Brings the tables up to date, or back, with Alembic; asks whether they are.

Alembic takes half a second to import, so it is asked only where something is to be done.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from advisor.model.problems import InputError, Problem
from advisor.store.connections import Connections
from advisor.store.errors import UnavailableError

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_041_776_034  # any number, the same in every process: PostgreSQL's advisory lock of this number is held meanwhile


def revisions() -> tuple[str, ...]:
    """The revisions of this version, in the order of their migrations: each is in the name of its file, `mREVISION_what.py`."""
    return tuple(sorted(path.stem[1:].partition("_")[0] for path in (_FOLDER / "versions").glob("m*.py")))


def revision_of(connection: Connection) -> str | None:
    """The revision that the tables are at; None where there are no tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def upgrade(connections: Connections, revision: str = "head") -> None:
    """Run the migrations up to a revision, all of them or none.

    Of several processes at once the first does it; the others wait, and find it done. Raises `UnavailableError`, and
    `InputError` where a later version of the advisor has made the tables.
    """
    with connections.writing() as connection:
        _alone(connection, connections)
        current, known = revision_of(connection), revisions()
        if current is not None and current not in known:
            raise InputError([Problem("", 0, "database-newer", found=current, about=known[-1])])
        if current != (known[-1] if revision == "head" else revision):
            from alembic import command

            command.upgrade(_config(connection), revision)


def downgrade(connections: Connections, revision: str) -> None:
    """Go back to a revision ("base": no tables at all). What only the later ones hold is lost."""
    from alembic import command

    with connections.writing() as connection:
        _alone(connection, connections)
        command.downgrade(_config(connection), revision)


def readiness(connections: Connections) -> str:
    """Why the database cannot be used: "unreachable" or "not-migrated"; "" where it can."""
    try:
        with connections.reading() as connection:
            current = revision_of(connection)
    except UnavailableError:
        return "unreachable"
    return "" if current == revisions()[-1] else "not-migrated"


def _alone(connection: Connection, connections: Connections) -> None:
    """Wait until no other process migrates."""
    if not connections.is_sqlite:  # there, only one writes at a time anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _config(connection: Connection) -> "Config":
    """Alembic's configuration for this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
