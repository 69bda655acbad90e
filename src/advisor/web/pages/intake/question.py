"""One question after another: one a page, always the one that is worth most now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.interview import PARTNERS_STEP, WORDS_STEP, InterviewStep
from advisor.service.question_order import slot_of
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import page, see_other
from advisor.web.pages.fields import text
from advisor.web.pages.intake.case_fields import said_about
from advisor.web.pages.intake.form import number
from advisor.web.pages.intake.panel import IntakePage, intake_values, saved_state
from advisor.web.pages.intake.saver import Saved
from advisor.web.pages.intake.steps import best, is_relevant, passed, read_been, read_step, write_been, write_step
from advisor.web.pages.intake.submission import after, base_of, diverged_page, errors_of, received, save
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
WAIT = 2.0  # nobody waits longer for a question; after that the essential ones come in order

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class QuestionPage(IntakePage):
    """One question."""

    template = "intake/question.html.j2"
    step: Annotated[InterviewStep, "the question, and about whom"]
    given: Annotated[Mapping[str, tuple[str, ...]], "what is said so far, by field"]
    offered: Annotated[Callable[[str], tuple[str, ...]], "the options of the question that can be chosen in this case"]
    revision: Annotated[int, "the revision that the form is made from"]


@dataclass(frozen=True, kw_only=True)
class EnoughPage(IntakePage):
    """Nothing that is still open can change the advice."""

    template = "intake/enough.html.j2"
    left: Annotated[Sequence[InterviewStep], "the questions left open in this session, in their order"]
    undecided: Annotated[bool, "whether that could not be decided in time"]


@router.get("/cases/{case_id}/next", name="next")
def next_(request: Request, who: Who, case_id: str, been: str = "", at: str = "") -> Response:
    """The best next question after those of this session, or the one asked for by its name."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    case, vocabulary, relevance = saved.file.case, site.service.vocabulary, site.service.loaded.relevance
    steps = read_been(been, case, vocabulary)
    wanted, undecided = read_step(at, case, vocabulary), False
    if wanted is None and not steps and not (case.words or case.answers):  # a new case begins with free words
        wanted = WORDS_STEP
    if wanted is None or (wanted != WORDS_STEP and not is_relevant(case, wanted, relevance)):
        state = saved_state(request, saved, steps, WAIT)
        wanted, undecided = best(case, steps, state, relevance), state is None
    if wanted == WORDS_STEP:
        return see_other(request, "words", case_id=case_id, been=write_been(steps, case) or "-", **_told(request))
    if wanted == PARTNERS_STEP:
        return see_other(request, "partners", case_id=case_id, been=write_been(steps, case) or "-", **_told(request))
    if wanted is None:
        left = [step for step in passed(case, steps) if step != PARTNERS_STEP and is_relevant(case, step, relevance)]
        left.sort(key=steps.index)
        values = intake_values(request, who, saved, been=steps)
        return page(request, who, EnoughPage(**values, left=left, undecided=undecided))
    return _question(request, who, saved, wanted, steps, said_about(case, wanted.partner) or {}, saved.entry.revision)


@router.post("/cases/{case_id}/next", name="save-next")
def save_next(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """Save the answer, or leave the question open in this session, and go on or back."""
    site = site_of(request)
    vocabulary = site.service.vocabulary
    base = base_of(request, who, case_id, number(posted, "revision"))
    case = base.file.case
    steps, step = read_been(text(posted, "been"), case, vocabulary), read_step(text(posted, "step"), case, vocabulary)
    if step is None or step in (PARTNERS_STEP, WORDS_STEP):
        raise NotFoundError
    go = text(posted, "go")
    if go == "skip":
        return _go(request, base, go, (*steps, step))
    sent = received(posted, [vocabulary.questions[step.question]], slot_of(step, case)[0])
    typed = sent.reading.typed.get(step.question, ())
    errors = errors_of(sent.reading, site.templates)
    if not typed and go not in ("back", "list"):
        errors = [FieldError(step.question, site.templates.word("intake.choose-one"))]
    if errors:
        return _question(request, who, base, step, steps, sent.reading.typed, sent.revision, status=422, errors=errors)
    said_before = said_about(case, step.partner) or {}
    if not any(sent.reading.typed.values()) and not any(said_before.get(field) for field in sent.reading.typed):
        # on the way back or out, with nothing said
        return _go(request, base, go, steps)
    outcome = save(request, who, case_id, sent)
    if not isinstance(outcome, Saved):
        again = {"go": go, "step": write_step(step, case), "been": write_been(steps, case)}
        return diverged_page(request, who, sent, outcome, again)
    named = InterviewStep(step.question, outcome.partner)
    been = steps if go == "back" else (*steps, named)
    return _go(request, outcome.saved, go, been, after(outcome, site.service.loaded.relevance))


def _question(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    step: InterviewStep,
    steps: Sequence[InterviewStep],
    given: Mapping[str, tuple[str, ...]],
    revision: int,
    status: int = 200,
    errors: Sequence[FieldError] = (),
) -> Response:
    values = intake_values(request, who, saved, been=steps, here=step)
    case, asked = saved.file.case, site_of(request).service.vocabulary.questions[step.question]
    answers = case.answers if step.partner is None else next(p.answers for p in case.partners if p.name == step.partner)
    offered = asked.offered(answers)
    context = QuestionPage(**values, step=step, given=given, offered=lambda _: offered, revision=revision)
    return page(request, who, context, status=status, errors=errors)


def _go(
    request: Request, saved: SavedCase, go: str, been: Sequence[InterviewStep], told: dict[str, object] | None = None
) -> Response:
    """On to the next question, back to the one before, or out to the list."""
    case_id, case, told = saved.entry.id, saved.file.case, told or {}
    if go == "list" or (go == "back" and not been):
        return see_other(request, "case", case_id=case_id, **told)
    if go == "back":
        at, been = write_step(been[-1], case), been[:-1]
        return see_other(request, "next", case_id=case_id, been=write_been(been, case), at=at, **told)
    return see_other(request, "next", case_id=case_id, been=write_been(been, case), **told)


def _told(request: Request) -> dict[str, str]:
    """What the page before wanted told, for the page after."""
    return {name: request.query_params[name] for name in ("merged", "aside") if name in request.query_params}
