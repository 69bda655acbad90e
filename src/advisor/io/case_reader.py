"""Reads a case file: every answer is checked against the vocabulary, and all problems are reported together."""

from pathlib import Path

from advisor.io.document import Value, members, parse_document, read_document, text_in, word
from advisor.model.carried_over import NOTES, LeftOut, carried_over, not_carried
from advisor.model.case import FREE_WORDS, MAX_PARTNERS, MAX_WORDS, Case, Notes, Partner
from advisor.model.case import MAX_NAME as MAX_NAME
from advisor.model.names import composed, folded, printable
from advisor.model.problems import Pointer, Problems
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import BOOLEAN, NONE, THAT_IS_ALL, UNKNOWN, Question, Scope, Vocabulary


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
    case, left_out = case_of(value, (), name, vocabulary, problems)
    problems.found += not_carried(left_out, problems.file)
    problems.raise_if_any()
    return case


def case_of(
    value: Value, path: Pointer, name: str, vocabulary: Vocabulary, problems: Problems
) -> tuple[Case, tuple[LeftOut, ...]]:
    """The case that a value says, and the answers of an earlier rulebook that have no place in it.

    Whatever is wrong is noted in `problems`, below `path`.
    """
    root = members(value, (), ("name", "words", "answers", "notes", "partners", "scenarios"), path, problems, "case")
    title = composed(text_in(root, "name", path, problems, "case", printable(name)))
    if len(title) > MAX_NAME:
        problems.add("name-too-long", (*path, "name"), about="name", found=len(title), allowed=(str(MAX_NAME),))
    left: list[LeftOut] = []
    answers = _answers(root.get("answers"), "agency", "", (*path, "answers"), vocabulary, problems, left)
    partners = _partners(root.get("partners"), (*path, "partners"), vocabulary, problems, left)
    words = _words(root.get("words"), (*path, "words"), problems)
    notes = _notes(root.get("notes"), "agency", "", (*path, "notes"), vocabulary, problems, left)
    return Case(title, answers, partners, words, notes), tuple(left)


def _words(value: Value, path: Pointer, problems: Problems) -> dict[str, str]:
    """What is said in free words, by name; nothing of it is read by a rule."""
    if value is None:
        return {}
    given = members(value, (), FREE_WORDS, path, problems, "words")
    return {name: text for name in FREE_WORDS if name in given and (text := _said(given, name, path, problems, "words"))}


def _said(given: dict[str, Value], key: str, path: Pointer, problems: Problems, about: str) -> str:
    text = " ".join(text_in(given, key, path, problems, about).split())
    if len(text) > MAX_WORDS:
        problems.add("words-too-long", (*path, key), about=f"{about}: {key}", found=len(text), allowed=(str(MAX_WORDS),))
    return text


def _notes(
    value: Value,
    asked: Scope,
    partner: str,
    path: Pointer,
    vocabulary: Vocabulary,
    problems: Problems,
    left: list[LeftOut],
) -> Notes:
    """What stands beside answers: a text, or for a question with several answers a text for each option.

    A text that belongs to no answer, as files had before there were notes to answers, is left out.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        texts = value if isinstance(value, list) else [value]
        left.append(LeftOut(partner, NOTES, tuple(word(text) or "" for text in texts)))
        return {}
    found: dict[tuple[str, str], str] = {}
    for name, given in value.items():
        question = vocabulary.questions.get(name)
        if question is None or question.asked != asked:
            own = [q.id for q in vocabulary.asked_of(asked)]
            problems.add("unknown-question", (*path, name), about=partner or "notes", found=name, allowed=own)
        elif not isinstance(given, dict):
            found[name, ""] = _said(value, name, path, problems, partner or "notes")
        else:
            options = members(given, (), question.options, (*path, name), problems, name)
            for option in options:
                found[name, option] = _said(given, option, (*path, name), problems, name)
    return {key: text for key, text in found.items() if text}


def _partners(
    value: Value, path: Pointer, vocabulary: Vocabulary, problems: Problems, left: list[LeftOut]
) -> tuple[Partner, ...]:
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
        answers = _answers(root.get("answers"), "partner", name, (*here, "answers"), vocabulary, problems, left)
        notes = _notes(root.get("notes"), "partner", name, (*here, "notes"), vocabulary, problems, left)
        found[folded(name)] = Partner(name, answers, notes)
    return tuple(found.values())


def _answers(
    value: Value,
    asked: Scope,
    partner: str,
    path: Pointer,
    vocabulary: Vocabulary,
    problems: Problems,
    left: list[LeftOut],
) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.add("mapping-expected", path, about="answers")
        return {}
    found: dict[str, tuple[str, ...]] = {}
    old: dict[str, tuple[str, ...]] = {}
    questions = vocabulary.questions
    for name, given in value.items():
        question = questions.get(name)
        if name in vocabulary.released and is_old(given, name, vocabulary):
            if answer := read_old(given, name, asked, partner, (*path, name), vocabulary, problems):
                old[name] = answer
        elif is_of_a_partner(name, vocabulary):
            problems.add("answer-of-a-partner", (*path, name), about=partner, found=name)
        elif question is None:
            own = [q.id for q in vocabulary.asked_of(asked)]
            problems.add("unknown-question", (*path, name), about=partner, found=name, allowed=own)
        elif question.asked != asked:
            code = "question-about-partners" if question.asked == "partner" else "question-about-the-agency"
            problems.add(code, (*path, name), about=partner, found=name)
        elif given.__class__ is str and given in question.options and given != THAT_IS_ALL:  # nearly always: the short way
            found[name] = (given,)
        elif answer := read_answer(given, question, partner, (*path, name), problems):
            found[name] = answer
    if old:
        found, apart = carried_over(old, found, partner, vocabulary, value.keys() - old.keys())
        left += apart
    return found


def is_old(value: Value, name: str, vocabulary: Vocabulary) -> bool:
    """Whether an answer is one to a question as a released rulebook had it: it is asked no more, or had this option then."""
    question = vocabulary.questions.get(name)
    if question is None:
        return True
    given = {word(item) or "" for item in (value if isinstance(value, list) else [value])}
    return bool(given & vocabulary.released[name].options.keys() - {*question.options, *BOOLEAN})


def read_old(
    value: Value, name: str, asked: Scope, partner: str, path: Pointer, vocabulary: Vocabulary, problems: Problems
) -> tuple[str, ...]:
    """The options chosen of a question as a released rulebook had it; empty for "don't know"."""
    released, now = vocabulary.released[name], vocabulary.questions.get(name)
    became = vocabulary.questions.get(released.to)
    if became is not None and became.asked != asked:
        code = "question-about-partners" if became.asked == "partner" else "question-about-the-agency"
        problems.add(code, path, about=partner, found=name)
    allowed = tuple(dict.fromkeys((*released.options, *(now.options if now else ()))))
    about, found = f"{partner}: {name}" if partner else name, list[str]()
    given = value if isinstance(value, list) else [value]
    for item in given if given not in ([None], [UNKNOWN]) else ():
        text = word(item) or ""
        option = BOOLEAN.get(text, text) if "no" in allowed else text
        if option not in allowed:
            problems.add("unknown-option", path, about=about, found=text, allowed=(*allowed, UNKNOWN))
        elif option not in found:
            found.append(option)
    return tuple(found)


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
    if NONE in found and len(set(found)) > 1 and question.kind == "several":
        problems.add("none-with-others", path, about=about, found=", ".join(found))
    if set(found) == {THAT_IS_ALL}:
        problems.add("that-is-all-alone", path, about=about)
    return tuple(option for option in question.options if option in found)


def is_of_a_partner(name: str, vocabulary: Vocabulary) -> bool:
    """Whether a key names a question about a partner with the partner, as references do and answers do not."""
    ref = QuestionRef.parse(name)
    question = vocabulary.questions.get(ref.question)
    return bool(ref.partner) and question is not None and question.asked == "partner"


def _as_listed(given: list[Value], options: tuple[str, ...]) -> tuple[str, ...]:
    """The options of a list that is right as it stands; nothing where there is more to say about it."""
    chosen = [option for option in options if option in given]
    fits = len(chosen) == len(given) and not (len(chosen) > 1 and NONE in chosen) and chosen != [THAT_IS_ALL]
    return tuple(chosen) if fits else ()
