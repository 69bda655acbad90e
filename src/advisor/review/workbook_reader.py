"""Reads a workbook of words that came back: what shall be said otherwise, and what is wrong with its sheets and cells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from advisor.io.located import MAX_TEXT
from advisor.io.workbook import checked_archive
from advisor.model.problems import InputError, Problem, nearest, shorten
from advisor.review.texts import SHEETS, Ref
from advisor.review.workbook import ABOUT, FIRST, KEY, LANGUAGE, NEW, Words, WordsRow

MAX_BYTES = 32 * 1_048_576


@dataclass(frozen=True, slots=True)
class Correction:
    """A text that shall be another, and the cell of the workbook that says so."""

    row: WordsRow
    text: str
    cell: str


@dataclass(slots=True)
class Returned:
    """What a workbook says: corrections, and everything that is wrong with it by cell."""

    file: str
    corrections: list[Correction] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, cell: str, *, about: str = "", found: object = "", close: str = "") -> None:
        """Note a problem of a cell (`pages!D7`) or a sheet."""
        self.problems.append(Problem(self.file, 0, code, shorten(about), shorten(str(found)), (), close, cell))


def open_workbook(path: Path) -> Any:
    """The workbook in a file. Raises `InputError` where it is none or cannot be read."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise InputError([Problem(str(path), 0, "too-large", found=f"{size // 1024} KiB")])
        checked_archive(path)
        return openpyxl.load_workbook(path)
    except OSError as error:
        raise InputError([Problem(str(path), 0, "unreadable-file", found=error.strerror or type(error).__name__)]) from None
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise InputError([Problem(str(path), 0, "not-xlsx", found=type(error).__name__)]) from None


def language_of(book: Any, path: Path) -> str:
    """The language that a workbook is in. Raises `InputError` where it does not say."""
    if ABOUT not in book.sheetnames:
        raise InputError([Problem(str(path), 0, "no-such-sheet", found=ABOUT)])
    found = book[ABOUT][LANGUAGE].value
    if not isinstance(found, str) or not found.strip():
        raise InputError([Problem(str(path), 0, "no-text-in-cell", found=str(found or ""), pointer=f"{ABOUT}!{LANGUAGE}")])
    return found.strip()


def read_returned(book: Any, words: Words, path: Path) -> Returned:
    """The corrections of a workbook; a text that is the same as in the files is none."""
    returned = Returned(str(path))
    for kind in SHEETS:
        rows = {ref: row for ref, row in words.rows.items() if ref[0] == kind}
        if kind in book.sheetnames:
            _read_sheet(book[kind], kind, rows, words, returned)
        elif rows:
            returned.add("no-such-sheet", "", found=kind)
    return returned


def _read_sheet(sheet: Any, kind: str, rows: Mapping[Ref, WordsRow], words: Words, returned: Returned) -> None:
    places: dict[str, str] = {}
    keys = [key for _, key in rows]
    for number in sorted({row for row, _ in sheet._cells if row > 1}):  # a stray cell far below fills no gap
        cells = {column: sheet[f"{column}{number}"] for column in (KEY, FIRST, NEW)}
        if all(cell.value is None for cell in cells.values()):
            continue
        values = {column: _text_of(cell, f"{kind}!{column}{number}", returned) for column, cell in cells.items()}
        key, place = values[KEY], f"{kind}!{KEY}{number}"
        row = rows.get((kind, key)) if key else None
        if key is None:
            continue
        if row is None:
            returned.add("unknown-text", place, found=key, close=nearest(key, keys))
        elif key in places:
            returned.add("text-twice", place, found=key, about=places[key])
        else:
            places[key] = place
            _read_row(row, values, f"{kind}!", number, words, returned)


def _read_row(row: WordsRow, values: Mapping[str, str | None], sheet: str, number: int, words: Words, returned: Returned) -> None:
    first, new = values[FIRST], values[NEW]
    if first is None or new is None:
        return
    if first != row.first:
        returned.add("text-of-another-version", f"{sheet}{FIRST}{number}", about=row.key, found=first)
    elif not new.strip():
        if row.now.strip() and not words.is_first:
            returned.add("text-taken-away", f"{sheet}{NEW}{number}", about=row.key)
    elif new != row.now:
        returned.corrections.append(Correction(row, new, f"{sheet}{NEW}{number}"))


def _text_of(cell: Any, place: str, returned: Returned) -> str | None:
    """The text of a cell, "" where it is empty; None, which is noted, where it is none."""
    value = cell.value
    if cell.data_type == "f":
        returned.add("formula-in-cell", place, found=getattr(value, "text", value))
        return None
    if value is None:
        return ""
    if not isinstance(value, str):
        returned.add("no-text-in-cell", place, found=value)
        return None
    if len(value) > MAX_TEXT:
        returned.add("text-too-long", place, found=len(value))
        return None
    return value.replace("\r\n", "\n").replace("_x000D_", "")
