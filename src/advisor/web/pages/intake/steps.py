"""One question after another, the best next one each time. What was gone through in a session stands in the address."""

from collections.abc import Iterable, Sequence

from advisor.analysis.state import State
from advisor.engine.program import AGENCY, Slot
from advisor.engine.relevance import Relevance
from advisor.interview import PARTNERS_STEP, WORDS_STEP, InterviewStep, answer_to, steps_of
from advisor.model.case import Case
from advisor.model.vocabulary import Vocabulary
from advisor.service.question_order import partner_number, slot_of, step_to_ask

_PARTNERS, _WORDS, _BETWEEN = "partners", "words", "~"
_MOST = 400  # steps kept in an address


def read_been(text: str, case: Case, vocabulary: Vocabulary) -> tuple[InterviewStep, ...]:
    """The steps of this session, each once, in the order they were last gone through. What means nothing is passed over."""
    found: dict[InterviewStep, None] = {}
    for token in text.split(_BETWEEN)[-_MOST:]:
        step = read_step(token, case, vocabulary)
        if step is not None:
            found.pop(step, None)
            found[step] = None
    return tuple(found)


def write_been(steps: Iterable[InterviewStep], case: Case) -> str:
    """The steps as they stand in an address; a partner is told by its number, since addresses get about."""
    return _BETWEEN.join(token for step in steps if (token := write_step(step, case)))


def read_step(token: str, case: Case, vocabulary: Vocabulary) -> InterviewStep | None:
    """A step such as `wanted.aim`, `2.partner.reach` (of the second partner), `partners` or `words`; None where it is none."""
    if token in (_PARTNERS, _WORDS):
        return PARTNERS_STEP if token == _PARTNERS else WORDS_STEP
    number, dot, rest = token.partition(".")
    if not (dot and number.isascii() and number.isdecimal() and len(number) < 4):
        question = vocabulary.questions.get(token)
        return InterviewStep(token) if question is not None and question.asked == "agency" else None
    question = vocabulary.questions.get(rest)
    known = question is not None and question.asked == "partner" and 0 < int(number) <= len(case.partners)
    return InterviewStep(rest, case.partners[int(number) - 1].name) if known else None


def write_step(step: InterviewStep, case: Case) -> str:
    """A step as it stands in an address; "" for one about a partner that is not there."""
    if step in (PARTNERS_STEP, WORDS_STEP):
        return _PARTNERS if step == PARTNERS_STEP else _WORDS
    if step.partner is None:
        return step.question
    place = partner_number(case, step.partner)
    return "" if place == AGENCY else f"{place + 1}.{step.question}"


def passed(case: Case, been: Sequence[InterviewStep]) -> frozenset[InterviewStep]:
    """The steps of this session that were left open: they are not asked again in it."""
    return frozenset(step for step in been if not answer_to(case, step))


def skipped(case: Case, been: Sequence[InterviewStep]) -> tuple[Slot, ...]:
    """The questions left open in this session, as the engines name them."""
    return tuple(sorted(slot_of(step, case) for step in passed(case, been) if step not in (PARTNERS_STEP, WORDS_STEP)))


def best(case: Case, been: Sequence[InterviewStep], state: State | None, relevance: Relevance) -> InterviewStep | None:
    """What to ask next in this session; None where nothing can change the advice any more."""
    left_out = passed(case, been) | ({PARTNERS_STEP} if case.partners else set[InterviewStep]())
    return step_to_ask(case, left_out, state, relevance)


def is_relevant(case: Case, step: InterviewStep, relevance: Relevance) -> bool:
    """Whether a step is asked in this case."""
    return step in steps_of(case, relevance, full=True)
