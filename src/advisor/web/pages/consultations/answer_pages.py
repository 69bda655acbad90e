"""The pages on which a respondent answers: the chosen questions part by part, a few at a time, those about partners for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from advisor.model.case import Case
from advisor.model.problems import Problem
from advisor.model.reconciling import Line
from advisor.model.vocabulary import Question, Vocabulary
from advisor.store.consultation_records import SavedConsultation
from advisor.store.respondents import Said
from advisor.web.pages.intake.case_fields import note_field, said_about
from advisor.web.pages.intake.form_fields import FormContent, read_answers

OF_AGENCY, OF_PARTNERS = 5, 2  # questions on a page
Options = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Questions of one part that stand on a page: about the agency, or about each partner."""

    section: str
    questions: tuple[Question, ...]
    of_partners: bool


@dataclass(frozen=True, slots=True)
class PutQuestion:
    """A question as it is put on a page: about whom, the field that holds it, and what is said so far in it and in its note."""

    question: Question
    partner: str | None
    field: str
    offered: Options
    chosen: Options
    note: str

    @property
    def note_field(self) -> str:
        """The field of its note."""
        return self.field.removesuffix(self.question.id) + note_field(self.question.id)


def answer_pages(consultation: SavedConsultation, vocabulary: Vocabulary) -> tuple[AnswerPage, ...]:
    """The pages of a consultation in intake order."""
    return tuple(_pages(consultation, vocabulary))


def _pages(consultation: SavedConsultation, vocabulary: Vocabulary) -> Iterator[AnswerPage]:
    chosen = [vocabulary.questions[name] for name in consultation.questions]
    for section in vocabulary.sections:
        for of_partners, most in ((False, OF_AGENCY), (True, OF_PARTNERS)):
            here = [each for each in chosen if each.section == section and (each.asked == "partner") is of_partners]
            if of_partners and not consultation.partners:
                continue
            for start in range(0, len(here), most):
                yield AnswerPage(section, tuple(here[start : start + most]), of_partners)


def answered_on(page: AnswerPage, case: Case) -> tuple[int, int]:
    """How many questions of a page are answered, and how many there are, each counted for each partner."""
    owners = [partner.answers for partner in case.partners] if page.of_partners else [case.answers]
    given = [bool(answers.get(question.id)) for question in page.questions for answers in owners]
    return sum(given), len(given)


def put(page: AnswerPage, case: Case, typed: Mapping[str, Options] | None = None) -> list[PutQuestion]:
    """The questions of a page with what was typed, or else with what is saved."""
    found = []
    for question in page.questions:
        for place, partner in enumerate(case.partners if page.of_partners else [None], start=1):
            name = partner.name if partner else None
            said, prefix = said_about(case, name) or {}, f"{place}." if partner else ""
            offered = question.offered({key: value for key, value in said.items() if ":" not in key})
            note = "".join(said.get(note_field(question.id), ()))
            chosen = tuple(said.get(question.id, ()))
            if typed is not None:
                chosen, note = typed.get(prefix + question.id, ()), "".join(typed.get(prefix + note_field(question.id), ()))
            found.append(PutQuestion(question, name, prefix + question.id, offered, chosen, note))
    return found


@dataclass(frozen=True, slots=True)
class SentAnswers:
    """What a page sent: the answers by line, what was typed by field, and what is wrong by field."""

    answers: Mapping[Line, Said]
    typed: Mapping[str, Options]
    wrong: Mapping[str, Problem]


def read_sent(posted: FormData, consultation: SavedConsultation, vocabulary: Vocabulary) -> SentAnswers:
    """What a form says to those of the chosen questions that it asked; what else it holds is left alone."""
    questions = [vocabulary.questions[name] for name in consultation.questions]
    answers: dict[Line, Said] = {}
    typed: dict[str, Options] = {}
    wrong: dict[str, Problem] = {}
    for place, partner in enumerate((None, *consultation.partners)):
        asked = [each for each in questions if (each.asked == "partner") is (partner is not None)]
        prefix = f"{place}." if partner is not None else ""
        reading = read_answers(posted, asked, prefix)
        answers |= _said(reading, partner)
        typed |= {prefix + field: options for field, options in reading.typed.items()}
        wrong |= {prefix + field: problem for field, problem in reading.wrong.items()}
    return SentAnswers(answers, typed, wrong)


def _said(reading: FormContent, partner: str | None) -> dict[Line, Said]:
    return {
        (name, partner): (tuple(reading.answers.get(name, ())), "".join(reading.answers.get(note_field(name), ())))
        for name in reading.questions
    }


def chosen_parts(questions: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """The parts of the intake that these questions belong to, in order."""
    there = {vocabulary.questions[name].section for name in questions}
    return [section for section in vocabulary.sections if section in there]
