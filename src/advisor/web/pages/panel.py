"""The state of the advice beside every page of the intake, and what else these pages have in common."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import HTMLResponse

from advisor.analysis.next_question import FIRST, NextQuestion
from advisor.analysis.state import State
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY, Slot
from advisor.explain.words import said
from advisor.interview import Step
from advisor.model.case import Case
from advisor.service import Service
from advisor.store.records import SavedCase
from advisor.web.auth import Visitor
from advisor.web.pages.forms import whole
from advisor.web.pages.keeping import Keeper
from advisor.web.pages.sitting import skipped, write_been, write_step
from advisor.web.services import Services, services
from advisor.web.templates import page

PARTS = "intake/parts.html.j2"
PATIENT = 1.0  # seconds from which on somebody asks for the state alone
BUSY = 4  # requests at the same time from which on pages do without a state that is not known yet
AT_ONCE = 0.05  # seconds a page waits for the state; after that the page comes without, and asks again
_LISTED = 3  # of the recommendations that an answer can turn


@dataclass(frozen=True, slots=True)
class Turning:
    """A question that can still turn something: its step, and what it turns, in words."""

    step: Step
    decisive: bool
    opens: str
    turns: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Panel:
    """The advice as it stands: the gate and the dimension in words and whether each is settled (None: not known yet).

    `firm` tells that both are; `matter` is how many open questions can still change something; `ask` the best of them,
    where there is one.
    """

    gate: str
    dimension: str
    gate_settled: bool | None
    dimension_settled: bool | None
    known: bool
    firm: bool
    matter: int
    ask: Turning | None


def panel(case: Case, state: State | None, service: Service) -> Panel:
    """What the panel of a case says."""
    inference = service.infer(case)
    proceed, recommended = inference.values("proceed")[0], inference.level("dimension")
    gate = service.wording.value("proceed", proceed).title
    dimension = service.wording.value("dimension", recommended).title if recommended else ""
    if state is None:
        return Panel(gate, dimension, None, None, known=False, firm=False, matter=0, ask=None)
    settled, ask = state.outcome.settled, state.outcome.ask
    return Panel(
        gate,
        dimension,
        settled.of("proceed", proceed) == "settled",
        settled.of("dimension", recommended) == "settled",
        known=True,
        firm=state.outcome.first_settled,
        matter=len(state.could_matter),
        ask=turning(case, ask, service) if ask else None,
    )


def turning(case: Case, ask: NextQuestion, service: Service) -> Turning:
    """A question worth asking, with what it can turn in words: the weightiest first, and how much more there is."""
    valued = [each for each in ask.turns if each.value is not None]
    weightiest = sorted(valued, key=lambda each: each.finding not in FIRST)
    turns = tuple(dict.fromkeys(_said(each, case, service) for each in weightiest[:_LISTED]))
    partner = None if ask.partner == AGENCY else case.partners[ask.partner].name
    return Turning(Step(ask.question, partner), ask.decisive, ask.opens, turns, len(valued) - len(turns))


def state_within(desk: Services, case: Case, key: Hashable, wait: float, skip: Sequence[Slot] = ()) -> State | None:
    """The state of a case, if it is known or can be worked out within `wait` seconds; `key` changes when the case does.

    Who would wait a short time only (a page, whose panel asks again) does not begin to on a busy server.
    """
    states = desk.service.states
    patient = wait >= PATIENT or not (states.busy or desk.load.requests > BUSY)
    return states.get(case, key, wait=wait, skip=skip, begin=patient)


def _said(each: Conclusion, case: Case, service: Service) -> str:
    return said(each.ref([partner.name for partner in case.partners]), service.wording, service.vocabulary)


def state_of(request: Request, saved: SavedCase, been: Sequence[Step] = (), wait: float = AT_ONCE) -> State | None:
    """How far a saved case is, if that is known or can be worked out within `wait` seconds."""
    case = saved.file.case
    key = (saved.entry.id, saved.entry.revision)
    return state_within(services(request), case, key, wait, skipped(case, been))


def intake_page(
    request: Request,
    who: Visitor,
    name: str,
    saved: SavedCase,
    *,
    been: Sequence[Step] = (),
    wait: float = AT_ONCE,
    status: int = 200,
    block: str | None = None,
    **values: object,
) -> HTMLResponse:
    """A page of the intake, with the state of the advice beside it, and what others saved meanwhile."""
    case, service, frame = saved.file.case, services(request).service, services(request).frame
    state = state_of(request, saved, been, wait)
    return page(
        request,
        who,
        name,
        status=status,
        block=block,
        saved=saved,
        case=case,
        been=write_been(been, case),
        why=lambda question: service.recent(("why", question), lambda: vars(frame.template(PARTS).module)["why"](question)),
        token=lambda step: write_step(step, case),
        panel=panel(case, state, service),
        tries=whole(request.query_params.get("tries", "")),
        swapped=bool(request.headers.get("hx-request")),
        news=_news(request, who, saved),
        newly_aside=whole(request.query_params.get("aside", "")),
        **values,
    )


def _news(request: Request, who: Visitor, saved: SavedCase) -> object:
    """What others saved between the revision a form was made from and the one it made, where the address asks for it."""
    since, _, until = request.query_params.get("merged", "").partition("-")
    first, last = whole(since), whole(until)
    if not 0 < first < last <= saved.entry.revision:
        return ()
    desk = services(request)
    return Keeper(desk.store, who.person, saved.entry.id, desk.clock()).since(first, last - 1)
