"""The schemas of what the API takes and gives, made from the types themselves and from the vocabulary."""

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
from advisor.model.advice import Advice, RulebookStamp
from advisor.model.case import FREE_WORDS, MAX_PARTNERS, MAX_WORDS
from advisor.model.consultation import LEAST, SHOWN, SPEAKS
from advisor.model.rulebook import Source
from advisor.model.scenario import MAX_SCENARIOS
from advisor.model.vocabulary import NONE, THAT_IS_ALL, UNKNOWN, Question, Scope, Vocabulary
from advisor.render.intake_listing import Listing, Stamp
from advisor.web.api.advices import ReplayRecord
from advisor.web.api.bodies import BODIES
from advisor.web.api.records import EntryRecord, KeptRecord, RevisionRecord, SavedRecord
from advisor.web.api.rulebook import RulebookRecord, RuleRecord

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
    """What comes of a consultation; stamped with rulebook and engine."""

    format: str
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
    "Listing": Listing,
    "WhyReport": WhyReport,
    "WhyNotReports": WhyNotReports,
    "SettledReport": SettledReport,
    "NextReport": NextReport,
    "ReachReport": ReachReport,
    "ComparisonReport": ComparisonReport,
    "SensitivityReport": SensitivityReport,
    "RoadmapReport": RoadmapReport,
    "PictureReport": PictureReport,
    "ConsultationReport": ConsultationReport,
    "SavedRecord": SavedRecord,
    "EntryRecord": EntryRecord,
    "RevisionRecord": RevisionRecord,
    "KeptRecord": KeptRecord,
    "ReplayRecord": ReplayRecord,
    "RulebookRecord": RulebookRecord,
    "RuleRecord": RuleRecord,
    "Source": Source,
    "Health": Health,
    "Readiness": Readiness,
    "ProblemRecord": ProblemRecord,
}
PAGES = {
    "CasePage": "EntryRecord",
    "RevisionPage": "RevisionRecord",
    "KeptPage": "KeptRecord",
    "RulePage": "RuleRecord",
    "SourcePage": "Source",
}


def schemas(vocabulary: Vocabulary) -> dict[str, Schema]:
    """All schemas by name."""
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
    found = {name: _referring(schema) for name, schema in found.items()}
    return dict(sorted({**found, **pages, **_of_cases(vocabulary), "Problem": _problem()}.items()))


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
    return made


def _page(of: str) -> Schema:
    """Some of a longer list."""
    properties: dict[str, Schema] = {
        "items": {"type": "array", "items": {"$ref": REFERENCE.format(model=of)}},
        "total": {"type": "integer", "description": "How long the whole list is."},
        "next": {"type": ["string", "null"], "description": "The address of the next page; null at the end."},
    }
    return {"type": "object", "description": "Some of a longer list.", "properties": properties, "required": list(properties)}


def _of_cases(vocabulary: Vocabulary) -> dict[str, Schema]:
    """A case file as its reader takes it."""
    agency, partner = ({"$ref": REFERENCE.format(model=name)} for name in ("AgencyAnswers", "PartnerAnswers"))
    text: Schema = {"type": ["string", "number", "boolean"]}
    name: Schema = {**text, "minLength": 1, "maxLength": MAX_NAME, "pattern": r"\S"}
    listed: Schema = {"anyOf": [{"type": "array", "items": name, "maxItems": MAX_PARTNERS}, {"type": "null"}]}
    said: Schema = {"type": [*text["type"], "null"], "maxLength": MAX_WORDS}
    aside: Schema = {"description": "Anything; it counts for nothing and is not kept."}
    words = {**_closed(dict.fromkeys(FREE_WORDS, said)), "description": "What is said in free words. No rule reads it."}
    change: dict[str, Schema] = {
        "answers": _or_null(agency),
        "partners": _or_null({"type": "object", "additionalProperties": partner, "description": "Answers by partner."}),
        "add": {**listed, "description": "Names of partners to add."},
        "drop": {**listed, "description": "Names of partners to leave out."},
        "notes": aside,
    }
    on: Schema = {"type": ["string", "null"], "description": "The scenario that this one builds on."}
    listed_partner = _closed({"name": name, "answers": _or_null(partner), "notes": _notes(vocabulary, "partner")}, ["name"])
    case = {
        "name": {"type": [*text["type"], "null"], "maxLength": MAX_NAME, "description": "What the case is called."},
        "words": _or_null(words),
        "answers": _or_null(agency),
        "partners": _or_null({"type": "array", "maxItems": MAX_PARTNERS, "items": listed_partner}),
        "scenarios": _or_null(
            {
                "type": "object",
                "maxProperties": MAX_SCENARIOS,
                "propertyNames": {"minLength": 1, "maxLength": MAX_NAME},
                "additionalProperties": {"$ref": REFERENCE.format(model="Scenario")},
            }
        ),
        "notes": _notes(vocabulary, "agency"),
    }
    about_case = (
        "A case, as a case file holds it: free words, answers about the agency with notes beside them, candidate partners, "
        "and scenarios by name. Answers to questions of an earlier rulebook are carried over where they mean the same; "
        "those that have no place in this one are told as problems."
    )
    respondent = _closed(
        {
            "name": {**name, "description": "What the respondent is called; no other may be called so."},
            "speaks": {"enum": [*SPEAKS], "description": "For whom, or as whom."},
            "for": {**name, "description": "The partner that is spoken for; only where `speaks` is `partner`."},
            "shown": {"enum": [*SHOWN, None], "description": "Who sees the name; families and front-line staff are anonymous."},
        },
        ["name", "speaks"],
    )
    about_view = (
        "A case as one respondent answers it, with who that is. Of anonymous respondents nothing is shown under "
        f"{LEAST} of a kind, nor where they all gave the same answer."
    )
    return {
        "CaseFile": {**_closed(case), "description": about_case},
        "ViewFile": {**_closed({"respondent": respondent, **case}, ["respondent"]), "description": about_view},
        "Note": {
            "anyOf": [said, {"type": "object", "additionalProperties": said}],
            "description": "A text, or one to each option.",
        },
        "Scenario": {**_closed({"on": on, **change}), "description": "Changes of a case."},
        "Change": {**_closed(change), "description": "Changes of a case; `unknown` takes an answer away."},
        "AgencyAnswers": _answers(vocabulary, "agency", "Answers about the agency and the partnership."),
        "PartnerAnswers": _answers(vocabulary, "partner", "Answers about one partner."),
    }


def _answers(vocabulary: Vocabulary, asked: Scope, description: str) -> Schema:
    known = {question.id: _answer(question) for question in vocabulary.asked_of(asked)}
    said = f"{description} `unknown`, null and no answer are the same."
    return {"type": ["object", "null"], "properties": known, "additionalProperties": False, "description": said}


def _notes(vocabulary: Vocabulary, asked: Scope) -> Schema:
    """Notes beside answers, by question."""
    known: dict[str, Schema] = {each.id: {"$ref": REFERENCE.format(model="Note")} for each in vocabulary.asked_of(asked)}
    return _or_null({**_closed(known), "description": "What makes you say so, by question. No rule reads it."})


def _answer(question: Question) -> Schema:
    truth = [True, False] if "no" in question.options else []
    alone_too = [option for option in question.options if option != THAT_IS_ALL]
    one: Schema = {"enum": [*alone_too, UNKNOWN, None, *truth]}
    if question.kind != "several":
        return one
    some = [option for option in question.options if option != NONE]
    none = [NONE] if NONE in question.options else []
    alone: Schema = {"type": "array", "maxItems": 1, "items": {"enum": [*none, UNKNOWN, None]}}
    return {"anyOf": [one, {"type": "array", "items": {"enum": some}, "uniqueItems": True}, alone]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _closed(properties: dict[str, Schema], required: list[str] | None = None) -> Schema:
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**made, "required": required} if required else made


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
            "reason": {"type": "string", "description": "Why the server is not ready."},
            "seconds": {"type": "number", "description": "The time that was allowed."},
            "offered": {"type": "array", "items": {"type": "string"}, "description": "What can be answered."},
            "current": {"$ref": REFERENCE.format(model="SavedRecord"), "description": "The case as it is now."},
            "saved_by": {"type": "string", "description": "Who saved it last."},
            "saved_at": {"type": "string", "format": "date-time"},
        },
    }
