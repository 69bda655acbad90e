"""Documents as Word files: ours, or an office's own template filled in."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import takewhile
from math import floor
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from lxml import etree
from markupsafe import Markup

from advisor.documents.archive import repacked
from advisor.documents.blocks import (
    BLANK,
    Block,
    Document,
    DocumentTable,
    Heading,
    Illustration,
    Items,
    Paragraph,
    Run,
    Section,
    Text,
    text_of,
)
from advisor.documents.pdf import picture, size_of_front
from advisor.documents.templates import FOLDER
from advisor.model.problems import InputError, Problem, nearest
from advisor.render.drawing import COLUMN

if TYPE_CHECKING:
    from docx.document import Document as WordDocument
    from docx.text.paragraph import Paragraph as WordParagraph

DEFAULT = FOLDER / "document.docx"
WHOLE = ("title", "head", "body")  # what a template can place of any document
_SHARP, _HIGHEST = 2.0, 850  # dots a pixel of a picture, and the pixels of one that is as high as a page
_ROOMY = 9.25  # points that the words of a PDF have where ours in Word just fit as they are
_LONG_AGO = date(2000, 1, 1)
_TO_SIGN = 24  # points that a row is high in which somebody writes
_INSIDE = 4.0  # between a box and what is in it, in points
_QUIET, _BLANK, _BORDER = "565C65", "FFF5C2", "8A9097"


def write(document: Document, names: Sequence[str], day: date | None, template: bytes | None = None, place: str = "") -> bytes:
    """The document as a Word file, by a template that came from `place`, or by ours.

    `names` are the sections that such a document can have: a template places the whole (`title`, `head`, `body`), or
    what stands at the head and single sections by name, with `_` for `-`; one that this document has not is left empty.
    Raises `InputError` for a template that cannot be read, is wrong, places nothing, or asks for something else.
    """
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate

    filled = DocxTemplate(BytesIO(DEFAULT.read_bytes() if template is None else template))
    try:
        filled.init_docx()
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, etree.XMLSyntaxError):
        raise InputError([Problem(place, 0, "template-no-word-file", found=place)]) from None
    _check(filled, [_called(each) for each in (*WHOLE, *(name for name, _, _ in document.head), *names)], place)
    writer, share = _Writer(filled.docx, document), _share(document)
    values: dict[str, str] = {_called(name): "" for name in names}
    values |= {_called(name): text_of(text) for name, _, text in document.head}
    front = len(list(takewhile(lambda section: not section.new_page, document.sections)))
    sections = [
        (_called(section.name), writer.section(section, share if place < front else 1.0))
        for place, section in enumerate(document.sections)
    ]
    for name, made in sections:
        values[name] = Markup(values[name]) + made  # noqa: S704 - made here
    values |= {"title": document.title, "head": writer.head(), "body": Markup().join(made for _, made in sections)}
    try:
        filled.render(values, jinja_env=_environment(), autoescape=True)
    except TemplateError as error:
        raise InputError([Problem(place, 0, "template-wrong", found=error.message or "")]) from None
    _stamp(filled.docx, document, day)
    written = BytesIO()
    filled.save(written)
    return repacked(written.getvalue())


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined)


def _called(name: str) -> str:
    """What a part is called in a template."""
    return name.replace("-", "_")


def _check(filled: Any, allowed: list[str], place: str) -> None:
    """Raise `InputError` with every placeholder that asks for what there is not, or where nothing is placed."""
    try:
        asked = filled.get_undeclared_template_variables(jinja_env=_environment())
    except TemplateSyntaxError as error:
        raise InputError([Problem(place, 0, "template-wrong", found=error.message or "")]) from None
    except UndefinedError as error:
        raise InputError([Problem(place, 0, "template-wrong", found=error.message or "")]) from None
    problems = [
        Problem(place, 0, "unknown-placeholder", found=name, allowed=tuple(allowed), nearest=nearest(name, allowed))
        for name in sorted(asked - set(allowed))
    ]
    if not problems and not asked - {"title", "head"}:
        problems.append(Problem(place, 0, "template-places-nothing", found=place, allowed=tuple(allowed)))
    if problems:
        raise InputError(problems)


def _stamp(docx: "WordDocument", document: Document, day: date | None) -> None:
    """Title, language and day in the file's properties."""
    properties = docx.core_properties
    at = datetime.combine(day or _LONG_AGO, datetime.min.time(), UTC).replace(tzinfo=None)
    properties.title, properties.language = document.title[:255], document.language
    properties.created = properties.modified = properties.last_printed = at
    properties.revision, properties.last_modified_by = 1, properties.author


class _Writer:
    """Writes blocks with the styles of a Word file; what it has not is laid out directly."""

    def __init__(self, docx: "WordDocument", document: Document) -> None:
        self.docx, self.document = docx, document
        self.styles = {style.name for style in docx.styles}
        section = docx.sections[0]
        self.width = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)

    def head(self) -> Markup:
        """What stands at the head, as a list of names and values."""
        if not self.document.head:
            return Markup("")
        rows = tuple(((_run(label),), text) for _, label, text in self.document.head)
        return _xml(self._table(DocumentTable(self.document.title, (), rows, (1, 7))))

    def section(self, section: Section, share: float) -> Markup:
        """A section with its heading; its words have this share of the size that their styles give them."""
        heading = self._heading(section.heading, 1)
        heading.paragraph_format.page_break_before = section.new_page or None
        found = [heading._p]
        for block in section.blocks:
            found += self._block(block)
        if share < 1:
            for element in found:
                self._shrink(element, share)
        return _xml(found)

    def _shrink(self, element: Any, share: float) -> None:
        """Make words smaller, by half points as Word counts; those whose styles give no size stay as they are."""
        from docx.oxml.ns import qn
        from docx.shared import Pt
        from docx.text.paragraph import Paragraph as WordParagraph

        usual = self.docx.styles["Normal"].font.size
        for each in element.iter(qn("w:p")):
            paragraph = WordParagraph(each, self.docx._body)
            size = (paragraph.style.font.size if paragraph.style else None) or usual
            for run in paragraph.runs if size else ():
                run.font.size = Pt(floor(size.pt * share * 2) / 2)

    def _block(self, block: Block) -> list[Any]:
        match block:
            case Heading():
                return [self._heading(block.text, block.level)._p]
            case Paragraph():
                made = self._paragraph(block.text)
                if block.boxed:
                    _box(made)
                return [made._p]
            case Items():
                return [made._p for made in self._items(block)]
            case DocumentTable():
                return self._table(block)
            case Illustration():
                return [self._picture(block)]

    def _paragraph(self, text: Text, style: str = "") -> "WordParagraph":
        made = self._taken(self.docx.add_paragraph(style=style if style in self.styles else None))
        _fill(made, text, self.width)
        return made

    def _taken(self, paragraph: "WordParagraph") -> "WordParagraph":
        """A paragraph out of the body again, to be put where the template says."""
        paragraph._p.getparent().remove(paragraph._p)
        return paragraph

    def _heading(self, text: str, level: int) -> "WordParagraph":
        style = f"Heading {level}"
        made = self._paragraph((_run(text, bold=style not in self.styles),), style)
        if style not in self.styles:
            made.paragraph_format.keep_with_next = True
            _child(made._p.get_or_add_pPr(), "w:outlineLvl", val=level - 1)
        return made

    def _items(self, block: Items) -> Iterable["WordParagraph"]:
        style = "List Number" if block.numbered else "List Bullet"
        known = style in self.styles
        numbering = self._numbering(style) if block.numbered and known else None
        for number, item in enumerate(block.items, start=1):
            lead = () if known else (_run(f"{number}. " if block.numbered else "• "),)
            made = self._paragraph((*lead, *item), style)
            if numbering is not None:
                properties = made._p.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_ilvl().val, properties.get_or_add_numId().val = 0, numbering
            yield made

    def _numbering(self, style: str) -> int | None:
        """A numbering of its own for a list, which begins at 1."""
        given = self.docx.styles[style].element.pPr
        if given is None or given.numPr is None or given.numPr.numId is None:
            return None
        numbering = self.docx.part.numbering_part.numbering_definitions._numbering
        abstract = numbering.num_having_numId(given.numPr.numId.val).abstractNumId.val
        made = numbering.add_num(abstract)
        made.add_lvlOverride(ilvl=0).add_startOverride(1)
        return int(made.numId)

    def _table(self, block: DocumentTable) -> list[Any]:
        from docx.shared import Emu, Pt

        rows = [*([tuple((_run(each, bold=True),) for each in block.head)] if block.head else []), *block.rows]
        made = self.docx.add_table(rows=0, cols=len(block.widths))
        made.autofit = False
        made._tbl.getparent().remove(made._tbl)
        _child(made._tbl.tblPr, "w:tblCaption", val=block.title)
        _lines(made._tbl.tblPr, bool(block.head))
        widths = [self.width * width // sum(block.widths) for width in block.widths]
        for column, width in zip(made.columns, widths, strict=True):
            column.width = Emu(width)
        for place, texts in enumerate(rows):
            row = made.add_row()
            properties = row._tr.get_or_add_trPr()
            _child(properties, "w:cantSplit")
            if block.head and place == 0:
                _child(properties, "w:tblHeader")
            for number, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
                cell.width = Emu(widths[number])
                if text == (BLANK,):
                    _underline(cell)
                    row.height = Pt(_TO_SIGN) if block.head else None
                else:
                    _fill(cell.paragraphs[0], text, widths[number], bold=not block.head and number == 0)
                cell.paragraphs[0].paragraph_format.space_after = Pt(0)
                if block.head and place == 0:
                    cell.paragraphs[0].paragraph_format.keep_with_next = True
        after = self._taken(self.docx.add_paragraph())
        after.paragraph_format.space_after = after.paragraph_format.space_before = Pt(0)
        after.paragraph_format.line_spacing = Pt(4)
        return [made._tbl, after._p]

    def _picture(self, block: Illustration) -> Any:
        from docx.shared import Emu

        made = self._taken(self.docx.add_paragraph())
        drawn = BytesIO(picture(block.svg, block.width, block.height, _SHARP))
        share = min(1, block.width / COLUMN, _HIGHEST / block.height * block.width / COLUMN)
        placed = made.add_run().add_picture(drawn, width=Emu(int(self.width * share)))
        placed._inline.docPr.set("descr", block.alt)
        return made._p


def _share(document: Document) -> float:
    """How much smaller words have to be for what is to fit on a number of pages; Word cannot be asked, so the PDF is."""
    return min(1.0, size_of_front(document) / _ROOMY) if document.fits else 1.0


def _run(text: str, *, bold: bool = False) -> Run:
    return Run(text, "strong" if bold else "")


def _fill(paragraph: "WordParagraph", text: Text, width: int, *, bold: bool = False) -> None:
    """Words with their styles; a blank without words is a line, and those of a paragraph share its width."""
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Emu, RGBColor

    lines = sum(run.style == "blank" and not run.text for run in text)
    for number in range(1, lines + 1):
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(Emu(width * number // lines), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES)
    for run in text:
        made = paragraph.add_run("\t" if run.style == "blank" and not run.text else run.text)
        if bold or run.style == "strong":
            made.bold = True
        if run.style == "quiet":
            made.font.color.rgb = RGBColor.from_string(_QUIET)
        if run.style == "blank" and run.text:
            _child(made._r.get_or_add_rPr(), "w:u", val="single")
            _child(made._r.get_or_add_rPr(), "w:shd", val="clear", color="auto", fill=_BLANK)


def _child(parent: Any, tag: str, **values: object) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in values.items():
        made.set(qn(f"w:{name}"), str(value))
    parent.append(made)
    return made


def _box(paragraph: "WordParagraph") -> None:
    """A border around a paragraph, within the margins."""
    from docx.shared import Pt

    inside = Pt(_INSIDE)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = inside
    for stop in paragraph.paragraph_format.tab_stops:
        stop.position -= inside
    borders = _child(paragraph._p.get_or_add_pPr(), "w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        _child(borders, f"w:{side}", val="single", sz=8, space=int(_INSIDE), color="1B1B1B")


def _underline(cell: Any) -> None:
    """A line under a cell, to write on."""
    borders = _child(cell._tc.get_or_add_tcPr(), "w:tcBorders")
    _child(borders, "w:bottom", val="single", sz=6, space=0, color="1B1B1B")


def _lines(properties: Any, headed: bool) -> None:
    borders = _child(properties, "w:tblBorders")
    for side in ("bottom", "insideH") if headed else ():
        _child(borders, f"w:{side}", val="single", sz=4, space=0, color=_BORDER)


def _xml(elements: Iterable[Any]) -> Markup:
    return Markup("".join(etree.tostring(each, encoding="unicode") for each in elements))  # noqa: S704 - made here
