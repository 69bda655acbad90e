"""A page of another origin, in a real browser: it calls the API and frames a page where it may, and only there."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from support.servers import serving

CALL = """address => fetch(address + "/api/v1/cases", {
  method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({name: "From a portal"}),
}).then(answer => answer.headers.get("ETag"), () => "refused")"""
FRAME = """address => new Promise(done => {
  const frame = document.createElement("iframe");
  frame.onload = () => done();
  frame.src = address;
  document.body.append(frame);
})"""


class Portal(BaseHTTPRequestHandler):
    """Another site's page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Portal</title><body></body>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def framed(page: Page, address: str) -> str:
    """The title of the page that a frame shows; nothing where the browser shows its own refusal instead."""
    page.evaluate(FRAME, address)
    shown = page.frames[-1]
    return shown.title() if shown.url.startswith(address) else ""


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_of_another_origin_calls_and_frames_where_it_may(
    browser: Browser, portal: str, tmp_path: Path, allowed: bool
) -> None:
    other = portal if allowed else "http://localhost:1"
    with serving(tmp_path, settings={"ADVISOR_ALLOWED_ORIGINS": other, "ADVISOR_FRAME_ANCESTORS": other}) as site:
        page = browser.new_page()
        page.goto(portal)
        tag = page.evaluate(CALL, site.address)
        assert tag.startswith('"1-') if allowed else tag == "refused"
        assert bool(framed(page, site.address)) is allowed
        page.close()
        saved = site.client().get("/api/v1/cases").json()["total"]
        assert saved == int(allowed)
