"""Other ways to evaluate the same program, each an engine: what `run` takes and gives is the same for all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from weakref import WeakKeyDictionary

from advisor.engine import Engine, engine
from advisor.engine.program import Program

Evaluate = Callable[[Iterable[int]], tuple[int, ...]]


@dataclass
class Peer:
    """An engine made of a function that lays out a program once and gives back how to evaluate it."""

    name: str
    lay_out: Callable[[Program], Evaluate]
    _cached: WeakKeyDictionary[Program, Evaluate] = field(default_factory=WeakKeyDictionary)

    def run(self, program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all clauses whose body holds, in ascending order."""
        evaluate = self._cached.get(program)
        if evaluate is None:
            evaluate = self._cached[program] = self.lay_out(program)
        return evaluate(true_inputs)


def naive() -> Engine:
    """The naive fixpoint, which every other engine is checked against."""
    return Peer("naive fixpoint", import_module("benchmarks.peers.naive").lay_out)


def installed() -> tuple[list[Engine], list[str]]:
    """The peers whose package is installed, and a message for each that is left out."""
    found: list[Engine] = []
    left_out = []
    for name, package, module in (("zen-engine", "zen", "zen"), ("CLIPS", "clips", "clips")):
        if find_spec(package) is None:
            left_out.append(f"{name} is left out: its package is not installed (pip install '.[bench]')")
        else:
            found.append(Peer(name, import_module(f"benchmarks.peers.{module}").lay_out))
    if find_spec("durable_rules_engine") is None:
        left_out.append("durable-rules is left out: its package is not installed (pip install '.[durable]', Python < 3.13)")
    else:
        found.append(engine("durable"))
    return found, left_out
