"""What follows from a case: the inputs that were true, the clauses that fired, and what they concluded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from advisor.case import Case, Facts, facts_of
from advisor.engines import Engine
from advisor.program import AGENCY, Atom, AtomKind, Clause, Program
from advisor.rulebook import Rulebook


@dataclass(frozen=True, eq=False)
class Inference:
    """The outcome of one evaluation, with all that is needed to explain it."""

    rulebook: Rulebook
    program: Program
    case: Case
    facts: Facts
    inputs: tuple[int, ...]
    fired: tuple[int, ...]

    @cached_property
    def true(self) -> frozenset[int]:
        """The numbers of all atoms that hold."""
        return frozenset(self.inputs).union(self.support)

    @cached_property
    def support(self) -> Mapping[int, tuple[Clause, ...]]:
        """For each atom concluded, the clauses that gave it."""
        alone = self.program.alone
        found: dict[int, tuple[Clause, ...]] = {}
        for n in self.fired:
            head, clause = alone[n]
            found[head] = found[head] + clause if head in found else clause
        return found

    def holds(self, atom: Atom) -> bool:
        """Whether this atom holds."""
        return self.program.number.get(atom, -1) in self.true

    def values(self, finding: str, partner: int = AGENCY) -> tuple[str, ...]:
        """The values of a set (or flag) that were concluded, in the order they are declared."""
        declared = self.rulebook.vocabulary.findings[finding].values
        return tuple(v for v in declared if self.holds(Atom("finding", finding, (v,), partner)))

    def level(self, finding: str, partner: int = AGENCY) -> str | None:
        """The value a level came to, or None where no rule gave it one."""
        kind = self.rulebook.vocabulary.findings[finding]
        steps = list(kind.values) if kind.keep == "lowest" else list(reversed(kind.values))
        how: AtomKind = "at_most" if kind.keep == "lowest" else "at_least"
        return next((step for step in steps if self.holds(Atom(how, finding, (step,), partner))), None)

    @cached_property
    def rules_fired(self) -> tuple[tuple[str, int], ...]:
        """Every rule that fired, with its partner, by name."""
        atoms = (self.program.atoms[n] for n in self.true)
        return tuple(sorted((atom.name, atom.partner) for atom in atoms if atom.kind == "rule"))


def infer(case: Case, rulebook: Rulebook, program: Program, engine: Engine) -> Inference:
    """Evaluate a case; `program` has to be compiled for its number of partners."""
    facts = facts_of(case, rulebook.vocabulary)
    inputs = program.encode(facts.agency, facts.partners)
    return Inference(rulebook, program, case, facts, tuple(sorted(inputs)), engine.run(program, inputs))
