"""SQLite: one thread that writes and commits in groups, and readers beside it that never wait for it.

The writer takes every work that waits, runs each in its own savepoint inside one transaction, commits once, and only
then answers them all: so a commit's wait for the disk is shared by everybody who came during the one before.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

import apsw

from parlour.store.database import (
    Clock,
    CommitFailed,
    DatabaseBusy,
    DatabaseClosed,
    DatabaseError,
    NeedsWriting,
    Row,
    SchemaError,
    Transaction,
    utc_now,
)
from parlour.store.migrate import Migration, bring_up_to_date, known_migrations

T = TypeVar("T")

# "Parl": a file with another mark belongs to another program.
APPLICATION_ID = 0x5061726C

# A batch is answered as a whole, so it ends at whichever comes first: its first work must not wait long for its last.
BATCH_WORKS = 200
BATCH_SECONDS = 0.010

READERS = 2

# Hashing a password takes a core for a while: one more than this and requests would feel it.
APART = 2

# How long to wait for another process (the command line beside a server) that writes.
BUSY_MILLISECONDS = 10_000

# More than the program has statements, so that none is compiled twice.
STATEMENTS = 1000

WRITER_CACHE_KIB = 8_000
READER_CACHE_KIB = 4_000


class SqliteDatabase:
    """A database in one file. See `parlour.store.database.Database`."""

    def __init__(
        self,
        path: Path,
        *,
        migrate: bool = True,
        clock: Clock = utc_now,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        session, self.applied = _open(path, clock, migrate=migrate, known=migrations or known_migrations())
        self._closing = threading.Lock()
        self._is_closed = False
        self._mailbox: _Mailbox | None = None
        self._writer = _Writer(session)
        self._reads: _Queue = SimpleQueue()
        self._readers = [_Reader(_session_to_read(path, clock), self._reads, self._writer) for _ in range(READERS)]
        self._apart = ThreadPoolExecutor(APART, thread_name_prefix="parlour-apart")

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self._submit(work, self._reads)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        return await self._submit(work, self._writer.queue)

    async def apart(self, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise DatabaseClosed("The database is closed.")
        return await asyncio.get_running_loop().run_in_executor(self._apart, work)

    def run(self, work: Callable[[Transaction], T]) -> T:
        waiting = _Waiting()
        self._put(_Work(work, waiting, None), self._writer.queue)
        return waiting.outcome.result()  # type: ignore[no-any-return]  # a queue of works of every type

    def close(self) -> None:
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
        # Readers first: what they read may turn out to need writing.
        for _ in self._readers:
            self._reads.put(None)
        for reader in self._readers:
            reader.join()
        self._writer.queue.put(None)
        self._writer.join()
        self._apart.shutdown()

    async def _submit(self, work: Callable[[Transaction], T], queue: "_Queue") -> T:
        loop = asyncio.get_running_loop()
        mailbox = self._mailbox
        if mailbox is None or mailbox.loop is not loop:
            mailbox = self._mailbox = _Mailbox(loop)
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Work(work, mailbox, future), queue)
        return await future

    def _put(self, work: "_Work", queue: "_Queue") -> None:
        with self._closing:
            if self._is_closed:
                raise DatabaseClosed("The database is closed.")
            queue.put(work)


class _Work:
    """A function to be run on a transaction, then what came of it, and where that goes."""

    __slots__ = ("error", "function", "future", "mailbox", "result")

    def __init__(
        self,
        function: Callable[[Transaction], Any],
        mailbox: "_Mailbox | _Waiting",
        future: "asyncio.Future[Any] | None",
    ) -> None:
        self.function = function
        self.mailbox = mailbox
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Gives the outcome to whoever awaits it; runs on his event loop."""
        future = self.future
        assert future is not None
        if future.done():
            return
        if self.error is None:
            future.set_result(self.result)
        elif isinstance(self.error, StopIteration):
            # A future refuses this one, and the others of its batch would never be answered.
            future.set_exception(RuntimeError("A handler raised StopIteration."))
        else:
            future.set_exception(self.error)


_Queue = SimpleQueue[_Work | None]


class _Mailbox:
    """Brings outcomes to one event loop, waking it once for all that came meanwhile: waking is what costs."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[_Work] = deque()
        self._is_woken = False

    def put(self, works: Sequence[_Work]) -> None:
        self._done.extend(works)
        if self._is_woken:
            return
        self._is_woken = True
        # A loop that was closed meanwhile has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Before emptying it: what is put after this line wakes again, what was put before is seen below.
        self._is_woken = False
        done = self._done
        while done:
            done.popleft().settle()


class _Waiting:
    """Brings the outcome of one work to a thread that waits for it."""

    def __init__(self) -> None:
        self.outcome: Future[Any] = Future()

    def put(self, works: Sequence[_Work]) -> None:
        for work in works:
            if work.error is None:
                self.outcome.set_result(work.result)
            else:
                self.outcome.set_exception(work.error)


class _Session:
    """A connection with the column names of its statements, each learned from the first row it gives."""

    def __init__(self, connection: apsw.Connection, clock: Clock) -> None:
        self.connection = connection
        self.clock = clock
        # One cursor serves all: every result is taken whole before the next statement.
        self.execute = connection.cursor().execute
        self.names: dict[str, tuple[str, ...]] = {}

    def learn_names(self, sql: str, cursor: apsw.Cursor) -> tuple[str, ...]:
        """The columns of a statement that has just been executed; none, and nothing learned, when it gave no row."""
        try:
            names = tuple(column[0] for column in cursor.get_description())
        except apsw.ExecutionCompleteError:
            return ()
        self.names[sql] = names
        return names

    def run_script(self, sql: str) -> None:
        # Without fetching, only the first of several statements would run.
        self.execute(sql).fetchall()

    def undo(self) -> None:
        """Leaves the transaction, which some errors of SQLite have ended by themselves."""
        if self.connection.in_transaction:
            self.execute("ROLLBACK")


class _Writing:
    """The transaction of a work on the writer, and of migrations."""

    __slots__ = ("_execute", "_session", "now")

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._execute = session.execute
        self.now: datetime = session.clock()

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        cursor = self._execute(sql, parameters)
        names = self._session.names.get(sql) or self._session.learn_names(sql, cursor)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, sql: str, **parameters: Any) -> Row | None:
        cursor = self._execute(sql, parameters)
        names = self._session.names.get(sql) or self._session.learn_names(sql, cursor)
        found = cursor.fetchall()
        return dict(zip(names, found[0], strict=True)) if found else None

    def value(self, sql: str, **parameters: Any) -> Any:
        found = self._execute(sql, parameters).fetchall()
        return found[0][0] if found else None

    def execute(self, sql: str, **parameters: Any) -> int:
        self._execute(sql, parameters).fetchall()
        return self._session.connection.changes()

    def for_writing(self) -> None:
        """Nothing to do: it may."""


class _Reading(_Writing):
    """The transaction of a work on a reader. Whatever would write makes the work run again on the writer."""

    __slots__ = ()

    def execute(self, sql: str, **parameters: Any) -> int:
        raise NeedsWriting

    def for_writing(self) -> None:
        raise NeedsWriting


class _Writer(threading.Thread):
    """Owns the one connection that writes."""

    def __init__(self, session: _Session) -> None:
        super().__init__(name="parlour-writer")
        self.queue: _Queue = SimpleQueue()
        self._session = session
        self._is_stopping = False
        self.start()

    def run(self) -> None:
        while not self._is_stopping and (work := self.queue.get()) is not None:
            self._serve(work)
        self._session.connection.close()

    def _serve(self, first: _Work) -> None:
        batch = [first]
        try:
            self._session.execute("BEGIN IMMEDIATE")
            if not self._run_together(batch):
                self._session.undo()
                self._run_apart(batch)
            self._session.execute("COMMIT")
        except BaseException as error:
            self._session.undo()
            _fail(batch, error)
        _answer(batch)

    def _run_together(self, batch: list[_Work]) -> bool:
        """Runs the first of `batch` and adds those that wait, until it is full. False when one left half its writes.

        There are no savepoints here: they cost a third of a small work's time, and a work that fails has nearly
        always written nothing yet.
        """
        connection, deadline = self._session.connection, monotonic() + BATCH_SECONDS
        work: _Work | None = batch[0]
        while work is not None:
            changes = connection.total_changes()
            self._run(work)
            if work.error is not None and connection.total_changes() != changes:
                return False
            if len(batch) == BATCH_WORKS or monotonic() > deadline:
                return True
            if (work := self._next()) is not None:
                batch.append(work)
        return True

    def _run_apart(self, batch: list[_Work]) -> None:
        """Runs all of `batch` once more, each in a savepoint, so that those that fail undo themselves alone."""
        execute = self._session.execute
        execute("BEGIN IMMEDIATE")
        for work in batch:
            execute("SAVEPOINT work")
            self._run(work)
            if work.error is not None:
                execute("ROLLBACK TO work")
            execute("RELEASE work")

    def _run(self, work: _Work) -> None:
        work.result = work.error = None
        try:
            work.result = work.function(_Writing(self._session))
        except BaseException as error:
            work.error = error

    def _next(self) -> _Work | None:
        try:
            work = self.queue.get_nowait()
        except Empty:
            return None
        self._is_stopping = work is None
        return work


class _Reader(threading.Thread):
    """Owns a connection that only reads, and shares the queue of the works for it."""

    def __init__(self, session: _Session, queue: "_Queue", writer: _Writer) -> None:
        super().__init__(name="parlour-reader")
        self._session = session
        self._queue = queue
        self._writer = writer
        self.start()

    def run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                self._session.execute("BEGIN")
                work.result = work.function(_Reading(self._session))
                self._session.execute("COMMIT")
            except (NeedsWriting, apsw.ReadOnlyError):
                self._session.undo()
                self._writer.queue.put(work)
                continue
            except BaseException as error:
                self._session.undo()
                work.error = _translated(error)
            work.mailbox.put((work,))
        self._session.connection.close()


def _fail(batch: Sequence[_Work], error: BaseException) -> None:
    """Tells everybody that nothing of the batch was kept, except those who have an error of their own."""
    for work in batch:
        if work.error is None:
            work.error = _translated(error)
            if work.error is error:
                work.error = CommitFailed(f"What was done could not be made durable and was undone: {error}.")
            work.error.__cause__ = error


def _answer(batch: Sequence[_Work]) -> None:
    by_mailbox: dict[_Mailbox | _Waiting, list[_Work]] = {}
    for work in batch:
        by_mailbox.setdefault(work.mailbox, []).append(work)
    for mailbox, works in by_mailbox.items():
        mailbox.put(works)


def _translated(error: BaseException) -> BaseException:
    """The errors of SQLite that the person who runs the server can do something about, in his words."""
    if isinstance(error, apsw.BusyError):
        return DatabaseBusy("Another process keeps the database to itself: nothing was done.")
    return error


def _open(path: Path, clock: Clock, *, migrate: bool, known: Sequence[Migration]) -> tuple[_Session, Sequence[str]]:
    """The file made, checked and migrated as needed: the session to write with, and the migrations run."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = _connect(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        try:
            _refuse_foreign(connection, path)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("cache_size", -WRITER_CACHE_KIB)
            session = _Session(connection, clock)
            return session, _migrate(session, known, may_run=migrate)
        except BaseException:
            connection.close()
            raise
    except (apsw.Error, OSError) as error:
        raise DatabaseError(f"The database {path} cannot be opened: {error}.") from error


def _refuse_foreign(connection: apsw.Connection, path: Path) -> None:
    """Before anything is written to it."""
    if connection.pragma("application_id") != APPLICATION_ID and _tables(connection):
        raise SchemaError(f"{path} is the database of another program.")


def _migrate(session: _Session, known: Sequence[Migration], *, may_run: bool) -> Sequence[str]:
    connection = session.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Rebuilding a table drops one that others refer to; at the commit everything must agree again.
        connection.pragma("defer_foreign_keys", 1)
        applied = bring_up_to_date(
            _Writing(session),
            known=known,
            tables=_tables(connection),
            run_script=session.run_script,
            may_run=may_run,
        )
        if connection.pragma("application_id") != APPLICATION_ID:
            connection.pragma("application_id", APPLICATION_ID)
        connection.execute("COMMIT")
    except BaseException:
        session.undo()
        raise
    return applied


def _tables(connection: apsw.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]


def _session_to_read(path: Path, clock: Clock) -> _Session:
    connection = _connect(path, apsw.SQLITE_OPEN_READONLY)
    connection.pragma("cache_size", -READER_CACHE_KIB)
    return _Session(connection, clock)


def _connect(path: Path, flags: int) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=flags, statementcachesize=STATEMENTS)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.pragma("foreign_keys", 1)
    # As PostgreSQL has it.
    connection.pragma("case_sensitive_like", 1)
    connection.pragma("temp_store", "memory")
    return connection
