"""The store: saved cases, kept advice, consultations, accounts, sessions, tokens and links in one database."""

from datetime import datetime
from pathlib import Path

from advisor.model.vocabulary import Vocabulary
from advisor.store import schema
from advisor.store.advices import Advices
from advisor.store.audit import Audit
from advisor.store.backup import Contents, restore_backup, write_backup
from advisor.store.cases import Cases
from advisor.store.connections import Connections
from advisor.store.consultations import Consultations
from advisor.store.errors import (
    AnsweringByLinkError,
    BadCursorError,
    ConflictError,
    ConsultationClosedError,
    HeldError,
    LastAdministratorError,
    LinkEndedError,
    NoSuchCaseError,
    NoSuchPersonError,
    NotReplayableError,
    OwnsCasesError,
    ThrottledError,
    UnavailableError,
    WrongCodeError,
    WrongPasskeyError,
    WrongPasswordError,
)
from advisor.store.follow_ups import FollowUps
from advisor.store.hands import CountedHands
from advisor.store.holds import Holds
from advisor.store.idempotency import IdempotencyKeys
from advisor.store.identities import Identities
from advisor.store.invitations import Invitations
from advisor.store.links import Links
from advisor.store.memberships import Memberships
from advisor.store.organizations import Organizations
from advisor.store.passkeys import Passkeys
from advisor.store.people import People
from advisor.store.reminders import Reminders
from advisor.store.resets import Resets
from advisor.store.respondents import Respondents
from advisor.store.retention import Retention
from advisor.store.second_factors import SecondFactors
from advisor.store.sessions import Sessions, Tokens
from advisor.store.verdicts import Verdicts
from advisor.store.webhooks import Webhooks

__all__ = [
    "AnsweringByLinkError",
    "BadCursorError",
    "ConflictError",
    "ConsultationClosedError",
    "HeldError",
    "LastAdministratorError",
    "LinkEndedError",
    "NoSuchCaseError",
    "NoSuchPersonError",
    "NotReplayableError",
    "OwnsCasesError",
    "Store",
    "ThrottledError",
    "UnavailableError",
    "WrongCodeError",
    "WrongPasskeyError",
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
        self.consultations = Consultations(self._connections, self.cases, vocabulary)
        self.respondents = Respondents(self._connections, self.consultations, vocabulary)
        self.hands = CountedHands(self._connections, self.consultations, vocabulary)
        self.follow_ups = FollowUps(self._connections, self.cases)
        self.reminders = Reminders(self._connections)
        self.organizations = Organizations(self._connections)
        self.memberships = Memberships(self._connections)
        self.invitations = Invitations(self._connections, self.memberships)
        self.people = People(self._connections)
        self.audit = Audit(self._connections)
        self.holds = Holds(self._connections)
        self.retention = Retention(self._connections, self.audit)
        self.idempotency = IdempotencyKeys(self._connections)
        self.identities = Identities(self._connections)
        self.resets = Resets(self._connections, self.people)
        self.second_factors = SecondFactors(self._connections)
        self.passkeys = Passkeys(self._connections)
        self.webhooks = Webhooks(self._connections)
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

    def backup(self, path: Path, *, at: datetime) -> Contents:
        """Write all that the store holds now to a new file, while it is in use. Raises `InputError` and `UnavailableError`."""
        return write_backup(self._connections, path, at=at)

    def restore(self, path: Path) -> Contents:
        """Fill the store, which has to be empty, with what a backup holds. Raises `InputError` where that cannot be."""
        return restore_backup(self._connections, path)

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()
