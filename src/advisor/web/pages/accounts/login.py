"""Signing in and out."""

import math
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.database import ThrottledError, WrongPasswordError
from advisor.web.auth import Anyone, anyone, check_password, form, log_in, log_out
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class LoginPage(Context):
    """The form to sign in."""

    template = "login/login.html.j2"
    email: Annotated[str, "the address as it was typed"]
    next: Annotated[str, "the path of this site to go on to"]


@router.get("/login", name="login")
def login_page(request: Request, who: Annotated[Anyone, Depends(anyone)], next: str = "") -> Response:  # noqa: A002
    """The form to sign in; who is signed in already goes on."""
    if who.person is not None:
        return RedirectResponse(own_path(next, site_of(request).templates.url("start")), 303)
    return page(request, who, LoginPage(email="", next=own_path(next, site_of(request).templates.url("start"))))


@router.post("/login", name="login-now")
def sign_in(request: Request, who: Annotated[Anyone, Depends(anyone)], posted: Annotated[FormData, Depends(form)]) -> Response:
    """Begin a session, or say that address and password do not belong together (not which is wrong), or when to try again."""
    site = site_of(request)
    email, password, target = (
        text(posted, "email"),
        posted.get("password"),
        own_path(text(posted, "next"), site.templates.url("start")),
    )
    try:
        person = check_password(request, email, password if isinstance(password, str) else "")
    except WrongPasswordError:
        wrong = [FieldError("email", site.templates.word("login.wrong"))]
        return page(request, who, LoginPage(email=email, next=target), status=422, errors=wrong)
    except InputError as error:
        phrases = site.service.wording.phrases
        long = [FieldError(problem.about, problem_text(problem, phrases)) for problem in error.problems]
        return page(request, who, LoginPage(email="", next=target), status=422, errors=long)
    except ThrottledError as error:
        seconds = max(1, math.ceil((error.until - site.clock()).total_seconds()))
        wait = [FieldError("", site.templates.word("login.wait", seconds=seconds))]
        answer = page(request, who, LoginPage(email=email, next=target), status=429, errors=wait)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    response = RedirectResponse(target, 303)
    log_in(request, response, person)
    return response


@router.post("/logout", name="logout", dependencies=[Depends(form)])
def sign_out(request: Request) -> Response:
    """End the session."""
    response = see_other(request, "login", said="signed-out")
    log_out(request, response)
    return response


def own_path(address: str, start: str = "/") -> str:
    """A path of this site as it stands, and the start page for everything else."""
    ours = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if ours else start
