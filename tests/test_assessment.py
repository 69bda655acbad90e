"""Advice is gathered from what the rules concluded, in a fixed order, and comes out the same every time."""

import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Action, Advice
from advisor.model.case import Case, Partner
from advisor.model.rulebook import Rulebook
from advisor.model.wording import Wording
from advisor.render import documents
from advisor.service import Service
from conftest import ROOT
from support.case_files import Assessed
from support.sampling import sampled

CASE = ROOT / "examples" / "domestic-violence-waiting-list.yaml"
NEW = ("form", "form-with-conditions", "do-not-form", "undetermined")
EXISTING = ("continue", "change", "end", "undetermined")
WITHOUT_DIMENSION = ("do-not-form", "end", "undetermined")


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


@pytest.fixture(scope="module")
def advice(advisor: Service) -> Advice:
    return advisor.assess(read_case(CASE, advisor.rulebook.vocabulary))


def test_exactly_one_way_to_proceed_is_concluded(assessed: tuple[Assessed, ...]) -> None:
    for each in assessed:
        assert len(each.inference.values("proceed")) == 1, each.example


def test_an_existing_partnership_continues_changes_or_ends_and_a_new_one_is_formed_or_not(
    assessed: tuple[Assessed, ...],
) -> None:
    for each in assessed:
        words = EXISTING if each.inference.values("existing") else NEW
        assert each.inference.values("proceed")[0] in words, each.example


def test_there_is_a_dimension_exactly_where_the_partnership_should_be(assessed: tuple[Assessed, ...]) -> None:
    assert {each.advice.proceed for each in assessed} == {*NEW, *EXISTING}
    for each in assessed:
        example, advice = each.example, each.advice
        without = advice.proceed in WITHOUT_DIMENSION
        assert (advice.dimension.recommended is None) is without, example
        assert (advice.dimension.title == "") is without
        assert all((row.recommended is None) is without for row in advice.rows.values())


def test_what_is_recommended_is_neither_above_the_need_nor_above_what_can_be_attained(
    assessed: tuple[Assessed, ...], rulebook: Rulebook
) -> None:
    steps = list(rulebook.vocabulary.findings["dimension"].values)
    for each in assessed:
        example, advice = each.example, each.advice
        dimension = advice.dimension
        if dimension.recommended and dimension.needed and dimension.attainable:
            least = min(steps.index(dimension.needed), steps.index(dimension.attainable))
            assert steps.index(dimension.recommended) == least, example


def test_a_dimension_comes_with_a_structure_and_an_instrument(assessed: tuple[Assessed, ...]) -> None:
    for each in assessed:
        example, advice = each.example, each.advice
        if advice.dimension.recommended:
            assert advice.structures, example
            assert advice.instruments, example
        assert len(set(advice.structures)) == len(advice.structures)
        assert len(set(advice.instruments)) == len(advice.instruments)
        assert "none" not in advice.instruments[1:], example
        named = {f"structure={s}" for s in advice.structures} | {f"instrument={i}" for i in advice.instruments}
        assert set(advice.details) == named | {f"in-force={i}" for i in advice.in_force}, example


def test_the_structure_to_choose_and_the_paper_to_sign_come_first(
    assessed: tuple[Assessed, ...],
) -> None:
    for each in assessed:
        example, inference, advice = each.example, each.inference, each.advice
        assert advice.structures[:1] == inference.values("first-structure"), example
        assert advice.instruments[:1] == inference.values("first-instrument"), example


def test_the_gravest_caution_comes_first(assessed: tuple[Assessed, ...], rulebook: Rulebook) -> None:
    severities = rulebook.vocabulary.findings["caution"].attributes["severity"]
    assert severities == ("serious", "minor")  # what is grave is a condition or a stop
    for each in assessed:
        example, advice = each.example, each.advice
        order = [(severities.index(caution.severity), caution.id) for caution in advice.cautions]
        assert order == sorted(order), example
        assert all(caution.sources for caution in advice.cautions)


def test_the_gravest_condition_comes_first_then_what_is_due_first(assessed: tuple[Assessed, ...], rulebook: Rulebook) -> None:
    attributes = rulebook.vocabulary.findings["condition"].attributes
    assert attributes["severity"] == ("grave", "serious")
    several = 0
    for each in assessed:
        conditions = each.advice.conditions
        order = [(attributes["severity"].index(c.severity), attributes["by"].index(c.by)) for c in conditions]
        assert order == sorted(order), each.example
        assert all(c.who and c.done and c.until for c in conditions), each.example
        several += len(conditions) > 1
    assert several > 10


def test_actions_come_by_when_they_are_due_then_weight_then_gravity_then_who_does_them(
    assessed: tuple[Assessed, ...], rulebook: Rulebook
) -> None:
    """Gravity is that of the gravest caution that the rules behind an action raise; none comes last."""
    cautions, actions = rulebook.vocabulary.findings["caution"], rulebook.vocabulary.findings["action"]

    def gravity(action: Action) -> int:
        raised = [value for r in action.reasons for name, value in rulebook.rules[r.rule].conclusions if name == "caution"]
        severities = cautions.attributes["severity"]
        return min((severities.index(cautions.values[value].attributes["severity"]) for value in raised), default=9)

    def place(action: Action, attribute: str) -> int:
        return actions.attributes[attribute].index(actions.values[action.id].attributes[attribute])

    for each in assessed:
        example, advice = each.example, each.advice
        order = [(place(a, "when"), place(a, "weight"), gravity(a), place(a, "who"), a.id) for a in advice.actions]
        assert order == sorted(order), example


def test_a_rows_own_need_is_shown_only_where_it_is_greater(assessed: tuple[Assessed, ...], rulebook: Rulebook) -> None:
    steps = list(rulebook.vocabulary.findings["dimension"].values)
    shown = 0
    for each in assessed:
        example, advice = each.example, each.advice
        for row in advice.rows.values():
            if row.own_need:
                shown += 1
                assert row.recommended
                assert steps.index(row.own_need) > steps.index(row.recommended), example
                assert row.own_reasons
            else:
                assert row.own_reasons == ()
    assert shown


def test_a_row_shows_the_answer_given_about_today(assessed: tuple[Assessed, ...]) -> None:
    shown = set()
    for each in assessed:
        example, advice = each.example, each.advice
        for name, row in advice.rows.items():
            assert row.present == (example.case.answers.get(f"present.{name}") or (None,))[0], example
            shown.add(row.present)
    assert len(shown) > 2


def test_a_partner_is_listed_under_its_category(advice: Advice) -> None:
    assert advice.categories["providers"].partners == ("Harbor House",)
    assert not advice.categories["providers"].missing
    assert advice.partners[0].category == "providers"


def test_members_stand_under_their_own_category(assessed: tuple[Assessed, ...], rulebook: Rulebook) -> None:
    values = rulebook.vocabulary.findings["member"].values
    for each in assessed:
        for name, category in each.advice.categories.items():
            assert {values[member].attributes["category"] for member in category.members} <= {name}


def test_what_was_not_answered_is_listed_and_what_was_is_not(advisor: Service, rulebook: Rulebook) -> None:
    case = Case("c", {"wanted.aim": ("exchange",)}, (Partner("Harbor", {"partner.category": ("providers",)}),))
    unknown = advisor.assess(case).unknown
    assert "wanted.aim" not in unknown.unanswered
    assert "today.required" in unknown.unanswered
    assert set(unknown.unanswered) <= {q.id for q in rulebook.vocabulary.asked_of("agency")}
    assert set(unknown.unanswered_of_partners) == {"Harbor"}
    assert "partner.category" not in unknown.unanswered_of_partners["Harbor"]
    assert "partner.reach" in unknown.unanswered_of_partners["Harbor"]
    assert set(unknown.unanswered_of_partners["Harbor"]) <= {q.id for q in rulebook.vocabulary.asked_of("partner")}


def test_a_question_that_is_not_asked_is_not_listed_as_unknown(advisor: Service, rulebook: Rulebook) -> None:
    conditional = {name for name, question in rulebook.vocabulary.conditional.items() if question.asked == "agency"}
    assert conditional
    unanswered = set(advisor.assess(Case("nothing known", {})).unknown.unanswered)
    relevant = {name for name in rulebook.vocabulary.questions if name not in rulebook.vocabulary.conditional}
    assert unanswered >= relevant & {q.id for q in rulebook.vocabulary.asked_of("agency")}
    assert not conditional <= unanswered


def test_answers_that_do_not_count_are_said_to_be_set_aside(advisor: Service, rulebook: Rulebook) -> None:
    agency, partner = (
        next(q for q in rulebook.vocabulary.conditional.values() if q.asked == scope) for scope in ("agency", "partner")
    )
    case = Case("c", {agency.id: agency.options[:1]}, (Partner("Harbor", {partner.id: partner.options[:1]}),))
    found = advisor.assess(case)
    assert set(found.unknown.set_aside) == {agency.id, f"{partner.id}@Harbor"}


def test_open_questions_that_decide_are_asked_in_words(advisor: Service) -> None:
    unknown = advisor.assess(Case("nothing known", {}, (Partner("Harbor", {}),))).unknown
    assert unknown.decisive
    assert all(item.ask.endswith(("?", ".", ":")) and item.because for item in unknown.decisive)
    assert {item.partner for item in unknown.decisive} <= {None, "Harbor"}


def test_advice_validates_against_its_published_schema(assessed: tuple[Assessed, ...]) -> None:
    schema = json.loads(documents.json_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for each in assessed[::60]:
        assert not list(validator.iter_errors(json.loads(documents.json(each.advice)))), each.example


def test_the_schema_refuses_what_is_no_advice(advice: Advice) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(documents.json_schema()))
    for broken in ("proceed", "dimension", "cautions", "rulebook"):
        content = json.loads(documents.json(advice))
        content[broken] = 7
        assert not validator.is_valid(content), broken
        del content[broken]
        assert not validator.is_valid(content), broken


def test_the_same_case_gives_the_same_bytes(loaded: Loaded, advisor: Service, advice: Advice) -> None:
    again = Service(loaded, ChainEngine(loaded.cache)).assess(read_case(CASE, advisor.rulebook.vocabulary))
    assert documents.json(again) == documents.json(advice)


def test_the_order_of_answers_in_the_file_changes_nothing(advisor: Service, advice: Advice) -> None:
    case = read_case(CASE, advisor.rulebook.vocabulary)
    shuffled = list(case.answers.items())
    random.Random(7).shuffle(shuffled)
    assert shuffled != list(case.answers.items())
    assert documents.json(advisor.assess(replace(case, answers=dict(shuffled)))) == documents.json(advice)


@pytest.mark.long
def test_threads_that_share_an_advisor_give_the_same_bytes_as_one_alone(loaded: Loaded, assessed: tuple[Assessed, ...]) -> None:
    """Each time with an advisor that has worked out nothing yet, and in another order."""
    some = list(assessed[::80])
    for seed in range(2):
        random.Random(seed).shuffle(some)
        shared = Service(loaded, ChainEngine(loaded.cache))
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(shared.assess, (each.example.case for each in some)))
        assert list(map(documents.json, found)) == [documents.json(each.advice) for each in some]


ELSEWHERE = """\
import sys
from pathlib import Path
from advisor.render import documents
from advisor.service import Service
from advisor.io.case_reader import read_case
from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import load
rules, prompts, cache, case = map(Path, sys.argv[1:])
advisor = Service(load(rules, prompts, cache=cache), ChainEngine())
sys.stdout.write(documents.json(advisor.assess(read_case(case, advisor.rulebook.vocabulary))))
"""


@pytest.mark.parametrize("seed", sampled(["4711", "1"], 2))
def test_another_process_gives_the_same_bytes_from_a_copy_of_the_rules(seed: str, tmp_path: Path, advice: Advice) -> None:
    """The copy is written in another order, so that folders list their files otherwise; nothing kept is reused."""
    for folder in ("rules", "prompts"):
        files = [path for path in (ROOT / folder).rglob("*") if path.is_file()]
        random.Random(seed).shuffle(files)
        for path in files:
            target = tmp_path / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    command = [sys.executable, "-c", ELSEWHERE, *map(str, (tmp_path / "rules", tmp_path / "prompts", tmp_path / "cache", CASE))]
    done = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    assert done.stdout.decode() == documents.json(advice)


def test_the_stamp_names_the_rulebook_the_words_and_the_engine(advice: Advice, rulebook: Rulebook, wording: Wording) -> None:
    assert (advice.rulebook.version, advice.rulebook.sha256) == (rulebook.version, rulebook.sha256)
    assert (advice.format, advice.engine) == ("advice/2", "chain")
    assert (advice.wording.language, advice.wording.sha256) == ("en", wording.sha256)
