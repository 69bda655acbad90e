"""The smallest changes that lead to a goal, who can make them, and what stands in the way where none do."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.analysis.counterfactual import Path, PathStep, Reach
from advisor.engine.program import AGENCY
from advisor.model.problems import InputError
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import UNKNOWN
from advisor.render.documents import problem_text
from advisor.web.auth import Visitor, visitor
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, in_short, view_of
from advisor.web.site import Site, site_of
from advisor.web.templates import FieldError

router = APIRouter()
SHOWN = 10  # ways that one page can hold


@dataclass(frozen=True, slots=True)
class Way:
    """One cheapest way: who it takes, the address where it can be changed, and what the advice says once it is gone."""

    path: Path
    who: str
    attempt: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class GoalPage(Context):
    """The smallest changes that lead to a goal."""

    template = "goal/page.html.j2"
    told: Annotated[AdviceView, "the advice"]
    goal: Annotated[str, "the goal as it is written; nothing where none was chosen"]
    wanted: Annotated[str, "the goal in words"]
    groups: Annotated[Sequence[tuple[str, Sequence[tuple[str, str]]]], "what can be a goal, by its part: written, and in words"]
    found: Annotated[Reach | None, "what leads there, or what stands in the way"]
    ways: Annotated[Sequence[Way], "the ways, each with where it can be tried"]
    shown: Annotated[int, "how many ways are shown at most"]
    kept: Annotated[Sequence[str], "the questions whose answers have to stay"]
    late: Annotated[bool, "whether it was not decided in time"]
    seconds: Annotated[float, "the time allowed"]
    owner: Annotated[Callable[[int], str | None], "the name of the partner of a number; None for the agency"]
    with_kept: Annotated[Callable[[PathStep], str], "where the same is asked with one more answer that has to stay"]
    without_kept: Annotated[Callable[[str], str], "where it is asked with one fewer"]


@router.get("/cases/{case_id}/goal", name="goal")
def what_it_takes(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    goal: str = "",
    scenario: str = "",
    keep: Annotated[list[str] | None, Query()] = None,
) -> Response:
    """The smallest changes that lead to a goal; `keep` are answers that have to stay as they are."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    told = view_of(request, who.person, saved, scenario)
    kept = sorted(set(keep or []))
    found, errors, late = None, [], False
    if goal:
        key = ("reach", saved.entry.id, saved.entry.revision, scenario, goal, tuple(kept))
        try:
            found = site.service.recent_in_time(key, lambda: site.service.reach(told.case, [goal], kept, caller=who.person.id))
            late = found is None
        except InputError as error:
            errors = [FieldError("goal", problem_text(each, site.service.wording.phrases)) for each in error.problems]
    context = GoalPage(
        told=told,
        goal=goal,
        wanted=goal_in_words(told, goal),
        groups=[(told.parts.part_of[finding], _values(told, finding)) for finding in told.parts.goals],
        found=found,
        ways=[] if found is None else _ways(site, told, found),
        shown=SHOWN,
        kept=kept,
        late=late,
        seconds=site.settings.max_seconds,
        owner=lambda number: None if number == AGENCY else told.case.partners[number].name,
        with_kept=lambda step: _address(told, goal, [*kept, _slot(told, step)]),
        without_kept=lambda name: _address(told, goal, [each for each in kept if each != name]),
    )
    return page(request, who, context, status=422 if errors else 200, errors=errors)


def _values(told: AdviceView, finding: str) -> list[tuple[str, str]]:
    """What can be a goal: of the decisions, those about such a partnership."""
    return told.decisions() if finding == told.parts.proceed else told.others(finding, ())


def goal_in_words(told: AdviceView, goal: str) -> str:
    """A goal in words; as it was written where it is none of those offered."""
    return next((title for finding in told.parts.goals for written, title in told.others(finding, ()) if written == goal), goal)


def _slot(told: AdviceView, step: PathStep) -> str:
    return str(QuestionRef(step.question, None if step.partner == AGENCY else told.case.partners[step.partner].name))


def _ways(site: Site, told: AdviceView, found: Reach) -> list[Way]:
    """The ways, those first that need fewest others and so can begin soonest; the advice at the end of each is worked out."""
    ways = []
    for path in sorted(found.paths, key=_weight)[:SHOWN]:
        steps = {_slot(told, step): list(step.after) or [UNKNOWN] for step in (*path.changes, *path.presumed)}
        attempt = told.templates.url("what-if", case_id=told.id, on=told.scenario, **steps)
        verdict = in_short(site.service.assess(path.case, marks=False))
        ways.append(Way(path, _who(path), attempt, verdict))
    return ways


def _weight(path: Path) -> tuple[int, int, int]:
    """How far a way is from what the agency does by itself: what other bodies decide, what takes the partners, what is open."""
    steps = (*path.changes, *path.presumed)
    counted = Counter(step.who for step in steps)
    return counted["others"] + counted["fixed"], sum(step.who == "together" for step in path.changes), len(path.presumed)


def _who(path: Path) -> str:
    """Whom a way takes: another body, the partners, the agency alone, or only somebody who finds out what is open."""
    if any(step.who in ("others", "fixed") for step in path.presumed):
        return "others"
    who = {step.who for step in path.changes}
    return "together" if "together" in who else "agency" if who else "open"


def _address(told: AdviceView, goal: str, kept: list[str]) -> str:
    return told.templates.url("goal", case_id=told.id, goal=goal, scenario=told.scenario, keep=kept)
