"""What a user asks about, read: goals as in `dimension=collaboration`, and questions by name."""

from collections.abc import Sequence

from advisor.engine.conclusions import Conclusion, conclude
from advisor.engine.program import AGENCY, Program, Slot
from advisor.model.problems import Problems
from advisor.model.references import NO_LEVEL, ConclusionRef, read_goal, read_questions
from advisor.model.vocabulary import Vocabulary


def read_goals(
    texts: Sequence[str], vocabulary: Vocabulary, program: Program, partners: Sequence[str], file: str = ""
) -> tuple[tuple[Conclusion, ...], ...]:
    """What was asked for, each as `advisor.model.references.goal` reads it: a list of conclusions, any of which will do.

    Raises `InputError` with every problem in them.
    """
    problems = Problems(file)
    read = [read_goal(text, vocabulary, partners, problems) for text in texts]
    problems.raise_if_any()
    return tuple(tuple(conclusion_of(ref, vocabulary, program, partners) for ref in refs) for refs in read)


def conclusion_of(ref: ConclusionRef, vocabulary: Vocabulary, program: Program, partners: Sequence[str]) -> Conclusion:
    """The conclusion on this program that a reference to a finding with a value names."""
    finding = vocabulary.findings[ref.finding]
    owner = AGENCY if ref.partner is None else partners.index(ref.partner)
    none = ref.value == NO_LEVEL and finding.kind == "level"
    return conclude(program, finding, None if none else ref.value, owner, ref.how)


def read_slots(texts: Sequence[str], vocabulary: Vocabulary, partners: Sequence[str], file: str = "") -> set[Slot]:
    """The slots of questions named as `advisor.model.references.questions` reads them. Raises `InputError`."""
    problems = Problems(file)
    refs = read_questions(texts, vocabulary, partners, problems)
    problems.raise_if_any()
    return {(AGENCY if ref.partner is None else partners.index(ref.partner), ref.question) for ref in refs}
