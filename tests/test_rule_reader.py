"""Conditions and rules are read from YAML; `not` and `unless` on answers become plain tests."""

from pathlib import Path
from typing import Literal

import pytest

from advisor.io.located import parse_yaml
from advisor.io.rule_reader import ConditionReader
from advisor.io.rulebook_reader import read_rulebook
from advisor.model.conditions import (
    All,
    Always,
    Answered,
    Any,
    Condition,
    Count,
    Found,
    Includes,
    Known,
    Not,
    PartnerCount,
    Partners,
)
from advisor.model.problems import Problem, Problems
from advisor.model.vocabulary import Vocabulary
from support.small_rulebooks import problems_of, small_rulebook, topic, write_rules

KEEN = Answered("partner.keen", ("yes",))
OPEN = Answered("ask.open", ("yes",))
SHUT = Answered("ask.open", ("no",))


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return small_rulebook(tmp_path_factory.mktemp("small")).vocabulary


def read(text: str, vocabulary: Vocabulary, about: Literal["agency", "partner"] = "agency") -> tuple[Condition, list[Problem]]:
    problems = Problems("f")
    node = parse_yaml(text, problems)
    condition = ConditionReader(vocabulary, problems, "rule", about).read(node)
    return condition, problems.found


def left_out(option: str) -> Condition:
    """An option is not in the list, and the list is closed."""
    closed = Any((Includes("ask.things", "none"), Includes("ask.things", "that-is-all")))
    return All((Includes("ask.things", option, wanted=False), closed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("always", Always()),
        ("ask.open: yes", OPEN),
        ("ask.step: [high, low]", Answered("ask.step", ("low", "high"))),
        ("ask.step: {at_least: middle}", Answered("ask.step", ("middle", "high"))),
        ("ask.step: {at_most: middle}", Answered("ask.step", ("low", "middle"))),
        ("ask.step: {at_least: middle, at_most: middle}", Answered("ask.step", ("middle",))),
        ("ask.things: {includes: box}", Includes("ask.things", "box")),
        ("ask.things: {includes: [box, bag]}", Any((Includes("ask.things", "box"), Includes("ask.things", "bag")))),
        ("ask.things: {excludes: box}", left_out("box")),
        (
            "ask.things: {includes: box, excludes: [bag, none]}",
            All(
                (
                    Includes("ask.things", "box"),
                    All((left_out("bag"), Includes("ask.things", "none", wanted=False))),
                )
            ),
        ),
        ("height: high", Found("height", "high")),
        ("height: {at_least: middle}", Found("height", "middle", "at_least")),
        (
            "height: {at_least: low, at_most: middle}",
            All((Found("height", "low", "at_least"), Found("height", "middle", "at_most"))),
        ),
        ("mark: [a, b]", Any((Found("mark", "a"), Found("mark", "b")))),
        ("ready: yes", Found("ready", "yes")),
        ("unknown: ask.open", Known("ask.open", wanted=False)),
        ("known: [ask.open, ask.step]", All((Known("ask.open"), Known("ask.step")))),
        ("any_partner: {partner.keen: yes}", Partners("any", KEEN)),
        ("every_partner: {partner.keen: yes, ask.open: yes}", Partners("every", All((KEEN, OPEN)))),
        ("{at_least: 2, of: [{ask.open: yes}, {mark: a}, always]}", Count(2, (OPEN, Found("mark", "a"), Always()))),
        ("{at_least: 2, partners: {partner.keen: yes}}", PartnerCount(2, KEEN)),
        ("not: {at_least: 2, partners: {partner.keen: yes}}", Not(PartnerCount(2, KEEN))),
        ("all: [{ask.open: yes}, {mark: a}]", All((OPEN, Found("mark", "a")))),
        ("any: [{ask.open: yes}, {mark: a}]", Any((OPEN, Found("mark", "a")))),
        ("{ask.open: yes, mark: a}", All((OPEN, Found("mark", "a")))),
    ],
)
def test_a_condition_is_read_as_the_language_says(text: str, expected: Condition, vocabulary: Vocabulary) -> None:
    assert read(text, vocabulary) == (expected, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not: {ask.open: yes}", SHUT),
        ("not: {not: {ask.open: yes}}", OPEN),
        ("not: {ask.step: {at_least: middle}}", Answered("ask.step", ("low",))),
        ("not: {ask.things: {includes: box}}", left_out("box")),
        ("not: {known: ask.open}", Known("ask.open", wanted=False)),
        ("not: {ask.open: yes, mark: a}", Any((SHUT, Not(Found("mark", "a"))))),
        ("not: {any: [{ask.open: yes}, {mark: a}]}", All((SHUT, Not(Found("mark", "a"))))),
        ("not: {not: {mark: a}}", Found("mark", "a")),
        ("not: {any_partner: {partner.keen: yes}}", Not(Partners("any", KEEN))),
        ("not: {at_least: 1, of: [{mark: a}]}", Not(Count(1, (Found("mark", "a"),)))),
        ("not: always", Any(())),
        ("unless: {ask.open: yes}", Any((Known("ask.open", wanted=False), SHUT))),
        (
            "unless: {ask.things: {includes: box}}",
            Any((Known("ask.things", wanted=False), Includes("ask.things", "box", wanted=False))),
        ),
        ("unless: {mark: a}", Not(Found("mark", "a"))),
        ("unless: {not: {ask.open: yes}}", Any((Known("ask.open", wanted=False), OPEN))),
        ("unless: {known: ask.open}", Known("ask.open", wanted=False)),
        ("unless: {every_partner: {partner.keen: yes}}", Not(Partners("every", KEEN))),
        (
            "unless: {ask.open: yes, mark: a}",
            Any((Any((Known("ask.open", wanted=False), SHUT)), Not(Found("mark", "a")))),
        ),
        (
            "unless: {any: [{ask.open: yes}, {mark: a}]}",
            All((Any((Known("ask.open", wanted=False), SHUT)), Not(Found("mark", "a")))),
        ),
    ],
)
def test_not_and_unless_are_pushed_down_to_the_tests(text: str, expected: Condition, vocabulary: Vocabulary) -> None:
    assert read(text, vocabulary) == (expected, [])


def test_a_rule_for_each_partner_may_test_that_partner(vocabulary: Vocabulary) -> None:
    assert read("{partner.keen: yes, badge: gold}", vocabulary, "partner") == (All((KEEN, Found("badge", "gold"))), [])


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("sometimes", "condition-expected", ""),
        ("{}", "condition-expected", ""),
        ("[always]", "condition-expected", ""),
        ("ask.opn: yes", "unknown-test", "ask.opn"),
        ("al: [always]", "unknown-test", "al"),
        ("all: {ask.open: yes}", "list-of-conditions-expected", ""),
        ("any: []", "list-of-conditions-expected", ""),
        ("ask.open: maybe", "unknown-value", "maybe"),
        ("ask.step: {at_least: hihg}", "unknown-value", "hihg"),
        ("ask.step: {at_lest: high}", "unknown-key", "at_lest"),
        ("ask.open: {at_least: yes}", "unknown-key", "at_least"),
        ("ask.open: [[yes]]", "words-expected", ""),
        ("ask.things: {includes: bxo}", "unknown-value", "bxo"),
        ("ask.things: box", "mapping-expected", ""),
        ("height: hihg", "unknown-value", "hihg"),
        ("height: {at_least: hihg}", "unknown-value", "hihg"),
        ("unknown: ask.opn", "unknown-question", "ask.opn"),
        ("partner.keen: yes", "partner-test-outside-partner", "partner.keen"),
        ("unknown: partner.keen", "partner-test-outside-partner", "partner.keen"),
        ("badge: gold", "partner-test-outside-partner", "badge"),
        ("{at_least: 3, of: [always, always]}", "count-out-of-range", "3"),
        ("{at_least: 0, of: [always]}", "count-out-of-range", "0"),
        ("{at_least: two, of: [always, always]}", "count-out-of-range", "two"),
        ("{at_least: 0, partners: {partner.keen: yes}}", "count-out-of-range", "0"),
        ("{at_least: 41, partners: {partner.keen: yes}}", "count-out-of-range", "41"),
        ("{at_least: few, partners: {partner.keen: yes}}", "count-out-of-range", "few"),
        ("{of: [always], ask.open: yes}", "missing-key", "at_least"),
    ],
)
def test_a_mistake_in_a_condition_is_reported(text: str, code: str, found: str, vocabulary: Vocabulary) -> None:
    _, problems = read(text, vocabulary)
    assert [(p.code, p.found) for p in problems] == [(code, found)]


def test_partners_may_not_be_quantified_within_one_partner(vocabulary: Vocabulary) -> None:
    _, problems = read("any_partner: {partner.keen: yes}", vocabulary, "partner")
    assert [p.code for p in problems] == ["partners-within-partner"]
    _, problems = read("any_partner: {every_partner: {partner.keen: yes}}", vocabulary)
    assert [p.code for p in problems] == ["partners-within-partner"]


def test_the_nearest_test_is_named(vocabulary: Vocabulary) -> None:
    assert [read(text, vocabulary)[1][0].nearest for text in ("heigt: low", "anypartner: {}", "unles: {}")] == [
        "height",
        "any_partner",
        "unless",
    ]


def test_every_mistake_of_a_condition_is_reported_with_its_line(vocabulary: Vocabulary) -> None:
    _, problems = read("all:\n  - ask.opn: yes\n  - any:\n      - height: hihg\n      - not: {mark: z}\n", vocabulary)
    assert [(p.code, p.line) for p in problems] == [("unknown-test", 2), ("unknown-value", 4), ("unknown-value", 5)]


@pytest.mark.parametrize(
    ("rule", "code", "found", "line"),
    [
        ("{ask.open: yes} => {marks: a}", "unknown-finding", "marks", 5),
        ("{ask.open: yes} => {mark: z}", "unknown-value", "z", 5),
        ("{ask.open: yes} => {badge: gold}", "partner-conclusion", "badge", 5),
        ("{ask.open: yes} => {}", "conclusions-expected", "", 5),
        ("{ask.open: yes} => mark", "conclusions-expected", "", 5),
        ("{ask.open: yes} => {mark: {a: b}}", "words-expected", "", 5),
    ],
)
def test_a_mistake_in_a_conclusion_is_reported(rule: str, code: str, found: str, line: int, tmp_path: Path) -> None:
    assert [(p.code, p.found, p.line) for p in problems_of(tmp_path, {"topic.yaml": topic(rule)})] == [(code, found, line)]


@pytest.mark.parametrize(
    ("old", "new", "code", "found"),
    [
        ("because: 'Since it is so.',", "", "missing-key", "because"),
        ("source: [s.one], ", "", "missing-key", "source"),
        ("id: r1", "idd: r1", "unknown-key", "idd"),
        ("id: r1", "for: every-partner, id: r1", "unknown-value", "every-partner"),
        ("because: 'Since it is so.'", "because: [so]", "word-expected", "because"),
    ],
)
def test_a_mistake_in_a_rule_is_reported(old: str, new: str, code: str, found: str, tmp_path: Path) -> None:
    text = topic("{ask.open: yes} => {mark: a}")
    assert old in text
    assert (code, found) in {(p.code, p.found) for p in problems_of(tmp_path, {"topic.yaml": text.replace(old, new)})}


def test_a_rule_concludes_several_values_and_findings(tmp_path: Path) -> None:
    rules = small_rulebook(tmp_path, "always => {mark: [a, b], ready: yes}", "each-partner always => {badge: tin, mark: c}").rules
    assert rules["r1"].conclusions == (("mark", "a"), ("mark", "b"), ("ready", "yes"))
    assert rules["r2"].about == "partner"
    assert (rules["r2"].file, rules["r2"].line) == ("rules/topic.yaml", 6)


def family(each: str, name: str = "$it-is-there") -> str:
    """A topic with one rule written for each of several things."""
    return topic("{ask.things: {includes: $it}} => {mark: a}").replace("id: r1,", f"id: {name}, each: {each},")


def test_a_family_is_one_rule_for_each_of_its_values(tmp_path: Path) -> None:
    for place, each in enumerate(["{it: [box, bag]}", "{it: ask.things}"]):
        rules = read_rulebook(write_rules(tmp_path / str(place), {"topic.yaml": family(each)})).rules
        assert {rule.id: rule.when for rule in rules.values()} == {
            "box-is-there": Includes("ask.things", "box"),
            "bag-is-there": Includes("ask.things", "bag"),
        }
        assert {rule.line for rule in rules.values()} == {3}


@pytest.mark.parametrize(
    ("each", "name", "code", "found"),
    [
        ("[box, bag]", "$it-is-there", "each-expected", ""),
        ("{it: [box], other: [bag]}", "$it-is-there", "each-expected", ""),
        ("{it: ask.thinks}", "$it-is-there", "unknown-value", "ask.thinks"),
        ("{it: [box, bax]}", "$it-is-there", "unknown-value", "bax"),
        ("{it: [box, bag]}", "is-there", "each-without-id", "$it"),
        ("{that: [box, bag]}", "$that-is-there", "unknown-each", "$it"),
        ("{my-it: [box, bag]}", "$my-it-is-there", "each-expected", ""),
        ("{it: []}", "$it-is-there", "each-without-values", ""),
        ("{it: note}", "$it-is-there", "each-without-values", ""),
        ("{it: {box: bag}}", "$it-is-there", "words-expected", ""),
        ("{it: [box, box]}", "$it-is-there", "duplicate-id", "box-is-there"),
    ],
)
def test_a_mistake_in_a_family_is_reported(each: str, name: str, code: str, found: str, tmp_path: Path) -> None:
    came = problems_of(tmp_path, {"topic.yaml": family(each, name)})
    assert {(problem.code, problem.found, problem.line) for problem in came} == {(code, found, came[0].line)}
    assert came[0].line in (3, 4)


@pytest.mark.parametrize(
    ("old", "new", "code", "found"),
    [
        ("Since it is so.", "Since $ti is so.", "unknown-each", "$ti"),
        ("includes: $it}", "includes: $item}", "unknown-each", "$item"),
        ("ask.things: {includes: $it}", "ask.open: yes", "each-without-use", "$it"),
        (", each: {it: [box, bag]}", "", "unknown-each", "$it"),
    ],
)
def test_a_blank_that_nothing_fills_or_that_fills_nothing_is_reported(
    old: str, new: str, code: str, found: str, tmp_path: Path
) -> None:
    text = family("{it: [box, bag]}")
    assert old in text
    came = problems_of(tmp_path, {"topic.yaml": text.replace(old, new)})
    assert [(problem.code, problem.found) for problem in came] == [(code, found)]
    assert came[0].line in (3, 4)
