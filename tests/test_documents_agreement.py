"""The draft of an agreement: the clauses that a case calls for, filled in, and refused where nothing is to be signed."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from advisor.documents.blocks import Document, DocumentTable, Heading, Items, Paragraph, Run, text_of
from advisor.documents.catalog import compose, offered
from advisor.documents.request import DocumentRequest
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.case import Case, Partner
from advisor.model.problems import InputError
from advisor.service import Service
from conftest import ROOT

NEWBORNS = "newborns-exposed-before-birth"


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def advised(name: str, service: Service) -> tuple[Advice, Case]:
    case = read_case(ROOT / "examples" / f"{name}.yaml", service.vocabulary)
    return service.assess(case), case


def draft(of: tuple[Advice, Case], loaded: Loaded, instrument: str = "") -> Document:
    return compose(*of, loaded, DocumentRequest("agreement", "pdf", instrument=instrument))


def section(document: Document, name: str) -> list[object]:
    return [block for each in document.sections if each.name == name for block in each.blocks]


def clauses(document: Document) -> dict[str, str]:
    """What each clause says, by its title; places to fill in stand in square brackets."""
    found: dict[str, str] = {}
    title = ""
    for block in section(document, "clauses"):
        if isinstance(block, Heading):
            title = block.text.partition(". ")[2]
            found[title] = ""
        elif isinstance(block, Paragraph):
            found[title] += _marked(block.text) + " "
        elif isinstance(block, Items):
            found[title] += " ".join(map(_marked, block.items)) + " "
    return found


def _marked(text: tuple[Run, ...]) -> str:
    return "".join(f"[{run.text}]" if run.style == "blank" else run.text for run in text)


def test_an_agreement_between_governments_has_the_clauses_of_its_case(service: Service, loaded: Loaded) -> None:
    document = draft(advised(NEWBORNS, service), loaded)
    said = clauses(document)
    assert document.title.startswith("Draft: An agreement between governments.")
    wanted = {
        "Purpose",
        "Members",
        "Governments and their courts",
        "Families who wait come first",
        "Money put together",
        "Records and confidentiality",
    }
    assert wanted <= set(said)
    wanted = {
        "Families agree first",
        "Conflict of interest",
        "Who gains and who bears the cost",
        "Decisions on a child's safety",
        "Ending",
    }
    assert wanted <= set(said)
    assert not {"No money", "Numbers, and no names", "When a caregiver is arrested", "Staff who work together"} & set(said)


def test_a_clause_is_filled_in_from_the_case_and_marks_what_is_left(service: Service, loaded: Loaded) -> None:
    advice, case = advised(NEWBORNS, service)
    said = clauses(draft((advice, case), loaded))
    assert "Mothers get treatment before the birth, and fewer babies come into care. They" in said["Purpose"]
    assert "[what will be different, by how much and by when]" in said["Purpose"]
    assert said["Purpose"].rstrip().endswith("Open points here are settled by our leadership.")
    assert "the state child welfare agency, together with New Day Treatment and Red River Nation" in said["Members"]
    assert "Red River Nation: [name and office]" in said["Members"]
    assert "Mothers in Recovery" not in said["Members"]  # asked, and has not answered
    assert "Said so far: Families could be hurt; Records could get into the wrong hands. The" in said["Concerns"]
    whole = replace(case, words={**case.words, "result": "Half as many by 2028."})
    assert "result: Half as many by 2028. Open" not in clauses(draft((advice, whole), loaded))["Purpose"]
    assert "They seek this result: Half as many by 2028." in clauses(draft((advice, whole), loaded))["Purpose"]


def test_every_place_to_fill_in_is_listed_with_who_fills_it_in(service: Service, loaded: Loaded) -> None:
    for name in (NEWBORNS, "paid-charity-as-an-equal", "finished-enrollment-campaign"):
        document = draft(advised(name, service), loaded)
        blanks = list(_blanks(document))
        tables = [block for block in section(document, "to-settle") if isinstance(block, DocumentTable)]
        listed = {each for table in tables for row in table.rows for each in text_of(row[1]).casefold().split("; ")}
        assert {blank.casefold() for blank in blanks} == listed
        assert all(text_of(row[2]) for table in tables for row in table.rows)


def _blanks(document: Document) -> Iterator[str]:
    for block in section(document, "clauses"):
        texts = block.items if isinstance(block, Items) else (block.text,) if isinstance(block, Paragraph) else ()
        yield from (run.text for text in texts for run in text if run.style == "blank")


def test_counsel_is_told_first_what_is_to_be_settled_and_which_law(service: Service, loaded: Loaded) -> None:
    advice, case = advised(NEWBORNS, service)
    document = draft((advice, case), loaded)
    assert document.sections[0].name == "note"
    first = document.sections[0].blocks[0]
    assert isinstance(first, Paragraph)
    assert first.boxed
    assert "This is a draft, not advice on law." in text_of(first.text)
    said = " ".join(_all(document.sections[0].blocks))
    assert [item.title for item in (*advice.conditions, *advice.law) if item.title.casefold() not in said.casefold()] == []


def _all(blocks: tuple[object, ...]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, DocumentTable):
            yield from (text_of(cell) for row in block.rows for cell in row)
        elif isinstance(block, Items):
            yield from map(text_of, block.items)


@pytest.mark.parametrize(
    ("name", "beginning", "has", "has_not"),
    [
        (
            "paid-charity-as-an-equal",
            "Draft: The scope of a contract.",
            {"The service", "Price and payment", "A seat and a payment"},
            {"Term"},
        ),
        (
            "finished-enrollment-campaign",
            "Draft: Terms of ending.",
            {"What ends, and when", "Records"},
            {"Children", "Staff", "Purpose"},
        ),
        (
            "only-a-few-answers",
            "Draft: A letter of agreement.",
            {"Purpose", "Disputes"},
            {"Roles and what each may expect", "No money"},
        ),
        (
            "police-agreement-without-arrest-terms",
            "Draft: A memorandum of understanding.",
            {"When a caregiver is arrested"},
            {"Money put together"},
        ),
    ],
)
def test_each_instrument_has_clauses_of_its_own(
    name: str, beginning: str, has: set[str], has_not: set[str], service: Service, loaded: Loaded
) -> None:
    document = draft(advised(name, service), loaded)
    assert document.title.startswith(beginning)
    assert has <= set(clauses(document))
    assert not has_not & set(clauses(document))


def test_a_scope_is_no_contract_and_is_not_signed(service: Service, loaded: Loaded) -> None:
    document = draft(advised("paid-charity-as-an-equal", service), loaded)
    said = " ".join(text_of(block.text) for each in document.sections for block in each.blocks if isinstance(block, Paragraph))
    assert "no contract" in said
    assert "A scope is not signed." in said
    assert not [block for block in section(document, "signatures") if isinstance(block, DocumentTable)]


def test_a_charter_is_drafted_where_one_is_required(service: Service, loaded: Loaded) -> None:
    answers = {
        "wanted.aim": ("common-outcomes",),
        "today.practice": ("joint",),
        "today.state": ("running",),
        "possible.paper": ("charter",),
        "wanted.body": ("oversee",),
    }
    case = Case("A steering board", answers, (Partner("City Court", {"partner.category": ("legal",)}),))
    of = service.assess(case), case
    document = draft(of, loaded, "charter")
    assert document.title == "Draft: A charter or bylaws. A steering board"
    assert {"To whom it answers", "How it decides", "Family and youth members"} <= set(clauses(document))
    with pytest.raises(InputError) as raised:
        draft(of, loaded, "charta")
    assert [(each.code, each.nearest) for each in raised.value.problems] == [("unknown-instrument", "charter")]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("hidden-conflict-of-interest", "no-agreement-stopped"),
        ("no-result-both-want", "no-agreement-stopped"),
        ("monthly-roundtable", "no-agreement-to-sign"),
        ("", "no-agreement-undecided"),
    ],
)
def test_nothing_is_drafted_where_nothing_is_to_be_signed(name: str, code: str, service: Service, loaded: Loaded) -> None:
    empty = Case("An idea", {})
    of = advised(name, service) if name else (service.assess(empty), empty)
    with pytest.raises(InputError) as raised:
        draft(of, loaded)
    assert [each.code for each in raised.value.problems] == [code]
    assert "agreement" not in offered(*of, loaded)
    if code == "no-agreement-stopped":
        with pytest.raises(InputError):
            draft(of, loaded, "mou")


def test_every_clause_that_can_be_drafted_is_worded_with_known_marks(loaded: Loaded) -> None:
    import re

    from advisor.model.case import FREE_WORDS

    words = loaded.wording.findings["clause"]
    known = {"blank", "each", "partners", "worries", *FREE_WORDS}
    marks = {name: set(re.findall(r"</?([\w-]+)>", each.text)) for name, each in words.items()}
    assert {name: found - known for name, found in marks.items() if found - known} == {}
    assert all(each.text.count("<") == 2 * len(re.findall(r"<(\w+)>.*?</\1>", each.text)) for each in words.values())
