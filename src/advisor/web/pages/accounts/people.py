"""The people of one's own organisation, for its administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.records import Person
from advisor.web.auth import Visitor, administrator, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text
from advisor.web.site import site_of

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Context):
    """The accounts of an organisation."""

    template = "people/people.html.j2"
    found: Annotated[Sequence[tuple[Person, int]], "each person with how many of their tokens still work"]


@router.get("/people", name="people")
def people(request: Request, who: Who) -> Response:
    """The accounts of the organisation, each with how many tokens it has that still work."""
    site = site_of(request)
    now = site.clock()
    found = [
        (person, sum(token.revoked is None and (token.expires is None or token.expires > now) for token in tokens))
        for person in site.store.people.list(who.person.organization)
        for tokens in [site.store.tokens.list(person.id)]
    ]
    return page(request, who, PeoplePage(found=found))


@router.post("/people/{person_id}/active", name="set-active")
def set_active(request: Request, who: Who, person_id: str, posted: Posted) -> Response:
    """Put somebody's account in use (`active` is yes) or out of it; not one's own."""
    other = _colleague(request, who, person_id)
    active = text(posted, "active") == "yes"
    if other.id == who.person.id:
        raise NotFoundError
    site_of(request).store.people.set_active(other.id, active)
    return see_other(request, "people", said="activated" if active else "deactivated")


@router.post("/people/{person_id}/tokens/revoke", name="revoke-tokens", dependencies=[Depends(form)])
def revoke_tokens(request: Request, who: Who, person_id: str) -> Response:
    """End all of somebody's tokens."""
    site = site_of(request)
    other = _colleague(request, who, person_id)
    for token in site.store.tokens.list(other.id):
        site.store.tokens.revoke(other.id, token.id, at=site.clock())
    return see_other(request, "people", said="tokens-revoked")


def _colleague(request: Request, who: Visitor, person_id: str) -> Person:
    """Somebody of the same organisation; anybody else is not there."""
    found = site_of(request).store.people.find(person_id)
    if found is None or found.organization != who.person.organization:
        raise NotFoundError
    return found
