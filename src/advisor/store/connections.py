"""Opens the database and lends connections: one statement at a time for reading, one transaction for writing."""

import os
import select
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from sqlite3 import Cursor as SQLiteCursor
from sqlite3 import OperationalError as SQLiteOperationalError
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import URL, Connection, CursorResult, Engine, Insert, Update, create_engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from advisor.model.problems import InputError, Problem
from advisor.store.errors import UnavailableError
from advisor.store.tables import Base

if TYPE_CHECKING:
    from psycopg import Connection as PostgreSQLConnection

_ALLOWED = ("sqlite:///PATH", "postgresql://USER:PASSWORD@HOST/DATABASE")
_BUSY = 20  # seconds to wait for another process that writes
_AGAIN = 0.02  # seconds after which SQLite is asked again what it does not wait for
WRITERS = 6  # threads that may wait for it at once: who only reads needs some too
_PATIENCE = 0.5  # seconds to wait for a place among them
_MAKING = threading.Lock()  # while a file is made, nobody in this process is connected to it
_PRAGMAS = (
    f"busy_timeout={_BUSY * 1000}",  # first, since the next ones may have to wait
    "synchronous=FULL",  # a commit is on the disk before it is acknowledged
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten, not only unlinked
)


@dataclass
class _Together:
    """What a thread writes as one transaction: its connection, from the first write on."""

    stack: ExitStack = field(default_factory=ExitStack)
    connection: Connection | None = None


class Connections:
    """A pool of connections to one database, shared by threads. Nothing is connected before it is needed.

    The connections run outside of transactions (autocommit), so that a read is one round trip; `writing` begins and
    ends a transaction itself. Raises `InputError` for a URL that names neither kind of database.
    """

    def __init__(self, url: str, pool: int) -> None:
        parsed = _parsed(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self._path = Path(parsed.database or "") if self.is_sqlite else None
        self._begin = "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN"
        # Threads of one process queue here: SQLite's own wait for a lock sleeps, and the unlucky sleep long.
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(WRITERS)
        self._mine = threading.local()
        try:
            self.engine: Engine = create_engine(
                parsed,
                isolation_level="AUTOCOMMIT",
                pool_size=pool,
                max_overflow=0,
                hide_parameters=True,  # they are people's answers, and errors are logged
                connect_args={"timeout": _BUSY} if self.is_sqlite else {"connect_timeout": 10},
            )
        except ModuleNotFoundError as error:
            raise InputError([Problem("", 0, "extra-not-installed", found=error.name or "", about="postgres")]) from None
        if self.is_sqlite:
            event.listen(self.engine, "do_connect", self._before_connecting)
            event.listen(self.engine, "connect", _prepare)
        else:
            event.listen(self.engine, "checkout", _check_alive)

    def _before_connecting(self, *_: object) -> None:
        """Make the file with its folders where there is none, for its owner's eyes only.

        One that is there is not touched: closing it would take from this process the locks that its connections have on it,
        and the next process to close the database would delete the log that they go on writing to.
        """
        assert self._path is not None
        with _MAKING:
            if not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which each statement stands for itself. Raises `UnavailableError` where there is none."""
        if (held := self._held) is not None and held.connection is not None:
            yield held.connection
            return
        with self._opened() as connection:
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[Connection]:
        try:
            opened = self.engine.connect()
        except (DBAPIError, NoneFreeError, OSError) as error:
            raise UnavailableError(str(error.__cause__ or error)) from error
        with opened as connection:
            try:
                yield connection
            except (OperationalError, InterfaceError) as error:
                raise UnavailableError(str(error.__cause__ or error)) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction, which is committed at the end, or rolled back where an error leaves it.

        When it ends without an error, what was written survives a crash. Raises `UnavailableError` as `reading` does, and
        where too many wait to write.
        """
        if (held := self._held) is not None:
            if held.connection is None:
                held.connection = held.stack.enter_context(self._transaction())
            yield held.connection
            return
        with self._transaction() as connection:
            yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """Make all that this thread writes in here one transaction, from the first write to the end; it reads in it, too.

        Nothing may be deleted for good in here, and nothing that was caught goes on.
        """
        assert self._held is None
        self._mine.held = held = _Together()
        try:
            with held.stack:
                yield
        finally:
            self._mine.held = None

    @property
    def _held(self) -> _Together | None:
        found: _Together | None = getattr(self._mine, "held", None)
        return found

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._turn(), self._opened() as connection:
            connection.exec_driver_sql(self._begin)
            try:
                yield connection
            except BaseException:
                with suppress(DBAPIError):
                    connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that sees the database as it is now, whatever others write meanwhile. Raises `UnavailableError`."""
        with self.reading() as connection:
            connection.exec_driver_sql("BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield connection
            finally:
                with suppress(DBAPIError):
                    connection.exec_driver_sql("ROLLBACK")

    def note(self, statement: Update) -> None:
        """Write what is only noted, such as when something was last used. Where it cannot be done at once, it is left."""
        if not self.is_sqlite:
            with suppress(UnavailableError), self.reading() as connection:
                connection.execute(statement)
        elif self._lock.acquire(blocking=False):
            try:
                with suppress(UnavailableError), self._in_haste(0) as connection:
                    connection.execute(statement)
            finally:
                self._lock.release()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """A turn at writing; on PostgreSQL everybody's at once."""
        if not self.is_sqlite:
            yield
            return
        if not self._places.acquire(timeout=_PATIENCE):
            raise UnavailableError("too many wait to write")
        try:
            with self._lock:
                yield
        finally:
            self._places.release()

    @contextmanager
    def _in_haste(self, milliseconds: int) -> Iterator[Connection]:
        """A connection that waits no longer than this for another process that writes."""
        with self.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={milliseconds}").fetchall()
            try:
                yield connection
            finally:
                connection.exec_driver_sql(f"PRAGMA {_PRAGMAS[0]}").fetchall()

    def insert_new(self, table: type[Base]) -> Insert:
        """An `INSERT` that does nothing where the row is there already."""
        if self.is_sqlite:
            return sqlite.insert(table).on_conflict_do_nothing()
        return postgresql.insert(table).on_conflict_do_nothing()

    def added(self, connection: Connection, table: type[Base], values: Mapping[str, object]) -> bool:
        """Insert a row unless there is one with its key; whether it was inserted. PostgreSQL's driver counts no such rows."""
        key = inspect(table).primary_key
        return connection.execute(self.insert_new(table).values(values).returning(*key)).first() is not None

    def forget_deleted(self) -> None:
        """Empty SQLite's log, which still holds pages as they were before a deletion.

        Where somebody reads for long, it waits for half a second only: the next deletion does it, or the last to close.
        """
        if self.is_sqlite:
            with suppress(UnavailableError), self._turn(), self._in_haste(500) as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def touched(result: object) -> int:
    """How many rows an `UPDATE` or `DELETE` changed."""
    return cast("CursorResult[*tuple[Any, ...]]", result).rowcount


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("none")
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    in_a_file = parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:")
    if not in_a_file and parsed.drivername != "postgresql+psycopg":  # a password may stand in it, so only the kind is shown
        raise InputError([Problem("", 0, "unsupported-database", found=parsed.drivername, allowed=_ALLOWED)])
    return parsed


def _check_alive(connection: "PostgreSQLConnection[object]", *_: object) -> None:
    """Have a connection replaced that the server has closed, as when it was restarted.

    Nothing is sent to find out: an idle connection has nothing to read, unless it is at its end.
    """
    if connection.closed or select.select([connection.fileno()], [], [], 0)[0]:
        raise DisconnectionError


def _prepare(connection: SQLiteConnection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}").fetchall()
    _keep_log(cursor)
    cursor.close()


def _keep_log(cursor: SQLiteCursor) -> None:
    """Have SQLite write ahead to a log. It does not wait for who changes to it at the same moment, so it is asked again."""
    until = time.monotonic() + _BUSY
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL").fetchall()
        except SQLiteOperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(_AGAIN)
        else:
            return
