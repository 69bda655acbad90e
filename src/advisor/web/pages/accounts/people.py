"""The people of one's own organization, for its administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.database import LastAdministratorError, OwnsCasesError
from advisor.store.invitations import MembershipInvitation
from advisor.store.permissions import ROLES
from advisor.store.records import Person
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, administrator, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import name_errors, read_name, text
from advisor.web.site import origin_of, site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Context):
    """The accounts of an organization."""

    template = "people/people.html.j2"
    found: Annotated[Sequence[tuple[Person, int]], "each person with how many of their tokens still work"]
    local: Annotated[bool, "whether an address and a password are taken here"]
    required: Annotated[bool, "whether a second factor is required of whoever signs in by a password"]
    offered: Annotated[Sequence[str], "the roles"]
    invited: Annotated[str, "the address of somebody to invite, as it was typed"]
    invitations: Annotated[Sequence[MembershipInvitation], "those that were not accepted yet"]


@router.get("/people", name="people")
def people(request: Request, who: Who) -> Response:
    """The accounts of the organization, each with how many tokens it has that still work."""
    return listed(request, who)


@router.post("/people/second-factor/require", name="require-second-factor", dependencies=[Depends(form)])
def require_second_factor(request: Request, who: Who) -> Response:
    """Require a second factor of whoever signs in by a password, as an administrator does who has one, if they need one."""
    site = site_of(request)
    me, organization = who.person.id, who.person.organization
    if site.store.people.has_password(me) and not site.store.second_factors.has(me):
        return listed(request, who, 422, [FieldError("", site.templates.word("people.set-up-yours"))])
    site.store.second_factors.require(organization, True, at=site.clock())
    return see_other(request, "people", said="second-factor-required")


@router.post("/people/second-factor/allow", name="allow-password-alone", dependencies=[Depends(form)])
def allow_password_alone(request: Request, who: Who) -> Response:
    """Require no second factor any more."""
    site = site_of(request)
    site.store.second_factors.require(who.person.organization, False, at=site.clock())
    return see_other(request, "people", said="password-alone")


def listed(request: Request, who: Visitor, status: int = 200, errors: Sequence[FieldError] = (), invited: str = "") -> Response:
    """The page of the organization's people; `invited` is an address as it was typed."""
    site = site_of(request)
    now = site.clock()
    found = [
        (person, sum(token.works(now) for token in tokens))
        for person in site.store.people.list(who.person.organization)
        for tokens in [site.store.tokens.list(person)]
    ]
    required = site.store.second_factors.required(who.person.organization)
    shown = PeoplePage(
        found=found,
        local=site.settings.local_accounts,
        required=required,
        offered=ROLES,
        invited=invited,
        invitations=site.store.invitations.list(who.person.organization, at=now),
    )
    return page(request, who, shown, status=status, errors=errors)


@router.post("/people/{person_id}/active", name="set-active")
def set_active(request: Request, who: Who, person_id: str, posted: Posted) -> Response:
    """Put somebody's account in use in this organization (`active` is yes) or out of it; not one's own."""
    other = _colleague(request, who, person_id)
    active = text(posted, "active") == "yes"
    if other.id == who.person.id:
        raise NotFoundError
    site_of(request).store.people.set_active(other.id, active, other.organization)
    return see_other(request, "people", said="activated" if active else "deactivated")


@router.post("/people/{person_id}/tokens/revoke", name="revoke-tokens", dependencies=[Depends(form)])
def revoke_tokens(request: Request, who: Who, person_id: str) -> Response:
    """End all of somebody's tokens in this organization."""
    site = site_of(request)
    other = _colleague(request, who, person_id)
    for token in site.store.tokens.list(other):
        site.store.tokens.revoke(other, token.id, at=site.clock())
    return see_other(request, "people", said="tokens-revoked")


@dataclass(frozen=True, kw_only=True)
class PersonPage(Context):
    """One account of an organization, to be changed, and its cases to be handed over."""

    template = "people/person.html.j2"
    other: Annotated[Person, "whose account it is"]
    offered: Annotated[Sequence[str], "the roles"]
    owned: Annotated[int, "how many cases they own"]
    colleagues: Annotated[Sequence[Person], "who may take them over"]
    local: Annotated[bool, "whether an address and a password are taken here"]
    second_factor: Annotated[bool, "whether they have a second factor"]
    elsewhere: Annotated[bool, "whether they belong to other organizations too, so that the account is not this one's to change"]
    passkeys: Annotated[int, "how many passkeys they have"]


@dataclass(frozen=True, kw_only=True)
class ResetLinkPage(Context):
    """A link by which somebody sets a new password; it is nowhere kept."""

    template = "people/reset.html.j2"
    other: Annotated[Person, "whose password it is"]
    address: Annotated[str, "the whole address"]


@router.get("/people/{person_id}", name="person")
def person(request: Request, who: Who, person_id: str) -> Response:
    """One account."""
    return _shown(request, who, _colleague(request, who, person_id))


@router.post("/people/{person_id}", name="change-person")
def change_person(request: Request, who: Who, person_id: str, posted: Posted) -> Response:
    """Change what somebody is called, who belongs to no other organization, and may do; the last administrator stays one."""
    site = site_of(request)
    other = _colleague(request, who, person_id)
    elsewhere = site.store.memberships.several(other.id)
    name, role = other.name if elsewhere else read_name(posted, "name"), text(posted, "role")
    errors = list(name_errors(name, "name", site.templates))
    if role not in ROLES:
        errors.append(FieldError("role", site.templates.word("errors.choose")))
    if errors:
        return _shown(request, who, other, 422, errors)
    try:
        place = other.organization
        site.store.people.change(other.id, at=site.clock(), name=name, role=role, organization=place, within=place)
    except LastAdministratorError:
        return _refused(request, who, other, "last-administrator")
    return see_other(request, "people", said="person-changed")


@router.post("/people/{person_id}/cases", name="hand-over")
def hand_over(request: Request, who: Who, person_id: str, posted: Posted) -> Response:
    """Give somebody's cases to a colleague."""
    other, taker = _colleague(request, who, person_id), _colleague(request, who, text(posted, "taker"))
    if taker.id == other.id or not taker.active:
        raise NotFoundError
    site_of(request).store.people.hand_over(other, taker)
    about(request, taker=taker.id)
    return see_other(request, "people", said="handed-over")


@router.post("/people/{person_id}/reset", name="make-reset", dependencies=[Depends(form)])
def make_reset(request: Request, who: Who, person_id: str) -> Response:
    """A link by which somebody sets a new password. It stands on this page and is nowhere kept."""
    site = site_of(request)
    other = _colleague(request, who, person_id)
    if not site.settings.local_accounts or not other.active or site.store.memberships.several(other.id):
        raise NotFoundError
    origin = origin_of(request)
    if origin is None:
        return _shown(request, who, other, 422, [FieldError("", site.templates.word("links.no-address"))])
    secret = site.store.resets.open(other.id, at=site.clock())
    if site.store.memberships.several(other.id):  # they joined another organization in this moment
        site.store.resets.close(secret)
        raise NotFoundError
    return page(request, who, ResetLinkPage(other=other, address=origin + site.templates.url("reset", secret=secret)))


@router.post("/people/{person_id}/second-factor/end", name="end-their-second-factor", dependencies=[Depends(form)])
def end_their_second_factor(request: Request, who: Who, person_id: str) -> Response:
    """Switch off the second factor of somebody who lost it and belongs to no other organization; one's own is switched off by
    who knows the password."""
    other = _colleague(request, who, person_id)
    store = site_of(request).store
    if other.id == who.person.id or store.memberships.several(other.id) or not store.second_factors.end(other.id):
        raise NotFoundError
    return see_other(request, "people", said="their-second-factor-off")


@router.post("/people/{person_id}/passkeys/end", name="end-their-passkeys", dependencies=[Depends(form)])
def end_their_passkeys(request: Request, who: Who, person_id: str) -> Response:
    """End all passkeys of somebody who lost the device and belongs to no other organization; one's own are ended by who knows
    the password."""
    other = _colleague(request, who, person_id)
    store = site_of(request).store
    if other.id == who.person.id or store.memberships.several(other.id) or not store.passkeys.end_all(other.id):
        raise NotFoundError
    return see_other(request, "people", said="their-passkeys-ended")


@router.post("/people/{person_id}/remove", name="remove-person", dependencies=[Depends(form)])
def remove_person(request: Request, who: Who, person_id: str) -> Response:
    """Take somebody out of the organization, once they own no cases in it; not oneself. Their account goes with the last one."""
    other = _colleague(request, who, person_id)
    if other.id == who.person.id:
        raise NotFoundError
    try:
        site_of(request).store.people.remove(other.id, other.organization)
    except OwnsCasesError:
        return _refused(request, who, other, "owns-cases")
    except LastAdministratorError:
        return _refused(request, who, other, "last-administrator")
    return see_other(request, "people", said="person-removed")


def _refused(request: Request, who: Visitor, other: Person, why: str) -> Response:
    return _shown(request, who, other, 422, [FieldError("", site_of(request).templates.word(f"people.{why}"))])


def _shown(request: Request, who: Visitor, other: Person, status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    site = site_of(request)
    everybody = site.store.people.list(other.organization)
    context = PersonPage(
        other=other,
        offered=ROLES,
        owned=site.store.people.owns(other),
        colleagues=[each for each in everybody if each.active and each.id != other.id],
        local=site.settings.local_accounts,
        second_factor=site.store.second_factors.has(other.id),
        elsewhere=site.store.memberships.several(other.id),
        passkeys=len(site.store.passkeys.list(other.id)),
    )
    return page(request, who, context, status=status, errors=errors)


def _colleague(request: Request, who: Visitor, person_id: str) -> Person:
    """Somebody of the same organization; anybody else is not there."""
    found = site_of(request).store.people.find(person_id, who.person.organization)
    if found is None:
        raise NotFoundError
    return found
