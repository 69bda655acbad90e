"""Who asks: a person by a session cookie, or a program by a token. Without accounts, whoever sits at this machine."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.server.failures import ForgedFormError, LoginNeededError, NotAllowedError, UnauthorizedError, UnsupportedMediaError
from advisor.server.services import services
from advisor.server.settings import Settings
from advisor.server.texts import check_fields
from advisor.store.records import LOCAL, Person

SESSION, VISITOR = "advisor_session", "advisor_visitor"
FIELD = "csrf"
_DAYS = 24 * 3600
_LONGEST = 1000  # characters of a cookie of ours, and of a token
_UTF_8 = re.compile(r"^[^;]*;\s*charset=\"?utf-8\"?\s*$")


class Keys:
    """What cookies and forms are signed with."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._cookies = URLSafeSerializer(secret, salt="advisor cookies")

    def sign(self, text: str) -> str:
        """A cookie's value."""
        return str(self._cookies.dumps(text))

    def read(self, cookie: str | None) -> str | None:
        """What was signed; None where it was not by us."""
        if not cookie or len(cookie) > _LONGEST:
            return None
        try:
            return str(self._cookies.loads(cookie))
        except BadSignature:
            return None

    def form_token(self, visitor: str) -> str:
        """What every form of this visitor carries."""
        return hmac.new(self._secret, f"form {visitor}".encode(), hashlib.sha256).hexdigest()

    def fits(self, token: object, visitor: str) -> bool:
        """Whether a form came from a page that this visitor was shown."""
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self.form_token(visitor).encode())


def keys_of(settings: Settings) -> Keys:
    """The keys from the settings, or from the data folder, where they are made once."""
    if settings.secret_key is not None:
        return Keys(settings.secret_key.get_secret_value())
    path = settings.data / "secret-key"
    settings.data.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    if not path.exists():
        draft.touch(0o600)
        draft.write_text(secrets.token_urlsafe(48), "utf-8")
        _link(draft, path)
    return Keys(path.read_text("utf-8"))


def _link(draft: Path, path: Path) -> None:
    """Put the draft in its place unless another process was first, so that all have the same key."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


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
    desk = services(request)
    accounts = desk.accounts.needed()
    return Anyone(desk.keys.form_token(_visitor_id(request)), accounts, _person_of(request, accounts=accounts))


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
    desk = services(request)
    secret = desk.keys.read(request.cookies.get(SESSION))
    found = desk.store.sessions.find(secret, at=desk.clock()) if secret else None
    if found is None and not accounts:
        found = LOCAL
    request.state.person = found.id if found else ""
    return found


def api_person(request: Request) -> Person:
    """The person of an API token; without accounts the one person there is. Raises `UnauthorizedError`."""
    desk = services(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and 0 < len(secret) <= _LONGEST:
        found = desk.store.tokens.find(secret.strip(), at=desk.clock())
    elif not scheme and not desk.accounts.needed():
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
    if not services(request).keys.fits(posted.get(FIELD), _visitor_id(request)):
        raise ForgedFormError
    return posted


def _visitor_id(request: Request) -> str:
    """Who a form belongs to: a random name kept in a cookie, made where there is none."""
    made: str | None = getattr(request.state, "visitor", None)
    if made is None:
        known = services(request).keys.read(request.cookies.get(VISITOR))
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
    desk = services(request)
    if secret := desk.keys.read(request.cookies.get(SESSION)):
        desk.store.sessions.end(secret)
    response.delete_cookie(SESSION, path="/")
    response.delete_cookie(VISITOR, path="/")
    request.state.new_visitor = False


def _set(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    desk = services(request)
    response.set_cookie(
        name, desk.keys.sign(value), max_age=seconds, path="/", httponly=True, samesite="lax", secure=desk.settings.is_https
    )
