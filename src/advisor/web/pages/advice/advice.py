"""The advice on a case, and how firm it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from markupsafe import Markup
from starlette.responses import Response

from advisor.analysis.state import State
from advisor.render.brief import Brief
from advisor.render.documents import Detail
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.documents import offered
from advisor.web.pages.advice.view import AdviceView, AnswerPart, BodyPart, rendered, view_of
from advisor.web.pages.intake.panel import state_within
from advisor.web.site import site_of

router = APIRouter()

WAIT = 4.0  # seconds that a request for how firm the advice is waits for it to be worked out


@dataclass(frozen=True, kw_only=True)
class AdvicePage(Context):
    """The advice on a case; its block is how firm it is."""

    template = "advice/page.html.j2"
    block = "firm"
    told: Annotated[AdviceView, "the advice"]
    state: Annotated[State | None, "how firm it is; None where that is not known yet"]
    answer: Annotated[Markup, "the verdict and the answer to what is asked, rendered"]
    body: Annotated[Markup, "everything else, rendered"]
    depth: Annotated[Detail, "how much of it is told: a line, a paragraph, or all"]
    line: Annotated[str, "why the verdict is what it is, where no more than that is told"]
    documents: Annotated[Mapping[str, Sequence[str]], "the documents that can be made, each with its forms"]


@router.get("/cases/{case_id}/advice", name="advice")
def advice(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    scenario: str = "",
    wait: bool = False,
    depth: Detail = "paragraph",
) -> Response:
    """The advice; asked by htmx, only how firm it is."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    if request.headers.get("hx-request"):
        none = Markup("")
        state = _state(request, told, WAIT)
        part = AdvicePage(told=told, state=state, answer=none, body=none, depth=depth, line="", documents={})
        return page(request, who, part)
    answer, body = rendered(request, told, AnswerPart, BodyPart, opened=depth == "full")
    state = _state(request, told, WAIT if wait else 0)
    files = offered(request, told)
    line = Brief(told.advice, told.loaded).lead if depth == "line" else ""
    return page(
        request,
        who,
        AdvicePage(told=told, state=state, answer=answer, body=body, depth=depth, line=line, documents=files),
    )


def _state(request: Request, told: AdviceView, wait: float) -> State | None:
    """How firm the advice is, as far as that is known."""
    entry = told.saved.entry
    key = (entry.id, entry.revision, told.scenario) if told.scenario else (entry.id, entry.revision)
    return state_within(site_of(request), told.case, key, wait)
