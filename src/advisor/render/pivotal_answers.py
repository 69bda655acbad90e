"""A sensitivity made ready for templates: the answers on which something hangs, and what each other value of them does."""

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.analysis.sensitivity import AdviceConclusion, Flip, Sensitivity
from advisor.model.advice_parts import AdviceParts

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


def pivotal_answers(sensitivity: Sensitivity, parts: AdviceParts, *, full: bool) -> tuple[list[PivotalAnswer], int]:
    """For templates: each answer that flips something, with its values and what they turn; and how many are left out."""
    entries, found = list[PivotalAnswer](), sensitivity.most(parts.chief)
    for (partner, question), flips in found:
        effects = [_effect(flip, parts) for flip in flips]
        chief = [effect for effect in effects if effect.brings or effect.ends]
        if full or (chief and len(entries) < TOP):
            entries.append(PivotalAnswer(question, partner, tuple(effects if full else chief)))
    return entries, len(found) - len(entries)


def _effect(flip: Flip, parts: AdviceParts) -> ValueEffect:
    brings = tuple(o for o in flip.gained if o.finding in parts.chief and o.value is not None)
    instead = {(o.finding, o.partner) for o in brings}
    ends = tuple(o for o in flip.lost if o.finding in parts.chief and (o.finding, o.partner) not in instead)
    return ValueEffect(flip.change.was, flip.change.now, brings, ends, _lesser(flip.lost, parts), _lesser(flip.gained, parts))


def _lesser(outcomes: Sequence[AdviceConclusion], parts: AdviceParts) -> int:
    """How many are neither chief nor forms, which their first choice has said already."""
    return sum(outcome.finding not in (*parts.chief, parts.structures, parts.instruments) for outcome in outcomes)
