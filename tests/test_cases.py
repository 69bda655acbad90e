"""Every case under `tests/cases/` comes out as it says; every rule has one that fires it and a near one."""

import pytest

from advisor.engine.chain import ChainEngine
from advisor.engine.compiler import compile_program
from advisor.engine.inference import Inference, infer
from advisor.engine.program import Program
from advisor.loading import load
from advisor.model.conditions import Always
from advisor.model.rulebook import Rulebook
from case_files import Example, examples

EXAMPLES = examples(load().rulebook.vocabulary)
ENGINE = ChainEngine()
PROGRAMS: dict[int, Program] = {}


def inferred(example: Example, rulebook: Rulebook) -> Inference:
    count = len(example.case.partners)
    if count not in PROGRAMS:
        PROGRAMS[count] = compile_program(rulebook, count)
    return infer(example.case, rulebook, PROGRAMS[count], ENGINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_case_comes_out_as_it_says(example: Example, rulebook: Rulebook) -> None:
    inference = inferred(example, rulebook)
    fired = {name for name, _ in inference.rules_fired}
    assert not inference.facts.set_aside, f"these answers do not count here: {inference.facts.set_aside}"
    if example.fires:
        assert example.fires in rulebook.rules
        assert example.fires in fired
    if example.silent:
        assert example.silent not in fired
    for name, wanted in (example.expect or {}).items():
        assert set(wanted) <= concluded(inference, name), f"{name} is {concluded(inference, name)}"
    for name, unwanted in (example.never or {}).items():
        assert not set(unwanted) & concluded(inference, name)


def concluded(inference: Inference, name: str) -> set[str]:
    """The values of a finding, about the partnership or about any partner."""
    finding = inference.rulebook.vocabulary.findings[name]
    owners = range(len(inference.case.partners)) if finding.of == "partner" else (-1,)
    if finding.kind == "level":
        return {level for owner in owners if (level := inference.level(name, owner))}
    return {value for owner in owners for value in inference.values(name, owner)}


def test_every_rule_has_a_case_that_fires_it_and_a_near_one(rulebook: Rulebook) -> None:
    assert {e.fires for e in EXAMPLES if e.fires} == set(rulebook.rules)
    sometimes = {rule.id for rule in rulebook.rules.values() if not isinstance(rule.when, Always)}
    assert {e.silent for e in EXAMPLES if e.silent} == sometimes
