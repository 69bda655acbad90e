"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.problems import InputError
from advisor.rendering import problem_text
from advisor.server.access import SESSION, Anyone, anyone, form, log_in, log_out
from advisor.server.frame import FieldError, page, see_other
from advisor.server.pages.fields import text
from advisor.server.services import services
from advisor.store.database import ThrottledError, WrongPasswordError

router = APIRouter()


@router.get("/login", name="login")
def ask(request: Request, who: Annotated[Anyone, Depends(anyone)], next: str = "") -> Response:  # noqa: A002
    """The form to sign in; who is signed in already goes on."""
    if who.person is not None:
        return RedirectResponse(own_path(next), 303)
    return page(request, who, "login/login.html.j2", email="", next=own_path(next))


@router.post("/login", name="login-now")
def sign_in(request: Request, who: Annotated[Anyone, Depends(anyone)], posted: Annotated[FormData, Depends(form)]) -> Response:
    """Begin a session, or say that address and password do not belong together (not which is wrong), or when to try again."""
    desk = services(request)
    email, password, target = text(posted, "email"), posted.get("password"), own_path(text(posted, "next"))
    came_from = request.client.host if request.client else ""
    now = desk.clock()
    try:
        person = desk.store.people.check(email, password if isinstance(password, str) else "", came_from=came_from, at=now)
    except WrongPasswordError:
        wrong = [FieldError("email", desk.frame.word("login.wrong"))]
        return page(request, who, "login/login.html.j2", status=422, email=email, next=target, errors=wrong)
    except InputError as error:
        phrases = desk.counsel.wording.phrases
        long = [FieldError(problem.about, problem_text(problem, phrases)) for problem in error.problems]
        return page(request, who, "login/login.html.j2", status=422, email="", next=target, errors=long)
    except ThrottledError as error:
        seconds = max(1, round((error.until - now).total_seconds()))
        wait = [FieldError("", desk.frame.word("login.wait", minutes=-(-seconds // 60)))]
        answer = page(request, who, "login/login.html.j2", status=429, email=email, next=target, errors=wait)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    if before := desk.keys.read(request.cookies.get(SESSION)):
        desk.store.sessions.end(before)
    response = RedirectResponse(target, 303)
    log_in(request, response, desk.store.sessions.begin(person.id, at=now))
    return response


@router.post("/logout", name="logout", dependencies=[Depends(form)])
def sign_out(request: Request) -> Response:
    """End the session."""
    response = see_other(request, "login", said="signed-out")
    log_out(request, response)
    return response


def own_path(address: str) -> str:
    """A path of this site as it stands, and the start page for everything else."""
    ours = address.startswith("/") and not address.startswith("//") and address.isprintable() and "\\" not in address
    return address if ours else "/"
