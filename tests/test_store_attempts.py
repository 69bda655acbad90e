"""How long the next login waits after failures, by account, place and browser, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from advisor.store.attempts import ACCOUNT, FIRST_WAIT, HERE, PLACE, WINDOW, Attempts
from advisor.store.connections import Connections
from advisor.store.errors import ThrottledError
from support.stored_cases import AT, later

ANN = "ann@county.example"


@pytest.fixture
def attempts(database_url: str) -> Iterator[Attempts]:
    connections = Connections(database_url, 1)
    yield Attempts(connections)
    connections.close()


def fail(
    attempts: Attempts, times: int, *, address: str = ANN, came_from: str = "1", at: datetime = AT, browser: str = ""
) -> None:
    for _ in range(times):
        attempts.begin(address, came_from, at=at, browser=browser)


def wait(attempts: Attempts, *, address: str = ANN, came_from: str = "1", at: datetime = AT, browser: str = "") -> timedelta:
    """How long the next one has to wait; where it need not, it is forgotten again."""
    try:
        attempt = attempts.begin(address, came_from, at=at, browser=browser)
    except ThrottledError as error:
        return error.until - at
    attempts.succeeded(attempt, "nobody", "nowhere")
    return timedelta(0)


def test_after_five_failures_from_one_place_the_next_from_there_waits_twice_as_long_each_time(attempts: Attempts) -> None:
    at, found = AT, []
    fail(attempts, HERE.free)
    for _ in range(5):
        found.append(wait(attempts, at=at))
        assert wait(attempts, at=at + found[-1] - timedelta(milliseconds=1)) == timedelta(milliseconds=1)
        at += found[-1]
        fail(attempts, 1, at=at)
    assert found == [FIRST_WAIT * 2**number for number in range(5)]


def test_the_longest_wait_is_the_window(attempts: Attempts) -> None:
    fail(attempts, HERE.free)
    at, longest = AT, timedelta(0)
    for _ in range(40):
        now = wait(attempts, at=at)
        longest, at = max(longest, now), at + now
        fail(attempts, 1, at=at)
    assert timedelta(minutes=8) < longest <= WINDOW


def test_failures_from_elsewhere_do_not_delay(attempts: Attempts) -> None:
    fail(attempts, HERE.free, came_from="a stranger")
    assert wait(attempts, came_from="a stranger") > timedelta(0)
    assert wait(attempts, came_from="home") == timedelta(0)


def test_very_many_failures_from_many_places_make_unknown_browsers_wait_a_minute_at_most_and_known_ones_not(
    attempts: Attempts,
) -> None:
    at = AT
    for number in range(ACCOUNT.free + 10):
        at += wait(attempts, came_from=str(number), at=at)
        fail(attempts, 1, came_from=str(number), at=at)
    assert timedelta(seconds=30) < wait(attempts, came_from="home", at=at) <= ACCOUNT.longest
    assert wait(attempts, came_from="home", at=at, browser="known") == timedelta(0)
    assert wait(attempts, came_from="home", address="ben@county.example", at=at) == timedelta(0)


def test_a_known_browser_that_guesses_waits_too(attempts: Attempts) -> None:
    fail(attempts, HERE.free, browser="known")
    assert wait(attempts, browser="known") == FIRST_WAIT
    assert wait(attempts, browser="another") == wait(attempts) == timedelta(0)


def test_an_office_behind_one_address_has_fifty_typing_errors_free_then_waits_a_minute_at_most(attempts: Attempts) -> None:
    for number in range(PLACE.free // 5):
        assert wait(attempts) == timedelta(0)
        fail(attempts, 5, address=f"{number}@county.example")
    assert wait(attempts) == FIRST_WAIT
    assert wait(attempts, came_from="2") == wait(attempts, browser="known") == timedelta(0)
    at, longest = AT, timedelta(0)
    for number in range(10):
        now = wait(attempts, at=at)
        longest, at = max(longest, now), at + now
        fail(attempts, 1, address=f"more{number}@county.example", at=at)
    assert longest == PLACE.longest


def test_a_success_forgets_the_failures_on_its_account_from_its_place(attempts: Attempts) -> None:
    fail(attempts, HERE.free - 1)
    attempts.succeeded(attempts.begin(ANN, "1", at=AT), ANN, "1")
    fail(attempts, HERE.free - 1)
    assert wait(attempts) == timedelta(0)
    fail(attempts, 1)
    attempts.succeeded(attempts.begin(ANN, "2", at=AT), ANN, "2")
    assert wait(attempts) == FIRST_WAIT
    attempts.forget(ANN)
    assert wait(attempts) == timedelta(0)


def test_what_a_clock_noted_that_was_ahead_does_not_count(attempts: Attempts) -> None:
    fail(attempts, HERE.free, at=later(30 * 24 * 60))
    assert wait(attempts) == timedelta(0)
