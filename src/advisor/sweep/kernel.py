"""Evaluates a circuit over packed columns: 64 scenarios a word, one row a node, blocks that stay in the cache.

The circuit becomes a list of in-place NumPy calls on rows that are laid out once. Rows are given back after
their last use, so that those in use at a time are few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from advisor.sweep.circuit import Circuit

Bytes: TypeAlias = NDArray[np.uint8]
Words: TypeAlias = NDArray[np.uint64]

WORDS = 2048  # a block: 131,072 scenarios, 16 KiB a row
BLOCK = 64 * WORDS
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One call: `op` of rows `a` and `b` into row `out`. Rows count inputs first, then outputs, then scratch."""

    op: str
    a: int
    b: int
    out: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A circuit as steps. `inputs` are (column, value) by row; plain data, so that it can be sent to other machines."""

    inputs: tuple[tuple[int, int], ...]
    outputs: int
    scratch: int
    steps: tuple[Instruction, ...]

    @property
    def ones(self) -> int:
        """The row in which every bit is set."""
        return len(self.inputs) + self.outputs + self.scratch


def lay_out(circuit: Circuit, outputs: Sequence[int]) -> Layout:
    """The steps that give these literals; nodes that none of them rests on are left out."""
    return _Scheduler(circuit, outputs).layout()


class _Scheduler:
    """Takes nodes in an order of dependency, depth first from each output, and gives them rows.

    A node's row holds it or its opposite, whichever takes fewer calls; where the other is needed as well, it gets a
    row of its own.
    """

    def __init__(self, circuit: Circuit, outputs: Sequence[int]) -> None:
        self.circuit, self.outputs = circuit, outputs
        cone = circuit.cone(outputs)
        named = {literal >> 1: key for key, literal in circuit.inputs.items()}
        self.inputs: dict[int, tuple[int, int]] = {node: named[node] for node in cone if node in named}  # type: ignore[misc]
        self.first = len(self.inputs) + len(outputs)
        self.rows: dict[int, int] = {2 * node: row for row, node in enumerate(self.inputs)}
        self.free: list[int] = []
        self.scratch = 0
        self.steps: list[Instruction] = []
        self.uses: dict[int, int] = {}
        for node in cone:
            for literal in circuit.gates[node]:
                self.uses[literal >> 1] = self.uses.get(literal >> 1, 0) + 1
        self.places: dict[int, list[int]] = {}
        for place, literal in enumerate(outputs):
            self.places.setdefault(literal >> 1, []).append(place)

    def layout(self) -> Layout:
        done = {0, *self.inputs}
        for node in (0, *self.inputs):
            self._deliver(node)
        for literal in self.outputs:
            waiting = [literal >> 1]
            while waiting:
                node = waiting[-1]
                missing = [below >> 1 for below in self.circuit.gates[node] if below >> 1 not in done]
                if node in done or missing:
                    waiting.pop() if node in done else waiting.extend(reversed(missing))
                    continue
                self._gate(node)
                done.add(node)
                waiting.pop()
        # Which row is the row of ones is known only now, so that it is marked -1 until here.
        ones = self.first + self.scratch
        steps = tuple(s if s.b >= 0 else Instruction(s.op, s.a if s.a >= 0 else ones, ones, s.out) for s in self.steps)
        return Layout(tuple(self.inputs.values()), len(self.outputs), self.scratch, steps)

    def _gate(self, node: int) -> None:
        literals = self.circuit.gates[node]
        straight = sum(literal not in self.rows for literal in literals)
        turned = sum(literal ^ 1 not in self.rows for literal in literals)
        sign = int(turned < straight)
        rows = [self._row(literal ^ sign) for literal in literals]
        out = self._target(2 * node + sign)
        op = "or" if sign else "and"
        self.steps.append(Instruction(op, rows[0], rows[1], out))
        self.steps += [Instruction(op, out, row, out) for row in rows[2:]]
        self.rows[2 * node + sign] = out
        for literal in literals:
            self._used(literal >> 1)
        self._deliver(node)

    def _row(self, literal: int) -> int:
        """The row that holds a literal; made from its opposite if need be."""
        if literal not in self.rows:
            row = self._take()
            self.steps.append(Instruction("xor", self.rows[literal ^ 1], -1, row))
            self.rows[literal] = row
        return self.rows[literal]

    def _target(self, literal: int) -> int:
        """Where a gate's result goes: straight to the output it is, or to a scratch row."""
        places = [p for p in self.places.get(literal >> 1, ()) if self.outputs[p] == literal]
        return len(self.inputs) + places[0] if places else self._take()

    def _take(self) -> int:
        if self.free:
            return self.free.pop()
        self.scratch += 1
        return self.first + self.scratch - 1

    def _used(self, node: int) -> None:
        self.uses[node] -= 1
        if not self.uses[node]:
            self._give_back(node)

    def _give_back(self, node: int) -> None:
        for literal in (2 * node, 2 * node + 1):
            if self.rows.get(literal, -1) >= self.first:
                self.free.append(self.rows.pop(literal))

    def _deliver(self, node: int) -> None:
        """Copy a node to the outputs it is, and give its rows back if nothing else rests on it."""
        for place in self.places.get(node, ()):
            literal, out = self.outputs[place], len(self.inputs) + place
            if node == 0:
                self.steps.append(Instruction("xor", -1, -1, out) if literal == 0 else Instruction("or", -1, -1, out))
            elif self.rows.get(literal) != out:
                held = literal if literal in self.rows else literal ^ 1
                self.steps.append(
                    Instruction("xor", self.rows[held], -1, out)
                    if held != literal
                    else Instruction("or", self.rows[held], self.rows[held], out)
                )
        if not self.uses.get(node):
            self._give_back(node)


class Kernel:
    """A layout with its rows in memory. Not to be shared between threads: each needs its own."""

    def __init__(self, layout: Layout, words: int = WORDS) -> None:
        self.layout, self.words = layout, words
        count = layout.ones + 1
        self._memory: Words = np.empty((count, words), np.uint64)
        self._memory[-1] = _ALL
        self._inputs = self._memory[: len(layout.inputs)].view(np.uint8)
        self._results = self._memory[len(layout.inputs) : len(layout.inputs) + layout.outputs]
        ops = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}
        rows = list(self._memory)
        self._calls = [(ops[step.op], rows[step.a], rows[step.b], rows[step.out]) for step in layout.steps]
        self._same: Bytes = np.empty(64 * words, np.bool_).view(np.uint8)

    def run(self, columns: Mapping[int, Bytes] | Sequence[Bytes], scenarios: int, out: Words | None = None) -> Words:
        """The outputs of so many scenarios as rows of bits, lowest bit first; bits past the last mean nothing.

        `columns` hold a byte a scenario: the number of the value.
        """
        width = -(-scenarios // 64)
        results = np.empty((self.layout.outputs, width), np.uint64) if out is None else out
        step = 64 * self.words
        for start in range(0, scenarios, step):
            stop = min(start + step, scenarios)
            self.encode(columns, start, stop)
            self.evaluate()
            first, last = start // 64, -(-stop // 64)
            results[:, first:last] = self._results[:, : last - first]
        return results

    def encode(self, columns: Mapping[int, Bytes] | Sequence[Bytes], start: int, stop: int) -> None:
        """Pack the inputs of the scenarios from `start` to `stop` into this block's rows."""
        same = self._same[: stop - start]
        truth, size = same.view(np.bool_), -(-(stop - start) // 8)
        for row, (column, value) in zip(self._inputs, self.layout.inputs, strict=True):
            np.equal(columns[column][start:stop], value, out=truth)
            row[:size] = np.packbits(same, bitorder="little")

    def evaluate(self) -> None:
        """Work out the outputs of the block whose inputs are packed."""
        for call, a, b, out in self._calls:
            call(a, b, out)


def bits(row: Words, scenarios: int) -> NDArray[np.bool_]:
    """A row of bits as one truth value a scenario."""
    return np.unpackbits(row.view(np.uint8), count=scenarios, bitorder="little").view(np.bool_)


def count(rows: Words, scenarios: int) -> NDArray[np.int64]:
    """How many scenarios each row holds in."""
    whole, rest = divmod(scenarios, 64)
    found: NDArray[np.int64] = np.bitwise_count(rows[:, :whole]).sum(axis=1, dtype=np.int64)
    if rest:
        found += np.bitwise_count(rows[:, whole] & np.uint64((1 << rest) - 1))
    return found
