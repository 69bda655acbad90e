"""The interviews of `tests/journeys/`: for each example what is asked in which order, and the main answer as it narrows."""

from collections.abc import Iterator
from itertools import groupby

from advisor.analysis.consequences import Settled
from advisor.engine.slots import answers_of
from advisor.model.advice_parts import AdviceParts
from advisor.model.case import Case
from advisor.service import Service
from advisor.service.journey import Visit, journey
from conftest import ROOT

FOLDER = ROOT / "tests" / "journeys"
_UNKNOWN = "?"
_MOST = 3  # values that are named


def told(case: Case, service: Service) -> str:
    """The journey of somebody who answers as a case does and does not know the rest, a line a page.

    A line has the page's number, what it asks, the answers (of the partners in their order), and what is still possible where
    that is less than before. Whether to go ahead, how close, the structure and the instrument are told in this order.
    """
    lines, before = [], ""
    for number, visit in enumerate(journey(case, service.state, service.loaded.relevance), start=1):
        now = _possible(visit.after.outcome.settled, service.vocabulary.advice_parts)
        narrowed = f"  -> {now}" if now != before else ""
        lines.append(f"{number:2} {'; '.join(_answered(visit, case))}{narrowed}")
        before = now
        ended = "stands" if visit.after.outcome.stands else "open: the rest is not known"
    return "\n".join([*lines, ended]) + "\n"


def _answered(visit: Visit, case: Case) -> Iterator[str]:
    known = answers_of(case)
    for question, slots in groupby(sorted(visit.page, key=lambda slot: slot[1]), key=lambda slot: slot[1]):
        answers = (",".join(known.get(slot, (_UNKNOWN,))) for slot in slots)
        yield f"{question} = {' / '.join(answers)}"


def _possible(settled: Settled, parts: AdviceParts) -> str:
    told = []
    for finding in parts.chief:
        ways = {parts.way(finding, each.value): each.value or "none" for each in reversed(settled.possible(finding))}
        values = list(reversed(ways.values()))
        many = f"{values[0]} to {values[-1]}" if finding == parts.recommended else f"{len(values)} possible"
        told.append(many if len(values) > _MOST else "|".join(values))
    return "; ".join(part for part in told if part)
