"""How times are taken and summed up."""

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Times(NamedTuple):
    """Milliseconds: the median and the 95th percentile of all samples, and the median over cases of each one's fastest."""

    median: float
    p95: float
    best: float


def sample(action: Callable[[T], object], cases: Sequence[T]) -> list[float]:
    """How long one call for each case takes, in milliseconds."""
    found = []
    for case in cases:
        start = perf_counter()
        action(case)
        found.append((perf_counter() - start) * 1e3)
    return found


def summed_up(rounds: Sequence[Sequence[float]]) -> Times:
    """What several rounds over the same cases come to."""
    every = [time for times in rounds for time in times]
    p95 = statistics.quantiles(every, n=20, method="inclusive")[-1] if len(every) > 1 else every[0]
    return Times(statistics.median(every), p95, statistics.median(min(times) for times in zip(*rounds, strict=True)))
