"""The example portal, served from an origin of its own and asking a server of the tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).parents[2] / "examples" / "portal"
WRITTEN = "http://127.0.0.1:8000"  # where the portal looks for the advisor as it stands
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


class _Portal(BaseHTTPRequestHandler):
    server: "PortalServer"

    def do_GET(self) -> None:
        path = FOLDER / (self.path.strip("/") or "index.html")
        if not path.is_file():
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"{KINDS[path.suffix]}; charset=utf-8")
        self.end_headers()
        parts = urlsplit(self.server.advisor)
        text = path.read_text("utf-8").replace(f"{WRITTEN};", f"{parts.scheme}://{parts.netloc};")  # a policy names origins
        self.wfile.write(text.replace(WRITTEN, self.server.advisor).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class PortalServer(ThreadingHTTPServer):
    """The portal; `advisor` is set to the address of the server that it asks."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Portal)
        self.advisor = WRITTEN

    @property
    def origin(self) -> str:
        """Where it is, as a server that lets it call knows it."""
        return f"http://localhost:{self.server_port}"

    @property
    def stranger(self) -> str:
        """The same page under another origin."""
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def portal() -> Iterator[PortalServer]:
    """The portal, running."""
    server = PortalServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
