"""Accounts changed, handed over and removed, links for a new password, and lists of sessions: store, pages and commands."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.store.database import LastAdministratorError, NoSuchPersonError, OwnsCasesError, Store
from advisor.store.records import Person
from advisor.store.resets import LASTS
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.command_line import app as command_line
from support.fresh_databases import migrated
from support.stored_cases import AT, FILE, later
from support.visits import PASSWORD, add_person

NEW = "battery horse correct"


def test_with_another_role_sessions_end_and_with_another_name_they_do_not(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    session = store.sessions.begin(lee, at=AT)
    _, token = store.tokens.create(lee, "ci", at=AT)
    changed = store.people.change(lee.id, at=AT, name=" Lea ", role="leader", organization="North")
    assert (changed.name, store.people.find(lee.id)) == ("Lea", changed)
    assert store.sessions.find(session, at=AT)
    store.people.change(lee.id, at=AT, name="Lea", role="planner", organization="North")
    assert store.sessions.find(session, at=AT) is None
    assert store.tokens.find(token, at=AT)
    store.people.change(lee.id, at=AT, name="Lea", role="planner", organization="South")
    assert store.tokens.find(token, at=AT) is None
    with pytest.raises(NoSuchPersonError):
        store.people.change("nobody", at=AT, name="A", role="leader", organization="B")
    with pytest.raises(InputError) as raised:
        store.people.change(lee.id, at=AT, name="", role="boss", organization="Local")
    assert {each.about for each in raised.value.problems} == {"name", "role", "organization"}


def test_the_last_administrator_stays(store: Store) -> None:
    ann, sue = add_person(store, "ann", "administrator"), add_person(store, "sue", "administrator", "South")
    ben = add_person(store, "ben", "administrator")
    store.people.set_active(ben.id, False)
    for harm in (
        lambda: store.people.set_active(ann.id, False),
        lambda: store.people.remove(ann.id),
        lambda: store.people.change(ann.id, at=AT, name="Ann", role="leader", organization="North"),
        lambda: store.people.change(ann.id, at=AT, name="Ann", role="administrator", organization="South"),
    ):
        with pytest.raises(LastAdministratorError):
            harm()
        assert store.people.find(ann.id) == ann
    store.people.set_active(ben.id, True)
    store.people.change(ann.id, at=AT, name="Ann", role="leader", organization="North")
    assert store.people.find(sue.id) == sue


def test_two_administrators_who_end_each_other_at_once_do_not_both_succeed(store: Store) -> None:
    people = [add_person(store, name, "administrator") for name in ("ann", "ben")]

    def end(person: Person) -> bool:
        try:
            store.people.set_active(person.id, False)
        except LastAdministratorError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(end, people)) == [False, True]


def test_an_organization_is_one_however_it_is_spelled(store: Store) -> None:
    first = add_person(store, "ann", "administrator", "County A")
    for spelled in ("county a", " COUNTY  A ", "\N{FULLWIDTH LATIN CAPITAL LETTER C}ounty A"):
        assert store.organizations.assigned(spelled) == "County A"
    assert add_person(store, "ben", "leader", "county a").organization == "County A"
    assert add_person(store, "cat", "leader", "County B").organization == "County B"
    case = store.cases.create(store.people.list("County A")[1], FILE, at=AT)
    assert store.cases.read(first, case.entry.id)


def test_cases_are_handed_over_and_then_an_account_can_go(store: Store) -> None:
    lee, pat, sue = (
        add_person(store, "lee", "leader"),
        add_person(store, "pat", "leader"),
        add_person(store, "sue", "leader", "South"),
    )
    cases = [store.cases.create(lee, FILE, at=AT).entry.id for _ in range(3)]
    store.cases.archive(lee, cases[0], True)
    assert store.people.owns(lee) == 3
    with pytest.raises(OwnsCasesError):
        store.people.remove(lee.id)
    for wrong in (sue, lee):
        with pytest.raises(NoSuchPersonError):
            store.people.hand_over(lee, wrong)
    assert store.people.hand_over(lee, pat) == 3
    assert (store.people.owns(lee), store.people.owns(pat)) == (0, 3)
    assert store.cases.read(pat, cases[0]).entry.owner == pat.id
    _, token = store.tokens.create(lee, "ci", at=AT)
    session = store.sessions.begin(lee, at=AT)
    store.people.remove(lee.id)
    assert store.people.find(lee.id) is None
    assert store.tokens.find(token, at=AT) is None
    assert store.sessions.find(session, at=AT) is None
    assert store.cases.history(pat, cases[0]).items[0].by_name == ""
    with pytest.raises(NoSuchPersonError):
        store.people.remove(lee.id)


def test_a_link_for_a_new_password_works_once_for_a_day_and_the_one_before_does_not(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    session = store.sessions.begin(lee, at=AT)
    old, secret = store.resets.open(lee.id, at=AT), store.resets.open(lee.id, at=AT)
    assert store.resets.find(old, at=AT) is None
    assert store.resets.find(secret, at=AT) == lee
    assert store.resets.find(secret, at=AT + LASTS) is None
    with pytest.raises(InputError):
        store.resets.use(secret, "short", at=AT)
    assert store.resets.use(secret, NEW, at=AT) == lee
    assert store.resets.use(secret, PASSWORD, at=AT) is None
    assert store.sessions.find(session, at=AT) is None
    assert store.people.check(lee.email, NEW, came_from="1", at=AT) == lee
    secret = store.resets.open(lee.id, at=AT)
    store.people.set_active(lee.id, False)
    assert store.resets.find(secret, at=AT) is None
    with pytest.raises(NoSuchPersonError):
        store.resets.open("nobody", at=AT)


def test_sessions_are_listed_and_ended_one_by_one_and_only_ones_own(store: Store) -> None:
    lee, pat = add_person(store, "lee", "leader"), add_person(store, "pat", "leader")
    first = store.sessions.begin(lee, at=AT, came_from="192.0.2.7", agent="A browser\n" + "x" * 500)
    second = store.sessions.begin(lee, at=later(1))
    listed = store.sessions.list(lee.id, at=later(2))
    assert [each.id for each in listed] == [store.sessions.named(second), store.sessions.named(first)]
    assert (listed[1].came_from, listed[1].agent[:10], len(listed[1].agent)) == ("192.0.2.7", "A browser ", 200)
    assert store.sessions.list(lee.id, at=AT + timedelta(days=8)) == ()
    for wrong in ("", "%", "%" * 20, listed[0].id[:5], "0" * 20):
        assert not store.sessions.end_named(lee.id, wrong)
    assert not store.sessions.end_named(pat.id, listed[0].id)
    assert store.sessions.end_named(lee.id, listed[0].id)
    assert store.sessions.find(first, at=later(2))
    assert store.sessions.find(second, at=later(2)) is None


@pytest.fixture
def site(tmp_path: Path, loaded: Loaded) -> Iterator[tuple[FastAPI, Store]]:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    for name, role, place in (("ann", "administrator", "North"), ("lee", "leader", "North"), ("sue", "administrator", "South")):
        add_person(store, name, role, place)
    made = create_app(settings, loaded=loaded)
    with TestClient(made, "http://127.0.0.1"):
        yield made, store
    store.close()


def client_of(app: FastAPI, name: str, password: str = PASSWORD) -> TestClient:
    client = TestClient(app, "http://127.0.0.1", follow_redirects=False)
    assert client.post("/login", data={"email": f"{name}@example.org", "password": password}).status_code == 303
    return client


def test_an_administrator_changes_hands_over_resets_and_removes(site: tuple[FastAPI, Store]) -> None:
    app, store = site
    ann, lee, sue = (store.people.by_email(f"{name}@example.org") for name in ("ann", "lee", "sue"))
    assert ann
    assert lee
    assert sue
    store.cases.create(lee, FILE, at=datetime.now(UTC))
    client, theirs, stranger = client_of(app, "ann"), client_of(app, "lee"), client_of(app, "sue")
    shown = client.get(f"/people/{lee.id}").text
    assert "Owns 1 case." in shown
    assert (
        client.post(f"/people/{lee.id}", data={"name": "Lea", "role": "planner"}).headers["location"]
        == "/people?said=person-changed"
    )
    assert theirs.get("/account").status_code == 303  # another role: the session is over
    wrong = client.post(f"/people/{lee.id}", data={"name": "", "role": "boss"})
    assert (wrong.status_code, 'id="name-error"' in wrong.text, 'id="role-error"' in wrong.text) == (422, True, True)
    last = client.post(f"/people/{ann.id}", data={"name": "Ann", "role": "leader"})
    assert (last.status_code, "last administrator" in last.text) == (422, True)
    reset = client.post(f"/people/{lee.id}/reset").text
    address = reset.partition("http://127.0.0.1")[2].partition("<")[0]
    fresh = TestClient(app, "http://127.0.0.1", follow_redirects=False)
    assert lee.email in fresh.get(address).text
    assert fresh.post(address, data={"new": NEW, "again": "other"}).status_code == 422
    assert fresh.post(address, data={"new": "short", "again": "short"}).status_code == 422
    assert fresh.post(address, data={"new": NEW, "again": NEW}).headers["location"] == "/login?said=password-set"
    assert fresh.get(address).status_code == 404
    client_of(app, "lee", NEW)
    refused = client.post(f"/people/{lee.id}/remove")
    assert (refused.status_code, "Hand them over first" in refused.text) == (422, True)
    for path in ("", "/cases", "/reset", "/remove"):
        for whose in (lee, ann):
            assert (
                stranger.post(f"/people/{whose.id}{path}", data={"name": "X", "role": "leader", "taker": sue.id}).status_code
                == 404
            )
    for taker in (sue.id, lee.id, "nobody"):
        assert client.post(f"/people/{lee.id}/cases", data={"taker": taker}).status_code == 404
    assert client.post(f"/people/{lee.id}/cases", data={"taker": ann.id}).status_code == 303
    assert client.post(f"/people/{ann.id}/remove").status_code == 404
    assert client.post(f"/people/{lee.id}/remove").status_code == 303
    assert store.people.find(lee.id) is None
    assert store.cases.list(ann).total == 1
    events = [each.event for each in store.audit.all("North")]
    assert events[-1] == "account-removed"
    assert {"cases-handed-over", "account-changed", "password-link-made", "password-changed"} <= set(events)


def test_somebody_sees_where_they_are_signed_in_and_ends_it_there(site: tuple[FastAPI, Store]) -> None:
    app, store = site
    here, there = client_of(app, "lee"), client_of(app, "lee")
    lee = store.people.by_email("lee@example.org")
    assert lee
    shown = here.get("/account").text
    assert shown.count("/account/sessions/") == 1  # of the one that this is not
    path = shown.partition('action="/account/sessions/')[2].partition('"')[0]
    assert client_of(app, "sue").post(f"/account/sessions/{path}").status_code == 404
    assert here.post(f"/account/sessions/{path}").headers["location"] == "/account?said=session-ended"
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303


def run(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(command_line, ["user", *arguments], env={"ADVISOR_DATA": str(folder)}, input=f"{PASSWORD}\n")


def test_the_same_as_commands(tmp_path: Path, loaded: Loaded) -> None:
    for name, role in (("ann", "administrator"), ("lee", "leader")):
        named = ("--name", name, "--role", role, "--organization", "North", "--password-stdin")
        assert run(tmp_path, "add", f"{name}@example.org", *named).exit_code == 0
    store = Store(f"sqlite:///{tmp_path / 'advisor.db'}", loaded.rulebook.vocabulary)
    lee = store.people.by_email("lee@example.org")
    assert lee
    store.cases.create(lee, FILE, at=AT)
    assert run(tmp_path, "change", "lee@example.org", "--role", "planner", "--name", "Lea").exit_code == 0
    assert store.people.find(lee.id) == Person(lee.id, lee.email, "Lea", "planner", "North")
    for wrong, code in (
        (("change", "ann@example.org", "--role", "leader"), "last-administrator"),
        (("disable", "ann@example.org"), "last-administrator"),
        (("remove", "lee@example.org"), "owns-cases"),
        (("hand-over", "lee@example.org", "lee@example.org"), "not-a-colleague"),
    ):
        found = run(tmp_path, *wrong).exception
        assert isinstance(found, InputError)
        assert [each.code for each in found.problems] == [code]
    assert "1 cases" in run(tmp_path, "hand-over", "lee@example.org", "ann@example.org").stdout
    assert run(tmp_path, "remove", "lee@example.org").exit_code == 0
    assert store.people.find(lee.id) is None
    store.close()
