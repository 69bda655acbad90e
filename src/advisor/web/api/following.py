"""`cases/{case}/follow-up`: what became of the advice on a saved case, and noting more of it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.model.problems import InputError, Problem
from advisor.store.follow_ups import NewStep
from advisor.store.records import Person
from advisor.web.api.bodies import BODY, StepBody, read_asked
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.queries import Body, Caller
from advisor.web.api.records import Id
from advisor.web.api.responses import content, respond
from advisor.web.followed import FollowedCase, due_names, follow_up_record, followed
from advisor.web.reader_day import reader_day
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


@operation(router, "GET", "/cases/{case}/follow-up", "readFollowUp", "cases", gives("FollowUpRecord"), fails=(404,))
def read_follow_up(request: Request, person: Caller, case: Id) -> Response:
    """Show what became of the advice on a case.

    What the advice asks for now, with what is overdue first, and every step that was noted.
    """
    return respond(content(follow_up_record(_followed(request, person, case))))


@operation(
    router,
    "POST",
    "/cases/{case}/follow-up",
    "noteStep",
    "cases",
    gives("FollowUpRecord", status=201),
    takes="StepBody",
    fails=(404,),
)
def note_step(request: Request, person: Caller, case: Id, body: Body) -> Response:
    """Note that a condition or an action is done or reopened, or on which day a moment falls.

    Without a `day` what is done is done today. Every step stays in the history.
    """
    site = site_of(request)
    now = _followed(request, person, case)
    asked, _ = read_asked(body, StepBody, site.service.vocabulary)
    site.store.follow_ups.add(person, case, [_step(asked, now)], at=site.clock())
    return respond(content(follow_up_record(_followed(request, person, case))), status=201)


def _followed(request: Request, person: Person, case: str) -> FollowedCase:
    site = site_of(request)
    return followed(site, person, case, reader_day(request, site.clock()))


def _step(asked: StepBody, now: FollowedCase) -> NewStep:
    """The step that is asked for. Raises `InputError` where there is no such thing, and for a day that is still to come."""
    known = {name: now.moments[name] for name in due_names(now)}
    if asked.kind != "due":
        known = {each.about: each.title for each in now.items}
    problems = []
    if asked.about not in known:
        problems.append(Problem(BODY, 0, "unknown-follow-up", found=asked.about, allowed=tuple(known)))
    if asked.kind == "done" and asked.day is not None and asked.day > now.day:
        problems.append(Problem(BODY, 0, "day-to-come", found=asked.day.isoformat()))
    if problems:
        raise InputError(problems)
    day = now.day if asked.kind == "done" and asked.day is None else asked.day
    if asked.kind == "reopened":
        return NewStep("reopened", asked.about, known[asked.about])
    evidence = asked.evidence.strip() if asked.kind == "done" else ""
    return NewStep(asked.kind, asked.about, known[asked.about], day, evidence)
