"""A few questions of a section at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.engine.program import AGENCY
from advisor.model.case import Case
from advisor.model.vocabulary import Question
from advisor.service.question_order import partner_number
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import page, see_other
from advisor.web.pages.fields import text
from advisor.web.pages.intake.case_fields import said_about
from advisor.web.pages.intake.form_fields import number as number_of
from advisor.web.pages.intake.panel import IntakePage, intake_values
from advisor.web.pages.intake.progress import PARTNER_LIST, Form, FormSection, SectionProgress
from advisor.web.pages.intake.saver import Saved, partner_name
from advisor.web.pages.intake.submission import SentForm, after, base_of, diverged_page, errors_of, received, save
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]
From = Annotated[str, Query(alias="from")]


@dataclass(frozen=True, kw_only=True)
class SectionPage(IntakePage):
    """A few questions, about the agency or a partner."""

    template = "intake/section.html.j2"
    section: Annotated[FormSection, "the section, and about whom"]
    part: Annotated[SectionProgress, "how far it is"]
    partner: Annotated[str | None, "the partner by name; None for the agency"]
    questions: Annotated[Sequence[Question], "the questions"]
    given: Annotated[Mapping[str, tuple[str, ...]], "what is said so far, by field"]
    offered: Annotated[Callable[[str], tuple[str, ...]], "the options of a question that can be chosen in this case"]
    revision: Annotated[int, "the revision that the form is made from"]
    is_first: Annotated[bool, "whether nothing comes before it"]


@router.get("/cases/{case_id}/sections/{section}", name="section")
def section(request: Request, who: Who, case_id: str, section: str, start: From = "", at: str = "") -> Response:
    """A few questions about the agency, from one on, or those among which one is."""
    return _ask(request, who, case_id, FormSection(section), start, at)


@router.post("/cases/{case_id}/sections/{section}", name="save-section")
def save_section(request: Request, who: Who, case_id: str, section: str, posted: Posted) -> Response:
    """Save the answers to a few questions about the agency."""
    return _take(request, who, case_id, FormSection(section), posted)


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


def _stop(section: str, number: int) -> FormSection:
    if number < 1:
        raise NotFoundError
    return FormSection(section, number - 1)


def _form(request: Request, case: Case) -> Form:
    return Form(case, site_of(request).service.loaded.relevance)


def _ask(request: Request, who: Visitor, case_id: str, section: FormSection, start: str, at: str) -> Response:
    saved = site_of(request).store.cases.read(who.person, case_id)
    made = _form(request, saved.file.case)
    partner_name(saved.file.case, section.partner)
    if not made.of(section):
        raise NotFoundError
    questions = made.page(section, start or made.page_with(section, at))
    given = said_about(saved.file.case, partner_name(saved.file.case, section.partner)) or {}
    return _page(request, who, saved, section, questions, given, saved.entry.revision)


def _page(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    section: FormSection,
    questions: Sequence[Question],
    given: Mapping[str, tuple[str, ...]],
    revision: int,
    status: int = 200,
    errors: Sequence[FieldError] = (),
) -> Response:
    made = _form(request, saved.file.case)
    context = SectionPage(
        **intake_values(request, who, saved),
        section=section,
        part=made.part(section),
        partner=partner_name(saved.file.case, section.partner),
        questions=questions,
        given=given,
        offered=lambda question: made.vocabulary.questions[question].offered(made.answers(section.partner)),
        revision=revision,
        is_first=not questions or (made.before(section, questions[0].id) is None and made.neighbour(section, -1) is None),
    )
    return page(request, who, context, status=status, errors=errors)


def _take(request: Request, who: Visitor, case_id: str, section: FormSection, posted: FormData) -> Response:
    site = site_of(request)
    base = base_of(request, who, case_id, number_of(posted, "revision"))
    made = _form(request, base.file.case)
    partner_name(base.file.case, section.partner)
    sent = received(posted, made.of(section), section.partner)
    if not made.of(section):
        raise NotFoundError
    if errors := errors_of(sent, site.templates):
        asked = [q for q in made.of(section) if q.id in sent.reading.questions]
        typed = dict(sent.reading.typed)
        return _page(request, who, base, section, asked, typed, sent.revision, status=422, errors=errors)
    outcome = save(request, who, case_id, sent)
    if not isinstance(outcome, Saved):
        return diverged_page(request, who, posted, [sent], outcome)
    return _go(request, outcome, section, sent, text(posted, "go"))


def _go(request: Request, outcome: Saved, section: FormSection, sent: SentForm, go: str) -> Response:
    """On to the questions after, back to those before, or to the list."""
    case_id, made = outcome.saved.entry.id, _form(request, outcome.saved.file.case)
    told = after(outcome, made.relevance)
    gone = section.partner != AGENCY and outcome.partner is None
    asked = sent.reading.questions
    if go == "list" or gone or not asked:
        return see_other(request, "case", case_id=case_id, **told)
    if outcome.partner is not None:
        section = FormSection(section.id, partner_number(outcome.saved.file.case, outcome.partner))
    if go == "back":
        start = made.before(section, asked[0])
        if start is not None:
            return _see(request, case_id, section, start, told)
        target, start = made.neighbour(section, -1), ""
        if target is not None and target != PARTNER_LIST:
            start = made.last_page(target)
    else:
        start = made.following(section, asked[-1])
        target = section if start else made.neighbour(section, 1)
    return _see(request, case_id, target, start, told)


def _see(request: Request, case_id: str, section: FormSection | None, start: str, told: dict[str, object]) -> Response:
    if section is None:
        return see_other(request, "case", case_id=case_id, **told)
    if section == PARTNER_LIST:
        return see_other(request, "partners", case_id=case_id, **told)
    place = {"case_id": case_id, "section": section.id, "from": start, **told}
    if section.partner == AGENCY:
        return see_other(request, "section", **place)
    return see_other(request, "partner-section", number=section.partner + 1, **place)
