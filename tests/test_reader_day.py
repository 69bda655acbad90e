"""A memo has the date of whoever reads it, not that of the server."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser
from starlette.requests import Request

from advisor.web.reader_day import COOKIE, reader_day
from support.servers import Site

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Los_Angeles", 28),
        ("Pacific/Kiritimati", 29),
        ("UTC", 29),
        ("", 29),
        ("Nowhere/At_All", 29),
        ("America", 29),
        ("../../../etc/passwd", 29),
        ("x" * 65, 29),
    ],
)
def test_the_day_is_that_of_the_readers_zone(zone: str, day: int) -> None:
    request = Request({"type": "http", "headers": [(b"cookie", f"{COOKIE}={zone}".encode())]})
    assert reader_day(request, NOW) == date(2026, 11, day)


def test_a_page_tells_the_readers_zone(browser: Browser, site: Site) -> None:
    with browser.new_context(timezone_id="Pacific/Kiritimati", base_url=site.address) as context:
        context.new_page().goto("/")
        assert {each["name"]: each["value"] for each in context.cookies()}[COOKIE] == "Pacific/Kiritimati"
