"""Agreement and packet in three depths: a page of lines, what is usual, and that with its reasons and sources."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from typer.testing import CliRunner

from advisor import Advisor, Case
from advisor.documents.agreement import draft_of
from advisor.documents.blocks import Block, Document, DocumentTable, Heading, Items, Paragraph, text_of
from advisor.documents.catalog import DEPTHS, compose, make, offered
from advisor.documents.request import DocumentRequest
from advisor.documents.subject import DocumentSubject
from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.io.examples import read_examples
from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.render.documents import Detail
from advisor.service import Service
from advisor.store.records import LOCAL
from conftest import ROOT
from support.api_examples import case_of, client
from support.command_line import app

NAME = "newborns-exposed-before-birth"
PATH = ROOT / "examples" / f"{NAME}.yaml"


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def composed(kind: str, detail: Detail, service: Service, path: Path = PATH) -> Document:
    case = read_case(path, service.vocabulary)
    return compose(service.assess(case), case, service.loaded, DocumentRequest(kind, "pdf", detail=detail))


def said(blocks: list[Block]) -> list[str]:
    found: list[str] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            found.append(text_of(block.text))
        elif isinstance(block, Items):
            found += map(text_of, block.items)
        elif isinstance(block, DocumentTable):
            found += [text_of(cell) for row in block.rows for cell in row]
    return found


def within(document: Document, *names: str) -> list[Block]:
    return [block for section in document.sections if section.name in names for block in section.blocks]


def test_a_term_sheet_has_a_line_a_clause_in_the_words_of_the_draft(service: Service) -> None:
    (table,) = (block for block in within(composed("agreement", "line", service), "terms") if isinstance(block, DocumentTable))
    draft = composed("agreement", "paragraph", service)
    clauses = within(draft, "clauses")
    assert [text_of(row[0]) for row in table.rows] == [block.text for block in clauses if isinstance(block, Heading)]
    whole = " ".join(" ".join(said(clauses)).split())
    for called, line, who in table.rows:
        words = text_of(line)
        assert words, text_of(called)
        first = text_of(line[:-1] if line[-1].style == "blank" else line)
        assert " ".join(first.split()) in whole, text_of(called)
        assert words.endswith((".", "?")) or line[-1].style == "blank", words
        assert bool(text_of(who)) == any(text_of(called) in each for each in said(within(draft, "to-settle")))


def test_in_full_each_clause_has_its_reason_and_where_that_comes_from(service: Service) -> None:
    advice = service.assess(read_case(PATH, service.vocabulary))
    usual, full = (said(within(composed("agreement", detail, service), "clauses")) for detail in ("paragraph", "full"))
    more = [each for each in full if each not in usual]
    assert set(usual) < set(full)
    case = read_case(PATH, service.vocabulary)
    draft = draft_of(DocumentSubject(advice, case, service.loaded, DocumentRequest("agreement", "pdf")))
    for clause in (each for each in advice.clauses if each.draft == draft.name):
        for reason in clause.reasons:
            (told,) = {each for each in more if reason.because[1:] in each}
            sources = [service.rulebook.sources[name] for name in reason.sources]
            assert all(source.section in told and service.rulebook.documents[source.document] in told for source in sources)


def test_a_packet_is_an_agenda_or_the_sessions_or_those_with_the_reasoning(service: Service) -> None:
    line, usual, full = (composed("packet", detail, service) for detail in ("line", "paragraph", "full"))
    names = [[section.name for section in each.sections] for each in (line, usual, full)]
    assert names[0] == ["opening", "agenda-one"]
    assert {"agenda-three", "questions", "partner-pages", "conduct"} <= {*names[1]}
    assert names[2] == [*names[1], "reasoning", "sources"]
    assert within(line, "agenda-one") == within(usual, "agenda-one") == within(full, "agenda-one")
    assert set(said(within(line, "opening"))) < set(said(within(usual, "opening")))


@pytest.mark.parametrize("kind", ["agreement", "packet"])
def test_the_shortest_is_one_page_where_there_is_most_to_say(kind: str, service: Service) -> None:
    cases = [example.file.case for example in read_examples(ROOT / "examples", service.vocabulary).values()]
    advised = [(service.assess(case), case) for case in cases]
    can = [(advice, case) for advice, case in advised if "agreement" in offered(advice, case, service.loaded)]
    longest = sorted(can, key=lambda each: len(each[0].clauses) + len(each[0].actions))[-3:]
    assert [len(advice.clauses) > 15 for advice, _ in longest] == [True] * 3
    for advice, case in longest:
        made = make(advice, case, service.loaded, DocumentRequest(kind, "pdf", detail="line"))
        with pikepdf.open(BytesIO(made)) as pdf:
            assert len(pdf.pages) == 1, case.name


@pytest.mark.parametrize("detail", ["line", "paragraph", "full"])
def test_every_door_gives_the_same_depth(detail: Detail, loaded: Loaded, tmp_path: Path) -> None:
    kind = "agreement"
    expected = Advisor.load().assess(Case.read(PATH)).document(kind, "markdown", detail=detail)
    flags = {"line": ["--brief"], "paragraph": [], "full": ["--full"]}[detail]
    ended = CliRunner().invoke(app, ["document", str(PATH), "--kind", kind, *flags])
    assert ended.stdout_bytes == expected
    with client(loaded, tmp_path) as api:
        body = {"case": case_of(NAME), "kind": kind, "format": "markdown", "detail": detail}
        assert api.post("/api/v1/document", json=body).content == expected
        site = api.app.state.site  # type: ignore[attr-defined]
        saved = site.store.cases.create(LOCAL, read_case_file(PATH, loaded.rulebook.vocabulary), at=site.clock()).entry.id
        address = f"/cases/{saved}/documents/{kind}.markdown" + ("" if detail == "paragraph" else f"?depth={detail}")
        assert f'href="{address}"' in api.get(f"/cases/{saved}/advice").text
        assert api.get(address).text.partition("\n")[0].rstrip() == expected.decode().partition("\n")[0]
    assert len(expected) > 1000


def test_what_has_one_depth_says_so(service: Service) -> None:
    case = read_case(PATH, service.vocabulary)
    for kind, form in (("memo", "pdf"), ("plan", "xlsx")):
        assert DEPTHS[kind] == ("paragraph",)
        with pytest.raises(InputError) as raised:
            service.document(service.assess(case), case, DocumentRequest(kind, form, detail="full"))
        assert [(each.code, each.about, each.found) for each in raised.value.problems] == [("no-such-depth", kind, "full")]
