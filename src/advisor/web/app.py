"""The application: services put together, routes, and what stands before and around them."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from advisor.engine import engine
from advisor.loading import Loaded, load
from advisor.service import Service
from advisor.service.turns import PLACES, Turns
from advisor.store.database import Store
from advisor.web import api, error_responses, logs, pages
from advisor.web.accounts import Accounts
from advisor.web.audit_trail import AuditTrail
from advisor.web.encodings import Packed
from advisor.web.http_errors import is_api
from advisor.web.keys import keys_of
from advisor.web.middleware import Middleware, Watch
from advisor.web.other_origins import TO_EVERY_SITE, OtherOrigins
from advisor.web.protocol import REFUSALS, refusals
from advisor.web.request_limits import RequestLimits
from advisor.web.reset_mail import ResetMail
from advisor.web.retention_job import RetentionJob
from advisor.web.settings import Settings, read_settings
from advisor.web.site import Site, site_of
from advisor.web.startup import Startup
from advisor.web.templates import STATIC, Templates
from advisor.web.webhook_sender import WebhookSender
from advisor.web.webhook_targets import networks

if TYPE_CHECKING:
    from advisor.web.openid import Provider

THREADS = 8 + PLACES  # eight for what is light, whatever hard questions hold; more would only take turns
SWITCH = 0.0005  # seconds; a save, which waits for the disk with others behind it, is not kept from going on
EMBEDDED = "embed/"  # the folder of what is for pages of other sites
WARM = 4  # numbers of partners that are prepared for once it runs
WARM_AFTER = 5.0  # seconds; whoever asks at once is served first


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def create_app(
    settings: Settings, *, loaded: Loaded | None = None, clock: Callable[[], datetime] = now, static: Path = STATIC
) -> FastAPI:
    """The application, which answers once its database is up to date. Raises `InputError` where something else is missing."""
    loaded = loaded or load(settings.rules, settings.prompts, language=settings.language)
    store = Store(settings.database, loaded.rulebook.vocabulary)
    service = Service(loaded, engine("chain", loaded.cache), seconds=settings.max_seconds, turns=Turns())
    templates = Templates(loaded, static, prefix=settings.prefix)
    reset_mail = ResetMail(settings, store, loaded.wording, lambda secret: templates.url("reset", secret=secret), clock)
    accounts = Accounts(store, settings.data)
    startup = Startup(store, loaded)
    sender = WebhookSender(store, service, networks(settings.webhook_networks), clock, lambda: startup.done)
    retention = RetentionJob(store, clock, lambda: startup.done)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        current_default_thread_limiter().total_tokens = THREADS
        sys.setswitchinterval(SWITCH)
        await run_in_threadpool(startup.reason)  # as a rule it is ready, and the first request need not wait
        warming = asyncio.get_running_loop().call_later(WARM_AFTER, service.states.warm, WARM)
        gc.collect()
        sender.start()
        reset_mail.start()
        retention.start()
        gc.freeze()  # the rulebook stays; collecting need not look at it again
        yield {REFUSALS: refusals(loaded.wording)}
        warming.cancel()
        await run_in_threadpool(sender.stop)
        await run_in_threadpool(reset_mail.stop)
        await run_in_threadpool(retention.stop)
        service.close()
        app.state.stop()
        store.close()

    app = FastAPI(
        title="Partnership advisor",
        version=loaded.rulebook.version,
        lifespan=life,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    limits = RequestLimits(settings.requests_per_minute) if settings.requests_per_minute else None
    own = keys_of(settings), clock, reset_mail, limits, _providers(settings)
    app.state.site = site = Site(settings, store, accounts, service, templates, *own)
    for router in (api.router(), *pages.routers()):
        app.router.routes += router.routes  # a router that is included takes longer to find its routes
        templates.know(router.routes)
    if templates.built:
        app.mount("/static", Assets(directory=static), name="static")
    else:
        app.router.routes = [each if _is_of_api(each) else without_pages(each) for each in app.router.routes]
    error_responses.install(app)
    watches: list[Watch] = [logs.request_answered]
    app.state.stop = lambda: None
    if settings.metrics or settings.traces:
        from advisor.web.telemetry import watch_with

        watches += watch_with(app, settings)

    def watch(scope: Scope, route: str, status: int, seconds: float, name: str) -> None:
        for each in watches:
            each(scope, route, status, seconds, name)

    app.add_middleware(Packed, minimum_size=1024, compresslevel=5)
    app.add_middleware(
        Middleware,
        settings=settings,
        wording=service.wording,
        load=site.load,
        startup=startup,
        accounts=accounts,
        watch=watch,
        trail=AuditTrail(store, accounts, clock),
    )
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies.split())
    if settings.allowed_origins:  # outermost: refusals can be read by those pages too
        app.add_middleware(OtherOrigins, prefix=settings.prefix, allow_origins=settings.allowed_origins.split())
    return app


def _providers(settings: Settings) -> dict[str, "Provider"]:
    if not settings.providers:
        return {}
    from advisor.web.openid import Provider  # here, since it needs its extra

    return {name: Provider(each) for name, each in settings.providers.items()}


def without_pages(route: BaseRoute) -> Route:
    """What stands in the place of a page where there are none: a sentence that says so."""

    def missing(request: Request) -> Response:
        return PlainTextResponse(site_of(request).service.wording.phrases["serving"]["api-only"] + "\n", 503)

    assert isinstance(route, Route)
    return Route(route.path, missing, methods=list(route.methods or ()), name=route.name)


def _is_of_api(route: BaseRoute) -> bool:
    return isinstance(route, Route) and is_api(route.path)


def from_environment() -> FastAPI:
    """The application with the settings of the environment: what each server process starts."""
    settings = read_settings()
    logs.configure(settings.log_level)
    return create_app(settings)


class Assets(StaticFiles):
    """Built files under addresses that change with their content, so that browsers may keep them.

    What is for pages of other sites has an address that stays, and may be read by any of them.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        if path.startswith(EMBEDDED):
            response.headers.update(TO_EVERY_SITE)
            response.headers.setdefault("Cache-Control", "no-cache")
        return response
