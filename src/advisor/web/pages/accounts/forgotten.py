"""Asking for a link to set a new password. The answer is the same whether or not there is such an account."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.database import ThrottledError
from advisor.web.auth import Anyone, came_from, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.login import seconds_until
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ForgottenPage(Context):
    """The form to ask for a link."""

    template = "forgotten/forgotten.html.j2"
    email: Annotated[str, "the address as it was typed"]


@router.get("/forgotten-password", name="forgotten")
def forgotten(request: Request) -> Response:
    """The form, where links can be mailed."""
    _check_offered(request)
    return page(request, Anyone(accounts=True), ForgottenPage(email=""))


@router.post("/forgotten-password", name="ask-for-reset")
def ask_for_reset(request: Request, posted: Annotated[FormData, Depends(form)]) -> Response:
    """Have a link mailed, if there is such an account; what is done of that is done after this answer."""
    _check_offered(request)
    site, email = site_of(request), text(posted, "email")
    try:
        site.store.people.count_asked(email, came_from=came_from(request), at=site.clock())
    except InputError as error:
        phrases = site.service.wording.phrases
        long = [FieldError(problem.about, problem_text(problem, phrases)) for problem in error.problems]
        return page(request, Anyone(accounts=True), ForgottenPage(email=""), status=422, errors=long)
    except ThrottledError as error:
        seconds = seconds_until(request, error)
        wait = [FieldError("", site.templates.word("login.wait", seconds=seconds))]
        answer = page(request, Anyone(accounts=True), ForgottenPage(email=email), status=429, errors=wait)
        answer.headers["Retry-After"] = str(seconds)
        return answer
    site.reset_mail.ask(email, came_from(request))
    return see_other(request, "login", said="link-mailed")


def _check_offered(request: Request) -> None:
    if not site_of(request).settings.mails_links:
        raise NotFoundError
