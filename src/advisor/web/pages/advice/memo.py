"""The advice as a memo that goes on paper."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, MemoPart, rendered, view_of
from advisor.web.site import site_of

router = APIRouter()
LINE = 120  # letters in a line of its head


@dataclass(frozen=True, kw_only=True)
class MemoPage(Context):
    """The memo."""

    template = "advice/memo.html.j2"
    told: Annotated[AdviceView, "the advice"]
    to: Annotated[str, "to whom it goes"]
    sender: Annotated[str, "from whom it comes"]
    date: Annotated[datetime, "its date"]
    body: Annotated[Markup, "what it says, rendered"]


@router.get("/cases/{case_id}/memo", name="memo")
def memo(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    scenario: str = "",
    to: Annotated[str, Query(max_length=LINE)] = "",
    sender: Annotated[str | None, Query(alias="from", max_length=LINE)] = None,
) -> Response:
    """The advice as a memo that goes on paper."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    sender = who.person.name if sender is None else sender
    (body,) = rendered(request, told, MemoPart)
    return page(request, who, MemoPage(told=told, to=to, sender=sender, date=site.clock(), body=body))
