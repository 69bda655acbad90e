"""Families of rules: one that is written once for several values: `each: {ask: [start, closer]}`, and `$ask` for the value."""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingType

from advisor.io.located import Mapping, Node, Scalar, Sequence, words
from advisor.model.problems import Problems
from advisor.model.vocabulary import NONE, THAT_IS_ALL, Vocabulary

EACH = "each"


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
        else:
            yield node, ""


def _family(
    node: Mapping, known: MappingType[str, Collection[str]], problems: Problems, named: str
) -> Iterator[tuple[Node, str]]:
    given, line = node.entries[EACH], node.line_of(EACH)
    if not isinstance(given, Mapping) or len(given.entries) != 1:
        problems.add("each-expected", line, about=EACH)
        return
    ((name, told),) = given.entries.items()
    values: Collection[str] = words(told, problems, f"{EACH}: {name}")
    if isinstance(told, Scalar):
        if told.text not in known:
            problems.add("unknown-value", line, about=f"{EACH}: {name}", found=told.text, allowed=tuple(known))
        values = [value for value in known.get(told.text, ()) if value not in (NONE, THAT_IS_ALL)]
    rule = Mapping(node.line, {key: value for key, value in node.entries.items() if key != EACH}, node.lines)
    written = _text(rule.entries.get(named))
    if f"${name}" not in written:
        problems.add("each-without-id", line, about=EACH, found=f"${name}")
        return
    for value in values:
        yield _filled(rule, f"${name}", value), written


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _filled(node: Node, blank: str, value: str) -> Node:
    match node:
        case Scalar(text, line, plain):
            return Scalar(text.replace(blank, value), line, plain)
        case Sequence(line, items):
            return Sequence(line, [_filled(item, blank, value) for item in items])
        case Mapping(line, entries, lines):
            named = {key: key.replace(blank, value) for key in entries}
            filled = {named[key]: _filled(item, blank, value) for key, item in entries.items()}
            return Mapping(line, filled, {named.get(key, key): at for key, at in lines.items()})
