"""Who somebody is here who comes from a provider of identities: the account there is, or one that is made for them."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from advisor.model.problems import InputError
from advisor.store.database import Store
from advisor.store.people import LONGEST
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
    """The person, with the role and organization that the provider gives them today. Raises `NotWelcomeError`.

    A subject keeps its account whatever becomes of its address. One that is new takes the account of its organization that
    was made for its address, where the provider vouches for that; accounts of other organizations are not its to take.
    """
    if not arrival.organization or len(arrival.organization) > LONGEST:
        raise NotWelcomeError("no-organization")
    try:
        arrival = replace(arrival, organization=store.organizations.assigned(arrival.organization))
    except InputError:  # an organization calls itself so, and this one may be another
        raise NotWelcomeError("no-organization") from None
    role = _role(settings, arrival)
    if settings.groups and role is None:
        raise NotWelcomeError("no-role")
    person = store.identities.find(settings.issuer, arrival.subject)
    if person is None:
        person = _first_arrival(store, settings, arrival, role, at)
        store.identities.keep(person, settings.issuer, arrival.subject, at=at)
    if not person.active:
        raise NotWelcomeError("not-active")
    wanted = (role if settings.groups and role else person.role), arrival.organization
    if wanted != (person.role, person.organization):
        given = {"name": person.name, "role": wanted[0], "organization": wanted[1]}
        person = store.people.change(person.id, at=at, **given, last_may_go=True)  # who may what is the provider's to say
    return person


def _first_arrival(store: Store, settings: ProviderSettings, arrival: Arrival, role: Role | None, at: datetime) -> Person:
    if not arrival.email:
        raise NotWelcomeError("no-address")
    invited = store.people.by_email(arrival.email)
    if invited is not None:
        if invited.organization != arrival.organization:
            raise NotWelcomeError("not-invited")
        return invited
    if settings.accounts == "invited":
        raise NotWelcomeError("not-invited")
    if role is None:
        raise NotWelcomeError("no-role")
    try:
        return store.people.add(arrival.email, arrival.name, role, arrival.organization, None, at=at)
    except InputError:  # a name or an address that none can have here, or somebody else took it in this moment
        raise NotWelcomeError("no-address") from None


def _role(settings: ProviderSettings, arrival: Arrival) -> Role | None:
    """The role that reaches furthest among those of somebody's groups, else the one for everybody."""
    given = {settings.groups[each] for each in arrival.groups if each in settings.groups}
    return next((role for role in reversed(ROLES) if role in given), settings.role)
