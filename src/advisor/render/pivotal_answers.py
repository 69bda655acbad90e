"""A sensitivity made ready for templates: the answers on which something hangs, and what each other value of them does."""

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.analysis.sensitivity import AdviceConclusion, Flip, Sensitivity
from advisor.model.roles import Roles

TOP = 12  # answers shown in a sensitivity report; --full has them all


@dataclass(frozen=True, slots=True)
class ValueEffect:
    """What one other value of an answer does.

    It brings chief recommendations and ends others that nothing takes the place of; `lost` and `gained` count lesser ones.
    """

    was: tuple[str, ...]
    now: tuple[str, ...]
    brings: tuple[AdviceConclusion, ...]
    ends: tuple[AdviceConclusion, ...]
    lost: int
    gained: int


@dataclass(frozen=True, slots=True)
class PivotalAnswer:
    """An answer on which something hangs, with each value that makes a difference."""

    question: str
    partner: str | None
    effects: tuple[ValueEffect, ...]


def pivotal_answers(sensitivity: Sensitivity, roles: Roles, *, full: bool) -> tuple[list[PivotalAnswer], int]:
    """For templates: each answer that flips something, with its values and what they turn; and how many are left out."""
    entries, found = list[PivotalAnswer](), sensitivity.most(roles.chief)
    for (partner, question), flips in found:
        effects = [_effect(flip, roles) for flip in flips]
        chief = [effect for effect in effects if effect.brings or effect.ends]
        if full or (chief and len(entries) < TOP):
            entries.append(PivotalAnswer(question, partner, tuple(effects if full else chief)))
    return entries, len(found) - len(entries)


def _effect(flip: Flip, roles: Roles) -> ValueEffect:
    brings = tuple(o for o in flip.gained if o.finding in roles.chief and o.value is not None)
    instead = {(o.finding, o.partner) for o in brings}
    ends = tuple(o for o in flip.lost if o.finding in roles.chief and (o.finding, o.partner) not in instead)
    return ValueEffect(flip.change.was, flip.change.now, brings, ends, _lesser(flip.lost, roles), _lesser(flip.gained, roles))


def _lesser(outcomes: Sequence[AdviceConclusion], roles: Roles) -> int:
    """How many are neither chief nor forms, which their first choice has said already."""
    return sum(outcome.finding not in (*roles.chief, roles.structures, roles.instruments) for outcome in outcomes)
