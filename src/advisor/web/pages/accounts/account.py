"""One's own account: the password, tokens for programs, and signing out everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.model.problems import InputError
from advisor.render.documents import problem_text
from advisor.store.database import WrongPasswordError
from advisor.store.records import Session, Token
from advisor.web.audit_trail import about
from advisor.web.auth import SESSION, Visitor, check_password, form, log_in, log_out, visitor
from advisor.web.http_errors import NotAllowedError, NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.fields import name_errors, read_name, text
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()
DAYS = ("30", "90", "365", "")  # how long a token works; "" without end


def member(who: Annotated[Visitor, Depends(visitor)]) -> Visitor:
    """The visitor, who has to have an account."""
    if not who.accounts:
        raise NotAllowedError
    return who


Who = Annotated[Visitor, Depends(member)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class AccountPage(Context):
    """What is known of a person, and their tokens."""

    template = "account/account.html.j2"
    tokens: Annotated[Sequence[Token], "their tokens, the newest first"]
    now: Annotated[datetime, "the time, to tell which have expired"]
    days: Annotated[Sequence[str], "how long a new token may work, in days; nothing is without end"]
    label: Annotated[str, "what a new token is for, as it was typed"]
    local: Annotated[bool, "whether an address and a password are taken here"]
    second_factor: Annotated[bool, "whether they sign in by a password, which a second factor can go with"]
    sessions: Annotated[Sequence[Session], "their sessions, the one used last first"]
    here: Annotated[str, "the id of the session that this page is looked at in"]


@dataclass(frozen=True, kw_only=True)
class TokenPage(Context):
    """A new token, with its secret, which is nowhere kept."""

    template = "account/token.html.j2"
    token: Annotated[Token, "the token"]
    secret: Annotated[str, "its secret"]


def check_present(request: Request, who: Visitor, password: str) -> None:
    """Raise `WrongPasswordError` where this is not the present password, as none is that is too long."""
    try:
        check_password(request, who.person.email, password)
    except InputError:
        raise WrongPasswordError from None


@router.get("/account", name="account")
def account(request: Request, who: Who) -> Response:
    """What is known of the person, and their tokens."""
    return _shown(request, who)


@router.post("/account/password", name="change-password")
def change_password(request: Request, who: Who, posted: Posted) -> Response:
    """Another password, for whoever knows the present one. All other sessions end."""
    site = site_of(request)
    if not site.settings.local_accounts:
        raise NotFoundError
    old, new, again = (str(posted.get(name, "")) for name in ("old", "new", "again"))
    try:
        check_present(request, who, old)
        if new != again:
            return _shown(request, who, 422, [FieldError("again", site.templates.word("account.not-the-same"))])
        site.store.people.set_password(who.person.id, new)
    except WrongPasswordError:
        return _shown(request, who, 422, [FieldError("old", site.templates.word("account.wrong-password"))])
    except InputError as error:
        phrases = site.service.wording.phrases
        return _shown(request, who, 422, [FieldError("new", problem_text(problem, phrases)) for problem in error.problems])
    response = see_other(request, "account", said="password")
    log_in(request, response, who.person)
    return response


@router.post("/account/tokens", name="create-token")
def create_token(request: Request, who: Who, posted: Posted) -> Response:
    """A new token. Its secret stands on this page and is nowhere kept, so no other page can show it."""
    site = site_of(request)
    label, days = read_name(posted, "label"), text(posted, "days")
    errors = list(name_errors(label, "label", site.templates))
    if days not in DAYS:
        errors.append(FieldError("days", site.templates.word("errors.choose")))
    if errors:
        return _shown(request, who, 422, errors, label=label)
    token, secret = site.store.tokens.create(who.person, label, at=site.clock(), days=int(days) if days else None)
    about(request, token=token.id)
    return page(request, who, TokenPage(token=token, secret=secret))


@router.post("/account/tokens/{token_id}/revoke", name="revoke-token", dependencies=[Depends(form)])
def revoke_token(request: Request, who: Who, token_id: str) -> Response:
    """End one of the person's own tokens."""
    site = site_of(request)
    if not site.store.tokens.revoke(who.person, token_id, at=site.clock()):
        raise NotFoundError
    return see_other(request, "account", said="token-revoked")


@router.post("/account/sessions/{session_id}/end", name="end-session", dependencies=[Depends(form)])
def end_session(request: Request, who: Who, session_id: str) -> Response:
    """End one of the person's own sessions."""
    if not site_of(request).store.sessions.end_named(who.person.id, session_id):
        raise NotFoundError
    return see_other(request, "account", said="session-ended")


@router.post("/account/sign-out", name="sign-out-everywhere", dependencies=[Depends(form)])
def sign_out_everywhere(request: Request, who: Who) -> Response:
    """End all sessions of the person, this one too."""
    site_of(request).store.sessions.end_all(who.person.id)
    response = see_other(request, "login", said="signed-out")
    log_out(request, response)
    return response


def _shown(request: Request, who: Visitor, status: int = 200, errors: Sequence[FieldError] = (), label: str = "") -> Response:
    site = site_of(request)
    context = AccountPage(
        tokens=site.store.tokens.list(who.person),
        now=site.clock(),
        days=DAYS,
        label=label,
        local=site.settings.local_accounts,
        second_factor=site.settings.local_accounts and site.store.people.has_password(who.person.id),
        sessions=site.store.sessions.list(who.person.id, at=site.clock()),
        here=site.store.sessions.named(site.keys.read(request.cookies.get(SESSION)) or ""),
    )
    return page(request, who, context, status=status, errors=errors)
