"""The space on the project's own rulebook: threads, limits, goals by name, why not, and the commands."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from advisor.analysis import counterfactual
from advisor.analysis.answer_space import GroundedRulebook, Space
from advisor.analysis.changes import ChangeSolver
from advisor.analysis.consequences import settle
from advisor.analysis.counterfactual import reach
from advisor.analysis.deadline import Deadline, NotDecidedError
from advisor.analysis.goals import read_goals, read_slots
from advisor.analysis.next_question import next_question
from advisor.analysis.solver import holds, models
from advisor.engine.forward_chaining import ChainEngine
from advisor.engine.inference import infer
from advisor.engine.slots import answers_of, case_with
from advisor.explain.why_not import why_not
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.model.rulebook import Rulebook
from conftest import ROOT
from support.command_line import app

EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
CRISIS = ROOT / "examples/crisis-and-a-governors-interest.yaml"


@pytest.fixture(scope="module")
def space(loaded: Loaded) -> Space:
    return Space(loaded.rulebook, loaded.program, loaded.cache)


@pytest.fixture(scope="module")
def engine(loaded: Loaded) -> ChainEngine:
    return ChainEngine(loaded.cache)


@pytest.fixture(scope="module")
def crisis(rulebook: Rulebook) -> Case:
    return read_case(CRISIS, rulebook.vocabulary)


@pytest.mark.long
def test_many_threads_settle_the_same_cases_alike(space: Space, rulebook: Rulebook) -> None:
    cases = [read_case(path, rulebook.vocabulary) for path in EXAMPLES[:4]]
    alone = [settle(case, space.ground(len(case.partners))).status for case in cases]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda case: settle(case, space.ground(len(case.partners))).status, cases * 6))
    assert together == alone * 6


def test_on_complete_cases_the_one_answer_set_is_what_the_chain_says(
    space: Space, rulebook: Rulebook, engine: ChainEngine
) -> None:
    for path in EXAMPLES:
        case = read_case(path, rulebook.vocabulary)
        ground = space.ground(len(case.partners))
        given = answers_of(case)
        filled = {slot: ground.question(slot).options[:1] for slot in ground.slots if slot not in given}
        complete = case_with(case, filled)
        inference = infer(complete, rulebook, ground.program, engine)
        with ground.completions.lend() as held:
            fixed = [lit for slot, answer in answers_of(complete).items() for lit in held.encoding.fixed(slot, answer)]
            found = [
                {n for n, lit in enumerate(held.encoding.truth) if holds(model, lit)}
                for model in models(held.control, fixed, Deadline())
            ]
        assert found == [inference.true]
        status = settle(complete, ground).status
        assert "open" not in status.values()


def test_what_no_time_is_left_for_is_not_decided(space: Space, crisis: Case, engine: ChainEngine) -> None:
    ground = space.ground(len(crisis.partners))
    found = settle(crisis, ground, Deadline(0.0))
    undecided = found.all("not-decided")
    whole = settle(crisis, ground, Deadline(60.0))
    assert bool(undecided) is (found.seconds is not None)
    assert all(whole.status[c] == status for c, status in found.status.items() if status != "not-decided")
    goals = read_goals(["dimension=collaboration"], ground.vocabulary, ground.program, [])
    with pytest.raises(NotDecidedError):
        reach(crisis, goals, ground, engine, deadline=Deadline(0.0))


def test_a_way_is_the_same_however_often_others_were_asked_for_before(
    space: Space, rulebook: Rulebook, crisis: Case, engine: ChainEngine
) -> None:
    asked = []
    for case in (Case("bare", {}, (Partner("Harbor House", {}),)), crisis):
        used = space.ground(len(case.partners))
        for level in rulebook.vocabulary.findings["need"].values:
            goals = read_goals([f"dimension={level}"], used.vocabulary, used.program, [each.name for each in case.partners])
            fresh = GroundedRulebook(rulebook, used.program)
            asked.append((case, goals, used, reach(case, goals, fresh, engine, deadline=Deadline(30.0))))
    for case, goals, used, first in asked * 3:
        assert reach(case, goals, used, engine, deadline=Deadline(30.0)) == first


def test_a_solver_that_lost_its_way_is_left_for_a_new_one(
    space: Space, crisis: Case, monkeypatch: pytest.MonkeyPatch, engine: ChainEngine
) -> None:
    ground = space.ground(len(crisis.partners))
    goals = read_goals(["dimension=collaboration"], ground.vocabulary, ground.program, [])
    expected, asked, cheapest = reach(crisis, goals, ground, engine), list[ChangeSolver](), counterfactual._cheapest

    def losing(held: ChangeSolver, *rest: Any) -> Any:
        asked.append(held)
        if len(asked) == 1:
            raise NotDecidedError(3.0)
        return cheapest(held, *rest)

    monkeypatch.setattr(counterfactual, "_cheapest", losing)
    assert reach(crisis, goals, ground, engine) == expected
    lost, new = asked
    assert lost is not new
    with ground.changes.lend() as held:
        assert held is new


def test_goals_are_read_in_every_spelling(space: Space, crisis: Case) -> None:
    ground = space.ground(len(crisis.partners))
    names = [partner.name for partner in crisis.partners]

    def read(text: str) -> list[str]:
        return [str(goal.ref(names)) for goal in read_goals([text], ground.vocabulary, ground.program, names)[0]]

    assert read("integration") == ["dimension=integration"]
    assert read("dimension = integration") == ["dimension=integration"]
    assert read("need>=cooperation") == ["need>=cooperation"]
    assert read("dimension=none") == ["dimension=none"]
    assert read("ring=funds") == [f"ring=funds@{name}" for name in names]
    assert read(f"ring=funds@{names[0].lower()}") == [f"ring=funds@{names[0]}"]
    assert read("mou") == ["instrument=mou"]


@pytest.mark.parametrize(
    ("text", "code", "nearest"),
    [
        ("dimension=colaboration", "unknown-value", "collaboration"),
        ("dimention=collaboration", "unknown-goal", "dimension"),
        ("integratoin", "unknown-goal", "integration"),
        ("ring=funds@Nobody", "unknown-partner", ""),
    ],
)
def test_an_unknown_goal_gets_the_nearest_name(space: Space, text: str, code: str, nearest: str) -> None:
    ground = space.ground(1)
    with pytest.raises(InputError) as caught:
        read_goals([text], ground.vocabulary, ground.program, ["Harbor House"])
    problem = caught.value.problems[0]
    assert (problem.code, problem.nearest) == (code, nearest)


def test_an_unknown_question_to_keep_gets_the_nearest_name(rulebook: Rulebook) -> None:
    with pytest.raises(InputError) as caught:
        read_slots(["wanted.aims", "partner.trust@Nobody"], rulebook.vocabulary, ["Harbor House"])
    assert [problem.code for problem in caught.value.problems] == ["unknown-question", "unknown-partner"]
    assert read_slots(["wanted.aim", "partner.trust"], rulebook.vocabulary, ["A", "B"]) == {
        (-1, "wanted.aim"),
        (0, "partner.trust"),
        (1, "partner.trust"),
    }


def test_why_not_goes_down_to_the_answers(space: Space, crisis: Case, engine: ChainEngine) -> None:
    ground = space.ground(len(crisis.partners))
    goal = read_goals(["integration"], ground.vocabulary, ground.program, [])[0][0]
    found = why_not(infer(crisis, ground.rulebook, ground.program, engine), goal)
    assert not found.holds
    assert found.rules[0].rule.id == "recommend-integration"
    failed = {failure.test.name for condition in found.rules[0].unmet for failure in condition.failed_tests}
    assert "wanted.aim" in failed
    assert [near.distance for near in found.rules] == sorted(near.distance for near in found.rules)


def test_what_is_concluded_needs_no_why_not(space: Space, crisis: Case, engine: ChainEngine) -> None:
    ground = space.ground(len(crisis.partners))
    inference = infer(crisis, ground.rulebook, ground.program, engine)
    held = inference.values("proceed")[0]
    goal = read_goals([f"proceed={held}"], ground.vocabulary, ground.program, [])[0][0]
    assert why_not(inference, goal).holds


def test_a_question_that_was_passed_over_is_not_asked_again(space: Space, crisis: Case) -> None:
    ground = space.ground(len(crisis.partners))
    first = next_question(crisis, ground).ask
    assert first is not None
    second = next_question(crisis, ground, skip={(first.partner, first.question)}).ask
    assert second is not None
    assert (second.partner, second.question) != (first.partner, first.question)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


@pytest.mark.long
def test_the_commands_speak_and_their_json_can_be_read(tmp_path: Path) -> None:
    case = str(CRISIS)
    for command in (
        ["settle", case],
        ["next", case],
        ["why-not", case, "integration"],
        ["reach", case, "--goal", "dimension=collaboration"],
        ["reach", case, "--goal", "dimension=integration", "--keep", "wanted.aim"],
        ["reach", case, "--goal", "dimension=networking"],
    ):
        code, said = run(*command)
        assert (code, bool(said)) == (0, True)
        code, said = run(*command, "--format", "json")
        assert code == 0
        assert json.loads(said)["case"]
    assert run("next", case, "--limit", "0")[0] in (0, 3)
    code, said = run("rules", "prove", "--witnesses", str(tmp_path), "--limit", "0", "--format", "json")
    assert code == 3
    assert {proof["verdict"] for proof in json.loads(said)} == {"not-decided"}
    assert "not decided in 0 s" in run("rules", "prove", "--witnesses", str(tmp_path), "--limit", "0")[1]
