"""The advice that was given on saved cases, and the rulebooks it was given by, so that it can be worked out again."""

import json
import zlib
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select

from advisor.store.cases import Cases
from advisor.store.connections import Connections
from advisor.store.errors import NoSuchCaseError
from advisor.store.pagination import cursor_after, read_cursor
from advisor.store.records import KeptAdvice, Page, Person
from advisor.store.secret_keys import new_id
from advisor.store.tables import AdviceRow, RevisionRow, RulebookRow

_ABOUT = (
    AdviceRow.id,
    AdviceRow.case_id,
    AdviceRow.revision,
    AdviceRow.scenario,
    AdviceRow.at,
    AdviceRow.by,
    AdviceRow.rulebook,
    AdviceRow.wording,
    AdviceRow.engine,
    AdviceRow.marks,
)


class Advices:
    """Kept advice. Who may see the case may see what was advised on it; for others there is none."""

    def __init__(self, connections: Connections, cases: Cases) -> None:
        self._connections, self._cases = connections, cases

    def keep(
        self,
        person: Person,
        case_id: str,
        revision: int,
        *,
        scenario: str = "",
        content: bytes,
        rulebook: str,
        wording: str,
        engine: str,
        marks: bool,
        at: datetime,
    ) -> KeptAdvice:
        """Keep advice that was given on a revision, under a scenario or on the case itself.

        The same again is kept once: what is returned is the first. Raises `NoSuchCaseError`, for a revision too.
        """
        self._cases.check(person, case_id)
        same = and_(
            AdviceRow.case_id == case_id,
            AdviceRow.revision == revision,
            AdviceRow.scenario == json.dumps(scenario),
            AdviceRow.rulebook == rulebook,
            AdviceRow.wording == wording,
            AdviceRow.engine == engine,
            AdviceRow.marks == marks,
        )
        if kept := self._find(same):
            return kept
        values = {
            "id": new_id(),
            "case_id": case_id,
            "revision": revision,
            "scenario": json.dumps(scenario),
            "at": at,
            "by": person.id,
            "rulebook": rulebook,
            "wording": wording,
            "engine": engine,
            "marks": marks,
            "content": zlib.compress(content),
        }
        with self._connections.writing() as connection:
            there = select(RevisionRow.number).where(RevisionRow.case_id == case_id, RevisionRow.number == revision)
            if connection.execute(there).first() is None:
                raise NoSuchCaseError(case_id)
            connection.execute(self._connections.insert_new(AdviceRow), values)
        kept = self._find(same)
        if kept is None:  # the case was deleted in this moment
            raise NoSuchCaseError(case_id)
        return kept

    def list(self, person: Person, case_id: str, *, after: str = "", limit: int = 50) -> Page[KeptAdvice]:
        """The advice kept of a case, the newest first, with `content` left empty. Raises `BadCursorError`."""
        self._cases.check(person, case_id)
        wanted = select(*_ABOUT).where(AdviceRow.case_id == case_id)
        if after:
            at, last = read_cursor(after)
            wanted = wanted.where(or_(AdviceRow.at < at, and_(AdviceRow.at == at, AdviceRow.id < last)))
        with self._connections.reading() as connection:
            total = connection.execute(select(func.count()).where(AdviceRow.case_id == case_id)).scalar_one()
            rows = connection.execute(wanted.order_by(AdviceRow.at.desc(), AdviceRow.id.desc()).limit(limit + 1)).all()
        found = [_kept(row, b"") for row in rows[:limit]]
        following = cursor_after(found[-1].at, found[-1].id) if len(rows) > limit else ""
        return Page(tuple(found), following, total)

    def read(self, person: Person, case_id: str, advice_id: str) -> KeptAdvice:
        """Advice that was kept, with its bytes. Raises `NoSuchCaseError` where the case has none with this id."""
        self._cases.check(person, case_id)
        kept = self._find(and_(AdviceRow.case_id == case_id, AdviceRow.id == advice_id))
        if kept is None:
            raise NoSuchCaseError(case_id)
        return kept

    def keep_rulebook(self, sha256: str, wording: str, version: str, archive: bytes) -> None:
        """Keep the files of a rulebook and its words, packed as `replay.archive_of` does; once, however often it is asked."""
        with self._connections.writing() as connection:
            values = {"sha256": sha256, "wording": wording, "version": version, "archive": archive}
            connection.execute(self._connections.insert_new(RulebookRow), values)

    def rulebook(self, sha256: str, wording: str) -> bytes | None:
        """The packed files of a rulebook and its words, or None where those two were not kept."""
        with self._connections.reading() as connection:
            wanted = select(RulebookRow.archive).where(RulebookRow.sha256 == sha256, RulebookRow.wording == wording)
            return connection.execute(wanted).scalar_one_or_none()

    def _find(self, wanted: ColumnElement[bool]) -> KeptAdvice | None:
        with self._connections.reading() as connection:
            row = connection.execute(select(*_ABOUT, AdviceRow.content).where(wanted)).first()
        return None if row is None else _kept(row, zlib.decompress(row.content))


def _kept(row: Row[*tuple[Any, ...]], content: bytes) -> KeptAdvice:
    given_by = row.rulebook, row.wording, row.engine, row.marks
    return KeptAdvice(row.id, row.case_id, row.revision, json.loads(row.scenario), row.at, row.by, *given_by, content)
