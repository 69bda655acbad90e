"""What webhooks are to be told, written down in the transaction of the change itself, so that neither is there alone."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, literal, null, select

from advisor.store.secret_keys import new_id
from advisor.store.tables import Moment
from advisor.store.webhook_tables import DeliveryRow, WebhookRow

Event = Literal["case.advice-changed", "consultation.closed"]
EVENTS: tuple[Event, ...] = ("case.advice-changed", "consultation.closed")

_COLUMNS = ("id", "webhook_id", "case_id", "event", "subject", "created", "due", "attempts", "claim", "lease", "outcome", "tried")


def announce(
    connection: Connection, organization: str, event: Event, case_id: str, subject: Mapping[str, object], *, at: datetime
) -> None:
    """Have each webhook of an organization that is for this event told of it; `subject` are ids and numbers."""
    moment = literal(at, Moment)
    told = literal(json.dumps(subject))
    about = literal(f"{new_id()}-") + WebhookRow.id, WebhookRow.id, literal(case_id), literal(event), told
    state = moment, moment, literal(0), literal(""), null(), literal(""), null()
    theirs = WebhookRow.organization == organization, WebhookRow.ended.is_(None), WebhookRow.events.contains(event)
    connection.execute(insert(DeliveryRow).from_select(_COLUMNS, select(*about, *state).where(*theirs)))
