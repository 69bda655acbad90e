"""Every save of a case."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from advisor.render.phrasing import Speech
from advisor.store.records import Entry, Page, Revision
from advisor.web.auth import Visitor, form, visitor
from advisor.web.page import Context, page, see_other
from advisor.web.site import site_of

router = APIRouter()
PAGE = 20


@dataclass(frozen=True, kw_only=True)
class HistoryPage(Context):
    """A page of the saves of a case."""

    template = "cases/history.html.j2"
    entry: Annotated[Entry, "the case"]
    found: Annotated[Page[Revision], "its saves, the newest first"]
    before: Annotated[int | None, "the revision before which this page begins; None at the newest"]
    speech: Annotated[Speech, "how answers are said"]


@router.get("/cases/{case_id}/history", name="history")
def history(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Response:
    """Every save of a case: who, when, and what changed from what to what."""
    site = site_of(request)
    entry = site.store.cases.read(who.person, case_id).entry
    found = site.store.cases.history(who.person, case_id, before=before, limit=PAGE)
    speech = Speech(site.service.loaded)
    return page(request, who, HistoryPage(entry=entry, found=found, before=before, speech=speech))


@router.post("/cases/{case_id}/history/{number}/restore", name="restore-case", dependencies=[Depends(form)])
def restore(
    request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, number: Annotated[int, Path(ge=1, le=2**31 - 1)]
) -> Response:
    """Save a case as it was at an earlier save; what it was until now stays in its history."""
    site = site_of(request)
    earlier = site.store.cases.at_revision(who.person, case_id, number)
    current = site.store.cases.read(who.person, case_id).entry.revision
    site.store.cases.save(who.person, case_id, current, earlier.file, at=site.clock())
    return see_other(request, "history", case_id=case_id, said="restored")
