"""Which scenarios a sweep holds, chunk by chunk: every combination in counting order, or a seeded random sample.

Any chunk can be made alone. Chunk k of the combinations starts at combination k times the chunk's size; chunk k of a
sample has a random stream of its own. Randomness is taken as raw words of the Philox generator, so that a seed gives
the same sample whatever version of NumPy draws it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from advisor.sweep.kernel import Bytes

Meets: TypeAlias = Callable[[Sequence[Bytes], int], NDArray[np.bool_]]

CHUNK = 1 << 19  # scenarios; a chunk is a file of its own


@dataclass(frozen=True, slots=True)
class Design:
    """The scenarios: the number of values on each axis, with weights where a sample is drawn by them.

    `sample` is how many scenarios are drawn, or None for every combination. The first axis changes slowest.
    """

    values: tuple[int, ...]
    weights: tuple[tuple[float, ...] | None, ...]
    sample: int | None
    seed: int = 0
    chunk: int = CHUNK

    @property
    def combinations(self) -> int:
        """How many combinations there are, before any constraint."""
        return prod(self.values)

    @property
    def candidates(self) -> int:
        """How many scenarios there are if no constraint takes any away."""
        return self.combinations if self.sample is None else self.sample

    @property
    def chunks(self) -> int:
        """How many chunks."""
        return -(-self.candidates // self.chunk)

    def make(self, number: int, meets: Meets | None = None) -> tuple[list[Bytes], int]:
        """A chunk's columns, and its number of scenarios; `meets` tells which candidates meet the constraints.

        In a sample those that do not are drawn again, so that the chunk is full.
        """
        start = number * self.chunk
        size = min(self.chunk, self.candidates - start)
        if self.sample is None:
            columns = self._combinations(start, size)
            return _meeting(columns, size, meets)
        stream = np.random.Philox(key=[self.seed, number])
        if meets is None:
            return self._drawn(stream, size), size
        found: list[list[Bytes]] = []
        missing = size
        while missing:
            columns, kept = _meeting(self._drawn(stream, self.chunk), self.chunk, meets)
            found.append([column[:missing] for column in columns])
            missing -= min(kept, missing)
        return [np.concatenate(parts) for parts in zip(*found, strict=True)], size

    def _combinations(self, start: int, size: int) -> list[Bytes]:
        columns, stride = [], self.combinations
        for values in self.values:
            stride //= values
            columns.append(counted(start, size, values, stride))
        return columns

    def _drawn(self, stream: np.random.Philox, size: int) -> list[Bytes]:
        columns = []
        for values, weights in zip(self.values, self.weights, strict=True):
            raw = stream.random_raw(-(-size // 2))
            drawn: NDArray[np.uint32] = np.asarray(raw, "<u8").view("<u4")[:size]
            if weights is None:
                columns.append(((drawn.astype(np.uint64) * np.uint64(values)) >> np.uint64(32)).astype(np.uint8))
                continue
            codes = np.zeros(size, np.uint8)
            for bound in list(accumulate(weights))[:-1]:
                codes += drawn >= np.uint32(min(bound / sum(weights), 1) * 0xFFFFFFFF)
            columns.append(codes)
        return columns


def counted(start: int, size: int, values: int, stride: int) -> Bytes:
    """One digit of the numbers from `start`: it goes through `values`, staying at each for `stride` numbers."""
    period = values * stride
    if period <= size:
        pattern = np.repeat(np.arange(values, dtype=np.uint8), stride)
        offset = start % period
        return np.tile(pattern, -(-(size + offset) // period))[offset : offset + size]
    offset = start % stride
    first, runs = start // stride, -(-(size + offset) // stride)
    codes = np.array([(first + run) % values for run in range(runs)], np.uint8)
    if stride <= size:
        return np.repeat(codes, stride)[offset : offset + size]
    column = np.full(size, codes[0], np.uint8)  # a run longer than the chunk: one value, or two
    column[stride - offset :] = codes[-1]
    return column


def _meeting(columns: list[Bytes], size: int, meets: Meets | None) -> tuple[list[Bytes], int]:
    if meets is None:
        return columns, size
    places = np.flatnonzero(meets(columns, size))
    return [column[places] for column in columns], len(places)
