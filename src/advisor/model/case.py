"""A case: what a leader answered about the agency and about each candidate partner, and what she added in her own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from advisor.model.conditions import Answers

MAX_PARTNERS = 40
MAX_NAME = 200
MAX_WORDS = 600  # characters in one note, or in one of the free words
FREE_WORDS = (
    *("agency", "purpose", "result", "decides", "question", "proposal", "proposed-by", "needed-by"),
    *("tell", "offer", "keep", "who-else", "terms"),
)
"""What a leader can say in her own words beside her answers, by name. No rule reads it; the advice quotes it."""

Notes = Mapping[tuple[str, str], str]
"""What stands beside answers, by question and option; the option is "" where the note is to the question as a whole."""


@dataclass(frozen=True, slots=True)
class Partner:
    """A candidate partner by name, with the answers about it (question id to the chosen options) and the notes to them."""

    name: str
    answers: Answers
    notes: Notes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """The answers about the agency and the partnership, and the partners. No answer means not known."""

    name: str
    answers: Answers
    partners: tuple[Partner, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    notes: Notes = field(default_factory=dict)


def unanswered(partners: int, name: str = "") -> Case:
    """A case in which nothing is answered, with so many partners."""
    return Case(name, {}, tuple(Partner(f"Partner {number + 1}", {}) for number in range(partners)))


def unspoken(case: Case) -> Case:
    """The case without free words and notes: what anybody may be shown who is shown its answers."""
    partners = tuple(replace(partner, notes={}) for partner in case.partners)
    return replace(case, words={}, notes={}, partners=partners)


def quotable(case: Case, private: str) -> Case:
    """The case without the words and notes that begin with `private`: what may be quoted where others read it."""
    mark = private.casefold()

    def open_notes(notes: Notes) -> Notes:
        return {key: text for key, text in notes.items() if not text.casefold().startswith(mark)}

    words = {name: text for name, text in case.words.items() if not text.casefold().startswith(mark)}
    partners = tuple(replace(partner, notes=open_notes(partner.notes)) for partner in case.partners)
    return replace(case, words=words, notes=open_notes(case.notes), partners=partners)
