"""The compiled form: a stratified propositional program over numbered atoms.

What comes of a rulebook for a number of partners is small enough to be read by any engine: *inputs* (what an answer as
given makes true), *clauses* (head, positive body, negative body) and their *strata*. When a question is asked is part of
it: a test on an answer holds only where the question is asked. `engine/compiler.py` makes it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from functools import cached_property, partial
from typing import Any, Literal, NamedTuple

from advisor.model.conditions import Answers

AGENCY = -1

Slot = tuple[int, str]  # the owner (AGENCY or a partner's number) and the question
AtomKind = Literal[
    "given",
    "answered",
    "includes",
    "excludes",
    "known",
    "unknown",
    "at_least",
    "at_most",
    "finding",
    "rule",
    "step",
    "taken",
    "asked",
]
TEST_KINDS = frozenset({"answered", "includes", "excludes", "known", "unknown"})


class Atom(NamedTuple):
    """Something true or false of a case: a test on an answer, a finding, a rule that fires, a step between, a question asked.

    `taken` stands for a value of a finding of which only the first one holds: some value before it does.
    `given` tests an answer whether or not its question is asked. `values` are the options tested (of an input: one of
    them was chosen, and where there are none, any), or the one value found; `partner` counts from 0 and is `AGENCY`
    where the atom is about the partnership as a whole.
    """

    kind: AtomKind
    name: str
    values: tuple[str, ...]
    partner: int = AGENCY

    def __str__(self) -> str:
        sign = {"excludes": "!", "at_least": ">=", "at_most": "<=", "unknown": "?"}.get(self.kind, "=")
        owner = "" if self.partner == AGENCY else f"@{self.partner + 1}"
        prefix = f"{self.kind} " if self.kind in ("rule", "given", "asked") else ""
        return f"{prefix}{self.name}{owner}{sign}{'|'.join(self.values)}" if self.values else f"{prefix}{self.name}{owner}"


class Clause(NamedTuple):
    """`head` holds if all of `positive` hold and none of `negative`; atoms by number, each group in the order of its atoms."""

    head: int
    positive: tuple[int, ...]
    negative: tuple[int, ...]


_ROWS: Mapping[str, type] = {"atoms": Atom, "clauses": Clause}


@dataclass(frozen=True, eq=False)
class Program:
    """A grounded rulebook. Clauses stand in an order of dependency.

    `sha256` is the rulebook's. Atoms below `tests` are tests on answers; of these `inputs` are true by the answers as
    given, and clauses give the others. `chosen` holds for each slot the inputs that each option makes true; `asked`, in
    intake order, the atom of each slot whose question is asked only when something holds. `blocks` are runs of clauses:
    within a block that is `recursive` heads feed each other and it is repeated until nothing changes; any other block
    needs one pass. `strata[atom]` counts the negations below an atom.
    """

    sha256: str
    partners: int
    atoms: tuple[Atom, ...]
    tests: int
    inputs: tuple[int, ...]
    clauses: tuple[Clause, ...]
    blocks: tuple[tuple[range, bool], ...]
    strata: tuple[int, ...]
    chosen: Mapping[Slot, Mapping[str, tuple[int, ...]]]
    asked: Mapping[Slot, int]

    def __getstate__(self) -> dict[str, Any]:
        """Atoms and clauses as plain tuples, which are read in a third of the time; what is worked out is not kept."""
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        return state | {name: tuple(map(tuple, state[name])) for name in _ROWS}

    def __setstate__(self, state: dict[str, Any]) -> None:
        rows = {name: tuple(map(partial(tuple.__new__, kind), state[name])) for name, kind in _ROWS.items()}
        self.__dict__.update(state | rows)

    @cached_property
    def number(self) -> Mapping[Atom, int]:
        """Each atom's number."""
        return {atom: number for number, atom in enumerate(self.atoms)}

    @cached_property
    def recursive(self) -> bool:
        """Whether any findings feed each other."""
        return any(recursive for _, recursive in self.blocks)

    @cached_property
    def conclusions(self) -> range:
        """The numbers of findings and of steps of levels: they stand after the tests, then rules, then all else."""
        rest = len(self.atoms) - len(self.asked)
        return range(self.tests, bisect_left(self.atoms, "rule", self.tests, rest, key=lambda atom: atom.kind))

    @cached_property
    def stronger(self) -> Mapping[int, int]:
        """For each step of a level but the strongest the next stronger one, which implies it."""
        here = self.conclusions
        return {c.head: c.positive[0] for c in self.clauses if c.head in here and c.positive[0] in here}

    @cached_property
    def steps(self) -> tuple[tuple[int, ...], ...]:
        """For each clause the auxiliary atoms it rests on."""
        first = self.conclusions.stop  # rules stand before them, and no clause of a rule rests on a rule
        return tuple(tuple([n for n in c.positive if n >= first]) if c.head >= first else () for c in self.clauses)

    @cached_property
    def rules_under(self) -> tuple[tuple[int, ...], ...]:
        """For each clause that gives a finding the atoms of the rules it rests on; of any other clause nothing is meant."""
        first, rules = self.conclusions.start, self.conclusions.stop
        return tuple(tuple([n for n in c.positive if n >= rules]) if first <= c.head < rules else () for c in self.clauses)

    @cached_property
    def alone(self) -> tuple[tuple[int, tuple[int]], ...]:
        """Each clause's head with the clause's number as a tuple of one, ready to be gathered by head."""
        return tuple((clause.head, (number,)) for number, clause in enumerate(self.clauses))

    @cached_property
    def heads(self) -> tuple[int, ...]:
        """Each clause's head."""
        return tuple(clause.head for clause in self.clauses)

    @cached_property
    def _by_head(self) -> Mapping[int, tuple[Clause, ...]]:
        found: dict[int, list[Clause]] = {}
        for clause in self.clauses:
            found.setdefault(clause.head, []).append(clause)
        return {head: tuple(clauses) for head, clauses in found.items()}

    def clauses_for(self, atom: int) -> tuple[Clause, ...]:
        """Every clause that could give an atom."""
        return self._by_head.get(atom, ())

    def below(self, atoms: Iterable[int]) -> Set[int]:
        """These atoms and all on which they rest."""
        needed, waiting = set[int](), list(atoms)
        while waiting:
            if (atom := waiting.pop()) not in needed:
                needed.add(atom)
                for clause in self.clauses_for(atom):
                    waiting += [*clause.positive, *clause.negative]
        return needed

    @cached_property
    def _chosen_by_owner(self) -> list[dict[str, Mapping[str, tuple[int, ...]]]]:
        """For each partner and last the agency the inputs by question and option."""
        owners: list[dict[str, Mapping[str, tuple[int, ...]]]] = [{} for _ in range(self.partners + 1)]
        for (owner, question), inputs in self.chosen.items():
            owners[owner][question] = inputs
        return owners

    def encode(self, agency: Answers, partners: Sequence[Answers]) -> list[int]:
        """The inputs that the answers of a case make true, without order; one may stand there more than once."""
        true: list[int] = []
        for answers, chosen in zip((*partners, agency), self._chosen_by_owner, strict=True):
            for question, answer in answers.items():
                if (inputs := chosen.get(question)) is not None:
                    for option in answer:
                        true += inputs.get(option, ())
        return true
