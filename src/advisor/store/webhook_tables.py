"""The tables of webhooks, the same in SQLite and PostgreSQL."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from advisor.store.tables import Base


class WebhookRow(Base):
    """Where an organization is told of events (with blanks between them). The secret is kept as it is, since it signs."""

    __tablename__ = "webhooks"
    __table_args__ = (Index("ix_webhooks_organization", "organization", "created"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    organization: Mapped[str]
    address: Mapped[str]
    secret: Mapped[str]
    events: Mapped[str]
    created: Mapped[datetime]
    ended: Mapped[datetime | None]


class DeliveryRow(Base):
    """An event to be told to a webhook: `subject` is JSON, `due` when to try next (none: over), `claim` who tries until
    `lease`."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "due"),
        Index("ix_deliveries_webhook_id", "webhook_id", "created", "id"),
        Index("ix_deliveries_case_id", "case_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    event: Mapped[str]
    subject: Mapped[str]
    created: Mapped[datetime]
    due: Mapped[datetime | None]
    attempts: Mapped[int]
    claim: Mapped[str]
    lease: Mapped[datetime | None]
    outcome: Mapped[str]
    tried: Mapped[datetime | None]
