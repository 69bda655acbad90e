"""Everything that is prepared once for a rulebook and a number of partners, and then asked about any case."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import clingo

from advisor.case import Case, Facts, facts_of
from advisor.conditions import Found, leaves
from advisor.kept import Kept
from advisor.program import AGENCY, Program, compile_program
from advisor.rulebook import Rulebook
from advisor.space.changes import Changes, make_changes
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

    def __init__(self, rulebook: Rulebook, program: Program, kept: Kept | None = None) -> None:
        self.rulebook, self.program, self.vocabulary = rulebook, program, rulebook.vocabulary
        self.conclusions = conclusions_of(self.vocabulary, program)
        self.lanes = Lanes(program, self.vocabulary, self.conclusions, kept)
        self.completions = Pool(self._make_completions)
        self.pairs = Pool(self._make_pairs)

    @cached_property
    def sample(self) -> list[int]:
        """Random complete answers to every slot, `LANES` of them."""
        return self.lanes.sample(LANES)

    @cached_property
    def rests_on(self) -> tuple[int, ...]:
        """For each conclusion the slots that it could rest on by the rules alone, a bit for each in the lanes' order."""
        below = _dependencies(self.program, self.lanes)
        found = []
        for conclusion in self.conclusions:
            mask = 0
            for number, _ in conclusion.literals or ():
                mask |= below[number]
            found.append(mask)
        return tuple(found)

    @cached_property
    def changes(self) -> Pool[Changes]:
        """Controls over every changed case."""
        return Pool(lambda: make_changes(self.program, self.vocabulary))

    def facts(self, case: Case) -> Facts:
        """The answers of a case that count."""
        return facts_of(case, self.vocabulary)

    def _make_completions(self) -> Completions:
        control = clingo.Control(list(OPTIONS))
        with control.backend() as backend:
            writer = Writer(backend)
            encoding = write(writer, self.program, self.vocabulary, silence=False)
            shown = tuple(literal_of(writer, encoding, conclusion) for conclusion in self.conclusions)
        return Completions(control, encoding, shown)

    def _make_pairs(self) -> Pairs:
        control = clingo.Control(list(OPTIONS))
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
OPTIONS = ("--warn=none", "--heuristic=Vsids")  # half the time of the default heuristic on this rulebook; ADR 0003


def literal_of(writer: Writer, encoding: Encoding, conclusion: Conclusion) -> int:
    """A literal that holds where a conclusion does."""
    if conclusion.literals is None:
        return writer.any_of([])
    return writer.all_of([encoding.truth[n] if sign else -encoding.truth[n] for n, sign in conclusion.literals])


def _dependencies(program: Program, lanes: Lanes) -> list[int]:
    """For each atom the slots below it, through the rules and through when questions are asked."""
    bit = {slot: 1 << place for place, slot in enumerate(lanes.slots)}
    reach: dict[Slot, int] = {}
    for slot in lanes.slots:
        mask = bit[slot]
        for leaf in leaves(lanes.question(slot).when):
            assert not isinstance(leaf, Found)
            if lanes.vocabulary.questions[leaf.question].asked == "agency":
                mask |= reach[AGENCY, leaf.question]
            else:
                for owner in range(program.partners) if slot[0] == AGENCY else (slot[0],):
                    mask |= reach[owner, leaf.question]
        reach[slot] = mask
    below = [0] * len(program.atoms)
    for number, atom in enumerate(program.atoms[: program.inputs]):
        below[number] = reach[atom.partner, atom.name]
    changed = True
    while changed:
        changed = False
        for clause in program.clauses:
            mask = below[clause.head]
            for atom_number in (*clause.positive, *clause.negative):
                mask |= below[atom_number]
            if mask != below[clause.head]:
                below[clause.head], changed = mask, True
    return below


class Space:
    """A rulebook to be asked what holds whatever is still unknown; grounded once for each number of partners."""

    def __init__(self, rulebook: Rulebook, compile_for: Callable[[int], Program] | None = None, kept: Kept | None = None) -> None:
        self.rulebook, self._kept = rulebook, kept
        self._compile = compile_for or (lambda partners: compile_program(rulebook, partners))
        self._grounds: dict[int, Ground] = {}
        self._locks: dict[int, threading.Lock] = {}  # for many partners it takes seconds, which only those wait who ask for it

    def ground(self, partners: int) -> Ground:
        """What is prepared for this many partners, made at the first call."""
        with self._locks.setdefault(partners, threading.Lock()):
            if partners not in self._grounds:
                self._grounds[partners] = Ground(self.rulebook, self._compile(partners), self._kept)
            return self._grounds[partners]
