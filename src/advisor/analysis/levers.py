"""Answers that would move the main answer if they alone were others: what those at the table can change, not for the worse."""

from advisor.analysis.sensitivity import Flip, Sensitivity
from advisor.model.advice_parts import AdviceParts
from advisor.model.vocabulary import Vocabulary


def levers(found: Sensitivity, vocabulary: Vocabulary) -> list[Flip]:
    """One change of each answer that turns what is decided or how close, those that turn most first.

    No fact is changed, and none that only another body decides; nothing that stops the partnership or leaves more to settle is
    there. Of several changes of one answer that with the most effect.
    """
    parts = vocabulary.advice_parts
    chosen = []
    for (_, question), flips in found.most(parts.chief):
        asked = vocabulary.questions[question]
        fit = [
            flip
            for flip in flips
            if asked.within_reach
            and asked.may_become(flip.change.was, flip.change.now)
            and _turns(flip, parts)
            and not _worsens(flip, parts)
        ]
        if fit:
            chosen.append(max(fit, key=lambda flip: len(flip.lost) + len(flip.gained)))
    return chosen


def _turns(flip: Flip, parts: AdviceParts) -> bool:
    return any(outcome.finding in parts.deciding and outcome.partner is None for outcome in (*flip.lost, *flip.gained))


def _worsens(flip: Flip, parts: AdviceParts) -> bool:
    """Whether it stops what went on, or leaves more to settle where nothing stopped it."""
    lost, gained = ({o.value for o in side if o.finding == parts.proceed} for side in (flip.lost, flip.gained))
    if lost & set(parts.stopping):
        return False
    settle = [sum(o.finding in parts.to_settle for o in side) for side in (flip.lost, flip.gained)]
    return bool(gained & set(parts.stopping)) or settle[1] > settle[0]
