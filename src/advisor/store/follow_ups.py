"""What became of the advice on saved cases: each step that somebody noted, for good."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import func, insert, select

from advisor.model.follow_up import FollowUpKind, FollowUpStep
from advisor.model.problems import InputError, Problem
from advisor.store.cases import Cases, visible
from advisor.store.connections import Connections
from advisor.store.errors import NoSuchCaseError
from advisor.store.follow_up_tables import FollowUpRow
from advisor.store.records import Person
from advisor.store.tables import CaseRow, PersonRow

MOST = 2000  # steps of a case
MAX_EVIDENCE = 1500  # characters

_STEP = (
    FollowUpRow.number,
    FollowUpRow.at,
    FollowUpRow.by,
    PersonRow.name,
    FollowUpRow.kind,
    FollowUpRow.about,
    FollowUpRow.title,
    FollowUpRow.day,
    FollowUpRow.evidence,
)


@dataclass(frozen=True, slots=True)
class NewStep:
    """A step to be noted, as `FollowUpStep` has it."""

    kind: FollowUpKind
    about: str
    title: str = ""
    day: date | None = None
    evidence: str = ""


class FollowUps:
    """Steps in a database. Who may see a case may follow it up; for others there is none: `NoSuchCaseError`."""

    def __init__(self, connections: Connections, cases: Cases) -> None:
        self._connections, self._cases = connections, cases

    def steps(self, person: Person, case_id: str) -> tuple[FollowUpStep, ...]:
        """All steps of a case, the first in front."""
        self._cases.check(person, case_id)
        wanted = select(*_STEP).outerjoin(PersonRow, PersonRow.id == FollowUpRow.by).where(FollowUpRow.case_id == case_id)
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.order_by(FollowUpRow.number)).all()
        return tuple(
            FollowUpStep(
                number,
                at,
                by,
                name or "",
                cast("FollowUpKind", kind),
                about,
                json.loads(title),
                date.fromisoformat(day) if day else None,
                json.loads(evidence),
            )
            for number, at, by, name, kind, about, title, day, evidence in rows
        )

    def add(self, person: Person, case_id: str, steps: Sequence[NewStep], *, at: datetime) -> None:
        """Note steps, all or none. Raises `InputError` for too long an evidence and for too many steps."""
        problems = [
            Problem("", 0, "evidence-too-long", found=str(len(each.evidence)), allowed=(str(MAX_EVIDENCE),))
            for each in steps
            if len(each.evidence) > MAX_EVIDENCE
        ]
        if problems:
            raise InputError(problems)
        with self._connections.writing() as connection:
            # The row of the case is held meanwhile, so that two steps get two numbers.
            held = select(CaseRow.id).where(CaseRow.id == case_id, visible(person)).with_for_update()
            if connection.execute(held).first() is None:
                raise NoSuchCaseError(case_id)
            last = select(func.max(FollowUpRow.number)).where(FollowUpRow.case_id == case_id)
            before = connection.execute(last).scalar_one() or 0
            if before + len(steps) > MOST:
                raise InputError([Problem("", 0, "too-many-follow-ups", found=str(before + len(steps)), allowed=(str(MOST),))])
            values = [
                {
                    "case_id": case_id,
                    "number": number,
                    "at": at,
                    "by": person.id,
                    "kind": each.kind,
                    "about": each.about,
                    "title": json.dumps(each.title),
                    "day": each.day.isoformat() if each.day else "",
                    "evidence": json.dumps(each.evidence),
                }
                for number, each in enumerate(steps, start=before + 1)
            ]
            if values:
                connection.execute(insert(FollowUpRow), values)
