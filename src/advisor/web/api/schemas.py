"""The schemas of what the API takes and gives, made from the types themselves; no id of a question is in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from typing_extensions import TypedDict

from advisor.analysis.consultation import ConsultationResult
from advisor.analysis.reports import NextReport, ReachReport, SettledReport, WhyNotReports
from advisor.analysis.roadmap import Roadmap
from advisor.analysis.sensitivity import Sensitivity
from advisor.explain.comparison import Comparison
from advisor.explain.why import WhyReport
from advisor.io.case_reader import MAX_NAME
from advisor.model.advice import FORMAT, Advice, RulebookStamp
from advisor.model.case import FREE_WORDS, MAX_PARTNERS, MAX_WORDS
from advisor.model.consultation import LEAST, SHOWN, SPEAKS
from advisor.model.rulebook import Source
from advisor.model.scenario import MAX_SCENARIOS
from advisor.model.vocabulary import Vocabulary
from advisor.render.advice_brief import AdviceBrief
from advisor.render.first_page import FirstPage
from advisor.render.intake_listing import Listing, Stamp
from advisor.render.question_put import QuestionPut
from advisor.render.talk_advice import TalkAdvice
from advisor.store.permissions import SCOPES
from advisor.web.api.advices import ReplayRecord
from advisor.web.api.bodies import BODIES
from advisor.web.api.closed_values import closed_values, enumerations
from advisor.web.api.embedding import ComponentWords, InterviewStepReport
from advisor.web.api.records import EntryRecord, KeptRecord, RevisionRecord, SavedRecord
from advisor.web.api.rulebook import RulebookRecord, RuleRecord
from advisor.web.api.tokens import TokenList, TokenMade, TokenRecord
from advisor.web.api.webhooks import DeliveryList, DeliveryRecord, WebhookList, WebhookMade, WebhookRecord
from advisor.web.consulted_records import (
    AnsweringKey,
    AnsweringRecord,
    ConsultationExport,
    ConsultationList,
    ConsultationRecord,
    DecisionList,
    DecisionRecord,
    InvitationMade,
    InvitationRecord,
    RespondentList,
    RoundMade,
)
from advisor.web.followed import FollowUpRecord
from advisor.web.portfolio import PortfolioList

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True)
class ComparisonReport(Comparison):
    """Two or more advices side by side: only what differs, against the first; stamped with rulebook and engine."""

    format: str
    rulebook: RulebookStamp
    engine: str


@dataclass(frozen=True, slots=True)
class SensitivityReport(Sensitivity):
    """A case with every answer changed, alone and two together; stamped with rulebook and engine."""

    format: str
    rulebook: RulebookStamp
    engine: str


@dataclass(frozen=True, slots=True)
class RoadmapReport(Roadmap):
    """The way to a goal, in steps that the advice supports one after the other; stamped with rulebook and engine."""

    format: str
    rulebook: RulebookStamp
    engine: str


@dataclass(frozen=True, slots=True)
class ConsultationReport(ConsultationResult):
    """What comes of a consultation, and how to talk about each kind of difference in it; stamped with rulebook and engine."""

    format: str
    talk: tuple[TalkAdvice, ...]
    rulebook: RulebookStamp
    engine: str


class PictureReport(TypedDict):
    """What a picture shows, as a table: each row by the heads of its columns."""

    format: str
    title: str
    description: str
    rows: list[dict[str, str]]


class Health(TypedDict):
    """That the server is alive."""

    status: str


class Readiness(TypedDict):
    """That the server can answer, and by which rulebook."""

    status: str
    rulebook: Stamp


class ProblemRecord(TypedDict):
    """One thing wrong in one place, as on the command line; `text` says it in words.

    `line` counts from 1 and is 0 where the whole is meant, or a value in JSON, which `pointer` names (RFC 6901); `about`
    names the question, partner or member concerned; `allowed` lists what would be right, `nearest` the closest of it.
    """

    file: str
    line: int
    code: str
    about: str
    found: str
    allowed: list[str]
    nearest: str
    pointer: str
    text: str


GIVEN: dict[str, Any] = {
    "Advice": Advice,
    "AdviceBrief": AdviceBrief,
    "Listing": Listing,
    "FirstPage": FirstPage,
    "QuestionPut": QuestionPut,
    "ComponentWords": ComponentWords,
    "WhyReport": WhyReport,
    "WhyNotReports": WhyNotReports,
    "SettledReport": SettledReport,
    "NextReport": NextReport,
    "InterviewStepReport": InterviewStepReport,
    "ReachReport": ReachReport,
    "ComparisonReport": ComparisonReport,
    "SensitivityReport": SensitivityReport,
    "RoadmapReport": RoadmapReport,
    "PictureReport": PictureReport,
    "ConsultationReport": ConsultationReport,
    "SavedRecord": SavedRecord,
    "EntryRecord": EntryRecord,
    "RevisionRecord": RevisionRecord,
    "ConsultationRecord": ConsultationRecord,
    "ConsultationList": ConsultationList,
    "InvitationRecord": InvitationRecord,
    "InvitationMade": InvitationMade,
    "RespondentList": RespondentList,
    "DecisionRecord": DecisionRecord,
    "RoundMade": RoundMade,
    "FollowUpRecord": FollowUpRecord,
    "PortfolioList": PortfolioList,
    "DecisionList": DecisionList,
    "ConsultationExport": ConsultationExport,
    "AnsweringRecord": AnsweringRecord,
    "AnsweringKey": AnsweringKey,
    "TokenRecord": TokenRecord,
    "TokenList": TokenList,
    "TokenMade": TokenMade,
    "WebhookRecord": WebhookRecord,
    "WebhookList": WebhookList,
    "WebhookMade": WebhookMade,
    "DeliveryRecord": DeliveryRecord,
    "DeliveryList": DeliveryList,
    "KeptRecord": KeptRecord,
    "ReplayRecord": ReplayRecord,
    "RulebookRecord": RulebookRecord,
    "RuleRecord": RuleRecord,
    "Source": Source,
    "Health": Health,
    "Readiness": Readiness,
    "ProblemRecord": ProblemRecord,
}
RENAMED = {"Answer": "AnswerPremise"}  # generators name a variable after the schema, which its member `answer` is already
PAGES = {
    "CasePage": "EntryRecord",
    "RevisionPage": "RevisionRecord",
    "KeptPage": "KeptRecord",
    "RulePage": "RuleRecord",
    "SourcePage": "Source",
}


def schemas(vocabulary: Vocabulary) -> dict[str, Schema]:
    """All schemas by name, for a rulebook."""
    wanted: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        (name, "serialization", TypeAdapter(kind)) for name, kind in GIVEN.items()
    ]
    wanted += [(model.__name__, "validation", TypeAdapter(model)) for model in BODIES]
    made, shared = TypeAdapter.json_schemas(wanted, ref_template=REFERENCE)
    found: dict[str, Schema] = dict(shared["$defs"])
    for (name, _), schema in made.items():
        if schema.get("$ref") != REFERENCE.format(model=name):
            found[name] = found[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    pages = {name: _page(of) for name, of in PAGES.items()}
    for model in BODIES:  # a member with a default may be left out; generators of types would ask for it
        for member in found[model.__name__]["properties"].values():
            member.pop("default", None)
    found["Advice"]["properties"]["format"]["enum"] = [FORMAT]
    found |= enumerations(found, closed_values(vocabulary), REFERENCE)
    found = {RENAMED.get(name, name): _referring(schema) for name, schema in found.items()}
    return dict(sorted({**found, **pages, **_of_cases(), "Problem": _problem()}.items()))


def _referring(schema: Any) -> Any:
    """A schema in which the members that only name theirs refer to it, and nothing has a title that only repeats its name."""
    if isinstance(schema, list):
        return [_referring(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _referring(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if name := made.pop("x-schema", None):
        made["$ref"] = REFERENCE.format(model=name)
    if made.get("default", "") is None:
        del made["default"]
    if isinstance(reference := made.get("$ref"), str):
        name = reference.rpartition("/")[2]
        made["$ref"] = REFERENCE.format(model=RENAMED.get(name, name))
    return made


def _page(of: str) -> Schema:
    """Some of a longer list."""
    properties: dict[str, Schema] = {
        "items": {"type": "array", "items": {"$ref": REFERENCE.format(model=of)}},
        "total": {"type": "integer", "description": "How long the whole list is."},
        "next": {"type": ["string", "null"], "description": "The address of the next page; null at the end."},
    }
    return {"type": "object", "description": "Some of a longer list.", "properties": properties, "required": list(properties)}


def _of_cases() -> dict[str, Schema]:
    """A case file as programs write it: text as strings, questions and options by ids that `questions` lists.

    No id stands here, so that a new question changes no client. The reader also takes what people write by hand in YAML.
    """
    text: Schema = {"type": "string", "maxLength": MAX_WORDS}
    name: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": r"\S"}
    names: Schema = {"type": "array", "items": name, "maxItems": MAX_PARTNERS}
    change: dict[str, Schema] = {
        "answers": _refer("Answers"),
        "partners": {**_map(_refer("Answers")), "description": "Answers by partner."},
        "add": {**names, "description": "Names of partners to add."},
        "drop": {**names, "description": "Names of partners to leave out."},
    }
    case = {
        "name": {"type": "string", "maxLength": MAX_NAME, "description": "What the case is called."},
        "words": _refer("FreeWords"),
        "answers": _refer("Answers"),
        "partners": {"type": "array", "maxItems": MAX_PARTNERS, "items": _refer("CandidatePartner")},
        "scenarios": {
            **_map(_refer("Scenario")),
            "maxProperties": MAX_SCENARIOS,
            "propertyNames": {"minLength": 1, "maxLength": MAX_NAME},
        },
        "notes": _refer("Notes"),
    }
    respondent = {
        "name": {**name, "description": "What the respondent is called; no other may be called so."},
        "speaks": {"type": "string", "enum": [*SPEAKS], "description": "For whom, or as whom."},
        "for": {**name, "description": "The partner that is spoken for; only where `speaks` is `partner`."},
        "shown": {
            "type": "string",
            "enum": [*SHOWN],
            "description": "Who sees the name; families and front-line staff are anonymous.",
        },
    }
    return {
        "CaseFile": _closed(
            case,
            "A case, as a case file holds it: free words, answers about the agency with notes beside them, candidate partners, "
            "and scenarios by name. Answers to questions of an earlier rulebook are carried over where they mean the same; "
            "those that have no place in this one are told as problems.",
        ),
        "CandidatePartner": _closed(
            {"name": name, "answers": _refer("Answers"), "notes": _refer("Notes")}, "A candidate partner.", ["name"]
        ),
        "FreeWords": _closed(dict.fromkeys(FREE_WORDS, text), "What is said in free words. No rule reads it."),
        "Answers": {
            **_map(_refer("AnswerGiven")),
            "description": "Answers by the id of their question. `unknown` and no answer are the same.",
        },
        "AnswerGiven": {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "description": "An option by its id, or several where the question takes several. `yes` and `no` are strings.",
        },
        "Notes": {
            **_map(_refer("Note")),
            "description": "What makes you say so, by question. No rule reads it.",
        },
        "Note": {"anyOf": [text, _map(text)], "description": "A text, or one to each option."},
        "Scenario": _closed(
            {"on": {"type": "string", "description": "The scenario that this one builds on."}, **change}, "Changes of a case."
        ),
        "Change": _closed(change, "Changes of a case; `unknown` takes an answer away."),
        "RespondentGiven": _closed(respondent, "Who answers.", ["name", "speaks"]),
        "ViewFile": _closed(
            {"respondent": _refer("RespondentGiven"), **case},
            "A case as one respondent answers it, with who that is. Of anonymous respondents nothing is shown under "
            f"{LEAST} of a kind, nor where they all gave the same answer.",
            ["respondent"],
        ),
    }


def _refer(name: str) -> Schema:
    return {"$ref": REFERENCE.format(model=name)}


def _map(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


def _closed(properties: dict[str, Schema], description: str, required: Sequence[str] = ()) -> Schema:
    made: Schema = {"type": "object", "description": description, "properties": properties, "additionalProperties": False}
    return {**made, "required": [*required]} if required else made


def _problem() -> Schema:
    """Problem details (RFC 9457), with members of our own."""
    return {
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {"type": "string", "description": "`urn:partnership-advisor:` and a code."},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "problems": {"type": "array", "items": {"$ref": REFERENCE.format(model="ProblemRecord")}},
            "scope": {"type": "string", "enum": [*SCOPES], "description": "What the token is not for."},
            "reason": {"type": "string", "description": "Why the server is not ready."},
            "seconds": {"type": "number", "description": "The time that was allowed."},
            "offered": {"type": "array", "items": {"type": "string"}, "description": "What can be answered."},
            "current": {"$ref": REFERENCE.format(model="SavedRecord"), "description": "The case as it is now."},
            "saved_by": {"type": "string", "description": "Who saved it last."},
            "saved_at": {"type": "string", "format": "date-time"},
        },
    }
