"""What documents are made of: a few kinds of blocks, which every writer knows how to write."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Style: TypeAlias = Literal["", "strong", "quiet", "blank"]


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one style. A `blank` is a place to fill in; its text says with what, "" leaves it to whoever writes there."""

    text: str
    style: Style = ""


Text: TypeAlias = tuple[Run, ...]
BLANK = Run("", "blank")  # a line to write on


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section; `level` is 2 or 3, since 1 is the section's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a `boxed` one stands out from the rest."""

    text: Text
    boxed: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered where the order or a number counts."""

    items: tuple[Text, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class DocumentTable:
    """A table: what it shows, a heading for each column, and rows whose first cell heads the row.

    `widths` are shares of the page's width, a number for each column. Without `head` it is a list of names and values.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Text, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Illustration:
    """A picture as SVG, with what it shows in words for those who do not see it; its size is in pixels."""

    svg: str
    alt: str
    width: int
    height: int


Block: TypeAlias = Heading | Paragraph | Items | DocumentTable | Illustration


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under a heading; templates of Word can place it by its `name`.

    Where `new_page`, it begins one.
    """

    name: str
    heading: str
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one language: its kind, its title, what stands at its head, and its sections.

    Each entry of the head is its name, its label (To, From) and what it says.
    What stands before the first section that begins a page is to fit on `fits` pages; 0 for as many as it takes.
    """

    kind: str
    language: str
    title: str
    head: tuple[tuple[str, str, Text], ...]
    sections: tuple[Section, ...]
    fits: int = 0


def plain(*texts: str) -> Text:
    """Words without a style, the texts that are not empty with a space between them."""
    joined = " ".join(text for text in texts if text)
    return (Run(joined),) if joined else ()


def strong(text: str, *rest: str) -> Text:
    """A text that stands out, and after it others that do not."""
    return joined((Run(text, "strong"),), plain(*rest))


def joined(*texts: Text) -> Text:
    """Texts in one, with a space between them."""
    found: list[Run] = []
    for text in texts:
        found += [Run(" "), *text] if found and text else text
    return tuple(found)


def text_of(text: Iterable[Run]) -> str:
    """A text without its styles."""
    return "".join(run.text for run in text)
