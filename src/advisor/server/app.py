"""The application: services put together, routes, and what stands before and around them."""

import gc
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from advisor.loading import Loaded, folder_of, load
from advisor.server import api, failures, logs, pages
from advisor.server.access import keys_of
from advisor.server.accounts import Accounts
from advisor.server.counsel import PLACES, Counsel
from advisor.server.frame import STATIC, Frame
from advisor.server.guard import Guard, Watch
from advisor.server.protocol import REFUSALS, refusals
from advisor.server.services import Services
from advisor.server.settings import Settings, read_settings
from advisor.store.database import Store
from advisor.store.replaying import archive_of

THREADS = 8 + PLACES  # eight for light pages alone; more would only take the interpreter from each other
SWITCH = 0.0005  # seconds; a save, which waits for the disk with others behind it, is not kept from going on
WARM = 4  # numbers of partners that are prepared for at the start


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def create_app(settings: Settings, *, loaded: Loaded | None = None, clock: Callable[[], datetime] = now) -> FastAPI:
    """The application on a database that is up to date. Raises `InputError` where something it needs is not there."""
    loaded = loaded or load(language=settings.language)
    store = Store(settings.database, loaded.rulebook.vocabulary)
    counsel = Counsel(loaded, settings.max_seconds)
    frame = Frame(loaded, settings.language)
    accounts = Accounts(store, settings.data)
    _keep_rulebook(store, loaded)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[dict[str, object]]:
        current_default_thread_limiter().total_tokens = THREADS
        sys.setswitchinterval(SWITCH)
        counsel.warm(WARM)
        gc.collect()
        gc.freeze()  # the rulebook stays; collecting need not look at it again
        yield {REFUSALS: refusals(loaded.wording)}
        counsel.close()
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
    app.state.services = Services(settings, store, accounts, counsel, frame, keys_of(settings), clock)
    for router in (api.router(), *pages.routers()):
        app.router.routes += router.routes  # a router that is included takes longer to find its routes
        frame.know(router.routes)
    app.mount("/static", Assets(directory=STATIC), name="static")
    failures.install(app)
    watches: list[Watch] = [logs.request_answered]
    app.state.stop = lambda: None
    if settings.metrics or settings.traces:
        from advisor.server.telemetry import watch_with

        watches += watch_with(app, settings)

    def watch(scope: Scope, route: str, status: int, seconds: float, name: str) -> None:
        for each in watches:
            each(scope, route, status, seconds, name)

    app.add_middleware(Guard, settings=settings, counsel=counsel, accounts=accounts, watch=watch)
    return app


def from_environment() -> FastAPI:
    """The application with the settings of the environment: what each server process starts."""
    settings = read_settings()
    logs.begin(settings.log_level)
    return create_app(settings)


class Assets(StaticFiles):
    """Built files under addresses that change with their content, so that browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """One file."""
        response = await super().get_response(path, scope)
        if b"v=" in scope["query_string"]:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _keep_rulebook(store: Store, loaded: Loaded) -> None:
    """Keep the rulebook with the cases, so that what it advised can be replayed when there is a newer one."""
    sha256 = loaded.rulebook.sha256
    if store.advices.rulebook(sha256) is None:
        archive = archive_of(folder_of("rules"), folder_of("prompts"), loaded.wording.language)
        store.advices.keep_rulebook(sha256, loaded.rulebook.version, archive)
