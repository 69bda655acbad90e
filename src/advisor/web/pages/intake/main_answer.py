"""The moment at which the main answer stands, or is as far as it is known: what it is, why, and what to do first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from advisor.engine.program import Slot
from advisor.explain.reference_wording import in_words
from advisor.render.brief import Brief
from advisor.web.auth import Visitor, visitor
from advisor.web.page import page, see_other
from advisor.web.pages.advice.view import AdviceView, view_of
from advisor.web.pages.intake.panel import IntakePage, intake_values, saved_state
from advisor.web.pages.intake.steps import MAIN_ANSWER_STEP, read_been, skipped, write_been
from advisor.web.site import site_of

router = APIRouter()
WAIT = 4.0  # seconds that it waits to know whether the main answer stands
FIRST = 3  # of the actions
HANGS = 5  # questions left open that are named


@dataclass(frozen=True, kw_only=True)
class MainAnswerPage(IntakePage):
    """The main answer, which stands or hangs on what was left open."""

    template = "intake/main-answer.html.j2"
    told: Annotated[AdviceView, "the advice, with its links"]
    brief: Annotated[Brief, "the same as a leader reads it"]
    first: Annotated[int, "how many of the actions are shown"]
    may_be_added: Annotated[Sequence[str], "the conditions that open questions could still add"]
    hangs_on: Annotated[Sequence[Slot], "the questions left open in this session that could still turn it"]
    add_most: Annotated[Sequence[str], "the open questions whose answers add most to the advice"]
    onward: Annotated[str, "the pages of this session, this one among them, as they stand in an address"]


@router.get("/cases/{case_id}/main-answer", name="main-answer")
def main_answer(request: Request, who: Annotated[Visitor, Depends(visitor)], case_id: str, been: str = "") -> Response:
    """The main answer; where something that is left to ask could turn it, on to the next question."""
    service = site_of(request).service
    saved = site_of(request).store.cases.read(who.person, case_id)
    steps = read_been(been, service.vocabulary)
    state = saved_state(request, saved, steps, WAIT)
    if state is None or not state.outcome.as_far_as_known:
        return see_other(request, "next", case_id=case_id, been=been)
    case, parts, asks = saved.file.case, service.vocabulary.advice_parts, service.loaded.relevance.facts(saved.file.case).asks
    told, conditions = view_of(request, who.person, saved), parts.conditions
    passed = set(skipped(case, steps, service.loaded.relevance))
    names = [partner.name for partner in case.partners]
    still_open = [each for each in state.outcome.settled.possible(conditions) if state.outcome.settled.status[each] == "open"]
    holding = {condition.id for condition in told.advice.conditions}
    context = MainAnswerPage(
        **intake_values(request, who, saved, been=steps),
        told=told,
        brief=Brief(told.advice, service.loaded),
        first=FIRST,
        may_be_added=[
            in_words(each.ref(names), service.wording, service.vocabulary) for each in still_open if each.value not in holding
        ],
        hangs_on=[] if state.outcome.stands else [slot for slot in state.could_decide if slot in passed][:HANGS],
        add_most=[question for question in parts.add_most if question not in case.answers and asks(question)],
        onward=write_been((*steps, MAIN_ANSWER_STEP)),
    )
    return page(request, who, context)
