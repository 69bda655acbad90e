"""Every case under `examples/` is assessed without a problem, and comes out as a fair reader of the sources expects."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from advisor.engine.chain import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.service import Service

FOLDER = Path(__file__).parents[1] / "examples"


@dataclass(frozen=True)
class Expected:
    """What has to come out. Names are separated by spaces; an empty text expects nothing there.

    `dimension` is recommended, needed, attainable ("-" for none). `must` and `never` are cautions and actions; `gate` are stops,
    conditions and reasons to change that must be among those given; `fit` is the fit of each partner, in order.
    """

    proceed: str
    dimension: str
    structure: str
    instrument: str
    categories: str
    must: str = ""
    never: str = ""
    gate: str = ""
    fit: str = ""


# Cautions that would show that a fact of the case was read as more than it is.
POLICE = "no-agreement-with-police children-of-an-arrested-caregiver unclear-whose-case-it-is"
RECORDS = "family-records-not-safe-to-share family-records-handled-by-habit"
MONEY = "money-tilts-decisions funded-body-at-table"

EXPECTED = {
    "domestic-violence-networking": Expected(
        "form", "networking networking networking", "informal-network", "none", "families providers",
        must="swap-agency-facts",
        never=f"families-missing starts-below-the-need aim-beyond-the-work {RECORDS} {MONEY}",
    ),
    "domestic-violence-liaisons": Expected(
        "form", "cooperation cooperation cooperation", "committee", "letter-of-agreement", "families providers",
        must="name-liaisons-for-shared-families",
        never=f"families-missing families-not-prepared means-fall-short-of-the-plan {RECORDS} {MONEY}",
        fit="strong strong by-right",
    ),
    "domestic-violence-waiting-list": Expected(
        "form", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou", "families providers",
        must="families-missing family-records-not-safe-to-share "
        "family-records-handled-by-habit agree-priority-and-how-to-check-it",
        never=f"adopt-a-confidentiality-policy starts-below-the-need {MONEY}",
        fit="strong",
    ),
    "domestic-violence-one-service": Expected(
        "form-with-conditions", "integration integration integration", "board", "statutory-change",
        "families policymakers human-services",
        must="plan-the-restructuring have-the-law-changed",
        never=f"colocation-is-not-integration families-missing starts-below-the-need {RECORDS}",
    ),
    "domestic-violence-shared-office": Expected(
        "form", "collaboration collaboration collaboration", "committee", "mou", "families providers",
        must="colocation-is-not-integration families-not-prepared practice-model-differs",
        never="families-missing starts-below-the-need plan-the-restructuring family-records-not-safe-to-share",
    ),
    "foster-youth-school-records": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "families human-services",
        must=f"{RECORDS} rests-on-one-leader families-not-prepared look-at-shared-school-records",
        never=f"families-missing starts-below-the-need {MONEY} {POLICE}",
        gate="settle-confidentiality",
    ),
    "healthy-families-program": Expected(
        "continue", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "families human-services providers",
        never=f"families-missing more-machinery-than-needed change-or-end-it-in-person {RECORDS} {MONEY}",
    ),
    "regional-professional-development": Expected(
        "form-with-conditions", "cooperation cooperation cooperation", "committee", "letter-of-agreement",
        "families human-services providers community",
        must="funded-body-at-table values-in-conflict people-will-feel-loss missions-pull-apart talk-through-the-ten-points",
        never=f"starts-below-the-need {RECORDS} {POLICE}",
        gate="define-conflicts",
    ),
    "crisis-and-a-governors-interest": Expected(
        "form", "networking networking networking", "informal-network", "none", "families policymakers human-services",
        must="crisis-instead-of-a-purpose share-emergency-numbers",
        never=f"starts-below-the-need aim-beyond-the-work support-in-words-only {RECORDS} {MONEY}",
    ),
    "monthly-roundtable": Expected(
        "continue", "networking networking cooperation", "informal-network", "none", "families human-services",
        never=f"aim-beyond-the-work more-machinery-than-needed lighter-paper-is-enough change-or-end-it-in-person {RECORDS}",
    ),
    "referrals-with-a-confidentiality-form": Expected(
        "form", "networking networking networking", "informal-network", "mou", "families human-services",
        must="family-records-not-safe-to-share family-records-handled-by-habit",
        never=f"adopt-a-confidentiality-policy starts-below-the-need families-missing {MONEY}",
    ),
    "hidden-conflict-of-interest": Expected(
        "do-not-form", "- collaboration collaboration", "", "", "",
        never=f"starts-below-the-need {MONEY}",
        gate="unmanageable-conflict",
        fit="unsuitable not-known",
    ),
    "hospital-wants-a-say-in-removals": Expected(
        "do-not-form", "- collaboration collaboration", "", "", "",
        must="tell-those-who-govern-about-the-demand pressure-on-a-non-negotiable say-no-in-person",
        never="starts-below-the-need write-the-agreement invite-policymakers",
        gate="signing-away-a-non-negotiable",
    ),
    "no-result-both-want": Expected(
        "do-not-form", "- cooperation cooperation", "", "", "",
        never="structure-not-agreed write-the-agreement",
        gate="no-shared-outcome",
        fit="weak",
    ),
    "mandated-council-with-an-unwilling-partner": Expected(
        "change", "networking collaboration networking", "committee", "mou", "families policymakers human-services",
        must="mandating-body-will-judge reluctant-partner starts-below-the-need "
        "go-to-the-mandating-body-first change-or-end-it-in-person",
        never=f"more-machinery-than-needed {MONEY} {POLICE}",
        gate="repair-failed take-to-the-mandating-body not-working",
    ),
    "holiday-drive-with-a-steering-committee": Expected(
        "change", "networking networking networking", "informal-network", "none", "families community",
        must="more-machinery-than-needed lighter-paper-is-enough lighten-the-machinery",
        never=f"process-has-become-the-obstacle keep-the-form-light starts-below-the-need families-missing {RECORDS}",
        gate="lighten",
    ),
    "finished-enrollment-campaign": Expected(
        "end", "- cooperation cooperation", "", "", "",
        must="change-or-end-it-in-person hand-over-running-cases tell-what-was-achieved",
        never="write-the-agreement mandating-body-will-judge",
        gate="purpose-over",
    ),
    "police-agreement-without-arrest-terms": Expected(
        "change", "cooperation cooperation cooperation", "committee", "mou", "families legal community",
        must="children-of-an-arrested-caregiver unclear-whose-case-it-is revised-decisions-breed-blame "
        "critic-left-without-an-answer write-guidance-for-judges add-terms-for-caregiver-arrest",
        never=f"no-agreement-with-police police-agreement-out-of-date {RECORDS} {MONEY}",
        gate="not-working",
    ),
    "paid-charity-as-an-equal": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "committee", "mou", "families providers",
        must="money-tilts-decisions known-conflict-and-no-rule "
        "families-outweighed families-not-prepared take-on-the-contact-duty",
        never=f"funded-body-at-table starts-below-the-need families-missing {RECORDS}",
        gate="define-conflicts",
    ),
    "housing-need-above-the-limit": Expected(
        "form-with-conditions", "cooperation collaboration cooperation", "committee", "mou", "families human-services",
        must="starts-below-the-need reluctant-partner lift-partner-limits review-the-limits",
        never=f"families-missing means-fall-short-of-the-plan {RECORDS} {MONEY}",
        gate="lift-limit",
    ),
    "only-a-few-answers": Expected(
        "form", "cooperation cooperation cooperation", "committee", "letter-of-agreement", "families",
        never=f"starts-below-the-need funded-body-at-table means-fall-short-of-the-plan {RECORDS} {MONEY}",
        fit="not-known",
    ),
    "newborns-exposed-before-birth": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "families policymakers human-services community",
        must="family-records-not-safe-to-share adopt-a-confidentiality-policy meet-government-to-government "
        "burden-on-those-served-worse affected-group-not-heard trust-is-low open-a-path-to-treatment-before-birth",
        never=f"families-missing starts-below-the-need {POLICE}",
        gate="settle-confidentiality define-conflicts build-trust",
    ),
    "early-learning-after-broken-trust": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "families human-services community",
        must="trust-is-broken agency-seen-as-hard-to-work-with earlier-attempt-failed partner-feels-unfairly-treated",
        never=f"families-missing starts-below-the-need {RECORDS} {MONEY}",
        gate="build-trust",
    ),
    "readme": Expected(
        "form", "networking networking networking", "informal-network", "none", "families",
        never=f"starts-below-the-need aim-beyond-the-work {RECORDS} {MONEY}",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine())


@pytest.fixture(params=EXPECTED)
def example(request: pytest.FixtureRequest, advisor: Service) -> tuple[Expected, Advice]:
    """What is expected of an example, and the advice it gets."""
    case = read_case(FOLDER / f"{request.param}.yaml", advisor.rulebook.vocabulary)
    return EXPECTED[request.param], advisor.assess(case)


def test_every_example_has_expectations() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(EXPECTED)


def test_every_example_says_what_it_is_and_where_it_comes_from() -> None:
    for path in FOLDER.glob("*.yaml"):
        if path.stem == "readme":  # the README shows it whole
            continue
        opening = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
        assert "From: 00" in opening, path.name


def test_no_answer_is_set_aside(example: tuple[Expected, Advice]) -> None:
    _, advice = example
    assert advice.unknown.set_aside == ()


def test_gate(example: tuple[Expected, Advice]) -> None:
    expected, advice = example
    assert advice.proceed == expected.proceed
    gate = advice.gate
    assert set(expected.gate.split()) <= {item.id for item in (*gate.stops, *gate.conditions, *gate.change_reasons)}


def test_dimension(example: tuple[Expected, Advice]) -> None:
    expected, advice = example
    found = (advice.dimension.recommended, advice.dimension.needed, advice.dimension.attainable)
    assert " ".join(dimension or "-" for dimension in found) == expected.dimension


def test_form(example: tuple[Expected, Advice]) -> None:
    expected, advice = example
    assert advice.structures[:1] == tuple(expected.structure.split())
    assert advice.instruments[:1] == tuple(expected.instrument.split())


def test_who_is_at_the_table(example: tuple[Expected, Advice]) -> None:
    expected, advice = example
    assert set(expected.categories.split()) <= set(advice.categories)
    if expected.fit:
        assert " ".join(partner.fit or "" for partner in advice.partners) == expected.fit


def test_cautions_and_actions(example: tuple[Expected, Advice], advisor: Service) -> None:
    expected, advice = example
    raised = {item.id for item in (*advice.cautions, *advice.actions)}
    findings = advisor.rulebook.vocabulary.findings
    named = {*expected.must.split(), *expected.never.split()}
    assert named <= {*findings["caution"].values, *findings["action"].values}, "a name here is in no topic file"
    assert set(expected.must.split()) <= raised
    assert not set(expected.never.split()) & raised
