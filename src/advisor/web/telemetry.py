"""Prometheus metrics and OpenTelemetry traces of requests: the route's pattern and no part of an address beyond it."""

import hmac
import os
import time
from collections.abc import Callable

from fastapi import FastAPI, Request
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.responses import Response
from starlette.types import Scope

from advisor.web.http_errors import NotFoundError
from advisor.web.middleware import Watch
from advisor.web.proxies import is_forwarded
from advisor.web.settings import Settings

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_HERE = ("127.0.0.1", "::1")
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment's name for the folder in which several processes count together."""


def watch_with(app: FastAPI, settings: Settings) -> list[Watch]:
    """Watches for what the settings ask for; metrics are served at `/metrics`, to whoever has their token."""
    watches = [_metrics(app, settings)] if settings.metrics else []
    if settings.traces:
        watch, stop = _traces(settings.traces)
        watches.append(watch)
        app.state.stop = stop
    return watches


def _metrics(app: FastAPI, settings: Settings) -> Watch:
    registry = CollectorRegistry()
    labels = ("method", "route")
    requests = Counter("advisor_requests", "Requests answered.", (*labels, "status"), registry=registry)
    seconds = Histogram("advisor_request_seconds", "Time to answer.", labels, registry=registry, buckets=_BUCKETS)

    def may_see(request: Request) -> bool:
        """Whether a request brings the token; without one, whether it comes from this machine, and no proxy can be in front."""
        if settings.metrics_token is not None:
            wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
            return hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode())
        here = request.client is not None and request.client.host in _HERE
        return here and settings.is_alone and not is_forwarded(request.scope["headers"])

    def metrics(request: Request) -> Response:
        if not may_see(request):
            raise NotFoundError
        shown = registry
        if SHARED in os.environ:
            shown = CollectorRegistry()
            MultiProcessCollector(shown)  # type: ignore[no-untyped-call]
        return Response(generate_latest(shown), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/metrics", metrics, methods=["GET"], include_in_schema=False)

    def watch(scope: Scope, route: str, status: int, took: float, _: str) -> None:
        requests.labels(scope["method"], route, str(status)).inc()
        seconds.labels(scope["method"], route).observe(took)

    return watch


def _traces(address: str) -> tuple[Watch, Callable[[], None]]:
    provider = TracerProvider(resource=Resource.create({"service.name": "partnership-advisor"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    tracer, propagator = provider.get_tracer("advisor"), TraceContextTextMapPropagator()

    def watch(scope: Scope, route: str, status: int, took: float, name: str) -> None:
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        ended = time.time_ns()
        span = tracer.start_span(
            f"{scope['method']} {route}",
            propagator.extract(headers),
            SpanKind.SERVER,
            {
                "http.request.method": scope["method"],
                "http.route": route,
                "http.response.status_code": status,
                "advisor.request": name,
            },
            start_time=ended - int(took * 1e9),
        )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    return watch, provider.shutdown
