"""Reconciling: line by line an answer is chosen or kept open; what was agreed becomes the case when its owner confirms it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.io.case_reader import read_answer
from advisor.model.case import MAX_WORDS
from advisor.model.problems import Problems
from advisor.model.reconciling import AgreedCase, Decision, agreed_case
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import NONE, Question
from advisor.render.consultation_view import ConsultationView
from advisor.store.errors import ConflictError
from advisor.web.auth import Visitor, form, visitor
from advisor.web.consulted import AgreementLine, Consulted, adopt, agreement_lines, consulted
from advisor.web.page import page, see_other
from advisor.web.pages.consultations.lead import LedPage
from advisor.web.pages.fields import text, texts
from advisor.web.pages.intake.form_fields import number
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
ONE = "/cases/{case_id}/consultations/{consultation}"
KEEP_OPEN, OTHER = "keep-open", "other"

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class ReconcilingPage(LedPage):
    """All lines to agree on, and what the case would become."""

    template = "consultations/reconcile.html.j2"
    lines: Annotated[Sequence[AgreementLine], "the lines, those that decide most in front"]
    address_of: Annotated[Callable[[AgreementLine], str], "what a line is called in an address"]
    becomes: Annotated[AgreedCase, "the case with what was agreed"]
    adopted: Annotated[Sequence[Decision], "when what was agreed was taken over"]
    is_owner: Annotated[bool, "whether who looks may take it over"]


@dataclass(frozen=True, kw_only=True)
class LinePage(LedPage):
    """One line to agree on."""

    template = "consultations/line.html.j2"
    line: Annotated[AgreementLine, "the line"]
    line_address: Annotated[str, "what it is called in an address"]
    question: Annotated[Question, "the question"]
    choices: Annotated[Sequence[tuple[str, str, str]], "what can be chosen: its value, what it says, and who holds it"]
    chosen: Annotated[str, "what is chosen"]
    other: Annotated[Sequence[str], "the options of another answer that were chosen"]
    note: Annotated[str, "why"]
    history: Annotated[Sequence[Decision], "what was decided on it, the last in front"]


@router.get(f"{ONE}/reconcile", name="reconciling")
def reconciling(request: Request, who: Who, case_id: str, consultation: str) -> Response:
    """All lines, and what the case would become."""
    return _lines(request, who, consulted(site_of(request), who.person, case_id, consultation, shared=True))


def _lines(request: Request, who: Visitor, made: Consulted, *, status: int = 200, errors: Sequence[FieldError] = ()) -> Response:
    decisions = _decisions(request, who, made)
    shown = ReconcilingPage(
        entry=made.saved.entry,
        consultation=made.consultation,
        lines=agreement_lines(made, decisions) if made.consultation.closed else (),
        address_of=_ref,
        becomes=agreed_case(made.saved.file.case, decisions),
        adopted=[each for each in decisions if each.kind == "adopted"],
        is_owner=made.saved.entry.owner == who.person.id,
    )
    return page(request, who, shown, status=status, errors=errors)


def _decisions(request: Request, who: Visitor, made: Consulted) -> Sequence[Decision]:
    return site_of(request).store.consultations.decisions(who.person, made.saved.entry.id, made.consultation.id)


def _ref(line: AgreementLine) -> str:
    return str(QuestionRef(line.question, line.partner))


@router.get(f"{ONE}/reconcile/line", name="reconciling-line")
def reconciling_line(request: Request, who: Who, case_id: str, consultation: str, line: str = "") -> Response:
    """One line: what was answered, and what is agreed."""
    made = consulted(site_of(request), who.person, case_id, consultation, shared=True)
    found = _found(request, who, made, line)
    if found is None:
        return see_other(request, "reconciling", case_id=case_id, consultation=consultation)
    before = found.decision
    chosen = "" if before is None else KEEP_OPEN if before.kind == "left-open" else _value(before.options)
    known = [_value(position.answer) for position in found.positions]
    other = before.options if before is not None and before.kind == "chosen" and chosen not in known else ()
    return _line(request, who, made, found, OTHER if other else chosen, other, before.note if before else "")


def _found(request: Request, who: Visitor, made: Consulted, ref: str) -> AgreementLine | None:
    if not made.consultation.closed:
        return None
    lines = agreement_lines(made, _decisions(request, who, made))
    return next((each for each in lines if _ref(each) == ref), None)


def _value(options: Sequence[str]) -> str:
    """An answer as the value of a field."""
    return "+".join(options)


def _line(
    request: Request,
    who: Visitor,
    made: Consulted,
    found: AgreementLine,
    chosen: str,
    other: Sequence[str],
    note: str,
    errors: Sequence[FieldError] = (),
) -> Response:
    site = site_of(request)
    assert made.result is not None
    told = ConsultationView(made.result, site.service.loaded)
    choices = [(_value(each.answer), told.speech.answer(found.question, each.answer), told.who(each)) for each in found.positions]
    history = [each for each in _decisions(request, who, made) if each.line == found.line and each.kind != "adopted"]
    shown = LinePage(
        entry=made.saved.entry,
        consultation=made.consultation,
        line=found,
        line_address=_ref(found),
        question=site.service.vocabulary.questions[found.question],
        choices=choices,
        chosen=chosen,
        other=other,
        note=note,
        history=history[::-1],
    )
    return page(request, who, shown, status=422 if errors else 200, errors=errors)


@router.post(f"{ONE}/reconcile/line", name="decide-line")
def decide_line(request: Request, who: Who, case_id: str, consultation: str, posted: Posted) -> Response:
    """Note what was agreed on a line, and go on to the next that nobody talked about."""
    site = site_of(request)
    word = site.templates.word
    made = consulted(site, who.person, case_id, consultation, shared=True)
    found = _found(request, who, made, text(posted, "line"))
    if found is None:
        return see_other(request, "reconciling", case_id=case_id, consultation=consultation)
    chosen, note, other = text(posted, "agreed"), " ".join(text(posted, "note").split()), texts(posted, "options")
    errors = []
    if len(note) > MAX_WORDS:
        errors.append(FieldError("note", word("consultations.note-too-long", found=len(note), most=MAX_WORDS)))
    options: tuple[str, ...] = ()
    if chosen == OTHER:
        options, wrong = _other(request, found, other)
        errors += [FieldError("options", wrong)] if wrong else []
    elif chosen != KEEP_OPEN:
        options = next((each.answer for each in found.positions if _value(each.answer) == chosen), ())
    if not options and chosen != KEEP_OPEN and not errors:
        errors.append(FieldError("agreed", word("consultations.line-choose-one")))
    if errors:
        return _line(request, who, made, found, chosen, other, note, errors)
    site.store.consultations.decide(
        who.person,
        case_id,
        consultation,
        "left-open" if chosen == KEEP_OPEN else "chosen",
        at=site.clock(),
        question=found.question,
        partner=found.partner,
        options=options,
        note=note,
    )
    lines = agreement_lines(made, _decisions(request, who, made))
    onto = next((each for each in lines if each.decision is None), None)
    if onto is None:
        return see_other(request, "reconciling", case_id=case_id, consultation=consultation, said="agreed-saved")
    return see_other(
        request, "reconciling-line", case_id=case_id, consultation=consultation, line=_ref(onto), said="agreed-saved"
    )


def _other(request: Request, found: AgreementLine, sent: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """An answer that nobody gave, and what is wrong with it."""
    site = site_of(request)
    question = site.service.vocabulary.questions[found.question]
    given: Any = [each for each in sent if each]
    if not given:
        return (), site.templates.word("consultations.line-choose-one")
    problems = Problems("")
    options = read_answer(given if question.kind == "several" or len(given) > 1 else given[0], question, "", (), problems)
    if not problems.found:
        return options, "" if options else site.templates.word("consultations.line-choose-one")
    problem, words = problems.found[0], site.service.wording
    return (), site.templates.word(
        f"intake.{problem.code}",
        ask=words.asked(question.id),
        found=problem.found,
        most="".join(problem.allowed[:1]),
        none=words.option(question.id, NONE),
    )


@router.post(f"{ONE}/adopt", name="adopt-agreed")
def adopt_agreed(request: Request, who: Who, case_id: str, consultation: str, posted: Posted) -> Response:
    """Save the case with what was agreed: only its owner may, and only as it was when they saw what it would become."""
    site = site_of(request)
    made = consulted(site, who.person, case_id, consultation, shared=True)
    try:
        before = made.saved.entry.revision
        after = adopt(site, who.person, made, number(posted, "revision")).entry.revision
    except ConflictError:
        again = consulted(site, who.person, case_id, consultation, shared=True)
        errors = [FieldError("", site.templates.word("consultations.changed-meanwhile"))]
        return _lines(request, who, again, status=409, errors=errors)
    done = "agreed-adopted" if after > before else None
    return see_other(request, "reconciling", case_id=case_id, consultation=consultation, said=done)
