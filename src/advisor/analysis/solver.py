"""clingo controls, grounded once and lent out one at a time, and the two ways they are asked.

A control must not be used by two threads at once, so a pool lends each to one and makes another when all are out.
What a solver learns stays true whatever is assumed, so a control grows quicker with use.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from advisor.analysis.deadline import Deadline, NotDecidedError

if TYPE_CHECKING:
    import clingo  # who makes a control has it; here it only names one

Held = TypeVar("Held")
Target = TypeVar("Target")


class Pool(Generic[Held]):
    """Lends out what `make` makes, each to one borrower at a time."""

    def __init__(self, make: Callable[[], Held]) -> None:
        self._make, self._free, self._lock = make, list[Held](), threading.Lock()

    @contextmanager
    def lend(self, *, new: bool = False) -> Iterator[Held]:
        """One (or a new one) for the time of a `with` block; it is given up, not given back, where the block fails."""
        with self._lock:
            held = self._free.pop() if self._free and not new else None
        held = self._make() if held is None else held
        yield held
        with self._lock:
            self._free.append(held)


def models(
    control: "clingo.Control", assumptions: Sequence[int], deadline: Deadline, *, most: int = 0
) -> "Iterator[clingo.Model]":
    """The answer sets under assumptions, at most `most` (0: all). Raises `NotDecidedError` when time is over."""
    deadline.check()
    control.configuration.solve.models = most  # type: ignore[union-attr]
    if deadline.seconds is None:
        with control.solve(assumptions=list(assumptions), yield_=True) as handle:
            yield from handle
        return
    with control.solve(assumptions=list(assumptions), yield_=True, async_=True) as handle:
        while True:
            handle.resume()
            if not handle.wait(deadline.left):
                handle.cancel()
                raise NotDecidedError(deadline.seconds)
            model = handle.model()
            if model is None:
                return
            yield model


def hunt(
    control: "clingo.Control", assumptions: Sequence[int], targets: Mapping[Target, int], deadline: Deadline
) -> tuple[set[Target], bool]:
    """Which targets (a literal for each) some answer set meets, and whether that was decided for all of them.

    Every further answer set has to meet a target that none has met yet, so there is one solve, and at most as many
    answer sets as targets.
    """
    left, met = dict(targets), set[Target]()
    if not left:
        return met, True
    try:
        for model in models(control, assumptions, deadline):
            now = [target for target, literal in left.items() if holds(model, literal)]
            met.update(now)
            for target in now:
                del left[target]
            if not left:
                break
            model.context.add_clause(list(left.values()))
    except NotDecidedError:
        return met, False
    return met, True


def holds(model: "clingo.Model", literal: int) -> bool:
    """Whether a literal holds in an answer set."""
    return model.is_true(literal) if literal > 0 else not model.is_true(-literal)


def core(
    control: "clingo.Control", assumptions: Sequence[int], fixed: Iterable[int], deadline: Deadline
) -> tuple[int, ...] | None:
    """Of the assumptions, a smallest-by-inclusion set that with `fixed` leaves no answer set; None if there is one."""
    always = list(fixed)
    needed = _conflict(control, [*always, *assumptions], deadline)
    if needed is None:
        return None
    keep = [literal for literal in assumptions if literal in needed]
    for literal in list(keep):
        if literal not in keep:
            continue
        rest = [other for other in keep if other != literal]
        smaller = _conflict(control, [*always, *rest], deadline)
        if smaller is not None:
            keep = [other for other in rest if other in smaller]
    return tuple(keep)


def _conflict(control: "clingo.Control", assumptions: list[int], deadline: Deadline) -> set[int] | None:
    """Assumptions that already exclude each other, or None if there is an answer set."""
    deadline.check()
    control.configuration.solve.models = 1  # type: ignore[union-attr]
    with control.solve(assumptions=assumptions, yield_=True, async_=True) as handle:
        handle.resume()
        if not handle.wait(deadline.left):
            handle.cancel()
            raise NotDecidedError(deadline.seconds or 0)
        return set(handle.core()) if handle.get().unsatisfiable else None
