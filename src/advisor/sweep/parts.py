"""One chunk of a sweep: its scenarios, what follows from each, as a Parquet file with a tally of what it holds."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from advisor.sweep.kernel import Bytes, Kernel, Words, bits, count
from advisor.sweep.parquet import Column, Text, Truth, file_of
from advisor.sweep.plan import Plan
from advisor.sweep.specialize import TRUE_PLACE

TALLY = "advisor.tally"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a number of scenarios came to.

    `counts`: for each value of each tallied conclusion, in how many it holds (a level: is reached). `answers`: for each
    answer (axis by axis, value by value) in how many it is given. `joint`: answers by conclusions, in how many both.
    """

    rows: int
    counts: NDArray[np.int64]
    answers: NDArray[np.int64]
    joint: NDArray[np.int64]

    def __add__(self, other: "Tally") -> "Tally":
        joint = self.joint + other.joint
        return Tally(self.rows + other.rows, self.counts + other.counts, self.answers + other.answers, joint)

    def text(self) -> str:
        """The tally as JSON."""
        lists = {"counts": self.counts.tolist(), "answers": self.answers.tolist(), "joint": self.joint.tolist()}
        return json.dumps({"rows": self.rows, **lists}, separators=(",", ":"))

    @classmethod
    def of(cls, text: str) -> "Tally":
        """The tally that was written so."""
        read = json.loads(text)
        shape = (len(read["answers"]), len(read["counts"]))
        joint = np.array(read["joint"], np.int64).reshape(shape)
        return cls(read["rows"], np.array(read["counts"], np.int64), np.array(read["answers"], np.int64), joint)

    @classmethod
    def empty(cls, plan: Plan) -> "Tally":
        """The tally of no scenario."""
        answers, counts = sum(len(words) for _, words in plan.axes), len(tallied_places(plan))
        return cls(0, np.zeros(counts, np.int64), np.zeros(answers, np.int64), np.zeros((answers, counts), np.int64))


@dataclass(frozen=True, slots=True)
class SweepPart:
    """A chunk as it is written: the bytes of its file, and its tally."""

    number: int
    content: bytes
    tally: Tally


def make_part(plan: Plan, number: int) -> SweepPart:
    """A chunk of a sweep. The same plan and number give the same bytes, wherever it is made."""
    columns, rows = plan.design.make(number, plan.meets())
    results = Kernel(plan.specialized.layout).run(columns, rows)
    tally = _tally(plan, columns, results, rows)
    written: list[Column] = [Text(name, words, column) for (name, words), column in zip(plan.axes, columns, strict=True)]
    written += written_columns(plan, results, rows)
    notes = {"advisor.sweep": plan.sha256, "advisor.rulebook": " ".join(plan.rulebook), TALLY: tally.text()}
    return SweepPart(number, file_of(written, rows, notes), tally)


def written_columns(plan: Plan, results: Words, rows: int) -> list[Column]:
    """The conclusions as columns: truth values, and for a level the step it came to (null where none was given)."""
    found: list[Column] = []
    for number, (conclusion, places) in enumerate(zip(plan.specialized.conclusions, plan.specialized.places, strict=True)):
        if max(places) < 0:
            value = plan.specialized.constant(number)
            if isinstance(value, bool):
                found.append(Truth(conclusion.name, value))
            else:
                found.append(Text(conclusion.name, conclusion.values, conclusion.values.index(value) if value else -1))
        elif conclusion.kind == "truth":
            found.append(Truth(conclusion.name, results[places[0]]))
        else:
            # A step holds wherever a later one does, so that their number is the place of the last that holds, plus one.
            reached = np.zeros(rows, np.uint8)
            for place in places:
                if place >= 0:
                    reached += bits(results[place], rows).view(np.uint8)
                elif place == TRUE_PLACE:
                    reached += np.uint8(1)
            missing = 255 if places[0] != TRUE_PLACE else None
            found.append(Text(conclusion.name, conclusion.values, reached - np.uint8(1), missing))
    return found


def tallied_places(plan: Plan) -> list[int]:
    """The outputs that are tallied; negative ones are constants."""
    return [place for number in plan.tallied for place in plan.specialized.places[number]]


def _tally(plan: Plan, columns: list[Bytes], results: Words, rows: int) -> Tally:
    places = tallied_places(plan)
    size = -(-rows // 64)
    picked = np.zeros((len(places), size), np.uint64)
    for row, place in zip(picked, places, strict=True):
        if place >= 0:
            row[:] = results[place]
        elif place == TRUE_PLACE:
            row[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
    if rows % 64:
        picked[:, -1] &= np.uint64((1 << rows % 64) - 1)
    answers, joint = [], []
    both = np.empty_like(picked)
    packed = np.zeros(8 * size, np.uint8)
    for (_, words), column in zip(plan.axes, columns, strict=True):
        for value in range(len(words)):
            packed[: -(-rows // 8)] = np.packbits(column == value, bitorder="little")
            row = packed.view(np.uint64)
            answers.append(int(np.bitwise_count(row).sum(dtype=np.int64)))
            np.bitwise_and(picked, row, out=both)
            joint.append(np.bitwise_count(both).sum(axis=1, dtype=np.int64))
    counts = count(picked, 64 * size)
    return Tally(rows, counts, np.array(answers, np.int64), np.array(joint, np.int64).reshape(len(answers), len(places)))
