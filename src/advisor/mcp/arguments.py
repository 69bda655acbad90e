"""What each tool takes. Everything wrong is found at once, that in the case included, by the project's own readers."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from advisor.documents.catalog import FormName, Kind
from advisor.io.document import Value, parse_document
from advisor.io.scenario_reader import case_file_of, change_of, notices
from advisor.io.view_reader import view_of
from advisor.model.case import MAX_NAME, Case
from advisor.model.consultation import MAX_VIEWS, SHOWN, SPEAKS, Audience, RespondentView
from advisor.model.problems import InputError, Problems
from advisor.model.scenario import Scenario
from advisor.model.vocabulary import Vocabulary
from advisor.render.documents import Detail

PLACE = "arguments"
MAX_WRONG = 100  # wrong arguments that are told of
MAX_LINE = 120  # characters in a line of a document's head

# What the readers of cases read has a schema that names no question: a new question changes no tool.
_ANSWERS = {
    "type": "object",
    "additionalProperties": {"type": ["string", "boolean", "null", "array"], "items": {"type": "string"}},
}
_NOTES = {"type": "object", "additionalProperties": {"type": ["string", "object"], "additionalProperties": {"type": "string"}}}
_PARTNER = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "answers": _ANSWERS, "notes": _NOTES},
    "required": ["name"],
}
_PARTNERS = {"type": "array", "items": _PARTNER}
_CASE_FIELDS: dict[str, Any] = {
    "name": {"type": "string"},
    "words": {"type": "object", "additionalProperties": {"type": "string"}},
    "answers": _ANSWERS,
    "notes": _NOTES,
    "partners": _PARTNERS,
}
_NAMES = {"type": "array", "items": {"type": "string"}}
_CHANGE_FIELDS: dict[str, Any] = {
    "answers": _ANSWERS,
    "partners": {"type": "object", "additionalProperties": _ANSWERS},
    "add": _NAMES,
    "drop": _NAMES,
}
_CHANGE = {"type": "object", "properties": _CHANGE_FIELDS}
_SCENARIO = {"type": "object", "properties": {"on": {"type": "string"}, **_CHANGE_FIELDS}}
_RESPONDENT = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "speaks": {"enum": list(SPEAKS)},
        "for": {"type": "string"},
        "shown": {"enum": list(SHOWN)},
    },
    "required": ["speaks"],
}
_CASE = {"type": "object", "properties": {**_CASE_FIELDS, "scenarios": {"type": "object", "additionalProperties": _SCENARIO}}}
_VIEW = {"type": "object", "properties": {"respondent": _RESPONDENT, **_CASE_FIELDS}, "required": ["respondent"]}

CaseGiven = Annotated[Any, WithJsonSchema(_CASE)]
ChangeGiven = Annotated[Any, WithJsonSchema(_CHANGE)]
ViewsGiven = Annotated[
    list[Any], WithJsonSchema({"type": "array", "minItems": 1, "maxItems": MAX_VIEWS, "items": _VIEW}), Field(min_length=1)
]
Wanted = Annotated[str, Field(min_length=1, max_length=400)]
Line = Annotated[str, Field(max_length=MAX_LINE)]


class Arguments(BaseModel):
    """What a tool takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class QuestionArguments(Arguments):
    """Which questions to list."""

    section: str = Field("", max_length=200)
    asked: Literal["agency", "partner", ""] = ""
    essential: bool = True
    ids: list[Wanted] = Field([], max_length=500)


class CaseArguments(Arguments):
    """A case, as it stands or in one of its scenarios."""

    case: CaseGiven
    scenario: str = Field("", max_length=200)


class AssessArguments(CaseArguments):
    """A case, and how much is told of the advice."""

    detail: Detail = "paragraph"


class WhyArguments(CaseArguments):
    """A case, and the recommendation that is asked about."""

    of: Wanted


class WhyNotArguments(CaseArguments):
    """A case, and a conclusion that the advice does not draw."""

    goal: Wanted
    most: int = Field(5, ge=1, le=100)


class NextArguments(CaseArguments):
    """A case, and the questions not to ask."""

    skip: list[Wanted] = Field([], max_length=500)


class WhatIfArguments(CaseArguments):
    """A case, and what is changed in it."""

    change: ChangeGiven


class ReachArguments(CaseArguments):
    """A case, and where it should get."""

    goals: list[Wanted] = Field(min_length=1, max_length=20)
    keep: list[Wanted] = Field([], max_length=500)


class DocumentArguments(CaseArguments):
    """A case, and the document that is wanted on it."""

    kind: Kind
    form: FormName = "markdown"
    to: Line = ""
    sender: Line = ""
    day: date | None = None
    due: dict[str, date] = Field({}, max_length=100)
    instrument: str = Field("", max_length=100)
    detail: Detail = "paragraph"


class ConsultationArguments(Arguments):
    """What several respondents answered about one case, and who is to read what comes of it."""

    views: ViewsGiven
    name: str = Field("", max_length=MAX_NAME)
    audience: Audience = "everybody"


Asked = TypeVar("Asked", bound=Arguments)


class ArgumentReader:
    """The arguments of one call as they came, read piece by piece; `problems` holds what is wrong with any of them."""

    def __init__(self, given: Mapping[str, Any], vocabulary: Vocabulary) -> None:
        self.problems, self._vocabulary = Problems(PLACE), vocabulary
        self._given = given
        self._value = parse_document(json.dumps(given).encode(), self.problems, as_json=True)
        self.problems.raise_if_any()

    def plain(self, model: type[Asked]) -> Asked | None:
        """All but the case, which stays as it came; None where any of it is wrong."""
        try:
            return model.model_validate_json(json.dumps(self._given))
        except ValidationError as error:
            for details in error.errors(include_url=False)[:MAX_WRONG]:
                self._note(details, model)
        return None

    def case(self, scenario: str) -> Case:
        """The case, as it stands or in a scenario."""
        file = case_file_of(self._part("case"), ("case",), "case", self._vocabulary, self.problems)
        self.problems.found += notices(file, self.problems.file)
        try:
            return file.in_scenario(scenario)
        except InputError as error:
            self.problems.found += error.at(PLACE).problems
            return file.case

    def change(self, case: Case, name: str) -> Scenario:
        """What is changed in the case. Raises `InputError` with everything that is wrong so far."""
        return change_of(self._part("change"), ("change",), case, name, self._vocabulary, self.problems)

    def views(self) -> list[RespondentView]:
        """What each respondent answered."""
        given = self._part("views")
        listed = given if isinstance(given, list) else []
        return [view_of(each, ("views", n), str(n + 1), self._vocabulary, self.problems) for n, each in enumerate(listed)]

    def has(self, name: str) -> bool:
        """Whether an argument was given."""
        return name in self._given

    def _part(self, name: str) -> Value:
        return self._value[name] if isinstance(self._value, dict) else None

    def _note(self, details: Any, model: type[Arguments]) -> None:
        place, names = details["loc"], tuple(model.model_fields)
        about, found = ".".join(map(str, place)), details.get("input")
        if details["type"] == "missing":
            self.problems.add("missing-key", place[:-1], about=PLACE, found=place[-1])
        elif details["type"] == "extra_forbidden":
            self.problems.add("unknown-key", place, about=PLACE, found=place[-1], allowed=names)
        elif details["type"] == "literal_error":
            allowed = _schema_at(model, place).get("enum", ())
            self.problems.add("unknown-value", place, about=about, found=found, allowed=map(str, allowed))
        elif details["type"].startswith("date"):
            self.problems.add("not-a-day", place, about=about, found=found)
        else:
            self.problems.add("argument-expected", place, about=about, allowed=_limits(_schema_at(model, place)))


def _schema_at(model: type[Arguments], place: tuple[str | int, ...]) -> dict[str, Any]:
    """The schema of an argument, or of an item of it."""
    schema: dict[str, Any] = model.model_json_schema()["properties"][str(place[0])]
    return schema if len(place) == 1 else schema.get("items", schema.get("additionalProperties", schema))


def _limits(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What a schema asks for, as its own keywords say it."""
    keywords = ("type", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
    return tuple(f"{keyword} {schema[keyword]}" for keyword in keywords if keyword in schema)
