"""Checks cases that stand in columns: each distinct content once, by what checks a case file, and the rows as a whole."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from advisor.io.cell_answers import CellAnswers
from advisor.io.headings import NAME, WORDS, ColumnHeading
from advisor.io.sheet import Content, Flaw
from advisor.model.case import FREE_WORDS, MAX_NAME, MAX_WORDS, Case, Partner
from advisor.model.names import composed, folded
from advisor.model.problems import Problem, Problems, shorten
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Question, Vocabulary
from advisor.sweep.tables import MOST_COMPARED, Batch, Column

Options = tuple[str, ...]
Slot = tuple[int, str]  # a partner's number (0: the agency) and a question


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """A column with what its contents say: options chosen, or a name or text. A row's number is -1 where it says nothing."""

    column: Column
    said: tuple[Options, ...]
    codes: NDArray[np.int64]

    @property
    def heading(self) -> ColumnHeading:
        """What the column is about."""
        return self.column.heading


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """A batch as it was read: which rows are right, what is wrong with the others, and which partners each row has."""

    batch: Batch
    columns: tuple[ReadColumn, ...]
    right: NDArray[np.bool_]
    there: NDArray[np.bool_]
    problems: tuple[Problem, ...]

    def names(self, partner: int) -> ReadColumn | None:
        """The column of a partner's names, or of those of the cases (0)."""
        return next((each for each in self.columns if each.heading == ColumnHeading(NAME, partner=partner)), None)

    def answered(self) -> dict[Slot, list[ReadColumn]]:
        """The columns of each question."""
        found: dict[Slot, list[ReadColumn]] = {}
        for each in self.columns:
            if each.heading.asks:
                found.setdefault((each.heading.partner or 0, each.heading.question), []).append(each)
        return found

    def case(self, row: int, questions: dict[str, Question], unnamed: str) -> Case:
        """A row as a case; a partner without a name is called `unnamed` and its number."""
        if self.batch.cases:
            return self.batch.cases[row]
        answers: dict[int, dict[str, Options]] = {}
        for (partner, name), columns in self.answered().items():
            chosen = {option for each in columns if each.codes[row] >= 0 for option in each.said[each.codes[row]]}
            if chosen:
                answers.setdefault(partner, {})[name] = tuple(o for o in questions[name].options if o in chosen)
        words: dict[str, str] = {}
        notes: dict[int, dict[tuple[str, str], str]] = {}
        for heading, text in self._texts(row):
            if heading.text == WORDS:
                words[heading.question] = text
            else:
                notes.setdefault(heading.partner or 0, {})[heading.question, heading.option] = text
        numbers = range(1, int(self.there[row].sum()) + 1)
        partners = (Partner(self._name(row, n) or f"{unnamed} {n}", answers.get(n, {}), notes.get(n, {})) for n in numbers)
        said = {name: words[name] for name in FREE_WORDS if name in words}
        name = self._name(row, 0) or self.batch.labels[row]
        return Case(name, answers.get(0, {}), tuple(partners), said, notes.get(0, {}))

    def _texts(self, row: int) -> Iterator[tuple[ColumnHeading, str]]:
        """What a row says in free words and in notes."""
        for each in self.columns:
            if each.heading.text and each.codes[row] >= 0:
                yield each.heading, each.said[each.codes[row]][0]

    def _name(self, row: int, partner: int) -> str:
        column = self.names(partner)
        return column.said[column.codes[row]][0] if column is not None and column.codes[row] >= 0 else ""


class CaseChecks:
    """Checks batches of one table."""

    def __init__(self, vocabulary: Vocabulary, answers: CellAnswers) -> None:
        self.vocabulary, self.answers = vocabulary, answers
        self._wrong = 0

    def check(self, batch: Batch) -> CheckedBatch:
        """What a batch says, and everything wrong with it."""
        right = np.ones(len(batch.rows), np.bool_)
        problems: list[Problem] = []
        columns: list[ReadColumn] = []
        for column in batch.columns:
            read, wrong = self._read(column)
            columns.append(read)
            bad = np.array([bool(each) for each in wrong] + [False], np.bool_)
            for place in np.flatnonzero(bad[column.codes]):
                problems += [_at(batch, column, int(place), each) for each in wrong[column.codes[place]]]
                right[place] = False
        checked = CheckedBatch(batch, tuple(columns), right, _there(batch, columns), ())
        for row, problem in (*_gaps(checked), *_same_names(checked), *self._combined(checked)):
            problems.append(problem)
            right[row] = False
        return replace(checked, problems=tuple(problems))

    def _read(self, column: Column) -> tuple[ReadColumn, list[list[Problem]]]:
        said: list[Options] = []
        wrong: list[list[Problem]] = []
        for content in column.texts:
            problems = Problems("")
            problems.compares = self._wrong < MOST_COMPARED
            said.append(self._said(content, column, problems))
            wrong.append([replace(each, about=column.label) for each in problems.found])
            self._wrong += len(problems.found)
        places = np.array([n if each else -1 for n, each in enumerate(said)] + [-1], np.int64)
        return ReadColumn(column, tuple(said), places[column.codes]), wrong

    def _said(self, content: Content, column: Column, problems: Problems) -> Options:
        heading = column.heading
        if isinstance(content, Flaw):
            problems.add(content.code, 0, found=content.found, allowed=content.allowed)
            return ()
        if heading == ColumnHeading(NAME):
            return _named(content, problems)
        if heading.text:
            return self._text(content, problems)
        question = self.vocabulary.questions.get(heading.question)
        if self.answers.says_nothing(content, question):
            return ()
        if question is None:
            return _named(content, problems)
        if heading.option:
            return self.answers.mark(content, heading.option, question, (), problems)
        return self.answers.read(content, question, (), problems)

    def _text(self, content: str, problems: Problems) -> Options:
        text = " ".join(content.split())
        if len(text) > MAX_WORDS:
            problems.add("words-too-long", 0, found=len(text), allowed=(str(MAX_WORDS),))
            return ()
        return () if self.answers.says_nothing(text) else (text,)

    def _combined(self, checked: CheckedBatch) -> Iterator[tuple[int, Problem]]:
        """Rows in which the columns of one question say what cannot stand together."""
        for columns in checked.answered().values():
            for option, code in ((NONE, "none-with-others"), (THAT_IS_ALL, "that-is-all-alone")):
                if len(columns) > 1:
                    yield from _not_together(checked, columns, option, code)


def _not_together(checked: CheckedBatch, columns: Sequence[ReadColumn], option: str, code: str) -> Iterator[tuple[int, Problem]]:
    alone = code == "that-is-all-alone"
    given = _some(columns, [[option in said for said in column.said] for column in columns])
    others = _some(columns, [[bool(set(said) - {option}) for said in column.said] for column in columns])
    for row in np.flatnonzero(given & (~others if alone else others)):
        column = next(each for each in columns if each.codes[row] >= 0 and option in each.said[each.codes[row]])
        if len(column.said[column.codes[row]]) > 1 and not alone:
            continue  # the cell by itself was told already
        yield int(row), _at(checked.batch, column.column, int(row), Problem("", 0, code, column.heading.question, option))


def _some(columns: Sequence[ReadColumn], holds: Sequence[list[bool]]) -> NDArray[np.bool_]:
    """The rows in which something holds of what one of the columns says."""
    found = np.zeros(len(columns[0].codes), np.bool_)
    for column, truth in zip(columns, holds, strict=True):
        found |= np.array([*truth, False], np.bool_)[column.codes]
    return found


def _named(text: str, problems: Problems) -> Options:
    name = composed(text)
    if len(name) > MAX_NAME:
        problems.add("name-too-long", 0, found=len(name), allowed=(str(MAX_NAME),))
    return (name,)


def _at(batch: Batch, column: Column, row: int, problem: Problem) -> Problem:
    """A problem of a case's cell; `line` is the row of the case."""
    cell = column.cell(row, batch.rows[row])
    return replace(problem, file=batch.file, line=batch.rows[row], pointer=cell)


def _there(batch: Batch, columns: Sequence[ReadColumn]) -> NDArray[np.bool_]:
    """Which partners each row has: those with a name or any answer."""
    most = max((each.heading.partner or 0 for each in columns), default=0)
    there = np.zeros((len(batch.rows), most), np.bool_)
    for each in columns:
        if each.heading.partner:
            there[:, each.heading.partner - 1] |= each.codes >= 0
    return there


def _gaps(checked: CheckedBatch) -> Iterator[tuple[int, Problem]]:
    there, batch = checked.there, checked.batch
    for row in np.flatnonzero((there[:, 1:] & ~there[:, :-1]).any(axis=1)):
        yield int(row), Problem(batch.file, batch.rows[row], "partner-left-out", about=str(int(np.argmin(there[row])) + 1))


def _same_names(checked: CheckedBatch) -> Iterator[tuple[int, Problem]]:
    """Rows in which two partners have one name, whatever its case and Unicode form."""
    numbers: dict[str, int] = {}
    columns = [column for n in range(1, checked.there.shape[1] + 1) if (column := checked.names(n)) is not None]
    names = [
        np.array([numbers.setdefault(folded(each[0]), len(numbers)) if each else -1 for each in column.said] + [-1])[column.codes]
        for column in columns
    ]
    for place, (column, own) in enumerate(zip(columns, names, strict=True)):
        if place:
            twice = (own >= 0) & np.any([own == other for other in names[:place]], axis=0)
            for row in np.flatnonzero(twice):
                found = shorten(column.said[column.codes[row]][0])
                yield int(row), _at(checked.batch, column.column, int(row), Problem("", 0, "duplicate-partner", found=found))
