"""What was done, by whom, to what, from where: entries that are only added, each with the hash of the one before.

An entry names cases, accounts, tokens and links by their ids and holds nothing of what is in them, so that it can stay when
they are deleted. Whoever changes or removes one breaks the chain, unless they write all that follow anew: keep the last hash
elsewhere (the log has each), and `verify` finds that too.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, text

from advisor.store.connections import Connections
from advisor.store.records import Page
from advisor.store.tables import AuditRow

FIRST = "0" * 64  # what stands for the entry before the first
_LOCK = 7_041_776_035  # PostgreSQL's advisory lock of this number is held while an entry is added
_AT_ONCE = 1000
_COLUMNS = (
    AuditRow.number,
    AuditRow.at,
    AuditRow.event,
    AuditRow.actor,
    AuditRow.actor_name,
    AuditRow.organization,
    AuditRow.came_from,
    AuditRow.subjects,
    AuditRow.before,
    AuditRow.hash,
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that was done: `subjects` are ids by what they are ids of; `actor` is the id of an account, "" for none."""

    number: int
    at: datetime
    event: str
    actor: str
    actor_name: str
    organization: str
    came_from: str
    subjects: Mapping[str, str]
    before: str
    hash: str

    def as_line(self) -> str:
        """The entry as a line of JSON, by which its hash can be worked out again."""
        values = {**asdict(self), "at": self.at.isoformat(timespec="microseconds"), "subjects": dict(self.subjects)}
        return json.dumps(values, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Verified:
    """How many entries follow each other rightly from the first, the last hash among them, and the number that breaks the
    chain (None where none does). `reached` tells whether a hash that was kept elsewhere is among them."""

    entries: int
    last: str
    broken: int | None
    reached: bool


class Audit:
    """The entries of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def record(
        self,
        event: str,
        *,
        at: datetime,
        actor: str = "",
        actor_name: str = "",
        organization: str = "",
        came_from: str = "",
        subjects: Mapping[str, str] | None = None,
    ) -> AuditEntry:
        """Add an entry, and return it once it is on the disk."""
        told = {"actor": actor, "actor_name": actor_name, "organization": organization, "came_from": came_from}
        with self._connections.writing() as connection:
            return self.add(connection, event, at=at, subjects=subjects, **told)

    def add(
        self,
        connection: Connection,
        event: str,
        *,
        at: datetime,
        actor: str = "",
        actor_name: str = "",
        organization: str = "",
        came_from: str = "",
        subjects: Mapping[str, str] | None = None,
    ) -> AuditEntry:
        """Add an entry in the transaction of what was done, as its last step: others who add one wait for its end."""
        told = (event, actor, _plain(actor_name), _plain(organization), _plain(came_from))
        if not self._connections.is_sqlite:  # there, only one writes at a time anyway
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        last = connection.execute(select(AuditRow.number, AuditRow.hash).order_by(AuditRow.number.desc()).limit(1)).first()
        number, before = (last.number + 1, last.hash) if last else (1, FIRST)
        entry = AuditEntry(number, at, *told, dict(sorted((subjects or {}).items())), before, "")
        found = hash_of(entry)
        values = {**asdict(entry), "subjects": _packed(entry.subjects), "hash": found}
        connection.execute(insert(AuditRow), values)
        return replace(entry, hash=found)

    def list(self, organization: str | None, *, search: str = "", before: int | None = None, limit: int = 50) -> Page[AuditEntry]:
        """Entries of an organization, or all, the newest first, from those below a number; `following` is the next such.

        `search` is looked for in the event, who did it, from where, and the ids.
        """
        wanted: list[ColumnElement[bool]] = [] if organization is None else [AuditRow.organization == organization]
        if before is not None:
            wanted.append(AuditRow.number < before)
        if search:
            places = AuditRow.event, AuditRow.actor, AuditRow.actor_name, AuditRow.came_from, AuditRow.subjects
            wanted.append(or_(*(place.icontains(_plain(search), autoescape=True) for place in places)))
        with self._connections.reading() as connection:
            asked = select(*_COLUMNS).where(*wanted).order_by(AuditRow.number.desc()).limit(limit + 1)
            found = [_entry(row) for row in connection.execute(asked)]
        return Page(tuple(found[:limit]), str(found[limit - 1].number) if len(found) > limit else "", len(found))

    def all(self, organization: str | None = None) -> Iterator[AuditEntry]:
        """Every entry of an organization, or all, the oldest first, read some at a time."""
        last = 0
        wanted: list[ColumnElement[bool]] = [] if organization is None else [AuditRow.organization == organization]
        while True:
            asked = select(*_COLUMNS).where(AuditRow.number > last, *wanted).order_by(AuditRow.number).limit(_AT_ONCE)
            with self._connections.reading() as connection:
                found = [_entry(row) for row in connection.execute(asked)]
            yield from found
            if len(found) < _AT_ONCE:
                return
            last = found[-1].number

    def verify(self, kept: str = "") -> Verified:
        """Go along the chain from its first entry; `kept` is a hash that was its last once."""
        count, before, reached = 0, FIRST, not kept
        for entry in self.all():
            if entry.number != count + 1 or entry.before != before or entry.hash != hash_of(entry):
                return Verified(count, before, count + 1, reached)
            count, before = entry.number, entry.hash
            reached = reached or before == kept
        return Verified(count, before, None, reached)


def hash_of(entry: AuditEntry) -> str:
    """The SHA-256 over an entry without its own hash, which is over the one before it too."""
    whole = json.loads(entry.as_line())
    del whole["hash"]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(told: str) -> str:
    """A text as a database takes it, on one line."""
    return "".join(each if each.isprintable() else " " for each in told[:400]).encode("utf-8", "replace").decode()


def _packed(subjects: Mapping[str, str]) -> str:
    return json.dumps(dict(subjects), sort_keys=True)


def _entry(row: Row[*tuple[Any, ...]]) -> AuditEntry:
    told = row.number, row.at, row.event, row.actor, row.actor_name, row.organization, row.came_from
    return AuditEntry(*told, json.loads(row.subjects), row.before, row.hash)
