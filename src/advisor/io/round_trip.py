"""Edits YAML so that whatever an edit does not touch stays as it was written: comments, order, quotes, and layout too.

ruamel.yaml hangs a comment on the value before it. What stands below a value is about what follows, so it moves along
when something is put between. The functions that edit do the same to plain dicts and lists, which have no comments.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any

from advisor.io.case_writer import quoted
from advisor.io.document import Bare

_BOM = "\ufeff"
_NULLS = ("", "~", "null", "Null", "NULL")


def edited(text: str, edit: Callable[[Any], None]) -> tuple[str, ...]:
    """A text of YAML after an edit of its root: with the untouched lines to the byte, and as a whole written anew.

    The first may have lost its sense where the lines do not fit together; whoever asks has to see whether it says what it
    should.
    """
    mark, lines = text[: text.startswith(_BOM)], text.removeprefix(_BOM).split("\n")
    if lines[-1]:
        lines.append("")
    feed = "\r" if lines[0].endswith("\r") else ""
    lines = [line.removesuffix("\r") for line in lines]
    yaml = _round_trip()
    root = yaml.load("\n".join(lines))
    yaml.indent(**_indents(root))
    before = _dumped(yaml, root)
    edit(root)
    after = _dumped(yaml, root)
    return tuple(mark + f"{feed}\n".join(each) for each in (_merged(lines, before, after), after))


def put(mapping: Any, key: str, value: Any, order: Sequence[str]) -> None:
    """Set a member of a mapping; a new one goes behind the last of those that come before it in this order."""
    if not hasattr(mapping, "ca"):
        mapping[key] = value
    elif key in mapping:
        below = _cut(mapping, key, all_of_it=True)
        mapping[key] = _written(value)
        _paste(mapping, key, below)
    else:
        earlier = set(order[: order.index(key)])
        place = max((place for place, name in enumerate(mapping, start=1) if name in earlier), default=0)
        last = list(mapping)[place - 1] if place else None
        below = "" if last is None else _cut(mapping, last)
        name = _written(key)
        mapping.insert(place, name, _written(value))
        _paste(mapping, name, below)


def append(listed: Any, value: Any) -> None:
    """Put an item at the end of a list."""
    if not hasattr(listed, "ca"):
        listed.append(value)
        return
    below = _cut(listed, len(listed) - 1) if listed else ""
    listed.append(_written(value))
    _paste(listed, len(listed) - 1, below)


def remove_item(mapping: Any, key: str, place: int) -> None:
    """Take an item out of a list below a key, and the key with the last of them."""
    listed = mapping[key]
    below = _cut(listed, place) + _after(listed[place]) if hasattr(listed, "ca") else ""
    del listed[place]
    if listed and place:
        _paste(listed, place - 1, _cut(listed, place - 1) + below)
    elif listed:
        _precede(listed, 0, below)
    else:
        names = list(mapping)
        number = names.index(key)
        below += _after(listed)
        del mapping[key]
        if number:
            _paste(mapping, names[number - 1], _cut(mapping, names[number - 1]) + below)
        elif len(names) > 1:
            _precede(mapping, names[1], below)


def _round_trip() -> Any:
    """A reader and writer for which every word is a text, and nothing is nothing."""
    from ruamel.yaml import YAML
    from ruamel.yaml.nodes import ScalarNode
    from ruamel.yaml.resolver import VersionedResolver

    class TextResolver(VersionedResolver):
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            plain = implicit[0] if isinstance(implicit, tuple) else implicit
            return (
                self.DEFAULT_SCALAR_TAG
                if kind is ScalarNode and plain and value not in _NULLS
                else super().resolve(kind, value, implicit)
            )

    yaml = YAML(typ="rt")
    yaml.Resolver = TextResolver
    yaml.preserve_quotes, yaml.width, yaml.allow_duplicate_keys = True, 2**30, False
    return yaml


def _dumped(yaml: Any, root: Any) -> list[str]:
    made = io.StringIO()
    yaml.dump(root, made)
    return made.getvalue().split("\n")


def _merged(lines: list[str], before: list[str], after: list[str]) -> list[str]:
    """The lines as they were, with what changed between `before` (the same text as it is written here) and `after`.

    What is new is indented as its neighbours are.
    """
    pieces = _pieces(lines, before)
    margins = {begin: _margin(old[0]) for old, (begin, stop) in pieces if begin < stop and old}
    made = list[str]()
    for kind, first, last, start, end in _differences(before, after):
        if kind != "equal":
            new = after[start:end]
            alike = (n for n in reversed(range(last)) if n in margins and new and _margin(before[n]) == _margin(new[0]))
            like = next(alike, None)
            made += new if like is None else [_moved(line, margins[like] - _margin(before[like])) for line in new]
            continue
        for old, (begin, stop) in pieces:
            if first <= begin and stop <= last and begin < last:
                made += old
            else:
                made += before[max(first, begin) : min(last, stop)]
    return made


def _pieces(lines: list[str], before: list[str]) -> list[tuple[list[str], tuple[int, int]]]:
    """A text in pieces, each with the place of the same piece as it is written here: a line, or lines laid out anew."""
    made = list[tuple[list[str], tuple[int, int]]]()
    for kind, first, last, start, end in _differences([_inked(line) for line in lines], [_inked(line) for line in before]):
        if kind == "equal":
            made += [([lines[first + n]], (start + n, start + n + 1)) for n in range(last - first)]
        else:
            made.append((lines[first:last], (start, end)))
    return made


def _differences(one: list[str], other: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(None, one, other, autojunk=False).get_opcodes()


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip(" ")) if line.strip() else -1


def _moved(line: str, by: int) -> str:
    return " " * max(0, _margin(line) + by) + line.lstrip(" ") if line.strip() else line


def _inked(line: str) -> str:
    return "".join(line.split())


def _indents(root: Any) -> dict[str, int]:
    """How far a text indents mappings and lists, by the first of each."""
    mappings, lists = list[int](), list[tuple[int, int]]()
    for parent, child in _nested(root):
        column, inset = child.lc.col, child.lc.col - parent.lc.col
        if isinstance(child, list):
            lists.append((inset, getattr(getattr(child[0], "lc", None), "col", column + 2) - parent.lc.col))
        elif isinstance(parent, dict):
            mappings.append(inset)
    offset, sequence = next(iter(lists), (2, 4))
    return {"mapping": next(iter(mappings), 2), "sequence": sequence, "offset": offset}


def _nested(node: Any) -> Iterator[tuple[Any, Any]]:
    """Each block with the blocks in it."""
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        if _is_block(inner):
            yield node, inner
            yield from _nested(inner)


def _is_block(value: Any) -> bool:
    """Whether a value is a mapping or list with a line for each of its members."""
    return isinstance(value, (dict, list)) and bool(value) and not value.fa.flow_style()  # type: ignore[union-attr]


def _written(value: Any) -> Any:
    """A plain value as a person would write it: words in brackets, quotes where a text that is not bare needs them.

    A text that has a style of its own keeps it.
    """
    from ruamel.yaml.comments import CommentedMap, CommentedSeq
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString

    if isinstance(value, ScalarString):
        return value
    if isinstance(value, dict):
        return CommentedMap((_written(key), _written(inner)) for key, inner in value.items())
    if isinstance(value, list):
        made = CommentedSeq(_written(item) for item in value)
        if all(isinstance(item, str) for item in value):
            made.fa.set_flow_style()
        return made
    return str(value) if isinstance(value, Bare) or quoted(value) == value else DoubleQuotedScalarString(value)


def _end(container: Any, key: Any) -> tuple[Any, Any, int]:
    """Where the comment after a member is: the container and key of its last value, and the place among its comments."""
    value = container[key]
    while _is_block(value):
        container, key = value, (list(value)[-1] if isinstance(value, dict) else len(value) - 1)
        value = container[key]
    return container, key, 2 if isinstance(container, dict) else 0


def _cut(container: Any, key: Any, *, all_of_it: bool = False) -> str:
    """Take what stands on the lines below a member and is no deeper than it: it is about what comes next."""
    from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

    column = container.lc.col or 0
    container, key, place = _end(container, key)
    tokens = container.ca.items.get(key)
    if not tokens or tokens[place] is None:
        return ""
    token, value = tokens[place], container[key]
    block = isinstance(value, (LiteralScalarString, FoldedScalarString))
    beside, below = ("", token.value) if block else token.value.split("\n", 1)
    lines = below.splitlines(keepends=True)
    own = 0 if all_of_it else next((n for n, line in reversed(list(enumerate(lines, start=1))) if _margin(line) > column), 0)
    token.value = "".join(([] if block else [f"{beside}\n"]) + lines[:own])
    if token.value in ("", "\n"):
        tokens[place] = None
        if hasattr(value, "ca"):
            value.ca.comment = None
    return "".join(lines[own:])


def _paste(container: Any, key: Any, below: str) -> None:
    """Put something on the lines below a member."""
    if not below:
        return
    from ruamel.yaml.tokens import CommentToken

    container, key, place = _end(container, key)
    tokens = container.ca.items.setdefault(key, [None, None, None, None])
    if tokens[place] is None:
        tokens[place] = CommentToken(f"\n{below}", _start(), None)
    else:
        tokens[place].value += below


def _precede(container: Any, key: Any, above: str) -> None:
    """Put something on the lines above a member that had nothing there."""
    from ruamel.yaml.tokens import CommentToken

    if above:
        container.ca.items.setdefault(key, [None, None, None, None])[1] = [CommentToken(above, _start(), None)]


def _after(container: Any) -> str:
    """What stands after the end of a mapping or list."""
    return "".join(token.value for token in container.ca.end) if hasattr(container, "ca") else ""


def _start() -> Any:
    from ruamel.yaml.error import CommentMark

    return CommentMark(0)
