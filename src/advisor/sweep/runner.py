"""Runs a sweep on this machine's cores: parts are made in any order and each is written whole or not at all."""

import errno
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

from advisor.io.files import write_whole
from advisor.model.problems import InputError, Problem
from advisor.sweep.parts import TALLY, SweepPart, Tally, make_part
from advisor.sweep.plan import FORMAT, Plan

MANIFEST = "_sweep.json"
Report = Callable[[Tally], None]
Makers = Callable[[Plan, Iterable[int]], Iterator[SweepPart | Tally]]


def part_path(folder: Path, number: int) -> Path:
    """Where a part is written. Names in order of the alphabet are in order of the scenarios."""
    return folder / f"part-{number:06}.parquet"


def open_output(folder: Path, plan: Plan) -> list[int]:
    """The parts that are still to be made. Raises `InputError` where the folder holds something else.

    What a killed run left half written is removed.
    """
    manifest = {
        "format": FORMAT,
        "sweep": plan.sha256,
        "rulebook": list(plan.rulebook),
        "name": plan.name,
        "chunk": plan.design.chunk,
        "parts": plan.design.chunks,
    }
    try:
        if folder.exists() and not folder.is_dir():
            raise InputError([Problem("", 0, "file-exists", about=str(folder))])
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / MANIFEST
        if path.exists():
            if _read(path).get("sweep") != plan.sha256:
                raise InputError([Problem("", 0, "output-of-another-sweep", about=str(folder))])
        elif any(folder.iterdir()):
            raise InputError([Problem("", 0, "folder-not-empty", about=str(folder))])
        else:
            write_whole(path, (json.dumps(manifest, indent=2) + "\n").encode())
        for stray in folder.glob(".*.tmp"):
            stray.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable_part(folder, error) from None
    return [number for number in range(plan.design.chunks) if not part_path(folder, number).exists()]


def _read(path: Path) -> dict[str, object]:
    with suppress(ValueError):
        found = json.loads(path.read_text("utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def unwritable_part(path: Path, error: OSError) -> InputError:
    """What is reported when a part cannot be written: the parts before it stay, and the same command goes on."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return InputError([Problem("", 0, "disk-full" if full else "unwritable-file", about=str(path), found=error.strerror or "")])


def run(plan: Plan, folder: Path, makers: Makers, report: Report) -> Tally:
    """Make all parts that are missing, and add up what all of them hold. `report` is told of each part as it is there.

    Raises `InputError` where a part cannot be written; those that are written stay, and the next run goes on from them.
    """
    missing = open_output(folder, plan)
    total = Tally.empty(plan)
    for number in sorted(set(range(plan.design.chunks)) - set(missing)):
        tally = tally_of(part_path(folder, number), plan)
        total += tally
        report(tally)
    try:
        for made in makers(plan, missing):
            if isinstance(made, SweepPart):
                write_whole(part_path(folder, made.number), made.content)
            tally = made.tally if isinstance(made, SweepPart) else made
            total += tally
            report(tally)
    except OSError as error:
        raise unwritable_part(folder, error) from None
    return total


def tally_of(path: Path, plan: Plan) -> Tally:
    """The tally that a part holds. Raises `InputError` where the file is no part of this sweep."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        notes = pq.read_metadata(path).metadata or {}
        if notes[b"advisor.sweep"].decode() == plan.sha256:
            return Tally.of(notes[TALLY.encode()].decode())
    except (OSError, KeyError, ValueError, pa.ArrowException):
        pass
    raise InputError([Problem(str(path), 0, "damaged-part")])


def one_by_one(plan: Plan, numbers: Iterable[int]) -> Iterator[SweepPart | Tally]:
    """Parts made in this process."""
    return (make_part(plan, number) for number in numbers)


def on_cores(workers: int, folder: Path) -> Makers:
    """Parts made, and written, by so many processes."""
    if workers == 1:
        return one_by_one

    def make(plan: Plan, numbers: Iterable[int]) -> Iterator[SweepPart | Tally]:
        numbers = list(numbers)
        context = get_context("spawn")
        with ProcessPoolExecutor(min(workers, max(len(numbers), 1)), context, _begin, (plan, folder, os.getpid())) as pool:
            yield from in_turn(lambda number: pool.submit(_make_and_write, number), numbers, 2 * workers)

    return make


def in_turn(submit: Callable[[int], "Future[Tally]"], numbers: Iterable[int], most: int) -> Iterator[Tally]:
    """What is submitted, as it is done; no more than `most` at a time, so that nothing piles up."""
    waiting: set[Future[Tally]] = set()
    try:
        for number in numbers:
            waiting.add(submit(number))
            if len(waiting) >= most:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        for future in waiting:
            future.cancel()


class _WorkerState:
    """What a worker process was given when it began."""

    plan: Plan
    folder: Path


def _begin(plan: Plan, folder: Path, parent: int) -> None:
    _WorkerState.plan, _WorkerState.folder = plan, folder
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when the one that began it is gone: a killed parent tells its children nothing."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _make_and_write(number: int) -> Tally:
    part = make_part(_WorkerState.plan, number)
    write_whole(part_path(_WorkerState.folder, number), part.content)
    return part.tally
