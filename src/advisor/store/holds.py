"""Legal holds: what an administrator keeps from being deleted, by anybody and by its time, until the hold is lifted."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select

from advisor.model.problems import InputError, Problem
from advisor.store.connections import Connections, touched
from advisor.store.consultation_tables import ConsultationRow
from advisor.store.errors import NoSuchCaseError
from advisor.store.retention_tables import HoldRow, NoticeRow
from advisor.store.secret_keys import new_id
from advisor.store.tables import CaseRow, PersonRow

MAX_REASON = 500  # characters


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold on a case, or on a consultation of it (by the id of its first round; "": on the case with all that is in it).

    Without accounts, and at the console, nobody's name is known.
    """

    case: str
    case_name: str
    organization: str
    consultation: str
    reason: str
    placed: datetime
    placed_by_name: str


class Holds:
    """The holds of a database. An organization is that of who asks; None for whoever runs the server, who may all."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def place(
        self, organization: str | None, case_id: str, consultation: str, reason: str, *, by: str, at: datetime
    ) -> Hold | None:
        """Put a case on hold, or (by its id) a consultation with all its rounds. None where it is on hold already.

        Raises `NoSuchCaseError`, and `InputError` for a reason that is missing or has more than `MAX_REASON` characters.
        """
        if not 0 < len(reason) <= MAX_REASON:
            told = Problem("", 0, "reason-expected", about="reason", found=str(len(reason)), allowed=(str(MAX_REASON),))
            raise InputError([told])
        with self._connections.writing() as connection:
            series = self._series(connection, organization, case_id, consultation)
            if connection.execute(select(HoldRow.id).where(*_on(case_id, series))).first() is not None:
                return None
            values = {
                "id": new_id(),
                "case_id": case_id,
                "consultation_id": series or None,
                "reason": json.dumps(reason),
                "placed": at,
                "placed_by": by,
            }
            connection.execute(insert(HoldRow), values)
            # Once it is lifted, what is deleted can be seen to be for as long as anything else.
            connection.execute(delete(NoticeRow).where(NoticeRow.case_id == case_id))
            return _hold(connection.execute(_SELECTED.where(*_on(case_id, series))).one())

    def lift(self, organization: str | None, case_id: str, consultation: str) -> Hold | None:
        """Lift a hold; its reason is gone then. None where there is none. Raises `NoSuchCaseError`."""
        with self._connections.writing() as connection:
            series = self._series(connection, organization, case_id, consultation)
            row = connection.execute(_SELECTED.where(*_on(case_id, series))).first()
            if row is None or not touched(connection.execute(delete(HoldRow).where(*_on(case_id, series)))):
                return None
        self._connections.forget_deleted()
        return _hold(row)

    def find(self, case_id: str, consultation: str = "") -> Hold | None:
        """The hold on a case, or on a consultation by the id of its first round. Whether it may be seen was asked before."""
        with self._connections.reading() as connection:
            row = connection.execute(_SELECTED.where(*_on(case_id, consultation))).first()
        return None if row is None else _hold(row)

    def list(self, organization: str | None = None) -> tuple[Hold, ...]:
        """The holds of an organization, or all, the first in front."""
        wanted = _SELECTED if organization is None else _SELECTED.where(CaseRow.organization == organization)
        with self._connections.reading() as connection:
            return tuple(_hold(row) for row in connection.execute(wanted.order_by(HoldRow.placed, HoldRow.id)))

    def _series(self, connection: Connection, organization: str | None, case_id: str, consultation: str) -> str:
        """The first round of a consultation on a case, which is kept as it is until the transaction ends; "" for none."""
        mine = [CaseRow.id == case_id, *([] if organization is None else [CaseRow.organization == organization])]
        if connection.execute(select(CaseRow.id).where(*mine).with_for_update()).first() is None:
            raise NoSuchCaseError(case_id)
        if not consultation:
            return ""
        there = ConsultationRow.id == consultation, ConsultationRow.case_id == case_id
        row = connection.execute(select(ConsultationRow.id, ConsultationRow.first).where(*there)).first()
        if row is None:
            raise NoSuchCaseError(consultation)
        return str(row.first or row.id)


_COLUMNS = (
    HoldRow.case_id,
    CaseRow.name,
    CaseRow.organization,
    HoldRow.consultation_id,
    HoldRow.reason,
    HoldRow.placed,
    PersonRow.name.label("by_name"),
)
_SELECTED: Select[*tuple[Any, ...]] = (
    select(*_COLUMNS).join(CaseRow, CaseRow.id == HoldRow.case_id).outerjoin(PersonRow, PersonRow.id == HoldRow.placed_by)
)


def _on(case_id: str, series: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    same = HoldRow.consultation_id == series if series else HoldRow.consultation_id.is_(None)
    return HoldRow.case_id == case_id, same


def _hold(row: Row[*tuple[Any, ...]]) -> Hold:
    series, reason = row.consultation_id or "", json.loads(row.reason)
    return Hold(row.case_id, row.name, row.organization, series, reason, row.placed, row.by_name or "")
