"""The tables of organizations, the same in SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class OrganizationRow(Base):
    """An organization and what it is called now. Its id is the name that it had first: everything else refers to that.

    `shown_elsewhere` tells whether its consultations stand at a glance for who looks from another organization of theirs.
    """

    __tablename__ = "organizations"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    since: Mapped[datetime]
    shown_elsewhere: Mapped[bool] = mapped_column(server_default=false())


class OrganizationNameRow(Base):
    """A name that an organization has or had, folded, so that "County A" and "county a" are one; no other gets it.

    `given` tells whether whoever keeps the server, or a provider of identities, gave it, and not the organization itself.
    """

    __tablename__ = "organization_names"
    __table_args__ = (Index("ix_organization_names_organization", "organization", "since"),)

    folded: Mapped[str] = mapped_column(primary_key=True)
    organization: Mapped[str] = mapped_column(ForeignKey("organizations.id", ondelete="CASCADE"))
    name: Mapped[str]
    since: Mapped[datetime]
    given: Mapped[bool]
