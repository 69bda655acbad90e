"""What the interview asks in each example, in which order, and how its main answer narrows: read as a difference.

Where an order or a rule is changed a test fails once and rewrites its file in `tests/journeys/`; the difference is what a
reviewer reads. No words of advice are in it.
"""

from pathlib import Path

import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.service import Service
from conftest import ROOT
from support.journeys import FOLDER, told
from support.sampling import sampled

EXAMPLES = [
    ROOT / "examples" / f"{name}.yaml"
    for name in (
        "domestic-violence-waiting-list",
        "early-learning-after-broken-trust",
        "finished-enrollment-campaign",
        "hidden-conflict-of-interest",
        "hospital-wants-a-say-in-removals",
        "mandated-council-with-an-unwilling-partner",
        "only-a-few-answers",
        "paid-charity-as-an-equal",
    )
]  # the ways a gate comes out, with and without a proposal, of one partner and of several


@pytest.fixture(scope="module")
def service(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


@pytest.mark.parametrize("path", sampled(EXAMPLES, 3), ids=lambda path: path.stem)
def test_the_journey_through_an_example_is_the_one_that_was_read(path: Path, service: Service) -> None:
    kept = FOLDER / f"{path.stem}.txt"
    before = kept.read_text("utf-8") if kept.exists() else ""
    now = told(read_case(path, service.vocabulary), service)
    if now != before:
        kept.write_text(now, "utf-8")
    assert now == before, f"tests/journeys/{kept.name} is rewritten: read the difference"


def test_every_journey_is_of_an_example() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in EXAMPLES}
