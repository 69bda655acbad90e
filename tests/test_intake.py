"""What is asked of people: help that is read at a glance, what decides asked first, and advice after a dozen answers."""

from collections import Counter

import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.interview import PARTNERS_STEP, WORDS_STEP, InterviewStep, answer_to, begin, first_open, with_answer
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case, Partner
from advisor.model.conditions import questions_in
from advisor.model.rulebook import Rulebook
from advisor.model.wording import Wording
from advisor.service import Service
from conftest import ROOT

MOST_WORDS = 45
FIRST = 4
DOZEN = 12
SPARSE = ("only-a-few-answers", "readme")  # cases of fewer answers, on purpose
EXAMPLES = [path for path in sorted((ROOT / "examples").glob("*.yaml")) if path.stem not in SPARSE]


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def test_help_is_short(wording: Wording) -> None:
    long = {name: count for name, words in wording.questions.items() if (count := len(words.help.split())) > MOST_WORDS}
    assert long == {}


def deciding(rulebook: Rulebook) -> str:
    """The question that most of the rules ask which say how close a partnership has to be."""
    needed = rulebook.vocabulary.advice_parts.needed
    giving = (rule for rule in rulebook.rules.values() if needed in dict(rule.conclusions))
    return Counter(question for rule in giving for question in questions_in(rule.when)).most_common(1)[0][0]


def a_dozen_answers(told: Case, advisor: Service) -> Case:
    """What somebody has answered, as a case does, who names the partners and gives a dozen answers.

    First come the questions that the advice itself names as deciding, then the essential ones in the order of the form.
    """
    case = Case(told.name, {}, tuple(Partner(partner.name, {}) for partner in told.partners))
    passed = frozenset[InterviewStep]((PARTNERS_STEP, WORDS_STEP))
    while given(case) < DOZEN:
        deciding_now = [InterviewStep(open_.question, open_.partner) for open_ in advisor.assess(case).unknown.decisive]
        waiting = [step for step in deciding_now if step not in passed]
        step = waiting[0] if waiting else first_open(case, passed, advisor.loaded.relevance, full=False)
        assert step is not None, "fewer than a dozen answers"
        case, passed = with_answer(case, step, answer_to(told, step)), passed | {step}
    return case


def given(case: Case) -> int:
    """How many answers there are in a case."""
    return len(case.answers) + sum(len(partner.answers) for partner in case.partners)


def decided(advice: Advice, advisor: Service) -> bool:
    """Whether advice says whether to go on and, where it goes on, how close to come."""
    stopped = advice.proceed in advisor.vocabulary.advice_parts.stopping
    return advice.proceed != "undetermined" and (stopped or advice.dimension.recommended is not None)


def useful(advice: Advice, advisor: Service) -> bool:
    """Whether advice is decided and names at least one thing to settle, to mind or to do."""
    return decided(advice, advisor) and bool(advice.conditions or advice.cautions or advice.actions)


def test_what_decides_the_closeness_is_among_the_first_questions(advisor: Service) -> None:
    interview = begin(Case("new", {}), advisor.loaded.relevance)
    questions = [step.question for step in interview.steps if step not in (PARTNERS_STEP, WORDS_STEP)]
    assert deciding(advisor.rulebook) in questions[:FIRST]


def test_a_dozen_answers_give_useful_advice(advisor: Service) -> None:
    """In nine of ten; in the rest they decide, and say why it is stopped or what the answer is to what is asked."""
    found = {}
    for path in EXAMPLES:
        advice = advisor.assess(a_dozen_answers(read_case(path, advisor.vocabulary), advisor))
        assert decided(advice, advisor), (path.stem, advice.unknown.decisive)
        found[path.stem] = useful(advice, advisor)
        assert found[path.stem] or advice.gate.stops or advice.proposal, path.stem
    assert sum(found.values()) >= 0.9 * len(found), found
