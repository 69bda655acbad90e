"""What can go wrong with a request, and how it is answered: a page for people, problem details (RFC 9457) for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from advisor.problems import InputError, Problem
from advisor.rendering import problem_text
from advisor.store.errors import (
    BadCursorError,
    ConflictError,
    NoSuchCaseError,
    NotReplayableError,
    ThrottledError,
    UnavailableError,
)
from advisor.wording import Wording

API = "/api/"
MEDIA_TYPE = "application/problem+json"
RETRY = "5"  # seconds after which it is worth asking again
UNREADABLE = {"not-utf-8", "not-json", "not-yaml", "empty-file", "several-documents", "half-a-character"}


class FailureError(Exception):
    """A request that cannot be answered as asked; `code` is its key among the words, `status` its HTTP status."""

    status = 500
    code = "unforeseen"

    def __init__(self, problems: Sequence[Problem] = (), *, headers: Mapping[str, str] | None = None, **details: object) -> None:
        self.problems, self.headers, self.details = tuple(problems), dict(headers or {}), details
        super().__init__(self.code)


class LoginNeededError(FailureError):
    """Nobody is logged in."""

    status, code = 401, "login-needed"


class UnauthorizedError(FailureError):
    """No valid token came with a request to the API."""

    status, code = 401, "unauthorized"


class NotAllowedError(FailureError):
    """Not for this person; told as if it were not there."""

    status, code = 404, "not-found"


class ForgedFormError(FailureError):
    """A form that did not come from a page of ours, or from one that is too old."""

    status, code = 403, "forged-form"


class NotFoundError(FailureError):
    """There is no such thing."""

    status, code = 404, "not-found"


class NotAcceptableError(FailureError):
    """None of the media types that can be answered is among those that were asked for."""

    status, code = 406, "not-acceptable"


class ChangedError(FailureError):
    """The version that was named is not the one there is; the details hold that one."""

    status, code = 412, "changed"


class UnsupportedMediaError(FailureError):
    """The body is of a media type that is not read."""

    status, code = 415, "wrong-media-type"


class VersionNeededError(FailureError):
    """A change has to name the version that it changes."""

    status, code = 428, "version-needed"


class NotReadyError(FailureError):
    """The server cannot answer yet; `reason` tells why."""

    status, code = 503, "not-ready"


class BusyError(FailureError):
    """Too many hard questions are asked at once, by everybody or by this person."""

    status, code = 503, "busy"


class OutOfTimeError(FailureError):
    """A question that could not be decided in the time allowed."""

    status, code = 503, "out-of-time"


def problem_details(
    status: int, code: str, wording: Wording, problems: Sequence[Problem] = (), **details: object
) -> dict[str, Any]:
    """The members of a problem details object; `problems` are the same records as on the command line, worded too."""
    said = wording.phrases["failures"]
    body: dict[str, Any] = {
        "type": f"urn:partnership-advisor:{code}",
        "title": said.get(code) or HTTPStatus(status).phrase,
        "status": status,
        **details,
    }
    if problems:
        body["problems"] = [{**asdict(p), "text": problem_text(p, wording.phrases)} for p in problems]
    return body


def problem(status: int, code: str, wording: Wording, problems: Sequence[Problem] = (), **details: object) -> JSONResponse:
    """An answer of problem details."""
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    content = problem_details(status, code, wording, problems, **details)
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def is_api(path: str) -> bool:
    """Whether a path belongs to the API."""
    return path.startswith(API)


def answer(request: Request, status: int, code: str, problems: Sequence[Problem] = (), **details: object) -> Response:
    """A failure as whoever asked can read it."""
    desk = request.app.state.services
    if is_api(request.url.path):
        return problem(status, code, desk.counsel.loaded.wording, problems, **details)
    page: Response = desk.frame.failure(request, status, code, problems)
    return page


def install(app: FastAPI) -> None:
    """Have the application answer every failure so."""

    @app.exception_handler(FailureError)
    def failed(request: Request, error: FailureError) -> Response:
        if isinstance(error, LoginNeededError):
            return _to_login(request)
        response = answer(request, error.status, error.code, error.problems, **error.details)
        if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            response.headers["Retry-After"] = RETRY
        response.headers.update(error.headers)
        return response

    @app.exception_handler(InputError)
    def wrong(request: Request, error: InputError) -> Response:
        codes = {problem.code for problem in error.problems}
        if "too-large" in codes:
            return answer(request, 413, "too-large", error.problems)
        if codes & UNREADABLE:
            return answer(request, 400, "malformed", error.problems)
        return answer(request, 422, "invalid", error.problems)

    @app.exception_handler(NoSuchCaseError)
    def missing(request: Request, _: NoSuchCaseError) -> Response:
        return answer(request, 404, "not-found")

    @app.exception_handler(BadCursorError)
    def lost(request: Request, _: BadCursorError) -> Response:
        return answer(request, 422, "bad-cursor")

    @app.exception_handler(ConflictError)
    def conflicting(request: Request, _: ConflictError) -> Response:
        return answer(request, 409, "conflict")

    @app.exception_handler(NotReplayableError)
    def not_replayable(request: Request, _: NotReplayableError) -> Response:
        return answer(request, 409, "not-replayable")

    @app.exception_handler(ThrottledError)
    def throttled(request: Request, error: ThrottledError) -> Response:
        response = answer(request, 429, "throttled")
        response.headers["Retry-After"] = str(max(1, round((error.until - request.app.state.services.clock()).total_seconds())))
        return response

    @app.exception_handler(UnavailableError)
    def unavailable(request: Request, _: UnavailableError) -> Response:
        response = answer(request, 503, "unavailable")
        response.headers["Retry-After"] = RETRY
        return response

    @app.exception_handler(RequestValidationError)
    def malformed(request: Request, error: RequestValidationError) -> Response:
        if any(details["loc"][0] == "path" for details in error.errors()):
            return answer(request, 404, "not-found")  # an address that nothing can have
        return answer(request, 422, "invalid", [_read(details) for details in error.errors()])

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        codes = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}
        response = answer(request, error.status_code, codes.get(error.status_code, "refused"))
        response.headers.update(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:  # a route knows its own methods, not those of its neighbours
            response.headers["Allow"] = ", ".join(_methods(request))
        return response


def _methods(request: Request) -> list[str]:
    """All methods that the path of a request takes."""
    contexts = iter_route_contexts(request.app.routes)
    fitting = [each for each in contexts if each.methods and each.path_regex.match(request.url.path)]
    return sorted({method for each in fitting for method in each.methods or ()})


def _to_login(request: Request) -> Response:
    target = request.url.path if request.method == "GET" else "/"
    address = request.app.url_path_for("login")
    if request.headers.get("hx-request"):  # a fragment cannot show a login; the whole page goes there
        return Response(status_code=401, headers={"HX-Redirect": f"{address}"})
    return RedirectResponse(f"{address}?{urlencode({'next': target})}", 303)


def _read(details: Any) -> Problem:
    place = [str(part) for part in details["loc"]]
    return Problem(".".join(place[:1]), 0, "wrong-value", about=".".join(place[1:]), allowed=(str(details["msg"]),))
