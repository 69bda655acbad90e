"""What all pages share, in a real browser: the way in by keyboard, errors, what was done, printing, without scripts."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from advisor.loading import Loaded
from advisor.store.database import Store
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.fresh_databases import migrated
from support.servers import Site
from support.visits import check_page, context_for


def empty_the_form(page: Page, path: str = "/") -> None:
    """Send the start form without a name, past the browser's own check."""
    page.goto(path)
    page.locator("#name").fill("   ")
    page.get_by_role("button", name="Start", exact=True).click()


def test_the_first_key_leads_past_the_navigation(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_every_stop_of_the_tab_key_shows_where_it_is(page: Page) -> None:
    page.goto("/")
    stops = page.locator("a[href], button, input:not([type=hidden])").count()
    for _ in range(stops):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2


def test_the_navigation_says_where_one_is(page: Page) -> None:
    page.goto("/examples")
    assert page.locator("nav [aria-current=page]").all_inner_texts() == ["Examples"]
    assert page.title() == "Examples \N{EN DASH} Partnership advisor"
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("scripts", [True, False])
def test_an_error_stands_on_top_and_at_its_field_with_the_focus_on_it(scripts: bool, page: Page, plain: Page) -> None:
    seen = page if scripts else plain
    empty_the_form(seen)
    summary = seen.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There is a problem")
    field = seen.get_by_label("Name of the case")
    expect(field).to_have_attribute("aria-invalid", "true")
    described = (field.get_attribute("aria-describedby") or "").split()
    assert "Give it a name." in " ".join(seen.locator(f"#{part}").inner_text() for part in described)
    summary.get_by_role("link", name="Give it a name.").click()
    expect(field).to_be_focused()


def test_pages_with_errors_and_pages_that_failed_have_no_barrier(page: Page) -> None:
    empty_the_form(page)
    check_page(page)
    page.goto("/nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    check_page(page)
    page.goto("/import")
    page.set_input_files(
        "#file", {"name": "a.yaml", "mimeType": "text/yaml", "buffer": b"answers:\n  no.such: 1\n  nor.this: 2\n"}
    )
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("alert")).to_contain_text("a.yaml:3")
    check_page(page)


def test_what_was_done_is_shown_and_said_in_the_live_region(page: Page) -> None:
    page.goto("/cases?said=deleted")
    expect(page.locator(".usa-alert--success")).to_contain_text("deleted for good")
    expect(page.get_by_role("status")).to_contain_text("deleted for good")


def test_nothing_is_shown_for_a_message_that_is_none_of_ours(page: Page) -> None:
    page.goto("/cases?said=<b>hello</b>")
    expect(page.locator(".usa-alert--success")).to_have_count(0)
    assert "hello" not in page.locator("main").inner_text()


def test_paper_has_the_content_without_navigation_and_buttons(page: Page) -> None:
    page.goto("/")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for hidden in (".advisor-header", ".usa-skipnav", ".advisor-actions"):
        expect(page.locator(hidden).first).to_be_hidden()


def test_times_are_told_in_the_zone_of_the_reader(browser: Browser, site: Site, page: Page, plain: Page) -> None:
    page.goto("/")
    page.get_by_label("Name of the case").fill("A time")
    page.get_by_role("button", name="Start", exact=True).click()
    plain.goto("/cases")
    assert plain.locator("time").first.inner_text().endswith(" UTC")
    far = context_for(browser, site, timezone_id="Pacific/Honolulu").new_page()
    far.goto("/cases")
    moment = far.locator("time").first
    there = moment.evaluate(
        """element => new Date(element.dateTime).toLocaleString("en",
            {dateStyle: "long", timeStyle: "short", timeZone: "Pacific/Honolulu"})"""
    )
    expect(moment).to_have_text(there)
    far.context.close()


def test_nothing_moves_for_whoever_wants_less_motion(browser: Browser, site: Site) -> None:
    context = context_for(browser, site, reduced_motion="reduce")
    still = context.new_page()
    still.goto("/")
    moving = "[...document.querySelectorAll('*')].filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0).length"
    assert still.evaluate(moving) == 0
    context.close()


def test_no_page_breaks_the_content_security_policy(browser: Browser, site: Site) -> None:
    context = browser.new_context(base_url=site.address)
    strict = context.new_page()
    said: list[str] = []
    strict.on("console", lambda message: said.append(message.text))
    for path in ("/", "/cases", "/examples", "/import"):
        strict.goto(path)
    assert said == []
    assert strict.evaluate("typeof htmx") == "object"
    context.close()


def test_pages_are_not_left_behind_in_the_browser(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Your cases").click()
    page.wait_for_url("**/cases")
    left = page.evaluate("[...Object.values(localStorage), ...Object.values(sessionStorage)].join(' ')")
    assert left in ("", "/cases")  # htmx notes the address, and is told to keep no page


def test_every_failure_says_what_to_do_now(loaded: Loaded) -> None:
    said = loaded.wording.pages["error-page"]
    codes, now = ({key.removeprefix(kind) for key in said if key.startswith(kind)} for kind in ("what-", "now-"))
    assert {"not-found", "conflict", "invalid", "too-large", "throttled", "unforeseen", "unavailable"} <= codes
    assert codes == now


def test_a_database_that_is_away_is_told_on_a_page(tmp_path: Path, loaded: Loaded) -> None:
    settings = read_settings(data=tmp_path, database=f"sqlite:///{tmp_path / 'a.db'}")
    migrated(settings.database, loaded.rulebook.vocabulary).close()
    app = create_app(settings, loaded=loaded)
    away = Store("postgresql://127.0.0.1:1/none", loaded.rulebook.vocabulary)
    app.state.site = replace(app.state.site, store=away)
    answer = TestClient(app, base_url="http://localhost").get("/cases")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The saved cases cannot be reached" in answer.text
