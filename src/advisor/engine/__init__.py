"""Engines: each answers what follows from a case, as a set of clauses that fired."""

from collections.abc import Iterable
from typing import Protocol

from advisor.engine.program import Program
from advisor.io.disk_cache import Kept


class EngineError(RuntimeError):
    """An engine gave no answer; the message says what happened."""


class Engine(Protocol):
    """Evaluates one compiled program, any number of times, from any thread."""

    name: str

    def run(self, program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all clauses whose body holds, in ascending order."""
        ...


def engine(name: str, kept: Kept | None = None) -> Engine:
    """The engine of this name: `chain`, or `durable` where that extra is installed."""
    if name == "durable":
        from advisor.engine.durable import DurableEngine

        return DurableEngine()
    from advisor.engine.chain import ChainEngine

    return ChainEngine(kept)


NAMES = ("chain", "durable")
