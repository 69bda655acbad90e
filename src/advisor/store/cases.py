"""Saved cases with their history: each method sees only what the person who asks may see."""

import json
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy import case as sql_case

from advisor.model.case import MAX_NAME, Case
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary
from advisor.store.connections import Connections, touched
from advisor.store.contents import Content, changes, counts, first_content, next_content, read_content, write_content
from advisor.store.errors import ConflictError, NoSuchCaseError
from advisor.store.held import check_not_held
from advisor.store.outbox import announce
from advisor.store.pagination import cursor_after, read_cursor, read_place
from advisor.store.records import Entry, How, Order, Page, Person, Revision, SavedCase, SavedChange
from advisor.store.secret_keys import new_id
from advisor.store.tables import CaseRow, PersonRow, RevisionRow, VerdictRow

_ENTRY = (
    CaseRow.id,
    CaseRow.name,
    CaseRow.organization,
    CaseRow.owner,
    PersonRow.name.label("owner_name"),
    CaseRow.revision,
    CaseRow.created,
    CaseRow.changed,
    CaseRow.archived,
    CaseRow.answers,
    CaseRow.partners,
)

_INSERT = insert(RevisionRow)


def visible(person: Person) -> ColumnElement[bool]:
    """The cases that a person may see: a leader their own, everybody else those of the organization."""
    ours = CaseRow.organization == person.organization
    return ours if person.sees_all else and_(ours, CaseRow.owner == person.id)


class Cases:
    """Cases in a database. What a person may not see is not there for them: `NoSuchCaseError` either way."""

    def __init__(self, connections: Connections, vocabulary: Vocabulary) -> None:
        self._connections, self._vocabulary = connections, vocabulary
        # Statements that every request needs are made once; of reading, one for each kind of person.
        found = select(*_ENTRY, CaseRow.content).outerjoin(PersonRow, PersonRow.id == CaseRow.owner)
        in_sight = found.where(CaseRow.id == bindparam("id"), CaseRow.organization == bindparam("organization"))
        self._entries = select(*_ENTRY).outerjoin(PersonRow, PersonRow.id == CaseRow.owner)
        self._found: Select[*tuple[Any, ...]] = found
        self._of_all: Select[*tuple[Any, ...]] = in_sight
        self._replace = update(CaseRow).where(CaseRow.id == bindparam("case"), CaseRow.revision == bindparam("expected"))
        self._of_owner: Select[*tuple[Any, ...]] = in_sight.where(CaseRow.owner == bindparam("owner"))

    def create(self, person: Person, file: CaseFile, *, at: datetime, how: How = "created") -> SavedCase:
        """Save a new case, whose owner is the person."""
        return self._create(person, first_content(file), at, how)

    def read(self, person: Person, id: str) -> SavedCase:  # noqa: A002
        """The case as it is now."""
        return self._saved(self._row(person, id))

    def at_revision(self, person: Person, id: str, number: int) -> SavedCase:  # noqa: A002
        """The case as it was saved with this number; the entry is that of the case now. None of that number raises too."""
        row = self._row(person, id)
        content = read_content(self.content_at(id, number), self._vocabulary)
        entry = replace(_entry(row), revision=number, name=_shown(content.file.case.name))
        return SavedCase(entry, content.file, content.left_out)

    def content_at(self, id: str, number: int) -> str:  # noqa: A002
        """What was stored with a revision, as it was stored. Whether the person may see the case was asked before."""
        wanted = select(RevisionRow.content).where(RevisionRow.case_id == id, RevisionRow.number == number)
        with self._connections.reading() as connection:
            content = connection.execute(wanted).scalar_one_or_none()
        if content is None:
            raise NoSuchCaseError(id)
        return zlib.decompress(content).decode()

    def case_at(self, id: str, number: int) -> Case:  # noqa: A002
        """A case as it was saved with this number, for the server itself. Raises `NoSuchCaseError`."""
        return read_content(self.content_at(id, number), self._vocabulary).file.case

    def save(
        self,
        person: Person,
        id: str,  # noqa: A002
        expected: int,
        file: CaseFile,
        *,
        at: datetime,
        how: How = "saved",
        renamed: Mapping[str, str] | None = None,
    ) -> SavedCase:
        """Save a case that was read at revision `expected`; `renamed` are partners' names, from old to new.

        A save that changes nothing makes no revision. Raises `ConflictError` with the case as it is now where another
        save came first, and changes nothing then.
        """
        row = self._row(person, id)
        before = read_content(row.content, self._vocabulary)
        after = next_content(before, file, renamed or {})
        if after == before:
            return self._saved(row)
        entry = _entry(row)
        if entry.revision != expected:
            raise ConflictError(SavedCase(entry, before.file, before.left_out))
        made = tuple(changes(before.file, after.file, renamed or {}))
        answers, partners = counts(after.file)
        name = _shown(after.file.case.name)
        entry = replace(entry, name=name, revision=expected + 1, changed=at, answers=answers, partners=partners)
        text = write_content(after)
        values = {
            "name": entry.name,
            "search": _searched(after.file.case),
            "revision": entry.revision,
            "changed": at,
            "answers": answers,
            "partners": partners,
            "content": text,
        }
        with self._connections.writing() as connection:
            # Compare and set in one statement: of several saves on one revision, one finds it still there.
            won = touched(connection.execute(self._replace, {**values, "case": id, "expected": expected}))
            if won:
                _keep_revision(connection, entry, person, how, made, text)
                subject = {"revision": entry.revision, "before": expected}
                announce(connection, entry.organization, "case.advice-changed", id, subject, at=at)
        if not won:
            raise ConflictError(self.read(person, id))
        return SavedCase(entry, after.file, after.left_out)

    def list(
        self,
        person: Person,
        *,
        search: str = "",
        archived: bool = False,
        owner: str | None = None,
        rulebook: str = "",
        decision: str = "",
        closeness: str | None = None,
        order: Order = "changed",
        after: str = "",
        limit: int = 20,
    ) -> Page[Entry]:
        """The cases that were archived, or those that were not, in some order, and among equals the latest change first.

        `search` is looked for in the names of a case and its partners; `decision` and `closeness` ("": not at all) are what
        `rulebook`, by its SHA-256, advises, as far as that was kept. `after` is the `following` of the page before.
        Raises `BadCursorError`.
        """
        if len(search) > MAX_NAME:  # than any name
            return Page((), "", 0)
        wanted = [visible(person), CaseRow.archived == archived]
        if owner is not None:
            wanted.append(CaseRow.owner == owner)
        if folded := _folded(search):
            wanted.append(CaseRow.search.contains(folded, autoescape=True))
        if decision:
            wanted.append(VerdictRow.decision == decision)
        if closeness is not None:
            wanted.append(VerdictRow.closeness == closeness)
        told = and_(VerdictRow.case_id == CaseRow.id, VerdictRow.revision == CaseRow.revision, VerdictRow.rulebook == rulebook)
        counted = select(func.count()).select_from(CaseRow).outerjoin(VerdictRow, told).where(*wanted)
        listed, before = self._entries.outerjoin(VerdictRow, told).where(*wanted), 0
        if order != "changed":
            before = read_place(after) if after else 0
            listed = listed.order_by(self._ordered(order)).offset(before)
        elif after:
            changed, last = read_cursor(after)
            listed = listed.where(or_(CaseRow.changed < changed, and_(CaseRow.changed == changed, CaseRow.id < last)))
        listed = listed.order_by(CaseRow.changed.desc(), CaseRow.id.desc()).limit(limit + 1)
        with self._connections.reading() as connection:
            total = connection.execute(counted).scalar_one()
            entries = [_entry(row) for row in connection.execute(listed)]
        following = ""
        if len(entries) > limit:
            last_shown = entries[limit - 1]
            following = cursor_after(last_shown.changed, last_shown.id) if order == "changed" else str(before + limit)
        return Page(tuple(entries[:limit]), following, total)

    def _ordered(self, order: Order) -> ColumnElement[Any]:
        """What a list is sorted by: decisions as the rulebook declares them, the closest first; cases without come last."""
        if order == "name":
            return cast("ColumnElement[Any]", CaseRow.search)
        if order == "owner":
            return func.lower(func.coalesce(PersonRow.name, ""))
        parts, places = self._vocabulary.advice_parts, self._vocabulary.places
        if order == "decision":
            column, values = VerdictRow.decision, list(places[parts.proceed])
        else:
            column, values = VerdictRow.closeness, [*reversed(places[parts.recommended]), ""]
        return sql_case({value: place for place, value in enumerate(values)}, value=column, else_=len(values))

    def copy(self, person: Person, id: str, name: str, *, at: datetime) -> SavedCase:  # noqa: A002
        """A new case of the person with all that this one holds but its history."""
        content = read_content(self._row(person, id).content, self._vocabulary)
        case = replace(content.file.case, name=name)
        return self._create(person, replace(content, file=CaseFile(case, content.file.scenarios)), at, "copied")

    def archive(self, person: Person, id: str, archived: bool) -> None:  # noqa: A002
        """Put a case out of the way, or back."""
        with self._connections.writing() as connection:
            stored = update(CaseRow).where(CaseRow.id == id, visible(person)).values(archived=archived)
            if not touched(connection.execute(stored)):
                raise NoSuchCaseError(id)

    def delete(self, person: Person, id: str) -> None:  # noqa: A002
        """Delete a case for good: with its history, advice and links. Raises `HeldError` where anything in it is on hold.

        On SQLite it is overwritten in the file at once; PostgreSQL reuses the space when it next vacuums.
        """
        with self._connections.writing() as connection:
            check_not_held(connection, visible(person), id)
            if not touched(connection.execute(delete(CaseRow).where(CaseRow.id == id, visible(person)))):
                raise NoSuchCaseError(id)
        self._connections.forget_deleted()

    def history(self, person: Person, id: str, *, before: int | None = None, limit: int = 50) -> Page[Revision]:  # noqa: A002
        """The saves of a case, the newest first, from those with a number below `before`; `following` is the next such number."""
        self.check(person, id)
        columns = (RevisionRow.number, RevisionRow.at, RevisionRow.by, PersonRow.name, RevisionRow.how, RevisionRow.changes)
        wanted = select(*columns).outerjoin(PersonRow, PersonRow.id == RevisionRow.by).where(RevisionRow.case_id == id)
        if before is not None:
            wanted = wanted.where(RevisionRow.number < before)
        with self._connections.reading() as connection:
            total = connection.execute(select(func.count()).where(RevisionRow.case_id == id)).scalar_one()
            rows = connection.execute(wanted.order_by(RevisionRow.number.desc()).limit(limit + 1)).all()
        found = [
            Revision(number, at, by, by_name or "", cast("How", how), _changes(text))
            for number, at, by, by_name, how, text in rows[:limit]
        ]
        return Page(tuple(found), str(found[-1].number) if len(rows) > limit else "", total)

    def check(self, person: Person, id: str) -> None:  # noqa: A002
        """Raise `NoSuchCaseError` where the person may not see the case, or it is not there."""
        with self._connections.reading() as connection:
            if connection.execute(select(CaseRow.id).where(CaseRow.id == id, visible(person))).first() is None:
                raise NoSuchCaseError(id)

    def for_link(self, id: str) -> SavedCase | None:  # noqa: A002
        """A case for whoever holds a link to it; None where it is gone."""
        with self._connections.reading() as connection:
            row = connection.execute(self._found.where(CaseRow.id == id)).first()
        return None if row is None else self._saved(row)

    def _row(self, person: Person, id: str) -> Row[*tuple[Any, ...]]:  # noqa: A002
        values = {"id": id, "organization": person.organization}
        if not person.sees_all:
            values["owner"] = person.id
        with self._connections.reading() as connection:
            row = connection.execute(self._of_all if person.sees_all else self._of_owner, values).first()
        if row is None:
            raise NoSuchCaseError(id)
        return row

    def _saved(self, row: Row[*tuple[Any, ...]]) -> SavedCase:
        content = read_content(row.content, self._vocabulary)
        return SavedCase(_entry(row), content.file, content.left_out)

    def _create(self, person: Person, content: Content, at: datetime, how: How) -> SavedCase:
        answers, partners = counts(content.file)
        name = _shown(content.file.case.name)
        entry = Entry(
            new_id(),
            name,
            person.organization,
            person.id,
            person.name,
            1,
            at,
            at,
            archived=False,
            answers=answers,
            partners=partners,
        )
        text = write_content(content)
        values = {
            "id": entry.id,
            "organization": entry.organization,
            "owner": entry.owner,
            "name": entry.name,
            "search": _searched(content.file.case),
            "revision": 1,
            "created": at,
            "changed": at,
            "archived": False,
            "answers": answers,
            "partners": partners,
            "content": text,
        }
        made = tuple(changes(CaseFile(Case("", {}), {}), content.file, {}))
        with self._connections.writing() as connection:
            connection.execute(insert(CaseRow), values)
            _keep_revision(connection, entry, person, how, made, text)
        return SavedCase(entry, content.file, content.left_out)


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        row.id,
        row.name,
        row.organization,
        row.owner,
        row.owner_name or "",
        row.revision,
        row.created,
        row.changed,
        row.archived,
        row.answers,
        row.partners,
    )


def _keep_revision(connection: Connection, entry: Entry, by: Person, how: How, made: Sequence[SavedChange], content: str) -> None:
    listed = [[change.kind, change.partner, change.question, change.was, change.now] for change in made]
    values = {
        "case_id": entry.id,
        "number": entry.revision,
        "at": entry.changed,
        "by": by.id,
        "how": how,
        "changes": json.dumps(listed, separators=(",", ":")),
        "content": zlib.compress(content.encode()),
    }
    connection.execute(_INSERT, values)


def _changes(text: str) -> tuple[SavedChange, ...]:
    return tuple(
        SavedChange(kind, partner, question, tuple(was), tuple(now)) for kind, partner, question, was, now in json.loads(text)
    )


def _shown(name: str) -> str:
    """A name as a database takes it: the one character that PostgreSQL does not is shown by its symbol."""
    return name.replace("\0", "\N{SYMBOL FOR NULL}")


def _folded(text: str) -> str:
    """A text without regard to case, width and spacing."""
    return _shown(" ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split()))


def _searched(case: Case) -> str:
    return "\n".join(_folded(name) for name in (case.name, *(partner.name for partner in case.partners)))
