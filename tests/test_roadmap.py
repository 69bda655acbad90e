"""Roadmaps: scenarios in order from a case to a goal, each one that the advice supports as it stands then."""

from pathlib import Path

import pytest

from advisor.analysis.roadmap import Roadmap
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.problems import InputError
from advisor.model.scenario import Scenario, apply
from advisor.render import report
from advisor.service import Service

EXAMPLES = Path(__file__).parents[1] / "examples"
STOPPED = ("do-not-form", "end", "undetermined")


@pytest.fixture(scope="session")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def example(name: str, advisor: Service) -> Case:
    return read_case(EXAMPLES / f"{name}.yaml", advisor.rulebook.vocabulary)


def stations(case: Case, found: Roadmap) -> list[Case]:
    """The case after each step, put together anew from the answers the steps name."""
    made, at = [], case
    for step in found.steps:
        for turned in step.changes:
            change = turned.change
            mine = {change.question: change.now}
            assert (at.answers if change.partner is None else partner(at, change.partner)).get(change.question, ()) == change.was
            at = apply(at, Scenario("x", mine) if change.partner is None else Scenario("x", {}, {change.partner: mine}))
        made.append(at)
    return made


def partner(case: Case, name: str) -> dict[str, tuple[str, ...]]:
    return dict(next(p.answers for p in case.partners if p.name == name))


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("housing-need-above-the-limit", "collaboration"),
        ("housing-need-above-the-limit", "integration"),
        ("domestic-violence-networking", "integration"),
        ("crisis-and-a-governors-interest", "collaboration"),
        ("foster-youth-school-records", "networking"),
    ],
)
def test_each_step_is_one_the_advice_supports_and_the_last_is_the_goal(name: str, goal: str, advisor: Service) -> None:
    case = example(name, advisor)
    found = advisor.roadmap(case, f"dimension={goal}")
    assert found.steps
    scale = list(advisor.rulebook.vocabulary.findings["dimension"].values)
    before = {level: advisor.infer(case).level(level) for level in ("dimension", "need")}
    for step, at in zip(found.steps, stations(case, found), strict=True):
        inference = advisor.infer(at)
        now = {level: inference.level(level) for level in ("dimension", "need")}
        assert (step.proceed, step.dimension, step.need) == (inference.values("proceed")[0], now["dimension"], now["need"])
        assert step.proceed not in STOPPED
        if step.support != "last":
            for level in ("dimension", "need"):
                far = [abs(scale.index(goal) - scale.index(value)) for value in (before[level], now[level]) if value]
                assert far == sorted(far, reverse=True)
        before = now
    assert found.steps[-1].dimension == goal


def test_a_limit_the_advice_names_is_lifted_by_itself(advisor: Service) -> None:
    found = advisor.roadmap(example("housing-need-above-the-limit", advisor), "dimension=integration")
    changed = [[turned.change.question for turned in step.changes] for step in found.steps]
    assert changed[:1] == [["partner.reach"]]
    assert changed[2:] == [["possible.authority"], ["possible.means"], ["possible.law-change"]]
    assert [step.support for step in found.steps] == ["named", "choice", "named", "named", "named"]
    held = [{outcome.value for outcome in step.named if outcome.finding == "held-by"} for step in found.steps]
    assert held == [{"a-partner"}, set(), {"own-authority"}, {"own-means"}, {"law-not-said"}]
    assert [{turned.who for turned in step.changes} for step in found.steps] == [
        {"together"},
        {"together"},
        {"agency"},
        {"agency"},
        {"open"},
    ]


def test_a_wider_purpose_is_a_choice_and_is_called_one(advisor: Service) -> None:
    found = advisor.roadmap(example("domestic-violence-networking", advisor), "dimension=integration")
    assert found.steps[0].support == "choice"
    assert "wanted.aim" in {t.change.question for t in found.steps[0].changes}
    assert all(step.support != "choice" for step in found.steps[1:])


def test_the_way_does_not_make_the_purpose_need_more_than_the_goal(advisor: Service) -> None:
    found = advisor.roadmap(example("crisis-and-a-governors-interest", advisor), "dimension=collaboration")
    assert found.steps[-1].need == "collaboration"


def test_a_goal_that_is_reached_needs_no_step(advisor: Service) -> None:
    found = advisor.roadmap(example("domestic-violence-liaisons", advisor), "dimension=cooperation")
    assert (found.steps, found.reachable, found.blocked) == ((), True, ())
    assert "There is nothing to change" in said(found, advisor)


def test_what_nobody_can_change_is_named_as_what_stands_in_the_way(advisor: Service) -> None:
    case = example("housing-need-above-the-limit", advisor)
    forbidden = apply(case, Scenario("x", {"possible.law": ("forbids",), "possible.law-change": ("no",)}))
    found = advisor.roadmap(forbidden, "dimension=collaboration")
    assert (found.steps, found.reachable) == ((), False)
    assert "possible.law" in {blocked.question for blocked in found.blocked}
    assert {blocked.why for blocked in found.blocked} <= {"fixed", "others"}
    assert "stand in the way together" in said(found, advisor)


def test_a_goal_that_no_answers_lead_to_says_so(advisor: Service) -> None:
    found = advisor.roadmap(Case("x", {}), "ask=wanted.experience")
    assert (found.steps, found.reachable, found.blocked) == ((), False, ())
    assert "No answers at all lead to this goal" in said(found, advisor)


def test_a_stop_is_lifted_first(advisor: Service) -> None:
    found = advisor.roadmap(example("hidden-conflict-of-interest", advisor), "proceed=form")
    assert found.start.proceed == "do-not-form"
    assert "conflict-of-interest" in {o.value for o in found.steps[0].named}
    assert found.steps[-1].proceed == "form"


@pytest.mark.parametrize("goal", ["dimension=intergration", "dimensions=integration", "ring=funds@Nobody"])
def test_a_goal_that_is_none_is_bad_input(goal: str, advisor: Service) -> None:
    with pytest.raises(InputError):
        advisor.roadmap(example("housing-need-above-the-limit", advisor), goal)


def test_the_same_case_gives_the_same_roadmap(advisor: Service) -> None:
    case = example("domestic-violence-networking", advisor)
    assert advisor.roadmap(case, "dimension=integration") == advisor.roadmap(case, "dimension=integration")


def said(found: Roadmap, advisor: Service) -> str:
    page = report.roadmap(found, advisor.loaded, "chain").to_html()
    assert page.count("<section>") == len(found.steps)
    return report.roadmap(found, advisor.loaded, "chain").to_markdown()
