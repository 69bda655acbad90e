"""What follows from a case: the inputs that were true, the clauses that fired, and what they concluded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from advisor.engine.base import Engine
from advisor.engine.facts import Facts, facts_of
from advisor.engine.program import AGENCY, Atom, Clause, Program
from advisor.model.case import Case
from advisor.model.rulebook import Rulebook

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Inference:
    """The outcome of one evaluation, with all that is needed to explain it."""

    rulebook: Rulebook
    program: Program
    case: Case
    inputs: frozenset[int]
    fired: tuple[int, ...]

    @cached_property
    def true(self) -> frozenset[int]:
        """The numbers of all atoms that hold."""
        return self.inputs.union(map(self.program.heads.__getitem__, self.fired))

    @cached_property
    def facts(self) -> Facts:
        """The answers that count."""
        return facts_of(self.case, self.program, self.given_by)

    @cached_property
    def given_by(self) -> Mapping[int, tuple[int, ...]]:
        """For each atom concluded, the numbers of the clauses that gave it."""
        alone = self.program.alone
        found: dict[int, tuple[int, ...]] = {}
        for n in self.fired:
            head, number = alone[n]
            found[head] = found[head] + number if head in found else number
        return found

    @cached_property
    def support(self) -> Mapping[int, tuple[Clause, ...]]:
        """For each atom concluded, the clauses that gave it."""
        clauses = self.program.clauses
        return {head: tuple(clauses[n] for n in numbers) for head, numbers in self.given_by.items()}

    def holds(self, atom: Atom) -> bool:
        """Whether this atom holds."""
        return self.program.number.get(atom, -1) in self.true

    @cached_property
    def conclusions(self) -> tuple[int, ...]:
        """The numbers of the findings that hold, in ascending order; of a level only the step it came to."""
        true, stronger, here = self.given_by, self.program.stronger, self.program.conclusions
        first, end = here.start, here.stop
        held = sorted([n for n in true if first <= n < end])
        return tuple([n for n in held if stronger.get(n) not in true])

    def came_to(self, number: int) -> int:
        """A conclusion that holds; for a step of a level the step that the level came to."""
        while (stronger := self.program.stronger.get(number)) in self.true:
            number = stronger
        return number

    @cached_property
    def _found(self) -> Mapping[tuple[str, int], Mapping[str, int]]:
        """For each finding and partner the values that were concluded, as declared, with their atoms' numbers."""
        atoms, places = self.program.atoms, self.rulebook.vocabulary.places
        found: dict[tuple[str, int], dict[str, int]] = {}
        for number in self.conclusions:
            _, finding, values, partner = atoms[number]
            found.setdefault((finding, partner), {})[values[0]] = number
        for (finding, partner), numbers in found.items():
            if len(numbers) > 1:
                declared = sorted(numbers, key=places[finding].__getitem__)
                found[finding, partner] = {value: numbers[value] for value in declared}
        return found

    def concluded(self, finding: str, partner: int = AGENCY) -> Mapping[str, int]:
        """The values of a finding that were concluded, as declared, with their atoms' numbers; of a level what it came to."""
        return self._found.get((finding, partner), _NOTHING)

    def values(self, finding: str, partner: int = AGENCY) -> tuple[str, ...]:
        """The values of a set (or flag) that were concluded, in the order they are declared."""
        kind = self.rulebook.vocabulary.findings[finding].kind
        return tuple(self.concluded(finding, partner)) if kind != "level" else ()

    def level(self, finding: str, partner: int = AGENCY) -> str | None:
        """The value a level came to, or None where no rule gave it one."""
        kind = self.rulebook.vocabulary.findings[finding].kind
        return next(iter(self.concluded(finding, partner)), None) if kind == "level" else None

    @cached_property
    def rules_fired(self) -> tuple[tuple[str, int], ...]:
        """Every rule that fired, with its partner, by name."""
        atoms = (self.program.atoms[n] for n in self.true)
        return tuple(sorted((atom.name, atom.partner) for atom in atoms if atom.kind == "rule"))


def infer(case: Case, rulebook: Rulebook, program: Program, engine: Engine) -> Inference:
    """Evaluate a case; `program` has to be compiled for its number of partners."""
    inputs = program.encode(case.answers, [partner.answers for partner in case.partners])
    return Inference(rulebook, program, case, frozenset(inputs), engine.run(program, inputs))
