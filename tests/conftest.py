"""What all tests share: the project's own rulebook, read once."""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.testclient import TestClient

from advisor.engine.forward_chaining import ChainEngine
from advisor.loading import Loaded, load
from advisor.model.rulebook import Rulebook
from advisor.model.wording import Wording
from advisor.service import Service
from advisor.store import people
from support.case_files import Assessed, examples
from support.servers import UNHURRIED, Site, chromium, firefox, serving
from support.visits import context_for

ROOT = Path(__file__).parents[1]
gc.set_threshold(100_000, 50, 50)  # what most tests make is gone without it
os.environ["LANGUAGE"] = "C"  # no library looks for translations of its own at every word of help
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the programs that tests start by the hundred are compiled once
sys.dont_write_bytecode = False
_data = tempfile.TemporaryDirectory(prefix="advisor-tests-")  # accounts that tests make are none of this machine's own advisor
os.environ["XDG_DATA_HOME"] = _data.name
os.environ["ADVISOR_MAX_SECONDS"] = UNHURRIED  # on a machine that does something else as well, no answer is late
pytest_plugins = ("support.databases",)
# No example is late on a busy machine. What lets a change land or not is the same from run to run;
# `make long` tries others each time.
_ordinary = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
settings.register_profile("repeatable", _ordinary, derandomize=True)
settings.register_profile("random", _ordinary)
settings.load_profile("repeatable")
expect.set_options(timeout=90_000)  # milliseconds that a busy machine may take


def pytest_collection_finish() -> None:
    """What was imported and collected stays: later collections of garbage pass it over."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What a module leaves behind in cycles, applications above all, goes with it; what stays then is not looked at again."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()
        gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def nothing_is_frozen() -> Iterator[None]:
    """What applications and commands take out of garbage collection at their start would stay for good in a test's process."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("advisor.web.app", "advisor.cli.app"):
            patch.setattr(f"{module}.gc", SimpleNamespace(collect=lambda: 0, freeze=lambda: None))
        yield


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Passwords are hashed at the least cost in the tests' own process; what hashing is like for real, test_store_people says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_loop() -> Iterator[None]:
    """Requests to an application that was not started share an event loop: one of its own takes longer than the request."""
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:

        @contextmanager
        def shared(client: TestClient) -> Iterator[BlockingPortal]:
            yield client.portal or portal

        patch.setattr(TestClient, "_portal_factory", shared)
        yield


@pytest.fixture(scope="session")
def loaded() -> Loaded:
    """The rulebook and the wording of this checkout."""
    return load()


@pytest.fixture(scope="session")
def rulebook(loaded: Loaded) -> Rulebook:
    return loaded.rulebook


@pytest.fixture(scope="session")
def wording(loaded: Loaded) -> Wording:
    return loaded.wording


@pytest.fixture(scope="session")
def assessed(loaded: Loaded) -> tuple[Assessed, ...]:
    """Every case of `tests/cases/`, gone through once: what follows from it, and the advice on it."""
    service = Service(loaded, ChainEngine(loaded.cache))
    found = examples(loaded.rulebook.vocabulary)
    made = tuple(Assessed(each, service.infer(each.case), service.assess(each.case)) for each in found)
    gc.collect()
    gc.freeze()
    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker, Chromium or what BROWSER names; each test opens contexts of its own."""
    with sync_playwright() as playwright:
        made = firefox(playwright) if os.environ.get("BROWSER") == "firefox" else chromium(playwright)
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server without accounts on a fresh database, shared by the tests of a module."""
    with serving(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    """Somebody who asks that server without a browser."""
    with site.client() as made:
        yield made


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh browser window at that server."""
    context = context_for(browser, site)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain(browser: Browser, site: Site) -> Iterator[Page]:
    """A fresh browser window that runs no scripts."""
    context = context_for(browser, site, java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is installed, built once."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))
