"""What a program can conclude: a finding with a value, as a conjunction of its atoms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.engine.program import AGENCY, Atom, AtomKind, Program
from advisor.model.references import NO_LEVEL, ConclusionRef, How
from advisor.model.vocabulary import Finding, Vocabulary

Outcome = tuple[int, ...]  # conclusions by number: what holds where any of them does


@dataclass(frozen=True, slots=True)
class Conclusion:
    """A finding with a value, about the partnership or a partner; `value` None is a level that no rule gave.

    `how` is `is`, or for a level `at_least` or `at_most`. `literals` are the program's atoms that have to hold (True)
    or not (False); None where no rule can give it.
    """

    finding: str
    value: str | None
    partner: int
    how: How
    literals: tuple[tuple[int, bool], ...] | None

    def ref(self, partners: Sequence[str]) -> ConclusionRef:
        """How it is referred to, given the names of the partners."""
        owner = None if self.partner == AGENCY else partners[self.partner]
        return ConclusionRef(self.finding, self.value or NO_LEVEL, owner, self.how)


def conclusions_of(vocabulary: Vocabulary, program: Program, findings: Iterable[str] | None = None) -> tuple[Conclusion, ...]:
    """Every conclusion that some rule can give, of these findings or of all that advice has words for."""
    wanted = [f.name for f in vocabulary.findings.values() if f.worded_as] if findings is None else findings
    found = []
    for name in wanted:
        finding = vocabulary.findings[name]
        for owner in owners_of(finding, program.partners):
            none = [None] if finding.kind == "level" else []
            made = (conclude(program, finding, value, owner) for value in [*none, *finding.values])
            found += [conclusion for conclusion in made if conclusion.literals is not None]
    return tuple(found)


def conclude(program: Program, finding: Finding, value: str | None, owner: int, how: How = "is") -> Conclusion:
    """A conclusion on this program. A level is a value where it reaches it and not the next one."""
    if finding.kind != "level":
        number = program.number.get(Atom("finding", finding.name, (value or "",), owner))
        return Conclusion(finding.name, value, owner, how, None if number is None else ((number, True),))
    highest = finding.keep == "highest"
    kind: AtomKind = "at_least" if highest else "at_most"
    order = tuple(finding.values) if highest else tuple(reversed(finding.values))
    place = -1 if value is None else order.index(value)
    literals: list[tuple[int, bool]] = []
    if place >= 0 and how in ("is", kind):
        number = program.number.get(Atom(kind, finding.name, (order[place],), owner))
        if number is None:
            return Conclusion(finding.name, value, owner, how, None)
        literals.append((number, True))
    if place + 1 < len(order) and how != kind:
        number = program.number.get(Atom(kind, finding.name, (order[place + 1],), owner))
        if number is not None:
            literals.append((number, False))
    return Conclusion(finding.name, value, owner, how, tuple(literals))


def owners_of(finding: Finding, partners: int) -> Iterable[int]:
    """Those a finding is about: each partner by number, or the agency."""
    return range(partners) if finding.of == "partner" else (AGENCY,)
