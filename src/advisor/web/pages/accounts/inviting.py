"""Inviting people who have an account to one's own organization, for its administrators."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.invitations import MembershipInvitation
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, administrator, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.people import listed
from advisor.web.pages.fields import text
from advisor.web.site import origin_of, site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]


@dataclass(frozen=True, kw_only=True)
class MembershipInvitationPage(Context):
    """A link by which somebody joins; it is nowhere kept."""

    template = "people/invitation.html.j2"
    invitation: Annotated[MembershipInvitation, "for whom it is"]
    address: Annotated[str, "the whole address"]


@router.post("/invitations", name="invite-member")
def invite_member(request: Request, who: Who, posted: Annotated[FormData, Depends(form)]) -> Response:
    """A link for somebody with this address, whether or not there is such an account. It stands on this page alone."""
    site = site_of(request)
    email, role = text(posted, "email"), text(posted, "role")
    origin = origin_of(request)
    if origin is None:
        return listed(request, who, 422, [FieldError("", site.templates.word("links.no-address"))], email)
    try:
        made, secret = site.store.invitations.make(who.person, email, role, at=site.clock())
    except InputError as error:
        phrases = site.service.wording.phrases
        wrong = [FieldError(problem.about, problem_text(problem, phrases)) for problem in error.problems]
        return listed(request, who, 422, wrong, email)
    about(request, invitation=made.id)
    return page(
        request, who, MembershipInvitationPage(invitation=made, address=origin + site.templates.url("join", secret=secret))
    )


@router.post("/invitations/{invitation}/end", name="end-invitation", dependencies=[Depends(form)])
def end_invitation(request: Request, who: Who, invitation: str) -> Response:
    """End an invitation that was not accepted yet."""
    if not site_of(request).store.invitations.end(who.person.organization, invitation):
        raise NotFoundError
    return see_other(request, "people", said="invitation-ended")
