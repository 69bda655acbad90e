"""Why not: the rules that could have given a conclusion, nearest first, and the answers that kept them from it.

How far a rule is from firing is counted in tests on answers: the fewest found that would have to come out otherwise,
through intermediate findings. A condition that could be met in several ways counts by its nearest.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from advisor.engine.conclusions import Conclusion
from advisor.engine.inference import Inference
from advisor.engine.program import Atom
from advisor.model.rulebook import Rule

Leaf = tuple[int, bool]  # a test on an answer, and whether it would have to hold
Leaves = frozenset[Leaf]


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test on an answer that came out the wrong way: `wanted` False where it holds and must not.

    `answer` is what was answered; empty where nothing was, or where the answer does not count.
    """

    test: Atom
    wanted: bool
    answer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnmetCondition:
    """A condition of a rule that failed: a test or a finding, whether it was wanted, and the failed tests under it.

    `rules` are those between, that would have to fire or not to.
    """

    atom: Atom
    wanted: bool
    failed_tests: tuple[FailedTest, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearRule:
    """A rule that did not give the conclusion, the conditions it lacked, and how many tests that comes to.

    `forbidding` is True for a rule that gave what must not hold: it fired, and would have to be kept from it.
    """

    rule: Rule
    partner: int
    unmet: tuple[UnmetCondition, ...]
    distance: int
    forbidding: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The rules that could have given a conclusion, nearest first; none and `holds` where it is concluded."""

    conclusion: Conclusion
    holds: bool
    rules: tuple[NearRule, ...]


def why_not(inference: Inference, conclusion: Conclusion) -> WhyNot:
    """What kept a conclusion from holding in a case."""
    literals = conclusion.literals or ()
    search = _Search(inference, [number for number, _ in literals])
    failing = [(n, sign) for n, sign in literals if (n in inference.true) is not sign]
    found: dict[tuple[int, bool], NearRule] = {}
    for number, wanted in failing:
        for rule in search.rules_for(number):
            fired = rule in inference.true
            if fired is not wanted and (near := search.near(rule, wanted=wanted)):
                found[rule, wanted] = near
    ordered = sorted(found.values(), key=lambda near: (near.distance, near.rule.id, near.partner))
    return WhyNot(conclusion, conclusion.literals is not None and not failing, tuple(ordered))


class _Search:
    """The nearest way to turn each atom of one inference on which these atoms rest."""

    def __init__(self, inference: Inference, numbers: Iterable[int]) -> None:
        self.inference, self.program = inference, inference.program
        self.known: dict[tuple[int, bool], Leaves | None] = {}
        self._solve(self.program.below(numbers))

    def _solve(self, below: Set[int]) -> None:
        """Nearest ways, worked out in the order of dependency; circles are gone through until nothing gets nearer."""
        heads = dict.fromkeys(
            clause.head for clause in self.program.clauses if clause.head >= self.program.tests and clause.head in below
        )
        changed = True
        while changed:
            changed = False
            for clause_head in heads:
                for wanted in (True, False):
                    way = self._work_out(clause_head, wanted=wanted)
                    before = self.known.get((clause_head, wanted))
                    if way is not None and (before is None or self._far(way) < self._far(before)):
                        self.known[clause_head, wanted], changed = way, self.program.recursive

    def way(self, number: int, *, wanted: bool) -> Leaves | None:
        """The failing tests that would have to come out otherwise; None where no answers do it."""
        if (number in self.inference.true) is wanted:
            return frozenset()
        if number < self.program.tests:
            return frozenset({(number, wanted)})
        return self.known.get((number, wanted))

    def _work_out(self, number: int, *, wanted: bool) -> Leaves | None:
        if (number in self.inference.true) is wanted:
            return frozenset()
        clauses = self.program.clauses_for(number)
        if wanted:
            ways = [self._all([*((n, True) for n in c.positive), *((n, False) for n in c.negative)]) for c in clauses]
            return self._nearest(ways)
        total: Leaves = frozenset()
        for clause in clauses:
            literals = [*((n, True) for n in clause.positive), *((n, False) for n in clause.negative)]
            way = self._nearest([self.way(n, wanted=not sign) for n, sign in literals])
            if way is None:
                return None
            total |= way
        return total

    def _all(self, literals: Sequence[tuple[int, bool]]) -> Leaves | None:
        total: Leaves = frozenset()
        for number, sign in literals:
            way = self.way(number, wanted=sign)
            if way is None:
                return None
            total |= way
        return total

    def _far(self, way: Leaves) -> int:
        """How far a way is: the tests to turn. One out of reach counts as three, so that the others come first."""
        questions = self.inference.rulebook.vocabulary.questions
        return sum(1 if questions[self.program.atoms[n].name].within_reach else 3 for n, _ in way)

    def _nearest(self, ways: Sequence[Leaves | None]) -> Leaves | None:
        possible = [way for way in ways if way is not None]
        return min(possible, key=lambda way: (self._far(way), sorted(way))) if possible else None

    def rules_for(self, number: int) -> tuple[int, ...]:
        """The rules that give an atom, looking through the steps of levels."""
        found, todo, seen = dict[int, None](), [number], {number}
        while todo:
            for clause in self.program.clauses_for(todo.pop()):
                for below in clause.positive:
                    if self.program.atoms[below].kind == "rule":
                        found[below] = None
                    elif below not in seen:
                        seen.add(below)
                        todo.append(below)
        return tuple(found)

    def near(self, number: int, *, wanted: bool) -> NearRule | None:
        """A rule as an answer to why not; None where no answers at all would turn it."""
        way = self.way(number, wanted=wanted)
        if way is None:
            return None
        atom = self.program.atoms[number]
        unmet = tuple(self._unmet(number, wanted=wanted))
        return NearRule(self.inference.rulebook.rules[atom.name], atom.partner, unmet, len(way), not wanted)

    def _unmet(self, number: int, *, wanted: bool) -> list[UnmetCondition]:
        """The failed conditions on the nearest way, steps looked through."""
        found: dict[tuple[int, bool], UnmetCondition] = {}
        for below, sign in self._below(number, wanted=wanted):
            if self.program.atoms[below].kind in ("step", "taken"):
                for condition in self._unmet(below, wanted=sign):
                    found[self.program.number[condition.atom], condition.wanted] = condition
            else:
                way = self.way(below, wanted=sign) or frozenset()
                rules: dict[str, None] = {}
                self._between(below, sign, rules, set())
                failed_tests = tuple(self._failed_test(leaf) for leaf in sorted(way))
                found[below, sign] = UnmetCondition(self.program.atoms[below], sign, failed_tests, tuple(rules))
        return list(found.values())

    def _below(self, number: int, *, wanted: bool) -> list[tuple[int, bool]]:
        """The literals that fail one level down, on the nearest way."""
        clauses = self.program.clauses_for(number)
        literals = [[*((n, True) for n in c.positive), *((n, False) for n in c.negative)] for c in clauses]
        if wanted:
            ways = [(way, body) for body in literals if (way := self._all(body)) is not None]
            body = min(ways, key=lambda entry: self._far(entry[0]))[1] if ways else []
            return [(n, sign) for n, sign in body if self.way(n, wanted=sign)]
        found = []
        for body in literals:
            broken = [(way, n, not sign) for n, sign in body if (way := self.way(n, wanted=not sign)) is not None]
            if broken and all(way for way, _, _ in broken):
                _, n, sign = min(broken, key=lambda entry: (self._far(entry[0]), entry[1]))
                found.append((n, sign))
        return found

    def _between(self, number: int, wanted: bool, rules: dict[str, None], seen: set[tuple[int, bool]]) -> None:
        if (number, wanted) in seen or number < self.program.tests:
            return
        seen.add((number, wanted))
        for below, sign in self._below(number, wanted=wanted):
            if self.program.atoms[below].kind == "rule":
                rules[self.program.atoms[below].name] = None
            self._between(below, sign, rules, seen)

    def _failed_test(self, leaf: Leaf) -> FailedTest:
        atom = self.program.atoms[leaf[0]]
        facts = self.inference.facts
        owner = facts.agency if atom.partner < 0 else facts.partners[atom.partner]
        return FailedTest(atom, leaf[1], tuple(owner.get(atom.name, ())))
