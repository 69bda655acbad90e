"""Shared pages: what a link shows to somebody without an account, and that it shows nothing else."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from advisor.io.scenario_reader import read_case_file
from advisor.loading import Loaded
from advisor.model.scenario import CaseFile, Scenario
from advisor.store.database import Store
from advisor.store.records import Person
from conftest import ROOT
from support.servers import Site
from support.visits import add_person, check_page, context_for, store_of, text_of

CLOSER = Scenario(
    "Closer",
    {"wanted.aim": ("common-goal",), "wanted.work": ("plan-together",), "possible.authority": ("managers",)},
    {"Lakeside Shelter": {"partner.reach": ("plan-together",)}},
)
FORBIDDEN = Scenario("Forbidden", {"possible.law": ("forbids",)})  # so that what is asked is answered otherwise


@pytest.fixture(scope="module")
def store(site: Site, loaded: Loaded) -> Iterator[Store]:
    opened = store_of(site, loaded)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def owner(store: Store) -> Person:
    """With an account there is a login, which whoever holds a link has not got."""
    return add_person(store, "owner", "leader")


@pytest.fixture(scope="module")
def case_id(store: Store, owner: Person, loaded: Loaded) -> str:
    file = read_case_file(ROOT / "examples" / "readme.yaml", loaded.rulebook.vocabulary)
    return store.cases.create(owner, CaseFile(file.case, {"Closer": CLOSER}), at=datetime.now(UTC)).entry.id


def link(
    store: Store, owner: Person, case_id: str, shows: str, *scenarios: str, days: int = 7, words: bool = False
) -> tuple[str, str]:
    now = datetime.now(UTC)
    expires = now + timedelta(days=days)
    made, secret = store.links.create(owner, case_id, shows, scenarios, at=now, expires=expires, words=words)
    return made.id, secret


@pytest.mark.parametrize(
    ("shows", "scenarios", "said"),
    [
        ("advice", ("",), "Go ahead."),
        ("advice", ("Closer",), "Scenario: Closer. This is not the case as it stands."),
        ("compare", ("", "Closer"), "What the advice then says"),
    ],
)
def test_a_link_shows_one_page_that_leads_nowhere_else(
    shows: str, scenarios: tuple[str, ...], said: str, browser: Browser, site: Site, store: Store, owner: Person, case_id: str
) -> None:
    _, secret = link(store, owner, case_id, shows, *scenarios)
    context = context_for(browser, site)
    page = context.new_page()
    answer = page.goto(f"/shared/{secret}")
    assert answer
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    expect(page.locator("main")).to_contain_text(said)
    expect(page.locator("main")).to_contain_text("You see this by a shared link, which can be read and not changed.")
    found = page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert [address for address in found if not address.startswith("#")] == []
    assert page.locator("form, button, [hx-get]").count() == 0
    assert page.locator("meta[name=robots]").get_attribute("content") == "noindex, nofollow"
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    check_page(page)
    context.close()


def test_what_no_longer_works_is_one_and_the_same_page(client: httpx.Client, store: Store, owner: Person, case_id: str) -> None:
    _, expired = link(store, owner, case_id, "advice", "", days=-1)
    revoked_id, revoked = link(store, owner, case_id, "advice", "")
    store.links.revoke(owner, case_id, revoked_id, at=datetime.now(UTC))
    _, gone = link(store, owner, case_id, "advice", "A scenario that was deleted")
    _, gone_too = link(store, owner, case_id, "compare", "", "A scenario that was deleted")
    answers = [client.get(f"/shared/{secret}") for secret in (expired, revoked, gone, gone_too, "x" * 43, "%00", "é", "a" * 5000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "/shared/" not in answers[0].text


def test_the_advice_a_link_shows_is_kept_as_given_by_its_maker(
    client: httpx.Client, store: Store, owner: Person, loaded: Loaded
) -> None:
    file = read_case_file(ROOT / "examples" / "readme.yaml", loaded.rulebook.vocabulary)
    case_id = store.cases.create(owner, file, at=datetime.now(UTC)).entry.id
    _, secret = link(store, owner, case_id, "advice", "")
    assert client.get(f"/shared/{secret}").status_code == 200
    assert [(each.by, each.revision) for each in store.advices.list(owner, case_id).items] == [(owner.id, 1)]


def test_a_link_follows_the_case_and_opens_nothing_else(client: httpx.Client, store: Store, owner: Person, case_id: str) -> None:
    _, secret = link(store, owner, case_id, "advice", "")
    assert "Telling shelters" in text_of(client.get(f"/shared/{secret}"))
    for path in ("advice", "memo", "what-if", "compare", "goal", "links"):
        assert client.get(f"/cases/{case_id}/{path}").status_code == 303  # to the login


@pytest.fixture(scope="module")
def own_words(loaded: Loaded) -> list[str]:
    """What the leader said herself in the case that is shared."""
    case = read_case_file(ROOT / "examples" / "readme.yaml", loaded.rulebook.vocabulary).case
    return [*case.words.values(), *case.notes.values(), *(note for partner in case.partners for note in partner.notes.values())]


@pytest.mark.parametrize("first", [True, False])
def test_her_own_words_are_left_out_unless_the_link_shows_them(
    first: bool, client: httpx.Client, store: Store, owner: Person, loaded: Loaded, own_words: list[str]
) -> None:
    """Whichever of two links to the same page is opened first, and though the one with them is kept as it was made."""
    file = read_case_file(ROOT / "examples" / "readme.yaml", loaded.rulebook.vocabulary)
    with_scenarios = CaseFile(file.case, {"Closer": CLOSER, "Forbidden": FORBIDDEN})
    case_id = store.cases.create(owner, with_scenarios, at=datetime.now(UTC)).entry.id
    for shows, scenarios in (("advice", ("",)), ("advice", ("Closer",)), ("compare", ("", "Forbidden"))):
        secrets = {words: link(store, owner, case_id, shows, *scenarios, words=words)[1] for words in (first, not first)}
        pages = {words: text_of(client.get(f"/shared/{secret}")) for words, secret in secrets.items()}
        assert [said for said in own_words if said in pages[False]] == []
        assert [said for said in own_words if said in pages[True]] != []
    kept = store.advices.list(owner, case_id).items
    assert kept
    for each in kept:
        assert any(said in store.advices.read(owner, case_id, each.id).content.decode() for said in own_words)


def test_without_her_words_a_link_shows_the_same_advice(client: httpx.Client, store: Store, owner: Person, case_id: str) -> None:
    pages = [client.get(f"/shared/{link(store, owner, case_id, 'advice', '', words=words)[1]}").text for words in (True, False)]
    headings = [re.findall(r"<h[12][^>]*>(.*?)</h[12]>", page, re.DOTALL) for page in pages]
    assert headings[1] == [each for each in headings[0] if each in headings[1]]
    assert "advisor-quote" in pages[0]
    assert "advisor-quote" not in pages[1]
