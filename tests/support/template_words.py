"""What templates say: the sentences they ask for, with what they give them, and what they say without asking."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

SPOKEN = {"title", "alt", "aria-label", "placeholder", "data-label", "data-says", "data-says-once", "label", "summary"}
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MARKUP = re.compile(r'[\w-]+="[^"]*"|\b(usa|advisor)-[\w-]+|\bdata-focus\b')  # where a macro makes a part of a tag
_SAYS = {"tag": 0, "button": 0, "breadcrumb": 1}  # which argument of these macros is said
_SILENT = ("style", "script")
_PARSED = Environment(trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True)
class Asked:
    """A sentence that a template asks for: its key, or how its keys begin (`prefix`), and the names of what fills its blanks."""

    template: str
    key: str
    prefix: bool
    values: frozenset[str]


def asked(template: Path) -> Iterator[Asked]:
    """Every sentence a template asks for with `word`. Raises `AssertionError` where a key cannot be told."""
    for call in _PARSED.parse(template.read_text("utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "word":
            values = frozenset(each.key for each in call.kwargs)
            for key, prefix in _keys(call.args[0]):
                yield Asked(template.name, key, prefix, values)


def _keys(node: nodes.Expr) -> Iterator[tuple[str, bool]]:
    if isinstance(node, nodes.Const):
        yield node.value, False
    elif isinstance(node, nodes.CondExpr) and node.expr2 is not None:
        yield from _keys(node.expr1)
        yield from _keys(node.expr2)
    else:
        assert isinstance(node, nodes.Concat), f"no key: {node}"
        assert isinstance(node.nodes[0], nodes.Const), f"no beginning of a key: {node}"
        yield node.nodes[0].value, True


def said_without_asking(template: Path) -> list[str]:
    """Words that stand in a template itself: in its text, in attributes that are read out, in strings that become text."""
    tree = _PARSED.parse(template.read_text("utf-8"))
    reader = _Reader()
    reader.feed("".join(data.data if isinstance(data, nodes.TemplateData) else "{}" for data in _output(tree)))
    return [text for text in (*_strings(tree), *reader.found) if _LETTERS.search(_MARKUP.sub("", text))]


def _strings(tree: nodes.Node) -> Iterator[str]:
    """Strings of several words in expressions, and what buttons and tags are given to say."""
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and " " in const.value.strip():
            yield const.value
    for call in tree.find_all(nodes.Call):
        place = _SAYS.get(call.node.attr) if isinstance(call.node, nodes.Getattr) else None
        if place is not None and isinstance(said := call.args[place], nodes.Const):
            yield said.value


def _output(tree: nodes.Node) -> Iterator[nodes.Node]:
    for node in tree.find_all(nodes.Output):
        yield from node.nodes


class _Reader(HTMLParser):
    """Text and attributes that are read out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in _SILENT else ""
        self.found += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.found.append(data.strip())
