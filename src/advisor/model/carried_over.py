"""Answers to the questions of a released rulebook, carried over to those that they are now."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from advisor.model.conditions import Answers
from advisor.model.problems import Problem, shorten
from advisor.model.vocabulary import NONE, UNKNOWN, Vocabulary

NOTES = "notes"


class LeftOut(NamedTuple):
    """An answer that the rulebook does not know: about a partner by name ("": the agency), to which question.

    For a text that is a note to no answer, the question is `NOTES`.
    """

    partner: str
    question: str
    options: tuple[str, ...]


def carried_over(
    old: Answers, answers: Answers, partner: str, vocabulary: Vocabulary, said: Collection[str] = ()
) -> tuple[dict[str, tuple[str, ...]], tuple[LeftOut, ...]]:
    """The answers with the `old` ones, where these mean the same as an answer now, and the old ones that do not.

    What was said under a question's own name, be it that nothing is known, goes before what it was called earlier. Of
    several old answers to what takes one answer now, the first counts.
    """
    scope = "partner" if partner else "agency"
    found, left, stands = dict(answers), list[LeftOut](), {*answers, *said}
    for name, options in old.items():
        released = vocabulary.released.get(name)
        question = vocabulary.questions.get(released.to) if released else None
        if released is None or question is None or question.asked != scope or (question.id in stands and question.id != name):
            left.append(LeftOut(partner, name, options))
            continue
        here = found.get(question.id, ())
        now = {released.options[each] for each in options if released.options.get(each)}
        merged = tuple(each for each in question.options if each in now or each in here)
        alone = question.kind != "several" or NONE in merged
        lost = options if alone and len(merged) > 1 else tuple(each for each in options if not released.options.get(each))
        if not options or (merged and not (alone and len(merged) > 1)):
            found[question.id] = merged
        if lost:
            left.append(LeftOut(partner, name, lost))
    return found, tuple(left)


def not_carried(left_out: Iterable[LeftOut], file: str) -> list[Problem]:
    """What is told of answers that have no place in the rulebook any more."""

    def told(each: LeftOut) -> Problem:
        code = "notes-not-carried" if each.question == NOTES else "not-carried"
        options = tuple(shorten(option) for option in each.options) or (UNKNOWN,)
        return Problem(file, 0, code, shorten(each.partner), each.question, options)

    return [told(each) for each in left_out]
