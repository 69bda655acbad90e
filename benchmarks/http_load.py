"""A small closed-loop load of HTTP requests: so many connections, each sending its next request when it has its answer."""

import asyncio
import re
import statistics
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from time import perf_counter

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
COOKIE = re.compile(rb"set-cookie: *([^=]+)=([^;\r]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, head and body."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: str) -> str:
        """A header of the answer; "" where there is none."""
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head, re.IGNORECASE)
        return found[1].decode() if found else ""


@dataclass
class Tally:
    """What a load has seen: seconds for each kind of request, and what was not as expected."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    took: float = 0.0

    def note(self, kind: str, seconds: float, *, right: bool) -> None:
        """Count one request."""
        self.seconds.setdefault(kind, []).append(seconds)
        if not right:
            self.wrong[kind] = self.wrong.get(kind, 0) + 1

    def line(self, kind: str) -> tuple[float, float, float, int]:
        """Requests a second, p50 and p99 in ms, and how many were not as expected."""
        taken = sorted(self.seconds[kind])
        p50, p99 = statistics.median(taken), taken[min(len(taken) - 1, int(len(taken) * 0.99))]
        return len(taken) / self.took, p50 * 1000, p99 * 1000, self.wrong.get(kind, 0)


class Connection:
    """One kept-alive connection with its cookies."""

    def __init__(self, host: str, port: int, tally: Tally) -> None:
        self.host, self.port, self.tally = host, port, tally
        self.cookies: dict[bytes, bytes] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, kind: str, method: str, path: str, body: bytes = b"", media: str = "", expected: int = 200) -> Answer:
        """Send a request and read its whole answer; the time is noted under `kind`."""
        started = perf_counter()
        answer = await self._exchange(method, path, body, media)
        self.tally.note(kind, perf_counter() - started, right=answer.status == expected)
        if answer.status != expected:
            self.tally.statuses[answer.status] = self.tally.statuses.get(answer.status, 0) + 1
        return answer

    async def _exchange(self, method: str, path: str, body: bytes, media: str) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self.host, self.port, limit=2**20)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n".encode()
        if self.cookies:
            head += b"Cookie: " + b"; ".join(name + b"=" + value for name, value in self.cookies.items()) + b"\r\n"
        if body or method != "GET":
            head += f"Content-Type: {media}\r\nContent-Length: {len(body)}\r\n".encode()
        writer.write(head + b"\r\n" + body)
        try:
            found = await reader.readuntil(b"\r\n\r\n")
            length = LENGTH.search(found)
            content = await reader.readexactly(int(length[1])) if length else b""
        except (asyncio.IncompleteReadError, ConnectionError):
            self._streams = None
            return Answer(0, b"", b"")
        for name, value in COOKIE.findall(found):
            self.cookies[name] = value
        if b"connection: close" in found.lower():
            self.close()
        return Answer(int(found[9:12]), found, content)

    def close(self) -> None:
        """End the connection."""
        if self._streams:
            self._streams[1].close()
        self._streams = None


Turns = Callable[[Connection, int], AsyncIterator[None]]
"""What one connection (of this number) does: it yields once it is set up, and then after each turn."""


async def run(host: str, port: int, connections: int, seconds: float, turns: Turns) -> Tally:
    """Load a server for so long, once all connections are set up; nothing is counted of the first tenth."""
    warming, tally = Tally(), Tally()
    made = [Connection(host, port, warming) for _ in range(connections)]
    work = [turns(connection, number) for number, connection in enumerate(made)]
    for each in work:
        await anext(each)
    begun = perf_counter() + seconds / 10
    until = begun + seconds

    async def go_on(connection: Connection, turns: AsyncIterator[None]) -> None:
        async for _ in turns:
            now = perf_counter()
            if now >= begun:
                connection.tally = tally
            if now >= until:
                break
        connection.close()

    await asyncio.gather(*(go_on(connection, each) for connection, each in zip(made, work, strict=True)))
    tally.took = perf_counter() - begun
    return tally
