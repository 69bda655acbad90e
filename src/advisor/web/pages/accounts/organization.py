"""One's own organization, for its administrators: what it is called, and what of it is seen from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.web.audit_trail import noted
from advisor.web.auth import Visitor, administrator, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import name_errors, read_name
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]


@dataclass(frozen=True, kw_only=True)
class OrganizationPage(Context):
    """What an organization is called, and was called before, and what of it is seen from elsewhere."""

    template = "organization/organization.html.j2"
    name: Annotated[str, "its name, as it was typed last"]
    before: Annotated[Sequence[str], "the names that it had before"]
    shown_elsewhere: Annotated[bool, "whether its consultations stand at a glance for who looks from another organization"]


@router.get("/organization", name="organization")
def organization(request: Request, who: Who) -> Response:
    """The organization."""
    return _shown(request, who, who.person.organization_name)


@router.post("/organization/name", name="rename-organization")
def rename_organization(request: Request, who: Who, posted: Annotated[FormData, Depends(form)]) -> Response:
    """Call it something else; everything in it stays where it is."""
    site = site_of(request)
    name = read_name(posted, "name")
    errors = list(name_errors(name, "name", site.templates))
    if not errors:
        try:
            site.store.organizations.rename(who.person.organization, name, at=site.clock())
        except InputError as error:
            phrases = site.service.wording.phrases
            errors = [FieldError("name", problem_text(problem, phrases)) for problem in error.problems]
    if errors:
        return _shown(request, who, name, 422, errors)
    if name == who.person.organization_name:
        noted(request)
    return see_other(request, "organization", said="organization-renamed")


@router.post("/organization/elsewhere/show", name="show-elsewhere", dependencies=[Depends(form)])
def show_elsewhere(request: Request, who: Who) -> Response:
    """Have consultations stand at a glance for who looks from another of their organizations."""
    site_of(request).store.organizations.show_elsewhere(who.person.organization, True)
    return see_other(request, "organization", said="shown-elsewhere")


@router.post("/organization/elsewhere/hide", name="hide-elsewhere", dependencies=[Depends(form)])
def hide_elsewhere(request: Request, who: Who) -> Response:
    """Have them stand there no more."""
    site_of(request).store.organizations.show_elsewhere(who.person.organization, False)
    return see_other(request, "organization", said="hidden-elsewhere")


def _shown(request: Request, who: Visitor, name: str, status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    found = site_of(request).store.organizations.find(who.person.organization)
    if found is None:
        raise NotFoundError
    shown = OrganizationPage(name=name, before=found.before, shown_elsewhere=found.shown_elsewhere)
    return page(request, who, shown, status=status, errors=errors)
