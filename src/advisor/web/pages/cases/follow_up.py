"""Follow-up of a case: what of the advice is done and what is overdue, ticked off with what shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.documents.catalog import FORMS, forms_of
from advisor.model.follow_up import FollowUpStep
from advisor.store.follow_ups import MAX_EVIDENCE, NewStep
from advisor.store.records import Entry, Person
from advisor.web.api.responses import content
from advisor.web.auth import Visitor, form, visitor
from advisor.web.consulted_rounds import days_to_ask_again
from advisor.web.followed import FollowedCase, FollowedItem, calendar_of, due_names, follow_up_record, followed
from advisor.web.kept import deletion_days
from advisor.web.page import Context, page, see_other
from advisor.web.pages.cases.export import file_names
from advisor.web.pages.fields import text
from advisor.web.reader_day import reader_day
from advisor.web.site import Site, site_of
from advisor.web.templates import FieldError

router = APIRouter()
ROOT = "/cases/{case_id}/follow-up"

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class FollowUpPage(Context):
    """All that the advice asks for, what is overdue first, and the days by when it is due."""

    template = "cases/follow-up.html.j2"
    entry: Annotated[Entry, "the case"]
    followed: Annotated[FollowedCase, "what is asked for, and how it stands"]
    days: Annotated[Sequence[tuple[str, str, str]], "each moment: its name, how it is said, and its day as it was set or typed"]
    as_calendar: Annotated[bool, "whether there are days to be taken along as calendar entries"]


@dataclass(frozen=True, kw_only=True)
class ItemPage(Context):
    """One condition or action, to be ticked off or taken back."""

    template = "cases/follow-up-item.html.j2"
    entry: Annotated[Entry, "the case"]
    item: Annotated[FollowedItem, "what it is"]
    history: Annotated[Sequence[FollowUpStep], "what was noted on it, the last in front"]
    day: Annotated[str, "the day on which it was done, as it was typed"]
    evidence: Annotated[str, "what shows it, as it was typed"]
    most: Annotated[int, "how many characters that may have"]


@router.get(ROOT, name="follow-up")
def follow_up_page(request: Request, who: Who, case_id: str) -> Response:
    """What of the advice is done, and what is overdue."""
    return _shown(request, who, case_id)


@router.post(f"{ROOT}/days", name="set-days")
def set_days(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Set the day on which each moment falls; an empty field takes it away."""
    site, case = site_of(request), _followed(request, who, case_id)
    typed = {name: text(posted, f"due.{name}") for name in due_names(case) if f"due.{name}" in posted}
    errors, steps = [], []
    for name, value in typed.items():
        day = _day(value)
        if value and day is None:
            errors.append(FieldError(f"due.{name}", site.templates.word("follow-up.no-day")))
        elif day != case.stands.due.get(name):
            steps.append(NewStep("due", name, case.moments[name], day))
    if not typed:
        errors.append(FieldError("", site.templates.word("follow-up.no-day")))
    if errors:
        return _shown(request, who, case_id, status=422, errors=errors, typed=typed)
    site.store.follow_ups.add(who.person, case_id, steps, at=site.clock())
    return see_other(request, "follow-up", case_id=case_id, said="days-set")


@router.get(f"{ROOT}/item", name="follow-up-item")
def item_page(request: Request, who: Who, case_id: str, of: str = "") -> Response:
    """One condition or action, with what was noted on it; back to the list where the advice asks for no such thing."""
    case = _followed(request, who, case_id)
    item = case.item(of)
    if item is None:
        return see_other(request, "follow-up", case_id=case_id, said="not-asked-for")
    return _item(request, who, case, item, day=case.day.isoformat())


@router.post(f"{ROOT}/item", name="note-step")
def note_step(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Tick something off (`step` is done), or take that back (reopened)."""
    site, case = site_of(request), _followed(request, who, case_id)
    step, typed, evidence = text(posted, "step"), text(posted, "day"), text(posted, "evidence")
    if step not in ("done", "reopened"):
        errors = [FieldError("", site.templates.word("errors.choose"))]
        return _shown(request, who, case_id, status=422, errors=errors)
    item = case.item(text(posted, "of"))
    if item is None:
        return see_other(request, "follow-up", case_id=case_id, said="not-asked-for")
    if step == "reopened":
        if item.step is not None:
            reopened = NewStep("reopened", item.about, item.title)
            site.store.follow_ups.add(who.person, case_id, [reopened], at=site.clock())
        return see_other(request, "follow-up", case_id=case_id, said="step-noted")
    day, errors = _day(typed), []
    if day is None or day > case.day:
        errors.append(FieldError("day", site.templates.word("follow-up.day-missing" if day is None else "follow-up.day-to-come")))
    if len(evidence) > MAX_EVIDENCE:
        said = site.templates.word("follow-up.evidence-too-long", most=MAX_EVIDENCE, found=len(evidence))
        errors.append(FieldError("evidence", said))
    if errors:
        return _item(request, who, case, item, status=422, errors=errors, day=typed, evidence=evidence[:MAX_EVIDENCE])
    done = NewStep("done", item.about, item.title, day, evidence)
    site.store.follow_ups.add(who.person, case_id, [done], at=site.clock())
    return see_other(request, "follow-up", case_id=case_id, said="step-noted")


@router.get(f"{ROOT}/export.json", name="export-follow-up")
def export_follow_up(request: Request, who: Who, case_id: str) -> Response:
    """All of it as a file, with every step."""
    case = _followed(request, who, case_id)
    return _file(content(follow_up_record(case)), case, "json", "application/json")


@router.get(f"{ROOT}/calendar.ics", name="follow-up-calendar")
def follow_up_calendar(request: Request, who: Who, case_id: str) -> Response:
    """The days that were set, as calendar entries, with what is still to be done by each; back to the list without any."""
    case = _followed(request, who, case_id)
    others = _other_days(site_of(request), who.person, case_id)
    if not (_has_days(case) or others):
        return see_other(request, "follow-up", case_id=case_id, said="no-days-set")
    return _file(calendar_of(site_of(request), who.person, case, others), case, "ics", FORMS["ics"].media_type)


def _followed(request: Request, who: Visitor, case_id: str) -> FollowedCase:
    site = site_of(request)
    return followed(site, who.person, case_id, reader_day(request, site.clock()))


def _shown(
    request: Request,
    who: Visitor,
    case_id: str,
    *,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    typed: dict[str, str] | None = None,
) -> Response:
    case = _followed(request, who, case_id)
    due = case.stands.due
    set_now = {name: due[name].isoformat() if name in due else "" for name in due_names(case)} | (typed or {})
    days = [(name, case.moments[name], day) for name, day in set_now.items()]
    others = _other_days(site_of(request), who.person, case_id)
    as_calendar = bool(_has_days(case) or others) and "ics" in forms_of("plan")
    shown = FollowUpPage(entry=case.saved.entry, followed=case, days=days, as_calendar=as_calendar)
    return page(request, who, shown, status=status, errors=errors)


def _item(
    request: Request,
    who: Visitor,
    case: FollowedCase,
    item: FollowedItem,
    *,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    **typed: Any,
) -> Response:
    values = {"day": "", "evidence": "", **typed}
    shown = ItemPage(entry=case.saved.entry, item=item, history=case.history(item.about), most=MAX_EVIDENCE, **values)
    return page(request, who, shown, status=status, errors=errors)


def _other_days(site: Site, person: Person, case_id: str) -> list[tuple[str, date]]:
    """The days on which to ask again, and on which something of the case is deleted, with what they are."""
    word = site.templates.word
    again = [(word("consultations.again"), day) for day in days_to_ask_again(site, person, case_id)]
    return again + [(word("retention.calendar"), day) for day in deletion_days(site, case_id)]


def _has_days(case: FollowedCase) -> bool:
    return any(each.due for each in (*case.of("overdue"), *case.of("open")))


def _day(typed: str) -> date | None:
    """The day that a text spells as 2027-01-31; None where it spells none."""
    try:
        return date.fromisoformat(typed) if len(typed) == len("2027-01-31") else None
    except ValueError:
        return None


def _file(made: bytes, case: FollowedCase, ending: str, media_type: str) -> Response:
    plain, _ = file_names(case.saved.entry.name, ending)
    headers = {"Content-Disposition": f'attachment; filename="{plain}"'}
    return Response(made, headers=headers, media_type=media_type)
