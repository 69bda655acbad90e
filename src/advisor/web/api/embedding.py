"""What a part of another site's page asks: its words, a question to put, and the advice as it is read first."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from advisor.analysis.deadline import NotDecidedError
from advisor.analysis.goals import read_slots
from advisor.interview import PARTNERS_STEP
from advisor.model.problems import Problems
from advisor.model.references import QuestionRef, read_questions
from advisor.render.first_page import first_page
from advisor.render.question_put import question_put
from advisor.service.question_order import step_in_turn, step_of
from advisor.web.api.bodies import BODY, AskBody, InterviewBody, Subject
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.queries import Body, Caller, read_query
from advisor.web.api.responses import content, respond, versioned
from advisor.web.other_origins import TO_EVERY_SITE
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


class ComponentWords(TypedDict):
    """What the web component says, by key, and in which language. Blanks are written `{{ name }}`."""

    language: str
    words: dict[str, str]


@operation(router, "GET", "/words", "componentWords", "questions", gives("ComponentWords", etag=True), known=False)
def component_words(request: Request) -> Response:
    """List what the web component says.

    Pages of every site may read it, and it needs no token: one that may ask nothing else can say so.
    """
    wording = site_of(request).service.wording
    record: ComponentWords = {"language": wording.language, "words": dict(wording.pages["embedded"])}
    return versioned(request, content(record), **TO_EVERY_SITE)


class InterviewStepReport(TypedDict):
    """What to ask next: who the partners are, or a question, about whom; `nothing` where nothing can change the advice."""

    step: Literal["partners", "question", "nothing"]
    question: str | None
    partner: str | None
    main_answer_stands: bool


@operation(
    router,
    "POST",
    "/next-step",
    "nextStep",
    "open questions",
    gives("InterviewStepReport"),
    takes="InterviewBody",
    fails=(404,),
    scope="assess",
)
def ask_next_step(request: Request, person: Caller, body: Body) -> Response:
    """Name what an interview asks next, in the order of the pages.

    First what the situation is, then who the partners are, then what is worth most, with what belongs with it. Ask it, add the
    answer to the case (or the question to `skip`), and ask again. Where the time is over, the essential questions come in order.
    """
    asked, about = read_query(request, person, body, InterviewBody)
    service, case = site_of(request).service, about.case
    names = [partner.name for partner in case.partners]
    skip = read_slots(asked.skip, service.vocabulary, names)
    before = next(
        (step_of(slot, case) for slot in read_slots([asked.after] if asked.after else [], service.vocabulary, names)), None
    )
    left_out = {step_of(slot, case) for slot in skip} | ({PARTNERS_STEP} if asked.named or names else set())
    try:
        state = service.state(case, skip, seconds=asked.seconds, caller=person.id)
    except NotDecidedError:
        state = None
    step = step_in_turn(case, frozenset(left_out), state, service.loaded.relevance, before)
    report: InterviewStepReport = {
        "step": "nothing" if step is None else "partners" if step == PARTNERS_STEP else "question",
        "question": step.question or None if step else None,
        "partner": step.partner if step else None,
        "main_answer_stands": state is not None and state.outcome.stands,
    }
    return respond(content(report))


@operation(router, "POST", "/question", "askQuestion", "questions", gives("QuestionPut"), takes="AskBody", fails=(404,))
def ask_question(request: Request, person: Caller, body: Body) -> Response:
    """Put one question.

    As it is asked beside the answers of a case: in words, with the options that can be chosen and those that are.
    """
    asked, about = read_query(request, person, body, AskBody)
    service, case = site_of(request).service, about.case
    problems = Problems(BODY)
    refs = read_questions([asked.question], service.vocabulary, [partner.name for partner in case.partners], problems)
    if not problems.found and QuestionRef.parse(asked.question).partner is None and refs[:1] != (QuestionRef(asked.question),):
        problems.add("partner-to-name", found=asked.question)
    problems.raise_if_any()
    return respond(content(question_put(refs[0], case, service.loaded)))


@operation(router, "POST", "/first-page", "firstPage", "advice", gives("FirstPage"), takes="Subject", fails=(404,))
def read_first_page(request: Request, person: Caller, body: Body) -> Response:
    """Give the advice as it is read first.

    The verdict, how close, in what form, what to sign, what to settle and what to do, in words, each with its reasons.
    """
    _, about = read_query(request, person, body, Subject)
    service = site_of(request).service
    return respond(content(first_page(service.assess(about.case, caller=person.id), about.case, service.loaded)))
