"""`advisor organization`: organizations, and what they are called."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import app, say
from advisor.cli.help import WordedTyper
from advisor.cli.stored import Config, Database, open_store, record_in
from advisor.model.problems import InputError, Problem, nearest, shorten

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.store.records import Organization

organization = WordedTyper()
app.add_typer(organization, name="organization")
_say = partial(say, "organization")

Name = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]


@organization.command("list")
def list_all(config: Config = None, database: Database = None) -> None:
    """List the organizations, with the names that they had before."""
    with open_store(config, database) as store:
        found = store.organizations.list()
    for each in found:
        _say("listed", organization=each)
    if not found:
        _say("none")


@organization.command()
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", show_default=False)],
    config: Config = None,
    database: Database = None,
) -> None:
    """Call an organization something else. Everything in it stays where it is, and the names that it had stay its own."""
    with open_store(config, database) as store:
        found = named(store, name)
        store.organizations.rename(found.id, new, at=datetime.now(UTC), given=True)
        record_in(store, "organization-renamed", found.id)
        renamed = named(store, new)
    _say("renamed", before=found.name, organization=renamed)


def named(store: "Store", name: str) -> "Organization":
    """The organization that has this name, or had it. Raises `InputError` where there is none."""
    found = store.organizations.named(name)
    if found is None:
        known = [each.name for each in store.organizations.list()]
        raise InputError([Problem("", 0, "unknown-organization", found=shorten(name), nearest=nearest(name, known))])
    return found


def id_of(store: "Store", name: str | None) -> str | None:
    """The id of the organization that has this name, or had it; None for no name, which stands for all. As `named` otherwise."""
    return None if name is None else named(store, name).id
