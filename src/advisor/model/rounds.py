"""Rounds of a consultation: the same questions to the same people again, and what may be told without giving one of them away."""

from collections.abc import Iterable, Set
from datetime import date

from advisor.model.consultation import LEAST
from advisor.model.months import months_after

MONTHS = (3, 6, 12)  # after which the same is asked again


def round_days(closed: date) -> tuple[date, ...]:
    """The days on which to ask again what was asked in a consultation that was closed on a day."""
    return tuple(months_after(closed, months) for months in MONTHS)


def may_be_compared(answered: Set[str], earlier: Iterable[Set[str]]) -> bool:
    """Whether answers without names to a question may be told after those of earlier rounds.

    Each set holds who answered it, of one kind and under one promise. Who is missing or new would stand out between two
    rounds if they were few, since most people answer as they did before: they have to be none, or at least `LEAST`. What
    was answered plays no part, so that whether it is told tells nothing.
    """
    return all(
        len(before) < LEAST or all(not few or len(few) >= LEAST for few in (answered - before, before - answered))
        for before in earlier
    )
