"""The whole reasoning behind one recommendation."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.explain.why import Why, tree
from advisor.model.references import ConclusionRef
from advisor.web.auth import Visitor, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, view_of
from advisor.web.pages.intake.way_back import here
from advisor.web.site import site_of

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class WhyPage(Context):
    """Why; its block is the tree."""

    template = "why/page.html.j2"
    block = "tree"
    told: Annotated[AdviceView, "the advice"]
    node: Annotated[Why, "the tree under the recommendation"]
    swapped: Annotated[bool, "whether only the tree was asked for"]


@router.get("/cases/{case_id}/why", name="why")
def why(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, of: str, scenario: str = "") -> Response:
    """The whole reasoning behind one recommendation; asked by htmx, only the tree."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    swapped = "hx-request" in request.headers
    told = told if swapped else replace(told, back=here(request))
    return page(request, who, WhyPage(told=told, node=_tree(told, of), swapped=swapped))


def _tree(told: AdviceView, name: str) -> Why:
    ref = ConclusionRef.parse(name)
    if str(ref) not in told.advice.justification:
        raise NotFoundError
    return tree(told.advice, ref, told.loaded)
