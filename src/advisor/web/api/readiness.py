"""`health` and `ready`: for whoever watches over the server. Neither needs a token."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from advisor.web.api.operations import ROOT, gives, operation
from advisor.web.api.responses import content, respond
from advisor.web.http_errors import NotReadyError
from advisor.web.site import site_of

router = APIRouter(prefix=ROOT)


@operation(router, "GET", "/health", "health", "server", gives("Health"), known=False)
async def health() -> Response:
    """Say that the server is alive."""
    return respond(content({"status": "alive"}))


@operation(router, "GET", "/ready", "ready", "server", gives("Readiness"), known=False)
def ready(request: Request) -> Response:
    """Say whether the server can answer.

    It can when the rulebook is loaded and the database is reached and up to date; otherwise 503, and `reason` says why:
    `unreachable` or `not-migrated`.
    """
    site = site_of(request)
    reason = site.store.ready()
    if reason:
        raise NotReadyError(reason=reason)
    rulebook = site.service.loaded.rulebook
    return respond(content({"status": "ready", "rulebook": {"version": rulebook.version, "sha256": rulebook.sha256}}))
