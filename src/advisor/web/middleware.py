"""What stands before every route: the host, where a request comes from, how much it may send; and the headers of answers."""

import secrets
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.model.wording import Wording
from advisor.web import logs
from advisor.web.http_errors import API, RETRY, answer, is_api, problem
from advisor.web.services import Load
from advisor.web.settings import Settings
from advisor.web.startup import Startup

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAFE = ("GET", "HEAD", "OPTIONS")
PROBES = (f"{API}v1/health", f"{API}v1/ready")  # they tell themselves whether it is ready
_LOCAL = ("localhost", "127.0.0.1", "::1")

Watch = Callable[[Scope, str, int, float, str], None]
"""Told of each request: its scope, the route's pattern, the status, the seconds it took, and its id."""


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, settings: Settings, wording: Wording, load: Load, startup: Startup, watch: Watch) -> None:
        self.app, self.settings, self.wording, self.load, self.watch = app, settings, wording, load, watch
        self.startup = startup
        public = urlsplit(settings.public_url).hostname
        self._hosts = {public} if public else set[str]()
        self._hosts |= set(_LOCAL) | {settings.host}
        self._any_host = not settings.is_local and not public
        self._most = settings.max_body_kib * 1024
        self._headers = {**HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if settings.is_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, name = time.perf_counter(), secrets.token_hex(8)
        status: int | None = None
        self.load.requests += 1
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise HTTPException(413)
            return message

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._dress(scope, MutableHeaders(scope=message), name)
            await send(message)

        try:
            refused = self._refusal(scope, Headers(scope=scope))
            if refused:
                await self._refuse(scope, receive, watched, *refused)
                return
            if not self.startup.done and scope["path"] not in PROBES and (reason := await run_in_threadpool(self.startup.reason)):
                response = await run_in_threadpool(answer, Request(scope, receive), 503, "not-ready", reason=reason)
                response.headers["Retry-After"] = RETRY
                await response(scope, receive, watched)
                return
            await self.app(scope, limited, watched)
        except Exception as error:
            logs.failed(error, name)
            if status is None:
                request = Request(scope, receive)
                await (await run_in_threadpool(answer, request, 500, "unforeseen"))(scope, receive, watched)
        finally:
            self.load.requests -= 1
            route = scope.get("route")
            self.watch(scope, getattr(route, "path", ""), status or 500, time.perf_counter() - started, name)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        host = _hostname(headers.get("host", ""))
        if not self._any_host and host not in self._hosts:
            return 421, "wrong-host"
        if scope["method"] not in SAFE and not _from_here(headers, host):
            return 403, "cross-site"
        size = headers.get("content-length", "0")
        if not size.isdecimal() or int(size) > self._most:
            return 413, "too-large"
        return None

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, code: str) -> None:
        response: Response = problem(status, code, self.wording)
        if status == 413:  # somebody chose too large a file: a page says so where a page was asked for
            response = await run_in_threadpool(answer, Request(scope, receive), status, code)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

    def _dress(self, scope: Scope, headers: MutableHeaders, name: str) -> None:
        for key, value in self._headers.items():
            headers[key] = value
        headers["X-Request-ID"] = name
        if "cache-control" not in headers and not scope["path"].startswith("/static/"):
            headers["Cache-Control"] = "no-cache, private" if is_api(scope["path"]) else "no-store"


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _from_here(headers: Headers, host: str) -> bool:
    """Whether a browser says that one of our own pages sent this; other programs say nothing."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or _hostname(origin.partition("//")[2]) == host
