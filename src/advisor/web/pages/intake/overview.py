"""The list of what there is to do in a case, and the state of the advice by itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.engine.program import AGENCY
from advisor.model.case import Case
from advisor.store.records import SavedChange
from advisor.web.auth import Visitor, visitor
from advisor.web.kept import KeptNotice, kept_notice
from advisor.web.page import page
from advisor.web.pages.intake.panel import IntakePage, intake_values
from advisor.web.pages.intake.progress import PARTNER_LIST, Form, SectionProgress
from advisor.web.pages.intake.steps import read_been
from advisor.web.site import site_of

router = APIRouter()
WAIT = 4.0  # seconds that a request for the state alone waits for it to be worked out

Who = Annotated[Visitor, Depends(visitor)]


@dataclass(frozen=True, kw_only=True)
class OverviewPage(IntakePage):
    """The list of what there is to do."""

    template = "intake/overview.html.j2"
    agency: Annotated[Sequence[SectionProgress], "the sections about the agency, and how far each is"]
    partners: Annotated[Sequence[SectionProgress], "how far each partner is"]
    silent: Annotated[Sequence[str], "the sections in which nothing is asked as things are"]
    set_aside: Annotated[Sequence[tuple[str, str]], "answers that do not count now, by partner and question"]
    answer_of: Annotated[Callable[[str, str], tuple[str, ...]], "the answer of a partner (or the agency) to a question"]
    last: Annotated[SavedChange | None, "the answer that was saved last, where the last save held one"]
    kept: Annotated[KeptNotice, "how long the case is kept"]
    words_said: Annotated[int, "how many of the free words are said"]


@dataclass(frozen=True, kw_only=True)
class StatePage(IntakePage):
    """The state of the advice; its block is the panel alone."""

    template = "intake/state.html.j2"
    block = "fragment"


@router.get("/cases/{case_id}", name="case")
def case(request: Request, who: Who, case_id: str) -> Response:
    """The list of what there is to do."""
    saved = site_of(request).store.cases.read(who.person, case_id)
    made = Form(saved.file.case, site_of(request).service.loaded.relevance)
    parts = [made.part(section) for section in made.sections() if section != PARTNER_LIST]
    asked = {part.section.id for part in parts}
    context = OverviewPage(
        **intake_values(request, who, saved),
        agency=[part for part in parts if part.section.partner == AGENCY],
        partners=[made.about(number) for number in range(len(saved.file.case.partners))],
        silent=[section for section in made.vocabulary.sections if section not in asked and not _of_partners(made, section)],
        set_aside=made.facts.set_aside,
        answer_of=lambda partner, question: _answer(saved.file.case, partner, question),
        last=_last(request, who, case_id),
        kept=kept_notice(site_of(request), case_id),
        words_said=len(saved.file.case.words),
    )
    return page(request, who, context)


@router.get("/cases/{case_id}/state", name="state")
def state(request: Request, who: Who, case_id: str, been: str = "") -> Response:
    """The state of the advice: for htmx the panel alone, otherwise a page."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    steps = read_been(been, site.service.vocabulary)
    return page(request, who, StatePage(**intake_values(request, who, saved, been=steps, wait=WAIT)))


def _of_partners(made: Form, section: str) -> bool:
    return all(q.asked == "partner" for q in made.vocabulary.questions.values() if q.section == section)


def _answer(case: Case, partner: str, question: str) -> tuple[str, ...]:
    answers = case.answers if not partner else next(p.answers for p in case.partners if p.name == partner)
    return answers[question]


def _last(request: Request, who: Visitor, case_id: str) -> SavedChange | None:
    """The answer that was saved last, where the last save held one."""
    saves = site_of(request).store.cases.history(who.person, case_id, limit=1).items
    asked = site_of(request).service.vocabulary.questions
    mine = (change for save in saves if save.how in ("saved", "merged") for change in save.changes)
    answers = [change for change in mine if change.kind == "answer" and change.question in asked]
    return answers[-1] if answers else None
