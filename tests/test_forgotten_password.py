"""A forgotten password: a link by mail, asked for by anybody, of which nobody learns whose address is known."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from playwright.sync_api import Browser, expect
from sqlalchemy import event
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.store.database import Store, ThrottledError
from advisor.store.records import Person
from advisor.store.resets import MAILED_LASTS, MOST
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.clock import Clock
from support.fresh_databases import migrated
from support.identity_providers import free_port
from support.mail_server import Inbox, mail_settings, receiving
from support.servers import serving
from support.stored_cases import AT
from support.visits import PASSWORD, add_person, check_page, context_for

NEW = "battery horse correct"
PUBLIC = "http://127.0.0.1"
PATH = "/forgotten-password"


@dataclass
class Office:
    """A server that mails, what is in the inbox of its people, and a person with a password."""

    client: TestClient
    store: Store
    inbox: Inbox
    lee: Person
    clock: Clock

    def visitor(self, came_from: str = "192.0.2.7") -> TestClient:
        return TestClient(self.client.app, PUBLIC, follow_redirects=False, client=(came_from, 1))

    def ask(self, email: str, came_from: str = "192.0.2.7") -> Response:
        return self.visitor(came_from).post(PATH, data={"email": email})

    def link(self) -> str:
        found = re.search(rf"{PUBLIC}/reset/[\w-]+", self.inbox.next().get_content())
        assert found
        return found[0]

    def quiet(self) -> int:
        """How many mails came in all, once whatever was asked for before is worked through."""
        self.client.app.state.site.reset_mail._thread.submit(int).result(30)  # type: ignore[attr-defined]
        return len(self.inbox.taken)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[Office]:
    inbox, clock, folder = Inbox(), Clock(), tmp_path_factory.mktemp("forgotten")
    with receiving(inbox) as server:
        database = f"sqlite:///{folder / 'advisor.db'}"
        settings = read_settings(data=folder, database=database, public_url=PUBLIC, **mail_settings(server))
        migrated(database, loaded.rulebook.vocabulary).close()
        app = create_app(settings, loaded=loaded, clock=clock)
        store: Store = app.state.site.store
        ann = add_person(store, "ann", "administrator")
        with TestClient(app, PUBLIC, follow_redirects=False) as client:
            client.get("/login")
            yield Office(client, store, inbox, ann, clock)


@pytest.fixture
def office(running: Office) -> Iterator[Office]:
    """The server with somebody who forgot nothing yet, an hour after the test before."""
    running.clock.now += timedelta(hours=1)
    running.inbox.empty()
    yield replace(running, lee=add_person(running.store, f"lee{running.clock.now:%d%H}", "leader"))
    running.quiet()


def test_a_link_comes_by_mail_sets_the_password_once_and_ends_every_session(office: Office) -> None:
    signed_in = office.visitor()
    assert signed_in.post("/login", data={"email": office.lee.email, "password": PASSWORD}).status_code == 303
    assert PATH in office.visitor().get("/login").text
    asked = office.ask(f" {office.lee.email.upper()} ")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?said=link-mailed")
    link, visitor = office.link(), office.visitor()
    mail = office.inbox.taken[0]
    assert (mail["To"], mail["From"], mail["Auto-Submitted"]) == (office.lee.email, "advisor@example.org", "auto-generated")
    assert PASSWORD not in mail.get_content()
    assert visitor.get(link).status_code == visitor.get(link).status_code == 200  # looking at it, as scanners do, uses nothing
    assert visitor.post(link, data={"new": "short", "again": "short"}).status_code == 422
    assert signed_in.get("/account").status_code == 200
    assert visitor.post(link, data={"new": NEW, "again": NEW}).headers["location"] == "/login?said=password-set"
    assert signed_in.get("/account").status_code == 303
    assert visitor.get("/account").status_code == 303  # setting it signs nobody in
    assert visitor.get(link).status_code == 404
    assert visitor.post(link, data={"new": PASSWORD, "again": PASSWORD}).status_code == 404
    for password, status in ((PASSWORD, 422), (NEW, 303)):
        assert visitor.post("/login", data={"email": office.lee.email, "password": password}).status_code == status
    entries = [each for each in office.store.audit.list("North", search=office.lee.id).items if "password-" in each.event]
    assert [(each.event, each.actor, each.came_from) for each in entries] == [
        ("password-changed", "", "192.0.2.7"),
        ("password-link-mailed", "", "192.0.2.7"),
    ]
    assert {each.subjects["account"] for each in entries} == {office.lee.id}
    assert link.rpartition("/")[2] not in str(entries)


def test_the_answer_and_what_is_done_for_it_are_the_same_for_every_address(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No time is measured: until the answer is sent the same statements are run, nothing is hashed, and no mail is begun."""
    gone = add_person(office.store, "gone", "leader")
    office.store.people.set_active(gone.id, False)
    elsewhere = office.store.people.add("sso@example.org", "Sue", "leader", "North", None, at=AT)
    held, statements = threading.Event(), list[str]()
    deliver, answers, told = type(office.client.app.state.site.reset_mail).deliver, [], []  # type: ignore[attr-defined]

    def waiting(*given: object) -> bool:
        assert held.wait(30)
        return bool(deliver(*given))

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if threading.current_thread().name != "webhooks":  # which looks for what is due once a second
            statements.append(statement)

    monkeypatch.setattr(f"{deliver.__module__}.ResetMail.deliver", waiting)
    monkeypatch.setattr("advisor.store.people._hash", None)
    monkeypatch.setattr("advisor.store.people._verify", None)
    engine = office.store._connections.engine
    event.listen(engine, "before_cursor_execute", note)
    emails = (office.lee.email, "nobody@example.org", gone.email, elsewhere.email, "nonsense")
    try:
        for number, email in enumerate(emails):
            statements.clear()
            answers.append(office.ask(email, f"192.0.2.{number}"))
            told.append(tuple(statements))
        assert office.inbox.taken == []
    finally:
        event.remove(engine, "before_cursor_execute", note)
        held.set()
    assert len(set(told)) == 1
    assert told[0]
    assert not [each for each in told[0] if "people" in each.lower()]
    for each in answers:
        del each.headers["x-request-id"]
    assert len({(each.status_code, each.text, str(sorted(each.headers.items()))) for each in answers}) == 1
    assert office.inbox.next()["To"] == office.lee.email
    assert office.quiet() == 1


def test_who_asks_again_and_again_has_to_wait_whoever_they_ask_for_and_may_sign_in_meanwhile(office: Office) -> None:
    for email in (office.lee.email, "nobody@example.org"):
        told = [office.ask(email).status_code for _ in range(6)]
        assert told == [303] * 5 + [429]
    waiting = office.ask(office.lee.email)
    assert (waiting.headers["retry-after"], "Please try again in 2 seconds" in waiting.text) == ("2", True)
    assert office.ask(office.lee.email, "192.0.2.8").status_code == 303  # from elsewhere
    signed_in = office.visitor().post("/login", data={"email": office.lee.email, "password": PASSWORD})
    assert signed_in.status_code == 303
    office.clock.now += timedelta(seconds=2)
    assert office.ask(office.lee.email).status_code == 303


def test_few_links_are_open_at_once_and_a_stranger_ends_none(office: Office) -> None:
    given = office.store.resets.open(office.lee.id, at=office.clock())
    for number in range(MOST + 2):
        office.ask(office.lee.email, f"192.0.2.{number}")
    assert office.quiet() == MOST - 1
    links = [office.link() for _ in range(MOST - 1)]
    visitor = office.visitor()
    assert {visitor.get(each).status_code for each in (*links, f"/reset/{given}")} == {200}
    office.clock.now += MAILED_LASTS
    assert {visitor.get(each).status_code for each in links} == {404}
    assert {visitor.post(each, data={"new": NEW, "again": NEW}).status_code for each in links} == {404}
    assert visitor.get(f"/reset/{given}").status_code == 200  # an administrator's, which lasts for a day
    office.ask(office.lee.email)
    assert visitor.get(office.link()).status_code == 200


def test_a_password_that_is_set_in_another_way_closes_every_link(office: Office) -> None:
    office.ask(office.lee.email)
    link = office.link()
    office.store.people.set_password(office.lee.id, NEW)
    assert office.visitor().get(link).status_code == 404


def test_a_mail_that_is_refused_leaves_no_link_open_and_is_told_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.web.logs.LOGGER.propagate", True)
    office.inbox.refuses = office.lee.email
    for number in range(MOST + 1):
        assert office.ask(office.lee.email, f"192.0.2.{number}").status_code == 303
    assert office.quiet() == 0
    assert [getattr(each, "fields", {}) for each in caplog.records].count({"request": "reset mail"}) == MOST + 1
    office.inbox.refuses = ""
    office.ask(office.lee.email, "192.0.2.9")
    assert office.visitor().get(office.link()).status_code == 200


def test_more_than_can_wait_is_dropped_and_told_and_answered_alike(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.web.logs.LOGGER.propagate", True)
    monkeypatch.setattr(office.client.app.state.site.reset_mail, "_places", threading.BoundedSemaphore(1))  # type: ignore[attr-defined]
    held = threading.Event()
    monkeypatch.setattr("advisor.web.reset_mail.ResetMail.deliver", lambda *_: held.wait(30))
    assert {office.ask(email).headers["location"] for email in ("a@example.org", "b@example.org")} == {"/login?said=link-mailed"}
    assert [each.getMessage() for each in caplog.records].count("reset mail dropped") == 1
    held.set()


def test_an_address_that_is_too_long_is_told(office: Office) -> None:
    answer = office.ask("a" * 201)
    assert (answer.status_code, 'id="email-error"' in answer.text) == (422, True)


@pytest.mark.parametrize("without", ["mail_server", "mail_from", "public_url", "local_accounts"])
def test_where_no_link_can_be_mailed_the_page_is_not_there(office: Office, without: str) -> None:
    state = office.client.app.state  # type: ignore[attr-defined]
    before = state.site
    state.site = replace(before, settings=before.settings.model_copy(update={without: ""}))
    try:
        assert office.visitor().get(PATH).status_code == office.ask(office.lee.email).status_code == 404
        shown = office.visitor().get("/login").text
    finally:
        state.site = before
    assert PATH not in shown
    assert ("password forgotten? Ask an administrator" in shown) == (without != "local_accounts")
    assert office.quiet() == 0


def test_of_two_who_use_a_link_in_the_same_moment_one_sets_the_password(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    secret, line = store.resets.open(lee.id, at=AT), threading.Barrier(2)
    words = ("battery horse correct", "correct battery horse")

    def use(password: str) -> bool:
        line.wait()
        return store.resets.use(secret, password, at=AT) is not None

    with ThreadPoolExecutor(2) as pool:
        set_by = list(pool.map(use, words))
    assert sorted(set_by) == [False, True]
    assert store.people.check(lee.email, words[set_by.index(True)], came_from="1", at=AT) == lee


def test_asking_is_counted_apart_from_signing_in(store: Store) -> None:
    for _ in range(5):
        store.people.count_asked("lee@example.org", came_from="1", at=AT)
    with pytest.raises(ThrottledError):
        store.people.count_asked("LEE@example.org", came_from="1", at=AT)
    lee = add_person(store, "lee", "leader")
    assert store.people.check(lee.email, PASSWORD, came_from="1", at=AT) == lee
    with pytest.raises(ThrottledError):  # signing in does not make it forgotten
        store.people.count_asked(lee.email, came_from="1", at=AT)


def test_in_a_browser_from_a_forgotten_password_to_being_signed_in(browser: Browser, tmp_path: Path, loaded: Loaded) -> None:
    inbox, port = Inbox(), free_port()
    with receiving(inbox) as server:
        given = mail_settings(server, port=port, public_url=f"http://127.0.0.1:{port}")
        store = migrated(f"sqlite:///{tmp_path / 'advisor.db'}", loaded.rulebook.vocabulary)
        lee = add_person(store, "lee", "leader")
        store.close()
        with serving(tmp_path, settings={f"ADVISOR_{name.upper()}": str(value) for name, value in given.items()}) as site:
            context = context_for(browser, site)
            page = context.new_page()
            page.goto("/login")
            with page.expect_navigation():
                page.get_by_role("link", name="Password forgotten?").click()
            check_page(page)
            page.get_by_label("Email address").fill(lee.email)
            page.get_by_role("button", name="Mail me a link").click()
            expect(page.locator("main").get_by_text("a link is on its way")).to_be_visible()
            found = re.search(r"http\S+/reset/\S+", inbox.next().get_content())
            assert found
            page.goto(found[0])
            for label in ("New password", "New password again"):
                page.get_by_label(label, exact=True).fill(NEW)
            page.get_by_role("button", name="Set it").click()
            page.get_by_label("Email address").fill(lee.email)
            page.get_by_label("Password").fill(NEW)
            page.get_by_role("button", name="Sign in", exact=True).click()
            expect(page.get_by_role("link", name="Lee").or_(page.get_by_text("Sign out"))).to_be_visible()
            context.close()
