"""The sweep comes to chain's conclusions, finding for finding, whatever is fixed and whatever varies."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.engine.compiler import compile_program
from advisor.engine.program import AGENCY
from advisor.loading import Loaded
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Any,
    Condition,
    Count,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.sweep.answers import Axis
from advisor.sweep.circuit import FALSE, TRUE, Circuit
from advisor.sweep.kernel import Kernel, bits, count, lay_out
from advisor.sweep.plan import constraining
from advisor.sweep.specialize import TRUE_PLACE, Family, conclusion_columns, specialize
from support import naive_engine
from support.random_rulebooks import rulebooks
from support.sampling import sampled
from support.sweeps import case_at, differences, drawn, everything_varies, some_family

PARTNERS = 3


@pytest.mark.parametrize("partners", sampled([PARTNERS, 1, 0], 3))
def test_the_full_rulebook_concludes_what_chain_concludes(loaded: Loaded, partners: int) -> None:
    family = everything_varies(loaded.rulebook.vocabulary, partners)
    programs = {partners: loaded.program(partners)}
    columns = drawn(family, 700, seed=partners)
    assert list(differences(loaded.rulebook, programs, family, columns, 700)) == []


@pytest.mark.long
def test_the_full_rulebook_concludes_what_chain_concludes_100_000_times(loaded: Loaded) -> None:
    family = everything_varies(loaded.rulebook.vocabulary, PARTNERS)
    programs = {PARTNERS: loaded.program(PARTNERS)}
    for seed in range(20):
        columns = drawn(family, 5_000, seed=100 + seed)
        assert list(differences(loaded.rulebook, programs, family, columns, 5_000)) == []


@pytest.mark.parametrize("seed", sampled(range(4)))
def test_what_is_fixed_may_be_folded_in_and_partners_left_out(loaded: Loaded, seed: int) -> None:
    family = some_family(Random(seed), loaded.rulebook.vocabulary, 2)
    programs = {n: loaded.program(n) for n in range(3)}
    columns = [*drawn(family, 150, seed)]
    columns += [(np.arange(150) // 2**n % 2).astype(np.uint8) for n in range(len(family.optional))]
    assert list(differences(loaded.rulebook, programs, family, columns, 150)) == []


@settings(max_examples=60)
@given(st.data())
def test_random_rulebooks_conclude_what_chain_concludes(data: st.DataObject) -> None:
    rulebook = data.draw(rulebooks())
    random = data.draw(st.randoms(use_true_random=True))
    partners = random.randrange(4)
    programs = {n: compile_program(rulebook, n) for n in range(partners + 1)}
    vocabulary = rulebook.vocabulary
    whole = random.random() < 0.5
    family = everything_varies(vocabulary, partners) if whole else some_family(random, vocabulary, partners)
    columns = [*drawn(family, 70, random.randrange(2**32))]
    columns += [np.array([random.randrange(2) for _ in range(70)], np.uint8) for _ in family.optional]
    assert list(differences(rulebook, programs, family, columns, 70, words=1)) == []


TRUST, AIM = Answered("partner.trust", ("low", "broken")), Answered("wanted.aim", ("exchange", "one-entity"))


@pytest.mark.parametrize(
    "condition",
    [
        Always(),
        AIM,
        Includes("wanted.obstacle", "waiting"),
        Includes("wanted.obstacle", "waiting", wanted=False),
        Known("wanted.aim"),
        Known("possible.records-law", wanted=False),
        All((AIM, Known("wanted.obstacle"))),
        Any((AIM, Includes("wanted.obstacle", "none"))),
        Any(()),
        Count(2, (AIM, Known("possible.records-law"), Includes("wanted.obstacle", "waiting"))),
        Partners("any", TRUST),
        Partners("every", All((TRUST, Known("wanted.aim")))),
        PartnerCount(2, Known("partner.trust")),
        Not(Partners("any", TRUST)),
    ],
    ids=str,
)
@pytest.mark.parametrize("partners", [0, 2])
def test_a_constraint_holds_where_it_holds_on_the_answers_that_count(loaded: Loaded, condition: Condition, partners: int) -> None:
    vocabulary = loaded.rulebook.vocabulary
    family = everything_varies(vocabulary, partners)
    columns = drawn(family, 200, seed=8)
    only, atoms = constraining(loaded.rulebook, [condition])
    found = specialize(vocabulary, {partners: compile_program(only, partners)}, family, (), atoms)
    held = np.full(200, found.constraint == TRUE_PLACE)
    if found.constraint >= 0:
        held = bits(Kernel(found.layout, 4).run(columns, 200)[found.constraint], 200)
    for row in range(200):
        facts = naive_engine.facts_of(case_at(family, columns, row), vocabulary)
        assert held[row] == naive_engine.met(condition, facts.agency, facts.partners)


def test_only_clauses_that_bear_on_what_is_wanted_are_needed(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    family = everything_varies(vocabulary, 1)
    programs = {1: loaded.program(1)}
    whole = specialize(vocabulary, programs, family, conclusion_columns(vocabulary, family.partners))
    part = specialize(vocabulary, programs, family, conclusion_columns(vocabulary, family.partners, ["dimension"]))
    assert part.clauses == whole.clauses == len(programs[1].clauses)
    assert part.clauses_needed < whole.clauses_needed / 3
    assert len(part.layout.inputs) < len(whole.layout.inputs) * 3 / 4  # a verdict rests on each thing that is ruled out


def test_a_family_in_which_nothing_varies_needs_no_steps(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    family = Family((), {(AGENCY, "wanted.aim"): ("exchange",)}, ())
    found = specialize(vocabulary, {0: loaded.program(0)}, family, conclusion_columns(vocabulary, (), ["dimension", "need"]))
    assert found.gates == 0
    assert found.varying() == []


def test_an_axis_with_one_answer_is_fixed(loaded: Loaded) -> None:
    vocabulary = loaded.rulebook.vocabulary
    family = Family((), {}, (Axis(AGENCY, "wanted.aim", (("exchange",),)),))
    found = specialize(vocabulary, {0: loaded.program(0)}, family, conclusion_columns(vocabulary, (), ["need"]))
    assert found.layout.inputs == ()


def test_a_circuit_is_folded_while_it_is_built() -> None:
    circuit = Circuit()
    a, b = circuit.input("a"), circuit.input("b")
    first, second, third = circuit.one_of(["x", "y", "z"])
    assert circuit.every([a, TRUE]) == a
    assert circuit.every([a, FALSE]) == circuit.every([a, a ^ 1]) == FALSE
    assert circuit.every([a, b]) == circuit.every([b, a, a])
    assert circuit.every([first, second]) == FALSE
    assert circuit.some([first, second, third]) == TRUE
    assert circuit.one_of(["only"]) == (TRUE,)
    assert circuit.at_least(0, [a]) == TRUE
    assert circuit.at_least(3, [a, b]) == FALSE


@pytest.mark.parametrize("scenarios", [1, 63, 64, 65, 128, 1000])
def test_every_output_is_given_whatever_polarity_it_has(scenarios: int) -> None:
    circuit = Circuit()
    a, b, c = (circuit.input((n, 1)) for n in range(3))
    wanted = [FALSE, TRUE, a, a ^ 1, circuit.every([a, b]), circuit.every([a, b]) ^ 1, circuit.some([a, b ^ 1, c])]
    wanted += [circuit.at_least(2, [a, b, c]), circuit.at_least(2, [a, b, c])]
    columns = [np.random.default_rng(n).integers(0, 2, scenarios, dtype=np.uint8) for n in range(3)]
    x, y, z = (column.astype(bool) for column in columns)
    expected = [x & False, x | True, x, ~x, x & y, ~(x & y), x | ~y | z, *[(x & y) | (x & z) | (y & z)] * 2]
    results = Kernel(lay_out(circuit, wanted), words=2).run(columns, scenarios)
    for row, truth in zip(results, expected, strict=True):
        assert (bits(row, scenarios) == truth).all()
    assert count(results, scenarios).tolist() == [int(truth.sum()) for truth in expected]
