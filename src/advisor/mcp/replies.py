"""What each tool gives: a text to be quoted where there is one, and what is in it as data, small enough to be read whole."""

from collections.abc import Iterator, Sequence

from typing_extensions import TypedDict  # Python 3.11's own tells pydantic too little to make a schema of it

from advisor.analysis.consultation import ConsultationMap, ConsultationResult
from advisor.analysis.reports import AskReport, BlockerReport, NextReport, PathReport, ReachReport, WhyNotReport
from advisor.explain.comparison import AnswerDifference, Comparison, Difference
from advisor.explain.reference_wording import in_words
from advisor.explain.why import Why
from advisor.loading import Loaded
from advisor.model.advice import Advice
from advisor.model.advice_parts import AdviceParts
from advisor.model.references import ConclusionRef
from advisor.model.vocabulary import Question
from advisor.render.intake_listing import Stamp


class OptionOffered(TypedDict):
    """One way to answer a question."""

    id: str
    text: str


class QuestionOffered(TypedDict):
    """A question as it is asked, about whom, and its options."""

    id: str
    section: str
    type: str
    asked: str
    essential: bool
    ask: str
    help: str
    options: list[OptionOffered]


class QuestionsReply(TypedDict):
    """Questions in intake order, and every section."""

    sections: dict[str, str]
    questions: list[QuestionOffered]


class Recommendation(TypedDict):
    """A piece of the advice: its name, in words, and whether it stands however the open questions turn out."""

    name: str
    said: str
    status: str


class AdviceReply(TypedDict):
    """The advice in words, its verdict, and its pieces by the names that other tools take."""

    text: str
    case: str
    proceed: str
    dimension: str | None
    recommendations: list[Recommendation]
    rulebook: Stamp


class WhyReply(TypedDict):
    """Why something is recommended: in words, and as a tree for each conclusion that its name means."""

    text: str
    case: str
    of: str
    why: list[Why]


class WhyNotReply(TypedDict):
    """The nearest rules to a conclusion, in words and as data."""

    text: str
    case: str
    why_not: list[WhyNotReport]


class NextReply(TypedDict):
    """The question worth most, what it can turn, and how it is asked; null where nothing can change the advice any more."""

    text: str
    case: str
    ask: AskReport | None
    question: QuestionOffered | None
    main_answer_stands: bool


class DifferenceReply(TypedDict):
    """Something that differs: its topic, its name, and what each side says, in words."""

    topic: str
    id: str
    title: str
    shown: list[str]


class WhatIfReply(TypedDict):
    """What a change of answers or partners would do, and why, in words; what differs, as data."""

    text: str
    labels: list[str]
    answers: list[AnswerDifference]
    differences: list[DifferenceReply]


class ReachReply(TypedDict):
    """The smallest changes that reach the goals, or what blocks them, in words and as data."""

    text: str
    case: str
    goals: list[str]
    reached: bool
    complete: bool
    paths: list[PathReport]
    blocked_by: list[BlockerReport]


class DocumentReply(TypedDict):
    """A document: its text, or "" where it is a file, which comes beside it."""

    text: str
    kind: str
    form: str
    media_type: str


class DisagreementReply(TypedDict):
    """A question that respondents answer differently, and whether resolving it turns anything."""

    question: str
    partner: str | None
    turns: bool


class ConsultationReply(TypedDict):
    """What stands whoever is right, in words; what does not, what to resolve first, and who answered what, as data."""

    text: str
    case: str
    settled: list[str]
    contested: list[str]
    not_decided: list[str]
    disagreements: list[DisagreementReply] | None
    map: ConsultationMap


def question_offered(question: Question, loaded: Loaded) -> QuestionOffered:
    """A question with all that it takes to put it to somebody."""
    said = loaded.wording.questions[question.id]
    return {
        "id": question.id,
        "section": question.section,
        "type": question.kind,
        "asked": question.asked,
        "essential": question.essential,
        "ask": said.ask,
        "help": said.help,
        "options": [{"id": option, "text": loaded.wording.option(question.id, option)} for option in question.options],
    }


def questions_reply(questions: Sequence[Question], loaded: Loaded) -> QuestionsReply:
    """The questions listed, with every section there is."""
    titles = loaded.wording.phrases["sections"]
    return {
        "sections": {section: titles[section] for section in loaded.rulebook.vocabulary.sections},
        "questions": [question_offered(question, loaded) for question in questions],
    }


def advice_reply(advice: Advice, text: str, loaded: Loaded) -> AdviceReply:
    """An advice, and its pieces of the weightier kinds."""
    stamp: Stamp = {"version": advice.rulebook.version, "sha256": advice.rulebook.sha256}
    return {
        "text": text,
        "case": advice.case,
        "proceed": advice.proceed,
        "dimension": advice.dimension.recommended,
        "recommendations": list(_recommendations(advice, loaded)),
        "rulebook": stamp,
    }


def _recommendations(advice: Advice, loaded: Loaded) -> Iterator[Recommendation]:
    vocabulary = loaded.rulebook.vocabulary
    for finding in _told(vocabulary.advice_parts):
        for name in advice.justification:
            ref = ConclusionRef.parse(name)
            if ref.finding == finding:
                said = in_words(ref, loaded.wording, vocabulary)
                yield {"name": name, "said": said, "status": advice.settled.get(name, "")}


def _told(parts: AdviceParts) -> list[str]:
    """The findings that are listed by name, the weightiest first."""
    form = (parts.structures, parts.instruments)
    rest = (parts.stops, parts.conditions, parts.cautions, parts.members_missing, parts.actions)
    return [finding for finding in (*parts.deciding, parts.answers, *form, *rest) if finding]


def next_reply(report: NextReport, text: str, loaded: Loaded) -> NextReply:
    """The question to ask next, ready to be put to somebody."""
    ask = report["ask"]
    question = question_offered(loaded.rulebook.vocabulary.questions[ask["question"]], loaded) if ask else None
    return {"text": text, "question": question, **report}


def what_if_reply(found: Comparison, text: str) -> WhatIfReply:
    """What differs between a case as it is and as it would be."""
    return {
        "text": text,
        "labels": list(found.labels),
        "answers": list(found.answers),
        "differences": [_difference(each) for each in found.differences],
    }


def _difference(each: Difference) -> DifferenceReply:
    return {"topic": each.topic, "id": each.id, "title": each.title, "shown": list(each.shown)}


def reach_reply(report: ReachReport, text: str) -> ReachReply:
    """The ways to some goals."""
    return {
        "text": text,
        "case": report["case"],
        "goals": report["goals"],
        "reached": report["reached"],
        "complete": report["complete"],
        "paths": report["paths"],
        "blocked_by": report["blocked_by"],
    }


def consultation_reply(found: ConsultationResult, text: str) -> ConsultationReply:
    """What comes of a consultation."""
    listed = None
    if found.disagreements is not None:
        listed = [
            DisagreementReply(question=each.question, partner=each.partner, turns=each.turns) for each in found.disagreements
        ]
    return {
        "text": text,
        "case": found.case,
        "settled": list(found.settled),
        "contested": list(found.contested),
        "not_decided": list(found.not_decided),
        "disagreements": listed,
        "map": found.map,
    }
