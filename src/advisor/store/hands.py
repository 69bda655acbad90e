"""Hands that were counted in a room: how many for each option of a question, of each kind of respondent or of all together.

They are answers without a name. What was counted is given out with what comes of the consultation only, under the rules
for such answers; nobody reads the numbers back, neither who counted nor anybody else.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import delete, insert, select

from advisor.model.consultation import Hands, RespondentKind
from advisor.model.names import place_of
from advisor.model.problems import InputError, Problem
from advisor.model.reconciling import Line
from advisor.model.vocabulary import Question, Vocabulary
from advisor.store.cases import visible
from advisor.store.connections import Connections
from advisor.store.consultation_records import SavedConsultation
from advisor.store.consultation_tables import HandsRow
from advisor.store.consultations import Consultations, note_change
from advisor.store.held import check_not_held
from advisor.store.records import Person

MOST_HANDS = 1000  # for one option
Counted = Mapping[RespondentKind, Mapping[str, int]]
"""The hands for each option, by kind of respondent: `room` alone, or any of the others."""


class CountedHands:
    """The hands counted in consultations, by whoever leads them."""

    def __init__(self, connections: Connections, consultations: Consultations, vocabulary: Vocabulary) -> None:
        self._connections, self._consultations, self._vocabulary = connections, consultations, vocabulary

    def count(self, person: Person, case_id: str, consultation_id: str, line: Line, counted: Counted, *, at: datetime) -> None:
        """Keep the hands counted on a line, in the place of all that were counted on it before; none takes them away.

        The whole room and kinds of it cannot stand side by side: the one less the other would be an answer of the rest.
        Raises `InputError` for what cannot be counted by hands, `HeldError` where something was counted before and is on
        hold, and `ConsultationClosedError`.
        """
        question, partner = line
        with self._connections.writing() as connection:
            found = self._consultations.hold_open(connection, person, case_id, consultation_id)
            line = self._checked(found, question, partner, counted)
            mine = (
                HandsRow.consultation_id == consultation_id,
                HandsRow.question == question,
                HandsRow.partner == json.dumps(line[1]),
            )
            if connection.execute(select(HandsRow.kind).where(*mine).limit(1)).first() is not None:
                check_not_held(connection, visible(person), case_id, consultation_id)
                connection.execute(delete(HandsRow).where(*mine))
            for kind, raised in counted.items():
                if given := {option: number for option, number in raised.items() if number}:
                    key = {"consultation_id": consultation_id, "question": question, "partner": json.dumps(line[1])}
                    connection.execute(insert(HandsRow), {**key, "kind": kind, "raised": json.dumps(given), "at": at})
            note_change(connection, consultation_id)
        self._connections.forget_deleted()

    def lines(self, person: Person, case_id: str, consultation_id: str) -> frozenset[Line]:
        """On which lines hands were counted."""
        return frozenset((each.question, each.partner) for each in self.read(person, case_id, consultation_id))

    def read(self, person: Person, case_id: str, consultation_id: str) -> tuple[Hands, ...]:
        """All hands that were counted on what is asked, as far as the rulebook knows it."""
        found = self._consultations.read(person, case_id, consultation_id)
        wanted = select(HandsRow.question, HandsRow.partner, HandsRow.kind, HandsRow.raised)
        wanted = wanted.where(HandsRow.consultation_id == consultation_id)
        with self._connections.reading() as connection:
            rows = connection.execute(wanted.order_by(HandsRow.question, HandsRow.partner, HandsRow.kind)).all()
        kept, lines = [], raising_lines(found, self._vocabulary)
        for row in rows:
            partner, question = json.loads(row.partner), self._vocabulary.questions.get(row.question)
            if question is not None and (question.id, partner) in lines:
                raised = {option: number for option, number in json.loads(row.raised).items() if option in question.options}
                kept.append(Hands(cast("RespondentKind", row.kind), question.id, partner, raised))
        return tuple(kept)

    def _checked(self, found: SavedConsultation, name: str, partner: str | None, counted: Counted) -> Line:
        """The line as the consultation writes it."""
        place = None if partner is None else place_of(partner, found.partners)
        line = name, partner if place is None else found.partners[place]
        lines = raising_lines(found, self._vocabulary)
        problems = []
        if found.first:
            problems.append(Problem("", 0, "hands-in-first-round"))
        elif line not in lines:
            known = tuple(dict.fromkeys(question for question, _ in lines))
            problems.append(Problem("", 0, "not-by-hands", about=partner or "", found=name, allowed=known))
        else:
            problems += _wrong(self._vocabulary.questions[name], counted)
        if problems:
            raise InputError(problems)
        return line


def raising_lines(found: SavedConsultation, vocabulary: Vocabulary) -> Collection[Line]:
    """The lines on which hands can be counted, in intake order: of each question that takes one answer."""
    lines: dict[Line, None] = {}
    for name in found.questions:
        question = vocabulary.questions[name]
        if question.kind != "several":
            for partner in found.partners if question.asked == "partner" else (None,):
                lines[name, partner] = None
    return lines.keys()


def _wrong(question: Question, counted: Counted) -> list[Problem]:
    """What is wrong with the hands counted on a question."""
    problems = []
    if "room" in counted and len(counted) > 1:
        problems.append(Problem("", 0, "room-or-kinds", about=question.id))
    for raised in counted.values():
        for option, number in raised.items():
            if option not in question.options:
                problems.append(Problem("", 0, "unknown-value", about=question.id, found=option, allowed=tuple(question.options)))
            elif not 0 <= number <= MOST_HANDS:
                problems.append(Problem("", 0, "hands-expected", about=option, found=str(number), allowed=(str(MOST_HANDS),)))
    return problems
