"""The durable engine: the same answers from durable-rules, which runs in a process of its own.

A fault in its C code takes the process with it, so the process is watched, and started again where it ends. What it
does is in `durable_worker`.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import count
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from advisor.engine import durable_worker
from advisor.engine.base import EngineError
from advisor.engine.durable_worker import Message
from advisor.engine.program import Program
from advisor.model.problems import InputError, Problem

TIMEOUT = 30.0


class DurableEngine:
    """Forward chaining by durable-rules, one evaluation at a time whatever the number of threads.

    `timeout` is the time an evaluation may take, in seconds. Raises `InputError` where durable-rules is not installed.
    Close it, or use it in a `with`, to end its process before the interpreter does; running it starts another.
    """

    name = "durable"

    def __init__(self, timeout: float = TIMEOUT) -> None:
        if find_spec("durable_rules_engine") is None:
            raise InputError([Problem("", 0, "engine-not-installed", found=self.name)])
        self.timeout = timeout
        self._lock = threading.Lock()
        self._worker: _WorkerProcess | None = None
        self._numbers: WeakKeyDictionary[Program, int] = WeakKeyDictionary()
        self._next = count()

    def run(self, program: Program, true_inputs: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all clauses whose body holds, in ascending order.

        Raises `EngineError` where the worker ended twice over it, where it took too long, and where the program is too
        large: thousands of clauses that all feed each other.
        """
        request: Message = {"inputs": list(true_inputs)}
        with self._lock:
            request["program"] = self._numbers.setdefault(program, next(self._next))
            try:
                reply = self._ask(program, request)
            except _WorkerError:
                try:
                    reply = self._ask(program, request)
                except _WorkerError as ended:
                    raise EngineError(f"the durable-rules worker {ended}, and again when it was started anew") from ended
        return tuple(reply["fired"])

    def close(self) -> None:
        """End the worker process."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, program: Program, request: Message) -> Message:
        """The reply with the clauses fired; whatever else comes, the worker is not used again."""
        if self._worker is None or self._worker.owner != os.getpid():  # a fork shares the pipes, and must not use them
            self._worker = _WorkerProcess()
        try:
            reply = self._worker.ask(request, self.timeout)
            if "wanted" in reply:
                reply = self._worker.ask({**request, "layout": _layout(program)}, self.timeout)
            if "failed" in reply:
                raise _WorkerError(f"failed ({reply['failed']})")
            if "refused" in reply:
                raise EngineError(f"durable-rules cannot hold this program: {reply['refused']}")
        except BaseException:
            self._stop()
            raise
        return reply

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()
        self._worker = None


class _WorkerError(Exception):
    """The worker gave no reply; the text says what it did instead."""


class _WorkerProcess:
    """One worker process and the pipes to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        command = [sys.executable, "-P", durable_worker.__file__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own file
        self.stop = weakref.finalize(self, _end, self._process, self.owner)

    def ask(self, request: Message, timeout: float) -> Message:
        """The reply to a request. Raises `_WorkerError` where the process ends, `EngineError` after `timeout` seconds."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._process.kill()

        watch = threading.Timer(timeout, give_up)
        watch.daemon = True
        watch.start()
        try:
            reply = self._exchange(request)
            status = 0 if reply is not None else self._process.wait()
        finally:
            watch.cancel()
        if reply is not None:
            return reply
        if late.is_set():
            raise EngineError(f"durable-rules did not answer within {timeout:g} s")
        raise _WorkerError(_how(status))

    def _exchange(self, request: Message) -> Message | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            durable_worker.send(self._process.stdin, request)
            return durable_worker.receive(self._process.stdout)
        except OSError:  # nobody is there to read
            return None


def _layout(program: Program) -> Message:
    """What the worker has to know of a program."""
    return {
        "clauses": program.clauses,
        "strata": [program.strata[clause.head] for clause in program.clauses],
        "atoms": len(program.atoms),
        "recursive": [(block.start, block.stop) for block, recursive in program.blocks if recursive],
    }


def _how(status: int) -> str:
    """How a process ended, by its exit status."""
    return f"ended with status {status}" if status >= 0 else f"was ended by signal {-status}, {signal.strsignal(-status)}"


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """End a worker, unless it is another process's that this one was forked from."""
    if owner != os.getpid():
        return
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
