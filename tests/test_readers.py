"""Two readers of the same twelve descriptions: how far their answers, and the advice that follows, agree."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from advisor.engine.forward_chaining import ChainEngine
from advisor.io.case_reader import read_case
from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.conditions import Answers
from advisor.service import Service

FOLDER = Path(__file__).parent / "readers"
NAMES = sorted(path.stem for path in (FOLDER / "first").glob("*.yaml"))
DECIDING = {
    *("today.state", "today.practice", "today.working", "wanted.aim", "wanted.work", "wanted.answer", "wanted.body"),
    *("wanted.records", "wanted.safety", "possible.authority", "possible.price", "proposal.ask"),
    *("partner.reach", "partner.role", "partner.without"),
}


@dataclass
class Agreement:
    """Counts of answers; an option of a `several` question that either reader ticks is an answer of its own."""

    both: Counter[str] = field(default_factory=Counter)
    alike: Counter[str] = field(default_factory=Counter)
    deciding: int = 0
    deciding_shared: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        worst = sorted(self.both, key=lambda question: self.alike[question] / self.both[question])[:10]
        return "\n".join(
            [
                f"answers given by both that agree: {self.answers:.1%} of {self.both.total()}",
                f"deciding questions answered by the other too: {self.deciding_answered:.1%}",
                *(f"{each} alike in {count} of {len(NAMES)}" for each, count in self.verdicts.items()),
                *(f"  {question}: {self.alike[question]} of {self.both[question]}" for question in worst),
            ]
        )

    @property
    def answers(self) -> float:
        """Of the answers given by both, the share that agree."""
        return self.alike.total() / self.both.total()

    @property
    def deciding_answered(self) -> float:
        """Of the deciding questions that one answers, the share that the other answers too."""
        return self.deciding_shared / self.deciding

    def compare(self, first: Mapping[str, object], second: Mapping[str, object]) -> None:
        """Count the answers of two readers about the same organization or partner."""
        for question in first.keys() | second.keys():
            if question in DECIDING:
                self.deciding += (question in first) + (question in second)
                self.deciding_shared += 2 * (question in first and question in second)
            if question in first and question in second:
                for alike in _alike(first[question], second[question]):
                    self.both[question] += 1
                    self.alike[question] += alike


def _alike(first: object, second: object) -> Iterator[bool]:
    if isinstance(first, frozenset) and isinstance(second, frozenset):
        yield from (option in first and option in second for option in first | second)
    else:
        yield first == second


def _partners(case: Case) -> dict[str, Answers]:
    return {partner.name.casefold().removeprefix("the "): partner.answers for partner in case.partners}


def measured(advisor: Service) -> Agreement:
    """The agreement of both readers over all descriptions."""
    found = Agreement()
    for name in NAMES:
        first, second = (
            read_case(FOLDER / reader / f"{name}.yaml", advisor.rulebook.vocabulary) for reader in ("first", "second")
        )
        found.compare(first.answers, second.answers)
        ours, theirs = _partners(first), _partners(second)
        for partner in ours.keys() & theirs.keys():
            found.compare(ours[partner], theirs[partner])
        one, other = advisor.assess(first), advisor.assess(second)
        found.verdicts["gate"] += one.proceed == other.proceed
        found.verdicts["dimension"] += one.dimension.recommended == other.dimension.recommended
        found.verdicts["structure"] += one.structures[:1] == other.structures[:1]
        found.verdicts["instrument"] += one.instruments[:1] == other.instruments[:1]
    return found


@pytest.fixture(scope="module")
def advisor(loaded: Loaded) -> Service:
    return Service(loaded, ChainEngine(loaded.cache))


def test_readers_answer_alike(advisor: Service) -> None:
    found = measured(advisor)
    print(found)
    assert len(NAMES) == 12
    assert found.answers > 0.955, found.answers
    assert found.deciding_answered > 0.95, found.deciding_answered
    assert found.verdicts["gate"] >= len(NAMES) - 1
    assert min(found.verdicts[each] for each in ("dimension", "structure", "instrument")) >= 10, found.verdicts


def test_every_reading_has_its_description() -> None:
    for folder in ("descriptions", "second"):
        assert sorted(path.stem for path in (FOLDER / folder).iterdir()) == NAMES
    for path in (FOLDER / "descriptions").iterdir():
        assert "Source:" in path.read_text(encoding="utf-8"), path.name
