"""What a rulebook means, once grounded for a number of partners: each test is a small rulebook and a case.

Rules are written `CONDITION => CONCLUSIONS`; their order and that of the cases' answers never matter.
"""

from itertools import pairwise
from pathlib import Path

import pytest

from advisor.engine.program import AGENCY, TEST_KINDS, Atom
from advisor.model.problems import InputError
from support.small_programs import FIRST_OF, World


def test_a_rule_fires_when_its_condition_holds_and_only_then(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.open: yes} => {mark: a}", "always => {mark: b}")
    assert world.marks("ask.open: yes") == ("a", "b")
    assert world.marks("ask.open: no") == ("b",)
    assert world.marks() == ("b",)


def test_several_tests_in_one_mapping_have_to_hold_together(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.open: yes, ask.step: high} => {mark: a}")
    assert world.marks("ask.open: yes, ask.step: high") == ("a",)
    assert world.marks("ask.open: yes, ask.step: low") == ()
    assert world.marks("ask.step: high") == ()


@pytest.mark.parametrize(
    ("test", "holding"),
    [
        ("{at_least: middle}", ("middle", "high")),
        ("{at_most: middle}", ("low", "middle")),
        ("[low, high]", ("low", "high")),
        ("middle", ("middle",)),
    ],
)
def test_an_answer_on_a_scale_is_compared(test: str, holding: tuple[str, ...], tmp_path: Path) -> None:
    world = World(tmp_path, f"{{ask.step: {test}}} => {{mark: a}}")
    assert tuple(step for step in ("low", "middle", "high") if world.marks(f"ask.step: {step}")) == holding
    assert world.marks() == ()


def test_includes_and_excludes_speak_of_what_was_answered(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.things: {includes: box}} => {mark: a}",
        "{ask.things: {excludes: box}} => {mark: b}",
        "{ask.things: {excludes: [box, bag]}} => {mark: c}",
    )
    assert world.marks("ask.things: [box, bag]") == ("a",)
    assert world.marks("ask.things: bag") == ()  # a list that is not closed does not say what is left out
    assert world.marks("ask.things: [bag, that-is-all]") == ("b",)
    assert world.marks("ask.things: none") == ("b", "c")
    assert world.marks() == ()


def test_silence_makes_not_false_and_unless_true(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{not: {ask.open: yes}} => {mark: a}",
        "{unless: {ask.open: yes}} => {mark: b}",
        "{unknown: ask.open} => {mark: c}",
        "{known: ask.open} => {twin: a}",
    )
    assert world.marks() == ("b", "c")
    assert world.marks("ask.open: no") == ("a", "b")
    assert world.marks("ask.open: yes") == ()
    assert [world.infer(text).values("twin") for text in ("", "ask.open: no")] == [(), ("a",)]


def test_not_on_a_finding_holds_when_it_is_not_concluded(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.open: yes} => {ready: yes}", "{not: {ready: yes}} => {mark: a}")
    assert world.marks() == ("a",)
    assert world.marks("ask.open: yes") == ()


def test_not_over_an_answer_and_a_finding_holds_when_either_fails(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.step: high} => {ready: yes}", "{not: {ready: yes, ask.open: yes}} => {mark: a}")
    assert world.marks("ask.step: high, ask.open: yes") == ()
    assert world.marks("ask.step: high, ask.open: no") == ("a",)
    assert world.marks("ask.step: low") == ("a",)
    assert world.marks("ask.step: high") == ()


def test_what_always_holds_can_be_denied_without_effect(tmp_path: Path) -> None:
    assert World(tmp_path, "{not: always} => {mark: a}", "{any: [{not: always}, always]} => {mark: b}").marks() == ("b",)


def test_a_level_keeps_the_highest_or_the_lowest_that_any_rule_gives(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.open: yes} => {height: low, cap: high}",
        "{ask.things: {includes: box}} => {height: high, cap: middle}",
    )

    def levels(answers: str) -> tuple[str | None, str | None]:
        inference = world.infer(answers)
        return inference.level("height"), inference.level("cap")

    assert levels("ask.open: yes, ask.things: box") == ("high", "middle")
    assert levels("ask.open: yes") == ("low", "high")
    assert levels("") == (None, None)


LEVELS = ("", "low", "middle", "high")


def compared(tmp_path: Path, finding: str, test: str) -> tuple[str, ...]:
    """At which levels of a finding ("" is none) a test on it holds."""
    given = [f"{{ask.step: {level}}} => {{{finding}: {level}}}" for level in LEVELS if level]
    world = World(tmp_path, *given, f"{{{test}}} => {{mark: a}}")
    return tuple(level for level in LEVELS if world.marks(f"ask.step: {level or 'unknown'}"))


@pytest.mark.parametrize(
    ("test", "holding"),
    [
        ("height: middle", ("middle",)),
        ("height: high", ("high",)),
        ("height: [low, high]", ("low", "high")),
        ("height: {at_least: middle}", ("middle", "high")),
        ("height: {at_least: low}", ("low", "middle", "high")),
        ("height: {at_most: middle}", ("", "low", "middle")),
        ("height: {at_most: high}", ("", "low", "middle", "high")),
        ("height: {at_least: low, at_most: middle}", ("low", "middle")),
        ("not: {height: middle}", ("", "low", "high")),
        ("not: {height: high}", ("", "low", "middle")),
        ("not: {height: {at_least: middle}}", ("", "low")),
        ("not: {height: {at_most: middle}}", ("high",)),
        ("not: {height: {at_most: high}}", ()),
        ("unless: {height: [low, high]}", ("", "middle")),
    ],
)
def test_a_level_that_keeps_the_highest_is_compared(test: str, holding: tuple[str, ...], tmp_path: Path) -> None:
    """With no level at all, `at_most` holds and `at_least` does not."""
    assert compared(tmp_path, "height", test) == holding


@pytest.mark.parametrize(
    ("test", "holding"),
    [
        ("cap: middle", ("middle",)),
        ("cap: low", ("low",)),
        ("cap: high", ("high",)),
        ("cap: {at_most: middle}", ("low", "middle")),
        ("cap: {at_most: high}", ("low", "middle", "high")),
        ("cap: {at_least: middle}", ("", "middle", "high")),
        ("cap: {at_least: low}", ("", "low", "middle", "high")),
        ("not: {cap: {at_least: middle}}", ("low",)),
        ("not: {cap: {at_least: low}}", ()),
        ("not: {cap: {at_most: low}}", ("", "middle", "high")),
        ("not: {cap: low}", ("", "middle", "high")),
        ("not: {cap: middle}", ("", "low", "high")),
    ],
)
def test_a_level_that_keeps_the_lowest_is_compared(test: str, holding: tuple[str, ...], tmp_path: Path) -> None:
    """With no level at all nothing limits: `at_least` holds and `at_most` does not."""
    assert compared(tmp_path, "cap", test) == holding


@pytest.mark.parametrize(
    ("quantifier", "none", "neither", "one", "both"),
    [
        ("any_partner: {partner.keen: yes}", False, False, True, True),
        ("every_partner: {partner.keen: yes}", False, False, False, True),
        ("not: {any_partner: {partner.keen: yes}}", True, True, False, False),
        ("not: {every_partner: {partner.keen: yes}}", True, True, True, False),
        ("any_partner: {not: {partner.keen: yes}}", False, True, True, False),
        ("every_partner: {not: {partner.keen: yes}}", False, True, False, False),
        ("any_partner: always", False, True, True, True),
        ("every_partner: always", False, True, True, True),
        ("any_partner: {any: [{partner.keen: yes}, {ask.open: yes}]}", False, False, True, True),
        ("every_partner: {any: [{partner.keen: yes}, {ask.open: yes}]}", False, False, False, True),
        ("every_partner: {not: always}", False, False, False, False),
    ],
)
def test_partners_are_quantified_and_no_partners_make_every_false(
    quantifier: str, none: bool, neither: bool, one: bool, both: bool, tmp_path: Path
) -> None:
    world = World(tmp_path, f"{{{quantifier}}} => {{mark: a}}")
    keen, not_keen = "partner.keen: yes", "partner.keen: no"
    found = [bool(world.marks("", *partners)) for partners in ((), (not_keen,) * 2, (keen, not_keen), (keen, keen))]
    assert found == [none, neither, one, both]


def test_a_partner_of_whom_nothing_is_known_makes_every_false(tmp_path: Path) -> None:
    world = World(tmp_path, "{every_partner: {partner.keen: yes}} => {mark: a}")
    assert world.marks("", "partner.keen: yes", "") == ()


def test_a_quantifier_looks_at_findings_about_partners_too(tmp_path: Path) -> None:
    world = World(tmp_path, "each-partner {partner.keen: yes} => {badge: gold}", "{every_partner: {badge: gold}} => {mark: a}")
    assert world.marks("", "partner.keen: yes", "partner.keen: yes") == ("a",)
    assert world.marks("", "partner.keen: yes", "partner.keen: no") == ()


@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize("keen", [0, 1, 2, 3])
def test_partners_are_counted(least: int, keen: int, tmp_path: Path) -> None:
    world = World(tmp_path, f"{{at_least: {least}, partners: {{partner.keen: yes}}}} => {{mark: a}}")
    assert bool(world.marks("", *["partner.keen: no", ""], *["partner.keen: yes"] * keen)) is (keen >= least)
    assert bool(world.marks("", *["partner.keen: yes"] * keen)) is (keen >= least)


def test_that_fewer_partners_meet_a_condition_can_be_asked(tmp_path: Path) -> None:
    world = World(tmp_path, "{not: {at_least: 2, partners: {partner.keen: yes}}} => {mark: a}")
    assert world.marks() == ("a",)
    assert world.marks("", "partner.keen: yes") == ("a",)
    assert world.marks("", "partner.keen: yes", "", "partner.keen: yes") == ()


def test_an_answer_that_no_option_gives_never_holds(tmp_path: Path) -> None:
    never = "{not: {ask.open: [yes, no]}}"
    world = World(tmp_path, f"{never} => {{mark: a}}", f"{{any: [{never}, always]}} => {{mark: b}}")
    assert [world.marks(answers) for answers in ("", "ask.open: yes", "ask.open: no")] == [("b",)] * 3


def test_a_rule_for_each_partner_concludes_about_that_partner_only(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "each-partner {partner.keen: yes, ask.open: yes} => {badge: gold, reach: high}",
        "each-partner {unless: {badge: gold}} => {badge: tin}",
    )
    inference = world.infer("ask.open: yes", "partner.keen: no", "partner.keen: yes")
    assert [inference.values("badge", n) for n in (0, 1)] == [("tin",), ("gold",)]
    assert [inference.level("reach", n) for n in (0, 1)] == [None, "high"]


def test_one_partner_is_enough_for_a_conclusion_about_the_partnership(tmp_path: Path) -> None:
    world = World(tmp_path, "each-partner {partner.keen: yes} => {mark: a}")
    assert world.marks("", "partner.keen: no", "partner.keen: yes") == ("a",)
    assert world.marks("", "partner.keen: no") == ()
    assert world.marks() == ()


@pytest.mark.parametrize("least", [1, 2, 3])
@pytest.mark.parametrize("holding", [0, 1, 2, 3])
def test_a_count_holds_from_its_number_on(least: int, holding: int, tmp_path: Path) -> None:
    parts = ["{ask.open: yes}", "{ask.step: high}", "{ask.things: {includes: box}}"]
    answers = ["ask.open: yes", "ask.step: high", "ask.things: box"]
    world = World(tmp_path, f"{{at_least: {least}, of: [{', '.join(parts)}]}} => {{mark: a}}")
    for rotation in range(3):
        given = (answers[rotation:] + answers[:rotation])[:holding]
        assert bool(world.marks(", ".join(given))) is (holding >= least)


def test_a_count_may_hold_findings_negations_and_what_never_holds(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.open: yes} => {ready: yes}",
        "{at_least: 2, of: [{ready: yes}, {not: {ask.step: high}}, {not: always}]} => {mark: a}",
        "{not: {at_least: 2, of: [{ready: yes}, {ask.step: high}]}} => {mark: b}",
    )
    assert world.marks("ask.open: yes, ask.step: low") == ("a", "b")
    assert world.marks("ask.open: yes, ask.step: high") == ()
    assert world.marks("ask.open: yes") == ("b",)


def test_alternatives_within_alternatives_hold_when_one_does(tmp_path: Path) -> None:
    world = World(
        tmp_path, "{any: [{all: [{ask.open: yes}, {any: [{ask.step: low}, {ask.step: high}]}]}, {mark: b}]} => {mark: a}"
    )
    assert world.marks("ask.open: yes, ask.step: high") == ("a",)
    assert world.marks("ask.open: yes, ask.step: middle") == ()


def test_of_values_alike_only_the_first_that_is_declared_holds(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.open: yes} => {note: four}",
        "{ask.things: {includes: bag}} => {note: three, ready: yes}",
        "{ask.step: high} => {note: one}",
        "always => {note: two}",
        "{note: three} => {mark: a}",
        changes=FIRST_OF,
    )

    def notes(answers: str) -> tuple[set[str], bool]:
        found = world.infer(answers)
        return set(found.values("note")), found.values("ready") == ("yes",)

    assert notes("") == ({"two"}, False)
    assert notes("ask.open: yes") == ({"two", "four"}, False)
    assert notes("ask.open: yes, ask.things: bag") == ({"two", "three"}, True)
    assert notes("ask.open: yes, ask.things: bag, ask.step: high") == ({"one", "two"}, False)
    assert world.marks("ask.things: bag") == ("a",)


def test_a_value_that_waits_for_one_after_it_is_a_circle(tmp_path: Path) -> None:
    rules = ("{not: {note: three}} => {note: one}", "always => {note: three}")
    with pytest.raises(InputError) as raised:
        World(tmp_path, *rules, changes=FIRST_OF).program()
    (problem,) = raised.value.problems
    assert (problem.code, set(problem.found.split(" → "))) == ("circle-through-not", {"r1", "r2"})


def test_rules_that_feed_each_other_without_not_are_no_circle(tmp_path: Path) -> None:
    world = World(tmp_path, "{mark: a} => {mark: b}", "{mark: b} => {mark: a}", "{ask.open: yes} => {mark: b}")
    assert world.marks("ask.open: yes") == ("a", "b")
    assert world.marks() == ()


def test_the_same_condition_in_two_rules_shares_one_step(tmp_path: Path) -> None:
    def steps(*rules: str) -> int:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return sum(atom.kind == "step" for atom in World(folder, *rules).program(2).atoms)

    nested = "{ask.open: yes, any_partner: {partner.keen: yes}}"
    once, twice = steps(f"{nested} => {{mark: a}}"), steps(f"{nested} => {{mark: a}}", f"{nested} => {{mark: b}}")
    assert once == twice > 0


@pytest.mark.parametrize(
    ("rules", "circle", "line"),
    [
        (("{not: {mark: a}} => {mark: a}",), {"r1"}, 3),
        (("always => {mark: c}", "{not: {mark: b}} => {mark: a}", "{mark: a} => {mark: b}"), {"r2", "r3"}, 6),
        (("{height: low} => {height: middle}",), {"r1"}, 3),
        (("{at_least: 1, of: [{not: {ready: yes}}]} => {ready: yes}",), {"r1"}, 3),
        (("each-partner {unless: {badge: gold}} => {mark: a}", "each-partner {mark: a} => {badge: gold}"), {"r1", "r2"}, 3),
    ],
)
def test_a_circle_through_not_is_reported_with_its_rules_and_place(
    rules: tuple[str, ...], circle: set[str], line: int, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as raised:
        World(tmp_path, *rules).program(2)
    (problem,) = raised.value.problems
    assert (problem.code, problem.file, problem.line) == ("circle-through-not", "rules/topic.yaml", line)
    assert set(problem.found.split(" → ")) == circle
    assert problem.found.split(" → ")[0] == problem.found.split(" → ")[-1]


def test_the_circle_is_told_in_the_order_in_which_its_rules_rest_on_each_other(tmp_path: Path) -> None:
    """r1 rests on r3, r3 on r2, r2 on r4, r4 on r1: told from any of them, in that order or its reverse."""
    rules = ("{not: {mark: c}} => {mark: a}", "{twin: a} => {mark: b}", "{mark: b} => {mark: c}", "{mark: a} => {twin: a}")
    with pytest.raises(InputError) as raised:
        World(tmp_path, *rules).program()
    told = raised.value.problems[0].found.split(" → ")
    pairs = set(pairwise(told))
    around = {("r1", "r3"), ("r3", "r2"), ("r2", "r4"), ("r4", "r1")}
    assert pairs in (around, {(b, a) for a, b in around})


def test_a_circle_within_a_partner_is_found_with_one_partner(tmp_path: Path) -> None:
    world = World(tmp_path, "each-partner {not: {badge: tin}} => {badge: gold}", "each-partner {badge: gold} => {badge: tin}")
    with pytest.raises(InputError):
        world.program(1)
    assert world.program(0).clauses


def test_tests_on_answers_come_first_and_clauses_after_what_they_rest_on(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{mark: a, not: {ready: yes}} => {height: high}",
        "{ask.open: yes} => {mark: a}",
        "{ask.step: high} => {ready: yes}",
    )
    program = world.program()
    tests = [atom.kind in TEST_KINDS or atom.kind == "given" for atom in program.atoms]
    assert tests == sorted(tests, reverse=True)
    assert sum(tests) == program.tests
    assert {n for n in range(program.tests) if not program.clauses_for(n)} == set(program.inputs)
    assert not set(program.inputs) & {clause.head for clause in program.clauses}
    heads = [clause.head for clause in program.clauses]
    for place, clause in enumerate(program.clauses):
        assert not set(heads[place + 1 :]) & {*clause.positive, *clause.negative}
    assert [n for block, _ in program.blocks for n in block] == list(range(len(program.clauses)))
    high = program.number[Atom("at_least", "height", ("high",))]
    assert program.strata[high] == program.strata[program.number[Atom("finding", "ready", ("yes",))]] + 1


def test_a_question_that_nothing_tests_is_not_encoded(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.open: yes} => {mark: a}")
    program = world.program(1)
    assert program.encode({"ask.step": ("high",)}, [{"partner.step": ("high",)}]) == []
    keen = program.encode({}, [{"partner.keen": ("yes",)}])  # which decides whether a question is asked
    assert [str(program.atoms[n]) for n in keen] == ["partner.keen@1=yes"]
    assert [str(program.atoms[n]) for n in program.encode({"ask.open": ("yes",)}, [{}])] == ["ask.open=yes"]
    assert program.encode({"ask.open": ("no",)}, [{}]) == []


def test_tests_tell_apart_what_was_chosen_left_out_and_not_answered(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        "{ask.things: {includes: box}} => {mark: a}",
        "{ask.things: {excludes: bag}} => {mark: a}",
        "{known: ask.things} => {mark: a}",
        "{unknown: ask.things} => {mark: a}",
        "each-partner {unknown: partner.keen} => {mark: a}",
    )

    def holding(things: str, *partners: str) -> set[tuple[str, str]]:
        inference = world.infer(things and f"ask.things: {things}", *partners)
        atoms = (inference.program.atoms[n] for n in inference.true)
        return {(atom.kind, str(atom)) for atom in atoms if atom.kind in TEST_KINDS and atom.values != ("yes",)}

    known = {("known", "ask.things"), ("includes", "ask.things=box")}
    about_partners = {("known", "partner.keen@1"), ("unknown", "partner.keen@2")}
    assert holding("box", "partner.keen: no", "") == {*known, ("excludes", "ask.things!bag"), *about_partners}
    assert holding("[box, bag]", "partner.keen: no", "") == {*known, ("includes", "ask.things=bag"), *about_partners}
    assert holding("", "partner.keen: no", "") == {("unknown", "ask.things"), *about_partners}
    assert {kind for kind, _ in holding("", "", "")} == {"unknown"}


def test_a_test_holds_only_where_its_question_is_asked(tmp_path: Path) -> None:
    world = World(
        tmp_path, "{ask.colour: red} => {mark: a}", "{known: ask.colour} => {mark: b}", "{unknown: ask.colour} => {mark: c}"
    )
    assert world.marks("ask.open: yes, ask.colour: red") == ("a", "b")
    assert world.marks("ask.open: no, ask.colour: red") == ("c",)
    program = world.program()
    given = program.encode({"ask.colour": ("red",)}, [])
    assert {str(program.atoms[n]) for n in given} == {"given ask.colour=red", "given ask.colour"}
    assert [str(program.atoms[n]) for n in program.asked.values()] == ["asked ask.colour"]
    red = program.number[Atom("answered", "ask.colour", ("red",))]
    ((_, positive, negative),) = program.clauses_for(red)
    assert {str(program.atoms[n]) for n in positive} == {"given ask.colour=red", "asked ask.colour"}
    assert not negative


def test_a_program_takes_exactly_its_number_of_partners(tmp_path: Path) -> None:
    program = World(tmp_path, "always => {mark: a}").program(2)
    with pytest.raises(ValueError, match="zip"):
        program.encode({}, [{}])


def test_an_atom_reads_as_what_it_tests() -> None:
    assert str(Atom("answered", "ask.step", ("low", "high"))) == "ask.step=low|high"
    assert str(Atom("excludes", "ask.things", ("box",))) == "ask.things!box"
    assert str(Atom("at_least", "reach", ("high",), 0)) == "reach@1>=high"
    assert str(Atom("at_most", "cap", ("low",))) == "cap<=low"
    assert str(Atom("rule", "r1", (), 1)) == "rule r1@2"
    assert Atom("rule", "r1", ()).partner == AGENCY


def test_rule_order_never_matters(tmp_path: Path) -> None:
    rules = ["{ask.open: yes} => {mark: a}", "{mark: a} => {height: high}", "{not: {height: {at_least: middle}}} => {ready: yes}"]
    one, other = World(tmp_path / "one", *rules), World(tmp_path / "other", *reversed(rules))
    for answers in ("", "ask.open: yes", "ask.open: no"):
        for finding in ("mark", "ready"):
            assert one.infer(answers).values(finding) == other.infer(answers).values(finding)
        assert one.infer(answers).level("height") == other.infer(answers).level("height")
