"""What is said of how long saved cases are kept: what is deleted soon, and what is on hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from advisor.store.retention import Kept
from advisor.web.site import Site

LAST = timedelta(days=14)  # before something is deleted it is said for the second time


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """What is on hold in a case, and from when on what of it is deleted, where it is time to say so.

    Both by the id of a consultation's first round; "" is the case itself.
    """

    holds: frozenset[str]
    deleted: Mapping[str, datetime]
    last: frozenset[str]

    @property
    def consultations(self) -> list[datetime]:
        """When consultations on it are deleted, the first in front."""
        return sorted(moment for name, moment in self.deleted.items() if name)


def kept_notices(site: Site, cases: Iterable[str]) -> dict[str, KeptNotice]:
    """What is said of some cases, by their ids. Whether they may be seen was asked before."""
    now = site.clock()
    return {name: _notice(kept, now) for name, kept in site.store.retention.kept(cases).items()}


def kept_notice(site: Site, case_id: str) -> KeptNotice:
    """What is said of one case."""
    nothing = KeptNotice(frozenset(), {}, frozenset())
    return kept_notices(site, [case_id]).get(case_id, nothing)  # it may be deleted in this moment


def deletion_days(site: Site, case_id: str) -> list[date]:
    """The days on which a case or something in it is deleted, where it is time to say so."""
    return sorted({moment.date() for moment in kept_notice(site, case_id).deleted.values()})


def _notice(kept: Kept, now: datetime) -> KeptNotice:
    deleted = {each.consultation: each.deleted(now) for each in kept.near(now)}
    return KeptNotice(kept.holds, deleted, frozenset(name for name, moment in deleted.items() if moment - now <= LAST))
