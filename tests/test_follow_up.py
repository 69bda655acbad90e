"""Follow-up of a case: ticked off with day and evidence, undone again, overdue first, taken along, deleted with the case."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.consultation import Respondent
from advisor.model.follow_up import FollowUpStep, follow_up
from advisor.model.problems import InputError
from advisor.model.scenario import CaseFile
from advisor.store.database import Store
from advisor.store.errors import NoSuchCaseError
from advisor.store.follow_ups import MAX_EVIDENCE, MOST, NewStep
from advisor.store.records import LOCAL
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from conftest import ROOT
from support.fresh_databases import migrated
from support.servers import Site
from support.stored_cases import ANN, AT, BEN, ELSEWHERE, FILE, PAT, later
from support.visits import check_page, context_for, store_of

NOW = datetime(2027, 3, 10, 9, tzinfo=UTC)


def step(number: int, kind: Any, about: str, day: date | None = None) -> FollowUpStep:
    return FollowUpStep(number, AT, "ann", "Ann", kind, about, "", day, "")


def test_the_last_step_on_a_thing_counts() -> None:
    day = date(2027, 1, 31)
    steps = [step(1, "done", "a=b", day), step(2, "done", "a=c", day), step(3, "reopened", "a=b"), step(4, "due", "now", day)]
    assert set(follow_up(steps).done) == {"a=c"}
    assert follow_up(steps).due == {"now": day}
    assert follow_up([*steps, step(5, "due", "now")]).due == {}


# In the store


def test_steps_are_kept_by_who_may_see_the_case_and_go_with_it(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    odd = "Ünï\x00\u2028\U0001f600"
    store.follow_ups.add(ANN, case, [NewStep("done", "condition=counsel", odd, AT.date(), odd)], at=AT)
    store.follow_ups.add(PAT, case, [NewStep("reopened", "condition=counsel", odd), NewStep("due", "now")], at=later(1))
    kept = store.follow_ups.steps(ANN, case)
    assert [(each.number, each.kind, each.by, each.at) for each in kept] == [
        (1, "done", "ann", AT),
        (2, "reopened", "pat", later(1)),
        (3, "due", "pat", later(1)),
    ]
    assert (kept[0].title, kept[0].evidence, kept[0].day, kept[1].day) == (odd, odd, AT.date(), None)
    for stranger in (BEN, *ELSEWHERE):
        with pytest.raises(NoSuchCaseError):
            store.follow_ups.steps(stranger, case)
        with pytest.raises(NoSuchCaseError):
            store.follow_ups.add(stranger, case, [NewStep("due", "now")], at=AT)
    store.cases.delete(ANN, case)
    with pytest.raises(NoSuchCaseError):
        store.follow_ups.steps(ANN, case)


def test_steps_have_bounds_and_all_or_none_are_kept(store: Store) -> None:
    case = store.cases.create(ANN, FILE, at=AT).entry.id
    for steps in (
        [NewStep("due", "now"), NewStep("done", "a=b", evidence="x" * (MAX_EVIDENCE + 1))],
        [NewStep("due", "now")] * 2001,
    ):
        with pytest.raises(InputError):
            store.follow_ups.add(ANN, case, steps, at=AT)
    assert store.follow_ups.steps(ANN, case) == ()
    store.follow_ups.add(ANN, case, [NewStep("due", "now")] * MOST, at=AT)
    assert len(store.follow_ups.steps(ANN, case)) == MOST


# Pages and API


@pytest.fixture
def client(tmp_path: Path, loaded: Loaded) -> Iterator[TestClient]:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    store.close()
    with TestClient(create_app(settings, loaded=loaded, clock=lambda: NOW), "http://127.0.0.1", follow_redirects=False) as made:
        yield made


@pytest.fixture
def case(client: TestClient, loaded: Loaded) -> str:
    file = CaseFile(read_case(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary), {})
    return f"/cases/{client.app.state.site.store.cases.create(LOCAL, file, at=NOW).entry.id}"  # type: ignore[attr-defined]


def followed(client: TestClient, case: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1{case}/follow-up")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def shown(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    main = re.sub(r"</?time[^>]*>", "", answer.text.partition("<main")[2])
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_what_is_past_its_day_stands_first_is_ticked_off_and_undone_again(client: TestClient, case: str) -> None:
    items = followed(client, case)["items"]
    assert {each["standing"] for each in items} == {"open"}
    assert {each["about"].partition("=")[0] for each in items} == {"condition", "action"}
    page = client.get(f"{case}/follow-up").text
    moments = re.findall(r'name="due\.([^"]+)"', page)
    assert len(moments) > 2
    days = {f"due.{moments[0]}": "2027-03-09", f"due.{moments[1]}": "2027-03-10"}
    assert client.post(f"{case}/follow-up/days", data=days).status_code == 303
    found = followed(client, case)
    overdue = [each for each in found["items"] if each["standing"] == "overdue"]
    assert overdue
    assert found["items"][: len(overdue)] == overdue
    assert {each["due"] for each in overdue} == {"2027-03-09"}
    first = overdue[0]
    text = shown(client, f"{case}/follow-up")
    assert text.index(first["title"][1:]) < text.index("To do")
    about = {"of": first["about"]}
    assert first["done_when"] in shown(client, f"{case}/follow-up/item?of={first['about']}")
    ticked = {**about, "step": "done", "day": "2027-03-08", "evidence": "Minutes of <March 8>"}
    assert client.post(f"{case}/follow-up/item", data=ticked).status_code == 303
    text = shown(client, f"{case}/follow-up")
    assert "Done on March 8, 2027, ticked off by you. What shows it: Minutes of <March 8>" in text
    done = next(each for each in followed(client, case)["items"] if each["about"] == first["about"])
    assert done["standing"] == "done"
    assert client.post(f"{case}/follow-up/item", data={**about, "step": "reopened"}).status_code == 303
    assert followed(client, case)["items"][0] == first
    history = shown(client, f"{case}/follow-up/item?of={first['about']}")
    assert history.index("marked it as not done") < history.index("ticked it off as done on March 8, 2027")


def test_what_the_advice_no_longer_asks_for_stays_as_done(client: TestClient, case: str, loaded: Loaded) -> None:
    first = followed(client, case)["items"][0]
    assert client.post(f"/api/v1{case}/follow-up", json={"kind": "done", "about": first["about"]}).status_code == 201
    store, id_ = client.app.state.site.store, case.rpartition("/")[2]  # type: ignore[attr-defined]
    empty = read_case(ROOT / "examples" / "only-a-few-answers.yaml", loaded.rulebook.vocabulary)
    store.cases.save(LOCAL, id_, 1, CaseFile(empty, {}), at=NOW)
    after = followed(client, case)
    gone = [each for each in after["items"] if each["standing"] == "gone"]
    assert [(each["about"], each["title"]) for each in gone] == [(first["about"], first["title"])]
    assert first["title"][1:] in shown(client, f"{case}/follow-up")


def test_wrong_days_are_told_and_nothing_is_kept(client: TestClient, case: str) -> None:
    first = followed(client, case)["items"][0]
    for day, said in (("", "Give the day"), ("2027-02-30", "Give the day"), ("2027-03-11", "still to come")):
        answer = client.post(f"{case}/follow-up/item", data={"of": first["about"], "step": "done", "day": day})
        assert answer.status_code == 422
        assert said in answer.text
    long = {"of": first["about"], "step": "done", "day": "2027-03-01", "evidence": "x" * (MAX_EVIDENCE + 1)}
    assert client.post(f"{case}/follow-up/item", data=long).status_code == 422
    for data in ({}, {"due.now": "soon"}, {"due.no-such-moment": "2027-03-01"}):
        assert client.post(f"{case}/follow-up/days", data=data).status_code == 422
    for body in (
        {"kind": "done", "about": "condition=none-such"},
        {"kind": "due", "about": "some-day", "day": "2027-04-01"},
        {"kind": "done", "about": first["about"], "day": "2027-03-11"},
        {"kind": "finished", "about": first["about"]},
    ):
        assert client.post(f"/api/v1{case}/follow-up", json=body).status_code == 422
    assert client.get(f"{case}/follow-up/item?of=condition%3Dnone-such").status_code == 303
    assert followed(client, case)["steps"] == []


def test_it_is_taken_along_as_a_file_and_as_calendar_entries_of_what_is_left(client: TestClient, case: str) -> None:
    assert client.get(f"{case}/follow-up/calendar.ics").status_code == 303  # no day was set
    items = followed(client, case)["items"]
    moments = re.findall(r'name="due\.([^"]+)"', client.get(f"{case}/follow-up").text)
    for place, moment in enumerate(moments):
        day = (NOW + timedelta(days=place)).date().isoformat()
        assert client.post(f"/api/v1{case}/follow-up", json={"kind": "due", "about": moment, "day": day}).status_code == 201
    told = followed(client, case)
    first = next(each for each in told["items"] if each["due"] == NOW.date().isoformat())
    entries = Calendar.from_ical(client.get(f"{case}/follow-up/calendar.ics").content).walk("VEVENT")
    assert [entry.decoded("dtstart") for entry in entries] == [NOW.date() + timedelta(days=n) for n in range(len(moments))]
    assert first["done_when"][1:] in str(entries[0]["description"])
    for each in items:
        client.post(f"/api/v1{case}/follow-up", json={"kind": "done", "about": each["about"], "evidence": "Seen."})
    assert client.get(f"{case}/follow-up/calendar.ics").status_code == 303  # nothing is left
    store, id_ = client.app.state.site.store, case.rpartition("/")[2]  # type: ignore[attr-defined]
    made = store.consultations.open(LOCAL, id_, ["wanted.aim"], at=NOW).id
    store.consultations.close(LOCAL, id_, made, at=NOW)
    (entry,) = Calendar.from_ical(client.get(f"{case}/follow-up/calendar.ics").content).walk("VEVENT")
    assert entry.decoded("dtstart") == date(2027, 6, 10)  # three months after the close
    assert "Ask the same again" in str(entry["summary"])
    file = client.get(f"{case}/follow-up/export.json")
    assert "attachment" in file.headers["content-disposition"]
    assert json.loads(file.content) == followed(client, case)
    assert [each["evidence"] for each in followed(client, case)["steps"]].count("Seen.") == len(items)


# In the browser


def test_in_the_browser_a_case_is_followed_up_and_the_same_is_asked_again(site: Site, browser: Browser, loaded: Loaded) -> None:
    store, at = store_of(site, loaded), datetime.now(UTC)
    file = CaseFile(read_case(ROOT / "examples" / "domestic-violence-waiting-list.yaml", loaded.rulebook.vocabulary), {})
    case = store.cases.create(LOCAL, file, at=at).entry.id
    consultation = store.consultations.open(LOCAL, case, ["today.state", "partner.trust"], at=at).id
    _, key = store.respondents.invite(
        LOCAL, case, consultation, Respondent("Dana", "agency"), at=at, expires=at + timedelta(days=1)
    )
    store.respondents.begin(key, at=at)
    store.respondents.save(key, {("partner.trust", file.case.partners[0].name): (("low",), "")}, at=at)
    store.consultations.close(LOCAL, case, consultation, at=at)
    with context_for(browser, site) as context:
        page = context.new_page()
        page.goto(f"/cases/{case}/manage")
        page.get_by_role("link", name="Follow-up").click()
        page.locator("input[type=date]").first.fill("2020-01-31")
        page.get_by_role("button", name="Set the days").click()
        overdue = page.get_by_role("heading", level=2).first
        expect(overdue).to_contain_text("overdue")
        check_page(page)
        page.get_by_role("link", name="Tick off").first.click()
        page.get_by_label("What shows that it is done").fill("The minutes of our meeting")
        check_page(page)
        page.get_by_role("button", name="It is done").click()
        expect(page.get_by_text("What shows it: The minutes of our meeting")).to_be_visible()
        page.get_by_role("link", name="Change or undo").first.click()
        page.get_by_role("button", name="Mark it as not done").click()
        expect(page.get_by_text("What shows it: The minutes of our meeting")).to_have_count(0)
        page.goto(f"/cases/{case}/consultations/{consultation}")
        page.get_by_role("button", name="Ask the same again").click()
        address = page.locator("code.advisor-secret").inner_text()
        check_page(page)
        again = address.rpartition("/")[2]
        store.respondents.begin(again, at=at)
        store.respondents.save(again, {("partner.trust", file.case.partners[0].name): (("high",), "")}, at=at)
        page.get_by_role("link", name="I have copied them").click()
        page.get_by_role("link", name="What changed from round to round").click()
        expect(page.locator("figure svg").first).to_be_visible()
        check_page(page)
        page.goto("/portfolio")
        check_page(page)
    store.close()
