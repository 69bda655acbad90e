"""All cases that a person may see at a glance: what is advised, how far the work is, what is overdue, and what is contested."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from advisor.model.case import unspoken
from advisor.model.consultation import Respondent, RespondentView, join
from advisor.store.consultation_records import SavedConsultation
from advisor.store.errors import NoSuchCaseError
from advisor.store.records import Entry, Person, Verdict
from advisor.web.followed import followed
from advisor.web.site import Site
from advisor.web.timestamps import time_of
from advisor.web.verdicts import verdicts_of

MOST = 200  # cases, those that were changed last
Progress = Literal["advice", "asking", "agreeing", "following"]
"""How far the work is: advice only, people are being asked, what they answered is to be agreed on, it is followed up."""
PROGRESS: tuple[Progress, ...] = ("advice", "asking", "agreeing", "following")


@dataclass(frozen=True, slots=True)
class PortfolioFilter:
    """Which cases are wanted; "" and False for all."""

    decision: str = ""
    progress: str = ""
    overdue: bool = False
    contested: bool = False


@dataclass(frozen=True, slots=True)
class PortfolioLine:
    """One case: the verdict where it has answers, how far it is, how much is overdue, and on how many questions people differ.

    `contested` counts in the last consultation, as this person may see it; None where there was none.
    """

    entry: Entry
    verdict: Verdict | None
    progress: Progress
    overdue: int
    contested: int | None


def portfolio(
    site: Site, person: Person, wanted: PortfolioFilter, day: date, elsewhere: Sequence[Person] = ()
) -> list[PortfolioLine]:
    """The cases out of the archive that a person may see and that are wanted, on a day; the most overdue first.

    `elsewhere` is the same person as a member of other organizations: of those that show it, cases with a consultation are in it.
    """
    shown = site.store.organizations.shown_elsewhere() if elsewhere else frozenset[str]()
    lines = list(_of(site, person, day))
    for other in elsewhere:
        if other.organization in shown:
            lines += [line for line in _of(site, other, day) if line.contested is not None]
    return sorted((line for line in lines if _is_wanted(line, wanted)), key=lambda line: (-line.overdue, -(line.contested or 0)))


def _of(site: Site, person: Person, day: date) -> Iterator[PortfolioLine]:
    """The cases that a person may see in one organization."""
    found = site.store.cases.list(person, limit=MOST).items
    return _lines(site, person, found, verdicts_of(site, person, found), day)


def _lines(
    site: Site, person: Person, entries: Sequence[Entry], verdicts: dict[str, Verdict], day: date
) -> Iterator[PortfolioLine]:
    for entry in entries:
        try:
            consultations = site.store.consultations.list(person, entry.id)
            last = consultations[0] if consultations else None
            steps = site.store.follow_ups.steps(person, entry.id)
            overdue = len(followed(site, person, entry.id, day).of("overdue")) if steps else 0
            contested = None if last is None else _contested(site, person, entry, last)
            adopted = last is not None and _is_adopted(site, person, entry, last)
        except NoSuchCaseError:  # deleted in this moment
            continue
        progress: Progress = "advice"
        if last is not None and last.closed is None:
            progress = "asking"
        elif last is not None and not adopted:
            progress = "agreeing"
        elif steps or adopted:
            progress = "following"
        yield PortfolioLine(entry, verdicts.get(entry.id), progress, overdue, contested)


def _contested(site: Site, person: Person, entry: Entry, found: SavedConsultation) -> int:
    """On how many of the questions that were asked the answers differ; the case is a voice, too."""

    def make() -> int:
        audience = found.audience_of(person.id)
        views = site.store.respondents.views(person, entry.id, found.id, audience)
        if not views:
            return 0
        case = site.store.cases.at_revision(person, entry.id, found.revision).file.case
        every = (RespondentView(Respondent("", "agency"), unspoken(case)), *views)
        points = join(every, site.service.vocabulary, audience=audience).contested
        return sum(point.question in found.questions for point in points)

    return site.service.recent(("contested", found.id, found.version, found.audience_of(person.id)), make)


def _is_adopted(site: Site, person: Person, entry: Entry, found: SavedConsultation) -> bool:
    return any(each.kind == "adopted" for each in site.store.consultations.decisions(person, entry.id, found.id))


def _is_wanted(line: PortfolioLine, wanted: PortfolioFilter) -> bool:
    decision = line.verdict.decision if line.verdict else ""
    return (
        wanted.decision in ("", decision)
        and wanted.progress in ("", line.progress)
        and (line.overdue > 0 or not wanted.overdue)
        and (bool(line.contested) or not wanted.contested)
    )


class PortfolioRecord(TypedDict):
    """A case at a glance: what is advised, how far the work is, how much is overdue, on how many questions people differ."""

    case: str
    name: str
    owner: str
    owner_name: str
    changed: datetime
    decision: str | None
    closeness: str | None
    progress: Progress
    overdue: int
    contested: int | None


class PortfolioList(TypedDict):
    """All cases that were asked for, the most overdue first."""

    items: list[PortfolioRecord]


def portfolio_record(line: PortfolioLine) -> dict[str, Any]:
    """One line, as the API shows it."""
    return {
        "case": line.entry.id,
        "name": line.entry.name,
        "owner": line.entry.owner,
        "owner_name": line.entry.owner_name,
        "changed": time_of(line.entry.changed),
        "decision": line.verdict.decision or None if line.verdict else None,
        "closeness": line.verdict.closeness or None if line.verdict else None,
        "progress": line.progress,
        "overdue": line.overdue,
        "contested": line.contested,
    }
