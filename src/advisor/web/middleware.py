"""What stands before every route: the host, where a request comes from, how much it may say; and the headers of answers."""

import secrets
import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from advisor.model.problems import InputError, Problem
from advisor.model.wording import Wording
from advisor.store.errors import UnavailableError
from advisor.web import logs
from advisor.web.accounts import Accounts
from advisor.web.audit_trail import AuditTrail
from advisor.web.error_responses import error_response
from advisor.web.http_errors import API, is_api, problem
from advisor.web.proxies import is_forwarded
from advisor.web.request_limits import Standing
from advisor.web.settings import Settings
from advisor.web.site import Load
from advisor.web.size_limits import HEADER, LONG_HEADERS, PATH, QUERY, check_query
from advisor.web.startup import Startup

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'{elsewhere}; frame-ancestors {framing}"
)
NO_FRAME = "'none'"
HEADERS = {
    "Content-Security-Policy": POLICY.format(elsewhere="", framing=NO_FRAME),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SAFE = ("GET", "HEAD", "OPTIONS")
PROBES = (f"{API}v1/health", f"{API}v1/ready")  # they tell themselves whether it is ready
FIRST_ACCOUNT = "/first-account"
CLIENT_GONE = 499  # in logs: who asked went away before there was an answer, as nginx tells it
_LOCAL = ("localhost", "127.0.0.1", "::1")
_PLAIN = ("headers-too-large", "wrong-host", "cross-site")  # told without a page of ours: another site may have asked

Watch = Callable[[Scope, str, int, float, str], None]
"""Told of each request: its scope, the route's pattern, the status, the seconds it took, and its id."""

Refusal = tuple[int, str, Sequence[Problem]]
"""A status, the code of a failure (of 303: the path to go to), and what was wrong."""


class Middleware:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        wording: Wording,
        load: Load,
        startup: Startup,
        accounts: Accounts,
        watch: Watch,
        trail: AuditTrail,
    ) -> None:
        self.trail = trail
        self.app, self.wording, self.load, self.watch = app, wording, load, watch
        self.startup, self.accounts = startup, accounts
        public = urlsplit(settings.public_url).hostname
        self._origin, self._prefix = settings.origin, settings.prefix
        self._hosts = {public} if public else set[str]()
        self._hosts |= set(_LOCAL) | {settings.host}
        self._any_host = not settings.is_local and not public
        self._alone = settings.is_alone
        self._most = settings.max_body_kib * 1024
        self._allowed = frozenset(settings.allowed_origins.split())
        self._headers = {
            **_framed(settings.frame_ancestors, {each.origin for each in settings.providers.values()}),
            **({"Strict-Transport-Security": "max-age=31536000"} if settings.is_https else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self._within(scope)
        started, name = time.perf_counter(), secrets.token_hex(8)
        asked = scope
        if headless := scope["method"] == "HEAD":  # what GET would answer, without the body
            scope = {**scope, "method": "GET"}
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
                await self.trail.follow(scope, message["status"])
                self._dress(scope, MutableHeaders(scope=message), name)
            elif headless:
                message = {**message, "body": b""}
            await send(message)

        try:
            if refused := self._refusal(scope, Headers(scope=scope)):
                await self._refuse(scope, receive, watched, *refused)
                return
            if (
                not self.startup.done
                and self._own(scope) not in PROBES
                and (reason := await run_in_threadpool(self.startup.reason))
            ):
                response = await run_in_threadpool(error_response, Request(scope, receive), 503, "not-ready", reason=reason)
                await response(scope, receive, watched)
                return
            if self.startup.done and (refused := await self._without_accounts(scope)):
                await self._refuse(scope, receive, watched, *refused)
                return
            await self.app(scope, limited, watched)
        except ClientDisconnect:  # went away while sending: nobody is there to answer, and nothing is wrong here
            status = status or CLIENT_GONE
        except Exception as error:
            logs.failed(error, name)
            if status is None:
                request = Request(scope, receive)
                await (await run_in_threadpool(error_response, request, 500, "unforeseen"))(scope, receive, watched)
        finally:
            self.load.requests -= 1
            route = scope.get("route")
            self.watch(
                {**scope, "method": asked["method"]},
                getattr(route, "path", ""),
                status or 500,
                time.perf_counter() - started,
                name,
            )

    def _within(self, scope: Scope) -> Scope:
        """The scope with the path as people see it, whether or not a proxy in front took the prefix off."""
        if not self._prefix:
            return scope
        path = scope["path"]
        if path == self._prefix or not path.startswith(f"{self._prefix}/"):
            path = self._prefix + (path.removeprefix(self._prefix) or "/")
        return {**scope, "path": path, "root_path": self._prefix}

    def _own(self, scope: Scope) -> str:
        """The path as this site's routes have it."""
        path: str = scope["path"]
        return path.removeprefix(self._prefix)

    def _refusal(self, scope: Scope, headers: Headers) -> Refusal | None:
        if any(len(value) > HEADER and name not in LONG_HEADERS for name, value in scope["headers"]):
            return 431, "headers-too-large", ()
        host = _hostname(headers.get("host", ""))
        if not self._any_host and host not in self._hosts and self._own(scope) not in PROBES:  # who watches asks by address
            return 421, "wrong-host", ()
        allowed = is_api(self._own(scope)) and headers.get("origin") in self._allowed  # no cookie counts there, only a token
        if scope["method"] not in SAFE and not allowed and not _from_here(headers, self._origin):
            return 403, "cross-site", ()
        size = headers.get("content-length", "0")
        if not (size.isdecimal() and len(size) < 20) or int(size) > self._most:
            return 413, "too-large", ()
        if len(scope["path"]) > PATH:
            return 404, "not-found", ()
        if len(scope["query_string"]) > QUERY:
            return 414, "address-too-long", ()
        try:
            check_query(scope["query_string"])
        except InputError as error:
            return 422, "invalid", error.problems
        return None

    async def _without_accounts(self, scope: Scope) -> Refusal | None:
        """Without accounts only this machine's own browser is answered, and whoever came through a proxy is told so.

        A server that others are meant to reach answers nobody; where it waits for the first account, its form is open.
        """
        path = self._own(scope)
        if (self._alone and not is_forwarded(scope["headers"])) or path.startswith("/static/"):
            return None
        try:
            if await run_in_threadpool(self.accounts.needed):
                return None
            if not self._alone and await run_in_threadpool(self.accounts.awaited):
                if path == FIRST_ACCOUNT or path in PROBES:
                    return None
                if scope["method"] == "GET" and not is_api(path):
                    return 303, FIRST_ACCOUNT, ()
        except UnavailableError:
            return 503, "unavailable", ()
        return 403, "accounts-needed", ()

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, code: str, problems: Sequence[Problem]
    ) -> None:
        response: Response = problem(status, code, self.wording)
        if status == 303:
            response = RedirectResponse(self._prefix + code, status)
        elif code not in _PLAIN:
            response = await run_in_threadpool(error_response, Request(scope, receive), status, code, problems)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

    def _dress(self, scope: Scope, headers: MutableHeaders, name: str) -> None:
        for key, value in self._headers.items():
            headers.setdefault(key, value)
        headers["X-Request-ID"] = name
        standing: Standing | None = scope.get("state", {}).get("standing")
        for key, value in standing.headers.items() if standing else ():
            headers[key] = value
        path = self._own(scope)
        if "cache-control" not in headers and not path.startswith("/static/"):
            headers["Cache-Control"] = "no-cache, private" if is_api(path) else "no-store"


def _framed(ancestors: str, providers: set[str]) -> dict[str, str]:
    """The headers of answers where these sites may show our pages in a frame; none may where there is none.

    Signing out goes on to the provider of identities, so that a form of ours may lead there.
    """
    elsewhere = "".join(f" {each}" for each in sorted(providers))
    framing = f"'self' {ancestors}" if ancestors else NO_FRAME
    made = {**HEADERS, "Content-Security-Policy": POLICY.format(elsewhere=elsewhere, framing=framing)}
    if not ancestors:
        return made
    del made["X-Frame-Options"]  # it knows no other sites
    return made


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _from_here(headers: Headers, own: str) -> bool:
    """Whether one of our own pages, or no page at all, sent a request that may change something.

    Browsers say so themselves where the address is of https or of this machine; elsewhere they name the page's origin,
    which has to be ours to the port. What says neither is no browser: none has sent a form to another site without an
    origin since 2020, and the session's cookie would not go with it (ADR 8).
    """
    if site := headers.get("sec-fetch-site"):
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or (own != "" and origin == own) or origin.partition("://")[2] == headers.get("host", "")
