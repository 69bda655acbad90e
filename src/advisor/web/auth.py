"""Who asks: a person by a session cookie, or a program by a token. Without accounts, whoever sits at this machine."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.records import LOCAL, Person
from advisor.web.http_errors import LoginNeededError, NotAllowedError, UnauthorizedError, UnsupportedMediaError
from advisor.web.keys import LONGEST
from advisor.web.site import site_of
from advisor.web.size_limits import check_fields

SESSION = "advisor_session"
_WEEK = 7 * 24 * 3600  # seconds
_UTF_8 = re.compile(r"^[^;]*;\s*charset=\"?utf-8\"?\s*$")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page: the person, and whether there are accounts."""

    person: Person
    accounts: bool


@dataclass(frozen=True, slots=True)
class Anyone:
    """Somebody who need not be known: logging in, or holding a shared link."""

    accounts: bool
    person: Person | None = None


def anyone(request: Request) -> Anyone:
    """Whoever asks, known or not."""
    accounts = site_of(request).accounts.needed()
    return Anyone(accounts, _person_of(request, accounts=accounts))


def visitor(request: Request) -> Visitor:
    """The person at a page. Raises `LoginNeededError` where there are accounts and nobody is logged in."""
    who = anyone(request)
    if who.person is None:
        raise LoginNeededError
    return Visitor(who.person, who.accounts)


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
    """A form as it was posted; that it comes from a page of ours was seen before (ADR 8). Raises `InputError` for a field
    that is too long.

    Ours are in UTF-8. Python knows encodings in which a megabyte takes minutes, so no other is begun with.
    """
    kind = request.headers.get("content-type", "").lower()
    if "charset" in kind and not _UTF_8.search(kind):
        raise UnsupportedMediaError
    posted = await request.form(max_files=1, max_fields=4000, max_part_size=4 * 1024 * 1024)
    check_fields(
        ((name, value if isinstance(value, str) else value.filename or "") for name, value in posted.multi_items()), "form"
    )
    return posted


def log_in(request: Request, response: Response, session: str) -> None:
    """Set the session's cookie."""
    site = site_of(request)
    response.set_cookie(
        SESSION,
        site.keys.sign(session),
        max_age=_WEEK,
        path=site.settings.prefix or "/",
        httponly=True,
        samesite="lax",
        secure=site.settings.is_https,
    )


def log_out(request: Request, response: Response) -> None:
    """End the session, in the store and in the browser."""
    site = site_of(request)
    if secret := site.keys.read(request.cookies.get(SESSION)):
        site.store.sessions.end(secret)
    response.delete_cookie(SESSION, path=site.settings.prefix or "/")
