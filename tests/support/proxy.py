"""A small reverse proxy, as it stands in front of a site that lives under a path of another one."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_OWN = ("transfer-encoding", "content-length", "content-encoding", "connection", "date", "server")


class _Proxy(BaseHTTPRequestHandler):
    upstream: httpx.Client
    prefix: str
    strips: bool

    def do_GET(self) -> None:
        if not self.path.startswith(self.prefix):
            self.send_error(404)  # the other site has nothing there: whatever leads out of the path is seen
            return
        path = self.path.removeprefix(self.prefix) if self.strips else self.path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        headers["X-Forwarded-For"] = "192.0.2.1"
        answer = self.upstream.request(self.command, path or "/", content=body, headers=headers)
        self.send_response(answer.status_code)
        for name, value in answer.headers.multi_items():
            if name.lower() not in _OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a page that is left no longer waits
            self.wfile.write(answer.content)

    do_POST = do_GET  # noqa: N815 - as it is called

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
        """Say nothing."""


@contextmanager
def proxying(address: str, prefix: str, *, strips: bool) -> Iterator[str]:
    """The address, with its prefix, under which a site is reached through a proxy that takes the prefix off, or does not."""
    with httpx.Client(base_url=address, timeout=60) as upstream:
        handler = type("Handler", (_Proxy,), {"upstream": upstream, "prefix": prefix, "strips": strips})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://localhost:{server.server_address[1]}{prefix}"
        finally:
            server.shutdown()
            server.server_close()
