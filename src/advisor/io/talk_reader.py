"""Reads how to talk about a disagreement: of which kind one on a question is, and the sources on each kind."""

from collections.abc import Callable, Collection

from advisor.io.located import Mapping, Node, Sequence, fields, text_of
from advisor.model.consultation import RESPONDENT_KINDS
from advisor.model.problems import Problems
from advisor.model.talk import DIFFERENCES, Difference, Talk, UnequalSides
from advisor.model.vocabulary import Vocabulary

Cited = Callable[[Node | None, Problems, str], tuple[str, ...]]


def read_talk(node: Node, vocabulary: Vocabulary, cited: Cited, problems: Problems) -> Talk:
    """What a file declares; whatever is wrong with it is noted in `problems`. `cited` reads a list of sources."""
    root = fields(node, ("sources", "sections", "questions"), ("between",), problems, "talk")
    sources = _mapping(root, "sources", problems)
    _check(sources, DIFFERENCES, "sources", problems)
    rests_on = {name: cited(sources.entries.get(name), problems, f"sources: {name}") for name in DIFFERENCES}
    return Talk(
        {name: ids for name, ids in rests_on.items() if ids},
        _kinds(root, "sections", vocabulary.sections, problems),
        _kinds(root, "questions", vocabulary.questions, problems),
        _between(root.entries.get("between"), problems),
    )


def _mapping(root: Mapping, key: str, problems: Problems) -> Mapping:
    node = root.entries.get(key)
    if node is not None and not isinstance(node, Mapping):
        problems.add("mapping-expected", node.line, about=key)
    return node if isinstance(node, Mapping) else Mapping(root.line)


def _check(node: Mapping, allowed: Collection[str], about: str, problems: Problems) -> None:
    for name in node.entries:
        if name not in allowed:
            problems.add("unknown-value", node.line_of(name), about=about, found=name, allowed=tuple(allowed))


def _kinds(root: Mapping, key: str, allowed: Collection[str], problems: Problems) -> dict[str, Difference]:
    """The kind of difference of each section, or of each question."""
    node = _mapping(root, key, problems)
    _check(node, allowed, key, problems)
    found = {}
    for name in node.entries:
        if difference := _difference(node, name, f"{key}: {name}", problems):
            found[name] = difference
    return found


def _between(node: Node | None, problems: Problems) -> tuple[UnequalSides, ...]:
    if node is None:
        return ()
    if not isinstance(node, Sequence):
        problems.add("list-expected", node.line, about="between")
        return ()
    found = []
    for item in node.items:
        given = fields(item, ("one", "other", "difference"), (), problems, "between")
        one, other = (text_of(given, key, problems, "between") for key in ("one", "other"))
        for key, side in (("one", one), ("other", other)):
            if side not in RESPONDENT_KINDS:
                problems.add("unknown-value", given.line_of(key), about=f"between: {key}", found=side, allowed=RESPONDENT_KINDS)
        if difference := _difference(given, "difference", "between", problems):
            found.append(UnequalSides(difference, one, other))
    return tuple(found)


def _difference(node: Mapping, key: str, about: str, problems: Problems) -> Difference | None:
    text = text_of(node, key, problems, about)
    known = next((each for each in DIFFERENCES if each == text), None)
    if known is None:
        problems.add("unknown-value", node.line_of(key), about=about, found=text, allowed=DIFFERENCES)
    return known
