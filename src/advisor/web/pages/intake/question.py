"""One page of questions after another: always the one that is worth most now, about every partner at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.engine.program import AGENCY, Slot
from advisor.interview import PARTNERS_STEP, WORDS_STEP, InterviewStep
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.vocabulary import Question, Vocabulary
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import page, see_other
from advisor.web.pages.fields import text
from advisor.web.pages.intake.case_fields import said_about
from advisor.web.pages.intake.form_fields import number
from advisor.web.pages.intake.panel import IntakePage, intake_values, saved_state
from advisor.web.pages.intake.saver import Saved, partner_name
from advisor.web.pages.intake.steps import (
    MAIN_ANSWER_STEP,
    best,
    left_open,
    read_been,
    read_step,
    slots_on,
    write_been,
    write_step,
)
from advisor.web.pages.intake.submission import SentForm, after, base_of, diverged_page, errors_of, received, save
from advisor.web.pages.intake.way_back import go_back, way_back
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
WAIT = 2.0  # nobody waits longer for a question; after that the essential ones come in order

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question on a page: about whom, what its fields begin with, what is said so far by field, and what can be chosen."""

    id: str
    partner: str | None
    prefix: str
    given: Mapping[str, tuple[str, ...]]
    offered: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QuestionPage(IntakePage):
    """A question about the agency or about each partner, or a few that go together."""

    template = "intake/question.html.j2"
    asked: Annotated[Sequence[AskedQuestion], "the questions"]
    revision: Annotated[int, "the revision that the form is made from"]
    back: Annotated[str, "the page that it was asked from, to come back to; nothing among the questions one after another"]
    left: Annotated[bool, "whether this session left it open before"]
    by_thing: Annotated[frozenset[str], "the questions that are put of each thing that they ask among, by itself"]


@dataclass(frozen=True, kw_only=True)
class EnoughPage(IntakePage):
    """Nothing that is still open can change the advice."""

    template = "intake/enough.html.j2"
    left: Annotated[Sequence[InterviewStep], "the pages left open in this session, in their order"]
    undecided: Annotated[bool, "whether that could not be decided in time"]


@router.get("/cases/{case_id}/next", name="next")
def next_(request: Request, who: Who, case_id: str, been: str = "") -> Response:
    """On to the best next page after those of this session, or to the moment when the main answer is told."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    case, relevance = saved.file.case, site.service.loaded.relevance
    steps = read_been(been, site.service.vocabulary)
    wanted: InterviewStep | None = WORDS_STEP
    undecided = False
    if steps or case.words or case.answers:  # a new case begins with free words
        state = saved_state(request, saved, steps, WAIT)
        if state is not None and state.outcome.as_far_as_known and MAIN_ANSWER_STEP not in steps:
            return see_other(request, "main-answer", case_id=case_id, been=write_been(steps), **_told(request))
        wanted, undecided = best(case, steps, state, relevance), state is None
    if wanted in (WORDS_STEP, PARTNERS_STEP):
        return see_other(request, write_step(wanted), case_id=case_id, been=write_been(steps) or "-", **_told(request))
    if wanted is None:
        values = intake_values(request, who, saved, been=steps)
        return page(request, who, EnoughPage(**values, left=left_open(case, steps, relevance), undecided=undecided))
    return see_other(request, "question", case_id=case_id, step=write_step(wanted), been=write_been(steps), **_told(request))


@router.get("/cases/{case_id}/questions/{step}", name="question")
def question(request: Request, who: Who, case_id: str, step: str, been: str = "", back: str = "", left: str = "") -> Response:
    """The page that asks a question."""
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    case, vocabulary = saved.file.case, site.service.vocabulary
    wanted, steps = read_step(step, vocabulary), read_been(been, vocabulary)
    slots = slots_on(wanted, case, site.service.loaded.relevance) if wanted else ()
    if wanted is None or not slots:
        return see_other(request, "next", case_id=case_id, been=been)
    asked = _asked(case, slots, vocabulary)
    back = way_back(back, site.templates.url("case", case_id=case_id))
    passed = bool(left) or wanted in steps
    return _page(request, who, saved, wanted, steps, asked, saved.entry.revision, back=back, left=passed and _is_open(asked))


@router.post("/cases/{case_id}/questions/{step}", name="save-question")
def save_question(request: Request, who: Who, case_id: str, step: str, posted: Posted) -> Response:
    """Save the answers, or leave the page open in this session, and go on, back, or where one came from."""
    site = site_of(request)
    vocabulary, relevance = site.service.vocabulary, site.service.loaded.relevance
    base = base_of(request, who, case_id, number(posted, "revision"))
    case, go = base.file.case, text(posted, "go")
    back = way_back(text(posted, "back"), site.templates.url("case", case_id=case_id))
    steps, wanted = read_been(text(posted, "been"), vocabulary), read_step(step, vocabulary)
    slots = slots_on(wanted, case, relevance) if wanted else ()
    if wanted is None or not slots:
        raise NotFoundError
    if go == "skip":
        return _go(request, case_id, go, (*steps, wanted), back)
    sent = _sent(posted, slots, vocabulary.questions)
    said = any(options for each in sent for options in each.reading.typed.values())
    errors = [error for each in sent for error in errors_of(each, site.templates)]
    if not said and go == "on" and not back:
        errors = [FieldError(sent[0].prefix + slots[0][1], site.templates.word("intake.choose-one"))]
    if errors:
        asked = _asked(case, slots, vocabulary, sent)
        return _page(request, who, base, wanted, steps, asked, sent[0].revision, back=back, errors=errors)
    if not said and not any(each.given.get(each.id) for each in _asked(case, slots, vocabulary)):
        return _go(request, case_id, go, steps, back)  # on the way back or out, with nothing said
    outcome = save(request, who, case_id, *sent)
    if not isinstance(outcome, Saved):
        return diverged_page(request, who, posted, sent, outcome)
    been = steps if go == "back" else (*steps, wanted)
    return _go(request, case_id, go, been, back, after(outcome, relevance))


def _sent(posted: FormData, slots: Sequence[Slot], questions: Mapping[str, Question]) -> list[SentForm]:
    """What the page's forms say, about the agency or about each partner."""
    asked: dict[int, list[Question]] = {}
    for owner, name in slots:
        asked.setdefault(owner, []).append(questions[name])
    return [received(posted, own, owner, _prefix(owner)) for owner, own in asked.items()]


def _asked(case: Case, slots: Sequence[Slot], vocabulary: Vocabulary, sent: Sequence[SentForm] = ()) -> list[AskedQuestion]:
    """The questions of a page, with what was sent, or else with what is saved."""
    typed, found = {each.partner: each.reading.typed for each in sent}, []
    for owner, name in slots:
        partner = partner_name(case, owner)
        said = said_about(case, partner) or {}
        offered = vocabulary.questions[name].offered(said)
        found.append(AskedQuestion(name, partner, _prefix(owner), typed.get(owner, said), offered))
    return found


def _by_thing(asked: Sequence[AskedQuestion], loaded: Loaded) -> frozenset[str]:
    """Which of the questions on a page are put of each thing by itself: those worded so, where there are several."""
    stated = frozenset(each.id for each in asked if loaded.wording.questions[each.id].statement)
    return stated if len(stated) > 1 else frozenset()


def _is_open(asked: Sequence[AskedQuestion]) -> bool:
    """Whether no question of a page has an answer."""
    return not any(each.given.get(each.id) for each in asked)


def _prefix(owner: int) -> str:
    """What the fields about a partner begin with on a page about all of them."""
    return "" if owner == AGENCY else f"{owner + 1}."


def _page(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    step: InterviewStep,
    been: Sequence[InterviewStep],
    asked: Sequence[AskedQuestion],
    revision: int,
    back: str,
    errors: Sequence[FieldError] = (),
    left: bool = False,
) -> Response:
    values = intake_values(request, who, saved, been=been, here=step)
    by_thing = _by_thing(asked, site_of(request).service.loaded)
    context = QuestionPage(**values, asked=asked, revision=revision, back=back, left=left, by_thing=by_thing)
    return page(request, who, context, status=422 if errors else 200, errors=errors)


def _go(
    request: Request, case_id: str, go: str, been: Sequence[InterviewStep], back: str, told: Mapping[str, object] | None = None
) -> Response:
    """Back to where one came from, on to the next page, back to the one before, or out to the list."""
    told = told or {}
    if back:
        return go_back(back, said="answer-saved" if told else "", **told)
    if go == "list" or (go == "back" and not been):
        return see_other(request, "case", case_id=case_id, **told)
    if go == "back" and been[-1].question in site_of(request).service.vocabulary.questions:
        before = write_step(been[-1])
        return see_other(request, "question", case_id=case_id, step=before, been=write_been(been[:-1]), left="1", **told)
    if go == "back":
        return see_other(request, write_step(been[-1]), case_id=case_id, been=write_been(been[:-1]) or "-", **told)
    return see_other(request, "next", case_id=case_id, been=write_been(been), **told)


def _told(request: Request) -> dict[str, str]:
    """What the page before wanted told, for the page after."""
    return {name: request.query_params[name] for name in ("merged", "aside") if name in request.query_params}
