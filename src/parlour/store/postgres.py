"""PostgreSQL: a pool of connections, as many threads, and one transaction for each unit of work.

Transactions are SERIALIZABLE: each has the same result as if it had run alone, as on SQLite. So counters that are read
from one row and written to another stay exact. If two transactions collide, PostgreSQL fails one, and it runs again.
"""

import asyncio
import random
import re
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from parlour.engine.dto.listings import RowTexts
from parlour.store.database import (
    POOL_SIZE,
    AfterCommit,
    Clock,
    CommitFailed,
    DatabaseBusy,
    DatabaseClosed,
    DatabaseError,
    NeedsWriting,
    Row,
    Transaction,
    run_after_commit,
    utc_now,
)
from parlour.store.migrate import Migration, bring_up_to_date, known_migrations

try:
    import psycopg
    from psycopg.abc import Buffer
    from psycopg.adapt import Loader
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.rows import DictRow, dict_row, tuple_row
    from psycopg.types.numeric import Int8Dumper
    from psycopg.types.string import StrDumper
    from psycopg_pool import ConnectionPool, PoolTimeout
except ImportError as error:
    raise DatabaseError("PostgreSQL needs a driver: install `parlour[postgres]`.") from error

T = TypeVar("T")

READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
WRITE = b"BEGIN ISOLATION LEVEL SERIALIZABLE"

# The key of the lock that one migrating process holds: "parlour" in ASCII.
MIGRATION_LOCK = 0x7061726C6F7572

# How often work that collided is run. The first tries run beside other work, the later ones alone in the process, so
# that only other processes can still make them fail.
TRIES = 30
TRIES_TOGETHER = 2
PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1

CONNECT_SECONDS = 10
SLOW_THREADS = 2


class PostgresDatabase:
    """A database on a PostgreSQL server. See `parlour.store.database.Database`."""

    def __init__(
        self,
        url: str,
        *,
        migrate: bool = True,
        pool_size: int = POOL_SIZE,
        clock: Clock = utc_now,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        self.applied = _migrate(url, migrations or known_migrations(), clock, may_run=migrate)
        self._clock = clock
        self._is_closed = False
        self._turn = _Turn()
        self._pool = ConnectionPool(
            url,
            connection_class=psycopg.Connection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "parlour"},
            configure=_configure,
            min_size=1,
            max_size=pool_size,
            timeout=CONNECT_SECONDS,
            open=True,
        )
        self._threads = ThreadPoolExecutor(pool_size, thread_name_prefix="parlour-postgres")
        self._slow_threads = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="parlour-apart")

    async def read(self, work: Callable[[Transaction], T]) -> T:
        loop = asyncio.get_running_loop()
        return await self._in(self._threads, lambda: self._read(work, loop))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        loop = asyncio.get_running_loop()
        return await self._in(self._threads, lambda: self._write(work, loop))

    async def run_slow(self, work: Callable[[], T]) -> T:
        return await self._in(self._slow_threads, work)

    def run(self, work: Callable[[Transaction], T]) -> T:
        if self._is_closed:
            raise DatabaseClosed("The database is closed.")
        return self._write(work, None)

    def close(self) -> None:
        self._is_closed = True
        self._threads.shutdown()
        self._slow_threads.shutdown()
        self._pool.close()

    async def _in(self, threads: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise DatabaseClosed("The database is closed.")
        return await asyncio.get_running_loop().run_in_executor(threads, work)

    def _read(self, work: Callable[[Transaction], T], loop: asyncio.AbstractEventLoop) -> T:
        try:
            return self._repeat(READ, _Reading, work)[0]
        except (NeedsWriting, psycopg.errors.ReadOnlySqlTransaction):
            return self._write(work, loop)

    def _write(self, work: Callable[[Transaction], T], loop: asyncio.AbstractEventLoop | None) -> T:
        """The result of `work` once it is committed. Its actions are scheduled on `loop`, or run here without one."""
        result, actions = self._repeat(WRITE, _Writing, work)
        if actions and loop is not None:
            # A loop that has been closed meanwhile runs nothing more.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(run_after_commit, actions)
        elif actions:
            run_after_commit(actions)
        return result

    def _repeat(
        self, begin: bytes, transaction: type["_Writing"], work: Callable[[Transaction], T]
    ) -> tuple[T, Sequence[AfterCommit]]:
        """The result of `work`, and its actions for after the commit."""
        for attempt in range(TRIES):
            try:
                with self._turn.of(attempt) if begin is WRITE else nullcontext():
                    return self._once(begin, transaction, work)
            except psycopg.errors.UniqueViolation:
                # Two transactions both found a key free. On the next try the second one finds it taken. If a retry
                # does not help, it was not a collision.
                if attempt >= TRIES_TOGETHER:
                    raise
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                pass
            except _ConnectionLost:
                self._pool.check()
            _pause(attempt)
        raise DatabaseBusy("Other transactions kept changing the same data. Nothing was done.")

    def _once(
        self, begin: bytes, transaction: type["_Writing"], work: Callable[[Transaction], T]
    ) -> tuple[T, Sequence[AfterCommit]]:
        """Runs `work` in one transaction. Raises _ConnectionLost if the connection broke and nothing was committed."""
        try:
            connection = self._pool.getconn()
        except PoolTimeout as error:
            raise DatabaseBusy("PostgreSQL accepts no connection. Nothing was done.") from error
        is_committing = False
        try:
            connection.execute(begin)
            tx = transaction(connection, self._clock())
            result = work(tx)
            is_committing = begin is WRITE
            connection.execute(b"COMMIT")
            return result, tx.actions
        except BaseException as error:
            if not connection.closed:
                connection.rollback()
                raise
            if is_committing:
                raise CommitFailed(
                    "The connection was lost during a commit. The change may or may not be stored."
                ) from error
            raise _ConnectionLost from error
        finally:
            self._pool.putconn(connection)


class _Turn:
    """Lets work run together. Work that keeps colliding runs alone in this process, before any that comes later."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._wanting_it_alone = 0

    def of(self, attempt: int) -> AbstractContextManager[None]:
        return self._alone() if attempt >= TRIES_TOGETHER else self._together()

    @contextmanager
    def _together(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._wanting_it_alone)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._changed:
            self._wanting_it_alone += 1
            # The lock is kept, so that other work that must run alone waits as well.
            self._changed.wait_for(lambda: not self._running)
            try:
                yield
            finally:
                self._wanting_it_alone -= 1
                self._changed.notify_all()


class _ConnectionLost(Exception):
    """Raised when the connection broke before anything was committed."""


class _Writing:
    """A transaction that may write."""

    __slots__ = ("_connection", "actions", "now")

    def __init__(self, connection: "psycopg.Connection[DictRow]", now: datetime) -> None:
        self._connection = connection
        self.now = now
        self.actions: tuple[AfterCommit, ...] = ()

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        return self._connection.execute(translated(sql), parameters).fetchall()

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        return self._connection.cursor(row_factory=tuple_row).execute(translated(sql), parameters).fetchall()

    def row(self, sql: str, **parameters: Any) -> Row | None:
        return self._connection.execute(translated(sql), parameters).fetchone()

    def value(self, sql: str, **parameters: Any) -> Any:
        cursor = self._connection.cursor(row_factory=tuple_row)
        found = cursor.execute(translated(sql), parameters).fetchone()
        return found[0] if found else None

    def execute(self, sql: str, **parameters: Any) -> int:
        return self._connection.execute(translated(sql), parameters).rowcount

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        # There is no cheap way to find out whether another process has committed anything.
        return query(self, *arguments)

    @property
    def row_texts(self) -> RowTexts:
        return {}

    def for_writing(self) -> None:
        """Nothing to do: it may."""

    def after_commit(self, action: AfterCommit) -> None:
        self.actions = (*self.actions, action)


class _Reading(_Writing):
    """A transaction that only reads. Anything that writes makes the work run again as a writer."""

    __slots__ = ()

    def execute(self, sql: str, **parameters: Any) -> int:
        raise NeedsWriting

    def for_writing(self) -> None:
        raise NeedsWriting

    def after_commit(self, action: AfterCommit) -> None:
        raise NeedsWriting


# First the parts that stay as they are (literals, quoted names, comments, casts), then a parameter, then the driver's
# own mark.
_PARTS = re.compile(
    r"""( '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: ) | :([A-Za-z_]\w*) | %""",
    re.DOTALL | re.VERBOSE,
)


@lru_cache(maxsize=2000)
def translated(sql: str) -> bytes:
    """`sql` with its `:name` parameters as psycopg wants them: `%(name)s`, and every other `%` doubled."""
    return _PARTS.sub(_translated_part, sql).encode()


def _translated_part(part: re.Match[str]) -> str:
    alone, parameter = part[1], part[2]
    if parameter is not None:
        return f"%({parameter})s"
    return "%%" if alone is None else str(alone).replace("%", "%%")


def _pause(attempt: int) -> None:
    """Waits a random time, longer each time, so that two that collided do not collide again."""
    longest = min(PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
    time.sleep(random.uniform(0, longest))  # noqa: S311  # no secret hangs on it


class _TruthDumper(Int8Dumper):
    """Booleans are 0 or 1 in the tables, as on SQLite."""

    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _NumberLoader(Loader):
    """A sum of whole numbers is a whole number, as on SQLite; PostgreSQL makes it `numeric`."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


def _configure(connection: "psycopg.Connection[Any]") -> None:
    # Every text has one type and so has every number, whatever the value, so that a statement is prepared once.
    adapters = connection.adapters
    adapters.register_dumper(str, StrDumper)
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(bool, _TruthDumper)
    adapters.register_loader("numeric", _NumberLoader)
    connection.prepare_threshold = 2
    connection.prepared_max = 500
    # A SERIALIZABLE transaction locks every table that it scans, and for a small table a scan seems cheapest. Then any
    # two transactions collide (manual, 13.2.3). With 64 senders in 50 chats every send ran 2.6 times with scans, and
    # 1.04 times without.
    connection.execute("SET enable_seqscan = off")


def _migrate(url: str, known: Sequence[Migration], clock: Clock, *, may_run: bool) -> Sequence[str]:
    try:
        conninfo_to_dict(url)
    except psycopg.Error:
        # The driver's message quotes the part that it cannot read, which may be the password.
        raise DatabaseError("PostgreSQL cannot be reached: database_url has a part that the driver refuses.") from None
    try:
        connection = psycopg.connect(url, row_factory=dict_row, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise DatabaseError(f"PostgreSQL cannot be reached: {error}") from error
    with connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
        return bring_up_to_date(
            _Writing(connection, clock()),
            known=known,
            tables=_tables(connection),
            run_script=lambda sql: _run_script(connection, sql),
            may_run=may_run,
        )


def _run_script(connection: "psycopg.Connection[Any]", sql: str) -> None:
    connection.execute(sql.encode(), prepare=False)


def _tables(connection: "psycopg.Connection[DictRow]") -> list[str]:
    """The tables in the schema that our tables are made in, without those of extensions."""
    found = connection.execute(
        """SELECT c.relname
             FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
    )
    return [row["relname"] for row in found]
