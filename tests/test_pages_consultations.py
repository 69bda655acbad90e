"""Consultations by their pages: opened, asked, answered by a link without an account, closed, agreed on, taken over."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from conftest import ROOT
from support.visits import PASSWORD

EXAMPLE = "domestic-violence-waiting-list"


@dataclass
class Clock:
    """A clock that is set."""

    now: datetime = field(default_factory=lambda: datetime(2026, 1, 5, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Office:
    """A site where a leader has a case and a specialist leads a consultation on it."""

    specialist: TestClient
    leader: TestClient
    nobody: TestClient
    clock: Clock
    case: str
    consultation: str
    partners: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"/cases/{self.case}/consultations/{self.consultation}"

    def invite(self, name: str, speaks: str = "agency", partner: str = "", shown: str = "", days: str = "14") -> str:
        data = {"name": name, "speaks": speaks, "for": partner, "shown": shown, "days": days}
        answer = self.specialist.post(f"{self.address}/respondents", data=data)
        assert answer.status_code == 200, said(answer)
        found = re.search(r"/answer/[\w-]+", answer.text)
        assert found
        return found[0]

    def begin(self, link: str) -> str:
        answer = self.nobody.post(f"{link}/begin")
        assert answer.status_code == 303, said(answer)
        return answer.headers["location"]

    def answer(self, link: str, **given: str) -> None:
        """Answer questions about the agency, each by the page that asks it."""
        for number in range(1, 40):
            page = self.nobody.get(f"{link}/{number}")
            if page.status_code != 200:
                return
            names = re.findall(r'name="asked" value="([^"]+)"', page.text)
            values = {
                name: given[name.replace(".", "_").replace("-", "_")]
                for name in names
                if name.replace(".", "_").replace("-", "_") in given
            }
            if values:
                saved = self.nobody.post(f"{link}/{number}", data={"asked": names, **values, "go": "on"})
                assert saved.status_code == 303, said(saved)


def said(answer: Response) -> str:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


@pytest.fixture
def office(tmp_path: Path, loaded: Loaded) -> Iterator[Office]:
    clock = Clock()
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    app = create_app(settings, loaded=loaded, clock=clock)
    app.state.site.store.upgrade()
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as nobody:
        store = app.state.site.store
        people = {
            name: store.people.add(f"{name}@example.org", name.title(), role, "North", PASSWORD, at=clock())
            for name, role in (("leader", "leader"), ("specialist", "ta-specialist"))
        }
        clients = {}
        for name in people:
            clients[name] = TestClient(app, "http://127.0.0.1", follow_redirects=False)
            assert clients[name].post("/login", data={"email": f"{name}@example.org", "password": PASSWORD}).status_code == 303
        file = read_case_file(ROOT / "examples" / f"{EXAMPLE}.yaml", loaded.rulebook.vocabulary)
        case = store.cases.create(people["leader"], file, at=clock()).entry.id
        opened = clients["specialist"].post(f"/cases/{case}/consultations")
        assert opened.status_code == 303, said(opened)
        consultation = opened.headers["location"].partition("?")[0].rpartition("/")[2]
        partners = tuple(partner.name for partner in file.case.partners)
        yield Office(clients["specialist"], clients["leader"], nobody, clock, case, consultation, partners)


def test_a_consultation_from_the_first_link_to_the_case_as_agreed(office: Office) -> None:
    before = office.leader.get(f"/cases/{office.case}/export/json").text
    agency, partner = office.invite("The director"), office.invite("The shelter", "partner", office.partners[0])
    welcome = office.nobody.get(agency)
    assert "Everybody who works on this case here sees your answers with your name." in said(welcome)
    for link, aim, work in ((agency, "common-outcomes", "change-practice"), (partner, "exchange", "exchange")):
        assert office.begin(link) == link
        office.answer(link, wanted_aim=aim, wanted_work=work)
    lead = said(office.specialist.get(office.address))
    assert "2 of 2 have begun to answer." in lead
    stands = said(office.specialist.get(f"{office.address}/stands"))
    assert "The director" in stands
    assert "What stands, whoever is right" in stands
    assert "The shelter" in said(office.leader.get(f"{office.address}/map"))
    first = said(office.specialist.get(f"{office.address}/disagreements"))
    assert "1. " in first, first
    assert "Close the consultation first" in said(office.leader.get(f"{office.address}/reconcile"))
    assert office.specialist.post(f"{office.address}/close").status_code == 303
    listed = office.specialist.get(f"{office.address}/reconcile")
    lines = [unescape(each) for each in re.findall(r'href="([^"]*/reconcile/line\?[^"]*)"', listed.text)]
    assert any("wanted.aim" in line for line in lines)
    aim = next(line for line in lines if "wanted.aim" in line)
    shown = office.specialist.get(aim)
    assert "The director" in shown.text
    decide = f"{office.address}/reconcile/line"
    refused = office.specialist.post(decide, data={"line": "wanted.aim", "note": "no choice"})
    assert refused.status_code == 422
    kept = office.specialist.post(decide, data={"line": "wanted.aim", "agreed": "exchange", "note": "We said so."})
    assert kept.status_code == 303, said(kept)
    assert office.leader.get(f"/cases/{office.case}/export/json").text == before  # nobody's answers change the case
    assert "Only Leader, whose case this is, can take it over." in said(office.specialist.get(f"{office.address}/reconcile"))
    assert office.specialist.post(f"{office.address}/adopt", data={"revision": "1"}).status_code == 404
    assert office.leader.post(f"{office.address}/adopt", data={"revision": "7"}).status_code == 409
    assert office.leader.get(f"/cases/{office.case}/export/json").text == before
    assert office.leader.post(f"{office.address}/adopt", data={"revision": "1"}).status_code == 303
    assert "exchange" in office.leader.get(f"/cases/{office.case}/export/json").text
    assert "taken over from what a consultation agreed" in said(office.leader.get(f"/cases/{office.case}/history"))
    record = office.leader.get(f"{office.address}/documents/record.html")
    assert record.status_code == 200
    assert "We said so." in record.text
