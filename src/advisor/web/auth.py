"""Who asks: a person by a session cookie, or a program by a token. Without accounts, whoever sits at this machine."""

import re
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.records import LOCAL, Person
from advisor.web.http_errors import ForgedFormError, LoginNeededError, NotAllowedError, UnauthorizedError, UnsupportedMediaError
from advisor.web.keys import LONGEST
from advisor.web.site import site_of
from advisor.web.texts import check_fields

SESSION, VISITOR = "advisor_session", "advisor_visitor"
FIELD = "csrf"
_DAYS = 24 * 3600
_UTF_8 = re.compile(r"^[^;]*;\s*charset=\"?utf-8\"?\s*$")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page: the person, the token of their forms, and whether there are accounts."""

    person: Person
    csrf: str
    accounts: bool


@dataclass(frozen=True, slots=True)
class Anyone:
    """Somebody who need not be known: logging in, or holding a shared link."""

    csrf: str
    accounts: bool
    person: Person | None = None


def anyone(request: Request) -> Anyone:
    """Whoever asks, known or not."""
    site = site_of(request)
    accounts = site.accounts.needed()
    return Anyone(site.keys.form_token(_visitor_id(request)), accounts, _person_of(request, accounts=accounts))


def visitor(request: Request) -> Visitor:
    """The person at a page. Raises `LoginNeededError` where there are accounts and nobody is logged in."""
    who = anyone(request)
    if who.person is None:
        raise LoginNeededError
    return Visitor(who.person, who.csrf, who.accounts)


def administrator(who: Annotated[Visitor, Depends(visitor)]) -> Visitor:
    """The visitor, who has to be an administrator of an organisation with accounts."""
    if who.person.role != "administrator" or not who.accounts:
        raise NotAllowedError
    return who


def _person_of(request: Request, *, accounts: bool) -> Person | None:
    """The person of a session; without accounts the one person there is."""
    site = site_of(request)
    secret = site.keys.read(request.cookies.get(SESSION))
    found = site.store.sessions.find(secret, at=site.clock()) if secret else None
    if found is None and not accounts:
        found = LOCAL
    request.state.person = found.id if found else ""
    return found


def api_person(request: Request) -> Person:
    """The person of an API token; without accounts the one person there is. Raises `UnauthorizedError`."""
    site = site_of(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and 0 < len(secret) <= LONGEST:
        found = site.store.tokens.find(secret.strip(), at=site.clock())
    elif not scheme and not site.accounts.needed():
        found = LOCAL
    if found is None:
        raise UnauthorizedError
    request.state.person = found.id
    return found


async def form(request: Request) -> FormData:
    """A form as it was posted. Raises `ForgedFormError` where it did not come from a page of ours, and `InputError` for a
    field that is too long.

    Ours are in UTF-8. Python knows encodings in which a megabyte takes minutes, so no other is begun with.
    """
    kind = request.headers.get("content-type", "").lower()
    if "charset" in kind and not _UTF_8.search(kind):
        raise UnsupportedMediaError
    posted = await request.form(max_files=1, max_fields=4000, max_part_size=4 * 1024 * 1024)
    check_fields(
        ((name, value if isinstance(value, str) else value.filename or "") for name, value in posted.multi_items()), "form"
    )
    if not site_of(request).keys.fits(posted.get(FIELD), _visitor_id(request)):
        raise ForgedFormError
    return posted


def _visitor_id(request: Request) -> str:
    """Who a form belongs to: a random name kept in a cookie, made where there is none."""
    made: str | None = getattr(request.state, "visitor", None)
    if made is None:
        known = site_of(request).keys.read(request.cookies.get(VISITOR))
        made = request.state.visitor = known or secrets.token_urlsafe(18)
        request.state.new_visitor = known is None
    return made


def remember(request: Request, response: Response) -> None:
    """Set the visitor's cookie on a page where it was not there yet."""
    if getattr(request.state, "new_visitor", False):
        _set(request, response, VISITOR, request.state.visitor, 30 * _DAYS)


def log_in(request: Request, response: Response, session: str) -> None:
    """Set the session's cookie, and a new visitor's: what was known before a login is worth nothing after it."""
    _set(request, response, SESSION, session, 7 * _DAYS)
    _set(request, response, VISITOR, secrets.token_urlsafe(18), 30 * _DAYS)
    request.state.new_visitor = False


def log_out(request: Request, response: Response) -> None:
    """End the session, in the store and in the browser."""
    site = site_of(request)
    if secret := site.keys.read(request.cookies.get(SESSION)):
        site.store.sessions.end(secret)
    response.delete_cookie(SESSION, path="/")
    response.delete_cookie(VISITOR, path="/")
    request.state.new_visitor = False


def _set(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    site = site_of(request)
    response.set_cookie(
        name, site.keys.sign(value), max_age=seconds, path="/", httponly=True, samesite="lax", secure=site.settings.is_https
    )
