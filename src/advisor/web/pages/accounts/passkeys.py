"""One's own passkeys: added with the present password, listed, ended one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from advisor.store.database import WrongPasskeyError, WrongPasswordError
from advisor.store.records import Passkey
from advisor.web.audit_trail import about
from advisor.web.auth import SESSION, Visitor, form, log_in
from advisor.web.http_errors import NotFoundError
from advisor.web.page import Context, page, see_other
from advisor.web.pages.accounts.account import check_present
from advisor.web.pages.accounts.second_factor import with_password
from advisor.web.pages.fields import name_errors, read_name, text
from advisor.web.passkeys import (
    ANSWER,
    RelyingParty,
    forget_challenge,
    keep_challenge,
    kept_challenge,
    new_challenge,
    options_to_add,
    read_new,
    relying_party,
)
from advisor.web.site import site_of
from advisor.web.templates import FieldError

router = APIRouter()

Who = Annotated[Visitor, Depends(with_password)]
Posted = Annotated[FormData, Depends(form)]


@dataclass(frozen=True, kw_only=True)
class PasskeysPage(Context):
    """Somebody's passkeys, and the form to add one."""

    template = "passkeys/passkeys.html.j2"
    passkeys: Annotated[Sequence[Passkey], "their passkeys, the newest first"]
    taken: Annotated[bool, "whether browsers take passkeys at this site's address"]
    label: Annotated[str, "what a new one is to be called, as it was typed"]


@dataclass(frozen=True, kw_only=True)
class AddPasskeyPage(Context):
    """The button by which a browser makes a passkey."""

    template = "passkeys/add.html.j2"
    label: Annotated[str, "what it is to be called"]
    options: Annotated[str, "what the browser makes it by, as JSON"]


@dataclass(frozen=True, kw_only=True)
class PasskeyPage(Context):
    """One passkey, and the form to end it."""

    template = "passkeys/passkey.html.j2"
    passkey: Annotated[Passkey, "the passkey"]


@router.get("/account/passkeys", name="passkeys")
def passkeys(request: Request, who: Who) -> Response:
    """Those there are."""
    return _shown(request, who)


@router.post("/account/passkeys", name="begin-passkey")
def begin_passkey(request: Request, who: Who, posted: Posted) -> Response:
    """Ask the browser for a passkey, for whoever knows the present password."""
    site, party = site_of(request), _party(request)
    label = read_name(posted, "label")
    errors = list(name_errors(label, "label", site.templates))
    if not errors:
        try:
            check_present(request, who, str(posted.get("old", "")))
        except WrongPasswordError:
            errors.append(FieldError("old", site.templates.word("account.wrong-password")))
    if errors:
        return _shown(request, who, 422, errors, label=label)
    challenge, had = new_challenge(), site.store.passkeys.list(who.person.id)
    options = options_to_add(party, site.templates.word("base.product"), who.person, challenge, had)
    response = page(request, who, AddPasskeyPage(label=label, options=options))
    keep_challenge(request, response, challenge, _purpose(request, who))
    return response


@router.post("/account/passkeys/confirm", name="add-passkey")
def add_passkey(request: Request, who: Who, posted: Posted) -> Response:
    """Keep the passkey that the browser made. All other sessions end."""
    site, party = site_of(request), _party(request)
    label = read_name(posted, "label")
    if errors := list(name_errors(label, "label", site.templates)):
        return _shown(request, who, 422, errors, label=label)
    challenge = kept_challenge(request, _purpose(request, who))
    try:
        if challenge is None:
            raise WrongPasskeyError
        site.store.passkeys.spend(challenge, at=site.clock())
        made = read_new(party, challenge, {each: text(posted, each) for each in ANSWER})
        passkey = site.store.passkeys.add(who.person.id, label, made.credential, made.key, made.count, at=site.clock())
    except WrongPasskeyError:
        refused = _shown(request, who, 422, [FieldError("", site.templates.word("passkeys.not-added"))], label=label)
        forget_challenge(request, refused)
        return refused
    about(request, passkey=passkey.id)
    response = see_other(request, "passkeys", said="passkey-added")
    forget_challenge(request, response)
    log_in(request, response, who.person)
    return response


@router.get("/account/passkeys/{passkey}", name="passkey")
def passkey_page(request: Request, who: Who, passkey: str) -> Response:
    """One of them."""
    return page(request, who, PasskeyPage(passkey=_mine(request, who, passkey)))


@router.post("/account/passkeys/{passkey}/end", name="end-passkey")
def end_passkey(request: Request, who: Who, passkey: str, posted: Posted) -> Response:
    """End one of them, for whoever knows the present password. All other sessions end."""
    site, mine = site_of(request), _mine(request, who, passkey)
    try:
        check_present(request, who, str(posted.get("old", "")))
    except WrongPasswordError:
        wrong = [FieldError("old", site.templates.word("account.wrong-password"))]
        return page(request, who, PasskeyPage(passkey=mine), status=422, errors=wrong)
    if not site.store.passkeys.end(who.person.id, mine.id):
        raise NotFoundError
    response = see_other(request, "passkeys", said="passkey-ended")
    log_in(request, response, who.person)
    return response


def _party(request: Request) -> RelyingParty:
    party = relying_party(request)
    if party is None:
        raise NotFoundError
    return party


def _purpose(request: Request, who: Visitor) -> str:
    """What only this session is asked for, and only while the password stays what it was."""
    site = site_of(request)
    session = site.store.sessions.named(site.keys.read(request.cookies.get(SESSION)) or "")
    return f"adding {session} {site.store.people.mark(who.person.id)}"


def _mine(request: Request, who: Visitor, passkey: str) -> Passkey:
    for each in site_of(request).store.passkeys.list(who.person.id):
        if each.id == passkey:
            return each
    raise NotFoundError


def _shown(request: Request, who: Visitor, status: int = 200, errors: Sequence[FieldError] = (), label: str = "") -> Response:
    context = PasskeysPage(
        passkeys=site_of(request).store.passkeys.list(who.person.id),
        taken=relying_party(request) is not None,
        label=label,
    )
    return page(request, who, context, status=status, errors=errors)
