"""What can be asked about: a finding with a value, as a conjunction of a program's atoms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from advisor.engine.program import AGENCY, Atom, AtomKind, Program
from advisor.model.problems import Problems
from advisor.model.references import NO_LEVEL, ConclusionRef, How, goal, questions
from advisor.model.vocabulary import Finding, Vocabulary


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
        for owner in _owners(finding, program.partners):
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


def read_goals(
    texts: Sequence[str], vocabulary: Vocabulary, program: Program, partners: Sequence[str], file: str = ""
) -> tuple[tuple[Conclusion, ...], ...]:
    """What was asked for, each as `advisor.model.references.goal` reads it: a list of conclusions, any of which will do.

    Raises `InputError` with every problem in them.
    """
    problems = Problems(file)
    read = [goal(text, vocabulary, partners, problems) for text in texts]
    problems.raise_if_any()
    return tuple(tuple(conclusion_of(ref, vocabulary, program, partners) for ref in refs) for refs in read)


def conclusion_of(ref: ConclusionRef, vocabulary: Vocabulary, program: Program, partners: Sequence[str]) -> Conclusion:
    """The conclusion on this program that a reference to a finding with a value names."""
    finding = vocabulary.findings[ref.finding]
    owner = AGENCY if ref.partner is None else partners.index(ref.partner)
    none = ref.value == NO_LEVEL and finding.kind == "level"
    return conclude(program, finding, None if none else ref.value, owner, ref.how)


def read_slots(texts: Sequence[str], vocabulary: Vocabulary, partners: Sequence[str], file: str = "") -> set[tuple[int, str]]:
    """The slots of questions named as `advisor.model.references.questions` reads them. Raises `InputError`."""
    problems = Problems(file)
    refs = questions(texts, vocabulary, partners, problems)
    problems.raise_if_any()
    return {(AGENCY if ref.partner is None else partners.index(ref.partner), ref.question) for ref in refs}


def _owners(finding: Finding, partners: int) -> Iterable[int]:
    return range(partners) if finding.of == "partner" else (AGENCY,)
