"""The server under load: advice by the API, an intake page with its save, the advice page; on SQLite and PostgreSQL.

    python -m benchmarks.load                       # every kind at 1, 32 and 256 connections, ten seconds each
    python -m benchmarks.load --long                # ten minutes at 32 connections; fails where memory grows or a request does
    python -m benchmarks.load --long --minutes 4    # less long
    python -m benchmarks.load --database sqlite     # one database only

Server (two processes) and load share this machine. Every case sent to be assessed is another one, so no answer can be
one that was kept; pages are those of saved cases, one for each connection.
"""

import argparse
import re
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
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
from benchmarks.server import DATABASES, Server, database, filled, memory, serving

CONNECTIONS = (1, 32, 256)
DISTINCT = 20_000
SETTLED, GROWTH = 3, 0.05  # memory after this minute, and what it may grow by until the end
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


def main() -> None:
    """Print a table for each database."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--database", choices=DATABASES, help="only this one")
    reader.add_argument("--seconds", type=float, default=10.0, help="how long each measurement takes")
    reader.add_argument("--long", action="store_true", help="all kinds at 32 connections, for long")
    reader.add_argument("--minutes", type=int, default=10, help="how long that is, 4 at least")
    reader.add_argument("--only", choices=list(KINDS), help="only this kind")
    reader.add_argument("--workers", type=int, default=2, help="server processes")
    wanted = reader.parse_args()
    vocabulary = load().rulebook.vocabulary
    grown = False
    bodies = [case_json(case, vocabulary).encode() for case in _cases(vocabulary)]
    for name in (wanted.database,) if wanted.database else DATABASES:
        with (
            tempfile.TemporaryDirectory() as folder,
            database(name, Path(folder)) as url,
            serving(Path(folder), url, wanted.workers, bodies) as server,
        ):
            _agree(server, vocabulary)
            print(f"\n{name}, {wanted.workers} processes\n")
            if wanted.long:
                grown |= _endure(server, max(wanted.minutes, SETTLED + 1))
            else:
                _measure(server, wanted.seconds, wanted.only)
    if grown:
        raise SystemExit(1)


def _cases(vocabulary: Vocabulary) -> Iterator[Case]:
    """Cases that are all different and like those people send: the examples, each time with three answers of their own."""
    told = examples(vocabulary)
    other = random_cases(vocabulary, DISTINCT, 0, 0.05)
    for number, change in enumerate(other):
        case = told[number % len(told)]
        changed = dict(list(change.answers.items())[:3])
        yield Case(f"{case.name} ({number})", {**case.answers, **changed}, case.partners)


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
            if 'name="revision"' not in page:  # a section in which nothing is asked any more
                yield
                continue
            form = urlencode(filled(page, turn), doseq=True).encode()
            await connection.send("its save", "POST", path, form, _FORM, 303)
            yield

    return turns


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
                held = memory(server.process.pid) / 2**20
                print(f"| {name} | {connections} | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {wrong} | {held:.0f} |", flush=True)
            if tally.statuses:
                print(f"not as expected, by status: {tally.statuses}", flush=True)


def _endure(server: Server, minutes: int) -> bool:
    """All kinds at once; whether a request failed, or memory is at the end beyond what it may be after the third minute."""
    kinds = [kind(server) for kind in KINDS.values()]

    async def turns(connection: Connection, number: int) -> AsyncIterator[None]:
        async for _ in kinds[number % len(kinds)](connection, number):
            yield

    ended = threading.Event()
    seen: list[float] = []

    def watch() -> None:
        while not ended.wait(60):
            seen.append(memory(server.process.pid) / 2**20)
            print(f"minute {len(seen)}: {seen[-1]:.0f} MB", flush=True)

    watcher = threading.Thread(target=watch)
    watcher.start()
    tally = uvloop.run(run(server.host, server.port, 32, minutes * 60.0, turns))
    ended.set()
    watcher.join()
    for name in (each for each in SHOWN if each in tally.seconds):
        rate, p50, p99, wrong = tally.line(name)
        print(f"| {name} | 32 | {rate:,.0f} | {p50:.1f} | {p99:.1f} | {wrong} |")
    last, settled = seen[-1], seen[SETTLED - 1]
    print(
        f"memory: {last / settled - 1:+.1%} since minute {SETTLED}, {GROWTH:.0%} at most; not as expected: {tally.statuses or 0}"
    )
    return last > settled * (1 + GROWTH) or bool(tally.statuses)


if __name__ == "__main__":
    main()
