"""The action plan as a workbook (XLSX)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO
from textwrap import wrap
from typing import Any
from zipfile import ZipFile

from advisor.documents.archive import repacked
from advisor.documents.plan import ActionPlan, Task
from advisor.render.workbook_style import LINE, filled, font, print_wide, put_text, wrapped

_LONG_AGO = date(2000, 1, 1)
_CORE = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_WIDTHS = {"what": 46, "who": 22, "when": 24, "day": 12, "done": 46, "state": 12}
_DAY = "yyyy-mm-dd"


def write(plan: ActionPlan, say: Callable[[str], str], day: date | None) -> bytes:
    """The plan as XLSX: a sheet of actions, one of conditions, and one of the days that are known."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    columns = ("who", "what", "when", "day", "done", "state")
    for name, tasks in (("actions", plan.actions), ("conditions", plan.conditions)):
        if tasks:
            _sheet(book, plan, say(f"plan.{name}"), columns, say, [_cells(task) for task in tasks])
    rows: list[list[object]] = [[label, None, on] for _, label, on in plan.moments]
    rows += [list(each) for each in plan.said]
    if rows or not book.sheetnames:
        _sheet(book, plan, say("plan.days"), ("what", "said", "day"), say, rows)
    at = datetime.combine(day or _LONG_AGO, datetime.min.time(), UTC).replace(tzinfo=None)
    properties = book.properties
    properties.title, properties.language, properties.creator, properties.created = plan.title, plan.language, "", at
    made = BytesIO()
    book.save(made)
    return repacked(made.getvalue(), {_CORE: _core(made.getvalue(), at)})


def _cells(task: Task) -> list[object]:
    return [task.who, task.what, task.when, task.day, task.done, None]


def _sheet(
    book: Any, plan: ActionPlan, title: str, columns: tuple[str, ...], say: Callable[[str], str], rows: list[list[object]]
) -> None:
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31])
    sheet.append([say(f"plan.{column}") for column in columns])
    widths = [_WIDTHS.get(column, 40) for column in columns]
    for row in rows:
        sheet.append([None] * len(columns))
        lines = (len(wrap(value, width - 4)) for value, width in zip(row, widths, strict=True) if isinstance(value, str))
        sheet.row_dimensions[sheet.max_row].height = LINE * max(lines, default=1)
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(sheet.max_row, place)
            if isinstance(value, date):
                cell.value, cell.number_format = value, _DAY
            elif isinstance(value, str):
                put_text(cell, value)
            cell.alignment, cell.font = wrapped(), font()
    for place, width in enumerate(widths):
        sheet.column_dimensions["ABCDEF"[place]].width = width
        head = sheet.cell(1, place + 1)
        head.font, head.fill = font(bold=True), filled()
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.print_title_rows = "1:1"
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = plan.title.replace("&", "&&"), "&P / &N"
    print_wide(sheet)


def _core(content: bytes, at: datetime) -> bytes:
    """The workbook's properties without the time at which it was written."""
    with ZipFile(BytesIO(content)) as archive:
        return _MODIFIED.sub(rb"\g<1>" + f"{at.isoformat()}Z".encode(), archive.read(_CORE))
