"""Reads the sheets of a workbook (XLSX) cell by cell, in memory that does not grow with what is claimed to be in it.

openpyxl opens the file and reads each cell; its own rows are not used, since they fill every gap up to the farthest cell.
A formula counts for the value stored with it.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from advisor.io.located import MAX_TEXT
from advisor.io.packages import need_packages
from advisor.io.sheet import Content, Flaw, Row, Sheet, Span
from advisor.model.names import printable
from advisor.model.problems import InputError, Problem, shorten

MAX_UNPACKED = 128 * 1_048_576
NOT_AVAILABLE = "#N/A"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the old binary form of Office files, which holds those with a password too
_PIECE = 1 << 20
_END = re.compile(rb"</(?:\w+:)?sheetData>|<(?:\w+:)?sheetData\s*/>")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})[\"']")


def checked_archive(path: Path, content: bytes | None = None, *, most: int = MAX_UNPACKED) -> None:
    """Look at how much a workbook holds before any of it is unpacked, in bytes: at most `most`.

    Raises `InputError` where it is none, or holds too much.
    """
    try:
        with ZipFile(path if content is None else BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError([Problem(str(path), 0, "not-xlsx", found=type(error).__name__)]) from None
    except OSError as error:
        raise InputError([Problem(str(path), 0, "unreadable-file", found=error.strerror or type(error).__name__)]) from None
    if size > most:
        sizes = f"{-(-size // 1_048_576)} MiB", (f"{most // 1_048_576} MiB",)
        raise InputError([Problem(str(path), 0, "unpacks-too-large", found=sizes[0], allowed=sizes[1])])


def read_workbook(path: Path) -> list[Sheet]:
    """The sheets of a workbook that are not hidden. Raises `InputError` where it is none or cannot be read."""
    need_packages(("openpyxl",), "sweep")
    import openpyxl

    if _begins_with(path, _OLD):
        raise InputError([Problem(str(path), 0, "old-workbook")])
    checked_archive(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        seen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        return [Sheet(sheet.title, partial(_rows, book, sheet, path), _merged(sheet)) for sheet in seen]
    except _BROKEN as error:
        raise InputError([Problem(str(path), 0, "not-xlsx", found=type(error).__name__)]) from None


# What openpyxl raises where a part of a workbook is missing or damaged; SyntaxError is of the XML.
_BROKEN = (BadZipFile, SyntaxError, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, OSError)


def _begins_with(path: Path, sign: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(sign)) == sign
    except OSError as error:
        raise InputError([Problem(str(path), 0, "unreadable-file", found=error.strerror or type(error).__name__)]) from None


def _rows(book: Any, sheet: Any, path: Path) -> Iterator[Row]:
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

    class FormulaAwareParser(WorkSheetParser):  # type: ignore[misc] # openpyxl has no types
        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            if cell["value"] is None and element.find(FORMULA_TAG) is not None:
                cell["data_type"] = "f"
            return cell

    try:
        with sheet._get_source() as source:
            parser = FormulaAwareParser(
                source, sheet._shared_strings, True, book.epoch, book._date_formats, book._timedelta_formats
            )
            for number, cells in parser.parse():
                found = {cell["column"]: content for cell in cells if (content := _content(cell)) != ""}
                if found:
                    yield number, found
    except _BROKEN as error:
        raise InputError([Problem(str(path), 0, "not-xlsx", found=type(error).__name__)]) from None


def _content(cell: dict[str, Any]) -> Content:
    """What a cell holds, as text."""
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        return Flaw("formula-without-value")
    if kind == "e":
        return NOT_AVAILABLE if value == NOT_AVAILABLE else Flaw("error-in-cell", shorten(str(value)))
    return text_of(value)


def text_of(value: object) -> Content:
    """A value of a cell as text: a whole number without a fraction, a day without a time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    text = str(value)
    if len(text) > MAX_TEXT:
        return Flaw("text-too-long", str(len(text)), (str(MAX_TEXT),))
    return printable(text).strip()


def _merged(sheet: Any) -> tuple[Span, ...]:
    """The merged blocks of a sheet, which are told after its cells."""
    from openpyxl.utils import column_index_from_string as place

    tail = b""
    with sheet._get_source() as source:
        inside = True
        while piece := source.read(_PIECE):
            tail += piece
            if inside and (end := _END.search(tail)):
                tail, inside = tail[end.end() :], False
            elif inside:
                tail = tail[-64:]
    found = [] if inside else [[each.decode() for each in groups] for groups in _MERGED.findall(tail)]
    return tuple(Span(int(top), int(bottom), place(left), place(right)) for left, top, right, bottom in found)
