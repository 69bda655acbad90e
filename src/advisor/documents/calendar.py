"""The days of an action plan as calendar entries (iCalendar)."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from advisor.documents.plan import ActionPlan, Task
from advisor.model.problems import InputError, Problem

if TYPE_CHECKING:
    from icalendar import Component

_PRODUCT = "-//partnership-advisor//documents//{language}"


def write(plan: ActionPlan, day: date | None) -> bytes:
    """An entry for each day that is known, with what is to be done by then. Raises `InputError` where none is known."""
    from icalendar import Calendar, Event

    entries = list(_entries(plan))
    if not entries:
        raise InputError([Problem("", 0, "no-days", found=plan.title)])
    stamp = datetime.combine(day or min(on for on, _, _ in entries), datetime.min.time(), UTC)
    calendar = Calendar()
    _put(calendar, {"prodid": _PRODUCT.format(language=plan.language.upper()), "version": "2.0", "x-wr-calname": plan.title})
    for on, summary, text in entries:
        event = Event()
        name = hashlib.sha256(f"{plan.title}\n{summary}".encode()).hexdigest()[:32]
        _put(event, {"uid": f"{name}@partnership-advisor", "dtstamp": stamp, "dtstart": on, "dtend": on + timedelta(days=1)})
        _put(event, {"summary": summary, "description": text, "transp": "TRANSPARENT"})
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _entries(plan: ActionPlan) -> Iterator[tuple[date, str, str]]:
    """The day, what it is, and what is to be done by then."""
    for name, label, on in plan.moments:
        due = [task for task in (*plan.conditions, *plan.actions) if task.moment == name]
        yield on, f"{label}: {plan.title}", _text(due)
    for label, said, said_day in plan.said:
        if said_day is not None:
            yield said_day, f"{label}: {plan.title}", said


def _text(tasks: Iterable[Task]) -> str:
    return "\n".join(" ".join(each for each in (f"{task.who}:", task.what, task.done) if each) for task in tasks)


def _put(component: "Component", values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if value:
            component.add(name, value)
