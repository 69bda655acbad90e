"""The consultation packet: its questions come from what is grave, contested and open; each partner has a page."""

from dataclasses import replace

import pytest

from advisor.documents.blocks import Document, DocumentTable, Heading, Illustration, Items, text_of
from advisor.documents.catalog import compose
from advisor.documents.request import DocumentRequest
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.service import Service
from conftest import ROOT


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def packet(name: str, service: Service, **answers: tuple[str, ...]) -> Document:
    case = read_case(ROOT / "examples" / f"{name}.yaml", service.vocabulary) if name else Case("An idea", {})
    case = replace(case, answers={**case.answers, **{key.replace("__", "."): value for key, value in answers.items()}})
    return compose(service.assess(case, marks=False), case, service.loaded, DocumentRequest("packet", "pdf"))


def texts(document: Document, name: str) -> dict[str, list[str]]:
    """The items of a section's lists, by their heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for block in (block for each in document.sections if each.name == name for block in each.blocks):
        if isinstance(block, Heading):
            heading = block.text
        elif isinstance(block, Items):
            found.setdefault(heading, []).extend(map(text_of, block.items))
    return found


def test_questions_come_from_what_is_grave_contested_and_open(service: Service) -> None:
    asked = texts(packet("newborns-exposed-before-birth", service), "questions")
    assert [each.partition(".")[0] for each in asked["What is grave"]] == [
        "Hear the families who could be worse off, and change the plan with them",
        "Have counsel confirm which records may be shared",
    ]
    assert asked["What is contested"][0].startswith("Families could be hurt")
    assert any(each.startswith("Do one small thing with Red River Nation") for each in asked["What is open"])
    asked = texts(packet("only-a-few-answers", service), "questions")
    assert list(asked) == ["What is open"]
    assert asked["What is open"][0].startswith("About Child Care Subsidy Office: How far would it go, as of now?")


def test_each_partner_has_a_page_with_what_touches_it_and_what_was_said_of_it(service: Service) -> None:
    document = packet("newborns-exposed-before-birth", service)
    pages = [each for each in document.sections if each.name == "partner-pages"]
    assert [each.heading for each in pages] == ["New Day Treatment", "Red River Nation", "Mothers in Recovery"]
    assert all(each.new_page for each in pages)
    nation = replace(document, sections=(pages[1],))
    assert any(
        each.startswith("A tribe is not one more stakeholder.")
        for each in texts(nation, "partner-pages")["What of the advice touches it"]
    )
    said = [text_of(cell) for block in pages[1].blocks if isinstance(block, DocumentTable) for row in block.rows for cell in row]
    assert any("The nation remembers children" in each for each in said)
    others = [
        text_of(cell) for block in pages[0].blocks if isinstance(block, DocumentTable) for row in block.rows for cell in row
    ]
    assert not any("The nation remembers children" in each for each in others)


def test_the_agendas_leave_out_what_the_case_gives_no_reason_for(service: Service) -> None:
    def points(name: str) -> list[str]:
        tables = [
            b for s in packet(name, service).sections if s.name == "agenda-one" for b in s.blocks if isinstance(b, DocumentTable)
        ]
        return [text_of(row[1]) for row in tables[0].rows]

    assert "What has to be settled first" in points("newborns-exposed-before-birth")
    assert "Who is at the table" not in points("hidden-conflict-of-interest")
    assert "The answer, and the reason" in points("hidden-conflict-of-interest")
    assert points("")[0] == "Welcome and ground rules"
    assert "Who does what by when" not in points("")


def test_handouts_are_the_rows_and_the_plan_each_on_a_page(service: Service) -> None:
    document = packet("newborns-exposed-before-birth", service)
    handouts = {each.name: each for each in document.sections if each.heading.startswith("Handout")}
    assert list(handouts) == ["rows", "plan", "conditions"]
    assert handouts["rows"].new_page
    assert handouts["plan"].new_page
    assert any(isinstance(block, Illustration) for block in handouts["plan"].blocks)
    assert not any(isinstance(block, Illustration) for block in handouts["rows"].blocks)  # no row stands elsewhere than it should
    apart = packet("housing-need-above-the-limit", service).sections
    assert any(isinstance(block, Illustration) for each in apart if each.name == "rows" for block in each.blocks)
    assert [
        each.name for each in packet("hidden-conflict-of-interest", service).sections if each.heading.startswith("Handout")
    ] == ["plan"]


def test_everybody_is_asked_about_their_own_conduct(service: Service) -> None:
    assert len(texts(packet("", service), "conduct")[""]) == 6
