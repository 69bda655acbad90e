"""`assess`: the advice on a case that is sent. What other programs ask most, so it takes the shortest way."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from advisor.io.case_reader import parse_case
from advisor.model.advice import Advice
from advisor.render import documents
from advisor.render.advice_brief import brief_json
from advisor.render.documents import Detail
from advisor.service import Service
from advisor.web.api.bodies import RequestBody, read_case_sent, request_body
from advisor.web.api.operations import HTML, JSON, MARKDOWN, ROOT, TEXT, Direct, Gives, operation
from advisor.web.api.responses import acceptable, respond
from advisor.web.auth import api_person
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)
FORMS = (JSON, MARKDOWN, HTML)

Scenario = Annotated[str, Query(max_length=200, description="A scenario of the case, instead of the case as it stands.")]
Marks = Annotated[bool, Query(description="Tell of each conclusion whether it is settled, whatever is still unknown.")]
InDetail = Annotated[
    Literal["line", "paragraph", "brief", "full"],
    Query(
        description="`full`: everything with its sources. `brief`: what is read in two minutes, as JSON an `AdviceBrief`. "
        "`line`: as Markdown, the verdict in a line. Without it JSON is full, and Markdown brief; `paragraph` says the same."
    ),
]
ADVICE = Gives(200, ((JSON, "Advice"), (MARKDOWN, TEXT), (HTML, TEXT)), instead={JSON: "AdviceBrief"})


@operation(
    router,
    "POST",
    "/assess",
    "assess",
    "advice",
    ADVICE,
    takes="CaseFile",
    fails=(406,),
    route=Direct,
    scope="assess",
)
async def assess(request: Request, scenario: Scenario = "", marks: Marks = False, detail: InDetail = "paragraph") -> Response:
    """Give the advice on a case.

    The body is a case as a case file holds it. As JSON the advice is byte for byte what `advisor assess --format json`
    prints (with `marks`; `--no-marks` without); `detail=brief` gives what its first page shows, as data. Nothing is kept.
    """
    body = await request_body(request)
    return await run_in_threadpool(_given, request, body, scenario, marks, detail)  # one way to a thread for all of it


def _given(request: Request, body: RequestBody, scenario: str, marks: bool, detail: str) -> Response:
    person, service = api_person(request), site_of(request).service
    form = acceptable(request.headers.get("accept", ""), FORMS)
    if scenario or b"scenarios" in body.raw:  # they are checked wherever there are any
        case = read_case_sent(body, service.vocabulary).in_scenario(scenario)
    else:
        case = parse_case(body.raw, service.vocabulary, as_json=body.as_json)
    return advice_response(service.assess(case, marks=marks, caller=person.id), form, service, detail=detail)


def advice_response(advice: Advice, form: str, service: Service, *, detail: str = "paragraph") -> Response:
    """Advice in the form that was asked for."""
    return respond(advice_as(advice, form, service, detail=detail), form)


def advice_as(advice: Advice, form: str, service: Service, *, detail: str = "paragraph") -> bytes:
    """The bytes of an advice in a form, in as much detail as `InDetail` says."""
    if form == MARKDOWN:
        told: Detail = "line" if detail == "line" else "full" if detail == "full" else "paragraph"
        return documents.markdown(advice, service.loaded, told).encode()
    if form == HTML:
        return documents.html(advice, service.loaded).encode()
    return brief_json(advice, service.loaded) if detail == "brief" else documents.json_bytes(advice)
