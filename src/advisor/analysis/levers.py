"""Answers that would move the main answer if they alone were others: what those at the table can change, not for the worse."""

from advisor.analysis.sensitivity import Flip, Sensitivity
from advisor.model.roles import Roles
from advisor.model.vocabulary import Vocabulary


def levers(found: Sensitivity, vocabulary: Vocabulary) -> list[Flip]:
    """One change of each answer that turns what is decided or how close, those that turn most first.

    No fact is changed, and none that only another body decides; nothing that stops the partnership or leaves more to settle is
    there. Of several changes of one answer that with the most effect.
    """
    roles = vocabulary.roles
    chosen = []
    for (_, question), flips in found.most(roles.chief):
        asked = vocabulary.questions[question]
        fit = [
            flip
            for flip in flips
            if asked.within_reach
            and asked.may_become(flip.change.was, flip.change.now)
            and _turns(flip, roles)
            and not _worsens(flip, roles)
        ]
        if fit:
            chosen.append(max(fit, key=lambda flip: len(flip.lost) + len(flip.gained)))
    return chosen


def _turns(flip: Flip, roles: Roles) -> bool:
    return any(outcome.finding in roles.deciding and outcome.partner is None for outcome in (*flip.lost, *flip.gained))


def _worsens(flip: Flip, roles: Roles) -> bool:
    """Whether it stops what went on, or leaves more to settle where nothing stopped it."""
    lost, gained = ({o.value for o in side if o.finding == roles.proceed} for side in (flip.lost, flip.gained))
    if lost & set(roles.stopping):
        return False
    settle = [sum(o.finding in roles.to_settle for o in side) for side in (flip.lost, flip.gained)]
    return bool(gained & set(roles.stopping)) or settle[1] > settle[0]
