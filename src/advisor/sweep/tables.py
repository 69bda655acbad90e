"""Cases in columns, batch by batch, whatever they come from: Parquet, sheets, or a folder of case files."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.io.case_reader import read_case
from advisor.io.headings import NAME, ColumnHeading, Headings
from advisor.io.sheet import Content, address
from advisor.model.case import MAX_PARTNERS, Case
from advisor.model.conditions import Answers
from advisor.model.problems import InputError, Problem, Problems, nearest, shorten
from advisor.model.references import AnswerRef, QuestionRef
from advisor.model.vocabulary import Vocabulary

ROWS = 1 << 16  # cases in a batch
MOST_COMPARED = 500  # wrong texts for which the nearest right one is looked for
JOINT = "+"  # between the options of one answer
CASE_FILES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is about, its distinct contents, and for each case the number of its own (-1: empty).

    `place` is the column's number in its sheet, 0 where it has none; `rows` are the rows of its cells where they are not those
    of the cases.
    """

    heading: ColumnHeading
    texts: tuple[Content, ...]
    codes: NDArray[np.int64]
    sheet: str = ""
    place: int = 0
    rows: Sequence[int] | None = None

    @property
    def label(self) -> str:
        """What a problem calls it: the question, with the partner's number."""
        heading, number = self.heading, str(self.heading.partner) if self.heading.partner else None
        before = f"{heading.text}." if heading.text else ""
        if heading.option:
            return before + str(AnswerRef(heading.question, (heading.option,), number))
        return before + str(QuestionRef(heading.question, number))

    def cell(self, case: int, row: int) -> str:
        """The address of a case's cell; `row` is that of the case."""
        return address(self.sheet, self.rows[case] if self.rows else row, self.place) if self.place else ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases with the rows they stand on and what they are called in reports (a row or a file), and their columns.

    `cases` are the cases themselves where they were read as such.
    """

    file: str
    rows: tuple[int, ...]
    labels: tuple[str, ...]
    columns: tuple[Column, ...]
    cases: tuple[Case, ...] = ()


@dataclass(slots=True)
class TableRemarks:
    """What was found beside the cases: problems, what is left out of the work, what else there is to say.

    `unread` counts the cases that no batch holds, since nothing of them could be read.
    """

    problems: list[Problem] = field(default_factory=list)
    left_out: list[Problem] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    unread: int = 0


def column_of(
    heading: ColumnHeading, contents: Sequence[Content], sheet: str = "", place: int = 0, rows: Sequence[int] | None = None
) -> Column:
    """A column of these contents, one a case."""
    numbers: dict[Content, int] = {}
    codes = [numbers.setdefault(content, len(numbers)) if content != "" else -1 for content in contents]
    return Column(heading, tuple(numbers), np.array(codes, np.int64), sheet, place, rows)


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """A row of headings: the file, sheet and row that it stands in (0: in none), and its texts by column."""

    file: str
    texts: Mapping[int, Content]
    sheet: str = ""
    row: int = 0


def placed_headings(
    top: HeadingRow, known: Mapping[int, ColumnHeading], headings: Headings, reading: TableRemarks
) -> dict[int, ColumnHeading]:
    """What each column of a table is about, by its place; one that is no question is noted as left out.

    Raises `InputError` for every column that is a question and cannot be one here, or if there is no question at all.
    """
    file, row = top.file, top.row
    found: dict[int, ColumnHeading] = {}
    places: dict[ColumnHeading, int] = {}
    problems = Problems(file)
    for place, text in top.texts.items():
        heading, cell = known.get(place), address(top.sheet, row, place) if row else ""
        said = shorten(text) if isinstance(text, str) else ""
        if heading is not None and heading.partner is None:
            problems.found.append(
                Problem(file, row, "column-needs-a-partner", said, heading.question, (str(MAX_PARTNERS),), pointer=cell)
            )
        elif heading is not None and heading.partner and not _may_have_partner(heading, headings.vocabulary):
            problems.found.append(Problem(file, row, "question-about-the-agency", said, heading.question, pointer=cell))
        elif heading is None:
            reading.left_out.append(
                _left_out(file, row, said, cell, headings.spellings() if len(reading.left_out) < MOST_COMPARED else ())
            )
        elif heading in places and not _may_repeat(heading, headings.vocabulary):
            problems.found.append(Problem(file, row, "duplicate-column", found=said, pointer=cell))
        elif heading.question != NAME and heading.partner and heading.partner > MAX_PARTNERS:
            problems.found.append(
                Problem(file, row, "column-needs-a-partner", said, heading.question, (str(MAX_PARTNERS),), pointer=cell)
            )
        else:
            found[place], places[heading] = heading, place
    if not problems.found and not any(heading.asks for heading in found.values()):
        close = [problem for problem in reading.left_out if problem.nearest]
        problems.found += [*close, Problem(file, 0, "no-question-column")]
    problems.raise_if_any()
    return found


def _left_out(file: str, row: int, said: str, cell: str, close: Iterable[str]) -> Problem:
    stem = QuestionRef.parse(said).question
    return Problem(file, row, "column-left-out", said, stem, nearest=nearest(stem, close), pointer=cell)


def _may_have_partner(heading: ColumnHeading, vocabulary: Vocabulary) -> bool:
    return heading.question == NAME or vocabulary.questions[heading.question].asked == "partner"


def _may_repeat(heading: ColumnHeading, vocabulary: Vocabulary) -> bool:
    return heading.asks and vocabulary.questions[heading.question].kind == "several"


def parquet_batches(path: Path, headings: Headings, reading: TableRemarks) -> Iterator[Batch]:
    """The cases of a Parquet file. Raises `InputError` where it is none, or its columns do not fit."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise InputError([Problem(str(path), 0, "not-parquet", found=str(error).splitlines()[0])]) from None
    schema = file.schema_arrow
    names: dict[int, Content] = dict(enumerate(schema.names))
    known = {place: heading for place, name in names.items() if (heading := headings.find(name))}
    found = placed_headings(HeadingRow(str(path), names), known, headings, reading)
    problems = Problems(str(path))
    for place in found:
        kind = schema.field(place).type
        value = kind.value_type if pa.types.is_dictionary(kind) or pa.types.is_list(kind) else kind
        text = pa.types.is_string(value) or pa.types.is_large_string(value)
        if not (text or pa.types.is_boolean(kind) or pa.types.is_null(kind)):
            problems.add("column-of-another-type", 0, about=schema.names[place], found=str(kind))
    problems.raise_if_any()
    start = 1
    for batch in file.iter_batches(batch_size=ROWS):
        columns = []
        for place, heading in found.items():
            array = batch.columns[place]
            text = pc.binary_join(array, JOINT) if pa.types.is_list(array.type) else array.cast(pa.string())
            encoded = text.dictionary_encode()
            codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
            columns.append(_stripped(heading, encoded.dictionary.to_pylist(), codes))
        rows = tuple(range(start, start + len(batch)))
        start += len(batch)
        yield Batch(str(path), rows, tuple(str(row) for row in rows), tuple(columns))


def _stripped(heading: ColumnHeading, texts: Sequence[str], codes: NDArray[np.int64]) -> Column:
    clean = [text.strip() for text in texts]
    if "" in clean:
        places = np.array([n if text else -1 for n, text in enumerate(clean)] + [-1], np.int64)
        codes = places[codes]
    return Column(heading, tuple(clean), codes)


def folder_batches(path: Path, vocabulary: Vocabulary, reading: TableRemarks) -> Iterator[Batch]:
    """The case files of a folder, in order of their names; those that cannot be read are noted."""
    files = sorted(p for p in path.iterdir() if p.suffix in CASE_FILES)
    if not files:
        raise InputError([Problem(str(path), 0, "no-case-files", allowed=(".yaml", ".json"))])
    cases: list[tuple[Path, Case]] = []
    for file in files:
        try:
            cases.append((file, read_case(file, vocabulary)))
        except InputError as error:
            reading.problems += error.problems
            reading.unread += 1
    rows = [dict(_cells(case)) for _, case in cases]
    names = dict.fromkeys(heading for row in rows for heading in row)
    for start in range(0, len(cases), ROWS):
        chosen = rows[start : start + ROWS]
        columns = tuple(column_of(heading, [row.get(heading, "") for row in chosen]) for heading in names)
        part = cases[start : start + ROWS]
        numbers = tuple(range(start + 1, start + 1 + len(chosen)))
        yield Batch(str(path), numbers, tuple(file.name for file, _ in part), columns, tuple(case for _, case in part))


def _cells(case: Case) -> Iterator[tuple[ColumnHeading, str]]:
    yield ColumnHeading(NAME), case.name
    yield from _answers(case.answers, 0)
    for number, partner in enumerate(case.partners, start=1):
        yield ColumnHeading(NAME, partner=number), partner.name
        yield from _answers(partner.answers, number)


def _answers(answers: Answers, partner: int) -> Iterator[tuple[ColumnHeading, str]]:
    return ((ColumnHeading(question, partner=partner), JOINT.join(options)) for question, options in answers.items())
