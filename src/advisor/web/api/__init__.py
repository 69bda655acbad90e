"""The HTTP API."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from advisor.loading import Loaded
from advisor.web.api import (
    advices,
    answering,
    assessment,
    cases,
    consultations,
    consulting,
    description,
    documents,
    embedding,
    following,
    portfolio,
    queries,
    readiness,
    rulebook,
    scenarios,
    tokens,
    webhooks,
)
from advisor.web.api.operations import ROOT
from advisor.web.api.responses import content, versioned
from advisor.web.site import site_of

__all__ = ["ROOT", "openapi_document", "router"]

MODULES = (
    assessment,
    readiness,
    queries,
    embedding,
    scenarios,
    documents,
    consultations,
    cases,
    advices,
    following,
    portfolio,
    rulebook,
    consulting,
    answering,
    tokens,
    webhooks,
)  # asked most, found first


def router() -> APIRouter:
    """All operations, in one router: nested ones take longer to find."""
    made = APIRouter()
    for module in MODULES:
        made.routes += module.router.routes
    made.add_api_route(f"{ROOT}/openapi.json", openapi, include_in_schema=False)
    return made


def openapi(request: Request) -> Response:
    """The OpenAPI document, for whoever asks."""
    service = site_of(request).service
    return versioned(request, service.recent("openapi", lambda: content(openapi_document(service.loaded))))


def openapi_document(loaded: Loaded, examples: Mapping[str, list[dict[str, Any]]] | None = None) -> dict[str, Any]:
    """The OpenAPI document; published in `docs/openapi.json` with examples, by operation."""
    return description.describe([route for route in router().routes if isinstance(route, APIRoute)], loaded, examples or {})
