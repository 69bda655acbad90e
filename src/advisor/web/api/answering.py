"""Answering in a consultation by what a link ends with, without an account."""

import json

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from advisor.io.scenario_writer import case_file_json
from advisor.model.scenario import CaseFile
from advisor.store.consultation_records import OpenedInvitation
from advisor.store.errors import LinkEndedError
from advisor.store.respondents import said_in
from advisor.web.api.bodies import read_case_sent
from advisor.web.api.consulting import Key
from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.queries import Body
from advisor.web.api.responses import content, respond
from advisor.web.consulted_records import answering_record
from advisor.web.http_errors import EndedLinkError, NotFoundError
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)
TAG = "consultations"
MOST = 64 * 1024  # bytes of answers sent at once: whoever holds a link has no account


@operation(router, "GET", "/answers/{key}", "readAnswers", TAG, gives("AnsweringRecord"), fails=(404,), known=False)
def read_answers(request: Request, key: Key) -> Response:
    """Show what a link leads to.

    What is asked, who will see the answers, how the link stands, and what was answered so far once it was begun. Nothing
    is changed.
    """
    return _shown(request, key, _opened(request, key))


@operation(router, "POST", "/answers/{key}/begin", "beginAnswers", TAG, gives("AnsweringKey"), fails=(404, 410), known=False)
def begin_answers(request: Request, key: Key) -> Response:
    """Begin to answer.

    The answer holds the key to go on with. Where answers are not shown to everybody it is another, known here alone, and
    the link takes no more answers.
    """
    site = site_of(request)
    opened = _opened(request, key)
    try:
        return respond(content({"key": site.store.respondents.begin(key, at=site.clock())}))
    except LinkEndedError:
        raise EndedLinkError(standing=opened.standing) from None


@operation(
    router, "PUT", "/answers/{key}", "saveAnswers", TAG, gives("AnsweringRecord"), takes="CaseFile", fails=(404, 410), known=False
)
def save_answers(request: Request, key: Key, body: Body) -> Response:
    """Save answers, once it was begun.

    Those that are sent take the place of those before; the others stay. What is not asked is left alone. At most 64 KiB at once.
    """
    site = site_of(request)
    opened = _opened(request, key)
    if len(body.raw) > MOST:
        raise HTTPException(413)
    answers = said_in(read_case_sent(body, site.service.vocabulary).case)
    try:
        site.store.respondents.save(key, answers, at=site.clock())
    except LinkEndedError:
        raise EndedLinkError(standing=opened.standing) from None
    return _shown(request, key, opened)


def _opened(request: Request, key: str) -> OpenedInvitation:
    site = site_of(request)
    opened = site.store.respondents.opened(key, at=site.clock())
    if opened is None:
        raise NotFoundError
    return opened


def _shown(request: Request, key: str, opened: OpenedInvitation) -> Response:
    site, answers = site_of(request), None
    if opened.standing == "open" and opened.invitation.under_way:
        case = site.store.respondents.case(key, at=site.clock())
        answers = json.loads(case_file_json(CaseFile(case, {}), site.service.vocabulary))
    return respond(content(answering_record(opened, answers)), headers={"Cache-Control": "no-store"})
