"""The first account of a server that others can reach: made by whoever reads the code on its console."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.errors import NotFirstError
from advisor.web.audit_trail import about
from advisor.web.auth import Anyone, form, log_in
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import read_name, text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class FirstAccountPage(Context):
    """The form for the first account, who is an administrator."""

    template = "first/first.html.j2"
    name: Annotated[str, "the name as it was typed"]
    email: Annotated[str, "the address as it was typed"]
    organization: Annotated[str, "the organization as it was typed"]


@router.get("/first-account", name="first-account")
def first_account(request: Request) -> Response:
    """The form, while there is no account and a code is out."""
    if not site_of(request).accounts.awaited():
        raise NotFoundError
    return page(request, Anyone(accounts=True), FirstAccountPage(name="", email="", organization=""))


@router.post("/first-account", name="make-first-account")
def make_first_account(request: Request, posted: Annotated[FormData, Depends(form)]) -> Response:
    """Make the account, an administrator's, who gets the cases made before. The code works once."""
    site = site_of(request)
    if not site.accounts.awaited():
        raise NotFoundError
    email, name, organization = text(posted, "email"), read_name(posted, "name"), read_name(posted, "organization")
    password, again = str(posted.get("password", "")), str(posted.get("again", ""))
    errors = []
    if not site.accounts.accepts(text(posted, "code")):
        errors.append(FieldError("code", site.templates.word("first.wrong-code")))
    if password != again:
        errors.append(FieldError("again", site.templates.word("account.not-the-same")))
    if not errors:
        given = email, name, "administrator", organization, password
        try:
            person = site.store.people.add(*given, at=site.clock(), adopt=True, first=True)
        except NotFirstError:
            raise NotFoundError from None
        except InputError as error:
            phrases = site.service.wording.phrases
            errors = [FieldError(problem.about, problem_text(problem, phrases)) for problem in error.problems]
    if errors:
        shown = FirstAccountPage(name=name, email=email, organization=organization)
        return page(request, Anyone(accounts=True), shown, status=422, errors=errors)
    site.accounts.made()
    about(request, account=person.id)
    response = see_other(request, "start", said="first-account")
    log_in(request, response, person)
    return response
