"""One's own second factor: set up, confirmed by a code before it counts, switched off again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import pyotp
import segno
from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.database import WrongCodeError, WrongPasswordError
from advisor.store.records import Person
from advisor.web.audit_trail import noted
from advisor.web.auth import Anyone, Visitor, form, log_in
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.account import check_present, member
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()


def with_password(request: Request, who: Annotated[Visitor, Depends(member)]) -> Visitor:
    """The visitor, who has to be somebody who can sign in by a password here."""
    site = site_of(request)
    if not site.settings.local_accounts or not site.store.people.has_password(who.person.id):
        raise NotFoundError
    return who


Who = Annotated[Visitor, Depends(with_password)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class SecondFactorPage(Context):
    """Whether somebody has a second factor, and the form to change that."""

    template = "second-factor/second-factor.html.j2"
    on: Annotated[bool, "whether they have one"]
    required: Annotated[bool, "whether an organization of theirs requires one"]
    left: Annotated[int, "how many recovery codes are left"]


@dataclass(frozen=True, kw_only=True)
class EnrolPage(Context):
    """A new secret for an authenticator, and the form to confirm it."""

    template = "second-factor/enrol.html.j2"
    secret: Annotated[str, "the secret, in groups of four"]
    picture: Annotated[Markup, "a QR code with it"]
    confirm: Annotated[str, "the path that a code confirms it at"]


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesPage(Context):
    """Recovery codes, which are nowhere kept."""

    template = "second-factor/codes.html.j2"
    codes: Annotated[Sequence[str], "the codes"]
    next: Annotated[str, "the path of this site to go on to"]


@router.get("/account/second-factor", name="second-factor")
def second_factor(request: Request, who: Who) -> Response:
    """Whether there is one."""
    return _shown(request, who)


@router.post("/account/second-factor", name="begin-second-factor")
def begin_second_factor(request: Request, who: Who, posted: Posted) -> Response:
    """A new secret, for whoever knows the present password. It does not count yet."""
    site = site_of(request)
    try:
        check_present(request, who, str(posted.get("old", "")))
    except WrongPasswordError:
        return _shown(request, who, 422, [FieldError("old", site.templates.word("account.wrong-password"))])
    secret = site.store.second_factors.begin(who.person.id, at=site.clock())
    if secret is None:
        noted(request)
        return see_other(request, "second-factor")
    return enrolling(request, who, who.person, secret, "confirm-second-factor")


@router.post("/account/second-factor/confirm", name="confirm-second-factor")
def confirm_second_factor(request: Request, who: Who, posted: Posted) -> Response:
    """Have it count, for whoever shows a code of it. All other sessions end."""
    site = site_of(request)
    try:
        codes = site.store.second_factors.confirm(who.person, text(posted, "code"), at=site.clock())
    except WrongCodeError:
        secret = site.store.second_factors.begun(who.person.id, at=site.clock())
        if secret is None:
            noted(request)
            return see_other(request, "second-factor")
        return enrolling(request, who, who.person, secret, "confirm-second-factor", wrong=True)
    response = page(request, who, RecoveryCodesPage(codes=codes, next=site.templates.url("second-factor")))
    log_in(request, response, who.person)
    return response


@router.post("/account/second-factor/end", name="end-second-factor")
def end_second_factor(request: Request, who: Who, posted: Posted) -> Response:
    """Switch it off, for whoever knows the present password, unless the organization requires it. All other sessions end."""
    site = site_of(request)
    factors = site.store.second_factors
    if factors.required_of(who.person.id):
        return _shown(request, who, 422, [FieldError("", site.templates.word("second-factor.is-required"))])
    try:
        check_present(request, who, str(posted.get("old", "")))
    except WrongPasswordError:
        return _shown(request, who, 422, [FieldError("old", site.templates.word("account.wrong-password"))])
    if not factors.end(who.person.id):
        raise NotFoundError
    response = see_other(request, "second-factor", said="second-factor-off")
    log_in(request, response, who.person)
    return response


def enrolling(
    request: Request, who: Visitor | Anyone, person: Person, secret: str, route: str, *, wrong: bool = False
) -> Response:
    """The page with a new secret; `route` is where a code confirms it."""
    templates = site_of(request).templates
    address = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=templates.word("base.product"))
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, light="white", svgclass=None, lineclass=None)
    context = EnrolPage(
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=Markup(drawn),  # noqa: S704 - squares
        confirm=templates.url(route),
    )
    errors = [FieldError("code", templates.word("second-factor.wrong-code"))] if wrong else []
    return page(request, who, context, status=422 if wrong else 200, errors=errors)


def _shown(request: Request, who: Visitor, status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    factors = site_of(request).store.second_factors
    context = SecondFactorPage(
        on=factors.has(who.person.id),
        required=factors.required_of(who.person.id),
        left=factors.left(who.person.id),
    )
    return page(request, who, context, status=status, errors=errors)
