"""The tables, the same in SQLite and PostgreSQL. `migrations/` makes them; a test holds the two against each other."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A time as microseconds since 1970 in UTC: SQLite keeps no time zone, and whole numbers order and compare exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """An aware time as it is stored. A naive one raises `TypeError`."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """A stored time, in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Base(DeclarativeBase):
    """All tables, with constraints named alike on both databases."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {str: Text, bytes: LargeBinary, datetime: Moment}  # noqa: RUF012


class CaseRow(Base):
    """A case as it is now. `content` is what `contents.py` writes, `search` its names folded for searching."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_organization", "organization", "archived", "changed", "id"),
        Index("ix_cases_owner", "organization", "owner", "archived", "changed", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organization: Mapped[str]
    owner: Mapped[str]  # a person's id, or that of LOCAL, who has no row
    name: Mapped[str]
    search: Mapped[str]
    revision: Mapped[int]
    created: Mapped[datetime]
    changed: Mapped[datetime]
    archived: Mapped[bool]
    answers: Mapped[int]
    partners: Mapped[int]
    content: Mapped[str]


class RevisionRow(Base):
    """One save of a case: `changes` as JSON, `content` compressed."""

    __tablename__ = "revisions"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    how: Mapped[str]
    changes: Mapped[str]
    content: Mapped[bytes]


class VerdictRow(Base):
    """What a rulebook advises on a revision of a case: the decision, and how close ("": not at all)."""

    __tablename__ = "verdicts"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    rulebook: Mapped[str]
    decision: Mapped[str]
    closeness: Mapped[str]


class AdviceRow(Base):
    """Advice that was given; `scenario` is a JSON string, since PostgreSQL takes not every character as text."""

    __tablename__ = "advices"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "revision"], ["revisions.case_id", "revisions.number"], ondelete="CASCADE"),
        UniqueConstraint("case_id", "revision", "scenario", "rulebook", "wording", "engine", "marks"),
        Index("ix_advices_case_id", "case_id", "at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[str]
    revision: Mapped[int]
    scenario: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]
    rulebook: Mapped[str]
    wording: Mapped[str]
    engine: Mapped[str]
    marks: Mapped[bool]
    content: Mapped[bytes]


class RulebookRow(Base):
    """A rulebook's own files with those of its words, packed, under the SHA-256 of each ("" for words: one over both)."""

    __tablename__ = "rulebooks"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    wording: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    archive: Mapped[bytes]


class LinkRow(Base):
    """A read-only way into a case; of its secret only the SHA-256 is kept."""

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("secret"), Index("ix_links_case_id", "case_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    shows: Mapped[str]
    scenarios: Mapped[str]
    created: Mapped[datetime]
    created_by: Mapped[str]
    expires: Mapped[datetime]
    revoked: Mapped[datetime | None]
    words: Mapped[bool] = mapped_column(server_default=false())


class PersonRow(Base):
    """An account, whatever it is a member of; of its password only the argon2 hash is kept."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    password: Mapped[str]
    created: Mapped[datetime]


class FirstAccountRow(Base):
    """That there have been accounts: one row, from the first of them on, that stays when they are lost."""

    __tablename__ = "first_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class SessionRow(Base):
    """Somebody who is logged in, as a member of one organization; of the secret only the SHA-256 is kept."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_person_id", "person_id"), Index("ix_sessions_seen", "seen"))

    secret: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organization: Mapped[str] = mapped_column(server_default=text("''"))
    began: Mapped[datetime]
    seen: Mapped[datetime]
    provider: Mapped[str] = mapped_column(server_default=text("''"))  # where they signed in, "" for here
    issuer: Mapped[str] = mapped_column(server_default=text("''"))  # as which that provider is known
    id_token: Mapped[str] = mapped_column(server_default=text("''"))  # with which the provider is told that they sign out
    by_passkey: Mapped[bool] = mapped_column(server_default=false())  # which counts as both factors
    came_from: Mapped[str] = mapped_column(server_default=text("''"))
    agent: Mapped[str] = mapped_column(server_default=text("''"))


class IdentityRow(Base):
    """Somebody as a provider of identities knows them."""

    __tablename__ = "identities"
    __table_args__ = (Index("ix_identities_person_id", "person_id"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    since: Mapped[datetime]


class TokenRow(Base):
    """An API token of a membership; of its secret only the SHA-256 is kept."""

    __tablename__ = "tokens"
    __table_args__ = (UniqueConstraint("secret"), Index("ix_tokens_person_id", "person_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    organization: Mapped[str] = mapped_column(server_default=text("''"))
    label: Mapped[str]
    created: Mapped[datetime]
    expires: Mapped[datetime | None]
    used: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    scopes: Mapped[str] = mapped_column(server_default=text("''"))  # with blanks between; "" for all, of a person's own token
    reference: Mapped[str] = mapped_column(server_default=text("''"))


class AttemptRow(Base):
    """A login that failed, or that is being checked: under a hash of the address and one of where it came from."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_address", "address", "at"),
        Index("ix_attempts_source", "source", "at"),
        Index("ix_attempts_at", "at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]


class ResetRow(Base):
    """A way to set a new password once; of its secret only the SHA-256 is kept."""

    __tablename__ = "resets"
    __table_args__ = (Index("ix_resets_person_id", "person_id"),)

    secret: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    expires: Mapped[datetime]


class AuditRow(Base):
    """An entry of the audit; `subjects` is JSON."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_organization", "organization", "number"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    event: Mapped[str]
    actor: Mapped[str]
    actor_name: Mapped[str]
    organization: Mapped[str]
    came_from: Mapped[str]
    subjects: Mapped[str]
    before: Mapped[str]
    hash: Mapped[str]


class IdempotencyRow(Base):
    """A key that a caller created something by: hashes of the key and the request, and the answer once there is one."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("ix_idempotency_keys_at", "at"), Index("ix_idempotency_keys_case_id", "case_id"))

    caller: Mapped[str] = mapped_column(primary_key=True)  # a person's id and organization, or LOCAL's
    key: Mapped[str] = mapped_column(primary_key=True)
    claim: Mapped[str]
    request: Mapped[str]
    at: Mapped[datetime]
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    status: Mapped[int | None]
    headers: Mapped[str | None]
    body: Mapped[bytes | None]
