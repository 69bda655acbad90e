"""What answers have in common: media types, versions (ETag), and pages of longer lists."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import Response

from advisor.store.errors import BadCursorError
from advisor.web.api.operations import HTML, JSON, MARKDOWN
from advisor.web.http_errors import NotAcceptableError

T = TypeVar("T")
_PROXIED = re.compile(r'^(?:W/)?"([^"]*?)(?:(?:--?|[;:])(?:gzip|br|zstd|deflate))?"$')

Limit = Annotated[int, Query(ge=1, le=100, description="The most to list.")]
After = Annotated[str, Query(max_length=200, description="Where to go on: what `next` of the page before names.")]


def content(value: Any) -> bytes:
    """A value as JSON, the way the command line prints it."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def acceptable(accept: str, offered: Sequence[str]) -> str:
    """The media type that is liked best of those offered, the first where all are alike. Raises `NotAcceptableError`."""
    if not accept or accept == "*/*":
        return offered[0]
    liked = [_liked(media_type, accept) for media_type in offered]
    if max(liked) <= 0:
        raise NotAcceptableError(offered=list(offered))
    return offered[liked.index(max(liked))]


def _liked(media_type: str, accept: str) -> float:
    """The quality of a media type: that of the most exact range it is in."""
    best = (-1, 0.0)
    for part in accept.lower().split(","):
        wanted, *parameters = (each.strip() for each in part.split(";"))
        exactness = (
            2 if wanted == media_type else 1 if wanted == f"{media_type.partition('/')[0]}/*" else 0 if wanted == "*/*" else -1
        )
        if exactness > best[0]:
            best = exactness, next((_number(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
    return best[1]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def tag_of(made: bytes) -> str:
    """The version of a content: another content, another tag."""
    return f'"{hashlib.sha256(made).hexdigest()[:32]}"'


def tags_in(header: str) -> list[str]:
    """The versions that an `If-Match` or `If-None-Match` names, as we gave them; `*` names any.

    A proxy may have made a tag weak, or have added how it packed the answer (Apache's `-gzip`, Jetty's `--gzip`).
    """
    return [_PROXIED.sub(r'"\1"', each.strip()) for each in header.split(",")]


def names(header: str | None, tag: str) -> bool:
    """Whether an `If-Match` or `If-None-Match` names a version."""
    return header is not None and any(each in ("*", tag) for each in tags_in(header))


def versioned(request: Request, made: bytes, media_type: str = JSON, *, tag: str = "", **headers: str) -> Response:
    """An answer with its version; 304 without a body where whoever asks has it already."""
    head = {"ETag": tag or tag_of(made), **headers}
    if names(request.headers.get("if-none-match"), head["ETag"]):
        return Response(status_code=304, headers=head)
    return respond(made, media_type, headers=head)


def respond(made: bytes, media_type: str = JSON, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer."""
    if media_type in (MARKDOWN, HTML):
        media_type += "; charset=utf-8"
    return Response(made, status, headers, media_type=media_type)


def part_of(every: Sequence[T], after: str, limit: int, name: Callable[[T], str]) -> tuple[list[T], str]:
    """A page of a list that is known as a whole, and the name of its last item where more follows. Raises `BadCursorError`."""
    start = 0
    if after:
        places = [place for place, item in enumerate(every) if name(item) == after]
        if not places:
            raise BadCursorError(after)
        start = places[0] + 1
    found = list(every[start : start + limit])
    return found, name(found[-1]) if start + limit < len(every) else ""


def link_after(request: Request, following: str) -> tuple[str | None, dict[str, str]]:
    """The address of the next page with its `Link` header; None at the end of a list."""
    if not following:
        return None, {}
    query = {**request.query_params, "after": following}
    address = f"{request.url.path}?{urlencode(query)}"
    return address, {"Link": f'<{address}>; rel="next"'}
