"""Reads a case file: every answer is checked against the vocabulary, and all problems are reported together."""

from pathlib import Path

from advisor.io.document import Value, members, parse_document, read_document, text_in, word
from advisor.model.case import MAX_NAME as MAX_NAME
from advisor.model.case import MAX_PARTNERS, Case, Partner
from advisor.model.names import composed, folded
from advisor.model.problems import Pointer, Problems
from advisor.model.vocabulary import BOOLEAN, NONE, UNKNOWN, Question, Scope, Vocabulary


def read_case(path: Path, vocabulary: Vocabulary) -> Case:
    """The case in a YAML or JSON file. Raises `InputError` with every problem in it."""
    problems = Problems(str(path))
    return _finish(read_document(path, problems), path.stem, vocabulary, problems)


def parse_case(raw: bytes, vocabulary: Vocabulary, *, name: str = "case", as_json: bool = False) -> Case:
    """The case in an encoded text. Raises `InputError` with every problem in it."""
    problems = Problems(name)
    return _finish(parse_document(raw, problems, as_json=as_json), name, vocabulary, problems)


def _finish(value: Value, name: str, vocabulary: Vocabulary, problems: Problems) -> Case:
    problems.raise_if_any()
    case = case_of(value, (), name, vocabulary, problems)
    problems.raise_if_any()
    return case


def case_of(value: Value, path: Pointer, name: str, vocabulary: Vocabulary, problems: Problems) -> Case:
    """The case that a value says; whatever is wrong with it is noted in `problems`, below `path`."""
    root = members(value, (), ("name", "answers", "partners", "notes", "scenarios"), path, problems, "case")
    title = text_in(root, "name", path, problems, "case", name)
    if len(title) > MAX_NAME:
        problems.add("name-too-long", (*path, "name"), about="name", found=len(title), allowed=(str(MAX_NAME),))
    answers = _answers(root.get("answers"), "agency", "", (*path, "answers"), vocabulary, problems)
    return Case(title, answers, _partners(root.get("partners"), (*path, "partners"), vocabulary, problems))


def _partners(value: Value, path: Pointer, vocabulary: Vocabulary, problems: Problems) -> tuple[Partner, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        problems.add("list-expected", path, about="partners")
        return ()
    if len(value) > MAX_PARTNERS:
        problems.add("too-many-partners", path, found=len(value), allowed=(str(MAX_PARTNERS),))
        return ()
    found: dict[str, Partner] = {}
    for place, item in enumerate(value):
        about, here = f"partner {place + 1}", (*path, place)
        root = members(item, ("name",), ("answers", "notes"), here, problems, about)
        name = composed(text_in(root, "name", here, problems, about))
        if "name" in root and not 0 < len(name) <= MAX_NAME:
            problems.add("name-too-long", (*here, "name"), about="name", found=len(name), allowed=(str(MAX_NAME),))
        if name and folded(name) in found:
            problems.add("duplicate-partner", (*here, "name"), found=name)
        answers = _answers(root.get("answers"), "partner", name, (*here, "answers"), vocabulary, problems)
        found[folded(name)] = Partner(name, answers)
    return tuple(found.values())


def _answers(
    value: Value, asked: Scope, partner: str, path: Pointer, vocabulary: Vocabulary, problems: Problems
) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.add("mapping-expected", path, about="answers")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    questions = vocabulary.questions
    for name, given in value.items():
        question = questions.get(name)
        if question is None:
            own = [q.id for q in vocabulary.asked_of(asked)]
            problems.add("unknown-question", (*path, name), about=partner, found=name, allowed=own)
        elif question.asked != asked:
            code = "question-about-partners" if question.asked == "partner" else "question-about-the-agency"
            problems.add(code, (*path, name), about=partner, found=name)
        elif given.__class__ is str and given in question.options:  # nearly always, so it goes the short way
            found[name] = (given,)
        elif answer := read_answer(given, question, partner, (*path, name), problems):
            found[name] = answer
    return found


def read_answer(value: Value, question: Question, partner: str, path: Pointer, problems: Problems) -> tuple[str, ...]:
    """The options chosen, in the question's order; empty for "don't know" and where a problem was noted."""
    if isinstance(value, list) and question.kind == "several" and (chosen := _as_listed(value, question.options)):
        return chosen
    about = f"{partner}: {question.id}" if partner else question.id
    if isinstance(value, dict) or (isinstance(value, list) and question.kind != "several"):
        code = "one-answer-expected" if isinstance(value, list) else "answer-expected"
        problems.add(code, path, about=about, allowed=(*question.options, UNKNOWN))
        return ()
    given = value if isinstance(value, list) else [value]
    if given in ([None], [UNKNOWN]):
        return ()
    found: list[str] = []
    for place, item in enumerate(given):
        if isinstance(item, (list, dict)):
            problems.add("words-expected", path, about=about)
            return ()
        text = word(item) or ""
        option = BOOLEAN.get(text, text) if "no" in question.options else text
        if option == UNKNOWN or option not in question.options or option in found:
            here = (*path, place) if isinstance(value, list) else path
            if option == UNKNOWN:
                problems.add("unknown-with-others", here, about=about)
            elif option not in question.options:
                problems.add("unknown-option", here, about=about, found=text, allowed=(*question.options, UNKNOWN))
            else:
                problems.add("option-twice", here, about=about, found=option)
        found.append(option)
    if NONE in found and len(found) > 1 and question.kind == "several":
        problems.add("none-with-others", path, about=about, found=", ".join(found))
    return tuple(option for option in question.options if option in found)


def _as_listed(given: list[Value], options: tuple[str, ...]) -> tuple[str, ...]:
    """The options of a list that is right as it stands; nothing where there is more to say about it."""
    chosen = [option for option in options if option in given]
    return tuple(chosen) if len(chosen) == len(given) and not (len(chosen) > 1 and NONE in chosen) else ()
