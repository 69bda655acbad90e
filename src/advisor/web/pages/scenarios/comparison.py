"""Scenarios of a case side by side: only what differs, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from advisor.explain.comparison import Comparison, Reading, compare
from advisor.loading import Loaded
from advisor.model.case import unspoken
from advisor.render.comparison_view import ComparisonView
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import ScaleRow, in_short, marks_of
from advisor.web.site import Site, site_of

router = APIRouter()
MOST = 5  # sides that fit beside each other


@dataclass(frozen=True)
class Compared:
    """A comparison with its words, its picture, and the decision of each side in one sentence."""

    comparison: Comparison
    told: ComparisonView
    lines: tuple[ScaleRow, ...]
    verdicts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ComparePage(Context):
    """Scenarios of a case side by side, or the choice of what to compare."""

    template = "compare/page.html.j2"
    saved: Annotated[SavedCase, "the case"]
    sides: Annotated[Sequence[str], "the sides by name, as it stands being nothing"]
    found: Annotated[Compared | None, "what differs; None where there is nothing to compare"]
    too_many: Annotated[bool, "whether more were chosen than fit"]
    most: Annotated[int, "how many fit"]


@router.get("/cases/{case_id}/compare", name="compare")
def compare_scenarios(
    request: Request,
    who: Annotated[Visitor, Depends(visitor)],
    case_id: str,
    names: Annotated[list[str] | None, Query(alias="with")] = None,
) -> Response:
    """A comparison of scenarios ("" is the case as it stands), or the choice of what to compare."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    chosen = list(dict.fromkeys(names or []))
    sides = sides_of(chosen) if chosen else ["", *list(saved.file.scenarios)[: MOST - 1]]
    found = compared_sides(site, saved, sides[:MOST]) if len(sides) > 1 else None
    more = len(sides) > MOST
    return page(request, who, ComparePage(saved=saved, sides=sides[:MOST], found=found, too_many=more, most=MOST))


def sides_of(names: Sequence[str]) -> list[str]:
    """The sides of a comparison: one scenario alone is held against the case as it stands, which comes first wherever it is."""
    sides = sorted(names, key=bool)
    return ["", *sides] if len(sides) < 2 and sides != [""] else sides


def compared_sides(site: Site, saved: SavedCase, sides: Sequence[str], *, quotes: bool = True) -> Compared:
    """Scenarios of a saved case compared, with the leader's own words or without, made once for each revision.

    Raises `NotFoundError` for a scenario that is not there.
    """
    if any(name and name not in saved.file.scenarios for name in sides):
        raise NotFoundError
    words, entry = site.service.wording.phrases["scenarios"], saved.entry
    cases = [(name or words["as-it-stands"], saved.file.in_scenario(name)) for name in sides]
    shown = cases if quotes else [(label, unspoken(case)) for label, case in cases]

    def make() -> Compared:
        return compared(site.service.readings(shown), site.service.loaded)

    return site.service.recent(("compared", entry.id, entry.revision, tuple(sides), quotes), make)


def compared(readings: Sequence[Reading], loaded: Loaded) -> Compared:
    """A comparison ready for a page."""
    found = compare(readings)
    lines = tuple(ScaleRow(reading.label, marks_of(reading.advice)) for reading in readings)
    verdicts = tuple(in_short(reading.advice) for reading in readings)
    return Compared(found, ComparisonView(found, loaded), lines, verdicts)
