"""Partners of a case put on its list, renamed and taken off it, in the case and in its scenarios."""

from collections.abc import Mapping
from dataclasses import replace

from advisor.model.case import Partner
from advisor.model.names import folded
from advisor.model.scenario import CaseFile, Scenario, names_after


def with_partner(file: CaseFile, name: str) -> CaseFile:
    """The file with one more partner. A scenario that added one of this name now changes this one."""
    case = replace(file.case, partners=(*file.case.partners, Partner(name, {})))
    return _fitting(CaseFile(case, file.scenarios))


def without_partner(file: CaseFile, name: str) -> CaseFile:
    """The file without a partner, and without what its scenarios say about it."""
    case = replace(file.case, partners=tuple(p for p in file.case.partners if p.name != name))
    return _fitting(CaseFile(case, file.scenarios))


def with_name(file: CaseFile, old: str, new: str) -> CaseFile:
    """The file with a partner under a new name, also in the scenarios, as far as they mean this partner by the old one."""
    partners = tuple(replace(p, name=new) if p.name == old else p for p in file.case.partners)
    scenarios = {}
    for name, scenario in file.scenarios.items():
        below = file.lineage(name)[:-1]
        drop = scenario.drop if _adds(below, old) else tuple(new if _same(each, old) else each for each in scenario.drop)
        changes = dict(scenario.partners)
        if not _adds((*below, scenario), old):
            changes = {new if _same(each, old) else each: answers for each, answers in changes.items()}
        scenarios[name] = replace(scenario, drop=drop, partners=changes)
    return _fitting(CaseFile(replace(file.case, partners=partners), scenarios))


def speaking_of(file: CaseFile, name: str) -> tuple[str, ...]:
    """The scenarios that leave out this partner or change answers about it."""
    return tuple(
        scenario.name
        for scenario in file.scenarios.values()
        if any(_same(each, name) for each in (*scenario.drop, *scenario.partners))
        and not _adds(file.lineage(scenario.name), name)
    )


def _fitting(file: CaseFile) -> CaseFile:
    """The file with scenarios that only leave out and change partners who are there, and add none who is."""
    fitted: dict[str, Scenario] = {}

    def fit(name: str) -> list[str]:
        """Fit a scenario and all that it builds on; returns the partners after it."""
        scenario = file.scenarios[name]
        names = [p.name for p in file.case.partners] if scenario.on is None else fit(scenario.on)
        here = {folded(each) for each in names}
        drop = tuple(each for each in scenario.drop if folded(each) in here)
        left = here - {folded(each) for each in drop}
        add = tuple(each for each in scenario.add if folded(each) not in left)
        after = left | {folded(each) for each in add}
        changes = {each: answers for each, answers in scenario.partners.items() if folded(each) in after}
        fitted[name] = replace(scenario, drop=drop, add=add, partners=changes)
        return names_after(names, fitted[name])

    for name in file.scenarios:
        fit(name)
    ordered: Mapping[str, Scenario] = {name: fitted[name] for name in file.scenarios}
    return CaseFile(file.case, ordered)


def _adds(scenarios: tuple[Scenario, ...], name: str) -> bool:
    return any(_same(each, name) for scenario in scenarios for each in scenario.add)


def _same(one: str, other: str) -> bool:
    return folded(one) == folded(other)
