"""`what-if`, `compare`, `sensitivity`, `roadmap` and `picture`: what a planner asks, as values, documents and pictures."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.io.scenario_reader import change_of
from advisor.render import report
from advisor.render.report import Report
from advisor.web.api.bodies import CompareBody, PictureBody, RoadmapBody, SensitivityBody, WhatIfBody, read_asked, read_subject
from advisor.web.api.operations import HTML, JSON, MARKDOWN, ROOT, SVG, TEXT, Gives, operation
from advisor.web.api.queries import Body, Caller, read_query, saved_reader
from advisor.web.api.responses import acceptable, respond
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


def _report(schema: str) -> Gives:
    """A report as values, to read, and as a picture."""
    return Gives(200, ((JSON, schema), (MARKDOWN, TEXT), (HTML, TEXT), (SVG, TEXT)))


@operation(
    router,
    "POST",
    "/what-if",
    "whatIf",
    "what if",
    _report("ComparisonReport"),
    takes="WhatIfBody",
    fails=(404, 406),
    scope="assess",
)
def what_if(request: Request, person: Caller, body: Body) -> Response:
    """Change answers or partners, and see what the advice would be.

    What differs between the case and the changed case, and why: the rules that stopped firing, those that began, and
    the answers behind. Nothing is kept.
    """
    site = site_of(request)
    service = site.service
    asked, problems = read_asked(body, WhatIfBody, service.vocabulary)
    about = read_subject(asked, (), problems, service.vocabulary, saved_reader(request, person))
    before, name = about.case, service.wording.phrases["scenarios"]["what-if"]
    change = change_of(asked.change, ("change",), before, name, service.vocabulary, problems)
    readings = service.what_if(before, change, about.scenario)
    return _told(request, report.comparison(readings, service.loaded, service.engine.name))


@operation(
    router,
    "POST",
    "/compare",
    "compare",
    "what if",
    _report("ComparisonReport"),
    takes="CompareBody",
    fails=(404, 406),
    scope="assess",
)
def compare_cases(request: Request, person: Caller, body: Body) -> Response:
    """Hold cases and scenarios against each other.

    Only what differs, and why, against the first side. In `with`, a text is a scenario of the first case, "" that case
    as it stands; an object is a case of its own.
    """
    site = site_of(request)
    vocabulary = site.service.vocabulary
    asked, problems = read_asked(body, CompareBody, vocabulary)
    saved = saved_reader(request, person)
    about = read_subject(asked, (), problems, vocabulary, saved)
    as_it_stands = site.service.wording.phrases["scenarios"]["as-it-stands"]
    others = any(not isinstance(side, str) for side in asked.against)
    own = about.file.case.name if others else as_it_stands
    sides = [(about.scenario or own, about.case)]
    for place, side in enumerate(asked.against):
        if isinstance(side, str):
            sides.append((side or own, about.file.in_scenario(side)))
        else:
            further = read_subject(side, ("with", place), problems, vocabulary, saved)
            sides.append((further.scenario or further.file.case.name, further.case))
    service = site.service
    with service.turn(person.id):
        found = service.readings(sides)
    return _told(request, report.comparison(found, service.loaded, service.engine.name))


@operation(
    router,
    "POST",
    "/sensitivity",
    "sensitivity",
    "what if",
    _report("SensitivityReport"),
    takes="SensitivityBody",
    fails=(404, 406),
    scope="assess",
)
def sensitivity(request: Request, person: Caller, body: Body) -> Response:
    """Tell what hangs on each answer.

    Each answer is changed alone, and every two together: what flips, and how firm each recommendation is.
    """
    asked, about = read_query(request, person, body, SensitivityBody)
    service = site_of(request).service
    found = service.sensitivity(about.case, seconds=asked.seconds, caller=person.id)
    return _told(request, report.sensitivity(found, service.loaded, service.engine.name))


@operation(
    router,
    "POST",
    "/roadmap",
    "roadmap",
    "what if",
    _report("RoadmapReport"),
    takes="RoadmapBody",
    fails=(404, 406),
    scope="assess",
)
def roadmap(request: Request, person: Caller, body: Body) -> Response:
    """Put the way to a goal in order.

    The smallest change that reaches the goal, as scenarios that the advice supports one after the other.
    """
    asked, about = read_query(request, person, body, RoadmapBody)
    service = site_of(request).service
    found = service.roadmap(about.case, asked.goal, seconds=asked.seconds, caller=person.id)
    return _told(request, report.roadmap(found, service.loaded, service.engine.name))


@operation(
    router,
    "POST",
    "/picture",
    "picture",
    "what if",
    _report("PictureReport"),
    takes="PictureBody",
    fails=(404, 406),
    scope="assess",
)
def picture(request: Request, person: Caller, body: Body) -> Response:
    """Draw the advice.

    As SVG, and as the values drawn: the rows on the scale of dimensions; who is at the table and who is missing; how close
    each partner comes; who does what by when; the reasons of something; the answers that would move the result; or the
    route to a goal.
    """
    asked, about = read_query(request, person, body, PictureBody)
    service = site_of(request).service
    drawn = service.picture(about.case, asked.what, asked.of, caller=person.id)
    return _told(request, report.picture(drawn, service.loaded, service.engine.name))


def _told(request: Request, found: Report[Any]) -> Response:
    """A report in the form that was asked for."""
    form = acceptable(request.headers.get("accept", ""), (JSON, MARKDOWN, HTML, SVG))
    write = {JSON: found.to_json, MARKDOWN: found.to_markdown, HTML: found.to_html, SVG: found.to_svg}[form]
    return respond(write().encode(), form)
