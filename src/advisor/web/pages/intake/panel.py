"""The state of the advice beside every page of the intake, and what else these pages have in common."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from markupsafe import Markup

from advisor.analysis.next_question import NextQuestion
from advisor.analysis.state import State
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import AGENCY, Slot
from advisor.explain.reference_wording import in_words
from advisor.interview import InterviewStep
from advisor.model.advice import Contradiction
from advisor.model.case import Case
from advisor.render.phrasing import Speech
from advisor.service import Service
from advisor.service.question_order import about_left, partner_number
from advisor.store.records import Revision, SavedCase
from advisor.web.auth import Visitor
from advisor.web.page import Context
from advisor.web.pages.intake.form_fields import whole
from advisor.web.pages.intake.saver import Saver
from advisor.web.pages.intake.steps import skipped, write_been, write_step
from advisor.web.pages.intake.way_back import changing
from advisor.web.pages.intake.way_back import here as address_here
from advisor.web.site import Site, site_of

PARTS = "intake/parts.html.j2"
PATIENT = 1.0  # seconds from which on somebody asks for the state alone
BUSY = 4  # requests at the same time from which on pages do without a state that is not known yet
AT_ONCE = 0.05  # seconds a page waits for the state; after that the page comes without, and asks again
_LISTED = 3  # of the recommendations that an answer can turn


@dataclass(frozen=True, slots=True)
class PromisingQuestion:
    """A question that can still turn something: about which partner, and what it turns, in words."""

    question: str
    partner: str | None
    decisive: bool
    opens: str
    turns: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class MainPart:
    """A part of the main answer: its name among the words, and what it can still come out as."""

    name: str
    possible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """The main answer as far as it is known: what is still possible in each of its parts, in words.

    `stands` tells that no open question can change it; `left` is about how many pages are left until then; `matter` is how
    many open questions can still change something; `ask` the best of them, where there is one; `contradictions` are the
    answers that do not fit together. Where it is not `known` yet, the rest is empty.
    """

    known: bool
    parts: tuple[MainPart, ...] = ()
    stands: bool = False
    left: int = 0
    matter: int = 0
    ask: PromisingQuestion | None = None
    contradictions: tuple[Contradiction, ...] = ()


def panel(case: Case, state: State | None, passed: Sequence[Slot], service: Service) -> Panel:
    """What the panel of a case says."""
    contradictions = service.contradictions(case)
    if state is None:
        return Panel(known=False, contradictions=contradictions)
    ask = state.outcome.ask
    return Panel(
        known=True,
        parts=main_parts(state, service),
        stands=state.outcome.stands,
        left=about_left(case, state, passed, service.loaded.relevance),
        matter=len(state.could_matter),
        ask=promising_question(case, ask, service) if ask else None,
        contradictions=contradictions,
    )


def main_parts(state: State, service: Service) -> tuple[MainPart, ...]:
    """What each part of the main answer can still come out as, the weightiest part first.

    The form is told once it is known whether to go ahead.
    """
    parts, speech, settled = service.vocabulary.advice_parts, Speech(service.loaded), state.outcome.settled
    found = []
    for finding in parts.chief:
        values = [each.value for each in settled.possible(finding) if each.value is not None]
        ways = {parts.way(finding, value): value for value in reversed(values)}
        titles = tuple(speech.value(finding, value) for value in values if value in ways.values())
        found.append(MainPart(parts.part_of[finding], titles))
    told = found if len(found[0].possible) == 1 else found[:2]
    return tuple(part for part in told if part.possible)


def promising_question(case: Case, ask: NextQuestion, service: Service) -> PromisingQuestion:
    """A question worth asking, with what it can turn in words: the weightiest first, and how much more there is."""
    chief = service.vocabulary.advice_parts.chief
    valued = [each for each in ask.turns if each.value is not None and (ask.decisive or each.finding not in chief)]
    weightiest = sorted(valued, key=lambda each: each.finding not in chief)
    turns = tuple(dict.fromkeys(_said(each, case, service) for each in weightiest[:_LISTED]))
    partner = None if ask.partner == AGENCY else case.partners[ask.partner].name
    return PromisingQuestion(ask.question, partner, ask.decisive, ask.opens, turns, len(valued) - len(turns))


def state_within(site: Site, case: Case, key: Hashable, wait: float, skip: Sequence[Slot] = ()) -> State | None:
    """The state of a case, if it is known or can be worked out within `wait` seconds; `key` changes when the case does.

    Who would wait a short time only (a page, whose panel asks again) does not begin to on a busy server.
    """
    states = site.service.states
    patient = wait >= PATIENT or not (states.busy or site.load.requests > BUSY)
    return states.get(case, key, wait=wait, skip=skip, begin=patient)


def _said(each: Conclusion, case: Case, service: Service) -> str:
    return in_words(each.ref([partner.name for partner in case.partners]), service.wording, service.vocabulary)


def saved_state(request: Request, saved: SavedCase, been: Sequence[InterviewStep] = (), wait: float = AT_ONCE) -> State | None:
    """How far a saved case is, if that is known or can be worked out within `wait` seconds."""
    case = saved.file.case
    key = (saved.entry.id, saved.entry.revision)
    return state_within(site_of(request), case, key, wait, skipped(case, been, site_of(request).service.loaded.relevance))


@dataclass(frozen=True, kw_only=True)
class IntakePage(Context):
    """What every page of the intake has: the case, the state of the advice beside it, and what others saved meanwhile."""

    saved: Annotated[SavedCase, "the case as it is saved"]
    case: Annotated[Case, "the same without what is kept with it"]
    been: Annotated[str, "the steps of this session, as they stand in an address"]
    why: Annotated[Callable[[str], Markup], "why a question is asked, rendered, by the question"]
    token: Annotated[Callable[[InterviewStep], str], "a step as it stands in an address"]
    here: Annotated[InterviewStep | None, "the question that the page asks, where it asks one"]
    panel: Annotated[Panel, "the advice as it stands"]
    tries: Annotated[int, "how often the panel was asked for already"]
    swapped: Annotated[bool, "whether htmx asked for a part"]
    news: Annotated[Sequence[Revision], "what others saved since the form was made, where the address asks for it"]
    newly_aside: Annotated[int, "how many answers the last save set aside"]
    place: Annotated[Callable[[str, str | None], str], "where the answer to a question (of a partner) can be looked at again"]


def intake_values(
    request: Request,
    who: Visitor,
    saved: SavedCase,
    *,
    been: Sequence[InterviewStep] = (),
    here: InterviewStep | None = None,
    wait: float = AT_ONCE,
) -> dict[str, Any]:
    """The values that every page of the intake has."""
    case, service, templates = saved.file.case, site_of(request).service, site_of(request).templates

    def why(question: str) -> Markup:
        return service.recent(("why", question), lambda: Markup(vars(templates.template(PARTS).module)["why"](question)))  # noqa: S704

    passed = skipped(case, been, service.loaded.relevance)
    return {
        "saved": saved,
        "case": case,
        "been": write_been(been),
        "why": why,
        "token": write_step,
        "here": here,
        "panel": panel(case, saved_state(request, saved, been, wait), passed, service),
        "tries": whole(request.query_params.get("tries", "")),
        "swapped": bool(request.headers.get("hx-request")),
        "news": _news(request, who, saved),
        "newly_aside": whole(request.query_params.get("aside", "")),
        "place": lambda question, partner: answer_address(request, saved, question, partner),
    }


def answer_address(request: Request, saved: SavedCase, question: str, partner: str | None) -> str:
    """Where the answer to a question can be changed, to come back from there; the list itself where its partner is gone."""
    templates, case_id = site_of(request).templates, saved.entry.id
    number = AGENCY if partner is None else partner_number(saved.file.case, partner)
    if partner is not None and number == AGENCY:
        return templates.url("case", case_id=case_id)
    return changing(templates, case_id, question, number, address_here(request))


def _news(request: Request, who: Visitor, saved: SavedCase) -> Sequence[Revision]:
    """What others saved between the revision a form was made from and the one it made, where the address asks for it."""
    since, _, until = request.query_params.get("merged", "").partition("-")
    first, last = whole(since), whole(until)
    if not 0 < first < last <= saved.entry.revision:
        return ()
    site = site_of(request)
    return Saver(site.store, who.person, saved.entry.id, site.clock()).since(first, last - 1)
