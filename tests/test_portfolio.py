"""All cases at a glance: by verdict, by how far they are, by what is overdue and by what is contested; each sees their own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.consultation import Respondent, Shown
from advisor.model.scenario import CaseFile
from advisor.store.database import Store
from advisor.store.follow_ups import NewStep
from advisor.store.records import Person
from advisor.web.app import create_app
from advisor.web.followed import followed
from advisor.web.settings import read_settings
from conftest import ROOT
from support.fresh_databases import migrated
from support.visits import PASSWORD

NOW = datetime(2027, 3, 10, 9, tzinfo=UTC)


@dataclass
class Agency:
    """An organization in which two leaders have cases, and a specialist who sees them all; and somebody elsewhere."""

    store: Store
    people: dict[str, Person]
    tokens: dict[str, str]
    client: TestClient
    cases: dict[str, str]

    def told(self, who: str, **wanted: str) -> dict[str, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        answer = self.client.get("/api/v1/portfolio", params=wanted, headers=headers)
        assert answer.status_code == 200, answer.text
        return {each["name"]: each for each in answer.json()["items"]}

    def answered(self, consultation: str, case: str, name: str, aim: str, shown: Shown = "by-name") -> None:
        by = self.people["specialist"]
        someone = Respondent(name, "agency", shown=shown)
        until = NOW + timedelta(days=9)
        _, key = self.store.respondents.invite(by, case, consultation, someone, at=NOW, expires=until)
        onward = self.store.respondents.begin(key, at=NOW)
        self.store.respondents.save(onward, {("wanted.aim", None): ((aim,), "")}, at=NOW)


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[Agency]:
    folder = tmp_path_factory.mktemp("portfolio")
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    app = create_app(settings, loaded=loaded, clock=lambda: NOW)
    site = app.state.site
    store: Store = site.store
    roles = {"leader": "leader", "other": "leader", "specialist": "ta-specialist", "elsewhere": "ta-specialist"}
    people = {
        name: store.people.add(
            f"{name}@example.org", name.title(), role, "South" if name == "elsewhere" else "North", PASSWORD, at=NOW
        )
        for name, role in roles.items()
    }
    tokens = {name: store.tokens.create(person, "x", at=NOW)[1] for name, person in people.items()}
    file = CaseFile(read_case(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary), {})
    cases = {}
    for name, owner in (("Late", "leader"), ("Asked", "leader"), ("Agreed", "other"), ("New", "other")):
        case = Case(name, file.case.answers, file.case.partners) if name != "New" else Case(name, {})
        cases[name] = store.cases.create(people[owner], CaseFile(case, {}), at=NOW).entry.id
    made = Agency(store, people, tokens, TestClient(app, "http://127.0.0.1", follow_redirects=False), cases)
    moment = followed(site, people["leader"], cases["Late"], NOW.date()).items[0].moment
    store.follow_ups.add(people["leader"], cases["Late"], [NewStep("due", moment, "", date(2027, 3, 9))], at=NOW)
    by = people["specialist"]
    asked, closed = (store.consultations.open(by, cases[name], ["wanted.aim"], at=NOW).id for name in ("Asked", "Agreed"))
    made.answered(asked, cases["Asked"], "Private", "exchange", "anonymous")
    made.answered(closed, cases["Agreed"], "Open", "exchange")
    store.consultations.close(by, cases["Agreed"], closed, at=NOW)
    yield made
    site.service.close()
    store.close()


def test_a_specialist_sees_all_at_a_glance_and_what_is_overdue_first(agency: Agency) -> None:
    told = agency.told("specialist")
    assert next(iter(told)) == "Late"
    assert {name: each["progress"] for name, each in told.items()} == {
        "Late": "following",
        "Asked": "asking",
        "Agreed": "agreeing",
        "New": "advice",
    }
    assert told["Late"]["overdue"] > 0
    assert {each["overdue"] for name, each in told.items() if name != "Late"} == {0}
    assert {name: each["contested"] for name, each in told.items()} == {"Late": None, "Asked": 0, "Agreed": 1, "New": None}
    assert (told["New"]["decision"], told["Late"]["decision"]) == (None, told["Asked"]["decision"])
    assert told["Late"]["closeness"] == "collaboration"


def test_each_sees_only_what_they_may(agency: Agency) -> None:
    assert set(agency.told("leader")) == {"Late", "Asked"}
    assert set(agency.told("other")) == {"Agreed", "New"}
    assert agency.told("elsewhere") == {}
    assert agency.client.get("/api/v1/portfolio").status_code == 401


def test_it_is_narrowed_by_each(agency: Agency) -> None:
    decision = agency.told("specialist")["Late"]["decision"]
    assert set(agency.told("specialist", decision=decision)) == {"Late", "Asked", "Agreed"}
    assert set(agency.told("specialist", progress="asking")) == {"Asked"}
    assert set(agency.told("specialist", overdue="true")) == {"Late"}
    assert set(agency.told("specialist", contested="true")) == {"Agreed"}
    assert agency.told("specialist", contested="true", overdue="true") == {}


def test_the_page_says_the_same(agency: Agency) -> None:
    assert agency.client.post("/login", data={"email": "specialist@example.org", "password": PASSWORD}).status_code == 303
    whole = agency.client.get("/portfolio").text.partition("<tbody>")[2]
    rows = [" ".join(unescape(re.sub("<[^>]+>", " ", row)).split()) for row in whole.split("</tr>")]
    assert rows[0].startswith("Late Leader Go ahead, on conditions: collaboration Followed up")
    assert any(row.startswith("New Other no answers yet Advice 0 nobody asked") for row in rows)
    narrowed = agency.client.get("/portfolio", params={"contested": "yes", "progress": "agreeing"}).text
    assert [name for name in agency.cases if f">{name}</a>" in narrowed] == ["Agreed"]
    assert "No case is like that." in agency.client.get("/portfolio", params={"contested": "yes", "overdue": "yes"}).text
    assert "portfolio" in agency.client.get("/cases").text
