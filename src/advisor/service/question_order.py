"""The order of an interview that asks only what can still change the advice, the question worth most first."""

from collections.abc import Callable, Collection

from advisor.analysis.state import State
from advisor.engine.program import AGENCY, Slot
from advisor.engine.relevance import Relevance
from advisor.engine.slots import answers_of
from advisor.interview import PARTNERS_STEP, InterviewStep, answer_to, first_open, opening
from advisor.model.case import Case

USUAL = 21  # pages until the main answer stands, at the median, as `benchmarks/journey.py` measures them
FEW = 2  # what is said to be left where it takes longer than that


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
    return None if ask is None else step_of((ask.partner, ask.question), case)


def step_in_turn(
    case: Case,
    left_out: frozenset[InterviewStep],
    state: State | None,
    relevance: Relevance,
    before: InterviewStep | None = None,
) -> InterviewStep | None:
    """What to ask next where pages are asked a question at a time: first what is left of the page that `before` stands on."""
    step = step_to_ask(case, left_out, state, relevance)
    may_matter = None if state is None else set(state.could_matter)
    for each in (before, step):
        for slot in page_of(each.question, case, relevance) if each and each != PARTNERS_STEP else ():
            asked = step_of(slot, case)
            if asked in left_out or answer_to(case, asked):
                continue
            if asked == step or may_matter is None or slot in may_matter:
                return asked
    return step


def step_of(slot: Slot, case: Case) -> InterviewStep:
    """What the engines name, as a step."""
    return InterviewStep(slot[1], None if slot[0] == AGENCY else case.partners[slot[0]].name)


def page_of(question: str, case: Case, relevance: Relevance) -> tuple[Slot, ...]:
    """What is asked on one page with a question: what goes together with it, about every partner where it is about partners."""
    facts, vocabulary = relevance.facts(case), relevance.vocabulary
    return tuple(
        (owner, name)
        for name in vocabulary.together[question]
        for owner in (range(len(case.partners)) if vocabulary.questions[name].asked == "partner" else (AGENCY,))
        if facts.asks(name, owner)
    )


def about_left(case: Case, state: State, passed: Collection[Slot], relevance: Relevance) -> int:
    """About how many pages are left until the main answer stands; 0 where it does, or where only what was passed is left.

    What it usually takes, less the pages gone through; never more than could still decide it, and `FEW` at the end.
    """
    if state.outcome.as_far_as_known:
        return 0
    together = relevance.vocabulary.together
    gone = {together[question] for _, question in (*answers_of(case), *passed)}
    could = {together[slot[1]] for slot in state.could_decide if slot not in passed}
    return min(len(could), max(FEW, USUAL - len(gone)))


def slot_of(step: InterviewStep, case: Case) -> Slot:
    """A step as the engines name it."""
    return (AGENCY if step.partner is None else partner_number(case, step.partner)), step.question


def partner_number(case: Case, name: str) -> int:
    """The number of a partner, from 0; `AGENCY` where there is none of this name."""
    return next((number for number, partner in enumerate(case.partners) if partner.name == name), AGENCY)
