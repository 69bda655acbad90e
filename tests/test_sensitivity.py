"""Sensitivity: every answer changed alone and every two together, and what that overturns."""

import random
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from advisor.analysis.perturbation import Perturbation, Perturbations
from advisor.analysis.sensitivity import weigh
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.vocabulary import Question, Vocabulary
from advisor.service import Service
from support.changed_cases import changed, changes, evaluator, everything

EXAMPLES = Path(__file__).parents[1] / "examples"


def drawn(vocabulary: Vocabulary, partners: int, share: float, seed: int) -> Case:
    """A random case in which that share of all questions is answered."""
    draw = random.Random(seed)

    def answer(question: Question) -> tuple[str, ...]:
        if question.kind != "several":
            return (draw.choice(question.options),)
        chosen = {o for o in question.options if o != "none" and draw.random() < 0.4}
        return tuple(o for o in question.options if o in chosen) or (question.options[-1],)

    def answers(scope: str) -> dict[str, tuple[str, ...]]:
        return {q.id: answer(q) for q in vocabulary.questions.values() if q.asked == scope and draw.random() < share}

    return Case("drawn", answers("agency"), tuple(Partner(f"P{n}", answers("partner")) for n in range(partners)))


@pytest.mark.parametrize(("partners", "share", "seed"), [(0, 0.5, 1), (1, 1.0, 2), (2, 0.3, 3), (3, 0.7, 4)])
def test_every_case_is_what_the_chain_says_of_it(loaded: Loaded, partners: int, share: float, seed: int) -> None:
    rulebook, program, chain = loaded.rulebook, loaded.program(partners), ChainEngine(loaded.cache)
    case = drawn(rulebook.vocabulary, partners, share, seed)
    tried = changes(case, rulebook.vocabulary)
    around = Perturbations(everything(program, rulebook.vocabulary), case, tried)
    draw = random.Random(seed)

    def told(held: list[int], place: int) -> frozenset[int]:
        return frozenset(n for n, cases in enumerate(held) if cases >> place & 1)

    def chained(*taken: Perturbation) -> frozenset[int]:
        return infer(changed(case, *taken), rulebook, program, chain).true

    assert told(around.base(), 0) == chained()
    singles = around.singles()
    for place in draw.sample(range(len(tried)), 40):
        assert told(singles, place) == chained(tried[place])
    for blocks, held in around.pairs():
        for block in draw.sample(blocks, min(3, len(blocks))):
            valid = [n for n in range(block.size) if block.valid >> n & 1]
            for n in draw.sample(valid, min(5, len(valid))):
                assert told(held, block.start + n) == chained(tried[block.first], tried[block.second + n])


def test_pairs_are_all_pairs_of_different_questions_once(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("advisor.analysis.perturbation.AT_ONCE", 500)
    case = drawn(loaded.rulebook.vocabulary, 1, 0.2, 5)
    tried = changes(case, loaded.rulebook.vocabulary)
    around = Perturbations(evaluator(loaded, 1), case, tried)
    found = [
        (block.first, block.second + n)
        for blocks, _ in around.pairs() for block in blocks for n in range(block.size) if block.valid >> n & 1
    ]  # fmt: skip
    wanted = [(i, j) for i, j in combinations(range(len(tried)), 2) if tried[i].slot != tried[j].slot]
    assert sorted(found) == wanted


@pytest.mark.long
def test_firmness_is_counted_as_the_chain_would(loaded: Loaded) -> None:
    rulebook, program, chain = loaded.rulebook, loaded.program(1), ChainEngine(loaded.cache)
    case = read_case(EXAMPLES / "readme.yaml", rulebook.vocabulary)
    found = weigh(case, evaluator(loaded, 1), listed=1000)
    tried = changes(case, rulebook.vocabulary)
    tried.sort()
    base = infer(case, rulebook, program, chain)
    dimension = next(f for f in found.firmness if f.outcome.finding == "dimension")
    assert dimension.outcome.value == base.level("dimension")

    def turns(*taken: Perturbation) -> bool:
        return infer(changed(case, *taken), rulebook, program, chain).level("dimension") != base.level("dimension")

    alone = {change: turns(change) for change in tried}
    pairs = [(a, b) for a, b in combinations(tried, 2) if a.slot != b.slot]
    assert found.pairs_tried == len(pairs)
    overturned = [pair for pair in pairs if turns(*pair)]
    together = [(a, b) for a, b in overturned if not alone[a] and not alone[b]]
    assert [(c.question, c.now) for c in dimension.singles] == [(c.question, c.now) for c in tried if alone[c]]
    assert (dimension.doubles, dimension.together) == (len(overturned), len(together))
    assert {tuple((c.question, c.now) for c in pair) for pair in dimension.pairs} == {
        tuple((c.question, c.now) for c in pair) for pair in together
    }


def test_what_turns_the_decision_comes_first(loaded: Loaded) -> None:
    case = read_case(EXAMPLES / "housing-need-above-the-limit.yaml", loaded.rulebook.vocabulary)
    found = weigh(case, evaluator(loaded, 2))
    order = [
        any(o.finding == "proceed" for flip in flips for o in flip.lost)
        for _, flips in found.most(loaded.rulebook.vocabulary.advice_parts.chief)
    ]
    assert order == sorted(order, reverse=True)
    assert any(order)


def test_no_answers_hold_no_surprises(loaded: Loaded) -> None:
    found = weigh(Case("empty", {}), evaluator(loaded, 0))
    assert (found.answers, found.tried, found.pairs_tried, found.flips) == (0, 0, 0, ())
    assert {f.outcome.finding for f in found.firmness} >= {"proceed", "dimension"}


def test_a_full_case_takes_less_than_a_second(loaded: Loaded) -> None:
    case = drawn(loaded.rulebook.vocabulary, 3, 1.0, 6)
    evaluator_of_three = evaluator(loaded, 3)
    weigh(Case("empty", {}, case.partners), evaluator_of_three)
    started = time.process_time()
    found = weigh(case, evaluator_of_three)
    assert found.pairs_tried > 200_000
    assert time.process_time() - started < 1


def test_each_answer_alone_tells_the_same_without_the_pairs(loaded: Loaded) -> None:
    case = read_case(EXAMPLES / "newborns-exposed-before-birth.yaml", loaded.rulebook.vocabulary)
    with_pairs = weigh(case, evaluator(loaded, len(case.partners)))
    alone = weigh(case, evaluator(loaded, len(case.partners)), pairs=False)
    assert with_pairs.firmness
    assert alone == replace(with_pairs, pairs_tried=0, firmness=())


def test_an_advisor_and_a_sensitivity_agree_on_what_stands(loaded: Loaded) -> None:
    for path in sorted(EXAMPLES.glob("*.yaml"))[::4]:
        case = read_case(path, loaded.rulebook.vocabulary)
        advice = Service(loaded, ChainEngine(loaded.cache)).assess(case)
        found = weigh(case, evaluator(loaded, len(case.partners)), listed=0)
        firm = [f.outcome for f in found.firmness if f.outcome.finding in loaded.rulebook.vocabulary.advice_parts.chief]
        chief = {(outcome.finding, outcome.partner): outcome.value for outcome in firm}
        assert chief["proceed", None] == advice.proceed
        assert chief["dimension", None] == advice.dimension.recommended
        assert chief.get(("first-structure", None)) == next(iter(advice.structures), None)
        assert chief.get(("first-instrument", None)) == next(iter(advice.instruments), None)
