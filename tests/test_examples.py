"""Every case under `examples/` is assessed without a problem, and comes out as a fair reader of the sources expects."""

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case
from advisor.render import documents
from advisor.service import Service

FOLDER = Path(__file__).parents[1] / "examples"


@dataclass(frozen=True)
class Expected:
    """What has to come out. Names are separated by spaces; an empty text expects nothing there.

    `dimension` is recommended, needed, attainable ("-" for none). `answers` tells the verdict on each thing asked.
    `missing` are all the members named as missing, `settle` all that is to be settled first. `gate` are stops and reasons
    to change that must be among those given, `must` and `never` cautions, actions and conditions.
    """

    proceed: str
    dimension: str
    structure: str
    instrument: str
    answers: str
    categories: str = ""
    missing: str = ""
    settle: str = ""
    gate: str = ""
    must: str = ""
    never: str = ""


# What would show that a fact of the case was read as more than it is.
RECORDS = (
    "records-law-to-confirm releases-to-get records-to-limit records-kept-out write-record-terms victim-records-can-endanger "
    "names-where-totals-would-do"
)
MONEY = "paid-partner-with-a-vote paid-partners-may-not-speak-freely payer-may-steer shared-money-needs-rules tie-pay-to-results"
SAFETY = "safety-decision-stays safety-decision-to-clear say-where-each-acts-alone"
BELOW = "heads-stay-away own-backing-to-get own-means-to-find partner-backing-to-get go-to-your-head find-the-means"
NEW = "trade-the-basics name-liaisons agree-measures train-together"  # for a beginning, not for what runs

EXPECTED = {
    "domestic-violence-networking": Expected(
        "form", "networking networking networking", "informal-network", "none", "start:yes", "providers",
        must="trade-the-basics",
        never=f"agree-measures set-a-review name-liaisons {RECORDS} {MONEY} {SAFETY} {BELOW}",
    ),
    "domestic-violence-liaisons": Expected(
        "form", "cooperation cooperation cooperation", "informal-network", "letter-of-agreement", "closer:yes",
        "families providers", missing="",
        must="name-liaisons agree-measures",
        never=f"family-partner-not-prepared prepare-families {RECORDS} {MONEY} {SAFETY} {BELOW}",
    ),
    "domestic-violence-waiting-list": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "closer:yes-if paper:yes-if", "families providers",
        missing="survivors",
        settle="releases-to-get",
        must="agree-priority write-record-terms victim-records-can-endanger name-a-contact",
        never=f"other-way-of-working {MONEY} {SAFETY} {BELOW}",
    ),
    "domestic-violence-one-service": Expected(
        "form-with-conditions", "integration integration integration", "board", "statutory-change", "one:yes-if",
        "families policymakers human-services",
        missing="law-enforcement legislatures own-counsel own-staff",
        settle="law-to-change-first",
        must="plan-the-merger draft-the-law victim-records-can-endanger shared-money-needs-rules",
        never=f"sharing-an-office-is-not-merging prepare-families releases-to-get safety-decision-stays {BELOW}",
    ),
    "domestic-violence-shared-office": Expected(
        "form", "collaboration collaboration collaboration", "committee", "mou", "closer:yes", "families providers",
        missing="law-enforcement own-staff",
        must="sharing-an-office-is-not-merging family-partner-not-prepared write-whose-rules",
        never=f"plan-the-merger draft-the-law releases-to-get shared-money-needs-rules {BELOW}",
    ),
    "foster-youth-school-records": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "start:yes-if records:not-yet", "families human-services",
        missing="caregivers own-counsel",
        settle="records-law-to-confirm those-affected-to-hear",
        must="name-a-second-person family-partner-not-prepared hear-the-families",
        never=f"who-pays-while-disputed {MONEY} {SAFETY} {BELOW}",
    ),
    "healthy-families-program": Expected(
        "continue", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou", "keep:yes",
        "families human-services providers",
        must="keep-what-works disclosed-conflict-stays-in-view",
        never=f"step-back-openly write-it-down paid-partner-with-a-vote {RECORDS} {SAFETY} {BELOW} {NEW}",
    ),
    "regional-professional-development": Expected(
        "form-with-conditions", "cooperation cooperation cooperation", "committee", "letter-of-agreement", "start:yes-if",
        "families human-services providers community",
        missing="biological-family own-staff",
        settle="conflict-to-check paid-partner-with-a-vote",
        must="ask-front-line staff-not-heard",
        never=f"tie-pay-to-results shared-money-needs-rules {RECORDS} {SAFETY} {BELOW}",
    ),
    "crisis-and-a-governors-interest": Expected(
        "form", "networking networking networking", "informal-network", "none", "start:yes formality:no",
        "policymakers human-services",
        must="crisis-presses backed-from-the-top-is-no-reason trade-the-basics",
        never=f"more-wanted-than-planned set-a-review agree-measures {RECORDS} {MONEY} {SAFETY} {BELOW}",
    ),
    "monthly-roundtable": Expected(
        "continue", "networking networking cooperation", "informal-network", "letter-of-agreement", "keep:yes",
        "families human-services",
        must="keep-what-works",
        never=f"step-back-openly more-wanted-than-planned {RECORDS} {MONEY} {SAFETY} {BELOW} {NEW}",
    ),
    "referrals-with-a-confidentiality-form": Expected(
        "form-with-conditions", "networking networking networking", "informal-network", "mou",
        "start:yes-if records:yes-if", "human-services",
        missing="",
        settle="releases-to-get",
        must="write-record-terms trade-the-basics",
        never=f"names-where-totals-would-do records-law-to-confirm name-liaisons set-a-review {MONEY} {SAFETY} {BELOW}",
    ),
    "hidden-conflict-of-interest": Expected(
        "do-not-form", "- collaboration collaboration", "", "", "start:no pay:no say:no",
        gate="conflict-of-interest",
        must="say-no-in-person",
        never=f"write-record-terms agree-measures tie-pay-to-results set-a-review {BELOW}",
    ),
    "hospital-wants-a-say-in-removals": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou",
        "start:not-this say:not-this", "families human-services",
        missing="biological-family own-counsel",
        settle="price-to-refuse safety-decision-stays",
        must="stronger-partner",
        never=f"nobody-carries-it records-law-to-confirm releases-to-get {MONEY} {BELOW}",
    ),
    "no-result-both-want": Expected(
        "do-not-form", "- cooperation cooperation", "", "", "start:no",
        gate="no-common-result",
        must="say-no-in-person",
        never=f"talk-values-through agree-measures set-a-review {RECORDS} {MONEY} {BELOW}",
    ),
    "mandated-council-with-an-unwilling-partner": Expected(
        "change", "cooperation collaboration cooperation", "committee", "mou", "mend:yes complain:yes",
        "families policymakers human-services legal",
        missing="courts law-guardians mental-health prosecutors schools youth",
        settle="duty-to-clear-up statements-to-protect outcome-to-agree own-means-to-find",
        gate="repair-failed works-badly unhealthy-tension",
        must="bring-the-absent-back settle-the-conflict offer-a-part-within-the-law",
        never=f"step-back-openly partner-to-win needed-partner-to-win tell-partners-in-person restart-small {MONEY}",
    ),
    "holiday-drive-with-a-steering-committee": Expected(
        "change", "networking networking collaboration", "informal-network", "none", "lighter:yes", "families community",
        gate="lighter-enough",
        must="step-back-openly",
        never=f"find-the-means restart-meetings agree-measures write-it-down {RECORDS} {MONEY} {SAFETY} {NEW}",
    ),
    "finished-enrollment-campaign": Expected(
        "end", "- cooperation cooperation", "", "", "end:yes", "human-services community",
        settle="records-brought-home",
        gate="purpose-over",
        must="tell-partners-in-person say-what-was-achieved",
        never=f"children-placed-first court-told find-the-means set-a-review write-record-terms {MONEY} {NEW}",
    ),
    "police-agreement-without-arrest-terms": Expected(
        "change", "cooperation cooperation cooperation", "informal-network", "mou", "mend:yes", "families legal community",
        missing="prosecutors",
        settle="those-affected-to-hear arrest-terms-to-write",
        gate="works-in-part",
        must="decisions-revised-unsaid critic-not-answered answer-the-critic families-abroad-need-rules write-who-decides",
        never=f"records-law-to-confirm releases-to-get find-the-means step-back-openly {MONEY}",
    ),
    "paid-charity-as-an-equal": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "committee", "contract",
        "closer:yes-if pay:yes-if say:yes-if", "families providers",
        missing="purchasing",
        settle="paid-partner-with-a-vote",
        must="paid-partners-may-not-speak-freely conflict-may-be-seen family-partner-not-prepared nobody-carries-it "
        "carry-it-yourself tie-pay-to-results",
        never=f"name-a-contact releases-to-get records-law-to-confirm conflict-to-check safety-decision-stays {BELOW}",
    ),
    "housing-need-above-the-limit": Expected(
        "form-with-conditions", "cooperation collaboration cooperation", "committee", "mou", "closer:yes-if",
        "families human-services",
        missing="courts parents-counsel",
        settle="partner-backing-to-get",
        must="heads-stay-away bring-heads-together plan-the-next-step rivals-for-the-same-money stronger-partner agree-priority",
        never=f"own-backing-to-get own-means-to-find releases-to-get records-law-to-confirm prepare-families {MONEY}",
    ),
    "only-a-few-answers": Expected(
        "form", "cooperation cooperation cooperation", "committee", "letter-of-agreement", "start:yes",
        "families human-services",
        missing="families",
        must="one-way-in",
        never=f"name-a-contact agree-measures {RECORDS} {MONEY} {SAFETY} {BELOW}",
    ),
    "newborns-exposed-before-birth": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group",
        "intergovernmental-agreement", "start:yes-if records:not-yet", "families policymakers human-services community",
        missing="community hospitals medicaid over-represented-families own-counsel",
        settle="burdened-group-to-hear records-law-to-confirm paid-partner-with-a-vote trust-to-rebuild jurisdiction-to-write "
        "notice-is-no-report",
        must="meet-government-to-government tribe-is-not-a-stakeholder families-have-no-part seat-families count-by-group "
        "treatment-records-have-their-own-law agree-priority",
        never=f"tribe-to-consult safety-decision-stays nobody-carries-it {BELOW}",
    ),
    "early-learning-after-broken-trust": Expected(
        "form-with-conditions", "collaboration collaboration collaboration", "sponsor-oversight-group", "mou", "start:yes-if",
        "families human-services community",
        settle="trust-to-rebuild",
        must="failed-before learn-why-it-failed seen-as-difficult nobody-carries-it carry-it-yourself",
        never=f"prepare-families family-partner-not-prepared name-a-contact {RECORDS} {MONEY} {SAFETY} {BELOW}",
    ),
    "readme": Expected(
        "form", "networking networking networking", "informal-network", "none", "start:yes", "providers",
        must="trade-the-basics",
        never=f"agree-measures set-a-review name-liaisons {RECORDS} {MONEY} {SAFETY} {BELOW}",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


@pytest.fixture(params=EXPECTED)
def example(request: pytest.FixtureRequest, advisor: Service) -> tuple[Expected, Case, Advice]:
    """What is expected of an example, the case, and the advice it gets."""
    case = read_case(FOLDER / f"{request.param}.yaml", advisor.rulebook.vocabulary)
    return EXPECTED[request.param], case, advisor.assess(case)


def test_every_example_has_expectations() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(EXPECTED)


def test_every_example_says_what_it_is_and_where_it_comes_from() -> None:
    for path in FOLDER.glob("*.yaml"):
        if path.stem == "readme":  # the README shows it whole
            continue
        opening = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# "))
        assert "From: 00" in opening, path.name


def test_no_answer_is_set_aside_and_none_contradicts_another(example: tuple[Expected, Case, Advice]) -> None:
    _, _, advice = example
    assert advice.unknown.set_aside == ()
    assert advice.contradictions == ()


def test_gate(example: tuple[Expected, Case, Advice]) -> None:
    expected, _, advice = example
    assert advice.proceed == expected.proceed
    assert set(expected.gate.split()) <= {item.id for item in (*advice.gate.stops, *advice.gate.change_reasons)}


def test_what_is_to_be_settled_first(example: tuple[Expected, Case, Advice]) -> None:
    expected, _, advice = example
    assert {condition.id for condition in advice.conditions} == set(expected.settle.split())


def test_dimension(example: tuple[Expected, Case, Advice]) -> None:
    expected, _, advice = example
    found = (advice.dimension.recommended, advice.dimension.needed, advice.dimension.attainable)
    assert " ".join(dimension or "-" for dimension in found) == expected.dimension


def test_form(example: tuple[Expected, Case, Advice]) -> None:
    expected, _, advice = example
    assert advice.structures[:1] == tuple(expected.structure.split())
    assert advice.instruments[:1] == tuple(expected.instrument.split())


def test_what_was_asked_is_answered(example: tuple[Expected, Case, Advice]) -> None:
    expected, _, advice = example
    assert {f"{answer.to}:{answer.verdict}" for answer in advice.proposal} == set(expected.answers.split())


def test_who_is_at_the_table_and_who_is_missing(example: tuple[Expected, Case, Advice]) -> None:
    expected, _, advice = example
    assert set(expected.categories.split()) <= set(advice.categories)
    assert {member.id for member in advice.members_missing} == set(expected.missing.split())


def test_cautions_and_actions(example: tuple[Expected, Case, Advice], advisor: Service) -> None:
    expected, _, advice = example
    raised = {item.id for item in (*advice.cautions, *advice.actions, *advice.conditions)}
    findings = advisor.rulebook.vocabulary.findings
    named = {*expected.must.split(), *expected.never.split()}
    known = {value for finding in ("caution", "action", "condition") for value in findings[finding].values}
    assert named <= known, "a name here is in no topic file"
    assert set(expected.must.split()) <= raised
    assert not set(expected.never.split()) & raised


def test_what_is_shown_stands_beside_a_fact_of_the_leaders(example: tuple[Expected, Case, Advice], loaded: Loaded) -> None:
    _, _, advice = example
    said = re.sub(r"\\(.)", r"\1", documents.markdown(advice, loaded))
    shown = [item for item in (*advice.conditions, *advice.cautions, *advice.actions) if item.title[1:] in said]
    noted = [(item.id, notes) for item in shown if (notes := [p.note for p in item.premises if p.note])]
    assert [name for name, notes in noted if not any(note[1:] in said for note in notes)] == []


@pytest.mark.parametrize("form", ["full", "html"])
def test_the_leaders_own_facts_stand_in_the_advice(form: str, example: tuple[Expected, Case, Advice], loaded: Loaded) -> None:
    _, case, advice = example
    if form == "html":
        said = unescape(re.sub(r"<[^>]*>", "", documents.html(advice, loaded)))
    else:
        said = re.sub(r"\\(.)", r"\1", documents.markdown(advice, loaded, "full" if form == "full" else "paragraph"))
    written = [*case.notes.values(), *(note for partner in case.partners for note in partner.notes.values())]
    assert [note for note in written if note[1:] not in said] == []  # what is asked begins with a capital letter


def test_each_worry_is_taken_up(example: tuple[Expected, Case, Advice]) -> None:
    _, case, advice = example
    assert {worry.about for worry in advice.worries} == {*case.answers.get("worry.about", ())} - {"none"}
