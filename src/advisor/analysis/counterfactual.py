"""The smallest change of answers that reaches a goal, with proof, and what blocks a goal that nothing reaches."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.changes import ChangeSolver
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.solver import core, holds, models
from advisor.engine import Engine
from advisor.engine.conclusions import Conclusion
from advisor.engine.inference import infer
from advisor.engine.program import Slot
from advisor.engine.slots import answers_of, case_with
from advisor.model.case import Case
from advisor.model.vocabulary import Changeable

Cost = tuple[int, ...]
MOST = 50
_FIRST_TRY = 3.0  # seconds; doubled with each further try


@dataclass(frozen=True, slots=True, order=True)
class PathStep:
    """One answer that would be another: `before` is empty for an open question, which has to turn out so."""

    question: str
    partner: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    who: Changeable


@dataclass(frozen=True, slots=True)
class Path:
    """One cheapest way: the answers to change, the open questions that have to turn out so, and the case it leads to."""

    changes: tuple[PathStep, ...]
    presumed: tuple[PathStep, ...]
    case: Case


@dataclass(frozen=True, slots=True)
class Blocker:
    """An answer that stands in the way: nobody, or only another body, can change it, it was to be kept, or it would get worse."""

    question: str
    partner: int
    answer: tuple[str, ...]
    why: Literal["fixed", "others", "kept", "worse"]


@dataclass(frozen=True, slots=True)
class Reach:
    """How a goal can be reached.

    `cost` counts changed answers, open questions presumed, and how far changed answers move; `paths` are all that
    cost this little (the first `MOST` where `complete` is False), and none makes an answer worse. Without a path,
    `blocked_by` is a set of answers that together rule the goal out, none of them idle; empty where no answers at all reach it.
    """

    goals: tuple[tuple[Conclusion, ...], ...]
    cost: Cost
    paths: tuple[Path, ...]
    complete: bool
    blocked_by: tuple[Blocker, ...]

    @property
    def reached(self) -> bool:
        """Whether the goal holds as the case stands."""
        return bool(self.paths) and not any(self.cost)


class UnverifiedError(Exception):
    """The chain does not confirm what the solver found: a fault of this program, never of a case."""


def reach(
    case: Case,
    goals: Sequence[tuple[Conclusion, ...]],
    ground: GroundedRulebook,
    engine: Engine,
    *,
    keep: Collection[Slot] = (),
    deadline: Deadline | None = None,
    most: int = MOST,
) -> Reach:
    """All cheapest changes of a case for the better that reach every goal. Raises `NotDecidedError` when time is over.

    A solver that was used before can lose its way where a new one does not: after some seconds it is tried with a new one.
    """
    deadline, seconds, new = deadline or Deadline(), _FIRST_TRY, False
    while True:
        try:
            with ground.changes.lend(new=new) as held:
                return _reach(held, case, goals, ground, engine, keep, deadline.within(seconds), most)
        except NotDecidedError:
            deadline.check()
            seconds, new = 2 * seconds, True


def _reach(
    held: ChangeSolver,
    case: Case,
    goals: Sequence[tuple[Conclusion, ...]],
    ground: GroundedRulebook,
    engine: Engine,
    keep: Collection[Slot],
    deadline: Deadline,
    most: int,
) -> Reach:
    given = answers_of(case)
    locked = {slot for slot in given if not ground.question(slot).within_reach} | set(keep)
    best: Cost | None = None
    found: list[tuple[tuple[Conclusion, ...], dict[Slot, tuple[str, ...]]]] = []
    complete = True
    blockers: tuple[Slot, ...] = ()
    facts = [literal for slot, today in held.today.items() for literal in today.literals(given.get(slot, ()))]
    locks = [today.locked if slot in locked else -today.locked for slot, today in held.today.items()]
    locks += [today.onward for today in held.today.values()]
    for targets in product(*goals):
        wanted = _wanted(held, targets)
        if wanted is None:
            continue
        cost, answers, whole = _cheapest(held, [*facts, *locks, *wanted], given, ground, deadline, most)
        if cost is None:
            blockers = blockers or _blockers(held, [*facts, *wanted], locked, deadline)
        elif best is None or cost < best:
            best, found, complete = cost, [(targets, each) for each in answers], whole
        elif cost == best:
            found += [(targets, each) for each in answers]
            complete = complete and whole
    paths: dict[tuple[tuple[PathStep, ...], tuple[PathStep, ...]], Path] = {}
    for targets, changed in found:
        path = _path(case, given, changed, ground)
        _verify(path.case, targets, ground, engine)
        paths[path.changes, path.presumed] = path
    listed = tuple(path for _, path in sorted(paths.items(), key=lambda entry: entry[0]))
    blocked = () if listed else tuple(_blocker(slot, given, ground, keep) for slot in blockers)
    return Reach(tuple(goals), best or (), listed[:most], complete and len(listed) <= most, blocked)


def _wanted(held: ChangeSolver, targets: Sequence[Conclusion]) -> list[int] | None:
    literals = []
    for conclusion in targets:
        if conclusion.literals is None:
            return None
        literals += [held.after.truth[n] if sign else -held.after.truth[n] for n, sign in conclusion.literals]
    return literals


def _cheapest(
    held: ChangeSolver,
    assumptions: list[int],
    given: dict[Slot, tuple[str, ...]],
    ground: GroundedRulebook,
    deadline: Deadline,
    most: int,
) -> tuple[Cost | None, list[dict[Slot, tuple[str, ...]]], bool]:
    """The least cost, the changed answers of each answer set that costs it, and whether these are all."""
    cost: Cost | None = None
    found: list[dict[Slot, tuple[str, ...]]] = []
    for model in models(held.control, assumptions, deadline):
        if model.cost and not model.optimality_proven:
            continue
        if len(found) == most:
            return cost, found, False
        found.append(dict(_changed(held, model, given)))
        cost = cost or _cost(found[0], given, ground)
    return cost, found, True


def _cost(answers: Mapping[Slot, tuple[str, ...]], given: Mapping[Slot, tuple[str, ...]], ground: GroundedRulebook) -> Cost:
    """What these changes cost, as `advisor.analysis.changes` weighs them (which leaves out what costs nothing anywhere)."""
    moved = 0
    for slot, after in answers.items():
        question, before = ground.question(slot), given.get(slot, ())
        if question.kind == "several":
            moved += len(set(before) ^ set(after))
        elif question.kind == "scale" and before:
            moved += abs(question.options.index(before[0]) - question.options.index(after[0]))
    changed = sum(slot in given for slot in answers)
    return changed, len(answers) - changed, moved


def _changed(held: ChangeSolver, model: object, given: dict[Slot, tuple[str, ...]]) -> Iterator[tuple[Slot, tuple[str, ...]]]:
    for slot, choice in held.after.slots.items():
        answer = tuple(option for option, atom in choice.chosen.items() if holds(model, atom))  # type: ignore[arg-type]
        if answer != given.get(slot, ()):
            yield slot, answer


def _blockers(held: ChangeSolver, facts: list[int], locked: Collection[Slot], deadline: Deadline) -> tuple[Slot, ...]:
    slot_of = {held.today[slot].locked: slot for slot in sorted(locked)}  # the same in every process
    slot_of |= {today.onward: slot for slot, today in sorted(held.today.items()) if slot not in locked}
    needed = core(held.control, list(slot_of), facts, deadline)
    return tuple(slot_of[literal] for literal in needed or ())


def _blocker(slot: Slot, given: dict[Slot, tuple[str, ...]], ground: GroundedRulebook, keep: Collection[Slot]) -> Blocker:
    who = ground.question(slot).changeable
    why: Literal["fixed", "others", "kept", "worse"] = "kept" if slot in keep else "worse"
    if slot in given and who in ("fixed", "others"):
        why = who
    return Blocker(slot[1], slot[0], given.get(slot, ()), why)


def _path(case: Case, given: dict[Slot, tuple[str, ...]], answers: dict[Slot, tuple[str, ...]], ground: GroundedRulebook) -> Path:
    steps = [
        PathStep(slot[1], slot[0], given.get(slot, ()), answer, ground.question(slot).changeable)
        for slot, answer in answers.items()
    ]
    changes, presumed = (tuple(step for step in steps if bool(step.before) is known) for known in (True, False))
    return Path(changes, presumed, case_with(case, answers))


def _verify(case: Case, targets: Sequence[Conclusion], ground: GroundedRulebook, engine: Engine) -> None:
    true = infer(case, ground.rulebook, ground.program, engine).true
    for conclusion in targets:
        for number, sign in conclusion.literals or ():
            if (number in true) is not sign:
                raise UnverifiedError(conclusion.finding)
