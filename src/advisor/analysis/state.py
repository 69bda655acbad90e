"""The state of the advice on a case: where every conclusion stands, and what is still worth asking."""

from collections.abc import Collection
from dataclasses import dataclass

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.deadline import Deadline
from advisor.analysis.next_question import NextQuestionResult, could_decide, could_matter, next_question
from advisor.engine.program import Slot
from advisor.model.case import Case


@dataclass(frozen=True, slots=True)
class State:
    """Where each conclusion stands, the best next question, and the questions that could still matter.

    `could_decide` are those of them that the main answer could rest on.
    """

    outcome: NextQuestionResult
    could_matter: tuple[Slot, ...]
    could_decide: tuple[Slot, ...]


def state_of(case: Case, ground: GroundedRulebook, deadline: Deadline | None = None, skip: Collection[Slot] = ()) -> State:
    """The state of a case; the questions in `skip` are not asked. Raises `NotDecidedError` when time is over."""
    outcome = next_question(case, ground, deadline, skip)
    settled = outcome.settled
    return State(outcome, could_matter(case, ground, settled), could_decide(case, ground, settled))
