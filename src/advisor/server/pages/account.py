"""One's own account: the password, tokens for programs, and signing out everywhere."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.problems import InputError
from advisor.rendering import problem_text
from advisor.server.access import Visitor, form, log_in, log_out, visitor
from advisor.server.failures import NotAllowedError, NotFoundError
from advisor.server.frame import FieldError, page, see_other
from advisor.server.pages.fields import name_errors, name_of, text
from advisor.server.services import services
from advisor.store.database import WrongPasswordError

router = APIRouter()
DAYS = ("30", "90", "365", "")  # how long a token works; "" without end


def member(who: Annotated[Visitor, Depends(visitor)]) -> Visitor:
    """The visitor, who has to have an account."""
    if not who.accounts:
        raise NotAllowedError
    return who


Who = Annotated[Visitor, Depends(member)]
Posted = Annotated[FormData, Depends(form)]


@router.get("/account", name="account")
def account(request: Request, who: Who) -> Response:
    """What is known of the person, and their tokens."""
    return _shown(request, who)


@router.post("/account/password", name="change-password")
def change_password(request: Request, who: Who, posted: Posted) -> Response:
    """Another password, for whoever knows the present one. All other sessions end."""
    desk = services(request)
    old, new, again = (str(posted.get(name, "")) for name in ("old", "new", "again"))
    try:
        _check_old(request, who, old)
        if new != again:
            return _shown(request, who, 422, [FieldError("again", desk.frame.word("account.not-the-same"))])
        desk.store.people.set_password(who.person.id, new)
    except WrongPasswordError:
        return _shown(request, who, 422, [FieldError("old", desk.frame.word("account.wrong-password"))])
    except InputError as error:
        phrases = desk.counsel.wording.phrases
        return _shown(request, who, 422, [FieldError("new", problem_text(problem, phrases)) for problem in error.problems])
    response = see_other(request, "account", said="password")
    log_in(request, response, desk.store.sessions.begin(who.person.id, at=desk.clock()))
    return response


@router.post("/account/tokens", name="create-token")
def create_token(request: Request, who: Who, posted: Posted) -> Response:
    """A new token. Its secret stands on this page and is nowhere kept, so no other page can show it."""
    desk = services(request)
    label, days = name_of(posted, "label"), text(posted, "days")
    errors = list(name_errors(label, "label", desk.frame))
    if days not in DAYS:
        errors.append(FieldError("days", desk.frame.word("errors.choose")))
    if errors:
        return _shown(request, who, 422, errors, label=label)
    now = desk.clock()
    expires = now + timedelta(days=int(days)) if days else None
    token, secret = desk.store.tokens.create(who.person.id, label, at=now, expires=expires)
    return page(request, who, "account/token.html.j2", token=token, secret=secret)


@router.post("/account/tokens/{token_id}/revoke", name="revoke-token", dependencies=[Depends(form)])
def revoke_token(request: Request, who: Who, token_id: str) -> Response:
    """End one of the person's own tokens."""
    desk = services(request)
    if not desk.store.tokens.revoke(who.person.id, token_id, at=desk.clock()):
        raise NotFoundError
    return see_other(request, "account", said="token-revoked")


@router.post("/account/sign-out", name="sign-out-everywhere", dependencies=[Depends(form)])
def sign_out_everywhere(request: Request, who: Who) -> Response:
    """End all sessions of the person, this one too."""
    services(request).store.sessions.end_all(who.person.id)
    response = see_other(request, "login", said="signed-out")
    log_out(request, response)
    return response


def _check_old(request: Request, who: Visitor, password: str) -> None:
    """Raise `WrongPasswordError` where this is not the present password, as none is that is too long."""
    desk = services(request)
    came_from = request.client.host if request.client else ""
    try:
        desk.store.people.check(who.person.email, password, came_from=came_from, at=desk.clock())
    except InputError:
        raise WrongPasswordError from None


def _shown(request: Request, who: Visitor, status: int = 200, errors: Sequence[FieldError] = (), label: str = "") -> Response:
    desk = services(request)
    return page(
        request,
        who,
        "account/account.html.j2",
        status=status,
        errors=errors,
        tokens=desk.store.tokens.list(who.person.id),
        now=desk.clock(),
        days=DAYS,
        label=label,
    )
