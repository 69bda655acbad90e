"""The tables of how long cases are kept, the same in SQLite and PostgreSQL. What people typed stands as JSON."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class RetentionRow(Base):
    """How many months an organization keeps a case and a consultation after their last change; None: until deleted."""

    __tablename__ = "retention"

    organization: Mapped[str] = mapped_column(primary_key=True)
    cases: Mapped[int | None]
    consultations: Mapped[int | None]


class HoldRow(Base):
    """That a case is on hold or was, or one of its consultations (by the id of its first round; None: the case itself)."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_case_id", "case_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    consultation_id: Mapped[str | None] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"))
    reason: Mapped[str]
    placed: Mapped[datetime]
    placed_by: Mapped[str]  # a person's id; "" at the console


class NoticeRow(Base):
    """Since when it can be seen that a case, or one of its consultations ("" for the case itself), is deleted at a moment.

    One of another moment than it would be deleted at now counts for nothing.
    """

    __tablename__ = "notices"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    consultation: Mapped[str] = mapped_column(primary_key=True)
    ends: Mapped[datetime]
    since: Mapped[datetime]
