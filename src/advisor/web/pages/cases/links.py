"""Read-only links into a case: making one, the list, revoking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.records import Entry, Link
from advisor.web.audit_trail import about
from advisor.web.auth import Visitor, form, visitor
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import text, texts
from advisor.web.site import origin_of, site_of
from advisor.web.templates import FieldError

router = APIRouter()
DAYS = (7, 30, 90, 365)

Who = Annotated[Visitor, Depends(visitor)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class LinksPage(Context):
    """The links into a case, and the form for another."""

    template = "links/links.html.j2"
    entry: Annotated[Entry, "the case"]
    scenarios: Annotated[Sequence[str], "its scenarios by name"]
    links: Annotated[Sequence[Link], "its links"]
    now: Annotated[datetime, "the time, to tell which have ended"]
    shows: Annotated[str, "what a new link is to show: advice or compare"]
    chosen: Annotated[Sequence[str], "the scenarios that were chosen, as it stands being nothing"]
    offered: Annotated[Sequence[int], "for how many days a link may work"]
    days: Annotated[str, "the days that were chosen"]
    with_words: Annotated[bool, "whether a new link is to show free words and notes"]


@dataclass(frozen=True, kw_only=True)
class LinkPage(Context):
    """A new link, with its address, which is nowhere kept."""

    template = "links/link.html.j2"
    entry: Annotated[Entry, "the case"]
    made: Annotated[Link, "the link"]
    address: Annotated[str, "its address"]


@router.get("/cases/{case_id}/links", name="links")
def links(
    request: Request,
    who: Who,
    case_id: str,
    shows: str = "advice",
    scenarios: Annotated[list[str] | None, Query(alias="with")] = None,
) -> Response:
    """The links into a case, and the form for another; `shows` and `with` are chosen beforehand."""
    return _shown(request, who, case_id, shows=shows, chosen=tuple(scenarios or ("",)))


@router.post("/cases/{case_id}/links", name="create-link")
def create_link(request: Request, who: Who, case_id: str, posted: Posted) -> Response:
    """A new link. Its address stands on this page and is nowhere kept, so no other page can show it.

    A link to the advice is about one scenario, or about none: the case as it stands. One to a comparison names its sides,
    "" being the case as it stands.
    """
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    shows, days, chosen = text(posted, "shows"), text(posted, "days"), texts(posted, "with")
    words = text(posted, "words") == "yes"
    sides = ("", *saved.file.scenarios)
    errors = []
    if shows not in ("advice", "compare"):
        errors.append(FieldError("shows", site.templates.word("errors.choose")))
    if any(name not in sides for name in chosen):
        errors.append(FieldError("with", site.templates.word("links.scenario-gone")))
    elif shows == "advice" and len(chosen) != 1:
        errors.append(FieldError("with", site.templates.word("links.one-side")))
    elif shows == "compare" and len(set(chosen)) < 2:
        errors.append(FieldError("with", site.templates.word("links.two-sides")))
    if days not in map(str, _days(site.settings.link_days)):
        errors.append(FieldError("days", site.templates.word("errors.choose")))
    origin = origin_of(request)
    if origin is None:
        errors.append(FieldError("", site.templates.word("links.no-address")))
    if errors or origin is None:
        return _shown(request, who, case_id, status=422, errors=errors, shows=shows, chosen=chosen, days=days, words=words)
    now = site.clock()
    names = tuple(name for name in sides if name in chosen and (name or shows == "compare"))
    expires = now + timedelta(days=int(days))
    link, secret = site.store.links.create(who.person, case_id, shows, names, at=now, expires=expires, words=words)
    about(request, link=link.id)
    address = origin + site.templates.url("shared", secret=secret)
    return page(request, who, LinkPage(entry=saved.entry, made=link, address=address))


@router.post("/cases/{case_id}/links/{link_id}/revoke", name="revoke-link", dependencies=[Depends(form)])
def revoke_link(request: Request, who: Who, case_id: str, link_id: str) -> Response:
    """End a link."""
    site = site_of(request)
    if not site.store.links.revoke(who.person, case_id, link_id, at=site.clock()):
        raise NotFoundError
    return see_other(request, "links", case_id=case_id, said="link-revoked")


def _shown(
    request: Request,
    who: Visitor,
    case_id: str,
    *,
    status: int = 200,
    errors: Sequence[FieldError] = (),
    shows: str,
    chosen: tuple[str, ...],
    days: str = "",
    words: bool = False,
) -> Response:
    site = site_of(request)
    saved = site.store.cases.read(who.person, case_id)
    offered = _days(site.settings.link_days)
    context = LinksPage(
        entry=saved.entry,
        scenarios=list(saved.file.scenarios),
        links=site.store.links.list(who.person, case_id),
        now=site.clock(),
        shows=shows if shows == "compare" else "advice",
        chosen=chosen,
        offered=offered,
        days=days or str(min(30, offered[-1])),
        with_words=words,
    )
    return page(request, who, context, status=status, errors=errors)


def _days(most: int) -> tuple[int, ...]:
    """The lengths of time that are offered, none above the most."""
    return (*(days for days in DAYS if days < most), most)
