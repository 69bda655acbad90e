"""What a sweep came to: how often each conclusion was reached, and which answers drive it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from advisor.sweep.parts import Tally
from advisor.sweep.plan import Plan
from advisor.sweep.specialize import ConclusionColumn

Table = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Share:
    """How many scenarios a value was concluded in; `value` None is a level that no rule gave."""

    value: str | None
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Driver:
    """How much an answer says about a conclusion.

    `information` is the mutual information in bits, counted over all scenarios. The two ends are the answers under
    which `value` is rarest and most frequent, with its share under each.
    """

    axis: str
    information: float
    value: str | None
    rarest: tuple[str, float]
    most: tuple[str, float]

    @property
    def span(self) -> float:
        """How far apart the shares are."""
        return self.most[1] - self.rarest[1]


@dataclass(frozen=True, slots=True)
class Spread:
    """One conclusion over all scenarios: its values by how often, and its drivers, strongest first."""

    name: str
    finding: str
    owner: int
    shares: tuple[Share, ...]
    drivers: tuple[Driver, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A sweep in brief. `always` hold in every scenario: (conclusion's name, finding, value)."""

    name: str
    rows: int
    spreads: tuple[Spread, ...]
    always: tuple[tuple[str, str, str], ...]


def summarize(plan: Plan, tally: Tally, findings: Sequence[str]) -> Summary:
    """The summary of these findings, in the order given; within one, what is concluded most often comes first."""
    spreads, start = [], 0
    for number in plan.tallied:
        conclusion = plan.specialized.conclusions[number]
        stop = start + len(conclusion.values)
        spreads.append(_spread(conclusion, tally.counts[start:stop], tally.joint[:, start:stop], plan, tally))
        start = stop
    ranked = sorted(spreads, key=lambda s: (findings.index(s.finding), s.owner, -s.shares[0].count if len(s.shares) == 1 else 0))
    return Summary(plan.name, tally.rows, tuple(ranked), tuple(_always(plan, findings)))


def _always(plan: Plan, findings: Sequence[str]) -> list[tuple[str, str, str]]:
    found = []
    for number, conclusion in enumerate(plan.specialized.conclusions):
        if conclusion.finding in findings and max(plan.specialized.places[number]) < 0:
            value = plan.specialized.constant(number)
            if value:
                found.append((conclusion.name, conclusion.finding, conclusion.values[0] if value is True else str(value)))
    return sorted(found, key=lambda entry: findings.index(entry[1]))


def _spread(conclusion: ConclusionColumn, counts: Table, joint: Table, plan: Plan, tally: Tally) -> Spread:
    values: tuple[str | None, ...] = conclusion.values
    whole = _apart(conclusion, np.array([tally.rows]), counts[None, :])[0]
    shown = list(range(len(values)))
    if conclusion.kind == "level":
        values = (*values, None)
        shown = [n for n in range(len(values)) if whole[n]]
    each = tally.rows or 1
    shares = tuple(Share(values[n], int(whole[n]), float(whole[n] / each)) for n in shown)
    apart = _apart(conclusion, tally.answers, joint)
    drivers, start = [], 0
    for name, words in plan.axes:
        drivers.append(_driver(name, words, apart[start : start + len(words)], values))
        start += len(words)
    drivers.sort(key=lambda driver: -driver.information)
    return Spread(conclusion.name, conclusion.finding, conclusion.owner, shares, tuple(drivers))


def _apart(conclusion: ConclusionColumn, rows: Table, reached: Table) -> Table:
    """Counts by value that exclude each other; last come those without a value. A step counts where the next is not reached."""
    if conclusion.kind == "truth":
        return np.column_stack([reached[:, 0], rows - reached[:, 0]])
    steps = [*reached.T, np.zeros_like(rows)]
    return np.column_stack([*(a - b for a, b in pairwise(steps)), rows - steps[0]])


def _driver(axis: str, words: Sequence[str], table: Table, values: Sequence[str | None]) -> Driver:
    """`table` holds a row an answer and a column a value."""
    given = table.sum(axis=1)
    shares = table[:, : len(values)] / np.maximum(given, 1)[:, None]
    held = np.flatnonzero(given)
    if not len(held):
        return Driver(axis, 0.0, values[0], ("", 0.0), ("", 0.0))
    span = shares[held].max(axis=0) - shares[held].min(axis=0)
    column = int(span.argmax())
    low, high = held[shares[held, column].argmin()], held[shares[held, column].argmax()]
    ends = ((words[low], float(shares[low, column])), (words[high], float(shares[high, column])))
    return Driver(axis, information(table), values[column], *ends)


def information(table: Table) -> float:
    """The mutual information, in bits, of the rows and columns of a table of counts."""
    total = table.sum()
    if not total:
        return 0.0
    joint = table / total
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    there = joint > 0
    return max(0.0, float((joint[there] * np.log2(joint[there] / expected[there])).sum()))
