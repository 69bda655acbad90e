"""What may block holds up nobody else: a database that another process writes to, a number of partners met for the first time."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from advisor.loading import Loaded
from advisor.store.connections import WRITERS
from advisor.store.database import Store
from advisor.web.app import THREADS
from support.servers import Site, serving

PARTNERS = 23  # a number that nobody has asked about
SAVES = THREADS + 4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with nothing kept from an earlier start."""
    folder = tmp_path_factory.mktemp("blocking")
    with serving(folder, settings={"XDG_CACHE_HOME": str(folder / "cache")}) as running:
        yield running


@pytest.fixture(scope="module")
def token(site: Site, loaded: Loaded) -> str:
    """A token that was never used: its use is to be noted."""
    store = Store(site.database, loaded.rulebook.vocabulary)
    at = datetime.now(UTC)
    person = store.people.add("ann@example.org", "Ann", "administrator", "Here", "a long password", at=at)
    made = store.tokens.create(person, "test", at=at, days=1)[1]
    store.close()
    return made


def test_while_another_process_writes_who_saves_waits_and_everybody_else_is_answered(site: Site, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    path = Path(site.database.removeprefix("sqlite:///"))
    many = {"answers": {}, "partners": [{"name": f"Partner {n}", "answers": {}} for n in range(PARTNERS)]}
    with (
        ThreadPoolExecutor(SAVES + 2) as pool,
        httpx.Client(
            base_url=f"{site.address}/api/v1/", headers=headers, timeout=60, limits=httpx.Limits(max_connections=50)
        ) as api,
    ):

        def save(number: int) -> int:
            return api.post("cases", json={"name": f"Case {number}"}).status_code

        lock = sqlite3.connect(path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        try:
            saves: list[Future[int]] = [pool.submit(save, number) for number in range(SAVES)]
            cold = pool.submit(lambda: api.post("assess", json=many))
            time.sleep(0.3)  # by now those who save have taken the threads they may have
            for _ in range(3):
                assert api.get("health").status_code == 200
                assert api.get("ready").status_code == 200
                assert api.get("cases").status_code == 200
                assert api.post("assess", json={"answers": {"wanted.aim": "exchange"}}).json()["proceed"]
            assert len(cold.result().json()["partners"]) == PARTNERS
            assert sum(not each.done() for each in saves) >= WRITERS, "the lock was held all the time"
        finally:
            lock.execute("ROLLBACK")
            lock.close()
        statuses = [each.result() for each in saves]
        assert statuses.count(201) >= WRITERS
        assert set(statuses) <= {201, 503}
        assert save(SAVES) == 201


def test_noting_that_a_token_was_used_is_left_where_it_would_wait_and_made_up_for(site: Site, token: str, loaded: Loaded) -> None:
    store = Store(site.database, loaded.rulebook.vocabulary)
    at = datetime.now(UTC) + timedelta(hours=1)
    with sqlite3.connect(Path(site.database.removeprefix("sqlite:///")), isolation_level=None) as lock:
        lock.execute("BEGIN IMMEDIATE")
        bearer = store.tokens.find(token, at=at)
        lock.execute("ROLLBACK")
    assert bearer
    used = store.tokens.list(bearer.person)[0].used
    assert used is None or used < at
    assert store.tokens.find(token, at=at)
    assert store.tokens.list(bearer.person)[0].used == at
    store.close()
