"""The order of an interview that asks only what can still change the advice, the question worth most first."""

from collections.abc import Callable

from advisor.analysis.state import State
from advisor.engine.program import AGENCY, Slot
from advisor.engine.relevance import Relevance
from advisor.interview import PARTNERS_STEP, InterviewStep, answer_to, first_open, opening
from advisor.model.case import Case


def step_to_ask(
    case: Case,
    left_out: frozenset[InterviewStep],
    state: State | None,
    relevance: Relevance,
    may_turn: Callable[[InterviewStep], bool] | None = None,
) -> InterviewStep | None:
    """What to ask next: the opening, then what can still change the advice and is worth most; None where nothing can.

    Nothing that is `left_out`. Where the state of the case is not known, the essential questions come in intake order.
    Of the opening those are asked that could matter, or that `may_turn` finds to, which takes longer.
    """
    may_matter = None if state is None else set(state.could_matter)
    for step in opening(case, relevance):
        if step in left_out or answer_to(case, step):
            continue
        if (
            step == PARTNERS_STEP
            or may_matter is None
            or (slot_of(step, case) in may_matter and (not may_turn or may_turn(step)))
        ):
            return step
    if state is None:
        return first_open(case, left_out, relevance, full=False)
    ask = state.outcome.ask
    return (
        None if ask is None else InterviewStep(ask.question, None if ask.partner == AGENCY else case.partners[ask.partner].name)
    )


def slot_of(step: InterviewStep, case: Case) -> Slot:
    """A step as the engines name it."""
    return (AGENCY if step.partner is None else partner_number(case, step.partner)), step.question


def partner_number(case: Case, name: str) -> int:
    """The number of a partner, from 0; `AGENCY` where there is none of this name."""
    return next((number for number, partner in enumerate(case.partners) if partner.name == name), AGENCY)
