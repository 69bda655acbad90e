"""Writes tables as CSV for spreadsheet programs."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

_FORMULA = frozenset("=+-@\t\r")


def csv_table(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV, with a mark for UTF-8, and no text that begins a formula."""
    made = StringIO(newline="")
    csv.writer(made).writerows([plain(cell) for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig")


def plain(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text[:1] in _FORMULA else text
