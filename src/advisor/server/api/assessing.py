"""`assess`: the advice on a case that is sent. What other programs ask most, so it takes the shortest way."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from advisor import rendering
from advisor.advice import Advice
from advisor.case_reader import parse_case
from advisor.server.access import api_person
from advisor.server.api.answering import acceptable, answered
from advisor.server.api.bodies import Sent, in_scenario, read_case_sent, sent
from advisor.server.api.operations import HTML, JSON, MARKDOWN, ROOT, TEXT, Direct, Gives, operation
from advisor.server.counsel import Counsel
from advisor.server.services import services

router = APIRouter(prefix=ROOT)
FORMS = (JSON, MARKDOWN, HTML)
AT_ONCE = 64 * 1024  # bytes of a case that is assessed without a thread

Scenario = Annotated[str, Query(max_length=200, description="A scenario of the case, instead of the case as it stands.")]
Marks = Annotated[bool, Query(description="Tell of each conclusion whether it is settled, whatever is still unknown.")]
Full = Annotated[bool, Query(description="As Markdown: everything, not only what is read in two minutes.")]


@operation(
    router,
    "POST",
    "/assess",
    "assess",
    "advice",
    Gives(200, ((JSON, "Advice"), (MARKDOWN, TEXT), (HTML, TEXT))),
    takes="CaseFile",
    fails=(406,),
    route=Direct,
)
async def assess(request: Request, scenario: Scenario = "", marks: Marks = False, full: Full = False) -> Response:
    """Give the advice on a case.

    The body is a case as a case file holds it. As JSON the advice is byte for byte what `advisor assess --format json`
    prints (with `marks`; `--quick` without). Nothing is kept.
    """
    desk = services(request)
    if desk.settings.database.startswith("sqlite:"):
        person = api_person(request)
    else:  # a database across a network may keep one waiting
        person = await run_in_threadpool(api_person, request)
    form = acceptable(request.headers.get("accept", ""), FORMS)
    body = await sent(request)
    if marks or form != JSON or not body.as_json or len(body.raw) > AT_ONCE:
        return await run_in_threadpool(_given, desk.counsel, body, person.id, scenario, form, marks, full)
    return _given(desk.counsel, body, person.id, scenario, form, marks, full)  # about a millisecond: a thread would cost more


def _given(counsel: Counsel, body: Sent, person: str, scenario: str, form: str, marks: bool, full: bool) -> Response:
    if scenario or b"scenarios" in body.raw:  # they are checked wherever there are any
        case = in_scenario(read_case_sent(body, counsel.vocabulary), scenario)
    else:
        case = parse_case(body.raw, counsel.vocabulary, as_json=body.as_json)
    if not marks:
        return told(counsel.assess(case), form, counsel, full=full)
    with counsel.heavy(person):
        advice = counsel.assess(case, marks=True)
    return told(advice, form, counsel, full=full)


def told(advice: Advice, form: str, counsel: Counsel, *, full: bool = False) -> Response:
    """Advice in the form that was asked for."""
    return answered(advice_as(advice, form, counsel, full=full), form)


def advice_as(advice: Advice, form: str, counsel: Counsel, *, full: bool = False) -> bytes:
    """The bytes of an advice in a form."""
    if form == MARKDOWN:
        return rendering.markdown(advice, counsel.loaded, full=full).encode()
    if form == HTML:
        return rendering.html(advice, counsel.loaded).encode()
    return rendering.json_bytes(advice)
