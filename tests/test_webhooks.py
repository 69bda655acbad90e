"""Webhooks: told with the change or not at all, signed, tried again, by one process at a time, and only to where they may go."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from advisor.engine import engine
from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.rulebook import Rulebook
from advisor.model.scenario import CaseFile
from advisor.service import Service
from advisor.store.database import Store
from advisor.store.errors import NoSuchWebhookError
from advisor.store.outbox import EVENTS
from advisor.store.records import Person
from advisor.store.webhooks import DELIVERED, KEPT, LEASE, UNCHANGED, WAITS
from advisor.web import webhook_sender as sender_module
from advisor.web.app import create_app
from advisor.web.settings import Settings
from advisor.web.webhook_sender import WebhookSender
from advisor.web.webhook_targets import TargetError, networks, target_of
from support.command_line import app as command_line
from support.fresh_databases import migrated
from support.servers import serving
from support.stored_cases import ADA, AT, PAT, later
from support.visits import PASSWORD, add_person, store_of

LOOPBACK = networks("127.0.0.0/8 ::1/128")
ANSWERS = {
    "today.state": ("nothing",),
    "wanted.aim": ("common-goal",),
    "wanted.work": ("plan-together",),
    "wanted.duties": ("no",),
    "possible.authority": ("managers",),
}
BEFORE = CaseFile(Case("Told", ANSWERS, (Partner("Lakeside Shelter", {"partner.reach": ("plan-together",)}),)), {})
QUIET = CaseFile(replace(BEFORE.case, name="Told of nothing"), {})
CHANGED = CaseFile(replace(BEFORE.case, answers={**ANSWERS, "wanted.aim": ("exchange",)}), {})


@dataclass
class Receiver:
    """A real receiver on loopback: what came, and how it answers the next ones (a status, or None: it hangs up)."""

    address: str = ""
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            status = made.answers.pop(0) if made.answers else 204
            if status is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            self.send_header("Location", made.address + "elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}/told?by=advisor"
    yield made
    server.shutdown()
    server.server_close()


@dataclass
class Post:
    """A store with a sender at a time of the test's own."""

    store: Store
    service: Service
    now: datetime = AT

    def deliver(self, allowed: Any = LOOPBACK) -> bool:
        return WebhookSender(self.store, self.service, allowed, lambda: self.now).deliver()


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, engine("chain", loaded.cache))


@pytest.fixture
def post(store: Store, service: Service) -> Post:
    return Post(store, service)


def changed(store: Store, person: Person = PAT, file: CaseFile = CHANGED, at: datetime = AT) -> str:
    """A case whose save may have changed its advice."""
    case = store.cases.create(person, BEFORE, at=at).entry.id
    store.cases.save(person, case, 1, file, at=at)
    return case


def test_a_changed_advice_is_told_signed_and_once(post: Post, receiver: Receiver) -> None:
    webhook, secret = post.store.webhooks.create("county", receiver.address, EVENTS, at=AT)
    case = changed(post.store)
    assert post.deliver()
    assert not post.deliver()
    ((headers, body),) = receiver.came
    told = json.loads(body)
    assert (told["type"], told["data"]["case"], told["data"]["revision"]) == ("case.advice-changed", case, 2)
    assert told["data"]["dimension"]["was"] != told["data"]["dimension"]["now"]
    assert set(told["data"]) == {"case", "revision", "proceed", "dimension"}  # no names, no answers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mark).decode()}"
    assert int(headers["webhook-timestamp"]) == int(AT.timestamp())
    (logged,) = post.store.webhooks.deliveries("county", webhook.id)
    assert (logged.id, logged.outcome, logged.attempts, logged.due) == (headers["webhook-id"], DELIVERED, 1, None)


def test_a_save_that_changes_no_advice_tells_nothing(post: Post, receiver: Receiver) -> None:
    webhook, _ = post.store.webhooks.create("county", receiver.address, EVENTS, at=AT)
    changed(post.store, file=QUIET)
    assert post.deliver()
    assert receiver.came == []
    assert [each.outcome for each in post.store.webhooks.deliveries("county", webhook.id)] == [UNCHANGED]


def test_a_closed_consultation_is_told_the_first_time_it_is_closed(post: Post, receiver: Receiver) -> None:
    post.store.webhooks.create("county", receiver.address, ["consultation.closed"], at=AT)
    case = changed(post.store)
    consultation = post.store.consultations.open(PAT, case, ["wanted.aim"], at=AT).id
    for _ in range(2):
        post.store.consultations.close(PAT, case, consultation, at=AT)
    assert [post.deliver() for _ in range(2)] == [True, False]
    assert json.loads(receiver.came[0][1])["data"] == {"case": case, "consultation": consultation}


def test_what_fails_is_tried_again_later_and_later_with_the_same_id(post: Post, receiver: Receiver) -> None:
    webhook, _ = post.store.webhooks.create("county", receiver.address, EVENTS, at=AT)
    changed(post.store)
    receiver.answers = [500, 302, None, 410, 404]
    waited: list[timedelta] = []
    outcomes: list[str] = []
    while (due := post.store.webhooks.deliveries("county", webhook.id)[0].due) is not None:
        assert not waited or not post.deliver()  # not before it is due
        waited.append(due - post.now)
        post.now = due
        assert post.deliver()
        outcomes.append(post.store.webhooks.deliveries("county", webhook.id)[0].outcome)
    assert outcomes == ["500", "302", "unreachable", "410", "404", DELIVERED]
    assert waited == [timedelta(0), *WAITS[:5]]
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.came}) == 6
    assert len(receiver.came) == 6  # the redirect was not followed


def test_it_is_given_up_after_the_last_wait(post: Post, receiver: Receiver) -> None:
    webhook, _ = post.store.webhooks.create("county", receiver.address, EVENTS, at=AT)
    changed(post.store)
    receiver.answers = [503] * 20
    while (due := post.store.webhooks.deliveries("county", webhook.id)[0].due) is not None:
        post.now = due
        assert post.deliver()
    assert len(receiver.came) == len(WAITS) + 1
    assert post.store.webhooks.deliveries("county", webhook.id)[0].outcome == "503"
    post.now += KEPT
    receiver.answers = []
    changed(post.store, at=post.now)
    assert post.deliver()
    assert len(post.store.webhooks.deliveries("county", webhook.id)) == 1  # the old one is out of the log


def test_two_processes_never_try_the_same_at_once_and_a_dead_ones_is_taken_over(
    store: Store, database_url: str, rulebook: Rulebook
) -> None:
    webhook, _ = store.webhooks.create("county", "https://portal.example/", EVENTS, at=AT)
    changed(store)
    other = Store(database_url, rulebook.vocabulary)
    first = store.webhooks.claim(at=AT)
    assert first
    assert other.webhooks.claim(at=AT + LEASE - timedelta(seconds=1)) is None
    second = other.webhooks.claim(at=AT + LEASE)
    assert second
    assert (second.delivery.id, second.delivery.attempts) == (first.delivery.id, 2)
    store.webhooks.settle(first, DELIVERED, at=AT + LEASE)  # too late: it is not the first one's any more
    assert store.webhooks.deliveries("county", webhook.id)[0].outcome == ""
    other.webhooks.settle(second, "500", at=AT + LEASE)
    assert store.webhooks.deliveries("county", webhook.id)[0].due == AT + LEASE + WAITS[1]
    other.close()


def test_many_at_once_claim_each_delivery_once(store: Store) -> None:
    for _ in range(3):
        store.webhooks.create("county", "https://portal.example/", EVENTS, at=AT)
    changed(store)
    found: list[str] = []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait()
        while (claimed := store.webhooks.claim(at=AT)) is not None:
            found.append(claimed.delivery.id)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (3, 3)


def test_a_change_that_is_not_kept_is_not_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook, _ = store.webhooks.create("county", "https://portal.example/", EVENTS, at=AT)
    case = store.cases.create(PAT, BEFORE, at=AT).entry.id
    with suppress(RuntimeError), store._connections.together():
        store.cases.save(PAT, case, 1, CHANGED, at=AT)
        raise RuntimeError
    assert store.cases.read(PAT, case).entry.revision == 1
    assert store.webhooks.deliveries("county", webhook.id) == ()
    monkeypatch.setattr("advisor.store.cases.announce", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store.cases.save(PAT, case, 1, CHANGED, at=AT)
    assert store.cases.read(PAT, case).entry.revision == 1  # nor is one kept that cannot be told


def test_each_organization_has_its_own_and_an_ended_one_is_told_nothing(post: Post, receiver: Receiver) -> None:
    webhooks = post.store.webhooks
    ours, _ = webhooks.create("county", receiver.address, EVENTS, at=AT)
    webhooks.create("other", receiver.address, EVENTS, at=later(1))
    changed(post.store, ADA)
    with pytest.raises(NoSuchWebhookError):
        webhooks.end("other", ours.id, at=AT)
    with pytest.raises(NoSuchWebhookError):
        webhooks.deliveries("other", ours.id)
    webhooks.end("county", ours.id, at=AT)
    changed(post.store, ADA)
    assert not post.deliver()
    assert [each.ended for each in webhooks.list("county")] == [AT]
    assert [each.organization for each in webhooks.list("other")] == ["other"]


@pytest.mark.parametrize(
    ("address", "allowed", "code"),
    [
        ("https://127.0.0.1/", "", "not-public"),
        ("https://localhost/", "", "not-public"),
        ("https://10.1.2.3/", "", "not-public"),
        ("https://169.254.169.254/latest/meta-data", "", "not-public"),
        ("https://[::1]/", "", "not-public"),
        ("https://[::ffff:10.1.2.3]/", "", "not-public"),
        ("https://[fd00::1]/", "", "not-public"),
        ("https://[64:ff9b:1::a01:203]/", "", "not-public"),
        ("https://[64:ff9b::a01:203]/", "", "not-public"),
        ("https://[2002:a01:203::1]/", "", "not-public"),
        ("https://[::a01:203]/", "", "not-public"),
        ("https://[fec0::1]/", "", "not-public"),
        ("https://0.0.0.0/", "", "not-public"),
        ("https://224.0.0.1/", "", "not-public"),
        ("https://2130706433/", "", "not-public"),
        ("https://0x7f.1/", "", "not-public"),
        ("http://8.8.8.8/", "", "not-https"),
        ("http://10.1.2.3/", "10.0.0.0/8", "not-https"),
        ("ftp://8.8.8.8/", "", "no-address"),
        ("https://user:secret@8.8.8.8/", "", "no-address"),
        ("https://8.8.8.8/#part", "", "no-address"),
        ("https://8.8.8.8:99999/", "", "no-address"),
        ("https://8.8.8.8/a b", "", "no-address"),
        ("https://8.8.8.8/\r\nX-More: 1", "", "no-address"),
        ("https://", "", "no-address"),
        ("https://no-such-host.invalid/", "", "no-such-host"),
    ],
)
def test_an_address_that_only_this_server_reaches_is_not_told(address: str, allowed: str, code: str) -> None:
    with pytest.raises(TargetError) as raised:
        target_of(address, networks(allowed))
    assert raised.value.code == code


def test_what_is_allowed_may_be_told() -> None:
    assert target_of("https://8.8.8.8:8443/a?b", ()).path == "/a?b"
    assert target_of("https://10.1.2.3/", networks("10.0.0.0/8")).port == 443
    assert not target_of("http://127.0.0.1:81/", LOOPBACK).secure


def test_a_name_that_leads_elsewhere_by_now_is_not_told(post: Post, receiver: Receiver) -> None:
    webhook, _ = post.store.webhooks.create("county", receiver.address, EVENTS, at=AT)
    changed(post.store)
    assert post.deliver(allowed=())
    assert receiver.came == []
    assert post.store.webhooks.deliveries("county", webhook.id)[0].outcome == "not-public"


def test_a_receiver_without_a_certificate_that_holds_is_told_nothing(post: Post, receiver: Receiver) -> None:
    webhook, _ = post.store.webhooks.create("county", receiver.address.replace("http:", "https:"), EVENTS, at=AT)
    changed(post.store)
    assert post.deliver()
    assert receiver.came == []
    assert post.store.webhooks.deliveries("county", webhook.id)[0].outcome in ("not-secure", "unreachable")


def test_a_receiver_that_drips_is_cut_off(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "LONGEST", 0.5)
    listening = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listening.accept()
        try:
            while True:
                connection.sendall(b"H")
                time.sleep(0.05)
        except OSError:
            connection.close()

    threading.Thread(target=drip, daemon=True).start()
    webhook, _ = post.store.webhooks.create("county", f"http://127.0.0.1:{listening.getsockname()[1]}/", EVENTS, at=AT)
    changed(post.store)
    assert post.deliver()  # and comes back at all
    assert post.store.webhooks.deliveries("county", webhook.id)[0].outcome == "unreachable"
    listening.close()


@pytest.mark.long
def test_an_administrator_registers_one_and_the_server_tells_it(receiver: Receiver, loaded: Loaded, tmp_path: Path) -> None:
    settings = {"ADVISOR_WEBHOOK_NETWORKS": "127.0.0.0/8", "ADVISOR_WORKERS": "2"}
    with serving(tmp_path, settings=settings) as site, site.client() as client:
        store = store_of(site, loaded)
        people = {role: add_person(store, role, role) for role in ("administrator", "planner")}
        tokens = {name: store.tokens.create(each, "t", at=each_at())[1] for name, each in people.items()}
        ask = {name: {"Authorization": f"Bearer {secret}"} for name, secret in tokens.items()}
        sent = {"address": receiver.address, "events": ["case.advice-changed"]}
        assert client.post("/api/v1/webhooks", json=sent, headers=ask["planner"]).status_code == 404
        wrong = client.post("/api/v1/webhooks", json={**sent, "address": "https://10.0.0.1/"}, headers=ask["administrator"])
        assert [each["code"] for each in wrong.json()["problems"]] == ["webhook-not-public"]
        made = client.post("/api/v1/webhooks", json=sent, headers=ask["administrator"]).json()
        case = client.post("/api/v1/cases", json={"name": "Told"}, headers=ask["planner"])
        changes = {"answers": {"wanted.aim": "common-goal", "wanted.work": "plan-together", "possible.authority": "managers"}}
        headers = {**ask["planner"], "If-Match": case.headers["ETag"]}
        assert client.patch(f"/api/v1/cases/{case.json()['id']}", json=changes, headers=headers).status_code == 200
        log = f"/api/v1/webhooks/{made['webhook']['id']}/deliveries"
        assert waited_for(client, log, ask["administrator"])["outcome"] == DELIVERED
        assert len(receiver.came) == 1
        address = f"/api/v1/webhooks/{made['webhook']['id']}"
        assert client.delete(address, headers=ask["administrator"]).status_code == 204
        assert made["secret"] not in client.get("/api/v1/webhooks", headers=ask["administrator"]).text
        events = [each.event for each in store.audit.list("North").items]
        assert ("webhook-made" in events, "webhook-ended" in events) == (True, True)
        store.close()


def test_an_administrator_makes_one_sees_what_it_was_told_and_ends_it_on_pages(loaded: Loaded, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    people = {role: add_person(store, role, role) for role in ("administrator", "planner")}
    with TestClient(create_app(settings, loaded=loaded), "http://127.0.0.1", follow_redirects=False) as browser:
        browser.post("/login", data={"email": people["administrator"].email, "password": PASSWORD})
        fields: dict[str, Any] = {"address": "https://192.0.9.1/told", "events": ["consultation.closed"]}
        wrongs: list[dict[str, Any]] = [{"address": "https://10.0.0.1/"}, {"events": []}, {"events": ["all"]}]
        assert [browser.post("/webhooks", data={**fields, **wrong}).status_code for wrong in wrongs] == [422] * 3
        assert store.webhooks.list("North") == ()
        made = browser.post("/webhooks", data=fields)
        (webhook,) = store.webhooks.list("North")
        assert webhook.events == ("consultation.closed",)
        secret = "whsec_" + made.text.partition("whsec_")[2].partition("<")[0]
        assert secret not in browser.get("/webhooks").text
        case = changed(store, people["planner"])
        consultation = store.consultations.open(people["planner"], case, ["wanted.aim"], at=AT).id
        assert "A consultation was closed" not in browser.get(f"/webhooks/{webhook.id}/deliveries").text
        store.consultations.close(people["planner"], case, consultation, at=datetime.now(UTC) + timedelta(hours=1))
        assert "A consultation was closed" in browser.get(f"/webhooks/{webhook.id}/deliveries").text
        assert browser.post(f"/webhooks/{webhook.id}/end").status_code == 303
        assert browser.post(f"/webhooks/{webhook.id}/end").status_code == 404
    store.close()


def test_commands_make_list_and_end_one_and_leave_entries(
    post: Post, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, event = "https://192.0.9.1/told", ("--event", "case.advice-changed")
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(command_line, ["webhook", *arguments, "--database", database_url])

    assert run("list").stdout == "There are no webhooks.\n"
    ann = add_person(post.store, "ann", "administrator")
    for wrong, codes in (
        (("add", "Nowhere", address, *event), ["unknown-organization"]),
        (("add", "North", "https://10.0.0.1/", "--event", "all"), ["unknown-event", "webhook-not-public"]),
        (("add", "North", "http://192.0.9.1/", *event), ["webhook-not-https"]),
        (("end", "none"), ["unknown-webhook"]),
        (("deliveries", "none"), ["unknown-webhook"]),
    ):
        problems = getattr(run(*wrong).exception, "problems", ())
        assert [each.code for each in problems] == codes
    made = run("add", "NORTH", address, *event, *event)
    (webhook,) = post.store.webhooks.list("North")
    assert (webhook.address, webhook.events) == (address, ("case.advice-changed",))
    assert made.stdout.startswith("whsec_")
    assert made.stdout.count("\n") == 1
    assert (webhook.id in made.stderr, made.stdout.strip() in made.stderr) == (True, False)
    assert post.store.webhooks.create("South", address, EVENTS, at=AT)
    listed = run("list", "--organization", "north").stdout
    assert (webhook.id in listed, "South" in listed, made.stdout.strip() in listed) == (True, False, False)
    assert "South" in run("list").stdout
    assert run("deliveries", webhook.id).stdout == "Nothing was told yet.\n"
    case = changed(post.store, ann)
    told = run("deliveries", webhook.id).stdout
    assert (case in told, "case.advice-changed" in told, "not tried yet" in told) == (True, True, True)
    assert run("end", webhook.id).exit_code == 0
    assert [each.ended is None for each in post.store.webhooks.list("North")] == [False]
    assert run("end", webhook.id).exception.problems[0].code == "unknown-webhook"
    entries = [each for each in post.store.audit.list("North").items if each.event.startswith("webhook")]
    assert [(each.event, each.came_from, dict(each.subjects)) for each in reversed(entries)] == [
        (event, "console", {"webhook": webhook.id}) for event in ("webhook-made", "webhook-ended")
    ]


def each_at() -> datetime:
    return datetime.now(tz=AT.tzinfo)


def waited_for(client: httpx.Client, log: str, headers: dict[str, str]) -> dict[str, Any]:
    """The first delivery, once it is over."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        items = client.get(log, headers=headers).json()["items"]
        if items and items[0]["next"] is None:
            found: dict[str, Any] = items[0]
            return found
        time.sleep(0.2)
    raise AssertionError(items)
