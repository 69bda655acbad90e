"""Real partnerships, told by others: what a fair expert expects of the advice, and the level that a publication gives.

`tests/field/` holds an expectation for each case, `tests/published/` a level. Where the advice differs, `differs` says so
with an argument from the sources; a difference that is not marked, or a mark without a difference, fails.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import case_of
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case
from advisor.model.problems import Problems
from advisor.model.rulebook import Rulebook
from advisor.service import Service

FOLDER = Path(__file__).parent
FIELD, PUBLISHED = (sorted((FOLDER / name).glob("*.yaml")) for name in ("field", "published"))
MOST_ACTIONS = 12
SOURCE = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")

Points = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Told:
    """A case with what has to come out, by the points of an advice, and where it does not, with the argument."""

    case: Case
    expected: Points
    never: Points
    differs: Mapping[str, str]


# What a point holds: the finding whose values it names, or "" where it names partners.
FINDING_OF = {
    "proceed": "proceed",
    "needed": "need",
    "dimension": "dimension",
    "core": "",
    "structures": "structure",
    "instruments": "instrument",
    "categories": "category",
    "members": "member",
    "missing": "missing",
    "stops": "stop",
    "change_reasons": "change-reason",
    "conditions": "condition",
    "cautions": "caution",
    "actions": "action",
    "law": "counsel",
}
EXACT = ("proceed", "needed", "dimension", "core")  # what is expected there is all there is
FIRST = ("structures", "instruments")  # what is expected first there is the principal one


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def document(path: Path) -> dict[str, object]:
    read = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)
    assert isinstance(read, dict)
    return read


def case_in(told: Mapping[str, object], path: Path, rulebook: Rulebook) -> Case:
    problems = Problems(str(path))
    case, left_out = case_of(told["case"], ("case",), path.stem, rulebook.vocabulary, problems)  # type: ignore[arg-type]
    problems.raise_if_any()
    assert not left_out  # nothing is in the words of an earlier rulebook
    return case


def told_in(path: Path, rulebook: Rulebook) -> Told:
    """A file of `tests/field/`; every name in it has to be one that the rulebook or the case has."""
    read = document(path)
    assert set(read) <= {"sees", "case", "expected", "never", "differs"}
    assert str(read["sees"]).strip()
    case = case_in(read, path, rulebook)
    expected, never = (_points(read[key], case, rulebook) for key in ("expected", "never"))
    differs = read.get("differs", {})
    assert isinstance(differs, dict)
    assert set(differs) <= {*expected, *never}
    return Told(case, expected, never, differs)


def _points(given: object, case: Case, rulebook: Rulebook) -> dict[str, list[str]]:
    assert isinstance(given, dict)
    found = {point: [values] if isinstance(values, str) else list(values) for point, values in given.items()}
    for point, values in found.items():
        finding = FINDING_OF[point]
        known = rulebook.vocabulary.findings[finding].values if finding else {partner.name for partner in case.partners}
        assert values
        assert set(values) <= set(known), point
    return found


def came_out(advice: Advice) -> dict[str, list[str]]:
    """What an advice says, by point."""
    level = advice.dimension
    return {
        "proceed": [advice.proceed],
        "needed": [level.needed] if level.needed else [],
        "dimension": [level.recommended] if level.recommended else [],
        "core": [partner.name for partner in advice.partners if partner.core],
        "structures": list(advice.structures),
        "instruments": list(advice.instruments),
        "categories": list(advice.categories),
        "members": [member for category in advice.categories.values() for member in category.members],
        "missing": [item.id for item in advice.members_missing],
        "stops": [item.id for item in advice.gate.stops],
        "change_reasons": [item.id for item in advice.gate.change_reasons],
        "conditions": [item.id for item in advice.conditions],
        "cautions": [item.id for item in advice.cautions],
        "actions": [item.id for item in advice.actions],
        "law": [item.id for item in advice.law],
    }


def differing(told: Told, found: Points) -> dict[str, list[str]]:
    """The points that do not come out as they should, with what came out."""
    wrong = {point for point, values in told.expected.items() if not _met(point, values, found[point])}
    wrong |= {point for point, values in told.never.items() if set(values) & set(found[point])}
    return {point: list(found[point]) for point in sorted(wrong)}


def _met(point: str, expected: Sequence[str], found: Sequence[str]) -> bool:
    if point in EXACT:
        return set(found) == set(expected)
    return set(expected) <= set(found) and (point not in FIRST or found[0] == expected[0])


@pytest.mark.parametrize("path", FIELD, ids=lambda path: path.stem)
def test_a_field_case_comes_out_as_an_expert_expects(path: Path, advisor: Service) -> None:
    told = told_in(path, advisor.rulebook)
    advice = advisor.assess(told.case)
    wrong = differing(told, came_out(advice))
    assert set(wrong) == set(told.differs), wrong
    for point, argument in told.differs.items():
        assert set(SOURCE.findall(argument)) & set(advisor.rulebook.sources), f"{point}: no source is named"
    assert len(advice.actions) <= MOST_ACTIONS


def test_a_mark_without_a_difference_and_a_difference_without_a_mark_are_found(advisor: Service) -> None:
    told = told_in(FOLDER / "field" / "09-family-unification-vouchers.yaml", advisor.rulebook)
    found = came_out(advisor.assess(told.case))
    assert differing(told, found) == {}
    assert set(differing(Told(told.case, {"dimension": ["integration"]}, {}, {}), found)) == {"dimension"}
    assert set(differing(Told(told.case, {}, {"proceed": ["form"]}, {}), found)) == {"proceed"}
    assert set(differing(Told(told.case, {"structures": ["board"]}, {}, {}), found)) == {"structures"}


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_the_level_that_was_published_is_todays_or_the_recommended_one(path: Path, advisor: Service) -> None:
    read = document(path)
    assert set(read) <= {"source", "graded", "published", "case", "differs"}
    dimension = advisor.assess(case_in(read, path, advisor.rulebook)).dimension
    assert read["published"] in advisor.vocabulary.findings["dimension"].values
    assert (read["published"] not in (dimension.present, dimension.recommended)) is ("differs" in read), dimension
    if "differs" in read:
        assert set(SOURCE.findall(str(read["differs"]))) & set(advisor.rulebook.sources)


def test_all_cases_are_there() -> None:
    assert (len(FIELD), len(PUBLISHED)) == (28, 15)
