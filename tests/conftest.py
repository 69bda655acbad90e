"""What all tests share: the project's own rulebook, read once."""

from pathlib import Path

import pytest

from advisor.loading import load
from advisor.rulebook import Rulebook
from advisor.wording import Wording

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def loaded() -> tuple[Rulebook, Wording]:
    """The rulebook and the wording of this checkout."""
    return load()


@pytest.fixture(scope="session")
def rulebook(loaded: tuple[Rulebook, Wording]) -> Rulebook:
    return loaded[0]


@pytest.fixture(scope="session")
def wording(loaded: tuple[Rulebook, Wording]) -> Wording:
    return loaded[1]
