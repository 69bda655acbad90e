"""What a shared link shows: one page, read only, that leads nowhere else."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.store.records import LOCAL, Link, Person, SavedCase
from advisor.web.auth import anyone
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.comparing import compared_sides
from advisor.web.pages.telling import rendered, tell
from advisor.web.services import services
from advisor.web.templates import page

router = APIRouter()


@router.get("/shared/{secret}", name="shared")
def shared(request: Request, secret: str) -> Response:
    """The advice, a branch or a comparison. What is unknown, ended, or about something that is gone, is not found."""
    desk = services(request)
    opened = desk.store.links.open(secret, at=desk.clock())
    if opened is None:
        raise NotFoundError
    link, saved = opened
    maker = _maker(request, link)
    response = _comparison(request, link, saved) if link.shows == "compare" else _advice(request, link, saved, maker)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def _advice(request: Request, link: Link, saved: SavedCase, maker: Person) -> Response:
    """The advice is kept as given by whoever made the link."""
    told = tell(request, maker, saved, next(iter(link.scenarios), ""), links=False)
    answer, body = (rendered(request, told, f"advice/{part}.html.j2") for part in ("answer", "body"))
    return page(request, anyone(request), "shared/advice.html.j2", link=link, saved=saved, told=told, answer=answer, body=body)


def _comparison(request: Request, link: Link, saved: SavedCase) -> Response:
    found = compared_sides(services(request), saved, link.scenarios)
    return page(request, anyone(request), "shared/compare.html.j2", link=link, saved=saved, found=found)


def _maker(request: Request, link: Link) -> Person:
    """Who made the link. Raises `NotFoundError` where they are gone or out of use: a link is worth no more than its maker."""
    found = LOCAL if link.created_by == LOCAL.id else services(request).store.people.find(link.created_by)
    if found is None or not found.active:
        raise NotFoundError
    return found
