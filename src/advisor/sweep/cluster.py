"""Runs a sweep on a Dask cluster: its workers make parts, and this process writes them.

The workers need this package and no shared disk. A part that was being made on a worker that died is made again on
another one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from advisor.model.problems import InputError, Problem
from advisor.sweep.parts import SweepPart, make_part
from advisor.sweep.plan import Plan

AHEAD = 3  # parts a thread that are on their way, so that no worker waits and nothing piles up
RETRIES = 20  # a part may meet so many dying workers


def on_cluster(address: str, timeout: float = 10.0) -> "Cluster":
    """A connection to the scheduler at this address. Raises `InputError` where there is none."""
    from distributed import Client

    try:
        connect: Any = Client
        return Cluster(connect(address, timeout=timeout, set_as_default=False))
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError([Problem("", 0, "no-scheduler", about=address, found=type(error).__name__)]) from None


class Cluster:
    """Makes parts on the workers of a cluster; close it when done."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def __call__(self, plan: Plan, numbers: Iterable[int]) -> Iterator[SweepPart]:
        """The parts, as they are done."""
        import distributed

        numbers = iter(numbers)
        # A plan is small and goes with each task: one that was sent out once would be lost with its worker.
        dask: Any = distributed
        waiting = dask.as_completed(loop=self.client.loop)
        for _ in range(AHEAD * max(1, sum(self.client.nthreads().values()))):
            self._next(waiting, plan, numbers)
        for future in waiting:
            part: SweepPart = future.result()
            future.release()
            self._next(waiting, plan, numbers)
            yield part

    def _next(self, waiting: Any, plan: Plan, numbers: Iterator[int]) -> None:
        number = next(numbers, None)
        if number is not None:
            waiting.add(self.client.submit(make_part, plan, number, pure=False, retries=RETRIES))

    def close(self) -> None:
        """End the connection; the cluster stays."""
        self.client.close()
