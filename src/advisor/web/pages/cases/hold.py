"""Legal holds on a case or a consultation, placed and lifted by administrators of the organization."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.store.consultation_records import SavedConsultation
from advisor.store.holds import MAX_REASON, Hold
from advisor.store.records import Entry
from advisor.web.audit_trail import about, noted
from advisor.web.auth import Visitor, administrator, form
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
CASE = "/cases/{case_id}/hold"
CONSULTATION = "/cases/{case_id}/consultations/{consultation}/hold"

Who = Annotated[Visitor, Depends(administrator)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class HoldPage(Context):
    """A hold, or the form for one."""

    template = "retention/hold.html.j2"
    entry: Annotated[Entry, "the case"]
    consultation: Annotated[SavedConsultation | None, "the consultation that it is about, where it is about one"]
    hold: Annotated[Hold | None, "the hold, where there is one"]
    typed: Annotated[str, "the reason as it was typed"]
    most: Annotated[int, "how many characters a reason has at most"]


@router.get(CASE, name="case-hold")
def case_hold(request: Request, who: Who, case_id: str) -> Response:
    """The hold on a case, or the form for one."""
    return _shown(request, who, case_id, "")


@router.get(CONSULTATION, name="consultation-hold")
def consultation_hold(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """The hold on a consultation, or the form for one."""
    return _shown(request, who, case_id, consultation)


@router.post(CASE, name="place-hold")
def place_hold(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Put a case on hold."""
    return _placed(request, who, case_id, "", text(posted, "reason"))


@router.post(CONSULTATION, name="place-consultation-hold")
def place_consultation_hold(request: Request, who: Who, case_id: str, consultation: str, posted: Posted) -> Response:
    """Put a consultation on hold, with all its rounds."""
    return _placed(request, who, case_id, consultation, text(posted, "reason"))


@router.post(f"{CASE}/lift", name="lift-hold", dependencies=[Depends(form)])
def lift_hold(request: Request, who: Who, case_id: str) -> Response:
    """Lift the hold on a case."""
    return _lifted(request, who, case_id, "")


@router.post(f"{CONSULTATION}/lift", name="lift-consultation-hold", dependencies=[Depends(form)])
def lift_consultation_hold(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """Lift the hold on a consultation."""
    return _lifted(request, who, case_id, consultation)


def _placed(request: Request, who: Visitor, case_id: str, consultation: str, reason: str) -> Response:
    site = site_of(request)
    given = who.person.organization, case_id, consultation, " ".join(reason.split())
    try:
        hold = site.store.holds.place(*given, by=who.person.id, at=site.clock())
    except InputError:
        errors = [FieldError("reason", site.templates.word("retention.reason-expected", most=MAX_REASON))]
        return _shown(request, who, case_id, consultation, typed=reason[:MAX_REASON], status=422, errors=errors)
    return _done(request, case_id, consultation, hold, "hold-placed")


def _lifted(request: Request, who: Visitor, case_id: str, consultation: str) -> Response:
    hold = site_of(request).store.holds.lift(who.person.organization, case_id, consultation)
    return _done(request, case_id, consultation, hold, "hold-lifted")


def _done(request: Request, case_id: str, consultation: str, hold: Hold | None, said: str) -> Response:
    if hold is None:  # somebody else was first, and it is as it was wanted
        noted(request)
    if not consultation:
        return see_other(request, "manage-case", case_id=case_id, said=said)
    if hold is not None:
        about(request, consultation=hold.consultation)
    return see_other(request, "consultation", case_id=case_id, consultation=consultation, said=said)


def _shown(
    request: Request,
    who: Visitor,
    case_id: str,
    consultation: str,
    *,
    typed: str = "",
    status: int = 200,
    errors: Sequence[FieldError] = (),
) -> Response:
    store = site_of(request).store
    entry = store.cases.read(who.person, case_id).entry
    found = store.consultations.read(who.person, case_id, consultation) if consultation else None
    hold = store.holds.find(case_id, found.series if found else "")
    shown = HoldPage(entry=entry, consultation=found, hold=hold, typed=typed, most=MAX_REASON)
    return page(request, who, shown, status=status, errors=errors)
