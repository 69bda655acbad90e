"""Who asks: a person by a session cookie, or a program by a token. Without accounts, whoever sits at this machine."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.people import browser_of
from advisor.store.permissions import SCOPES, Scope
from advisor.store.records import LOCAL, Person, Token
from advisor.web.audit_trail import about
from advisor.web.http_errors import (
    LoginNeededError,
    NotAllowedError,
    ScopeNeededError,
    TooManyRequestsError,
    UnauthorizedError,
    UnsupportedMediaError,
)
from advisor.web.keys import LONGEST
from advisor.web.site import site_of
from advisor.web.size_limits import check_fields
from advisor.web.token_scopes import scope_of

SESSION = "advisor_session"
BROWSER = "advisor_browser"  # that this person has signed in here before, so that others' wrong passwords do not delay them
_WEEK = 7 * 24 * 3600  # seconds
_YEAR = 365 * 24 * 3600
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
    """The visitor, who has to be an administrator of an organization with accounts."""
    if not who.person.administers or not who.accounts:
        raise NotAllowedError
    return who


def _person_of(request: Request, *, accounts: bool) -> Person | None:
    """The person of a session; without accounts the one person there is."""
    site = site_of(request)
    secret = site.keys.read(request.cookies.get(SESSION))
    found = site.store.sessions.find(secret, at=site.clock()) if secret else None
    if found is None and not accounts:
        found = LOCAL
    request.state.person, request.state.actor = found.id if found else "", found
    return found


def api_person(request: Request) -> Person:
    """The person of an API token; without accounts the one person there is.

    Raises `UnauthorizedError`, and `ScopeNeededError` where the token is not for what is asked.
    """
    person, token = _bearer(request)
    request.state.person, request.state.actor, request.state.scopes = person.id, person, token.scopes if token else SCOPES
    if token is not None and token.service:
        about(request, **{"by-token": token.id}, **({"on-behalf-of": token.reference} if token.reference else {}))
    check_scope(request, scope_of(request.scope["route"]))
    return person


def api_administrator(person: Annotated[Person, Depends(api_person)], request: Request) -> Person:
    """The person of an API token, who has to be an administrator of an organization with accounts."""
    if not person.administers or not site_of(request).accounts.needed():
        raise NotAllowedError
    return person


def check_scope(request: Request, needed: Scope) -> None:
    """Raise `ScopeNeededError` where the token of a request is not for this."""
    if needed not in request.state.scopes:
        told = f'Bearer error="insufficient_scope", scope="{needed}"'
        raise ScopeNeededError(scope=needed, headers={"WWW-Authenticate": told})


def count_by_address(request: Request) -> None:
    """Count a request against the address that it came from. Raises `TooManyRequestsError`."""
    _count(request, f"address {came_from(request)}")


def _bearer(request: Request) -> tuple[Person, Token | None]:
    """Who comes with the token of a request, which is counted: by the token, or by the address where there is none of ours."""
    site = site_of(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and 0 < len(secret) <= LONGEST:
        found = site.store.tokens.find(secret.strip(), at=site.clock())
    if found is not None:
        _count(request, f"token {found.token.id}")
        return found.person, found.token
    count_by_address(request)
    if scheme or site.accounts.needed():
        raise UnauthorizedError
    return LOCAL, None


def _count(request: Request, caller: str) -> None:
    limits = site_of(request).limits
    if limits is not None:
        request.state.standing = standing = limits.count(caller)
        if standing.left < 0:
            raise TooManyRequestsError


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


def came_from(request: Request) -> str:
    """The address that a request came from: the caller's own, or what a trusted proxy says."""
    return request.client.host if request.client else ""


def check_password(request: Request, email: str, password: str) -> Person:
    """The person whose address and password these are. Raises as `People.check` does."""
    site = site_of(request)
    browser = site.keys.read(request.cookies.get(BROWSER)) or ""
    return site.store.people.check(email, password, came_from=came_from(request), at=site.clock(), browser=browser)


def log_in(
    request: Request,
    response: Response,
    person: Person,
    *,
    provider: str = "",
    issuer: str = "",
    id_token: str = "",
    by_passkey: bool = False,
) -> None:
    """Begin a session in the place of the one there was, and know the browser from now on."""
    site = site_of(request)
    if before := site.keys.read(request.cookies.get(SESSION)):
        site.store.sessions.end(before)
    request.state.actor = person
    told = {"came_from": came_from(request), "agent": request.headers.get("user-agent", "")}
    by = {"provider": provider, "issuer": issuer, "id_token": id_token}
    session = site.store.sessions.begin(person, at=site.clock(), by_passkey=by_passkey, **told, **by)
    set_cookie(request, response, SESSION, session, _WEEK)
    if not (site.keys.read(request.cookies.get(BROWSER)) or "").startswith(f"{person.id}."):
        set_cookie(request, response, BROWSER, browser_of(person), _YEAR)


def set_cookie(request: Request, response: Response, name: str, text: str, seconds: int) -> None:
    """Have the browser keep a text, signed, for this site alone and out of reach of scripts."""
    site = site_of(request)
    response.set_cookie(
        name,
        site.keys.sign(text),
        max_age=seconds,
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
