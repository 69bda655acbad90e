"""The advice on a case: the page, the memo for paper, why, and why not something else."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.analysis.state import State
from advisor.explain.why import Why, tree
from advisor.model.references import ConclusionRef
from advisor.web.auth import Visitor, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.lacking import lacking
from advisor.web.pages.panel import state_within
from advisor.web.pages.telling import Telling, rendered, tell
from advisor.web.services import services
from advisor.web.templates import page

router = APIRouter()

WAIT = 4.0  # seconds that a request for how firm the advice is waits for it to be worked out
LINE = 120  # letters in a line of the memo's head
NEAR = 4  # rules shown for why something else was not recommended


@router.get("/cases/{case_id}/advice", name="advice")
def advice(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    scenario: str = "",
    wait: bool = False,
) -> Response:
    """The advice; asked by htmx, only how firm it is."""
    saved = services(request).store.cases.read(who.person, case_id)
    told = tell(request, who.person, saved, scenario)
    if request.headers.get("hx-request"):
        return page(request, who, "advice/page.html.j2", block="firm", told=told, state=_state(request, told, WAIT))
    return page(
        request,
        who,
        "advice/page.html.j2",
        told=told,
        state=_state(request, told, WAIT if wait else 0),
        answer=rendered(request, told, "advice/answer.html.j2"),
        body=rendered(request, told, "advice/body.html.j2"),
    )


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
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    told = tell(request, who.person, saved, scenario)
    sender = who.person.name if sender is None else sender
    body = rendered(request, told, "advice/memo-body.html.j2")
    return page(request, who, "advice/memo.html.j2", told=told, to=to, sender=sender, date=desk.clock(), body=body)


@router.get("/cases/{case_id}/why", name="why")
def why(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, of: str, scenario: str = "") -> Response:
    """The whole reasoning behind one recommendation; asked by htmx, only the tree."""
    saved = services(request).store.cases.read(who.person, case_id)
    told = tell(request, who.person, saved, scenario)
    swapped = "hx-request" in request.headers
    return page(request, who, "why/page.html.j2", block="tree", told=told, node=_tree(told, of), swapped=swapped)


@router.get("/cases/{case_id}/why-not", name="why-not")
def why_not(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, goal: str, scenario: str = "") -> Response:
    """Why something else was not recommended. Raises `InputError` where there is no such thing."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    told = tell(request, who.person, saved, scenario)
    found = desk.service.why_not(told.case, goal)
    rules = [lacking(each, told, NEAR) for each in found]
    return page(request, who, "why/not.html.j2", told=told, goal=goal, found=rules)


def _tree(told: Telling, name: str) -> Why:
    ref = ConclusionRef.parse(name)
    if str(ref) not in told.advice.justification:
        raise NotFoundError
    return tree(told.advice, ref, told.loaded)


def _state(request: Request, told: Telling, wait: float) -> State | None:
    """How firm the advice is, as far as that is known."""
    entry = told.saved.entry
    key = (entry.id, entry.revision, told.scenario) if told.scenario else (entry.id, entry.revision)
    return state_within(services(request), told.case, key, wait)
