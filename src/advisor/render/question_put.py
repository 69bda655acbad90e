"""One question as it is put to somebody, beside the answers of a case."""

from typing_extensions import TypedDict  # Python 3.11's own tells pydantic too little to make a schema of it

from advisor.loading import Loaded
from advisor.model.case import Case
from advisor.model.references import QuestionRef
from advisor.model.vocabulary import Kind


class OptionPut(TypedDict):
    """One way to answer."""

    id: str
    text: str


class QuestionPut(TypedDict):
    """A question: its name, about which partner, in which section, how and why it is asked.

    `options` are those that can be chosen beside the other answers, `given` those that are chosen.
    """

    name: str
    question: str
    partner: str | None
    section: str
    type: Kind
    ask: str
    help: str
    why: str
    options: list[OptionPut]
    given: list[str]


def question_put(ref: QuestionRef, case: Case, loaded: Loaded) -> QuestionPut:
    """A question of the vocabulary, about the agency or a partner of the case."""
    question, said = loaded.rulebook.vocabulary.questions[ref.question], loaded.wording.questions[ref.question]
    answers = next((each.answers for each in case.partners if each.name == ref.partner), case.answers)
    return QuestionPut(
        name=str(ref),
        question=ref.question,
        partner=ref.partner,
        section=loaded.wording.phrases["sections"][question.section],
        type=question.kind,
        ask=said.ask,
        help=said.help,
        why=said.why,
        options=[OptionPut(id=option, text=loaded.wording.option(ref.question, option)) for option in question.offered(answers)],
        given=list(answers.get(ref.question, ())),
    )
