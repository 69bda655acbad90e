"""What can go wrong with a request, and the problem details (RFC 9457) that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

from advisor.model.problems import Problem
from advisor.model.wording import Wording
from advisor.render.documents import problem_text

API = "/api/"
MEDIA_TYPE = "application/problem+json"


class HttpError(Exception):
    """A request that cannot be answered as asked; `code` is its key among the words, `status` its HTTP status."""

    status = 500
    code = "unforeseen"

    def __init__(self, problems: Sequence[Problem] = (), *, headers: Mapping[str, str] | None = None, **details: object) -> None:
        self.problems, self.headers, self.details = tuple(problems), dict(headers or {}), details
        super().__init__(self.code)


class LoginNeededError(HttpError):
    """Nobody is logged in."""

    status, code = 401, "login-needed"


class UnauthorizedError(HttpError):
    """No valid token came with a request to the API."""

    status, code = 401, "unauthorized"


class NotAllowedError(HttpError):
    """Not for this person; told as if it were not there."""

    status, code = 404, "not-found"


class ScopeNeededError(HttpError):
    """The token is not for what was asked; `scope` tells what is missing."""

    status, code = 403, "scope-needed"


class NotFoundError(HttpError):
    """There is no such thing."""

    status, code = 404, "not-found"


class NotAcceptableError(HttpError):
    """None of the media types that can be answered is among those that were asked for."""

    status, code = 406, "not-acceptable"


class ChangedError(HttpError):
    """The version that was named is not the one there is; the details hold that one."""

    status, code = 412, "changed"


class NotOurTagError(HttpError):
    """What a change names is no version that this server gives, so nothing can be said about who saved since."""

    status, code = 412, "not-our-tag"


class ConsultationOpenError(HttpError):
    """What is agreed is noted only once nobody answers any more."""

    status, code = 409, "consultation-open"


class EndedLinkError(HttpError):
    """A respondent's link takes no answers; `standing` tells why."""

    status, code = 410, "link-ended"


class UnsupportedMediaError(HttpError):
    """The body is of a media type that is not read."""

    status, code = 415, "wrong-media-type"


class TooManyRequestsError(HttpError):
    """The caller sent more requests than it may; the headers tell when to go on."""

    status, code = 429, "too-many-requests"


class VersionNeededError(HttpError):
    """A change has to name the version that it changes."""

    status, code = 428, "version-needed"


class NotReadyError(HttpError):
    """The server cannot answer yet; `reason` tells why."""

    status, code = 503, "not-ready"


def problem_details(
    status: int, code: str, wording: Wording, problems: Sequence[Problem] = (), **details: object
) -> dict[str, Any]:
    """The members of a problem details object; `problems` are the same records as on the command line, worded too."""
    said = wording.phrases["http-errors"]
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
