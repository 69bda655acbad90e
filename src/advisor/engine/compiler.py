"""Compiles a rulebook into a program, grounded for a number of partners.

Quantifiers, counts, nested alternatives and the closure of levels are compiled away into clauses over auxiliary atoms.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from advisor.engine.program import AGENCY, Atom, AtomKind, Clause, Program, Slot
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
from advisor.model.vocabulary import Finding, Question, Scope


def compile_program(rulebook: Rulebook, partners: int) -> Program:
    """The program of a rulebook for this many partners. Raises `InputError` on a cycle through negation."""
    return _Compiler(rulebook, partners).compile()


class _Compiler:
    """Grounds question by question and rule by rule; atoms are numbered at the end, tests on answers first."""

    def __init__(self, rulebook: Rulebook, partners: int) -> None:
        self.rulebook, self.partners = rulebook, partners
        self.clauses: list[tuple[Atom, tuple[Atom, ...], tuple[Atom, ...]]] = []
        self.steps: dict[tuple[Condition, int], Atom] = {}
        self.inputs: set[Atom] = set()
        self.tests: set[Atom] = set()
        self.asked: dict[Slot, Atom] = {}

    def compile(self) -> Program:
        for question in self.rulebook.vocabulary.conditional.values():
            for owner in self._owners(question.asked):
                atom = self.asked[owner, question.id] = Atom("asked", question.id, (), owner)
                self._give(atom, question.when, owner)
        for finding in self.rulebook.vocabulary.findings.values():
            if finding.kind == "level":
                self._close_level(finding)
            elif finding.before:
                self._rank(finding)
        for rule in self.rulebook.rules.values():
            for owner in self._owners(rule.about):
                self._ground(rule, owner)
        return self._number()

    def _owners(self, scope: Scope) -> Iterable[int]:
        return range(self.partners) if scope == "partner" else (AGENCY,)

    def _close_level(self, finding: Finding) -> None:
        values = tuple(finding.values)
        pairs = list(pairwise(values if finding.keep == "lowest" else values[::-1]))
        for owner in self._owners(finding.of):
            for stronger, weaker in pairs:
                self._clause(_level(finding, weaker, owner), [(_level(finding, stronger, owner), True)])

    def _rank(self, finding: Finding) -> None:
        """A value is taken where the one before it holds, or is taken itself."""
        for owner in self._owners(finding.of):
            for value, before in finding.before.items():
                taken = Atom("taken", finding.name, (value,), owner)
                self._clause(taken, [(Atom("finding", finding.name, (before,), owner), True)])
                if before in finding.before:
                    self._clause(taken, [(taken._replace(values=(before,)), True)])

    def _ground(self, rule: Rule, owner: int) -> None:
        fires, free = Atom("rule", rule.id, (), owner), list[tuple[Atom, bool]]()
        for name, value in rule.conclusions:
            finding = self.rulebook.vocabulary.findings[name]
            of = owner if finding.of == "partner" else AGENCY
            head = _level(finding, value, of) if finding.kind == "level" else Atom("finding", name, (value,), of)
            self._clause(head, [(fires, True)])
            if value in finding.before:
                free.append((head._replace(kind="taken"), False))
        self._give(fires, rule.when, owner, free)

    def _give(self, head: Atom, condition: Condition, owner: int, beside: Iterable[tuple[Atom, bool]] = ()) -> None:
        """The clauses that give an atom where a condition holds and what is `beside` it, one for each alternative."""
        for alternative in condition.conditions if isinstance(condition, Any) else (condition,):
            for body in self._bodies(alternative, owner):
                self._clause(head, [*body, *beside])

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
                return [(self._test("answered", question, options, owner), True)] if options else None
            case Includes(question, option, wanted):
                return [(self._test("includes" if wanted else "excludes", question, (option,), owner), True)]
            case Known(question, wanted):
                return [(self._test("known" if wanted else "unknown", question, (), owner), True)]
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

    def _test(self, kind: AtomKind, question: str, values: tuple[str, ...], owner: int) -> Atom:
        """A test on an answer that counts. What it rests on is written when it is first met."""
        about = self.rulebook.vocabulary.questions[question]
        atom = Atom(kind, question, values, owner if about.asked == "partner" else AGENCY)
        if atom not in self.tests:
            self.tests.add(atom)
            self._define_test(atom, about)
        return atom

    def _define_test(self, atom: Atom, question: Question) -> None:
        """Where a question is always asked, that one of some options was chosen is an input; all else follows."""
        if atom.kind == "unknown":
            self._clause(atom, [(self._test("known", atom.name, (), atom.partner), False)])
        elif atom.kind == "excludes":
            known = self._test("known", atom.name, (), atom.partner)
            self._clause(atom, [(known, True), (self._test("includes", atom.name, atom.values, atom.partner), False)])
        elif question.conditional:
            given = atom._replace(kind="given")
            self.inputs.add(given)
            self._clause(atom, [(given, True), (self.asked[atom.partner, atom.name], True)])
        else:
            self.inputs.add(atom)

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
            case Any() | Found():
                self._give(atom, condition, owner)
            case Partners("any", inner):
                for body in (body for partner in range(self.partners) for body in self._bodies(inner, partner)):
                    self._clause(atom, body)
            case Partners(_, inner):
                parts = [self._literals(inner, partner) for partner in range(self.partners)]
                if parts and all(p is not None for p in parts):
                    self._clause(atom, [literal for p in parts if p for literal in p])
            case Count(least, conditions):
                self._count(atom, least, [(c, owner) for c in conditions])
            case PartnerCount(least, inner):
                self._count(atom, least, [(inner, partner) for partner in range(self.partners)])

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
        about_answers = self.inputs | self.tests
        mentioned = {atom for head, pos, neg in self.clauses for atom in (head, *pos, *neg)} - about_answers
        rest = mentioned.difference(self.asked.values())
        atoms = (*sorted(about_answers), *sorted(rest), *self.asked.values())
        number = {atom: n for n, atom in enumerate(atoms)}
        numbered = {
            Clause(number[head], tuple(number[a] for a in pos), tuple(number[a] for a in neg)) for head, pos, neg in self.clauses
        }
        ordered, blocks = self._order(sorted(numbered), atoms)
        return Program(
            self.rulebook.sha256,
            self.partners,
            atoms,
            len(about_answers),
            tuple(sorted(number[atom] for atom in self.inputs)),
            ordered,
            blocks,
            strata_of(len(atoms), ((c.head, c.positive, c.negative) for c in ordered)),
            self._chosen(number),
            {slot: number[atom] for slot, atom in self.asked.items()},
        )

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

    def _chosen(self, number: Mapping[Atom, int]) -> dict[Slot, dict[str, tuple[int, ...]]]:
        found: dict[Slot, dict[str, tuple[int, ...]]] = {}
        for atom in sorted(self.inputs):
            inputs = found.setdefault((atom.partner, atom.name), {})
            for option in atom.values or self.rulebook.vocabulary.questions[atom.name].options:
                inputs[option] = (*inputs.get(option, ()), number[atom])
        return found


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
