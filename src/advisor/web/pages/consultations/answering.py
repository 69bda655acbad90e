"""Where a respondent answers, by a link and without an account. Looking changes nothing: a mail scanner may open every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import Problem
from advisor.model.references import note_of
from advisor.model.vocabulary import NONE
from advisor.store.consultation_records import Invitation, LinkStanding, OpenedInvitation, SavedConsultation
from advisor.store.errors import LinkEndedError
from advisor.web.auth import anyone, form
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.consultations.answer_pages import (
    AnswerPage,
    PutQuestion,
    SentAnswers,
    answer_pages,
    answered_on,
    put,
    read_sent,
)
from advisor.web.pages.fields import text
from advisor.web.pages.intake.case_fields import NOTE
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
COOKIE = "advisor_answering"  # by which the browser that opened a link once goes on when it opens it again
MOST_DAYS = 60

Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class AnsweringPage(Context):
    """What every page of a respondent has: who answers, and in which consultation."""

    invitation: Annotated[Invitation, "who is asked"]
    consultation: Annotated[SavedConsultation, "in which consultation"]
    case_name: Annotated[str, "what the case is called"]


@dataclass(frozen=True, kw_only=True)
class WelcomePage(AnsweringPage):
    """What is asked, and who will see what, before anything is answered."""

    template = "answering/welcome.html.j2"
    key: Annotated[str, "what the link ends with"]
    number: Annotated[int, "how many questions there are, each counted for each partner"]


@dataclass(frozen=True, kw_only=True)
class EndedPage(AnsweringPage):
    """Why a link does not work any more, and what to do."""

    template = "answering/ended.html.j2"
    standing: Annotated[LinkStanding, "how the link stands"]
    onward: Annotated[str, "the address to go on at, where this browser knows it"]


@dataclass(frozen=True, kw_only=True)
class OwnAnswersPage(AnsweringPage):
    """What is answered and what is open, page by page."""

    template = "answering/answers.html.j2"
    key: Annotated[str, "what the link ends with"]
    address: Annotated[str, "the whole address of this page, to be kept"]
    parts: Annotated[Sequence[tuple[AnswerPage, int, int]], "each page, how much of it is answered, and how much there is"]


@dataclass(frozen=True, kw_only=True)
class AskingPage(AnsweringPage):
    """A few questions to answer."""

    template = "answering/asking.html.j2"
    key: Annotated[str, "what the link ends with"]
    here: Annotated[AnswerPage, "the page"]
    number: Annotated[int, "its number, from 1"]
    pages: Annotated[int, "how many there are"]
    asked: Annotated[Sequence[PutQuestion], "the questions"]


@router.get("/answer/{key}", name="answering")
def answering(request: Request, key: str) -> Response:
    """What the link leads to: what to know before one begins, how far one is, or why it does not work any more."""
    opened = _opened(request, key)
    if opened.standing != "open":
        return _ended(request, opened)
    site, invitation = site_of(request), opened.invitation
    if not invitation.under_way:
        pages = answer_pages(opened.consultation, site.service.vocabulary)
        number = sum(len(each.questions) * (len(opened.consultation.partners) if each.of_partners else 1) for each in pages)
        shown = WelcomePage(**_about(opened), key=key, number=number)
        return _private(page(request, anyone(request), shown))
    case = site.store.respondents.case(key, at=site.clock())
    pages = answer_pages(opened.consultation, site.service.vocabulary)
    parts = [(each, *answered_on(each, case)) for each in pages]
    address = (site.settings.origin or f"{request.url.scheme}://{request.url.netloc}") + site.templates.url("answering", key=key)
    return _private(page(request, anyone(request), OwnAnswersPage(**_about(opened), key=key, address=address, parts=parts)))


@router.post("/answer/{key}/begin", name="begin-answering", dependencies=[Depends(form)])
def begin_answering(request: Request, key: str) -> Response:
    """Begin. A link that works once is exchanged here: what it leads to from now on is known to this browser alone."""
    site = site_of(request)
    opened = _opened(request, key)
    if opened.standing != "open":
        return _ended(request, opened)
    try:
        onward = site.store.respondents.begin(key, at=site.clock())
    except LinkEndedError:
        return _ended(request, _opened(request, key))
    response = see_other(request, "answering", key=onward)
    if opened.invitation.works_once:
        response.set_cookie(
            COOKIE,
            site.keys.sign(onward),
            max_age=MOST_DAYS * 24 * 3600,
            path=f"{site.settings.prefix}/answer",
            httponly=True,
            samesite="lax",
            secure=site.settings.is_https,
        )
    return _private(response)


@router.post("/answer/{key}/forget", name="forget-answering", dependencies=[Depends(form)])
def forget_answering(request: Request, key: str) -> Response:
    """Have this browser forget the way back, where others use it too."""
    _opened(request, key)
    response = see_other(request, "answering", key=key, said="way-forgotten")
    response.delete_cookie(COOKIE, path=f"{site_of(request).settings.prefix}/answer")
    return _private(response)


@router.get("/answer/{key}/{number}", name="answer-page")
def answer_page(request: Request, key: str, number: int) -> Response:
    """A few questions with what is answered so far."""
    opened = _opened(request, key)
    if opened.standing != "open":
        return _ended(request, opened)
    return _asking(request, key, opened, number)


@router.post("/answer/{key}/{number}", name="save-answers")
def save_answers(request: Request, key: str, number: int, posted: Posted) -> Response:
    """Save what is answered on a page, and go on, back, or to the list."""
    site = site_of(request)
    opened = _opened(request, key)
    if opened.standing != "open":
        return _ended(request, opened)
    sent = read_sent(posted, opened.consultation, site.service.vocabulary)
    if sent.wrong:
        return _asking(request, key, opened, number, sent)
    try:
        site.store.respondents.save(key, sent.answers, at=site.clock())
    except LinkEndedError:
        return _ended(request, _opened(request, key))
    pages = len(answer_pages(opened.consultation, site.service.vocabulary))
    onto = number + {"back": -1, "list": pages + 1}.get(text(posted, "go"), 1)
    if 1 <= onto <= pages:
        return _private(see_other(request, "answer-page", key=key, number=onto))
    return _private(see_other(request, "answering", key=key, said="answers-saved"))


def _asking(request: Request, key: str, opened: OpenedInvitation, number: int, sent: SentAnswers | None = None) -> Response:
    site = site_of(request)
    pages = answer_pages(opened.consultation, site.service.vocabulary)
    if not 1 <= number <= len(pages):
        raise NotFoundError
    invitation, here = opened.invitation, pages[number - 1]
    if not invitation.under_way:
        return _private(see_other(request, "answering", key=key))
    case = site.store.respondents.case(key, at=site.clock())
    asked = put(here, case, sent.typed if sent else None)
    errors = [_error(request, field, problem) for field, problem in sent.wrong.items()] if sent else []
    shown = AskingPage(**_about(opened), key=key, here=here, number=number, pages=len(pages), asked=asked)
    return _private(page(request, anyone(request), shown, status=422 if errors else 200, errors=errors))


def _error(request: Request, field: str, problem: Problem) -> FieldError:
    """What is wrong with a field, in words."""
    templates = site_of(request).templates
    words = templates.loaded.wording
    head, _, rest = field.partition(".")
    name = rest if head.isdecimal() else field
    asked = note_of(name.removeprefix(NOTE))[0]
    said = templates.word(
        f"intake.{problem.code}",
        ask=words.asked(asked),
        found=problem.found,
        most="".join(problem.allowed[:1]),
        none=words.option(asked, NONE),
    )
    return FieldError(field, said)


def _opened(request: Request, key: str) -> OpenedInvitation:
    site = site_of(request)
    opened = site.store.respondents.opened(key, at=site.clock())
    if opened is None:
        raise NotFoundError
    return opened


def _about(opened: OpenedInvitation) -> dict[str, Any]:
    return {"invitation": opened.invitation, "consultation": opened.consultation, "case_name": opened.case_name}


def _ended(request: Request, opened: OpenedInvitation) -> Response:
    """Why a link does not work; where this browser opened it before, the way to go on."""
    site, onward = site_of(request), ""
    known = site.keys.read(request.cookies.get(COOKIE)) if opened.standing == "spent" else None
    if known:
        there = site.store.respondents.opened(known, at=site.clock())
        if there is not None and there.invitation.id == opened.invitation.id and there.standing == "open":
            onward = site.templates.url("answering", key=known)
    shown = EndedPage(**_about(opened), standing=opened.standing, onward=onward)
    return _private(page(request, anyone(request), shown, status=200 if onward else 410))


def _private(response: Response) -> Response:
    """An answer that nobody keeps or finds."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response
