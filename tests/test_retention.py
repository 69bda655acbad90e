"""How long things are kept, and holds, as people and commands set and see them; and the server's own job."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.loading import Loaded
from advisor.store.audit import AuditEntry
from advisor.store.database import NoSuchCaseError, Store
from advisor.store.records import Person
from advisor.store.retention import NOTICE, RetentionRule
from advisor.web import retention_job
from advisor.web.app import create_app
from advisor.web.reminding import send_reminders
from advisor.web.settings import read_settings
from support.command_line import app as command_line
from support.fresh_databases import migrated
from support.mail_server import Inbox, mail_settings, receiving
from support.servers import serving
from support.stored_cases import AT, named
from support.visits import PASSWORD, add_person, context_for, text_of

NOW = datetime(2027, 3, 10, 9, tzinfo=UTC)
DAY = timedelta(days=1)
OLD = NOW - timedelta(days=330)  # its twelve months are over in 35 days: on April 14, 2027
PATHS = ("/cases", "/cases/{case}", "/cases/{case}/manage")


@dataclass
class Office:
    """An application in which a leader has a case and a consultation on it, both from long ago."""

    app: FastAPI
    store: Store
    people: dict[str, Person]
    case: str
    consultation: str

    def client(self, name: str) -> TestClient:
        made = TestClient(self.app, "http://127.0.0.1", follow_redirects=False)
        assert made.post("/login", data={"email": f"{name}@example.org", "password": PASSWORD}).status_code == 303
        return made

    def entries(self) -> list[AuditEntry]:
        return [each for each in self.store.audit.all() if not each.event.startswith("sign")]


@pytest.fixture
def office(tmp_path: Path, loaded: Loaded) -> Iterator[Office]:
    yield from office_in(tmp_path, loaded)


def office_in(folder: Path, loaded: Loaded, **settings: Any) -> Iterator[Office]:
    read = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}", **settings)
    store = migrated(read.database, loaded.rulebook.vocabulary)
    who = {"ann": "administrator", "lee": "leader", "pat": "planner", "lou": "leader"}
    people = {name: add_person(store, name, role) for name, role in who.items()}
    people["sue"] = add_person(store, "sue", "administrator", "South")
    case = store.cases.create(people["lee"], named("An old case"), at=OLD).entry.id
    consultation = store.consultations.open(people["lee"], case, ["wanted.aim"], at=OLD).id
    app = create_app(read, loaded=loaded, clock=lambda: NOW)
    yield Office(app, store, people, case, consultation)
    app.state.site.service.close()
    app.state.site.store.close()
    store.close()


def test_an_administrator_sets_it_and_everybody_who_sees_the_case_is_warned(office: Office) -> None:
    ann = office.client("ann")
    assert ann.post("/retention", data={"cases": "12", "consultations": ""}).status_code == 303
    assert office.store.retention.rule("North") == RetentionRule("North", 12, None)
    (entry,) = office.entries()
    assert (entry.event, entry.subjects) == ("retention-set", {"months-cases": "12"})
    assert list(office.store.retention.run(at=NOW - 25 * DAY)) == []
    for name in ("lee", "pat", "ann"):
        client = office.client(name)
        for path in PATHS:
            assert "April 14, 2027" in text_of(client.get(path.format(case=office.case))), (name, path)  # type: ignore[arg-type]
        calendar = client.get(f"/cases/{office.case}/follow-up/calendar.ics").text
        assert "DTSTART;VALUE=DATE:20270414" in calendar
    assert "An old case" in text_of(ann.get("/retention"))  # type: ignore[arg-type]
    assert "April 14, 2027" not in office.client("lou").get("/cases").text
    assert ann.post("/retention", data={"cases": "", "consultations": ""}).status_code == 303
    assert "April 14, 2027" not in office.client("lee").get("/cases").text


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"cases": "0"}, "cases"),
        ({"cases": "1201"}, "cases"),
        ({"cases": "1.5"}, "cases"),
        ({"cases": "-1"}, "cases"),
        ({"cases": "9" * 100}, "cases"),
        ({"cases": "\N{ARABIC-INDIC DIGIT ONE}"}, "cases"),
        ({"cases": "6", "consultations": "12"}, "consultations"),
    ],
)
def test_months_that_are_none_are_refused_at_their_field(office: Office, typed: dict[str, str], field: str) -> None:
    answer = office.client("ann").post("/retention", data=typed)
    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert office.store.retention.rules() == ()
    assert office.entries() == []


def test_nobody_but_the_organizations_administrators_sets_or_holds(office: Office) -> None:
    hold, of_consultation = f"/cases/{office.case}/hold", f"/cases/{office.case}/consultations/{office.consultation}/hold"
    for name in ("lee", "pat", "lou", "sue"):
        client = office.client(name)
        for path in (hold, f"{hold}/lift", of_consultation, f"{of_consultation}/lift"):
            assert client.post(path, data={"reason": "x"}).status_code == 404, (name, path)
        assert [client.get(path).status_code for path in (hold, of_consultation)] == [404, 404]
        if name != "sue":
            assert client.get("/retention").status_code == client.post("/retention", data={"cases": "1"}).status_code == 404
    assert office.store.holds.list() == ()
    assert office.store.retention.rules() == ()


def test_a_case_on_hold_is_seen_to_be_and_refuses_to_be_deleted(office: Office) -> None:
    ann, lee, reason = office.client("ann"), office.client("lee"), "A suit about Qwert"
    hold, case = f"/cases/{office.case}/hold", f"/cases/{office.case}"
    assert ann.post(hold, data={"reason": " "}).status_code == 422
    assert [ann.post(hold, data={"reason": reason}).status_code for _ in range(2)] == [303, 303]
    for path in PATHS:
        page = lee.get(path.format(case=office.case)).text
        assert "on hold" in page
        assert reason not in page
    assert reason in ann.get(hold).text
    assert "Delete for good</button>" not in lee.get(f"{case}/delete").text
    refused = [lee.post(f"{case}/delete"), lee.post(f"{case}/consultations/{office.consultation}/delete")]
    assert [(each.status_code, "It is on hold" in each.text) for each in refused] == [(409, True)] * 2
    _, secret = office.store.tokens.create(office.people["lee"], "test", at=NOW)
    told = TestClient(office.app, "http://127.0.0.1").delete(
        f"/api/v1/cases/{office.case}", headers={"Authorization": f"Bearer {secret}"}
    )
    assert (told.status_code, told.json()["type"]) == (409, "urn:partnership-advisor:held")
    assert ann.post(f"{hold}/lift").status_code == 303
    assert lee.post(f"{case}/delete").status_code == 303
    assert [entry.event for entry in office.entries()] == ["hold-placed", "hold-lifted", "case-deleted"]
    assert all(reason not in entry.as_line() for entry in office.entries())


def test_a_consultation_on_hold_is_told_from_its_case(office: Office) -> None:
    ann, lee = office.client("ann"), office.client("lee")
    one = f"/cases/{office.case}/consultations/{office.consultation}"
    assert ann.post(f"{one}/hold", data={"reason": "A suit"}).status_code == 303
    (entry,) = office.entries()
    assert entry.subjects == {"case": office.case, "consultation": office.consultation}
    assert "This consultation is on hold" in lee.get(one).text
    assert "A consultation on this case is on hold" in lee.get(f"/cases/{office.case}").text
    assert lee.post(f"{one}/delete").status_code == 409
    assert ann.post(f"{one}/hold/lift").status_code == 303
    assert lee.post(f"{one}/delete").status_code == 303


def test_the_server_deletes_what_is_past_its_time_by_itself(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.store.retention.set_rule(RetentionRule("North", 6))
    assert list(office.store.retention.run(at=NOW - NOTICE)) == []
    over, logged = threading.Event(), list[tuple[int, str, str]]()

    def log(*told: Any) -> None:
        logged.append(told)
        over.set()

    monkeypatch.setattr(retention_job, "FIRST", 0.0)
    monkeypatch.setattr("advisor.web.logs.audited", log)
    with TestClient(office.app, "http://127.0.0.1"):
        assert over.wait(30)
    with pytest.raises(NoSuchCaseError):
        office.store.cases.read(office.people["lee"], office.case)
    (entry,) = office.entries()
    assert (entry.event, entry.came_from, entry.subjects) == ("case-expired", "server", {"case": office.case})
    assert logged == [(entry.number, entry.event, entry.hash)]
    assert "An old case" not in entry.as_line()


def test_the_server_goes_on_after_a_run_that_fails(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    runs, done = [], threading.Event()

    def run(**given: object) -> Iterator[AuditEntry]:
        runs.append(given)
        if len(runs) == 1:
            raise RuntimeError("once")
        done.set()
        return iter(())

    monkeypatch.setattr(retention_job, "FIRST", 0.0)
    monkeypatch.setattr(retention_job, "AGAIN", 0.0)
    monkeypatch.setattr(office.app.state.site.store.retention, "run", run)
    with TestClient(office.app, "http://127.0.0.1"):
        assert done.wait(30)
    assert runs[0]["at"] == NOW


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    with receiving(inbox) as made:
        yield made


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def test_the_owner_is_mailed_twice_before_and_an_administrator_where_there_is_none(
    tmp_path: Path, loaded: Loaded, server: Controller, inbox: Inbox
) -> None:
    for office in office_in(tmp_path, loaded, public_url="https://office.example", **mail_settings(server)):
        site, today = office.app.state.site, NOW.date()
        office.store.retention.set_rule(RetentionRule("North", 12, 12))
        assert list(office.store.retention.run(at=NOW - 25 * DAY)) == []
        told = [send_reminders(site, today + timedelta(days=days)).reminders for days in (-26, -25, 0, 20, 21, 22, 34)]
        assert told == [0, 2, 0, 0, 2, 0, 0]
        first, last = inbox.taken
        assert first["To"] == last["To"] == "lee@example.org"
        text = first.get_content()
        assert text.count("April 14, 2027") == 2
        assert f"https://office.example/cases/{office.case}/manage" in text
        assert f"https://office.example/cases/{office.case}/consultations/{office.consultation}" in text
        office.store.people.set_active(office.people["lee"].id, False)
        inbox.empty()
        assert send_reminders(site, today + timedelta(days=22)).reminders == 2
        assert [each["To"] for each in inbox.taken] == ["ann@example.org"]


def run(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(command_line, ["retention", *arguments], env={"ADVISOR_DATA": str(folder)})


def test_commands_set_hold_lift_and_delete_and_leave_entries(tmp_path: Path, office: Office) -> None:
    assert "keeps everything" in run(tmp_path, "list").stdout
    assert "North: cases for 12 months" in run(tmp_path, "set", "NORTH", "--cases", "12").stdout
    assert "consultations as long as their case" in run(tmp_path, "list").stdout
    for wrong, code in (
        (("set", "Nowhere", "--cases", "1"), "unknown-organization"),
        (("set", "North", "--cases", "0"), "months-out-of-range"),
        (("set", "North", "--cases", "1", "--consultations", "2"), "consultations-outlast-cases"),
        (("hold", "none", "--reason", "A suit"), "unknown-case-id"),
        (("hold", office.case, "--reason", " "), "reason-expected"),
        (("lift", office.case, "--consultation", "none"), "unknown-case-id"),
    ):
        problems = getattr(run(tmp_path, *wrong).exception, "problems", ())
        assert [each.code for each in problems] == [code]
    assert "Nothing is on hold" in run(tmp_path, "holds").stdout
    assert "is on hold." in run(tmp_path, "hold", office.case, "--reason", "A suit").stdout
    assert "already" in run(tmp_path, "hold", office.case, "--reason", "Another").stdout
    listed = run(tmp_path, "holds").stdout
    assert (office.case in listed, "A suit" in listed) == (True, True)
    assert run(tmp_path, "run").stdout == "Deleted for good: cases 0, consultations 0.\n"
    assert "is lifted" in run(tmp_path, "lift", office.case).stdout
    assert "is not on hold" in run(tmp_path, "lift", office.case).stdout
    long_ago = AT - timedelta(days=4000)
    gone = office.store.cases.create(office.people["lee"], named("Gone"), at=long_ago).entry.id
    assert list(office.store.retention.run(at=AT - timedelta(days=900))) == []
    assert [run(tmp_path, "run").stdout for _ in range(2)] == [
        "Deleted for good: cases 1, consultations 0.\n",
        "Deleted for good: cases 0, consultations 0.\n",
    ]
    entries = office.entries()
    events = ["retention-set", "hold-placed", "hold-lifted", "case-expired"]
    assert [(each.event, each.came_from, each.organization) for each in entries] == [(e, "console", "North") for e in events]
    assert json.loads(entries[3].as_line())["subjects"] == {"case": gone}


@pytest.mark.long
def test_in_a_browser_it_is_set_seen_and_held(tmp_path: Path, loaded: Loaded, browser: Browser) -> None:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    ann = add_person(store, "ann", "administrator")
    case = store.cases.create(ann, named("An old case"), at=datetime.now(UTC) - timedelta(days=1000)).entry.id
    store.close()
    with serving(tmp_path, database=settings.database) as site, context_for(browser, site, java_script_enabled=False) as held:
        page = held.new_page()
        page.goto("/login")
        page.get_by_label("Email").fill("ann@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("link", name="People").click()
        page.get_by_role("link", name="How long cases are kept").click()
        page.get_by_label("Months that cases are kept").fill("24")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name="An old case")).to_be_visible()
        page.goto("/cases")
        expect(page.get_by_text("Will be deleted on")).to_be_visible()
        page.goto(f"/cases/{case}/manage")
        page.get_by_role("link", name="Put it on hold").click()
        page.get_by_label("Reason").fill("A suit")
        page.get_by_role("button", name="Put it on hold").click()
        expect(page.get_by_text("Nobody can delete it").first).to_be_visible()
        expect(page.get_by_role("link", name="Delete…")).to_have_count(0)
        page.goto("/cases")
        expect(page.get_by_text("on hold", exact=True)).to_be_visible()
        expect(page.get_by_text("Will be deleted on")).to_have_count(0)
