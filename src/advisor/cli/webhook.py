"""`advisor webhook`: where an organization's other systems are told of events, and what they were told."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import app, print_text, say
from advisor.cli.help import WordedTyper
from advisor.cli.organization import id_of, named
from advisor.cli.stored import Config, Database, open_store, record_in, settings_of
from advisor.model.problems import InputError, Problem, Problems, nearest, shorten

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.store.webhooks import Webhook

webhook = WordedTyper()
app.add_typer(webhook, name="webhook")
_say = partial(say, "webhook")

WebhookId = Annotated[str, typer.Argument(metavar="ID", show_default=False)]


@webhook.command()
def add(
    organization: Annotated[str, typer.Argument(metavar="ORGANIZATION", show_default=False)],
    address: Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)],
    event: Annotated[list[str], typer.Option("--event", show_default=False)],
    config: Config = None,
    database: Database = None,
) -> None:
    """Have an address told of events. The secret that signs what is sent is printed this once, alone on standard output."""
    with open_store(config, database) as store:
        from advisor.store.outbox import EVENTS
        from advisor.web.webhook_targets import TargetError, networks, target_of

        told = named(store, organization).id
        problems = Problems("")
        for each in event:
            if each not in EVENTS:
                problems.add("unknown-event", about="event", found=each, allowed=EVENTS)
        try:
            target_of(address, networks(settings_of(config, database).webhook_networks))
        except TargetError as error:
            problems.add(f"webhook-{error.code}", about="address", found=address)
        problems.raise_if_any()
        events = tuple(each for each in EVENTS if each in event)
        made, secret = store.webhooks.create(told, address, events, at=datetime.now(UTC))
        record_in(store, "webhook-made", told, webhook=made.id)
    _say("added", err=True, webhook=made)
    print_text(f"{secret}\n")


@webhook.command("list")
def list_all(
    organization: Annotated[str | None, typer.Option("--organization", show_default=False)] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """List the webhooks, the newest first, with those that were ended."""
    with open_store(config, database) as store:
        found = store.webhooks.list(id_of(store, organization))
    for each in found:
        _say("listed", webhook=each, made=_time(each.created), ended=_time(each.ended))
    if not found:
        _say("none")


@webhook.command()
def end(id: WebhookId, config: Config = None, database: Database = None) -> None:  # noqa: A002
    """End a webhook. What it was still to be told is not told any more."""
    with open_store(config, database) as store:
        found = _webhook(store, id, standing=True)
        store.webhooks.end(found.organization, id, at=datetime.now(UTC))
        record_in(store, "webhook-ended", found.organization, webhook=id)
    _say("ended", webhook=found)


@webhook.command()
def deliveries(id: WebhookId, config: Config = None, database: Database = None) -> None:  # noqa: A002
    """List what a webhook was told or is to be told, the newest 50 first."""
    with open_store(config, database) as store:
        found = store.webhooks.deliveries(_webhook(store, id).organization, id)
    for each in found:
        _say("delivery", delivery=each, since=_time(each.created), due=_time(each.due))
    if not found:
        _say("nothing-told")


def _webhook(store: "Store", id: str, *, standing: bool = False) -> "Webhook":  # noqa: A002
    """The webhook with this id, of any organization; where `standing`, one that was not ended."""
    known = {each.id: each for each in store.webhooks.list(None) if not (standing and each.ended)}
    if id not in known:
        raise InputError([Problem("", 0, "unknown-webhook", found=shorten(id), nearest=nearest(id, known))])
    return known[id]


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""
