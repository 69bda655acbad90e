"""A case: what a leader answered about the agency and about each candidate partner."""

from dataclasses import dataclass

from advisor.model.conditions import Answers

MAX_PARTNERS = 40
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class Partner:
    """A candidate partner by name, with the answers about it (question id to the chosen options)."""

    name: str
    answers: Answers


@dataclass(frozen=True, slots=True)
class Case:
    """The answers about the agency and the partnership, and the partners. No answer means not known."""

    name: str
    answers: Answers
    partners: tuple[Partner, ...] = ()
