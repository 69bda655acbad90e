"""All answers of a case on one page, to be checked, changed and printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.engine.program import AGENCY
from advisor.web.auth import Visitor, visitor
from advisor.web.page import page
from advisor.web.pages.intake.case_fields import note_field, said_about
from advisor.web.pages.intake.panel import IntakePage, intake_values
from advisor.web.pages.intake.progress import PARTNER_LIST, Form, FormSection
from advisor.web.pages.intake.saver import partner_name
from advisor.web.site import site_of

router = APIRouter()


@dataclass(frozen=True, slots=True)
class AskedAnswer:
    """A question with its answer (none: open) and the notes to it."""

    question: str
    answer: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnsweredSection:
    """A section of the form, about whom (None: the agency), with what was answered."""

    section: FormSection
    partner: str | None
    answers: tuple[AskedAnswer, ...]


@dataclass(frozen=True, kw_only=True)
class AnswersPage(IntakePage):
    """All answers."""

    template = "intake/answers.html.j2"
    sections: Annotated[Sequence[AnsweredSection], "the sections in the order of the form, with what was answered"]


@router.get("/cases/{case_id}/answers", name="answers")
def answers(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str) -> Response:
    """All questions of the case and their answers, by part."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    made = Form(saved.file.case, site_of(request).service.loaded.relevance)
    sections = [_answered(made, section) for section in made.sections() if section != PARTNER_LIST]
    return page(request, who, AnswersPage(**intake_values(request, who, saved), sections=sections))


def _answered(made: Form, section: FormSection) -> AnsweredSection:
    partner = None if section.partner == AGENCY else partner_name(made.case, section.partner)
    said = said_about(made.case, partner) or {}
    found = []
    for question in made.questions(section):
        fields = (note_field(question.id, option) for option in ("", *question.options))
        notes = tuple(said[field][0] for field in fields if said.get(field))
        found.append(AskedAnswer(question.id, said.get(question.id, ()), notes))
    return AnsweredSection(section, partner, tuple(found))
