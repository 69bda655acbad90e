"""Every text that a reader may meet, as the files hold it: what it says, where it stands, and by which key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from advisor.io.located import Mapping, Node, Scalar, Sequence, read_yaml, text_of
from advisor.io.rulebook_reader import REGISTERS
from advisor.io.sentence_reader import COUNT, WITH
from advisor.io.wording_reader import KINDS
from advisor.model.problems import InputError, Problems

QUESTIONS, FINDINGS, REASONS, SOURCES = "questions", "findings", "reasons", "sources"
SHEETS = (QUESTIONS, FINDINGS, REASONS, SOURCES, *KINDS)  # the kinds of texts

IN_CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|</?[a-z]+>)", re.DOTALL)  # what is no word in a text: blanks, conditions, markup

Ref: TypeAlias = tuple[str, str]
"""A text's kind and key."""
Steps: TypeAlias = tuple[str | int, ...]
"""The keys and places that lead to a text in its file."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text of a file. Its key is the same in every language; `place` names the file and line for people.

    Of a sentence that counts each form is a text of its own: `count` is the blank that holds the number, "" elsewhere.
    """

    kind: str
    key: str
    file: Path
    path: Steps
    place: str
    said: str
    count: str = ""

    @property
    def ref(self) -> Ref:
        """What it is known by among all texts."""
        return self.kind, self.key


def read_texts(rules: Path, words: Path, language: str) -> dict[Ref, PlacedText]:
    """The texts of a folder of words, with the reasons and the sources: those of the rules where it is in their `language`.

    Raises `InputError` with every file that cannot be read; whether the texts are complete is not looked at.
    """
    reader = _Reader(words)
    for kind in (QUESTIONS, FINDINGS, *KINDS):
        for path in sorted(words.glob(f"{kind}/*.yaml")):
            reader.read(kind, path, (path.stem,) if kind in KINDS else ())
    if words.name == language:
        for path in sorted(rules.glob("*.yaml")):
            reader.read_rules(path)
    else:
        for path in sorted(words.glob(f"{REASONS}/*.yaml")):
            reader.read(REASONS, path)
        for path in words.glob(f"{SOURCES}.yaml"):
            reader.read(SOURCES, path)
    problems = [problem for each in reader.problems for problem in each.found]
    if problems:
        raise InputError(problems)
    return reader.found


class _Reader:
    """The texts found so far, and what was wrong with their files."""

    def __init__(self, words: Path) -> None:
        self.words = words
        self.found: dict[Ref, PlacedText] = {}
        self.problems: list[Problems] = []

    def read(self, kind: str, path: Path, group: tuple[str, ...] = ()) -> None:
        """Note the texts of a file of words."""
        name = f"prompts/{self.words.name}/{path.relative_to(self.words).as_posix()}"
        root = self._root(path, name)
        for keys, text, count in _sentences(root, ()) if group else _leaves(root, ()):
            self._add(kind, (*group, *keys), path, keys, name, text, count)

    def read_rules(self, path: Path) -> None:
        """Note the reasons of a file of rules, or what a register says."""
        name = f"{path.parent.name}/{path.name}"
        root = self._root(path, name)
        if not isinstance(root, Mapping):
            return
        register = path.name in REGISTERS
        kind, listed, said = (SOURCES, "items", "says") if register else (REASONS, "rules", "because")
        for keys, title, _ in _leaves(root.entries.get("documents"), ("documents",)) if register else ():
            self._add(kind, keys, path, keys, name, title)
        items = root.entries.get(listed)
        for number, item in enumerate(items.items if isinstance(items, Sequence) else ()):
            own, text = (item.entries.get("id"), item.entries.get(said)) if isinstance(item, Mapping) else (None, None)
            if isinstance(own, Scalar) and isinstance(text, Scalar):
                keys = (listed, own.text) if register else (own.text,)
                self._add(kind, keys, path, (listed, number, said), name, text)

    def _root(self, path: Path, name: str) -> Node | None:
        problems = Problems(name)
        self.problems.append(problems)
        return read_yaml(path, problems)

    def _add(self, kind: str, keys: tuple[str, ...], file: Path, path: Steps, name: str, text: Scalar, count: str = "") -> None:
        found = PlacedText(kind, key_of(keys), file, path, f"{name}:{text.line}", text.text, count)
        self.found[found.ref] = found


_BETWEEN = ": "  # between the parts of a key


def key_of(keys: tuple[str, ...]) -> str:
    """A text's key, as people read it."""
    return _BETWEEN.join(keys)


def keys_in(key: str, *, most: int = 0) -> tuple[str, ...]:
    """The parts of a key as people read it, or at most so many."""
    return tuple(key.split(_BETWEEN, most - 1))


Leaves: TypeAlias = Iterator[tuple[tuple[str, ...], Scalar, str]]


def _leaves(node: Node | None, keys: tuple[str, ...], count: str = "") -> Leaves:
    """Each text below a node, with the keys that lead to it, and the blank that it counts by."""
    if isinstance(node, Scalar) and not node.is_null:
        yield keys, node, count
    elif isinstance(node, Mapping):
        for key, value in node.entries.items():
            yield from _leaves(value, (*keys, key), count)


def _sentences(node: Node | None, keys: tuple[str, ...]) -> Leaves:
    """The same for a file of sentences: those that count have a text for each form, and may have parts that count."""
    for key, value in node.entries.items() if isinstance(node, Mapping) else ():
        if not isinstance(value, Mapping):
            yield from _leaves(value, (*keys, key))
            continue
        count = text_of(value, COUNT, Problems(""), "")
        forms = {name: form for name, form in value.entries.items() if name not in (COUNT, WITH)}
        yield from _leaves(Mapping(value.line, forms), (*keys, key), count)
        yield from _sentences(value.entries.get(WITH), (*keys, key, WITH))
