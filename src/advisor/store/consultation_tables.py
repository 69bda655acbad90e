"""The tables of consultations, the same in SQLite and PostgreSQL.

What people typed stands as JSON: PostgreSQL takes not every character as text.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class ConsultationRow(Base):
    """A consultation on a case: the questions and the partners that it is about, as JSON lists."""

    __tablename__ = "consultations"
    __table_args__ = (Index("ix_consultations_case_id", "case_id", "created"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    revision: Mapped[int]
    questions: Mapped[str]
    partners: Mapped[str]
    opened_by: Mapped[str]
    created: Mapped[datetime]
    closed: Mapped[datetime | None]
    version: Mapped[int]
    first: Mapped[str] = mapped_column(server_default=text("''"))  # the consultation that this is a further round of


class RespondentRow(Base):
    """Somebody who is asked to answer. Of the secret in a link only the SHA-256 is kept, of one that is spent too."""

    __tablename__ = "respondents"
    __table_args__ = (
        UniqueConstraint("secret"),
        Index("ix_respondents_consultation_id", "consultation_id", "created"),
        Index("ix_respondents_spent", "spent"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"))
    name: Mapped[str]
    speaks: Mapped[str]
    partner: Mapped[str]
    shown: Mapped[str]
    secret: Mapped[str]
    spent: Mapped[str | None]
    created: Mapped[datetime]
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]
    begun: Mapped[datetime | None]
    first: Mapped[str] = mapped_column(server_default=text("''"))  # the same person in the round in which they were first asked


class GivenAnswerRow(Base):
    """What a respondent answered to one question, about the agency (`partner` is null in JSON) or a partner; and a note to it."""

    __tablename__ = "given_answers"

    respondent_id: Mapped[str] = mapped_column(ForeignKey("respondents.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    partner: Mapped[str] = mapped_column(primary_key=True)
    options: Mapped[str]
    note: Mapped[str]
    at: Mapped[datetime]


class HandsRow(Base):
    """How many hands of one kind were raised in a room for each option of a question, as a JSON object."""

    __tablename__ = "hands"

    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    partner: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    raised: Mapped[str]
    at: Mapped[datetime]


class DecisionRow(Base):
    """One step of reconciling; the last on a question counts, those before it are its history."""

    __tablename__ = "decisions"

    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    kind: Mapped[str]
    question: Mapped[str]
    partner: Mapped[str]
    options: Mapped[str]
    note: Mapped[str]
    revision: Mapped[int | None]
