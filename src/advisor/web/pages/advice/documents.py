"""Documents on a case: the memo as a page, and every document as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from advisor.documents import html
from advisor.documents.catalog import FORMS, KINDS
from advisor.documents.request import DocumentRequest
from advisor.render.documents import Detail
from advisor.web.auth import Visitor, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, view_of
from advisor.web.pages.cases.export import file_names
from advisor.web.reader_day import reader_day
from advisor.web.site import site_of

router = APIRouter()
LINE = 120  # letters in a line of a document's head

To = Annotated[str, Query(max_length=LINE)]
Sender = Annotated[str | None, Query(alias="from", max_length=LINE)]


@dataclass(frozen=True, kw_only=True)
class MemoPage(Context):
    """The memo, with the documents that there are as files."""

    template = "advice/memo.html.j2"
    told: Annotated[AdviceView, "the advice"]
    to: Annotated[str, "to whom it goes"]
    sender: Annotated[str, "from whom it comes"]
    memo: Annotated[Markup, "what it says, rendered"]
    documents: Annotated[Mapping[str, Sequence[str]], "the documents that can be made, each with its forms"]


@router.get("/cases/{case_id}/memo", name="memo")
def memo(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    scenario: str = "",
    to: To = "",
    sender: Sender = None,
) -> Response:
    """The decision memo, to be read, printed, or taken along as a file."""
    site = site_of(request)
    told = view_of(request, who.person, site.store.cases.read(who.person, case_id), scenario)
    sender = who.person.name if sender is None else sender
    wanted = DocumentRequest("memo", "html", scenario, to, sender, reader_day(request, site.clock()))
    entry = told.saved.entry
    key = ("memo", entry.id, entry.revision, scenario, to, sender, wanted.day, bool(told.advice.settled))
    caller = who.person.id
    content = site.service.recent(key, lambda: html.content(site.service.compose(told.advice, told.case, wanted, caller=caller)))
    shown = MemoPage(told=told, to=to, sender=sender, memo=Markup(content), documents=offered(request, told))  # noqa: S704 - escaped there
    return page(request, who, shown)


@router.get("/cases/{case_id}/documents/{kind}.{form}", name="document")
def document(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    kind: str,
    form: str,
    scenario: str = "",
    to: To = "",
    sender: Sender = None,
    depth: Detail = "paragraph",
) -> Response:
    """A document as a file, with the day on which it is made."""
    site = site_of(request)
    told = view_of(request, who.person, site.store.cases.read(who.person, case_id), scenario)
    if form not in KINDS.get(kind, ()):
        raise NotFoundError
    sender = who.person.name if sender is None else sender
    wanted = DocumentRequest(kind, form, scenario, to, sender, reader_day(request, site.clock()), detail=depth)
    made = site.service.document(told.advice, told.case, wanted, caller=who.person.id)
    name = f"advice.document-{kind}" if depth == "paragraph" else f"advice.document-{kind}-{depth}"
    plain, full = file_names(f"{site.templates.word(name)} {told.saved.entry.name}", FORMS[form].ending)
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"}
    return Response(made, headers=headers, media_type=FORMS[form].media_type)


def offered(request: Request, told: AdviceView) -> Mapping[str, Sequence[str]]:
    """The documents that can be made on this advice, each with its forms."""
    return site_of(request).service.offered(told.advice, told.case)
