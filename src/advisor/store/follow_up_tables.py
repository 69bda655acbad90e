"""The tables of what becomes of a case, the same in SQLite and PostgreSQL. What people typed stands as JSON."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class FollowUpRow(Base):
    """One step of following a case up; the last on a thing counts, those before it are its history. `day` is 2027-01-31 or ""."""

    __tablename__ = "follow_ups"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    kind: Mapped[str]
    about: Mapped[str]
    title: Mapped[str]
    day: Mapped[str]
    evidence: Mapped[str]


class ReminderRow(Base):
    """That a reminder about a case was sent; `key` tells it from the others of the case."""

    __tablename__ = "reminders"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    sent: Mapped[datetime]
