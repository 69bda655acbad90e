"""Writes a case file that `case_reader` reads back to the same case. What is not known stays out of it."""

import errno
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from advisor.io.files import unwritable, write_file
from advisor.model.case import Case, Notes
from advisor.model.conditions import Answers
from advisor.model.vocabulary import Vocabulary

_OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NAME = re.compile(r"[A-Za-z](?:[\w '&()/.,-]*[\w).])?", re.ASCII)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def write_case(path: Path, case: Case, vocabulary: Vocabulary) -> None:
    """Write the case file whole or not at all; JSON where the name ends so. Raises `InputError` if it cannot be written."""
    write_file(path, text_for(path, case, vocabulary).encode())


def check_writable(path: Path) -> None:
    """Raise `InputError` where a case file of this name could not be written."""
    folder = path.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        reason = errno.EACCES if folder.is_dir() else errno.ENOENT
        raise unwritable(path, OSError(reason, os.strerror(reason)))


def text_for(path: Path, case: Case, vocabulary: Vocabulary) -> str:
    """The text of a case file of this name."""
    return case_json(case, vocabulary) if path.suffix == ".json" else case_yaml(case, vocabulary)


def case_yaml(case: Case, vocabulary: Vocabulary) -> str:
    """A case as YAML, its answers in intake order."""
    lines = [f"name: {quoted(case.name)}"]
    if case.words:
        lines += ["words:", *(f"  {name}: {quoted(text)}" for name, text in case.words.items())]
    lines += [*_block("answers", case.answers, vocabulary, ""), *_notes(case.notes, vocabulary, "")]
    if case.partners:
        lines.append("partners:")
    for partner in case.partners:
        lines.append(f"  - name: {quoted(partner.name)}")
        lines += [*_block("answers", partner.answers, vocabulary, "    "), *_notes(partner.notes, vocabulary, "    ")]
    return "\n".join(lines) + "\n"


def case_json(case: Case, vocabulary: Vocabulary) -> str:
    """A case as JSON, its answers in intake order."""

    def answers(given: Answers) -> dict[str, str | list[str]]:
        several = {name for name in given if vocabulary.questions[name].kind == "several"}
        return {name: list(options) if name in several else options[0] for name, options in _known(given, vocabulary)}

    def owner(name: str, given: Answers, notes: Notes, **others: object) -> dict[str, object]:
        said = {"notes": notes_content(notes, vocabulary)} if notes else {}
        return {"name": name, **others, "answers": answers(given), **said}

    words = {"words": dict(case.words)} if case.words else {}
    partners = [owner(partner.name, partner.answers, partner.notes) for partner in case.partners]
    return json_text({**owner(case.name, case.answers, case.notes, **words), "partners": partners})


def json_text(content: object) -> str:
    """A content as JSON that is YAML too.

    Characters that YAML would not take raw are escaped, and backslashes so that none stands before another escape.
    """
    text = json.dumps(content, ensure_ascii=False, indent=2).replace("\\\\", "\\u005c")
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) + "\n"


def quoted(text: str) -> str:
    """A name as YAML: plain where every YAML reader takes it for the same text, in double quotes otherwise."""
    if _NAME.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _block(key: str, answers: Answers, vocabulary: Vocabulary, indent: str) -> list[str]:
    known = list(_known(answers, vocabulary))
    if not known:
        return [f"{indent}{key}: {{}}"]
    lines = [f"{indent}{key}:"]
    for name, options in known:
        written = [option if _OPTION.fullmatch(option) else quoted(option) for option in options]
        value = f"[{', '.join(written)}]" if vocabulary.questions[name].kind == "several" else written[0]
        lines.append(f"{indent}  {name}: {value}")
    return lines


def _notes(notes: Notes, vocabulary: Vocabulary, indent: str) -> list[str]:
    lines = [f"{indent}notes:"] if notes else []
    for question, said in notes_content(notes, vocabulary).items():
        if isinstance(said, str):
            lines.append(f"{indent}  {question}: {quoted(said)}")
        else:
            lines.append(f"{indent}  {question}:")
            lines += [f"{indent}    {option}: {quoted(text)}" for option, text in said.items()]
    return lines


def notes_content(notes: Notes, vocabulary: Vocabulary) -> dict[str, str | dict[str, str]]:
    """Notes as a file says them, in intake order: one text for a question, or one for each option."""
    found: dict[str, str | dict[str, str]] = {}
    for question in vocabulary.questions.values():
        options = {option: text for (asked, option), text in notes.items() if asked == question.id and option}
        if options:
            found[question.id] = {option: options[option] for option in question.options if option in options}
        elif (question.id, "") in notes:
            found[question.id] = notes[question.id, ""]
    return found


def _known(answers: Answers, vocabulary: Vocabulary) -> Iterable[tuple[str, tuple[str, ...]]]:
    return ((name, answers[name]) for name in vocabulary.questions if answers.get(name))
