"""Tables of cases: Parquet, CSV and XLSX with a case a row, and folders of case files.

Whatever they come from, they are read in batches of columns of text. docs/sweeps.md describes the layout.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.io.case_reader import read_case
from advisor.model.case import MAX_PARTNERS, Case
from advisor.model.conditions import Answers
from advisor.model.problems import InputError, Problem, Problems
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import Vocabulary

ROWS = 1 << 16  # cases in a batch
NAME = "name"
JOINT = "+"  # between the options of one answer
_TABLES = {".parquet": "parquet", ".csv": "csv", ".xlsx": "xlsx"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column's distinct texts, stripped, and for each row the number of its text (-1: empty)."""

    texts: tuple[str, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows with what they are called in reports (a row or a file), and the columns by name."""

    file: str
    rows: tuple[int, ...]
    labels: tuple[str, ...]
    columns: dict[str, Column]


@dataclass(frozen=True, slots=True)
class Owner:
    """What a column is about: the agency (partner 0) or a partner by number; `question` may be the partner's name."""

    partner: int
    question: str


def batches(path: Path, vocabulary: Vocabulary, bad: list[Problem]) -> Iterator[Batch]:
    """The cases under a path, batch by batch; a row or a file that cannot be read at all is noted in `bad`.

    Raises `InputError` where the table itself is wrong: no such file, columns that are no question.
    """
    if path.is_dir():
        yield from _folder(path, vocabulary, bad)
        return
    kind = _TABLES.get(path.suffix.lower())
    if kind is None:
        raise InputError([Problem(str(path), 0, "unknown-table", found=path.suffix, allowed=tuple(_TABLES))])
    try:
        if kind == "parquet":
            yield from _parquet(path, vocabulary)
        else:
            yield from _texts(path, _csv_rows(path) if kind == "csv" else _xlsx_rows(path), vocabulary, bad)
    except OSError as error:
        raise InputError([Problem(str(path), 0, "unreadable-file", found=error.strerror or type(error).__name__)]) from None
    except UnicodeDecodeError as error:
        raise InputError([Problem(str(path), 0, "not-utf-8", found=f"0x{error.object[error.start]:02x}")]) from None


def column_owners(names: Sequence[str], vocabulary: Vocabulary, file: str) -> dict[str, Owner]:
    """What each column is about. Raises `InputError` for every column that is wrong."""
    problems = Problems(file)
    found: dict[str, Owner] = {}
    for name in names:
        ref = QuestionRef.parse(name)
        question, number = ref.question, ref.partner
        asked = vocabulary.questions.get(question)
        partner = int(number) if number is not None and number.isascii() and number.isdecimal() else 0
        if question == NAME and (number is None or 0 < partner <= MAX_PARTNERS):
            found[name] = Owner(partner, NAME)
        elif asked is None:
            known = [q.id for q in vocabulary.asked_of("agency" if number is None else "partner")]
            problems.add("unknown-column", 0, about=name, found=question, allowed=known)
        elif asked.asked == "agency" and number is not None:
            problems.add("question-about-the-agency", 0, about=name, found=question)
        elif asked.asked == "partner" and not 0 < partner <= MAX_PARTNERS:
            problems.add("column-needs-a-partner", 0, about=name, found=question, allowed=(str(MAX_PARTNERS),))
        else:
            found[name] = Owner(partner, question)
    for name in {name for name in names if names.count(name) > 1}:
        problems.add("duplicate-column", 0, about=name, found=name)
    if not any(owner.question != NAME for owner in found.values()) and not problems.found:
        problems.add("no-question-column")
    problems.raise_if_any()
    return found


def _parquet(path: Path, vocabulary: Vocabulary) -> Iterator[Batch]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise InputError([Problem(str(path), 0, "not-parquet", found=str(error).splitlines()[0])]) from None
    schema, problems = file.schema_arrow, Problems(str(path))
    column_owners(schema.names, vocabulary, str(path))
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) or pa.types.is_list(field.type) else field.type
        if not (
            pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)
        ):
            problems.add("column-of-another-type", 0, about=field.name, found=str(field.type))
    problems.raise_if_any()
    start = 1
    for batch in file.iter_batches(batch_size=ROWS):
        columns = {}
        for name, array in zip(schema.names, batch.columns, strict=True):
            text = pc.binary_join(array, JOINT) if pa.types.is_list(array.type) else array.cast(pa.string())
            encoded = text.dictionary_encode()
            codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            columns[name] = _stripped(encoded.dictionary.to_pylist(), codes)
        rows = tuple(range(start, start + len(batch)))
        start += len(batch)
        yield Batch(str(path), rows, tuple(str(row) for row in rows), columns)


def _stripped(texts: Sequence[str], codes: NDArray[np.int64]) -> Column:
    clean = [text.strip() for text in texts]
    if "" in clean:
        places = np.array([n if text else -1 for n, text in enumerate(clean)] + [-1], np.int64)
        codes = places[codes]
    return Column(tuple(clean), codes)


def _texts(path: Path, rows: Iterator[Sequence[Any]], vocabulary: Vocabulary, bad: list[Problem]) -> Iterator[Batch]:
    """Rows of cells, the first of which holds the columns' names; they are numbered as a spreadsheet shows them."""
    header = ["" if cell is None else str(cell).strip() for cell in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    column_owners(header, vocabulary, str(path))
    number = 1
    while taken := list(islice(rows, ROWS)):
        kept: list[tuple[int, list[str]]] = []
        for row in taken:
            number += 1
            cells = [_cell(value) for value in row]
            if any(cells[len(header) :]):
                bad.append(Problem(str(path), number, "row-too-long", found=str(len(cells)), allowed=(str(len(header)),)))
            elif any(cells):
                kept.append((number, cells + [""] * (len(header) - len(cells))))
        columns = {name: _column([cells[place] for _, cells in kept]) for place, name in enumerate(header)}
        yield Batch(str(path), tuple(n for n, _ in kept), tuple(str(n) for n, _ in kept), columns)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _column(texts: Sequence[str]) -> Column:
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(text, len(numbers)) if text else -1 for text in texts]
    return Column(tuple(numbers), np.array(codes, np.int64))


def _csv_rows(path: Path) -> Iterator[Sequence[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            yield from csv.reader(file)
        except csv.Error as error:
            raise InputError([Problem(str(path), 0, "not-csv", found=str(error))]) from None


def _xlsx_rows(path: Path) -> Iterator[Sequence[Any]]:
    from zipfile import BadZipFile

    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise InputError([Problem(str(path), 0, "not-xlsx", found=type(error).__name__)]) from None
    sheet = book.worksheets[0]
    yield from sheet.iter_rows(values_only=True)


def _folder(path: Path, vocabulary: Vocabulary, bad: list[Problem]) -> Iterator[Batch]:
    """The case files of a folder, in order of their names."""
    files = sorted(p for p in path.iterdir() if p.suffix in (".yaml", ".yml", ".json"))
    if not files:
        raise InputError([Problem(str(path), 0, "no-case-files", allowed=(".yaml", ".json"))])
    cases: list[tuple[Path, Case]] = []
    for file in files:
        try:
            cases.append((file, read_case(file, vocabulary)))
        except InputError as error:
            bad += error.problems
    rows = [dict(_cells(case)) for _, case in cases]
    names = dict.fromkeys(name for row in rows for name in row)
    for start in range(0, len(cases), ROWS):
        chosen = rows[start : start + ROWS]
        columns = {name: _column([row.get(name, "") for row in chosen]) for name in names}
        labels = tuple(file.name for file, _ in cases[start : start + ROWS])
        yield Batch(str(path), tuple(range(start + 1, start + 1 + len(chosen))), labels, columns)


def _cells(case: Case) -> Iterable[tuple[str, str]]:
    yield NAME, case.name
    yield from _answers(case.answers, None)
    for number, partner in enumerate(case.partners, start=1):
        yield str(QuestionRef(NAME, str(number))), partner.name
        yield from _answers(partner.answers, str(number))


def _answers(answers: Answers, owner: str | None) -> Iterable[tuple[str, str]]:
    return ((str(QuestionRef(question, owner)), JOINT.join(options)) for question, options in answers.items())
