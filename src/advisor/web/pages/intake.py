"""The intake by section: the list of what there is to do, and a few questions at a time."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.engine.program import AGENCY
from advisor.model.case import Case
from advisor.model.vocabulary import Question
from advisor.service.question_order import partner_number
from advisor.store.records import Change, SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.answering import Sent, after, base_of, errors_of, keep, parted_page, received
from advisor.web.pages.fields import text
from advisor.web.pages.forms import number as number_of
from advisor.web.pages.keeping import Kept, name_of
from advisor.web.pages.panel import intake_page
from advisor.web.pages.progress import NAMING, Form, Stop
from advisor.web.pages.sitting import read_been
from advisor.web.services import services
from advisor.web.templates import FieldError, see_other

router = APIRouter()
WAIT = 4.0  # seconds that a request for the state alone waits for it to be worked out

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]
From = Annotated[str, Query(alias="from")]


@router.get("/cases/{case_id}", name="case")
def case(request: Request, who: Who, case_id: str) -> Response:
    """The list of what there is to do."""
    saved = services(request).store.cases.read(who.person, case_id)
    made = _form(request, saved.file.case)
    parts = [made.part(stop) for stop in made.stops() if stop != NAMING]
    asked = {part.stop.section for part in parts}
    return intake_page(
        request,
        who,
        "intake/overview.html.j2",
        saved,
        agency=[part for part in parts if part.stop.partner == AGENCY],
        partners=[made.about(number) for number in range(len(saved.file.case.partners))],
        silent=[section for section in made.vocabulary.sections if section not in asked and not _of_partners(made, section)],
        set_aside=made.facts.set_aside,
        answer_of=lambda partner, question: _answer(saved.file.case, partner, question),
        last=_last(request, who, case_id),
        place=lambda change: _place(request, saved, change),
    )


@router.get("/cases/{case_id}/state", name="state")
def state(request: Request, who: Who, case_id: str, been: str = "") -> Response:
    """The state of the advice: for htmx the panel alone, otherwise a page."""
    desk = services(request)
    saved = desk.store.cases.read(who.person, case_id)
    steps = read_been(been, saved.file.case, desk.service.vocabulary)
    return intake_page(request, who, "intake/state.html.j2", saved, been=steps, wait=WAIT, block="fragment")


@router.get("/cases/{case_id}/sections/{section}", name="section")
def section(request: Request, who: Who, case_id: str, section: str, start: From = "", at: str = "") -> Response:
    """A few questions about the agency, from one on, or those among which one is."""
    return _ask(request, who, case_id, Stop(section), start, at)


@router.post("/cases/{case_id}/sections/{section}", name="save-section")
def save_section(request: Request, who: Who, case_id: str, section: str, posted: Posted) -> Response:
    """Save the answers to a few questions about the agency."""
    return _take(request, who, case_id, Stop(section), posted)


@router.get("/cases/{case_id}/partners/{number}/sections/{section}", name="partner-section")
def partner_section(
    request: Request, who: Who, case_id: str, number: int, section: str, start: From = "", at: str = ""
) -> Response:
    """A few questions about the partner of a number, counted from 1."""
    return _ask(request, who, case_id, _stop(section, number), start, at)


@router.post("/cases/{case_id}/partners/{number}/sections/{section}", name="save-partner-section")
def save_partner_section(request: Request, who: Who, case_id: str, number: int, section: str, posted: Posted) -> Response:
    """Save the answers to a few questions about a partner."""
    return _take(request, who, case_id, _stop(section, number), posted)


def _stop(section: str, number: int) -> Stop:
    if number < 1:
        raise NotFoundError
    return Stop(section, number - 1)


def _form(request: Request, case: Case) -> Form:
    return Form(case, services(request).service.loaded.relevance)


def _ask(request: Request, who: Visitor, case_id: str, stop: Stop, start: str, at: str) -> Response:
    saved = services(request).store.cases.read(who.person, case_id)
    made = _form(request, saved.file.case)
    name_of(saved.file.case, stop.partner)
    if not made.of(stop):
        raise NotFoundError
    questions = made.page(stop, start or made.page_with(stop, at))
    chosen = made.answers(stop.partner)
    return _page(request, who, saved, stop, questions, {q.id: chosen.get(q.id, ()) for q in questions}, saved.entry.revision)


def _page(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    stop: Stop,
    questions: Sequence[Question],
    chosen: dict[str, tuple[str, ...]],
    revision: int,
    status: int = 200,
    errors: Sequence[FieldError] = (),
) -> Response:
    made = _form(request, saved.file.case)
    return intake_page(
        request,
        who,
        "intake/section.html.j2",
        saved,
        stop=stop,
        part=made.part(stop),
        partner=name_of(saved.file.case, stop.partner),
        questions=questions,
        chosen=chosen,
        revision=revision,
        is_first=not questions or (made.before(stop, questions[0].id) is None and made.neighbour(stop, -1) is None),
        status=status,
        errors=errors,
    )


def _take(request: Request, who: Visitor, case_id: str, stop: Stop, posted: FormData) -> Response:
    desk = services(request)
    base = base_of(request, who, case_id, number_of(posted, "revision"))
    made = _form(request, base.file.case)
    name_of(base.file.case, stop.partner)
    sent = received(posted, made.of(stop), stop.partner)
    if not made.of(stop):
        raise NotFoundError
    if errors := errors_of(sent.reading, desk.frame):
        asked = [q for q in made.of(stop) if q.id in sent.reading.typed]
        typed = dict(sent.reading.typed)
        return _page(request, who, base, stop, asked, typed, sent.revision, status=422, errors=errors)
    kept = keep(request, who, case_id, sent)
    if not isinstance(kept, Kept):
        return parted_page(request, who, sent, kept, {"go": text(posted, "go")})
    return _go(request, kept, stop, sent, text(posted, "go"))


def _go(request: Request, kept: Kept, stop: Stop, sent: Sent, go: str) -> Response:
    """On to the questions after, back to those before, or to the list."""
    case_id, made = kept.saved.entry.id, _form(request, kept.saved.file.case)
    told = after(kept, made.relevance)
    gone = stop.partner != AGENCY and kept.partner is None
    asked = list(sent.reading.typed)
    if go == "list" or gone or not asked:
        return see_other(request, "case", case_id=case_id, **told)
    if kept.partner is not None:
        stop = Stop(stop.section, partner_number(kept.saved.file.case, kept.partner))
    if go == "back":
        start = made.before(stop, asked[0])
        if start is not None:
            return _see(request, case_id, stop, start, told)
        target, start = made.neighbour(stop, -1), ""
        if target is not None and target != NAMING:
            start = made.last_page(target)
    else:
        start = made.following(stop, asked[-1])
        target = stop if start else made.neighbour(stop, 1)
    return _see(request, case_id, target, start, told)


def _see(request: Request, case_id: str, stop: Stop | None, start: str, told: dict[str, object]) -> Response:
    if stop is None:
        return see_other(request, "case", case_id=case_id, **told)
    if stop == NAMING:
        return see_other(request, "partners", case_id=case_id, **told)
    place = {"case_id": case_id, "section": stop.section, "from": start, **told}
    if stop.partner == AGENCY:
        return see_other(request, "section", **place)
    return see_other(request, "partner-section", number=stop.partner + 1, **place)


def _of_partners(made: Form, section: str) -> bool:
    return all(q.asked == "partner" for q in made.vocabulary.questions.values() if q.section == section)


def _answer(case: Case, partner: str, question: str) -> tuple[str, ...]:
    answers = case.answers if not partner else next(p.answers for p in case.partners if p.name == partner)
    return answers[question]


def _last(request: Request, who: Visitor, case_id: str) -> Change | None:
    """The answer that was saved last, where the last save held one."""
    saves = services(request).store.cases.history(who.person, case_id, limit=1).items
    asked = services(request).service.vocabulary.questions
    mine = (change for save in saves if save.how in ("saved", "merged") for change in save.changes)
    answers = [change for change in mine if change.kind == "answer" and change.question in asked]
    return answers[-1] if answers else None


def _place(request: Request, saved: SavedCase, change: Change) -> str:
    """Where an answer can be looked at again; the list itself where its partner is not there any more."""
    desk, case_id = services(request), saved.entry.id
    place = {"case_id": case_id, "section": desk.service.vocabulary.questions[change.question].section, "at": change.question}
    if change.partner is None:
        return desk.frame.url("section", **place)
    number = partner_number(saved.file.case, change.partner)
    if number == AGENCY:
        return desk.frame.url("case", case_id=case_id)
    return desk.frame.url("partner-section", number=number + 1, **place)
