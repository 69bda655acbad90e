"""Reminders by mail, sent to a real SMTP server on this machine: what is due, what is overdue, when to ask again, each once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from typer.testing import CliRunner

from advisor.cli.app import app as command_line
from advisor.cli.main import register
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.model.scenario import CaseFile
from advisor.store.database import Store
from advisor.store.follow_ups import NewStep
from advisor.store.records import Person
from advisor.web.app import create_app
from advisor.web.followed import followed
from advisor.web.reminding import send_reminders
from advisor.web.settings import read_settings
from advisor.web.site import Site
from conftest import ROOT
from support.fresh_databases import migrated
from support.mail_server import Inbox, mail_settings, receiving
from support.visits import PASSWORD

NOW = datetime(2027, 3, 10, 9, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox) -> Iterator[Controller]:
    with receiving(inbox) as made:
        yield made


@dataclass
class Office:
    """A site with mail, a leader with a case, and a specialist."""

    site: Site
    leader: Person
    specialist: Person
    case: str
    moment: str

    def due(self, day: date) -> None:
        self.site.store.follow_ups.add(self.leader, self.case, [NewStep("due", self.moment, "", day)], at=NOW)


@pytest.fixture
def office(tmp_path: Path, loaded: Loaded, server: Controller) -> Iterator[Office]:
    database = f"sqlite:///{tmp_path / 'advisor.db'}"
    settings = read_settings(
        data=tmp_path, database=database, public_url="https://office.example/advisor", **mail_settings(server)
    )
    migrated(database, loaded.rulebook.vocabulary).close()
    site: Site = create_app(settings, loaded=loaded, clock=lambda: NOW).state.site
    store = site.store
    leader, specialist = (
        store.people.add(f"{name}@example.org", name.title(), role, "North", PASSWORD, at=NOW)
        for name, role in (("leader", "leader"), ("specialist", "ta-specialist"))
    )
    file = CaseFile(read_case(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary), {})
    case = store.cases.create(leader, file, at=NOW).entry.id
    moment = followed(site, leader, case, TODAY).items[0].moment
    yield Office(site, leader, specialist, case, moment)
    site.service.close()
    store.close()


def test_a_week_ahead_and_once_it_is_overdue_the_owner_is_reminded_once(office: Office, inbox: Inbox) -> None:
    office.due(TODAY + timedelta(days=8))
    assert send_reminders(office.site, TODAY).reminders == 0
    assert inbox.taken == []
    tomorrow = TODAY + timedelta(days=1)
    assert [send_reminders(office.site, tomorrow).reminders for _ in range(2)] == [1, 0]
    (first,) = inbox.taken
    assert (first["To"], first["From"]) == ("leader@example.org", "advisor@example.org")
    text = first.get_content()
    assert "due on March 18, 2027" in text
    assert f"https://office.example/advisor/cases/{office.case}/follow-up" in text
    assert [send_reminders(office.site, TODAY + timedelta(days=days)).reminders for days in (8, 9, 10)] == [0, 1, 0]
    assert "due on March 18, 2027" in inbox.taken[1].get_content()
    assert "not ticked off" in inbox.taken[1].get_content()


def test_of_what_is_done_nobody_is_reminded(office: Office, inbox: Inbox) -> None:
    office.due(TODAY)
    items = followed(office.site, office.leader, office.case, TODAY).items
    done = [NewStep("done", each.about, each.title, TODAY) for each in items if each.moment == office.moment]
    office.site.store.follow_ups.add(office.leader, office.case, done, at=NOW)
    assert send_reminders(office.site, TODAY).reminders == 0
    office.site.store.follow_ups.add(office.leader, office.case, [NewStep("reopened", done[0].about)], at=NOW)
    assert send_reminders(office.site, TODAY).reminders == 1
    assert "one thing" in inbox.taken[0].get_content()


def test_whoever_opened_a_consultation_is_reminded_to_ask_again(office: Office, inbox: Inbox) -> None:
    store = office.site.store
    made = store.consultations.open(office.specialist, office.case, ["wanted.aim"], at=NOW).id
    store.consultations.close(office.specialist, office.case, made, at=NOW)
    told = [send_reminders(office.site, date(2027, 6, day)).reminders for day in (2, 3, 10, 30)]
    assert told == [0, 1, 0, 0]
    assert inbox.taken[0]["To"] == "specialist@example.org"
    assert "again on June 10, 2027" in inbox.taken[0].get_content()


def test_what_is_refused_is_told_and_tried_again(office: Office, inbox: Inbox) -> None:
    office.due(TODAY)
    inbox.refuses = "leader@example.org"
    sent = send_reminders(office.site, TODAY)
    assert (sent.reminders, [email for email, _ in sent.refused]) == (0, ["leader@example.org"])
    inbox.refuses = ""
    assert send_reminders(office.site, TODAY).reminders == 1


def test_who_cannot_sign_in_and_what_is_archived_is_left_alone(office: Office, inbox: Inbox) -> None:
    office.due(TODAY)
    office.site.store.cases.archive(office.leader, office.case, True)
    assert send_reminders(office.site, TODAY).reminders == 0
    office.site.store.cases.archive(office.leader, office.case, False)
    office.site.store.people.set_active(office.leader.id, False)
    assert send_reminders(office.site, TODAY).reminders == 0
    assert inbox.taken == []


def test_two_that_send_at_once_send_it_once(store: Store) -> None:
    from support.stored_cases import ANN, AT, FILE  # here, since the other tests have an office of their own

    case = store.cases.create(ANN, FILE, at=AT).entry.id
    assert [store.reminders.claim(case, "due:now:2027-01-31", at=AT) for _ in range(2)] == [True, False]
    store.reminders.release(case, "due:now:2027-01-31")
    assert store.reminders.claim(case, "due:now:2027-01-31", at=AT)
    store.cases.delete(ANN, case)
    assert not store.reminders.claim(case, "due:now:2027-01-31", at=AT)


@pytest.mark.parametrize(
    "wrong", [{"mail_password": "other"}, {"mail_security": "starttls"}, {"mail_port": 9}, {"mail_server": ""}]
)
def test_a_server_that_cannot_be_used_is_told_and_nothing_counts_as_sent(
    tmp_path: Path, loaded: Loaded, office: Office, server: Controller, wrong: dict[str, object]
) -> None:
    office.due(TODAY)
    settings = read_settings(data=tmp_path, database=office.site.settings.database, **mail_settings(server, **wrong))
    site: Site = create_app(settings, loaded=loaded, clock=lambda: NOW).state.site
    with pytest.raises(InputError) as told:
        send_reminders(site, TODAY)
    assert told.value.problems[0].code == ("mail-server-unreachable" if wrong.get("mail_server", "x") else "no-mail-server")
    assert "secret" not in str(told.value.problems)
    site.service.close()
    site.store.close()
    assert send_reminders(office.site, TODAY).reminders == 1


def test_the_command_sends_them(office: Office, server: Controller, inbox: Inbox, tmp_path: Path) -> None:
    office.due(date(2020, 1, 31))
    register(["remind"])
    told = {f"ADVISOR_{name.upper()}": str(value) for name, value in mail_settings(server).items()}
    environment = {"ADVISOR_DATA": str(tmp_path), "ADVISOR_DATABASE": office.site.settings.database, **told}
    results = [CliRunner().invoke(command_line, ["remind"], env=environment) for _ in range(2)]
    assert [result.exit_code for result in results] == [0, 0], results[0].output
    assert [result.output.strip() for result in results] == ["Sent: 1. People: 1.", "Sent: 0. People: 0."]
    assert len(inbox.taken) == 1
