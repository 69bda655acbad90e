"""Reads a case in JSON that is right in every way, quickly; whatever is not is left to the reader that can say why."""

import json
from collections.abc import Mapping
from typing import Any

from advisor.case import MAX_NAME, MAX_PARTNERS, Case, Partner
from advisor.documents import MAX_BYTES, MAX_TEXT
from advisor.vocabulary import BOOLEAN, NONE, UNKNOWN, Question, Scope, Vocabulary


class _NotPlainError(ValueError):
    """Something is wrong, or unusual enough to be looked at closely."""


def plain_case(raw: bytes, name: str, vocabulary: Vocabulary) -> Case | None:
    """The case that the full reader would find, or None where it may have something to say."""
    if len(raw) > MAX_BYTES:
        return None
    try:
        return _case(json.loads(raw.decode(), object_pairs_hook=_once, **_NO_NUMBERS), name, vocabulary)
    except (ValueError, RecursionError):
        return None


def _refused(_: str) -> None:
    raise _NotPlainError


_NO_NUMBERS: Mapping[str, Any] = {"parse_int": _refused, "parse_float": _refused, "parse_constant": _refused}


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotPlainError
    return found


def _case(root: object, name: str, vocabulary: Vocabulary) -> Case:
    entries = _entries(root, {"name", "answers", "partners", "notes"})
    given = entries.get("name")
    title = name if given is None else _text(given)
    answers = _answers(entries.get("answers"), "agency", vocabulary)
    partners = entries.get("partners")
    partners = [] if partners is None else partners
    if not isinstance(partners, list) or len(partners) > MAX_PARTNERS or len(title) > MAX_NAME:
        raise _NotPlainError
    found: dict[str, Partner] = {}
    for item in partners:
        about = _entries(item, {"name", "answers", "notes"})
        partner = _text(about.get("name")).strip()
        if not 0 < len(partner) <= MAX_NAME or partner.casefold() in found:
            raise _NotPlainError
        found[partner.casefold()] = Partner(partner, _answers(about.get("answers"), "partner", vocabulary))
    return Case(title, answers, tuple(found.values()))


def _entries(value: object, allowed: set[str]) -> dict[str, object]:
    if not isinstance(value, dict) or not allowed.issuperset(value):
        raise _NotPlainError
    notes = value.get("notes")
    if notes is not None:
        if isinstance(notes, str) and len(notes) > MAX_TEXT:
            raise _NotPlainError
        _text(notes.replace("\n", "") if isinstance(notes, str) else notes)
    return value


def _text(value: object) -> str:
    """A text that reads the same to every parser: YAML folds some line breaks, and half a character is none."""
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise _NotPlainError
    return value


def _answers(value: object, asked: Scope, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _NotPlainError
    found = {}
    for name, given in value.items():
        question = vocabulary.questions.get(name)
        if question is None or question.asked != asked:
            raise _NotPlainError
        if answer := _answer(given, question):
            found[name] = answer
    return found


def _answer(given: object, question: Question) -> tuple[str, ...]:
    """The options chosen, in the question's order; empty for "don't know"."""
    options = question.options
    if given is None or given == UNKNOWN:
        return ()
    if isinstance(given, bool):
        given = "yes" if given else "no"
        if "no" not in options:
            raise _NotPlainError
    if isinstance(given, str):
        if given not in options or given in BOOLEAN:
            raise _NotPlainError
        return (given,)
    if not isinstance(given, list) or question.kind != "several":
        raise _NotPlainError
    if given in ([UNKNOWN], [None]):
        return ()
    chosen = [option for option in options if option in given and option != UNKNOWN and option not in BOOLEAN]
    if len(chosen) < len(given) or (NONE in chosen and len(chosen) > 1):
        raise _NotPlainError
    return tuple(chosen)
