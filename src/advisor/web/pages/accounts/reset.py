"""Setting a new password by a link that an administrator gave or that was mailed: it works once."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.records import Person
from advisor.web.audit_trail import about
from advisor.web.auth import Anyone, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class ResetPage(Context):
    """The form for a new password."""

    template = "reset/reset.html.j2"
    whose: Annotated[Person, "whose password it is"]
    secret: Annotated[str, "the secret of the link"]


@router.get("/reset/{secret}", name="reset")
def reset(request: Request, secret: str) -> Response:
    """The form, while the link works."""
    return page(request, Anyone(accounts=True), ResetPage(whose=_whose(request, secret), secret=secret))


@router.post("/reset/{secret}", name="reset-now")
def reset_now(request: Request, secret: str, posted: Annotated[FormData, Depends(form)]) -> Response:
    """Set the password; all sessions end, and the link works no more."""
    site = site_of(request)
    whose = _whose(request, secret)
    new, again = str(posted.get("new", "")), str(posted.get("again", ""))
    errors = []
    if new != again:
        errors = [FieldError("again", site.templates.word("account.not-the-same"))]
    else:
        try:
            if site.store.resets.use(secret, new, at=site.clock()) is None:
                raise NotFoundError
        except InputError as error:
            phrases = site.service.wording.phrases
            errors = [FieldError("new", problem_text(problem, phrases)) for problem in error.problems]
    if errors:
        shown = ResetPage(whose=whose, secret=secret)
        return page(request, Anyone(accounts=True), shown, status=422, errors=errors)
    about(request, account=whose.id)
    return see_other(request, "login", said="password-set")


def _whose(request: Request, secret: str) -> Person:
    site = site_of(request)
    found = site.store.resets.find(secret, at=site.clock()) if site.settings.local_accounts else None
    if found is None:
        raise NotFoundError
    return found
