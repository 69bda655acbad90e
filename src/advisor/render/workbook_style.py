"""How the workbooks that are written here look: the font, shades, text that wraps, and pages as wide as a sheet."""

from typing import Any

FONT = "Calibri"
LINE = 15.0  # the height of a line of it, in points
LETTER = 1  # a size of paper
SHADE, INPUT = "E6EAEE", "FFF9E0"  # of headings, and of cells to be filled in


def font(**how: Any) -> Any:
    """The font of every cell; `how` as openpyxl's `Font` takes it."""
    from openpyxl.styles import Font

    return Font(name=FONT, **how)


def filled(color: str = SHADE) -> Any:
    """A fill of one color."""
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=color)


def wrapped() -> Any:
    """Text from the top left that goes on below."""
    from openpyxl.styles import Alignment

    return Alignment(horizontal="left", vertical="top", wrap_text=True)


def put_text(cell: Any, text: str) -> None:
    """Have a cell hold a text as it is: what somebody wrote is text, though it may begin with an =."""
    cell.value = text or None
    if text:
        cell.data_type = "s"


def print_wide(sheet: Any) -> None:
    """Print a sheet on letter paper across, as many pages long as it takes."""
    sheet.page_setup.paperSize = LETTER
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
