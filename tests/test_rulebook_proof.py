"""`rules prove` proves what holds and finds a small case against what does not."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.deadline import Deadline
from advisor.analysis.invariants import Further, Invariant, Never, Rests, read_invariants
from advisor.analysis.redundancy import CLAIMS, prove_needed
from advisor.analysis.rulebook_proof import prove, write_witnesses
from advisor.analysis.verification import Proof, Prover
from advisor.engine import engine
from advisor.engine.compiler import compile_program
from advisor.engine.inference import infer
from advisor.engine.program import AGENCY
from advisor.engine.slots import case_with
from advisor.io.case_reader import read_case
from advisor.io.rulebook_reader import read_rulebook
from advisor.model.case import Case, Partner
from advisor.model.conditions import All, Answered, Found, Known
from advisor.model.problems import InputError
from advisor.model.rulebook import Rule, Rulebook
from conftest import ROOT
from support import brute_force
from support.random_rulebooks import MODEST, SEEDS, random_rulebook


def altered(rulebook: Rulebook, rule: Rule) -> Rulebook:
    """The rulebook with one rule more, or one changed."""
    return replace(rulebook, rules={**rulebook.rules, rule.id: rule})


def one(rulebook: Rulebook, invariant: Invariant) -> Proof:
    return Prover(rulebook, [invariant], 1).prove(invariant, Deadline())


def planted(rulebook: Rulebook, **changes: object) -> Rule:
    """A rule of the rulebook, made into another one."""
    return replace(next(iter(rulebook.rules.values())), id="planted", about="agency", **changes)  # type: ignore[arg-type]


def test_a_rule_that_gives_a_second_outcome_of_the_gate_is_found(rulebook: Rulebook) -> None:
    both = Never("one-outcome", All((Found("proceed", "continue"), Found("proceed", "do-not-form"))))
    assert one(rulebook, both).verdict == "proved"
    wrong = planted(rulebook, when=Answered("wanted.aim", ("exchange",)), conclusions=(("proceed", "do-not-form"),))
    changed = altered(rulebook, wrong)
    found = one(changed, both)
    assert found.verdict == "refuted"
    assert found.witness is not None
    assert found.witness.answers["wanted.aim"] == ("exchange",)

    def outcomes(case: Case) -> set[str]:
        return set(infer(case, changed, compile_program(changed, len(case.partners)), engine("chain")).concluded("proceed"))

    assert outcomes(found.witness) == {"continue", "do-not-form"}
    for question in found.witness.answers:
        assert outcomes(case_with(found.witness, {(AGENCY, question): ()})) != {"continue", "do-not-form"}, "smaller would do"
    assert "planted" in found.rules


def test_a_conclusion_from_silence_is_found(rulebook: Rulebook) -> None:
    rests = Rests("rests", (("instrument", "statutory-change"),))
    assert one(rulebook, rests).verdict == "proved"
    wrong = planted(rulebook, when=Known("possible.law", wanted=False), conclusions=(("instrument", "statutory-change"),))
    found = one(altered(rulebook, wrong), rests)
    assert (found.verdict, found.about) == ("refuted", ("instrument=statutory-change",))
    assert found.witness is not None
    assert not found.witness.answers


def test_a_need_that_stops_the_partnership_is_found(rulebook: Rulebook) -> None:
    further = Further("further", "need", "dimension", "falling")
    assert one(rulebook, further).verdict == "proved"
    wrong = planted(rulebook, when=Found("need", "collaboration", "at_least"), conclusions=(("stop", "law-forbids"),))
    found = one(altered(rulebook, wrong), further)
    assert found.verdict == "refuted"
    assert found.witness is not None


def test_rules_without_a_use_are_found() -> None:
    """On a small rulebook: that none of a thousand rules could be done without takes the solver minutes to show."""
    small = read_rulebook(ROOT / "tests/rulebooks/volunteer-program/rules")
    dead = planted(small, when=All((Answered("task.rhythm", ("once",)), Answered("task.rhythm", ("lasting",)))))
    twin = replace(small.rules["nobody-to-coordinate"], id="twin")
    found = {proof.claim: proof for proof in prove_needed(altered(altered(small, dead), twin), (1,), Deadline())}
    assert found[CLAIMS[0]].about == ("planted",)
    assert set(found[CLAIMS[1]].about) == {"planted", "twin", "nobody-to-coordinate"}


@pytest.mark.long
def test_time_that_runs_out_is_not_decided_and_never_an_answer(rulebook: Rulebook) -> None:
    invariants = read_invariants(ROOT / "rules", rulebook.vocabulary)
    proofs = list(prove(rulebook, invariants[:2], limit=0.0))
    assert {proof.verdict for proof in proofs} == {"not-decided"}


def test_witnesses_are_case_files(rulebook: Rulebook, tmp_path: Path) -> None:
    case = Case("w", {"wanted.aim": ("exchange",)}, (Partner("Partner 1", {}),))
    paths = write_witnesses([Proof("claim", (1,), "refuted", case)], tmp_path / "new", rulebook)
    assert read_case(paths["claim", (1,)], rulebook.vocabulary).answers == case.answers


def test_a_wrong_invariant_is_reported_with_its_line(rulebook: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "vocabulary").mkdir()
    (tmp_path / "vocabulary/invariants.yaml").write_text(
        "invariants:\n  - {id: a, never: {proceed: former}}\n  - {id: b, further: needs, keeps: dimension, from: up}\n"
        "  - {id: b, rests-on-answers: {caution: nothing}}\n  - {id: d, rests-on-answers: {cautions: x}}\n"
        "contradictions: {caution: [[nothing, at-all]], cautions: []}\n"
    )
    with pytest.raises(InputError) as caught:
        read_invariants(tmp_path, rulebook.vocabulary)
    codes = [problem.code for problem in caught.value.problems]
    assert codes.count("unknown-value") == 5
    assert codes.count("unknown-finding") == 3
    assert "duplicate-id" in codes


@MODEST
@given(SEEDS)
def test_proofs_about_small_rulebooks_are_what_trying_every_case_says(random: Random) -> None:
    rulebook = random_rulebook(random, random.randint(1, 3), random.randint(1, 5), random.randint(1, 10))
    ground = GroundedRulebook(rulebook, compile_program(rulebook, 1))
    if len(ground.conclusions) < 2:
        return
    inferences = [brute_force.inferred(case, ground) for case in brute_force.every_case(ground)]
    fired = {name for inference in inferences for name, _ in inference.rules_fired}
    shown = {(c.finding, c.value) for c in ground.conclusions for i in inferences if brute_force.holds(c, i)}
    found = {proof.claim: proof for proof in prove_needed(rulebook, (1,), Deadline())}
    assert set(found[CLAIMS[0]].about) == set(rulebook.rules) - fired
    levels = {name for name, finding in rulebook.vocabulary.findings.items() if finding.kind == "level"}
    missing = {tuple(about.split("=")) for about in found[CLAIMS[2]].about}
    assert not missing & shown
    assert all(pair in missing for pair in _declared(rulebook) - shown if pair[0] not in levels)
    pair = [c for c in random.sample(ground.conclusions, 2) if c.value is not None and c.partner < 0]
    if len(pair) == 2:
        never = Never("never", All(tuple(Found(c.finding, c.value or "") for c in pair)))
        against = any(all(brute_force.holds(c, inference) for c in pair) for inference in inferences)
        proof = one(rulebook, never)
        assert (proof.verdict == "refuted") is against
        if proof.witness is not None:
            inference = infer(proof.witness, rulebook, ground.program, brute_force.ENGINE)
            assert all(brute_force.holds(c, inference) for c in pair)


def _declared(rulebook: Rulebook) -> set[tuple[str, str]]:
    return {(finding.name, value) for finding in rulebook.vocabulary.findings.values() for value in finding.values}
