"""Saves what a form changed, on top of what others saved since the form was made, or tells where the two clash."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from advisor.engine.program import AGENCY
from advisor.interview import name_refusal
from advisor.model.case import Case, Partner
from advisor.model.conditions import Answers
from advisor.model.problems import InputError
from advisor.model.scenario import CaseFile
from advisor.store.database import ConflictError, Store
from advisor.store.records import How, Person, Revision, SavedCase
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.intake.case_fields import said_about, with_said
from advisor.web.pages.intake.merge import AttributedChange, ChosenSide, Clash, attributed, called_now, changer, merge, remover

T = TypeVar("T")
_TRIES = 20  # saves of others that may come between; each is a race lost
GONE = "partner"  # the choice about a partner that was taken off the list


@dataclass(frozen=True, slots=True)
class Saved:
    """The case as it was saved, and as it was before; whom the form was about, by name (None: the agency, or gone).

    `since` is the revision the form was made from where others saved in between, else 0.
    """

    saved: SavedCase
    before: Case
    partner: str | None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Diverged:
    """Nothing was saved: the case as it is now, what both sides changed and by whom, or that the partner is `gone`.

    `form` is the number of the form that clashes, where a page has several.
    """

    current: SavedCase
    clashes: tuple[tuple[Clash, AttributedChange | None], ...]
    partner: str | None
    gone: bool = False
    remover: AttributedChange | None = None
    form: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form says, by field: made from which revision, about the agency or the partner that had this number then."""

    revision: int
    partner: int
    answers: Answers
    chosen: Mapping[str, ChosenSide]


def until_saved(attempt: Callable[[], T]) -> T:
    """What an attempt to save comes to, changed again where another save came in between reading and saving."""
    for _ in range(_TRIES - 1):
        try:
            return attempt()
        except ConflictError:
            continue
    return attempt()


class Saver:
    """Saves for one person in one case, at one time."""

    def __init__(self, store: Store, person: Person, case_id: str, at: datetime) -> None:
        self.store, self.person, self.case_id, self.at = store, person, case_id, at

    def save(self, *wanted: Wanted) -> Saved | Diverged:
        """Save the answers of a page's forms, made from the same revision, at once.

        Raises `NotFoundError` for a revision or a partner that never was.
        """
        return until_saved(lambda: self._try(wanted))

    def since(self, revision: int, until: int | None = None) -> list[Revision]:
        """The saves after a revision (up to `until`), the newest first."""
        found: list[Revision] = []
        before = None if until is None else until + 1
        while True:
            page = self.store.cases.history(self.person, self.case_id, before=before)
            found += [r for r in page.items if r.number > revision]
            if not page.following or page.items[-1].number <= revision + 1:
                return found
            before = int(page.following)

    def _try(self, wanted: Sequence[Wanted]) -> Saved | Diverged:
        current = self.store.cases.read(self.person, self.case_id)
        number, revision = current.entry.revision, wanted[0].revision
        if not 0 < revision <= number:
            raise NotFoundError
        fresh = revision == number
        base = current if fresh else self.store.cases.at_revision(self.person, self.case_id, revision)
        between = [] if fresh else self.since(revision)
        case, partner = current.file.case, None
        for form, each in enumerate(wanted):
            found = self._merged(base.file.case, case, each, current, between)
            if isinstance(found, Diverged):
                return replace(found, form=form)
            case, partner = found
        saved = current if case is current.file.case else self._save(current, case, merged=bool(between))
        return Saved(saved, current.file.case, partner, revision if between else 0)

    def _merged(
        self, base: Case, case: Case, wanted: Wanted, current: SavedCase, between: list[Revision]
    ) -> tuple[Case, str | None] | Diverged:
        """The case with a form's answers, and what its partner is called now (None: the agency, or gone)."""
        name = partner_name(base, wanted.partner)
        before = said_about(base, name) or {}
        now_called = None if name is None else called_now(name, between)
        if name is not None and (now_called is None or said_about(case, now_called) is None):
            return self._without(name, case, current, wanted, before, between)
        merged = merge(before, said_about(case, now_called) or {}, wanted.answers, wanted.chosen)
        if merged.clashes:
            news, names = attributed(between), {name, now_called}
            whose = tuple((clash, changer(news, clash.question, names)) for clash in merged.clashes)
            return Diverged(current, whose, now_called)
        return with_said(case, now_called, merged.answers), now_called

    def _without(
        self, name: str, case: Case, current: SavedCase, wanted: Wanted, before: Answers, between: list[Revision]
    ) -> tuple[Case, str | None] | Diverged:
        """The partner was taken off the list meanwhile: put it back with all answers, or let this form's go, as chosen."""
        choice = wanted.chosen.get(GONE)
        untouched = all(answer == before.get(question, ()) for question, answer in wanted.answers.items())
        if untouched or (choice is not None and choice.side == "theirs"):
            return case, None
        if choice is None:
            return Diverged(current, (), name, gone=True, remover=remover(attributed(between)))
        if refused := name_refusal(case, name):
            raise InputError([refused])
        listed = replace(case, partners=(*case.partners, Partner(name, {})))
        return with_said(listed, name, {**before, **wanted.answers}), name

    def _save(self, current: SavedCase, case: Case, *, merged: bool) -> SavedCase:
        file = CaseFile(case, current.file.scenarios)
        how: How = "merged" if merged else "saved"
        return self.store.cases.save(self.person, self.case_id, current.entry.revision, file, at=self.at, how=how)


def partner_name(case: Case, partner: int) -> str | None:
    """The name of the partner of a number, None for the agency. Raises `NotFoundError` where there is no such partner."""
    if partner == AGENCY:
        return None
    if not 0 <= partner < len(case.partners):
        raise NotFoundError
    return case.partners[partner].name
