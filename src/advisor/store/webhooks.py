"""Webhooks of organizations, and what they were told: one process at a time tries a delivery, and again when it fails."""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, insert, or_, select, update

from advisor.store.connections import Connections, touched
from advisor.store.errors import NoSuchWebhookError
from advisor.store.outbox import EVENTS, Event
from advisor.store.secret_keys import new_id
from advisor.store.webhook_tables import DeliveryRow, WebhookRow

WAITS = tuple(timedelta(seconds=each) for each in (5, 60, 300, 1800, 7200, 28800, 86400))  # before each further try
LEASE = timedelta(minutes=2)  # how long a process may take for one try; then another may take it over
KEPT = timedelta(days=30)  # how long a delivery that is over stays in the log
DELIVERED, UNCHANGED = "delivered", "unchanged"  # outcomes that end a delivery well


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where an organization is told of events, until it is ended."""

    id: str
    organization: str
    address: str
    events: tuple[Event, ...]
    created: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event and what became of telling it: how often it was tried, the last outcome, and when it is tried next (none: over).

    `outcome` is `delivered`, `unchanged` (there was nothing to tell), or what failed: a status of HTTP, or a code.
    """

    id: str
    case: str
    event: Event
    subject: Mapping[str, Any]
    created: datetime
    attempts: int
    outcome: str
    tried: datetime | None
    due: datetime | None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process is to try now, with where to and what it is signed with."""

    delivery: Delivery
    claim: str
    address: str
    secret: str
    organization: str


class Webhooks:
    """The webhooks of a database, with their deliveries."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def create(self, organization: str, address: str, events: Sequence[Event], *, at: datetime) -> tuple[Webhook, str]:
        """A new webhook with the secret that its deliveries are signed with. That the address may be told was seen before."""
        webhook = Webhook(new_id(), organization, address, tuple(each for each in EVENTS if each in events), at, None)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        values = {
            "id": webhook.id,
            "organization": organization,
            "address": address,
            "secret": secret,
            "events": " ".join(webhook.events),
            "created": at,
        }
        with self._connections.writing() as connection:
            connection.execute(insert(WebhookRow), values)
        return webhook, secret

    def list(self, organization: str | None) -> tuple[Webhook, ...]:
        """The webhooks of an organization (None: of every one), the newest first, with those that were ended."""
        wanted = select(WebhookRow.__table__)
        if organization is not None:
            wanted = wanted.where(WebhookRow.organization == organization)
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.order_by(WebhookRow.created.desc(), WebhookRow.id)).all()
        return tuple(_webhook(row) for row in rows)

    def end(self, organization: str, webhook_id: str, *, at: datetime) -> None:
        """End a webhook; what it was still to be told is not told any more. Raises `NoSuchWebhookError`."""
        standing = WebhookRow.id == webhook_id, WebhookRow.organization == organization, WebhookRow.ended.is_(None)
        with self._connections.writing() as connection:
            if not touched(connection.execute(update(WebhookRow).where(*standing).values(ended=at))):
                raise NoSuchWebhookError(webhook_id)
            connection.execute(update(DeliveryRow).where(DeliveryRow.webhook_id == webhook_id).values(due=None))

    def deliveries(self, organization: str, webhook_id: str, *, limit: int = 50) -> tuple[Delivery, ...]:
        """What a webhook was told or is to be told, the newest first. Raises `NoSuchWebhookError`."""
        theirs = select(WebhookRow.id).where(WebhookRow.id == webhook_id, WebhookRow.organization == organization)
        wanted = select(DeliveryRow.__table__).where(DeliveryRow.webhook_id == webhook_id)
        with self._connections.reading() as connection:
            if connection.execute(theirs).first() is None:
                raise NoSuchWebhookError(webhook_id)
            rows = connection.execute(wanted.order_by(DeliveryRow.created.desc(), DeliveryRow.id).limit(limit)).all()
        return tuple(_delivery(row) for row in rows)

    def claim(self, *, at: datetime) -> ClaimedDelivery | None:
        """A delivery that is due and that nobody tries; it is this process's until `LEASE` is over. None where there is none."""
        free = and_(DeliveryRow.due <= at, or_(DeliveryRow.lease.is_(None), DeliveryRow.lease <= at))
        columns = (WebhookRow.address, WebhookRow.secret, WebhookRow.organization)
        wanted = select(DeliveryRow.__table__, *columns).join(WebhookRow, WebhookRow.id == DeliveryRow.webhook_id).where(free)
        wanted = wanted.order_by(DeliveryRow.due, DeliveryRow.id).limit(1)
        with self._connections.reading() as connection:
            if connection.execute(wanted).first() is None:  # most of the time; nobody has to wait for this look
                return None
        with self._connections.writing() as connection:
            row = connection.execute(wanted.with_for_update(of=DeliveryRow, skip_locked=True)).first()
            if row is None:
                return None
            claim, tries = new_id(), row.attempts + 1
            changed = {"claim": claim, "lease": at + LEASE, "attempts": tries, "tried": at}
            connection.execute(update(DeliveryRow).where(DeliveryRow.id == row.id).values(changed))
        return ClaimedDelivery(_delivery(row, attempts=tries), claim, row.address, row.secret, row.organization)

    def settle(self, claimed: ClaimedDelivery, outcome: str, *, at: datetime) -> None:
        """Note what became of a try. One that failed is due again after a while, until it has been tried often enough.

        Where another process took over since, nothing is noted.
        """
        tries = claimed.delivery.attempts
        over = outcome in (DELIVERED, UNCHANGED) or tries > len(WAITS)
        changed: dict[str, object] = {
            "outcome": outcome,
            "lease": None,
            "claim": "",
            "due": None if over else at + WAITS[tries - 1],
        }
        mine = DeliveryRow.id == claimed.delivery.id, DeliveryRow.claim == claimed.claim
        with self._connections.writing() as connection:
            ended = select(WebhookRow.ended).join(DeliveryRow, DeliveryRow.webhook_id == WebhookRow.id)
            if connection.execute(ended.where(DeliveryRow.id == claimed.delivery.id)).scalar_one_or_none() is not None:
                changed["due"] = None
            connection.execute(update(DeliveryRow).where(*mine).values(changed))
            connection.execute(delete(DeliveryRow).where(DeliveryRow.due.is_(None), DeliveryRow.created <= at - KEPT))


def _webhook(row: Row[*tuple[Any, ...]]) -> Webhook:
    events = tuple(each for each in EVENTS if each in row.events.split())
    return Webhook(row.id, row.organization, row.address, events, row.created, row.ended)


def _delivery(row: Row[*tuple[Any, ...]], *, attempts: int | None = None) -> Delivery:
    tries = row.attempts if attempts is None else attempts
    told = row.id, row.case_id, row.event, json.loads(row.subject), row.created
    return Delivery(*told, tries, row.outcome, row.tried, row.due)
