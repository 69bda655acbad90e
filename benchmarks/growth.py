"""How the ten most used requests grow with the partners of a case, the cases of an organization and the revisions of a case.

    python -m benchmarks.growth                                   # SQLite, some ten minutes
    python -m benchmarks.growth --database postgresql
    python -m benchmarks.growth --picture docs/growth.svg         # and as a picture
    python -m benchmarks.growth --only partners --quick           # a look at one of them, at a few sizes

One server process on this machine. Each time is the median of three, each on a case or a revision that was not asked
about before: ms of the processor for the server with what it has started, which does not count what else the machine does,
and (by the clock). Memory is what they hold for themselves afterwards. A request grows worse than linearly where its time
grows faster than the size does.
"""

import argparse
import math
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import httpx

from advisor.io.scenario_writer import case_file_json
from advisor.loading import load
from advisor.model.case import Case, Partner
from advisor.model.scenario import CaseFile
from advisor.model.vocabulary import Vocabulary
from advisor.store.database import Store
from advisor.store.records import LOCAL
from benchmarks.cases import examples, random_cases
from benchmarks.server import DATABASES, Server, database, filled, memory, memory_of_each, processor_seconds, serving
from benchmarks.sweep_picture import Panel, drawn

SIZES = {
    "partners": (1, 4, 10, 20, 40),
    "cases": (10, 100, 1_000, 3_000, 10_000),
    "revisions": (5, 50, 500, 5_000),
}
QUICK = {"partners": (1, 4, 10), "cases": (10, 100, 1_000), "revisions": (5, 50, 500)}
TIMES = 3
CHANGED = 3  # answers of each partner that no other has
NOISE = 20.0  # ms below which growth is not looked at
WORSE = 1.25  # the power of the size from which on growth is called worse than linear
SHOWN = ("case list", "its save", "state panel", "advice page", "next question by API")
_FORM, _JSON = ({"Content-Type": f"application/{kind}"} for kind in ("x-www-form-urlencoded", "json"))


@dataclass(frozen=True, slots=True)
class Point:
    """A request at a size: milliseconds of the processor and by the clock."""

    size: int
    processor: float
    clock: float


@dataclass
class Growth:
    """What was measured over one dimension: points by request, and memory by size."""

    points: dict[str, list[Point]] = field(default_factory=dict)
    memory: dict[int, float] = field(default_factory=dict)


class Asking:
    """Somebody who asks the server, and notes what it takes."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = httpx.Client(base_url=f"http://{server.host}:{server.port}", timeout=300)
        self.taken: dict[str, list[tuple[float, float]]] = {}
        self._turns = count()

    def send(self, kind: str, method: str, path: str, *, done: Callable[[str], bool] = lambda _: True, **sent: str) -> str:
        """Send a request, again until `done` says of the answer that it is one; note it under `kind`."""
        content, headers = sent.get("content"), _JSON if path.startswith("/api/") else _FORM
        before, begun = processor_seconds(self.server.process.pid), time.perf_counter()
        while True:
            answer = self.client.request(method, path, content=content, headers=headers)
            if answer.status_code >= 400:
                raise SystemExit(f"{kind}: {answer.status_code} {answer.text[:300]}")
            if done(answer.text):
                break
            time.sleep(0.05)
        clock, processor = time.perf_counter() - begun, processor_seconds(self.server.process.pid) - before
        self.taken.setdefault(kind, []).append((processor * 1e3, clock * 1e3))
        return answer.text

    def ten(self, case: str, content: str, name: str) -> None:
        """The ten most used requests, about one saved case."""
        turn = next(self._turns)  # no save is what an earlier one was
        self.send("case list", "GET", "/cases")
        self.send("search", "GET", f"/cases?search={name}")
        listed = self.send("task list", "GET", f"/cases/{case}")
        sections = sorted(set(re.findall(rf'"(/cases/{case}/sections/[\w-]+)', listed)))
        for path in sections[turn % len(sections) :] + sections:
            page = self.client.get(path).text
            if 'name="revision"' in page:  # in the others nothing is asked any more
                break
        page = self.send("intake page", "GET", path)
        self.send("its save", "POST", path, content=urlencode(filled(page, turn), doseq=True))
        self.send("state panel", "GET", f"/cases/{case}/state", done=lambda text: 'id="state-look"' not in text)
        self.send("advice page", "GET", f"/cases/{case}/advice")
        self.send("history", "GET", f"/cases/{case}/history")
        self.send("assess by API", "POST", "/api/v1/assess", content=content)
        self.send("next question by API", "POST", "/api/v1/next", content=f'{{"case": {content}}}')


def main() -> None:
    """Print a table for each dimension, what grows worse than linearly, and the memory."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--database", choices=DATABASES, default="sqlite")
    reader.add_argument("--only", choices=list(SIZES), help="only this dimension")
    reader.add_argument("--quick", action="store_true", help="only the smaller sizes")
    reader.add_argument("--picture", type=Path, help="where a picture of it goes (SVG)")
    wanted = reader.parse_args()
    vocabulary = load().rulebook.vocabulary
    panels = []
    for name in [wanted.only] if wanted.only else SIZES:
        with (
            tempfile.TemporaryDirectory() as folder,
            database(wanted.database, Path(folder)) as url,
            serving(Path(folder), url, 1) as server,
        ):
            store, asking = Store(url, vocabulary), Asking(server)
            _measure(Growth(), asking, store, vocabulary, 1, _cases(vocabulary, 1), times=1)  # what a start takes is not in it
            found = DIMENSIONS[name](asking, store, vocabulary, (QUICK if wanted.quick else SIZES)[name])
            store.close()
        _show(name, found)
        panels += _panels(name, found)
    if wanted.picture:
        wanted.picture.write_text(drawn(panels, "How the most used requests grow"), "utf-8")


def _over_partners(asking: Asking, store: Store, vocabulary: Vocabulary, sizes: Sequence[int]) -> Growth:
    found = Growth()
    for size in sizes:
        _measure(found, asking, store, vocabulary, size, _cases(vocabulary, size))
    for size in range(max(sizes), 0, -2):  # and other numbers, one after the other: what is held of them has a limit
        _measure(Growth(), asking, store, vocabulary, size, _cases(vocabulary, size), times=1)
    each = ", ".join(f"{held / 2**20:.0f}" for held in memory_of_each(asking.server.process.pid))
    print(f"after cases of {max(sizes) // 2} numbers of partners: {each} MB, by process", flush=True)
    return found


def _over_cases(asking: Asking, store: Store, vocabulary: Vocabulary, sizes: Sequence[int]) -> Growth:
    """Many cases, all with answers and partners."""
    found, made = Growth(), 0
    cases = _cases(vocabulary, 3)
    for size in sizes:
        for number in range(made, size - TIMES):
            case = next(cases)
            store.cases.create(LOCAL, CaseFile(Case(f"Case {number}", case.answers, case.partners), {}), at=datetime.now(UTC))
        made = size - TIMES
        _measure(found, asking, store, vocabulary, size, cases)
        made = size
    return found


def _over_revisions(asking: Asking, store: Store, vocabulary: Vocabulary, sizes: Sequence[int]) -> Growth:
    """One case, saved again and again."""
    found = Growth()
    case = next(_cases(vocabulary, 3))
    saved = store.cases.create(LOCAL, CaseFile(case, {}), at=datetime.now(UTC))
    aims = vocabulary.questions["wanted.aim"].options
    for size in sizes:
        saved = store.cases.read(LOCAL, saved.entry.id)
        while saved.entry.revision < size:
            answers = {**saved.file.case.answers, "wanted.aim": (aims[saved.entry.revision % len(aims)],)}
            changed = CaseFile(Case(case.name, answers, case.partners), {})
            saved = store.cases.save(LOCAL, saved.entry.id, saved.entry.revision, changed, at=datetime.now(UTC))
        content = case_file_json(saved.file, vocabulary)
        for _ in range(TIMES):
            asking.ten(saved.entry.id, content, "domestic")
        _note(found, asking, size)
    return found


DIMENSIONS = {"partners": _over_partners, "cases": _over_cases, "revisions": _over_revisions}


def _measure(
    found: Growth, asking: Asking, store: Store, vocabulary: Vocabulary, size: int, cases: Iterator[Case], times: int = TIMES
) -> None:
    for _ in range(times):
        file = CaseFile(next(cases), {})
        saved = store.cases.create(LOCAL, file, at=datetime.now(UTC))
        asking.ten(saved.entry.id, case_file_json(file, vocabulary), "domestic")
    _note(found, asking, size)


def _note(found: Growth, asking: Asking, size: int) -> None:
    for kind, taken in asking.taken.items():
        processor, clock = (statistics.median(each[n] for each in taken) for n in range(2))
        found.points.setdefault(kind, []).append(Point(size, processor, clock))
    found.memory[size] = memory(asking.server.process.pid) / 2**20
    asking.taken.clear()


def _cases(vocabulary: Vocabulary, partners: int) -> Iterator[Case]:
    """Cases like those people have, with so many partners; no two partners are alike."""
    told = examples(vocabulary)
    known = [partner.answers for case in told for partner in case.partners]
    (other,) = random_cases(vocabulary, 1, partners, 1.0)
    for number in count():
        case = told[number % len(told)]
        made = []
        for place, change in enumerate(other.partners):
            start = (number * 7 + place * 5) % max(1, len(change.answers) - CHANGED)
            own = dict(list(change.answers.items())[start : start + CHANGED])
            made.append(Partner(f"Partner {place + 1}", {**known[(number + place) % len(known)], **own}))
        yield Case(f"{case.name} ({number})", case.answers, tuple(made))


def _show(name: str, found: Growth) -> None:
    sizes = list(found.memory)
    print(f"\n| ms, by {name} | {' | '.join(f'{size:,}' for size in sizes)} | grows as |")
    print("| --- " * (len(sizes) + 2) + "|")
    for kind, points in found.points.items():
        figures = " | ".join(f"{point.processor:,.0f} ({point.clock:,.0f})" for point in points)
        print(f"| {kind} | {figures} | {_told(points)} |")
    print(f"| memory, MB | {' | '.join(f'{held:,.0f}' for held in found.memory.values())} | |\n", flush=True)


def _told(points: Sequence[Point]) -> str:
    """The power of the size by which the time grows at the end, where it is long enough to tell."""
    last, before = points[-1], points[-2]
    if last.processor < NOISE:
        return "-"
    power = math.log(last.processor / before.processor) / math.log(last.size / before.size)
    return f"n^{max(power, 0):.1f}" + (", worse than linear" if power > WORSE else "")


def _panels(name: str, found: Growth) -> list[Panel]:
    points = [
        Panel(f"{kind}, ms", name, [(point.size, point.processor) for point in found.points[kind]])
        for kind in (SHOWN if name == "partners" else SHOWN[:2])
    ]
    return [*points, Panel("memory, MB", name, list(found.memory.items()))]


if __name__ == "__main__":
    main()
