"""What stands whoever is right where several answers to the same questions differ, and which difference decides.

A *combination* takes one of the given answers to each contested question. Some thousand of them are evaluated, all where
there are no more; what they leave undecided the solver decides, so every status is exact.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import prod
from typing import Literal

import clingo

from advisor.analysis.completions import one_of
from advisor.analysis.contested import Contest, ContestedProgram, Masks, contested_program
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.encoding import Writer
from advisor.analysis.solver import hunt
from advisor.engine.conclusions import Conclusion
from advisor.engine.program import Program, Slot

SIZE = 2048  # combinations that are evaluated
SEED = 20110119

Standing = Literal["settled", "contested", "excluded", "not-decided"]
Right = Mapping[int, int]  # for some contests, by place, the answer that is right


@dataclass(frozen=True, slots=True)
class Prospect:
    """What comes of one answer being right: what then holds for sure, what is then out, and what stays contested."""

    holds: tuple[int, ...]
    falls: tuple[int, ...]
    left: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stake:
    """What hangs on one contested question: what each answer to it would settle, and whether it turns anything at all."""

    contest: int
    prospects: tuple[Prospect, ...]
    turns: bool


@dataclass(frozen=True, slots=True)
class _Draw:
    """Combinations, the conclusions in each, and whether they are all there are."""

    masks: Masks
    full: int
    holds: Sequence[int]
    complete: bool


@dataclass(frozen=True, slots=True)
class _Solver:
    """A control over every combination: literals of choices and of conclusions."""

    control: clingo.Control
    choices: tuple[tuple[int, ...], ...]
    conclusions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _PairSolver:
    """A control over every two combinations: `same` makes a contest alike in both, `differing` tells that a conclusion is not."""

    control: clingo.Control
    same: tuple[int, ...]
    differing: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Disagreement:
    """One case with contested questions, to be asked about these conclusions. Not to be used by two threads at once.

    `given` are the answers that nobody disputes; a question that is in neither has no answer. Conclusions are named by
    their place throughout.
    """

    program: Program
    given: Mapping[Slot, tuple[str, ...]]
    contests: tuple[Contest, ...]
    conclusions: tuple[Conclusion, ...]
    size: int = field(default=SIZE, kw_only=True)

    @cached_property
    def open(self) -> ContestedProgram:
        """What the contests leave open of the program."""
        return contested_program(self.program, self.given, self.contests, self.conclusions)

    def standing(
        self, right: Right | None = None, deadline: Deadline | None = None, among: Sequence[int] | None = None
    ) -> tuple[Standing, ...]:
        """Where each conclusion (or each of those `among`) stands once these answers are right.

        What the time did not suffice for is not decided.
        """
        places = range(len(self.conclusions)) if among is None else among
        return self._standing(right or {}, places, deadline or Deadline())

    def stake(self, contest: int, contested: Sequence[int], deadline: Deadline | None = None) -> Stake:
        """What hangs on one contested question, of these contested conclusions. Raises `NotDecidedError` when time is over."""
        deadline = deadline or Deadline()
        prospects = []
        for answer in range(len(self.contests[contest].answers)):
            then = self._standing({contest: answer}, contested, deadline)
            if "not-decided" in then:
                raise NotDecidedError(deadline.seconds or 0)
            groups = {
                wanted: tuple(n for n, status in zip(contested, then, strict=True) if status == wanted) for wanted in set(then)
            }
            prospects.append(Prospect(groups.get("settled", ()), groups.get("excluded", ()), groups.get("contested", ())))
        decides = any(prospect.holds or prospect.falls for prospect in prospects)
        return Stake(contest, tuple(prospects), decides or self._turns(contest, contested, deadline))

    # Combinations evaluated

    @cached_property
    def _all(self) -> _Draw:
        return self._drawn({})

    def _drawn(self, right: Right) -> _Draw:
        """Every combination with these answers where there are no more than `size`, else so many at random."""
        counts = [1 if place in right else len(contest.answers) for place, contest in enumerate(self.contests)]
        number = prod(counts)
        complete = number <= self.size
        size = number if complete else self.size
        full = (1 << size) - 1
        masks, stride = [], 1
        for place, contest in enumerate(self.contests):
            if place in right:
                masks.append([full if answer == right[place] else 0 for answer in range(len(contest.answers))])
            elif complete:
                masks.append([_striped(answer, counts[place], stride, size) for answer in range(counts[place])])
            else:
                masks.append(one_of(counts[place], size, random.Random(f"{SEED} {contest.slot}")))  # noqa: S311 - a sample
            stride *= counts[place]
        return _Draw(masks, full, self.open.holds_in(self.conclusions, masks, full), complete)

    # Where conclusions stand

    def _standing(self, right: Right, among: Sequence[int], deadline: Deadline) -> tuple[Standing, ...]:
        draw = self._all if len(right) < 2 else self._drawn(right)
        here = self._where(draw, right)
        if not here:
            draw = self._drawn(right)
            here = draw.full
        status: dict[int, Standing] = {}
        targets: dict[int, int] = {}
        for n in among:
            holds, fails = draw.holds[n] & here, ~draw.holds[n] & here
            status[n] = "contested" if holds and fails else "settled" if holds else "excluded"
            if status[n] != "contested" and not draw.complete and self._is_open(n):
                targets[n] = -self._solver.conclusions[n] if holds else self._solver.conclusions[n]
        if targets:
            assumed = [self._solver.choices[contest][answer] for contest, answer in right.items()]
            met, decided = hunt(self._solver.control, assumed, targets, deadline)
            for n in targets:
                if n in met:
                    status[n] = "contested"
                elif not decided:
                    status[n] = "not-decided"
        return tuple(status[n] for n in among)

    def _where(self, draw: _Draw, right: Right) -> int:
        here = draw.full
        for contest, answer in right.items():
            here &= draw.masks[contest][answer]
        return here

    def _is_open(self, n: int) -> bool:
        return any(self.open.known[number] is None for number, _ in self.conclusions[n].literals or ())

    def _turns(self, contest: int, contested: Sequence[int], deadline: Deadline) -> bool:
        """Whether some contested conclusion differs between two combinations that differ in this contest alone."""
        draw = self._all
        alone = [self._only(draw.masks, draw.full, contest, answer) for answer in range(len(self.contests[contest].answers))]
        found = [self.open.holds_in([self.conclusions[n] for n in contested], masks, draw.full) for masks in alone]
        if any(other != found[0] for other in found[1:]):
            return True
        if draw.complete:
            return False
        pairs = self._pairs
        assumed = [atom if place != contest else -atom for place, atom in enumerate(pairs.same)]
        targets = {n: pairs.differing[n] for n in contested if pairs.differing[n]}
        met, decided = hunt(pairs.control, assumed, targets, deadline)
        if not decided and not met:
            raise NotDecidedError(deadline.seconds or 0)
        return bool(met)

    @staticmethod
    def _only(masks: Masks, full: int, contest: int, answer: int) -> Masks:
        """The same combinations with one answer right in all of them."""
        fixed = [full if place == answer else 0 for place in range(len(masks[contest]))]
        return [fixed if place == contest else each for place, each in enumerate(masks)]

    # What the solver works on

    @cached_property
    def _solver(self) -> _Solver:
        control = clingo.Control(["--warn=none"])
        with control.backend() as backend:
            writer = Writer(backend)
            choices, truth = self._written(writer)
            return _Solver(control, choices, tuple(self._literal(writer, n, truth) for n in range(len(self.conclusions))))

    @cached_property
    def _pairs(self) -> _PairSolver:
        control = clingo.Control(["--warn=none"])
        with control.backend() as backend:
            writer = Writer(backend)
            (first, one), (second, other) = self._written(writer), self._written(writer)
            same = []
            for here, there in zip(first, second, strict=True):
                atom = writer.choice()
                for answer, alike in zip(here, there, strict=True):
                    writer.forbid(atom, answer, -alike)
                same.append(atom)
            differing = []
            for n in range(len(self.conclusions)):
                literals = self._literal(writer, n, one), self._literal(writer, n, other)
                differing.append(writer.all_of([literals[0], -literals[1]]) if self._is_open(n) else 0)
            return _PairSolver(control, tuple(same), tuple(differing))

    def _written(self, writer: Writer) -> tuple[tuple[tuple[int, ...], ...], dict[int, int]]:
        """The choices, one of each contest, and the atoms that are open, as literals of the solver."""
        choices = []
        for contest in self.contests:
            atoms = tuple(writer.choice() for _ in contest.answers)
            writer.forbid(*(-atom for atom in atoms))
            for one, two in combinations(atoms, 2):
                writer.forbid(one, two)
            choices.append(atoms)
        clauses = [clause for block, _ in self.open.blocks for clause in block]
        truth = {
            number: writer.any_of([choices[contest][answer] for contest, answer in met])
            for number, met in self.open.inputs.items()
        }
        truth |= {head: writer.atom() for head in dict.fromkeys(clause.head for clause in clauses)}
        for head, positive, negative in clauses:
            writer.rule(truth[head], [*(truth[number] for number in positive), *(-truth[number] for number in negative)])
        return tuple(choices), truth

    def _literal(self, writer: Writer, n: int, truth: Mapping[int, int]) -> int:
        """A literal that holds where a conclusion does."""
        literals, known = self.conclusions[n].literals, self.open.known
        if literals is None or any(known[number] is (not sign) for number, sign in literals):
            return writer.any_of([])
        return writer.all_of([truth[number] if sign else -truth[number] for number, sign in literals if known[number] is None])


def _striped(answer: int, answers: int, stride: int, size: int) -> int:
    """Of `size` numbers those whose digit of this stride is the answer, where the digit counts up to `answers`."""
    block, period = ((1 << stride) - 1) << answer * stride, stride * answers
    return block * (((1 << size) - 1) // ((1 << period) - 1))
