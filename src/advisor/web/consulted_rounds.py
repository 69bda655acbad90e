"""Rounds of a consultation: the same asked again, when it is time to, and what became of the answers and of the advice."""

from collections.abc import Sequence
from datetime import date, timedelta

from advisor.explain.comparison import Reading
from advisor.model.rounds import round_days
from advisor.store.consultation_records import Invitation, SavedConsultation
from advisor.store.records import Person
from advisor.web.consulted import Consulted, consulted
from advisor.web.site import Site


def ask_again(
    site: Site, person: Person, case_id: str, consultation_id: str, time: timedelta
) -> tuple[SavedConsultation, tuple[tuple[Invitation, str], ...]]:
    """A further round, with everybody of the round before invited: the round, and each invitation with its secret.

    The links work for some time. Raises `InputError` where a round of it is still open.
    """
    store, now = site.store, site.clock()
    last = store.consultations.rounds(person, case_id, consultation_id)[-1]
    made = store.consultations.open_round(person, case_id, consultation_id, at=now)
    return made, store.respondents.ask_again(person, case_id, last.id, made.id, at=now, expires=now + time)


def next_round(rounds: Sequence[SavedConsultation]) -> date | None:
    """The day on which to ask again: so many months after the first close; None while a round is open, and after the last."""
    first, days = rounds[0].closed, len(rounds) - 1
    if first is None or any(each.closed is None for each in rounds):
        return None
    return next(iter(round_days(first.date())[days:]), None)


def days_to_ask_again(site: Site, person: Person, case_id: str) -> list[date]:
    """The next day on which to ask again, of each consultation on a case that has one."""
    by_series: dict[str, list[SavedConsultation]] = {}
    for each in reversed(site.store.consultations.list(person, case_id)):
        by_series.setdefault(each.series, []).append(each)
    return sorted(day for rounds in by_series.values() if (day := next_round(rounds)) is not None)


def rounds_of(site: Site, person: Person, case_id: str, consultation_id: str) -> tuple[Consulted, ...]:
    """What comes of each round of a consultation as this person may see it, the first in front."""
    found = site.store.consultations.rounds(person, case_id, consultation_id)
    return tuple(consulted(site, person, case_id, each.id) for each in found)


def then_and_now(site: Site, person: Person, rounds: Sequence[Consulted], labels: tuple[str, str]) -> Sequence[Reading]:
    """The advice on the case as it was at the first round, and as it is."""
    entry = rounds[0].saved.entry
    before = site.store.cases.at_revision(person, entry.id, rounds[0].consultation.revision).file.case
    now = rounds[0].saved.file.case

    def make() -> Sequence[Reading]:
        return site.service.readings(list(zip(labels, (before, now), strict=True)))

    return site.service.recent(("then-and-now", entry.id, rounds[0].consultation.revision, entry.revision, labels), make)
