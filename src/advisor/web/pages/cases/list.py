"""The saved cases that somebody may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.io.case_reader import MAX_NAME
from advisor.store.records import Entry, Page
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import in_short
from advisor.web.site import Site, site_of

router = APIRouter()
PAGE = 20


@dataclass(frozen=True, kw_only=True)
class CasesPage(Context):
    """A page of the list."""

    template = "cases/list.html.j2"
    found: Annotated[Page[Entry], "the cases, those changed last first"]
    search: Annotated[str, "part of a name that was looked for"]
    archived: Annotated[bool, "whether these are the archived ones"]
    verdicts: Annotated[Mapping[str, str], "what is advised in each, by its id; nothing for a case without answers"]
    after: Annotated[str, "where this page of the list begins; nothing at its beginning"]


@router.get("/cases", name="cases")
def cases(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    search: Annotated[str, Query(max_length=MAX_NAME)] = "",
    archived: bool = False,
    after: str = "",
) -> Response:
    """The cases the person may see, those changed last first."""
    site = site_of(request)
    found = site.store.cases.list(who.person, search=search, archived=archived, after=after, limit=PAGE)
    verdicts = {entry.id: _verdict(site, who, entry) for entry in found.items if entry.answers}
    return page(request, who, CasesPage(found=found, search=search, archived=archived, verdicts=verdicts, after=after))


def _verdict(site: Site, who: Visitor, entry: Entry) -> str:
    """The decision and how close, in a few words; worked out once for each revision."""

    def make() -> str:
        return in_short(site.service.assess(site.store.cases.read(who.person, entry.id).file.case, marks=False))

    return site.service.recent(("verdict", entry.id, entry.revision), make)
