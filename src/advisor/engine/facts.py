"""Which answers of a case count: those to questions that are asked in it. The program tells."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from advisor.engine.program import AGENCY, Program, Slot
from advisor.model.case import Case, Partner
from advisor.model.conditions import Answers


@dataclass(frozen=True, slots=True)
class Facts:
    """The answers of a case that count.

    `partners` hold each partner's own answers only; `set_aside` the (partner name or "", question) whose answers do not
    count because the question is not asked in this case; `not_asked` the slots of all such questions.
    """

    agency: Answers
    partners: tuple[Answers, ...]
    set_aside: tuple[tuple[str, str], ...]
    not_asked: frozenset[Slot]

    def asks(self, question: str, owner: int = AGENCY) -> bool:
        """Whether a question is asked, about the agency or the partner of a number."""
        return (owner, question) not in self.not_asked


def facts_of(case: Case, program: Program, true: Container[int]) -> Facts:
    """The facts of a case in which these atoms of the program hold."""
    not_asked = [slot for slot, atom in program.asked.items() if atom not in true]
    owners = (*case.partners, Partner("", case.answers))  # the agency last: its number is -1
    aside = [(owner, question) for owner, question in not_asked if question in owners[owner].answers]
    names = tuple((owners[owner].name, question) for owner, question in aside)
    partners = tuple(_without(partner.answers, number, aside) for number, partner in enumerate(case.partners))
    return Facts(_without(case.answers, AGENCY, aside), partners, names, frozenset(not_asked))


def _without(answers: Answers, owner: int, aside: Sequence[Slot]) -> Answers:
    """An owner's answers but for those set aside."""
    gone = {question for whose, question in aside if whose == owner}
    return {name: answer for name, answer in answers.items() if name not in gone} if gone else answers
