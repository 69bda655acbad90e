"""`what-if` and `compare`: cases held against each other."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.explain.comparison import Reading, compare
from advisor.model.problems import Problems
from advisor.render import reports
from advisor.service import Service
from advisor.web.api.answering import answered
from advisor.web.api.asking import Body, Caller, read
from advisor.web.api.bodies import BODY, CompareBody, WhatIfBody, read_change, read_subject
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.services import services

router = APIRouter(prefix=ROOT)


@operation(router, "POST", "/what-if", "whatIf", "what if", gives("ComparisonReport"), takes="WhatIfBody", fails=(404,))
def what_if(request: Request, person: Caller, body: Body) -> Response:
    """Change answers or partners, and see what the advice would be.

    What differs between the case and the changed case, and why: the rules that stopped firing, those that began, and
    the answers behind. Nothing is kept.
    """
    asked, about = read(request, person, body, WhatIfBody)
    service = services(request).service
    before = about.case
    change = read_change(asked.change, before, service.wording.phrases["scenarios"]["what-if"], service.vocabulary)
    return _compared(service.what_if(before, change, about.scenario), service)


@operation(router, "POST", "/compare", "compare", "what if", gives("ComparisonReport"), takes="CompareBody", fails=(404,))
def compare_cases(request: Request, person: Caller, body: Body) -> Response:
    """Hold cases and scenarios against each other.

    Only what differs, and why, against the first side. In `with`, a text is a scenario of the first case, "" that case
    as it stands; an object is a case of its own.
    """
    asked, about = read(request, person, body, CompareBody)
    desk = services(request)
    as_it_stands = desk.service.wording.phrases["scenarios"]["as-it-stands"]
    others = any(not isinstance(side, str) for side in asked.against)
    own = about.file.case.name if others else as_it_stands
    sides = [(about.scenario or own, about.case)]
    for side in asked.against:
        if isinstance(side, str):
            sides.append((side or own, about.file.in_scenario(side)))
        else:
            further = read_subject(
                side, Problems(BODY), desk.service.vocabulary, lambda name: desk.store.cases.read(person, name)
            )
            sides.append((further.scenario or further.file.case.name, further.case))
    return _compared(desk.service.readings(sides), desk.service)


def _compared(readings: Sequence[Reading], service: Service) -> Response:
    return answered(reports.json("comparison", compare(readings), service.loaded, service.engine.name).encode())
