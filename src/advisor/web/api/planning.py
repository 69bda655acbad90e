"""`what-if` and `compare`: cases held against each other."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.explain.comparison import Reading, compare
from advisor.render import reports
from advisor.service import Service
from advisor.store.records import SavedCase
from advisor.web.api.answering import answered
from advisor.web.api.asking import Body, Caller
from advisor.web.api.bodies import CompareBody, WhatIfBody, read_asked, read_change, read_subject
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.services import services

router = APIRouter(prefix=ROOT)


@operation(router, "POST", "/what-if", "whatIf", "what if", gives("ComparisonReport"), takes="WhatIfBody", fails=(404,))
def what_if(request: Request, person: Caller, body: Body) -> Response:
    """Change answers or partners, and see what the advice would be.

    What differs between the case and the changed case, and why: the rules that stopped firing, those that began, and
    the answers behind. Nothing is kept.
    """
    desk = services(request)
    service = desk.service
    asked, problems = read_asked(body, WhatIfBody, service.vocabulary)
    about = read_subject(asked, (), problems, service.vocabulary, lambda name: desk.store.cases.read(person, name))
    before, name = about.case, service.wording.phrases["scenarios"]["what-if"]
    change = read_change(asked.change, ("change",), problems, before, name, service.vocabulary)
    return _compared(service.what_if(before, change, about.scenario), service)


@operation(router, "POST", "/compare", "compare", "what if", gives("ComparisonReport"), takes="CompareBody", fails=(404,))
def compare_cases(request: Request, person: Caller, body: Body) -> Response:
    """Hold cases and scenarios against each other.

    Only what differs, and why, against the first side. In `with`, a text is a scenario of the first case, "" that case
    as it stands; an object is a case of its own.
    """
    desk = services(request)
    vocabulary = desk.service.vocabulary
    asked, problems = read_asked(body, CompareBody, vocabulary)

    def saved(name: str) -> SavedCase:
        return desk.store.cases.read(person, name)

    about = read_subject(asked, (), problems, vocabulary, saved)
    as_it_stands = desk.service.wording.phrases["scenarios"]["as-it-stands"]
    others = any(not isinstance(side, str) for side in asked.against)
    own = about.file.case.name if others else as_it_stands
    sides = [(about.scenario or own, about.case)]
    for place, side in enumerate(asked.against):
        if isinstance(side, str):
            sides.append((side or own, about.file.in_scenario(side)))
        else:
            further = read_subject(side, ("with", place), problems, vocabulary, saved)
            sides.append((further.scenario or further.file.case.name, further.case))
    return _compared(desk.service.readings(sides), desk.service)


def _compared(readings: Sequence[Reading], service: Service) -> Response:
    return answered(reports.json("comparison", compare(readings), service.loaded, service.engine.name).encode())
