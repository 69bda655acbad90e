"""An interview gone through by somebody who answers as a case does: which page comes when, and what stands after it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from advisor.analysis.state import State
from advisor.engine.program import Slot
from advisor.engine.relevance import Relevance
from advisor.engine.slots import answers_of, case_with
from advisor.interview import PARTNERS_STEP
from advisor.model.case import Case, Partner
from advisor.service.question_order import page_of, step_of, step_to_ask


@dataclass(frozen=True, slots=True)
class Visit:
    """A page of the interview: what it asks of whom, and where the case stands once it is answered."""

    page: tuple[Slot, ...]
    after: State


def journey(told: Case, state: Callable[[Case, Sequence[Slot]], State], relevance: Relevance) -> Iterator[Visit]:
    """The pages until the main answer stands, or nothing decides it that is not passed; what `told` leaves open is.

    The partners are named from the beginning, and the page that names them is not among these.
    """
    known = answers_of(told)
    case = Case(told.name, {}, tuple(Partner(partner.name, {}) for partner in told.partners))
    passed: list[Slot] = []
    now = state(case, passed)
    while not now.outcome.as_far_as_known:
        left_out = frozenset((PARTNERS_STEP, *(step_of(slot, case) for slot in passed)))
        step = step_to_ask(case, left_out, now, relevance)
        if step is None:
            return
        page = tuple(slot for slot in page_of(step.question, case, relevance) if slot not in passed)
        passed += page
        case = case_with(case, {slot: known.get(slot, ()) for slot in page})
        now = state(case, passed)
        yield Visit(page, now)
