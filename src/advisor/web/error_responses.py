"""How every failure is answered: a page for people, problem details (RFC 9457) for programs."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from advisor.analysis.deadline import NotDecidedError
from advisor.model.problems import InputError, Problem
from advisor.service.turns import BusyError
from advisor.store.errors import (
    AnsweringByLinkError,
    BadCursorError,
    ConflictError,
    ConsultationClosedError,
    HeldError,
    KeyInUseError,
    KeyUsedOtherwiseError,
    NoSuchCaseError,
    NoSuchWebhookError,
    NotReplayableError,
    ThrottledError,
    UnavailableError,
)
from advisor.web.http_errors import HttpError, LoginNeededError, is_api, problem
from advisor.web.page import error_page
from advisor.web.site import site_of

RETRY = "5"  # seconds after which it is worth asking again
ABSENT = {"unknown-rule", "unknown-source"}
PLAIN = {  # errors that say all by their kind, with the status and the code of their answer
    NoSuchWebhookError: (404, "not-found"),
    NoSuchCaseError: (404, "not-found"),
    BadCursorError: (422, "bad-cursor"),
    ConflictError: (409, "conflict"),
    NotReplayableError: (409, "not-replayable"),
    HeldError: (409, "held"),
    AnsweringByLinkError: (409, "answering-by-link"),
    ConsultationClosedError: (409, "consultation-closed"),
    KeyInUseError: (409, "key-in-use"),
    KeyUsedOtherwiseError: (422, "key-used-otherwise"),
    BusyError: (503, "busy"),
    UnavailableError: (503, "unavailable"),
}
UNREADABLE = {"not-utf-8", "not-json", "not-yaml", "empty-file", "several-documents", "half-a-character"}


def error_response(request: Request, status: int, code: str, problems: Sequence[Problem] = (), **details: object) -> Response:
    """A failure as whoever asked can read it."""
    if is_api(_path(request)):
        response: Response = problem(status, code, site_of(request).service.wording, problems, **details)
    else:
        response = error_page(request, status, code, problems)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = RETRY
    return response


def install(app: FastAPI) -> None:
    """Have the application answer every failure so."""

    @app.exception_handler(HttpError)
    def failed(request: Request, error: HttpError) -> Response:
        if isinstance(error, LoginNeededError):
            return _to_login(request)
        response = error_response(request, error.status, error.code, error.problems, **error.details)
        response.headers.update(error.headers)
        return response

    @app.exception_handler(InputError)
    def wrong(request: Request, error: InputError) -> Response:
        codes = {problem.code for problem in error.problems}
        if "too-large" in codes:
            return error_response(request, 413, "too-large", error.problems)
        if codes & ABSENT:
            return error_response(request, 404, "not-found", error.problems)
        if codes & UNREADABLE:
            return error_response(request, 400, "malformed", error.problems)
        return error_response(request, 422, "invalid", error.problems)

    @app.exception_handler(NotDecidedError)
    def late(request: Request, error: NotDecidedError) -> Response:
        return error_response(request, 503, "out-of-time", seconds=error.seconds)

    for kind, (status, code) in PLAIN.items():
        app.add_exception_handler(kind, partial(_plain, status, code))

    @app.exception_handler(ThrottledError)
    def throttled(request: Request, error: ThrottledError) -> Response:
        response = error_response(request, 429, "throttled")
        response.headers["Retry-After"] = str(max(1, round((error.until - site_of(request).clock()).total_seconds())))
        return response

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        if any(details["loc"][0] == "path" for details in error.errors()):
            return error_response(request, 404, "not-found")  # an address that nothing can have
        return error_response(request, 422, "invalid", [_read(details) for details in error.errors()])

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        codes = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
        response = error_response(request, error.status_code, codes.get(error.status_code, "refused"))
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # a route knows its own methods, not those of its neighbours
            response.headers["Allow"] = ", ".join(_methods(request))
        return response


def _plain(status: int, code: str, request: Request, _: Exception) -> Response:
    return error_response(request, status, code)


def _path(request: Request) -> str:
    """The path that was asked for, without what comes before every path of this site."""
    return request.url.path.removeprefix(site_of(request).settings.prefix)


def _methods(request: Request) -> list[str]:
    """All methods that the path of a request takes."""
    contexts = iter_route_contexts(request.app.routes)
    fitting = [each for each in contexts if each.methods and each.path_regex.match(_path(request))]
    found = {method for each in fitting for method in each.methods or ()}
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


def _to_login(request: Request) -> Response:
    """The page to sign in, and from there back: to what was asked for, or to the page that the form was on."""
    fragment = request.headers.get("hx-request")
    asked = request.method == "GET" and not fragment
    target = request.url.path if asked else _page_before(request)
    address = site_of(request).templates.url("login", next=target)
    if fragment:  # which cannot show a login; the whole page goes there
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _page_before(request: Request) -> str:
    """The page of this site that a request was sent from, or else the start page."""
    parts = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer") or "")
    if parts.netloc != request.url.netloc:
        return site_of(request).templates.url("start")
    return parts._replace(scheme="", netloc="", fragment="").geturl() or "/"


def _read(details: Any) -> Problem:
    place = [str(part) for part in details["loc"]]
    return Problem(".".join(place[:1]), 0, "wrong-value", about=".".join(place[1:]), allowed=(str(details["msg"]),))
