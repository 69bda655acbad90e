"""Which answers count: those to questions that are asked in the case. The others are set aside."""

from pathlib import Path

import pytest

from advisor.io.rulebook_reader import read_rulebook
from advisor.model.case import Case, Facts, Partner, facts_of, is_asked
from advisor.model.vocabulary import Vocabulary
from test_rulebook_reader import BASICS, QUESTIONS, write_rules

CHAIN = """\
  - {id: ask.deep, type: yes-no, changeable: fixed, source: [s.one], when: {ask.colour: red}}
  - {id: ask.met, type: yes-no, changeable: fixed, source: [s.one], when: {any_partner: {partner.step: high}}}
"""


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    """The small vocabulary, with a question that rests on a conditional one and one that rests on partners."""
    folder: Path = tmp_path_factory.mktemp("small")
    return read_rulebook(write_rules(folder, {BASICS: QUESTIONS + CHAIN})).vocabulary


def facts(vocabulary: Vocabulary, partners: tuple[Partner, ...] = (), /, **answers: str) -> Facts:
    given = {f"ask.{name}": (answer,) for name, answer in answers.items()}
    return facts_of(Case("c", given, partners), vocabulary)


def test_an_answer_to_a_question_that_is_asked_counts(vocabulary: Vocabulary) -> None:
    found = facts(vocabulary, open="yes", colour="red", deep="no")
    assert found.agency == {"ask.open": ("yes",), "ask.colour": ("red",), "ask.deep": ("no",)}
    assert found.set_aside == ()


def test_an_answer_to_a_question_that_is_not_asked_is_set_aside(vocabulary: Vocabulary) -> None:
    found = facts(vocabulary, open="no", colour="red")
    assert found.agency == {"ask.open": ("no",)}
    assert found.set_aside == (("", "ask.colour"),)


def test_what_rests_on_an_answer_set_aside_is_set_aside_too(vocabulary: Vocabulary) -> None:
    found = facts(vocabulary, open="no", colour="red", deep="yes")
    assert found.set_aside == (("", "ask.colour"), ("", "ask.deep"))


def test_silence_asks_no_further(vocabulary: Vocabulary) -> None:
    assert facts(vocabulary, colour="red").set_aside == (("", "ask.colour"),)


def test_relevance_is_judged_partner_by_partner(vocabulary: Vocabulary) -> None:
    keen = Partner("a", {"partner.keen": ("yes",), "partner.step": ("high",)})
    other = Partner("b", {"partner.keen": ("no",), "partner.step": ("high",)})
    found = facts(vocabulary, (keen, other), met="yes")
    assert found.partners == ({"partner.keen": ("yes",), "partner.step": ("high",)}, {"partner.keen": ("no",)})
    assert found.set_aside == (("b", "partner.step"),)
    assert found.agency == {"ask.met": ("yes",)}


def test_a_question_on_partners_sees_only_answers_that_count(vocabulary: Vocabulary) -> None:
    found = facts(vocabulary, (Partner("b", {"partner.keen": ("no",), "partner.step": ("high",)}),), met="yes")
    assert found.agency == {}
    assert found.set_aside == (("b", "partner.step"), ("", "ask.met"))


def test_whether_a_question_is_asked_can_be_told_without_its_answer(vocabulary: Vocabulary) -> None:
    found = facts(vocabulary, (Partner("a", {"partner.keen": ("yes",)}), Partner("b", {})), open="yes")
    assert is_asked("ask.open", found, None, vocabulary)
    assert is_asked("ask.colour", found, None, vocabulary)
    assert not is_asked("ask.deep", found, None, vocabulary)
    assert not is_asked("ask.met", found, None, vocabulary)
    assert [is_asked("partner.step", found, n, vocabulary) for n in (0, 1)] == [True, False]
    assert is_asked("partner.keen", found, 1, vocabulary)


def test_the_case_itself_is_not_changed(vocabulary: Vocabulary) -> None:
    case = Case("c", {"ask.colour": ("red",)}, (Partner("a", {"partner.step": ("high",)}),))
    facts_of(case, vocabulary)
    assert case == Case("c", {"ask.colour": ("red",)}, (Partner("a", {"partner.step": ("high",)}),))
