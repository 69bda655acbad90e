"""Passkeys: added with the password, signing in alone or after it, refused wherever anything of the answer is not as asked."""

import base64
import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from itertools import product
from typing import Any

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from httpx2 import Response
from playwright.sync_api import Browser, CDPSession, Page, expect
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.store.database import Store, ThrottledError, WrongPasskeyError
from advisor.store.passkey_tables import PasskeyRow, SpentChallengeRow
from advisor.store.passkeys import CHALLENGE_LASTS
from advisor.store.people import browser_of
from advisor.store.records import Passkey, Person
from advisor.web.app import create_app
from advisor.web.passkeys import (
    ANSWER,
    CHALLENGE,
    NewPasskey,
    RelyingParty,
    new_challenge,
    options_to_add,
    options_to_sign_in,
    read_answer,
    read_new,
)
from advisor.web.settings import read_settings
from support.authenticator import MADE, PRESENT, VERIFIED, Authenticator, encoded
from support.clock import Clock
from support.servers import Site, serving
from support.stored_cases import ANN, AT
from support.visits import PASSWORD, add_person, check_page, store_of, text_of

NEW = "battery horse correct"


def kept(store: Store, person: Person, *, count: int = 0, name: str = "Phone", credential: str = "") -> Passkey:
    """A passkey of a person."""
    return store.passkeys.add(person.id, name, credential or f"{name}{person.id}", b"key", count, at=AT)


def given(store: Store, person: Person, at: datetime, **more: Any) -> Authenticator:
    """A passkey that a person has, with what it answers by."""
    made = Authenticator(user=encoded(person.id.encode()), **more)
    store.passkeys.add(person.id, "Phone", made.credential, made.public, made.count, at=at)
    return made


def test_a_passkey_is_one_persons_and_sessions_end_when_one_is_added_or_ended(store: Store) -> None:
    lee, pat = add_person(store, "lee", "leader"), add_person(store, "pat", "leader")
    sessions = [store.sessions.begin(each, at=AT) for each in (lee, pat)]
    phone = kept(store, lee)
    assert [store.sessions.find(each, at=AT) for each in sessions] == [None, pat]
    assert (store.passkeys.list(lee.id), store.passkeys.list(pat.id)) == ((phone,), ())
    assert (store.passkeys.has(lee.id), store.passkeys.has(pat.id)) == (True, False)
    with pytest.raises(WrongPasskeyError):  # somebody has it
        kept(store, pat, credential=phone.credential)
    session = store.sessions.begin(lee, at=AT)
    assert not store.passkeys.end(pat.id, phone.id)
    assert store.sessions.find(session, at=AT) == lee
    assert store.passkeys.end(lee.id, phone.id)
    assert store.sessions.find(session, at=AT) is None
    kept(store, lee, name="Key")
    store.people.remove(lee.id)
    with store._connections.reading() as connection:
        assert connection.execute(PasskeyRow.__table__.select()).all() == []


@pytest.mark.parametrize(
    ("before", "told", "taken"), [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)]
)
def test_the_number_of_uses_rises_unless_it_is_none_always(store: Store, before: int, told: int, taken: bool) -> None:
    lee = add_person(store, "lee", "leader")
    phone = kept(store, lee, count=before)

    def check() -> tuple[Person, Passkey]:
        return store.passkeys.check(phone.credential, lambda _: told, challenge=b"asked", at=AT, came_from="")

    if taken:
        assert check() == (lee, phone)
        assert store.passkeys.list(lee.id) == (replace(phone, count=told, used=AT),)
    else:
        with pytest.raises(WrongPasskeyError):
            check()
        assert store.passkeys.list(lee.id) == (phone,)


def test_of_two_who_answer_at_once_one_gets_in(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    phone = kept(store, lee)
    for challenges in ((b"1", b"1"), (b"2", b"3")):  # one challenge twice; and two with the same number of uses
        line = threading.Barrier(2)

        def answer(challenge: bytes, line: threading.Barrier = line) -> bool:
            def proof(passkey: Passkey) -> int:
                return passkey.count + 1

            line.wait()
            try:
                store.passkeys.check(phone.credential, proof, challenge=challenge, at=AT, came_from="")
            except WrongPasskeyError:
                return False
            return True

        before = store.passkeys.list(lee.id)[0].count
        with ThreadPoolExecutor(2) as pool:
            let_in = sum(pool.map(answer, challenges))
        assert store.passkeys.list(lee.id)[0].count == before + let_in
        assert let_in == 1 if challenges[0] == challenges[1] else let_in >= 1


def test_a_challenge_is_spent_whatever_came_of_it_and_forgotten_once_it_is_too_old(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    phone = kept(store, lee)
    for credential in ("nobody's", "no\0body's", phone.credential):
        with pytest.raises(WrongPasskeyError):
            store.passkeys.check(credential, lambda _: 1, challenge=b"asked", at=AT, came_from="")
    store.passkeys.check(phone.credential, lambda _: 1, challenge=b"later", at=AT + 3 * CHALLENGE_LASTS, came_from="")
    with store._connections.reading() as connection:
        assert len(connection.execute(SpentChallengeRow.__table__.select()).all()) == 1


def test_who_tries_too_often_has_to_wait_and_what_is_right_waits_with_them(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    phone = kept(store, lee)

    def wrong(_: Passkey) -> int:
        raise WrongPasskeyError

    def check(
        number: int, proof: Any = lambda _: 0, credential: str = phone.credential, came_from: str = "192.0.2.1", browser: str = ""
    ) -> None:
        challenge = number.to_bytes(2, "big")
        store.passkeys.check(credential, proof, challenge=challenge, at=AT, came_from=came_from, browser=browser)

    for number in range(5):
        with pytest.raises(WrongPasskeyError):
            check(number, wrong)
    with pytest.raises(ThrottledError):
        check(5)
    check(5, browser=browser_of(lee))  # a browser in which they signed in before is counted for itself
    check(6, came_from="192.0.2.2")
    store.people.unlock(lee.id)
    check(7)
    for number in range(8, 13):
        with pytest.raises(WrongPasskeyError):
            check(number, credential="nobody's", came_from="192.0.2.3")
    with pytest.raises(ThrottledError):  # nobody's waits as somebody's does
        check(13, credential="nobody's", came_from="192.0.2.3")


HERE = RelyingParty("localhost", "http://localhost")
FIELDS = dict.fromkeys(ANSWER, "")
JUNK = ["A", "====", "e30", "bnVsbA", "\u2603", "v" * 1999]
WRONG_CLIENT: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://localhost:8001"},
    {"origin": "https://localhost"},
    {"rp": "evil.example"},
    {"challenge": "AAAA"},
]


@pytest.mark.parametrize(
    "wrong",
    [
        *WRONG_CLIENT,
        {"type": "webauthn.get"},
        {"flags": PRESENT | MADE},
        {"flags": VERIFIED | MADE},
        {"flags": PRESENT | VERIFIED},
    ],
    ids=str,
)
def test_none_is_made_whose_answer_is_not_as_asked(wrong: dict[str, Any]) -> None:
    phone, challenge = Authenticator(), new_challenge()
    options = json.loads(options_to_add(HERE, "Advisor", ANN, challenge, ()))
    with pytest.raises(WrongPasskeyError):
        read_new(HERE, challenge, phone.make(options, **wrong))
    made = phone.make(options)
    assert read_new(HERE, challenge, made) == NewPasskey(phone.credential, phone.public, phone.count)
    for name, junk in product(made, ["", *JUNK]):
        with pytest.raises(WrongPasskeyError):
            read_new(HERE, challenge, made | {name: junk})


@pytest.mark.parametrize(
    "wrong",
    [
        *WRONG_CLIENT,
        {"type": "webauthn.create"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"user": encoded(b"somebody else")},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_none_signs_in_whose_answer_is_not_as_asked(wrong: dict[str, Any]) -> None:
    phone, challenge = Authenticator(user=encoded(ANN.id.encode())), new_challenge()
    options = json.loads(options_to_sign_in(HERE, challenge))
    passkey = Passkey("1", ANN.id, "Phone", phone.credential, phone.public, 0, AT, None)
    with pytest.raises(WrongPasskeyError):
        read_answer(HERE, challenge, FIELDS | phone.answer(options, **wrong), passkey)
    answer = FIELDS | phone.answer(options)
    assert read_answer(HERE, challenge, answer, passkey) == phone.count
    assert read_answer(HERE, challenge, answer | {"user": ""}, passkey) == phone.count
    for name, junk in product(("client-data", "authenticator", "signature", "user"), JUNK):
        with pytest.raises(WrongPasskeyError):
            read_answer(HERE, challenge, answer | {name: junk}, passkey)


@dataclass
class Office:
    """A server with an administrator and a leader of North."""

    client: TestClient
    store: Store
    ann: Person
    lee: Person
    clock: Clock

    def visitor(self, address: str = "http://localhost") -> TestClient:
        return TestClient(self.client.app, address, follow_redirects=False)

    def signed_in(self, person: Person) -> TestClient:
        client = self.visitor()
        session = self.store.sessions.begin(person, at=self.clock.now)
        client.cookies.set("advisor_session", client.app.state.site.keys.sign(session))  # type: ignore[attr-defined]
        return client

    def password(self, client: TestClient, person: Person) -> str:
        answer = client.post("/login", data={"email": person.email, "password": PASSWORD})
        assert answer.status_code == 303
        return str(answer.headers["location"])

    def asked_to_add(self, client: TestClient) -> dict[str, Any]:
        begun = client.post("/account/passkeys", data={"label": "Phone", "old": PASSWORD})
        found = re.search(r'data-passkey-options="([^"]*)"', begun.text)
        assert found, begun.text
        return dict(json.loads(unescape(found[1])))

    def passkey_of(self, person: Person, **more: Any) -> Authenticator:
        """A passkey that a person has."""
        return given(self.store, person, self.clock.now, **more)

    def asked(self, client: TestClient, path: str = "/login/passkey") -> dict[str, Any]:
        answer = client.post(f"{path}/options")
        assert answer.status_code == 200
        return dict(answer.json())

    def sign_in(self, authenticator: Authenticator, client: TestClient | None = None, **wrong: Any) -> Response:
        client = client or self.visitor()
        return client.post("/login/passkey", data=authenticator.answer(self.asked(client), **wrong))

    def events(self, person: Person) -> list[str]:
        return [each.event for each in reversed(self.store.audit.list("North", search=person.id).items)]

    @contextmanager
    def set_to(self, **settings: object) -> Iterator[None]:
        state = self.client.app.state  # type: ignore[attr-defined]
        before = state.site
        state.site = replace(before, settings=before.settings.model_copy(update=settings))
        yield
        state.site = before


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[Office]:
    folder, clock = tmp_path_factory.mktemp("passkeys"), Clock()
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    app = create_app(settings, loaded=loaded, clock=clock)
    store: Store = app.state.site.store
    store.upgrade()
    ann = add_person(store, "ann", "administrator")
    with TestClient(app, "http://localhost", follow_redirects=False) as client:
        yield Office(client, store, ann, ann, clock)


@pytest.fixture
def office(running: Office) -> Iterator[Office]:
    """The server an hour later, with a leader who has no passkey yet."""
    running.clock.now += timedelta(hours=1)
    yield replace(running, lee=add_person(running.store, f"lee{running.clock.now:%d%H}", "leader"))
    running.store.second_factors.require("North", False, at=running.clock.now)


def test_one_is_added_with_the_password_and_other_sessions_end(office: Office) -> None:
    here, there = office.signed_in(office.lee), office.signed_in(office.lee)
    assert "You have no passkeys." in text_of(here.get("/account/passkeys"))  # type: ignore[arg-type]
    for wrong in ({"label": "Phone", "old": "wrong"}, {"label": "", "old": PASSWORD}):
        refused = here.post("/account/passkeys", data=wrong)
        assert (refused.status_code, CHALLENGE in here.cookies, "data-passkey" in refused.text) == (422, False, False)
    options = office.asked_to_add(here)
    assert (options["rp"]["id"], options["attestation"], options["user"]["name"]) == ("localhost", "none", office.lee.email)
    selection = options["authenticatorSelection"]
    assert (selection["residentKey"], selection["userVerification"]) == ("required", "required")
    phone = Authenticator()
    done = here.post("/account/passkeys/confirm", data={"label": "  My\tphone ", **phone.make(options)})
    assert (done.status_code, done.headers["location"]) == (303, "/account/passkeys?said=passkey-added")
    assert re.search(r"My phone January \d+, 2026 never", text_of(here.get("/account/passkeys")))  # type: ignore[arg-type]
    assert there.get("/account").status_code == 303
    assert office.events(office.lee) == ["passkey-added"]
    assert [each["id"] for each in office.asked_to_add(here)["excludeCredentials"]] == [phone.credential]


def test_what_is_asked_to_add_one_is_for_this_session_a_while_and_once(office: Office) -> None:
    client, other = office.signed_in(office.lee), office.signed_in(office.lee)
    path = "/account/passkeys/confirm"
    answer = {"label": "Phone", **Authenticator().make(office.asked_to_add(client))}
    cookie = client.cookies[CHALLENGE]
    other.cookies.set(CHALLENGE, cookie)
    assert other.post(path, data=answer).status_code == 422
    office.clock.now += CHALLENGE_LASTS + timedelta(seconds=1)
    assert client.post(path, data=answer).status_code == 422
    other_purpose = Authenticator()
    options = office.asked_to_add(client)
    office.asked(client)  # to sign in, which puts another in its place
    assert client.post(path, data={"label": "Phone", **other_purpose.make(options)}).status_code == 422
    assert not office.store.passkeys.has(office.lee.id)
    answer = {"label": "Phone", **Authenticator().make(office.asked_to_add(client))}
    cookie = client.cookies[CHALLENGE]
    assert client.post(path, data={**answer, "attestation": "AAAA"}).status_code == 422
    assert CHALLENGE not in client.cookies
    client.cookies.set(CHALLENGE, cookie)
    assert client.post(path, data=answer).status_code == 422  # spent, whatever came of it
    answer = {"label": "Phone", **Authenticator().make(office.asked_to_add(client))}
    assert client.post(path, data=answer).status_code == 303
    assert len(office.store.passkeys.list(office.lee.id)) == 1


def test_it_signs_in_alone_also_where_a_second_factor_is_required(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    office.store.second_factors.require("North", True, at=office.clock.now)
    client = office.visitor()
    shown = client.get("/login").text
    assert shown.count("data-passkey-ask") == 1
    assert ("<p data-passkey-missing>" in shown, "<div data-passkey-button hidden>" in shown) == (True, True)  # without scripts
    options = office.asked(client)
    assert (options["rpId"], options["allowCredentials"], options["userVerification"]) == ("localhost", [], "required")
    done = client.post("/login/passkey", data={"next": "/examples", **phone.answer(options)})
    assert (done.status_code, done.headers["location"]) == (303, "/examples")
    assert client.get("/account").status_code == 200
    assert CHALLENGE not in client.cookies
    assert office.store.passkeys.list(office.lee.id)[0].used == office.clock.now
    entry = office.store.audit.list("North", search=office.lee.id).items[0]
    assert (entry.event, entry.subjects["passkey"]) == ("signed-in", office.store.passkeys.list(office.lee.id)[0].id)
    elsewhere = office.visitor()
    away = elsewhere.post("/login/passkey", data={"next": "//evil.example", **phone.answer(office.asked(elsewhere))})
    assert away.headers["location"] == "/"


def test_who_answers_wrongly_is_told_so_and_may_try_again(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    client = office.visitor()
    refused = office.sign_in(phone, client, flags=PRESENT)
    assert (refused.status_code, "did not work" in refused.text) == (422, True)
    assert "advisor_session" not in client.cookies
    assert office.store.passkeys.list(office.lee.id)[0].used is None
    assert office.events(office.lee) == ["sign-in-refused"]
    for credential in ("", "\u2603", "v" * 1999):
        assert (
            client.post("/login/passkey", data=phone.answer(office.asked(client)) | {"credential": credential}).status_code == 422
        )
    assert office.sign_in(phone, client).status_code == 303


def test_an_answer_is_good_once_in_the_browser_that_was_asked_and_for_a_while(office: Office) -> None:
    phone = office.passkey_of(office.lee, counts=False)
    client = office.visitor()
    answer = phone.answer(office.asked(client))
    cookie = client.cookies[CHALLENGE]

    def again(kept: str) -> int:
        other = office.visitor()
        if kept:
            other.cookies.set(CHALLENGE, kept)
        status = other.post("/login/passkey", data=answer).status_code
        assert ("advisor_session" in other.cookies) == (status == 303)
        return status

    stranger = office.visitor()
    office.asked(stranger)
    for wrong in ("", "x", cookie[:-1], stranger.cookies[CHALLENGE]):
        assert again(wrong) == 422
    office.store.people.unlock(office.lee.id)
    assert client.post("/login/passkey", data=answer).status_code == 303
    assert again(cookie) == 422  # replayed, cookie and all
    answer = phone.answer(office.asked(client))
    office.clock.now += CHALLENGE_LASTS + timedelta(seconds=1)
    assert client.post("/login/passkey", data=answer).status_code == 422


def test_a_number_of_uses_that_goes_back_is_refused(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    assert office.sign_in(phone).status_code == 303
    phone.count -= 1  # a copy that was made before
    assert office.sign_in(phone).status_code == 422
    assert office.sign_in(phone).status_code == 303


def test_who_is_not_in_use_and_who_is_not_there_are_answered_alike(office: Office) -> None:
    phone, unknown = office.passkey_of(office.lee), Authenticator(user="bm9ib2R5")
    office.store.people.set_active(office.lee.id, False)
    answers = [office.sign_in(each) for each in (phone, unknown)]
    assert {answer.status_code for answer in answers} == {422}
    assert answers[0].text == answers[1].text
    office.store.people.set_active(office.lee.id, True)
    assert office.sign_in(phone).status_code == 303
    before = [client.post("/login/passkey/options").json() for client in (office.visitor(), office.visitor())]
    assert before[0] | {"challenge": ""} == before[1] | {"challenge": ""}
    assert before[0]["challenge"] != before[1]["challenge"]


def test_who_tries_too_often_is_told_to_wait(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    client = office.visitor()
    assert [office.sign_in(phone, client, flags=PRESENT).status_code for _ in range(5)] == [422] * 5
    waits = office.sign_in(phone, client)
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "2")
    assert "advisor_session" not in client.cookies


def test_after_the_password_it_stands_in_for_a_code(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    others = office.passkey_of(add_person(office.store, f"pat{office.clock.now:%d%H}", "leader"))
    secret = office.store.second_factors.begin(office.lee.id, at=office.clock.now)
    assert secret
    office.store.second_factors.confirm(office.lee, pyotp.TOTP(secret).at(office.clock.now), at=office.clock.now)
    path = "/login/code/passkey"
    assert office.visitor().post(path).headers["location"] == "/login"
    assert office.visitor().post(f"{path}/options").headers["location"] == "/login"
    client = office.visitor()
    assert office.password(client, office.lee) == "/login/code"
    assert 'data-passkey-ask="/login/code/passkey/options"' in client.get("/login/code").text
    options = office.asked(client, path)
    assert [each["id"] for each in options["allowCredentials"]] == [phone.credential]
    for wrong in (others.answer(options), others.answer(office.asked(client, path)), phone.answer(office.asked(client))):
        refused = client.post(path, data=wrong)
        assert (refused.status_code, "did not work" in refused.text) == (422, True)
    assert client.post("/login/passkey", data=phone.answer(office.asked(client, path))).status_code == 422
    assert "advisor_session" not in client.cookies
    assert client.post(path, data=phone.answer(office.asked(client, path))).status_code == 303
    assert client.get("/account").status_code == 200


def test_who_knows_a_password_alone_sets_no_second_factor_up_in_the_place_of_a_passkey(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    begun = office.store.second_factors.begin(office.lee.id, at=office.clock.now)
    assert begun
    office.store.second_factors.require("North", True, at=office.clock.now)
    client = office.visitor()
    assert office.password(client, office.lee) == "/login/code"
    shown = client.get("/login/code").text
    assert ("data-passkey-ask" in shown, "/login/second-factor" in shown, 'name="code"' in shown) == (True, False, False)
    assert client.post("/login/second-factor").headers["location"] == "/login/code"
    taken = client.post("/login/second-factor/confirm", data={"code": pyotp.TOTP(begun).at(office.clock.now)})
    assert taken.headers["location"] == "/login/code"
    path = "/login/code/passkey"
    assert client.post(path, data=phone.answer(office.asked(client, path))).status_code == 303


def test_one_is_ended_with_the_password_and_signs_in_no_more(office: Office) -> None:
    phone, key = office.passkey_of(office.lee), office.passkey_of(office.lee)
    both = {each.credential: each for each in office.store.passkeys.list(office.lee.id)}
    ended, stays = both[phone.credential], both[key.credential]
    client, other = office.signed_in(office.lee), office.signed_in(office.lee)
    stranger = office.signed_in(office.ann)
    path = f"/account/passkeys/{ended.id}"
    assert client.get(path).status_code == 200
    assert client.post(f"{path}/end", data={"old": "wrong"}).status_code == 422
    for turned_away in (stranger.get(path), stranger.post(f"{path}/end", data={"old": PASSWORD})):
        assert turned_away.status_code == 404
    done = client.post(f"{path}/end", data={"old": PASSWORD})
    assert done.headers["location"] == "/account/passkeys?said=passkey-ended"
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert office.events(office.lee)[-1] == "passkey-ended"
    assert office.store.passkeys.list(office.lee.id) == (stays,)
    assert office.sign_in(phone).status_code == 422
    assert office.sign_in(key).status_code == 303


def test_an_administrator_ends_those_of_who_lost_the_device(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    session, ann = office.signed_in(office.lee), office.signed_in(office.ann)
    person = f"/people/{office.lee.id}"
    assert "has 1 passkey" in ann.get(person).text
    assert ann.post(f"{person}/passkeys/end").headers["location"] == "/people?said=their-passkeys-ended"
    assert session.get("/account").status_code == 303
    assert office.sign_in(phone).status_code == 422
    assert office.events(office.lee)[-1] == "passkey-ended"
    assert ann.post(f"{person}/passkeys/end").status_code == 404
    assert ann.post(f"/people/{office.ann.id}/passkeys/end").status_code == 404


def test_it_stays_with_a_new_password(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    client = office.signed_in(office.lee)
    answer = {"label": "Other", **Authenticator().make(office.asked_to_add(client))}
    office.store.people.set_password(office.lee.id, NEW)
    assert client.post("/account/passkeys/confirm", data=answer).status_code == 303  # to sign in: the session is over
    assert len(office.store.passkeys.list(office.lee.id)) == 1
    assert office.sign_in(phone).status_code == 303


@pytest.mark.parametrize(
    ("public", "party"),
    [
        ("https://Advisor.agency.example/tools/advisor", "advisor.agency.example https://advisor.agency.example"),
        ("https://advisor.agency.example:443", "advisor.agency.example https://advisor.agency.example"),
        ("https://advisor.agency.example:8443", "advisor.agency.example https://advisor.agency.example:8443"),
        ("http://localhost:8000", "localhost http://localhost:8000"),
        ("http://advisor.agency.example", None),
        ("https://192.0.2.7", None),
        ("https://[2001:db8::7]", None),
        ("https://advisor.agency.example:99999", None),
    ],
)
def test_this_site_is_known_by_its_public_address_alone(office: Office, public: str, party: str | None) -> None:
    phone = office.passkey_of(office.lee)
    client = office.signed_in(office.lee)
    with office.set_to(public_url=public):
        shown = text_of(client.get("/account/passkeys"))  # type: ignore[arg-type]
        assert ("cannot be used at this address" in shown) == (party is None)
        visitor = office.visitor()
        assert ("data-passkey-ask" in visitor.get("/login").text) == (party is not None)
        answer = visitor.post("/login/passkey/options")
        if party is None:
            assert {answer.status_code, client.post("/account/passkeys", data={}).status_code} == {404}
            return
        name, origin = party.split()
        assert answer.json()["rpId"] == name
        sent = phone.answer(answer.json(), origin=origin)
        headers = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}  # which is for https, or for a path, alone
        assert office.visitor().post("/login/passkey", data=sent, headers=headers).status_code == 303


def test_at_a_number_in_the_place_of_a_name_there_are_none(office: Office) -> None:
    client = office.visitor("http://127.0.0.1")
    assert "data-passkey" not in client.get("/login").text
    assert client.post("/login/passkey/options").status_code == 404
    office.password(client, office.lee)
    assert "open it at localhost" in text_of(client.get("/account/passkeys"))  # type: ignore[arg-type]


def test_where_local_accounts_are_off_there_are_none(office: Office) -> None:
    phone = office.passkey_of(office.lee)
    client, asked = office.signed_in(office.lee), office.visitor()
    answer = phone.answer(office.asked(asked))
    with office.set_to(local_accounts=False):
        assert "data-passkey" not in asked.get("/login").text
        assert "/account/passkeys" not in client.get("/account").text
        for path in ("/login/passkey/options", "/login/passkey", "/login/code/passkey/options", "/login/code/passkey"):
            assert asked.post(path, data=answer).status_code == 404
        for path in ("/account/passkeys", "/account/passkeys/confirm"):
            assert client.post(path, data=answer).status_code == 404
    assert "advisor_session" not in asked.cookies


@dataclass
class Desk:
    """A browser at a server, with an authenticator that is part of the machine, and who sits there."""

    store: Store
    lee: Person
    page: Page
    session: CDPSession
    authenticator: str
    origin: str

    def password(self) -> None:
        self.page.goto("/login")
        self.page.get_by_label("Email address").fill(self.lee.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in", exact=True).click()

    def give(self) -> None:
        """Have the authenticator hold a passkey that the person has."""
        made = given(self.store, self.lee, AT, origin=self.origin)
        private = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        held = {"credentialId": made.id, "userHandle": self.lee.id.encode(), "privateKey": private}
        credential: dict[str, object] = {name: base64.b64encode(each).decode() for name, each in held.items()}
        credential |= {"isResidentCredential": True, "rpId": "localhost", "signCount": 0}
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": credential})

    def verify(self, verified: bool) -> None:
        """Have the authenticator find from now on that it is the person, or that it is not."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": verified})


MACHINE: dict[str, Any] = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
MACHINE |= {"isUserVerified": True, "automaticPresenceSimulation": True}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server at this machine's name."""
    with serving(tmp_path_factory.mktemp("passkeys-served")) as site:
        yield replace(site, address=site.address.replace("127.0.0.1", "localhost"))


@pytest.fixture
def desk(browser: Browser, served: Site, loaded: Loaded) -> Iterator[Desk]:
    """Somebody at a browser of their own."""
    store = store_of(served, loaded)
    lee = store.people.by_email("lee@example.org") or add_person(store, "lee", "administrator")
    context = browser.new_context(base_url=served.address)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": MACHINE})
    yield Desk(store, lee, page, session, made["authenticatorId"], served.address)
    context.close()
    store.close()


def test_in_a_browser_from_adding_one_to_ending_it(desk: Desk) -> None:
    """With nothing let past the security policy."""
    page = desk.page
    desk.password()
    page.goto("/account/passkeys")
    page.get_by_label("What do you call it?").fill("My laptop")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("row", name="My laptop")).to_contain_text("never")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.goto("/account/passkeys")
    expect(page.get_by_role("row", name="My laptop")).not_to_contain_text("never")
    page.get_by_role("link", name="End it My laptop").click()
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_role("button", name="End this passkey").click()
    expect(page.locator("main")).to_contain_text("You have no passkeys.")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert").first).to_contain_text("did not work")


def test_in_a_browser_after_the_password_and_where_nobody_touches_it(desk: Desk) -> None:
    page = desk.page
    desk.give()
    desk.store.second_factors.require("North", True, at=AT)
    desk.password()
    desk.verify(False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    stopped = page.locator("[data-passkey-stopped]")
    expect(stopped).to_be_visible()
    expect(stopped).to_be_focused()
    check_page(page)
    desk.verify(True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    desk.store.second_factors.require("North", False, at=AT)
