"""What every engine is: evaluates a compiled program and says which clauses fired."""

from collections.abc import Iterable
from typing import Protocol

from advisor.engine.program import Program


class EngineError(RuntimeError):
    """An engine gave no answer; the message says what happened."""


class Engine(Protocol):
    """Evaluates one compiled program, any number of times, from any thread."""

    name: str

    def run(self, program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all clauses whose body holds, in ascending order."""
        ...
