"""What the API shows of saved cases, their history and their advice."""

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from advisor.io.scenario_writer import case_file_json
from advisor.model.vocabulary import Vocabulary
from advisor.store.records import ChangeKind, Entry, How, KeptAdvice, Revision, SavedCase
from advisor.web.timestamps import time_of

Id = Annotated[str, Path(pattern="^[a-z0-9]+$", max_length=64, description="The id of a saved case.")]
AdviceId = Annotated[str, Path(pattern="^[a-z0-9]+$", max_length=64, description="The id of kept advice.")]


class EntryRecord(TypedDict):
    """A saved case in a list: whose it is, how far it is; `answers` and `partners` are counted. Times are in UTC."""

    id: str
    name: str
    organization: str
    owner: str
    owner_name: str
    revision: int
    created: datetime
    changed: datetime
    archived: bool
    answers: int
    partners: int


class LeftOutRecord(TypedDict):
    """A stored answer that the rulebook in use does not know: about which partner ("" the agency), to which question."""

    partner: str
    question: str
    answer: list[str]


class SavedRecord(EntryRecord):
    """A saved case, with the case as a case file holds it. What is `left_out` stays stored, and counts for nothing."""

    case: Annotated[dict[str, Any], WithJsonSchema({"x-schema": "CaseFile"})]
    left_out: list[LeftOutRecord]


class ChangeRecord(TypedDict):
    """One thing changed in a save: what kind of thing, of which partner, to which question, from what to what.

    A note is named by its question, or by question and option as in `worry.about=money`; free words by their own name.
    """

    kind: ChangeKind
    partner: str | None
    question: str
    was: list[str]
    now: list[str]


class RevisionRecord(TypedDict):
    """One save of a case."""

    number: int
    at: datetime
    by: str
    by_name: str
    how: How
    changes: list[ChangeRecord]


class KeptRecord(TypedDict):
    """Advice that was given and kept: on which revision and scenario ("" the case as it stood), by which rulebook and words."""

    id: str
    revision: int
    scenario: str
    at: datetime
    by: str
    rulebook: str
    wording: str
    engine: str
    marks: bool


def entry_record(entry: Entry) -> dict[str, Any]:
    """A case in a list."""
    return {
        "id": entry.id,
        "name": entry.name,
        "organization": entry.organization,
        "owner": entry.owner,
        "owner_name": entry.owner_name,
        "revision": entry.revision,
        "created": time_of(entry.created),
        "changed": time_of(entry.changed),
        "archived": entry.archived,
        "answers": entry.answers,
        "partners": entry.partners,
    }


def saved_record(saved: SavedCase, vocabulary: Vocabulary) -> dict[str, Any]:
    """A case with all that it holds."""
    left = [{"partner": p, "question": question, "answer": list(answer)} for p, question, answer in saved.left_out]
    return {**entry_record(saved.entry), "case": json.loads(case_file_json(saved.file, vocabulary)), "left_out": left}


def revision_record(revision: Revision) -> dict[str, Any]:
    """One save."""
    return {
        "number": revision.number,
        "at": time_of(revision.at),
        "by": revision.by,
        "by_name": revision.by_name,
        "how": revision.how,
        "changes": [
            {"kind": c.kind, "partner": c.partner, "question": c.question, "was": list(c.was), "now": list(c.now)}
            for c in revision.changes
        ],
    }


def kept_record(kept: KeptAdvice) -> dict[str, Any]:
    """Kept advice, without the advice."""
    return {
        "id": kept.id,
        "revision": kept.revision,
        "scenario": kept.scenario,
        "at": time_of(kept.at),
        "by": kept.by,
        "rulebook": kept.rulebook,
        "wording": kept.wording,
        "engine": kept.engine,
        "marks": kept.marks,
    }
