"""The tables of second factors, the same in SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class SecondFactorRow(Base):
    """The secret of somebody's authenticator, kept as it is, since codes are worked out from it. It counts once it is confirmed.

    `used` is the number of the half minute whose code was taken last: none up to it is taken again.
    """

    __tablename__ = "second_factors"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str]
    begun: Mapped[datetime]
    confirmed: Mapped[datetime | None]
    used: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """A code that stands in for an authenticator, once; only its SHA-256 is kept."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class SecondFactorRuleRow(Base):
    """An organization whose people have to have a second factor."""

    __tablename__ = "second_factor_rules"

    organization: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
