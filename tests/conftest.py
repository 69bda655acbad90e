"""What all tests share: the project's own rulebook, read once."""

from pathlib import Path

import pytest

from advisor.loading import Loaded, load
from advisor.rulebook import Rulebook
from advisor.wording import Wording

ROOT = Path(__file__).parents[1]


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
