"""A real server on a fresh database, and a real browser to look at it with."""

import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Error, Playwright

from support.fresh_databases import started

ROOT = Path(__file__).parents[2]
TLS = ssl.create_default_context()  # made once: reading the certificates of a client takes as long as a page
UNHURRIED = "120"  # the longest that the server may be told to take over an answer, in seconds

_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser")
_ADDRESS = re.compile(r"http://\S+:\d+")


@dataclass
class Site:
    """A running server: where it is, what it logged, and its folder with the database."""

    address: str
    process: subprocess.Popen[str]
    folder: Path
    database: str
    logged: list[str] = field(default_factory=list)

    def client(self, **options: object) -> httpx.Client:
        """A client that keeps cookies and does not follow redirects."""
        return httpx.Client(base_url=self.address, timeout=60, verify=TLS, **options)  # type: ignore[arg-type]


@contextmanager
def serving(
    folder: Path,
    *,
    database: str = "",
    port: int = 0,
    settings: dict[str, str] | None = None,
    arguments: tuple[str, ...] = (),
    command: tuple[str, ...] = (),
) -> Iterator[Site]:
    """`advisor serve` on a free port, with its data in `folder`. It is stopped the way an operator would.

    Where no `database` is named, it has its tables and the rulebook already, as before a second start. With a `port` of its
    own it is reached there, whatever address it gives itself, as behind a balancer. `command` is another installation's
    `advisor`, which is started from `folder` and on no database.
    """
    if not database:
        path = folder / "advisor.db"
        if not command and not path.exists():
            path.write_bytes(started())
        database = f"sqlite:///{path}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ADVISOR_")}
    environment |= {"ADVISOR_DATA": str(folder), "ADVISOR_DATABASE": database, "ADVISOR_PORT": str(port)}
    environment |= {"ADVISOR_MAX_SECONDS": UNHURRIED, **(settings or {})}
    if command:
        environment.pop("PYTHONPATH", None)
    program = [*(command or (sys.executable, "-m", "advisor")), "serve", *arguments]
    where = folder if command else ROOT
    process = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=where)
    assert process.stdout is not None
    assert process.stderr is not None
    logged: list[str] = []
    reader = threading.Thread(target=lambda: logged.extend(process.stderr or ()), daemon=True)
    reader.start()
    try:
        found = _ADDRESS.search(process.stdout.readline())
        assert found, f"the server did not start: {''.join(logged)} {process.wait(10)}"
        site = Site(f"http://127.0.0.1:{port}" if port else found[0], process, folder, database, logged)
        _wait(site)
        yield site
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)


def _wait(site: Site) -> None:
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(base_url=site.address, transport=transport, timeout=60, verify=TLS) as client:
        while site.process.poll() is None:
            try:
                if client.get("/api/v1/health").status_code == 200:
                    return
            except httpx.TransportError:
                threading.Event().wait(0.05)
    raise AssertionError("".join(site.logged))


def firefox(playwright: Playwright) -> Browser:
    """The Firefox that is installed, as it is, by WebDriver BiDi."""
    installed = os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")
    # It takes its settings from a home of its own: somebody else's may not be root's.
    home = tempfile.mkdtemp(prefix="firefox")
    return playwright.firefox.launch(channel="moz-firefox", executable_path=installed, env={**os.environ, "HOME": home})


def chromium(playwright: Playwright) -> Browser:
    """Debian's Chromium where it is installed, without windows if it can be, and Playwright's own elsewhere."""
    installed = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _CHROMIUM)), None)
    try:
        return playwright.chromium.launch(executable_path=installed, args=_FLAGS)
    except Error as error:
        raise AssertionError(f"no browser to test with; see `make browser`: {error}") from None
