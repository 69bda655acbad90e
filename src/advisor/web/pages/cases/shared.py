"""What a shared link shows: one page, read only, that leads nowhere else."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from advisor.store.records import LOCAL, Entry, Link, Person, SavedCase
from advisor.web.auth import anyone
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page
from advisor.web.pages.advice.view import AdviceView, AnswerPart, BodyPart, rendered, view_of
from advisor.web.pages.scenarios.comparison import Compared, compared_sides
from advisor.web.site import site_of

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class SharedAdvicePage(Context):
    """The advice on a case, for whoever holds a link."""

    template = "shared/advice.html.j2"
    opened: Annotated[Link, "the link"]
    saved: Annotated[SavedCase, "the case"]
    told: Annotated[AdviceView, "the advice"]
    answer: Annotated[Markup, "the decision, rendered"]
    body: Annotated[Markup, "everything else, rendered"]


@dataclass(frozen=True, kw_only=True)
class SharedComparisonPage(Context):
    """Scenarios of a case side by side, for whoever holds a link."""

    template = "shared/compare.html.j2"
    opened: Annotated[Link, "the link"]
    saved: Annotated[SavedCase, "the case"]
    found: Annotated[Compared, "what differs, with its words"]


@router.get("/shared/{secret}", name="shared")
def shared(request: Request, secret: str) -> Response:
    """The advice, a scenario or a comparison. What is unknown, ended, or about something that is gone, is not found."""
    site = site_of(request)
    opened = site.store.links.open(secret, at=site.clock())
    if opened is None:
        raise NotFoundError
    link, saved = opened
    maker = _maker(request, link, saved.entry)
    response = _comparison(request, link, saved) if link.shows == "compare" else _advice(request, link, saved, maker)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def _advice(request: Request, link: Link, saved: SavedCase, maker: Person) -> Response:
    """The advice is kept whole as given by whoever made the link; it shows the leader's own words only where the link does."""
    whole = site_of(request).store.cases.for_link(link.case)
    if whole is None:
        raise NotFoundError
    told = view_of(request, maker, whole, next(iter(link.scenarios), ""), links=False, quotes=link.words)
    answer, body = rendered(request, told, AnswerPart, BodyPart)
    context = SharedAdvicePage(opened=link, saved=saved, told=told, answer=answer, body=body)
    return page(request, anyone(request), context)


def _comparison(request: Request, link: Link, saved: SavedCase) -> Response:
    found = compared_sides(site_of(request), saved, link.scenarios, quotes=link.words)
    return page(request, anyone(request), SharedComparisonPage(opened=link, saved=saved, found=found))


def _maker(request: Request, link: Link, entry: Entry) -> Person:
    """Who made the link, as a member of the case's organization: a link is worth no more than its maker.

    Raises `NotFoundError` where they are gone or out of use there, `NoSuchCaseError` where they may no longer see the case.
    """
    store = site_of(request).store
    found = LOCAL if link.created_by == LOCAL.id else store.people.find(link.created_by, entry.organization)
    if found is None or not found.active:
        raise NotFoundError
    store.cases.read(found, entry.id)
    return found
