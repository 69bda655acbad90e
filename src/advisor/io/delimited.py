"""Reads tables written as text: commas, semicolons or tabs between cells; UTF-8, UTF-16 or Windows-1252.

Which sign stands between the cells is told by the headings: the one that finds most of them. The encoding is UTF-8 where the
file is valid UTF-8, else Windows-1252, which is what spreadsheet programs write in the United States; a guess among more of them
would go by frequencies of letters, of which a short table has too few.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from advisor.io.located import MAX_TEXT
from advisor.io.sheet import Content, Flaw, Row, Sheet
from advisor.model.names import printable
from advisor.model.problems import InputError, Problem

SIGNS = (",", ";", "\t", "|")
LOOKED_AT = 30  # rows in which headings are looked for
UTF_8, WINDOWS = "utf-8-sig", "cp1252"
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_TOLD = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # a first line in which Excel tells the sign
_PIECE = 1 << 20
_HEAD = 1 << 18


def read_delimited(path: Path, score: Callable[[Sequence[str]], int], notices: list[Problem]) -> Sheet:
    """The table in a file of text, read once to its end to see that all of it can be.

    `score` tells how many headings a row holds. That it is Windows-1252 is noted in `notices`. Raises `InputError` where the
    file cannot be read, in either encoding, or a quote is opened and not closed.
    """
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, newline="") as file:
            head = file.read(_HEAD)
        told = _TOLD.match(head)
        sign = told[1] if told else max(SIGNS, key=lambda each: _found(head, each, score))
        rows = partial(_rows, path, encoding, sign, skip=told is not None)
        for _ in rows():
            pass
    except OSError as error:
        raise InputError([Problem(str(path), 0, "unreadable-file", found=error.strerror or type(error).__name__)]) from None
    except UnicodeError as error:
        found = f"0x{error.object[error.start]:02x}" if isinstance(error, UnicodeDecodeError) else str(error)
        raise InputError([Problem(str(path), 0, "not-utf-8", found=found)]) from None
    if encoding == WINDOWS:
        notices.append(Problem(str(path), 0, "read-as-windows-1252"))
    return Sheet("", rows, placed=False)


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        piece = file.read(_PIECE)
        if marked := _MARKS.get(piece[:2]):
            return marked
        while piece:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                return WINDOWS
            piece = file.read(_PIECE)
    return UTF_8


def _found(head: str, sign: str, score: Callable[[Sequence[str]], int]) -> int:
    """The most headings that a row has when cells are parted by a sign."""
    try:
        return max(map(score, islice(csv.reader(io.StringIO(head, newline=""), delimiter=sign), LOOKED_AT)), default=0)
    except csv.Error:
        return 0


def _rows(path: Path, encoding: str, sign: str, *, skip: bool) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="") as file:
        if skip:
            file.readline()
        reader = csv.reader(file, delimiter=sign, strict=True)
        number = int(skip)
        try:
            for row in reader:
                number += 1
                cells = {place: content for place, text in enumerate(row, start=1) if (content := _content(text)) != ""}
                if cells:
                    yield number, cells
        except csv.Error as error:
            # The reader stops in a cell that does not end: at the end of the file, or where the cell has grown too long.
            endless = "unexpected end of data" in str(error) or "field limit" in str(error)
            code = "quote-not-closed" if endless else "not-csv"
            raise InputError([Problem(str(path), number + 1, code, found=str(error))]) from None


def _content(text: str) -> Content:
    if len(text) > MAX_TEXT:
        return Flaw("text-too-long", str(len(text)), (str(MAX_TEXT),))
    return printable(text).strip()
