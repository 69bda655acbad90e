"""A case text, YAML or JSON, as plain values: texts, lists and dicts. Where one stands is told by the keys that lead to it.

Words of YAML stay words (`yes` is the word yes), numbers stay as they were written, and nothing is None. A problem names a
line of YAML, or a pointer into JSON.
"""

import json
import re
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from advisor.io.located import MAX_DEPTH, MAX_TEXT, Mapping, Node, Scalar, decoded, parse_yaml, raw_content
from advisor.model.names import printable
from advisor.model.problems import Pointer, Problems

Value = str | bool | list["Value"] | dict[str, "Value"] | None

_HALF = re.compile("[\ud800-\udfff]")
_MAYBE_HALF = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_ESCAPE = re.compile(r"([\x7f-\x9f]|\\u00(?:0[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f])|\\[bf])|\\.", re.IGNORECASE | re.DOTALL)


class Bare(str):
    """A word of YAML written without quotes, or a number of JSON as it was written."""

    __slots__ = ()


def read_document(path: Path, problems: Problems) -> Value:
    """The content of a file, JSON where its name ends so; what is wrong with it is noted in `problems`."""
    raw = raw_content(path, problems)
    return None if raw is None else parse_document(raw, problems, as_json=path.suffix == ".json")


def parse_document(raw: bytes, problems: Problems, *, as_json: bool = False) -> Value:
    """The content of an encoded text; what is wrong with it is noted in `problems`, which from now on finds lines of YAML."""
    text = decoded(raw, problems)
    if text is None:
        return None
    if as_json:
        return _parse_json(text, problems)
    node = parse_yaml(text, problems)
    if node is None:
        return None
    problems.line_of = partial(line_in, node)
    return plain_values(node)


def plain_values(node: Node) -> Value:
    """A node of YAML as plain values."""
    if isinstance(node, Scalar):
        return None if node.is_null else Bare(printable(node.text)) if node.plain else printable(node.text)
    if isinstance(node, Mapping):
        return {printable(key): plain_values(inner) for key, inner in node.entries.items()}
    return [plain_values(item) for item in node.items]


def line_in(node: Node, path: Pointer) -> int:
    """The line that a path leads to, as far as it goes."""
    line = node.line
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            line, node = node.line_of(step), node.entries[step]
        elif not isinstance(node, (Scalar, Mapping)) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            line = node.line
        else:
            break
    return line


def _parse_json(text: str, problems: Problems) -> Value:
    """JSON, strictly: no key twice, no number that is none, no half of a character, nothing too deep or too long."""
    try:
        content: Value = json.loads(_ESCAPE.sub(_shown, text), **_AS_WRITTEN)
    except json.JSONDecodeError as error:
        problems.add("not-json", error.lineno, found=error.colno)
    except _NoNumberError as error:
        problems.add("no-json-number", found=error)
    except RecursionError:
        problems.add("too-deep", found=MAX_DEPTH)
    else:
        _check(content, (), problems, closely=len(text) > MAX_TEXT or _MAYBE_HALF.search(text) is not None)
        return content
    return None


def _shown(escape: re.Match[str]) -> str:
    """An escape of JSON as it stands; one for a control character, or such a character itself, becomes one that is shown."""
    return json.dumps(printable(json.loads(f'"{escape[1]}"', strict=False)))[1:-1] if escape[1] else escape[0]


def _check(value: Value, path: Pointer, problems: Problems, *, closely: bool) -> None:
    """Note what is wrong below a path; texts are looked at only where they may hold something wrong."""
    if closely:
        _check_text(value, path, problems)
    if not isinstance(value, (dict, list)):
        return
    if len(path) == MAX_DEPTH:
        problems.add("too-deep", path, found=MAX_DEPTH)
        return
    if isinstance(value, dict):
        if isinstance(value, _Repeating):
            for key in value.repeated:
                problems.add("duplicate-member", path, found=key)
        for key, inner in value.items():
            if closely:
                _check_text(key, path, problems)
            elif inner.__class__ is str:  # nearly always
                continue
            _check(inner, (*path, key), problems, closely=closely)
    else:
        for place, inner in enumerate(value):
            if closely or inner.__class__ is not str:
                _check(inner, (*path, place), problems, closely=closely)


def _check_text(value: object, path: Pointer, problems: Problems) -> None:
    if not isinstance(value, str):
        return
    if len(value) > MAX_TEXT:
        problems.add("text-too-long", path, found=len(value), allowed=(str(MAX_TEXT),))
    elif half := _HALF.search(value):
        problems.add("half-a-character", path, found=f"\\u{ord(half[0]):04x}")


class _NoNumberError(ValueError):
    """Python's json takes NaN and infinities, JSON does not."""


def _no_number(name: str) -> None:
    raise _NoNumberError(name)


class _Repeating(dict[str, Value]):
    """An object in which a key stands twice."""

    def __init__(self, pairs: list[tuple[str, Value]]) -> None:
        super().__init__(pairs)
        self.repeated = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeating(pairs)


_AS_WRITTEN: dict[str, Any] = {
    "object_pairs_hook": _object,
    "parse_int": Bare,
    "parse_float": Bare,
    "parse_constant": _no_number,
}


def members(
    value: Value, required: tuple[str, ...], optional: tuple[str, ...], path: Pointer, problems: Problems, about: str
) -> dict[str, Value]:
    """The value as a dict with only these keys; an empty one stands in where it is none."""
    if not isinstance(value, dict):
        problems.add("mapping-expected", path, about=about, allowed=required + optional)
        return {}
    for key in value:
        if key not in required and key not in optional:
            problems.add("unknown-key", (*path, key), about=about, found=key, allowed=required + optional)
    for key in required:
        if key not in value:
            problems.add("missing-key", path, about=about, found=key)
    return value


def word(value: Value) -> str | None:
    """A single word as it was written; None where there is nothing or more."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str) else None


def text_in(held: dict[str, Value], key: str, path: Pointer, problems: Problems, about: str, default: str = "") -> str:
    """The text under `key`, or `default` where nothing is."""
    value = held.get(key)
    if value is None:
        return default
    text = word(value)
    if text is None:
        problems.add("word-expected", (*path, key), about=about, found=key)
        return default
    return text


def words_in(value: Value, path: Pointer, problems: Problems, about: str) -> tuple[str, ...]:
    """A word or a list of words, as a tuple."""
    found = [word(item) for item in (value if isinstance(value, list) else [value])]
    if None in found:
        problems.add("words-expected", path, about=about)
    return tuple(text for text in found if text is not None) if None not in found else ()
