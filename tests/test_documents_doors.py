"""Documents from every door: the same bytes from the command line, Python, the API and the pages, and nobody waits for them."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor import Advisor, Case
from advisor.documents.catalog import FORMS, KINDS
from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.store.records import LOCAL
from conftest import ROOT
from support.api_examples import case_of, client
from support.command_line import app
from support.sampling import sampled
from support.servers import Site, serving

NAME = "newborns-exposed-before-birth"
PATH = ROOT / "examples" / f"{NAME}.yaml"
DAY, SIGNING = date(2026, 1, 5), date(2026, 3, 1)
ALL = [(kind, form) for kind, forms in KINDS.items() for form in forms]


@pytest.fixture(scope="module")
def advisor() -> Advisor:
    return Advisor.load()


@pytest.fixture(scope="module")
def api(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with client(loaded, tmp_path_factory.mktemp("documents")) as made:
        yield made


@pytest.fixture(scope="module")
def case_id(api: TestClient, loaded: Loaded) -> str:
    site = api.app.state.site  # type: ignore[attr-defined]
    file = read_case_file(PATH, loaded.rulebook.vocabulary)
    made: str = site.store.cases.create(LOCAL, file, at=datetime(2026, 1, 5, tzinfo=UTC)).entry.id
    return made


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["document", *map(str, arguments)])


@pytest.mark.parametrize(("kind", "form"), sampled(ALL, 7))
def test_every_door_gives_the_same_bytes(
    kind: str, form: str, advisor: Advisor, api: TestClient, case_id: str, tmp_path: Path
) -> None:
    expected = advisor.assess(Case.read(PATH)).document(
        kind, form, day=DAY, to="The board", sender="Dana", due={"before-signing": SIGNING}
    )
    path = tmp_path / f"made.{FORMS[form].ending}"
    arguments = ["--kind", kind, "--date", DAY, "--to", "The board", "--from", "Dana", "--due", f"before-signing={SIGNING}"]
    ended = run(PATH, *arguments, "-o", path)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert str(path) in ended.stderr
    assert path.read_bytes() == expected
    body = {
        "kind": kind,
        "format": form,
        "date": str(DAY),
        "to": "The board",
        "from": "Dana",
        "due": {"before-signing": str(SIGNING)},
    }
    for about in ({"case": case_of(NAME)}, {"saved": case_id}):
        answer = api.post("/api/v1/document", json={**about, **body})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].partition(";")[0] == FORMS[form].media_type
        assert answer.content == expected


@pytest.mark.parametrize(("kind", "form"), sampled([each for each in ALL if each[1] != "ics"]))
def test_the_page_leads_to_every_document(kind: str, form: str, advisor: Advisor, api: TestClient, case_id: str) -> None:
    address = f"/cases/{case_id}/documents/{kind}.{form}"
    assert address in api.get(f"/cases/{case_id}/advice").text
    memo = api.get(f"/cases/{case_id}/memo", params={"to": "The board", "from": "Dana"}).text
    assert f"{address}?to=The+board&amp;from=Dana" in memo
    answer = api.get(address, params={"to": "The board", "from": "Dana"})
    assert answer.status_code == 200
    assert answer.content == advisor.assess(Case.read(PATH)).document(kind, form, day=DAY, to="The board", sender="Dana")
    assert f".{FORMS[form].ending}" in answer.headers["content-disposition"]


def test_a_calendar_without_days_and_a_document_that_there_is_not_are_not_offered(api: TestClient, case_id: str) -> None:
    assert "plan.ics" not in api.get(f"/cases/{case_id}/advice").text
    assert api.get(f"/cases/{case_id}/documents/plan.ics").status_code == 422
    for name in ("memo.xlsx", "letter.pdf", "plan.pdf"):
        assert api.get(f"/cases/{case_id}/documents/{name}").status_code == 404


def test_without_a_file_what_is_read_is_printed_and_without_a_day_there_is_a_place_for_one() -> None:
    ended = run(PATH)
    assert ended.exit_code == 0
    assert ended.stdout.startswith("# Decision memo: Treatment before birth")
    assert "**Date:** \\_\\_" in ended.stdout
    assert "<h1>Decision memo" in run(PATH, "--format", "html").stdout
    assert run(PATH, "--format", "pdf").stdout_bytes.startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    ("arguments", "problems"),
    [
        (["--kind", "memmo"], [("unknown-document", "memmo")]),
        (["--format", "word"], [("unknown-format", "word")]),
        (["-o", "memo.rtf"], [("unknown-format", "rtf")]),
        (["--kind", "plan", "-o", "plan.docx"], [("unknown-format", "docx")]),
        (
            ["--date", "March 1", "--due", "x", "--due", "y=z", "--due", "y="],
            [("not-a-day", "March 1"), ("due-expected", "x"), ("not-a-day", "z"), ("due-expected", "y=")],
        ),
        (["--template", "none.docx", "--format", "docx"], [("unreadable-file", "No such file or directory")]),
        (["--scenario", "none"], [("no-such-scenario", "none")]),
    ],
)
def test_the_command_line_tells_what_is_wrong_and_writes_nothing(
    arguments: list[str], problems: list[tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    error = run(PATH, *arguments).exception
    assert isinstance(error, InputError)
    assert [(each.code, each.found) for each in error.problems] == problems
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "memmo"}, "/kind"),
        ({"kind": "memo", "format": "rtf"}, "/format"),
        ({"kind": "memo", "date": "March 1"}, "/date"),
        ({"kind": "plan", "format": "ics", "due": {"before-signing": "soon"}}, "/due/before-signing"),
        ({"kind": "memo", "to": "x" * 121}, "/to"),
        ({}, ""),
    ],
)
def test_the_api_tells_what_is_wrong(body: dict[str, Any], pointer: str, api: TestClient) -> None:
    answer = api.post("/api/v1/document", json={"case": case_of(NAME), **body})
    assert answer.status_code == 422
    assert [each.get("pointer") for each in answer.json()["problems"]] == [pointer]


def test_a_template_of_an_office_is_filled_in_from_python_and_the_command_line(advisor: Advisor, tmp_path: Path) -> None:
    import docx

    own, made = tmp_path / "own.docx", tmp_path / "memo.docx"
    word = docx.Document()
    word.add_paragraph("Our letterhead: {{ title }}")
    word.add_paragraph("{{p body }}")
    word.save(str(own))
    assert run(PATH, "-o", made, "--template", own).exit_code == 0
    assert made.read_bytes() == advisor.assess(Case.read(PATH)).document("memo", "docx", template=own)
    assert docx.Document(str(made)).paragraphs[0].text.startswith("Our letterhead: Decision memo:")
    word.add_paragraph("{{ nothing }}")
    word.save(str(own))
    with pytest.raises(InputError, match="asks for nothing, and there is no such thing"):
        advisor.assess(Case.read(PATH)).document("memo", "docx", template=own)


def test_others_are_answered_while_documents_are_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    body = {"case": case_of(NAME), "kind": "memo"}
    folder = tmp_path_factory.mktemp("serving")
    with serving(folder) as site, httpx.Client(base_url=f"{site.address}/api/v1/", timeout=60) as served:
        assert served.post("document", json={**body, "format": "pdf"}).status_code == 200
        with ThreadPoolExecutor(2) as pool:
            made = [pool.submit(_made, site, {**body, "format": form}) for form in ("docx", "pdf", "docx", "pdf")]
            answered = 0
            while not all(each.done() for each in made):
                assert served.get("health").status_code == 200
                answered += 1
                time.sleep(0.01)
            assert [each.result() for each in made] == [200] * 4
    assert answered > 10


def _made(site: Site, body: dict[str, Any]) -> int:
    return httpx.post(f"{site.address}/api/v1/document", content=json.dumps(body), headers=_JSON, timeout=60).status_code


_JSON = {"Content-Type": "application/json"}
