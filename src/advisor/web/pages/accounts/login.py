"""Signing in and out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.database import ThrottledError, WrongPasswordError
from advisor.web.audit_trail import about, noted
from advisor.web.auth import SESSION, Anyone, anyone, check_password, form, log_in, log_out
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text
from advisor.web.passkeys import takes_passkeys
from advisor.web.second_step import begin_second_step, needs_second_step
from advisor.web.site import origin_of, site_of
from advisor.web.templates import FieldError

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class LoginPage(Context):
    """The form to sign in."""

    template = "login/login.html.j2"
    email: Annotated[str, "the address as it was typed"]
    next: Annotated[str, "the path of this site to go on to"]
    local: Annotated[bool, "whether an address and a password are taken here"]
    passkeys: Annotated[bool, "whether a passkey is taken here"]
    by_mail: Annotated[bool, "whether a link for a new password is mailed to whoever asks"]
    providers: Annotated[Mapping[str, str], "providers of identities, by their names in addresses: what people call them"]


@router.get("/login", name="login")
def login_page(request: Request, who: Annotated[Anyone, Depends(anyone)], next: str = "") -> Response:  # noqa: A002
    """The form to sign in; who is signed in already goes on."""
    on = own_path(next, site_of(request).templates.url("start"))
    if who.person is not None:
        return RedirectResponse(on, 303)
    return page(request, who, _form(request, on))


@router.post("/login", name="login-now")
def sign_in(request: Request, who: Annotated[Anyone, Depends(anyone)], posted: Annotated[FormData, Depends(form)]) -> Response:
    """Begin a session or go on to the second step; or say that address and password do not belong together (not which is
    wrong), or when to try again."""
    site = site_of(request)
    if not site.settings.local_accounts:
        raise NotFoundError
    email, password, target = (
        text(posted, "email"),
        posted.get("password"),
        own_path(text(posted, "next"), site.templates.url("start")),
    )
    try:
        person = check_password(request, email, password if isinstance(password, str) else "")
    except WrongPasswordError:
        if named := site.store.people.by_email(email):  # looked for whether or not there is one
            about(request, account=named.id)
        wrong = [FieldError("email", site.templates.word("login.wrong"))]
        return page(request, who, _form(request, target, email), status=422, errors=wrong)
    except InputError as error:
        phrases = site.service.wording.phrases
        long = [FieldError(problem.about, problem_text(problem, phrases)) for problem in error.problems]
        return page(request, who, _form(request, target), status=422, errors=long)
    except ThrottledError as error:
        seconds = seconds_until(request, error)
        wait = [FieldError("", site.templates.word("login.wait", seconds=seconds))]
        answer = page(request, who, _form(request, target, email), status=429, errors=wait)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if needs_second_step(request, person):
        about(request, account=person.id)
        noted(request, "password-accepted")
        step = see_other(request, "login-code")
        begin_second_step(request, step, person, target)
        return step
    response = RedirectResponse(target, 303)
    log_in(request, response, person)
    return response


@router.post("/logout", name="logout", dependencies=[Depends(form)])
async def sign_out(request: Request, _: Annotated[Anyone, Depends(anyone)]) -> Response:
    """End the session; where it began by a provider of identities, go on there to end that one too."""
    site = site_of(request)
    response: Response = see_other(request, "login", said="signed-out")
    if secret := site.keys.read(request.cookies.get(SESSION)):
        name, _issuer, id_token = await run_in_threadpool(site.store.sessions.let_in_by, secret)
        origin = origin_of(request)
        if name in site.providers and origin is not None:
            elsewhere = await site.providers[name].sign_out_url(origin + site.templates.url("login"), id_token)
            response = RedirectResponse(elsewhere, 303) if elsewhere else response
    await run_in_threadpool(log_out, request, response)
    return response


def refused(request: Request, why: str, status: int, on: str = "") -> Response:
    """The form to sign in, with why somebody who came from a provider of identities or with a passkey was not let in."""
    form = _form(request, on or site_of(request).templates.url("start"))
    return page(request, Anyone(accounts=True), form, status=status, errors=[FieldError("", why)])


def _form(request: Request, on: str, email: str = "") -> LoginPage:
    settings = site_of(request).settings
    providers = {name: each.name for name, each in settings.providers.items()}
    ways = {"local": settings.local_accounts, "by_mail": settings.mails_links, "passkeys": takes_passkeys(request)}
    return LoginPage(email=email, next=on, providers=providers, **ways)


def seconds_until(request: Request, error: ThrottledError) -> int:
    """The whole seconds until another try is let through."""
    return max(1, math.ceil((error.until - site_of(request).clock()).total_seconds()))


def own_path(address: str, start: str = "/") -> str:
    """A path of this site as it stands, and the start page for everything else."""
    ours = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if ours else start
