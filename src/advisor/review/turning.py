"""What the answers to a question can turn: the conclusions that could rest on it by the rules, directly or through others."""

from collections.abc import Iterator, Mapping

from advisor.analysis.answer_space import GroundedRulebook
from advisor.analysis.smallest_cases import Pair


def turned_by(ground: GroundedRulebook) -> Mapping[str, tuple[Pair, ...]]:
    """For each question the conclusions that advice has words for and that could rest on it, about whomever they are."""
    found: dict[str, dict[Pair, None]] = {question: {} for question in ground.vocabulary.questions}
    for conclusion, below in zip(ground.conclusions, ground.rests_on, strict=True):
        if conclusion.value is not None:
            for question in _questions(ground, below):
                found[question][conclusion.finding, conclusion.value] = None
    return {question: tuple(pairs) for question, pairs in found.items()}


def _questions(ground: GroundedRulebook, below: int) -> Iterator[str]:
    """The questions of the slots that a mask holds; one that is asked about each partner may come more than once."""
    return (question for place, (_, question) in enumerate(ground.slots) if below >> place & 1)
