"""Compiles a rulebook into a program, grounded for a number of partners.

Quantifiers, counts, nested alternatives and the closure of levels are compiled away into clauses over auxiliary atoms.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from advisor.engine.program import AGENCY, Atom, AtomKind, Clause, Encoder, Program
from advisor.engine.stratification import components, strata_of
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.model.problems import InputError, Problem
from advisor.model.rulebook import Rule, Rulebook
from advisor.model.vocabulary import Finding


def compile_program(rulebook: Rulebook, partners: int) -> Program:
    """The program of a rulebook for this many partners. Raises `InputError` on a cycle through negation."""
    return _Compiler(rulebook, partners).compile()


class _Compiler:
    """Grounds rule by rule; atoms are numbered at the end, inputs first."""

    def __init__(self, rulebook: Rulebook, partners: int) -> None:
        self.rulebook, self.partners = rulebook, partners
        self.clauses: list[tuple[Atom, tuple[Atom, ...], tuple[Atom, ...]]] = []
        self.steps: dict[tuple[Condition, int], Atom] = {}
        self.used: set[Atom] = set()

    def compile(self) -> Program:
        for finding in self.rulebook.vocabulary.findings.values():
            if finding.kind == "level":
                self._close_level(finding)
        for rule in self.rulebook.rules.values():
            for owner in range(self.partners) if rule.about == "partner" else (AGENCY,):
                self._ground(rule, owner)
        return self._number()

    def _close_level(self, finding: Finding) -> None:
        values = tuple(finding.values)
        pairs = list(pairwise(values if finding.keep == "lowest" else values[::-1]))
        for owner in range(self.partners) if finding.of == "partner" else (AGENCY,):
            for stronger, weaker in pairs:
                self._clause(_level(finding, weaker, owner), [(_level(finding, stronger, owner), True)])

    def _ground(self, rule: Rule, owner: int) -> None:
        fires = Atom("rule", rule.id, (), owner)
        alternatives = rule.when.conditions if isinstance(rule.when, Any) else (rule.when,)
        for condition in alternatives:
            for body in self._bodies(condition, owner):
                self._clause(fires, body)
        for name, value in rule.conclusions:
            finding = self.rulebook.vocabulary.findings[name]
            of = owner if finding.of == "partner" else AGENCY
            head = _level(finding, value, of) if finding.kind == "level" else Atom("finding", name, (value,), of)
            self._clause(head, [(fires, True)])

    def _clause(self, head: Atom, body: Iterable[tuple[Atom, bool]]) -> None:
        literals = set(body)
        positive = tuple(sorted(atom for atom, sign in literals if sign))
        negative = tuple(sorted(atom for atom, sign in literals if not sign))
        self.clauses.append((head, positive, negative))

    def _bodies(self, condition: Condition, owner: int) -> Iterator[list[tuple[Atom, bool]]]:
        """The body of a condition as a list of literals, or nothing where it can never hold."""
        body: list[tuple[Atom, bool]] = []
        for part in condition.conditions if isinstance(condition, All) else (condition,):
            literals = self._literals(part, owner)
            if literals is None:
                return
            body += literals
        yield body

    def _literals(self, condition: Condition, owner: int) -> list[tuple[Atom, bool]] | None:
        match condition:
            case Always():
                return []
            case Answered(question, options):
                return [(self._input("answered", question, options, owner), True)] if options else None
            case Includes(question, option, wanted):
                return [(self._input("includes" if wanted else "excludes", question, (option,), owner), True)]
            case Known(question, wanted):
                return [(self._input("known" if wanted else "unknown", question, (), owner), True)]
            case Found():
                return self._found(condition, owner)
            case All(conditions):
                parts = [self._literals(c, owner) for c in conditions]
                return None if any(p is None for p in parts) else [literal for p in parts if p for literal in p]
            case Not(inner):
                return self._absent(inner, owner)
            case Any() | Count() | PartnerCount() | Partners():
                return [(self._step(condition, owner), True)]

    def _absent(self, inner: Found | Partners | Count | PartnerCount, owner: int) -> list[tuple[Atom, bool]]:
        if isinstance(inner, Found):
            literals = self._found(inner, owner)
            if len(literals) == 1:
                return [(literals[0][0], not literals[0][1])]
        return [(self._step(inner, owner), False)]

    def _input(self, kind: AtomKind, question: str, values: tuple[str, ...], owner: int) -> Atom:
        asked = self.rulebook.vocabulary.questions[question].asked
        atom = Atom(kind, question, values, owner if asked == "partner" else AGENCY)
        self.used.add(atom)
        return atom

    def _found(self, test: Found, owner: int) -> list[tuple[Atom, bool]]:
        """On a level that keeps the highest, "is" means there, and not at the next one up; the lowest mirrors it."""
        finding = self.rulebook.vocabulary.findings[test.finding]
        of = owner if finding.of == "partner" else AGENCY
        if finding.kind != "level":
            return [(Atom("finding", test.finding, (test.value,), of), True)]
        values = tuple(finding.values)
        outward = 1 if finding.keep == "highest" else -1
        own, beyond = ("at_least", "at_most") if finding.keep == "highest" else ("at_most", "at_least")
        place = values.index(test.value)
        literals: list[tuple[Atom, bool]] = []
        if test.how in ("is", own):
            literals.append((_level(finding, test.value, of), True))
        if test.how in ("is", beyond) and 0 <= place + outward < len(values):
            literals.append((_level(finding, values[place + outward], of), False))
        return literals

    def _step(self, condition: Any | Count | PartnerCount | Partners | Found, owner: int) -> Atom:
        """An auxiliary atom that holds when the condition does; the same condition gives the same atom."""
        key = (condition, owner)
        if key not in self.steps:
            atom = Atom("step", str(len(self.steps)), (), owner)
            self.steps[key] = atom
            self._define(atom, condition, owner)
        return self.steps[key]

    def _define(self, atom: Atom, condition: Any | Count | PartnerCount | Partners | Found, owner: int) -> None:
        match condition:
            case Any(conditions):
                alternatives = [(c, owner) for c in conditions]
            case Partners("any", inner):
                alternatives = [(inner, partner) for partner in range(self.partners)]
            case Partners(_, inner):
                parts = [self._literals(inner, partner) for partner in range(self.partners)]
                if parts and all(p is not None for p in parts):
                    self._clause(atom, [literal for p in parts if p for literal in p])
                return
            case Count(least, conditions):
                self._count(atom, least, [(c, owner) for c in conditions])
                return
            case PartnerCount(least, inner):
                self._count(atom, least, [(inner, partner) for partner in range(self.partners)])
                return
            case Found():
                alternatives = [(condition, owner)]
        for alternative, whose in alternatives:
            for body in self._bodies(alternative, whose):
                self._clause(atom, body)

    def _count(self, atom: Atom, least: int, members: list[tuple[Condition, int]]) -> None:
        """A ladder of steps: `(i, k)` holds when at least k of the first i conditions do."""

        def rung(i: int, k: int) -> Atom:
            last = (i, k) == (len(members), least)
            return atom if last else Atom("step", f"{atom.name}.{i}.{k}", (), atom.partner)

        for i, (condition, owner) in enumerate(members, start=1):
            literals = self._literals(condition, owner)
            for k in range(1, min(i, least) + 1):
                if i > k:
                    self._clause(rung(i, k), [(rung(i - 1, k), True)])
                if literals is not None:
                    below: list[tuple[Atom, bool]] = [(rung(i - 1, k - 1), True)] if k > 1 else []
                    self._clause(rung(i, k), [*literals, *below])

    def _number(self) -> Program:
        inputs = sorted(self.used)
        derived = sorted({atom for head, pos, neg in self.clauses for atom in (head, *pos, *neg)} - self.used)
        atoms = (*inputs, *derived)
        number = {atom: n for n, atom in enumerate(atoms)}
        numbered = {
            Clause(number[head], tuple(number[a] for a in pos), tuple(number[a] for a in neg)) for head, pos, neg in self.clauses
        }
        ordered, blocks = self._order(sorted(numbered), atoms)
        strata = strata_of(len(atoms), ((c.head, c.positive, c.negative) for c in ordered))
        return Program(self.rulebook.sha256, self.partners, atoms, len(inputs), ordered, blocks, strata, self._encoders(number))

    def _order(self, clauses: list[Clause], atoms: tuple[Atom, ...]) -> tuple[tuple[Clause, ...], tuple[tuple[range, bool], ...]]:
        below: dict[int, set[int]] = {}
        by_head: dict[int, list[Clause]] = {}
        for clause in clauses:
            below.setdefault(clause.head, set()).update(clause.positive, clause.negative)
            by_head.setdefault(clause.head, []).append(clause)
        ordered: list[Clause] = []
        blocks: list[tuple[range, bool]] = []
        for component in components(len(atoms), below):
            members = set(component)
            run = [clause for atom in component for clause in by_head.get(atom, ())]
            recursive = any(members.intersection(clause.positive) for clause in run)
            circle = [clause for clause in run if members.intersection(clause.negative)]
            if circle:
                missing = next(n for n in circle[0].negative if n in members)
                raise InputError([self._circle(_path(circle[0].head, missing, below, members), atoms)])
            start = len(ordered)
            ordered += run
            if recursive or not blocks or blocks[-1][1]:
                blocks.append((range(start, len(ordered)), recursive))
            elif run:
                blocks[-1] = (range(blocks[-1][0].start, len(ordered)), False)
        return tuple(ordered), tuple(blocks)

    def _circle(self, path: list[int], atoms: tuple[Atom, ...]) -> Problem:
        rules = [self.rulebook.rules[atoms[n].name] for n in path if atoms[n].kind == "rule"]
        place = min(range(len(rules)), key=lambda n: (rules[n].file, rules[n].line))
        first = rules[place]
        names = list(dict.fromkeys(rule.id for rule in (*rules[place:], *rules[:place])))
        return Problem(first.file, first.line, "circle-through-not", about=first.id, found=" → ".join([*names, names[0]]))

    def _encoders(self, number: Mapping[Atom, int]) -> dict[tuple[int, str], Encoder]:
        groups: dict[tuple[int, str], list[Atom]] = {}
        for atom in sorted(self.used):
            groups.setdefault((atom.partner, atom.name), []).append(atom)
        encoders = {}
        for key, group in groups.items():
            options: dict[str, list[int]] = {}
            for atom in group:
                if atom.kind in ("answered", "includes"):
                    for option in atom.values:
                        options.setdefault(option, []).append(number[atom])
            encoders[key] = Encoder(
                {option: tuple(numbers) for option, numbers in options.items()},
                {atom.values[0]: (number[atom],) for atom in group if atom.kind == "excludes"},
                tuple(number[atom] for atom in group if atom.kind == "known"),
                tuple(number[atom] for atom in group if atom.kind == "unknown"),
            )
        return encoders


def _path(head: int, start: int, below: Mapping[int, set[int]], members: set[int]) -> list[int]:
    """The atoms of a shortest circle from `head` down to `start`, on which it rests, and from there down to `head` again."""
    came: dict[int, int] = {start: head}
    todo = [start]
    for atom in todo:
        for other in sorted(below[atom] & members - came.keys()):
            came[other] = atom
            todo.append(other)
    path = [head]
    while path[-1] != start:
        path.append(came[path[-1]])
    return [head, *reversed(path[1:])] if head != start else [head]


def _level(finding: Finding, value: str, owner: int) -> Atom:
    return Atom("at_least" if finding.keep == "highest" else "at_most", finding.name, (value,), owner)
