"""The whole site under a path of another one, behind a proxy that takes the path off and behind one that does not."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Response, expect

from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.scenario import CaseFile, Scenario
from conftest import ROOT
from support.fresh_databases import migrated
from support.nginx import nginx
from support.proxy import proxying
from support.sampling import sampled
from support.servers import Site, serving
from support.visits import PASSWORD, add_person

PREFIX = "/tools/advisor"
ROUTE = "/route?goal=dimension%3Dcollaboration"
GOAL = "/goal?goal=dimension%3Dcollaboration"
PAGES = (
    "",
    "/advice",
    "/memo",
    "/answers",
    "/partners",
    "/what-if",
    GOAL,
    "/levers",
    ROUTE,
    "/compare?with=Other",
    "/history",
    "/links",
)


@pytest.fixture(scope="module")
def case_of(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded) -> Iterator[tuple[Site, str]]:
    folder = tmp_path_factory.mktemp("under")
    database = f"sqlite:///{folder / 'advisor.db'}"
    store = migrated(database, loaded.rulebook.vocabulary)
    person = add_person(store, "a", "administrator")
    case = read_case(ROOT / "examples/domestic-violence-liaisons.yaml", loaded.rulebook.vocabulary)
    file = CaseFile(case, {"Other": Scenario("Other", {"wanted.priority": ("yes",)})})
    saved = store.cases.create(person, file, at=datetime.now(UTC))
    store.close()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"ADVISOR_PORT": str(port), "ADVISOR_PUBLIC_URL": f"http://localhost:{port}{PREFIX}"}
    with serving(folder, database=database, settings=settings) as site:
        yield site, saved.entry.id


@pytest.mark.parametrize("strips", sampled([True, False], 2))
def test_everything_leads_on_within_the_path(case_of: tuple[Site, str], browser: Browser, strips: bool) -> None:
    site, case_id = case_of
    with proxying(site.address, PREFIX, strips=strips) as address:
        _go_through(address, case_id, browser)


@pytest.mark.elsewhere
@pytest.mark.parametrize("strips", [True, False])
def test_everything_leads_on_within_the_path_behind_nginx(
    case_of: tuple[Site, str], browser: Browser, tmp_path: Path, strips: bool
) -> None:
    site, case_id = case_of
    with nginx(site.address, PREFIX, tmp_path, strips=strips) as address:
        _go_through(address, case_id, browser)


def _go_through(address: str, case_id: str, browser: Browser) -> None:
    """Sign in, see every page, save an answer and sign out: nothing fails, and nothing leads out of the path."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    wrong: list[str] = []

    def seen(response: Response) -> None:
        if response.status >= 400 or not response.url.startswith(address):
            wrong.append(f"{response.status} {response.url}")

    page.on("response", seen)
    page.goto(f"{address}/cases/{case_id}")
    page.get_by_label("Email").fill("a@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{address}/cases/{case_id}")
    assert {cookie.get("path") for cookie in context.cookies()} == {PREFIX}
    found = set()
    for path in PAGES:
        page.goto(f"{address}/cases/{case_id}{path}")
        page.wait_for_function("!document.querySelector('.htmx-request')")
        found |= set(
            page.evaluate(
                """() => ["href", "action", "src", "hx-get", "hx-post"].flatMap(name =>
                    [...document.querySelectorAll(`[${name}]`)].map(each => each.getAttribute(name)))"""
            )
        )
    assert not [each for each in found if each and each[0] not in "#?" and not each.startswith(f"{PREFIX}/")]
    page.goto(f"{address}/cases/{case_id}/questions/wanted.aim?back={PREFIX}/cases/{case_id}/answers")
    page.locator("label.usa-radio__label").nth(2).click()
    page.get_by_role("button", name="Save").first.click()
    expect(page).to_have_url(re.compile(f"^{address}/cases/{case_id}/answers"))
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(f"^{address}/login"))
    assert {cookie.get("name") for cookie in context.cookies()} == {"zone", "advisor_browser"}  # neither says who it was
    assert not wrong
    context.close()
