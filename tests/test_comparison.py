"""Comparison: only what differs between advices, and the rules and answers behind each difference."""

from pathlib import Path

import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.explain.comparison import Comparison, Reading, causes_between, compare
from advisor.io.scenario_reader import read_case_file, read_changes
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.references import ConclusionRef
from advisor.model.scenario import apply
from advisor.model.vocabulary import THAT_IS_ALL
from advisor.render.comparison_view import ComparisonView
from advisor.render.report import Report
from advisor.service import Service
from support.small_programs import FIRST_OF, World

EXAMPLES = Path(__file__).parents[1] / "examples"
HOUSING = EXAMPLES / "housing-need-above-the-limit.yaml"
REACH = "partner.reach=change-practice@City Housing Authority"
HELD = "partner.held=none@City Housing Authority"


@pytest.fixture(scope="session")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def markdown(found: Comparison, advisor: Service) -> str:
    told = {"comparison": found, "told": ComparisonView(found, advisor.loaded)}
    return Report(found, "comparison", advisor.loaded, "chain", told).to_markdown()


def held_against(advisor: Service, *sides: tuple[list[str], list[str], list[str]]) -> Comparison:
    """The housing case against itself with settings, partners added and partners dropped."""
    vocabulary = advisor.rulebook.vocabulary
    case = read_case_file(HOUSING, vocabulary).case
    cases = [("before", case)]
    for number, (settings, add, drop) in enumerate(sides, start=1):
        cases.append((f"after {number}", apply(case, read_changes(settings, add, drop, case, vocabulary, "x"))))
    return compare([reading(advisor, label, case) for label, case in cases])


def reading(advisor: Service, label: str, case: Case) -> Reading:
    return Reading(label, advisor.infer(case), advisor.assess(case))


def test_a_case_does_not_differ_from_itself(advisor: Service) -> None:
    same = held_against(advisor, ([], [], []))
    assert (same.answers, same.differences) == ((), ())


def test_a_dimension_differs_for_the_reasons_that_changed(advisor: Service) -> None:
    found = held_against(advisor, ([REACH, HELD], [], []))
    assert {(a.question, a.partner, a.answers) for a in found.answers} == {
        ("partner.reach", "City Housing Authority", (("plan-together",), ("change-practice",))),
        ("partner.held", "City Housing Authority", (("authority",), ("none",))),
    }
    dimension = next(d for d in found.differences if (d.topic, d.id) == ("dimension", "recommended"))
    assert dimension.values == ("cooperation", "collaboration")
    first = dimension.causes[0][0]
    assert (first.rule, first.began) == ("a-partner-that-plans-along-can-cooperate", False)
    assert {a.question for a in first.answers} == {"partner.reach"}


def test_a_caution_lifted_by_a_fact_that_now_stands_against_it_names_that_fact(advisor: Service) -> None:
    found = held_against(advisor, ([REACH, HELD], [], []))
    lifted = next(d for d in found.differences if d.id == "heads-stay-away")
    assert lifted.values == ("serious", "")
    answers = {a.question for cause in lifted.causes[0] for a in cause.answers}
    assert answers == {"partner.reach", "partner.held"}


def test_every_part_of_the_advice_is_compared(advisor: Service) -> None:
    """What is asked is answered otherwise, and a condition, what held it back, and a partner's own place go with it."""
    found = held_against(advisor, ([REACH, HELD], [], []))
    said = {(d.part, d.id): d.values for d in found.differences}
    assert said["answers", "closer"] == ("yes-if", "yes")
    assert said["conditions", "partner-backing-to-get"] == ("serious", "")
    assert said["held_by", "a-partner"] == ("yes", "")
    assert said["partners", "City Housing Authority"] == ("cooperation|core", "collaboration|core")
    without = held_against(advisor, ([], [], ["City Housing Authority"]))
    assert {d.id: d.values for d in without.about("member")} == {"housing": ("", "yes")}
    worried = held_against(advisor, (["worry.about=unknown"], [], []))
    assert [d.values for d in worried.about("worry")] == [("open", "")]
    words = advisor.wording.phrases["scenarios"]
    for told in (found, without, worried):
        text = markdown(told, advisor)
        assert all(difference.title in text for difference in told.differences if difference.title)
        assert all(words[difference.part] in text for difference in told.about("proposal"))


def test_every_cause_fires_on_one_side_only(advisor: Service) -> None:
    vocabulary = advisor.rulebook.vocabulary
    files = [EXAMPLES / f"domestic-violence-{name}.yaml" for name in ("networking", "liaisons", "waiting-list", "one-service")]
    readings = [reading(advisor, path.stem, read_case_file(path, vocabulary).case) for path in files]
    found = compare(readings)

    def fired(side: Reading) -> set[tuple[str, str | None]]:
        names = [p.name for p in side.inference.case.partners]
        return {(rule, names[n] if n >= 0 else None) for rule, n in side.inference.rules_fired}

    assert found.about("dimension")
    for difference in found.differences:
        assert len(set(difference.values)) > 1
        for side, causes in enumerate(difference.causes, start=1):
            assert bool(causes) is (difference.values[side] != difference.values[0]), difference
            for cause in causes:
                assert ((cause.rule, cause.partner) in fired(readings[side])) is cause.began
                assert ((cause.rule, cause.partner) in fired(readings[0])) is not cause.began


def test_every_difference_is_traced_to_an_answer_or_to_a_partner(advisor: Service) -> None:
    """Whatever single answer changes, what differs is explained by that answer."""
    case = read_case_file(HOUSING, advisor.rulebook.vocabulary).case
    for question in case.answers:
        known = advisor.rulebook.vocabulary.questions[question]
        for option in known.options:
            if (option,) == case.answers[question] or option == THAT_IS_ALL:
                continue
            found = held_against(advisor, ([f"{question}={option}"], [], []))
            for difference in found.differences:
                traced = {a.question for cause in difference.causes[0] for a in cause.answers}
                relevant = {q.id for q in advisor.rulebook.vocabulary.conditional.values()}
                assert question in traced or traced & relevant, (question, option, difference.id)


def test_a_partner_that_is_added_or_left_out_is_the_cause(advisor: Service) -> None:
    found = held_against(advisor, (["partner.category=legal@Tribal Court"], ["Tribal Court"], ["City Housing Authority"]))
    assert found.answers == ()
    gone = next(d for d in found.differences if (d.topic, d.id) == ("partner", "City Housing Authority"))
    assert {c.partner_gone for c in gone.causes[0] if c.steps == 0} == {"City Housing Authority"}
    text = markdown(found, advisor)
    assert "Tribal Court is added" in text
    assert "City Housing Authority is left out" in text


def test_the_text_shows_sides_beside_each_other_and_numbers_the_answers(advisor: Service) -> None:
    found = held_against(advisor, ([HELD], [], []), ([REACH, HELD], [], []))
    text = markdown(found, advisor)
    assert "| **How close** | cooperation | cooperation | collaboration |" in text
    assert (
        "No longer: What you want takes a collaboration, and whoever signs for a partner has not said yes yet. (answer 2)" in text
    )
    assert "### Why after 2 differs" in text


def test_names_with_markup_are_shown_as_they_are(advisor: Service) -> None:
    vocabulary = advisor.rulebook.vocabulary
    case = read_case_file(HOUSING, vocabulary).case
    other = apply(case, read_changes([], ["<b>*|x"], [], case, vocabulary, "x"))
    found = compare([reading(advisor, "a|b", case), reading(advisor, "<i>", other)])
    text = markdown(found, advisor)
    assert "<b>" not in text
    assert "a\\|b" in text


def test_what_took_the_place_of_a_value_is_a_cause(tmp_path: Path) -> None:
    """A mark rests on the second of two values that are alike; an answer gives the first one."""
    rules = ("{ask.open: yes} => {note: one}", "always => {note: three}", "{note: three} => {mark: a}")
    world = World(tmp_path, *rules, changes=FIRST_OF)
    causes = causes_between(world.infer(""), world.infer("ask.open: yes"), [ConclusionRef("mark", "a")])
    assert "ask.open" in {change.question for cause in causes for change in cause.answers}
