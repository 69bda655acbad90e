"""Everything that is said about the agency or a partner, as the fields of forms name it: answers, notes, free words."""

from collections.abc import Mapping
from dataclasses import replace

from advisor.model.case import Case, Notes
from advisor.model.references import note_name, note_of

Options = tuple[str, ...]
NOTE, WORDS = "note:", "words:"  # what the fields begin with that are no answers


def note_field(question: str, option: str = "") -> str:
    """The field of a note to a question, or to an option of it."""
    return NOTE + note_name(question, option)


def said_about(case: Case, partner: str | None) -> dict[str, Options] | None:
    """What is said about the agency (with the free words), or about a partner; None where there is no such partner."""
    if partner is None:
        words = {WORDS + name: (text,) for name, text in case.words.items()}
        return {**case.answers, **_fields(case.notes), **words}
    found = next((each for each in case.partners if each.name == partner), None)
    return None if found is None else {**found.answers, **_fields(found.notes)}


def with_said(case: Case, partner: str | None, said: Mapping[str, Options]) -> Case:
    """The case in which this, and nothing else, is said about the agency or a partner."""
    answers = {name: options for name, options in said.items() if options and not name.startswith((NOTE, WORDS))}
    notes = {_key(name): texts[0] for name, texts in said.items() if texts and name.startswith(NOTE)}
    if partner is None:
        words = {name.removeprefix(WORDS): texts[0] for name, texts in said.items() if texts and name.startswith(WORDS)}
        return replace(case, answers=answers, notes=notes, words=words)
    partners = (replace(each, answers=answers, notes=notes) if each.name == partner else each for each in case.partners)
    return replace(case, partners=tuple(partners))


def kind_of(field: str) -> tuple[str, str]:
    """What a field is in the history of a case: the kind of change, and the name it goes by there."""
    if field.startswith(NOTE):
        return "note", field.removeprefix(NOTE)
    return ("words", field.removeprefix(WORDS)) if field.startswith(WORDS) else ("answer", field)


def _fields(notes: Notes) -> dict[str, Options]:
    return {note_field(*key): (text,) for key, text in notes.items()}


def _key(field: str) -> tuple[str, str]:
    return note_of(field.removeprefix(NOTE))
