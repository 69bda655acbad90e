"""Belonging to several organizations: joining one by an invitation, and switching from one to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.invitations import MembershipInvitation
from advisor.web.audit_trail import noted
from advisor.web.auth import SESSION, Visitor, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.account import member
from advisor.web.pages.accounts.login import own_path
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(member)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class JoinPage(Context):
    """An invitation to join an organization, to be accepted by whoever it is for."""

    template = "join/join.html.j2"
    invitation: Annotated[MembershipInvitation, "to which organization, and in which role"]
    secret: Annotated[str, "the secret of the link"]
    own: Annotated[bool, "whether it is for the address of who looks at it"]


@router.post("/switch", name="switch-organization", dependencies=[Depends(member)])
def switch_organization(request: Request, posted: Posted) -> Response:
    """Have this session be in another organization of the person's, and go on there."""
    site = site_of(request)
    start = site.templates.url("start")
    secret = site.keys.read(request.cookies.get(SESSION)) or ""
    found = site.store.sessions.switch(secret, text(posted, "organization"), at=site.clock())
    if found is None:
        raise NotFoundError
    request.state.actor = found
    on = own_path(text(posted, "next"), start)
    return see_other(request, "start", said="switched") if on == start else RedirectResponse(on, 303)


@router.get("/join/{secret}", name="join")
def join(request: Request, who: Who, secret: str) -> Response:
    """The invitation, while it can be accepted."""
    return _shown(request, who, secret)


@router.post("/join/{secret}", name="join-now", dependencies=[Depends(form)])
def join_now(request: Request, who: Who, secret: str) -> Response:
    """Join the organization, in the role of the invitation. This session is where it was; one switches to the new one."""
    site = site_of(request)
    invitation = _invitation(request, secret)
    factors = site.store.second_factors
    provider, issuer, _ = site.store.sessions.let_in_by(site.keys.read(request.cookies.get(SESSION)) or "")
    if not provider and factors.required(invitation.organization) and not factors.has(who.person.id):
        return _shown(request, who, secret, [FieldError("", site.templates.word("join.second-factor-first"))])
    try:
        joined = site.store.invitations.accept(secret, who.person, at=site.clock(), issuer=issuer)
    except InputError as error:
        phrases = site.service.wording.phrases
        return _shown(request, who, secret, [FieldError("", problem_text(each, phrases)) for each in error.problems])
    if joined is None:
        noted(request)
        return _shown(request, who, secret, [FieldError("", site.templates.word("join.of-another"))])
    request.state.actor = joined
    return see_other(request, "account", said="joined")


def _shown(request: Request, who: Visitor, secret: str, errors: Sequence[FieldError] = ()) -> Response:
    invitation = _invitation(request, secret)
    shown = JoinPage(invitation=invitation, secret=secret, own=invitation.email == who.person.email)
    return page(request, who, shown, status=422 if errors else 200, errors=errors)


def _invitation(request: Request, secret: str) -> MembershipInvitation:
    site = site_of(request)
    found = site.store.invitations.find(secret, at=site.clock())
    if found is None:
        raise NotFoundError
    return found
