"""What pages and API ask of the advisor, each within its time, and what was worked out, kept for as long as it is fresh."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeVar

from advisor import rendering
from advisor.advice import Advice
from advisor.assessment import Advisor
from advisor.case import Case, Partner
from advisor.engines import engine
from advisor.loading import Loaded
from advisor.scenarios.comparison import Reading
from advisor.scenarios.scenario import CaseFile
from advisor.server.failures import OutOfTimeError
from advisor.server.turns import Turns
from advisor.server.workshop import State, Workshop
from advisor.space.conclusions import read_goals, read_slots
from advisor.space.encoding import Slot
from advisor.space.ground import Ground
from advisor.space.questions import Outcome, next_question
from advisor.space.reaching import Reach, reach
from advisor.space.settling import Settled, settle
from advisor.space.solver import Deadline, NotDecidedError
from advisor.space.why_not import WhyNot, why_not

T = TypeVar("T")
_KEPT = 256
PLACES = 4  # heavy questions worked on, or waiting for their turn, in one process; each holds a thread
_AT_ONCE = 2
_SHARE = 2  # of the places, for one person
_MANY = 8  # partners from which on even advice with marks takes a turn
_BUSY = 4  # requests at the same time from which on pages do without a state that is not known yet
_WAITING = 4  # states to be worked out


@dataclass(frozen=True, slots=True)
class Given:
    """Advice with its JSON, as it is kept."""

    advice: Advice
    content: bytes


class Counsel:
    """The advisor as a server asks it. Safe to share between threads."""

    def __init__(self, loaded: Loaded, seconds: float, engine_name: str = "chain") -> None:
        self.loaded, self.seconds = loaded, seconds
        self.vocabulary, self.wording = loaded.rulebook.vocabulary, loaded.wording
        self.engine = engine(engine_name, loaded.kept)
        self.plain = Advisor(loaded, self.engine)
        self.marking = Advisor(loaded, self.engine, marks=True)
        self._recent = _Recent(_KEPT)
        self._turns = Turns(_AT_ONCE, PLACES, _SHARE, seconds)
        self._workshop = Workshop(loaded, seconds)
        self._worker = ThreadPoolExecutor(1, "state")
        self._under_way: OrderedDict[Hashable, Future[State | None]] = OrderedDict()
        self.requests = 0  # under way in this process, as the server counts them
        self._lock = threading.RLock()  # cancelling a state calls `_done` in the same thread

    def warm(self, most: int) -> None:
        """Prepare for cases of up to this many partners while nobody waits."""
        for partners in range(most + 1):
            self._worker.submit(self._warm, partners)

    def _warm(self, partners: int) -> None:
        case = Case("", {}, tuple(Partner(str(n), {}) for n in range(partners)))
        self._state(case, ("warm", partners), ())

    def close(self) -> None:
        """Stop working out states that nobody waits for."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        self._workshop.close()

    def ground(self, case: Case) -> Ground:
        """What is prepared for a case of this many partners."""
        return self.marking.space.ground(len(case.partners))

    def assess(self, case: Case, *, marks: bool = False) -> Advice:
        """The advice on a case; with `marks`, what of it is settled too."""
        return (self.marking if marks else self.plain).assess(case)

    def give(self, case: Case, person: str, key: Hashable = None) -> Given:
        """The advice on a case with marks, and as JSON; kept under `key`, which has to change when the case does.

        Raises `BusyError`: with many partners it takes a turn of the person's.
        """

        def make() -> Given:
            with self.heavy(person) if len(case.partners) > _MANY else nullcontext():
                advice = self.assess(case, marks=True)
            return Given(advice, rendering.json_bytes(advice))

        return make() if key is None else self.kept(("advice", key), make)

    def readings(self, file: CaseFile, names: Sequence[str], labels: Sequence[str]) -> list[Reading]:
        """The sides of a comparison: the case as it is ("" among the names) and in its scenarios."""
        cases = [file.under(name) if name else file.case for name in names]
        return [
            Reading(label, self.plain.infer(case), self.plain.assess(case)) for label, case in zip(labels, cases, strict=True)
        ]

    def settle(self, case: Case, person: str, seconds: float | None = None) -> Settled:
        """Where each conclusion stands. Raises `BusyError`."""
        with self.heavy(person):
            return settle(case, self.ground(case), self._deadline(seconds))

    def next(self, case: Case, person: str, seconds: float | None = None, skip: Sequence[Slot] = ()) -> Outcome:
        """The question worth asking next. Raises `OutOfTimeError` and `BusyError`."""
        with self.heavy(person):
            return next_question(case, self.ground(case), self._deadline(seconds), skip)

    def why_not(self, case: Case, goal: str) -> list[WhyNot]:
        """The nearest rules that could have given a goal. Raises `InputError` where there is no such goal."""
        wanted = read_goals([goal], self.vocabulary, self.plain.program(len(case.partners)), [p.name for p in case.partners])[0]
        inference = self.plain.infer(case)
        return [why_not(inference, conclusion) for conclusion in wanted]

    def reach(
        self, case: Case, person: str, goals: Sequence[str], keep: Sequence[str] = (), seconds: float | None = None
    ) -> Reach:
        """The smallest changes that reach the goals.

        Raises `InputError` for a goal that is none, `OutOfTimeError` and `BusyError`.
        """
        names = [partner.name for partner in case.partners]
        wanted = read_goals(list(goals), self.vocabulary, self.plain.program(len(names)), names)
        kept = read_slots(list(keep), self.vocabulary, names)
        with self.heavy(person):
            return reach(case, wanted, self.ground(case), self.engine, keep=kept, deadline=self._deadline(seconds))

    def state(self, case: Case, key: Hashable, *, wait: float, skip: Sequence[Slot] = ()) -> State | None:
        """How far a case is, if that is known or can be worked out within `wait` seconds; None otherwise.

        What nobody got to see in time is worked out all the same, so that the next look finds it. Who would wait a short
        time only (a page, whose panel asks again) does not begin to on a busy server.
        """
        key = ("state", key, tuple(skip))
        found: State | None = self._recent.get(key)
        if found is not None:
            return found
        with self._lock:
            future = self._under_way.get(key)
            if future is None and wait < 1 and (self._under_way or self.requests > _BUSY):
                return None
            if future is None:
                while len(self._under_way) >= _WAITING:
                    self._under_way.popitem(last=False)[1].cancel()
                future = self._under_way[key] = self._worker.submit(self._state, case, key, skip)
                future.add_done_callback(lambda _: self._done(key))
        try:
            return future.result(wait)
        except (TimeoutError, CancelledError):
            return None

    def _state(self, case: Case, key: Hashable, skip: Sequence[Slot]) -> State | None:
        state = self._workshop.state(case, skip)
        if state is not None:
            self._recent.put(key, state)
        return state

    def _done(self, key: Hashable) -> None:
        with self._lock:
            self._under_way.pop(key, None)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under this key, or is made now."""
        found = self._recent.get(key)
        if found is None:
            found = make()
            self._recent.put(key, found)
        made: T = found
        return made

    @contextmanager
    def heavy(self, person: str) -> Iterator[None]:
        """A turn of a person's, so that hard questions cannot take every thread. Raises `BusyError` and `OutOfTimeError`."""
        with self._turns.take(person):
            try:
                yield
            except NotDecidedError as error:
                raise OutOfTimeError(seconds=error.seconds) from None

    def _deadline(self, seconds: float | None) -> Deadline:
        return Deadline(min(seconds, self.seconds) if seconds else self.seconds)


class _Recent:
    """The values used last, up to a number of them."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, OrderedDict[Hashable, Any]()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
            return self._held.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        with self._lock:
            self._held[key] = value
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)
