"""The start page, and the examples to look at and copy."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.io.examples import Example, read_examples
from advisor.loading import folder_of
from advisor.model.case import Case
from advisor.model.scenario import CaseFile
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.fields import name_errors, name_of
from advisor.web.services import Services, services
from advisor.web.templates import page, see_other

router = APIRouter()
NEWEST = 3


@router.get("/", name="start")
def start(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> Response:
    """What this is, and the ways in."""
    newest = services(request).store.cases.list(who.person, limit=NEWEST)
    return page(request, who, "start/start.html.j2", newest=newest, typed="")


@router.post("/cases", name="create-case")
def create_case(
    request: Request, who: Annotated[Visitor, Depends(visitor)], posted: Annotated[FormData, Depends(form)]
) -> Response:
    """A new case with a name and nothing answered."""
    desk = services(request)
    name = name_of(posted, "name")
    if errors := list(name_errors(name, "name", desk.frame)):
        newest = desk.store.cases.list(who.person, limit=NEWEST)
        return page(request, who, "start/start.html.j2", status=422, newest=newest, typed=name, errors=errors)
    saved = desk.store.cases.create(who.person, CaseFile(Case(name, {}), {}), at=desk.clock())
    return see_other(request, "case", case_id=saved.entry.id, said="created")


@router.get("/examples", name="examples")
def examples(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> Response:
    """All examples with their stories."""
    return page(request, who, "start/examples.html.j2", examples=_examples(services(request)).values())


@router.post("/examples/{example}", name="open-example", dependencies=[Depends(form)])
def open_example(request: Request, who: Annotated[Visitor, Depends(visitor)], example: str) -> Response:
    """A copy of an example as a case of the person's own, opened at its advice."""
    desk = services(request)
    found = _examples(desk).get(example)
    if found is None:
        raise NotFoundError
    saved = desk.store.cases.create(who.person, found.file, at=desk.clock(), how="copied")
    return see_other(request, "advice", case_id=saved.entry.id, said="example")


def _examples(desk: Services) -> dict[str, Example]:
    service = desk.service
    return service.recent(("examples",), lambda: read_examples(folder_of("examples"), service.vocabulary))
