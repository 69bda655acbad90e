"""Reads what is sent: a case file by itself, or an object that holds one with what is asked of it. JSON or YAML.

Everything wrong is found at once, with its line, by the project's own readers; the members beside the case are checked
by the models below.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from advisor.documents.catalog import FormName, Kind
from advisor.io.document import Bare, Value, parse_document
from advisor.io.scenario_reader import case_file_of, notices, parse_case_file
from advisor.io.view_reader import view_of
from advisor.model.case import MAX_NAME, MAX_WORDS, Case
from advisor.model.consultation import MAX_VIEWS, SPEAKS, Audience, RespondentKind, RespondentView, Shown, Speaks
from advisor.model.follow_up import FollowUpKind
from advisor.model.problems import InputError, Pointer, Problems
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary
from advisor.render.documents import Detail
from advisor.store.follow_ups import MAX_EVIDENCE
from advisor.store.hands import MOST_HANDS
from advisor.store.outbox import EVENTS, Event
from advisor.store.permissions import SCOPES, Scope
from advisor.store.records import SavedCase
from advisor.web.api.operations import JSON, YAML
from advisor.web.http_errors import UnsupportedMediaError

MAX_WRONG = 100  # wrong members that are told of; who sends more is not writing by hand
MAX_SIDES = 10
MAX_LINE = 120  # characters in a line of a document's head
BODY = "body"
_AS_SENT = ("case", "change", "views")  # members that the readers of cases read

# Their schemas are made apart from their reading, under these names.
CaseSent = Annotated[Any, WithJsonSchema({"x-schema": "CaseFile"})]
ChangeSent = Annotated[Any, WithJsonSchema({"x-schema": "Change"})]
ViewsSent = Annotated[
    list[Any],
    WithJsonSchema({"type": "array", "minItems": 1, "maxItems": MAX_VIEWS, "items": {"x-schema": "ViewFile"}}),
]
_VALUE = re.compile(r"true|false|-?(0|[1-9]\d{0,15})(\.\d{1,15})?([eE][+-]?\d{1,3})?")  # a number or a truth value of JSON
Seconds = Annotated[
    float | None,
    Field(strict=True, ge=1, description="The most seconds to take; never more than the server allows."),
]
Wanted = Annotated[str, Field(min_length=1, max_length=400)]
HandsNumber = Annotated[int, Field(strict=True, ge=0, le=MOST_HANDS)]


class Subject(BaseModel):
    """A case: either sent (`case`) or saved (`saved`, its id), as it stands or in one of its scenarios."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: CaseSent = Field(None, description="A case as a case file holds it.")
    saved: str | None = Field(None, max_length=100, description="The id of a saved case, instead of a case.")
    scenario: str | None = Field(None, max_length=200, description="A scenario of the case, instead of the case as it stands.")


class WhyBody(Subject):
    """A case, and the recommendation that is asked about."""

    of: Wanted = Field(description="Such as `dimension`, `proceed`, `structure`, `mou` or `caution=NAME`.")


class WhyNotBody(Subject):
    """A case, and a conclusion that the advice does not draw."""

    goal: Wanted = Field(description="Such as `integration`, `dimension=collaboration` or `fit=weak@Harbor House`.")
    most: int = Field(5, strict=True, ge=1, le=100, description="How many rules to name for each conclusion.")


class SettleBody(Subject):
    """A case."""

    seconds: Seconds = None


class NextBody(Subject):
    """A case, and the questions not to ask: `QUESTION`, or `QUESTION@PARTNER`."""

    skip: tuple[Wanted, ...] = Field((), max_length=500, description="Questions nobody can answer now; they count as open.")
    seconds: Seconds = None


class InterviewBody(NextBody):
    """A case, the questions not to ask, and what was asked before."""

    named: bool = Field(False, strict=True, description="Whether somebody was asked who the partners are, and named none.")
    after: Wanted | None = Field(None, description="The question asked last; what belongs with it is asked next.")


class AskBody(Subject):
    """A case, and the question to put to somebody who answers it."""

    question: Wanted = Field(description="`QUESTION`, or `QUESTION@PARTNER`.")


class ReachBody(Subject):
    """A case, and where it should get."""

    goals: tuple[Wanted, ...] = Field(min_length=1, max_length=20, description="All of them, such as `dimension=collaboration`.")
    keep: tuple[Wanted, ...] = Field((), max_length=500, description="Questions whose answers must stay as they are.")
    seconds: Seconds = None


class WhatIfBody(Subject):
    """A case, and changes to it in the shape of a scenario."""

    change: ChangeSent = Field(description="Answers, partners added and left out, as in a scenario of a case file.")


class CompareBody(Subject):
    """A case, and what to hold against it: scenarios of it by name, or further cases."""

    against: tuple[Annotated[str, Field(max_length=200)] | Subject, ...] = Field(
        min_length=1,
        max_length=MAX_SIDES - 1,
        alias="with",
        description='The name of a scenario of this case ("" is the case as it stands), or a case of its own.',
    )


class SensitivityBody(Subject):
    """A case."""

    seconds: Seconds = None


class RoadmapBody(Subject):
    """A case, and where it should get."""

    goal: Wanted = Field(description="Such as `dimension=integration`.")
    seconds: Seconds = None


class PictureBody(Subject):
    """A case, and what of its advice is drawn."""

    what: Literal["rows", "table", "closeness", "plan", "why", "levers", "route"] = Field(
        "rows",
        description="The rows, who is at the table, how close each partner comes, who does what by when, why something is "
        "recommended, the answers that would move the result, or the route to a goal.",
    )
    of: str = Field(
        "",
        max_length=400,
        description="With `why`: a recommendation, as in `WhyBody`, else how close it should be. With `route`: a goal, as in "
        "`RoadmapBody`.",
    )


class DocumentBody(Subject):
    """A case, and the document that is wanted on it."""

    kind: Kind = Field(description="Which document.")
    format: FormName = Field("docx", description="In which form: a plan as `xlsx` or `ics`, the others as what is read.")
    to: str = Field("", max_length=MAX_LINE, description="To whom it goes.")
    sender: str = Field("", max_length=MAX_LINE, alias="from", description="From whom it comes.")
    day: date | None = Field(None, alias="date", description="The day that stands on it; without it there is a place for one.")
    due: dict[Annotated[str, Field(max_length=100)], date] = Field(
        {}, max_length=100, description="Days by when something is done, such as `before-signing`."
    )
    instrument: str = Field(
        "", max_length=100, description="What an agreement is drafted for; else the first that is to be signed."
    )
    detail: Detail = Field(
        "paragraph",
        description="Of an agreement or a packet: a line a clause or a point, what is usual, or everything with its sources.",
    )


class ConsultationBody(BaseModel):
    """What several respondents answered about one case, and who is to read what comes of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    views: ViewsSent = Field(min_length=1, max_length=MAX_VIEWS, description="Cases, each with who answers.")
    name: str = Field("", max_length=MAX_NAME, description="What the case is called; by default as in the first view.")
    audience: Audience = Field("everybody", description="A specialist also sees the names that are meant for specialists only.")
    seconds: Seconds = None


class OpeningBody(BaseModel):
    """What a consultation asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: tuple[Wanted, ...] | None = Field(
        None, max_length=500, description="The ids of questions; without them those that the rulebook names for it."
    )


class QuestionsBody(BaseModel):
    """The questions that a consultation asks from now on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: tuple[Wanted, ...] = Field(min_length=1, max_length=500, description="The ids of questions.")


class InvitationBody(BaseModel):
    """Somebody to be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=MAX_NAME, description="What the respondent is called; no other may be called so.")
    speaks: Speaks = Field(description="For whom, or as whom.")
    partner: str = Field(
        "", max_length=MAX_NAME, alias="for", description="The partner that is spoken for; only where `speaks` is `partner`."
    )
    shown: Shown | None = Field(
        None, description="Who sees the name; without it families and front-line staff are anonymous, all others are named."
    )
    days: int = Field(14, strict=True, ge=1, le=365, description="For how many days the link works.")


class RenewalBody(BaseModel):
    """For how long a new link works."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: int = Field(14, strict=True, ge=1, le=365, description="For how many days the link works.")


class HandsBody(BaseModel):
    """Hands that were counted in a room on one question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Wanted = Field(description="The id of a question that is asked and takes one answer.")
    partner: str | None = Field(None, max_length=MAX_NAME, description="The partner that it is about, if it is about one.")
    raised: dict[RespondentKind, dict[Wanted, HandsNumber]] = Field(
        max_length=len(SPEAKS),
        description="By kind of respondent how many hands went up for each option; `room`, alone, is all together.",
    )


class DecisionBody(BaseModel):
    """What was agreed on a line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Wanted = Field(description="The id of a question that was asked.")
    partner: str | None = Field(None, max_length=MAX_NAME, description="The partner that it is about, if it is about one.")
    options: tuple[Wanted, ...] = Field((), max_length=100, description="The agreed answer; empty where the line stays open.")
    note: str = Field("", max_length=MAX_WORDS, description="Why.")


class AdoptionBody(BaseModel):
    """The revision of the case that what was agreed is taken over into."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    revision: int = Field(strict=True, ge=1, le=2**31 - 1, description="The number that the case has now.")


class TokenBody(BaseModel):
    """A service token to be made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(min_length=1, max_length=MAX_NAME, description="What it is for.")
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=len(SCOPES), description="What it may be used for.")
    account: str | None = Field(None, max_length=MAX_NAME, description="The address of its account; without it the caller's own.")
    reference: str = Field("", max_length=MAX_NAME, description="On whose behalf it comes, as the other system calls them.")
    days: int | None = Field(
        None, strict=True, ge=1, le=3650, description="For how many days it works; without it until it is ended."
    )


class StepBody(BaseModel):
    """What became of something that the advice asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FollowUpKind = Field(description="It is `done`, `reopened`, or a moment is `due` on a day.")
    about: Wanted = Field(description="A condition or an action, such as `condition=NAME`, or the moment that is due.")
    day: date | None = Field(None, description="When it was done, or when it is due; none takes a day away.")
    evidence: str = Field("", max_length=MAX_EVIDENCE, description="What shows that it is done.")


class WebhookBody(BaseModel):
    """Another system to be told of events."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(
        min_length=1, max_length=1000, description="Where it is told, such as https://portal.example.org/advice."
    )
    events: tuple[Event, ...] = Field(min_length=1, max_length=len(EVENTS), description="Of what.")


class ArchiveBody(BaseModel):
    """Whether a case is put out of the way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    archived: bool = Field(strict=True)


Asked = TypeVar("Asked", bound=BaseModel)
BODIES = (
    WhyBody,
    WhyNotBody,
    SettleBody,
    NextBody,
    InterviewBody,
    AskBody,
    Subject,
    ReachBody,
    WhatIfBody,
    CompareBody,
    SensitivityBody,
    RoadmapBody,
    PictureBody,
    DocumentBody,
    ConsultationBody,
    OpeningBody,
    QuestionsBody,
    InvitationBody,
    RenewalBody,
    HandsBody,
    DecisionBody,
    AdoptionBody,
    StepBody,
    ArchiveBody,
    TokenBody,
    WebhookBody,
)


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The body of a request as it came, and what it is."""

    raw: bytes
    as_json: bool


@dataclass(frozen=True, slots=True)
class CaseInQuestion:
    """What an object is about: the case file, the scenario in question, and id and revision where it is saved."""

    file: CaseFile
    scenario: str
    saved: tuple[str, int] | None

    @property
    def case(self) -> Case:
        """The case as it stands, or in the scenario. Raises `InputError` where there is no such scenario."""
        return self.file.in_scenario(self.scenario)


def sent_as(content_type: str) -> Literal["json", "yaml"]:
    """Which of the two a body is. Raises `UnsupportedMediaError` where it is neither."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return "json"
    if kind in (YAML, "application/x-yaml", "text/yaml"):
        return "yaml"
    raise UnsupportedMediaError


async def request_body(request: Request) -> RequestBody:
    """The body of a request that takes a case or what holds one."""
    kind = sent_as(request.headers.get("content-type", ""))
    return RequestBody(await request.body(), kind == "json")


def read_case_sent(body: RequestBody, vocabulary: Vocabulary) -> CaseFile:
    """The case file that a body is. Raises `InputError` with every problem in it."""
    return parse_case_file(body.raw, vocabulary, as_json=body.as_json, whole=True)


def read_asked(body: RequestBody, model: type[Asked], vocabulary: Vocabulary) -> tuple[Asked, Problems]:
    """The object that a body is; the case in it stays as sent for `read_subject`, with problems of this body to add to.

    Raises `InputError` with everything wrong, the case included, where anything beside the case is.
    """
    problems = Problems(BODY)
    value = parse_document(body.raw, problems, as_json=body.as_json)
    problems.raise_if_any()
    if not isinstance(value, dict):
        problems.add("mapping-expected", about=BODY, allowed=_names(model))
        problems.raise_if_any()
    assert isinstance(value, dict)
    try:
        return model.model_validate(_typed(value)), problems
    except ValidationError as error:
        for details in error.errors(include_url=False)[:MAX_WRONG]:
            _note(details, model, problems)
        if case := value.get("case"):
            case_file_of(case, ("case",), "case", vocabulary, problems)
    raise InputError(problems.found)


def _typed(value: Value) -> Any:
    """A value with numbers and truth values for what says so without quotes, but for what the readers of cases read."""
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if isinstance(value, dict):
        return {key: inner if key in _AS_SENT else _typed(inner) for key, inner in value.items()}
    if isinstance(value, Bare):
        return json.loads(value) if _VALUE.fullmatch(value) else str(value)
    return value


def _names(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _note(details: Any, model: type[BaseModel], problems: Problems) -> None:
    place = details["loc"]
    within, about = ".".join(map(str, place[:-1])), ".".join(map(str, place))
    if details["type"] == "missing":
        problems.add("missing-key", place[:-1], about=within, found=place[-1])
    elif details["type"] == "extra_forbidden":
        problems.add("unknown-key", place, about=within, found=place[-1], allowed=_names(model))
    elif details["type"] in ("literal_error", "enum"):
        expected = tuple(re.findall(r"'([^']*)'", details["ctx"]["expected"]))
        problems.add("unknown-value", place, about=about, found=str(details["input"]), allowed=expected)
    else:
        problems.add("wrong-value", place, about=about, found=str(details["input"]), allowed=(details["msg"],))


def read_subject(
    subject: Subject, path: Pointer, problems: Problems, vocabulary: Vocabulary, saved: Callable[[str], SavedCase]
) -> CaseInQuestion:
    """The case that an object at `path` of a body is about. Raises `InputError` with every problem of object and case."""
    if (subject.case is None) == (subject.saved is None):
        problems.add("case-or-saved", path, about=BODY)
    key: tuple[str, int] | None = None
    file = CaseFile(Case("", {}), {})
    if subject.case is not None:
        file = case_file_of(subject.case, (*path, "case"), "case", vocabulary, problems)
        problems.found += notices(file, problems.file)
    problems.raise_if_any()
    if subject.saved is not None:
        found = saved(subject.saved)
        file, key = found.file, (found.entry.id, found.entry.revision)
    return CaseInQuestion(file, subject.scenario or "", key)


def read_views(values: list[Any], problems: Problems, vocabulary: Vocabulary) -> list[RespondentView]:
    """The views of a consultation. Raises `InputError` with every problem of all of them."""
    views = [view_of(value, ("views", place), str(place + 1), vocabulary, problems) for place, value in enumerate(values)]
    problems.raise_if_any()
    return views
