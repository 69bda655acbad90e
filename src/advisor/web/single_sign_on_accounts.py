"""Who somebody is here who comes from a provider of identities: the account there is, or one that is made for them."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Literal

from advisor.model.problems import InputError
from advisor.store.database import Store
from advisor.store.permissions import ROLES, Role
from advisor.store.records import Person
from advisor.web.openid import Arrival
from advisor.web.providers import ProviderSettings

Why = Literal["not-invited", "no-organization", "no-role", "no-address", "not-active"]


class NotWelcomeError(Exception):
    """Somebody is known to the provider and has no account here, nor gets one; `why` is its key among the words."""

    def __init__(self, why: Why) -> None:
        self.why: Why = why
        super().__init__(why)


def welcome(store: Store, settings: ProviderSettings, arrival: Arrival, *, at: datetime) -> Person:
    """The person, in an organization that the provider claims for them, with the role that it gives. Raises `NotWelcomeError`.

    A subject keeps its account whatever becomes of its address. One that is new takes the account that was made for its address
    in one of these organizations, where the provider vouches for that; accounts of other organizations are not its to take. The
    account is a member of all that are claimed, and no more of those that were claimed before.
    """
    claimed = _claimed(store, arrival)
    if not claimed:
        raise NotWelcomeError("no-organization")
    role = _role(settings, arrival)
    if settings.groups and role is None:
        raise NotWelcomeError("no-role")
    person = store.identities.find(settings.issuer, arrival.subject)
    if person is None:
        person = _first_arrival(store, settings, arrival, claimed, role, at)
        store.identities.keep(person, settings.issuer, arrival.subject, at=at)
    granted = role if settings.groups else None
    if not any(each.active for each in store.memberships.list(person.id)):
        raise NotWelcomeError("not-active")
    theirs = store.memberships.claim(person.id, settings.issuer, claimed, granted=granted, otherwise=role, at=at)
    if not theirs:
        raise NotWelcomeError("no-role")
    if not theirs[0].active:
        raise NotWelcomeError("not-active")
    return theirs[0]


def _claimed(store: Store, arrival: Arrival) -> tuple[str, ...]:
    """The ids of the organizations that are claimed. None by a name that one gave itself: this may be another."""
    found = []
    for name in arrival.organizations:
        with suppress(InputError):
            found.append(store.organizations.assigned(name))
    return tuple(dict.fromkeys(found))


def _first_arrival(
    store: Store, settings: ProviderSettings, arrival: Arrival, claimed: Sequence[str], role: Role | None, at: datetime
) -> Person:
    if not arrival.email:
        raise NotWelcomeError("no-address")
    if known := store.people.by_email(arrival.email):
        if not any(each.organization in claimed for each in store.memberships.list(known.id)):
            raise NotWelcomeError("not-invited")
        return known
    if settings.accounts == "invited":
        raise NotWelcomeError("not-invited")
    if role is None:
        raise NotWelcomeError("no-role")
    try:
        return store.people.add(arrival.email, arrival.name, role, claimed[0], None, at=at)
    except InputError:  # a name or an address that none can have here, or somebody else took it in this moment
        raise NotWelcomeError("no-address") from None


def _role(settings: ProviderSettings, arrival: Arrival) -> Role | None:
    """The role that reaches furthest among those of somebody's groups, else the one for everybody."""
    given = {settings.groups[each] for each in arrival.groups if each in settings.groups}
    return next((role for role in reversed(ROLES) if role in given), settings.role)
