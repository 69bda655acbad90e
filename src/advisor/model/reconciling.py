"""Reconciling: what a session decided, line by line, about answers that differ, and the case that comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from advisor.model.case import Case
from advisor.model.consultation import Options
from advisor.model.names import folded

DecisionKind = Literal["chosen", "left-open", "adopted"]
Line = tuple[str, str | None]
"""A question, and the partner that it is about (None: the agency)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One step of reconciling: an answer `chosen` for a line, or the line `left-open`, and why.

    That the leader made what was agreed a new `revision` of the case is a step too: `adopted`, about no line.
    """

    number: int
    at: datetime
    by: str
    by_name: str
    kind: DecisionKind
    question: str
    partner: str | None
    options: Options
    note: str
    revision: int | None = None

    @property
    def line(self) -> Line:
        """What it is about."""
        return self.question, self.partner


def standing(decisions: Iterable[Decision]) -> dict[Line, Decision]:
    """For each line the last decision on it."""
    return {decision.line: decision for decision in decisions if decision.kind != "adopted"}


@dataclass(frozen=True, slots=True)
class AgreedCase:
    """A case with what was agreed in it: which lines were changed, from what to what, and those whose partner is gone."""

    case: Case
    changed: tuple[tuple[Line, Options, Options], ...]
    gone: tuple[Line, ...]


def agreed_case(case: Case, decisions: Iterable[Decision]) -> AgreedCase:
    """The case with each answer that was chosen.

    A line that was left open keeps what stands in the case: leaving open takes nothing away.
    """
    wanted = {line: decision.options for line, decision in standing(decisions).items() if decision.kind == "chosen"}
    places = {folded(partner.name): place for place, partner in enumerate(case.partners)}
    agency, partners = dict(case.answers), [dict(partner.answers) for partner in case.partners]
    changed: list[tuple[Line, Options, Options]] = []
    gone: list[Line] = []
    for (question, partner), options in wanted.items():
        place = None if partner is None else places.get(folded(partner))
        if partner is not None and place is None:
            gone.append((question, partner))
            continue
        answers = agency if place is None else partners[place]
        was = tuple(answers.get(question, ()))
        if was != options:
            changed.append(((question, partner), was, options))
            answers[question] = options
    told = tuple(replace(partner, answers=answers) for partner, answers in zip(case.partners, partners, strict=True))
    return AgreedCase(replace(case, answers=agency, partners=told), tuple(changed), tuple(gone))
