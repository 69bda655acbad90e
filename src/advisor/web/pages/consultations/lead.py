"""A consultation for whoever leads it: opened on a case, who is asked and who answered, closed, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.consultation import SHOWN, SPEAKS, Respondent, Speaks, shown_unless_said, too_few
from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.consultation_records import Invitation, SavedConsultation
from advisor.store.records import Entry
from advisor.web.auth import Visitor, form, visitor
from advisor.web.consulted import usual_questions
from advisor.web.consulted_rounds import ask_again, next_round
from advisor.web.kept import KeptNotice, kept_notice
from advisor.web.page import Context, page, see_other
from advisor.web.pages.consultations.answer_pages import chosen_parts
from advisor.web.pages.fields import name_errors, read_name, text, texts
from advisor.web.site import Site, site_of
from advisor.web.templates import FieldError

router = APIRouter()
DAYS = (7, 14, 30, 60)
USUAL = 14

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class ConsultationsPage(Context):
    """The consultations on a case, and the form to open one."""

    template = "consultations/list.html.j2"
    entry: Annotated[Entry, "the case"]
    found: Annotated[Sequence[SavedConsultation], "its consultations"]
    usual: Annotated[Sequence[str], "the questions that are asked unless others are chosen"]


@dataclass(frozen=True, kw_only=True)
class LedPage(Context):
    """What every page of one consultation has."""

    entry: Annotated[Entry, "the case"]
    consultation: Annotated[SavedConsultation, "the consultation"]


@dataclass(frozen=True, kw_only=True)
class ConsultationPage(LedPage):
    """Who is asked, who answered, and what can be done."""

    template = "consultations/one.html.j2"
    invitations: Annotated[Sequence[Invitation], "everybody who was asked"]
    parts: Annotated[Sequence[str], "the parts of the intake that are asked about"]
    now: Annotated[datetime, "the time, to tell which links have ended"]
    typed: Annotated[Respondent, "who is to be asked, as far as it was typed"]
    chosen_shown: Annotated[str, "who is to see the answers, as it was chosen; nothing for what is usual"]
    offered: Annotated[Sequence[int], "for how many days a link may work"]
    days: Annotated[str, "the days that were chosen"]
    rounds: Annotated[Sequence[SavedConsultation], "all rounds of it, the first in front"]
    kept: Annotated[KeptNotice, "how long the case is kept, and the consultation"]
    few: Annotated[Mapping[Speaks, int], "for whom too few speak without a name to be shown, and how many"]
    again: Annotated[date | None, "when to ask again; None where a round is open, or the last was asked"]


@dataclass(frozen=True, kw_only=True)
class InvitationPage(LedPage):
    """A link for a respondent, with its address, which is nowhere kept."""

    template = "consultations/invitation.html.j2"
    invitation: Annotated[Invitation, "who is asked"]
    address: Annotated[str, "the address of the link"]


@dataclass(frozen=True, kw_only=True)
class RoundPage(LedPage):
    """The links of a further round, with their addresses, which are nowhere kept."""

    template = "consultations/round.html.j2"
    made: Annotated[Sequence[tuple[Invitation, str]], "who is asked again, each with the address of the link"]


@dataclass(frozen=True, kw_only=True)
class ChoosingPage(LedPage):
    """Which questions are asked."""

    template = "consultations/questions.html.j2"
    chosen: Annotated[Sequence[str], "the questions that are chosen"]
    usual: Annotated[Sequence[str], "those that are asked unless others are chosen"]


@dataclass(frozen=True, kw_only=True)
class EndingPage(LedPage):
    """What closing or deleting a consultation does, before it is done."""

    template = "consultations/ending.html.j2"
    ending: Annotated[str, "close or delete"]
    answered: Annotated[int, "how many began to answer"]
    few: Annotated[Mapping[Speaks, int], "for whom too few began without a name to be shown, and how many"]
    rounds: Annotated[int, "how many rounds are ended with it"]
    held: Annotated[bool, "whether it is on hold, so that it cannot be deleted"]


@router.get("/cases/{case_id}/consultations", name="consultations")
def consultations(request: Request, who: Who, case_id: str) -> Response:
    """The consultations on a case."""
    return _list(request, who, case_id)


@router.post("/cases/{case_id}/consultations", name="open-consultation", dependencies=[Depends(form)])
def open_consultation(request: Request, who: Who, case_id: str) -> Response:
    """Open a consultation with the usual questions."""
    site = site_of(request)
    try:
        made = site.store.consultations.open(who.person, case_id, usual_questions(site), at=site.clock())
    except InputError as error:
        errors = [FieldError("", problem_text(each, site.service.wording.phrases)) for each in error.problems]
        return _list(request, who, case_id, status=422, errors=errors)
    return see_other(request, "consultation", case_id=case_id, consultation=made.id, said="consultation-opened")


def _list(request: Request, who: Visitor, case_id: str, *, status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    site = site_of(request)
    entry = site.store.cases.read(who.person, case_id).entry
    found = site.store.consultations.list(who.person, case_id)
    shown = ConsultationsPage(entry=entry, found=found, usual=usual_questions(site))
    return page(request, who, shown, status=status, errors=errors)


@router.get("/cases/{case_id}/consultations/{consultation}", name="consultation")
def consultation(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """One consultation: who is asked, who answered, what can be done."""
    return _one(request, who, case_id, consultation)


def _one(
    request: Request,
    who: Visitor,
    case_id: str,
    consultation_id: str,
    *,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    typed: Respondent | None = None,
    chosen_shown: str = "",
    days: str = "",
) -> Response:
    site = site_of(request)
    led = led_values(request, who, case_id, consultation_id)
    offered = offered_days(site)
    rounds = site.store.consultations.rounds(who.person, case_id, consultation_id)
    invitations = site.store.respondents.list(who.person, case_id, consultation_id)
    shown = ConsultationPage(
        **led,
        invitations=invitations,
        few=too_few(each.respondent for each in invitations),
        parts=chosen_parts(led["consultation"].questions, site.service.vocabulary),
        now=site.clock(),
        typed=typed or Respondent("", "agency"),
        chosen_shown=chosen_shown,
        offered=offered,
        days=days or str(USUAL if USUAL in offered else offered[-1]),
        rounds=rounds,
        kept=kept_notice(site, case_id),
        again=next_round(rounds),
    )
    return page(request, who, shown, status=status, errors=errors)


def led_values(request: Request, who: Visitor, case_id: str, consultation_id: str) -> dict[str, Any]:
    """What every page of one consultation has."""
    store = site_of(request).store
    entry = store.cases.read(who.person, case_id).entry
    return {"entry": entry, "consultation": store.consultations.read(who.person, case_id, consultation_id)}


def offered_days(site: Site) -> tuple[int, ...]:
    """For how many days a link may work: none longer than a shared link."""
    most = site.settings.link_days
    return tuple(days for days in DAYS if days <= most) or (most,)


@router.post("/cases/{case_id}/consultations/{consultation}/respondents", name="invite")
def invite(request: Request, who: Who, case_id: str, consultation: str, posted: Posted) -> Response:
    """Ask somebody. The address of the link stands on this page and is nowhere kept."""
    site = site_of(request)
    word = site.templates.word
    led = led_values(request, who, case_id, consultation)
    name, days, wish = read_name(posted, "name"), text(posted, "days"), text(posted, "shown")
    speaks = next((each for each in SPEAKS if each == text(posted, "speaks")), None)
    partner = text(posted, "for") if speaks == "partner" else ""
    errors = list(name_errors(name, "name", site.templates))
    if speaks is None:
        errors.append(FieldError("speaks", word("errors.choose")))
    if speaks == "partner" and partner not in led["consultation"].partners:
        errors.append(FieldError("for", word("consultations.choose-partner")))
    if wish and wish not in SHOWN:
        errors.append(FieldError("shown", word("errors.choose")))
    if days not in map(str, offered_days(site)):
        errors.append(FieldError("days", word("errors.choose")))
    shown = next((each for each in SHOWN if each == wish), shown_unless_said(speaks or "agency"))
    respondent = Respondent(name, speaks or "agency", partner, shown)
    if not errors:
        now = site.clock()
        try:
            made, secret = site.store.respondents.invite(
                who.person, case_id, consultation, respondent, at=now, expires=now + timedelta(days=int(days))
            )
        except InputError as error:
            said = [problem_text(each, site.service.wording.phrases) for each in error.problems]
            errors = [FieldError("name", each) for each in said]
        else:
            return _invitation(request, who, led, made, secret)
    return _one(request, who, case_id, consultation, status=422, errors=errors, typed=respondent, chosen_shown=wish, days=days)


@router.post("/cases/{case_id}/consultations/{consultation}/respondents/{respondent}/renew", name="renew-invitation")
def renew_invitation(request: Request, who: Who, case_id: str, consultation: str, respondent: str, posted: Posted) -> Response:
    """Another link in the place of the one before."""
    site = site_of(request)
    led, days = led_values(request, who, case_id, consultation), text(posted, "days")
    wanted = int(days) if days in map(str, offered_days(site)) else min(USUAL, offered_days(site)[-1])
    expires = site.clock() + timedelta(days=wanted)
    made, secret = site.store.respondents.renew(who.person, case_id, consultation, respondent, expires=expires)
    return _invitation(request, who, led, made, secret)


def _invitation(request: Request, who: Visitor, led: dict[str, Any], invitation: Invitation, secret: str) -> Response:
    return page(request, who, InvitationPage(**led, invitation=invitation, address=_address(request, secret)))


def _address(request: Request, secret: str) -> str:
    site = site_of(request)
    origin = site.settings.origin or f"{request.url.scheme}://{request.url.netloc}"
    return origin + site.templates.url("answering", key=secret)


@router.post(
    "/cases/{case_id}/consultations/{consultation}/respondents/{respondent}/revoke",
    name="revoke-invitation",
    dependencies=[Depends(form)],
)
def revoke_invitation(request: Request, who: Who, case_id: str, consultation: str, respondent: str) -> Response:
    """End a link; what was answered stays."""
    site = site_of(request)
    site.store.respondents.revoke(who.person, case_id, consultation, respondent, at=site.clock())
    return see_other(request, "consultation", case_id=case_id, consultation=consultation, said="invitation-revoked")


@router.post(
    "/cases/{case_id}/consultations/{consultation}/respondents/{respondent}/remove",
    name="remove-respondent",
    dependencies=[Depends(form)],
)
def remove_respondent(request: Request, who: Who, case_id: str, consultation: str, respondent: str) -> Response:
    """Take somebody out, with all that they answered."""
    site_of(request).store.respondents.remove(who.person, case_id, consultation, respondent)
    return see_other(request, "consultation", case_id=case_id, consultation=consultation, said="respondent-removed")


@router.post("/cases/{case_id}/consultations/{consultation}/rounds", name="open-round", dependencies=[Depends(form)])
def open_round(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """Ask the same people the same again. The addresses of their links stand on this page and are nowhere kept."""
    site = site_of(request)
    days = USUAL if USUAL in offered_days(site) else offered_days(site)[-1]
    try:
        made, invited = ask_again(site, who.person, case_id, consultation, timedelta(days=days))
    except InputError as error:
        errors = [FieldError("", problem_text(each, site.service.wording.phrases)) for each in error.problems]
        return _one(request, who, case_id, consultation, status=422, errors=errors)
    links = [(each, _address(request, secret)) for each, secret in invited]
    return page(request, who, RoundPage(**led_values(request, who, case_id, made.id), made=links))


@router.get("/cases/{case_id}/consultations/{consultation}/questions", name="consultation-questions")
def consultation_questions(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """Which questions are asked."""
    led = led_values(request, who, case_id, consultation)
    usual = usual_questions(site_of(request))
    return page(request, who, ChoosingPage(**led, chosen=led["consultation"].questions, usual=usual))


@router.post("/cases/{case_id}/consultations/{consultation}/questions", name="choose-questions")
def choose_questions(request: Request, who: Who, case_id: str, consultation: str, posted: Posted) -> Response:
    """Ask these questions."""
    site = site_of(request)
    led, chosen = led_values(request, who, case_id, consultation), texts(posted, "questions")
    try:
        site.store.consultations.choose(who.person, case_id, consultation, chosen)
    except InputError as error:
        errors = [FieldError("", problem_text(each, site.service.wording.phrases)) for each in error.problems]
        shown = ChoosingPage(**led, chosen=chosen, usual=usual_questions(site))
        return page(request, who, shown, status=422, errors=errors)
    return see_other(request, "consultation", case_id=case_id, consultation=consultation, said="questions-chosen")


@router.get("/cases/{case_id}/consultations/{consultation}/close", name="ask-to-close")
def ask_to_close(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """What closing does."""
    return _ending(request, who, case_id, consultation, "close")


@router.get("/cases/{case_id}/consultations/{consultation}/delete", name="ask-to-delete-consultation")
def ask_to_delete_consultation(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """What deleting does."""
    return _ending(request, who, case_id, consultation, "delete")


def _ending(request: Request, who: Visitor, case_id: str, consultation: str, ending: str) -> Response:
    led = led_values(request, who, case_id, consultation)
    invitations = site_of(request).store.respondents.list(who.person, case_id, consultation)
    begun = [each.respondent for each in invitations if each.begun is not None]
    found = led["consultation"]
    alone = ending == "close" or (found.first and found.closed is None)
    rounds = 1 if alone else len(site_of(request).store.consultations.rounds(who.person, case_id, consultation))
    held = ending == "delete" and bool(kept_notice(site_of(request), case_id).holds & {"", found.series})
    return page(request, who, EndingPage(**led, ending=ending, answered=len(begun), few=too_few(begun), rounds=rounds, held=held))


@router.post("/cases/{case_id}/consultations/{consultation}/close", name="close-consultation", dependencies=[Depends(form)])
def close_consultation(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """Close it for good: no answer changes from now on."""
    site = site_of(request)
    site.store.consultations.close(who.person, case_id, consultation, at=site.clock())
    return see_other(request, "consultation", case_id=case_id, consultation=consultation, said="consultation-closed")


@router.post("/cases/{case_id}/consultations/{consultation}/delete", name="delete-consultation", dependencies=[Depends(form)])
def delete_consultation(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """Delete it for good, unless it is on hold."""
    site_of(request).store.consultations.delete(who.person, case_id, consultation)
    return see_other(request, "consultations", case_id=case_id, said="consultation-deleted")
