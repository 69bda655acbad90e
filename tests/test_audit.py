"""The audit: entries that are only added and follow each other by their hashes; what leaves one, and who may see it."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, update
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.io.sentence_reader import SentenceReader
from advisor.loading import Loaded
from advisor.store.audit import FIRST, AuditEntry, hash_of
from advisor.store.database import Store
from advisor.store.errors import UnavailableError
from advisor.store.tables import AuditRow
from advisor.web.app import create_app
from advisor.web.audit_trail import EVENTS, REFUSED
from advisor.web.settings import read_settings
from conftest import ROOT
from support.command_line import app as command_line
from support.fresh_databases import migrated
from support.route_table import routes
from support.stored_cases import AT, FILE, later
from support.visits import PASSWORD, add_person

# Routes that change nothing, though they are posted to: questions about a case, and saved advice worked out again.
ASKING = {"assess", "why", "whyNot", "settle", "nextQuestion", "reach", "whatIf", "compare", "sensitivity", "roadmap", "picture"}
ASKING |= {"ask-for-reset"}  # what becomes of it is noted when it is done
ASKING |= {"begin-passkey", "ask-for-passkey", "ask-for-passkey-as-code"}  # nothing is kept until there is an answer
ASKING |= {"nextStep", "askQuestion", "firstPage", "document", "mergeViews", "replayAdvice"}
# What respondents do has no entry: one could tell who answered what, and when.
ANSWERING = {"begin-answering", "save-answers", "forget-answering", "beginAnswers", "saveAnswers"}


def add(
    store: Store, event: str = "case-made", *, minutes: float = 0, organization: str = "North", **subjects: str
) -> AuditEntry:
    given = {"actor": "1", "actor_name": "ann@north.example", "came_from": "192.0.2.7"}
    return store.audit.record(event, at=later(minutes), organization=organization, subjects=subjects, **given)


def test_entries_follow_each_other_by_their_hashes(store: Store) -> None:
    entries = [add(store, minutes=number, case=f"c{number}") for number in range(3)]
    assert [each.number for each in entries] == [1, 2, 3]
    assert [each.before for each in entries] == [FIRST, entries[0].hash, entries[1].hash]
    assert len({each.hash for each in entries}) == 3
    assert list(store.audit.all()) == entries
    assert store.audit.list(None).items == tuple(reversed(entries))
    found = store.audit.verify()
    assert (found.entries, found.last, found.broken) == (3, entries[2].hash, None)


def test_a_line_of_json_holds_all_that_its_hash_is_over(store: Store) -> None:
    entry = add(store, case="1")
    line = json.loads(entry.as_line())
    again = AuditEntry(**{**line, "at": entry.at})
    assert hash_of(again) == line["hash"] == entry.hash
    assert "\n" not in entry.as_line()


def _change(column: str) -> Any:
    return update(AuditRow).where(AuditRow.number == 2).values({column: "other"})


HARMS = {
    **{name: (_change(name), 2) for name in ("event", "actor", "actor_name", "organization", "came_from", "hash", "before")},
    "subjects": (update(AuditRow).where(AuditRow.number == 2).values(subjects='{"case": "other"}'), 2),
    "at": (update(AuditRow).where(AuditRow.number == 2).values(at=AT + timedelta(days=1)), 2),
    "removed": (delete(AuditRow).where(AuditRow.number == 2), 2),
    "first removed": (delete(AuditRow).where(AuditRow.number == 1), 1),
    "number": (update(AuditRow).where(AuditRow.number == 4).values(number=9), 4),
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_changed_or_removed_shows(store: Store, harm: str) -> None:
    for number in range(4):
        add(store, case=f"c{number}")
    statement, at = HARMS[harm]
    with store._connections.writing() as connection:
        connection.execute(statement)
    assert store.audit.verify().broken == at


def test_what_is_removed_at_the_end_shows_by_a_hash_that_was_kept(store: Store) -> None:
    entries = [add(store, case=f"c{number}") for number in range(3)]
    assert store.audit.verify(entries[2].hash).reached
    assert store.audit.verify(entries[1].hash).reached
    with store._connections.writing() as connection:
        connection.execute(delete(AuditRow).where(AuditRow.number == 3))
    found = store.audit.verify(entries[2].hash)
    assert (found.broken, found.reached) == (None, False)


def test_many_at_once_make_one_chain(store: Store) -> None:
    line = threading.Barrier(4)

    def work(number: int) -> None:
        line.wait()
        for each in range(5):
            add(store, case=f"{number}-{each}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    found = store.audit.verify()
    assert (found.entries, found.broken) == (20, None)


def test_entries_are_found_by_what_they_say_page_by_page_and_by_organization(store: Store) -> None:
    for number in range(5):
        add(store, case=f"c{number}", organization="North" if number % 2 else "South")
    add(store, "case-deleted", link="100%_sure")
    page = store.audit.list("North", limit=2)
    assert [each.number for each in page.items] == [6, 4]
    assert [each.number for each in store.audit.list("North", limit=2, before=int(page.following)).items] == [2]
    assert [each.number for each in store.audit.list(None, search="C3").items] == [4]
    assert [each.number for each in store.audit.list(None, search="%_S").items] == [6]
    assert store.audit.list(None, search="192.0.2.7").total == 6
    assert store.audit.list(None, search="nothing").items == ()
    assert [each.number for each in store.audit.all("South")] == [1, 3, 5]


def test_whatever_a_name_holds_it_is_one_line(store: Store) -> None:
    entry = store.audit.record("signed-in", at=AT, actor_name="a\0b\nc\ud800" + "x" * 999, came_from="\x1b[2J")
    assert "\n" not in entry.actor_name + entry.came_from
    assert store.audit.verify().broken is None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[tuple[FastAPI, Store]]:
    folder = tmp_path_factory.mktemp("audit")
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    for name, role, organization in (
        ("ann", "administrator", "North"),
        ("lee", "leader", "North"),
        ("sue", "administrator", "South"),
    ):
        add_person(store, name, role, organization)
    app = create_app(settings, loaded=loaded)
    with TestClient(app, "http://127.0.0.1"):
        yield app, store
    store.close()


def client_of(app: FastAPI, name: str) -> TestClient:
    client = TestClient(app, "http://127.0.0.1", follow_redirects=False, client=("192.0.2.9", 1))
    assert client.post("/login", data={"email": f"{name}@example.org", "password": PASSWORD}).status_code == 303
    return client


def latest(store: Store, number: int = 1) -> list[AuditEntry]:
    return list(reversed(store.audit.list(None, limit=number).items))


def test_what_is_done_to_a_case_an_account_a_token_and_a_link_stands_there_with_who_and_from_where(
    site: tuple[FastAPI, Store],
) -> None:
    app, store = site
    ann = client_of(app, "ann")
    person = store.people.by_email("ann@example.org")
    lee = store.people.by_email("lee@example.org")
    assert person
    assert lee
    assert latest(store)[0].event == "signed-in"
    case = ann.post("/cases", data={"name": "Xylophone"}).headers["location"].split("/")[2].partition("?")[0]
    ann.post(f"/cases/{case}/questions/possible.law", data={"possible.law": "allows", "revision": "1", "asked": "possible.law"})
    ann.get(f"/cases/{case}/export/yaml")
    ann.post(f"/cases/{case}/archive", data={"archived": "yes"})
    shown = ann.post("/account/tokens", data={"label": "Quagmire", "days": "30"}).text
    secret = re.findall(r'id="secret"[^>]*>([^<]+)<', shown)[0]
    api = TestClient(app, "http://127.0.0.1", headers={"Authorization": f"Bearer {secret}"})
    made = api.post("/api/v1/cases", json={"name": "By a program"})
    assert made.status_code == 201
    assert api.delete(f"/api/v1/cases/{made.json()['id']}", headers={"If-Match": "*"}).status_code == 204
    ann.post(f"/people/{lee.id}/active", data={"active": "yes"})
    ann.post(f"/cases/{case}/delete", data={"sure": "yes"})
    ann.post("/logout")
    found = [each for each in latest(store, 30) if each.actor == person.id and each.event != "signed-in"]
    events = [each.event for each in found]
    wanted = ["case-made", "case-changed", "case-taken-out", "case-archived", "token-made", "case-made", "case-deleted"]
    assert events == [*wanted, "account-changed", "case-deleted", "signed-out"]
    assert {each.organization for each in found} == {"North"}
    assert {each.actor_name for each in found} == {"ann@example.org"}
    assert found[0].came_from == "192.0.2.9"
    assert [each.subjects.get("case") for each in found[:4]] == [case] * 4
    assert found[5].subjects == found[6].subjects == {"case": made.json()["id"]}
    assert found[7].subjects == {"account": lee.id}
    assert set(found[4].subjects) == {"token"}
    whole = "".join(each.as_line() for each in store.audit.all())
    for word in ("Xylophone", "Quagmire", "By a program", "allows", secret, PASSWORD):
        assert word not in whole
    assert store.audit.verify().broken is None


def test_a_sign_in_that_fails_stands_there_and_what_is_refused_or_only_looked_at_does_not(site: tuple[FastAPI, Store]) -> None:
    app, store = site
    client = TestClient(app, "http://127.0.0.1", follow_redirects=False, client=("192.0.2.8", 1))
    lee = store.people.by_email("lee@example.org")
    assert lee
    for email, subjects, organization in ((lee.email, {"account": lee.id}, "North"), ("nobody@example.org", {}, "")):
        client.post("/login", data={"email": email, "password": "wrong"})
        entry = latest(store)[0]
        assert (entry.event, entry.actor, entry.subjects) == ("sign-in-refused", "", subjects)
        assert (entry.came_from, entry.organization) == ("192.0.2.8", organization)
        assert "nobody" not in entry.as_line()
    before = latest(store)[0].number
    leader = client_of(app, "lee")
    for path in ("/", "/cases", "/account", "/people", "/cases/none"):
        leader.get(path)
    leader.post("/cases/none/delete", data={"sure": "yes"})
    leader.post("/cases", data={"name": ""})
    leader.post("/api/v1/assess", json={"answers": {}})
    assert latest(store)[0].number == before + 1  # that the leader signed in


def test_administrators_see_search_and_download_what_was_done_in_their_organization(site: tuple[FastAPI, Store]) -> None:
    app, store = site
    client_of(app, "lee")
    ann, sue, lee = (client_of(app, name) for name in ("ann", "sue", "lee"))
    assert "lee@example.org" in ann.get("/audit").text
    assert "lee@example.org" not in sue.get("/audit").text
    assert "ann@example.org" not in ann.get("/audit", params={"q": "lee@"}).text.partition("<tbody>")[2]
    for path in ("/audit", "/audit/export"):
        assert lee.get(path).status_code == 404
    for wrong in ("x", "-1", "9" * 30, "\N{ARABIC-INDIC DIGIT ONE}"):
        assert ann.get("/audit", params={"before": wrong}).status_code == 404
    lines = [json.loads(line) for line in ann.get("/audit/export").text.splitlines()]
    assert lines
    assert {line["organization"] for line in lines} == {"North"}
    assert latest(store)[0].event == "audit-taken-out"


def test_a_case_without_accounts_leaves_no_entry(tmp_path: Path, loaded: Loaded) -> None:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    with TestClient(create_app(settings, loaded=loaded), "http://127.0.0.1") as client:
        assert client.post("/cases", data={"name": "Mine"}).status_code == 200
    assert store.audit.list(None).items == ()
    store.close()


def test_where_no_entry_can_be_written_it_is_told_and_what_was_done_is_answered(
    site: tuple[FastAPI, Store], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app, _ = site
    client = client_of(app, "lee")

    def full(*_: object, **__: object) -> None:
        raise UnavailableError("full")

    monkeypatch.setattr(app.state.site.store.audit, "record", full)
    monkeypatch.setattr("advisor.web.logs.LOGGER.propagate", True)
    assert client.post("/cases", data={"name": "Kept"}).status_code == 303
    assert any(record.levelname == "ERROR" and getattr(record, "fields", {}) == {"request": "audit"} for record in caplog.records)


def test_every_route_that_does_something_has_an_event_and_every_event_is_worded(site: tuple[FastAPI, Store]) -> None:
    app, _ = site
    doing = {route.name for route in app.routes if getattr(route, "methods", set()) - {"GET", "HEAD", "OPTIONS"}}  # type: ignore[attr-defined]
    assert len(routes(app)) > 40
    assert doing - ASKING - ANSWERING - set(EVENTS) == set()
    assert not ANSWERING & set(EVENTS)
    words = SentenceReader(ROOT / "prompts/en").groups("pages")["audit"]
    by_command = {"account-unlocked", "backed-up", "restored", "password-link-mailed"}  # and once a mail is sent
    by_command |= {"password-accepted"}  # in the place of a sign-in
    by_command |= {"case-expired", "consultation-expired"}  # and by the server itself
    assert {f"event-{event}" for event in {*EVENTS.values(), *REFUSED.values(), *by_command}} == {
        key for key in words if key.startswith("event-")
    }


def run(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(command_line, [*arguments], env={"ADVISOR_DATA": str(folder)}, input=f"{PASSWORD}\n")


def test_commands_leave_entries_and_read_and_check_them(tmp_path: Path, loaded: Loaded) -> None:
    named = ("--name", "A", "--role", "leader", "--organization", "North", "--password-stdin")
    assert run(tmp_path, "user", "add", "a@north.example", *named).exit_code == 0
    assert run(tmp_path, "user", "unlock", "a@north.example").exit_code == 0
    assert "account-unlocked" in run(tmp_path, "audit", "list").stdout
    assert "There are no entries" in run(tmp_path, "audit", "list", "nothing at all").stdout
    lines = [json.loads(line) for line in run(tmp_path, "audit", "export").stdout.splitlines()]
    assert [line["event"] for line in lines] == ["account-made", "account-unlocked"]
    assert {line["came_from"] for line in lines} == {"console"}
    whole = run(tmp_path, "audit", "verify", "--last", lines[0]["hash"])
    assert (whole.exit_code, lines[1]["hash"] in whole.stdout) == (0, True)
    assert run(tmp_path, "audit", "verify", "--last", "0").exit_code == 1
    store = Store(f"sqlite:///{tmp_path / 'advisor.db'}", loaded.rulebook.vocabulary)
    with store._connections.writing() as connection:
        connection.execute(delete(AuditRow).where(AuditRow.number == 1))
    store.close()
    broken = run(tmp_path, "audit", "verify")
    assert (broken.exit_code, "breaks at entry 1" in broken.stdout) == (1, True)
    assert FILE.case.name not in broken.stdout
