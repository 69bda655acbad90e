"""Organizations renamed, by a page and by a command: what belongs to one stays, and no name is ever two organizations'."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.store.database import Store
from advisor.store.records import Organization
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.command_line import app as command_line
from support.fresh_databases import migrated
from support.stored_cases import AT, FILE, later
from support.visits import PASSWORD, add_person


def codes(harm: pytest.ExceptionInfo[InputError]) -> list[tuple[str, str]]:
    return [(each.code, each.found) for each in harm.value.problems]


def test_a_renamed_organization_keeps_everything_and_every_name_that_it_had(store: Store) -> None:
    ann = add_person(store, "ann", "administrator", "County A")
    case = store.cases.create(ann, FILE, at=AT).entry.id
    _, token = store.tokens.create(ann, "ci", at=AT)
    store.organizations.rename(ann.organization, "  Greater\tCounty ", at=later(1))
    now = store.people.find(ann.id)
    assert now == ann
    assert (now.organization, now.organization_name) == ("County A", "Greater County")
    assert store.organizations.list() == (Organization("County A", "Greater County", ("County A",)),)
    assert store.cases.read(now, case).entry.id == case
    bearer = store.tokens.find(token, at=later(2))
    assert bearer
    assert bearer.person.organization_name == "Greater County"
    for name in ("GREATER county", "county a", "County A"):
        found = store.organizations.named(name)
        assert found
        assert found.id == "County A"
    assert store.organizations.named("x" * 100_000) is None
    assert add_person(store, "ben", "leader", "county a").organization == "County A"  # a name that it had is its own
    store.organizations.rename(ann.organization, "County A", at=later(3))
    assert store.organizations.find("County A") == Organization("County A", "County A", ("Greater County",))


def test_no_organization_takes_a_name_that_another_has_or_had(store: Store) -> None:
    ann, sue = add_person(store, "ann", "administrator", "County A"), add_person(store, "sue", "administrator", "County B")
    store.organizations.rename(ann.organization, "County C", at=AT)
    for name in ("county a", "COUNTY C"):
        with pytest.raises(InputError) as raised:
            store.organizations.rename(sue.organization, name, at=AT)
        assert codes(raised) == [("organization-taken", name)]
    for name, code in (("", "name-too-long"), ("x" * 201, "name-too-long"), ("Local", "reserved-organization")):
        with pytest.raises(InputError) as raised:
            store.organizations.rename(sue.organization, name, at=AT)
        assert [code] == [each for each, _ in codes(raised)]
    with pytest.raises(LookupError):
        store.organizations.rename("County X", "County Y", at=AT)
    assert store.organizations.find("County B") == Organization("County B", "County B")


def test_of_two_that_take_a_name_at_once_one_gets_it(store: Store) -> None:
    people = [add_person(store, name, "administrator", f"County {name}") for name in ("ann", "sue")]

    def take(organization: str) -> bool:
        try:
            store.organizations.rename(organization, "The county", at=AT)
        except InputError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, [each.organization for each in people])) == [False, True]
    assert sorted(each.name == "The county" for each in store.organizations.list()) == [False, True]


def test_a_name_that_an_organization_gave_itself_draws_nobody_in_until_it_is_confirmed(store: Store) -> None:
    ann = add_person(store, "ann", "administrator", "County A")
    store.organizations.rename(ann.organization, "County Z", at=AT)
    with pytest.raises(InputError) as raised:
        add_person(store, "zoe", "administrator", "county z")
    assert codes(raised) == [("organization-named-itself", "county z")]
    assert store.people.by_email("zoe@example.org") is None
    store.organizations.rename("County A", "County Z", at=AT, given=True)
    assert add_person(store, "zoe", "administrator", "county z").organization == "County A"


@pytest.fixture
def site(tmp_path: Path, loaded: Loaded) -> Iterator[tuple[FastAPI, Store]]:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    app = create_app(settings, loaded=loaded)
    yield app, store
    store.close()


def signed_in(app: FastAPI, name: str) -> TestClient:
    client = TestClient(app, "http://127.0.0.1", follow_redirects=False)
    answer = client.post("/login", data={"email": f"{name}@example.org", "password": PASSWORD})
    assert answer.status_code == 303
    return client


def test_an_administrator_renames_theirs_on_a_page_and_links_go_on(site: tuple[FastAPI, Store]) -> None:
    app, store = site
    now = datetime.now(UTC)
    ann = add_person(store, "ann", "administrator")
    add_person(store, "lee", "leader")
    add_person(store, "sue", "administrator", "South")
    case = store.cases.create(ann, FILE, at=now).entry.id
    _, secret = store.links.create(ann, case, "advice", (), at=now, expires=now + timedelta(days=1))
    client = signed_in(app, "ann")
    assert (
        client.post("/organization/name", data={"name": "North County"}).headers["location"]
        == "/organization?said=organization-renamed"
    )
    for path in ("/organization", "/people", "/audit", "/account"):
        assert "North County" in client.get(path).text, path
    assert client.get(f"/shared/{secret}").status_code == 200
    assert client.get(f"/cases/{case}").status_code == 200
    refused = client.post("/organization/name", data={"name": "SOUTH"})
    assert refused.status_code == 422
    assert "another one has this name, or had it" in refused.text
    assert client.post("/organization/name", data={"name": " "}).status_code == 422
    client.post("/organization/name", data={"name": "North County"})  # as it is called already: nothing to tell
    told = [entry for entry in store.audit.list("North").items if entry.event == "organization-renamed"]
    assert [entry.actor for entry in told] == [ann.id]
    lee = signed_in(app, "lee")
    assert "North County" in lee.get("/account").text
    for method in ("GET", "POST"):
        path = "/organization" if method == "GET" else "/organization/name"
        assert lee.request(method, path, data={"name": "Mine"}).status_code in (403, 404)


def test_the_command_renames_and_lists_and_says_what_there_is_not(tmp_path: Path, loaded: Loaded) -> None:
    url = f"sqlite:///{tmp_path / 'advisor.db'}"
    store = migrated(url, loaded.rulebook.vocabulary)
    add_person(store, "ann", "administrator", "County A")

    def run(*arguments: str) -> tuple[int, str]:
        given = ["organization", *arguments, "--database", url]
        ended = CliRunner().invoke(command_line, given, env={"ADVISOR_DATA": str(tmp_path)})
        if isinstance(ended.exception, InputError):
            return 2, ",".join(each.code for each in ended.exception.problems)
        return ended.exit_code, ended.stdout

    assert run("rename", "county a", "Greater County") == (0, "County A is called Greater County now.\n")
    assert run("list") == (0, "Greater County  (before: County A)\n")
    assert run("rename", "County B", "x") == (2, "unknown-organization")
    assert run("rename", "County A", "") == (2, "name-too-long")
    entry = store.audit.list("County A").items[0]
    assert (entry.event, entry.came_from) == ("organization-renamed", "console")
    assert store.organizations.assigned("greater COUNTY") == "County A"
    store.close()
