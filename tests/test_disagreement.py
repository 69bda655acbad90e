"""What stands whoever is right, and what each disagreement turns, is what trying every combination says.

`make consultations` goes through some 3,600 random consultations.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from advisor.analysis.consultation import tiers
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.disagreement import Disagreement
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from support.consultations import Dispute, Enumerated, dispute_on, small_dispute

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.yaml"))
FEW = (1, 3)  # combinations evaluated first, so that nearly all is left to the solver
ALL = 4096


def check(asked: Disagreement, truth: Enumerated, random: Random) -> None:
    """Everything that is said of a dispute, against every combination of it."""
    standing = asked.standing()
    assert standing == truth.standing()
    contested = [n for n, status in enumerate(standing) if status == "contested"]
    for contest, answers in enumerate(truth.dispute.contests):
        stake = asked.stake(contest, contested)
        assert stake.turns == truth.turns(contest)
        for answer, prospect in enumerate(stake.prospects):
            then = truth.standing({contest: answer})
            assert prospect.holds == tuple(n for n in contested if then[n] == "settled")
            assert prospect.falls == tuple(n for n in contested if then[n] == "excluded")
            assert prospect.left == tuple(n for n in contested if then[n] == "contested")
        assert len(stake.prospects) == len(answers.answers)
    right = {n: random.randrange(len(c.answers)) for n, c in enumerate(truth.dispute.contests) if random.random() < 0.5}
    assert asked.standing(right) == truth.standing(right)
    assert asked.standing(right, among=contested) == tuple(truth.standing(right)[n] for n in contested)


def check_small(seed: int) -> None:
    dispute = small_dispute(Random(seed))
    truth = Enumerated(dispute)
    for size in (*FEW, ALL):
        check(dispute.asked(size), truth, Random(seed))


def on_examples(loaded: Loaded, number: int, most: int) -> Iterator[tuple[Dispute, Random]]:
    """Disputes on the examples, in turn."""
    cases: list[Case] = [read_case(path, loaded.rulebook.vocabulary) for path in EXAMPLES]
    findings = [finding for tier in tiers(loaded.rulebook.vocabulary.advice_parts) for finding in tier]
    for seed in range(number):
        case, random = cases[seed % len(cases)], Random(seed)
        yield dispute_on(case, loaded.rulebook, loaded.program(len(case.partners)), findings, random, most), random


def check_large(dispute: Dispute, random: Random, combinations: int) -> None:
    """Of more combinations than can be tried: what is said of all of them is true of some drawn at random."""
    standing = dispute.asked(64).standing()
    assert standing == dispute.asked(4096).standing()  # what is not seen is solved, so it does not depend on how much is seen
    for _ in range(combinations):
        held = dispute.holding(dispute.drawn(random))
        wrong = [n for n, status in enumerate(standing) if status in ("settled", "excluded") and held[n] != (status == "settled")]
        assert not wrong


def test_on_small_rulebooks() -> None:
    for seed in range(150):
        check_small(seed)


def test_on_the_rulebook_with_few_disagreements(loaded: Loaded) -> None:
    for dispute, random in on_examples(loaded, 8, 4):
        truth = Enumerated(dispute)
        for size in (FEW[0], ALL):
            check(dispute.asked(size), truth, random)


@pytest.mark.long
def test_on_the_rulebook_with_thirty_disagreements(loaded: Loaded) -> None:
    for dispute, random in on_examples(loaded, 6, 30):
        check_large(dispute, random, 30)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 4000, 100))
def test_on_many_small_rulebooks(seed: int) -> None:
    for each in range(seed, seed + 100):
        check_small(each)


@pytest.mark.long
def test_on_the_rulebook_with_few_disagreements_many_times(loaded: Loaded) -> None:
    for dispute, random in on_examples(loaded, 300, 4):
        truth = Enumerated(dispute)
        for size in (FEW[0], ALL):
            check(dispute.asked(size), truth, random)


@pytest.mark.long
def test_on_the_rulebook_with_thirty_disagreements_many_times(loaded: Loaded) -> None:
    for dispute, random in on_examples(loaded, 300, 30):
        check_large(dispute, random, 60)


def test_without_a_disagreement_it_is_the_advice(loaded: Loaded) -> None:
    ((dispute, _),) = on_examples(loaded, 1, 0)
    held = dispute.holding(())
    assert dispute.asked(ALL).standing() == tuple("settled" if each else "excluded" for each in held)


def test_what_the_time_does_not_suffice_for_is_not_decided(loaded: Loaded) -> None:
    ((dispute, _),) = on_examples(loaded, 1, 30)
    over = Deadline(0.0)
    standing = dispute.asked(1).standing(deadline=over)
    assert "not-decided" in standing
    exact = dispute.asked(ALL).standing()
    assert all(status in (said, "not-decided") for status, said in zip(standing, exact, strict=True))
    with pytest.raises(NotDecidedError):
        dispute.asked(1).stake(0, [n for n, status in enumerate(exact) if status == "contested"], over)
