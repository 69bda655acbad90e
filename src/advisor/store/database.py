"""The store: saved cases, kept advice, accounts, sessions, tokens and links in one database."""

from advisor.model.vocabulary import Vocabulary
from advisor.store import schema
from advisor.store.advices import Advices
from advisor.store.cases import Cases
from advisor.store.connections import Connections
from advisor.store.errors import (
    BadCursorError,
    ConflictError,
    NoSuchCaseError,
    NoSuchPersonError,
    NotReplayableError,
    ThrottledError,
    UnavailableError,
    WrongPasswordError,
)
from advisor.store.links import Links
from advisor.store.people import People
from advisor.store.sessions import Sessions, Tokens
from advisor.store.verdicts import Verdicts

__all__ = [
    "BadCursorError",
    "ConflictError",
    "NoSuchCaseError",
    "NoSuchPersonError",
    "NotReplayableError",
    "Store",
    "ThrottledError",
    "UnavailableError",
    "WrongPasswordError",
]


class Store:
    """One database, SQLite (`sqlite:///PATH`) or PostgreSQL (`postgresql://…`), shared by threads and processes.

    `pool` is the most connections it holds. Raises `InputError` for any other URL; whether the database can be reached
    shows at the first use, as `UnavailableError`.
    """

    def __init__(self, url: str, vocabulary: Vocabulary, *, pool: int = 16) -> None:
        self._connections = Connections(url, pool)
        self.cases = Cases(self._connections, vocabulary)
        self.advices = Advices(self._connections, self.cases)
        self.verdicts = Verdicts(self._connections)
        self.links = Links(self._connections, self.cases)
        self.people = People(self._connections)
        self.sessions = Sessions(self._connections)
        self.tokens = Tokens(self._connections)

    def upgrade(self) -> None:
        """Make the tables, or bring them up to date. Safe when several processes start at once.

        Raises `InputError` where a later version of the advisor has made them.
        """
        schema.upgrade(self._connections)

    def downgrade(self, revision: str) -> None:
        """Go back to an earlier revision of the tables ("base": none); what only the later ones hold is lost."""
        schema.downgrade(self._connections, revision)

    def ready(self) -> str:
        """Why the store cannot be used: "unreachable" or "not-migrated"; "" where it can."""
        return schema.readiness(self._connections)

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()
