"""Our own template for Word, made by this script: `python tests/support/word_template.py` writes it anew."""

from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor
from docx.text.paragraph import Paragraph

from advisor.documents.archive import repacked
from advisor.documents.word import DEFAULT

INK, QUIET, FONT = RGBColor(0x1B, 0x1B, 0x1B), RGBColor(0x56, 0x5C, 0x65), "Calibri"
INDENT = Inches(0.17)
SIZES = {"Title": (15, 0, 2), "Heading 1": (11.5, 4, 1), "Heading 2": (10.5, 5, 1), "Heading 3": (9.5, 4, 1)}


def made() -> bytes:
    """The template."""
    document = Document()
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches(0.7)
    section.top_margin, section.bottom_margin, section.footer_distance = Inches(0.5), Inches(0.6), Inches(0.35)
    normal = document.styles["Normal"]
    _font(normal, 9.5)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(2), 1.0
    for name, (size, before, after) in SIZES.items():
        style = document.styles[name]
        _font(style, size)
        style.font.bold, style.font.italic = True, False
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        style.paragraph_format.keep_with_next = True
        for border in style.element.iter(qn("w:pBdr")):
            border.getparent().remove(border)
    for name in ("List Bullet", "List Number"):
        of_list = document.styles[name].paragraph_format
        of_list.space_after, of_list.left_indent, of_list.first_line_indent = Pt(1), INDENT, -INDENT
        of_list.tab_stops.add_tab_stop(INDENT)
    for text, style in (("{{ title }}", "Title"), ("{{p head }}", "Normal"), ("{{p body }}", "Normal")):
        document.add_paragraph(text, style=style)
    footer = document.styles["Footer"]
    _font(footer, 8.5)
    footer.font.color.rgb = QUIET
    footer.paragraph_format.tab_stops.clear_all()
    section.footer.paragraphs[0].style = footer
    _footer(section.footer.paragraphs[0], section.page_width - section.left_margin - section.right_margin)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "{{ title }}", "", ""
    properties.created = properties.modified = datetime(2000, 1, 1)
    written = BytesIO()
    document.save(written)
    return repacked(written.getvalue())


def _font(style: Any, size: float) -> None:
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), INK
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in list(fonts.attrib):
        if "Theme" in attribute:
            del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def _footer(paragraph: Paragraph, width: int) -> None:
    """The title, and at the right which page it is of how many."""
    paragraph.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    for text, field in (("{{ title }}\t", ""), ("", "PAGE"), (" / ", ""), ("", "NUMPAGES")):
        run = paragraph.add_run(text)
        if field:
            for kind, said in (("begin", ""), ("", field), ("end", "")):
                element = OxmlElement("w:fldChar" if kind else "w:instrText")
                if kind:
                    element.set(qn("w:fldCharType"), kind)
                element.text = said or None
                run._r.append(element)


def main() -> None:
    """Write it."""
    DEFAULT.write_bytes(made())


if __name__ == "__main__":
    main()
