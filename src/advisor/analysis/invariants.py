"""Reads what must hold in every case, from `rules/vocabulary/invariants.yaml`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from advisor.io.located import Mapping, Node, Scalar, Sequence, fields, read_yaml, text_of, words
from advisor.io.rule_reader import ConditionReader
from advisor.model.conditions import All, Any, Condition, Count, Found
from advisor.model.problems import Problems
from advisor.model.vocabulary import Vocabulary

FILE = "vocabulary/invariants.yaml"


@dataclass(frozen=True, slots=True)
class Never:
    """A condition that no case may meet."""

    id: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Further:
    """Any further value of the level `moved`, all else alike, must keep the level `kept` from falling, or from rising."""

    id: str
    moved: str
    kept: str
    direction: Literal["falling", "rising"]


@dataclass(frozen=True, slots=True)
class Rests:
    """Conclusions (finding and value) of which none may be drawn from silence alone."""

    id: str
    conclusions: tuple[tuple[str, str], ...]


Invariant = Never | Further | Rests


def read_invariants(folder: Path, vocabulary: Vocabulary) -> tuple[Invariant, ...]:
    """The invariants declared beside the rules in `folder`. Raises `InputError` with every problem in them."""
    problems = Problems(f"{folder.name}/{FILE}")
    root = fields(read_yaml(folder / FILE, problems), ("invariants",), ("contradictions",), problems, "invariants")
    nodes = root.entries.get("invariants")
    found = [_invariant(node, vocabulary, problems) for node in nodes.items] if isinstance(nodes, Sequence) else []
    found += _contradictions(root.entries.get("contradictions"), vocabulary, problems)
    seen: set[str] = set()
    for invariant in found:
        if invariant.id in seen:
            problems.add("duplicate-id", found=invariant.id)
        seen.add(invariant.id)
    problems.raise_if_any()
    return tuple(found)


def _invariant(node: Node, vocabulary: Vocabulary, problems: Problems) -> Invariant:
    given = fields(node, ("id",), ("never", "further", "keeps", "from", "rests-on-answers", "alone"), problems, "invariant")
    name = text_of(given, "id", problems, "invariant", "?")
    if "further" in given.entries:
        levels = [finding.name for finding in vocabulary.findings.values() if finding.kind == "level"]
        moved, kept = text_of(given, "further", problems, name), text_of(given, "keeps", problems, name)
        for level in (moved, kept):
            if level not in levels:
                problems.add("unknown-finding", given.line, about=name, found=level, allowed=levels)
        direction = text_of(given, "from", problems, name)
        if direction not in ("falling", "rising"):
            problems.add("unknown-value", given.line, about=name, found=direction, allowed=("falling", "rising"))
        return Further(name, moved, kept, "falling" if direction == "falling" else "rising")
    if "rests-on-answers" in given.entries:
        return Rests(name, _conclusions(given.entries["rests-on-answers"], name, vocabulary, problems))
    if "alone" in given.entries:
        return Never(name, _two_alike(given.entries["alone"], name, vocabulary, problems))
    return Never(name, ConditionReader(vocabulary, problems, name, "agency").read(given.entries.get("never")))


def _two_alike(node: Node, name: str, vocabulary: Vocabulary, problems: Problems) -> Condition:
    """That two values of a finding are concluded which have the same word for an attribute."""
    alike: dict[tuple[str, str], list[Condition]] = {}
    given = node if isinstance(node, Mapping) else Mapping(node.line)
    for key, value in given.entries.items():
        finding, attribute = vocabulary.findings.get(key), text_of(given, key, problems, name)
        if finding is None:
            problems.add("unknown-finding", node.line, about=name, found=key, allowed=vocabulary.findings)
        elif attribute not in finding.attributes:
            problems.add("unknown-value", value.line, about=name, found=attribute, allowed=tuple(finding.attributes))
        else:
            for each in finding.values.values():
                alike.setdefault((key, each.attributes[attribute]), []).append(Found(key, each.name))
    return Any(tuple(Count(2, tuple(values)) for values in alike.values() if len(values) > 1))


def _conclusions(node: Node, name: str, vocabulary: Vocabulary, problems: Problems) -> tuple[tuple[str, str], ...]:
    """A finding with its values, or with an attribute that the values meant have."""
    found: list[tuple[str, str]] = []
    for key, value in node.entries.items() if isinstance(node, Mapping) else ():
        finding = vocabulary.findings.get(key)
        if finding is None:
            problems.add("unknown-finding", node.line, about=name, found=key, allowed=vocabulary.findings)
        elif isinstance(value, Mapping):
            wanted = {attribute: text_of(value, attribute, problems, name) for attribute in value.entries}
            found += [(key, v.name) for v in finding.values.values() if wanted.items() <= v.attributes.items()]
        else:
            for word in words(value, problems, name):
                if word not in finding.values:
                    problems.add("unknown-value", value.line, about=name, found=word, allowed=finding.values)
                found.append((key, word))
    if not found:
        problems.add("conclusions-expected", node.line, about=name)
    return tuple(found)


def _contradictions(node: Node | None, vocabulary: Vocabulary, problems: Problems) -> list[Invariant]:
    found: list[Invariant] = []
    for name, pairs in node.entries.items() if isinstance(node, Mapping) else ():
        finding = vocabulary.findings.get(name)
        for pair in pairs.items if isinstance(pairs, Sequence) and finding else ():
            values = words(pair, problems, name)
            for word in values:
                if finding and word not in finding.values:
                    problems.add("unknown-value", pair.line, about=f"contradictions: {name}", found=word, allowed=finding.values)
            together = All(tuple(Found(name, value) for value in values))
            found.append(Never(f"not-both-{'-and-'.join(values)}", together))
        if finding is None or isinstance(pairs, Scalar):
            problems.add("unknown-finding", pairs.line, about="contradictions", found=name, allowed=vocabulary.findings)
    return found
