"""A small case is found for each conclusion; it reaches it, and does without none of its answers."""

from pathlib import Path

import pytest

from advisor.analysis.deadline import Deadline
from advisor.analysis.smallest_cases import Answered, smallest_cases
from advisor.engine.compiler import compile_program
from advisor.engine.conclusions import Conclusion
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.program import AGENCY
from advisor.engine.slots import case_with
from advisor.loading import load
from advisor.model.case import Case, Partner
from advisor.model.rulebook import Rulebook
from support.small_rulebooks import small_rulebook

VOLUNTEERS = Path(__file__).parent / "rulebooks/volunteer-program"
PARTNERS = 2


@pytest.fixture(scope="module")
def volunteering(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return load(VOLUNTEERS / "rules", VOLUNTEERS / "prompts", cache=tmp_path_factory.mktemp("cache")).rulebook


class Reaching:
    """Whether a case reaches a conclusion, by the chain."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook, self.program, self.engine = rulebook, compile_program(rulebook, PARTNERS), ChainEngine()
        self.empty = Case("", {}, tuple(Partner(str(number), {}) for number in range(PARTNERS)))

    def __call__(self, answered: Answered, conclusion: Conclusion) -> bool:
        true = infer(case_with(self.empty, answered), self.rulebook, self.program, self.engine).true
        return all((number in true) is wanted for number, wanted in conclusion.literals or ())

    def holds(self, answered: Answered, finding: str, value: str) -> bool:
        found = infer(case_with(self.empty, answered), self.rulebook, self.program, self.engine)
        return any(value in found.concluded(finding, owner) for owner in (AGENCY, *range(PARTNERS)))


def test_each_conclusion_of_the_rules_has_a_case_that_does_without_none_of_its_answers(volunteering: Rulebook) -> None:
    reaches = Reaching(volunteering)
    wanted = {pair for rule in volunteering.rules.values() for pair in rule.conclusions}
    found = smallest_cases(wanted, reaches.program, volunteering.vocabulary, reaches, Deadline(None))
    assert found.keys() == wanted
    for (finding, value), answered in found.items():
        assert reaches.holds(answered, finding, value), (finding, value)
        for slot in answered:
            fewer = {other: given for other, given in answered.items() if other != slot}
            assert not reaches.holds(fewer, finding, value), (finding, value, answered)


def test_what_no_case_reaches_has_none(tmp_path: Path) -> None:
    rulebook = small_rulebook(tmp_path)
    reaches = Reaching(rulebook)
    wanted = {("mark", "a"), ("note", "bring-a-coat")}
    found = smallest_cases(wanted, reaches.program, rulebook.vocabulary, reaches, Deadline(None))
    assert found == {("note", "bring-a-coat"): {(AGENCY, "ask.open"): ("yes",)}}


def test_nothing_is_found_where_there_is_no_time(volunteering: Rulebook) -> None:
    reaches = Reaching(volunteering)
    wanted = {pair for rule in volunteering.rules.values() for pair in rule.conclusions}
    assert smallest_cases(wanted, reaches.program, volunteering.vocabulary, reaches, Deadline(0.0)) == {}
