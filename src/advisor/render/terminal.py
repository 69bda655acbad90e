"""Markdown laid out for a terminal, at a width that reads well."""

from io import StringIO

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Heading, Markdown, TableElement
from rich.text import Text

WIDEST = 100


class _Heading(Heading):
    """Headings at the left margin: bold, the first level underlined."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        style = {"h1": "bold underline", "h2": "bold cyan"}.get(self.tag, "bold")
        yield Text(self.text.plain, style=style)


class _Table(TableElement):
    """Tables with a rule between rows, so that wrapped cells do not run together."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            table.box, table.show_lines, table.pad_edge = box.ROUNDED, True, True  # type: ignore[union-attr]
            table.padding = (0, 1)  # type: ignore[union-attr]
            table.show_header = any(str(column.header).strip() for column in table.columns)  # type: ignore[union-attr]
            yield table


class _Page(Markdown):
    elements = {**Markdown.elements, "heading_open": _Heading, "table_open": _Table}  # noqa: RUF012


def show(text: str, console: Console) -> None:
    """Print Markdown, no wider than is comfortable to read."""
    console.print(_Page(text), width=min(console.width, WIDEST))


def plain_text(text: str, width: int = WIDEST) -> str:
    """Markdown as plain text of at most this width, with a line feed at the end."""
    written = StringIO()
    show(text, Console(file=written, width=width, color_system=None, highlight=False, emoji=False))
    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    return "\n".join(lines).strip("\n") + "\n"
