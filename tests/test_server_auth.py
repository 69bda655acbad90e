"""Every route of the application is tried as each person who must not see a case, as it stands in the route table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.model.case import Case, Partner
from advisor.model.consultation import Respondent
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.database import Store
from advisor.store.outbox import EVENTS
from advisor.store.records import Person
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.fresh_databases import migrated
from support.route_table import filled, routes
from support.visits import PASSWORD

SECRET = ("Xylophone", "Quagmire", "Zephyrine")  # the case's name, its partner's and its scenario's
PEOPLE = {
    "owner": ("leader", "North"),
    "colleague": ("leader", "North"),
    "planner": ("planner", "North"),
    "specialist": ("ta-specialist", "North"),
    "administrator": ("administrator", "North"),
    "gone": ("planner", "North"),
    "other leader": ("leader", "South"),
    "other planner": ("planner", "South"),
    "other specialist": ("ta-specialist", "South"),
    "other administrator": ("administrator", "South"),
    "both": ("administrator", "South"),  # and of North too, and in South as long as nobody switches
}
SEERS = ("owner", "planner", "specialist", "administrator")
RIGHT = {
    "case_id": SEERS,
    "case": SEERS,
    "token_id": ("owner",),
    "passkey": ("owner",),
    "service_token": ("administrator",),
    "webhook": ("administrator",),
    "invitation": ("administrator",),
    "person_id": ("administrator",),
}
GOAL = "dimension=integration"
BODIES: dict[str, dict[str, object]] = {  # what is asked of a saved case that is named in the body
    "/api/v1/why": {"of": "proceed"},
    "/api/v1/why-not": {"goal": GOAL},
    "/api/v1/settle": {},
    "/api/v1/next": {},
    "/api/v1/next-step": {},
    "/api/v1/question": {"question": "wanted.aim"},
    "/api/v1/first-page": {},
    "/api/v1/reach": {"goals": [GOAL]},
    "/api/v1/what-if": {"change": {}},
    "/api/v1/compare": {"with": [SECRET[2]]},
    "/api/v1/sensitivity": {},
    "/api/v1/roadmap": {"goal": GOAL},
    "/api/v1/picture": {},
    "/api/v1/document": {"kind": "memo", "format": "markdown"},
}
EVERYBODY = (*PEOPLE, "nobody")


@dataclass
class World:
    """An application in which one leader of one organisation has a case, with everybody else around."""

    app: FastAPI
    store: Store
    people: dict[str, Person]
    tokens: dict[str, str]
    given: dict[str, str]
    clients: dict[str, TestClient]

    @property
    def query(self) -> dict[str, str]:
        """What pages ask for in their addresses."""
        return {"of": self.given["of"], "goal": GOAL, "with": SECRET[2], "on": SECRET[2], "name": SECRET[2]}

    def state(self) -> object:
        """All that a wrong person could have changed."""
        owner, cases = self.people["owner"], self.store.cases
        return (
            [entry for archived in (False, True) for entry in cases.list(owner, archived=archived, limit=100).items],
            cases.read(owner, self.given["case_id"]),
            cases.history(owner, self.given["case_id"]),
            self.store.links.list(owner, self.given["case_id"]),
            self.store.follow_ups.steps(owner, self.given["case_id"]),
            self.store.consultations.list(owner, self.given["case_id"]),
            self.store.respondents.list(owner, self.given["case_id"], self.given["consultation"]),
            self.store.respondents.views(owner, self.given["case_id"], self.given["consultation"]),
            self.store.consultations.decisions(owner, self.given["case_id"], self.given["consultation"]),
            self.store.passkeys.list(owner.id),
            [token.revoked for token in self.store.tokens.list(owner)],
            self.store.people.list("North"),
            self.store.invitations.list("North", at=datetime.now(UTC)),
            self.store.organizations.find("North"),
            [advice.id for advice in self.store.advices.list(owner, self.given["case_id"]).items],
        )

    def ask(self, who: str, method: str, path: str) -> Response:
        """Send a request as somebody, with a token for the API."""
        client = self.clients[who]
        if path.startswith("/api/"):
            headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
            headers |= {"If-Match": "*"} if method in ("PUT", "PATCH", "DELETE") else {}
            body: dict[str, object] = {"archived": True} if path.endswith("archived") else {"name": "Taken over"}
            if path in BODIES:
                body = {"saved": self.given["case_id"], **BODIES[path]}
            client = self.clients["nobody"]  # a program brings its token, and no cookies
            return client.request(method, path, headers=headers, json=body if method != "GET" else None)
        if method == "GET":
            return client.get(path, params=self.query)
        return client.request(method, path, data={"name": "Taken over", "revision": "1"})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("access")
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    at = datetime.now(UTC)
    people = {
        name: store.people.add(f"{name.replace(' ', '.')}@example.org", name, role, place, PASSWORD, at=at)
        for name, (role, place) in PEOPLE.items()
    }
    store.memberships.join(people["both"].id, "North", "administrator", at=at + timedelta(seconds=1))
    passkey = store.passkeys.add(people["owner"].id, SECRET[0], "AQID", b"key", 0, at=at)
    tokens = {name: store.tokens.create(person, "test", at=at) for name, person in people.items()}
    owner = people["owner"]
    case = Case(SECRET[0], {}, (Partner(SECRET[1], {}),))
    saved = store.cases.create(owner, CaseFile(case, {SECRET[2]: Scenario(SECRET[2])}), at=at)
    link, _ = store.links.create(owner, saved.entry.id, "advice", (), at=at, expires=at + timedelta(days=1))
    question = loaded.rulebook.vocabulary.asked_of("agency")[0]
    consultation = store.consultations.open(owner, saved.entry.id, [question.id], at=at).id
    respondent, key = store.respondents.invite(
        owner, saved.entry.id, consultation, Respondent(SECRET[1], "agency"), at=at, expires=at + timedelta(days=1)
    )
    store.respondents.begin(key, at=at)
    store.respondents.save(key, {(question.id, None): ((question.options[0],), SECRET[2])}, at=at)
    webhook, _ = store.webhooks.create("North", "https://portal.example/told", EVENTS, at=at)
    invitation, _ = store.invitations.make(people["administrator"], "new@example.org", "leader", at=at)
    service, _ = store.tokens.create(owner, "service", at=at, scopes=["read"])
    app = create_app(settings, loaded=loaded)
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as first:
        clients = {name: TestClient(app, "http://127.0.0.1", follow_redirects=False) for name in EVERYBODY}
        for name in PEOPLE:
            client = clients[name]
            data = {"email": people[name].email, "password": PASSWORD}
            assert client.post("/login", data=data).status_code == 303
        kept = first.get(f"/api/v1/cases/{saved.entry.id}/advice", headers={"Authorization": f"Bearer {tokens['owner'][1]}"})
        assert kept.status_code == 200
        store.people.set_active(people["gone"].id, False)
        given = {
            "case_id": saved.entry.id,
            "section": loaded.rulebook.vocabulary.sections[0],
            "partner_section": next(q.section for q in loaded.rulebook.vocabulary.asked_of("partner")),
            "number": "1",
            "step": loaded.rulebook.vocabulary.asked_of("agency")[0].id,
            "token_id": tokens["owner"][0].id,
            "passkey": passkey.id,
            "service_token": service.id,
            "webhook": webhook.id,
            "invitation": invitation.id,
            "link_id": link.id,
            "person_id": owner.id,
            "advice": store.advices.list(owner, saved.entry.id).items[0].id,
            "scenario": SECRET[2],
            "name": SECRET[2],
            "secret": "no-such-secret",
            "provider": "none",
            "key": "no-such-key",
            "consultation": consultation,
            "respondent": respondent.id,
            "session_id": "0" * 20,
            "example": "readme",
            "format": "yaml",
            "kind": "memo",
            "form": "html",
            "of": next(iter(kept.json()["justification"])),
            "case": saved.entry.id,
            "document": "session",
            "rule": next(iter(loaded.rulebook.rules)),
            "source": next(iter(loaded.rulebook.sources)),
        }
        yield World(app, store, people, {name: secret for name, (_, secret) in tokens.items()}, given, clients)
    store.close()


def refused(answer: Response) -> bool:
    """Whether somebody was turned away."""
    to_login = answer.status_code == 303 and answer.headers["location"].startswith("/login")
    return answer.status_code in (401, 404) or to_login


def test_every_route_turns_away_each_wrong_person_and_changes_nothing(world: World) -> None:
    before, wrong, tried = world.state(), [], 0
    for method, path, parameters in routes(world.app):
        kind = next((name for name in RIGHT if name in parameters), None)
        if kind is None:
            continue
        for who in (name for name in EVERYBODY if name not in RIGHT[kind]):
            answer = world.ask(who, method, filled(path, world.given))
            tried += 1
            if not refused(answer) or any(word in answer.text for word in SECRET):
                wrong.append(f"{who}: {method} {path}: {answer.status_code}")
    assert not wrong
    assert world.state() == before
    assert tried > 200


def test_no_route_without_a_case_in_its_path_tells_of_another_persons_case(world: World) -> None:
    before, wrong = world.state(), []
    for method, path, parameters in routes(world.app):
        if any(name in parameters for name in RIGHT) or path in ("/logout", "/account/sign-out"):
            continue
        for who in (name for name in EVERYBODY if name not in SEERS):
            answer = world.ask(who, method, filled(path, world.given))
            if any(word in answer.text for word in SECRET) or answer.status_code >= 500:
                wrong.append(f"{who}: {method} {path}: {answer.status_code}")
    assert not wrong
    assert world.state() == before


def test_nobody_gets_further_than_the_login_without_an_account(world: World) -> None:
    public = {"/login", "/shared/{secret}", "/api/v1/health", "/api/v1/ready", "/api/v1/openapi.json", "/api/v1/words"}
    let_in = []
    for method, path, _ in routes(world.app):
        answer = world.ask("nobody", method, filled(path, world.given))
        if path not in public and not refused(answer):
            let_in.append(f"{method} {path}: {answer.status_code}")
    assert not let_in


def test_every_operation_that_takes_a_saved_case_takes_it_from_those_who_may_see_it(world: World) -> None:
    described = world.clients["nobody"].get("/api/v1/openapi.json").json()
    schemas = described["components"]["schemas"]
    naming = {name for name, schema in schemas.items() if "saved" in schema.get("properties", {})}
    taking = {
        path
        for path, methods in described["paths"].items()
        if any(f"schemas/{name}" in str(methods.get("post", {}).get("requestBody")) for name in naming)
    }
    assert {path if path.startswith("/api/") else f"/api/v1{path}" for path in taking} == set(BODIES)
    for path in BODIES:
        told = {who: world.ask(who, "POST", path).status_code for who in EVERYBODY}
        assert {who for who, status in told.items() if status == 200} == set(SEERS), (path, told)
        assert {told[who] for who in EVERYBODY if who not in SEERS} == {401, 404}, (path, told)


def test_a_case_of_others_cannot_be_held_against_ones_own(world: World) -> None:
    told = {}
    for who, secret in world.tokens.items():
        body = {"case": {"name": "Mine"}, "with": [{"saved": world.given["case_id"]}]}
        headers = {"Authorization": f"Bearer {secret}"}
        told[who] = world.clients["nobody"].post("/api/v1/compare", json=body, headers=headers).status_code
    assert {who for who, status in told.items() if status == 200} == set(SEERS)
    assert {told[who] for who in told if who not in SEERS} == {401, 404}


@pytest.mark.parametrize("who", SEERS)
def test_those_who_may_see_a_case_do(world: World, who: str) -> None:
    seen = {}
    for method, path, parameters in routes(world.app):
        if method == "GET" and ("case_id" in parameters or "case" in parameters):
            section = world.given["partner_section" if "number" in parameters else "section"]
            answer = world.ask(who, method, filled(path, {**world.given, "section": section}))
            seen[path] = answer.status_code
            fitting = (404,) if path.endswith("/hold") and who != "administrator" else (200, 303, 308)
            assert answer.status_code in fitting, (path, answer.status_code)
    assert len(seen) > 10
    assert SECRET[0] in world.ask(who, "GET", "/cases").text


def test_who_belongs_to_both_organizations_sees_a_case_of_the_other_once_they_switch_and_no_longer_once_back(
    world: World,
) -> None:
    seen = []
    for place in ("North", "South"):
        world.clients["both"].post("/switch", data={"organization": place})
        seen.append(
            (
                world.ask("both", "GET", f"/cases/{world.given['case_id']}").status_code,
                SECRET[0] in world.ask("both", "GET", "/cases").text,
            )
        )
    assert seen == [(200, True), (404, False)]
    assert world.ask("both", "GET", f"/api/v1/cases/{world.given['case_id']}").status_code == 404  # the token is one of South


def test_no_form_is_taken_from_another_site(world: World) -> None:
    before, taken = world.state(), []
    for method, path, _ in routes(world.app):
        if method == "GET" or path.startswith("/api/"):
            continue
        for who in ("owner", "administrator"):
            headers = {"Origin": "https://evil.example"}
            answer = world.clients[who].request(method, filled(path, world.given), data={"name": "Forged"}, headers=headers)
            if answer.status_code != 403:
                taken.append(f"{who}: {method} {path}: {answer.status_code}")
    assert not taken
    assert world.state() == before


def test_a_page_says_nothing_different_of_a_case_that_is_not_there(world: World) -> None:
    there = world.clients["other planner"].get(f"/cases/{world.given['case_id']}")
    not_there = world.clients["other planner"].get("/cases/aaaaaaaaaaaaaaaaaaaaaa")
    assert there.status_code == not_there.status_code == 404
    assert there.text.replace(world.given["case_id"], "") == not_there.text.replace("aaaaaaaaaaaaaaaaaaaaaa", "")


def test_sessions_end_with_the_account(world: World) -> None:
    assert world.clients["gone"].get("/cases").headers["location"].startswith("/login")
    assert world.ask("gone", "GET", "/api/v1/cases").status_code == 401


def test_a_link_ends_with_the_account_of_who_made_it(world: World) -> None:
    at, until = datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)
    shown = {}
    for maker in ("planner", "gone"):
        for shows, scenarios in (("advice", ()), ("compare", ("", SECRET[2]))):
            made = world.store.links.create(world.people[maker], world.given["case_id"], shows, scenarios, at=at, expires=until)
            shown[maker, shows] = world.clients["nobody"].get(f"/shared/{made[1]}").status_code
    assert shown == {("planner", "advice"): 200, ("planner", "compare"): 200, ("gone", "advice"): 404, ("gone", "compare"): 404}


def test_a_link_ends_with_its_makers_sight_of_the_case(world: World) -> None:
    at, place = datetime.now(UTC), world.people["administrator"].organization
    maker = world.store.people.add("for.a.while@example.org", "For a while", "administrator", place, PASSWORD, at=at)
    case, until = world.given["case_id"], at + timedelta(days=1)
    _, secret = world.store.links.create(maker, case, "advice", (), at=at, expires=until)
    assert world.clients["nobody"].get(f"/shared/{secret}").status_code == 200
    world.store.people.change(maker.id, name=maker.name, role="leader", organization=place, at=at)
    assert world.clients["nobody"].get(f"/shared/{secret}").status_code == 404


@pytest.mark.parametrize("address", ["//[", "http://[", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"])
def test_after_signing_in_nobody_is_sent_to_another_site(world: World, address: str) -> None:
    client = TestClient(world.app, "http://127.0.0.1", follow_redirects=False)
    assert client.get("/login", params={"next": address}).status_code == 200
    data = {"email": world.people["planner"].email, "password": PASSWORD, "next": address}
    assert client.post("/login", data=data).headers["location"] == "/"
