"""A second factor: set up and confirmed, asked for after the password, never taken twice, switched off for who lost it."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import unescape

import pyotp
import pytest
from httpx2 import Response
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.store.database import Store, ThrottledError, WrongCodeError
from advisor.store.people import browser_of
from advisor.store.records import Person
from advisor.store.second_factor_tables import RecoveryCodeRow, SecondFactorRow
from advisor.store.second_factors import RECOVERY_CODES, WITHIN
from advisor.web.app import create_app
from advisor.web.second_step import STEP
from advisor.web.settings import read_settings
from support.clock import Clock
from support.fresh_databases import migrated
from support.servers import serving
from support.stored_cases import AT
from support.visits import PASSWORD, add_person, check_page, context_for, store_of, text_of

HALF = timedelta(seconds=30)
ISSUER = "https://issuer.example"
NEW = "battery horse correct"


def set_up(store: Store, person: Person, at: datetime) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """An authenticator that is confirmed, and the recovery codes."""
    secret = store.second_factors.begin(person.id, at=at)
    assert secret
    totp = pyotp.TOTP(secret)
    return totp, store.second_factors.confirm(person, totp.at(at), at=at)


def test_it_counts_once_a_code_confirms_it_in_time(store: Store) -> None:
    lee, factors = add_person(store, "lee", "leader"), store.second_factors
    session = store.sessions.begin(lee, at=AT)
    old, secret = factors.begin(lee.id, at=AT), factors.begin(lee.id, at=AT)
    assert old
    assert secret
    for wrong in (pyotp.TOTP(old).at(AT), "", "000000\n1", pyotp.TOTP(secret).at(AT + 3 * HALF)):
        with pytest.raises(WrongCodeError):
            factors.confirm(lee, wrong, at=AT)
    assert not factors.has(lee.id)
    with pytest.raises(WrongCodeError):
        factors.confirm(lee, pyotp.TOTP(secret).at(AT + WITHIN), at=AT + WITHIN)
    with pytest.raises(WrongCodeError):
        factors.check(lee, pyotp.TOTP(secret).at(AT), at=AT + WITHIN)
    assert store.sessions.find(session, at=AT) == lee
    secret = factors.begin(lee.id, at=AT + WITHIN)
    assert secret
    codes = factors.confirm(lee, pyotp.TOTP(secret).at(AT + WITHIN), at=AT + WITHIN)
    assert (factors.has(lee.id), len(set(codes)), factors.left(lee.id)) == (True, RECOVERY_CODES, RECOVERY_CODES)
    assert store.sessions.find(session, at=AT) is None
    assert factors.begin(lee.id, at=AT + WITHIN) is None  # what counts is not put in another's place


def test_a_code_is_taken_once_from_a_clock_that_is_half_a_minute_off_and_no_older_one_after_it(store: Store) -> None:
    lee, factors = add_person(store, "lee", "leader"), store.second_factors
    totp, _ = set_up(store, lee, AT)
    with pytest.raises(WrongCodeError):
        factors.check(lee, totp.at(AT), at=AT)  # the one that confirmed it
    later = AT + 10 * HALF
    for off in (-2, 2):
        with pytest.raises(WrongCodeError):
            factors.check(lee, totp.at(later + off * HALF), at=later)
    factors.check(lee, f" {totp.at(later)[:3]} {totp.at(later)[3:]}", at=later)
    for used in (totp.at(later), totp.at(later - HALF)):
        with pytest.raises(WrongCodeError):
            factors.check(lee, used, at=later)
    factors.check(lee, totp.at(later + HALF), at=later)


def test_a_code_that_is_the_same_in_two_half_minutes_is_taken_for_the_later(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pyotp, "random_base32", lambda: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAI2VZ")
    lee, later = add_person(store, "lee", "leader"), AT + 10 * HALF
    totp, _ = set_up(store, lee, AT)
    assert totp.at(later - HALF) == totp.at(later + HALF)
    store.second_factors.check(lee, totp.at(later), at=later)
    store.second_factors.check(lee, totp.at(later + HALF), at=later)
    with pytest.raises(WrongCodeError):
        store.second_factors.check(lee, totp.at(later - HALF), at=later)


def test_of_two_who_show_the_same_code_at_once_one_gets_in(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    totp, codes = set_up(store, lee, AT)
    later = AT + 10 * HALF
    for code in (totp.at(later), codes[0]):
        line = threading.Barrier(2)
        store.people.unlock(lee.id)

        def show(code: str = code, line: threading.Barrier = line) -> bool:
            line.wait()
            try:
                store.second_factors.check(lee, code, at=later)
            except WrongCodeError:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(lambda _: show(), range(2))) == 1


def test_a_recovery_code_works_once_however_it_is_typed_and_only_hashes_are_kept(store: Store) -> None:
    lee, pat = add_person(store, "lee", "leader"), add_person(store, "pat", "leader")
    _, codes = set_up(store, lee, AT)
    set_up(store, pat, AT)
    store.second_factors.check(lee, codes[0].lower().replace("-", " "), at=AT)
    for person, code in ((lee, codes[0]), (pat, codes[1])):
        with pytest.raises(WrongCodeError):
            store.second_factors.check(person, code, at=AT)
    assert store.second_factors.left(lee.id) == RECOVERY_CODES - 1
    with store._connections.reading() as connection:
        kept = str(connection.execute(RecoveryCodeRow.__table__.select()).all())
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]


def test_who_guesses_has_to_wait_from_wherever_they_come_and_the_right_code_waits_with_them(store: Store) -> None:
    lee, factors = add_person(store, "lee", "leader"), store.second_factors
    totp, codes = set_up(store, lee, AT)
    later = AT + 10 * HALF
    for number in range(5):
        with pytest.raises(WrongCodeError):
            factors.check(lee, f"{number:06}", at=later, browser=f"another.{number}")
    for right in (totp.at(later), codes[0]):
        with pytest.raises(ThrottledError):
            factors.check(lee, right, at=later)
    with pytest.raises(WrongCodeError):  # a browser in which they signed in before is counted for itself
        factors.check(lee, "0", at=later, browser=browser_of(lee))
    tries, now = 5, later
    while now < later + timedelta(minutes=14):
        try:
            factors.check(lee, "0", at=now)
        except ThrottledError as error:
            now = error.until
        except WrongCodeError:
            tries += 1
    assert tries < 20  # of a million codes, in a quarter of an hour
    store.people.unlock(lee.id)
    factors.check(lee, codes[0], at=now)


def test_an_organization_requires_it_and_sessions_of_a_password_alone_end(store: Store) -> None:
    lee, pat, sue = (
        add_person(store, "lee", "leader"),
        add_person(store, "pat", "leader"),
        add_person(store, "sue", "leader", "South"),
    )
    set_up(store, pat, AT)
    store.second_factors.begin(lee.id, at=AT)  # begun is not had
    began = {each.id: store.sessions.begin(each, at=AT) for each in (lee, pat, sue)}
    store.memberships.claim(lee.id, ISSUER, ["North"], granted=None, otherwise=None, at=AT)
    by_provider = store.sessions.begin(lee, at=AT, provider="entra", issuer=ISSUER)
    _, token = store.tokens.create(lee, "ci", at=AT)
    for _ in range(2):
        store.second_factors.require("North", True, at=AT)
    assert (store.second_factors.required("North"), store.second_factors.required("South")) == (True, False)
    assert [store.sessions.find(began[each.id], at=AT) for each in (lee, pat, sue)] == [None, pat, sue]
    assert store.sessions.find(by_provider, at=AT) == lee
    assert store.tokens.find(token, at=AT)
    store.second_factors.require("North", False, at=AT)
    assert not store.second_factors.required("North")


def test_it_goes_with_the_account_and_stays_with_a_new_password(store: Store) -> None:
    lee = add_person(store, "lee", "leader")
    set_up(store, lee, AT)
    mark = store.people.mark(lee.id)
    store.resets.use(store.resets.open(lee.id, at=AT), NEW, at=AT)
    assert store.second_factors.has(lee.id)
    assert store.people.mark(lee.id) != mark
    store.people.remove(lee.id)
    with store._connections.reading() as connection:
        for table in (SecondFactorRow, RecoveryCodeRow):
            assert connection.execute(table.__table__.select()).all() == []


@dataclass
class Office:
    """A server with an administrator and a leader of North."""

    client: TestClient
    store: Store
    ann: Person
    lee: Person
    clock: Clock

    def visitor(self) -> TestClient:
        return TestClient(self.client.app, "http://127.0.0.1", follow_redirects=False)

    def password(self, client: TestClient, person: Person, password: str = PASSWORD, **more: str) -> str:
        answer = client.post("/login", data={"email": person.email, "password": password, **more})
        assert answer.status_code == 303
        return answer.headers["location"]

    def events(self, person: Person) -> list[str]:
        return [each.event for each in reversed(self.store.audit.list("North", search=person.id).items)]

    def set_up(self, person: Person) -> tuple[pyotp.TOTP, tuple[str, ...]]:
        made = set_up(self.store, person, self.clock.now)
        self.clock.now += 3 * HALF
        return made


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[Office]:
    folder, clock = tmp_path_factory.mktemp("second-factor"), Clock()
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    app = create_app(settings, loaded=loaded, clock=clock)
    store: Store = app.state.site.store
    ann = add_person(store, "ann", "administrator")
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as client:
        yield Office(client, store, ann, ann, clock)


@pytest.fixture
def office(running: Office) -> Iterator[Office]:
    """The server an hour later, with two people who have no second factor yet."""
    running.clock.now += timedelta(hours=1)
    people = (
        add_person(running.store, f"{name}{running.clock.now:%d%H%M%S}", role)
        for name, role in (("ana", "administrator"), ("lee", "leader"))
    )
    ana, lee = people
    yield replace(running, ann=ana, lee=lee)
    running.store.second_factors.require("North", False, at=running.clock.now)


def secret_of(page: Response) -> pyotp.TOTP:
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page.text)
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


def codes_of(page: Response) -> list[str]:
    return [unescape(each) for each in re.findall(r"<li><code>([^<]+)</code>", page.text)]


def test_it_is_set_up_with_the_password_and_confirmed_before_it_counts(office: Office) -> None:
    here, there = office.visitor(), office.visitor()
    for client in (here, there):
        assert office.password(client, office.lee) == "/"
    assert "is off" in text_of(here.get("/account/second-factor"))  # type: ignore[arg-type]
    wrong = here.post("/account/second-factor", data={"old": "wrong"})
    assert (wrong.status_code, 'id="secret"' in wrong.text) == (422, False)
    begun = here.post("/account/second-factor", data={"old": PASSWORD})
    totp = secret_of(begun)
    assert "<svg" in begun.text
    assert office.password(office.visitor(), office.lee) == "/"  # it does not count yet
    refused = here.post("/account/second-factor/confirm", data={"code": "000000"})
    assert (refused.status_code, secret_of(refused).secret) == (422, totp.secret)
    confirmed = here.post("/account/second-factor/confirm", data={"code": totp.at(office.clock.now)})
    codes = codes_of(confirmed)
    assert len(codes) == RECOVERY_CODES
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303  # all other sessions are over
    shown = here.get("/account/second-factor").text
    assert "10 recovery codes are left" in shown
    assert not [each for each in (*codes, totp.secret) if each in shown]
    assert here.post("/account/second-factor", data={"old": PASSWORD}).headers["location"] == "/account/second-factor"
    assert [each for each in office.events(office.lee) if each != "signed-in"] == ["second-factor-begun", "second-factor-on"]


def test_a_password_alone_signs_nobody_in_and_a_code_does_once(office: Office) -> None:
    totp, codes = office.set_up(office.lee)
    client = office.visitor()
    assert office.password(client, office.lee, next="/examples") == "/login/code"
    assert "advisor_session" not in client.cookies
    assert "advisor_browser" not in client.cookies
    assert client.get("/account").status_code == 303
    assert client.get("/login/code").status_code == 200
    wrong = client.post("/login/code", data={"code": "000000"})
    assert (wrong.status_code, 'id="code-error"' in wrong.text) == (422, True)
    code = totp.at(office.clock.now)
    done = client.post("/login/code", data={"code": code})
    assert (done.status_code, done.headers["location"]) == (303, "/examples")
    assert client.get("/account").status_code == 200
    assert office.events(office.lee)[-3:] == ["password-accepted", "sign-in-refused", "signed-in"]
    other = office.visitor()
    office.password(other, office.lee)
    assert other.post("/login/code", data={"code": code}).status_code == 422  # read over a shoulder
    assert other.post("/login/code", data={"code": codes[3]}).status_code == 303
    again = office.visitor()
    office.password(again, office.lee)
    assert again.post("/login/code", data={"code": codes[3]}).status_code == 422


def test_who_guesses_codes_is_told_to_wait(office: Office) -> None:
    totp, _ = office.set_up(office.lee)
    client = office.visitor()
    office.password(client, office.lee)
    assert [client.post("/login/code", data={"code": f"{number:06}"}).status_code for number in range(5)] == [422] * 5
    right = client.post("/login/code", data={"code": totp.at(office.clock.now)})
    assert (right.status_code, right.headers["retry-after"]) == (429, "2")
    assert "advisor_session" not in client.cookies


def test_the_step_between_password_and_code_is_short_and_ends_with_the_password(office: Office) -> None:
    totp, _ = office.set_up(office.lee)
    client = office.visitor()
    office.password(client, office.lee)
    kept = client.cookies[STEP]
    code = totp.at(office.clock.now)

    def late(cookie: str) -> str:
        other = office.visitor()
        other.cookies.set(STEP, cookie)
        answer = other.post("/login/code", data={"code": code})
        assert "advisor_session" not in other.cookies
        return str(answer.headers["location"])

    signed_in = office.visitor()
    office.password(signed_in, office.ann)
    for wrong in ("", "x", kept[:-1], signed_in.cookies["advisor_session"], signed_in.cookies["advisor_browser"]):
        assert late(wrong) == "/login"
    office.store.people.set_password(office.lee.id, NEW)
    assert late(kept) == "/login"
    office.password(client, office.lee, NEW)
    kept = client.cookies[STEP]
    office.store.people.set_active(office.lee.id, False)
    assert late(kept) == "/login"
    office.store.people.set_active(office.lee.id, True)
    before, office.clock.now = office.clock.now, office.clock.now + timedelta(minutes=11)
    assert late(kept) == "/login"
    office.clock.now = before
    assert client.post("/login/code", data={"code": code}).status_code == 303


def test_a_new_password_by_a_link_does_not_take_the_second_factor_away(office: Office) -> None:
    office.set_up(office.lee)
    client = office.visitor()
    secret = office.store.resets.open(office.lee.id, at=office.clock.now)
    assert client.post(f"/reset/{secret}", data={"new": NEW, "again": NEW}).status_code == 303
    assert office.password(client, office.lee, NEW) == "/login/code"


def test_it_is_switched_off_with_the_password_and_every_other_session_ends(office: Office) -> None:
    totp, _ = office.set_up(office.lee)
    here, there = office.visitor(), office.visitor()
    for client in (here, there):
        office.password(client, office.lee)
        assert client.post("/login/code", data={"code": totp.at(office.clock.now)}).status_code == 303
        office.clock.now += 3 * HALF
    assert here.post("/account/second-factor/end", data={"old": "wrong"}).status_code == 422
    assert office.store.second_factors.has(office.lee.id)
    assert here.post("/account/second-factor/end", data={"old": PASSWORD}).status_code == 303
    assert (here.get("/account").status_code, there.get("/account").status_code) == (200, 303)
    assert office.password(office.visitor(), office.lee) == "/"
    assert here.post("/account/second-factor/end", data={"old": PASSWORD}).status_code == 404


def test_an_administrator_switches_it_off_for_who_lost_it_and_nobody_else_does(office: Office) -> None:
    totp, _ = office.set_up(office.lee)
    theirs, admin, stranger = office.visitor(), office.visitor(), office.visitor()
    office.password(theirs, office.lee)
    assert theirs.post("/login/code", data={"code": totp.at(office.clock.now)}).status_code == 303
    sue = add_person(office.store, f"sue{office.clock.now:%d%H}", "administrator", "South")
    office.password(admin, office.ann)
    office.password(stranger, sue)
    path = f"/people/{office.lee.id}/second-factor/end"
    assert stranger.post(path).status_code == theirs.post(path).status_code == 404
    assert path in admin.get(f"/people/{office.lee.id}").text
    assert admin.post(path).headers["location"] == "/people?said=their-second-factor-off"
    assert path not in admin.get(f"/people/{office.lee.id}").text
    assert admin.post(path).status_code == 404
    assert theirs.get("/account").status_code == 303
    assert office.events(office.lee)[-1] == "second-factor-off"
    office.set_up(office.ann)
    office.password(admin, office.ann)
    assert admin.post(f"/people/{office.ann.id}/second-factor/end").status_code in (303, 404)
    assert office.store.second_factors.has(office.ann.id)  # one's own is switched off by who knows the password


def test_where_it_is_required_who_has_none_sets_one_up_before_they_are_signed_in(office: Office) -> None:
    theirs, admin = office.visitor(), office.visitor()
    office.password(theirs, office.lee)
    office.password(admin, office.ann)
    refused = admin.post("/people/second-factor/require")
    assert (refused.status_code, "your own second factor first" in refused.text) == (422, True)
    assert theirs.post("/people/second-factor/require").status_code == 404
    totp, _ = office.set_up(office.ann)
    office.password(admin, office.ann)
    assert admin.post("/login/code", data={"code": totp.at(office.clock.now)}).status_code == 303
    assert admin.post("/people/second-factor/require").headers["location"] == "/people?said=second-factor-required"
    assert theirs.get("/account").status_code == 303
    assert office.password(theirs, office.lee, next="/examples") == "/login/code"
    assert "requires a second factor" in theirs.get("/login/code").text
    assert theirs.post("/login/code", data={"code": "000000"}).status_code == 422
    enrolling = theirs.post("/login/second-factor")
    mine = secret_of(enrolling)
    wrong = theirs.post("/login/second-factor/confirm", data={"code": "000000"})
    assert (wrong.status_code, theirs.get("/account").status_code) == (422, 303)
    done = theirs.post("/login/second-factor/confirm", data={"code": mine.at(office.clock.now)})
    assert (len(codes_of(done)), 'href="/examples"' in done.text) == (RECOVERY_CODES, True)
    assert theirs.get("/account").status_code == 200
    assert office.events(office.lee)[-3:] == ["second-factor-begun", "second-factor-on", "signed-in"]
    off = theirs.post("/account/second-factor/end", data={"old": PASSWORD})
    assert (off.status_code, office.store.second_factors.has(office.lee.id)) == (422, True)
    assert admin.post("/people/second-factor/allow").status_code == 303
    assert theirs.post("/account/second-factor/end", data={"old": PASSWORD}).status_code == 303


def test_who_has_one_cannot_have_another_put_in_its_place_by_a_password_alone(office: Office) -> None:
    totp, _ = office.set_up(office.lee)
    thief = office.visitor()
    office.password(thief, office.lee)
    assert thief.post("/login/second-factor").headers["location"] == "/login/code"
    assert thief.post("/login/second-factor/confirm", data={"code": "000000"}).headers["location"] == "/login/code"
    assert office.visitor().post("/login/second-factor").headers["location"] == "/login/code"
    assert thief.post("/login/code", data={"code": totp.at(office.clock.now)}).status_code == 303


def test_who_signs_in_elsewhere_has_no_second_factor_here(office: Office) -> None:
    sue = office.store.people.add(f"sso{office.clock.now:%d%H}@example.org", "Sue", "leader", "North", None, at=office.clock.now)
    office.store.second_factors.require("North", True, at=office.clock.now)
    office.store.memberships.claim(sue.id, ISSUER, [sue.organization], granted=None, otherwise=None, at=AT)
    session = office.store.sessions.begin(sue, at=office.clock.now, provider="entra", issuer=ISSUER)
    client = office.visitor()
    client.cookies.set("advisor_session", office.client.app.state.site.keys.sign(session))  # type: ignore[attr-defined]
    assert client.get("/account").status_code == 200
    assert "/account/second-factor" not in client.get("/account").text
    assert client.get("/account/second-factor").status_code == 404
    assert client.post("/account/second-factor", data={"old": ""}).status_code == 404


def test_in_a_browser_from_setting_it_up_to_signing_in_with_it(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, loaded: Loaded
) -> None:
    with serving(tmp_path_factory.mktemp("factor")) as site:
        store = store_of(site, loaded)
        lee = add_person(store, "lee", "leader")
        context = context_for(browser, site)
        page = context.new_page()

        def password() -> None:
            page.goto("/login")
            page.get_by_label("Email address").fill(lee.email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()

        password()
        page.goto("/account")
        page.get_by_role("link", name="See whether it is on").click()
        page.get_by_label("Present password").fill(PASSWORD)
        with page.expect_navigation():
            page.get_by_role("button", name="Set it up").click()
        check_page(page)
        totp = pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", ""))
        page.get_by_label("Code that the authenticator shows").fill(totp.now())
        page.get_by_role("button", name="Switch it on").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        check_page(page)
        code = page.locator("main li code").first.inner_text()
        with page.expect_navigation():
            page.get_by_role("link", name="I have copied them").click()
        check_page(page)
        context.clear_cookies()
        password()
        expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
        check_page(page)
        _enter(page, "000000")
        expect(page.get_by_role("alert")).to_contain_text("wrong, or was used before")
        _enter(page, code)
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()
        store.close()
        context.close()


def _enter(page: Page, code: str) -> None:
    page.get_by_label("Code", exact=False).first.fill(code)
    page.get_by_role("button", name="Sign in", exact=True).click()
