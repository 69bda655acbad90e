"""What an intake asks of a case, section by section, what of it is done, and a few questions at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.engine.program import AGENCY
from advisor.engine.relevance import Relevance
from advisor.model.case import Case
from advisor.model.conditions import questions_in
from advisor.model.vocabulary import Question

AT_ONCE = 5  # questions on a page


@dataclass(frozen=True, slots=True)
class FormSection:
    """A section of the form about the agency, or about the partner of a number; "" is the list of partners."""

    id: str
    partner: int = AGENCY


PARTNER_LIST = FormSection("")


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """How far one section of the form is: its relevant questions, how many are answered, and the essential ones still open."""

    section: FormSection
    questions: tuple[Question, ...]
    answered: int
    essential: int
    essential_open: int

    @property
    def done(self) -> bool:
        """Whether every relevant question is answered."""
        return self.answered == len(self.questions)


class Form:
    """The form as it stands for one case."""

    def __init__(self, case: Case, relevance: Relevance) -> None:
        self.case, self.relevance, self.vocabulary = case, relevance, relevance.vocabulary
        self.facts = relevance.facts(case)

    def questions(self, section: FormSection) -> tuple[Question, ...]:
        """The relevant questions of a part, in intake order."""
        return tuple(q for q in self.of(section) if self.facts.asks(q.id, section.partner))

    def part(self, section: FormSection) -> SectionProgress:
        """How far a part is."""
        questions, answers = self.questions(section), self.answers(section.partner)
        essential = [q for q in questions if q.essential]
        return SectionProgress(
            section,
            questions,
            sum(q.id in answers for q in questions),
            len(essential),
            sum(q.id not in answers for q in essential),
        )

    def about(self, partner: int) -> SectionProgress:
        """How far all the parts about a partner are together; the section is the first of them that is not done."""
        parts = [self.part(section) for section in self.sections() if section.partner == partner]
        return SectionProgress(
            next((part.section for part in parts if not part.done), parts[0].section),
            tuple(question for part in parts for question in part.questions),
            sum(part.answered for part in parts),
            sum(part.essential for part in parts),
            sum(part.essential_open for part in parts),
        )

    def answers(self, partner: int) -> dict[str, tuple[str, ...]]:
        """All answers about the agency, or about a partner."""
        return dict(self.case.answers if partner == AGENCY else self.case.partners[partner].answers)

    def sections(self) -> tuple[FormSection, ...]:
        """Every part in which something is asked, in the order of the form: all about one partner before the next."""
        partner_sections = [s for s in self.vocabulary.sections if any(q.asked == "partner" for q in self._of_section(s))]
        found: list[FormSection] = []
        for section in self.vocabulary.sections:
            if any(q.asked == "agency" for q in self._of_section(section)):
                found.append(FormSection(section))
            if section == next(iter(partner_sections), None):
                found.append(PARTNER_LIST)
                found += [FormSection(each, number) for number in range(len(self.case.partners)) for each in partner_sections]
        return tuple(section for section in found if section == PARTNER_LIST or self.questions(section))

    def page(self, section: FormSection, start: str = "") -> tuple[Question, ...]:
        """The few questions of a part to ask together, from `start` on, or from the beginning.

        A page ends before a question whose relevance hangs on one on the page, and parts of a run are about equally long.
        """
        relevant = {q.id for q in self.questions(section)}
        run: list[Question] = []
        for question in self._from(section, start):
            if run and not {q.id for q in run}.isdisjoint(questions_in(question.when)):
                break
            if question.id in relevant:
                run.append(question)
        pages = -(-len(run) // AT_ONCE)
        return tuple(run[: -(-len(run) // pages)]) if pages else ()

    def following(self, section: FormSection, last: str) -> str:
        """The question that the next page of a part begins with; "" at its end."""
        left = self._from(section, last)[1:]
        relevant = {q.id for q in self.questions(section)}
        return next((q.id for q in left if q.id in relevant), "")

    def before(self, section: FormSection, start: str) -> str | None:
        """The question that the page before `start` begins with; None where there is none before it."""
        starts, at = [], ""
        while (page := self.page(section, at)) and start not in {q.id for q in page}:
            starts.append(page[0].id)
            at = self.following(section, page[-1].id)
            if not at:
                break
        return starts[-1] if starts else None

    def page_with(self, section: FormSection, question: str) -> str:
        """The question that the page with this one begins with; "" (the first page) where it is not asked."""
        if not any(q.id == question for q in self.questions(section)):
            return ""
        before = self.before(section, question)
        return self.following(section, self.page(section, before)[-1].id) if before is not None else ""

    def last_page(self, section: FormSection) -> str:
        """The question that the last page of a part begins with."""
        questions = self.questions(section)
        return self.page_with(section, questions[-1].id) if questions else ""

    def neighbour(self, section: FormSection, step: int) -> FormSection | None:
        """The part after this one (1) or before it (-1); None at the end of the form."""
        sections = self.sections()
        if section not in sections:
            return None
        place = sections.index(section) + step
        return sections[place] if 0 <= place < len(sections) else None

    def _of_section(self, section: str) -> list[Question]:
        return [q for q in self.vocabulary.questions.values() if q.section == section]

    def of(self, section: FormSection) -> list[Question]:
        """Every question of a part, relevant or not, in intake order."""
        asked = "agency" if section.partner == AGENCY else "partner"
        return [q for q in self._of_section(section.id) if q.asked == asked]

    def _from(self, section: FormSection, start: str) -> Sequence[Question]:
        questions = self.of(section)
        place = next((n for n, q in enumerate(questions) if q.id == start), 0)
        return questions[place:]
