"""`Idempotency-Key`: what creates something does so once for a key, on both databases and over several processes."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.model.rulebook import Rulebook
from advisor.store.database import Store
from advisor.store.errors import KeyInUseError, KeyUsedOtherwiseError
from advisor.store.idempotency import KEPT, LEASE, Claim, KeptResponse
from advisor.store.records import LOCAL
from advisor.web.app import create_app
from advisor.web.settings import Settings
from support.clock import Clock
from support.stored_cases import ANN, AT, BEN, FILE, later

KEY = {"Idempotency-Key": '"7c1f6a"'}
CASE = {"name": "Once"}
FIRST = KeptResponse(201, {"location": "/1"}, b"\x00made")


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 1, 5, 9, tzinfo=UTC))


@pytest.fixture
def api(database_url: str, loaded: Loaded, tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path, database=database_url)
    with TestClient(create_app(settings, loaded=loaded, clock=clock), "http://localhost/api/v1/") as made:
        yield made


def created(api: TestClient) -> int:
    total: int = api.get("cases").json()["total"]
    return total


def test_a_repeat_gives_the_first_answer_and_creates_nothing(api: TestClient) -> None:
    first, second = (api.post("cases", json=CASE, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code, created(api)) == (201, 201, 1)
    assert second.content == first.content
    assert [second.headers[name] for name in ("Location", "ETag", "Content-Type", "Idempotent-Replayed")] == [
        *(first.headers[name] for name in ("Location", "ETag", "Content-Type")),
        "true",
    ]
    assert "Idempotent-Replayed" not in first.headers
    other = api.post("cases", json=CASE, headers={"Idempotency-Key": "another"})
    assert (other.json()["id"] == first.json()["id"], created(api)) == (False, 2)


def test_a_key_serves_one_body_at_one_address_for_a_day(api: TestClient, clock: Clock) -> None:
    case = api.post("cases", json=CASE, headers=KEY).json()["id"]
    for answer in (
        api.post("cases", json={"name": "Else"}, headers=KEY),
        api.post(f"cases/{case}/consultations", json=CASE, headers=KEY),
    ):
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:partnership-advisor:key-used-otherwise")
    clock.now += KEPT
    assert api.post("cases", json={"name": "Else"}, headers=KEY).status_code == 201
    assert created(api) == 2


def test_consultations_and_decisions_are_created_once_too(api: TestClient) -> None:
    case = api.post("cases", json=CASE).json()["id"]
    address = f"cases/{case}/consultations"
    opened = [api.post(address, json={"questions": ["wanted.aim"]}, headers=KEY).json()["id"] for _ in range(2)]
    assert opened[0] == opened[1]
    assert len(api.get(address).json()["items"]) == 1
    api.post(f"{address}/{opened[0]}/close")
    decided = [
        api.post(f"{address}/{opened[0]}/decisions", json={"question": "wanted.aim"}, headers={"Idempotency-Key": "d"})
        for _ in range(2)
    ]
    assert [each.status_code for each in decided] == [201, 201]
    assert len(api.get(f"{address}/{opened[0]}/decisions").json()["items"]) == 1


def test_what_failed_is_not_kept_and_left_nothing(api: TestClient) -> None:
    assert api.post("cases", json={"names": 1}, headers=KEY).status_code == 422
    assert api.post("cases", json=CASE, headers=KEY).status_code == 201
    assert created(api) == 1


@pytest.mark.parametrize("key", ['""', '"a', "a b", "a" * 256, "\u00e9"])
def test_a_key_that_is_none_is_refused_in_words(api: TestClient, key: str) -> None:
    answer = api.post("cases", json=CASE, headers=[(b"Idempotency-Key", key.encode())])
    assert (answer.status_code, [each["code"] for each in answer.json()["problems"]]) == (422, ["wrong-idempotency-key"])
    assert created(api) == 0


def test_the_answer_goes_with_the_case(api: TestClient, database_url: str) -> None:
    case = api.post("cases", json={"name": "Zephyr"}, headers=KEY).json()["id"]
    assert api.delete(f"cases/{case}").status_code == 204
    if database_url.startswith("sqlite"):
        assert b"Zephyr" not in Path(database_url.removeprefix("sqlite:///")).read_bytes()
    again = api.post("cases", json={"name": "Zephyr"}, headers=KEY)
    assert (again.status_code, again.json()["id"] == case) == (201, False)


def test_of_many_at_once_one_creates_and_the_others_are_told(api: TestClient) -> None:
    start = threading.Barrier(4)

    def ask(_: int) -> Any:
        start.wait()
        return api.post("cases", json=CASE, headers=KEY)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    made = [each for each in answers if each.status_code == 201]
    assert {each.status_code for each in answers} <= {201, 409}
    assert {each.json()["type"] for each in answers if each.status_code == 409} <= {"urn:partnership-advisor:key-in-use"}
    assert (len({each.json()["id"] for each in made}), created(api)) == (1, 1)


def test_while_one_process_answers_another_is_told_so(store: Store, database_url: str, rulebook: Rulebook) -> None:
    other = Store(database_url, rulebook.vocabulary)  # as of another process
    claim = store.idempotency.claim(ANN.id, "k", b"1", at=AT)
    with pytest.raises(KeyInUseError):
        other.idempotency.claim(ANN.id, "k", b"1", at=later(1))
    with pytest.raises(KeyUsedOtherwiseError):
        other.idempotency.claim(ANN.id, "k", b"2", at=later(1))
    assert isinstance(other.idempotency.claim(BEN.id, "k", b"2", at=later(1)), Claim)  # each caller has keys of their own
    assert isinstance(claim, Claim)
    with store.idempotency.creating(claim):
        case = store.cases.create(LOCAL, FILE, at=AT).entry.id
        store.idempotency.keep(claim, FIRST, case)
    assert other.idempotency.claim(ANN.id, "k", b"1", at=later(1)) == FIRST
    other.close()


def test_a_request_that_was_given_up_for_dead_creates_nothing_any_more(store: Store) -> None:
    slow = store.idempotency.claim(ANN.id, "k", b"1", at=AT)
    quick = store.idempotency.claim(ANN.id, "k", b"1", at=AT + LEASE + timedelta(seconds=1))
    assert isinstance(slow, Claim)
    assert isinstance(quick, Claim)
    made = []
    for claim in (quick, slow):
        try:
            with store.idempotency.creating(claim):
                made.append(store.cases.create(LOCAL, FILE, at=AT).entry.id)
                store.idempotency.keep(claim, FIRST, made[-1])
        except KeyInUseError:
            assert claim == slow
    assert [entry.id for entry in store.cases.list(LOCAL).items] == made[:1]


def test_a_key_is_nowhere_kept_as_it_is(store: Store) -> None:
    store.idempotency.claim(ANN.id, "zephyr-key", b"zephyr-body", at=AT)
    with store._connections.reading() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM idempotency_keys").all()
    assert rows
    assert "zephyr" not in repr(rows)
