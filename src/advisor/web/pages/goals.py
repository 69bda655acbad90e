"""The smallest changes that lead to a goal, who can make them, and what stands in the way where none do."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.analysis.counterfactual import Path, Reach, Step
from advisor.analysis.deadline import NotDecidedError
from advisor.engine.program import AGENCY
from advisor.model.problems import InputError
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import UNKNOWN
from advisor.render.documents import problem_text
from advisor.web.auth import Visitor, visitor
from advisor.web.pages.telling import Telling, tell
from advisor.web.services import services
from advisor.web.templates import FieldError, page

router = APIRouter()
FINDINGS = ("dimension", "proceed", "structure", "instrument")
SHOWN = 10  # ways that one page can hold


@dataclass(frozen=True, slots=True)
class Way:
    """One cheapest way, and the address where it can be tried."""

    path: Path
    attempt: str


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
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    told = tell(request, who.person, saved, scenario)
    kept = sorted(set(keep or []))
    found, errors, late = None, [], False
    if goal:
        key = ("reach", saved.entry.id, saved.entry.revision, scenario, goal, tuple(kept))
        try:
            found = desk.service.recent(key, lambda: desk.service.reach(told.case, [goal], kept, caller=who.person.id))
        except NotDecidedError:
            late = True
        except InputError as error:
            errors = [FieldError("goal", problem_text(each, desk.service.wording.phrases)) for each in error.problems]
    values: dict[str, Any] = {
        "told": told,
        "goal": goal,
        "wanted": _said(told, goal),
        "groups": [(finding, _values(told, finding)) for finding in FINDINGS],
        "found": found,
        "ways": [] if found is None else _ways(told, found),
        "shown": SHOWN,
        "kept": kept,
        "late": late,
        "seconds": desk.settings.max_seconds,
        "errors": errors,
        "owner": lambda number: None if number == AGENCY else told.case.partners[number].name,
        "keeping": lambda step: _keeping(told, goal, [*kept, _slot(told, step)]),
        "leaving": lambda name: _keeping(told, goal, [each for each in kept if each != name]),
    }
    return page(request, who, "goal/page.html.j2", status=422 if errors else 200, **values)


def _values(told: Telling, finding: str) -> list[tuple[str, str]]:
    """What can be a goal: of the decisions, those about such a partnership."""
    if finding != "proceed":
        return told.others(finding, ())
    gate = told.loaded.rulebook.vocabulary.findings["proceed"].values
    standing = ("continue", "change", "end")
    return told.others(finding, [value for value in gate if (value in standing) is not told.standing])


def _said(told: Telling, goal: str) -> str:
    """A goal in words; as it was written where it is none of those offered."""
    return next((title for finding in FINDINGS for written, title in told.others(finding, ()) if written == goal), goal)


def _slot(told: Telling, step: Step) -> str:
    return str(QuestionRef(step.question, None if step.partner == AGENCY else told.case.partners[step.partner].name))


def _ways(told: Telling, found: Reach) -> list[Way]:
    ways = []
    for path in found.paths[:SHOWN]:
        steps = {_slot(told, step): list(step.after) or [UNKNOWN] for step in (*path.changes, *path.presumed)}
        ways.append(Way(path, told.frame.url("what-if", case_id=told.id, on=told.scenario, **steps)))
    return ways


def _keeping(told: Telling, goal: str, kept: list[str]) -> str:
    return told.frame.url("goal", case_id=told.id, goal=goal, scenario=told.scenario, keep=kept)
