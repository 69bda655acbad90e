"""`webhooks`: where an organization's other systems are told of events, for its administrators."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from advisor.model.problems import InputError, Problem, shorten
from advisor.store.outbox import Event
from advisor.store.webhooks import Delivery, Webhook
from advisor.web.api.bodies import BODY, WebhookBody, read_asked
from advisor.web.api.operations import ROOT, Gives, gives, operation
from advisor.web.api.queries import Body
from advisor.web.api.responses import content, respond
from advisor.web.api.tokens import TAG, Administrator
from advisor.web.audit_trail import about
from advisor.web.site import site_of
from advisor.web.timestamps import time_of
from advisor.web.webhook_targets import TargetError, networks, target_of

router = APIRouter(prefix=ROOT)

WebhookId = Annotated[str, Path(pattern="^[a-z0-9]+$", max_length=64, description="The id of a webhook.")]


class WebhookRecord(TypedDict):
    """Where another system is told of events, and when that was ended."""

    id: str
    address: str
    events: list[Event]
    created: datetime
    ended: datetime | None


class WebhookList(TypedDict):
    """The webhooks of an organization, the newest first."""

    items: list[WebhookRecord]


class WebhookMade(TypedDict):
    """A new webhook, with the secret that its deliveries are signed with, which is told here alone."""

    webhook: WebhookRecord
    secret: str


class DeliveryRecord(TypedDict):
    """An event told to a webhook: how often it was tried, the last outcome, and when it is tried next (null: it is over).

    `outcome` is `delivered`, `unchanged` (the advice is what it was, so there was nothing to tell), a status of HTTP, or a
    code: `unreachable`, `not-secure`, `not-public`, `not-https`, `no-such-host`, `busy`; "" before the first try.
    """

    id: str
    event: Event
    case: str
    created: datetime
    attempts: int
    outcome: str
    tried: datetime | None
    next: datetime | None


class DeliveryList(TypedDict):
    """What a webhook was told last, the newest first."""

    items: list[DeliveryRecord]


@operation(router, "GET", "/webhooks", "listWebhooks", TAG, gives("WebhookList"), fails=(404,), scope="administer")
def list_webhooks(request: Request, person: Administrator) -> Response:
    """List the webhooks of the organization, with those that were ended."""
    found = site_of(request).store.webhooks.list(person.organization)
    return respond(content({"items": [webhook_record(each) for each in found]}))


@operation(
    router,
    "POST",
    "/webhooks",
    "createWebhook",
    TAG,
    gives("WebhookMade", status=201),
    takes="WebhookBody",
    fails=(404,),
    scope="administer",
)
def create_webhook(request: Request, person: Administrator, body: Body) -> Response:
    """Have another system told of events.

    The address is of https and public, unless the server allows its network. The secret is told here alone.
    """
    site = site_of(request)
    asked, _ = read_asked(body, WebhookBody, site.service.vocabulary)
    try:
        target_of(asked.address, networks(site.settings.webhook_networks))
    except TargetError as error:
        raise InputError([Problem(BODY, 0, f"webhook-{error.code}", "address", shorten(asked.address))]) from None
    webhook, secret = site.store.webhooks.create(person.organization, asked.address, asked.events, at=site.clock())
    about(request, webhook=webhook.id)
    return respond(content({"webhook": webhook_record(webhook), "secret": secret}), status=201)


@operation(router, "DELETE", "/webhooks/{webhook}", "endWebhook", TAG, Gives(204), fails=(404,), scope="administer")
def end_webhook(request: Request, person: Administrator, webhook: WebhookId) -> Response:
    """End a webhook. What it was still to be told is not told any more."""
    site = site_of(request)
    site.store.webhooks.end(person.organization, webhook, at=site.clock())
    return Response(status_code=204)


@operation(
    router,
    "GET",
    "/webhooks/{webhook}/deliveries",
    "listDeliveries",
    TAG,
    gives("DeliveryList"),
    fails=(404,),
    scope="administer",
)
def list_deliveries(request: Request, person: Administrator, webhook: WebhookId) -> Response:
    """List what a webhook was told or is to be told, the newest 50 first."""
    found = site_of(request).store.webhooks.deliveries(person.organization, webhook)
    return respond(content({"items": [delivery_record(each) for each in found]}))


def webhook_record(webhook: Webhook) -> dict[str, Any]:
    """A webhook without its secret."""
    return {
        "id": webhook.id,
        "address": webhook.address,
        "events": list(webhook.events),
        "created": time_of(webhook.created),
        "ended": webhook.ended and time_of(webhook.ended),
    }


def delivery_record(delivery: Delivery) -> dict[str, Any]:
    """A delivery, without what it says."""
    return {
        "id": delivery.id,
        "event": delivery.event,
        "case": delivery.case,
        "created": time_of(delivery.created),
        "attempts": delivery.attempts,
        "outcome": delivery.outcome,
        "tried": delivery.tried and time_of(delivery.tried),
        "next": delivery.due and time_of(delivery.due),
    }
