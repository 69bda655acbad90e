"""What pages, exports and the API show of a consultation as JSON. Of who has no name nothing is told but that they were asked."""

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from advisor.io.scenario_writer import case_file_json
from advisor.model.consultation import RespondentView, Shown, Speaks
from advisor.model.reconciling import Decision, DecisionKind
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary
from advisor.store.consultation_records import Invitation, LinkStanding, OpenedInvitation, SavedConsultation
from advisor.web.timestamps import time_of


class ConsultationRecord(TypedDict):
    """A consultation: on which revision of the case, what it asks, about which partners, who opened it, when it was closed.

    A further round names the `first` one.
    """

    id: str
    revision: int
    questions: list[str]
    partners: list[str]
    opened_by: str
    opened_by_name: str
    created: datetime
    closed: datetime | None
    first: str | None


InvitationRecord = TypedDict(
    "InvitationRecord",
    {
        "id": str,
        "name": str,
        "speaks": Speaks,
        "for": str,
        "shown": Shown,
        "created": datetime,
        "expires": datetime,
        "revoked": datetime | None,
        "begun": bool,
    },
)
InvitationRecord.__doc__ = "Somebody who was asked, for whom they speak, who sees their name, and whether they began to answer."


class InvitationMade(TypedDict):
    """An invitation with its link, which is told once: `key` is what it ends with."""

    invitation: InvitationRecord
    key: str
    address: str


class RoundMade(TypedDict):
    """A further round, with a new link for everybody of the round before."""

    consultation: ConsultationRecord
    invitations: list[InvitationMade]


class DecisionRecord(TypedDict):
    """What was decided on a line: an answer `chosen`, or `left-open`; or that what was agreed was `adopted` as a revision."""

    number: int
    at: datetime
    by: str
    by_name: str
    kind: DecisionKind
    question: str
    partner: str | None
    options: list[str]
    note: str
    revision: int | None


class ConsultationList(TypedDict):
    """The consultations on a case."""

    items: list[ConsultationRecord]


class RespondentList(TypedDict):
    """Who was asked."""

    items: list[InvitationRecord]


class DecisionList(TypedDict):
    """What was decided."""

    items: list[DecisionRecord]


class ConsultationExport(TypedDict):
    """All of a consultation that one person may see. `result` is null where nobody answered who can be heard."""

    format: str
    consultation: ConsultationRecord
    respondents: list[InvitationRecord]
    views: Annotated[list[dict[str, Any]], WithJsonSchema({"type": "array", "items": {"x-schema": "ViewFile"}})]
    result: Annotated[Any, WithJsonSchema({"anyOf": [{"x-schema": "ConsultationReport"}, {"type": "null"}]})]
    decisions: list[DecisionRecord]


AnsweringRecord = TypedDict(
    "AnsweringRecord",
    {
        "standing": LinkStanding,
        "case_name": str,
        "leader": str,
        "speaks": Speaks,
        "for": str,
        "shown": Shown,
        "begun": bool,
        "expires": datetime,
        "questions": list[str],
        "partners": list[str],
        "answers": Annotated[dict[str, Any] | None, WithJsonSchema({"anyOf": [{"x-schema": "CaseFile"}, {"type": "null"}]})],
    },
)
AnsweringRecord.__doc__ = (
    "What a link leads to: what is asked, who will see the answers, and what was answered so far, as a case."
)


class AnsweringKey(TypedDict):
    """What a link ends with from now on."""

    key: str


def consultation_record(found: SavedConsultation) -> dict[str, Any]:
    """A consultation."""
    return {
        "id": found.id,
        "revision": found.revision,
        "questions": list(found.questions),
        "partners": list(found.partners),
        "opened_by": found.opened_by,
        "opened_by_name": found.opened_by_name,
        "created": time_of(found.created),
        "closed": None if found.closed is None else time_of(found.closed),
        "first": found.first or None,
    }


def invitation_record(invitation: Invitation) -> dict[str, Any]:
    """Somebody who was asked; of when they began nothing is told, which could tell whose an answer is."""
    respondent = invitation.respondent
    return {
        "id": invitation.id,
        "name": respondent.name,
        "speaks": respondent.speaks,
        "for": respondent.partner,
        "shown": respondent.shown,
        "created": time_of(invitation.created),
        "expires": time_of(invitation.expires),
        "revoked": None if invitation.revoked is None else time_of(invitation.revoked),
        "begun": invitation.begun is not None,
    }


def view_record(view: RespondentView, vocabulary: Vocabulary) -> dict[str, Any]:
    """What somebody answered who has a name, as the file of a view."""
    respondent = view.respondent
    head = {"name": respondent.name, "speaks": respondent.speaks, "shown": respondent.shown}
    head |= {"for": respondent.partner} if respondent.speaks == "partner" else {}
    return {"respondent": head, **json.loads(case_file_json(CaseFile(view.case, {}), vocabulary))}


def decision_record(decision: Decision) -> dict[str, Any]:
    """One step of reconciling."""
    return {
        "number": decision.number,
        "at": time_of(decision.at),
        "by": decision.by,
        "by_name": decision.by_name,
        "kind": decision.kind,
        "question": decision.question,
        "partner": decision.partner,
        "options": list(decision.options),
        "note": decision.note,
        "revision": decision.revision,
    }


def answering_record(opened: OpenedInvitation, answers: dict[str, Any] | None) -> dict[str, Any]:
    """What a link leads to, with what was answered so far."""
    respondent, found = opened.invitation.respondent, opened.consultation
    return {
        "standing": opened.standing,
        "case_name": opened.case_name,
        "leader": found.opened_by_name,
        "speaks": respondent.speaks,
        "for": respondent.partner,
        "shown": respondent.shown,
        "begun": opened.invitation.begun is not None,
        "expires": time_of(opened.invitation.expires),
        "questions": list(found.questions),
        "partners": list(found.partners),
        "answers": answers,
    }
