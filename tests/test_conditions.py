"""Conditions on answers alone hold where they should, and say what they test and how they are said."""

import pytest

from advisor.engine.relevance import Relevance
from advisor.model.case import Case, Partner
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Answers,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
    leaves,
    partners_needed,
    phrase_of,
    questions_in,
)
from advisor.model.vocabulary import YES_NO, Question, Vocabulary

OPEN = Answered("open", ("yes",))
BOX, NO_BOX = Includes("things", "box"), Includes("things", "box", wanted=False)
KEEN = Answered("keen", ("yes",))


def holds(condition: Condition, answers: Answers, partners: list[Answers] | None = None) -> bool:
    """Whether a question is asked whose condition it is."""
    asked = [
        Question("open", "s", "yes-no", YES_NO, "agency", "fixed", False, (), {}, "", 1),
        Question("things", "s", "several", ("box", "bag"), "agency", "fixed", False, (), {}, "", 1),
        Question("keen", "s", "yes-no", YES_NO, "partner", "fixed", False, (), {}, "", 1),
        Question("last", "s", "yes-no", YES_NO, "agency", "fixed", False, (), {}, "", 1, condition),
    ]
    case = Case("c", answers, tuple(Partner(f"P{n}", given) for n, given in enumerate(partners or ())))
    return Relevance(Vocabulary(("s",), {question.id: question for question in asked}, {})).facts(case).asks("last")


@pytest.mark.parametrize(
    ("condition", "answers", "expected"),
    [
        (Always(), {}, True),
        (OPEN, {"open": ("yes",)}, True),
        (OPEN, {"open": ("no",)}, False),
        (OPEN, {}, False),
        (BOX, {"things": ("bag", "box")}, True),
        (BOX, {"things": ("bag",)}, False),
        (BOX, {}, False),
        (NO_BOX, {"things": ("bag",)}, True),
        (NO_BOX, {"things": ("box",)}, False),
        (NO_BOX, {}, False),
        (Known("open"), {"open": ("no",)}, True),
        (Known("open"), {}, False),
        (Known("open", wanted=False), {}, True),
        (All((OPEN, BOX)), {"open": ("yes",), "things": ("box",)}, True),
        (All((OPEN, BOX)), {"open": ("yes",)}, False),
        (All(()), {}, True),
        (Any((OPEN, BOX)), {"things": ("box",)}, True),
        (Any((OPEN, BOX)), {}, False),
        (Any(()), {}, False),
        (Count(2, (OPEN, BOX, Always())), {"open": ("yes",)}, True),
        (Count(2, (OPEN, BOX, Always())), {}, False),
        (Not(Count(1, (OPEN,))), {}, True),
        (Not(Count(1, (OPEN,))), {"open": ("yes",)}, False),
    ],
)
def test_a_condition_on_answers_holds_or_not(condition: Condition, answers: Answers, expected: bool) -> None:
    assert holds(condition, answers) is expected


@pytest.mark.parametrize(
    ("partners", "some", "every"),
    [
        ([], False, False),
        ([{"keen": ("no",)}], False, False),
        ([{"keen": ("yes",)}, {}], True, False),
        ([{"keen": ("yes",)}], True, True),
    ],
)
def test_partners_are_quantified(partners: list[Answers], some: bool, every: bool) -> None:
    assert holds(Partners("any", KEEN), {}, partners) is some
    assert holds(Partners("every", KEEN), {}, partners) is every
    assert holds(Not(Partners("any", KEEN)), {}, partners) is not some
    assert holds(PartnerCount(1, KEEN), {}, partners) is some
    assert not holds(PartnerCount(2, KEEN), {}, partners)


def test_a_condition_on_partners_sees_the_agency_too() -> None:
    assert holds(Partners("any", All((KEEN, OPEN))), {"open": ("yes",)}, [{"keen": ("yes",)}])
    assert not holds(Partners("any", All((KEEN, OPEN))), {}, [{"keen": ("yes",)}])


def test_a_finding_is_not_said_as_a_condition_on_answers() -> None:
    with pytest.raises(TypeError, match="need"):
        phrase_of(Found("need", "high"))


def test_a_condition_names_the_questions_it_tests_once_each() -> None:
    assert questions_in(All((KEEN, Any((OPEN, Not(Found("need", "high")))), Known("keen")))) == ("keen", "open")


def test_a_count_of_partners_needs_so_many() -> None:
    assert partners_needed(Any((OPEN, Not(PartnerCount(3, KEEN))))) == 3
    assert partners_needed(OPEN) == 2


def test_leaves_are_all_tests_in_reading_order() -> None:
    found = Found("need", "high")
    condition = All((OPEN, Any((BOX, Not(found))), Count(1, (Always(), Known("open"))), Partners("any", KEEN)))
    assert leaves(condition) == [OPEN, BOX, found, Known("open"), KEEN]
