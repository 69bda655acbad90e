"""YAML text read into nodes that remember their line.

Values stay words (`yes` is the word yes), duplicate keys, aliases, tags and deep nesting are problems,
and a file is never read past its size limit. The rulebook comes in through here; cases do through `document`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from advisor.model.problems import Problems

MAX_BYTES = 1_048_576
MAX_DEPTH = 24
MAX_TEXT = 20_000  # characters of one text or key


@dataclass(frozen=True, slots=True)
class Scalar:
    """A word or a text; `plain` tells that it stood without quotes."""

    text: str
    line: int
    plain: bool = True

    @property
    def is_null(self) -> bool:
        """Whether nothing was written."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Sequence:
    """A list."""

    line: int
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Mapping:
    """Keys with their values, in the order they were written; a key knows its own line."""

    line: int
    entries: dict[str, "Node"] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """The line `key` stands on, or the mapping's own."""
        return self.lines.get(key, self.line)


Node = Scalar | Sequence | Mapping


def read_yaml(path: Path, problems: Problems) -> Node | None:
    """The content of a YAML file, or None with the reasons noted in `problems`."""
    raw = raw_content(path, problems)
    text = None if raw is None else decoded(raw, problems)
    return None if text is None else parse_yaml(text, problems)


def raw_content(path: Path, problems: Problems) -> bytes | None:
    """The bytes of a file, no more than one too many, or None with the reason noted in `problems`."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.add("unreadable-file", found=error.strerror or type(error).__name__)
        return None


def decoded(raw: bytes, problems: Problems) -> str | None:
    """An encoded text, or None with the reason noted in `problems`."""
    if len(raw) > MAX_BYTES:
        problems.add("too-large", found=f"{MAX_BYTES // 1024} KiB")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add("not-utf-8", raw.count(b"\n", 0, error.start) + 1, found=f"0x{raw[error.start]:02x}")
        return None


def parse_yaml(text: str, problems: Problems) -> Node | None:
    """The content of one YAML document, or None with the reasons noted in `problems`."""
    before = len(problems.found)
    try:
        node = _build(yaml.parse(text, Loader=yaml.CSafeLoader), problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problems.add("not-yaml", mark.line + 1 if mark else 0, found=error.problem or error.context or "")
        return None
    except yaml.YAMLError as error:
        problems.add("not-yaml", found=str(error).splitlines()[0])
        return None
    if len(problems.found) > before:
        return None
    if node is None:
        problems.add("empty-file")
    return node


def _build(events: Iterable[yaml.Event], problems: Problems) -> Node | None:
    """Build the tree with a stack of our own, so that no nesting can exhaust Python's."""
    root: Node | None = None
    stack: list[tuple[Mapping | Sequence, str | None]] = []
    documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.add("several-documents", line)
                return None
        elif isinstance(event, yaml.AliasEvent):
            problems.add("alias", line, found=event.anchor)
            return None
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, line, problems)
            if root is None:
                root = node
            elif not _attach(stack, node, problems):
                return None
            if isinstance(node, (Mapping, Sequence)):
                stack.append((node, None))
                if len(stack) > MAX_DEPTH:
                    problems.add("too-deep", line, found=MAX_DEPTH)
                    return None
    return root


def _node(event: yaml.NodeEvent, line: int, problems: Problems) -> Node:
    tag = getattr(event, "tag", None)
    if tag is not None and tag != "!":
        problems.add("tag", line, found=tag)
    if isinstance(event, yaml.MappingStartEvent):
        return Mapping(line)
    if isinstance(event, yaml.SequenceStartEvent):
        return Sequence(line)
    assert isinstance(event, yaml.ScalarEvent)
    return Scalar(_short(event.value, line, problems), line, plain=not event.style)


def _short(text: str, line: int, problems: Problems) -> str:
    """The text; "" where it is too long to be read, which is noted."""
    if len(text) <= MAX_TEXT:
        return text
    problems.add("text-too-long", line, found=len(text), allowed=(str(MAX_TEXT),))
    return ""


def _attach(stack: list[tuple[Mapping | Sequence, str | None]], node: Node, problems: Problems) -> bool:
    """Put a node where it belongs; False where a key is no word and reading has to stop."""
    parent, key = stack[-1]
    if isinstance(parent, Sequence):
        parent.items.append(node)
    elif key is None:
        if not isinstance(node, Scalar):
            problems.add("key-is-no-word", node.line)
            return False
        stack[-1] = (parent, node.text)
        if node.text in parent.entries:
            problems.add("duplicate-key", node.line, found=node.text, about=str(parent.line_of(node.text)))
        parent.lines[node.text] = node.line
    else:
        parent.entries[key] = node
        stack[-1] = (parent, None)
    return True


def words(node: Node, problems: Problems, about: str) -> tuple[str, ...]:
    """A word or a list of words, as a tuple."""
    if isinstance(node, Scalar):
        return (node.text,)
    if isinstance(node, Sequence) and all(isinstance(item, Scalar) for item in node.items):
        return tuple(item.text for item in node.items if isinstance(item, Scalar))
    problems.add("words-expected", node.line, about=about)
    return ()


def fields(node: Node | None, required: tuple[str, ...], optional: tuple[str, ...], problems: Problems, about: str) -> Mapping:
    """The node as a mapping with only these keys; an empty mapping stands in where it is none."""
    if not isinstance(node, Mapping):
        problems.add("mapping-expected", node.line if node else 0, about=about, allowed=required + optional)
        return Mapping(node.line if node else 0)
    for key in node.entries:
        if key not in required and key not in optional:
            problems.add("unknown-key", node.line_of(key), about=about, found=key, allowed=required + optional)
    for key in required:
        if key not in node.entries:
            problems.add("missing-key", node.line, about=about, found=key)
    return node


def text_of(node: Mapping, key: str, problems: Problems, about: str, default: str = "") -> str:
    """The text under `key`, or `default` where the key is absent."""
    value = node.entries.get(key)
    if value is None or (isinstance(value, Scalar) and value.is_null):
        return default
    if not isinstance(value, Scalar):
        problems.add("word-expected", value.line, about=about, found=key)
        return default
    return value.text
