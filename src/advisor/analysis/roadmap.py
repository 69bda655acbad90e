"""A roadmap: an ordered series of scenarios from a case to a goal, each step one that the advice supports as it stands then.

The cheapest change that reaches the goal comes with proof from `counterfactual`; here it is put in order. A step is as
small as can be. It is supported where the gate stays open, nothing moves away from the goal, and it does one of three
things: it lifts what the advice at that point names (a limit, a condition, what stops it), it brings the partnership
to a closer place that the advice then recommends, or it is a choice about the purpose, which no advice can make.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.counterfactual import Blocker, Path, PathStep, reach
from advisor.analysis.deadline import Deadline
from advisor.analysis.goals import read_goals
from advisor.analysis.sensitivity import AdviceConclusion
from advisor.engine import Engine
from advisor.engine.conclusions import Conclusion, conclude, conclusions_of
from advisor.engine.inference import Inference, infer
from advisor.engine.program import AGENCY, TEST_KINDS, Atom, Slot
from advisor.engine.slots import case_with
from advisor.explain.justification import grounds
from advisor.model.case import Case
from advisor.model.scenario import AnswerChange

Support = Literal["named", "closer", "choice", "last"]

BUNDLE = 3  # changes tried together as one step before all that are left become the last one


@dataclass(frozen=True, slots=True)
class StepChange:
    """One answer of a step, and who can change it: agency, together, or open (it is not known yet, and has to turn out so)."""

    change: AnswerChange
    who: str


@dataclass(frozen=True, slots=True)
class RoadmapStep:
    """One scenario of a roadmap: what changes, why the advice supports it, where it leads and what that opens up.

    `named` is what the advice before the step names and the step settles. `proceed`, `dimension`, `need` and
    `attainable` are those of the advice after it.
    """

    changes: tuple[StepChange, ...]
    support: Support
    named: tuple[AdviceConclusion, ...]
    proceed: str
    dimension: str | None
    need: str | None
    attainable: str | None
    lost: tuple[AdviceConclusion, ...]
    gained: tuple[AdviceConclusion, ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """An answer that stands in the way of a goal, and why it has to stay: nobody can change it, or it was to be kept."""

    question: str
    partner: str | None
    answer: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Roadmap:
    """The way from a case to a goal. `ways` counts the equally short ones (`more` where there are others still).

    `reachable` without steps: the goal holds already. Not `reachable`: what stands in the way together is `blocked`, and
    where that is empty no answers at all lead there.
    """

    case: str
    goal: str
    start: RoadmapStep
    steps: tuple[RoadmapStep, ...]
    ways: int
    more: bool
    reachable: bool
    blocked: tuple[Blocked, ...]


def plan(
    case: Case,
    goal: tuple[Conclusion, ...],
    ground: GroundedRulebook,
    engine: Engine,
    deadline: Deadline | None = None,
    besides: Sequence[tuple[Conclusion, ...]] = (),
) -> Roadmap:
    """The roadmap to a goal (any of its conclusions will do), with what has to hold `besides` at its end.

    Raises `NotDecidedError` when the time is over.
    """
    names = [partner.name for partner in case.partners]
    text = " | ".join(str(conclusion.ref(names)) for conclusion in goal)
    found = reach(case, [goal, *besides], ground, engine, deadline=deadline)
    planner = _Planner(case, goal, ground, engine)
    start = planner.step((), "last", case, case)
    if not found.paths:
        blocked = tuple(_blocked(blocker, names) for blocker in found.blocked_by)
        return Roadmap(case.name, text, start, (), 0, False, False, blocked)
    orders = [planner.order(path) for path in found.paths]
    steps = max(orders, key=lambda order: (sum(step.support != "last" for step in order), -len(order)))
    return Roadmap(case.name, text, start, steps, len(found.paths), not found.complete, True, ())


def _blocked(blocker: Blocker, names: Sequence[str]) -> Blocked:
    partner = None if blocker.partner == AGENCY else names[blocker.partner]
    return Blocked(blocker.question, partner, blocker.answer, blocker.why)


def plan_for(case: Case, goal: str, ground: GroundedRulebook, engine: Engine, deadline: Deadline | None = None) -> Roadmap:
    """The roadmap to a goal as it is written, such as `dimension=integration`. Raises `InputError` where it is none.

    A way to a dimension must not make the purpose need more than that, unless it does today or there is no other way.
    """
    program, vocabulary = ground.program, ground.vocabulary
    (wanted,) = read_goals([goal], vocabulary, program, [partner.name for partner in case.partners])
    first = wanted[0]
    parts = vocabulary.advice_parts
    if first.finding == parts.recommended and first.value is not None and parts.needed:
        needed = conclude(program, vocabulary.findings[parts.needed], first.value, AGENCY, "at_most")
        inference = infer(case, ground.rulebook, program, engine)
        if all((number in inference.true) is held for number, held in needed.literals or ()):
            found = plan(case, wanted, ground, engine, deadline, besides=((needed,),))
            if found.reachable:
                return found
    return plan(case, wanted, ground, engine, deadline)


class _Planner:
    """Puts the changes of one way into an order."""

    def __init__(self, case: Case, goal: tuple[Conclusion, ...], ground: GroundedRulebook, engine: Engine) -> None:
        self.case, self.goal, self.ground, self.engine = case, goal, ground, engine
        self.names = [partner.name for partner in case.partners]
        self.parts = ground.vocabulary.advice_parts
        self.levels = tuple(level for level in (self.parts.recommended, self.parts.needed) if level)
        self.shown = conclusions_of(ground.vocabulary, ground.program, self.parts.shown)

    def order(self, path: Path) -> tuple[RoadmapStep, ...]:
        """The steps of a way, each as small as the advice allows at that point."""
        left = sorted((*path.changes, *path.presumed), key=lambda turn: (turn.who != "agency", turn.partner, turn.question))
        at, steps = self.case, list[RoadmapStep]()
        while left:
            step, taken, at = self._next(at, left)
            steps.append(step)
            left = [turn for turn in left if turn not in taken]
        return tuple(steps)

    def _next(self, at: Case, left: Sequence[PathStep]) -> tuple[RoadmapStep, Sequence[PathStep], Case]:
        """The smallest bundle that is supported; among those of a size what the advice names, then what brings it closer."""
        rank: tuple[Support, ...] = ("named", "closer", "choice")
        for size in range(1, min(BUNDLE, len(left) - 1) + 1):
            found = []
            for place, taken in enumerate(combinations(left, size)):
                after = self._with(at, taken)
                support = self._support(at, after)
                if support is not None:
                    found.append((rank.index(support), place, taken, after))
            if found:
                best, _, taken, after = min(found, key=lambda entry: entry[:2])
                return self.step(taken, rank[best], at, after), taken, after
        after = self._with(at, left)
        return self.step(left, self._support(at, after) or "last", at, after), left, after

    def _infer(self, case: Case) -> Inference:
        return infer(case, self.ground.rulebook, self.ground.program, self.engine)

    def _with(self, at: Case, turns: Sequence[PathStep]) -> Case:
        answers: dict[Slot, tuple[str, ...]] = {(turn.partner, turn.question): turn.after for turn in turns}
        return case_with(at, answers)

    def _support(self, before: Case, after: Case) -> Support | None:
        one, two = self._infer(before), self._infer(after)
        stops, still = one.concluded(self.parts.stops), two.concluded(self.parts.stops)
        if still and len(still) >= len(stops):
            return None
        nearer = {level: self._distance(one, level) - self._distance(two, level) for level in self.levels}
        if any(moved < 0 for moved in nearer.values()):
            return None
        if nearer[self.parts.recommended]:
            return "named" if self._settled(one, two) else "closer"
        if self._settled(one, two):
            return "named"
        return "choice" if nearer.get(self.parts.needed) else None

    def _level(self, inference: Inference, finding: str) -> str | None:
        return next(iter(inference.concluded(finding)), None)

    def _distance(self, inference: Inference, level: str) -> int:
        """How many steps a level is from the goal's dimension; 0 where the goal is about something else."""
        goal = next((c.value for c in self.goal if c.finding in self.levels), None)
        if goal is None:
            return 0
        scale = list(self.ground.vocabulary.findings[level].values)
        found = inference.level(level)
        return abs(scale.index(goal) - (scale.index(found) if found else -1))

    def _settled(self, before: Inference, after: Inference) -> list[AdviceConclusion]:
        """What the advice before names that the advice after no longer does, with nothing of the kind taking its place."""
        for finding in self.parts.to_settle:
            if set(after.values(finding)) - set(before.values(finding)):
                return []
        return [
            AdviceConclusion(finding, value, None)
            for finding in self.parts.to_settle
            for value in before.values(finding)
            if value not in after.values(finding)
        ]

    def step(self, turns: Sequence[PathStep], support: Support, before: Case, after: Case) -> RoadmapStep:
        """A step as it is shown, with what it opens up."""
        one, two = self._infer(before), self._infer(after)
        held = [(self._holds(one, conclusion), self._holds(two, conclusion)) for conclusion in self.shown]
        return RoadmapStep(
            tuple(self._turned(turn, before) for turn in turns),
            support,
            tuple(dict.fromkeys([*self._settled(one, two), *self._named(one, turns)])) if turns else (),
            two.values(self.parts.proceed)[0],
            two.level(self.parts.recommended),
            self._level(two, self.parts.needed),
            self._level(two, self.parts.attainable),
            tuple(self._outcome(c) for c, (was, now) in zip(self.shown, held, strict=True) if was and not now),
            tuple(self._outcome(c) for c, (was, now) in zip(self.shown, held, strict=True) if now and not was),
        )

    def _named(self, before: Inference, turns: Sequence[PathStep]) -> Iterator[AdviceConclusion]:
        """What the advice before names that rests on an answer of the step, settled by it or only eased."""
        slots = {(turn.partner, turn.question) for turn in turns}
        for finding in self.parts.to_settle:
            for value in before.values(finding):
                tests = [
                    atom
                    for ground in grounds(before, Atom("finding", finding, (value,)))
                    for atom in (*ground.inputs, *ground.absent)
                ]
                if any(atom.kind in TEST_KINDS and (atom.partner, atom.name) in slots for atom in tests):
                    yield AdviceConclusion(finding, value, None)

    def _turned(self, turn: PathStep, before: Case) -> StepChange:
        partner = None if turn.partner == AGENCY else self.names[turn.partner]
        answers = before.answers if turn.partner == AGENCY else before.partners[turn.partner].answers
        was = tuple(answers.get(turn.question, ()))
        return StepChange(AnswerChange(turn.question, partner, was, turn.after), turn.who if was else "open")

    def _holds(self, inference: Inference, conclusion: Conclusion) -> bool:
        return all((number in inference.true) is wanted for number, wanted in conclusion.literals or ())

    def _outcome(self, conclusion: Conclusion) -> AdviceConclusion:
        partner = None if conclusion.partner == AGENCY else self.names[conclusion.partner]
        return AdviceConclusion(conclusion.finding, conclusion.value, partner)
