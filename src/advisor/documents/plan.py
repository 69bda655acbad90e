"""The action plan as values: who does what by when, and what has to be settled; with days only where somebody gave them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from advisor.documents.subject import DocumentSubject, sentence
from advisor.model.problems import InputError, Problem, nearest
from advisor.model.sentence import upper_first
from advisor.render.plan_picture import by_owner

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
DATED = ("needed-by", "result")  # of the leader's own words those that name a day


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do or to settle: what, who, when by its name and in words, the day where it is known, and when it is done."""

    what: str
    who: str
    moment: str
    when: str
    day: date | None
    done: str


@dataclass(frozen=True, slots=True)
class ActionPlan:
    """The actions by who does them and when, the conditions, and other days that count, each with what falls on it.

    `moments` are the days by when something is done, by name and as it is said; `said` is what the leader said of days.
    """

    title: str
    language: str
    actions: tuple[Task, ...]
    conditions: tuple[Task, ...]
    moments: tuple[tuple[str, str, date], ...]
    said: tuple[tuple[str, str, date | None], ...]

    @property
    def days(self) -> list[date]:
        """All days that are known."""
        return [day for _, _, day in self.moments] + [day for _, _, day in self.said if day is not None]


def plan(subject: DocumentSubject) -> ActionPlan:
    """The plan on a case. Raises `InputError` for a day of something that there is not."""
    _check(subject)
    actions = tuple(
        Task(
            sentence(action.title),
            upper_first(subject.who(action.who)),
            action.when,
            upper_first(subject.brief.when[action.when]),
            subject.request.due.get(action.when),
            upper_first(action.done),
        )
        for action in by_owner(subject.advice, subject.loaded)
    )
    conditions = tuple(
        Task(
            sentence(item.title),
            upper_first(subject.who(item.who)),
            item.by,
            upper_first(subject.brief.by[item.by]),
            subject.request.due.get(item.by),
            upper_first(item.done),
        )
        for item in subject.advice.conditions
    )
    moments = tuple(
        (name, _called(subject, name), day) for name, day in sorted(subject.request.due.items(), key=lambda each: each[1])
    )
    title = subject.say("plan.title", case=subject.name)
    return ActionPlan(title, subject.loaded.wording.language, actions, conditions, moments, tuple(_said(subject)))


def moments(subject: DocumentSubject) -> dict[str, str]:
    """What a day can be given for: when actions are done and by when conditions are met, each as it is said."""
    vocabulary, parts = subject.loaded.rulebook.vocabulary, subject.parts
    found = {}
    for finding, attribute, said in ((parts.actions, "when", subject.brief.when), (parts.conditions, "by", subject.brief.by)):
        if known := vocabulary.findings.get(finding):
            found.update({name: said[name] for name in known.attributes[attribute] if name not in found})
    return found


def _called(subject: DocumentSubject, moment: str) -> str:
    return upper_first(moments(subject)[moment])


def _check(subject: DocumentSubject) -> None:
    allowed = tuple(moments(subject))
    problems = [
        Problem("", 0, "unknown-moment", found=name, allowed=allowed, nearest=nearest(name, allowed))
        for name in subject.request.due
        if name not in allowed
    ]
    if problems:
        raise InputError(problems)


def _said(subject: DocumentSubject) -> Iterator[tuple[str, str, date | None]]:
    for word in DATED:
        if subject.has(word):
            yield subject.say(f"plan.{word}"), subject.own(word), day_in(subject.own(word))


def day_in(text: str) -> date | None:
    """The day that a text names as 2027-01-31; None where it names none, or several. No other way of writing is guessed at."""
    found = set(_days(_ISO.finditer(text)))
    return found.pop() if len(found) == 1 else None


def _days(found: Iterable[re.Match[str]]) -> Iterator[date]:
    for each in found:
        try:
            yield date(*map(int, each.groups()))
        except ValueError:
            continue
