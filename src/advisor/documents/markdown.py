"""Documents as Markdown."""

import re
from functools import singledispatch

from advisor.documents.blocks import Document, DocumentTable, Heading, Illustration, Items, Paragraph, Run, Text
from advisor.render.environment import escape_markdown

_LINE = "\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_"
_EDGES = re.compile(r"^(\s*)(.*?)(\s*)$", re.DOTALL)


def write(document: Document) -> bytes:
    """The document as Markdown, which says in a table what a picture shows."""
    parts = [f"# {escape_markdown(document.title)}"]
    parts += [f"**{escape_markdown(label)}:** {_text(text)}  " for _, label, text in document.head]
    for section in document.sections:
        parts += ["", f"## {escape_markdown(section.heading)}"]
        for block in section.blocks:
            parts += ["", _block(block)]
    text = "\n".join(parts)
    return (re.sub(r"\n{3,}", "\n\n", text).strip() + "\n").encode()


def _text(text: Text) -> str:
    return "".join(_run(run) for run in text)


def _run(run: Run) -> str:
    before, said, after = _EDGES.match(run.text).groups()  # type: ignore[union-attr]
    said = escape_markdown(said)
    if run.style == "blank":
        said = f"\\[{said}\\]" if said else _LINE
    mark = {"strong": "**", "quiet": "*", "blank": "**" if run.text else ""}.get(run.style, "")
    return f"{before}{mark}{said}{mark}{after}" if said else run.text


@singledispatch
def _block(block: object) -> str:
    raise TypeError(block)


@_block.register
def _(block: Heading) -> str:
    return f"{'#' * (block.level + 1)} {escape_markdown(block.text)}"


@_block.register
def _(block: Paragraph) -> str:
    return f"> {_text(block.text)}" if block.boxed else _text(block.text)


@_block.register
def _(block: Items) -> str:
    return "\n".join(f"{f'{n}.' if block.numbered else '-'} {_text(item)}" for n, item in enumerate(block.items, start=1))


@_block.register
def _(block: DocumentTable) -> str:
    head = block.head or ("",) * len(block.widths)
    lines = [f"| {' | '.join(map(escape_markdown, head))} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_text(cell) for cell in row)} |" for row in block.rows]
    return "\n".join(lines)


@_block.register
def _(block: Illustration) -> str:
    return f"*{escape_markdown(block.alt)}*"
