"""`why`, `why-not`, `settle`, `next` and `reach`: what is asked about the advice on one case."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.analysis import reports
from advisor.analysis.goals import read_slots
from advisor.store.records import Person, SavedCase
from advisor.web.api.bodies import (
    CaseInQuestion,
    NextBody,
    ReachBody,
    RequestBody,
    SettleBody,
    Subject,
    WhyBody,
    WhyNotBody,
    read_asked,
    read_subject,
    request_body,
)
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.responses import content, respond
from advisor.web.auth import api_person, check_scope
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)

Caller = Annotated[Person, Depends(api_person)]
Body = Annotated[RequestBody, Depends(request_body)]
Asked = TypeVar("Asked", bound=Subject)


def saved_reader(request: Request, person: Person) -> Callable[[str], SavedCase]:
    """What reads a saved case that a body names by its id, where the token of the request is for reading."""

    def read(name: str) -> SavedCase:
        check_scope(request, "read")
        return site_of(request).store.cases.read(person, name)

    return read


def read_query(request: Request, person: Person, body: RequestBody, model: type[Asked]) -> tuple[Asked, CaseInQuestion]:
    """What is asked, and the case it is asked about. Raises `InputError` with every problem of both."""
    site = site_of(request)
    asked, problems = read_asked(body, model, site.service.vocabulary)
    return asked, read_subject(asked, (), problems, site.service.vocabulary, saved_reader(request, person))


@operation(router, "POST", "/why", "why", "advice", gives("WhyReport"), takes="WhyBody", fails=(404,), scope="assess")
def why(request: Request, person: Caller, body: Body) -> Response:
    """Say why something is recommended.

    A tree for each conclusion that the name means: the rules that fired, the answers under them and the sources they
    rest on, in ids and in words. A conclusion that stands in the tree already is only named `again`.
    """
    asked, about = read_query(request, person, body, WhyBody)
    service = site_of(request).service
    return respond(content(asdict(service.why(about.case, asked.of))))


@operation(
    router, "POST", "/why-not", "whyNot", "advice", gives("WhyNotReports"), takes="WhyNotBody", fails=(404,), scope="assess"
)
def why_not(request: Request, person: Caller, body: Body) -> Response:
    """Say why something is not recommended.

    The rules that could have given the conclusion, nearest first, and the answers that kept them from it.
    """
    asked, about = read_query(request, person, body, WhyNotBody)
    found = site_of(request).service.why_not(about.case, asked.goal)
    return respond(reports.to_json(reports.why_not_reports(found, about.case, asked.most)).encode())


@operation(
    router,
    "POST",
    "/settle",
    "settle",
    "open questions",
    gives("SettledReport"),
    takes="SettleBody",
    fails=(404,),
    scope="assess",
)
def settle(request: Request, person: Caller, body: Body) -> Response:
    """Tell what of the advice already stands.

    Of every conclusion: whether it is true however the open questions turn out, still open, or out of the question.
    What could not be decided in time stands under `not-decided`.
    """
    asked, about = read_query(request, person, body, SettleBody)
    found = site_of(request).service.settle(about.case, seconds=asked.seconds, caller=person.id)
    return respond(reports.to_json(reports.settled_report(found)).encode())


@operation(
    router, "POST", "/next", "nextQuestion", "open questions", gives("NextReport"), takes="NextBody", fails=(404,), scope="assess"
)
def ask_next(request: Request, person: Caller, body: Body) -> Response:
    """Name the question that is worth most now.

    Only a question that can still change the advice is named; `ask` is null where none can any more. Ask it, add the
    answer to the case (or the question to `skip`), and ask again.
    """
    asked, about = read_query(request, person, body, NextBody)
    service, case = site_of(request).service, about.case
    skip = read_slots(asked.skip, service.vocabulary, [partner.name for partner in case.partners])
    found = service.next_question(case, skip, seconds=asked.seconds, caller=person.id)
    return respond(reports.to_json(reports.next_report(found, case)).encode())


@operation(router, "POST", "/reach", "reach", "what if", gives("ReachReport"), takes="ReachBody", fails=(404,), scope="assess")
def reach(request: Request, person: Caller, body: Body) -> Response:
    """Find the smallest changes of answers that reach a goal.

    All ways that cost the least: answers to change (and who can change them), and open questions that have to turn out
    so. Where nothing reaches the goals, the answers that stand in the way.
    """
    asked, about = read_query(request, person, body, ReachBody)
    service = site_of(request).service
    found = service.reach(about.case, asked.goals, asked.keep, seconds=asked.seconds, caller=person.id)
    return respond(reports.to_json(reports.reach_report(found, asked.goals, about.case)).encode())
