"""Signing in by a provider of identities, and being signed out by it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from advisor.web import logs
from advisor.web.audit_trail import about
from advisor.web.auth import form, log_in, set_cookie
from advisor.web.http_errors import NotFoundError
from advisor.web.pages.accounts.login import own_path, refused
from advisor.web.site import origin_of, site_of

router = APIRouter()
DEPARTURE = "advisor_departure"
_MINUTES = 10  # for which somebody may be away


@router.get("/sign-in/{provider}", name="sign-in-elsewhere")
async def depart(request: Request, provider: str, next: str = "") -> Response:  # noqa: A002
    """Send somebody to a provider; what has to come back with them is kept in their browser, signed."""
    from advisor.web.openid import NotSignedInError

    site = site_of(request)
    found = site.providers.get(provider)
    back = _back(request, provider)
    if found is None or back is None:
        raise NotFoundError
    try:
        departure = await found.depart(back)
    except NotSignedInError as error:
        logs.refused_sign_in(provider, str(error))
        return await run_in_threadpool(refused, request, site.templates.word("login.provider-away"), 503)
    response = RedirectResponse(departure.url, 303)
    start = site.templates.url("start")
    on = own_path(next, start)
    kept = [provider, site.clock().timestamp(), on if len(on) <= 300 else start, *list(asdict(departure).values())[1:]]
    set_cookie(request, response, DEPARTURE, json.dumps(kept, separators=(",", ":")), _MINUTES * 60)
    return response


@router.get("/sign-in/{provider}/back", name="sign-in-back")
async def arrive(request: Request, provider: str) -> Response:
    """Whoever came back is signed in, once: with another try the provider is asked anew."""
    from advisor.web.openid import Departure, NotSignedInError
    from advisor.web.single_sign_on_accounts import NotWelcomeError, welcome

    site = site_of(request)
    found, back = site.providers.get(provider), _back(request, provider)
    if found is None or back is None:
        raise NotFoundError
    try:
        whence, at, on, *kept = json.loads(site.keys.read(request.cookies.get(DEPARTURE)) or "[null,0,null]")
        if whence != provider or not 0 <= site.clock().timestamp() - at <= _MINUTES * 60:
            raise NotSignedInError("departure")
        given: Mapping[str, str] = dict(request.query_params)
        arrival = await found.arrive(back, given, Departure("", *kept))
        person = await run_in_threadpool(welcome, site.store, found.settings, arrival, at=site.clock())
    except NotSignedInError as error:
        logs.refused_sign_in(provider, str(error))
        response = await run_in_threadpool(refused, request, site.templates.word("login.provider-refused"), 403)
    except NotWelcomeError as error:
        logs.refused_sign_in(provider, error.why)
        response = await run_in_threadpool(refused, request, site.templates.word(f"login.{error.why}"), 403)
    else:
        response = RedirectResponse(on, 303)
        begin = partial(log_in, provider=provider, issuer=found.settings.issuer, id_token=arrival.id_token)
        await run_in_threadpool(begin, request, response, person)
    response.delete_cookie(DEPARTURE, path=site.settings.prefix or "/")
    return response


@router.post("/sign-in/{provider}/signed-out", name="signed-out-elsewhere")
async def signed_out(request: Request, provider: str, posted: Annotated[FormData, Depends(form)]) -> Response:
    """The provider says that somebody signed out there: their sessions here end (OpenID Connect Back-Channel Logout)."""
    from advisor.web.openid import NotSignedInError

    site = site_of(request)
    found = site.providers.get(provider)
    if found is None:
        raise NotFoundError
    try:
        subject = await found.signed_out(str(posted.get("logout_token", "")))
    except NotSignedInError as error:
        logs.refused_sign_in(provider, str(error))
        return Response(status_code=400)
    if person := await run_in_threadpool(site.store.identities.find, found.settings.issuer, subject):
        about(request, account=person.id)
        await run_in_threadpool(site.store.sessions.end_all, person.id)
    return Response(status_code=200)


def _back(request: Request, provider: str) -> str | None:
    """The address to come back to, as the provider was told it; None where this server does not know its own."""
    origin = origin_of(request)
    return None if origin is None else origin + site_of(request).templates.url("sign-in-back", provider=provider)
