"""Signing in with a passkey: with it alone, or with it after the password in the place of a code."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.store.database import ThrottledError, WrongPasskeyError
from advisor.store.records import Passkey, Person
from advisor.web.audit_trail import about, noted
from advisor.web.auth import BROWSER, came_from, form, log_in
from advisor.web.http_errors import NotFoundError
from advisor.web.page import see_other
from advisor.web.pages.accounts.login import own_path, refused, seconds_until
from advisor.web.pages.accounts.second_step import code_form
from advisor.web.pages.fields import text
from advisor.web.passkeys import (
    ANSWER,
    SIGNING_IN,
    RelyingParty,
    forget_challenge,
    keep_challenge,
    kept_challenge,
    new_challenge,
    options_to_sign_in,
    read_answer,
    relying_party,
)
from advisor.web.second_step import SecondStep, end_second_step, second_step
from advisor.web.site import site_of
from advisor.web.templates import FieldError


def party_of(request: Request) -> RelyingParty:
    """This site as authenticators know it. Raises `NotFoundError` where nobody signs in by a passkey."""
    party = relying_party(request) if site_of(request).settings.local_accounts else None
    if party is None:
        raise NotFoundError
    return party


router = APIRouter()
Party = Annotated[RelyingParty, Depends(party_of)]
Step = Annotated[SecondStep | None, Depends(second_step)]
Posted = Annotated[FormData, Depends(form)]


@router.post("/login/passkey/options", name="ask-for-passkey", dependencies=[Depends(form)])
def ask_for_passkey(request: Request, party: Party) -> Response:
    """What a browser is to sign by any passkey of this site that it finds: the same for everybody."""
    challenge = new_challenge()
    response = Response(options_to_sign_in(party, challenge), media_type="application/json")
    keep_challenge(request, response, challenge, SIGNING_IN)
    return response


@router.post("/login/passkey", name="login-with-passkey")
def login_with_passkey(request: Request, posted: Posted, party: Party) -> Response:
    """Begin a session, in the place of password and code; or say that it did not work, or when to try again."""
    site = site_of(request)
    target = own_path(text(posted, "next"), site.templates.url("start"))
    try:
        person, passkey = _checked(request, party, posted, SIGNING_IN)
    except WrongPasskeyError:
        return _forgetting(request, refused(request, site.templates.word("login.passkey-refused"), 422, target))
    except ThrottledError as error:
        seconds = seconds_until(request, error)
        answer = refused(request, site.templates.word("login.wait", seconds=seconds), 429, target)
        answer.headers["Retry-After"] = str(seconds)
        return _forgetting(request, answer)
    return _signed_in(request, person, passkey, target)


@router.post("/login/code/passkey/options", name="ask-for-passkey-as-code", dependencies=[Depends(form)])
def ask_for_passkey_as_code(request: Request, party: Party, step: Step) -> Response:
    """What a browser is to sign by a passkey of whoever's password was right."""
    if step is None:
        return see_other(request, "login")
    challenge = new_challenge()
    allowed = site_of(request).store.passkeys.list(step.person.id)
    response = Response(options_to_sign_in(party, challenge, allowed), media_type="application/json")
    keep_challenge(request, response, challenge, _after_password(step))
    return response


@router.post("/login/code/passkey", name="login-with-passkey-as-code")
def login_with_passkey_as_code(request: Request, posted: Posted, party: Party, step: Step) -> Response:
    """Begin a session for whoever's password was right, in the place of a code."""
    if step is None:
        noted(request)
        return see_other(request, "login")
    site = site_of(request)
    about(request, account=step.person.id)
    try:
        person, passkey = _checked(request, party, posted, _after_password(step), step.person)
    except WrongPasskeyError:
        wrong = [FieldError("", site.templates.word("login.passkey-refused"))]
        return _forgetting(request, code_form(request, step, 422, wrong))
    except ThrottledError as error:
        return _forgetting(request, code_form(request, step, 429, wait=error))
    response = _signed_in(request, person, passkey, step.next)
    end_second_step(request, response)
    return response


def _checked(
    request: Request, party: RelyingParty, posted: FormData, purpose: str, whose: Person | None = None
) -> tuple[Person, Passkey]:
    """Whose passkey answered what this browser was asked, and the passkey. Raises `WrongPasskeyError` and `ThrottledError`."""
    site = site_of(request)
    answer = {each: text(posted, each) for each in ANSWER}
    if whose is None and (named := site.store.passkeys.owner(answer["credential"])):
        about(request, account=named.id)
    challenge = kept_challenge(request, purpose)
    if challenge is None:
        raise WrongPasskeyError
    return site.store.passkeys.check(
        answer["credential"],
        lambda passkey: read_answer(party, challenge, answer, passkey),
        challenge=challenge,
        at=site.clock(),
        came_from=came_from(request),
        browser=site.keys.read(request.cookies.get(BROWSER)) or "",
        whose=whose,
    )


def _signed_in(request: Request, person: Person, passkey: Passkey, target: str) -> Response:
    about(request, passkey=passkey.id)
    response = RedirectResponse(target, 303)
    log_in(request, response, person, by_passkey=True)
    return _forgetting(request, response)


def _forgetting(request: Request, response: Response) -> Response:
    forget_challenge(request, response)
    return response


def _after_password(step: SecondStep) -> str:
    return f"after the password of {step.person.id}"
