"""Consultations on saved cases: opened, read, closed, deleted. Who may see the case may see its consultations, and lead them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from advisor.model.consultation import Options
from advisor.model.problems import InputError, Problem
from advisor.model.reconciling import Decision, DecisionKind
from advisor.model.vocabulary import Vocabulary
from advisor.store.cases import Cases, visible
from advisor.store.connections import Connections, touched
from advisor.store.consultation_records import SavedConsultation
from advisor.store.consultation_tables import ConsultationRow, DecisionRow
from advisor.store.errors import ConsultationClosedError, NoSuchCaseError
from advisor.store.held import check_not_held
from advisor.store.outbox import announce
from advisor.store.records import Person
from advisor.store.secret_keys import new_id
from advisor.store.tables import CaseRow, PersonRow

CONSULTATION = (
    ConsultationRow.id,
    ConsultationRow.case_id,
    ConsultationRow.revision,
    ConsultationRow.questions,
    ConsultationRow.partners,
    ConsultationRow.opened_by,
    PersonRow.name.label("opened_by_name"),
    ConsultationRow.created.label("opened"),
    ConsultationRow.closed,
    ConsultationRow.version,
    ConsultationRow.first,
)
MOST = 50  # consultations on a case


class Consultations:
    """Consultations in a database. What a person may not see is not there for them: `NoSuchCaseError` either way."""

    def __init__(self, connections: Connections, cases: Cases, vocabulary: Vocabulary) -> None:
        self._connections, self._cases, self._vocabulary = connections, cases, vocabulary

    def open(self, person: Person, case_id: str, questions: Sequence[str], *, at: datetime) -> SavedConsultation:
        """Open a consultation on a case as it is now. Raises `InputError` for wrong questions, and for one too many."""
        return self._open(person, case_id, self._checked(questions), "", at)

    def open_round(self, person: Person, case_id: str, consultation_id: str, *, at: datetime) -> SavedConsultation:
        """Open a further round of a consultation, with the questions of the round before, on the case as it is now.

        Raises `InputError` where a round of it is still open, and for one too many.
        """
        last = self.rounds(person, case_id, consultation_id)[-1]
        if not last.questions:
            raise InputError([Problem("", 0, "no-questions-chosen")])
        return self._open(person, case_id, last.questions, last.series, at)

    def rounds(self, person: Person, case_id: str, consultation_id: str) -> tuple[SavedConsultation, ...]:
        """All rounds of a consultation, the first in front; one where there were no further ones."""
        found = self.read(person, case_id, consultation_id)
        wanted = _SELECTED.where(or_(ConsultationRow.id == found.series, ConsultationRow.first == found.series))
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.order_by(ConsultationRow.created, ConsultationRow.id)).all()
        return tuple(consultation_of(row, self._vocabulary) for row in rows)

    def _open(self, person: Person, case_id: str, asked: tuple[str, ...], first: str, at: datetime) -> SavedConsultation:
        saved = self._cases.read(person, case_id)
        partners = tuple(partner.name for partner in saved.file.case.partners)
        made = SavedConsultation(
            new_id(), case_id, saved.entry.revision, asked, partners, person.id, person.name, at, None, 0, first
        )
        values = {
            "id": made.id,
            "case_id": case_id,
            "revision": made.revision,
            "questions": json.dumps(asked),
            "partners": json.dumps(partners),
            "opened_by": person.id,
            "created": at,
            "closed": None,
            "version": 0,
            "first": first,
        }
        with self._connections.writing() as connection:
            # The row of the case is held meanwhile: of two that open the last one allowed, one is refused.
            held = select(CaseRow.id).where(CaseRow.id == case_id).with_for_update()
            if connection.execute(held).first() is None:
                raise NoSuchCaseError(case_id)
            if first:
                series = or_(ConsultationRow.id == first, ConsultationRow.first == first)
                still = connection.execute(select(ConsultationRow.id).where(series, ConsultationRow.closed.is_(None))).first()
                if still is not None:
                    raise InputError([Problem("", 0, "round-open")])
            there = connection.execute(select(func.count()).where(ConsultationRow.case_id == case_id)).scalar_one()
            if there >= MOST:
                raise InputError([Problem("", 0, "too-many-consultations", found=str(there + 1), allowed=(str(MOST),))])
            connection.execute(insert(ConsultationRow), values)
        return made

    def list(self, person: Person, case_id: str) -> tuple[SavedConsultation, ...]:
        """The consultations on a case, the newest first."""
        self._cases.check(person, case_id)
        wanted = _SELECTED.where(ConsultationRow.case_id == case_id)
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.order_by(ConsultationRow.created.desc(), ConsultationRow.id)).all()
        return tuple(consultation_of(row, self._vocabulary) for row in rows)

    def read(self, person: Person, case_id: str, consultation_id: str) -> SavedConsultation:
        """A consultation on a case."""
        with self._connections.reading() as connection:
            return self._read(connection, person, case_id, consultation_id)

    def choose(self, person: Person, case_id: str, consultation_id: str, questions: Sequence[str]) -> None:
        """Ask these questions instead, while it is open. What was answered to others stays stored and counts for nothing."""
        asked = self._checked(questions)
        with self._connections.writing() as connection:
            self.hold_open(connection, person, case_id, consultation_id)
            changed = {"questions": json.dumps(asked), "version": ConsultationRow.version + 1}
            connection.execute(update(ConsultationRow).where(ConsultationRow.id == consultation_id).values(changed))

    def close(self, person: Person, case_id: str, consultation_id: str, *, at: datetime) -> None:
        """Close a consultation for good: from now on no answer changes. It may be closed already."""
        with self._connections.writing() as connection:
            self._read(connection, person, case_id, consultation_id)
            still_open = ConsultationRow.id == consultation_id, ConsultationRow.closed.is_(None)
            changed = {"closed": at, "version": ConsultationRow.version + 1}
            if touched(connection.execute(update(ConsultationRow).where(*still_open).values(changed))):
                told = {"consultation": consultation_id}
                announce(connection, person.organization, "consultation.closed", case_id, told, at=at)

    def delete(self, person: Person, case_id: str, consultation_id: str) -> None:
        """Delete a consultation for good, with all that was answered and decided in it.

        All rounds of it go together, but for a further one that is still open: with one of them gone, another could be
        asked in which somebody without a name stands out. Raises `HeldError` where it or its case is on hold.
        """
        with self._connections.writing() as connection:
            check_not_held(connection, visible(person), case_id, consultation_id)
            found = self._read(connection, person, case_id, consultation_id)
            alone = found.first and found.closed is None
            every = or_(ConsultationRow.id == found.series, ConsultationRow.first == found.series)
            wanted = ConsultationRow.id == found.id if alone else every
            if not touched(connection.execute(delete(ConsultationRow).where(wanted))):
                raise NoSuchCaseError(consultation_id)
        self._connections.forget_deleted()

    def hold_open(self, connection: Connection, person: Person, case_id: str, consultation_id: str) -> SavedConsultation:
        """The consultation, kept open until the transaction ends. Raises `ConsultationClosedError`."""
        connection.execute(select(ConsultationRow.id).where(ConsultationRow.id == consultation_id).with_for_update())
        found = self._read(connection, person, case_id, consultation_id)
        if found.closed is not None:
            raise ConsultationClosedError
        return found

    # What was decided in a session

    def decisions(self, person: Person, case_id: str, consultation_id: str) -> tuple[Decision, ...]:
        """All that was decided, the first in front."""
        self.read(person, case_id, consultation_id)
        wanted = select(DecisionRow, PersonRow.name).outerjoin(PersonRow, PersonRow.id == DecisionRow.by)
        wanted = wanted.where(DecisionRow.consultation_id == consultation_id).order_by(DecisionRow.number)
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.with_only_columns(*_DECISION)).all()
        return tuple(_decision(row) for row in rows)

    def decide(
        self,
        person: Person,
        case_id: str,
        consultation_id: str,
        kind: DecisionKind,
        *,
        at: datetime,
        question: str = "",
        partner: str | None = None,
        options: Options = (),
        note: str = "",
        revision: int | None = None,
    ) -> None:
        """Note a decision. What was decided before on the same line stays in the history."""
        with self._connections.writing() as connection:
            # The row is held meanwhile, so that two decisions get two numbers.
            connection.execute(select(ConsultationRow.id).where(ConsultationRow.id == consultation_id).with_for_update())
            self._read(connection, person, case_id, consultation_id)
            last = select(func.max(DecisionRow.number)).where(DecisionRow.consultation_id == consultation_id)
            values = {
                "consultation_id": consultation_id,
                "number": (connection.execute(last).scalar_one() or 0) + 1,
                "at": at,
                "by": person.id,
                "kind": kind,
                "question": question,
                "partner": json.dumps(partner),
                "options": json.dumps(options),
                "note": json.dumps(note),
                "revision": revision,
            }
            connection.execute(insert(DecisionRow), values)

    def _checked(self, questions: Sequence[str]) -> tuple[str, ...]:
        """Questions in intake order. Raises `InputError` for none, and with each that there is not."""
        known = self._vocabulary.questions
        problems = [
            Problem("", 0, "unknown-question", found=each, allowed=tuple(known)) for each in questions if each not in known
        ]
        if not questions:
            problems.append(Problem("", 0, "no-questions-chosen"))
        if problems:
            raise InputError(problems)
        return tuple(name for name in known if name in set(questions))

    def _read(self, connection: Connection, person: Person, case_id: str, consultation_id: str) -> SavedConsultation:
        mine = ConsultationRow.id == consultation_id, ConsultationRow.case_id == case_id, visible(person)
        row = connection.execute(_SELECTED.join(CaseRow, CaseRow.id == ConsultationRow.case_id).where(*mine)).first()
        if row is None:
            raise NoSuchCaseError(consultation_id)
        return consultation_of(row, self._vocabulary)


_SELECTED = select(*CONSULTATION).outerjoin(PersonRow, PersonRow.id == ConsultationRow.opened_by)
_DECISION = (
    DecisionRow.number,
    DecisionRow.at,
    DecisionRow.by,
    PersonRow.name,
    DecisionRow.kind,
    DecisionRow.question,
    DecisionRow.partner,
    DecisionRow.options,
    DecisionRow.note,
    DecisionRow.revision,
)


def consultation_of(row: Row[*tuple[Any, ...]], vocabulary: Vocabulary) -> SavedConsultation:
    """A consultation as it is stored; questions that the rulebook no longer has are left out."""
    return SavedConsultation(
        row.id,
        row.case_id,
        row.revision,
        tuple(name for name in json.loads(row.questions) if name in vocabulary.questions),
        tuple(json.loads(row.partners)),
        row.opened_by,
        row.opened_by_name or "",
        row.opened,
        row.closed,
        row.version,
        row.first,
    )


def note_change(connection: Connection, consultation_id: str) -> None:
    """Count that something in a consultation was changed."""
    changed = {"version": ConsultationRow.version + 1}
    connection.execute(update(ConsultationRow).where(ConsultationRow.id == consultation_id).values(changed))


def _decision(row: Row[*tuple[Any, ...]]) -> Decision:
    return Decision(
        row.number,
        row.at,
        row.by,
        row.name or "",
        cast("DecisionKind", row.kind),
        row.question,
        json.loads(row.partner),
        tuple(json.loads(row.options)),
        json.loads(row.note),
        row.revision,
    )
