"""How to talk about a disagreement: the kind of difference that it is, declared in `rules/vocabulary/talk.yaml`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Difference = Literal["facts", "interests", "power", "trust", "language"]
"""What lies behind different answers: facts nobody checked, what each side needs, who decides, trust, what a word means."""

DIFFERENCES: tuple[Difference, ...] = ("facts", "interests", "power", "trust", "language")


@dataclass(frozen=True, slots=True)
class UnequalSides:
    """Two kinds of respondents between whom a difference is of one more kind, whatever the question."""

    difference: Difference
    one: str
    other: str


@dataclass(frozen=True)
class Talk:
    """The kinds of difference with the sources on how to talk about each, and of which kind one on a question is.

    A question that is not named is of the kind of its section; where that is not named either, it is of none.
    """

    sources: Mapping[Difference, tuple[str, ...]] = field(default_factory=dict)
    sections: Mapping[str, Difference] = field(default_factory=dict)
    questions: Mapping[str, Difference] = field(default_factory=dict)
    between: tuple[UnequalSides, ...] = ()

    def differences(self, question: str, section: str, sides: Sequence[Collection[str]]) -> tuple[Difference, ...]:
        """Of which kinds a difference on a question is; `sides` has for each answer the kinds of respondents who gave it."""
        own = self.questions.get(question) or self.sections.get(section)
        found = [own] if own else []
        for each in self.between:
            ones = {place for place, side in enumerate(sides) if each.one in side}
            others = {place for place, side in enumerate(sides) if each.other in side}
            if ones and others and len(ones | others) > 1:
                found.append(each.difference)
        return tuple(dict.fromkeys(found))
