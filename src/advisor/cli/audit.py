"""`advisor audit`: what was done, by whom, to what, from where."""

from functools import partial
from typing import Annotated

import typer

from advisor.cli.app import app, print_text, say
from advisor.cli.help import WordedTyper
from advisor.cli.organization import id_of
from advisor.cli.stored import Config, Database, open_store

audit = WordedTyper()
app.add_typer(audit, name="audit")
_say = partial(say, "audit")

Organization = Annotated[str | None, typer.Option("--organization", show_default=False)]


@audit.command()
def export(organization: Organization = None, config: Config = None, database: Database = None) -> None:
    """Write every entry as a line of JSON, the oldest first."""
    with open_store(config, database) as store:
        for entry in store.audit.all(id_of(store, organization)):
            print_text(entry.as_line() + "\n")


@audit.command("list")
def list_entries(
    search: Annotated[str, typer.Argument(metavar="TEXT", show_default=False)] = "",
    organization: Organization = None,
    number: Annotated[int, typer.Option("--number", min=1, max=10_000)] = 50,
    config: Config = None,
    database: Database = None,
) -> None:
    """List the latest entries, or those with this text in them."""
    with open_store(config, database) as store:
        found = store.audit.list(id_of(store, organization), search=search, limit=number)
    for entry in reversed(found.items):
        about = " ".join(f"{kind} {each}" for kind, each in entry.subjects.items())
        _say("listed", entry=entry, at=f"{entry.at:%Y-%m-%d %H:%M:%S}", about=about)
    if not found.items:
        _say("no-entries")


@audit.command()
def verify(
    kept: Annotated[str, typer.Option("--last", metavar="HASH", show_default=False)] = "",
    config: Config = None,
    database: Database = None,
) -> None:
    """Check that no entry was changed or removed. With the last hash that was kept elsewhere, none at the end either."""
    with open_store(config, database) as store:
        found = store.audit.verify(kept)
    if found.broken is not None:
        _say("broken", number=found.broken)
    elif not found.reached:
        _say("cut-short", number=found.entries, kept=kept)
    else:
        _say("whole", number=found.entries, last=found.last)
        return
    raise typer.Exit(1)
