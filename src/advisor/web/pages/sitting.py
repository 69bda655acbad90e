"""The quick path: the best next question, one after another. What was gone through in a sitting stands in the address."""

from collections.abc import Iterable, Sequence

from advisor.engine.program import AGENCY, Slot
from advisor.engine.relevance import Relevance
from advisor.interview import NAMING, Step, answer_to, first_open, opening, steps_of
from advisor.model.case import Case
from advisor.model.vocabulary import Vocabulary
from advisor.web.solver_worker import State

_NAMING, _BETWEEN = "partners", "~"
_MOST = 400  # steps kept in an address


def read_been(text: str, case: Case, vocabulary: Vocabulary) -> tuple[Step, ...]:
    """The steps of this sitting, each once, in the order they were last gone through. What means nothing is passed over."""
    found: dict[Step, None] = {}
    for token in text.split(_BETWEEN)[-_MOST:]:
        step = read_step(token, case, vocabulary)
        if step is not None:
            found.pop(step, None)
            found[step] = None
    return tuple(found)


def write_been(steps: Iterable[Step], case: Case) -> str:
    """The steps as they stand in an address; a partner is told by its number, since addresses get about."""
    return _BETWEEN.join(token for step in steps if (token := write_step(step, case)))


def read_step(token: str, case: Case, vocabulary: Vocabulary) -> Step | None:
    """A step such as `purpose.aim`, `2.partner.desire` (of the second partner) or `partners`; None where it is none."""
    if token == _NAMING:
        return NAMING
    number, dot, rest = token.partition(".")
    if not (dot and number.isascii() and number.isdecimal() and len(number) < 4):
        question = vocabulary.questions.get(token)
        return Step(token) if question is not None and question.asked == "agency" else None
    question = vocabulary.questions.get(rest)
    known = question is not None and question.asked == "partner" and 0 < int(number) <= len(case.partners)
    return Step(rest, case.partners[int(number) - 1].name) if known else None


def write_step(step: Step, case: Case) -> str:
    """A step as it stands in an address; "" for one about a partner that is not there."""
    if step == NAMING:
        return _NAMING
    if step.partner is None:
        return step.question
    place = partner_number(case, step.partner)
    return "" if place == AGENCY else f"{place + 1}.{step.question}"


def slot_of(step: Step, case: Case) -> Slot:
    """A step as the engines name it."""
    return (AGENCY if step.partner is None else partner_number(case, step.partner)), step.question


def partner_number(case: Case, name: str) -> int:
    """The number of a partner, from 0; `AGENCY` where there is none of this name."""
    return next((number for number, partner in enumerate(case.partners) if partner.name == name), AGENCY)


def passed(case: Case, been: Sequence[Step]) -> frozenset[Step]:
    """The steps of this sitting that were left open: they are not asked again in it."""
    return frozenset(step for step in been if not answer_to(case, step))


def skipped(case: Case, been: Sequence[Step]) -> tuple[Slot, ...]:
    """The questions left open in this sitting, as the engines name them."""
    return tuple(sorted(slot_of(step, case) for step in passed(case, been) if step != NAMING))


def best(case: Case, been: Sequence[Step], state: State | None, relevance: Relevance) -> Step | None:
    """What to ask next: the opening, then what can still change the advice and is worth most; None where nothing can.

    Where it is not known how far the case is, the essential questions come in intake order.
    """
    left_out = passed(case, been) | ({NAMING} if case.partners else set[Step]())
    if state is None:
        return first_open(case, left_out, relevance, full=False)
    may_matter = set(state.could_matter)
    for step in opening(case, relevance):
        if step not in left_out and not answer_to(case, step) and (step == NAMING or slot_of(step, case) in may_matter):
            return step
    ask = state.outcome.ask
    return None if ask is None else Step(ask.question, None if ask.partner == AGENCY else case.partners[ask.partner].name)


def is_relevant(case: Case, step: Step, relevance: Relevance) -> bool:
    """Whether a step is asked in this case."""
    return step in steps_of(case, relevance, full=True)
