"""In the room: one screen for a question, on which whoever leads counts hands. What was counted is not shown again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.consultation import SPEAKS, RespondentKind
from advisor.model.reconciling import Line
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import Question
from advisor.store.hands import MOST_HANDS, raising_lines
from advisor.web.auth import Visitor, form, visitor
from advisor.web.page import page, see_other
from advisor.web.pages.consultations.lead import LedPage, led_values
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
ADDRESS = "/cases/{case_id}/consultations/{consultation}/room"
BY_KIND = "kind"

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A line on which hands can be counted: what it is called in an address, and whether they were."""

    address: str
    question: str
    partner: str | None
    counted: bool


@dataclass(frozen=True, kw_only=True)
class RoomPage(LedPage):
    """A question with a field for the hands of each option, and the other questions."""

    template = "consultations/room.html.j2"
    line: Annotated[RoomLine | None, "the line that is counted; None where there is none"]
    question: Annotated[Question | None, "its question"]
    kinds: Annotated[Sequence[RespondentKind], "the kinds of respondents that are counted apart, or the room alone"]
    typed: Annotated[Mapping[str, str], "what was typed, by field"]
    lines: Annotated[Sequence[RoomLine], "all lines on which hands can be counted"]


@router.get(ADDRESS, name="count-hands")
def count_hands(request: Request, who: Who, case_id: str, consultation: str, line: str = "", by: str = "") -> Response:
    """The question that is named, or else the first on which no hands were counted."""
    return _shown(request, who, case_id, consultation, line, by)


@router.post(ADDRESS, name="keep-hands")
def keep_hands(request: Request, who: Who, case_id: str, consultation: str, posted: Posted) -> Response:
    """Keep the hands of a question in the place of those counted before, and go on to the next that has none."""
    site = site_of(request)
    ref, by = text(posted, "line"), text(posted, "by")
    found = led_values(request, who, case_id, consultation)["consultation"]
    line = next((each for each in raising_lines(found, site.service.vocabulary) if _ref(each) == ref), None)
    if line is None:
        return see_other(request, "consultation", case_id=case_id, consultation=consultation)
    question, errors = site.service.vocabulary.questions[line[0]], []
    typed = {field: text(posted, field) for kind in _kinds(by) for field in _fields(kind, question).values()}
    for field, sent in typed.items():
        if sent and _number(sent) is None:
            errors.append(FieldError(field, site.templates.word("consultations.room-number", most=MOST_HANDS)))
    if not any(typed.values()):
        errors.append(FieldError(next(iter(typed)), site.templates.word("consultations.room-empty")))
    if errors:
        return _shown(request, who, case_id, consultation, ref, by, typed, errors)
    counted = {
        kind: {option: _number(typed[field]) or 0 for option, field in _fields(kind, question).items()} for kind in _kinds(by)
    }
    site.store.hands.count(who.person, case_id, consultation, line, counted, at=site.clock())
    return see_other(request, "count-hands", case_id=case_id, consultation=consultation, by=by or None, said="hands-kept")


def _shown(
    request: Request,
    who: Visitor,
    case_id: str,
    consultation: str,
    ref: str,
    by: str,
    typed: Mapping[str, str] | None = None,
    errors: Sequence[FieldError] = (),
) -> Response:
    site = site_of(request)
    led = led_values(request, who, case_id, consultation)
    found = led["consultation"]
    if found.closed is not None or found.first:
        return see_other(request, "consultation", case_id=case_id, consultation=consultation)
    counted = site.store.hands.lines(who.person, case_id, consultation)
    lines = [RoomLine(_ref(line), *line, line in counted) for line in raising_lines(found, site.service.vocabulary)]
    waiting = [line for line in lines if not line.counted]
    line = next((each for each in lines if each.address == ref), None) or next(iter([*waiting, *lines]), None)
    shown = RoomPage(
        **led,
        line=line,
        question=site.service.vocabulary.questions[line.question] if line else None,
        kinds=_kinds(by),
        typed=typed or {},
        lines=lines,
    )
    return page(request, who, shown, status=422 if errors else 200, errors=errors)


def _ref(line: Line) -> str:
    return str(QuestionRef(*line))


def _kinds(by: str) -> tuple[RespondentKind, ...]:
    return SPEAKS if by == BY_KIND else ("room",)


def _fields(kind: RespondentKind, question: Question) -> dict[str, str]:
    """The field that holds the hands of a kind for each option."""
    return {option: f"{kind}:{option}" for option in question.options}


def _number(sent: str) -> int | None:
    """How many hands were typed; None where it is no such number."""
    number = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 6 else None
    return number if number is not None and number <= MOST_HANDS else None
