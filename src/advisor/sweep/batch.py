"""Many different cases at once: tables are checked column by column, and every row that is right goes through."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.engine.program import AGENCY, Program
from advisor.io.files import write_whole
from advisor.model.problems import InputError, Problem, nearest, shorten
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import NONE, THAT_IS_ALL, UNKNOWN, Question
from advisor.sweep.answers import Axis
from advisor.sweep.kernel import Bytes, Kernel, bits
from advisor.sweep.parquet import Column as Written
from advisor.sweep.parquet import Listed, Text, Truth, file_of
from advisor.sweep.runner import part_path, unwritable_part
from advisor.sweep.specialize import TRUE_PLACE, ConclusionColumn, Family, Specialized, conclusion_columns, specialize
from advisor.sweep.tables import NAME, Batch, Column, Owner, batches, column_owners

_PLUS = re.compile(r"\s*[+;,]\s*")
_BOOLEAN = {"true": "yes", "false": "no"}
FORMAT = "batch/1.1"


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch went: the rows that went through, all rows, and what was wrong with the others."""

    good: int
    total: int
    problems: tuple[Problem, ...]


def run_batch(
    path: Path, folder: Path, rulebook: Rulebook, program: Callable[[int], Program], told: Callable[[int], None]
) -> BatchResult:
    """Read the cases under `path` and write what follows from each, in their order, to Parquet files in `folder`.

    `told` hears of each batch's number of rows. Raises `InputError` where the table as a whole is wrong, or nothing
    can be written.
    """
    _open(folder)
    bad: list[Problem] = []
    unread, good, total = 0, 0, 0
    runner = _Runner(rulebook, program)
    for number, batch in enumerate(batches(path, rulebook.vocabulary, bad)):
        right, problems = runner.check(batch)
        total += len(batch.rows)
        bad += problems
        kept = np.flatnonzero(right)
        good += len(kept)
        try:
            write_whole(part_path(folder, number), runner.part(batch, kept))
        except OSError as error:
            raise unwritable_part(folder, error) from None
        told(len(batch.rows))
    unread = len({(p.file, p.line if p.code == "row-too-long" else 0) for p in bad if p.code == "row-too-long" or path.is_dir()})
    return BatchResult(good, total + unread, tuple(bad))


def _open(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError([Problem("", 0, "folder-not-empty", about=str(folder))])
    except OSError as error:
        raise unwritable_part(folder, error) from None


class _Runner:
    """Checks batches of one table and works them out, by number of partners."""

    def __init__(self, rulebook: Rulebook, program: Callable[[int], Program]) -> None:
        self.rulebook, self.vocabulary, self.program = rulebook, rulebook.vocabulary, program
        self.kernels: dict[int, tuple[Specialized, Kernel]] = {}
        self.owners: dict[str, Owner] = {}
        self.axes: dict[str, list[Bytes]] = {}

    def check(self, batch: Batch) -> tuple[NDArray[np.bool_], list[Problem]]:
        """Which rows are right, and what is wrong with the others; keeps the columns of answers for `part`."""
        if not self.owners:
            self.owners = column_owners(list(batch.columns), self.vocabulary, batch.file)
        right = np.ones(len(batch.rows), np.bool_)
        problems: list[Problem] = []
        self.axes = {}
        for name, owner in self.owners.items():
            if owner.question == NAME:
                continue
            column = batch.columns[name]
            read = [self._answer(text, self.vocabulary.questions[owner.question]) for text in column.texts]
            self.axes[name] = _encoded(column, read, self.vocabulary.questions[owner.question])
            wrong = np.array([isinstance(answer, Problem) for answer in read] + [False], np.bool_)
            for row in np.flatnonzero(wrong[column.codes]):
                found = read[column.codes[row]]
                assert isinstance(found, Problem)
                problems.append(Problem(batch.file, batch.rows[row], found.code, name, found.found, found.allowed, found.nearest))
                right[row] = False
        there = self._there(batch)
        for row in np.flatnonzero((there[:, 1:] & ~there[:, :-1]).any(axis=1)):
            problems.append(Problem(batch.file, batch.rows[row], "partner-left-out", about=str(int(np.argmin(there[row])) + 1)))
            right[row] = False
        return right, sorted(problems)

    def _there(self, batch: Batch) -> NDArray[np.bool_]:
        """Which partners each row has: those with a name or any answer."""
        most = max((owner.partner for owner in self.owners.values()), default=0)
        there = np.zeros((len(batch.rows), most), np.bool_)
        for name, owner in self.owners.items():
            if owner.partner:
                there[:, owner.partner - 1] |= batch.columns[name].codes >= 0
        return there

    def _answer(self, text: str, question: Question) -> tuple[str, ...] | Problem:
        """The options a text says (none of them: not known), or what is wrong with it."""
        words = [_BOOLEAN.get(word.lower(), word) if "no" in question.options else word for word in _PLUS.split(text)]
        if words in ([UNKNOWN], [""]):
            return ()
        for word in words:
            if word not in question.options:
                allowed = (*question.options, UNKNOWN)
                return Problem("", 0, "unknown-option", "", shorten(word), allowed, nearest(word, allowed))
        if len(set(words)) < len(words):
            return Problem("", 0, "option-twice", "", shorten(text))
        if len(words) > 1 and question.kind != "several":
            return Problem("", 0, "one-answer-expected", "", shorten(text))
        if len(words) > 1 and NONE in words:
            return Problem("", 0, "none-with-others", "", shorten(text))
        if words == [THAT_IS_ALL]:
            return Problem("", 0, "that-is-all-alone", "", shorten(text))
        return tuple(words)

    def part(self, batch: Batch, kept: NDArray[np.intp]) -> bytes:
        """The file of the rows that are right."""
        there = self._there(batch)[kept]
        counts = there.sum(axis=1)
        most = there.shape[1]
        conclusions = conclusion_columns(self.vocabulary, [str(n + 1) for n in range(most)])
        reached = {c: np.zeros(len(kept), np.uint8) for c in conclusions}
        for partners in np.unique(counts) if len(kept) else ():
            rows = np.flatnonzero(counts == partners)
            specialized, kernel = self._kernel(int(partners))
            columns = [column[kept[rows]] for name in self._names(int(partners)) for column in self.axes[name]]
            results = kernel.run(columns, len(rows))
            for conclusion, places in zip(specialized.conclusions, specialized.places, strict=True):
                for place in places:
                    if place >= 0:
                        reached[conclusion][rows] += bits(results[place], len(rows)).view(np.uint8)
                    elif place == TRUE_PLACE:
                        reached[conclusion][rows] += np.uint8(1)
        labels = [batch.labels[row] for row in kept]
        written: list[Written] = [Listed("row", labels)]
        if NAME in batch.columns:
            column = batch.columns[NAME]
            written.append(Listed(NAME, [column.texts[n] if n >= 0 else "" for n in column.codes[kept]]))
        written += [_written(conclusion, codes) for conclusion, codes in reached.items()]
        notes = {"advisor.batch": FORMAT, "advisor.rulebook": f"{self.rulebook.version} {self.rulebook.sha256}"}
        return file_of(written, len(kept), notes)

    def _names(self, partners: int) -> list[str]:
        """The columns of answers that a case with so many partners has."""
        return [name for name, owner in self.owners.items() if owner.question != NAME and owner.partner <= partners]

    def _kernel(self, partners: int) -> tuple[Specialized, Kernel]:
        if partners not in self.kernels:
            axes = []
            for name in self._names(partners):
                owner = self.owners[name]
                question = self.vocabulary.questions[owner.question]
                number = owner.partner - 1 if owner.partner else AGENCY
                if question.kind == "several":
                    axes.append(Axis(number, question.id, tuple((option,) for option in question.options), "options"))
                else:
                    axes.append(Axis(number, question.id, ((), *((option,) for option in question.options))))
            names = tuple(str(n + 1) for n in range(partners))
            conclusions = conclusion_columns(self.vocabulary, names)
            family = Family(names, {}, tuple(axes))
            specialized = specialize(self.vocabulary, {partners: self.program(partners)}, family, conclusions)
            self.kernels[partners] = specialized, Kernel(specialized.layout, 128)
        return self.kernels[partners]


def _encoded(column: Column, read: list[tuple[str, ...] | Problem], question: Question) -> list[Bytes]:
    """The kernel's columns: an answer's number (0: not known), or a truth value for each option."""
    if question.kind == "several":
        table = np.zeros((len(question.options), len(read) + 1), np.uint8)
        for number, answer in enumerate(read):
            for option in answer if isinstance(answer, tuple) else ():
                table[question.options.index(option), number] = 1
        return [row[column.codes] for row in table]
    numbers = [question.options.index(a[0]) + 1 if isinstance(a, tuple) and a else 0 for a in read]
    return [np.array([*numbers, 0], np.uint8)[column.codes]]


def _written(conclusion: ConclusionColumn, codes: Bytes) -> Truth | Text:
    if conclusion.kind == "level":
        return Text(conclusion.name, conclusion.values, codes - np.uint8(1), 255)
    padded = np.zeros(-(-len(codes) // 64) * 8, np.uint8)
    packed = np.packbits(codes.view(np.bool_), bitorder="little")
    padded[: len(packed)] = packed
    return Truth(conclusion.name, padded.view(np.uint64))
