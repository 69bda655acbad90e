"""Families of rules: one that is written once for several values: `each: {ask: [start, closer]}`, and `$ask` for the value."""

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingType

from advisor.io.located import Mapping, Node, Scalar, Sequence, words
from advisor.model.problems import Problems
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Vocabulary

EACH = "each"
_NAME = re.compile(r"[a-z]+")
_BLANK = re.compile(rf"\$({_NAME.pattern})")


def members(nodes: Sequence, vocabulary: Vocabulary, problems: Problems, *, named: str = "id") -> Iterator[tuple[Node, str]]:
    """The rules of a list, a family as one rule for each of its values; what is wrong is noted in `problems`.

    Beside each stands the id of its family as it is written, "" for a rule that is in none.

    The values are written out, or are those of a question or finding that is named. Each member has an id of its own,
    since `$name` stands in it; `named` is the key of the id.
    """
    options = {name: question.options for name, question in vocabulary.questions.items()}
    known = {**options, **{name: tuple(finding.values) for name, finding in vocabulary.findings.items()}}
    for node in nodes.items:
        if isinstance(node, Mapping) and EACH in node.entries:
            yield from _family(node, known, problems, named)
        elif _all_filled(node, (), problems):
            yield node, ""


def _family(
    node: Mapping, known: MappingType[str, Collection[str]], problems: Problems, named: str
) -> Iterator[tuple[Node, str]]:
    given, line = node.entries[EACH], node.line_of(EACH)
    if not isinstance(given, Mapping) or len(given.entries) != 1:
        problems.add("each-expected", line, about=EACH)
        return
    ((name, told),) = given.entries.items()
    if not _NAME.fullmatch(name):
        problems.add("each-expected", line, about=EACH)
        return
    about, before = f"{EACH}: {name}", len(problems.found)
    values: Collection[str] = words(told, problems, about)
    if isinstance(told, Scalar):
        if told.text not in known:
            problems.add("unknown-value", line, about=about, found=told.text, allowed=tuple(known))
        values = [value for value in known.get(told.text, ()) if value not in (NONE, THAT_IS_ALL)]
    if len(problems.found) > before:
        return
    if not values:
        problems.add("each-without-values", line, about=about)
    rule = Mapping(node.line, {key: value for key, value in node.entries.items() if key != EACH}, node.lines)
    if _all_filled(rule, (f"${name}",), problems):
        if name not in _blanks(rule.entries.get(named)):
            problems.add("each-without-id", line, about=EACH, found=f"${name}")
        elif not any(name in _blanks(item) for key, item in rule.entries.items() if key != named):
            problems.add("each-without-use", line, about=EACH, found=f"${name}")
    if len(problems.found) == before:
        for value in values:
            yield _filled(rule, value), _text(rule.entries.get(named))


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _all_filled(node: Node, allowed: tuple[str, ...], problems: Problems) -> bool:
    """Whether every blank in the node is among those allowed; others, such as `$aks` for `$ask`, are noted."""
    others = {name: line for name, line in _blanks(node).items() if f"${name}" not in allowed}
    for name, line in others.items():
        problems.add("unknown-each", line, found=f"${name}", allowed=allowed)
    return not others


def _blanks(node: Node | None) -> dict[str, int]:
    """The names of the blanks in a node, with the first line each stands on."""
    match node:
        case Scalar(text, line):
            return dict.fromkeys(_BLANK.findall(text), line)
        case Sequence(_, items):
            found = [_blanks(item) for item in items]
        case Mapping(_, entries):
            keys = [dict.fromkeys(_BLANK.findall(key), node.line_of(key)) for key in entries]
            found = keys + [_blanks(item) for item in entries.values()]
        case _:
            return {}
    return {name: line for blanks in reversed(found) for name, line in blanks.items()}


def _filled(node: Node, value: str) -> Node:
    """The node with the value in its blanks, which are all of one name."""
    match node:
        case Scalar(text, line, plain):
            return Scalar(_BLANK.sub(lambda _: value, text), line, plain)
        case Sequence(line, items):
            return Sequence(line, [_filled(item, value) for item in items])
        case Mapping(line, entries, lines):
            named = {key: _BLANK.sub(lambda _: value, key) for key in entries}
            filled = {named[key]: _filled(item, value) for key, item in entries.items()}
            return Mapping(line, filled, {named.get(key, key): at for key, at in lines.items()})
