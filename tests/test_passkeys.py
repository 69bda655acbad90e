"""Passkeys: added with the password, signing in alone or after it, refused wherever anything of the answer is not as asked."""

import base64
import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
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
from advisor.web.passkeys import CHALLENGE
from advisor.web.settings import read_settings
from support.authenticator import MADE, PRESENT, VERIFIED, Authenticator, encoded
from support.clock import Clock
from support.servers import Site, serving
from support.stored_cases import AT
from support.visits import PASSWORD, add_person, check_page, context_for, store_of, text_of

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
    sessions = [store.sessions.begin(each.id, at=AT) for each in (lee, pat)]
    phone = kept(store, lee)
    assert [store.sessions.find(each, at=AT) for each in sessions] == [None, pat]
    assert (store.passkeys.list(lee.id), store.passkeys.list(pat.id)) == ((phone,), ())
    assert (store.passkeys.has(lee.id), store.passkeys.has(pat.id)) == (True, False)
    with pytest.raises(WrongPasskeyError):  # somebody has it
        kept(store, pat, credential=phone.credential)
    session = store.sessions.begin(lee.id, at=AT)
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
    for credential in ("nobody's", phone.credential):
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
        session = self.store.sessions.begin(person.id, at=self.clock.now)
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


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"rp": "evil.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.get"},
        {"flags": PRESENT | MADE},
        {"flags": VERIFIED | MADE},
        {"flags": PRESENT | VERIFIED},
    ],
    ids=str,
)
def test_none_is_added_whose_answer_is_not_as_asked(office: Office, wrong: dict[str, Any]) -> None:
    client = office.signed_in(office.lee)
    answer = Authenticator().make(office.asked_to_add(client), **wrong)
    refused = client.post("/account/passkeys/confirm", data={"label": "Phone", **answer})
    assert (refused.status_code, "was not added" in refused.text) == (422, True)
    assert not office.store.passkeys.has(office.lee.id)


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
    assert client.get("/login").text.count("data-passkey-ask") == 1
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


WRONG: list[dict[str, Any]] = [
    {"origin": "https://evil.example"},
    {"origin": "http://localhost:8001"},
    {"origin": "https://localhost"},
    {"rp": "evil.example"},
    {"challenge": "AAAA"},
    {"type": "webauthn.create"},
    {"flags": PRESENT},
    {"flags": VERIFIED},
    {"key": ec.generate_private_key(ec.SECP256R1())},
    {"user": "c29tZWJvZHkgZWxzZQ"},
    {"id": b"nobody's passkey"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: "-".join(wrong))
def test_nobody_is_signed_in_whose_answer_is_not_as_asked(office: Office, wrong: dict[str, Any]) -> None:
    phone = office.passkey_of(office.lee)
    client = office.visitor()
    refused = office.sign_in(phone, client, **wrong)
    assert (refused.status_code, "did not work" in refused.text) == (422, True)
    assert "advisor_session" not in client.cookies
    assert office.store.passkeys.list(office.lee.id)[0].used is None
    assert office.events(office.lee) == ([] if "id" in wrong else ["sign-in-refused"])
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


JUNK = ["", "A", "====", "e30", "bnVsbA", "\u2603", "v" * 1999]


@pytest.mark.parametrize("name", ["credential", "client-data", "attestation", "authenticator", "signature", "user"])
def test_junk_is_refused_as_anything_else_that_is_wrong(office: Office, name: str) -> None:
    phone = office.passkey_of(office.lee)
    mine = office.signed_in(office.lee)
    for junk in JUNK:
        if name in ("credential", "client-data", "attestation"):
            answer = Authenticator().make(office.asked_to_add(mine)) | {name: junk}
            assert mine.post("/account/passkeys/confirm", data={"label": "Phone", **answer}).status_code == 422
        if name != "attestation" and not (name == "user" and junk == ""):
            client = office.visitor()
            answer = phone.answer(office.asked(client)) | {name: junk}
            assert client.post("/login/passkey", data=answer).status_code == 422, junk
            office.store.people.unlock(office.lee.id)
    assert len(office.store.passkeys.list(office.lee.id)) == 1


@dataclass
class Desk:
    """A browser at a server, with an authenticator that is part of the machine, and who sits there."""

    site: Site
    store: Store
    lee: Person
    page: Page
    session: CDPSession
    authenticator: str

    def password(self) -> None:
        self.page.goto("/login")
        self.page.get_by_label("Email address").fill(self.lee.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in", exact=True).click()

    def add(self, label: str) -> None:
        self.page.goto("/account/passkeys")
        self.page.get_by_label("What do you call it?").fill(label)
        self.page.get_by_label("Present password").fill(PASSWORD)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Continue").click()
        check_page(self.page)
        with self.page.expect_navigation(url="**/account/passkeys?said=*"):
            self.page.get_by_role("button", name="Make the passkey").click()

    def leave(self) -> None:
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Sign in")

    def sign_in(self) -> str:
        """Sign in with a passkey; the path where that leads."""
        self.page.goto("/login")
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in with a passkey").click()
        return self.page.url.removeprefix(self.site.address)

    def credential(self) -> dict[str, Any]:
        kept = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})["credentials"]
        return dict(kept[0])

    def give(self) -> None:
        """Have the authenticator hold a passkey that the person has."""
        made = given(self.store, self.lee, AT, origin=self.site.address)
        private = made.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        held = {"credentialId": made.id, "userHandle": self.lee.id.encode(), "privateKey": private}
        credential: dict[str, object] = {name: base64.b64encode(each).decode() for name, each in held.items()}
        credential |= {"isResidentCredential": True, "rpId": "localhost", "signCount": 0}
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": credential})

    def put(self, credential: dict[str, Any]) -> None:
        """Have the authenticator hold this credential as it is."""
        named = {"authenticatorId": self.authenticator, "credentialId": credential["credentialId"]}
        self.session.send("WebAuthn.removeCredential", named)
        self.session.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": credential})


MACHINE: dict[str, Any] = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
MACHINE |= {"isUserVerified": True, "automaticPresenceSimulation": True}


@contextmanager
def desk(browser: Browser, site: Site, loaded: Loaded, person: str, *, strict: bool = False) -> Iterator[Desk]:
    """Somebody new at a browser of their own, at the machine's name; `strict` lets not even axe past the security policy."""
    at = replace(site, address=site.address.replace("127.0.0.1", "localhost"))
    store = store_of(site, loaded)
    context = browser.new_context(base_url=at.address) if strict else context_for(browser, at)
    lee = store.people.by_email(f"{person}@example.org") or add_person(store, person, "leader")
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": MACHINE})
    yield Desk(at, store, lee, page, session, made["authenticatorId"])
    store.close()
    context.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("passkeys-served")) as site:
        store = store_of(site, loaded)
        add_person(store, "ann", "administrator")
        store.close()
        yield site


def test_in_a_browser_from_adding_one_to_ending_it(browser: Browser, served: Site, loaded: Loaded) -> None:
    with desk(browser, served, loaded, "lee") as lee:
        lee.password()
        lee.add("My laptop")
        check_page(lee.page)
        expect(lee.page.get_by_role("row", name="My laptop")).to_contain_text("never")
        lee.leave()
        check_page(lee.page)
        assert lee.sign_in() == "/"
        lee.page.goto("/account/passkeys")
        expect(lee.page.get_by_role("row", name="My laptop")).not_to_contain_text("never")
        lee.page.get_by_role("link", name="End it My laptop").click()
        lee.page.get_by_label("Present password").fill(PASSWORD)
        check_page(lee.page)
        with lee.page.expect_navigation():
            lee.page.get_by_role("button", name="End this passkey").click()
        expect(lee.page.locator("main")).to_contain_text("You have no passkeys.")
        lee.leave()
        assert lee.sign_in() == "/login/passkey"
        expect(lee.page.get_by_role("alert").first).to_contain_text("did not work")


def test_in_a_browser_after_the_password_and_where_nobody_touches_it(browser: Browser, served: Site, loaded: Loaded) -> None:
    with desk(browser, served, loaded, "pat") as pat:
        pat.give()
        pat.store.second_factors.require("North", True, at=AT)
        pat.password()
        expect(pat.page.get_by_role("heading", level=1)).to_have_text("Second factor")
        check_page(pat.page)
        pat.session.send("WebAuthn.setUserVerified", {"authenticatorId": pat.authenticator, "isUserVerified": False})
        pat.page.get_by_role("button", name="Sign in with a passkey").click()
        expect(pat.page.locator("[data-passkey-stopped]")).to_be_visible()
        expect(pat.page.locator("[data-passkey-stopped]")).to_be_focused()
        check_page(pat.page)
        pat.session.send("WebAuthn.setUserVerified", {"authenticatorId": pat.authenticator, "isUserVerified": True})
        with pat.page.expect_navigation(url="**/"):
            pat.page.get_by_role("button", name="Sign in with a passkey").click()
        expect(pat.page.get_by_role("button", name="Sign out")).to_be_visible()
        pat.store.second_factors.require("North", False, at=AT)


def test_in_a_browser_what_is_replayed_or_counts_back_or_is_not_in_use_is_refused(
    browser: Browser, served: Site, loaded: Loaded
) -> None:
    with desk(browser, served, loaded, "sue", strict=True) as sue:
        sue.give()
        before = sue.credential()
        sent: list[tuple[str, str]] = []

        def note(route: Any) -> None:
            cookies = sue.page.context.cookies()
            sent.append((route.request.post_data, next(each["value"] for each in cookies if each["name"] == CHALLENGE)))
            route.continue_()

        sue.page.route("**/login/passkey", note)
        assert sue.sign_in() == "/"
        sue.page.unroute("**/login/passkey")
        ((form, cookie),) = sent
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": sue.site.address.partition("//")[2]}
        with served.client(headers={**headers, "Cookie": f"{CHALLENGE}={cookie}"}) as thief:
            again = thief.post("/login/passkey", content=form)
        assert (again.status_code, "advisor_session" in again.headers.get("set-cookie", "")) == (422, False)
        sue.leave()
        after = sue.credential()
        assert after["signCount"] > before["signCount"]
        sue.put(before)  # a copy of it, from before
        assert sue.sign_in() == "/login/passkey"
        sue.put(after)
        assert sue.sign_in() == "/"
        sue.store.people.set_active(sue.lee.id, False)
        assert sue.sign_in() == "/login/passkey"
        assert sue.page.context.cookies() == [each for each in sue.page.context.cookies() if each["name"] != CHALLENGE]


def test_in_a_browser_at_another_origin_of_the_same_name_it_is_refused(
    browser: Browser, served: Site, loaded: Loaded, tmp_path: Path
) -> None:
    """Browsers tell authenticators the name alone, and the server the whole origin."""
    own = served.address.replace("127.0.0.1", "localhost")
    with desk(browser, served, loaded, "kim", strict=True) as kim:
        kim.give()
        assert kim.sign_in() == "/"
        held = kim.credential()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    there = {"ADVISOR_PUBLIC_URL": own, "ADVISOR_DATA": str(served.folder), "ADVISOR_PORT": str(port)}
    with (
        serving(tmp_path, database=served.database, settings=there) as other,
        desk(browser, replace(other, address=f"http://127.0.0.1:{port}"), loaded, "kim") as kim,
    ):
        kim.session.send("WebAuthn.addCredential", {"authenticatorId": kim.authenticator, "credential": held})
        assert kim.sign_in() == "/login/passkey"
        expect(kim.page.get_by_role("alert").first).to_contain_text("did not work")
        assert kim.credential()["signCount"] > held["signCount"]  # the browser itself had nothing against it


def test_without_scripts_the_page_says_so(browser: Browser, served: Site) -> None:
    at = replace(served, address=served.address.replace("127.0.0.1", "localhost"))
    context = context_for(browser, at, java_script_enabled=False)
    page = context.new_page()
    page.goto("/login")
    expect(page.get_by_text("Passkeys need a browser that runs scripts")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(1)
    context.close()
