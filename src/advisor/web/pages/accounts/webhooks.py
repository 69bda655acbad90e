"""Webhooks of one's own organization, for its administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.outbox import EVENTS
from advisor.store.webhooks import Delivery, Webhook
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, administrator, form
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text, texts
from advisor.web.site import site_of
from advisor.web.templates import FieldError
from advisor.web.webhook_targets import TargetError, networks, target_of

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class WebhooksPage(Context):
    """The webhooks of an organization."""

    template = "webhooks/webhooks.html.j2"
    found: Annotated[Sequence[Webhook], "the webhooks, the newest first"]
    offered: Annotated[Sequence[str], "what one can be told of"]
    address: Annotated[str, "where to, as it was typed"]
    chosen: Annotated[Sequence[str], "what was chosen"]


@dataclass(frozen=True, kw_only=True)
class WebhookPage(Context):
    """A new webhook, with its secret, which no page shows again."""

    template = "webhooks/webhook.html.j2"
    webhook: Annotated[Webhook, "the webhook"]
    secret: Annotated[str, "its secret"]


@dataclass(frozen=True, kw_only=True)
class DeliveriesPage(Context):
    """What a webhook was told last."""

    template = "webhooks/deliveries.html.j2"
    webhook: Annotated[Webhook, "the webhook"]
    found: Annotated[Sequence[Delivery], "what it was told or is to be told, the newest first"]


@router.get("/webhooks", name="webhooks")
def webhooks(request: Request, who: Who) -> Response:
    """The webhooks of the organization."""
    return _shown(request, who)


@router.post("/webhooks", name="create-webhook")
def create_webhook(request: Request, who: Who, posted: Posted) -> Response:
    """A new one. Its secret stands on this page alone."""
    site = site_of(request)
    address, chosen = text(posted, "address"), texts(posted, "events")
    events = tuple(each for each in EVENTS if each in chosen)
    errors = []
    try:
        target_of(address, networks(site.settings.webhook_networks))
    except TargetError as error:
        errors.append(FieldError("address", site.templates.word(f"webhooks.{error.code}")))
    if not events or len(events) != len(set(chosen)):
        errors.append(FieldError("events", site.templates.word("errors.choose")))
    if errors:
        return _shown(request, who, 422, errors, address, chosen)
    webhook, secret = site.store.webhooks.create(who.person.organization, address, events, at=site.clock())
    about(request, webhook=webhook.id)
    return page(request, who, WebhookPage(webhook=webhook, secret=secret))


@router.get("/webhooks/{webhook}/deliveries", name="deliveries")
def deliveries(request: Request, who: Who, webhook: str) -> Response:
    """What one was told last."""
    store = site_of(request).store
    found = store.webhooks.deliveries(who.person.organization, webhook)
    told = next(each for each in store.webhooks.list(who.person.organization) if each.id == webhook)
    return page(request, who, DeliveriesPage(webhook=told, found=found))


@router.post("/webhooks/{webhook}/end", name="end-webhook", dependencies=[Depends(form)])
def end_webhook(request: Request, who: Who, webhook: str) -> Response:
    """End one of them."""
    site = site_of(request)
    site.store.webhooks.end(who.person.organization, webhook, at=site.clock())
    return see_other(request, "webhooks", said="webhook-ended")


def _shown(
    request: Request,
    who: Visitor,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    address: str = "",
    chosen: Sequence[str] = (),
) -> Response:
    found = site_of(request).store.webhooks.list(who.person.organization)
    context = WebhooksPage(found=found, offered=EVENTS, address=address, chosen=chosen)
    return page(request, who, context, status=status, errors=errors)
