"""Consultations by their pages: opened, asked, answered by a link without an account, closed, agreed on, taken over."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
from httpx2 import Response
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.consultation import Respondent
from advisor.model.scenario import CaseFile
from advisor.store.records import LOCAL
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from conftest import ROOT
from support.clock import Clock
from support.fresh_databases import migrated
from support.servers import Site
from support.visits import PASSWORD, context_for, store_of

EXAMPLE = "domestic-violence-waiting-list"
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


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
        """Answer questions about the agency, each on the page that asks it."""
        for number in range(1, 40):
            page = self.nobody.get(f"{link}/{number}")
            if page.status_code != 200:
                return
            names = re.findall(r'name="asked" value="([^"]+)"', page.text)
            values = {name: given[name.replace(".", "_")] for name in names if name.replace(".", "_") in given}
            if values:
                saved = self.nobody.post(f"{link}/{number}", data={"asked": names, **values, "go": "on"})
                assert saved.status_code == 303, said(saved)


def said(answer: Response) -> str:
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


@pytest.fixture
def office(tmp_path: Path, loaded: Loaded) -> Iterator[Office]:
    clock = Clock(NINE)
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}")
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    app = create_app(settings, loaded=loaded, clock=clock)
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


def test_the_same_is_asked_again_of_the_same_people(office: Office) -> None:
    link = office.begin(office.invite("The director"))
    office.answer(link, wanted_aim="exchange")
    office.clock.now += timedelta(seconds=1)  # links of a round come in the order in which people were invited
    office.invite("A mother", "family")
    rounds = f"{office.address}/rounds"
    refused = office.specialist.post(rounds)
    assert refused.status_code == 422
    assert "Close it before you ask again" in said(refused)
    office.specialist.post(f"{office.address}/close")
    assert "Ask again on April 5, 2026" in said(office.specialist.get(office.address))
    office.clock.now += timedelta(minutes=1)
    made = office.specialist.post(rounds)
    assert made.status_code == 200
    links = re.findall(r"/answer/[\w-]+", made.text)
    assert len(links) == 2
    office.answer(office.begin(links[0]), wanted_aim="common-goal")
    page = office.specialist.get(office.address).text
    found = re.findall(
        rf'href="(/cases/{office.case}/consultations/\w+)">Consultation of', page.partition("<h2>The same again")[2]
    )
    assert len(found) == 2
    assert "Reach a goal that all share" in said(office.specialist.get(f"{found[1]}/map"))
    assert "Reach a goal that all share" not in said(office.specialist.get(f"{found[0]}/map"))
    office.specialist.post(f"{found[1]}/close")
    store = office.nobody.app.state.site.store  # type: ignore[attr-defined]
    leader = store.people.by_email("leader@example.org")
    file = store.cases.read(leader, office.case).file
    answers = {**file.case.answers, "wanted.aim": ("exchange",), "wanted.work": ("exchange",)}
    now = CaseFile(replace(file.case, answers=answers), file.scenarios)
    store.cases.save(leader, office.case, 1, now, at=office.clock())
    change = office.specialist.get(f"{found[1]}/change")
    text = said(change)
    assert re.search(
        "Question Round 1 Round 2 What is the furthest-reaching thing.*?"
        r"The director\).*?Reach a goal that all share \(The director\)",
        text,
    ), text
    picture = re.search("<svg.*?</svg>", change.text, re.DOTALL)
    assert picture
    assert "<title" in picture[0]
    assert picture[0].count("Round 2") == len(re.findall('data-label="Round">Round 2', change.text)) > 0
    turned = text.partition("The advice then and now, and what turned it")[2]
    assert "Then (Round 1): Go ahead, on conditions: collaboration." in turned
    assert "Now: " in turned
    assert "The advice is the same" not in turned
    assert "What is the furthest-reaching thing" in turned
    assert "All rounds of this consultation are deleted with it." in said(office.specialist.get(f"{found[0]}/delete"))


def test_opening_pages_as_a_mail_scanner_does_changes_nothing(office: Office) -> None:
    link = office.invite("A mother", "family")
    before = office.specialist.get(office.address).text
    for _ in range(3):
        for address in (link, f"{link}/1", f"{link}/begin", f"{link}/forget"):
            office.nobody.get(address, headers={"User-Agent": "scanner"})
            office.nobody.head(address)
    assert office.specialist.get(office.address).text == before
    welcome = office.nobody.get(link)
    assert welcome.headers["cache-control"] == "no-store"
    assert "Nobody sees which answers are yours, Specialist included." in said(welcome)
    assert office.begin(link) != link


def test_what_is_wrong_on_a_page_is_said_and_nothing_is_saved(office: Office) -> None:
    link = office.begin(office.invite("The director"))
    wrong = office.nobody.post(f"{link}/1", data={"asked": ["wanted.aim"], "wanted.aim": "world-peace", "go": "on"})
    assert wrong.status_code == 422
    assert "“world-peace” is not among the answers" in said(wrong)
    assert "0 of " in said(office.nobody.get(link))
    assert office.nobody.get(f"{link}/99").status_code == 404
    assert office.nobody.get("/answer/no-such-key").status_code == 404


def test_answers_are_left_resumed_and_changed_until_the_close(office: Office) -> None:
    link = office.begin(office.invite("The director"))
    office.answer(link, wanted_aim="exchange")
    assert "1 of " in said(office.nobody.get(link))
    assert re.search(r'value="exchange" checked', office.nobody.get(f"{link}/1").text)
    office.answer(link, wanted_aim="common-goal")
    assert re.search(r'value="common-goal" checked', office.nobody.get(f"{link}/1").text)
    office.answer(link, wanted_aim="unknown")
    assert "0 of " in said(office.nobody.get(link))
    office.answer(link, wanted_aim="exchange")
    office.specialist.post(f"{office.address}/close")
    late = office.nobody.post(f"{link}/1", data={"asked": ["wanted.aim"], "wanted.aim": "common-goal"})
    assert late.status_code == 410
    assert "This consultation is closed" in said(late)


def test_a_link_that_has_ended_says_what_is_true(office: Office) -> None:
    told = {}
    revoked, expired, removed = office.invite("Revoked"), office.invite("Expired", days="7"), office.invite("Removed")
    private = office.invite("Private", "family")
    own = office.begin(private)
    page = office.specialist.get(office.address).text
    ids = re.findall(r"/respondents/(\w+)/(revoke|remove)", page)
    names = re.findall(r"<h3>(\w+) ", page)
    by_name = dict(zip(names, dict.fromkeys(each for each, _ in ids), strict=True))
    assert office.specialist.post(f"{office.address}/respondents/{by_name['Revoked']}/revoke").status_code == 303
    assert office.specialist.post(f"{office.address}/respondents/{by_name['Removed']}/remove").status_code == 303
    told["spent"] = office.nobody.get(private)
    stranger = TestClient(office.nobody.app, "http://127.0.0.1", follow_redirects=False)
    told["stranger"] = stranger.get(private)
    told["removed"] = office.nobody.get(removed)
    told["revoked"] = office.nobody.get(revoked)
    office.clock.now += timedelta(days=8)
    told["expired"] = office.nobody.get(expired)
    assert {name: answer.status_code for name, answer in told.items()} == {
        **dict.fromkeys(("stranger", "revoked", "expired"), 410),
        "spent": 200,  # this browser opened it, and is led on
        "removed": 404,
    }
    assert own in told["spent"].text
    assert own not in told["stranger"].text
    assert "opens once only" in said(told["stranger"])
    assert "Specialist ended this link" in said(told["revoked"])
    assert "This link worked until January 12, 2026" in said(told["expired"])
    assert office.nobody.post(f"{own}/forget").status_code == 303
    assert office.nobody.get(private).status_code == 410


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_sheet_that_was_filled_in_is_taken_and_a_wrong_one_is_not(office: Office, form: str) -> None:
    office.invite("On paper", "partner", office.partners[0])
    sheet = re.search(r"(/cases/[^\"]*/respondents/\w+/sheet)\"", office.specialist.get(office.address).text)
    assert sheet
    empty = office.specialist.get(f"{sheet[1]}.{form}")
    assert empty.status_code == 200
    filled = {"csv": filled_csv, "xlsx": filled_xlsx}[form]
    wrong = office.specialist.post(sheet[1], files={"file": (f"sheet.{form}", filled(empty.content, "world peace"))})
    assert wrong.status_code == 422
    assert "world peace" in said(wrong)
    assert "0 of 1 have begun" in said(office.specialist.get(office.address))
    taken = office.specialist.post(
        sheet[1], files={"file": (f"sheet.{form}", filled(empty.content, "Reach a goal that all share"))}
    )
    assert taken.status_code == 303, said(taken)
    assert "Reach a goal that all share" in said(office.specialist.get(f"{office.address}/map"))
    other = office.specialist.post(sheet[1], files={"file": ("sheet.txt", b"x")})
    assert "neither a workbook" in said(other)


def test_a_sheet_that_unpacks_to_more_than_a_sheet_is_not_read(office: Office) -> None:
    office.invite("On paper", "partner", office.partners[0])
    sheet = re.search(r"(/cases/[^\"]*/respondents/\w+/sheet)\"", office.specialist.get(office.address).text)
    assert sheet
    empty = office.specialist.get(f"{sheet[1]}.xlsx").content
    made = BytesIO()
    with ZipFile(BytesIO(empty)) as before, ZipFile(made, "w", ZIP_DEFLATED) as after:
        for entry in before.infolist():
            after.writestr(entry.filename, before.read(entry) + (b" " * 2_097_152 if entry.filename == "xl/styles.xml" else b""))
    refused = office.specialist.post(sheet[1], files={"file": ("sheet.xlsx", made.getvalue())})
    assert refused.status_code == 422
    assert "3 MiB" in said(refused)


def test_too_few_without_a_name_are_told_before_they_are_asked_in_vain(office: Office) -> None:
    office.invite("A mother", "family")
    told = "One family member answers without a name. Nothing of that is shown unless five or more answer"
    assert told in said(office.specialist.get(office.address))
    assert told not in said(office.specialist.get(f"{office.address}/close"))
    office.begin(office.invite("A father", "family"))
    assert told in said(office.specialist.get(f"{office.address}/close"))
    for number in range(4):
        office.invite(f"Parent {number}", "family")
    assert "answer without a name" not in said(office.specialist.get(office.address))


def filled_csv(empty: bytes, aim: str) -> bytes:
    rows = list(csv.reader(StringIO(empty.decode("utf-8-sig"))))
    for row in rows:
        if row[0] == "wanted.aim":
            row[4] = aim
    made = StringIO()
    csv.writer(made).writerows(rows)
    return made.getvalue().encode()


def filled_xlsx(empty: bytes, aim: str) -> bytes:
    book = openpyxl.load_workbook(BytesIO(empty))
    for row in book.worksheets[0].iter_rows():
        if row[0].value == "wanted.aim":
            row[4].value = aim
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def test_documents_of_a_session_are_made_in_every_form_and_deleting_leaves_nothing(office: Office) -> None:
    link = office.begin(office.invite("The director"))
    assert office.specialist.get(f"{office.address}/documents/session.html").status_code == 404  # nobody answered yet
    office.answer(link, wanted_aim="exchange", wanted_work="exchange")
    for kind, head in (("docx", b"PK"), ("pdf", b"%PDF"), ("html", b"<!doctype"), ("markdown", b"# Session packet")):
        made = office.specialist.get(f"{office.address}/documents/session.{kind}")
        assert (made.status_code, made.content[: len(head)]) == (200, head)
    assert office.specialist.get(f"{office.address}/documents/memo.html").status_code == 404
    packet = office.specialist.get(f"{office.address}/documents/session.markdown").text
    assert "What is the furthest-reaching thing" in packet
    assert "Agreed answer:" in packet
    assert office.partners[0] in packet
    assert office.specialist.post(f"{office.address}/delete").status_code == 303
    assert office.specialist.get(office.address).status_code == 404
    assert office.nobody.get(link).status_code == 404


def test_a_consultation_is_led_by_the_api_and_answered_by_it(office: Office) -> None:
    store, clock = office.nobody.app.state.site.store, office.clock  # type: ignore[attr-defined]
    tokens = {
        name: {"Authorization": f"Bearer {store.tokens.create(store.people.by_email(f'{name}@example.org'), 'x', at=clock())[1]}"}
        for name in ("leader", "specialist")
    }
    root = f"/api/v1/cases/{office.case}/consultations"
    made = office.nobody.post(root, json={"questions": ["wanted.aim"]}, headers=tokens["specialist"])
    assert made.status_code == 201
    address = made.headers["Location"]
    asked = {"name": "A father", "speaks": "family"}
    invited = office.nobody.post(f"{address}/respondents", json=asked, headers=tokens["specialist"]).json()
    assert invited["invitation"]["shown"] == "anonymous"
    first = f"/api/v1/answers/{invited['key']}"
    assert office.nobody.put(first, json={"answers": {"wanted.aim": "exchange"}}).status_code == 410  # not begun
    begun = office.nobody.post(f"{first}/begin").json()["key"]
    assert begun != invited["key"]
    assert office.nobody.get(first).json()["standing"] == "spent"
    assert office.nobody.post(f"{first}/begin").status_code == 410
    own = f"/api/v1/answers/{begun}"
    saved = office.nobody.put(own, json={"answers": {"wanted.aim": "exchange", "wanted.duties": "no"}})
    assert saved.json()["answers"]["answers"] == {"wanted.aim": "exchange"}
    decision = {"question": "wanted.aim", "options": ["exchange"]}
    assert office.nobody.post(f"{address}/decisions", json=decision, headers=tokens["leader"]).status_code == 409
    assert office.nobody.post(f"{address}/close", headers=tokens["leader"]).json()["closed"]
    assert office.nobody.put(own, json={"answers": {}}).status_code == 410
    assert office.nobody.post(f"{address}/respondents", json=asked, headers=tokens["leader"]).status_code == 409
    wrong = office.nobody.post(
        f"{address}/decisions", json={"question": "wanted.aim", "options": ["no"]}, headers=tokens["leader"]
    )
    assert wrong.status_code == 422
    assert office.nobody.post(f"{address}/decisions", json=decision, headers=tokens["leader"]).status_code == 201
    assert office.nobody.post(f"{address}/adopt", json={"revision": 1}, headers=tokens["specialist"]).status_code == 404
    adopted = office.nobody.post(f"{address}/adopt", json={"revision": 1}, headers=tokens["leader"])
    assert adopted.json()["case"]["answers"]["wanted.aim"] == "exchange"
    exported = office.nobody.get(f"{address}/export", headers=tokens["leader"]).json()
    assert (exported["views"], [each["kind"] for each in exported["decisions"]]) == ([], ["chosen", "adopted"])


def test_under_a_path_of_another_site_links_cookies_and_pages_stay_below_it(tmp_path: Path, loaded: Loaded) -> None:
    settings = read_settings(
        data=tmp_path, database=f"sqlite:///{tmp_path / 'advisor.db'}", public_url="https://office.example/advisor"
    )
    store = migrated(settings.database, loaded.rulebook.vocabulary)
    app = create_app(settings, loaded=loaded, clock=Clock(NINE))
    ann = store.people.add("a@example.org", "Ann", "leader", "North", PASSWORD, at=NINE)
    client = TestClient(app, "https://office.example", follow_redirects=False)
    assert client.post("/advisor/login", data={"email": "a@example.org", "password": PASSWORD}).status_code == 303
    file = read_case_file(ROOT / "examples" / f"{EXAMPLE}.yaml", loaded.rulebook.vocabulary)
    case = store.cases.create(ann, file, at=NINE).entry.id
    at = client.post(f"/advisor/cases/{case}/consultations").headers["location"].partition("?")[0]
    assert at.startswith("/advisor/cases/")
    invited = client.post(f"{at}/respondents", data={"name": "A mother", "speaks": "family", "days": "14"})
    link = re.search(r"https://office\.example(/advisor/answer/[\w-]+)", invited.text)
    assert link
    begun = TestClient(app, "https://office.example", follow_redirects=False).post(f"{link[1]}/begin")
    assert begun.headers["location"].startswith("/advisor/answer/")
    cookie = begun.headers["set-cookie"].lower()
    assert "path=/advisor/answer;" in cookie
    assert all(each in cookie for each in ("httponly", "secure", "samesite=lax"))
    for page in (client.get(at), client.get(begun.headers["location"])):
        addresses = re.findall(r'(?:href|action|src)="(/[^"]*)"', page.text)
        assert addresses
        assert not [address for address in addresses if not address.startswith("/advisor")]


def test_a_respondent_needs_no_script_and_is_led_on_by_the_link_in_the_same_browser(
    site: Site, browser: Browser, loaded: Loaded
) -> None:
    store = store_of(site, loaded)
    file = read_case_file(ROOT / "examples" / f"{EXAMPLE}.yaml", loaded.rulebook.vocabulary)
    at = datetime.now(UTC)
    case = store.cases.create(LOCAL, file, at=at).entry.id
    consultation = store.consultations.open(LOCAL, case, ["wanted.aim", "partner.trust"], at=at).id
    _, key = store.respondents.invite(
        LOCAL, case, consultation, Respondent("A mother", "family", shown="anonymous"), at=at, expires=at + timedelta(days=9)
    )
    with context_for(browser, site, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"/answer/{key}")
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("link", name="Start with the first page").click()
        page.get_by_text("Reach a goal that all share").click()
        page.get_by_role("button", name="Save and go on").click()
        page.get_by_text("Little", exact=True).click()
        page.get_by_role("button", name="Save and finish").click()
        expect(page.get_by_text("Your answers are saved.")).to_be_visible()
        expect(page.get_by_text("Everything is answered and saved.")).to_be_visible()
        page.goto(f"/answer/{key}")  # the link again, in the same browser
        page.get_by_role("link", name="Go on").click()
        expect(page.get_by_text("2 of 2 answered so far.")).to_be_visible()
    assert store.respondents.list(LOCAL, case, consultation)[0].under_way
    store.close()
