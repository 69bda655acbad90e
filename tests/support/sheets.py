"""Sheets of cases for tests: workbooks and texts as analysts send them, and as nobody should."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

Rows = Iterable[Sequence[object]]


def workbook(
    path: Path, sheets: Mapping[str, Rows], merged: Sequence[str] = (), cells: Mapping[str, object] | None = None
) -> Path:
    """A workbook with these sheets; blocks are merged, and further cells set, on the first of them."""
    book = Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    first = book.worksheets[0]
    for place, value in (cells or {}).items():
        first[place] = value
    for block in merged:
        first.merge_cells(block)
    book.save(path)
    return path


def replaced(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The workbook with something else in one of its parts."""
    found = _parts(path)
    assert old in found[part]
    found[part] = found[part].replace(old, new)
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in found.items():
            archive.writestr(name, content)
    path.write_bytes(made.getvalue())
    return path


def _parts(path: Path) -> dict[str, bytes]:
    with ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def huge_cell(path: Path, size: int) -> Path:
    """A workbook of a few kilobytes that claims, and holds, one cell of so many bytes."""
    piece = b"A" * (1 << 20)
    found = _parts(workbook(path, {"Cases": [["wanted.aim"], ["exchange"]]}))
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in found.items():
            if not name.endswith("sheet1.xml"):
                archive.writestr(name, content)
                continue
            before, after = content.split(b"</sheetData>")
            with archive.open(name, "w", force_zip64=True) as part:
                part.write(before + b'<row r="3"><c r="A3" t="inlineStr"><is><t>')
                for _ in range(size // len(piece)):
                    part.write(piece)
                part.write(b"</t></is></c></row></sheetData>" + after)
    return path
