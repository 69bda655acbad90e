"""What was done in an organization, for its administrators: searched, and taken out as JSON lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from advisor.store.audit import AuditEntry
from advisor.store.records import Page
from advisor.web.auth import Visitor, administrator
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page
from advisor.web.site import site_of

router = APIRouter()

Who = Annotated[Visitor, Depends(administrator)]


@dataclass(frozen=True, kw_only=True)
class AuditPage(Context):
    """Some of what was done, the newest first."""

    template = "audit/audit.html.j2"
    found: Annotated[Page[AuditEntry], "the entries"]
    q: Annotated[str, "what is looked for"]


@router.get("/audit", name="audit")
def audit(request: Request, who: Who, q: str = "", before: str = "") -> Response:
    """What was done in the organization, the newest first, from below a number."""
    if before and not (before.isdecimal() and before.isascii() and len(before) < 19):
        raise NotFoundError
    listed = site_of(request).store.audit.list(who.person.organization, search=q.strip(), before=int(before) if before else None)
    return page(request, who, AuditPage(found=listed, q=q))


@router.get("/audit/export", name="export-audit")
def export_audit(request: Request, who: Who) -> Response:
    """All that was done in the organization, the oldest first, as a file with a line of JSON each."""
    entries = site_of(request).store.audit.all(who.person.organization)

    def lines() -> Iterator[str]:
        for entry in entries:
            yield entry.as_line() + "\n"

    headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)
