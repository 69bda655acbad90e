"""Signing in and out, one's own account, and the people of an organisation, as pages."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.scenario import CaseFile
from advisor.store.database import Store
from advisor.store.records import Person
from advisor.web.pages.accounts.login import own_path
from support.servers import Site, serving
from support.visits import PASSWORD, add_person, check_page, context_for, post, sign_in, store_of, text_of

NEW = "battery horse correct"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[Site]:
    """A server with two organisations: North with an administrator, a leader and a planner, South with an administrator."""
    with serving(tmp_path_factory.mktemp("accounts")) as running:
        store = store_of(running, loaded)
        for name, role, organization in (
            ("ana", "administrator", "North"),
            ("lee", "leader", "North"),
            ("pat", "planner", "North"),
            ("sue", "administrator", "South"),
        ):
            add_person(store, name, role, organization)
        store.close()
        yield running


@pytest.fixture(scope="module")
def store(site: Site, loaded: Loaded) -> Iterator[Store]:
    opened = store_of(site, loaded)
    yield opened
    opened.close()


@pytest.fixture
def person(store: Store) -> Person:
    """A leader of North of this test's own."""
    return add_person(store, f"leader{time.monotonic_ns()}", "leader")


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/account").status_code == 200


def enter(page: Page, person: Person) -> None:
    """Sign in, and be led back to where that was asked."""
    page.locator("#email").fill(person.email)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/questions/possible.law*")


def test_what_was_entered_when_the_session_ended_is_back_after_signing_in(
    browser: Browser, site: Site, store: Store, person: Person
) -> None:
    case = store.cases.create(person, CaseFile(Case("Kept", {}), {}), at=datetime.now(UTC)).entry.id
    with context_for(browser, site) as context:
        page = context.new_page()
        page.goto(f"/cases/{case}/questions/possible.law")
        enter(page, person)
        page.locator("[name='possible.law'][value=allows] + label").click()
        context.clear_cookies()
        page.get_by_role("button", name="Save and go on").click()
        page.wait_for_url("**/login*")
        enter(page, person)
        expect(page.locator("main").get_by_text("What you entered here before is back.")).to_be_visible()
        expect(page.locator("[name='possible.law'][value=allows]")).to_be_checked()
        page.get_by_role("button", name="Save and go on").click()
        expect(page).not_to_have_url(re.compile("/questions/possible.law"))
    assert store.cases.read(person, case).file.case.answers == {"possible.law": ("allows",)}


def test_a_page_asks_to_sign_in_and_then_leads_back(client: httpx.Client, person: Person) -> None:
    asked = client.get("/examples")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Fexamples")
    shown = client.get(asked.headers["location"])
    assert 'name="next" value="/examples"' in shown.text
    answer = sign_in(client, person.email, next="/examples")
    assert (answer.status_code, answer.headers["location"]) == (303, "/examples")
    assert client.get("/examples").status_code == 200
    assert client.get("/login").headers["location"] == "/"


def test_nobody_learns_whether_an_address_has_an_account(client: httpx.Client, person: Person, store: Store) -> None:
    gone = add_person(store, f"gone{time.monotonic_ns()}", "leader")
    store.people.set_active(gone.id, False)
    tries = [(person.email, "wrong"), ("nobody@example.org", "wrong"), (gone.email, PASSWORD), (person.email, "")]
    answers = [sign_in(client, email, password) for email, password in tries]
    assert {answer.status_code for answer in answers} == {422}
    assert len({text_of(answer) for answer in answers}) == 1
    assert not is_signed_in(client)
    assert all(PASSWORD not in answer.text for answer in answers)


def test_too_many_tries_are_told_when_to_try_again(client: httpx.Client, person: Person) -> None:
    for _ in range(5):
        assert sign_in(client, person.email, "wrong").status_code == 422
    answer = sign_in(client, person.email)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 2
    assert "Please try again in" in text_of(answer)
    assert f'value="{person.email}"' in answer.text
    assert not is_signed_in(client)


def test_wrong_passwords_of_a_stranger_delay_nobody_in_a_browser_that_is_known(
    client: httpx.Client, site: Site, person: Person
) -> None:
    assert sign_in(client, person.email).status_code == 303
    post(client, "/logout")
    with site.client() as stranger:
        for _ in range(5):
            sign_in(stranger, person.email, "wrong")
        assert sign_in(stranger, person.email).status_code == 429
    assert sign_in(client, person.email).status_code == 303


def test_what_was_known_before_signing_in_is_worth_nothing_after(client: httpx.Client, person: Person) -> None:
    client.get("/login")
    assert not dict(client.cookies)
    sign_in(client, person.email)
    first = client.cookies["advisor_session"]
    client.cookies.delete("advisor_session")
    sign_in(client, person.email)
    assert client.cookies["advisor_session"] != first


def test_a_second_login_in_the_same_browser_ends_the_first(site: Site, client: httpx.Client, person: Person) -> None:
    sign_in(client, person.email)
    first = client.cookies["advisor_session"]
    again = post(client, "/login", email=person.email, password=PASSWORD)
    assert again.status_code == 303
    with site.client(cookies={"advisor_session": first}) as old:
        assert old.get("/account").status_code == 303


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/\t/x", ""]
)
def test_signing_in_leads_nowhere_else(address: str, client: httpx.Client, person: Person) -> None:
    assert sign_in(client, person.email, next=address).headers["location"] == "/"


@given(st.text() | st.text("/\\:.@#?%ahtps\t\n ").map(lambda text: f"/{text}"))
def test_a_path_to_go_on_to_stays_on_this_site(address: str) -> None:
    kept = own_path(address)
    assert kept in (address, "/")
    parts = urlsplit(kept)
    assert (parts.scheme, parts.netloc) == ("", "")
    assert kept.startswith("/")
    assert kept[1:2] not in ("/", "\\")
    assert not any(character < " " for character in kept)


def test_signing_out_ends_the_session_itself(site: Site, client: httpx.Client, person: Person) -> None:
    sign_in(client, person.email)
    session = client.cookies["advisor_session"]
    assert post(client, "/logout").headers["location"] == "/login?said=signed-out"
    assert not is_signed_in(client)
    with site.client(cookies={"advisor_session": session}) as old:
        assert old.get("/account").status_code == 303


def test_a_new_password_needs_the_old_one_and_signs_out_everywhere_else(site: Site, client: httpx.Client, person: Person) -> None:
    with site.client() as other:
        sign_in(client, person.email)
        sign_in(other, person.email)
        wrong = post(client, "/account/password", old="wrong", new=NEW, again=NEW)
        assert (wrong.status_code, "This is not your present password." in text_of(wrong)) == (422, True)
        unlike = post(client, "/account/password", old=PASSWORD, new=NEW, again=NEW + "!")
        assert "The two new passwords are not the same." in text_of(unlike)
        short = post(client, "/account/password", old=PASSWORD, new="short", again="short")
        assert short.status_code == 422
        assert "12" in text_of(short).partition("New password again")[0]
        assert is_signed_in(other)
        done = post(client, "/account/password", old=PASSWORD, new=NEW, again=NEW)
        assert done.headers["location"] == "/account?said=password"
        assert is_signed_in(client)
        assert not is_signed_in(other)
        assert sign_in(other, person.email).status_code == 422
        assert sign_in(other, person.email, NEW).status_code == 303
    for page in (wrong, unlike, short):
        assert NEW not in page.text
        assert PASSWORD not in page.text


def test_signing_out_everywhere_ends_every_session(site: Site, client: httpx.Client, person: Person) -> None:
    with site.client() as other:
        sign_in(client, person.email)
        sign_in(other, person.email)
        post(client, "/account/sign-out")
        assert not is_signed_in(client)
        assert not is_signed_in(other)


def test_a_token_is_shown_once_works_and_can_be_revoked(site: Site, client: httpx.Client, person: Person) -> None:
    sign_in(client, person.email)
    made = post(client, "/account/tokens", label="Our dashboard", days="30")
    found = re.search(r'id="secret"[^>]*>([^<]+)<', made.text)
    assert found
    secret = found[1]
    shown = client.get("/account")
    assert "Our dashboard works" in text_of(shown)
    assert secret not in shown.text
    with site.client(headers={"Authorization": f"Bearer {secret}"}) as program:
        assert program.get("/api/v1/cases").status_code == 200
        revoke = re.search(r'action="(/account/tokens/[^"]+/revoke)"', shown.text)
        assert revoke
        assert post(client, revoke[1]).headers["location"] == "/account?said=token-revoked"
        assert program.get("/api/v1/cases").status_code == 401
    assert "Our dashboard revoked" in text_of(client.get("/account"))


@pytest.mark.parametrize(
    ("fields", "said"), [({"label": "", "days": "30"}, "Give it a name."), ({"label": "a", "days": "3"}, "Choose one")]
)
def test_a_token_needs_a_label_and_an_end_that_is_offered(
    fields: dict[str, str], said: str, client: httpx.Client, person: Person, store: Store
) -> None:
    sign_in(client, person.email)
    answer = post(client, "/account/tokens", {**fields})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert store.tokens.list(person) == ()


def test_an_administrator_sees_and_ends_accounts_of_the_own_organisation_only(
    client: httpx.Client, site: Site, person: Person, store: Store
) -> None:
    sign_in(client, "ana@example.org")
    shown = text_of(client.get("/people"))
    assert person.email in shown
    assert "sue@example.org" not in shown
    _, secret = store.tokens.create(person, "a program", at=datetime.now(UTC))
    with site.client() as theirs:
        sign_in(theirs, person.email)
        off = post(client, f"/people/{person.id}/active", active="no")
        assert off.headers["location"] == "/people?said=deactivated"
        assert not is_signed_in(theirs)
        assert sign_in(theirs, person.email).status_code == 422
        post(client, f"/people/{person.id}/active", active="yes")
        assert sign_in(theirs, person.email).status_code == 303
    assert store.tokens.find(secret, at=datetime.now(UTC))
    assert post(client, f"/people/{person.id}/tokens/revoke").status_code == 303
    assert store.tokens.find(secret, at=datetime.now(UTC)) is None


def test_an_administrator_reaches_neither_others_nor_the_own_account(client: httpx.Client, store: Store) -> None:
    ana, sue = (store.people.by_email(f"{name}@example.org") for name in ("ana", "sue"))
    assert ana
    assert sue
    sign_in(client, "ana@example.org")
    for path in (
        f"/people/{sue.id}/active",
        f"/people/{sue.id}/tokens/revoke",
        f"/people/{ana.id}/active",
        "/people/none/active",
    ):
        assert post(client, path, active="no").status_code == 404
    assert all(store.people.find(each.id) == each for each in (ana, sue))


@pytest.mark.parametrize("name", ["lee", "pat"])
def test_people_are_for_administrators(name: str, client: httpx.Client, person: Person, store: Store) -> None:
    sign_in(client, f"{name}@example.org")
    assert client.get("/people").status_code == 404
    assert "/people" not in client.get("/").text
    assert post(client, f"/people/{person.id}/active", active="no").status_code == 404
    found = store.people.find(person.id)
    assert found
    assert found.active


def test_without_accounts_there_is_nothing_to_sign_in_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("alone")) as alone, alone.client() as client:
        assert client.get("/login").headers["location"] == "/"
        assert client.get("/account").status_code == 404
        assert client.get("/people").status_code == 404
        assert "Sign out" not in client.get("/").text
        assert "There is no account and no password" in text_of(client.get("/"))


def test_it_is_said_whose_a_case_is_to_those_who_see_others(client: httpx.Client, site: Site, person: Person) -> None:
    sign_in(client, person.email)
    post(client, "/cases", name=f"Of {person.name}")
    with site.client() as planner:
        sign_in(planner, "pat@example.org")
        assert f"Of {person.name}" in text_of(planner.get("/cases"))
        assert f"By {person.name}." in text_of(planner.get("/cases"))
        listed = text_of(planner.get("/cases", params={"owner": person.id, "order": "owner"}))
        assert f"Of {person.name}" in listed
        assert "By you." not in listed
    with site.client() as leader:
        sign_in(leader, "lee@example.org")
        assert person.name not in leader.get("/cases", params={"owner": person.id}).text
    assert "By " not in text_of(client.get("/cases"))


@pytest.mark.parametrize("scripts", [True, False])
def test_signing_in_and_changing_the_password_by_keyboard(scripts: bool, browser: Browser, site: Site, person: Person) -> None:
    context = context_for(browser, site, java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/account")
    page.get_by_label("Email address").focus()
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Email address")).to_have_value(person.email)
    expect(page.get_by_label("Password")).to_have_value("")
    if scripts:
        check_page(page)
    page.get_by_label("Password").focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    for label, value in (("Present password", PASSWORD), ("New password", NEW), ("New password again", "else")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("New password again").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the same")
    if scripts:
        check_page(page)
    context.close()


def test_pages_with_a_secret_or_a_list_of_people_have_no_barrier(browser: Browser, site: Site) -> None:
    context = context_for(browser, site)
    page = context.new_page()
    page.goto("/people")
    page.get_by_label("Email address").fill("sue@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")
    page.goto("/account")
    page.get_by_label("What is it for?").fill("A program")
    with page.expect_navigation():
        page.get_by_role("button", name="Make a token").click()
    check_page(page)
    page.goto("/account")
    check_page(page)
    context.close()
