"""The route to a goal: the smallest change that leads there, in steps that the advice supports."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.analysis.roadmap import Roadmap
from advisor.render.change_pictures import route_picture
from advisor.render.drawing import Picture
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, view_of
from advisor.web.pages.scenarios.goal import goal_in_words
from advisor.web.site import site_of

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class RoutePage(Context):
    """The route to a goal, as a picture and as its table."""

    template = "route/page.html.j2"
    told: Annotated[AdviceView, "the advice"]
    goal: Annotated[str, "the goal as it is written"]
    wanted: Annotated[str, "the goal in words"]
    found: Annotated[Roadmap | None, "the route; None where it was not found in time"]
    picture: Annotated[Picture | None, "the same as a picture, with its table"]


@router.get("/cases/{case_id}/route", name="route")
def route_to_goal(
    request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, goal: str, scenario: str = ""
) -> Response:
    """The route to a goal. Raises `InputError` where there is no such goal."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    key = ("route", saved.entry.id, saved.entry.revision, scenario, goal)
    found = site.service.recent_in_time(key, lambda: site.service.roadmap(told.case, goal, caller=who.person.id))
    drawn = route_picture(found, told.loaded) if found and found.reachable and found.steps else None
    wanted = goal_in_words(told, goal)
    return page(request, who, RoutePage(told=told, goal=goal, wanted=wanted, found=found, picture=drawn))
