"""Without accounts only this machine's own browser is answered; and where there were accounts, nobody gets in without one."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.loading import Loaded
from advisor.store.records import LOCAL
from advisor.web.accounts import marker
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.command_line import app as command_line
from support.fresh_databases import migrated
from support.route_table import routes
from support.sampling import sampled
from support.servers import ROOT, serving
from support.stored_cases import AT, FILE
from support.visits import PASSWORD

FORWARDING = {
    "Forwarded": "for=203.0.113.9",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "advisor.example.org",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Something": "new",
    "X-Real-IP": "203.0.113.9",
    "X-Client-IP": "203.0.113.9",
    "X-Original-URL": "/",
    "Via": "1.1 proxy",
    "CF-Connecting-IP": "203.0.113.9",
    "CF-Ray": "1",
    "CDN-Loop": "cloudflare",
    "True-Client-IP": "203.0.113.9",
    "Fastly-Client-IP": "203.0.113.9",
    "Fly-Client-IP": "203.0.113.9",
    "X-Azure-ClientIP": "203.0.113.9",
    "X-Amzn-Trace-Id": "1",
    "X-Envoy-External-Address": "203.0.113.9",
    "Tailscale-User-Login": "someone",
}


def open_app(folder: Path, loaded: Loaded, **settings: str) -> FastAPI:
    """An application without accounts that holds a case."""
    made = read_settings(None, data=folder, database=f"sqlite:///{folder / 'advisor.db'}", **settings)
    store = migrated(made.database, loaded.rulebook.vocabulary)
    if not store.cases.list(LOCAL).total:
        store.cases.create(LOCAL, FILE, at=AT)
    store.close()
    return create_app(made, loaded=loaded)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[TestClient]:
    """A browser on the machine of an advisor without accounts."""
    app = open_app(tmp_path_factory.mktemp("open"), loaded)
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("name", FORWARDING)
def test_without_accounts_what_came_through_a_proxy_is_refused_with_what_to_do(client: TestClient, name: str) -> None:
    assert FILE.case.name in client.get("/cases").text
    page = client.get("/cases", headers={name: FORWARDING[name]})
    assert page.status_code == 403
    assert "advisor user add" in page.text
    assert FILE.case.name not in page.text
    assert client.get("/cases", headers={name.upper(): ""}).status_code == 403
    problem = client.get("/api/v1/cases", headers={name: FORWARDING[name]})
    assert problem.status_code == 403
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"].endswith(":accounts-needed")
    assert "advisor user add" in problem.json()["title"]


def test_no_route_at_all_is_open_through_a_proxy(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    told = {
        client.request(method, path.replace("{", "").replace("}", ""), headers={"X-Forwarded-For": "203.0.113.9"}).status_code
        for method, path, _ in routes(app)
    }
    assert told == {403}


def test_the_style_of_the_page_that_says_so_is_there(client: TestClient) -> None:
    assert client.get("/static/styles.css", headers={"Via": "1.1 proxy"}).status_code == 200


@pytest.mark.parametrize("settings", [{"public_url": "https://advisor.example.org"}, {"host": "0.0.0.0"}])
@pytest.mark.parametrize("host", ["127.0.0.1", "advisor.example.org"])
def test_without_accounts_a_public_address_is_closed_even_without_forwarding_headers(
    tmp_path: Path, loaded: Loaded, settings: dict[str, str], host: str
) -> None:
    with TestClient(open_app(tmp_path, loaded, **settings), f"http://{host}", follow_redirects=False) as client:
        assert [client.get(path).status_code for path in ("/", "/cases", "/api/v1/cases")] == [403] * 3
        assert client.post("/api/v1/cases", json={"name": "Unasked for"}).status_code == 403


def test_from_the_first_account_on_a_proxy_is_let_through_and_everybody_signs_in(tmp_path: Path, loaded: Loaded) -> None:
    app = open_app(tmp_path, loaded)
    through = {"X-Forwarded-For": "203.0.113.9"}
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as client:
        assert client.get("/cases", headers=through).status_code == 403
        app.state.site.store.people.add("a@b.example", "A", "leader", "North", PASSWORD, at=datetime.now(UTC))
        assert client.get("/cases", headers=through).headers["location"].startswith("/login")
        assert client.get("/cases").headers["location"].startswith("/login")
        assert client.get("/api/v1/cases").status_code == 401


def run(folder: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself, with its data in a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ADVISOR_")}
    environment |= {"ADVISOR_DATA": str(folder), "ADVISOR_PORT": "0", **settings}
    whole = [sys.executable, "-m", "advisor", *command]
    return subprocess.run(
        whole, env=environment, capture_output=True, text=True, cwd=ROOT, timeout=120, input=f"{PASSWORD}\n", check=False
    )


def add(folder: Path) -> None:
    """An account, made by the command."""
    named = ("--name", "A", "--role", "administrator", "--organization", "North", "--password-stdin")
    environment = {name: None for name in os.environ if name.startswith("ADVISOR_")} | {"ADVISOR_DATA": str(folder)}
    ended = CliRunner().invoke(command_line, ["user", "add", "a@b.example", *named], input=f"{PASSWORD}\n", env=environment)
    assert ended.exit_code == 0, ended.output


def refused(folder: Path, *words: str, **settings: str) -> None:
    """That a start is refused, with these words."""
    start = run(folder, "serve", **settings)
    assert (start.returncode, start.stdout) == (2, "")
    assert "Traceback" not in start.stderr
    said = " ".join(start.stderr.split())
    assert all(word in said for word in words), said


def empty(folder: Path) -> None:
    (folder / "advisor.db").write_bytes(b"")
    for more in ("advisor.db-wal", "advisor.db-shm"):
        (folder / more).unlink(missing_ok=True)


def lose(folder: Path) -> None:
    for file in folder.glob("advisor.db*"):
        file.unlink()


def lose_the_people(folder: Path) -> None:
    with sqlite3.connect(folder / "advisor.db") as connection:
        connection.execute("DELETE FROM people")
    connection.close()


def lose_the_people_and_the_marker(folder: Path) -> None:
    lose_the_people(folder)
    marker(folder).unlink()


@pytest.mark.parametrize("harm", sampled([lose_the_people_and_the_marker, empty, lose, lose_the_people]))
def test_where_there_were_accounts_an_empty_database_is_not_opened_to_everybody(tmp_path: Path, harm: object) -> None:
    add(tmp_path)
    assert callable(harm)
    harm(tmp_path)
    refused(tmp_path, "Restore a backup", "advisor user add", str(marker(tmp_path)))


def test_with_accounts_in_place_of_those_that_are_lost_it_starts_again(tmp_path: Path) -> None:
    add(tmp_path)
    lose(tmp_path)
    add(tmp_path)
    with serving(tmp_path) as site:
        assert site.client().get("/cases").headers["location"].startswith("/login")


@pytest.mark.long
def test_accounts_made_before_there_was_a_marker_leave_one_at_the_next_start(tmp_path: Path) -> None:
    add(tmp_path)
    marker(tmp_path).unlink()
    with serving(tmp_path):
        pass
    lose(tmp_path)
    refused(tmp_path, "Restore a backup")


def test_who_wants_to_go_without_accounts_again_says_so_by_deleting_the_marker(tmp_path: Path) -> None:
    add(tmp_path)
    lose(tmp_path)
    marker(tmp_path).unlink()
    with serving(tmp_path) as site:
        assert site.client().get("/cases").status_code == 200


@pytest.mark.parametrize("harm", [lose_the_people, lose_the_people_and_the_marker])
def test_a_running_server_does_not_open_when_its_accounts_are_lost(tmp_path: Path, loaded: Loaded, harm: object) -> None:
    add(tmp_path)
    assert callable(harm)
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    for app in (create_app(settings, loaded=loaded), create_app(settings, loaded=loaded)):
        with TestClient(app, "http://127.0.0.1", follow_redirects=False) as client:
            assert client.get("/cases").headers["location"].startswith("/login")
            if marker(tmp_path).exists():
                harm(tmp_path)
            assert client.get("/cases").headers["location"].startswith("/login")
            assert client.get("/api/v1/cases").status_code == 401
