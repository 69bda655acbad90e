"""Every case under `tests/cases/` comes out as it says; every rule has one that fires it and a near one."""

from collections.abc import Iterator

from advisor.engine.inference import Inference
from advisor.model.conditions import Always
from advisor.model.rulebook import Rulebook
from support.case_files import Assessed


def test_every_case_comes_out_as_it_says(assessed: tuple[Assessed, ...]) -> None:
    wrong = [f"{each.example}: {said}" for each in assessed for said in differences(each)]
    assert not wrong, "\n".join(wrong)


def differences(each: Assessed) -> Iterator[str]:
    """What did not come out as a case says."""
    example, inference = each.example, each.inference
    fired = {name for name, _ in inference.rules_fired}
    if inference.facts.set_aside:
        yield f"these answers do not count here: {inference.facts.set_aside}"
    if example.fires and example.fires not in fired:
        yield f"{example.fires} does not fire"
    if example.silent and example.silent in fired:
        yield f"{example.silent} fires"
    for name, wanted in (example.expect or {}).items():
        if not set(wanted) <= concluded(inference, name):
            yield f"{name} is {concluded(inference, name)}"
    for name, unwanted in (example.never or {}).items():
        if set(unwanted) & concluded(inference, name):
            yield f"{name} is {concluded(inference, name)}"


def concluded(inference: Inference, name: str) -> set[str]:
    """The values of a finding, about the partnership or about any partner."""
    finding = inference.rulebook.vocabulary.findings[name]
    owners = range(len(inference.case.partners)) if finding.of == "partner" else (-1,)
    if finding.kind == "level":
        return {level for owner in owners if (level := inference.level(name, owner))}
    return {value for owner in owners for value in inference.values(name, owner)}


def test_every_rule_has_a_case_that_fires_it_and_a_near_one(assessed: tuple[Assessed, ...], rulebook: Rulebook) -> None:
    assert {each.example.fires for each in assessed if each.example.fires} == set(rulebook.rules)
    sometimes = {rule.id for rule in rulebook.rules.values() if not isinstance(rule.when, Always)}
    assert {each.example.silent for each in assessed if each.example.silent} == sometimes
