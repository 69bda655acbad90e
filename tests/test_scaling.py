"""Several instances behind the real nginx, as docs/scaling.md sets them up.

They share one PostgreSQL and a secret key, have a data folder each, and no session sticks to one of them.
"""

import shutil
import signal
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from advisor.loading import Loaded, load
from advisor.store.database import Store
from conftest import ROOT
from support.databases import Postgres
from support.identity_providers import free_port
from support.nginx import Balancer
from support.servers import Site, serving
from support.visits import PASSWORD, add_person

pytestmark = pytest.mark.elsewhere
KEY = "one key for all instances, which no machine keeps for itself"
VISITORS = 3
LOST = (502, 504)  # what nginx answers where an instance went away over a request that it may not send twice itself
FRESH = httpx.Limits(max_keepalive_connections=0)  # each request may meet another instance


@dataclass
class Fleet:
    """A database, its account with a token, and where the instances are reached."""

    database: str
    balancer: Balancer
    token: str
    folder: Path

    def start(self, names: Sequence[str], **settings: str) -> "Started":
        """Instances of these names, each with a data folder of its own."""
        return Started(self, names, settings)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class Started:
    """Instances that run, and are stopped at the end."""

    def __init__(self, fleet: Fleet, names: Sequence[str], settings: dict[str, str]) -> None:
        self._stack = ExitStack()
        shared = {"ADVISOR_SECRET_KEY": KEY, "ADVISOR_PUBLIC_URL": fleet.balancer.address, "ADVISOR_TRUSTED_PROXIES": "127.0.0.1"}

        def begin(name: str) -> Site:
            data = fleet.folder / name
            data.mkdir(mode=0o700)
            return self._stack.enter_context(
                serving(data, database=fleet.database, port=free_port(), settings={**shared, **settings})
            )

        with ThreadPoolExecutor(len(names)) as pool:
            self.sites = list(pool.map(begin, names))

    def __enter__(self) -> list[Site]:
        return self.sites

    def __exit__(self, *_: object) -> None:
        self._stack.close()


@pytest.fixture
def fleet(postgres: Postgres, loaded: Loaded, tmp_path: Path) -> Iterator[Fleet]:
    name = postgres.create()
    store = Store(postgres.url(name), loaded.rulebook.vocabulary)
    store.upgrade()
    at = datetime.now(UTC)
    for number in range(VISITORS):
        person = add_person(store, f"ann{number}", "administrator")
    token = store.tokens.create(person, "script", at=at)[1]
    store.close()
    (tmp_path / "nginx").mkdir()
    yield Fleet(postgres.url(name), Balancer(tmp_path / "nginx"), token, tmp_path)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class Visitor:
    """Somebody who signs in, makes cases, saves and reads them, again and again, and retries what may be retried."""

    fleet: Fleet
    number: int
    rounds: int = 0
    retried: list[str] = field(default_factory=list)
    saved: dict[str, str] = field(default_factory=dict)
    more: threading.Condition = field(default_factory=threading.Condition)
    wrong: str = ""

    def go_on(self, until: threading.Event) -> None:
        """Rounds, until there is nothing more to see."""
        try:
            while not until.is_set():
                self._round()
                with self.more:
                    self.rounds += 1
                    self.more.notify_all()
        except Exception as error:
            with self.more:
                self.wrong = f"{type(error).__name__} {error}"
                self.more.notify_all()

    def goes_on_for(self, rounds: int) -> None:
        """Wait until so many more rounds are done."""
        with self.more:
            wanted = self.rounds + rounds
            assert self.more.wait_for(lambda: self.wrong or self.rounds >= wanted, 300), "nobody answers"
            assert not self.wrong, self.wrong

    def _round(self) -> None:
        name = f"Case {uuid.uuid4().hex}"
        with httpx.Client(base_url=self.fleet.balancer.address, timeout=60, limits=FRESH) as client:
            once = {**self.fleet.bearer, "Idempotency-Key": uuid.uuid4().hex}
            made = self._sent(client, 201, "POST", "/api/v1/cases", json={"name": name}, headers=once)
            case, tag = made.json()["id"], made.headers["ETag"]
            name += " saved"
            body = {"name": name, "answers": {"wanted.aim": "exchange"}}
            late = self._sent(
                client,
                200,
                "PUT",
                f"/api/v1/cases/{case}",
                json=body,
                headers={**self.fleet.bearer, "If-Match": tag},
                other=(412,),
            )  # 412: it was saved, and nginx sent it again since the answer was lost
            got = self._sent(client, 200, "GET", f"/api/v1/cases/{case}", headers=self.fleet.bearer).json()
            assert (got["case"]["name"], got["revision"]) == (name, 2), (late, got)
            self.saved[case] = name
            given = self._sent(client, 200, "GET", f"/api/v1/cases/{case}/advice", headers=self.fleet.bearer).json()
            assert given["case"] == name
            account = {"email": f"ann{self.number}@example.org", "password": PASSWORD}
            self._sent(client, 303, "POST", "/login", data=account)
            assert name in self._sent(client, 200, "GET", "/cases").text
            form = {"wanted.duties": "yes", "revision": "2", "asked": "wanted.duties"}
            self._sent(client, 303, "POST", f"/cases/{case}/questions/wanted.duties", data=form)
            assert name in self._sent(client, 200, "GET", f"/cases/{case}/advice").text
            now = self._sent(client, 200, "GET", f"/api/v1/cases/{case}", headers=self.fleet.bearer).json()
            assert now["case"]["answers"]["wanted.duties"] in ("yes", True)

    def _sent(
        self, client: httpx.Client, expected: int, method: str, path: str, *, other: tuple[int, ...] = (), **sent: Any
    ) -> httpx.Response:
        for _ in range(5):
            answer = client.request(method, path, **sent)
            if answer.status_code not in LOST:
                break
            self.retried.append(method)
        assert answer.status_code == expected or answer.status_code in other, (
            f"{answer.status_code} {method} {path} {answer.text[:300]}"
        )
        return answer


@contextmanager
def visited(fleet: Fleet) -> Iterator[list[Visitor]]:
    """Visitors who come all the time."""
    visitors = [Visitor(fleet, number) for number in range(VISITORS)]
    until = threading.Event()
    threads = [threading.Thread(target=each.go_on, args=(until,)) for each in visitors]
    for thread in threads:
        thread.start()
    try:
        yield visitors
    finally:
        until.set()
        for thread in threads:
            thread.join(120)


def everybody_goes_on(visitors: Sequence[Visitor], rounds: int = 2) -> None:
    for each in visitors:
        each.goes_on_for(rounds)


def where(sites: Sequence[Site]) -> list[str]:
    return [site.address for site in sites]


def test_an_instance_that_stops_and_one_that_is_added_show_to_nobody(fleet: Fleet, loaded: Loaded) -> None:
    with fleet.start(["a", "b", "c"]) as (first, second, third), fleet.balancer.before(where([first, second, third])):
        with visited(fleet) as visitors:
            everybody_goes_on(visitors)
            fleet.balancer.change(where([second, third]))
            first.process.send_signal(signal.SIGTERM)
            assert first.process.wait(60) == 0
            everybody_goes_on(visitors)
            with fleet.start(["d"]) as (fourth,):
                fleet.balancer.change(where([second, third, fourth]))
                everybody_goes_on(visitors)
                assert not [each for visitor in visitors for each in visitor.retried]
                second.process.kill()  # and this one goes without a word
                everybody_goes_on(visitors, 3)
                everybody = {method for visitor in visitors for method in visitor.retried}
        assert everybody <= {"POST"}
        assert not [visitor.wrong for visitor in visitors if visitor.wrong]
        answered = fleet.balancer.answered()
        assert {each.rpartition(":")[2] for tried, _ in answered for each in tried} == {
            site.address.rpartition(":")[2] for site in (first, second, third, fourth)
        }
        assert {status for _, status in answered} <= {"200", "201", "303", "412", "502"}
        assert not [line for site in (first, third, fourth) for line in site.logged if '"unforeseen"' in line]
    store = Store(fleet.database, loaded.rulebook.vocabulary)
    person = store.people.by_email("ann0@example.org")
    assert person
    for case, name in [each for visitor in visitors for each in visitor.saved.items()]:
        assert store.cases.read(person, case).file.case.name == name
    store.close()


def test_another_version_of_the_rulebook_shows_at_once_on_all(fleet: Fleet, loaded: Loaded, tmp_path: Path) -> None:
    """What the earlier instances keep, in memory and in the database, is given by none of the later ones."""
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules", rules)
    sections = rules / "vocabulary" / "sections.yaml"
    version = loaded.rulebook.version
    sections.write_text(sections.read_text("utf-8").replace(f"version: {version}\n", "version: 99.0.0\n"), "utf-8")
    load(rules).program(0)  # read once, for all three

    def versions(address: str, tag: str = "", times: int = 6) -> set[str]:
        with httpx.Client(base_url=address, timeout=60, limits=FRESH, headers=fleet.bearer) as client:
            had = {"If-None-Match": tag} if tag else {}
            answers = [client.get(f"/api/v1/cases/{case}/advice", headers=had) for _ in range(times)]
            listed = [client.get("/api/v1/rulebook", headers=had) for _ in range(times)]
            assert {each.status_code for each in (*answers, *listed)} == {200}
            return {each.json()["rulebook"]["version"] for each in answers} | {each.json()["version"] for each in listed}

    with fleet.start(["a", "b", "c"]) as earlier, fleet.balancer.before(where(earlier)):
        with httpx.Client(base_url=fleet.balancer.address, timeout=60, headers=fleet.bearer) as client:
            made = client.post("/api/v1/cases", json={"name": "Kept", "answers": {"wanted.aim": "exchange"}})
            case = made.json()["id"]
            given = client.get(f"/api/v1/cases/{case}/advice")
        assert versions(fleet.balancer.address) == {version}
        with fleet.start(["d", "e", "f"], ADVISOR_RULES=str(rules)) as later:
            assert versions(fleet.balancer.address) == {version}
            fleet.balancer.change(where(later))
            assert versions(fleet.balancer.address, given.headers["ETag"], 9) == {"99.0.0"}
            with httpx.Client(base_url=fleet.balancer.address, timeout=60, headers=fleet.bearer) as client:
                kept = client.get(given.headers["Content-Location"])
                assert kept.content == given.content  # what was advised before is still what was advised
                late = client.patch(f"/api/v1/cases/{case}", json={"answers": {}}, headers={"If-Match": made.headers["ETag"]})
                assert late.status_code == 412  # read by the other rulebook: it is to be looked at again
    tried = {each for instances, _ in fleet.balancer.answered() for each in instances}
    assert len(tried) == 6
