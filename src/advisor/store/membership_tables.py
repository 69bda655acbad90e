"""The tables of who belongs to which organization, the same in SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class MembershipRow(Base):
    """An account as a member of an organization. `entered` is when a session was last begun in it or switched to it."""

    __tablename__ = "memberships"
    __table_args__ = (Index("ix_memberships_organization", "organization"),)

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True)
    organization: Mapped[str] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str]
    active: Mapped[bool]
    since: Mapped[datetime]
    entered: Mapped[datetime | None]


class VouchedRow(Base):
    """That sessions of a provider of identities (its issuer) reach a membership: since it claims the organization, or because
    somebody joined it in such a session."""

    __tablename__ = "vouched_memberships"
    __table_args__ = (
        ForeignKeyConstraint(
            ["person_id", "organization"], ["memberships.person_id", "memberships.organization"], ondelete="CASCADE"
        ),
    )

    person_id: Mapped[str] = mapped_column(primary_key=True)
    organization: Mapped[str] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    claimed: Mapped[bool]


class InvitationRow(Base):
    """That whoever has an address may join an organization; of the secret in the link only the SHA-256 is kept."""

    __tablename__ = "invitations"
    __table_args__ = (UniqueConstraint("secret"), Index("ix_invitations_organization", "organization", "created"))

    id: Mapped[str] = mapped_column(primary_key=True)
    secret: Mapped[str]
    organization: Mapped[str] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    email: Mapped[str]
    role: Mapped[str]
    invited_by: Mapped[str] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    created: Mapped[datetime]
    expires: Mapped[datetime]
