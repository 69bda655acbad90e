"""The start page, and the examples to look at and copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.io.examples import Example, read_examples
from advisor.loading import folder_of
from advisor.model.case import Case
from advisor.model.scenario import CaseFile
from advisor.store.records import Entry, Page
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.advice.view import in_short
from advisor.web.pages.fields import name_errors, read_name
from advisor.web.site import Site, site_of

router = APIRouter()
NEWEST = 3


@dataclass(frozen=True, kw_only=True)
class StartPage(Context):
    """What this is, and the ways in."""

    template = "start/start.html.j2"
    newest: Annotated[Page[Entry], "the cases that were changed last"]
    typed: Annotated[str, "the name of a new case, as it was typed"]


@dataclass(frozen=True, kw_only=True)
class ExamplesPage(Context):
    """All examples with their stories."""

    template = "start/examples.html.j2"
    groups: Annotated[Sequence[tuple[str, Sequence[tuple[Example, str]]]], "the examples by what is advised, each with that"]


@router.get("/", name="start")
def start(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> Response:
    """What this is, and the ways in."""
    newest = site_of(request).store.cases.list(who.person, limit=NEWEST)
    return page(request, who, StartPage(newest=newest, typed=""))


@router.post("/cases", name="create-case")
def create_case(
    request: Request, who: Annotated[Visitor, Depends(visitor)], posted: Annotated[FormData, Depends(form)]
) -> Response:
    """A new case with a name and nothing answered."""
    site = site_of(request)
    name = read_name(posted, "name")
    if errors := list(name_errors(name, "name", site.templates)):
        newest = site.store.cases.list(who.person, limit=NEWEST)
        return page(request, who, StartPage(newest=newest, typed=name), status=422, errors=errors)
    saved = site.store.cases.create(who.person, CaseFile(Case(name, {}), {}), at=site.clock())
    about(request, case=saved.entry.id)
    return see_other(request, "case", case_id=saved.entry.id, said="created")


@router.get("/examples", name="examples")
def examples(request: Request, who: Annotated[Visitor, Depends(visitor)]) -> Response:
    """All examples with their stories."""
    return page(request, who, ExamplesPage(groups=_groups(site_of(request))))


@router.post("/examples/{example}", name="open-example", dependencies=[Depends(form)])
def open_example(request: Request, who: Annotated[Visitor, Depends(visitor)], example: str) -> Response:
    """A copy of an example as a case of the person's own, opened at its advice."""
    site = site_of(request)
    found = _examples(site).get(example)
    if found is None:
        raise NotFoundError
    saved = site.store.cases.create(who.person, found.file, at=site.clock(), how="copied")
    about(request, case=saved.entry.id)
    return see_other(request, "advice", case_id=saved.entry.id, said="example")


def _examples(site: Site) -> dict[str, Example]:
    service = site.service
    return service.recent(("examples",), lambda: read_examples(folder_of("examples"), service.vocabulary))


def _groups(site: Site) -> Sequence[tuple[str, Sequence[tuple[Example, str]]]]:
    """The examples in three groups: to go ahead, to go ahead once something is settled, and not to; each with what it shows."""
    service, parts = site.service, site.service.vocabulary.advice_parts

    def make() -> Sequence[tuple[str, Sequence[tuple[Example, str]]]]:
        groups: dict[str, list[tuple[Example, str]]] = {"go": [], "settle": [], "halt": []}
        for example in _examples(site).values():
            advice = service.assess(example.file.case, marks=False)
            settle = advice.conditions or advice.gate.change_reasons
            kind = "go" if advice.dimension.recommended and not settle else "settle"
            groups["halt" if advice.proceed in parts.stopping else kind].append((example, in_short(advice)))
        return tuple((kind, tuple(found)) for kind, found in groups.items() if found)

    return service.recent(("example groups",), make)
