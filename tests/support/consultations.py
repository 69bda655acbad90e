"""Random disagreements, and what comes of them by trying every combination with the chain: the yardstick for the solver."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from random import Random

from advisor.analysis.contested import Contest
from advisor.analysis.disagreement import Disagreement, Right
from advisor.engine.compiler import compile_program
from advisor.engine.conclusions import Conclusion, conclusions_of
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.program import Program, Slot
from advisor.engine.slots import answers_of, case_with, slots_of
from advisor.model.case import Case, Partner
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question
from support import brute_force
from support.random_rulebooks import random_rulebook

ENGINE = ChainEngine()
Combination = tuple[int, ...]


@dataclass(frozen=True)
class Dispute:
    """A rulebook, its program, answers that nobody disputes and questions on which some differ."""

    rulebook: Rulebook
    program: Program
    given: Mapping[Slot, tuple[str, ...]]
    contests: tuple[Contest, ...]
    conclusions: tuple[Conclusion, ...]

    def asked(self, size: int) -> Disagreement:
        """The same for the solver, which evaluates so many combinations first."""
        return Disagreement(self.program, self.given, self.contests, self.conclusions, size=size)

    def combinations(self) -> Iterator[Combination]:
        """Every way to take one answer to each contested question."""
        return product(*(range(len(contest.answers)) for contest in self.contests))

    def drawn(self, random: Random) -> Combination:
        """One of them."""
        return tuple(random.randrange(len(contest.answers)) for contest in self.contests)

    def holding(self, combination: Combination) -> tuple[bool, ...]:
        """Which conclusions the chain draws in a combination."""
        empty = Case("c", {}, tuple(Partner(f"Partner {n}", {}) for n in range(self.program.partners)))
        taken = {c.slot: c.answers[answer] for c, answer in zip(self.contests, combination, strict=True)}
        inference = infer(case_with(empty, {**self.given, **taken}), self.rulebook, self.program, ENGINE)
        return tuple(brute_force.holds(conclusion, inference) for conclusion in self.conclusions)


class Enumerated:
    """Every combination of a dispute, gone through."""

    def __init__(self, dispute: Dispute) -> None:
        self.dispute = dispute
        self.rows = {combination: dispute.holding(combination) for combination in dispute.combinations()}

    def standing(self, right: Right | None = None) -> tuple[str, ...]:
        """Where each conclusion stands once these answers are right."""
        rows = [row for taken, row in self.rows.items() if all(taken[n] == answer for n, answer in (right or {}).items())]
        return tuple(_standing(column) for column in zip(*rows, strict=True))

    def turns(self, contest: int) -> bool:
        """Whether two combinations that differ in this contest alone differ in some conclusion."""
        answers = range(len(self.dispute.contests[contest].answers))
        return any(
            row != self.rows[*taken[:contest], answer, *taken[contest + 1 :]]
            for taken, row in self.rows.items()
            for answer in answers
        )


def _standing(column: Iterable[bool]) -> str:
    seen = set(column)
    return "contested" if len(seen) > 1 else "settled" if True in seen else "excluded"


def small_dispute(random: Random) -> Dispute:
    """A dispute on a small random rulebook, of at most 200 combinations; some questions nobody answers."""
    rulebook = random_rulebook(random, random.randint(1, 8), random.randint(1, 6), random.randint(1, 16))
    program = compile_program(rulebook, random.randint(0, 3))
    slots = list(slots_of(rulebook.vocabulary, program.partners))
    random.shuffle(slots)
    given: dict[Slot, tuple[str, ...]] = {}
    contests, left = [], 200
    for slot in slots:
        ways = brute_force.legal(rulebook.vocabulary.questions[slot[1]])
        number, fate = random.randint(2, min(4, len(ways))), random.random()
        if fate < 0.55 and number <= left:
            contests.append(Contest(slot, tuple(random.sample(ways, number))))
            left //= number
        elif fate < 0.85:
            given[slot] = random.choice(ways)
    return Dispute(rulebook, program, given, tuple(contests), conclusions_of(rulebook.vocabulary, program))


def dispute_on(case: Case, rulebook: Rulebook, program: Program, findings: Sequence[str], random: Random, most: int) -> Dispute:
    """A dispute on a case of a rulebook: `most` of its answers, drawn at random, are contested by two or three sides."""
    given = answers_of(case)
    contests = []
    for slot in random.sample(list(given), min(most, len(given))):
        answers = {given.pop(slot)}
        answers |= {another(rulebook.vocabulary.questions[slot[1]], random) for _ in range(random.randint(1, 2))}
        if len(answers) > 1:
            contests.append(Contest(slot, tuple(sorted(answers))))
        else:
            given[slot] = answers.pop()
    return Dispute(rulebook, program, given, tuple(contests), conclusions_of(rulebook.vocabulary, program, findings))


def another(question: Question, random: Random) -> tuple[str, ...]:
    """Any answer to a question."""
    if question.kind != "several":
        return (random.choice(question.options),)
    options = [option for option in question.options if option not in (NONE, THAT_IS_ALL)]
    chosen = set(random.sample(options, random.randint(1, min(4, len(options)))))
    return tuple(option for option in options if option in chosen)
