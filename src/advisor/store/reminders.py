"""Reminders of what is due in cases: for whom there may be any, and which were sent, so that each is sent once."""

from datetime import datetime

from sqlalchemy import delete, select

from advisor.store.connections import Connections
from advisor.store.consultation_tables import ConsultationRow
from advisor.store.follow_up_tables import FollowUpRow, ReminderRow
from advisor.store.tables import CaseRow


class Reminders:
    """Reminders in a database, of the cases of everybody: for the command that sends them, not for a person."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def followed_up(self) -> list[tuple[str, str, str]]:
        """The cases out of the archive in which something is due on a day or was, each with its organization and the id of its
        owner."""
        days = select(FollowUpRow.case_id).where(FollowUpRow.case_id == CaseRow.id, FollowUpRow.kind == "due")
        wanted = (
            select(CaseRow.id, CaseRow.organization, CaseRow.owner)
            .where(CaseRow.archived.is_(False), days.exists())
            .order_by(CaseRow.id)
        )
        with self._connections.reading() as connection:
            return [(case, organization, owner) for case, organization, owner in connection.execute(wanted)]

    def first_rounds(self) -> list[tuple[str, str, str, str]]:
        """The consultations that were closed and are no further round: organization, case, consultation, and the id of who opened
        it."""
        columns = (CaseRow.organization, ConsultationRow.case_id, ConsultationRow.id, ConsultationRow.opened_by)
        wanted = select(*columns).join(CaseRow, CaseRow.id == ConsultationRow.case_id)
        wanted = wanted.where(CaseRow.archived.is_(False), ConsultationRow.first == "", ConsultationRow.closed.is_not(None))
        with self._connections.reading() as connection:
            return [(place, case, id_, by) for place, case, id_, by in connection.execute(wanted.order_by(ConsultationRow.id))]

    def claim(self, case_id: str, key: str, *, at: datetime) -> bool:
        """Note that a reminder is sent now. False where it was before, or the case is gone: then it is not to be sent."""
        values = {"case_id": case_id, "key": key, "sent": at}
        with self._connections.writing() as connection:
            held = select(CaseRow.id).where(CaseRow.id == case_id).with_for_update(read=True, key_share=True)
            if connection.execute(held).first() is None:
                return False
            return self._connections.added(connection, ReminderRow, values)

    def release(self, case_id: str, key: str) -> None:
        """Take back that a reminder was sent, since it could not be."""
        mine = ReminderRow.case_id == case_id, ReminderRow.key == key
        with self._connections.writing() as connection:
            connection.execute(delete(ReminderRow).where(*mine))
