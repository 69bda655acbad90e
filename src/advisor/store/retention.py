"""How long an organization keeps cases and consultations after their last change, and their deletion when that is over.

Nothing is deleted that could not be seen to be for `NOTICE`: the first run that finds it notes so, and a later one deletes it.
So a shorter time, a hold that is lifted, a server that stood still and a clock that is wrong for a day delete nothing at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, and_, delete, func, insert, or_, select

from advisor.model.months import months_after
from advisor.model.problems import Problems
from advisor.store.audit import Audit, AuditEntry
from advisor.store.connections import Connections
from advisor.store.consultation_tables import ConsultationRow, DecisionRow, GivenAnswerRow, HandsRow, RespondentRow
from advisor.store.follow_up_tables import FollowUpRow
from advisor.store.retention_tables import HoldRow, NoticeRow, RetentionRow
from advisor.store.tables import CaseRow

NOTICE = timedelta(days=60)
MOST_MONTHS = 1200
_AT_ONCE = 200  # cases that are looked at together
_SHORTEST = timedelta(days=28)  # of a month


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How many months an organization keeps a case and a consultation after their last change; None: until deleted."""

    organization: str
    cases: int | None = None
    consultations: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """That a case, or a consultation of it (by the id of its first round; "": the case), is to be deleted.

    `due` is when its time is over, `since` from when on that is known (None: from now on).
    """

    case: str
    consultation: str
    due: datetime
    since: datetime | None

    def deleted(self, now: datetime) -> datetime:
        """From when on it is deleted, unless it is changed before."""
        return max(self.due, (self.since or now) + NOTICE)

    def is_near(self, now: datetime) -> bool:
        """Whether it is time to say so."""
        return self.deleted(now) - NOTICE <= now


@dataclass(frozen=True, slots=True)
class Kept:
    """How long a case and what is in it are kept: `endings` of the case first, then of its consultations; and what is on hold.

    `holds` are ids of first rounds, "" for the case itself. What is on hold has no ending.
    """

    case: str
    owner: str
    organization: str
    name: str
    endings: tuple[Ending, ...] = ()
    holds: frozenset[str] = frozenset()
    opened_by: Mapping[str, str] = field(default_factory=dict)

    def near(self, now: datetime) -> tuple[Ending, ...]:
        """The endings that it is time to tell of."""
        return tuple(each for each in self.endings if each.is_near(now))

    def ending_of(self, consultation: str = "") -> Ending | None:
        """That of the case, or of a consultation."""
        return next((each for each in self.endings if each.consultation == consultation), None)


class Retention:
    """The rules of a database, and what comes of them."""

    def __init__(self, connections: Connections, audit: Audit) -> None:
        self._connections, self._audit = connections, audit

    def rule(self, organization: str) -> RetentionRule:
        """The rule of an organization; without one, everything is kept until somebody deletes it."""
        return next((each for each in self.rules() if each.organization == organization), RetentionRule(organization))

    def rules(self) -> tuple[RetentionRule, ...]:
        """The rules that there are, by organization."""
        wanted = select(RetentionRow.organization, RetentionRow.cases, RetentionRow.consultations)
        with self._connections.reading() as connection:
            return tuple(RetentionRule(*row) for row in connection.execute(wanted.order_by(RetentionRow.organization)))

    def set_rule(self, rule: RetentionRule) -> None:
        """Have a rule hold from now on. Raises `InputError` where it cannot be meant."""
        problems = Problems("")
        for about, months in (("cases", rule.cases), ("consultations", rule.consultations)):
            if months is not None and not 0 < months <= MOST_MONTHS:
                problems.add("months-out-of-range", about=about, found=str(months), allowed=(str(MOST_MONTHS),))
        if not problems.found and rule.cases and rule.consultations and rule.consultations > rule.cases:
            found = str(rule.consultations)
            problems.add("consultations-outlast-cases", about="consultations", found=found, allowed=(str(rule.cases),))
        problems.raise_if_any()
        with self._connections.writing() as connection:
            connection.execute(delete(RetentionRow).where(RetentionRow.organization == rule.organization))
            if rule.cases or rule.consultations:
                values = {"organization": rule.organization, "cases": rule.cases, "consultations": rule.consultations}
                connection.execute(insert(RetentionRow), values)

    def kept(self, cases: Iterable[str]) -> Mapping[str, Kept]:
        """How long cases are kept, by their ids. Whether they may be seen was asked before."""
        with self._connections.reading() as connection:
            return _kept(connection, list(cases))

    def coming(self, at: datetime, organization: str | None = None) -> Iterator[Kept]:
        """The cases of an organization, or all, in which it is time to tell that something is deleted."""
        for rule in self.rules():
            if organization in (None, rule.organization):
                yield from self._coming(rule, at)

    def run(self, *, at: datetime, actor_name: str = "", came_from: str = "") -> Iterator[AuditEntry]:
        """Delete for good what was long enough known to be deleted, going on with each entry of the audit that is taken; note
        what is to be.

        Several may run at once, and what one leaves undone the next does: each deletion is one transaction with its entry.
        """
        new: list[Ending] = []
        try:
            for kept in self.coming(at):
                for ending in kept.near(at):
                    if ending.since is None:
                        new.append(ending)
                    elif ending.deleted(at) <= at and (made := self._delete(ending, at, actor_name, came_from)):
                        yield made
                if len(new) >= _AT_ONCE:
                    self._note(new, at)
                    new = []
            if new:
                self._note(new, at)
        finally:
            self._connections.forget_deleted()

    def _coming(self, rule: RetentionRule, at: datetime) -> Iterator[Kept]:
        near = []
        if rule.cases:
            near.append(CaseRow.changed <= at + NOTICE - rule.cases * _SHORTEST)
        if rule.consultations:
            begun = ConsultationRow.created <= at + NOTICE - rule.consultations * _SHORTEST
            near.append(select(ConsultationRow.id).where(ConsultationRow.case_id == CaseRow.id, begun).exists())
        wanted = select(CaseRow.id).where(CaseRow.organization == rule.organization, or_(*near)).order_by(CaseRow.id)
        last = ""
        while True:
            with self._connections.reading() as connection:
                ids = list(connection.execute(wanted.where(CaseRow.id > last).limit(_AT_ONCE)).scalars())
                found = _kept(connection, ids)
            yield from (each for each in found.values() if each.near(at))
            if len(ids) < _AT_ONCE:
                return
            last = ids[-1]

    def _note(self, endings: Sequence[Ending], at: datetime) -> None:
        """Note from when on it can be seen that something is deleted, where that is not noted."""
        with self._connections.writing() as connection:
            there = _locked(connection, {each.case for each in endings})
            for each in endings:
                if each.case in there:
                    mine = NoticeRow.case_id == each.case, NoticeRow.consultation == each.consultation
                    connection.execute(delete(NoticeRow).where(*mine, NoticeRow.ends != each.due))
                    values = {"case_id": each.case, "consultation": each.consultation, "ends": each.due, "since": at}
                    connection.execute(self._connections.insert_new(NoticeRow), values)

    def _delete(self, ending: Ending, at: datetime, actor_name: str, came_from: str) -> AuditEntry | None:
        """Delete a case or a consultation; None where it is gone, or not to be deleted any more."""
        with self._connections.writing() as connection:
            if not _locked(connection, {ending.case}):
                return None
            locked = select(ConsultationRow.id).where(ConsultationRow.case_id == ending.case).with_for_update()
            connection.execute(locked).all()  # nobody answers meanwhile
            kept = _kept(connection, [ending.case])[ending.case]
            now = kept.ending_of(ending.consultation)
            if now is None or now.since is None or now.deleted(at) > at:
                return None
            subjects = {"case": ending.case}
            if ending.consultation:
                rounds = or_(ConsultationRow.id == ending.consultation, ConsultationRow.first == ending.consultation)
                connection.execute(delete(ConsultationRow).where(rounds))
                mine = NoticeRow.case_id == ending.case, NoticeRow.consultation == ending.consultation
                connection.execute(delete(NoticeRow).where(*mine))
                subjects["consultation"] = ending.consultation
            else:
                connection.execute(delete(CaseRow).where(CaseRow.id == ending.case))
            entry = self._audit.add(
                connection,
                "consultation-expired" if ending.consultation else "case-expired",
                at=at,
                actor_name=actor_name,
                organization=kept.organization,
                came_from=came_from,
                subjects=subjects,
            )
        self._connections.forget_deleted()
        return entry


def _locked(connection: Connection, cases: Collection[str]) -> set[str]:
    """Keep cases as they are until the transaction ends; those that are there."""
    wanted = select(CaseRow.id).where(CaseRow.id.in_(sorted(cases))).order_by(CaseRow.id).with_for_update()
    return set(connection.execute(wanted).scalars())


def _kept(connection: Connection, ids: list[str]) -> dict[str, Kept]:
    """How long cases are kept. A case changes with what is noted of it and in its consultations."""
    rules = {row.organization: row for row in connection.execute(_RULES.where(CaseRow.id.in_(ids)).distinct())}
    holds = _holds(connection, ids)
    cases = connection.execute(_CASES.where(CaseRow.id.in_(ids)).order_by(CaseRow.id)).all()
    consulted: dict[str, list[Row[*tuple[Any, ...]]]] = {}
    notices: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    if rules:
        for row in connection.execute(_CONSULTATIONS.where(ConsultationRow.case_id.in_(ids)).order_by(ConsultationRow.id)):
            consulted.setdefault(row.case_id, []).append(row)
        for row in connection.execute(_NOTICES.where(NoticeRow.case_id.in_(ids))):
            notices[row.case_id, row.consultation] = row.ends, row.since
    found = {}
    for case in cases:
        rule, held, rounds = rules.get(case.organization), holds.get(case.id, frozenset()), consulted.get(case.id, [])
        series: dict[str, datetime] = {}
        for row in rounds:
            name = row.first or row.id
            series[name] = max(_changed(row), series.get(name, row.created))
        last = max(each for each in (case.changed, case.followed, *series.values()) if each is not None)
        due = {}
        if rule is not None and rule.cases and not held:
            due[""] = _after(last, rule.cases)
        if rule is not None and rule.consultations and "" not in held:
            due |= {name: _after(each, rule.consultations) for name, each in series.items() if name not in held}
        endings = tuple(
            Ending(case.id, name, moment, since if ends == moment else None)
            for name, moment in due.items()
            for ends, since in [notices.get((case.id, name), (None, None))]
        )
        opened_by = {row.id: row.opened_by for row in rounds if not row.first}
        found[case.id] = Kept(case.id, case.owner, case.organization, case.name, endings, held, opened_by)
    return found


def _holds(connection: Connection, ids: list[str]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    wanted = select(HoldRow.case_id, HoldRow.consultation_id).where(HoldRow.case_id.in_(ids))
    for case, consultation in connection.execute(wanted):
        found[case] = found.get(case, frozenset()) | {consultation or ""}
    return found


def _changed(row: Row[*tuple[Any, ...]]) -> datetime:
    """When a consultation was last changed. When somebody answered is not to be read off it.

    So one that is open counts as changed until its last link ends; later only hands are counted and what was written on
    paper is entered.
    """
    told: list[datetime | None] = [row.created, row.closed, row.decided]
    if row.closed is None:
        told += [row.invited, row.until, row.answered, row.counted]
    return max(each for each in told if each is not None)


def _after(moment: datetime, months: int) -> datetime:
    return datetime.combine(months_after(moment.date(), months), moment.timetz())


def _latest(column: Any, *wanted: ColumnElement[bool]) -> ScalarSelect[Any]:
    """The last moment in a column, of the rows that hang on the row of the query around it."""
    return select(func.max(column, type_=column.type)).where(and_(*wanted)).scalar_subquery()


_ASKED = RespondentRow.consultation_id == ConsultationRow.id
_RULES = select(RetentionRow.organization, RetentionRow.cases, RetentionRow.consultations).join(
    CaseRow, CaseRow.organization == RetentionRow.organization
)
_NOTICES = select(NoticeRow.case_id, NoticeRow.consultation, NoticeRow.ends, NoticeRow.since)
_CASES = select(
    CaseRow.id,
    CaseRow.owner,
    CaseRow.organization,
    CaseRow.name,
    CaseRow.changed,
    _latest(FollowUpRow.at, FollowUpRow.case_id == CaseRow.id).label("followed"),
)
_CONSULTATIONS = select(
    ConsultationRow.id,
    ConsultationRow.case_id,
    ConsultationRow.first,
    ConsultationRow.opened_by,
    ConsultationRow.created,
    ConsultationRow.closed,
    _latest(DecisionRow.at, DecisionRow.consultation_id == ConsultationRow.id).label("decided"),
    _latest(RespondentRow.created, _ASKED).label("invited"),
    _latest(RespondentRow.expires, _ASKED).label("until"),
    _latest(GivenAnswerRow.at, _ASKED, GivenAnswerRow.respondent_id == RespondentRow.id).label("answered"),
    _latest(HandsRow.at, HandsRow.consultation_id == ConsultationRow.id).label("counted"),
)
