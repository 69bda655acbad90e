"""Answers packed with gzip, for whoever takes them so."""

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

from advisor.web.http_errors import is_api


class Packed(GZipMiddleware):
    """Packs what the API answers and built files.

    Not the pages: they hold what somebody typed beside what is secret, and how well they pack would tell of it.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, packed or not."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        if is_api(path) or path.startswith("/static/"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
