"""Consultations on a saved case, for whoever leads them: who is asked, what comes of it, what was agreed."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from advisor.documents.catalog import FORMS, READ
from advisor.io.case_reader import read_answer
from advisor.model.consultation import Respondent, shown_unless_said
from advisor.model.names import composed, place_of
from advisor.model.problems import InputError, Problem, Problems
from advisor.model.vocabulary import Vocabulary
from advisor.render import report
from advisor.store.consultation_records import Invitation, SavedConsultation
from advisor.store.respondents import said_in
from advisor.web.api.bodies import (
    BODY,
    AdoptionBody,
    DecisionBody,
    HandsBody,
    InvitationBody,
    OpeningBody,
    QuestionsBody,
    RenewalBody,
    read_asked,
    read_case_sent,
)
from advisor.web.api.once import once
from advisor.web.api.operations import FILE, HTML, JSON, MARKDOWN, ROOT, TEXT, Gives, gives, operation
from advisor.web.api.queries import Body, Caller
from advisor.web.api.records import Id, saved_record
from advisor.web.api.responses import acceptable, content, respond
from advisor.web.consulted import FILES, adopt, consulted, document_of, exported, usual_questions
from advisor.web.consulted_records import consultation_record, decision_record, invitation_record
from advisor.web.consulted_rounds import ask_again
from advisor.web.http_errors import ConsultationOpenError, NotFoundError
from advisor.web.reader_day import reader_day
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)
FORMS_OF_RESULT = (JSON, "ConsultationReport"), (MARKDOWN, TEXT), (HTML, TEXT)
TAG = "consultations"
ONE = "/cases/{case}/consultations/{consultation}"
SOMEBODY = f"{ONE}/respondents/{{respondent}}"

ConsultationId = Annotated[str, Path(pattern="^[a-z0-9]+$", max_length=64, description="The id of a consultation.")]
RespondentId = Annotated[str, Path(pattern="^[a-z0-9]+$", max_length=64, description="The id of a respondent.")]
Key = Annotated[str, Path(pattern="^[A-Za-z0-9_-]+$", max_length=64, description="What a respondent's link ends with.")]
DocumentName = Annotated[
    str, Path(pattern="^(session|handout|record)$", description="The packet for a session, what is handed round, or the record.")
]
DocumentForm = Annotated[str, Path(pattern="^(docx|pdf|html|markdown)$", description="In which form.")]


# For who leads


@operation(
    router,
    "POST",
    "/cases/{case}/consultations",
    "openConsultation",
    TAG,
    gives("ConsultationRecord", status=201, headers=("Location",)),
    takes="OpeningBody",
    fails=(404, 409),
)
@once
def open_consultation(request: Request, person: Caller, case: Id, body: Body) -> Response:
    """Open a consultation on a case as it is now.

    Without `questions` it asks those that the rulebook names for it. Whoever opens it is its specialist: what is shown
    `to-specialist` is shown to them.
    """
    site = site_of(request)
    site.store.cases.check(person, case)
    asked, _ = read_asked(body, OpeningBody, site.service.vocabulary)
    questions = usual_questions(site) if asked.questions is None else asked.questions
    made = site.store.consultations.open(person, case, questions, at=site.clock())
    headers = {"Location": f"{request.url.path}/{made.id}"}
    return respond(content(consultation_record(made)), status=201, headers=headers)


@operation(router, "GET", "/cases/{case}/consultations", "listConsultations", TAG, gives("ConsultationList"), fails=(404,))
def list_consultations(request: Request, person: Caller, case: Id) -> Response:
    """List the consultations on a case, the newest first."""
    found = site_of(request).store.consultations.list(person, case)
    return respond(content({"items": [consultation_record(each) for each in found]}))


@operation(router, "GET", ONE, "readConsultation", TAG, gives("ConsultationRecord"), fails=(404,))
def read_consultation(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """Show a consultation: what it asks, about which partners, and whether it is closed."""
    return respond(content(consultation_record(site_of(request).store.consultations.read(person, case, consultation))))


@operation(
    router,
    "PUT",
    f"{ONE}/questions",
    "chooseQuestions",
    TAG,
    gives("ConsultationRecord"),
    takes="QuestionsBody",
    fails=(404, 409),
)
def choose_questions(request: Request, person: Caller, case: Id, consultation: ConsultationId, body: Body) -> Response:
    """Ask these questions, while it is open.

    What was answered to others stays stored and counts for nothing.
    """
    site = site_of(request)
    site.store.consultations.read(person, case, consultation)
    asked, _ = read_asked(body, QuestionsBody, site.service.vocabulary)
    site.store.consultations.choose(person, case, consultation, asked.questions)
    return read_consultation(request, person, case, consultation)


@operation(router, "POST", f"{ONE}/close", "closeConsultation", TAG, gives("ConsultationRecord"), fails=(404,))
def close_consultation(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """Close a consultation for good.

    From then on no answer changes. Answers without names come in now, where enough people gave them.
    """
    site = site_of(request)
    site.store.consultations.close(person, case, consultation, at=site.clock())
    return read_consultation(request, person, case, consultation)


@operation(router, "POST", f"{ONE}/rounds", "openRound", TAG, gives("RoundMade", status=201), takes="RenewalBody", fails=(404,))
def open_round(request: Request, person: Caller, case: Id, consultation: ConsultationId, body: Body) -> Response:
    """Ask the same people the same questions again.

    Everybody of the last round gets a new link, which is told here and nowhere kept, and is promised the same. The rounds
    before have to be closed. Answers without names are shown in a further round where the same people answered as before.
    """
    site = site_of(request)
    site.store.consultations.read(person, case, consultation)
    asked, _ = read_asked(body, RenewalBody, site.service.vocabulary)
    days = timedelta(days=min(asked.days, site.settings.link_days))
    made, invited = ask_again(site, person, case, consultation, days)
    told = [_told(request, invitation, key) for invitation, key in invited]
    return respond(content({"consultation": consultation_record(made), "invitations": told}), status=201)


@operation(router, "DELETE", ONE, "deleteConsultation", TAG, Gives(204), fails=(404, 409))
def delete_consultation(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """Delete a consultation for good, with all that was answered and decided in it.

    All rounds of it go together, but for a further one that is still open.
    """
    site_of(request).store.consultations.delete(person, case, consultation)
    return Response(status_code=204)


@operation(
    router,
    "POST",
    f"{ONE}/respondents",
    "inviteRespondent",
    TAG,
    gives("InvitationMade", status=201),
    takes="InvitationBody",
    fails=(404, 409),
)
def invite_respondent(request: Request, person: Caller, case: Id, consultation: ConsultationId, body: Body) -> Response:
    """Ask somebody to answer.

    The link is told here and nowhere kept. Unless it is somebody whose answers everybody sees, it opens once only.
    """
    site = site_of(request)
    site.store.consultations.read(person, case, consultation)
    asked, _ = read_asked(body, InvitationBody, site.service.vocabulary)
    name, now = composed(asked.name), site.clock()
    problems = []
    if not name:
        problems.append(Problem("", 0, "name-too-long", about="name", found="0", allowed=("200",)))
    if asked.speaks != "partner" and asked.partner:
        problems.append(Problem("", 0, "for-a-partner-only", about="for", found=asked.partner))
    if problems:
        raise InputError(problems)
    respondent = Respondent(name, asked.speaks, composed(asked.partner), asked.shown or shown_unless_said(asked.speaks))
    expires = now + timedelta(days=min(asked.days, site.settings.link_days))
    made, key = site.store.respondents.invite(person, case, consultation, respondent, at=now, expires=expires)
    return _made(request, made, key, 201)


@operation(router, "GET", f"{ONE}/respondents", "listRespondents", TAG, gives("RespondentList"), fails=(404,))
def list_respondents(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """List who was asked, and whether they began to answer."""
    found = site_of(request).store.respondents.list(person, case, consultation)
    return respond(content({"items": [invitation_record(each) for each in found]}))


@operation(
    router, "POST", f"{SOMEBODY}/renew", "renewInvitation", TAG, gives("InvitationMade"), takes="RenewalBody", fails=(404, 409)
)
def renew_invitation(
    request: Request, person: Caller, case: Id, consultation: ConsultationId, respondent: RespondentId, body: Body
) -> Response:
    """Make another link in the place of the one before.

    Where the link opens once only, what was answered is deleted, so that nobody reads it by the new link.
    """
    site = site_of(request)
    site.store.respondents.read(person, case, consultation, respondent)
    asked, _ = read_asked(body, RenewalBody, site.service.vocabulary)
    expires = site.clock() + timedelta(days=min(asked.days, site.settings.link_days))
    made, key = site.store.respondents.renew(person, case, consultation, respondent, expires=expires)
    return _made(request, made, key, 200)


@operation(router, "POST", f"{SOMEBODY}/revoke", "revokeInvitation", TAG, gives("InvitationRecord"), fails=(404, 409))
def revoke_invitation(
    request: Request, person: Caller, case: Id, consultation: ConsultationId, respondent: RespondentId
) -> Response:
    """End a link. What was answered stays and counts."""
    site = site_of(request)
    site.store.respondents.revoke(person, case, consultation, respondent, at=site.clock())
    return respond(content(invitation_record(site.store.respondents.read(person, case, consultation, respondent))))


@operation(router, "DELETE", SOMEBODY, "removeRespondent", TAG, Gives(204), fails=(404, 409))
def remove_respondent(
    request: Request, person: Caller, case: Id, consultation: ConsultationId, respondent: RespondentId
) -> Response:
    """Take somebody out, with all that they answered."""
    site_of(request).store.respondents.remove(person, case, consultation, respondent)
    return Response(status_code=204)


@operation(
    router, "PUT", f"{SOMEBODY}/answers", "enterAnswers", TAG, gives("InvitationRecord"), takes="CaseFile", fails=(404, 409)
)
def enter_answers(
    request: Request, person: Caller, case: Id, consultation: ConsultationId, respondent: RespondentId, body: Body
) -> Response:
    """Enter what somebody answered on paper.

    It takes the place of all that they answered before. What is not asked is left alone.
    """
    site = site_of(request)
    site.store.respondents.read(person, case, consultation, respondent)
    answers = said_in(read_case_sent(body, site.service.vocabulary).case)
    site.store.respondents.enter(person, case, consultation, respondent, answers, at=site.clock())
    return respond(content(invitation_record(site.store.respondents.read(person, case, consultation, respondent))))


@operation(router, "PUT", f"{ONE}/hands", "countHands", TAG, gives("ConsultationRecord"), takes="HandsBody", fails=(404, 409))
def count_hands(request: Request, person: Caller, case: Id, consultation: ConsultationId, body: Body) -> Response:
    """Count hands in a room on one question, in the place of those counted on it before.

    They are answers without names: they come in at the close, and the numbers are told nowhere. Only in the first round.
    """
    site = site_of(request)
    site.store.consultations.read(person, case, consultation)
    asked, _ = read_asked(body, HandsBody, site.service.vocabulary)
    site.store.hands.count(person, case, consultation, (asked.question, asked.partner), asked.raised, at=site.clock())
    return read_consultation(request, person, case, consultation)


# What comes of it, and what was agreed


@operation(router, "GET", f"{ONE}/result", "consultationResult", TAG, Gives(200, FORMS_OF_RESULT), fails=(404, 406))
def consultation_result(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """Say what comes of a consultation.

    As `mergeViews` does, with the case itself as one voice. 404 where nobody answered yet whom the caller may hear.
    """
    site = site_of(request)
    made = consulted(site, person, case, consultation)
    if made.result is None:
        raise NotFoundError
    told = report.consultation(made.result, site.service.loaded, site.service.engine.name)
    form = acceptable(request.headers.get("accept", ""), (JSON, MARKDOWN, HTML))
    return respond({JSON: told.to_json, MARKDOWN: told.to_markdown, HTML: told.to_html}[form]().encode(), form)


@operation(router, "GET", f"{ONE}/export", "exportConsultation", TAG, gives("ConsultationExport"), fails=(404,))
def export_consultation(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """Export all of a consultation that the caller may see.

    What was answered without a name stands among what comes of it only.
    """
    site = site_of(request)
    return respond(exported(site, person, consulted(site, person, case, consultation)))


@operation(
    router,
    "GET",
    f"{ONE}/documents/{{document}}.{{form}}",
    "consultationDocument",
    TAG,
    Gives(200, tuple((FORMS[form].media_type, FILE) for form in READ)),
    fails=(404, 503),
)
def consultation_document(
    request: Request,
    person: Caller,
    case: Id,
    consultation: ConsultationId,
    document: DocumentName,
    form: DocumentForm,
) -> Response:
    """Write the packet for a session, the handout for the table, or the record, as a file.

    Names that are for the specialist only do not stand in them.
    """
    site = site_of(request)
    made = consulted(site, person, case, consultation, shared=True)
    if made.result is None:
        raise NotFoundError
    day = reader_day(request, site.clock())
    told = document_of(site, person, made, document, day)
    return respond(site.service.write(told, form, FILES[document], day, caller=person.id), FORMS[form].media_type)


@operation(router, "GET", f"{ONE}/decisions", "listDecisions", TAG, gives("DecisionList"), fails=(404,))
def list_decisions(request: Request, person: Caller, case: Id, consultation: ConsultationId) -> Response:
    """List what was decided, the first in front; on each line the last counts."""
    found = site_of(request).store.consultations.decisions(person, case, consultation)
    return respond(content({"items": [decision_record(each) for each in found]}))


@operation(
    router, "POST", f"{ONE}/decisions", "decide", TAG, gives("DecisionRecord", status=201), takes="DecisionBody", fails=(404, 409)
)
@once
def decide(request: Request, person: Caller, case: Id, consultation: ConsultationId, body: Body) -> Response:
    """Note what was agreed on one line, or that it stays open.

    Only once the consultation is closed. It changes nothing in the case.
    """
    site = site_of(request)
    found = site.store.consultations.read(person, case, consultation)
    asked, _ = read_asked(body, DecisionBody, site.service.vocabulary)
    if found.closed is None:
        raise ConsultationOpenError
    question, partner, options = _line(asked, found, site.service.vocabulary)
    site.store.consultations.decide(
        person,
        case,
        consultation,
        "chosen" if options else "left-open",
        at=site.clock(),
        question=question,
        partner=partner,
        options=options,
        note=" ".join(asked.note.split()),
    )
    last = site.store.consultations.decisions(person, case, consultation)[-1]
    return respond(content(decision_record(last)), status=201)


def _line(asked: DecisionBody, found: SavedConsultation, vocabulary: Vocabulary) -> tuple[str, str | None, tuple[str, ...]]:
    """The line that a decision is about, and the answer agreed on it. Raises `InputError` with everything wrong."""
    problems = Problems(BODY)
    question = vocabulary.questions.get(asked.question)
    place = place_of(asked.partner, found.partners) if asked.partner else None
    options: tuple[str, ...] = ()
    if question is None or asked.question not in found.questions:
        problems.add("unknown-question", ("question",), about="question", found=asked.question, allowed=found.questions)
    elif question.asked == "partner" and place is None:
        problems.add("unknown-partner", ("partner",), about="partner", found=asked.partner, allowed=found.partners)
    elif question.asked == "agency" and asked.partner:
        problems.add("question-about-the-agency", ("question",), about="question", found=asked.question)
    elif asked.options:
        given: Any = list(asked.options) if question.kind == "several" or len(asked.options) > 1 else asked.options[0]
        options = read_answer(given, question, "", ("options",), problems)
    problems.raise_if_any()
    return asked.question, None if place is None else found.partners[place], options


@operation(router, "POST", f"{ONE}/adopt", "adoptAgreed", TAG, gives("SavedRecord"), takes="AdoptionBody", fails=(404, 409, 412))
def adopt_agreed(request: Request, person: Caller, case: Id, consultation: ConsultationId, body: Body) -> Response:
    """Save the case with what was agreed.

    Only its owner may; to others it is not there. `revision` is the number that the case had when they saw what it would
    become; where it was saved since, nothing is changed.
    """
    site = site_of(request)
    made = consulted(site, person, case, consultation)
    asked, _ = read_asked(body, AdoptionBody, site.service.vocabulary)
    saved = adopt(site, person, made, asked.revision)
    return respond(content(saved_record(saved, site.service.vocabulary)))


def _made(request: Request, invitation: Invitation, key: str, status: int) -> Response:
    return respond(content(_told(request, invitation, key)), status=status)


def _told(request: Request, invitation: Invitation, key: str) -> dict[str, Any]:
    site = site_of(request)
    origin = site.settings.origin or f"{request.url.scheme}://{request.url.netloc}"
    address = origin + site.templates.url("answering", key=key)
    return {"invitation": invitation_record(invitation), "key": key, "address": address}
