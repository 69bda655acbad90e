"""Reads a case file: every answer is checked against the vocabulary, and all problems are reported together."""

from pathlib import Path

from advisor.io.case_json import plain_case
from advisor.io.located import Mapping, Node, Scalar, Sequence, fields, parse_bytes, read, text_of
from advisor.model.case import MAX_NAME as MAX_NAME
from advisor.model.case import MAX_PARTNERS, Case, Partner
from advisor.model.names import composed, folded
from advisor.model.problems import Problems
from advisor.model.vocabulary import BOOLEAN, NONE, UNKNOWN, Question, Scope, Vocabulary


def read_case(path: Path, vocabulary: Vocabulary) -> Case:
    """The case in a YAML or JSON file. Raises `InputError` with every problem in it."""
    problems = Problems(str(path))
    return _finish(read(path, problems), path.stem, vocabulary, problems)


def parse_case(raw: bytes, vocabulary: Vocabulary, *, name: str = "case", as_json: bool = False) -> Case:
    """The case in an encoded text. Raises `InputError` with every problem in it."""
    if as_json and (case := plain_case(raw, name, vocabulary)):
        return case
    problems = Problems(name)
    return _finish(parse_bytes(raw, problems, as_json=as_json), name, vocabulary, problems)


def case_of(node: Node, name: str, vocabulary: Vocabulary, problems: Problems) -> Case:
    """The case a node says; whatever is wrong with it is noted in `problems`."""
    root = fields(node, (), ("name", "answers", "partners", "notes", "scenarios"), problems, "case")
    title = text_of(root, "name", problems, "case", name)
    if len(title) > MAX_NAME:
        problems.add("name-too-long", root.line_of("name"), about="name", found=len(title), allowed=(str(MAX_NAME),))
    answers = _answers(root.entries.get("answers"), "agency", "", vocabulary, problems)
    return Case(title, answers, _partners(root.entries.get("partners"), vocabulary, problems))


def _finish(node: Node | None, name: str, vocabulary: Vocabulary, problems: Problems) -> Case:
    case = case_of(node, name, vocabulary, problems) if node is not None else Case(name, {})
    problems.raise_if_any()
    return case


def _partners(node: Node | None, vocabulary: Vocabulary, problems: Problems) -> tuple[Partner, ...]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    if not isinstance(node, Sequence):
        problems.add("list-expected", node.line, about="partners")
        return ()
    if len(node.items) > MAX_PARTNERS:
        problems.add("too-many-partners", node.line, found=len(node.items), allowed=(str(MAX_PARTNERS),))
        return ()
    found: dict[str, Partner] = {}
    for place, item in enumerate(node.items, start=1):
        root = fields(item, ("name",), ("answers", "notes"), problems, f"partner {place}")
        name = composed(text_of(root, "name", problems, f"partner {place}"))
        if "name" in root.entries and not 0 < len(name) <= MAX_NAME:
            problems.add("name-too-long", root.line_of("name"), about="name", found=len(name), allowed=(str(MAX_NAME),))
        if name and folded(name) in found:
            problems.add("duplicate-partner", root.line_of("name"), found=name)
        answers = _answers(root.entries.get("answers"), "partner", name, vocabulary, problems)
        found[folded(name)] = Partner(name, answers)
    return tuple(found.values())


def _answers(
    node: Node | None, asked: Scope, partner: str, vocabulary: Vocabulary, problems: Problems
) -> dict[str, tuple[str, ...]]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return {}
    if not isinstance(node, Mapping):
        problems.add("mapping-expected", node.line, about="answers")
        return {}
    own = [q.id for q in vocabulary.asked_of(asked)]
    found: dict[str, tuple[str, ...]] = {}
    for name, value in node.entries.items():
        question = vocabulary.questions.get(name)
        line = node.line_of(name)
        if question is None:
            problems.add("unknown-question", line, about=partner, found=name, allowed=own)
        elif question.asked != asked:
            code = "question-about-partners" if question.asked == "partner" else "question-about-the-agency"
            problems.add(code, line, about=partner, found=name)
        elif answer := read_answer(value, question, partner, problems):
            found[name] = answer
    return found


def read_answer(node: Node, question: Question, partner: str, problems: Problems) -> tuple[str, ...]:
    """The options chosen, in the question's order; empty for "don't know" and where a problem was noted."""
    about = f"{partner}: {question.id}" if partner else question.id
    if isinstance(node, Scalar):
        given = [node]
    elif isinstance(node, Sequence) and question.kind == "several":
        given = [item for item in node.items if isinstance(item, Scalar)]
        if len(given) < len(node.items):
            problems.add("words-expected", node.line, about=about)
            return ()
    else:
        code = "one-answer-expected" if isinstance(node, Sequence) else "answer-expected"
        problems.add(code, node.line, about=about, allowed=(*question.options, UNKNOWN))
        return ()
    if len(given) == 1 and (given[0].is_null or given[0].text == UNKNOWN):
        return ()
    chosen: list[str] = []
    for item in given:
        word = BOOLEAN.get(item.text, item.text) if "no" in question.options else item.text
        if word == UNKNOWN:
            problems.add("unknown-with-others", item.line, about=about)
        elif word not in question.options:
            problems.add("unknown-option", item.line, about=about, found=item.text, allowed=(*question.options, UNKNOWN))
        elif word in chosen:
            problems.add("option-twice", item.line, about=about, found=word)
        chosen.append(word)
    if NONE in chosen and len(chosen) > 1 and question.kind == "several":
        problems.add("none-with-others", node.line, about=about, found=", ".join(chosen))
    return tuple(option for option in question.options if option in chosen)
