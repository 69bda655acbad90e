"""One page after another, the best next one each time. What was gone through in a session stands in the address."""

from collections.abc import Iterable, Sequence

from advisor.analysis.state import State
from advisor.engine.program import Slot
from advisor.engine.relevance import Relevance
from advisor.engine.slots import answers_of
from advisor.interview import PARTNERS_STEP, WORDS_STEP, InterviewStep
from advisor.model.case import Case
from advisor.model.vocabulary import Vocabulary
from advisor.service.question_order import page_of, step_of, step_to_ask

MAIN_ANSWER_STEP = InterviewStep("main-answer")  # that the main answer stands was told
_TOKENS = {PARTNERS_STEP: "partners", WORDS_STEP: "words", MAIN_ANSWER_STEP: MAIN_ANSWER_STEP.question}
_BETWEEN = "~"
_MOST = 400  # steps kept in an address


def read_been(text: str, vocabulary: Vocabulary) -> tuple[InterviewStep, ...]:
    """The pages of this session, each once, in the order they were last gone through. What means nothing is passed over."""
    found: dict[InterviewStep, None] = {}
    for token in text.split(_BETWEEN)[-_MOST:]:
        step = read_step(token, vocabulary)
        if step is not None:
            found.pop(step, None)
            found[step] = None
    return tuple(found)


def write_been(steps: Iterable[InterviewStep]) -> str:
    """The pages as they stand in an address."""
    return _BETWEEN.join(write_step(step) for step in steps)


def read_step(token: str, vocabulary: Vocabulary) -> InterviewStep | None:
    """A page by a question on it, such as `wanted.aim`, or `partners`, `words` or `main-answer`; None where it is none."""
    named = next((step for step, name in _TOKENS.items() if name == token), None)
    return named or (page_step(token, vocabulary) if token in vocabulary.questions else None)


def write_step(step: InterviewStep) -> str:
    """A page as it stands in an address."""
    return _TOKENS.get(step, step.question)


def page_step(question: str, vocabulary: Vocabulary) -> InterviewStep:
    """The page that asks a question: it goes by the first one on it, and is about every partner."""
    return InterviewStep(vocabulary.together[question][0])


def slots_on(step: InterviewStep, case: Case, relevance: Relevance) -> tuple[Slot, ...]:
    """What a page asks in this case; nothing where it is no page of questions, or none of them is asked."""
    return () if step in _TOKENS else page_of(step.question, case, relevance)


def skipped(case: Case, been: Sequence[InterviewStep], relevance: Relevance) -> tuple[Slot, ...]:
    """The questions left open in this session, as the engines name them: they are not asked again in it."""
    given = answers_of(case)
    return tuple(sorted(slot for step in been for slot in slots_on(step, case, relevance) if slot not in given))


def left_open(case: Case, been: Sequence[InterviewStep], relevance: Relevance) -> tuple[InterviewStep, ...]:
    """The pages of this session with a question that was left open."""
    given = answers_of(case)
    return tuple(step for step in been if any(slot not in given for slot in slots_on(step, case, relevance)))


def best(case: Case, been: Sequence[InterviewStep], state: State | None, relevance: Relevance) -> InterviewStep | None:
    """The page to ask next in this session; None where nothing can change the advice any more."""
    left_out = {step_of(slot, case) for slot in skipped(case, been, relevance)}
    if case.partners or PARTNERS_STEP in been:
        left_out.add(PARTNERS_STEP)
    step = step_to_ask(case, frozenset(left_out), state, relevance)
    return step if step in (None, PARTNERS_STEP) else page_step(step.question, relevance.vocabulary)


def without_partners(been: Iterable[InterviewStep], vocabulary: Vocabulary) -> tuple[InterviewStep, ...]:
    """The pages gone through but for those about partners: whoever joins is asked about on them."""
    return tuple(step for step in been if step in _TOKENS or vocabulary.questions[step.question].asked == "agency")
