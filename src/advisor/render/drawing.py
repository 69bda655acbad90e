"""Pictures as values: shapes in their places, and the same data as a table. One template turns them into accessible SVG."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from textwrap import wrap
from typing import ClassVar, Literal, TypeAlias

from advisor.loading import Loaded
from advisor.render.documents import document

COLUMN = 720  # pixels that a column of text is wide, and so a picture beside text
EDGE, LINE = 12, 18  # pixels at the sides, and from line to line
LETTER = 7.4  # the mean width of a letter at 14 pixels, on the generous side
SMALL = 12  # the size of small words, in pixels
_BOLD = 1.15  # how much wider bold letters are
_HEADING = 30  # room that the title takes up, but for a second line of it

Tone: TypeAlias = Literal["ground", "light", "shade", "warm", "accent", "striped"]
Sign: TypeAlias = Literal["present", "needed", "attainable", "recommended", "then"]


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text; `y` is where the first one stands. On an accent they are white."""

    x: float
    y: float
    lines: tuple[str, ...]
    bold: bool = False
    anchor: Literal["start", "middle", "end"] = "start"
    size: int = 14
    on_accent: bool = False
    shape: ClassVar[str] = "label"

    @property
    def leading(self) -> float:
        """From line to line, in pixels."""
        return self.size * LINE / 14


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle: its tone, how strong its outline is (0 for none) and whether that is broken, and how round its corners."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone = "ground"
    outline: float = 0
    dashes: str = ""
    round: float = 0
    shape: ClassVar[str] = "box"


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line, with a head at its end where it is an `arrow`."""

    x1: float
    y1: float
    x2: float
    y2: float
    strength: float = 1
    arrow: bool = False
    shape: ClassVar[str] = "line"


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through gaps: left edge, right edge and height of each."""

    through: tuple[tuple[float, float, float], ...]
    shape: ClassVar[str] = "curve"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign on a scale; signs differ in form, not only in color."""

    kind: Sign
    x: float
    y: float
    shape: ClassVar[str] = "mark"


Shape: TypeAlias = Label | Box | Line | Curve | Mark


@dataclass(frozen=True)
class Table:
    """The data of a picture: a heading for each column, and rows of words."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture by its name: title, description, size, shapes, and its data as a table."""

    name: str
    title: str
    desc: str
    width: int
    height: int
    table: Table
    shapes: tuple[Shape, ...]

    @property
    def heading(self) -> tuple[str, ...]:
        """The title as it stands over the picture, in at most two lines."""
        return lines_of(self.title, (self.width - 2 * EDGE) * 14 / 18, 2)

    @property
    def top(self) -> int:
        """How much room the title takes up where it is drawn."""
        return _HEADING + 22 * (len(self.heading) - 1)

    def svg(self, loaded: Loaded, *, alone: bool = True) -> str:
        """The picture as SVG: `alone` with title and styles, else for a page that has both."""
        return document(loaded, "picture.svg.j2", picture=self, alone=alone)

    def json(self) -> str:
        """The picture's data as JSON."""
        rows = [dict(zip(self.table.head, row, strict=True)) for row in self.table.rows]
        content = {"format": "picture/1", "title": self.title, "description": self.desc, "rows": rows}
        return dumps(content, ensure_ascii=False, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Scale:
    """Columns, one a step, from `left` on, each `wide` pixels; `titles` says what a step is called."""

    steps: tuple[str, ...]
    titles: Mapping[str, str]
    left: float
    wide: float
    head: ClassVar[int] = 34  # pixels of the heads of columns

    @property
    def right(self) -> float:
        """Where the last column ends."""
        return self.left + self.wide * len(self.steps)

    def center(self, step: str) -> float:
        """The middle of a step's column."""
        return self.left + self.wide * (self.steps.index(step) + 0.5)

    def columns(self, height: float) -> list[Shape]:
        """The columns with their heads, down to a height."""
        drawn: list[Shape] = []
        for place, step in enumerate(self.steps):
            x = self.left + place * self.wide
            drawn.append(Box(x, 0, self.wide, height, "light" if place % 2 else "shade"))
            size = 14 if self.wide > 110 else SMALL
            lines = lines_of(self.titles[step], self.wide - 1, 2, size)
            drawn.append(Label(x + self.wide / 2, 22 - 8 * (len(lines) - 1), lines, bold=True, anchor="middle", size=size))
        return drawn

    def marks(self, values: Mapping[Sign, str | None], y: float) -> list[Mark]:
        """Marks at a height; those of one step stand side by side, so that none hides another."""
        found = []
        for step in self.steps:
            kinds = [kind for kind, value in values.items() if value == step]
            gap = min(34, self.wide / max(len(kinds), 1))
            found += [Mark(kind, self.center(step) + (n - (len(kinds) - 1) / 2) * gap, y) for n, kind in enumerate(kinds)]
        return found


def lines_of(text: str, width: float, most: int = 3, size: int = 14, *, bold: bool = False) -> tuple[str, ...]:
    """Text broken to lines that fit a width in pixels; what is past `most` lines ends in an ellipsis."""
    letter = LETTER * size / 14 * (_BOLD if bold else 1)
    lines = wrap(text, max(int(width / letter), 8)) or [""]
    return tuple(lines) if len(lines) <= most else (*lines[: most - 1], lines[most - 1][:-1] + "…")


def beside(x: float, y: float, lines: tuple[str, ...], *, bold: bool = False) -> Label:
    """Lines of text whose middle stands at a height."""
    return Label(x, y + 5 - LINE / 2 * (len(lines) - 1), lines, bold=bold)


def legend(kinds: Sequence[Sign], say: Callable[[str], str], left: float, wide: float, y: float) -> list[Shape]:
    """What each kind of mark stands for, in a line."""
    drawn: list[Shape] = []
    for place, kind in enumerate(kinds):
        drawn += [Mark(kind, left + place * wide, y), Label(left + place * wide + 20, y + 5, (say(f"mark-{kind}"),))]
    return drawn
