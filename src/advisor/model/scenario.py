"""Scenarios: named changes of a case. Applying one to a case gives a case; the case itself stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from advisor.model.carried_over import LeftOut
from advisor.model.case import Case, Notes, Partner
from advisor.model.conditions import Answers
from advisor.model.names import folded
from advisor.model.problems import InputError, Problem, nearest

MAX_SCENARIOS = 50  # in one case


@dataclass(frozen=True, slots=True)
class Scenario:
    """Changed answers about the agency and about partners by name, partners added and partners left out.

    An empty answer takes one away. `on` names the scenario this one builds on.
    """

    name: str
    answers: Answers = field(default_factory=dict)
    partners: Mapping[str, Answers] = field(default_factory=dict)
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    on: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a case file holds: the case, and its scenarios by name.

    `left_out` are answers that an earlier rulebook knew and this one does not, by scenario ("": of the case).
    """

    case: Case
    scenarios: Mapping[str, Scenario]
    left_out: Mapping[str, tuple[LeftOut, ...]] = field(default_factory=dict)

    def lineage(self, name: str) -> tuple[Scenario, ...]:
        """The scenario of this name with all it builds on, the lowest first."""
        found: list[Scenario] = []
        at: str | None = name
        while at is not None:
            found.append(self.scenarios[at])
            at = self.scenarios[at].on
        return tuple(reversed(found))

    def in_scenario(self, name: str) -> Case:
        """The case as it stands (""), or in a scenario. Raises `InputError` where it has no such scenario."""
        if name and name not in self.scenarios:
            known = tuple(self.scenarios)
            raise InputError([Problem("", 0, "no-such-scenario", found=name, allowed=known, nearest=nearest(name, known))])
        return self.under(name) if name else self.case

    def under(self, name: str) -> Case:
        """The case as it is in the scenario of this name."""
        case = self.case
        for scenario in self.lineage(name):
            case = apply(case, scenario)
        return case


def apply(case: Case, scenario: Scenario) -> Case:
    """The case with one scenario's own changes. Partners left out go first; added ones come last, in their order."""
    dropped = {folded(name) for name in scenario.drop}
    partners = [partner for partner in case.partners if folded(partner.name) not in dropped]
    partners += [Partner(name, {}) for name in scenario.add]
    changes = {folded(name): answers for name, answers in scenario.partners.items()}
    return replace(
        case,
        answers=laid_over(case.answers, scenario.answers),
        notes=_still_said(case.notes, scenario.answers),
        partners=tuple(_changed(partner, changes.get(folded(partner.name), {})) for partner in partners),
    )


def _changed(partner: Partner, changes: Answers) -> Partner:
    return replace(partner, answers=laid_over(partner.answers, changes), notes=_still_said(partner.notes, changes))


def _still_said(notes: Notes, changes: Answers) -> Notes:
    """The notes to answers that are not changed: what was said of another answer does not speak for the new one."""
    return {(question, option): text for (question, option), text in notes.items() if question not in changes}


def laid_over(answers: Answers, changes: Answers) -> Answers:
    """The answers with the changes in their place; an empty answer takes one away."""
    return {name: answer for name, answer in {**answers, **changes}.items() if answer}


def between(name: str, before: Case, after: Case) -> Scenario:
    """The scenario that turns one case into the other."""
    old = {partner.name: partner.answers for partner in before.partners}
    new = {partner.name: partner.answers for partner in after.partners}
    changed = {name: _changes(old.get(name, {}), answers) for name, answers in new.items()}
    return Scenario(
        name,
        _changes(before.answers, after.answers),
        {name: answers for name, answers in changed.items() if answers},
        _missing(new, old),
        _missing(old, new),
    )


def _changes(before: Answers, after: Answers) -> Answers:
    return {name: after.get(name, ()) for name in {**before, **after} if before.get(name, ()) != after.get(name, ())}


def _missing(names: Mapping[str, Answers], among: Mapping[str, Answers]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in among)


def names_after(names: Sequence[str], scenario: Scenario) -> list[str]:
    """The names of the partners once a scenario is applied."""
    dropped = {folded(name) for name in scenario.drop}
    return [name for name in names if folded(name) not in dropped] + list(scenario.add)


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """One answer changed: to which question, about whom (None: the agency), what it was and what it is then."""

    question: str
    partner: str | None
    was: tuple[str, ...]
    now: tuple[str, ...]
