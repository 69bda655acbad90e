"""Pages of other sites that may call the API from a browser (CORS)."""

from collections.abc import Sequence
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from advisor.web.http_errors import is_api

TO_EVERY_SITE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}  # what anybody may read
_ALLOWED: dict[str, Any] = {
    "allow_methods": ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"),
    "allow_headers": ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"),
    "allow_credentials": False,  # a token is sent, never a cookie
    "expose_headers": (
        "ETag",
        "Link",
        "Location",
        "Content-Location",
        "Retry-After",
        "RateLimit",
        "RateLimit-Policy",
        "Idempotent-Replayed",
        "X-Request-ID",
    ),
    "max_age": 600,
}


class OtherOrigins(CORSMiddleware):
    """Answers browsers that ask whether a page may call the API. The pages are for no other site to read.

    `prefix` is the path that the site stands under, which a proxy in front may or may not have taken off.
    """

    def __init__(self, app: ASGIApp, *, prefix: str = "", allow_origins: Sequence[str]) -> None:
        super().__init__(app, allow_origins=allow_origins, **_ALLOWED)
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with what the browser asks to know."""
        if scope["type"] == "http" and is_api(scope["path"].removeprefix(self._prefix)):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
