"""Who is asked in a consultation, by which link, and what they answered.

A link of somebody whose answers are not for everybody opens once: it is exchanged for another that only they know, so
that whoever made and sent it cannot read by it what was answered. For the same reason a new link for them begins empty.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, update

from advisor.model.case import Case, Partner
from advisor.model.consultation import MAX_VIEWS, Audience, Options, Respondent, RespondentView, Shown, Speaks
from advisor.model.names import folded, place_of
from advisor.model.problems import Problems
from advisor.model.reconciling import Line
from advisor.model.rounds import may_be_compared
from advisor.model.vocabulary import Question, Vocabulary
from advisor.store.cases import visible
from advisor.store.connections import Connections
from advisor.store.consultation_records import Invitation, LinkStanding, OpenedInvitation, RespondentAnswer, SavedConsultation
from advisor.store.consultation_tables import ConsultationRow, GivenAnswerRow, RespondentRow
from advisor.store.consultations import CONSULTATION, Consultations, consultation_of, note_change
from advisor.store.errors import AnsweringByLinkError, LinkEndedError, NoSuchCaseError
from advisor.store.held import check_not_held
from advisor.store.records import Person
from advisor.store.secret_keys import hashed, new_id, new_secret
from advisor.store.tables import CaseRow, PersonRow

MOST = MAX_VIEWS - 1  # respondents of a consultation: the case itself is a view too
_Kind: TypeAlias = tuple[str, str, bool, str, str | None]
"""What they speak as, what they were promised, whether they answered by link, and the question and partner."""
_Answered: TypeAlias = dict[_Kind, set[str]]
"""By such a kind who answered: everybody by their id in the round in which they were first asked."""
_APART = timedelta(microseconds=1)  # between those who are asked at once, so that they stay in their order
Said = tuple[Options, str]
"""An answer and the note to it; both empty take away what was answered."""

_INVITATION = (
    RespondentRow.id.label("respondent_id"),
    RespondentRow.consultation_id,
    RespondentRow.name.label("respondent"),
    RespondentRow.speaks,
    RespondentRow.partner.label("spoken_for"),
    RespondentRow.shown,
    RespondentRow.secret,
    RespondentRow.spent,
    RespondentRow.created,
    RespondentRow.expires,
    RespondentRow.revoked,
    RespondentRow.begun,
    RespondentRow.first.label("first_asked"),
)
_ANSWER = (
    GivenAnswerRow.respondent_id,
    GivenAnswerRow.question,
    GivenAnswerRow.partner,
    GivenAnswerRow.options,
    GivenAnswerRow.note,
    GivenAnswerRow.at,
)


class Respondents:
    """The respondents of consultations. Whoever may lead a consultation invites; whoever holds a link answers."""

    def __init__(self, connections: Connections, consultations: Consultations, vocabulary: Vocabulary) -> None:
        self._connections, self._consultations, self._vocabulary = connections, consultations, vocabulary

    # For who leads

    def invite(
        self, person: Person, case_id: str, consultation_id: str, respondent: Respondent, *, at: datetime, expires: datetime
    ) -> tuple[Invitation, str]:
        """A new invitation and its secret, which is nowhere kept.

        Raises `InputError` for a name that is taken, a partner who is not in it and too many respondents, and
        `ConsultationClosedError`.
        """
        if respondent.speaks == "partner":
            respondent = replace(respondent, partner=self._partner(person, case_id, consultation_id, respondent))
        invitation = Invitation(new_id(), consultation_id, respondent, at, expires, None, None, exchanged=False, first="")
        secret = new_secret()
        with self._connections.writing() as connection:
            found = self._consultations.hold_open(connection, person, case_id, consultation_id)
            there = [_invitation(row) for row in _rows(connection, RespondentRow.consultation_id == consultation_id)]
            _check(respondent, there, found.partners)
            connection.execute(insert(RespondentRow), _values(invitation, secret))
            note_change(connection, consultation_id)
        return invitation, secret

    def _partner(self, person: Person, case_id: str, consultation_id: str, respondent: Respondent) -> str:
        """The partner that a respondent speaks for, as the consultation writes it."""
        partners = self._consultations.read(person, case_id, consultation_id).partners
        place = place_of(respondent.partner, partners)
        return respondent.partner if place is None else partners[place]

    def list(self, person: Person, case_id: str, consultation_id: str) -> tuple[Invitation, ...]:
        """Everybody who was invited, the first in front."""
        self._consultations.read(person, case_id, consultation_id)
        with self._connections.reading() as connection:
            return tuple(_invitation(row) for row in _rows(connection, RespondentRow.consultation_id == consultation_id))

    def read(self, person: Person, case_id: str, consultation_id: str, respondent_id: str) -> Invitation:
        """One of them. Raises `NoSuchCaseError` where there is no such one."""
        found = self.list(person, case_id, consultation_id)
        return next((each for each in found if each.id == respondent_id), None) or _missing(respondent_id)

    def revoke(self, person: Person, case_id: str, consultation_id: str, respondent_id: str, *, at: datetime) -> None:
        """End a link, which may have ended already. What was answered stays."""
        with self._connections.writing() as connection:
            self._hold(connection, person, case_id, consultation_id, respondent_id)
            standing = RespondentRow.id == respondent_id, RespondentRow.revoked.is_(None)
            connection.execute(update(RespondentRow).where(*standing).values(revoked=at))

    def renew(
        self, person: Person, case_id: str, consultation_id: str, respondent_id: str, *, expires: datetime
    ) -> tuple[Invitation, str]:
        """Another link in the place of the one before, and its secret; where a link works once, what was answered is deleted.

        Raises `HeldError` where that is on hold.
        """
        secret = new_secret()
        works_once = self.read(person, case_id, consultation_id, respondent_id).works_once
        with self._connections.writing() as connection:
            if works_once:
                check_not_held(connection, visible(person), case_id, consultation_id)
            before = self._hold(connection, person, case_id, consultation_id, respondent_id)
            fresh: dict[str, object] = {"secret": hashed(secret), "spent": None, "expires": expires, "revoked": None}
            if before.works_once:
                fresh["begun"] = None
                connection.execute(delete(GivenAnswerRow).where(GivenAnswerRow.respondent_id == respondent_id))
                note_change(connection, consultation_id)
            connection.execute(update(RespondentRow).where(RespondentRow.id == respondent_id).values(fresh))
        if before.works_once:
            self._connections.forget_deleted()
        return self.read(person, case_id, consultation_id, respondent_id), secret

    def remove(self, person: Person, case_id: str, consultation_id: str, respondent_id: str) -> None:
        """Take somebody out of it, with all that they answered. Raises `HeldError` where that is on hold."""
        with self._connections.writing() as connection:
            check_not_held(connection, visible(person), case_id, consultation_id)
            self._hold(connection, person, case_id, consultation_id, respondent_id)
            connection.execute(delete(RespondentRow).where(RespondentRow.id == respondent_id))
            note_change(connection, consultation_id)
        self._connections.forget_deleted()

    def enter(
        self,
        person: Person,
        case_id: str,
        consultation_id: str,
        respondent_id: str,
        answers: Mapping[Line, Said],
        *,
        at: datetime,
    ) -> None:
        """Enter what somebody answered on paper, in the place of all that they answered before.

        Raises `HeldError` where something was and is on hold, and `AnsweringByLinkError` where they opened a link whose
        answers are not for everybody: what stood there before could be told by what the comparison loses.
        """
        before = select(GivenAnswerRow.question).where(GivenAnswerRow.respondent_id == respondent_id)
        with self._connections.writing() as connection:
            if connection.execute(before.limit(1)).first() is not None:
                check_not_held(connection, visible(person), case_id, consultation_id)
            asked = self._consultations.hold_open(connection, person, case_id, consultation_id)
            invitation = self._hold(connection, person, case_id, consultation_id, respondent_id)
            if invitation.exchanged:
                raise AnsweringByLinkError
            never = RespondentRow.id == respondent_id, RespondentRow.begun.is_(None)
            connection.execute(update(RespondentRow).where(*never).values(begun=at))
            connection.execute(delete(GivenAnswerRow).where(GivenAnswerRow.respondent_id == respondent_id))
            _write(connection, respondent_id, self._asked(answers, asked, invitation.respondent), at)
            note_change(connection, consultation_id)

    def ask_again(
        self, person: Person, case_id: str, before: str, consultation_id: str, *, at: datetime, expires: datetime
    ) -> tuple[tuple[Invitation, str], ...]:
        """Invite everybody of the round before, with what they were promised, and their secrets, which are nowhere kept.

        Who speaks for a partner that is not in it any more is left out.
        """
        asked = [(new_id(), new_secret(), each) for each in self.list(person, case_id, before)]
        with self._connections.writing() as connection:
            found = self._consultations.hold_open(connection, person, case_id, consultation_id)
            places = {each.id: place_of(each.respondent.partner, found.partners) for _, _, each in asked}
            made = []
            for number, (id_, secret, each) in enumerate(asked):
                place, respondent = places[each.id], each.respondent
                if respondent.speaks == "partner":
                    if place is None:
                        continue
                    respondent = replace(respondent, partner=found.partners[place])
                invitation = Invitation(
                    id_, consultation_id, respondent, at + number * _APART, expires, None, None, False, each.first
                )
                connection.execute(insert(RespondentRow), _values(invitation, secret))
                made.append((invitation, secret))
            note_change(connection, consultation_id)
        return tuple(made)

    def views(
        self, person: Person, case_id: str, consultation_id: str, audience: Audience | None = None
    ) -> tuple[RespondentView, ...]:
        """What was answered, by all who did, as an audience may have it put together: by default this person's own.

        Answers without a name come in at the close only: while others still answer, what is new would tell whose it is.
        In a further round they come in where they do not stand out from those of earlier rounds.
        """
        found = self._consultations.read(person, case_id, consultation_id)
        audience = audience or found.audience_of(person.id)
        with self._connections.reading() as connection:
            invited = [_invitation(row) for row in _rows(connection, RespondentRow.consultation_id == consultation_id)]
            there = select(*_ANSWER).join(RespondentRow, RespondentRow.id == GivenAnswerRow.respondent_id)
            given = connection.execute(there.where(RespondentRow.consultation_id == consultation_id)).all()
            earlier = _answered_earlier(connection, found) if found.first else {}
        answers = [_answer(row) for row in given]
        kept = _comparable(answers, invited, earlier, audience) if earlier else answers
        by_respondent: dict[str, list[RespondentAnswer]] = {}
        for answer in kept:
            by_respondent.setdefault(answer.respondent, []).append(answer)
        return tuple(
            RespondentView(each.respondent, self._case(by_respondent[each.id], found), each.on_paper)
            for each in invited
            if each.id in by_respondent and (found.closed is not None or each.respondent.named_for(audience))
        )

    # For who answers

    def opened(self, secret: str, *, at: datetime) -> OpenedInvitation | None:
        """What a link leads to, though it may work no more; None where there never was such a one. Nothing is changed."""
        key = hashed(secret)
        columns = (*_INVITATION, *CONSULTATION, CaseRow.name.label("case_name"))
        wanted = select(*columns).join(ConsultationRow, ConsultationRow.id == RespondentRow.consultation_id)
        wanted = wanted.join(CaseRow, CaseRow.id == ConsultationRow.case_id)
        wanted = wanted.outerjoin(PersonRow, PersonRow.id == ConsultationRow.opened_by)
        with self._connections.reading() as connection:
            row = connection.execute(wanted.where(or_(RespondentRow.secret == key, RespondentRow.spent == key))).first()
        if row is None:
            return None
        invitation, consultation = _invitation(row), consultation_of(row, self._vocabulary)
        standing: LinkStanding = "open"
        if consultation.closed is not None:
            standing = "closed"
        elif invitation.revoked is not None:
            standing = "revoked"
        elif invitation.expires <= at:
            standing = "expired"
        elif row.secret != key:
            standing = "spent"
        return OpenedInvitation(invitation, consultation, row.case_name, standing)

    def begin(self, secret: str, *, at: datetime) -> str:
        """Begin to answer: the secret to go on with, which is another where the link works once. Raises `LinkEndedError`."""
        with self._connections.writing() as connection:
            invitation, _ = self._answering(connection, secret, at, held=True)
            onward = new_secret() if invitation.works_once and not invitation.exchanged else secret
            changed: dict[str, object] = {} if onward == secret else {"secret": hashed(onward), "spent": hashed(secret)}
            if invitation.begun is None:
                changed["begun"] = at
            if changed:
                connection.execute(update(RespondentRow).where(RespondentRow.id == invitation.id).values(changed))
        return onward

    def answers(self, secret: str, *, at: datetime) -> tuple[RespondentAnswer, ...]:
        """What whoever holds a link answered so far. Raises `LinkEndedError`."""
        with self._connections.reading() as connection:
            invitation, _ = self._answering(connection, secret, at)
            if not invitation.under_way:
                raise LinkEndedError
            rows = connection.execute(select(*_ANSWER).where(GivenAnswerRow.respondent_id == invitation.id)).all()
        return tuple(_answer(row) for row in rows)

    def case(self, secret: str, *, at: datetime) -> Case:
        """The same as a case, with the partners of the consultation. Raises `LinkEndedError`."""
        with self._connections.reading() as connection:
            invitation, found = self._answering(connection, secret, at)
            if not invitation.under_way:
                raise LinkEndedError
            rows = connection.execute(select(*_ANSWER).where(GivenAnswerRow.respondent_id == invitation.id)).all()
        return self._case([_answer(row) for row in rows], found)

    def save(self, secret: str, answers: Mapping[Line, Said], *, at: datetime) -> None:
        """Save some answers; what is empty takes one away. When it returns, they are kept. Raises `LinkEndedError`."""
        with self._connections.writing() as connection:
            invitation, found = self._answering(connection, secret, at, held=True)
            if not invitation.under_way:
                raise LinkEndedError
            _write(connection, invitation.id, self._asked(answers, found, invitation.respondent), at)
            note_change(connection, invitation.consultation)

    def _answering(
        self, connection: Connection, secret: str, at: datetime, *, held: bool = False
    ) -> tuple[Invitation, SavedConsultation]:
        """Who answers by a link that works, and where; where `held`, nobody closes or ends it meanwhile."""
        wanted = select(*_INVITATION).where(RespondentRow.secret == hashed(secret))
        row = connection.execute(wanted).first()
        if held and row is not None:
            locked = select(ConsultationRow.id).where(ConsultationRow.id == row.consultation_id)
            connection.execute(locked.with_for_update())
            row = connection.execute(wanted).first()
        if row is None:
            raise LinkEndedError
        invitation = _invitation(row)
        asked = select(*CONSULTATION).outerjoin(PersonRow, PersonRow.id == ConsultationRow.opened_by)
        there = connection.execute(asked.where(ConsultationRow.id == invitation.consultation)).first()
        if there is None:
            raise LinkEndedError
        found = consultation_of(there, self._vocabulary)
        if found.closed is not None or invitation.revoked is not None or invitation.expires <= at:
            raise LinkEndedError
        return invitation, found

    def _hold(self, connection: Connection, person: Person, case_id: str, consultation_id: str, respondent_id: str) -> Invitation:
        """A respondent of a consultation that is kept open. Raises `ConsultationClosedError` and `NoSuchCaseError`."""
        self._consultations.hold_open(connection, person, case_id, consultation_id)
        mine = RespondentRow.id == respondent_id, RespondentRow.consultation_id == consultation_id
        row = connection.execute(select(*_INVITATION).where(*mine)).first()
        return _missing(respondent_id) if row is None else _invitation(row)

    def _asked(self, answers: Mapping[Line, Said], found: SavedConsultation, respondent: Respondent) -> dict[Line, Said]:
        """Those that are asked: of the chosen questions, about the partners of the consultation.

        A note would be shown to nobody where a respondent is anonymous, and might give them away: it is not kept.
        """
        kept: dict[Line, Said] = {}
        for (name, partner), said in answers.items():
            question = self._vocabulary.questions.get(name)
            fits = question is not None and (question.asked == "partner") is (partner is not None)
            place = 0 if partner is None else place_of(partner, found.partners)
            if fits and name in found.questions and place is not None:
                options, note = said
                note = "" if respondent.shown == "anonymous" else note
                kept[name, None if partner is None else found.partners[place]] = options, note
        return kept

    def _case(self, answers: Iterable[RespondentAnswer], found: SavedConsultation) -> Case:
        """A case with these answers, as far as they are asked and the rulebook knows them."""
        told: dict[str | None, dict[str, Options]] = {None: {}, **{name: {} for name in found.partners}}
        notes: dict[str | None, dict[tuple[str, str], str]] = {None: {}, **{name: {} for name in found.partners}}
        for given in answers:
            question = self._vocabulary.questions.get(given.question)
            if question is None or given.question not in found.questions or given.partner not in told:
                continue
            if options := _known(given.options, question):
                told[given.partner][given.question] = options
            if given.note:
                notes[given.partner][given.question, ""] = given.note
        partners = tuple(Partner(name, told[name], notes[name]) for name in found.partners)
        return Case("", told[None], partners, notes=notes[None])


def said_in(case: Case) -> dict[Line, Said]:
    """Every answer and note of a case, by question and partner; notes to options of a question stand in one."""
    found: dict[Line, Said] = {}
    for owner in (None, *case.partners):
        answers, notes = (case.answers, case.notes) if owner is None else (owner.answers, owner.notes)
        name = None if owner is None else owner.name
        texts: dict[str, list[str]] = {}
        for (question, _), text in notes.items():
            texts.setdefault(question, []).append(text)
        for question in dict.fromkeys((*answers, *texts)):
            found[question, name] = tuple(answers.get(question, ())), " ".join(texts.get(question, ()))
    return found


def _known(options: Options, question: Question) -> Options:
    """Of an answer what the rulebook knows; it may be another than the one it was given by."""
    known = tuple(option for option in options if option in question.options)
    return known if question.kind == "several" or len(known) == 1 else ()


def _values(invitation: Invitation, secret: str) -> dict[str, object]:
    respondent = invitation.respondent
    return {
        "id": invitation.id,
        "consultation_id": invitation.consultation,
        "name": json.dumps(respondent.name),
        "speaks": respondent.speaks,
        "partner": json.dumps(respondent.partner),
        "shown": respondent.shown,
        "secret": hashed(secret),
        "created": invitation.created,
        "expires": invitation.expires,
        "first": "" if invitation.first == invitation.id else invitation.first,
    }


def _answered_earlier(connection: Connection, found: SavedConsultation) -> Mapping[str, _Answered]:
    """For each earlier round of a consultation who answered which line, by what they speak as and what they were promised."""
    columns = (
        RespondentRow.consultation_id,
        RespondentRow.id,
        RespondentRow.first,
        RespondentRow.speaks,
        RespondentRow.shown,
        RespondentRow.spent,
        GivenAnswerRow.question,
        GivenAnswerRow.partner,
        GivenAnswerRow.options,
    )
    wanted = select(*columns).join(GivenAnswerRow, GivenAnswerRow.respondent_id == RespondentRow.id)
    wanted = wanted.join(ConsultationRow, ConsultationRow.id == RespondentRow.consultation_id)
    series = or_(ConsultationRow.id == found.series, ConsultationRow.first == found.series)
    rows = connection.execute(wanted.where(series, ConsultationRow.created < found.created)).all()
    earlier: dict[str, _Answered] = {}
    for row in rows:
        if json.loads(row.options):
            by_link = row.shown == "by-name" or row.spent is not None
            key = row.speaks, row.shown, by_link, row.question, json.loads(row.partner)
            earlier.setdefault(row.consultation_id, {}).setdefault(key, set()).add(row.first or row.id)
    return earlier


def _comparable(
    answers: Sequence[RespondentAnswer],
    invited: Sequence[Invitation],
    earlier: Mapping[str, _Answered],
    audience: Audience,
) -> Iterator[RespondentAnswer]:
    """The answers but for those without a name that would stand out from those of earlier rounds."""
    by_id = {each.id: each for each in invited}

    def key_of(answer: RespondentAnswer) -> _Kind:
        invitation = by_id[answer.respondent]
        who = invitation.respondent
        return who.speaks, who.shown, not invitation.on_paper, answer.question, answer.partner

    now: _Answered = {}
    for answer in answers:
        if answer.options:
            now.setdefault(key_of(answer), set()).add(by_id[answer.respondent].first)
    for answer in answers:
        named, key = by_id[answer.respondent].respondent.named_for(audience), key_of(answer)
        if named or may_be_compared(now.get(key, set()), [each.get(key, set()) for each in earlier.values()]):
            yield answer


def _rows(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Row[*tuple[Any, ...]]]:
    return connection.execute(select(*_INVITATION).where(*where).order_by(RespondentRow.created, RespondentRow.id)).all()


def _missing(respondent_id: str) -> Invitation:
    raise NoSuchCaseError(respondent_id)


def _check(respondent: Respondent, there: Sequence[Invitation], partners: Sequence[str]) -> None:
    problems = Problems("")
    if len(there) >= MOST:
        problems.add("views-expected", found=len(there) + 1, allowed=(str(MOST),))
    if folded(respondent.name) in {folded(each.respondent.name) for each in there}:
        problems.add("duplicate-respondent", found=respondent.name)
    if respondent.speaks == "partner" and respondent.partner not in partners:
        problems.add("unknown-partner", about=respondent.name, found=respondent.partner, allowed=partners)
    problems.raise_if_any()


def _write(connection: Connection, respondent_id: str, answers: Mapping[Line, Said], at: datetime) -> None:
    for (question, partner), (options, note) in answers.items():
        key = {"respondent_id": respondent_id, "question": question, "partner": json.dumps(partner)}
        mine = (getattr(GivenAnswerRow, name) == value for name, value in key.items())
        connection.execute(delete(GivenAnswerRow).where(*mine))
        if options or note:
            connection.execute(
                insert(GivenAnswerRow), {**key, "options": json.dumps(options), "note": json.dumps(note), "at": at}
            )


def _invitation(row: Row[*tuple[Any, ...]]) -> Invitation:
    respondent = Respondent(
        json.loads(row.respondent), cast("Speaks", row.speaks), json.loads(row.spoken_for), cast("Shown", row.shown)
    )
    return Invitation(
        row.respondent_id,
        row.consultation_id,
        respondent,
        row.created,
        row.expires,
        row.revoked,
        row.begun,
        row.spent is not None,
        row.first_asked or row.respondent_id,
    )


def _answer(row: Row[*tuple[Any, ...]]) -> RespondentAnswer:
    options, note = tuple(json.loads(row.options)), json.loads(row.note)
    return RespondentAnswer(row.respondent_id, row.question, json.loads(row.partner), options, note, row.at)
