"""A sheet of cells, whatever file it stands in: rows as they are numbered, each with the cells that hold something."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell whose value cannot be told, by the code of what is wrong with it."""

    code: str
    found: str = ""
    allowed: tuple[str, ...] = ()


Content: TypeAlias = str | Flaw
Row: TypeAlias = tuple[int, Mapping[int, Content]]  # its number, and its cells by column; both count from 1


@dataclass(frozen=True, slots=True)
class Span:
    """A block of cells merged into one."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell is in the block."""
        return self.first_row <= row <= self.last_row and self.first_column <= column <= self.last_column


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a file; `name` is "" where the file is one.

    `rows` reads it anew each time. `placed` tells that a cell stands where it stands, whatever is beside it; in a file of text a
    row with too many cells may have slipped.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    merged: tuple[Span, ...] = ()
    placed: bool = True


def letters(column: int) -> str:
    """A column as spreadsheets name it: 1 is A, 27 is AA."""
    found = ""
    while column:
        column, place = divmod(column - 1, 26)
        found = chr(ord("A") + place) + found
    return found


def address(sheet: str, row: int, column: int) -> str:
    """A cell as spreadsheets name it, `Cases!D7`; without a sheet where there is only one."""
    return f"{sheet}!{letters(column)}{row}" if sheet else f"{letters(column)}{row}"
