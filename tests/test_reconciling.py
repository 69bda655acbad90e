"""Reconciling: what was agreed line by line makes a case, and takes nothing away that was left open."""

from datetime import UTC, datetime

from advisor.model.case import Case, Partner
from advisor.model.reconciling import Decision, DecisionKind, agreed_case, standing

AT = datetime(2026, 1, 5, tzinfo=UTC)
CASE = Case(
    "c",
    {"wanted.aim": ("exchange",), "wanted.duties": ("no",)},
    (Partner("Harbor House", {"partner.trust": ("fair",)}), Partner("Court", {})),
    {"agency": "ours"},
)


def decided(number: int, kind: DecisionKind, question: str, partner: str | None = None, *options: str) -> Decision:
    return Decision(number, AT, "ann", "Ann", kind, question, partner, options, "")


def test_an_answer_that_was_chosen_is_in_the_case_and_the_last_decision_on_a_line_counts() -> None:
    found = agreed_case(
        CASE,
        [
            decided(1, "chosen", "wanted.aim", None, "common-goal"),
            decided(2, "chosen", "wanted.aim", None, "common-outcomes"),
            decided(3, "chosen", "partner.trust", "HARBOR HOUSE", "low"),
            decided(4, "chosen", "partner.trust", "Court", "high"),
        ],
    )
    assert found.case.answers == {"wanted.aim": ("common-outcomes",), "wanted.duties": ("no",)}
    assert [dict(partner.answers) for partner in found.case.partners] == [
        {"partner.trust": ("low",)},
        {"partner.trust": ("high",)},
    ]
    assert (found.case.words, found.case.name) == (CASE.words, "c")
    assert found.changed[0] == (("wanted.aim", None), ("exchange",), ("common-outcomes",))
    assert len(found.changed) == 3


def test_a_line_that_was_left_open_keeps_what_the_case_says_also_after_it_was_chosen() -> None:
    found = agreed_case(CASE, [decided(1, "chosen", "wanted.aim", None, "common-goal"), decided(2, "left-open", "wanted.aim")])
    assert (found.case, found.changed) == (CASE, ())


def test_what_is_agreed_as_it_stands_changes_nothing_and_a_partner_who_is_gone_is_told() -> None:
    found = agreed_case(
        CASE, [decided(1, "chosen", "wanted.duties", None, "no"), decided(2, "chosen", "partner.trust", "Shelter", "low")]
    )
    assert (found.case, found.changed, found.gone) == (CASE, (), (("partner.trust", "Shelter"),))


def test_that_it_was_taken_over_is_no_line() -> None:
    adopted = Decision(2, AT, "ann", "Ann", "adopted", "", None, (), "", 3)
    assert list(standing([decided(1, "left-open", "wanted.aim"), adopted])) == [("wanted.aim", None)]
