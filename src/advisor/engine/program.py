"""The compiled form: a stratified propositional program over numbered atoms.

What comes of a rulebook for a number of partners is small enough to be read by any engine: *inputs* (tests on
answers), *clauses* (head, positive body, negative body) and their *strata*. `engine/compiler.py` makes it.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from advisor.model.conditions import Answers

AGENCY = -1

AtomKind = Literal["answered", "includes", "excludes", "known", "unknown", "rule", "finding", "at_least", "at_most", "step"]
INPUT_KINDS = frozenset({"answered", "includes", "excludes", "known", "unknown"})


class Atom(NamedTuple):
    """Something true or false of a case: a test on an answer, a rule that fires, a finding, or a step between.

    `values` are the options tested, or the one value found; `partner` counts from 0 and is `AGENCY` where the atom
    is about the partnership as a whole.
    """

    kind: AtomKind
    name: str
    values: tuple[str, ...]
    partner: int = AGENCY

    def __str__(self) -> str:
        sign = {"excludes": "!", "at_least": ">=", "at_most": "<=", "unknown": "?"}.get(self.kind, "=")
        owner = "" if self.partner == AGENCY else f"@{self.partner + 1}"
        prefix = "rule " if self.kind == "rule" else ""
        return f"{prefix}{self.name}{owner}{sign}{'|'.join(self.values)}" if self.values else f"{prefix}{self.name}{owner}"


class Clause(NamedTuple):
    """`head` holds if all of `positive` hold and none of `negative`; atoms by number, sorted."""

    head: int
    positive: tuple[int, ...]
    negative: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Encoder:
    """The inputs that one question about one owner feeds: by option chosen, by option left out, and by silence."""

    chosen: Mapping[str, tuple[int, ...]]
    left_out: Mapping[str, tuple[int, ...]]
    answered: tuple[int, ...]
    unanswered: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A grounded rulebook. Atoms below `inputs` are tests on answers; clauses stand in an order of dependency.

    `sha256` is the rulebook's. `blocks` are runs of clauses: within a block that is `recursive` heads feed each other
    and it is repeated until nothing changes; any other block needs one pass. `strata[atom]` counts the negations below
    an atom.
    """

    sha256: str
    partners: int
    atoms: tuple[Atom, ...]
    inputs: int
    clauses: tuple[Clause, ...]
    blocks: tuple[tuple[range, bool], ...]
    strata: tuple[int, ...]
    encoders: Mapping[tuple[int, str], Encoder]

    @cached_property
    def number(self) -> Mapping[Atom, int]:
        """Each atom's number."""
        return {atom: number for number, atom in enumerate(self.atoms)}

    @cached_property
    def conclusions(self) -> range:
        """The numbers of findings and of steps of levels: what is derived is sorted, and all else comes after them."""
        return range(self.inputs, bisect_left(self.atoms, "rule", self.inputs, key=lambda atom: atom.kind))

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
    def alone(self) -> tuple[tuple[int, tuple[int]], ...]:
        """Each clause's head with the clause's number as a tuple of one, ready to be gathered by head."""
        return tuple((clause.head, (number,)) for number, clause in enumerate(self.clauses))

    @cached_property
    def _by_head(self) -> Mapping[int, tuple[Clause, ...]]:
        found: dict[int, list[Clause]] = {}
        for clause in self.clauses:
            found.setdefault(clause.head, []).append(clause)
        return {head: tuple(clauses) for head, clauses in found.items()}

    def clauses_for(self, atom: int) -> tuple[Clause, ...]:
        """Every clause that could give an atom."""
        return self._by_head.get(atom, ())

    @cached_property
    def _by_owner(self) -> list[tuple[dict[str, Encoder], list[tuple[str, tuple[int, ...]]]]]:
        """For each partner and last the agency: encoders by question, and what silence makes true."""
        owners: list[tuple[dict[str, Encoder], list[tuple[str, tuple[int, ...]]]]] = [({}, []) for _ in range(self.partners + 1)]
        for (owner, question), encoder in self.encoders.items():
            owners[owner][0][question] = encoder
            if encoder.unanswered:
                owners[owner][1].append((question, encoder.unanswered))
        return owners

    def encode(self, agency: Answers, partners: Sequence[Answers]) -> list[int]:
        """The inputs that are true of a case's relevant answers, without order."""
        true: list[int] = []
        for answers, (encoders, silent) in zip((*partners, agency), self._by_owner, strict=True):
            for question, unanswered in silent:
                if question not in answers:
                    true += unanswered
            for question, answer in answers.items():
                encoder = encoders.get(question)
                if encoder is not None:
                    true += encoder.answered
                    for option in answer:
                        true += encoder.chosen.get(option, ())
                    for option, left_out in encoder.left_out.items():
                        if option not in answer:
                            true += left_out
        return true
