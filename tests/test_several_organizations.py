"""A person in several organizations: one account, a role in each, and never more than one at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from fastapi import FastAPI
from httpx2 import Response
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.store.database import LastAdministratorError, NoSuchCaseError, NoSuchPersonError, OwnsCasesError, Store
from advisor.store.invitations import LASTS
from advisor.store.records import Person
from advisor.web.app import create_app
from advisor.web.openid import Arrival
from advisor.web.providers import ProviderSettings
from advisor.web.settings import read_settings
from advisor.web.single_sign_on_accounts import NotWelcomeError, welcome
from support.fresh_databases import migrated
from support.servers import serving
from support.stored_cases import AT, FILE, holder, later, named
from support.visits import PASSWORD, add_person, context_for

NEW = "battery horse correct"
COUNTY, STATE = "https://county.example", "https://state.example"


def both(store: Store, role: str = "planner") -> tuple[Person, Person]:
    """Bo as a leader of North, and in this role of South."""
    bo = add_person(store, "bo", "leader")
    return bo, store.memberships.join(bo.id, "South", role, at=datetime.now(UTC))


def codes(harm: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [each.code for each in harm.value.problems]


def test_a_session_is_in_one_organization_until_it_is_switched(store: Store) -> None:
    bo, in_south = both(store)
    sue = add_person(store, "sue", "leader", "South")
    theirs, mine = store.cases.create(sue, FILE, at=AT).entry.id, store.cases.create(bo, FILE, at=AT).entry.id
    session, other = store.sessions.begin(bo, at=AT), store.sessions.begin(bo, at=AT)
    found = store.sessions.find(session, at=AT)
    assert found == bo
    assert found.several
    with pytest.raises(NoSuchCaseError):
        store.cases.read(found, theirs)
    assert store.sessions.reached(session, at=AT) == (bo, in_south)
    assert store.sessions.switch(session, "South", at=later(1)) == in_south
    now = store.sessions.find(session, at=AT)
    assert now == in_south
    assert store.cases.read(now, theirs)
    with pytest.raises(NoSuchCaseError):
        store.cases.read(now, mine)
    assert store.sessions.find(other, at=AT) == bo
    assert store.sessions.switch(session, "West", at=AT) is None
    assert store.sessions.switch("nobody's", "North", at=AT) is None
    assert store.people.check(bo.email, PASSWORD, came_from="1", at=AT) == in_south  # the one that they were in last


def test_a_membership_out_of_use_ends_its_own_sessions_and_tokens_and_no_others(store: Store) -> None:
    bo, in_south = both(store)
    tokens = [store.tokens.create(each, "ci", at=AT)[1] for each in (bo, in_south)]
    sessions = [store.sessions.begin(each, at=AT) for each in (bo, in_south)]
    assert [holder(store.tokens.find(each, at=AT)) for each in tokens] == [bo, in_south]
    store.people.set_active(bo.id, False, "South")
    assert [store.sessions.find(each, at=AT) for each in sessions] == [bo, None]
    assert [holder(store.tokens.find(each, at=AT)) for each in tokens] == [bo, None]
    assert store.sessions.reached(sessions[0], at=AT) == (bo,)
    assert store.sessions.switch(sessions[0], "South", at=AT) is None
    store.people.set_active(bo.id, False, "North")
    with pytest.raises(Exception, match=r"^$"):
        store.people.check(bo.email, PASSWORD, came_from="1", at=AT)
    store.people.set_active(bo.id, True)
    assert [holder(store.tokens.find(each, at=AT)) for each in tokens] == [bo, in_south]
    assert store.sessions.find(sessions[0], at=AT) is None


def test_a_role_is_that_of_one_organization_and_another_ends_the_sessions_there(store: Store) -> None:
    bo, in_south = both(store)
    sessions = [store.sessions.begin(each, at=AT) for each in (bo, in_south)]
    changed = store.people.change(bo.id, at=AT, name="Bo", role="ta-specialist", organization="South", within="South")
    assert (changed.role, store.people.find(bo.id, "North")) == ("ta-specialist", bo)
    assert [store.sessions.find(each, at=AT) for each in sessions] == [bo, None]
    with pytest.raises(InputError) as raised:
        store.people.change(bo.id, at=AT, name="Bo", role="leader", organization="North", within="South")
    assert codes(raised) == ["already-a-member"]
    assert len(store.memberships.list(bo.id)) == 2


def test_the_last_administrator_of_each_organization_stays(store: Store) -> None:
    bo = add_person(store, "bo", "administrator")
    store.memberships.join(bo.id, "South", "administrator", at=datetime.now(UTC))
    add_person(store, "ann", "administrator")
    for harm in (
        lambda: store.people.set_active(bo.id, False, "South"),
        lambda: store.people.set_active(bo.id, False),
        lambda: store.people.remove(bo.id, "South"),
        lambda: store.people.remove(bo.id),
        lambda: store.people.change(bo.id, at=AT, name="Bo", role="leader", organization="South", within="South"),
    ):
        with pytest.raises(LastAdministratorError):
            harm()
        assert [each.role for each in store.memberships.list(bo.id) if each.active] == ["administrator"] * 2
    store.people.set_active(bo.id, False, "North")


def test_who_leaves_one_organization_keeps_the_other_and_the_account_goes_with_the_last(store: Store) -> None:
    bo, in_south = both(store)
    sessions = [store.sessions.begin(each, at=AT) for each in (bo, in_south)]
    token = store.tokens.create(in_south, "ci", at=AT)[1]
    case = store.cases.create(bo, FILE, at=AT).entry.id
    assert [store.people.owns(each) for each in (bo, in_south)] == [1, 0]
    assert not store.people.remove(bo.id, "South")
    assert [store.sessions.find(each, at=AT) for each in sessions] == [bo, None]
    assert store.memberships.list(bo.id) == (bo,)
    store.memberships.join(bo.id, "South", "leader", at=datetime.now(UTC))
    assert store.tokens.find(token, at=AT) is None  # what ended stays ended
    for place in ("North", None):
        with pytest.raises(OwnsCasesError):
            store.people.remove(bo.id, place)
    assert len(store.memberships.list(bo.id)) == 2
    store.cases.delete(bo, case)
    assert store.people.remove(bo.id)
    assert store.people.by_email(bo.email) is None
    with pytest.raises(NoSuchPersonError):
        store.people.remove(bo.id, "South")


def test_an_invitation_is_for_one_address_and_works_once(store: Store) -> None:
    ann, bo, eve = (
        add_person(store, "ann", "administrator"),
        add_person(store, "bo", "leader", "South"),
        add_person(store, "eve", "leader", "South"),
    )
    invitations = store.invitations
    made, secret = invitations.make(ann, " BO@example.org ", "planner", at=AT)
    assert invitations.list("North", at=AT) == (made,)
    assert invitations.find(secret, at=AT) == made
    assert invitations.find(secret, at=AT + LASTS) is None
    assert invitations.accept(secret, eve, at=AT) is None
    reset = store.resets.open(bo.id, at=AT)

    def accept(_: int) -> Person | None:
        return invitations.accept(secret, bo, at=AT)

    with ThreadPoolExecutor(4) as pool:
        joined = [each for each in pool.map(accept, range(4)) if each]
    assert [(each.role, each.organization) for each in joined] == [("planner", "North")]
    assert store.resets.find(reset, at=AT) is None  # whoever made it could sign in, and reach North now
    _, again = invitations.make(ann, bo.email, "administrator", at=AT)
    with pytest.raises(InputError) as raised:
        invitations.accept(again, bo, at=AT)
    assert codes(raised) == ["already-a-member"]
    assert (store.people.find(bo.id, "North") or bo).role == "planner"
    with pytest.raises(InputError) as raised:
        invitations.make(ann, "no address", "boss", at=AT)
    assert codes(raised) == ["email-expected", "unknown-role"]


def test_an_invitation_is_worth_no_more_than_who_made_it_and_can_be_ended(store: Store) -> None:
    ann, _, bo = (
        add_person(store, "ann", "administrator"),
        add_person(store, "abe", "administrator"),
        add_person(store, "bo", "leader", "South"),
    )
    made, secret = store.invitations.make(ann, bo.email, "planner", at=AT)
    assert not store.invitations.end("South", made.id)
    store.people.change(ann.id, at=AT, name="Ann", role="planner", organization="North")
    assert store.invitations.accept(secret, bo, at=AT) is None
    assert store.invitations.list("North", at=AT) == ()
    store.people.change(ann.id, at=AT, name="Ann", role="administrator", organization="North")
    assert store.invitations.find(secret, at=AT) == made
    assert store.invitations.end("North", made.id)
    assert store.invitations.accept(secret, bo, at=AT) is None


def test_a_second_factor_is_required_where_any_organization_requires_it(store: Store) -> None:
    bo, in_south = both(store)
    session = store.sessions.begin(bo, at=AT)
    store.second_factors.require("South", True, at=AT)
    assert store.sessions.find(session, at=AT) is None
    assert store.second_factors.required_of(bo.id)
    assert not store.second_factors.required("North")
    store.people.set_active(in_south.id, False, "South")
    assert not store.second_factors.required_of(bo.id)


def test_a_session_of_a_password_alone_never_reaches_what_requires_a_second_factor(store: Store) -> None:
    bo = add_person(store, "bo", "leader")
    add_person(store, "sue", "administrator", "South")
    store.second_factors.require("South", True, at=AT)
    session = store.sessions.begin(bo, at=AT)
    store.memberships.join(bo.id, "South", "planner", at=later(1))  # by whoever keeps the server, past the page that would ask
    assert reached(store, session) == ["North"]
    assert store.sessions.switch(session, "South", at=AT) is None
    secret = store.second_factors.begin(bo.id, at=AT) or ""
    store.second_factors.confirm(bo, pyotp.TOTP(secret).at(AT), at=AT)
    assert reached(store, store.sessions.begin(bo, at=AT)) == ["North", "South"]


def arriving(*organizations: str, email: str = "bo@example.org", subject: str = "bo") -> Arrival:
    return Arrival(subject, email, "Bo", organizations, (), "")


def provider(issuer: str, *, organization: str = "", role: str | None = "leader") -> ProviderSettings:
    claim = {} if organization else {"organization_claim": "org"}
    given = {"name": "P", "issuer": issuer, "client_id": "a", "client_secret": "b", "accounts": "arrival"}
    return ProviderSettings.model_validate({**given, "organization": organization, "role": role, **claim})


def begun(store: Store, person: Person, issuer: str) -> str:
    return store.sessions.begin(person, at=AT, provider="p", issuer=issuer)


def reached(store: Store, session: str) -> list[str]:
    return [each.organization for each in store.sessions.reached(session, at=AT)]


def test_what_a_provider_claims_becomes_memberships_and_goes_when_it_claims_it_no_more(store: Store) -> None:
    settings = provider(STATE)
    add_person(store, "ann", "administrator")
    bo = welcome(store, settings, arriving("north", "East", "South"), at=AT)
    assert [each.organization for each in store.memberships.list(bo.id)] == ["East", "North", "South"]
    session = begun(store, bo, STATE)
    assert reached(store, session) == ["East", "North", "South"]
    token = store.tokens.create(next(each for each in store.memberships.list(bo.id) if each.organization == "East"), "ci", at=AT)[
        1
    ]
    store.people.set_active(bo.id, False, "South")
    welcome(store, settings, arriving("North", "South"), at=AT)
    assert [(each.organization, each.active) for each in store.memberships.list(bo.id)] == [("North", True), ("South", False)]
    assert store.tokens.find(token, at=AT) is None
    with pytest.raises(NotWelcomeError, match="not-active"):
        welcome(store, settings, arriving("South"), at=AT)
    with pytest.raises(NotWelcomeError, match="no-organization"):
        welcome(store, settings, arriving(), at=AT)


def test_a_provider_of_one_organization_is_no_way_into_another(store: Store) -> None:
    bo, in_south = both(store)  # who signs in by a password, and belongs to North, too
    arrived = welcome(store, provider(COUNTY, organization="South"), arriving("South"), at=AT)
    assert arrived == in_south
    session = begun(store, arrived, COUNTY)
    assert reached(store, session) == ["South"]
    assert store.sessions.switch(session, "North", at=AT) is None
    assert store.sessions.find(begun(store, bo, COUNTY), at=AT) is None  # whatever a session says of itself
    assert store.sessions.find(begun(store, in_south, "https://other.example"), at=AT) is None
    assert reached(store, store.sessions.begin(bo, at=AT)) == ["North", "South"]
    with pytest.raises(NotWelcomeError, match="not-invited"):
        welcome(store, provider(STATE, organization="West"), arriving("West"), at=AT)


def test_what_is_joined_in_a_session_of_a_provider_is_reached_by_that_provider(store: Store) -> None:
    ann = add_person(store, "ann", "administrator", "South")
    settings = provider(STATE, organization="North")
    bo = welcome(store, settings, arriving("North"), at=AT)
    session = begun(store, bo, STATE)
    joined = store.invitations.accept(store.invitations.make(ann, bo.email, "planner", at=AT)[1], bo, at=AT, issuer=STATE)
    assert reached(store, session) == ["North", "South"]
    assert store.sessions.switch(session, "South", at=AT) == joined
    welcome(store, settings, arriving("North"), at=AT)  # what it never claimed does not go
    assert reached(store, session) == ["North", "South"]


@dataclass
class Office:
    """A server with administrators of North and South, and Bo, who leads in North."""

    app: FastAPI
    store: Store
    people: dict[str, Person]

    def signed_in(self, name: str) -> TestClient:
        client = TestClient(self.app, "http://127.0.0.1", follow_redirects=False)
        assert client.post("/login", data={"email": f"{name}@example.org", "password": PASSWORD}).status_code == 303
        return client

    def events(self, organization: str) -> list[tuple[str, str]]:
        names = {each.id: name for name, each in self.people.items()}
        return [(entry.event, names.get(entry.actor, "")) for entry in self.store.audit.all(organization)]


@pytest.fixture
def office(tmp_path: Path, loaded: Loaded) -> Iterator[Office]:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    people = {
        "ann": add_person(store, "ann", "administrator"),
        "sue": add_person(store, "sue", "administrator", "South"),
        "bo": add_person(store, "bo", "leader"),
    }
    with TestClient(create_app(settings, loaded=loaded), "http://127.0.0.1") as client:
        assert isinstance(client.app, FastAPI)
        yield Office(client.app, store, people)
    store.close()


def invited(client: TestClient, email: str, role: str = "planner") -> str:
    """The path of a link by which somebody joins."""
    made = client.post("/invitations", data={"email": email, "role": role})
    assert made.status_code == 200, made.text
    return "/join/" + made.text.partition("/join/")[2].partition("<")[0]


def test_who_accepts_an_invitation_switches_and_each_organization_sees_its_own(office: Office) -> None:
    sue, bo = office.signed_in("sue"), office.signed_in("bo")
    case = office.store.cases.create(office.people["sue"], named("Of South"), at=datetime.now(UTC)).entry.id
    link = invited(sue, "bo@example.org")
    assert invited(sue, "nobody@example.org")  # it is not told whether there is such an account
    assert TestClient(office.app, "http://127.0.0.1", follow_redirects=False).get(link).headers["location"].startswith("/login")
    eve = office.signed_in("ann")
    assert "another email address" in eve.get(link).text
    assert eve.post(link).status_code == 422
    assert "switch-organization" not in bo.get("/cases").text
    assert "Join South" in bo.get(link).text
    assert bo.post(link).headers["location"] == "/account?said=joined"
    assert bo.get(link).status_code == 404
    assert bo.get(f"/cases/{case}").status_code == 404
    assert "Of South" not in bo.get("/cases").text
    for wrong in ("West", "south", ""):
        assert bo.post("/switch", data={"organization": wrong}).status_code == 404
    assert bo.post("/switch", data={"organization": "South", "next": "//evil.example"}).headers["location"] == "/?said=switched"
    assert bo.get(f"/cases/{case}").status_code == 200
    bo.post("/switch", data={"organization": "North", "next": "/cases"})
    assert bo.get(f"/cases/{case}").status_code == 404
    assert office.events("South")[-3:] == [
        ("invitation-made", "sue"),
        ("organization-joined", "bo"),
        ("organization-entered", "bo"),
    ]
    assert office.events("North")[-1] == ("organization-entered", "bo")


def test_no_administrator_gets_at_an_account_that_belongs_to_another_organization_too(office: Office) -> None:
    ann, bo = office.signed_in("ann"), office.people["bo"]
    page = f"/people/{bo.id}"
    factors = office.store.second_factors
    secret = factors.begin(bo.id, at=datetime.now(UTC)) or ""
    factors.confirm(bo, pyotp.TOTP(secret).now(), at=datetime.now(UTC))
    open_way = office.store.resets.open(bo.id, at=datetime.now(UTC))
    office.store.memberships.join(bo.id, "South", "administrator", at=datetime.now(UTC))
    assert office.store.resets.find(open_way, at=datetime.now(UTC)) is None
    shown = ann.get(page).text
    assert "belongs to other organizations too" in shown
    assert "South" not in shown  # to which, is not told
    assert ann.post(f"{page}/reset").status_code == 404
    assert ann.post(f"{page}/second-factor/end").status_code == 404
    ann.post(page, data={"name": "Somebody else", "role": "planner"})
    now = office.store.people.find(bo.id, "North")
    assert now
    assert (now.name, now.role) == ("Bo", "planner")
    assert (office.store.people.find(bo.id, "South") or bo).role == "administrator"
    ann.post(f"{page}/active", data={"active": "no"})
    assert [each.active for each in office.store.memberships.list(bo.id)] == [False, True]
    assert ann.post(f"{page}/remove").headers["location"] == "/people?said=person-removed"
    assert [each.organization for each in office.store.memberships.list(bo.id)] == ["South"]
    assert factors.has(bo.id)
    assert ann.get(page).status_code == 404


def test_who_has_no_second_factor_does_not_join_an_organization_that_requires_one(office: Office) -> None:
    link = invited(office.signed_in("sue"), "bo@example.org")
    office.store.second_factors.require("South", True, at=datetime.now(UTC))
    bo = office.signed_in("bo")
    refused = bo.post(link)
    assert refused.status_code == 422
    assert "requires a second factor" in refused.text
    assert len(office.store.memberships.list(office.people["bo"].id)) == 1


def test_a_key_of_one_organization_does_not_bring_an_answer_of_another(office: Office) -> None:
    bo, now = office.people["bo"], datetime.now(UTC)
    in_south = office.store.memberships.join(bo.id, "South", "leader", at=datetime.now(UTC))
    client = TestClient(office.app, "http://127.0.0.1")

    def made(person: Person) -> Response:
        token = office.store.tokens.create(person, "ci", at=now)[1]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
        return client.post("/api/v1/cases", json={"name": "Same"}, headers=headers)

    answers = [made(bo), made(in_south), made(bo)]
    assert [each.status_code for each in answers] == [201, 201, 201]
    ids = [each.json()["id"] for each in answers]
    assert ids[0] == ids[2] != ids[1]


def test_a_link_of_one_organization_ends_with_the_membership_of_who_made_it_there(office: Office) -> None:
    bo, now = office.people["bo"], datetime.now(UTC)
    office.store.memberships.join(bo.id, "South", "leader", at=datetime.now(UTC))
    case = office.store.cases.create(bo, FILE, at=now).entry.id
    _, secret = office.store.links.create(bo, case, "advice", (), at=now, expires=now + timedelta(days=1))
    client = TestClient(office.app, "http://127.0.0.1")
    office.store.people.set_active(bo.id, False, "South")
    assert client.get(f"/shared/{secret}").status_code == 200
    office.store.people.set_active(bo.id, True, "South")
    office.store.people.set_active(bo.id, False, "North")
    assert client.get(f"/shared/{secret}").status_code == 404


def test_consultations_stand_at_a_glance_from_elsewhere_where_their_organization_has_it_so(office: Office) -> None:
    now, sue, bo = datetime.now(UTC), office.people["sue"], office.people["bo"]
    store = office.store
    in_south = store.memberships.join(bo.id, "South", "ta-specialist", at=now + timedelta(seconds=1))
    asked, _ = (store.cases.create(sue, named(name), at=now).entry.id for name in ("Consulted", "Not consulted"))
    store.consultations.open(sue, asked, ["wanted.aim"], at=now)
    mine = store.cases.create(bo, named("Of mine"), at=now).entry.id
    client, administrator = office.signed_in("bo"), office.signed_in("sue")

    def seen() -> list[str]:
        shown = client.get("/portfolio").text.partition("<main")[2]
        return [name for name in ("Of mine", "Consulted", "Not consulted") if name in shown]

    assert seen() == ["Of mine"]
    assert administrator.post("/organization/elsewhere/show").headers["location"] == "/organization?said=shown-elsewhere"
    assert seen() == ["Of mine", "Consulted"]
    shown = client.get("/portfolio").text
    assert f'href="/cases/{asked}"' not in shown
    assert f'href="/cases/{mine}"' in shown
    assert client.get(f"/cases/{asked}").status_code == 404
    entered = client.post("/switch", data={"organization": "South", "next": f"/cases/{asked}"})
    assert client.get(entered.headers["location"]).status_code == 200
    assert seen() == ["Consulted", "Not consulted"]  # North does not show its own
    client.post("/switch", data={"organization": "North"})
    for end in (
        lambda: store.people.change(bo.id, at=now, name="Bo", role="leader", organization="South", within="South"),
        lambda: store.people.change(bo.id, at=now, name="Bo", role="planner", organization="South", within="South"),
        lambda: store.people.set_active(in_south.id, False, "South"),
        lambda: store.people.set_active(in_south.id, True, "South"),
    ):
        end()
        can = store.people.find(bo.id, "South")
        assert can
        assert seen() == (["Of mine", "Consulted"] if can.active and can.sees_all else ["Of mine"])
    administrator.post("/organization/elsewhere/hide")
    assert seen() == ["Of mine"]
    assert client.post("/organization/elsewhere/show").status_code in (403, 404)
    assert [event for event, _ in office.events("South")].count("shown-elsewhere") == 1


def test_in_a_browser_without_scripts_somebody_switches_at_the_top_of_the_page(
    tmp_path: Path, loaded: Loaded, browser: Browser
) -> None:
    url = f"sqlite:///{tmp_path / 'advisor.db'}"
    store = migrated(url, loaded.rulebook.vocabulary)
    bo, in_south = both(store)
    for person, name in ((bo, "A case of North"), (in_south, "A case of South")):
        store.cases.create(person, named(name), at=later(1))
    store.close()
    with serving(tmp_path, database=url) as site, context_for(browser, site, java_script_enabled=False) as window:
        page = window.new_page()
        page.goto("/login?next=/cases")
        page.get_by_label("Email").fill(bo.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_text("A case of North").first).to_be_visible()
        expect(page.get_by_text("A case of South")).to_have_count(0)
        page.get_by_label("Organization").select_option("South")
        page.get_by_role("button", name="Switch").click()
        expect(page.locator(".usa-alert", has_text="You are in this organization now.")).to_be_visible()
        page.goto("/cases")
        expect(page.get_by_text("A case of South").first).to_be_visible()
        expect(page.get_by_text("A case of North")).to_have_count(0)
        page.set_viewport_size({"width": 320, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
