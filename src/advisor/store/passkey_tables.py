"""The tables of passkeys, the same in SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class PasskeyRow(Base):
    """A passkey of somebody's. `credential` is its id among authenticators (base64url), `key` its public key (COSE).

    `count` is the number of uses that its authenticator told last: none up to it is taken again. Many tell 0 always.
    """

    __tablename__ = "passkeys"
    __table_args__ = (UniqueConstraint("credential"), Index("ix_passkeys_person_id", "person_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    name: Mapped[str]
    credential: Mapped[str]
    key: Mapped[bytes]
    count: Mapped[int] = mapped_column(BigInteger)
    added: Mapped[datetime]
    used: Mapped[datetime | None]


class SpentChallengeRow(Base):
    """A challenge that was answered, so that it is not answered again; kept as a SHA-256 until it would be too old anyway."""

    __tablename__ = "spent_challenges"

    challenge: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
