"""What followed from a case can be asked of an inference: what holds, at which level, and by which clauses."""

from pathlib import Path

from advisor.engine.program import Atom
from support.small_programs import World

RULES = (
    "{ask.open: yes} => {mark: [c, a]}",
    "{ask.step: high} => {mark: a, height: high}",
    "{height: {at_least: middle}} => {ready: yes}",
    "each-partner {partner.keen: yes} => {badge: gold, reach: middle}",
)


def test_values_stand_in_the_order_in_which_they_are_declared(tmp_path: Path) -> None:
    assert World(tmp_path, *RULES).infer("ask.open: yes").values("mark") == ("a", "c")


def test_a_flag_has_one_value_or_none(tmp_path: Path) -> None:
    world = World(tmp_path, *RULES)
    assert world.infer("ask.step: high").values("ready") == ("yes",)
    assert world.infer("ask.step: low").values("ready") == ()


def test_an_atom_that_the_program_does_not_know_does_not_hold(tmp_path: Path) -> None:
    inference = World(tmp_path, *RULES).infer("ask.open: yes")
    assert inference.holds(Atom("finding", "mark", ("a",)))
    assert not inference.holds(Atom("finding", "mark", ("b",)))
    assert not inference.holds(Atom("finding", "nothing", ("b",)))


def test_inputs_and_conclusions_are_both_true(tmp_path: Path) -> None:
    inference = World(tmp_path, *RULES).infer("ask.step: high")
    said = {str(inference.program.atoms[n]) for n in inference.true}
    assert said == {
        "ask.step=high",
        "rule r2",
        "rule r3",
        "mark=a",
        "height>=high",
        "height>=middle",
        "height>=low",
        "ready=yes",
    }


def test_support_holds_every_clause_that_gave_an_atom(tmp_path: Path) -> None:
    inference = World(tmp_path, *RULES).infer("ask.open: yes, ask.step: high")
    number = inference.program.number[Atom("finding", "mark", ("a",))]
    givers = {str(inference.program.atoms[n]) for clause in inference.support[number] for n in clause.positive}
    assert givers == {"rule r1", "rule r2"}


def test_a_level_is_concluded_once_at_what_it_came_to_whichever_step_is_asked_for(tmp_path: Path) -> None:
    inference = World(tmp_path, *RULES).infer("ask.step: high", "partner.keen: yes")
    number = inference.program.number
    steps = [number[Atom("at_least", "height", (step,))] for step in ("low", "middle", "high")]
    assert [inference.came_to(step) for step in steps] == [steps[2]] * 3
    assert inference.concluded("height") == {"high": steps[2]}
    assert set(inference.conclusions) & set(steps) == {steps[2]}
    assert inference.concluded("reach") == {}
    assert inference.level("reach", 0) == "middle"


def test_a_set_is_no_level_and_a_level_no_set(tmp_path: Path) -> None:
    inference = World(tmp_path, *RULES).infer("ask.step: high")
    assert inference.level("mark") is None
    assert inference.values("height") == ()


def test_rules_fired_are_named_with_their_partner(tmp_path: Path) -> None:
    inference = World(tmp_path, *RULES).infer("ask.open: yes", "partner.keen: no", "partner.keen: yes")
    assert inference.rules_fired == (("r1", -1), ("r4", 1))


def test_an_answer_set_aside_is_seen_by_no_rule(tmp_path: Path) -> None:
    world = World(tmp_path, "{ask.colour: red} => {mark: a}", "{unknown: ask.colour} => {mark: b}")
    inference = world.infer("ask.open: no, ask.colour: red")
    assert inference.values("mark") == ("b",)
    assert inference.facts.set_aside == (("", "ask.colour"),)
    assert world.marks("ask.open: yes, ask.colour: red") == ("a",)
