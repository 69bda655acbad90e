"""Everything that is prepared once for a rulebook and a number of partners, and then asked about any case."""

import pickle
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, TypeVar

from advisor.analysis.completions import Outlook, outlook, sample
from advisor.analysis.solver import Pool
from advisor.engine.bit_parallel import BitParallel
from advisor.engine.by_partners import ByPartners
from advisor.engine.conclusions import Outcome
from advisor.engine.facts import Facts
from advisor.engine.program import Program, Slot
from advisor.io.disk_cache import DiskCache
from advisor.model.case import Case
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Question

if TYPE_CHECKING:  # what writes for the solver is imported where it is used: many cases are settled without it
    from advisor.analysis.changes import ChangeSolver
    from advisor.analysis.controls import Completions, Pairs
    from advisor.engine.relevance import Relevance

Made = TypeVar("Made")


class GroundedRulebook:
    """A rulebook on a number of partners: its program, evaluated bit-parallel, and its solvers. Safe to share between threads."""

    def __init__(self, rulebook: Rulebook, program: Program, cache: DiskCache | None = None) -> None:
        self.rulebook, self.program, self.vocabulary = rulebook, program, rulebook.vocabulary
        self.bit_parallel = BitParallel(program, self.vocabulary, cache)
        self._cache = cache or DiskCache(None)
        self.conclusions = self.bit_parallel.conclusions
        self.slots = self.bit_parallel.slots

    @cached_property
    def sample(self) -> list[int]:
        """Random complete answers to every slot."""
        return self._cached("sample", lambda: sample(self.bit_parallel))

    @cached_property
    def outlook(self) -> Outlook:
        """One case for each way to answer one question and leave the rest open."""
        return self._cached("outlook", lambda: outlook(self.bit_parallel))

    def _cached(self, name: str, make: Callable[[], Made]) -> Made:
        """What is the same for every case, as an earlier start has left it, or made now."""
        kept = self._cache.get(f"{name}-{self.program.partners}-{self.program.sha256}", lambda: pickle.dumps(make()))
        made: Made = pickle.loads(kept)  # noqa: S301 - our own file
        return made

    @cached_property
    def main_outcomes(self) -> dict[str, tuple[Outcome, ...]]:
        """For each finding of the main answer the ways it can come out; values that come to the same are one way."""
        parts = self.vocabulary.advice_parts
        ways: dict[str, dict[str | None, Outcome]] = {finding: {} for finding in parts.chief}
        for number, each in enumerate(self.conclusions):
            if each.finding in ways:
                way = parts.way(each.finding, each.value)
                ways[each.finding][way] = (*ways[each.finding].get(way, ()), number)
        return {finding: tuple(found.values()) for finding, found in ways.items()}

    @cached_property
    def rests_on(self) -> tuple[int, ...]:
        """For each conclusion the slots that it could rest on by the rules alone, a bit for each in their order."""
        below = _dependencies(self.program, self.slots)
        found = []
        for conclusion in self.conclusions:
            mask = 0
            for number, _ in conclusion.literals or ():
                mask |= below[number]
            found.append(mask)
        return tuple(found)

    def below(self, outcomes: Iterable[Outcome]) -> int:
        """The slots that any of these outcomes could rest on, a bit for each in their order."""
        return reduce(or_, (self.rests_on[number] for outcome in outcomes for number in outcome), 0)

    @cached_property
    def completions(self) -> "Pool[Completions]":
        """Controls over every complete case."""
        from advisor.analysis.controls import make_completions

        return Pool(lambda: make_completions(self.program, self.vocabulary, self.conclusions))

    @cached_property
    def pairs(self) -> "Pool[Pairs]":
        """Controls over every two complete cases."""
        from advisor.analysis.controls import make_pairs

        return Pool(lambda: make_pairs(self.program, self.vocabulary, self.conclusions, self.main_outcomes))

    @cached_property
    def changes(self) -> "Pool[ChangeSolver]":
        """Controls over every changed case."""
        from advisor.analysis.changes import make_change_solver

        return Pool(lambda: make_change_solver(self.program, self.vocabulary))

    def question(self, slot: Slot) -> Question:
        """The question of a slot."""
        return self.vocabulary.questions[slot[1]]

    def facts(self, case: Case) -> Facts:
        """The answers of a case that count."""
        return self._relevance.facts(case)

    @cached_property
    def _relevance(self) -> "Relevance":
        from advisor.engine.relevance import Relevance  # here, since to settle a case does not need it

        return Relevance(self.vocabulary)


def _dependencies(program: Program, slots: Sequence[Slot]) -> list[int]:
    """For each atom the slots below it, through the rules and through when questions are asked."""
    bit = {slot: 1 << place for place, slot in enumerate(slots)}
    below = [0] * len(program.atoms)
    for number in program.inputs:
        atom = program.atoms[number]
        below[number] = bit[atom.partner, atom.name]
    changed = True
    while changed:
        changed = False
        for clause in program.clauses:
            mask = below[clause.head]
            for number in (*clause.positive, *clause.negative):
                mask |= below[number]
            if mask != below[clause.head]:
                below[clause.head], changed = mask, True
    return below


class Space:
    """A rulebook to be asked what holds whatever is still unknown; grounded for each number of partners that is asked about."""

    def __init__(
        self, rulebook: Rulebook, compile_for: Callable[[int], Program] | None = None, cache: DiskCache | None = None
    ) -> None:
        self.rulebook, self._cache = rulebook, cache
        self._compile = compile_for or self._compiled
        self._grounds = ByPartners[GroundedRulebook]()
        self._locks: dict[int, threading.Lock] = {}  # for many partners it takes seconds, which only those wait who ask for it

    def _compiled(self, partners: int) -> Program:
        from advisor.engine.compiler import compile_program  # here, since programs are given where they are kept

        return compile_program(self.rulebook, partners)

    def ground(self, partners: int) -> GroundedRulebook:
        """What is prepared for this many partners, made where it is not held."""
        with self._locks.setdefault(partners, threading.Lock()):
            return self._grounds.get_or_make(
                partners, lambda number: GroundedRulebook(self.rulebook, self._compile(number), self._cache)
            )
