"""Brings the tables up to date, or back, with Alembic; asks whether they are."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from advisor.model.problems import InputError, Problem
from advisor.store.connections import Connections
from advisor.store.errors import UnavailableError

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_041_776_034  # any number, the same in every process: PostgreSQL's advisory lock of this number is held meanwhile


def upgrade(connections: Connections, revision: str = "head") -> None:
    """Run the migrations up to a revision, all of them or none.

    Of several processes at once the first does it; the others wait, and find it done. Raises `UnavailableError`, and
    `InputError` where a later version of the advisor has made the tables.
    """
    with connections.writing() as connection:
        config = _alone(connection, connections)
        current = MigrationContext.configure(connection).get_current_revision()
        known = [script.revision for script in ScriptDirectory(_FOLDER).walk_revisions()]
        if current is not None and current not in known:
            raise InputError([Problem("", 0, "database-newer", found=current, about=known[0])])
        command.upgrade(config, revision)


def downgrade(connections: Connections, revision: str) -> None:
    """Go back to a revision ("base": no tables at all). What only the later ones hold is lost."""
    with connections.writing() as connection:
        command.downgrade(_alone(connection, connections), revision)


def readiness(connections: Connections) -> str:
    """Why the database cannot be used: "unreachable" or "not-migrated"; "" where it can."""
    try:
        with connections.reading() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except UnavailableError:
        return "unreachable"
    return "" if current == ScriptDirectory(_FOLDER).get_current_head() else "not-migrated"


def _alone(connection: Connection, connections: Connections) -> Config:
    """Alembic's configuration for this connection, once no other process migrates."""
    if not connections.is_sqlite:  # there, only one writes at a time anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
