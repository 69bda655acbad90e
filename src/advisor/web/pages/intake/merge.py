"""Two people, or two windows, on one case: what a form changes is merged over what was saved meanwhile, answer by answer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from advisor.model.conditions import Answers
from advisor.model.names import folded
from advisor.store.records import Revision, SavedChange
from advisor.web.pages.intake.case_fields import kind_of

Options = tuple[str, ...]
Side = Literal["mine", "theirs"]
SIDES: tuple[Side, ...] = ("mine", "theirs")


@dataclass(frozen=True, slots=True)
class ChosenSide:
    """Which side somebody chose for an answer, and what the other side was when they did."""

    side: Side
    seen: Options


@dataclass(frozen=True, slots=True)
class Clash:
    """What both changed, each to something else: the field, what it was, what this form says, what is saved now."""

    question: str
    was: Options
    mine: Options
    theirs: Options


@dataclass(frozen=True, slots=True)
class Merged:
    """The saved answers with a form's changes on top, and what both sides changed."""

    answers: dict[str, Options]
    clashes: tuple[Clash, ...]


def merge(base: Answers, current: Answers, wanted: Answers, chosen: Mapping[str, ChosenSide]) -> Merged:
    """A form's answers (`wanted`) merged over `current` ones; `base` are those the form was made from.

    What the form did not change stays as it is saved. What both changed alike is no clash. A choice counts only as long
    as the other side still says what it said when the choice was made.
    """
    answers, clashes = dict(current), list[Clash]()
    for question, mine in wanted.items():
        was, theirs = base.get(question, ()), current.get(question, ())
        if mine in (was, theirs):
            continue
        choice = chosen.get(question)
        decided = choice is not None and choice.seen == theirs
        if theirs != was and not decided:
            clashes.append(Clash(question, was, mine, theirs))
        elif theirs == was or (choice is not None and choice.side == "mine"):
            answers[question] = mine
    return Merged({question: answer for question, answer in answers.items() if answer}, tuple(clashes))


@dataclass(frozen=True, slots=True)
class AttributedChange:
    """One change by somebody: who (their id, and what they are called), when, and what."""

    by: str
    by_name: str
    at: datetime
    change: SavedChange


def attributed(revisions: Iterable[Revision]) -> list[AttributedChange]:
    """The changes in these revisions, the latest first."""
    return [AttributedChange(r.by, r.by_name, r.at, change) for r in revisions for change in r.changes]


def called_now(name: str, revisions: Sequence[Revision]) -> str | None:
    """What a partner is called after these revisions (the newest first); None where it is off the list."""
    now: str | None = name
    for change in (change for revision in reversed(revisions) for change in revision.changes):
        if change.kind == "partner-renamed" and change.was == (now,):
            now = change.now[0]
        elif change.kind == "partner-removed" and change.was == (now,):
            now = None
        elif change.kind == "partner-added" and now is None and folded(change.now[0]) == folded(name):
            now = change.now[0]
    return now


def changer(told: Iterable[AttributedChange], field: str, names: Iterable[str | None]) -> AttributedChange | None:
    """Who last changed what a field says of the agency (None among the names) or of a partner, under any of its names."""
    of, wanted = set(names), kind_of(field)
    return next((t for t in told if (t.change.kind, t.change.question) == wanted and t.change.partner in of), None)


def remover(told: Iterable[AttributedChange]) -> AttributedChange | None:
    """Who last took a partner off the list."""
    return next((t for t in told if t.change.kind == "partner-removed"), None)
