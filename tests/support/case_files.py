"""Reads the cases under `tests/cases/`: for each rule one that fires it and a near one, and named cases."""

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from advisor.engine.inference import Inference
from advisor.io.case_reader import read_answer
from advisor.io.document import line_in, plain_values
from advisor.io.families import members
from advisor.io.located import Mapping, Node, Scalar, Sequence, fields, read_yaml, text_of, words
from advisor.model.advice import Advice
from advisor.model.case import Case, Partner
from advisor.model.problems import Problems
from advisor.model.vocabulary import Vocabulary

FOLDER = Path(__file__).parents[1] / "cases"
Expected = MappingType[str, tuple[str, ...]]


@dataclass(frozen=True)
class Example:
    """One case with what it expects: a rule to fire (or not), or findings to hold (or never to)."""

    sentence: str
    topic: str
    line: int
    case: Case
    fires: str = ""
    silent: str = ""
    expect: Expected | None = None
    never: Expected | None = None

    def __str__(self) -> str:
        return f"{self.topic}:{self.line}: {self.sentence}"


@dataclass(frozen=True)
class Assessed:
    """An example with what follows from its case, and the advice on it."""

    example: Example
    inference: Inference
    advice: Advice


def examples(vocabulary: Vocabulary) -> list[Example]:
    """Every example of every file. Raises `InputError` with all that is wrong in them."""
    found: list[Example] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        problems = Problems(f"tests/cases/{path.name}")
        root = read_yaml(path, problems)
        for node, _ in members(root, vocabulary, problems, named="rule") if isinstance(root, Sequence) else ():
            found += _examples(node, path.stem, vocabulary, problems)
        problems.raise_if_any()
    return found


def _examples(node: Node, topic: str, vocabulary: Vocabulary, problems: Problems) -> list[Example]:
    keys = ("rule", "fires", "given", "partners", "near", "but", "but_partners", "name", "expect", "never")
    root = fields(node, (), keys, problems, "case")
    get = {key: text_of(root, key, problems, "case") for key in ("rule", "fires", "near", "name")}
    given = _answers(root.entries.get("given"), vocabulary, problems)
    partners = _partners(root.entries.get("partners"), vocabulary, problems)
    if get["rule"]:
        always = bool(get["fires"]) and "near" not in root.entries
        if not get["fires"] or not (always or (get["near"] and ("but" in root.entries or "but_partners" in root.entries))):
            problems.add("case-expects-nothing", root.line, about=get["rule"])
        fires = Example(get["fires"], topic, root.line, _case(get["fires"], given, partners), fires=get["rule"])
        if always:
            return [fires]
        changed = {**given, **_answers(root.entries.get("but"), vocabulary, problems)}
        near = _partners(root.entries["but_partners"], vocabulary, problems) if "but_partners" in root.entries else partners
        return [fires, Example(get["near"], topic, root.line, _case(get["near"], changed, near), silent=get["rule"])]
    expect, never = (_expected(root.entries.get(key), problems) for key in ("expect", "never"))
    if not get["name"] or not (expect or never):
        problems.add("case-expects-nothing", root.line, about=get["name"])
    return [Example(get["name"], topic, root.line, _case(get["name"], given, partners), expect=expect, never=never)]


def _case(name: str, answers: dict[str, tuple[str, ...]], partners: tuple[Partner, ...]) -> Case:
    return Case(name, {question: answer for question, answer in answers.items() if answer}, partners)


def _answers(node: Node | None, vocabulary: Vocabulary, problems: Problems) -> dict[str, tuple[str, ...]]:
    """Answers as written; "unknown" is kept as an empty answer, so that it can take one away."""
    found = {}
    for name, value in node.entries.items() if isinstance(node, Mapping) else ():
        if name in vocabulary.questions:
            problems.line_of = partial(line_in, value)
            found[name] = read_answer(plain_values(value), vocabulary.questions[name], "", (), problems)
        else:
            problems.add("unknown-question", value.line, found=name, allowed=vocabulary.questions)
    return found


def _partners(node: Node | None, vocabulary: Vocabulary, problems: Problems) -> tuple[Partner, ...]:
    found = []
    for place, item in enumerate(node.items if isinstance(node, Sequence) else (), start=1):
        name = f"Partner {place}"
        if isinstance(item, Mapping) and isinstance(given := item.entries.pop("name", None), Scalar):
            name = given.text
        answers = _answers(item, vocabulary, problems)
        found.append(Partner(name, {question: answer for question, answer in answers.items() if answer}))
    return tuple(found)


def _expected(node: Node | None, problems: Problems) -> dict[str, tuple[str, ...]]:
    if not isinstance(node, Mapping):
        return {}
    return {name: words(value, problems, name) for name, value in node.entries.items()}
