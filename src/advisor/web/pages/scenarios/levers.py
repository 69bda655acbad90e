"""What the result hangs on: the few answers that would move it, one press each to try, and pictures of them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.analysis.levers import levers
from advisor.analysis.sensitivity import Sensitivity
from advisor.model.references import QuestionRef
from advisor.model.scenario import Scenario, apply
from advisor.render.change_pictures import levers_picture, sensitivity_picture
from advisor.render.drawing import Picture
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, in_short, view_of
from advisor.web.site import Site, site_of

router = APIRouter()
FEW = 5  # levers that stand in what-if


@dataclass(frozen=True, slots=True)
class Lever:
    """An answer that would move the result: what it is, what it would be, where that is tried, and what the advice then says."""

    ref: QuestionRef
    was: tuple[str, ...]
    now: tuple[str, ...]
    who: str
    attempt: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class LeversPage(Context):
    """What the result hangs on; its block is the few answers that would move it."""

    template = "levers/page.html.j2"
    block = "few"
    told: Annotated[AdviceView, "the advice"]
    found: Annotated[Sequence[Lever] | None, "the answers that would move it; None where that was not worked out in time"]
    pictures: Annotated[Sequence[Picture], "what would move it, and what hangs on each answer"]


@router.get("/cases/{case_id}/levers", name="levers")
def what_moves_it(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, scenario: str = "") -> Response:
    """What the result hangs on; asked by htmx, only the few answers that would move it."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    key = ("sensitivity", saved.entry.id, saved.entry.revision, scenario)
    weighed = site.service.recent_in_time(key, lambda: site.service.sensitivity(told.case, pairs=False, caller=who.person.id))
    if weighed is None:
        return page(request, who, LeversPage(told=told, found=None, pictures=()))
    drawn = [levers_picture(weighed, told.advice, told.loaded), sensitivity_picture(weighed, told.loaded)]
    pictures = [each for each in drawn if each.table.rows]
    return page(request, who, LeversPage(told=told, found=_found(site, told, weighed), pictures=pictures))


def _found(site: Site, told: AdviceView, weighed: Sensitivity) -> list[Lever]:
    """The levers with what the advice says once each is tried: each is run."""
    vocabulary, found = site.service.vocabulary, []
    for flip in levers(weighed, vocabulary)[:FEW]:
        change = flip.change
        ref = QuestionRef(change.question, change.partner)
        answers, partners = {change.question: change.now}, {}
        if change.partner is not None:
            answers, partners = {}, {change.partner: answers}
        after = apply(told.case, Scenario("", answers, partners))
        attempt = told.templates.url("what-if", case_id=told.id, on=told.scenario, **{str(ref): list(change.now)})
        changeable = vocabulary.questions[change.question].changeable
        verdict = in_short(site.service.assess(after, marks=False))
        found.append(Lever(ref, change.was, change.now, changeable, attempt, verdict))
    return found
