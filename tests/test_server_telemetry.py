"""Metrics and traces of requests, as an operator's own tools receive them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from advisor.loading import Loaded
from support.servers import serving
from support.visits import add_person, store_of


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """A collector of traces on loopback, and what it has received."""
    received: list[bytes] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/traces", received
    server.shutdown()


def test_requests_are_counted_and_traced_by_route_with_no_part_of_an_address(tmp_path: Path) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with collector() as (address, received):
        settings = {"ADVISOR_METRICS": "true", "ADVISOR_TRACES": address}
        with serving(tmp_path, settings=settings, arguments=("--workers", "2")) as site, site.client() as client:
            for _ in range(8):
                client.get("/shared/some-secret-text", headers={"traceparent": parent})
            shown = client.get("/metrics").text
            for _ in range(200):  # a request is counted once its answer is on its way
                if " 8.0\n" in shown.partition('route="/shared/{secret}"')[2][:60]:
                    break
                shown = client.get("/metrics").text
        spans = [
            span
            for body in received
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
    counted = [line for line in shown.splitlines() if line.startswith("advisor_requests_total") and "/shared/{secret}" in line]
    assert [float(line.rpartition(" ")[2]) for line in counted] == [8.0]
    named = [span for span in spans if span.name == "GET /shared/{secret}"]
    assert len(named) == 8
    assert {span.trace_id.hex() for span in named} == {parent.split("-")[1]}
    assert not any(b"some-secret-text" in body for body in received)
    assert "some-secret-text" not in shown


def test_metrics_are_for_this_machine_only(tmp_path: Path, loaded: Loaded) -> None:
    with serving(tmp_path, settings={"ADVISOR_METRICS": "true"}) as site, site.client() as client:
        store = store_of(site, loaded)
        add_person(store, "ann", "leader")  # without accounts nothing is answered through a proxy
        store.close()
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


@pytest.mark.long
def test_without_the_setting_there_is_nothing_to_see(tmp_path: Path) -> None:
    with serving(tmp_path) as site, site.client() as client:
        assert client.get("/metrics").status_code == 404
