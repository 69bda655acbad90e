"""Heat maps: one answer against another, and what a level comes to in each cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.sweep.plan import Plan
from advisor.sweep.runner import part_path
from advisor.sweep.summary import Summary


@dataclass(frozen=True, slots=True)
class Cell:
    """The scenarios with one answer on each axis: how many, the level most of them come to, its share, and all shares.

    `step` is the level's place on its scale; -1 where no rule gives one, None where there is no such scenario.
    """

    count: int
    step: int | None
    value: str | None
    share: float
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """`cells` by row (answers to `down`) and column (answers to `across`). `steps` are the level's, then None."""

    finding: str
    down: str
    across: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    steps: tuple[str | None, ...]
    cells: tuple[tuple[Cell, ...], ...]


def pairs_for(summary: Summary, level: str, asked: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The pairs of axes to draw: those asked for, or else the two that say most about the level."""
    if asked:
        return tuple(asked)
    drivers = next((s.drivers for s in summary.spreads if s.name == level), ())
    strongest = [driver.axis for driver in drivers if driver.information > 0][:2]
    return ((strongest[0], strongest[1]),) if len(strongest) == 2 else ()


def draw(plan: Plan, folder: Path, level: str, pairs: Sequence[tuple[str, str]]) -> tuple[HeatMap, ...]:
    """Read only the columns concerned, part by part, and count."""
    import pyarrow.parquet as pq

    words = dict(plan.axes)
    steps = next(c.values for c in plan.specialized.conclusions if c.name == level)
    wanted = [*dict.fromkeys(name for pair in pairs for name in pair), level]
    tables = [np.zeros(len(words[down]) * len(words[across]) * (len(steps) + 1), np.int64) for down, across in pairs]
    for number in range(plan.design.chunks if pairs else 0):
        read = pq.ParquetFile(part_path(folder, number), read_dictionary=wanted).read(wanted)
        codes = {name: _codes(read.column(name), words.get(name, steps)) for name in wanted}
        for table, (down, across) in zip(tables, pairs, strict=True):
            place = (codes[down] * len(words[across]) + codes[across]) * (len(steps) + 1) + codes[level]
            table += np.bincount(place, minlength=len(table))
    return tuple(_map(table, level, pair, words, steps) for table, pair in zip(tables, pairs, strict=True))


def _codes(column: object, words: Sequence[str]) -> NDArray[np.int64]:
    """The number of each row's word; that of no word comes after all others."""
    combined = column.combine_chunks()  # type: ignore[attr-defined]
    if combined.dictionary.to_pylist() != list(words):  # a constant column may hold fewer
        places = np.array([list(words).index(word) for word in combined.dictionary.to_pylist()] or [0])
        found = places[combined.indices.fill_null(0).to_numpy(zero_copy_only=False)]
    else:
        found = combined.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return np.where(combined.is_null().to_numpy(zero_copy_only=False), len(words), found).astype(np.int64)


def _map(
    table: NDArray[np.int64], level: str, pair: tuple[str, str], words: dict[str, tuple[str, ...]], steps: tuple[str, ...]
) -> HeatMap:
    down, across = pair
    cube = table.reshape(len(words[down]), len(words[across]), len(steps) + 1)
    named = (*steps, None)
    cells = tuple(tuple(_cell(counts, named) for counts in row) for row in cube)
    return HeatMap(level, down, across, words[down], words[across], named, cells)


def _cell(counts: NDArray[np.int64], named: tuple[str | None, ...]) -> Cell:
    total = int(counts.sum())
    if not total:
        return Cell(0, None, None, 0.0, tuple(0.0 for _ in named))
    place = int(counts.argmax())
    shares = tuple(float(count / total) for count in counts)
    return Cell(total, place if place < len(named) - 1 else -1, named[place], shares[place], shares)
