"""Many different cases at once: tables are checked column by column, and every case that is right goes through.

What comes out is made in parts, and a run that was stopped goes on from those that are there.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.engine.program import AGENCY, Program
from advisor.io.cell_answers import CellAnswers
from advisor.io.files import write_whole
from advisor.io.headings import NAME, Headings, key_of
from advisor.loading import Loaded
from advisor.model.problems import InputError, Problem
from advisor.model.rulebook import Rulebook
from advisor.model.vocabulary import Question
from advisor.sweep.answers import Axis
from advisor.sweep.case_checks import CaseChecks, CheckedBatch, ReadColumn, Slot
from advisor.sweep.kernel import Bytes, Kernel, bits
from advisor.sweep.parquet import Column as Written
from advisor.sweep.parquet import Listed, Text, Truth, file_of
from advisor.sweep.runner import part_path, unwritable_part
from advisor.sweep.specialize import TRUE_PLACE, ConclusionColumn, Family, Specialized, conclusion_columns, specialize
from advisor.sweep.spreadsheets import TEXTS, WORKBOOKS, sheet_batches
from advisor.sweep.tables import Batch, TableRemarks, folder_batches, parquet_batches

FORMAT = "batch/1.2"
MANIFEST = "_batch.json"
_TABLES = (".parquet", *WORKBOOKS, *TEXTS)
Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch went: the cases that went through, all cases, and what was wrong with the others.

    `left_out` are columns, sheets and cells that no case was made of; `notices` what else there is to say.
    """

    good: int
    total: int
    problems: tuple[Problem, ...]
    left_out: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


class BatchRun:
    """One run over the cases of a table or a folder: read and checked, and counted as they go by.

    `ignored` are headings of columns that are left out without a word.
    """

    def __init__(self, path: Path, loaded: Loaded, ignored: Collection[str] = ()) -> None:
        self.path, self.loaded, self.reading = path, loaded, TableRemarks()
        self._ignored = {key_of(each) for each in ignored}
        by_program = path.is_dir() or path.suffix.lower() == ".parquet"
        answers = CellAnswers(loaded.rulebook.vocabulary, loaded.wording, ids_first=by_program)
        self._checks = CaseChecks(loaded.rulebook.vocabulary, answers)
        self._good = self._total = 0

    def checked(self, told: Told) -> Iterator[CheckedBatch]:
        """The cases, batch by batch, with which of them are right; `told` hears of each batch's number once it is used.

        Raises `InputError` where the table as a whole is wrong.
        """
        for batch in self._batches():
            found = self._checks.check(batch)
            self.reading.problems += found.problems
            self._total += len(batch.rows)
            self._good += int(found.right.sum())
            yield found
            told(len(batch.rows))

    def _batches(self) -> Iterator[Batch]:
        path, vocabulary = self.path, self.loaded.rulebook.vocabulary
        kind = path.suffix.lower()
        if path.is_dir():
            return folder_batches(path, vocabulary, self.reading)
        if kind not in _TABLES:
            raise InputError([Problem(str(path), 0, "unknown-table", found=path.suffix, allowed=_TABLES)])
        headings = Headings(vocabulary, self.loaded.wording)
        if kind == ".parquet":
            return parquet_batches(path, headings, self.reading)
        return sheet_batches(path, headings, self.reading)

    def result(self) -> BatchResult:
        """How it went, once all cases have gone by."""
        reading = self.reading
        total = self._total + reading.unread
        left = [each for each in reading.left_out if each.code != "column-left-out" or key_of(each.about) not in self._ignored]
        return BatchResult(
            self._good,
            total,
            tuple(sorted(reading.problems, key=lambda each: (each.file, each.line))),
            tuple(left),
            tuple(reading.notices),
        )

    def fingerprint(self) -> str:
        """What the results depend on: the cases as they are written, the rules and the words."""
        found = hashlib.sha256(f"{FORMAT} {self.loaded.rulebook.sha256} {self.loaded.wording.sha256}".encode())
        try:
            for file in sorted(each for each in self.path.iterdir() if each.is_file()) if self.path.is_dir() else [self.path]:
                found.update(f"\n{file.name}\n".encode("utf-8", "surrogateescape"))
                with file.open("rb") as opened:
                    while piece := opened.read(1 << 20):
                        found.update(piece)
        except OSError as error:
            raise InputError([Problem(str(self.path), 0, "unreadable-file", found=error.strerror or "")]) from None
        return found.hexdigest()


def run_to_folder(
    run: BatchRun, folder: Path, program: Callable[[int], Program], told: Told, *, passing: bool = False
) -> BatchResult:
    """Write what follows from each case, in their order, to Parquet files in `folder`.

    `told` hears of each batch's number of rows. Raises `InputError` where the table as a whole is wrong, or nothing
    can be written.
    """
    maker = _PartMaker(run.loaded.rulebook, program)
    parts = PartFolder(folder, run.fingerprint(), passing=passing)
    for number, checked in enumerate(run.checked(told)):
        kept = np.flatnonzero(checked.right)
        parts.make(part_path(folder, number), lambda checked=checked, kept=kept: maker.part(checked, kept))  # type: ignore[misc]
    parts.finish()
    return run.result()


def run_to_file(run: BatchRun, output: Path, program: Callable[[int], Program], told: Told) -> BatchResult:
    """The same, to one Parquet file."""
    import pyarrow.parquet as pq

    folder = parts_of(output)
    result = run_to_folder(run, folder, program, told, passing=True)
    try:
        draft = folder / ".whole.tmp"
        files = sorted(folder.glob("part-*.parquet"))
        with pq.ParquetWriter(draft, pq.read_schema(files[0])) as writer:
            for file in files:
                writer.write_table(pq.read_table(file))
        draft.replace(output)
        shutil.rmtree(folder)
    except OSError as error:
        raise unwritable_part(output, error) from None
    return result


def parts_of(output: Path) -> Path:
    """Where the parts of a file stand until all of them are there."""
    return output.with_name(f".{output.name}.parts")


class PartFolder:
    """A folder of parts that a run makes. It is opened when the first part is there, so that bad input leaves nothing.

    Raises `InputError` where it holds something else, or cannot be written. One that is only there for a while (`passing`) is
    begun anew instead where another run left it.
    """

    def __init__(self, folder: Path, fingerprint: str, *, passing: bool = False) -> None:
        self.folder, self.fingerprint, self.passing = folder, fingerprint, passing
        self._opened = False
        self._look()

    def _look(self) -> None:
        """See whether the folder is new, empty, or one that this run made before."""
        folder = self.folder
        if folder.exists() and not folder.is_dir():
            raise InputError([Problem("", 0, "file-exists", about=str(folder))])
        if folder.exists() and any(folder.iterdir()):
            manifest = folder / MANIFEST
            if not manifest.exists():
                raise InputError([Problem("", 0, "folder-not-empty", about=str(folder))])
            with suppress(OSError, ValueError):
                if json.loads(manifest.read_text("utf-8"))["batch"] == self.fingerprint:
                    return
            if self.passing:
                shutil.rmtree(folder, ignore_errors=True)
                return
            raise InputError([Problem("", 0, "output-of-another-batch", about=str(folder))])

    def make(self, path: Path, content: Callable[[], bytes]) -> None:
        """Write a part where there is none yet."""
        try:
            self._open()
            if not path.exists():
                write_whole(path, content())
        except OSError as error:
            raise unwritable_part(self.folder, error) from None

    def finish(self) -> None:
        """See that the folder is there, even if there was nothing to write."""
        try:
            self._open()
        except OSError as error:
            raise unwritable_part(self.folder, error) from None

    def _open(self) -> None:
        if self._opened:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for stray in self.folder.glob(".*.tmp"):
            stray.unlink(missing_ok=True)
        write_whole(self.folder / MANIFEST, (json.dumps({"format": FORMAT, "batch": self.fingerprint}) + "\n").encode())
        self._opened = True


class _PartMaker:
    """Works out batches of one table, by number of partners."""

    def __init__(self, rulebook: Rulebook, program: Callable[[int], Program]) -> None:
        self.rulebook, self.vocabulary, self.program = rulebook, rulebook.vocabulary, program
        self.kernels: dict[int, tuple[Specialized, Kernel]] = {}

    def part(self, checked: CheckedBatch, kept: NDArray[np.intp]) -> bytes:
        """The file of the rows that are right."""
        there, slots = checked.there[kept], checked.answered()
        axes = {slot: _encoded(columns, self.vocabulary.questions[slot[1]]) for slot, columns in slots.items()}
        counts = there.sum(axis=1)
        most = there.shape[1]
        conclusions = conclusion_columns(self.vocabulary, [str(n + 1) for n in range(most)])
        reached = {c: np.zeros(len(kept), np.uint8) for c in conclusions}
        for partners in np.unique(counts) if len(kept) else ():
            rows = np.flatnonzero(counts == partners)
            own = [slot for slot in axes if slot[0] <= partners]
            specialized, kernel = self._kernel(int(partners), own)
            columns = [column[kept[rows]] for slot in own for column in axes[slot]]
            results = kernel.run(columns, len(rows))
            for conclusion, places in zip(specialized.conclusions, specialized.places, strict=True):
                for place in places:
                    if place >= 0:
                        reached[conclusion][rows] += bits(results[place], len(rows)).view(np.uint8)
                    elif place == TRUE_PLACE:
                        reached[conclusion][rows] += np.uint8(1)
        written: list[Written] = [Listed("row", [checked.batch.labels[row] for row in kept])]
        if (names := checked.names(0)) is not None:
            said = ["".join(each) for each in names.said]
            written.append(Listed(NAME, [said[n] if n >= 0 else "" for n in names.codes[kept]]))
        written += [_written(conclusion, codes) for conclusion, codes in reached.items()]
        notes = {"advisor.batch": FORMAT, "advisor.rulebook": f"{self.rulebook.version} {self.rulebook.sha256}"}
        return file_of(written, len(kept), notes)

    def _kernel(self, partners: int, slots: list[Slot]) -> tuple[Specialized, Kernel]:
        if partners not in self.kernels:
            axes = []
            for owner, name in slots:
                question = self.vocabulary.questions[name]
                number = owner - 1 if owner else AGENCY
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


def _encoded(columns: list[ReadColumn], question: Question) -> list[Bytes]:
    """The kernel's columns: an answer's number (0: not known), or a truth value for each option."""
    if question.kind == "several":
        found = [np.zeros(len(columns[0].codes), np.uint8) for _ in question.options]
        for column in columns:
            for row, option in zip(found, question.options, strict=True):
                row |= np.array([option in said for said in column.said] + [False], np.uint8)[column.codes]
        return found
    (column,) = columns
    numbers = [question.options.index(said[0]) + 1 if said else 0 for said in column.said]
    return [np.array([*numbers, 0], np.uint8)[column.codes]]


def _written(conclusion: ConclusionColumn, codes: Bytes) -> Truth | Text:
    if conclusion.kind == "level":
        return Text(conclusion.name, conclusion.values, codes - np.uint8(1), 255)
    padded = np.zeros(-(-len(codes) // 64) * 8, np.uint8)
    packed = np.packbits(codes.view(np.bool_), bitorder="little")
    padded[: len(packed)] = packed
    return Truth(conclusion.name, padded.view(np.uint64))
