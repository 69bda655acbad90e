"""Service tokens: for some things only, by an account, on somebody's behalf, made and ended by administrators."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.model.problems import InputError
from advisor.store.database import Store
from advisor.store.permissions import SCOPES
from advisor.store.records import Person
from advisor.web.app import create_app
from advisor.web.settings import Settings
from support.fresh_databases import migrated
from support.stored_cases import AT, holder, later
from support.visits import PASSWORD

CASE = {"name": "Seen by some"}


@dataclass
class World:
    """A site with an administrator and a leader in one organization, and an administrator elsewhere."""

    api: TestClient
    store: Store
    people: dict[str, Person]
    now: datetime

    def token(self, who: str, *scopes: str, reference: str = "") -> dict[str, str]:
        """The header of a new token."""
        whose = self.people[who]
        return bearer(self.store.tokens.create(whose, "t", at=self.now, scopes=scopes, reference=reference)[1])

    def ask(self, method: str, path: str, headers: dict[str, str], **more: Any) -> Any:
        return self.api.request(method, path, headers=headers, **more)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[World]:
    settings = Settings(data=tmp_path_factory.mktemp("tokens"))
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    now = datetime.now(UTC)
    roles = {"ada": ("administrator", "North"), "lee": ("leader", "North"), "ed": ("administrator", "South")}
    people = {
        name: store.people.add(f"{name}@example.org", name, role, place, PASSWORD, at=now)
        for name, (role, place) in roles.items()
    }
    app = create_app(settings, loaded=loaded)
    with TestClient(app, "http://127.0.0.1/api/v1/", follow_redirects=False) as api:
        yield World(api, store, people, now)
    store.close()


def test_each_scope_opens_its_own_and_a_refusal_tells_which_is_missing(world: World) -> None:
    case = world.ask("POST", "cases", world.token("lee"), json=CASE).json()["id"]
    asked: dict[str, list[tuple[str, str, Any]]] = {
        "assess": [
            ("POST", "assess", CASE),
            ("POST", "next", {"case": CASE}),
            ("GET", "questions", None),
            ("GET", "rulebook", None),
        ],
        "read": [("GET", "cases", None), ("GET", f"cases/{case}", None), ("GET", f"cases/{case}/advice", None)],
        "write": [("POST", "cases", CASE), ("PUT", f"cases/{case}/archived", {"archived": False})],
    }
    for held in asked:
        headers = world.token("lee", held)
        for needed, requests in asked.items():
            for method, path, body in requests:
                answer = world.ask(method, path, headers, json=body)
                if needed == held:
                    assert answer.status_code in (200, 201), (held, path, answer.text)
                else:
                    told = answer.json()
                    assert (answer.status_code, told["type"], told["scope"]) == (
                        403,
                        "urn:partnership-advisor:scope-needed",
                        needed,
                    )
                    assert answer.headers["WWW-Authenticate"] == f'Bearer error="insufficient_scope", scope="{needed}"'


def test_what_is_saved_is_not_read_by_way_of_a_question(world: World) -> None:
    case = world.ask("POST", "cases", world.token("lee"), json=CASE).json()["id"]
    bodies: dict[str, dict[str, Any]] = {
        "next": {},
        "what-if": {"change": {}},
        "compare": {"with": [""]},
        "document": {"kind": "memo", "format": "markdown"},
    }
    for path, more in bodies.items():
        refused = world.ask("POST", path, world.token("lee", "assess"), json={"saved": case, **more})
        assert (refused.status_code, refused.json()["scope"]) == (403, "read"), path
        assert world.ask("POST", path, world.token("lee", "assess", "read"), json={"saved": case, **more}).status_code == 200
    within = {"case": CASE, "with": [{"saved": case}]}
    assert world.ask("POST", "compare", world.token("lee", "assess"), json=within).status_code == 403


def test_an_administrator_makes_lists_and_ends_them_over_the_api(world: World) -> None:
    own = world.token("ada")
    sent = {"label": "Portal", "scopes": ["read", "assess"], "account": "LEE@example.org", "reference": "unit 7", "days": 30}
    made = world.ask("POST", "tokens", own, json=sent)
    token = made.json()["token"]
    assert made.status_code == 201
    assert {name: token[name] for name in ("label", "scopes", "account", "reference", "used", "revoked")} == {
        "label": "Portal",
        "scopes": ["assess", "read"],
        "account": "lee@example.org",
        "reference": "unit 7",
        "used": None,
        "revoked": None,
    }
    assert timedelta(days=29) < datetime.fromisoformat(token["expires"]) - world.now < timedelta(days=31)
    assert world.ask("GET", "cases", bearer(made.json()["secret"])).status_code == 200
    listed = world.ask("GET", "tokens", own).json()["items"]
    assert next(each for each in listed if each["id"] == token["id"])["used"] is not None
    assert made.json()["secret"] not in str(listed)
    assert world.ask("GET", "tokens", world.token("ed")).json()["items"] == []
    assert world.ask("DELETE", f"tokens/{token['id']}", world.token("ed")).status_code == 404
    assert world.ask("DELETE", f"tokens/{token['id']}", own).status_code == 204
    assert world.ask("DELETE", f"tokens/{token['id']}", own).status_code == 404
    assert world.ask("GET", "cases", bearer(made.json()["secret"])).status_code == 401


def test_nobody_makes_a_token_for_more_than_they_may(world: World) -> None:
    sent = {"label": "x", "scopes": ["write"]}
    assert world.ask("POST", "tokens", world.token("lee"), json=sent).status_code == 404  # no administrator
    lacking = world.ask("POST", "tokens", world.token("ada", "administer"), json=sent)
    assert (lacking.status_code, lacking.json()["scope"]) == (403, "write")
    assert world.ask("POST", "tokens", world.token("ada", "administer", "write"), json=sent).status_code == 201
    elsewhere = world.ask("POST", "tokens", world.token("ada"), json={**sent, "account": "ed@example.org"})
    assert [problem["code"] for problem in elsewhere.json()["problems"]] == ["unknown-email"]
    idle = world.store.people.add("idle@example.org", "idle", "leader", "North", PASSWORD, at=world.now)
    world.store.people.set_active(idle.id, active=False)
    refused = world.ask("POST", "tokens", world.token("ada"), json={**sent, "account": "idle@example.org"})
    (problem,) = refused.json()["problems"]
    assert (refused.status_code, problem["code"], problem["about"]) == (elsewhere.status_code, "account-not-in-use", "account")
    assert "idle@example.org is not in use" in problem["text"]
    assert all(whose.email != "idle@example.org" for _, whose in world.store.tokens.list_services("North"))
    unknown = world.ask("POST", "tokens", world.token("ada"), json={**sent, "scopes": ["everything"], "days": 0})
    assert [problem["about"] for problem in unknown.json()["problems"]] == ["scopes.0", "scopes", "days"]


def test_the_audit_says_by_which_token_and_on_whose_behalf(world: World) -> None:
    case = world.ask("POST", "cases", world.token("lee", "write", reference="caseworker 4711"), json=CASE).json()["id"]
    entry = next(each for each in world.store.audit.list("North").items if each.event == "case-made")
    token = next(token for token, _ in world.store.tokens.list_services("North") if token.reference == "caseworker 4711")
    assert entry.subjects == {"case": case, "by-token": token.id, "on-behalf-of": "caseworker 4711"}


def test_an_administrator_makes_and_ends_one_on_the_page(world: World) -> None:
    with TestClient(world.api.app, "http://127.0.0.1", follow_redirects=False) as browser:
        browser.post("/login", data={"email": "ada@example.org", "password": PASSWORD})
        fields = {"label": "Dashboard", "scopes": ["read"], "account": world.people["lee"].id, "reference": "desk", "days": "30"}
        made = browser.post("/service-tokens", data=fields)
        token, whose = next(each for each in world.store.tokens.list_services("North") if each[0].label == "Dashboard")
        assert (token.scopes, token.reference, whose.id) == (("read",), "desk", world.people["lee"].id)
        secret = made.text.partition('id="secret"')[2].partition(">")[2].partition("<")[0]
        assert holder(world.store.tokens.find(secret, at=world.now)) == whose
        shown = browser.get("/service-tokens").text
        assert "On behalf of desk" in shown
        assert secret not in shown
        wrongs: tuple[dict[str, Any], ...] = (
            {"scopes": []},
            {"scopes": ["all"]},
            {"account": world.people["ed"].id},
            {"days": "5"},
            {"label": ""},
        )
        for wrong in wrongs:
            assert browser.post("/service-tokens", data={**fields, **wrong}).status_code == 422
        assert browser.post(f"/service-tokens/{token.id}/revoke").status_code == 303
        assert world.store.tokens.find(secret, at=world.now) is None
        assert browser.post(f"/service-tokens/{token.id}/revoke").status_code == 404


def test_tokens_of_people_may_do_all_and_are_none_of_a_service(store: Store) -> None:
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", PASSWORD, at=AT)
    own, _ = store.tokens.create(ann, "own", at=AT)
    service, secret = store.tokens.create(ann, "service", at=later(1), scopes=["read", "assess", "read"], reference="a\0b")
    assert (own.scopes, own.service, service.scopes, service.service) == (SCOPES, False, ("assess", "read"), True)
    assert store.tokens.list(ann) == (service, own)
    assert [token for token, _ in store.tokens.list_services("county")] == [service]
    assert not store.tokens.revoke_service("county", own.id, at=later(2))
    assert not store.tokens.revoke_service("elsewhere", service.id, at=later(2))
    assert store.tokens.revoke_service("county", service.id, at=later(2))
    assert store.tokens.find(secret, at=later(3)) is None


def test_everything_wrong_with_a_service_token_is_told_at_once(store: Store) -> None:
    ann = store.people.add("ann@county.example", "Ann", "leader", "county", PASSWORD, at=AT)
    with pytest.raises(InputError) as raised:
        store.tokens.create(ann, "x" * 300, at=AT, scopes=["read", "rule"], reference="y" * 300)
    assert [(each.code, each.about) for each in raised.value.problems] == [
        ("text-too-long", "label"),
        ("text-too-long", "reference"),
        ("unknown-scope", "scopes"),
    ]
    with pytest.raises(InputError) as raised:
        store.tokens.create(ann, "x", at=AT, reference="unit 7")
    assert [each.code for each in raised.value.problems] == ["reference-without-scopes"]
