"""`advisor user`: accounts and API tokens."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli.app import app, phrases, print_text, say
from advisor.cli.help import WordedTyper
from advisor.cli.organization import id_of, named
from advisor.cli.stored import Config, Database, open_store, record
from advisor.model.problems import InputError, Problem, nearest, shorten
from advisor.model.sentence import sentence

if TYPE_CHECKING:
    from advisor.store.database import Store
    from advisor.store.records import Person

user = WordedTyper()
app.add_typer(user, name="user")
_say = partial(say, "user")

Email = Annotated[str, typer.Argument(metavar="EMAIL", show_default=False)]
FromInput = Annotated[bool, typer.Option("--password-stdin")]
Within = Annotated[str | None, typer.Option("--in", metavar="ORGANIZATION", show_default=False)]


@user.command()
def add(
    email: Email,
    name: Annotated[str, typer.Option("--name", show_default=False)],
    role: Annotated[str, typer.Option("--role", show_default=False)],
    organization: Annotated[str, typer.Option("--organization", show_default=False)],
    adopt: Annotated[bool, typer.Option("--adopt")] = False,
    without_password: Annotated[bool, typer.Option("--without-password")] = False,
    password_stdin: FromInput = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Add an account. The password (12 characters or more) is asked for twice."""
    with open_store(config, database) as store:
        password = None if without_password else _password(email, password_stdin)
        person = store.people.add(email, name, role, organization, password, at=_now(), adopt=adopt)
        record(store, "account-made", person)
    _say("added", person=person)


@user.command("list")
def list_all(
    organization: Annotated[str | None, typer.Option("--organization", show_default=False)] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """List the accounts."""
    with open_store(config, database) as store:
        people = store.people.list(id_of(store, organization))
    for person in people:
        _say("listed", person=person)
    if not people:
        _say("nobody")


@user.command()
def join(
    email: Email,
    role: Annotated[str, typer.Option("--role", show_default=False)],
    organization: Annotated[str, typer.Option("--organization", show_default=False)],
    config: Config = None,
    database: Database = None,
) -> None:
    """Make an account a member of one more organization."""
    with open_store(config, database) as store:
        person = store.memberships.join(_person(store, email).id, organization, role, at=_now())
        record(store, "organization-joined", person)
    _say("added", person=person)


@user.command()
def leave(
    email: Email,
    organization: Annotated[str, typer.Option("--organization", show_default=False)],
    config: Config = None,
    database: Database = None,
) -> None:
    """Take an account out of an organization, once it owns no cases there. Its sessions and tokens there end; it goes with its
    last membership."""
    with open_store(config, database) as store:
        person = _member(store, email, organization)
        with _told(person):
            store.people.remove(person.id, person.organization)
        record(store, "account-removed", person)
    _say("left", person=person)


@user.command()
def disable(email: Email, within: Within = None, config: Config = None, database: Database = None) -> None:
    """Put an account out of use: its sessions end, its tokens do not work meanwhile, its cases stay."""
    with open_store(config, database) as store:
        person, theirs = _memberships(store, email, within)
        with _told(person):
            store.people.set_active(person.id, False, person.organization if within else None)
        for each in theirs:
            record(store, "account-changed", each)
    _say("disabled-there" if within else "disabled", person=person)


@user.command()
def enable(email: Email, within: Within = None, config: Config = None, database: Database = None) -> None:
    """Put an account back in use."""
    with open_store(config, database) as store:
        person, theirs = _memberships(store, email, within)
        store.people.set_active(person.id, True, person.organization if within else None)
        for each in theirs:
            record(store, "account-changed", each)
    _say("enabled", person=person)


@user.command()
def change(
    email: Email,
    name: Annotated[str | None, typer.Option("--name", show_default=False)] = None,
    role: Annotated[str | None, typer.Option("--role", show_default=False)] = None,
    organization: Annotated[str | None, typer.Option("--organization", show_default=False)] = None,
    within: Within = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Change what an account is called, may do or belongs to. With another role or organization its sessions there end."""
    with open_store(config, database) as store:
        person = _member(store, email, within)
        with _told(person):
            person = store.people.change(
                person.id,
                at=_now(),
                name=name or person.name,
                role=role or person.role,
                organization=organization or person.organization,
                within=person.organization,
            )
        record(store, "account-changed", person)
    _say("added", person=person)


@user.command("hand-over")
def hand_over(
    email: Email,
    taker: Annotated[str, typer.Argument(metavar="TO", show_default=False)],
    within: Within = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Make the cases of one account another's of the same organization."""
    with open_store(config, database) as store:
        giver = _member(store, email, within)
        receiver = store.people.by_email(_person(store, taker).email, giver.organization)
        if receiver is None or giver.id == receiver.id:
            raise InputError([Problem("", 0, "not-a-colleague", found=shorten(taker), about=giver.email)])
        number = store.people.hand_over(giver, receiver)
        record(store, "cases-handed-over", giver, taker=receiver.id)
    _say("handed-over", number=number, person=receiver)


@user.command()
def remove(email: Email, config: Config = None, database: Database = None) -> None:
    """Remove an account with its sessions and tokens, once it owns no cases. What it did stays in the history, under no name."""
    with open_store(config, database) as store:
        person, theirs = _memberships(store, email, None)
        with _told(person):
            store.people.remove(person.id)
        for each in theirs:
            record(store, "account-removed", each)
    _say("removed", person=person)


@user.command()
def password(email: Email, password_stdin: FromInput = False, config: Config = None, database: Database = None) -> None:
    """Change the password of an account; all its sessions end."""
    with open_store(config, database) as store:
        person = _person(store, email)
        store.people.set_password(person.id, _password(email, password_stdin))
        record(store, "password-changed", person)
    _say("password-changed", person=person)


@user.command()
def unlock(email: Email, config: Config = None, database: Database = None) -> None:
    """Forget the failed logins of an account, so that the next try counts at once."""
    with open_store(config, database) as store:
        person = _person(store, email)
        store.people.unlock(person.id)
        record(store, "account-unlocked", person)
    _say("unlocked", person=person)


@user.command("end-second-factor")
def end_second_factor(email: Email, config: Config = None, database: Database = None) -> None:
    """Switch off the second factor of somebody who lost it; all their sessions end."""
    with open_store(config, database) as store:
        person = _person(store, email)
        ended = store.second_factors.end(person.id)
        if ended:
            record(store, "second-factor-off", person)
    _say("second-factor-off" if ended else "no-second-factor", person=person)


@user.command("end-passkeys")
def end_passkeys(email: Email, config: Config = None, database: Database = None) -> None:
    """End all passkeys of somebody who lost the device; all their sessions end."""
    with open_store(config, database) as store:
        person = _person(store, email)
        number = store.passkeys.end_all(person.id)
        if number:
            record(store, "passkey-ended", person)
    _say("passkeys-ended" if number else "no-passkeys", person=person)


@user.command()
def token(
    email: Email,
    label: Annotated[str, typer.Option("--label", show_default=False)],
    days: Annotated[int | None, typer.Option("--days", min=1, max=3650, show_default=False)] = None,
    scope: Annotated[list[str] | None, typer.Option("--scope", show_default=False)] = None,
    reference: Annotated[str, typer.Option("--reference", show_default=False)] = "",
    within: Within = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Make an API token. The secret is printed this once, alone on standard output."""
    at = _now()
    with open_store(config, database) as store:
        person = _member(store, email, within)
        made, secret = store.tokens.create(person, label, at=at, days=days, scopes=scope or (), reference=reference)
        record(store, "token-made", person, token=made.id)
    _say("token", err=True, token=made, person=person)
    print_text(f"{secret}\n")


@user.command()
def tokens(email: Email, config: Config = None, database: Database = None) -> None:
    """List the API tokens of an account, without their secrets."""
    with open_store(config, database) as store:
        person, theirs = _memberships(store, email, None)
        found = [token for each in theirs for token in store.tokens.list(each)]
    for each in found:
        made, expires, used, revoked = (_day(at) for at in (each.created, each.expires, each.used, each.revoked))
        _say("token-listed", token=each, made=made, expires=expires, used=used, revoked=revoked)
    if not found:
        _say("no-tokens", person=person)


@user.command()
def revoke(
    email: Email,
    token: Annotated[str, typer.Argument(metavar="TOKEN", show_default=False)],
    config: Config = None,
    database: Database = None,
) -> None:
    """End an API token at once."""
    with open_store(config, database) as store:
        _, theirs = _memberships(store, email, None)
        revoked = [each for each in theirs if store.tokens.revoke(each, token, at=_now())]
        if not revoked:
            standing = tuple(each.id for one in theirs for each in store.tokens.list(one) if each.revoked is None)
            problem = Problem("", 0, "unknown-token", found=shorten(token), allowed=standing, nearest=nearest(token, standing))
            raise InputError([problem])
        record(store, "token-ended", revoked[0], token=token)
    _say("revoked", token=token)


@contextmanager
def _told(person: "Person") -> Iterator[None]:
    """Tell what stands in the way of a change as bad input."""
    from advisor.store.database import LastAdministratorError, OwnsCasesError

    try:
        yield
    except LastAdministratorError:
        raise InputError([Problem("", 0, "last-administrator", found=person.email, about=person.organization_name)]) from None
    except OwnsCasesError:
        raise InputError([Problem("", 0, "owns-cases", found=person.email)]) from None


def _person(store: "Store", email: str) -> "Person":
    person = store.people.by_email(email)
    if person is None:
        known = [each.email for each in store.people.list()]
        raise InputError([Problem("", 0, "unknown-email", found=shorten(email), nearest=nearest(email, known))])
    return person


def _member(store: "Store", email: str, within: str | None) -> "Person":
    """The account as a member of the organization of this name, which has to be named where there are several."""
    return _memberships(store, email, within, one=True)[0]


def _memberships(store: "Store", email: str, within: str | None, *, one: bool = False) -> "tuple[Person, tuple[Person, ...]]":
    """An account as member of the organization of this name, or of the one that it would be in first; with all that are meant."""
    person = _person(store, email)
    theirs = store.memberships.list(person.id)
    if within is not None:
        place = named(store, within)
        meant = tuple(each for each in theirs if each.organization == place.id)
        if not meant:
            raise InputError([Problem("", 0, "not-a-member", found=person.email, about=place.name)])
        return meant[0], meant
    if one and len(theirs) > 1:
        called = tuple(each.organization_name for each in theirs)
        raise InputError([Problem("", 0, "belongs-to-several", found=person.email, allowed=called)])
    return person, theirs


def _password(email: str, from_input: bool) -> str:
    """The password from standard input, or asked for twice without showing it."""
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InputError([Problem("", 0, "no-terminal")])
    words = phrases("user")
    given = getpass.getpass(sentence(words["password"], email=email))
    if getpass.getpass(words["password-again"]) != given:
        raise InputError([Problem("", 0, "passwords-differ")])
    return given


def _now() -> datetime:
    return datetime.now(UTC)


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
