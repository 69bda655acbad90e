"""A server that others can reach and that has no account: nothing is open but the form for the first one."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.store.database import Store
from advisor.store.records import LOCAL
from advisor.web.accounts import new_code
from advisor.web.app import create_app
from advisor.web.settings import Settings, read_settings
from support.fresh_databases import migrated
from support.route_table import routes
from support.servers import serving
from support.stored_cases import AT, FILE
from support.visits import PASSWORD

PUBLIC = "http://advisor.example.org"
FORM = {"name": "Ann", "email": "ann@north.example", "organization": "North", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(data=tmp_path, public_url=PUBLIC)


@pytest.fixture
def store(settings: Settings, loaded: Loaded) -> Iterator[Store]:
    made = migrated(settings.database, loaded.rulebook.vocabulary)
    yield made
    made.close()


@pytest.fixture
def client(settings: Settings, store: Store, loaded: Loaded) -> Iterator[TestClient]:
    store.cases.create(LOCAL, FILE, at=AT)
    with TestClient(create_app(settings, loaded=loaded), PUBLIC, follow_redirects=False) as made:
        yield made


def test_nothing_but_the_form_is_open(client: TestClient, settings: Settings) -> None:
    new_code(settings.data)
    app = client.app
    assert isinstance(app, FastAPI)
    for method, path, _ in routes(app):
        if path.startswith(("/first-account", "/api/v1/health", "/api/v1/ready")):
            continue
        answer = client.request(method, path.replace("{", "").replace("}", ""))
        to_the_form = method == "GET" and not path.startswith("/api/")
        assert answer.status_code == (303 if to_the_form else 403), (method, path)
        assert answer.headers.get("location", "") == ("/first-account" if to_the_form else "")
        assert FILE.case.name not in answer.text
    assert "Make the first account" in client.get("/first-account").text
    assert client.get("/api/v1/health").status_code == 200


def test_without_a_code_there_is_no_form(client: TestClient) -> None:
    assert client.get("/first-account").status_code == 403
    assert client.post("/first-account", data=FORM).status_code == 403


def test_whoever_has_the_code_makes_the_first_account_once_and_gets_what_was_there(
    client: TestClient, settings: Settings, store: Store
) -> None:
    old, code = new_code(settings.data), new_code(settings.data)
    for wrong in ("", "AAAA-AAAA-AAAA-AAAA", old):
        refused = client.post("/first-account", data={**FORM, "code": wrong})
        assert refused.status_code == 422
        assert "not the code" in refused.text
    assert not store.people.any()
    made = client.post("/first-account", data={**FORM, "code": code.lower().replace("-", " ")})
    assert (made.status_code, made.headers["location"]) == (303, "/?said=first-account")
    (ann,) = store.people.list()
    assert (ann.email, ann.role, ann.organization) == ("ann@north.example", "administrator", "North")
    assert FILE.case.name in client.get("/cases").text
    again = TestClient(client.app, PUBLIC, follow_redirects=False)
    assert again.get("/cases").headers["location"].startswith("/login")
    assert again.get("/first-account").status_code == 404
    assert again.post("/first-account", data={**FORM, "code": code, "email": "b@north.example"}).status_code == 404


def test_all_that_is_wrong_with_the_form_is_told_and_nothing_is_made(
    client: TestClient, settings: Settings, store: Store
) -> None:
    code = new_code(settings.data)
    wrong = {"code": code, "name": "", "email": "nobody", "organization": "local", "password": "short", "again": "short"}
    told = client.post("/first-account", data=wrong)
    assert told.status_code == 422
    for field in ("name", "email", "organization", "password"):
        assert f'id="{field}-error"' in told.text
    assert "short" not in re.findall(r'value="([^"]*)"', told.text)
    assert not store.people.any()
    assert client.post("/first-account", data={**FORM, "code": code, "again": "another"}).status_code == 422


def test_links_made_before_the_first_account_end_with_it_unless_their_cases_are_adopted(store: Store) -> None:
    case = store.cases.create(LOCAL, FILE, at=AT).entry.id
    _, secret = store.links.create(LOCAL, case, "advice", (), at=AT, expires=AT + timedelta(days=9))
    assert store.links.open(secret, at=AT)
    store.people.add("ann@north.example", "Ann", "administrator", "North", PASSWORD, at=AT)
    assert store.links.open(secret, at=AT) is None


def test_links_into_cases_that_the_first_account_adopts_stay_and_can_be_ended(store: Store) -> None:
    case = store.cases.create(LOCAL, FILE, at=AT).entry.id
    link, secret = store.links.create(LOCAL, case, "advice", (), at=AT, expires=AT + timedelta(days=9))
    ann = store.people.add("ann@north.example", "Ann", "administrator", "North", PASSWORD, at=AT, adopt=True)
    assert store.links.open(secret, at=AT)
    assert store.links.revoke(ann, case, link.id, at=AT)


def test_a_start_prints_the_code_and_the_form_takes_it(tmp_path: Path) -> None:
    with serving(tmp_path, settings={"ADVISOR_TRUSTED_PROXIES": "192.0.2.1"}, arguments=("--workers", "2")) as site:
        assert site.process.stdout
        said = site.process.stdout.readline()
        code = re.search(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", said)
        assert code, said
        assert f"{site.address}/first-account" in said
        with site.client() as client:
            assert client.get("/cases").headers["location"] == "/first-account"
            made = client.post("/first-account", data={**FORM, "code": code[0]}, headers={"Sec-Fetch-Site": "same-origin"})
            assert made.status_code == 303
            assert client.get("/cases").status_code == 200
    assert not (tmp_path / "first-account").exists()
