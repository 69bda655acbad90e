"""What an attacker with two invitations and an account learns of an anonymous respondent's answers: nothing that is forbidden.

Two worlds are held side by side that differ in one anonymous answer. As long as the privacy setting forbids it, everything
that anybody but that respondent can fetch is the same in both, at every moment.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.consultation import LEAST, Respondent, RespondentKind, Shown
from advisor.store.database import Store
from advisor.store.records import Person
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from conftest import ROOT
from support.fresh_databases import migrated
from support.route_table import PARAMETER, routes
from support.visits import PASSWORD

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
QUESTIONS = ("wanted.aim", "wanted.work", "today.state")
READERS = {"leader": "leader", "specialist": "ta-specialist", "other": "leader"}
SEERS = ("leader", "specialist")  # what the others are told is the same whatever there is: that there is nothing
NEVER = "one-entity"  # what only the victim answers, so that it may stand nowhere
NEAR = ("/cases/{case_id}", "/history", "/export/{format}", "/cases/{case}", "/manage")  # what shows the case itself
VARIES = re.compile(r"[a-z2-7]{26}|[\w-]{43}|%2B\d\d|\d{4}-\d\d-\d\dT[\d:.]+Z?")


@dataclass
class World:
    """An office with a consultation that a specialist leads, in which the attacker holds two invitations."""

    app: FastAPI
    store: Store
    people: dict[str, Person]
    clients: dict[str, TestClient]
    tokens: dict[str, str]
    case: str
    consultation: str
    keys: dict[str, str]

    def invite(self, name: str, shown: Shown = "anonymous") -> str:
        someone = Respondent(name, "family", shown=shown)
        by, at = self.people["specialist"], AT + timedelta(seconds=len(self.keys))
        _, key = self.store.respondents.invite(by, self.case, self.consultation, someone, at=at, expires=at + timedelta(days=30))
        self.keys[f"{name}, as sent"] = key
        return key

    def say(self, name: str, aim: str, *, shown: Shown = "anonymous") -> None:
        """Somebody begins and answers."""
        key = self.keys[name] = self.store.respondents.begin(self.invite(name, shown), at=AT)
        self.store.respondents.save(key, {("wanted.aim", None): ((aim,), "A note of mine.")}, at=AT)

    def told(self, *knowing: str, everywhere: bool = False, readers: tuple[str, ...] = SEERS) -> dict[str, str]:
        """All that can be fetched by every account, by the links that were sent, and by the attacker's own two keys."""
        found: dict[str, str] = {}
        given = {
            "case_id": self.case,
            "case": self.case,
            "consultation": self.consultation,
            "form": "html",
            "document": "session",
        }
        given |= {"format": "json", "kind": "memo"}
        for method, path, parameters in routes(self.app):
            asks = method == "GET" and "metrics" not in path and "openapi" not in path
            near = "consultation" in path or path.endswith(NEAR)
            if (
                not (asks and (near or everywhere))
                or not ({"case_id", "case"} & set(parameters))
                or not set(parameters) <= set(given)
            ):
                continue
            address = PARAMETER.sub(lambda match: given[match[1]], path)
            for who, client in ((name, self.clients[name]) for name in readers):
                if path.startswith("/api/"):
                    answer = self.clients["nobody"].get(
                        address, headers={"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
                    )
                else:
                    answer = client.get(address)
                found[f"{who} {path}"] = f"{answer.status_code} {VARIES.sub('#', answer.text)}"
        for name in knowing:
            for address in (f"/answer/{self.keys[name]}", f"/answer/{self.keys[name]}/1", f"/api/v1/answers/{self.keys[name]}"):
                answer = self.clients["nobody"].get(address)
                found[f"{name} {address.replace(self.keys[name], '')}"] = f"{answer.status_code} {VARIES.sub('#', answer.text)}"
        return found


@pytest.fixture
def worlds(tmp_path: Path, loaded: Loaded) -> Iterator[tuple[World, World]]:
    made = [opened(tmp_path / name, loaded) for name in ("one", "two")]
    yield made[0], made[1]
    for world in made:
        world.store.close()


def opened(folder: Path, loaded: Loaded) -> World:
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    app = create_app(settings, loaded=loaded, clock=lambda: AT)
    store: Store = app.state.site.store
    people = {
        name: store.people.add(f"{name}@example.org", name.title(), role, "North", PASSWORD, at=AT)
        for name, role in READERS.items()
    }
    clients = {"nobody": TestClient(app, "http://127.0.0.1", follow_redirects=False)}
    for name in people:
        clients[name] = TestClient(app, "http://127.0.0.1", follow_redirects=False)
        assert clients[name].post("/login", data={"email": f"{name}@example.org", "password": PASSWORD}).status_code == 303
    tokens = {name: store.tokens.create(person, "x", at=AT)[1] for name, person in people.items()}
    file = read_case_file(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary)
    case = store.cases.create(people["leader"], file, at=AT).entry.id
    consultation = store.consultations.open(people["specialist"], case, QUESTIONS, at=AT).id
    return World(app, store, people, clients, tokens, case, consultation, {})


def differing(worlds: tuple[World, World], *knowing: str, everywhere: bool = False) -> list[str]:
    """What tells the two worlds apart, and does so again: what a busy machine shows a moment later tells nothing of an answer."""
    found = _differing(worlds, *knowing, everywhere=everywhere)
    again = _differing(worlds, *knowing, everywhere=everywhere) if found else []
    return [where for where in found if where in again]


def _differing(worlds: tuple[World, World], *knowing: str, everywhere: bool) -> list[str]:
    one, two = (world.told(*knowing, everywhere=everywhere) for world in worlds)
    assert one.keys() == two.keys()
    assert len(one) > (80 if everywhere else 35)
    assert [
        where
        for where in one
        if where.startswith("specialist /cases/{case_id}/consultations/{consultation}") and one[where][:3] == "200"
    ]
    return [where for where in one if one[where] != two[where]]


def everybody(worlds: tuple[World, World], name: str, aim: str, *, shown: Shown = "anonymous") -> None:
    for world in worlds:
        world.say(name, aim, shown=shown)


def close(worlds: Sequence[World]) -> None:
    for world in worlds:
        world.store.consultations.close(world.people["specialist"], world.case, world.consultation, at=AT)


def again(worlds: Sequence[World], **aims: str) -> None:
    """A further round in which some people answer, and that is closed."""
    for world in worlds:
        by, first = world.people["specialist"], world.consultation
        made = world.store.consultations.open_round(by, world.case, first, at=AT + timedelta(hours=1)).id
        until = AT + timedelta(days=30)
        for invited, key in world.store.respondents.ask_again(by, world.case, first, made, at=AT, expires=until):
            if aim := aims.get(invited.respondent.name.replace(" ", "_")):
                onward = world.store.respondents.begin(key, at=AT)
                world.store.respondents.save(onward, {("wanted.aim", None): ((aim,), "")}, at=AT)
        world.consultation = made
    close(worlds)


def who_answered_differs(worlds: tuple[World, World]) -> None:
    """Six answered alike in both worlds but that the victim and one other have each other's answer."""
    everybody(worlds, "Known", "exchange", shown="by-name")
    for number in range(4):
        everybody(worlds, f"Parent {number}", "exchange" if number % 2 else "common-goal")
    for world, (victims, others) in zip(worlds, ((NEVER, "exchange"), ("exchange", NEVER)), strict=True):
        world.say("Victim", victims)
        world.say("Parent 4", others)
    close(worlds)


MINE = ("Attacker 1", "Attacker 2", "Attacker 1, as sent", "Victim, as sent")


def test_below_five_nothing_tells_what_an_anonymous_respondent_answered(worlds: tuple[World, World]) -> None:
    everybody(worlds, "Known", "exchange", shown="by-name")
    for name, aim in (("Attacker 1", "exchange"), ("Attacker 2", "common-goal"), ("Another", "exchange")):
        everybody(worlds, name, aim)
    worlds[0].say("Victim", "exchange")
    worlds[1].say("Victim", NEVER)
    assert LEAST == 5
    assert differing(worlds, *MINE) == []
    close(worlds)
    assert differing(worlds, *MINE) == []


@pytest.mark.long
def test_neither_does_any_other_page_of_the_case(worlds: tuple[World, World]) -> None:
    everybody(worlds, "Known", "exchange", shown="by-name")
    worlds[0].say("Victim", "exchange")
    worlds[1].say("Victim", NEVER)
    close(worlds)
    assert differing(worlds, "Victim, as sent", everywhere=True) == []


def test_while_it_is_open_no_answer_tells_whose_it_is_however_many_there_are(worlds: tuple[World, World]) -> None:
    """Before and after the victim answers, and whatever that is, all there is to fetch is the same but that they began."""
    everybody(worlds, "Known", "exchange", shown="by-name")
    for number in range(LEAST):
        everybody(worlds, f"Parent {number}", "exchange" if number % 2 else "common-goal")
    for name in ("Attacker 1", "Attacker 2"):
        everybody(worlds, name, "exchange")
    for world in worlds:
        world.keys["Victim"] = world.store.respondents.begin(world.invite("Victim"), at=AT)
    worlds[1].store.respondents.save(worlds[1].keys["Victim"], {("wanted.aim", None): ((NEVER,), "")}, at=AT)
    assert differing(worlds, *MINE) == []


def test_where_all_said_the_same_nobody_is_told_that_they_did(worlds: tuple[World, World]) -> None:
    """Six answered alike, in one world this, in the other that: it would give every one of them away."""
    everybody(worlds, "Known", "exchange", shown="by-name")
    for number in range(LEAST):
        worlds[0].say(f"Parent {number}", "common-goal")
        worlds[1].say(f"Parent {number}", NEVER)
    close(worlds)
    assert differing(worlds) == []


def test_a_name_that_is_for_the_specialist_only_is_told_to_nobody_else(worlds: tuple[World, World]) -> None:
    everybody(worlds, "Known", "exchange", shown="by-name")
    worlds[0].say("Director", "exchange", shown="to-specialist")
    worlds[1].say("Director", NEVER, shown="to-specialist")
    for world in worlds:
        world.keys["Director, as sent"] = world.keys["Director, as sent"]
    for _ in range(2):
        found = differing(worlds, "Director, as sent")
        assert found
        assert {where for where in found if not where.startswith("specialist ")} == set()
        close(worlds)


def test_what_is_shared_at_the_table_has_no_name_that_is_for_the_specialist_only(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    world.say("Known", "exchange", shown="by-name")
    world.say("Director", NEVER, shown="to-specialist")
    at, specialist = f"/cases/{world.case}/consultations/{world.consultation}", world.clients["specialist"]
    option = "Turn separate services or organizations into one"
    for closed in (False, True):
        assert option in specialist.get(f"{at}/map").text
        shared = [f"{at}/documents/session.markdown", f"{at}/documents/record.markdown", f"{at}/reconcile"]
        shared += [f"{at}/reconcile/line?line=wanted.aim"] if closed else []
        for address in shared:
            answer = specialist.get(address)
            assert answer.status_code == 200
            assert "Known" in answer.text or "reconcile" in address
            assert "Director" not in answer.text
            assert f"{option} (" not in answer.text
        world.store.consultations.close(world.people["specialist"], world.case, world.consultation, at=AT)


def test_the_handout_has_what_stands_and_nobody_who_said_so(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    world.say("Known", NEVER, shown="by-name")
    at = f"/cases/{world.case}/consultations/{world.consultation}/documents"
    packet, handout = (world.clients["specialist"].get(f"{at}/{kind}.markdown").text for kind in ("session", "handout"))
    assert "Known" in packet
    assert "Known" not in handout
    assert "What stands, whoever is right" in handout
    found = world.store.consultations.read(world.people["specialist"], world.case, world.consultation).partners
    assert [[f"\n## {partner}\n" in paper for partner in found] for paper in (packet, handout)] == [
        [True] * len(found),
        [False] * len(found),
    ]


def test_from_five_on_an_answer_is_told_and_never_whose_it_is(worlds: tuple[World, World]) -> None:
    """The same answers by other people: nobody can tell the worlds apart."""
    everybody(worlds, "Known", "exchange", shown="by-name")
    aims = ["exchange", "exchange", NEVER, "common-goal", "exchange"]
    for number in range(LEAST):
        worlds[0].say(f"Parent {number}", aims[number])
        worlds[1].say(f"Parent {number}", aims[-1 - number])
    close(worlds)
    assert differing(worlds) == []
    shown = worlds[0].clients["specialist"].get(f"/cases/{worlds[0].case}/consultations/{worlds[0].consultation}/map").text
    assert "Turn separate services or organizations into one" in shown


def test_the_other_leader_learns_not_even_that_there_is_a_consultation(worlds: tuple[World, World]) -> None:
    everybody(worlds, "Known", "exchange", shown="by-name")
    told = worlds[0].told("Known", readers=("other", "nobody"))
    about = {where: text for where, text in told.items() if where.startswith(("other ", "nobody "))}
    assert {text[:3] for where, text in about.items() if "consultation" in where} <= {"404", "401", "303"}


def test_the_link_as_it_was_sent_reads_no_answer_of_whom_it_is_for(worlds: tuple[World, World]) -> None:
    world = worlds[0]
    world.say("Victim", NEVER)
    for path in ("/answer/{0}", "/answer/{0}/1", "/api/v1/answers/{0}"):
        answer = world.clients["specialist"].get(path.format(world.keys["Victim, as sent"]))
        assert NEVER not in answer.text
    sent = f"/answer/{world.keys['Victim, as sent']}/begin"
    assert world.clients["specialist"].post(sent).status_code == 410
    by, found = (
        world.people["specialist"],
        world.store.respondents.list(world.people["specialist"], world.case, world.consultation),
    )
    renewed = world.clients["specialist"].post(
        f"/cases/{world.case}/consultations/{world.consultation}/respondents/{found[0].id}/renew", data={"days": "14"}
    )
    fresh = re.search(r"/answer/[\w-]+", renewed.text)
    assert fresh
    onward = world.clients["nobody"].post(f"{fresh[0]}/begin").headers["location"]
    assert f'value="{NEVER}" checked' not in world.clients["nobody"].get(f"{onward}/1").text
    assert world.store.respondents.views(by, world.case, world.consultation) == ()


@pytest.mark.long
def test_who_is_missing_in_a_further_round_is_not_told_by_comparing_it_with_the_first(worlds: tuple[World, World]) -> None:
    """All others answer as before: what is gone from the second round would be what the victim said in the first."""
    who_answered_differs(worlds)
    assert differing(worlds) == []
    same = {f"Parent_{number}": "exchange" if number % 2 else "common-goal" for number in range(4)}
    again(worlds[:1], **same, Parent_4="exchange", Known="exchange")
    again(worlds[1:], **same, Parent_4=NEVER, Known="exchange")
    assert differing(worlds) == []


@pytest.mark.long
def test_that_comparison_would_tell_it_if_answers_were_not_held_back(
    worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("advisor.store.respondents.may_be_compared", lambda *_: True)
    who_answered_differs(worlds)
    same = {f"Parent_{number}": "exchange" if number % 2 else "common-goal" for number in range(4)}
    again(worlds[:1], **same, Parent_4="exchange", Known="exchange")
    again(worlds[1:], **same, Parent_4=NEVER, Known="exchange")
    assert differing(worlds) != []


@pytest.mark.long
def test_of_hands_below_five_nothing_is_told_and_from_five_on_not_how_many(worlds: tuple[World, World]) -> None:
    """Family members' hands: three in one world for this, in the other for that; of six the same answers in other numbers."""
    counted: list[dict[RespondentKind, dict[str, int]]] = [
        {"family": {"exchange": 3}, "partner": {"exchange": 5, "common-goal": 1}},
        {"family": {NEVER: 3}, "partner": {"exchange": 1, "common-goal": 5}},
    ]
    everybody(worlds, "Known", "exchange", shown="by-name")
    for world, raised in zip(worlds, counted, strict=True):
        by = world.people["specialist"]
        world.store.hands.count(by, world.case, world.consultation, ("wanted.aim", None), raised, at=AT)
    assert differing(worlds) == []
    at = f"/cases/{worlds[0].case}/consultations/{worlds[0].consultation}"
    assert "some people of partners" not in worlds[0].clients["specialist"].get(f"{at}/map").text
    close(worlds)
    assert differing(worlds) == []
    assert "some people of partners" in worlds[0].clients["specialist"].get(f"{at}/documents/session.markdown").text
