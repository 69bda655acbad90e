"""Every page in the route table in a real browser: axe-core, 320 CSS pixels, landmarks and headings, with and without script."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

from advisor.engine import engine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.consultation import Respondent, Shown
from advisor.model.scenario import CaseFile, Scenario
from advisor.service import Service
from advisor.store.database import Store
from advisor.store.follow_ups import NewStep
from advisor.store.outbox import EVENTS
from advisor.store.records import Person
from advisor.store.retention import RetentionRule
from advisor.web.app import create_app
from advisor.web.settings import read_settings
from support.fresh_databases import migrated
from support.route_table import PARAMETER, filled, routes
from support.sampling import sampled
from support.servers import ROOT, Site, serving
from support.visits import PASSWORD, violations

CASES = ("domestic-violence-waiting-list", "readme")
PARTS = 6  # of the pages: axe looks at one in each run, at all in a long one
_OPEN = "document.querySelectorAll('details').forEach(d => { d.open = true })"
LONG = "Unbroken" * 20  # a name that has to wrap wherever it stands
QUERIES = {
    "why-not": "?goal=dimension%3Dintegration",
    "goal": "?goal=dimension%3Dintegration",
    "route": "?goal=dimension%3Dintegration",
    "compare": "?with=Otherwise",
    "compare-cases": "?case={0}&case={1}",
    "scenarios": "?name=Otherwise",
    "branches": "?name=Otherwise",
}
NO_PAGE = (
    "/first-account",  # open only before there is an account
    "/forgotten-password",  # open only where mail is set: tests/test_forgotten_password.py
    "/login/code",  # open only after the password: tests/test_second_factor.py
    "/audit/export",
    "/sign-in/{provider}",
    "/sign-in/{provider}/back",
    "/export-cases",
    "/cases/{case_id}/export/{format}",
    "/cases/{case_id}/documents/{kind}.{form}",
    "/metrics",
)
FILES = (
    "sheet.xlsx",
    "sheet.csv",
    "session.{form}",
    "record.{form}",
    "handout.{form}",
    "export.json",
    "calendar.ics",
)  # how addresses of files end


@dataclass
class Pages:
    """A site with accounts and a full case, and the paths of all its pages."""

    site: Site
    paths: dict[str, str]
    signed_in: dict[str, str]


@dataclass
class Examined:
    """What is wrong on a page, by its path, and pairs of colors with the contrast that each needs and where it first was."""

    wrong: dict[str, list[tuple[str, list[str]]]]
    colors: dict[tuple[str, str, str], str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, loaded: Loaded, browser: Browser) -> Iterator[Pages]:
    folder = tmp_path_factory.mktemp("accessible")
    settings = read_settings(data=folder, database=f"sqlite:///{folder / 'advisor.db'}")
    store, at = migrated(settings.database, loaded.rulebook.vocabulary), datetime.now(UTC)
    person = store.people.add("a@example.org", "An administrator", "administrator", "An agency", PASSWORD, at=at)
    leader = store.people.add("b@example.org", "A leader", "leader", "An agency", PASSWORD, at=at)
    store.memberships.join(person.id, LONG, "planner", at=at + timedelta(seconds=1))
    host = store.people.add("c@example.org", "A host", "administrator", "A third agency", PASSWORD, at=at)
    store.invitations.make(person, "d@example.org", "leader", at=at)
    store.tokens.create(person, "for a test", at=at)
    webhook, _ = store.webhooks.create(person.organization, "https://portal.example/told", EVENTS, at=at)
    store.tokens.create(person, "for a portal", at=at, scopes=["read"], reference="unit 7")
    case = read_case(ROOT / "examples" / f"{CASES[0]}.yaml", loaded.rulebook.vocabulary)
    question = next(iter(case.answers))
    case = replace(case, name=LONG, partners=tuple(replace(each, name=f"{each.name} {LONG}") for each in case.partners))
    saved = store.cases.create(person, CaseFile(case, {"Otherwise": Scenario("Otherwise", {question: ()})}), at=at)
    second = store.cases.create(
        person, CaseFile(read_case(ROOT / "examples" / f"{CASES[1]}.yaml", loaded.rulebook.vocabulary), {}), at=at
    )
    until = at + timedelta(days=1)
    link, secret = store.links.create(person, saved.entry.id, "advice", (), at=at, expires=until)
    passkey = store.passkeys.add(person.id, LONG, "AQID", b"key", 0, at=at)
    given = {
        "passkey": passkey.id,
        "case_id": saved.entry.id,
        "section": loaded.rulebook.vocabulary.sections[0],
        "number": "1",
        "step": question,
        "name": "Otherwise",
        "scenario": "Otherwise",
        "secret": secret,
        "link_id": link.id,
        "person_id": leader.id,
        "webhook": webhook.id,
    }
    consulted = consultations(store, person, saved.entry.id, at)
    given |= consulted.given
    advice = Service(loaded, engine("chain", loaded.cache)).assess(case)
    both = {"compare-cases": QUERIES["compare-cases"].format(saved.entry.id, second.entry.id)}
    queries = {**QUERIES, **both, "why": f"?{urlencode({'of': next(iter(advice.justification))})}"}
    item = f"condition={advice.conditions[0].id}"
    queries["item"] = f"?{urlencode({'of': item})}"
    days = [NewStep("due", each.by, "", (at - timedelta(days=9)).date()) for each in advice.conditions]
    steps = [*days, NewStep("done", item, LONG, at.date(), LONG), NewStep("done", "condition=gone", LONG, at.date(), LONG)]
    store.follow_ups.add(person, saved.entry.id, steps, at=at)
    store.holds.place(person.organization, saved.entry.id, consulted.given["consultation"], LONG, by=person.id, at=at)
    past = at - timedelta(days=400)
    ended = store.cases.create(person, CaseFile(replace(case, name=f"Ended {LONG}"), {}), at=past).entry.id
    over = store.consultations.open(person, ended, ("wanted.aim",), at=past).id
    store.retention.set_rule(RetentionRule(person.organization, 12, 6))
    assert not list(store.retention.run(at=at - timedelta(days=50)))
    partner_section = next(q.section for q in loaded.rulebook.vocabulary.asked_of("partner"))
    app = create_app(settings, loaded=loaded)
    paths = {}
    for method, path, parameters in routes(app):
        if method == "GET" and not path.startswith("/api/") and path not in NO_PAGE and not path.endswith(FILES):
            own = {**given, "section": partner_section} if "number" in parameters else given
            paths[path] = filled(path, own) + queries.get(path.rpartition("/")[2], "")
    paths |= {
        "deleted soon": f"/cases/{ended}",
        "managed and deleted soon": f"/cases/{ended}/manage",
        "consultation deleted soon": f"/cases/{ended}/consultations/{over}",
    }
    paths["/join/{secret}"] = f"/join/{store.invitations.make(host, person.email, 'leader', at=at)[1]}"
    paths |= {**consulted.paths, "/reset/{secret}": f"/reset/{store.resets.open(leader.id, at=at)}"}
    store.close()
    with serving(folder, database=settings.database) as site:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{site.address}/login")
        page.get_by_label("Email").fill("a@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{site.address}/")
        cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
        context.close()
        yield Pages(site, paths, cookies)


@dataclass
class ConsultedCase:
    """What a consultation that is open gives paths, and the paths of its pages that no route alone leads to."""

    given: dict[str, str]
    paths: dict[str, str]


def consultations(store: Store, person: Person, case: str, at: datetime) -> ConsultedCase:
    """A consultation with everybody who may be in it, and one that is closed, to agree on its lines."""
    questions = ("wanted.aim", "wanted.obstacle", "partner.trust", "present.purpose")

    def begun(consultation: str, name: str, aim: str, shown: Shown = "by-name") -> tuple[str, str]:
        someone = Respondent(f"{name} {LONG}", "agency", shown=shown)
        made, key = store.respondents.invite(person, case, consultation, someone, at=at, expires=at + timedelta(days=9))
        onward = store.respondents.begin(key, at=at)
        store.respondents.save(onward, {("wanted.aim", None): ((aim,), LONG)}, at=at)
        return made.id, onward

    running, closed = (store.consultations.open(person, case, questions, at=at - timedelta(days=n)).id for n in range(2))
    one, key = begun(running, "First", "exchange")
    _, private = begun(running, "Second", "common-goal", "to-specialist")
    _, waiting = store.respondents.invite(
        person, case, running, Respondent("Third", "family", shown="anonymous"), at=at, expires=at + timedelta(days=9)
    )
    _, past = begun(closed, "First", "exchange")
    store.consultations.close(person, case, closed, at=at)
    store.consultations.decide(person, case, closed, "chosen", at=at, question="wanted.aim", options=("exchange",), note="So.")
    address = f"/cases/{case}/consultations/{closed}"
    paths = {
        "welcome": f"/answer/{waiting}",
        "own address": f"/answer/{private}",
        "reconciling closed": f"{address}/reconcile",
        "one line": f"{address}/reconcile/line?line=wanted.aim",
        "closed": address,
        "room by kind": f"/cases/{case}/consultations/{running}/room?by=kind",
        "nobody known": f"/answer/{past}",
    }
    return ConsultedCase({"consultation": running, "respondent": one, "key": key}, paths)


def context(browser: Browser, pages: Pages, *, width: int = 1280, script: bool = True) -> BrowserContext:
    """A signed-in browser of some width."""
    made = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=script, bypass_csp=True, reduced_motion="reduce"
    )
    made.add_cookies([{"name": n, "value": v, "url": pages.site.address} for n, v in pages.signed_in.items()])
    return made


def visited(held: BrowserContext, pages: Pages, part: int = 0, parts: int = 1) -> Iterator[tuple[str, Page]]:
    """Each page of a part of them in turn, once what it fetches by itself is there."""
    page = held.new_page()
    for path in [*pages.paths.values()][part::parts]:
        answer = page.goto(pages.site.address + path)
        assert answer is not None
        assert answer.status in (200, 410), path
        page.wait_for_function("!document.querySelector('.htmx-request')")
        yield path, page


@dataclass
class Visited:
    """What each page says that it is, and how far it goes beyond 320 CSS pixels: its width, and what is cut off or clipped."""

    said: dict[str, dict[str, Any]]
    narrow: dict[str, tuple[int, list[str], list[str]]]


@pytest.fixture(scope="module", params=sampled(range(PARTS // 2), PARTS // 2))
def seen(request: pytest.FixtureRequest, pages: Pages, browser: Browser) -> Visited:
    """A part of the pages at 320 pixels, 400 per cent of 1280, and then with text spaced as WCAG 1.4.12 has it."""
    found = Visited({}, {})
    with context(browser, pages, width=320) as held:
        for path, page in visited(held, pages, request.param, PARTS // 2):
            found.said[path] = page.evaluate(_SAYS)
            wide, cut = page.evaluate("document.documentElement.scrollWidth"), page.evaluate(_CUT)
            page.add_style_tag(content=_SPACED)
            found.narrow[path] = wide, cut, page.evaluate(_CLIPPED)
    return found


@pytest.fixture(scope="module", params=sampled(range(PARTS), PARTS))
def examined(request: pytest.FixtureRequest, pages: Pages, browser: Browser) -> Examined:
    """What axe finds on a part of the pages with everything opened, and the colors of their texts."""
    wrong, colors = {}, dict[tuple[str, str, str], str]()
    with context(browser, pages) as held:
        for path, page in visited(held, pages, request.param, PARTS):
            page.evaluate(_OPEN)
            wrong[path] = violations(page)
            for front, ground, least in page.evaluate(_COLORS):
                colors.setdefault((front, ground, least), path)
    return Examined(wrong, colors)


def test_axe_finds_nothing_on_any_page_with_everything_opened(examined: Examined) -> None:
    assert not {path: found for path, found in examined.wrong.items() if found}
    assert len(examined.wrong) > 10


def test_no_page_is_wider_than_320_pixels_and_nothing_is_cut_off(seen: Visited) -> None:
    """Only regions the keyboard reaches may scroll."""
    assert not {path: found for path, found in seen.narrow.items() if found[0] > 320 or found[1] or found[2]}


_SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
_CUT = """() => [...document.querySelectorAll('main *')].filter(e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const hidden = style.position === 'absolute' && box.width <= 1;
    return !hidden && box.width > 0 && box.right > innerWidth + 1 && !e.closest('[tabindex="0"], svg');
}).slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
_CLIPPED = """() => [...document.querySelectorAll('main *')].filter(e => {
    const style = getComputedStyle(e);
    return style.overflowY === 'hidden' && e.scrollHeight > e.clientHeight + 2 && e.clientHeight > 2;
}).slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
_SAYS = """() => ({
    lang: document.documentElement.lang, title: document.title,
    h1: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length,
    header: document.querySelectorAll('header').length,
    inline: document.querySelectorAll('[style], style, script:not([src])').length,
    levels: [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => Number(h.tagName[1])),
})"""


@pytest.fixture(scope="module")
def said_without_script(pages: Pages, browser: Browser) -> dict[str, dict[str, Any]]:
    """What each page says that it is where no script runs."""
    said = {}
    with context(browser, pages, script=False) as held:
        page = held.new_page()
        for path in pages.paths.values():
            page.goto(pages.site.address + path)
            said[path] = page.evaluate(_SAYS)
    return said


@pytest.mark.parametrize("script", [True, False])
def test_every_page_says_what_it_is(
    pages: Pages, seen: Visited, said_without_script: dict[str, dict[str, Any]], script: bool
) -> None:
    told = seen.said if script else said_without_script
    assert told.keys() <= {*pages.paths.values()}
    assert len(told) > 20
    for path, found in told.items():
        assert (found["lang"], found["h1"], found["main"], found["inline"]) == ("en", 1, 1, 0), path
        assert found["header"], path
        assert not [path for before, after in pairwise(found["levels"]) if after > before + 1], found["levels"]
    assert len({found["title"] for found in told.values()}) >= len(told) - 7, "pages share a title"


def test_the_first_stop_of_the_keyboard_leads_past_the_header(pages: Pages, browser: Browser) -> None:
    with context(browser, pages) as held:
        page = held.new_page()
        for path in list(pages.paths.values())[:8]:
            page.goto(pages.site.address + path)
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            assert page.evaluate("location.hash") == "#main", path


def test_every_route_of_a_page_is_tried(pages: Pages) -> None:
    assert not [path for path in pages.paths if PARAMETER.search(pages.paths[path])]
    assert {"/", "/cases", "/cases/{case_id}", "/cases/{case_id}/advice", "/cases/{case_id}/what-if"} <= set(pages.paths)


def test_the_focus_is_seen_on_every_ground_and_a_dark_scheme_is_dark(pages: Pages, browser: Browser) -> None:
    """The ring has 3:1 against white and the palest ground behind text; light and dark change places where that is asked for."""
    with context(browser, pages) as held:
        page = held.new_page()
        page.goto(pages.site.address + pages.paths["/cases/{case_id}/advice"])
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineColor.match(/\\d+/g).slice(0, 3).map(Number)")
        for ground in ((255, 255, 255), (240, 240, 240)):
            assert contrast(ring, ground) >= 3
        page.emulate_media(color_scheme="dark")
        assert "invert" in page.evaluate("getComputedStyle(document.documentElement).filter")
        page.emulate_media(color_scheme="dark", forced_colors="active")
        assert page.evaluate("getComputedStyle(document.documentElement).filter") == "none"


def contrast(one: Sequence[int], two: Sequence[int]) -> float:
    """The contrast of two colors as WCAG 2 has it."""

    def luminance(color: Sequence[int]) -> float:
        parts = [part / 255 for part in color]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def test_the_dark_scheme_has_the_contrast_that_axe_asks_for(pages: Pages, browser: Browser, examined: Examined) -> None:
    """Axe reads colors as they are declared; what the dark scheme makes of each pair that it finds is read off a picture."""
    pairs = examined.colors
    with context(browser, pages) as held:
        page = held.new_page()
        page.emulate_media(color_scheme="dark")
        page.goto(pages.site.address + "/login")
        shown = _shown(page, sorted({color for front, ground, _ in pairs for color in (front, ground)}))
    assert _ratio(shown["#ffffff"], (255, 255, 255)) > 15  # it is dark
    poor = {pair: ratio for pair in pairs if (ratio := _ratio(shown[pair[0]], shown[pair[1]])) < float(pair[2].split(":")[0])}
    assert not poor
    assert len(pairs) > 5


_COLORS = """() => axe.run(document, {runOnly: ['color-contrast'], resultTypes: ['passes', 'violations']}).then(found =>
    [...found.passes, ...found.violations].flatMap(each => each.nodes).map(node => node.any[0].data)
        .filter(data => data && data.fgColor && data.bgColor)
        .map(data => [data.fgColor, data.bgColor, data.expectedContrastRatio]))"""


def _shown(page: Page, colors: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Each color as a page shows it."""
    fields = "".join(f'<i style="display:block;width:4px;height:4px;background:{color}"></i>' for color in colors)
    page.set_viewport_size({"width": 300, "height": max(300, 4 * len(colors))})
    page.evaluate("fields => { document.body.innerHTML = `<div style='position:absolute;top:0;left:0'>${fields}</div>` }", fields)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return {color: picture.getpixel((1, 4 * place + 1)) for place, color in enumerate(colors)}  # type: ignore[misc]


def _ratio(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colors, as WCAG has it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: tuple[int, int, int]) -> float:
    parts = [part / 255 for part in color]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
