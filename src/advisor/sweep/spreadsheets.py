"""Cases in sheets: a row a case, partners in numbered columns or on a sheet of their own, a row each.

docs/spreadsheets.md describes the form; `render.case_sheet` writes an empty one.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from advisor.io.delimited import LOOKED_AT, read_delimited
from advisor.io.headings import CASE, NAME, ColumnHeading, Headings
from advisor.io.sheet import Content, Flaw, Row, Sheet, address
from advisor.io.workbook import read_workbook
from advisor.model.case import MAX_PARTNERS
from advisor.model.names import composed, folded
from advisor.model.problems import InputError, Problem, nearest, shorten
from advisor.sweep.tables import MOST_COMPARED, Batch, Column, HeadingRow, TableRemarks, column_of, placed_headings

WORKBOOKS, TEXTS = (".xlsx", ".xlsm"), (".csv", ".tsv", ".txt")
ROWS = 1 << 14  # cases in a batch: their texts are held at once
_MOST_STRAY = 20  # cells outside of the table that are named
_MOST_PARTNERS = 200_000  # rows on a sheet of partners


@dataclass(frozen=True, slots=True)
class _Top:
    """Where a sheet's table begins: the row of its headings, how many are known, and the last row that repeats them."""

    row: int
    texts: Mapping[int, Content]
    headings: Mapping[int, ColumnHeading]
    last: int

    @property
    def asked(self) -> list[ColumnHeading]:
        return [heading for heading in self.headings.values() if heading.asks]

    @property
    def lists_partners(self) -> bool:
        """Whether it has a row for each partner."""
        asked = self.asked
        return ColumnHeading(CASE) in self.headings.values() and bool(asked) and all(heading.partner is None for heading in asked)


def sheet_batches(path: Path, headings: Headings, reading: TableRemarks) -> Iterator[Batch]:
    """The cases in a workbook or a file of text. Raises `InputError` where the table as a whole is wrong."""
    if path.suffix.lower() in TEXTS:
        sheets = [read_delimited(path, lambda row: sum(headings.find(cell) is not None for cell in row), reading.notices)]
    else:
        sheets = read_workbook(path)
    tops = [(sheet, _top(sheet, headings)) for sheet in sheets]
    cases = _best([each for each in tops if not each[1].lists_partners])
    partners = _best([each for each in tops if each[1].lists_partners])
    if cases is None:
        code = "partners-without-cases" if partners else "no-question-column"
        raise InputError([Problem(str(path), 0, code)])
    for sheet, top in tops:
        if not any(chosen is not None and sheet is chosen[0] for chosen in (cases, partners)):
            _leave_out(sheet, top, cases[1], path, reading)
    yield from _CaseTable(path, *cases, headings, reading).batches(partners)


def _leave_out(sheet: Sheet, top: _Top, chosen: _Top, path: Path, reading: TableRemarks) -> None:
    """A sheet that is not read: something is left out where it has headings like the one that is."""
    alike = len(top.asked) > 1 and 2 * len(top.asked) >= len(chosen.asked)
    code, into = ("sheet-left-out", reading.left_out) if alike else ("sheet-not-read", reading.notices)
    into.append(Problem(str(path), 0, code, found=shorten(sheet.name)))


def _best(found: Sequence[tuple[Sheet, _Top]]) -> tuple[Sheet, _Top] | None:
    """The sheet with the most headings, the first of those that have as many; None where none has any."""
    best = max(found, key=lambda each: len(each[1].asked), default=None)
    return best if best is not None and best[1].asked else None


def _top(sheet: Sheet, headings: Headings) -> _Top:
    best = _Top(0, {}, {}, 0)
    for number, cells in islice(sheet.rows(), LOOKED_AT):
        known = {place: found for place, cell in cells.items() if (found := headings.find(cell))}
        top = _Top(number, cells, known, number)
        if len(top.asked) > len(best.asked):
            best = top
        elif best.row and best.last == number - 1 and known and all(best.headings.get(p) == known.get(p) for p in cells):
            best = replace(best, last=number)  # the same headings once more, as ids below words
    return best


class _Merged:
    """The rows of each column that are part of a merged block."""

    def __init__(self, sheet: Sheet, places: Sequence[int], first: int) -> None:
        self._rows: dict[int, list[tuple[int, int]]] = {}
        for place in places:
            spans = sorted(
                (s.first_row, s.last_row)
                for s in sheet.merged
                if s.first_column <= place <= s.last_column and s.last_row >= first
            )
            if spans:
                self._rows[place] = spans

    def at(self, row: int) -> list[int]:
        """The columns that are merged in a row."""
        found = []
        for place, spans in self._rows.items():
            number = bisect_right(spans, (row, 1 << 30)) - 1
            if number >= 0 and spans[number][1] >= row:  # blocks do not overlap
                found.append(place)
        return found


class _CaseTable:
    """A table of cases in a sheet."""

    def __init__(self, path: Path, sheet: Sheet, top: _Top, headings: Headings, reading: TableRemarks) -> None:
        self.file, self.sheet, self.top, self.reading, self.headings = str(path), sheet, top, reading, headings
        named = {place: ColumnHeading(NAME) if found.question == CASE else found for place, found in top.headings.items()}
        if (
            sum(found == ColumnHeading(NAME) for found in named.values()) > 1
        ):  # `Case` is what a case is called, and `Name` is not
            named = {p: found for p, found in named.items() if found != ColumnHeading(NAME) or top.headings[p].question == CASE}
        self.columns = placed_headings(HeadingRow(self.file, top.texts, sheet.name, top.row), named, headings, reading)
        self.width = max(top.texts)

    def batches(self, partners: tuple[Sheet, _Top] | None) -> Iterator[Batch]:
        """The cases, in the order of their rows."""
        listed = _Partners(self.file, *partners, self.headings, self.reading) if partners else None
        rows = self.rows()
        if listed is not None:
            kept = list(rows)
            listed.check([self._called(cells) for _, cells in kept], max(self._numbered(), default=0))
            rows = iter(kept)
        some = False
        while taken := list(islice(rows, ROWS)):
            some = True
            numbers = tuple(number for number, _ in taken)
            columns = [
                column_of(heading, [cells.get(place, "") for _, cells in taken], self.sheet.name, place)
                for place, heading in self.columns.items()
            ]
            if listed is not None:
                columns += listed.columns([self._called(cells) for _, cells in taken])
            yield Batch(self.file, numbers, tuple(map(str, numbers)), tuple(columns))
        if not some and not self.reading.unread:
            raise InputError([Problem(self.file, 0, "no-rows", found=self.sheet.name)])

    def _numbered(self) -> list[int]:
        return [heading.partner or 0 for heading in self.columns.values()]

    def _called(self, cells: Mapping[int, Content]) -> str:
        name = next((cells.get(place, "") for place, heading in self.columns.items() if heading == ColumnHeading(NAME)), "")
        return folded(composed(name)) if isinstance(name, str) else ""

    def rows(self) -> Iterator[Row]:
        """The rows of the cases, with the cells of the columns that count; what stands outside of the table is noted."""
        merged = _Merged(self.sheet, list(self.columns), self.top.last + 1)
        stray = 0
        for number, cells in self.sheet.rows():
            if number <= self.top.last:
                continue
            outside = [place for place in cells if place not in self.top.texts]
            if outside and not self.sheet.placed and max(outside) > self.width:
                found, most = str(max(cells)), (str(self.width),)
                self.reading.problems.append(Problem(self.file, number, "row-too-long", found=found, allowed=most))
                self.reading.unread += 1
                continue
            for place in outside if stray < _MOST_STRAY else ():
                stray += 1
                self.reading.left_out.append(_outside(self.file, self.sheet, number, place, cells[place]))
            own: dict[int, Content] = {place: cells[place] for place in self.columns if place in cells}
            own |= dict.fromkeys(merged.at(number) if own else (), Flaw("merged-cell"))
            if own:
                yield number, own


def _outside(file: str, sheet: Sheet, row: int, place: int, cell: Content) -> Problem:
    said = shorten(cell) if isinstance(cell, str) else ""
    return Problem(file, row, "cell-outside", found=said, pointer=address(sheet.name, row, place))


class _Partners:
    """A sheet with a row for each partner, which names the case that it belongs to."""

    def __init__(self, file: str, sheet: Sheet, top: _Top, headings: Headings, reading: TableRemarks) -> None:
        self.file, self.sheet, self.top, self.reading = file, sheet, top, reading
        known = {
            place: ColumnHeading(NAME, partner=None) if found == ColumnHeading(NAME) else found
            for place, found in top.headings.items()
        }
        about_the_case = {
            place for place, found in known.items() if found.question == CASE or (found.text and found.partner == 0)
        }
        numbered = {place: replace(found, partner=1) for place, found in known.items() if place not in about_the_case}
        self.case_place = next(place for place, found in top.headings.items() if found.question == CASE)
        texts = {place: text for place, text in top.texts.items() if place != self.case_place}
        self.places = placed_headings(HeadingRow(file, texts, sheet.name, top.row), numbered, headings, reading)
        self.rows: dict[str, list[Row]] = {}
        size = 0
        merged = _Merged(sheet, [*self.places, self.case_place], top.last + 1)
        for number, cells in sheet.rows():
            own = {place: cells[place] for place in self.places if place in cells} if number > top.last else {}
            if not own:
                continue
            own |= dict.fromkeys(merged.at(number), Flaw("merged-cell"))
            case = own.pop(self.case_place, cells.get(self.case_place, ""))
            if isinstance(case, Flaw) or not case:
                code, found = (case.code, case.found) if isinstance(case, Flaw) else ("partner-without-case", "")
                reading.problems.append(Problem(file, number, code, CASE, found, pointer=self._cell(number)))
            elif size == _MOST_PARTNERS:
                raise InputError([Problem(file, number, "too-many-rows", found=str(_MOST_PARTNERS))])
            else:
                self.rows.setdefault(folded(composed(case)), []).append((number, {**own, self.case_place: case}))
                size += 1

    def _cell(self, row: int) -> str:
        return address(self.sheet.name, row, self.case_place)

    def check(self, cases: Sequence[str], numbered: int) -> None:
        """Note the partners of cases that are not there, that are there twice, or that have more than can be weighed."""
        times: dict[str, int] = {}
        for name in cases:
            times[name] = times.get(name, 0) + 1
        names = [name for name in times if name][:MOST_COMPARED]
        for case, rows in list(self.rows.items()):
            for number, cells in rows:
                found = shorten(str(cells[self.case_place]))
                if case not in times:
                    self._refuse(
                        number,
                        "unknown-case",
                        found,
                        nearest=nearest(case, names if len(self.reading.problems) < MOST_COMPARED else ()),
                    )
                elif times[case] > 1:
                    self._refuse(number, "case-twice", found)
            if times.get(case) != 1:
                del self.rows[case]
            elif len(rows) + numbered > MAX_PARTNERS:
                flaw = Flaw("too-many-partners", str(len(rows) + numbered), (str(MAX_PARTNERS),))
                self.rows[case] = [(rows[-1][0], {min(self.places): flaw})]
        self.first = numbered + 1
        self.most = max(map(len, self.rows.values()), default=0)

    def _refuse(self, row: int, code: str, found: str, nearest: str = "") -> None:
        self.reading.problems.append(Problem(self.file, row, code, CASE, found, nearest=nearest, pointer=self._cell(row)))

    def columns(self, cases: Sequence[str]) -> list[Column]:
        """The columns of the partners of these cases, numbered after those that stand in columns of their own."""
        found: list[Column] = []
        empty: Row = (0, {})
        for place in range(self.most):
            rows = [own[place] if place < len(own := self.rows.get(case, [])) else empty for case in cases]
            numbers = [number for number, _ in rows]
            for column, heading in self.places.items():
                contents = [cells.get(column, "") for _, cells in rows]
                found.append(column_of(replace(heading, partner=self.first + place), contents, self.sheet.name, column, numbers))
        return found
