"""What became of the advice on a saved case: each condition and action that is asked for now, how it stands, and by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from typing_extensions import TypedDict

from advisor.documents.calendar import write
from advisor.documents.catalog import check
from advisor.documents.plan import moments, plan
from advisor.documents.request import DocumentRequest
from advisor.documents.subject import DocumentSubject
from advisor.model.advice import Action, Advice, Precondition
from advisor.model.follow_up import FollowUp, FollowUpKind, FollowUpStep, follow_up
from advisor.model.references import ConclusionRef
from advisor.store.records import Person, SavedCase
from advisor.web.saved_advice import give
from advisor.web.site import Site
from advisor.web.timestamps import time_of

FORMAT = "follow-up/1"
Standing = Literal["overdue", "open", "done", "gone"]
"""Whether something is past its day, to be done, done, or done though the advice does not ask for it any more."""


@dataclass(frozen=True, slots=True)
class FollowedItem:
    """A condition or an action: what it is, who sees to it, when it counts as done, by when, and the step by which it was.

    `moment` is the rulebook's word for when, and `when` how it is said.
    """

    about: str
    title: str
    who: str
    done_when: str
    moment: str
    when: str
    due: date | None
    standing: Standing
    step: FollowUpStep | None


@dataclass(frozen=True)
class FollowedCase:
    """A case that is followed, on some day: its steps, and all that is asked for with what is overdue first."""

    saved: SavedCase
    advice: Advice
    day: date
    steps: tuple[FollowUpStep, ...]
    items: tuple[FollowedItem, ...]
    moments: Mapping[str, str]

    @cached_property
    def stands(self) -> FollowUp:
        """How it stands after all steps."""
        return follow_up(self.steps)

    def of(self, standing: Standing) -> list[FollowedItem]:
        """The items that stand so."""
        return [each for each in self.items if each.standing == standing]

    def item(self, about: str) -> FollowedItem | None:
        """One item by its name as a conclusion."""
        return next((each for each in self.items if each.about == about), None)

    def history(self, about: str) -> list[FollowUpStep]:
        """The steps on one item, the last in front."""
        return [step for step in reversed(self.steps) if step.about == about and step.kind != "due"]


def followed(site: Site, person: Person, case_id: str, day: date) -> FollowedCase:
    """How a case stands on a day. Raises `NoSuchCaseError` where the person may not see it."""
    saved = site.store.cases.read(person, case_id)
    steps = site.store.follow_ups.steps(person, case_id)
    advice = give(site, person, saved).advice
    subject = _subject(site, saved, advice)
    stands, parts = follow_up(steps), subject.parts
    found = [
        _item(subject, stands, day, finding, item, moment, said)
        for finding, listed, said in (
            (parts.conditions, advice.conditions, subject.brief.by),
            (parts.actions, advice.actions, subject.brief.when),
        )
        for item in listed
        for moment in (item.by if isinstance(item, Precondition) else item.when,)
    ]
    asked = {each.about for each in found}
    gone = [
        FollowedItem(about, step.title, "", "", "", "", None, "gone", step)
        for about, step in stands.done.items()
        if about not in asked
    ]
    order = ("overdue", "open", "done", "gone")
    items = sorted((*found, *gone), key=lambda each: (order.index(each.standing), each.due or date.max))
    return FollowedCase(saved, advice, day, steps, tuple(items), moments(subject))


def _item(
    subject: DocumentSubject,
    stands: FollowUp,
    day: date,
    finding: str,
    item: Precondition | Action,
    moment: str,
    said: Mapping[str, str],
) -> FollowedItem:
    about = str(ConclusionRef(finding, item.id))
    step, due = stands.done.get(about), stands.due.get(moment)
    standing: Standing = "done" if step else "overdue" if due is not None and due < day else "open"
    return FollowedItem(about, item.title, subject.who(item.who), item.done, moment, said[moment], due, standing, step)


def calendar_of(site: Site, person: Person, case: FollowedCase, others: Sequence[tuple[str, date]] = ()) -> bytes:
    """The days by when something is still to be done, and `others` with what they are, as calendar entries.

    Raises `InputError` where there are none.
    """
    left = {each.about for each in case.items if each.standing in ("overdue", "open")}
    parts = site.service.vocabulary.advice_parts
    conditions = tuple(each for each in case.advice.conditions if str(ConclusionRef(parts.conditions, each.id)) in left)
    actions = tuple(each for each in case.advice.actions if str(ConclusionRef(parts.actions, each.id)) in left)
    named = {each.by for each in conditions} | {each.when for each in actions}
    due = {moment: day for moment, day in case.stands.due.items() if moment in named and moment in case.moments}
    wanted = DocumentRequest("plan", "ics", day=case.day, due=due)
    advice = replace(case.advice, conditions=conditions, actions=actions)
    check(wanted)
    whole = plan(DocumentSubject(advice, case.saved.file.case, site.service.loaded, wanted))
    with site.service.turn(person.id):
        return write(replace(whole, said=(*whole.said, *((label, label, day) for label, day in others))), case.day)


def _subject(site: Site, saved: SavedCase, advice: Advice) -> DocumentSubject:
    return DocumentSubject(advice, saved.file.case, site.service.loaded, DocumentRequest("plan", "ics"))


class ItemRecord(TypedDict):
    """A condition or an action as it is asked for now: who sees to it, when it is done, by when, and how it stands."""

    about: str
    title: str
    who: str
    done_when: str
    when: str
    due: date | None
    standing: Standing


class StepRecord(TypedDict):
    """What somebody noted: that something is done or reopened, or the day on which a moment falls."""

    number: int
    at: datetime
    by: str
    by_name: str
    kind: FollowUpKind
    about: str
    title: str
    day: date | None
    evidence: str


class FollowUpRecord(TypedDict):
    """How a case stands on a day: what the advice asks for, what is overdue first, and every step, the first in front."""

    format: str
    case: str
    revision: int
    day: date
    items: list[ItemRecord]
    steps: list[StepRecord]


def follow_up_record(case: FollowedCase) -> dict[str, Any]:
    """All of it, as exports and the API show it."""
    return {
        "format": FORMAT,
        "case": case.saved.entry.id,
        "revision": case.saved.entry.revision,
        "day": case.day.isoformat(),
        "items": [
            {
                "about": each.about,
                "title": each.title,
                "who": each.who,
                "done_when": each.done_when,
                "when": each.when,
                "due": each.due.isoformat() if each.due else None,
                "standing": each.standing,
            }
            for each in case.items
        ],
        "steps": [step_record(step) for step in case.steps],
    }


def step_record(step: FollowUpStep) -> dict[str, Any]:
    """One step."""
    return {
        "number": step.number,
        "at": time_of(step.at),
        "by": step.by,
        "by_name": step.by_name,
        "kind": step.kind,
        "about": step.about,
        "title": step.title,
        "day": step.day.isoformat() if step.day else None,
        "evidence": step.evidence,
    }


def due_names(case: FollowedCase) -> Sequence[str]:
    """The moments that a day can be given for: those of what is asked for now, in the rulebook's order."""
    named = {each.by for each in case.advice.conditions} | {each.when for each in case.advice.actions}
    return [name for name in case.moments if name in named]
