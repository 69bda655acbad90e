"""The intake as plain values: what can be asked, in words, and when a question is asked."""

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import TypedDict  # Python 3.11's own tells pydantic too little to make a schema of it

from advisor.loading import Loaded
from advisor.model.conditions import Condition, phrase_of
from advisor.model.rulebook import Source
from advisor.model.sentence import sentence
from advisor.model.vocabulary import Changeable, Kind, Question, Scope, Vocabulary
from advisor.render.condition_data import ConditionData, condition_data

FORMAT = "questions/2"


class Stamp(TypedDict):
    """Which rulebook it is from."""

    version: str
    sha256: str


class SectionListed(TypedDict):
    """A section of the intake."""

    id: str
    title: str


class OptionListed(TypedDict):
    """One way to answer a question, with the ids of its own sources."""

    id: str
    text: str
    sources: list[str]


class SourceListed(TypedDict):
    """An item of the source register: what it says, and where."""

    id: str
    says: str
    document: str
    section: str


class QuestionListed(TypedDict):
    """A question: about whom it is asked, how, why, and only when (null: always), as data and in words."""

    id: str
    section: str
    type: Kind
    asked: Scope
    essential: bool
    changeable: Changeable
    when: ConditionData | None
    when_said: str
    ask: str
    help: str
    why: str
    options: list[OptionListed]
    sources: list[SourceListed]


class Listing(TypedDict):
    """Questions in intake order, with their sections and the documents that their sources are in."""

    format: str
    rulebook: Stamp
    documents: dict[str, str]
    sections: list[SectionListed]
    questions: list[QuestionListed]


def selected_questions(vocabulary: Vocabulary, *, section: str = "", asked: str = "", essential: bool = False) -> list[Question]:
    """The questions of a section, about whom, or of the short intake; all of them where nothing is asked for."""
    return [
        question
        for question in vocabulary.questions.values()
        if section in ("", question.section) and asked in ("", question.asked) and (question.essential or not essential)
    ]


def listing(questions: Sequence[Question], loaded: Loaded) -> Listing:
    """Questions with all that is said about them."""
    rulebook, titles = loaded.rulebook, loaded.wording.phrases["sections"]
    there = {question.section for question in questions}
    return {
        "format": FORMAT,
        "rulebook": {"version": rulebook.version, "sha256": rulebook.sha256},
        "documents": dict(rulebook.documents),
        "sections": [{"id": s, "title": titles[s]} for s in rulebook.vocabulary.sections if s in there],
        "questions": [_listed(question, loaded) for question in questions],
    }


def _listed(question: Question, loaded: Loaded) -> QuestionListed:
    wording, cited = loaded.wording, question.option_sources
    said = wording.questions[question.id]
    return {
        "id": question.id,
        "section": question.section,
        "type": question.kind,
        "asked": question.asked,
        "essential": question.essential,
        "changeable": question.changeable,
        "when": condition_data(question.when) if question.conditional else None,
        "when_said": condition_said(question.when, wording.phrases["interview"]) if question.conditional else "",
        "ask": said.ask,
        "help": said.help,
        "why": said.why,
        "options": [
            {"id": option, "text": wording.option(question.id, option), "sources": list(cited.get(option, ()))}
            for option in question.options
        ],
        "sources": [_source(loaded.rulebook.sources[name]) for name in question.sources],
    }


def _source(source: Source) -> SourceListed:
    return {"id": source.id, "says": source.says, "document": source.document, "section": source.section}


_JOINING = ("and", "or")
Named = Callable[[str, str], str]


def spelled(question: str, option: str = "") -> str:
    """A question, or an option of it, as case files spell it."""
    return option or question


def condition_said(condition: Condition, words: Mapping[str, str], named: Named = spelled) -> str:
    """A condition on answers in words, which are those of `phrases/interview.yaml`.

    `named` gives what a question is called (its option is then "") and what an option of it is.
    """
    phrase, blanks = phrase_of(condition)
    conditions = blanks.get("conditions", ())
    if phrase in _JOINING:
        return words[phrase].join(_part(each, words, named) for each in conditions)
    values = dict(blanks)
    if "conditions" in blanks:
        values["conditions"] = [condition_said(each, words, named) for each in conditions]
    if "condition" in blanks:
        values["condition"] = condition_said(blanks["condition"], words, named)
    if question := blanks.get("question"):
        values["question"] = named(question, "")
        values["options"] = [named(question, option) for option in blanks.get("options", ())]
        values["option"] = named(question, blanks.get("option", ""))
    return sentence(words[phrase], **values)


def _part(condition: Condition, words: Mapping[str, str], named: Named) -> str:
    """A condition within another one, in brackets where the two could be run together."""
    text = condition_said(condition, words, named)
    return sentence(words["when-part"], condition=text) if phrase_of(condition)[0] in _JOINING else text
