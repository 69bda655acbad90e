"""Whether something is on hold: then nobody deletes it, and neither does its time."""

from sqlalchemy import ColumnElement, Connection, case, or_, select

from advisor.store.consultation_tables import ConsultationRow
from advisor.store.errors import HeldError
from advisor.store.retention_tables import HoldRow
from advisor.store.tables import CaseRow


def check_not_held(connection: Connection, seen: ColumnElement[bool], case_id: str, consultation_id: str | None = None) -> None:
    """Raise `HeldError` where a case or anything in it is on hold; of a consultation, where that or its whole case is.

    None is put on hold until the transaction ends. A case that is not among those `seen` is as if it were not there: nothing
    is raised.
    """
    if connection.execute(select(CaseRow.id).where(CaseRow.id == case_id, seen).with_for_update()).first() is None:
        return
    wanted = select(HoldRow.id).where(HoldRow.case_id == case_id)
    if consultation_id is not None:
        first = case((ConsultationRow.first == "", ConsultationRow.id), else_=ConsultationRow.first)
        series = select(first).where(ConsultationRow.id == consultation_id).scalar_subquery()
        wanted = wanted.where(or_(HoldRow.consultation_id.is_(None), HoldRow.consultation_id == series))
    if connection.execute(wanted.limit(1)).first() is not None:
        raise HeldError(case_id)
