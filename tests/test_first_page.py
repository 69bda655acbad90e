"""The first page of an advice as values: what a leader reads on a page of the advisor's own stands in it too."""

import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.examples import read_examples
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.references import QuestionRef
from advisor.model.sentence import upper_first
from advisor.render.brief import Brief
from advisor.render.first_page import first_page
from advisor.render.question_put import question_put
from advisor.service import Service
from conftest import ROOT


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def test_every_example_says_its_verdict_and_all_that_a_brief_has(loaded: Loaded, service: Service) -> None:
    for example in read_examples(ROOT / "examples", loaded.rulebook.vocabulary).values():
        case = example.file.case
        advice = service.assess(case)
        page, brief = first_page(advice, case, loaded), Brief(advice, loaded)
        sections = {section["id"]: section["sayings"] for section in page["sections"]}
        assert (page["proceed"], page["dimension"]) == (advice.proceed, advice.dimension.recommended)
        assert (page["verdict"]["title"], page["verdict"]["text"]) == (upper_first(brief.verdict), brief.lead)
        assert [each["about"] for each in sections.get("your-question", [])] == [upper_first(a.asked) for a in advice.proposal]
        for name, items in (
            ("settle-first", brief.conditions),
            ("to-do", brief.actions),
            ("contradictions", advice.contradictions),
        ):
            assert [each["title"] for each in sections.get(name, [])] == [upper_first(item.title) for item in items]
        assert len(page["answers"]) == len(case.answers) + sum(len(partner.answers) for partner in case.partners)


def test_every_saying_has_a_reason_and_a_name_that_why_takes(loaded: Loaded, service: Service) -> None:
    example = read_examples(ROOT / "examples", loaded.rulebook.vocabulary)["domestic-violence-waiting-list"]
    page = first_page(service.assess(example.file.case), example.file.case, loaded)
    told = [page["verdict"], *page["facts"], *(each for section in page["sections"] for each in section["sayings"])]
    assert len(told) > 8
    for saying in told:
        assert saying["reasons"], saying["title"]
        assert service.why(example.file.case, saying["name"]).why[0].because


def test_where_nothing_is_known_the_questions_that_would_decide_it_are_named(loaded: Loaded, service: Service) -> None:
    page = first_page(service.assess(Case("", {})), Case("", {}), loaded)
    (section,) = page["sections"]
    assert (section["id"], page["facts"], page["answers"]) == ("would-decide", [], [])
    assert [each["question"] for each in section["sayings"]] == ["wanted.aim"]


def test_a_question_is_put_with_the_options_that_go_with_the_other_answers(loaded: Loaded) -> None:
    case = Case(
        "", {"proposal.ask": ("start", "paper"), "proposal.harm": ("none",)}, (Partner("A", {"partner.role": ("works",)}),)
    )
    put = question_put(QuestionRef("proposal.harm"), case, loaded)
    assert {option["id"] for option in put["options"]} == {"start", "paper", "none", "that-is-all"} & {
        *loaded.rulebook.vocabulary.questions["proposal.harm"].options
    }
    assert put["given"] == ["none"]
    of_partner = question_put(QuestionRef("partner.role", "A"), case, loaded)
    assert (of_partner["name"], of_partner["partner"], of_partner["given"]) == ("partner.role@A", "A", ["works"])
