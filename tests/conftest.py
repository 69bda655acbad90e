"""What all tests share: the project's own rulebook, read once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from advisor.loading import Loaded, load
from advisor.rulebook import Rulebook
from advisor.wording import Wording
from serving import Site, chromium, serving

ROOT = Path(__file__).parents[1]
pytest_plugins = ("databases",)


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
def browser() -> Iterator[Browser]:
    """One browser for all tests of a worker; each test opens contexts of its own."""
    with sync_playwright() as playwright:
        made = chromium(playwright)
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server without accounts on a fresh database, shared by the tests of a module."""
    with serving(tmp_path_factory.mktemp("site")) as running:
        yield running
