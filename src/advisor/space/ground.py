"""Everything that is prepared once for a rulebook and a number of partners, and then asked about any case."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import clingo

from advisor.case import Case, Facts, facts_of
from advisor.program import Program, compile_program
from advisor.rulebook import Rulebook
from advisor.space.conclusions import Conclusion, conclusions_of
from advisor.space.encoding import Encoding, Slot, Writer, mirror, write
from advisor.space.lanes import Lanes
from advisor.space.solver import Pool


@dataclass(frozen=True, slots=True)
class Completions:
    """A control over every complete case; `shown` are the literals of the ground's conclusions."""

    control: clingo.Control
    encoding: Encoding
    shown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A control over every two complete cases.

    `same` makes a slot alike in both; `turned` are, for each conclusion, literals that hold where only the first, or
    only the second, case has it.
    """

    control: clingo.Control
    first: Encoding
    same: dict[Slot, int]
    turned: tuple[int, ...]


class Ground:
    """A rulebook on a number of partners: its program, its lanes and its solvers. Safe to share between threads."""

    def __init__(self, rulebook: Rulebook, program: Program) -> None:
        self.rulebook, self.program, self.vocabulary = rulebook, program, rulebook.vocabulary
        self.conclusions = conclusions_of(self.vocabulary, program)
        self.lanes = Lanes(program, self.vocabulary)
        self.completions = Pool(self._make_completions)
        self.pairs = Pool(self._make_pairs)

    @cached_property
    def sample(self) -> list[int]:
        """Random complete answers to every slot, `LANES` of them."""
        return self.lanes.sample(LANES)

    def facts(self, case: Case) -> Facts:
        """The answers of a case that count."""
        return facts_of(case, self.vocabulary)

    def _make_completions(self) -> Completions:
        control = clingo.Control(["--warn=none"])
        with control.backend() as backend:
            writer = Writer(backend)
            encoding = write(writer, self.program, self.vocabulary, silence=False)
            shown = tuple(literal_of(writer, encoding, conclusion) for conclusion in self.conclusions)
        return Completions(control, encoding, shown)

    def _make_pairs(self) -> Pairs:
        control = clingo.Control(["--warn=none"])
        with control.backend() as backend:
            writer = Writer(backend)
            first = write(writer, self.program, self.vocabulary, silence=False)
            second = write(writer, self.program, self.vocabulary, silence=False)
            same = mirror(writer, first, second)
            turned = []
            for conclusion in self.conclusions:
                one, two = (literal_of(writer, encoding, conclusion) for encoding in (first, second))
                turned.append(writer.all_of([one, -two]))
        return Pairs(control, first, same, tuple(turned))


LANES = 2048


def literal_of(writer: Writer, encoding: Encoding, conclusion: Conclusion) -> int:
    """A literal that holds where a conclusion does."""
    if conclusion.literals is None:
        return writer.any_of([])
    return writer.all_of([encoding.truth[n] if sign else -encoding.truth[n] for n, sign in conclusion.literals])


def lanes_of(conclusion: Conclusion, lower: Sequence[int], upper: Sequence[int], full: int) -> tuple[int, int]:
    """The lanes in which a conclusion surely holds, and those in which it may."""
    surely = maybe = full if conclusion.literals is not None else 0
    for number, sign in conclusion.literals or ():
        surely &= lower[number] if sign else full ^ upper[number]
        maybe &= upper[number] if sign else full ^ lower[number]
    return surely, maybe


class Space:
    """A rulebook to be asked what holds whatever is still unknown; grounded once for each number of partners."""

    def __init__(self, rulebook: Rulebook, compile_for: Callable[[int], Program] | None = None) -> None:
        self.rulebook = rulebook
        self._compile = compile_for or (lambda partners: compile_program(rulebook, partners))
        self._grounds: dict[int, Ground] = {}
        self._lock = threading.Lock()

    def ground(self, partners: int) -> Ground:
        """What is prepared for this many partners, made at the first call."""
        with self._lock:
            if partners not in self._grounds:
                self._grounds[partners] = Ground(self.rulebook, self._compile(partners))
            return self._grounds[partners]
