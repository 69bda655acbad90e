"""The saved cases and accounts, as commands open them; what a command does to them stands in the audit."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import load_chosen
from advisor.model.problems import InputError, Problem, nearest, shorten

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.store.records import Person
    from advisor.web.settings import Settings

Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", show_default=False)]
Database = Annotated[str | None, typer.Option("--database", metavar="URL", show_default=False)]


def settings_of(config: Path | None, database: str | None = None) -> "Settings":
    """The settings of the server. Raises `InputError`, also where the extra is not installed."""
    try:
        from advisor.web.settings import read_settings
    except ModuleNotFoundError as error:
        raise InputError([Problem("", 0, "extra-not-installed", found=error.name or "", about="web")]) from None
    return read_settings(config, database=database)


@contextmanager
def open_store(config: Path | None, database: str | None) -> Iterator["Store"]:
    """The store that the settings name, with its tables up to date. Raises `InputError` where it does not answer."""
    settings = settings_of(config, database)
    from advisor.store.database import Store, UnavailableError
    from advisor.web.accounts import had_accounts

    store = Store(settings.database, load_chosen().rulebook.vocabulary, pool=1)
    try:
        store.upgrade()
        yield store
        had_accounts(store, settings.data)
    except UnavailableError as error:
        raise InputError([Problem("", 0, "database-unreachable", found=str(error).strip())]) from None
    finally:
        store.close()


def known_organization(store: "Store", organization: str) -> str:
    """An organization that has accounts or cases, as it is spelled. Raises `InputError` where there is none."""
    known = sorted({*(each.organization for each in store.people.list()), *store.retention.organizations()})
    spelled = store.people.spelled(organization)
    if spelled not in known:
        close = nearest(organization, known)
        raise InputError([Problem("", 0, "unknown-organization", found=shorten(organization), nearest=close)])
    return spelled


def record(store: "Store", event: str, person: "Person | None" = None, *, organization: str = "", **subjects: str) -> None:
    """Add to the audit what was done at the console, to an account or in an organization, by which user of the machine."""
    store.audit.record(
        event,
        at=datetime.now(UTC),
        actor_name=user_of_this_machine(),
        organization=person.organization if person else organization,
        came_from="console",
        subjects={**({"account": person.id} if person else {}), **subjects},
    )


def user_of_this_machine() -> str:
    """Whose console it is, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in a container
        return ""
