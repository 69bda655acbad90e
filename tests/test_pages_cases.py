"""Cases as pages: begin, list, search, copy, archive, export and import, history, delete for good; examples; shared links."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, expect

from advisor.io.case_reader import read_case
from advisor.io.examples import read_examples
from advisor.io.scenario_reader import parse_case_file, read_case_file
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.database import NoSuchCaseError, Store
from advisor.store.records import LOCAL
from advisor.store.secret_keys import new_id
from advisor.web.pages.cases.export import file_names
from conftest import ROOT
from support.servers import Site
from support.visits import check_page, context_for, post, store_of, text_of

EXAMPLE = ROOT / "examples" / "domestic-violence-waiting-list.yaml"


@pytest.fixture(scope="module")
def store(site: Site, loaded: Loaded) -> Iterator[Store]:
    opened = store_of(site, loaded)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def file(loaded: Loaded) -> CaseFile:
    """A case with partners, answers of all kinds, and a scenario."""
    read = read_case_file(EXAMPLE, loaded.rulebook.vocabulary)
    return CaseFile(read.case, {"No data": Scenario("No data", {next(iter(read.case.answers)): ()})})


@pytest.fixture
def case_id(store: Store, file: CaseFile) -> str:
    return store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id


def test_a_name_begins_a_case(client: httpx.Client, store: Store) -> None:
    answer = post(client, "/cases", name="  Shelters   and us ")
    assert answer.status_code == 303
    case_id = answer.headers["location"].removeprefix("/cases/").partition("?")[0]
    assert store.cases.read(LOCAL, case_id).file.case.name == "Shelters and us"


@pytest.mark.parametrize(("name", "said"), [("  ", "Give it a name."), ("x" * 201, "at most 200 characters; this one has 201")])
def test_a_name_that_is_none_is_refused_and_kept_as_typed(name: str, said: str, client: httpx.Client, store: Store) -> None:
    before = store.cases.list(LOCAL).total
    answer = post(client, "/cases", name=name)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'value="{name.strip()}"' in answer.text
    assert store.cases.list(LOCAL).total == before


def test_the_start_page_goes_on_with_the_three_cases_changed_last(client: httpx.Client, store: Store, file: CaseFile) -> None:
    made = [store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id for _ in range(4)]
    shown = re.findall(r'href="/cases/([^"/]+)"', client.get("/").text)
    assert shown == made[:0:-1]


def test_markup_in_a_name_is_text_on_every_page(browser: Browser, site: Site, store: Store, file: CaseFile) -> None:
    name = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
    case = CaseFile(Case(name, file.case.answers, file.case.partners), file.scenarios)
    made = store.cases.create(LOCAL, case, at=datetime.now(UTC)).entry.id
    context = context_for(browser, site)  # without the policy, so that only escaping stands in the way
    page = context.new_page()
    for path in ("/", "/cases", *(f"/cases/{made}/{part}" for part in ("manage", "history", "delete", "links"))):
        page.goto(path)
        assert "taken" not in page.title().replace(name, "")
        assert page.locator("img").count() == 0
        assert "<script>document.title" in page.locator("main").inner_text()
    context.close()


def test_every_example_opens_as_a_copy_of_ones_own(client: httpx.Client, store: Store, loaded: Loaded) -> None:
    examples = read_examples(ROOT / "examples", loaded.rulebook.vocabulary)
    shown = text_of(client.get("/examples"))
    assert len(examples) == len(list((ROOT / "examples").glob("*.yaml")))
    assert all(example.file.case.name in shown and example.story in shown for example in examples.values())
    name, example = next(iter(examples.items()))
    answer = post(client, f"/examples/{name}")
    assert answer.status_code == 303
    made = answer.headers["location"].removeprefix("/cases/").partition("/")[0]
    assert store.cases.read(LOCAL, made).file == example.file
    assert post(client, "/examples/none-such").status_code == 404


def test_the_list_is_searched_by_case_and_partner_and_goes_on_by_pages(
    client: httpx.Client, store: Store, file: CaseFile
) -> None:
    for number in range(23):
        case = Case(f"Zebra {number}", {}, ())
        store.cases.create(LOCAL, CaseFile(case, {}), at=datetime.now(UTC))
    first = client.get("/cases", params={"search": "zEBRA"})
    assert "23 cases with “zEBRA”" in text_of(first)
    found = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert found
    second = client.get(found[1].replace("&amp;", "&"))
    names = [re.findall(r"<h3><a [^>]*>(Zebra \d+)</a>", page.text) for page in (first, second)]
    assert names[0] + names[1] == [f"Zebra {number}" for number in range(22, -1, -1)]
    partner = file.case.partners[0].name
    store.cases.create(LOCAL, file, at=datetime.now(UTC))
    assert file.case.name in text_of(client.get("/cases", params={"search": partner.upper()}))
    assert "0 cases" in text_of(client.get("/cases", params={"search": "no such thing"}))
    assert client.get("/cases", params={"after": "nonsense"}).status_code == 422


def test_an_archived_case_leaves_the_list_and_comes_back(client: httpx.Client, store: Store, case_id: str) -> None:
    link = f"/cases/{case_id}"
    assert post(client, f"{link}/archive", archived="yes").headers["location"] == "/cases?said=archived"
    assert f'href="{link}"' not in client.get("/cases").text
    assert f'href="{link}"' in client.get("/cases", params={"archived": "true"}).text
    assert post(client, f"{link}/archive", archived="no").headers["location"] == "/cases?said=unarchived"
    assert not store.cases.read(LOCAL, case_id).entry.archived


def test_a_copy_has_everything_but_the_name(client: httpx.Client, store: Store, file: CaseFile, case_id: str) -> None:
    made = post(client, f"/cases/{case_id}/copy").headers["location"].removeprefix("/cases/").partition("/")[0]
    copy = store.cases.read(LOCAL, made).file
    assert copy.case.name == f"Copy of {file.case.name}"
    assert (copy.case.answers, copy.case.partners, copy.scenarios) == (file.case.answers, file.case.partners, file.scenarios)


def test_a_case_is_renamed_and_a_wrong_name_is_shown_again(client: httpx.Client, store: Store, case_id: str) -> None:
    assert post(client, f"/cases/{case_id}/name", name="Another").status_code == 303
    assert store.cases.read(LOCAL, case_id).file.case.name == "Another"
    refused = post(client, f"/cases/{case_id}/name", name="")
    assert refused.status_code == 422
    assert "Give it a name." in text_of(refused)


@pytest.mark.parametrize("format_", ["yaml", "json"])
def test_what_is_exported_can_be_imported_again(
    format_: str, client: httpx.Client, store: Store, file: CaseFile, case_id: str, loaded: Loaded
) -> None:
    exported = client.get(f"/cases/{case_id}/export/{format_}")
    assert parse_case_file(exported.content, loaded.rulebook.vocabulary, as_json=format_ == "json") == file
    assert exported.headers["content-disposition"].startswith("attachment; ")
    answer = post(client, "/import", files={"file": (f"a.{format_}", exported.content)})
    assert answer.status_code == 303
    made = answer.headers["location"].removeprefix("/cases/").partition("?")[0]
    assert store.cases.read(LOCAL, made).file == file
    assert client.get(f"/cases/{case_id}/export/exe").status_code == 404


@given(st.text())
def test_a_file_name_is_made_of_letters_that_no_header_or_folder_minds(name: str) -> None:
    plain, full = file_names(name, "yaml")
    assert re.fullmatch(r"[A-Za-z0-9-]{1,80}\.yaml", plain)
    assert Path(full).name == full
    assert len(full) <= 85
    assert not re.search(r"[\s\"'/\\;:<>|*?\x00-\x1f]", full)


def test_a_file_name_keeps_the_letters_of_the_name(client: httpx.Client, store: Store) -> None:
    case = Case('A/b "c" - Été', {})
    made = store.cases.create(LOCAL, CaseFile(case, {}), at=datetime.now(UTC)).entry.id
    header = client.get(f"/cases/{made}/export/yaml").headers["content-disposition"]
    assert 'filename="A-b-c-t.yaml"' in header
    assert unquote(header.partition("filename*=UTF-8''")[2]) == "A-b-c-Été.yaml"


def test_every_problem_of_an_imported_file_is_told_with_its_line_and_nothing_saved(client: httpx.Client, store: Store) -> None:
    before = store.cases.list(LOCAL).total
    bad = b"""name: A
answers:
  wanted.aim: nothing
  no.such: yes
partners:
  - name: B
  - name: B
scenarios:
  C: {on: D}
"""
    answer = post(client, "/import", files={"file": ("wrong.yaml", bad)})
    assert answer.status_code == 422
    said = text_of(answer)
    for problem in ("wrong.yaml:3: wanted.aim: nothing", "wrong.yaml:4: ", "wrong.yaml:7: ", "wrong.yaml:9: "):
        assert problem in said
    assert "There are 4 problems" in said
    assert store.cases.list(LOCAL).total == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b'{"name": "x",}', "a.json"),
        ("a.yaml", b"\xff\xfe\x00", "not UTF-8"),
        ("a.yaml", b"", "empty"),
        ("../../etc/passwd.yaml", b"[]", "passwd.yaml:1"),
        ("<i>.yaml", b"[]", "<i>.yaml:1"),
    ],
)
def test_a_file_that_is_no_case_is_refused_in_words(name: str, content: bytes, said: str, client: httpx.Client) -> None:
    answer = post(client, "/import", files={"file": (name, content)})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "<i>" not in answer.text


def test_a_file_has_to_be_chosen_and_not_too_large(client: httpx.Client) -> None:
    assert "Choose a file." in text_of(post(client, "/import", files={"file": ("", b"")}))
    large = post(client, "/import", files={"file": ("large.yaml", b"x" * 2_000_000)})
    assert large.status_code == 413
    assert "That is too large" in text_of(large)


def test_a_file_without_a_name_in_it_gives_its_own(client: httpx.Client, store: Store) -> None:
    answer = post(client, "/import", files={"file": ("Our plan.yaml", b"answers: {wanted.aim: exchange}")})
    made = answer.headers["location"].removeprefix("/cases/").partition("?")[0]
    assert store.cases.read(LOCAL, made).file.case.name == "Our plan"


def test_history_tells_in_words_what_changed_from_what_to_what(
    client: httpx.Client, store: Store, file: CaseFile, case_id: str, loaded: Loaded
) -> None:
    vocabulary, wording = loaded.rulebook.vocabulary, loaded.wording
    question = next(q for q in vocabulary.asked_of("agency") if q.id in file.case.answers and q.kind in ("choice", "scale"))
    was = file.case.answers[question.id]
    now = next(option for option in question.options if option not in was)
    gone = file.case.partners[0].name
    case = Case("New name", {**file.case.answers, question.id: (now,)}, file.case.partners[1:])
    store.cases.save(LOCAL, case_id, 1, CaseFile(case, {}), at=datetime.now(UTC))
    said = text_of(client.get(f"/cases/{case_id}/history"))
    newest = said.partition("2: saved")[2].partition("1: begun")[0]
    for part in (
        f"Renamed from “{file.case.name}” to “New name”.",
        f"Partner removed: {gone}.",
        "Scenario deleted: No data.",
        f"{wording.asked(question.id)} {wording.option(question.id, was[0])} {wording.option(question.id, now)}",
    ):
        assert part in newest
    assert f"Named “{file.case.name}”." in said.partition("1: begun")[2]


def test_a_long_history_goes_on_by_pages(client: httpx.Client, store: Store, file: CaseFile, case_id: str) -> None:
    for number in range(1, 25):
        case = Case(f"Name {number}", file.case.answers, file.case.partners)
        store.cases.save(LOCAL, case_id, number, CaseFile(case, file.scenarios), at=datetime.now(UTC))
    first = client.get(f"/cases/{case_id}/history")
    found = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert found
    numbers = re.findall(r"<h2>(\d+): ", first.text + client.get(found[1]).text)
    assert numbers == [str(number) for number in range(25, 0, -1)]


def test_deleting_asks_first_and_then_leaves_nothing(client: httpx.Client, store: Store, case_id: str) -> None:
    asked = text_of(client.get(f"/cases/{case_id}/delete"))
    assert "This cannot be undone" in asked
    assert "1 scenario" in asked
    assert store.cases.read(LOCAL, case_id)
    assert post(client, f"/cases/{case_id}/delete").headers["location"] == "/cases?said=deleted"
    with pytest.raises(NoSuchCaseError):
        store.cases.read(LOCAL, case_id)
    for part in ("", "/manage", "/history", "/delete", "/links", "/export/yaml"):
        assert client.get(f"/cases/{case_id}{part}").status_code == 404


def test_a_form_from_elsewhere_changes_nothing(client: httpx.Client, store: Store, case_id: str) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert client.post(f"/cases/{case_id}/delete", headers=headers).status_code == 403
    assert store.cases.read(LOCAL, case_id)


def test_a_link_is_shown_once_opens_the_page_and_can_be_revoked(client: httpx.Client, site: Site, case_id: str) -> None:
    page = f"/cases/{case_id}/links"
    made = post(client, page, {"with": ""}, shows="advice", days="7")
    assert made.status_code == 200
    found = re.search(r'id="secret"[^>]*>([^<]+)<', made.text)
    assert found
    address = found[1]
    assert address.startswith(f"{site.address}/shared/")
    listed = client.get(page).text
    assert address.rpartition("/")[2] not in listed
    revoke = re.search(r'action="([^"]+/revoke)"', listed)
    assert revoke
    with site.client() as stranger:
        assert stranger.get(address).status_code == 200
        assert post(client, revoke[1]).headers["location"] == f"{page}?said=link-revoked"
        assert stranger.get(address).status_code == 404
    assert "revoked" in text_of(client.get(page))
    assert post(client, revoke[1]).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"shows": "advice", "with": ["", "No data"], "days": "7"}, "choose exactly one"),
        ({"shows": "advice", "days": "7"}, "choose exactly one"),
        ({"shows": "compare", "with": ["No data"], "days": "7"}, "choose at least two"),
        ({"shows": "compare", "with": ["", "Gone"], "days": "7"}, "is not there any more"),
        ({"shows": "advice", "with": [""], "days": "9999"}, "Choose one of the answers"),
        ({"shows": "history", "with": [""], "days": "7"}, "Choose one of the answers"),
    ],
)
def test_a_link_that_makes_no_sense_is_not_made(
    fields: dict[str, str | list[str]], said: str, client: httpx.Client, store: Store, case_id: str
) -> None:
    answer = post(client, f"/cases/{case_id}/links", fields)
    assert answer.status_code == 422
    assert said in text_of(answer)
    ticked = re.findall(r'name="with" value="([^"]*)" checked', answer.text)
    assert ticked == [name for name in ("", "No data") if name in fields.get("with", [])]
    assert store.links.list(LOCAL, case_id) == ()


def test_a_link_is_copied_with_one_press(browser: Browser, site: Site, case_id: str) -> None:
    with context_for(browser, site) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.address)
        page = context.new_page()
        page.goto(f"/cases/{case_id}/links")
        page.locator("main .advisor-actions button[type=submit]").click()
        page.get_by_role("button", name="Copy the link").click()
        expect(page.locator("#live")).to_have_text("The link is copied.")
        assert page.evaluate("navigator.clipboard.readText()") == page.locator("#secret").inner_text()
        check_page(page)


def test_a_link_holds_the_sides_that_were_chosen(client: httpx.Client, store: Store, case_id: str) -> None:
    for shows, sides in (("compare", ["", "No data"]), ("advice", ["No data"]), ("advice", [""])):
        post(client, f"/cases/{case_id}/links", {"with": sides}, shows=shows, days="7")
    held = [(link.shows, link.scenarios) for link in store.links.list(LOCAL, case_id)]
    assert sorted(held) == [("advice", ()), ("advice", ("No data",)), ("compare", ("", "No data"))]


def test_without_scripts_a_case_is_begun_managed_and_deleted(browser: Browser, site: Site) -> None:
    context = context_for(browser, site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Name of the case").fill("By hand")
    page.get_by_role("button", name="Start", exact=True).press("Enter")
    page.wait_for_url("**/cases/*?said=created")
    page.goto("/cases?search=by+hand")
    page.get_by_role("link", name=re.compile("More.*By hand")).click()
    page.get_by_role("button", name="Make a copy").click()
    expect(page.locator(".usa-alert--success")).to_contain_text("This is the copy")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON").click()
    assert json.loads(Path(download.value.path()).read_text("utf-8"))["name"] == "Copy of By hand"
    assert download.value.suggested_filename == "Copy-of-By-hand.json"
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator(".usa-alert--success")).to_contain_text("deleted for good")
    expect(page.get_by_role("link", name="Copy of By hand")).to_have_count(0)
    context.close()


def test_pages_that_come_after_a_form_have_no_barrier(browser: Browser, site: Site, store: Store, file: CaseFile) -> None:
    case = store.cases.create(LOCAL, file, at=datetime.now(UTC)).entry.id
    store.cases.save(LOCAL, case, 1, CaseFile(file.case, {}), at=datetime.now(UTC))
    context = context_for(browser, site)
    page = context.new_page()
    page.goto(f"/cases/{case}/links")
    with page.expect_navigation():
        page.get_by_role("button", name="Make the link").click()
    check_page(page)
    page.goto(f"/cases/{case}/history")
    page.locator("summary").first.click()
    check_page(page)
    context.close()


def test_the_list_says_what_is_advised_and_several_cases_are_compared_or_downloaded(
    client: httpx.Client, store: Store, file: CaseFile, loaded: Loaded
) -> None:
    other = read_case_file(ROOT / "examples/finished-enrollment-campaign.yaml", loaded.rulebook.vocabulary)
    ids = [store.cases.create(LOCAL, each, at=datetime.now(UTC)).entry.id for each in (file, other)]
    listed = text_of(client.get("/cases"))
    assert "Go ahead, on conditions: collaboration." in listed
    assert re.search(rf"{re.escape(other.case.name)} End it", listed)
    compared = client.get("/compare-cases", params={"case": ids})
    assert f"{other.case.name} : End it" in text_of(compared)
    with zipfile.ZipFile(io.BytesIO(client.get("/export-cases", params={"case": ids}).content)) as packed:
        names = packed.namelist()
        assert len(names) == 2
        read = [parse_case_file(packed.read(name), loaded.rulebook.vocabulary) for name in names]
    assert [each.case.answers for each in read] == [file.case.answers, other.case.answers]
    for path, said in (("/compare-cases", "choose-two"), ("/export-cases", "choose-one")):
        assert client.get(path).headers["location"] == f"/cases?said={said}"


def test_the_list_is_sorted_and_filtered_by_decision_closeness_and_name(
    client: httpx.Client, store: Store, loaded: Loaded
) -> None:
    here = f"{new_id()} "  # no other test's cases
    vocabulary = loaded.rulebook.vocabulary
    named = {
        "Delta": "finished-enrollment-campaign",
        "Alpha": "domestic-violence-waiting-list",
        "Charlie": "readme",
        "Bravo": "monthly-roundtable",
    }
    for name, example in named.items():
        case = replace(read_case(ROOT / f"examples/{example}.yaml", vocabulary), name=here + name)
        store.cases.create(LOCAL, CaseFile(case, {}), at=datetime.now(UTC))
    store.cases.create(LOCAL, CaseFile(Case(f"{here}Nothing answered", {}), {}), at=datetime.now(UTC))

    def listed(**chosen: str) -> list[str]:
        text = client.get("/cases", params={"search": here, **chosen}).text
        return [name.removeprefix(here) for name in re.findall(r"<h3><a [^>]*>([^<]+)</a>", text)]

    assert listed() == ["Nothing answered", "Bravo", "Charlie", "Alpha", "Delta"]
    assert listed(order="name") == ["Alpha", "Bravo", "Charlie", "Delta", "Nothing answered"]
    assert listed(order="closeness") == ["Alpha", "Bravo", "Charlie", "Delta", "Nothing answered"]
    assert listed(order="decision") == ["Charlie", "Alpha", "Bravo", "Delta", "Nothing answered"]
    assert listed(decision="end") == ["Delta"]
    assert listed(closeness="collaboration") == ["Alpha"]
    assert listed(closeness="none") == ["Delta"]
    assert listed(closeness="networking", order="name") == ["Bravo", "Charlie"]
    assert listed(order="owner") == listed()  # which is not offered without accounts
    delta = next(each for each in store.cases.list(LOCAL, search=here).items if each.name.endswith("Delta"))
    case = replace(store.cases.read(LOCAL, delta.id).file.case, answers={})
    store.cases.save(LOCAL, delta.id, 1, CaseFile(replace(case, partners=()), {}), at=datetime.now(UTC))
    assert listed(decision="end") == []  # what was advised on an earlier revision counts no more
    assert "Nothing answered" in client.get("/cases", params={"search": here}).text
    assert client.get("/cases", params={"order": "name", "after": "nonsense"}).status_code == 422


def test_a_sorted_list_goes_on_by_pages(client: httpx.Client, store: Store) -> None:
    for number in range(23):
        store.cases.create(LOCAL, CaseFile(Case(f"Yak {number:02}", {}), {}), at=datetime.now(UTC))
    first = client.get("/cases", params={"search": "yak", "order": "name"})
    found = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert found
    second = client.get(found[1].replace("&amp;", "&"))
    names = [name for page in (first, second) for name in re.findall(r"<h3><a [^>]*>(Yak \d+)</a>", page.text)]
    assert names == [f"Yak {number:02}" for number in range(23)]


def test_an_earlier_save_is_brought_back_and_what_came_after_stays_in_the_history(
    client: httpx.Client, store: Store, case_id: str, file: CaseFile
) -> None:
    emptied = CaseFile(Case(file.case.name, {}), {})
    store.cases.save(LOCAL, case_id, 1, emptied, at=datetime.now(UTC))
    answer = post(client, f"/cases/{case_id}/history/1/restore")
    assert answer.headers["location"] == f"/cases/{case_id}/history?said=restored"
    assert store.cases.read(LOCAL, case_id).file == file
    assert store.cases.at_revision(LOCAL, case_id, 2).file == emptied
    assert post(client, f"/cases/{case_id}/history/9/restore").status_code == 404


def test_examples_stand_in_three_groups_each_with_what_it_shows(client: httpx.Client) -> None:
    text = client.get("/examples").text
    assert re.findall(r"<h2>(.*?)</h2>", text) == ["Go ahead", "Settle something first", "Do not go ahead, or end it"]
    assert text.count("It shows: ") == len(list((ROOT / "examples").glob("*.yaml")))
