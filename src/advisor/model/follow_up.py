"""What became of advice: which of its conditions and actions are done, and by when each is due, step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

FollowUpKind = Literal["done", "reopened", "due"]
KINDS: tuple[FollowUpKind, ...] = ("done", "reopened", "due")


@dataclass(frozen=True, slots=True)
class FollowUpStep:
    """One step: a condition or an action is `done` on a day, with what shows it, or `reopened`.

    `about` is then its name as a conclusion ("condition=counsel"), and `title` what it was called. That something is
    `due` is about a moment, one of the rulebook's words for when and by when; without a day it is due on none.
    """

    number: int
    at: datetime
    by: str
    by_name: str
    kind: FollowUpKind
    about: str
    title: str
    day: date | None
    evidence: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How a case stands: the step by which each thing was done that is, and the day on which each moment falls."""

    done: Mapping[str, FollowUpStep]
    due: Mapping[str, date]


def follow_up(steps: Iterable[FollowUpStep]) -> FollowUp:
    """How it stands after these steps, the first in front."""
    done: dict[str, FollowUpStep] = {}
    due: dict[str, date] = {}
    for step in steps:
        if step.kind == "done":
            done[step.about] = step
        elif step.kind == "reopened":
            done.pop(step.about, None)
        elif step.day is None:
            due.pop(step.about, None)
        else:
            due[step.about] = step.day
    return FollowUp(done, due)
