"""Visiting a site as a person does: forms with their hidden fields, signing in, axe-core, no sideways scrolling."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from advisor.loading import Loaded
from advisor.store.database import Store
from advisor.store.records import Person
from support.servers import ROOT, Site

PASSWORD = "correct horse battery"
AXE = ROOT / "build" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = """tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']}).then(found =>
    found.violations.map(each => [each.id, each.nodes.map(node => node.html.slice(0, 200))]))"""


def store_of(site: Site, loaded: Loaded) -> Store:
    """The database of a running site."""
    return Store(site.database, loaded.rulebook.vocabulary)


def add_person(store: Store, name: str, role: str, organization: str = "North") -> Person:
    """An account NAME@example.org with the usual password."""
    return store.people.add(f"{name}@example.org", name.title(), role, organization, PASSWORD, at=datetime.now(UTC))


def post(
    client: httpx.Client, path: str, fields: Mapping[str, str | list[str]] | None = None, *, files: Any = None, **more: str
) -> httpx.Response:
    """Send a form as a browser does from a page of the site."""
    data = {**(fields or {}), **more}
    return client.post(path, data=data, files=files, headers={"Sec-Fetch-Site": "same-origin"})


def sign_in(client: httpx.Client, email: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    """Post the form on the login page."""
    return post(client, "/login", {"email": email, "password": password, **fields})


def text_of(response: httpx.Response) -> str:
    """What a page says, without its markup, single blanks between words."""
    main = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())


def context_for(browser: Browser, site: Site, **options: Any) -> BrowserContext:
    """A fresh browser window. The content security policy holds for the site; only axe is let past it."""
    return browser.new_context(base_url=site.address, bypass_csp=True, **options)


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """What axe-core finds wrong with a page as it is: the rule's name, and the places."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text("utf-8"))
    found: list[tuple[str, list[str]]] = page.evaluate(_RUN, RULES)
    return found


def check_page(page: Page) -> None:
    """No violation that axe-core finds at 320 CSS pixels (at desktop width tests/test_accessibility.py looks), and no page
    that scrolls sideways.
    """
    page.wait_for_load_state()
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.locator("html").evaluate("root => root.scrollWidth") <= width, f"{page.url} scrolls sideways at {width}"
        if width == 320:
            assert violations(page) == [], page.url
    page.set_viewport_size({"width": 1280, "height": 900})
