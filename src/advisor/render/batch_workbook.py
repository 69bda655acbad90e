"""The results of a batch as a workbook: a summary, what was wrong and where, and what is in the advice on each case."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from advisor.loading import Loaded
from advisor.model.problems import Problem
from advisor.render.batch_table import COLUMNS, DETAILS, CaseSummary, heads
from advisor.render.documents import problem_text
from advisor.render.template_wording import TemplateWording
from advisor.render.workbook_style import LINE, filled, font, print_wide, put_text, wrapped

MOST_CASES = 5_000  # in a workbook
MOST_PROBLEMS = 20_000  # that it tells
_PROBLEMS = ("kind", "address", "row", "column", "problem")
_WIDTHS = {
    **{"case": 30, "row": 8, "verdict": 22, "reason": 48, "close": 20, "form": 26, "sign": 26, "first": 48, "cautions": 48},
    **{"members": 30, "open": 48, "part": 20, "partner": 24, "what": 46, "text": 60, "who": 26, "by": 26, "done": 46},
    **{"kind": 22, "address": 16, "column": 26, "problem": 90},
}
_ROW, _VERDICT = COLUMNS.index("row"), COLUMNS.index("verdict")
_FILE = 30  # the width of a column of names of files
_CELL_TEXT = 32_767  # characters that a cell holds
_MOST_LINES = 12  # that a row is high at first


def written_workbook(
    found: Sequence[CaseSummary], source: str, total: int, told: Mapping[str, Sequence[Problem]], loaded: Loaded
) -> bytes:
    """The workbook of a batch over a table called `source`, with `total` cases; `told` are problems by kind."""
    from openpyxl import Workbook

    say = TemplateWording(loaded.wording, loaded.wording.documents)
    book = Workbook(write_only=True)
    every = [(kind, each) for kind, listed in told.items() for each in listed]
    problems = [_problem(kind, each, loaded) for kind, each in every[:MOST_PROBLEMS]]
    if len(every) > MOST_PROBLEMS:
        problems.append(["", "", "", "", say.word("sweep.batch-more", count=len(every) - MOST_PROBLEMS)])
    top = [say.word("spreadsheet.summary-title", source=source)]
    top.append(say.word("spreadsheet.summary-count", good=len(found), total=total, bad=total - len(found)))
    verdicts = Counter(each.cells[_VERDICT] for each in found)
    top += [say.word("spreadsheet.summary-verdict", verdict=verdict, size=size) for verdict, size in verdicts.most_common()]
    if problems:
        top.append(say.word("spreadsheet.summary-problems", sheet=say.word("spreadsheet.sheet-problems")))
    top += ["", say.word("spreadsheet.summary-caveat")]
    by_file = any(not each.cells[_ROW].isdecimal() for each in found)  # each case was a file
    _sheet(book, say, "summary", COLUMNS, [each.cells for each in found], loaded, top, by_file=by_file)
    _sheet(book, say, "problems", _PROBLEMS, problems, loaded)
    _sheet(book, say, "details", DETAILS, (row for each in found for row in each.details), loaded, by_file=by_file)
    book.properties.title, book.properties.creator = top[0], ""
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _problem(kind: str, problem: Problem, loaded: Loaded) -> list[str]:
    said = loaded.wording.documents["spreadsheet"][f"kind-{kind}"]
    text = problem_text(_bare(problem), loaded.wording.phrases)
    return [said, problem.pointer, str(problem.line or ""), problem.about, text]


def _bare(problem: Problem) -> Problem:
    """A problem without the place that stands in columns of its own."""
    return Problem("", 0, problem.code, problem.about, problem.found, problem.allowed, problem.nearest)


def _sheet(
    book: Any,
    say: TemplateWording,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    loaded: Loaded,
    top: Sequence[str] = (),
    *,
    by_file: bool = False,
) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Border, Side
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(say.word(f"spreadsheet.sheet-{name}"))
    below, bold, normal, shade = wrapped(), font(bold=True), font(), filled()
    line = Border(bottom=Side("thin", color="D5DAE0"))
    widths = [_FILE if column == "row" and by_file else _WIDTHS[column] for column in columns]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    first = len(top) + 1
    sheet.freeze_panes = f"B{first + 1}" if len(top) < 12 else f"A{first + 1}"
    sheet.print_title_rows = f"{first}:{first}"
    print_wide(sheet)

    def cell(text: str, look: Any, fill: Any = None, alignment: Any = below) -> Any:
        made = WriteOnlyCell(sheet, None)
        if text.isascii() and text.isdecimal() and len(text) < 10:
            made.value = int(text)
        else:
            put_text(made, text[:_CELL_TEXT])
        made.font, made.alignment, made.border = look, alignment, line if alignment is below else Border()
        if fill is not None:
            made.fill = fill
        return made

    for number, said in enumerate(top):
        sheet.append([cell(said, font(bold=True, size=14) if not number else normal, alignment=Alignment())] if said else [])
    sheet.append([cell(text, bold, shade) for text in heads(columns, loaded)])
    last = first
    for row in rows:
        last += 1
        sheet.row_dimensions[last].height = LINE * min(_MOST_LINES, max(map(_lines, row, widths)))
        sheet.append([cell(text, normal) for text in row])
    sheet.auto_filter.ref = f"A{first}:{get_column_letter(len(columns))}{max(last, first)}"


def _lines(text: str, width: int) -> int:
    return sum(-(-len(line) // (width - 2)) or 1 for line in text.split("\n")) if text else 1
