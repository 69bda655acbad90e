"""Service tokens of one's own organization, for its administrators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.permissions import SCOPES
from advisor.store.records import Person, Token
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, administrator, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.account import DAYS
from advisor.web.pages.fields import name_errors, read_name, text, texts
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class ServiceTokensPage(Context):
    """The service tokens of an organization."""

    template = "tokens/tokens.html.j2"
    found: Annotated[Sequence[tuple[Token, Person]], "the tokens, each with whose account it uses"]
    accounts_offered: Annotated[Sequence[Person], "the accounts that a new one may use"]
    offered: Annotated[Sequence[str], "the scopes"]
    days: Annotated[Sequence[str], "how long a new token may work, in days; nothing is without end"]
    now: Annotated[datetime, "the time, to tell which have expired"]
    label: Annotated[str, "what a new token is for, as it was typed"]
    reference: Annotated[str, "on whose behalf, as it was typed"]
    chosen: Annotated[Sequence[str], "the scopes that were chosen"]


@dataclass(frozen=True, kw_only=True)
class ServiceTokenPage(Context):
    """A new service token, with its secret, which is nowhere kept."""

    template = "tokens/token.html.j2"
    token: Annotated[Token, "the token"]
    secret: Annotated[str, "its secret"]


@router.get("/service-tokens", name="service-tokens")
def service_tokens(request: Request, who: Who) -> Response:
    """The service tokens of the organization."""
    return _shown(request, who)


@router.post("/service-tokens", name="create-service-token")
def create_service_token(request: Request, who: Who, posted: Posted) -> Response:
    """A new one. Its secret stands on this page and is nowhere kept, so no other page can show it."""
    site = site_of(request)
    label, reference, days = read_name(posted, "label"), read_name(posted, "reference"), text(posted, "days")
    scopes = texts(posted, "scopes")
    whose = site.store.people.find(text(posted, "account"), who.person.organization)
    errors = list(name_errors(label, "label", site.templates))
    if reference:
        errors += name_errors(reference, "reference", site.templates)
    if not scopes or any(each not in SCOPES for each in scopes):
        errors.append(FieldError("scopes", site.templates.word("errors.choose")))
    if whose is None or not whose.active:
        errors.append(FieldError("account", site.templates.word("errors.choose")))
    if days not in DAYS:
        errors.append(FieldError("days", site.templates.word("errors.choose")))
    if errors or whose is None:
        return _shown(request, who, 422, errors, label, reference, scopes)
    token, secret = site.store.tokens.create(
        whose, label, at=site.clock(), days=int(days) if days else None, scopes=scopes, reference=reference
    )
    about(request, token=token.id)
    return page(request, who, ServiceTokenPage(token=token, secret=secret))


@router.post("/service-tokens/{service_token}/revoke", name="revoke-service-token", dependencies=[Depends(form)])
def revoke_service_token(request: Request, who: Who, service_token: str) -> Response:
    """End one of them."""
    site = site_of(request)
    if not site.store.tokens.revoke_service(who.person.organization, service_token, at=site.clock()):
        raise NotFoundError
    return see_other(request, "service-tokens", said="token-revoked")


def _shown(
    request: Request,
    who: Visitor,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    label: str = "",
    reference: str = "",
    chosen: Sequence[str] = (),
) -> Response:
    site = site_of(request)
    everybody = [each for each in site.store.people.list(who.person.organization) if each.active]
    context = ServiceTokensPage(
        found=site.store.tokens.list_services(who.person.organization),
        accounts_offered=sorted(everybody, key=lambda each: each.id != who.person.id),
        offered=SCOPES,
        days=DAYS,
        now=site.clock(),
        label=label,
        reference=reference,
        chosen=chosen,
    )
    return page(request, who, context, status=status, errors=errors)
