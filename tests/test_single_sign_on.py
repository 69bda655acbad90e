"""Signing in by a provider of identities: against a certified one on loopback, and against one that forges.

Times are the machine's own, since both sides of a clock that is off are real.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.store.database import Store
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.fresh_databases import migrated
from support.identity_providers import Forger, certified, forging, free_port, query_of, sign_in_there
from support.servers import serving
from support.stored_cases import AT
from support.visits import PASSWORD, check_page, context_for

HOME = "http://127.0.0.1:8000"
BACK = f"{HOME}/sign-in/county/back"
GROUPS = {"planners": "planner", "bosses": "administrator"}
CLIENT = {
    "client_id": "advisor",
    "client_secret": "of these tests",
    "redirect_uris": [BACK],
    "post_logout_redirect_uris": [f"{HOME}/login"],
    "backchannel_logout_uri": f"{HOME}/sign-in/county/signed-out",
}


@contextmanager
def advisor(folder: Path, loaded: Loaded, issuer: str, *, public_url: str = HOME, **more: Any) -> Iterator[TestClient]:
    """The advisor with this provider. It has an administrator with a password, so that it has accounts."""
    county: dict[str, Any] = {"name": "The county", "issuer": issuer, "client_id": "advisor", "client_secret": "of these tests"}
    county |= {"organization": "North", "groups": GROUPS, "accounts": "arrival", **more.pop("county", {})}
    county = {name: each for name, each in county.items() if each is not None}
    settings = read_settings(data=folder, public_url=public_url, providers={"county": county}, **more)
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.people.add("root@north.example", "Root", "administrator", "North", PASSWORD, at=AT)
    store.close()
    with TestClient(create_app(settings, loaded=loaded), public_url, follow_redirects=False) as client:
        yield client


def store_of(client: TestClient) -> Store:
    app = client.app
    assert isinstance(app, FastAPI)
    store: Store = app.state.site.store
    return store


def away(client: TestClient, on: str = "/cases") -> str:
    """Set out for the provider: the address there."""
    left = client.get("/sign-in/county", params={"next": on})
    assert left.status_code == 303, left.text
    return left.headers["location"]


def back(client: TestClient, address: str) -> Any:
    """Come back from the provider to an address."""
    return client.get(address.removeprefix(HOME))


def sign_in(client: TestClient, name: str, browser: httpx.Client | None = None) -> Any:
    with browser or httpx.Client(timeout=30) as there:
        return back(client, sign_in_there(there, away(client), name, HOME))


def is_in(client: TestClient) -> bool:
    return client.get("/account").status_code == 200


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with certified(tmp_path_factory.mktemp("provider"), [CLIENT]) as made:
        yield made


def test_the_request_has_state_nonce_and_a_challenge_of_its_own_each_time(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client:
        asked = [query_of(away(client)) for _ in range(2)]
    for each in asked:
        assert each["redirect_uri"] == BACK
        assert (each["response_type"], each["code_challenge_method"]) == ("code", "S256")
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name] for each in asked}) == 2
        assert all(len(each[name]) >= 20 for each in asked)


def test_somebody_arrives_gets_the_role_of_their_groups_and_is_the_same_next_time(
    tmp_path: Path, loaded: Loaded, issuer: str
) -> None:
    with advisor(tmp_path, loaded, issuer) as client:
        arrived = sign_in(client, "ann")
        assert (arrived.status_code, arrived.headers["location"]) == (303, "/cases")
        assert is_in(client)
        ann = store_of(client).people.by_email("ann@north.example")
        assert ann
        assert (ann.name, ann.role, ann.organization) == ("Ann", "planner", "North")
        assert client.post("/login", data={"email": ann.email, "password": ""}).status_code == 422
        client.cookies.clear()
        sign_in(client, "ann")
        assert store_of(client).people.find(ann.id) == ann
        assert len(store_of(client).people.list("North")) == 2
        client.cookies.clear()
        sign_in(client, "ben")
        ben = store_of(client).people.by_email("ben@north.example")
        assert ben
        assert ben.role == "administrator"  # the role that reaches furthest


def test_a_role_changed_here_is_that_of_the_groups_again_at_the_next_arrival(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client:
        sign_in(client, "ann")
        store = store_of(client)
        ann = store.people.by_email("ann@north.example")
        assert ann
        store.people.change(ann.id, at=AT, name="Ann", role="administrator", organization="North")
        assert not is_in(client)
        sign_in(client, "ann")
        assert (store.people.find(ann.id) or ann).role == "planner"


@pytest.mark.parametrize(
    ("name", "county", "why"),
    [
        ("ann", {"accounts": "invited"}, "you have no account here"),
        ("dan", {}, "none of your groups"),
        ("cat", {}, "vouches for no email address"),
        ("ann", {"organization": "", "organization_claim": "nothing"}, "to which organization"),
    ],
)
def test_who_is_not_to_have_an_account_gets_none_and_is_told_why(
    tmp_path: Path, loaded: Loaded, issuer: str, name: str, county: dict[str, object], why: str
) -> None:
    with advisor(tmp_path, loaded, issuer, county=county) as client:
        refused = sign_in(client, name)
        assert refused.status_code == 403
        assert why in refused.text
        assert not is_in(client)
        assert len(store_of(client).people.list()) == 1


def test_the_invited_take_their_account_and_only_in_their_organization(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    county = {"accounts": "invited", "organization": "", "organization_claim": "org", "groups": {}}
    with advisor(tmp_path, loaded, issuer, county=county) as client:
        people = store_of(client).people
        ann = people.add("Ann@North.example", "Ann A.", "leader", "North", None, at=AT)
        dan = people.add("dan@south.example", "Dan", "administrator", "East", None, at=AT)
        assert sign_in(client, "ann").status_code == 303
        assert people.find(ann.id) == ann
        assert store_of(client).identities.find(issuer, "ann") == ann
        client.cookies.clear()
        assert sign_in(client, "dan").status_code == 403
        assert people.find(dan.id) == dan
        people.set_active(ann.id, False)
        refused = sign_in(client, "ann")
        assert "not in use" in refused.text


def test_an_organization_comes_from_a_claim_and_moves_the_account_with_it(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    county = {"organization": "", "organization_claim": "org", "groups": {}, "role": "leader"}
    with advisor(tmp_path, loaded, issuer, county=county) as client:
        sign_in(client, "dan")
        store = store_of(client)
        dan = store.people.by_email("dan@south.example")
        assert dan
        assert (dan.role, dan.organization) == ("leader", "South")
        _, secret = store.tokens.create(dan, "a program", at=AT)
        store.people.change(dan.id, at=AT, name="Dan", role="leader", organization="East")
        assert store.tokens.find(secret, at=AT) is None
        sign_in(client, "dan")
        assert (store.people.find(dan.id) or dan).organization == "South"


def test_the_way_back_is_good_once_and_in_the_browser_that_set_out(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client, httpx.Client(timeout=30) as there:
        address = sign_in_there(there, away(client), "ann", HOME)
        other = TestClient(client.app, HOME, follow_redirects=False)
        assert back(other, address).status_code == 403  # a stranger's browser
        departure = dict(client.cookies)
        assert back(client, address).status_code == 303
        client.cookies.clear()
        assert back(client, address).status_code == 403  # again, without what was kept
        assert not is_in(client)
        for name, value in departure.items():
            client.cookies.set(name, value)
        assert back(client, address).status_code == 403  # again with it: the provider knows the code
        assert not is_in(client)


def test_a_code_of_another_journey_is_refused(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client, httpx.Client(timeout=30) as there:
        stolen = query_of(sign_in_there(there, away(client), "ben", HOME))["code"]
        state = query_of(away(client))["state"]
        refused = client.get("/sign-in/county/back", params={"code": stolen, "state": state})
        assert refused.status_code == 403  # its challenge is another
        assert not is_in(client)


def test_what_the_provider_refuses_is_told(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client:
        state = query_of(away(client))["state"]
        refused = client.get("/sign-in/county/back", params={"error": "access_denied", "state": state})
        assert refused.status_code == 403
        assert "did not work" in refused.text


def test_signing_out_here_signs_out_there(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client, httpx.Client(timeout=30) as there:
        back(client, sign_in_there(there, away(client), "ann", HOME))
        policy = client.get("/account").headers["content-security-policy"]
        assert f"form-action 'self' {issuer};" in policy
        out = client.post("/logout")
        assert out.headers["location"].startswith(f"{issuer}/session/end?")
        assert not is_in(client)
        assert sign_in_there(there, out.headers["location"], "", HOME).partition("?")[0] == f"{HOME}/login"
        shown = there.get(away(client), follow_redirects=True)
        assert 'name="login"' in shown.text  # it asks again


def test_signing_out_there_signs_out_here(forged: tuple[TestClient, Forger]) -> None:
    client, forger = forged
    forge(client, forger)
    assert is_in(client)
    event: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    told: dict[str, Any] = {"events": event, "nonce": None, "jti": "1"}
    for wrong in (
        {**told, "events": {}},
        {**told, "nonce": "1"},
        {**told, "iss": "https://other.example"},
        {**told, "aud": "another"},
        {**told, "iat": int(time.time()) - 3600},
        {**told, "sub": None},
    ):
        refused = client.post("/sign-in/county/signed-out", data={"logout_token": forger.token(wrong)})
        assert refused.status_code == 400
    assert client.post("/sign-in/county/signed-out", data={"logout_token": "x"}).status_code == 400
    assert is_in(client)
    assert client.post("/sign-in/county/signed-out", data={"logout_token": forger.token(told)}).status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize(("clock", "status"), [(110, 303), (-110, 303), (600, 403)])
def test_a_clock_that_is_off_by_two_minutes_keeps_nobody_out(tmp_path: Path, loaded: Loaded, clock: int, status: int) -> None:
    with certified(tmp_path, [CLIENT], clock=clock) as issuer, advisor(tmp_path / "data", loaded, issuer) as client:
        assert sign_in(client, "ann").status_code == status


def test_a_client_that_signs_with_a_key_of_its_own_is_known_by_it(tmp_path: Path, loaded: Loaded) -> None:
    key = RSAKey.generate_key(2048)
    (tmp_path / "key.pem").write_bytes(key.as_pem(private=True))
    own = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key.as_dict(private=False)]}}
    client_there = {name: each for name, each in {**CLIENT, **own}.items() if name != "client_secret"}
    with certified(tmp_path, [client_there]) as issuer:
        county = {"client_secret": None, "client_key": tmp_path / "key.pem"}
        with advisor(tmp_path / "data", loaded, issuer, county=county) as client:
            assert sign_in(client, "ann").status_code == 303


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[tuple[TestClient, Forger]]:
    folder = tmp_path_factory.mktemp("forged")
    with forging() as forger, advisor(folder, loaded, forger.issuer, county={"groups": {}, "role": "leader"}) as client:
        yield client, forger


@pytest.fixture
def forged(served: tuple[TestClient, Forger]) -> tuple[TestClient, Forger]:
    """The advisor with a forger that is honest so far, and of which nothing is known yet."""
    client, forger = served
    client.cookies.clear()
    vars(forger).update(vars(Forger(forger.issuer)))
    app = client.app
    assert isinstance(app, FastAPI)
    app.state.site.providers["county"]._app.server_metadata.clear()
    return client, forger


def forge(client: TestClient, forger: Forger) -> Any:
    """Set out, and come back from the forger."""
    asked = query_of(away(client))
    forger.nonce = forger.nonce if forger.nonce == "another" else asked["nonce"]
    return client.get("/sign-in/county/back", params={"code": "1", "state": asked["state"]})


def _other_issuer(forger: Forger) -> None:
    forger.changes = {"iss": "https://login.example"}


def _other_audience(forger: Forger) -> None:
    forger.changes = {"aud": "another client"}


def _another_party(forger: Forger) -> None:
    forger.changes = {"aud": ["advisor", "another"], "azp": "another"}


def _expired(forger: Forger) -> None:
    forger.changes = {"exp": int(time.time()) - 200, "iat": int(time.time()) - 500}


def _from_the_future(forger: Forger) -> None:
    forger.changes = {"iat": int(time.time()) + 600, "exp": int(time.time()) + 900}


def _without_end(forger: Forger) -> None:
    forger.changes = {"exp": None}


def _without_nonce(forger: Forger) -> None:
    forger.changes = {"nonce": None}


def _another_nonce(forger: Forger) -> None:
    forger.nonce = "another"


def _unsigned(forger: Forger) -> None:
    forger.unsigned = True


def _signed_by_another(forger: Forger) -> None:
    forger.shown = [RSAKey.generate_key(2048, {"kid": "1"})]


def _only_unsigned(forger: Forger) -> None:
    forger.unsigned, forger.algorithms = True, ("none",)


@pytest.mark.parametrize(
    "harm",
    [
        _other_issuer,
        _other_audience,
        _another_party,
        _expired,
        _from_the_future,
        _without_end,
        _without_nonce,
        _another_nonce,
        _unsigned,
        _only_unsigned,
        _signed_by_another,
    ],
)
def test_a_forged_token_lets_nobody_in(forged: tuple[TestClient, Forger], harm: Callable[[Forger], None]) -> None:
    client, forger = forged
    harm(forger)
    refused = forge(client, forger)
    assert refused.status_code == 403
    assert not is_in(client)


def test_a_provider_that_says_it_is_another_or_is_away_is_not_gone_to(tmp_path: Path, loaded: Loaded) -> None:
    with forging() as forger, advisor(tmp_path, loaded, forger.issuer) as client:
        forger.says_it_is = "https://login.example"
        assert client.get("/sign-in/county").status_code == 503
    with advisor(tmp_path / "away", loaded, f"http://127.0.0.1:{free_port()}") as client:
        away_now = client.get("/sign-in/county")
        assert away_now.status_code == 503
        assert "cannot be reached" in away_now.text


def test_an_answer_of_another_provider_is_refused(forged: tuple[TestClient, Forger]) -> None:
    client, forger = forged
    asked = query_of(away(client))
    forger.nonce = asked["nonce"]
    given = {"code": "1", "state": asked["state"], "iss": "https://login.example"}
    assert client.get("/sign-in/county/back", params=given).status_code == 403


@pytest.mark.parametrize("same_name", [False, True])
def test_a_key_that_is_changed_is_fetched_anew(forged: tuple[TestClient, Forger], same_name: bool) -> None:
    client, forger = forged
    assert forge(client, forger).status_code == 303
    client.cookies.clear()
    assert forge(client, forger).status_code == 303
    assert forger.asked_for_keys == 1
    forger.key = RSAKey.generate_key(2048, {"kid": "1" if same_name else "2"})
    client.cookies.clear()
    assert forge(client, forger).status_code == 303
    assert forger.asked_for_keys == 2


def test_one_that_nobody_set_is_not_there(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer) as client:
        for path in ("/sign-in/other", "/sign-in/other/back"):
            assert client.get(path).status_code == 404
        assert client.post("/sign-in/other/signed-out").status_code == 404


def test_with_local_accounts_off_no_password_lets_anybody_in(tmp_path: Path, loaded: Loaded, issuer: str) -> None:
    with advisor(tmp_path, loaded, issuer, local_accounts=False) as client:
        shown = client.get("/login").text
        assert "Sign in with The county" in shown
        assert 'name="password"' not in shown
        assert client.post("/login", data={"email": "root@north.example", "password": PASSWORD}).status_code == 404
        sign_in(client, "ann")
        assert 'name="old"' not in client.get("/account").text
        given = {"old": "", "new": PASSWORD, "again": PASSWORD}
        assert client.post("/account/password", data=given).status_code == 404


def wrong(**county: object) -> list[tuple[str, str]]:
    whole = {"name": "The county", "issuer": "https://login.example", "client_id": "1", "organization": "North", **county}
    with pytest.raises(InputError) as raised:
        read_settings(None, providers={"county": whole})
    return [(each.code, each.about) for each in raised.value.problems]


def test_wrong_settings_are_told_without_secrets() -> None:
    assert wrong(issuer="http://login.example") == [("provider-issuer", "providers.county.issuer")]
    assert wrong(organization_claim="org") == [("provider-organization", "providers.county")]
    assert wrong(organization="") == [("provider-organization", "providers.county")]
    assert wrong(client_secret="1", client_key="2") == [("provider-client", "providers.county")]
    assert wrong(groups={"a": "boss"})[0][0] == "wrong-setting"
    assert wrong(clientid="1")[0][0] == "unknown-setting"
    with pytest.raises(InputError, match="provider-way-in"):
        read_settings(None, local_accounts=False)


def test_in_a_browser_by_two_providers(tmp_path: Path, loaded: Loaded, browser: Browser) -> None:
    port = free_port()
    home = f"http://localhost:{port}"
    ways = {name: {**CLIENT, "redirect_uris": [f"{home}/sign-in/{name}/back"]} for name in ("county", "state")}
    for each in ways.values():
        each["post_logout_redirect_uris"] = [f"{home}/login"]
        del each["backchannel_logout_uri"]
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    with certified(tmp_path / "1", [ways["county"]]) as one, certified(tmp_path / "2", [ways["state"]]) as two:
        common = {"client_id": "advisor", "client_secret": "of these tests", "accounts": "arrival", "role": "leader"}
        providers = {
            "county": {**common, "name": "The county", "issuer": one, "organization": "North"},
            "state": {**common, "name": "The state", "issuer": two, "organization_claim": "org"},
        }
        settings = {"ADVISOR_PROVIDERS": json.dumps(providers), "ADVISOR_LOCAL_ACCOUNTS": "false", "ADVISOR_PORT": str(port)}
        store = migrated(f"sqlite:///{tmp_path / 'advisor.db'}", loaded.rulebook.vocabulary)
        store.people.add("root@north.example", "Root", "administrator", "North", None, at=AT)
        settings |= {"ADVISOR_PUBLIC_URL": home, "ADVISOR_WORKERS": "2"}
        with serving(tmp_path, settings=settings) as site, context_for(browser, site) as context:
            page = context.new_page()
            page.goto(f"{home}/cases")
            check_page(page)
            page.get_by_role("link", name="Sign in with The state").click()
            page.locator("[name=login]").fill("dan")
            page.locator("[name=password]").fill("any")
            page.get_by_role("button", name="Sign-in").click()
            page.get_by_role("button", name="Continue").click()
            page.wait_for_url(f"{home}/cases")
            dan = store.people.by_email("dan@south.example")
            assert dan
            assert dan.organization == "South"
            page.get_by_role("button", name="Sign out").click()
            page.wait_for_url(f"{two}/**")
            page.get_by_role("button", name="Yes, sign me out").click()
            page.wait_for_url(f"{home}/login**")
            page.goto(f"{home}/cases")
            page.wait_for_url(f"{home}/login**")
        store.close()
