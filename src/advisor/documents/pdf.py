"""Documents as PDF/UA-1: tagged, with language and title, checked for that as they are made."""

import json
from dataclasses import asdict
from datetime import date
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

from advisor.documents.blocks import Block, Document
from advisor.documents.templates import FOLDER
from advisor.model.problems import InputError, Problem

if TYPE_CHECKING:
    import pikepdf
    import typst

_STANDARD: Literal["ua-1"] = "ua-1"
LARGEST = 10.5  # points; the size of words in a document that has room for them
_NO_GLYPH = "could not be displayed"


def write(document: Document, day: date | None) -> bytes:
    """The document as PDF, dated where there is a day. Raises `InputError` where no font has a letter of it.

    Letters of the font that comes with Typst look alike everywhere; others are taken from the fonts of the machine.
    """
    import typst

    try:
        made = typst.compile(
            _source(), format="pdf", font_paths=_fonts(), sys_inputs=_inputs(document, day), pdf_standards=_STANDARD
        )
    except typst.TypstError as error:
        if _NO_GLYPH not in str(error):
            raise
        raise InputError([Problem("", 0, "no-font", found=str(error).partition("`")[2].partition("`")[0].strip('"'))]) from None
    return _with_row_heads(made)


def _with_row_heads(content: bytes) -> bytes:
    """The PDF with the first cell of each row of a table tagged as the head of that row, which Typst does not do yet."""
    import pikepdf

    with pikepdf.open(BytesIO(content)) as pdf:
        waiting: list[pikepdf.Object] = [pdf.Root.StructTreeRoot]
        while waiting:
            element = waiting.pop()
            kids = [each for each in _several(element, "/K") if isinstance(each, pikepdf.Dictionary) and "/S" in each]
            waiting += kids
            if element.get("/S") == "/TR" and kids and all(each.S == "/TD" for each in kids):
                kids[0].S = pikepdf.Name.TH
                scope = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)
                kids[0].A = pikepdf.Array([*_several(kids[0], "/A"), scope])
        written = BytesIO()
        pdf.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def _several(element: "pikepdf.Object", key: str) -> "list[pikepdf.Object]":
    """What an element has under a key: one thing, several, or nothing."""
    import pikepdf

    found = element.get(key)
    return [] if found is None else list(found) if isinstance(found, pikepdf.Array) else [found]


def size_of_front(document: Document) -> float:
    """How large, in points, the words can be of what is to fit on a number of pages; that of any other document where none is."""
    import typst

    found = json.loads(typst.query(_source(), "<size>", font_paths=_fonts(), sys_inputs=_inputs(document, None)))
    return float(found[0]["value"]) if found else LARGEST


def _inputs(document: Document, day: date | None) -> dict[str, str]:
    values = {**asdict(document), "author": (), "day": None}
    values["sections"] = [
        {**asdict(section), "blocks": [_block(block) for block in section.blocks]} for section in document.sections
    ]
    if day:
        values["day"] = {"year": day.year, "month": day.month, "day": day.day}
    return {"document": json.dumps(values, ensure_ascii=False)}


def picture(svg: str, width: int, height: int, sharpness: float) -> bytes:
    """A picture as PNG, `sharpness` dots a pixel, for files that hold no SVG."""
    import typst

    source = (
        f'#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    made = typst.compile(source.encode(), format="png", ppi=72 * sharpness, font_paths=_fonts(), sys_inputs={"svg": svg})
    assert isinstance(made, bytes)
    return made


def _block(block: Block) -> dict[str, Any]:
    return {"kind": type(block).__name__, **asdict(block)}


@cache
def _source() -> bytes:
    return (FOLDER / "document.typ").read_bytes()


@cache
def _fonts() -> "typst.Fonts":
    import typst

    return typst.Fonts()
