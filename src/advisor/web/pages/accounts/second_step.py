"""The second step of signing in: a code of the authenticator, or setting one up where the organization requires it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.store.database import ThrottledError, WrongCodeError
from advisor.web.audit_trail import about, noted
from advisor.web.auth import BROWSER, Anyone, form, log_in
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.login import seconds_until
from advisor.web.pages.accounts.second_factor import RecoveryCodesPage, enrolling
from advisor.web.pages.fields import text
from advisor.web.passkeys import takes_passkeys
from advisor.web.second_step import SecondStep, end_second_step, second_step
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Step = Annotated[SecondStep | None, Depends(second_step)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class CodePage(Context):
    """The form for a code, or for a passkey; or, for who has neither and has to, the way to set a second factor up."""

    template = "second-factor/code.html.j2"
    on: Annotated[bool, "whether they have a second factor"]
    passkeys: Annotated[bool, "whether one of their passkeys is taken here"]
    neither: Annotated[bool, "whether they have neither a second factor nor a passkey"]


@router.get("/login/code", name="login-code")
def login_code(request: Request, step: Step) -> Response:
    """The form, for whose password was right."""
    return see_other(request, "login") if step is None else code_form(request, step)


@router.post("/login/code", name="login-with-code")
def login_with_code(request: Request, step: Step, posted: Posted) -> Response:
    """Begin a session, or say that the code is wrong, or when to try again."""
    if step is None:
        noted(request)
        return see_other(request, "login")
    site = site_of(request)
    about(request, account=step.person.id)
    browser = site.keys.read(request.cookies.get(BROWSER)) or ""
    try:
        site.store.second_factors.check(step.person, text(posted, "code"), at=site.clock(), browser=browser)
    except WrongCodeError:
        return code_form(request, step, 422, [FieldError("code", site.templates.word("second-factor.wrong-code"))])
    except ThrottledError as error:
        return code_form(request, step, 429, wait=error)
    response = RedirectResponse(step.next, 303)
    end_second_step(request, response)
    log_in(request, response, step.person)
    return response


@router.post("/login/second-factor", name="enrol-at-login", dependencies=[Depends(form)])
def enrol_at_login(request: Request, step: Step) -> Response:
    """A new secret for who has no second factor yet, nor a passkey. It does not count yet."""
    site = site_of(request)
    begins = step is not None and not site.store.passkeys.has(step.person.id)
    secret = site.store.second_factors.begin(step.person.id, at=site.clock()) if step and begins else None
    if step is None or secret is None:
        noted(request)
        return see_other(request, "login-code")
    about(request, account=step.person.id)
    return enrolling(request, Anyone(accounts=True), step.person, secret, "confirm-at-login")


@router.post("/login/second-factor/confirm", name="confirm-at-login")
def confirm_at_login(request: Request, step: Step, posted: Posted) -> Response:
    """Have it count, for whoever shows a code of it, and begin a session."""
    site = site_of(request)
    factors = site.store.second_factors
    begins = step is not None and not site.store.passkeys.has(step.person.id)
    secret = factors.begun(step.person.id, at=site.clock()) if step and begins else None
    if step is None or secret is None:
        noted(request)
        return see_other(request, "login-code")
    about(request, account=step.person.id)
    try:
        codes = factors.confirm(step.person, text(posted, "code"), at=site.clock())
    except WrongCodeError:
        return enrolling(request, Anyone(accounts=True), step.person, secret, "confirm-at-login", wrong=True)
    noted(request, "second-factor-on", "signed-in")
    response = page(request, Anyone(True, step.person), RecoveryCodesPage(codes=codes, next=step.next))
    end_second_step(request, response)
    log_in(request, response, step.person)
    return response


def code_form(
    request: Request,
    step: SecondStep,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    *,
    wait: ThrottledError | None = None,
) -> Response:
    """The form of the second step; with `wait`, when to try again."""
    site = site_of(request)
    on, has_passkey = site.store.second_factors.has(step.person.id), site.store.passkeys.has(step.person.id)
    context = CodePage(on=on, passkeys=has_passkey and takes_passkeys(request), neither=not (on or has_passkey))
    seconds = seconds_until(request, wait) if wait else 0
    told = [FieldError("", site.templates.word("login.wait", seconds=seconds))] if wait else errors
    response = page(request, Anyone(accounts=True), context, status=status, errors=told)
    if wait:
        response.headers["Retry-After"] = str(seconds)
    return response
