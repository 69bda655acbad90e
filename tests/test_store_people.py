"""Accounts, logins, sessions and tokens, on SQLite and on PostgreSQL."""

import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import create_engine, select, text, update

from advisor.model.problems import InputError
from advisor.store import people
from advisor.store.attempts import HERE, WINDOW
from advisor.store.database import NoSuchPersonError, Store, ThrottledError, WrongPasswordError
from advisor.store.errors import NotFirstError
from advisor.store.people import HASHER, NOBODY, browser_of
from advisor.store.records import LOCAL, Person
from advisor.store.tables import Base, IdempotencyRow, PersonRow
from support.stored_cases import AT, CASE, FILE, holder, later

PASSWORD = "correct horse battery"


def add(store: Store, email: str = "ann@county.example", *, role: str = "leader", organization: str = "county") -> Person:
    return store.people.add(email, "Ann", role, organization, PASSWORD, at=AT)


def check(
    store: Store, email: str = "ann@county.example", password: str = PASSWORD, *, minutes: float = 0, came_from: str = "1"
) -> Person:
    return store.people.check(email, password, came_from=came_from, at=later(minutes))


def fail(store: Store, times: int, *, email: str = "ann@county.example", minutes: float = 0, came_from: str = "1") -> None:
    for _ in range(times):
        with pytest.raises(WrongPasswordError):
            check(store, email, "wrong", minutes=minutes, came_from=came_from)


def test_only_one_account_is_the_first(store: Store) -> None:
    first = store.people.add("ann@county.example", "Ann", "administrator", "county", PASSWORD, at=AT, first=True)
    with pytest.raises(NotFirstError):
        store.people.add("ben@county.example", "Ben", "administrator", "county", PASSWORD, at=AT, first=True)
    assert store.people.list() == (first,)


def test_it_is_known_on_both_databases_whether_a_row_was_added(store: Store) -> None:
    values = {"caller": "a", "key": "k", "claim": "1", "request": "", "at": AT}
    with store._connections.writing() as connection:
        assert [store._connections.added(connection, IdempotencyRow, values) for _ in range(2)] == [True, False]


def test_an_account_is_found_by_its_id_and_by_its_address_in_any_case(store: Store) -> None:
    assert not store.people.any()
    ann = store.people.add(" Ann@County.Example ", " Ann ", "planner", " county ", PASSWORD, at=AT)
    assert ann == Person(ann.id, "ann@county.example", "Ann", "planner", "county")
    assert store.people.any()
    assert store.people.find(ann.id) == store.people.by_email("ANN@county.example") == ann
    assert store.people.find("nobody") is None
    assert store.people.by_email("ben@county.example") is None


def test_accounts_are_listed_by_organization_and_address(store: Store) -> None:
    people = [add(store, f"{name}@{place}", organization=place) for place, name in (("b", "y"), ("b", "x"), ("a", "z"))]
    assert store.people.list() == (people[2], people[1], people[0])
    assert store.people.list("b") == (people[1], people[0])
    assert store.people.list("c") == ()


def test_everything_wrong_with_an_account_is_told_at_once_and_no_password_with_it(store: Store) -> None:
    with pytest.raises(InputError) as raised:
        store.people.add("no address", " ", "boss", "local", "tooshort", at=AT)
    assert {(p.code, p.about) for p in raised.value.problems} == {
        ("email-expected", "email"),
        ("name-too-long", "name"),
        ("unknown-role", "role"),
        ("reserved-organization", "organization"),
        ("short-password", "password"),
    }
    assert "tooshort" not in str(raised.value)
    assert not store.people.any()


@pytest.mark.parametrize(
    ("email", "password", "code"),
    [
        ("ann@county.example", PASSWORD, "email-taken"),
        ("ANN@COUNTY.EXAMPLE", PASSWORD, "email-taken"),
        ("long-enough@county.example", "Long-Enough@county.example", "password-is-email"),
        ("x@y", "12345678901", "short-password"),
        ("x@y\0", PASSWORD, "email-expected"),
        ("x y@z", PASSWORD, "email-expected"),
    ],
)
def test_an_address_that_is_taken_or_none_and_a_weak_password_are_refused(
    store: Store, email: str, password: str, code: str
) -> None:
    add(store)
    with pytest.raises(InputError) as raised:
        store.people.add(email, "Ann", "leader", "county", password, at=AT)
    assert [problem.code for problem in raised.value.problems] == [code]


def test_of_two_who_take_an_address_at_once_one_gets_it(store: Store) -> None:
    line = threading.Barrier(4)

    def take(_: int) -> bool:
        line.wait()
        with suppress(InputError):
            return bool(add(store))
        return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(take, range(4))) == [False, False, False, True]
    assert len(store.people.list()) == 1


def test_the_first_account_can_take_over_what_was_made_without_one(store: Store) -> None:
    case = store.cases.create(LOCAL, FILE, at=AT).entry.id
    ben = store.people.add("ben@county.example", "Ben", "leader", "county", PASSWORD, at=AT)
    assert store.cases.list(ben).total == 0
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", PASSWORD, at=AT, adopt=True)
    adopted = store.cases.read(ann, case)
    assert (adopted.entry.owner, adopted.entry.owner_name, adopted.entry.organization) == (ann.id, "Ann", "county")
    assert store.cases.list(LOCAL).total == 0
    assert store.cases.list(ben).total == 0


def test_names_of_people_stand_beside_their_cases_and_saves(store: Store) -> None:
    ann = add(store)
    case = store.cases.create(ann, FILE, at=AT).entry.id
    assert store.cases.list(ann).items[0].owner_name == "Ann"
    assert store.cases.history(ann, case).items[0].by_name == "Ann"


def test_the_right_password_lets_in_and_nothing_else_does(store: Store) -> None:
    ann = add(store)
    assert check(store) == check(store, " ANN@county.EXAMPLE ") == ann
    for email, password in (
        ("ann@county.example", PASSWORD + " "),
        ("ben@county.example", PASSWORD),
        ("a\0", ""),
        ("\ud800", "\ud800"),
    ):
        with pytest.raises(WrongPasswordError) as raised:
            check(store, email, password)
        assert raised.value.args == ()


def test_a_password_counts_however_its_letters_are_composed(store: Store) -> None:
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", "Schöne Grüße!", at=AT)
    assert check(store, password="Scho\u0308ne Gru\u0308ße!") == ann


def test_an_account_out_of_use_is_told_nothing_different_and_its_keys_do_not_work(store: Store) -> None:
    ann = add(store)
    session, (_, token) = store.sessions.begin(ann, at=AT), store.tokens.create(ann, "ci", at=AT)
    store.people.set_active(ann.id, active=False)
    found = store.people.find(ann.id)
    assert found is not None
    assert not found.active
    with pytest.raises(WrongPasswordError) as raised:
        check(store)
    assert raised.value.args == ()
    assert store.sessions.find(session, at=AT) is None
    assert store.tokens.find(token, at=AT) is None
    store.people.set_active(ann.id, active=True)
    assert store.sessions.find(session, at=AT) is None  # ended for good
    assert holder(store.tokens.find(token, at=AT)) == ann
    assert check(store) == ann


def test_a_new_password_ends_all_sessions_and_leaves_tokens(store: Store) -> None:
    ann, ben = add(store), add(store, "ben@county.example")
    session, other = store.sessions.begin(ann, at=AT), store.sessions.begin(ben, at=AT)
    _, token = store.tokens.create(ann, "ci", at=AT)
    store.people.set_password(ann.id, "another long password")
    assert store.sessions.find(session, at=AT) is None
    assert store.sessions.find(other, at=AT) == ben
    assert holder(store.tokens.find(token, at=AT)) == ann
    assert check(store, password="another long password") == ann
    fail(store, 1)
    with pytest.raises(InputError):
        store.people.set_password(ann.id, "short")
    assert check(store, password="another long password") == ann
    with pytest.raises(NoSuchPersonError):
        store.people.set_password("nobody", PASSWORD)
    with pytest.raises(NoSuchPersonError):
        store.people.set_active("nobody", active=True)


def test_a_password_that_was_hashed_more_weakly_is_hashed_anew_when_it_is_next_used(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "HASHER", HASHER)  # as it is outside of tests
    ann = add(store)
    weaker = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(update(PersonRow).values(password=weaker.hash(PASSWORD)))
    session = store.sessions.begin(ann, at=AT)
    assert check(store) == ann
    with engine.connect() as connection:
        assert not HASHER.check_needs_rehash(connection.execute(select(PersonRow.password)).scalar_one())
    engine.dispose()
    assert store.sessions.find(session, at=AT) == ann
    assert check(store) == ann


def test_checking_an_unknown_address_takes_the_same_work_as_a_known_one() -> None:
    assert (HASHER.type, HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism) == (Type.ID, 19 * 1024, 2, 1)
    assert not HASHER.check_needs_rehash(NOBODY)
    assert NOBODY.startswith("$argon2id$")


def test_somebody_elses_failures_keep_nobody_out(store: Store) -> None:
    ann = add(store)
    fail(store, HERE.free, came_from="a stranger")
    with pytest.raises(ThrottledError):
        check(store, came_from="a stranger")
    assert check(store, came_from="home") == ann


def test_a_browser_that_somebody_else_is_known_in_is_none_that_this_person_is_known_in(store: Store) -> None:
    ann, ben = add(store), add(store, "ben@county.example")
    fail(store, HERE.free)
    with pytest.raises(ThrottledError):
        store.people.check("ann@county.example", PASSWORD, came_from="1", at=AT, browser=browser_of(ben))
    assert store.people.check("ann@county.example", PASSWORD, came_from="1", at=AT, browser=browser_of(ann)) == ann


def test_a_known_browser_that_guesses_waits_too(store: Store) -> None:
    known = browser_of(add(store))
    for _ in range(HERE.free):
        with pytest.raises(WrongPasswordError):
            store.people.check("ann@county.example", "wrong", came_from="1", at=AT, browser=known)
    with pytest.raises(ThrottledError):
        store.people.check("ann@county.example", PASSWORD, came_from="1", at=AT, browser=known)


def test_failures_are_forgotten_after_the_window_and_after_a_success(store: Store) -> None:
    ann = add(store)
    fail(store, HERE.free - 1)
    assert check(store) == ann
    fail(store, HERE.free - 1)
    window = WINDOW.total_seconds() / 60
    fail(store, HERE.free - 1, minutes=window)
    assert check(store, minutes=window) == ann


def test_failures_are_forgotten_when_an_account_is_unlocked_or_has_a_new_password(store: Store) -> None:
    ann = add(store)
    for unlocked in (True, False):
        fail(store, HERE.free)
        with pytest.raises(ThrottledError):
            check(store)
        if unlocked:
            store.people.unlock(ann.id)
        else:
            store.people.set_password(ann.id, PASSWORD)
        assert check(store) == ann
    with pytest.raises(NoSuchPersonError):
        store.people.unlock("nobody")


def test_unknown_addresses_are_throttled_like_known_ones(store: Store) -> None:
    add(store)
    told = []
    for email in ("ann@county.example", "nobody@county.example"):
        fail(store, HERE.free, email=email)
        with pytest.raises(ThrottledError) as raised:
            check(store, email)
        told.append(raised.value.until)
    assert told[0] == told[1]


def test_many_guesses_at_once_are_not_all_let_through(store: Store) -> None:
    add(store)
    line = threading.Barrier(12)

    def guess(_: int) -> str:
        line.wait()
        try:
            check(store, password="wrong")
        except WrongPasswordError:
            return "wrong"
        except ThrottledError:
            return "throttled"
        return "in"

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(guess, range(12)))
    assert sorted(found) == ["throttled"] * (12 - HERE.free) + ["wrong"] * HERE.free


def test_a_session_lasts_while_it_is_used_and_seven_days_at_most(store: Store) -> None:
    ann = add(store)
    idle, used = store.sessions.begin(ann, at=AT), store.sessions.begin(ann, at=AT)
    assert idle != used
    hours = 0
    while hours < 7 * 24:
        assert store.sessions.find(used, at=later(60 * hours)) == ann
        hours += 11
    assert store.sessions.find(used, at=later(60 * 24 * 7 - 1)) == ann
    assert store.sessions.find(used, at=later(60 * 24 * 7)) is None
    assert store.sessions.find(idle, at=later(60 * 12)) is None
    assert store.sessions.find("no secret", at=AT) is None
    assert store.sessions.find("\ud800\0", at=AT) is None


def test_a_session_is_not_written_to_at_every_request(store: Store, database_url: str) -> None:
    ann = add(store)
    session = store.sessions.begin(ann, at=AT)
    engine = create_engine(database_url)

    def seen(minutes: float) -> int:
        store.sessions.find(session, at=later(minutes))
        with engine.connect() as connection:
            stored: int = connection.execute(text("SELECT seen - began FROM sessions")).scalar_one()
            return stored // 60_000_000

    assert [seen(minutes) for minutes in (0.5, 0.9, 1, 1.5, 2.5)] == [0, 0, 1, 1, 2]
    engine.dispose()


def test_sessions_end_one_by_one_or_all_of_a_person(store: Store) -> None:
    ann, ben = add(store), add(store, "ben@county.example")
    first, second, third = (store.sessions.begin(ann, at=AT) for _ in range(3))
    other = store.sessions.begin(ben, at=AT)
    store.sessions.end(first)
    store.sessions.end("no secret")
    assert [store.sessions.find(each, at=AT) for each in (first, second, other)] == [None, ann, ben]
    store.sessions.end_all(ann.id)
    assert [store.sessions.find(each, at=AT) for each in (second, third, other)] == [None, None, ben]
    with pytest.raises(NoSuchPersonError):
        store.sessions.begin(replace(ann, id="nobody"), at=AT)


def test_sessions_that_are_over_are_cleared_away(store: Store, database_url: str) -> None:
    ann = add(store)
    for _ in range(3):
        store.sessions.begin(ann, at=AT)
    store.sessions.begin(ann, at=later(60 * 13))
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar_one() == 1
    engine.dispose()


def test_a_token_works_until_it_expires_or_is_revoked(store: Store) -> None:
    ann, ben = add(store), add(store, "ben@county.example")
    forever, secret = store.tokens.create(ann, "for\0ever", at=AT)
    short, other = store.tokens.create(ann, "short", at=later(1), days=1)
    assert holder(store.tokens.find(secret, at=later(10**6))) == ann
    assert holder(store.tokens.find(other, at=later(60 * 24))) == ann
    assert store.tokens.find(other, at=later(60 * 24 + 1)) is None
    assert store.tokens.find("no secret", at=AT) is None
    listed = store.tokens.list(ann)
    assert [(token.id, token.label) for token in listed] == [(short.id, "short"), (forever.id, "for␀ever")]
    assert [token.used for token in listed] == [later(60 * 24), later(10**6)]
    assert not store.tokens.revoke(ben, forever.id, at=AT)
    assert store.tokens.revoke(ann, forever.id, at=later(3))
    assert not store.tokens.revoke(ann, forever.id, at=later(4))
    assert store.tokens.find(secret, at=AT) is None
    assert store.tokens.list(ann)[1].revoked == later(3)
    assert not store.tokens.list(ben)
    with pytest.raises(NoSuchPersonError):
        store.tokens.create(replace(ann, id="nobody"), "x", at=AT)


def test_a_tokens_use_is_not_written_at_every_request(store: Store) -> None:
    ann = add(store)
    _, secret = store.tokens.create(ann, "ci", at=AT)
    used = []
    for minutes in (0, 0.5, 1, 1.5):
        store.tokens.find(secret, at=later(minutes))
        used.append(store.tokens.list(ann)[0].used)
    assert used == [AT, AT, later(1), later(1)]


def test_nothing_secret_stands_in_the_database(store: Store, database_url: str) -> None:
    ann = add(store)
    case = store.cases.create(ann, FILE, at=AT).entry.id
    session, (_, token) = store.sessions.begin(ann, at=AT), store.tokens.create(ann, "ci", at=AT)
    link = store.links.create(ann, case, "advice", (), at=AT, expires=later(1))[1]
    fail(store, 1, came_from="203.0.113.77")
    fail(store, 1, email="somebody@else.example", came_from="203.0.113.77")
    engine, stored = create_engine(database_url), ""
    with engine.connect() as connection:
        for table in Base.metadata.tables.values():
            for row in connection.execute(select(table)):
                for value in row:
                    packed = isinstance(value, bytes)
                    stored += f"{zlib.decompress(value).decode() if packed else value}\n"
    engine.dispose()
    assert all(len(secret) >= 43 for secret in (session, token, link))
    secrets = (PASSWORD, session, token, link, "203.0.113.77", "somebody@else.example", "wrong")
    assert not [secret for secret in secrets if secret in stored]
    assert CASE.name in stored
    assert "$argon2id$" in stored
