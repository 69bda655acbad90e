"""All that the readers of cases take, as schemas: more than `docs/openapi.json` asks of a program, which names no question."""

import json
from typing import Any

from advisor.io.case_reader import MAX_NAME
from advisor.model.case import FREE_WORDS, MAX_PARTNERS, MAX_WORDS
from advisor.model.consultation import LEAST, SHOWN, SPEAKS
from advisor.model.scenario import MAX_SCENARIOS
from advisor.model.vocabulary import NONE, THAT_IS_ALL, UNKNOWN, Question, Scope, Vocabulary
from advisor.web.api.schemas import REFERENCE, Schema

ONE_OF_TWO = [
    {"required": ["case"], "properties": {"case": {"type": "object"}, "saved": {"type": "null"}}},
    {"required": ["saved"], "properties": {"case": {"type": "null"}, "saved": {"type": "string"}}},
]


def accepting(published: dict[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The description with the schemas of all that is taken."""
    made: dict[str, Any] = json.loads(json.dumps(published))
    schemas = made["components"]["schemas"]
    schemas |= _of_cases(vocabulary)
    for name, schema in schemas.items():
        members = schema.get("properties", {})
        if (name.endswith("Body") or name == "Subject") and {"case", "saved"} <= members.keys():
            members["case"] = {"anyOf": [members["case"], {"type": "null"}]}
            schema["oneOf"] = ONE_OF_TWO
    return made


def _of_cases(vocabulary: Vocabulary) -> dict[str, Schema]:
    """A case file as its reader takes it: with every question, and with what people write by hand."""
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
