"""SQLite: one thread that writes and commits in groups, and readers beside it that never wait for it.

The writer takes all waiting work and runs it inside one transaction, where each piece can fail alone. It commits once,
and only then returns all results. So everything that arrived during one commit shares the next commit's wait for the
disk. If the writer is free, the event loop makes the changes of sends itself, and leaves their commit to the writer.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

import apsw

from parlour.store.cache import Cache
from parlour.store.database import (
    Clock,
    CommitFailed,
    DatabaseBusy,
    FeedBell,
    NeedsWriting,
    Transaction,
    utc_now,
)
from parlour.store.migrate import Migration, known_migrations
from parlour.store.sqlite_connections import (
    BUSY_MILLISECONDS,
    AheadTransaction,
    Connection,
    ReadingTransaction,
    Statement,
    WritingTransaction,
    reading_connection,
    writing_connection,
)
from parlour.store.works import (
    Ahead,
    PostOffice,
    Queue,
    TakesLong,
    ToGather,
    Waiting,
    Work,
    answer,
    commit_together,
    fail,
)

T = TypeVar("T")

# The results of a batch are returned together, so its first work must not wait long for its last. A batch ends at
# whichever limit comes first.
BATCH_WORKS = 200
BATCH_SECONDS = 0.010

READERS = 2

# How long a read may hold up the event loop. Listing a person's chats takes a fraction of that, and nobody notices the
# wait. SQLite checks the clock once in so many of its steps, which take about 100 microseconds.
SHORT_SECONDS = 0.003
STEPS_BETWEEN_LOOKS = 4000

# At its first looks a read is late only after this time. It has done little work by then, so another process had the
# processor meanwhile. Listing 20 chats takes one or two looks.
PATIENT_LOOKS = 5
PATIENT_SECONDS = 0.030

# Hashing a password occupies a core for a while. With more threads than this, other requests would become slower.
SLOW_THREADS = 2

# A batch of works that have run ahead ends when the event loop needs as long for so many requests as the commit takes.
# The loop then answers some senders while others are committed. With all in one batch, it waited for every commit.
LEAST_AHEAD = 32
REQUEST_SECONDS = 0.000_060

# How long before its change a work may have run. One that has waited longer runs again, so that it neither trusts an
# old look at the database nor stores an old time.
AHEAD_SECONDS = 1.0

# The log is copied into the file when it has this many pages (4 MiB). A page that changes often is then copied once for
# many changes. It is done between batches, which wait 4 ms for it. Four times as many pages would take 10 ms.
CHECKPOINT_PAGES = 1000


class SqliteDatabase:
    """A database in one file. See `parlour.store.database.Database`."""

    numbers_events = True

    def __init__(
        self,
        path: Path,
        *,
        migrate: bool = True,
        clock: Clock = utc_now,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        connection, self.applied = writing_connection(
            path, clock, migrate=migrate, known=migrations or known_migrations("sqlite")
        )
        self._bell = FeedBell()
        here, *beside = [reading_connection(path, clock, connection.keeper) for _ in range(1 + READERS)]
        self._writer = _Writer(connection, [each.cache for each in (here, *beside)], self._bell)
        self._reads: Queue = SimpleQueue()
        self._readers = [_Reader(each, self._reads, self._writer) for each in beside]
        self._here = _ShortReads(here)
        self._office = PostOffice(Ahead(self._writer.queue, self._here.run_ahead, self._writer.change))
        self._slow_threads = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="parlour-apart")

    async def read(self, work: Callable[[Transaction], T], lane: str | None = None) -> T:
        self._office.refuse_when_closed()
        try:
            return self._here.run(work)
        except NeedsWriting:
            return await self.write(work)
        except TakesLong:
            return await self._office.submit(work, self._reads)

    async def write(self, work: Callable[[Transaction], T], lane: str | None = None, *, gathers: bool = False) -> T:
        # There is one writer for all work.
        return await self._office.submit(work, self._writer.queue, may_run_ahead=gathers)

    async def run_slow(self, work: Callable[[], T]) -> T:
        self._office.refuse_when_closed()
        return await asyncio.get_running_loop().run_in_executor(self._slow_threads, work)

    async def sequence(self, work: Callable[[Transaction], T]) -> T:
        return await self.write(work)

    def follow_feed(self, wake: Callable[[], None]) -> None:
        self._bell.add(wake)

    def run(self, work: Callable[[Transaction], T]) -> T:
        return self._office.run(work, self._writer.queue)

    def close(self) -> None:
        if not self._office.close():
            return
        # Readers first, because their work may need the writer. The last connection to close empties the log.
        self._here.close()
        for _ in self._readers:
            self._reads.put(None)
        for reader in self._readers:
            reader.join()
        self._writer.queue.put(None)
        self._writer.join()
        self._slow_threads.shutdown()


class _ShortReads:
    """Runs short reads on the event loop's own thread.

    A thread that reads beside the loop switches with it at every row, which costs more than the read itself. So each
    read begins here. If it takes longer than the loop should wait, it starts again on a reader's thread.

    The reads of one turn of the loop share a transaction, since beginning one, asking for its version and ending it
    takes 12 us. A request that arrives later is read in a later turn, so it sees all that was committed before it was
    sent. A task that reads again in the same turn gets a new transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_free = threading.Lock()
        self._began = inf
        self._looks = 0
        # The transaction of this turn, the loop whose turn it is, and the tasks that have read in it.
        self._shared: ReadingTransaction | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any] | None] = set()
        connection.raw.set_progress_handler(self._is_late, STEPS_BETWEEN_LOOKS)

    def run(self, work: Callable[[Transaction], T]) -> T:
        """The result of `work`. Raises TakesLong or NeedsWriting if another thread must run it instead."""
        # There is usually one event loop, but another one may be reading.
        if not self._is_free.acquire(blocking=False):
            raise TakesLong
        try:
            return self._read(work)
        finally:
            self._is_free.release()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            transaction = self._of_this_turn()
            self._began, self._looks = monotonic(), 0
            return work(transaction)
        except apsw.InterruptError:
            raise TakesLong from None
        except apsw.ReadOnlyError:
            raise NeedsWriting from None
        except apsw.Error as error:
            raise _translated(error) from error
        finally:
            # Beginning and ending a transaction must not be interrupted.
            self._began = inf

    def _of_this_turn(self) -> ReadingTransaction:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        transaction = self._shared
        if transaction is None or loop is not self._loop or task in self._tasks:
            self._end()
            # Before the transaction sees anything. What is committed later wakes its tasks behind this call.
            loop.call_soon(self._end_turn)
            self._connection.execute("BEGIN")
            transaction = self._shared = ReadingTransaction(self._connection)
            self._loop = loop
        self._tasks.add(task)
        return transaction

    def _end_turn(self) -> None:
        # If another loop has the connection, it has ended this turn.
        if self._is_free.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._is_free.release()

    def _end(self) -> None:
        """Ends the transaction of the turn, if there is one."""
        if self._shared is not None:
            self._shared = None
            self._tasks.clear()
            self._connection.undo()

    def run_ahead(self, works: Sequence[Work]) -> None:
        """Runs works up to the change that each of them gathers. The others are left to the writer as they are."""
        if not works or not self._is_free.acquire(blocking=False):
            return
        try:
            self._end()
            # What fails here fails in the writer as well, and is reported there.
            with contextlib.suppress(apsw.Error):
                self._connection.execute("BEGIN")
                try:
                    transaction = AheadTransaction(self._connection)
                    for work in works:
                        self._run_one_ahead(work, transaction)
                finally:
                    self._began = inf
                    self._connection.undo()
        finally:
            self._is_free.release()

    def _run_one_ahead(self, work: Work, transaction: AheadTransaction) -> None:
        self._began, self._looks = monotonic(), 0
        transaction.for_next()
        try:
            work.result = work.function(transaction)
        except (NeedsWriting, apsw.Error):
            return
        except BaseException as error:
            # It has written nothing, so it is over.
            work.error = error
            return
        work.gathered = transaction.gathered

    def close(self) -> None:
        with self._is_free:
            self._end()
            self._connection.raw.close()

    def _is_late(self) -> bool:
        self._looks += 1
        patience = SHORT_SECONDS if self._looks > PATIENT_LOOKS else PATIENT_SECONDS
        return monotonic() - self._began > patience


# Wakes the writer's thread, to commit what an event loop has changed.
_COMMIT = Work(lambda transaction: None, Waiting(), None)


class _Writer(threading.Thread):
    """Has the one connection that writes. Clears the readers' caches after each commit, and rings after events.

    Event loops may make changes on the connection too (`change`), and leave their commit to this thread. A thread that
    runs statements beside a busy event loop waits for Python's lock after each of them.
    """

    def __init__(self, connection: Connection, caches: Sequence[Cache], bell: FeedBell) -> None:
        super().__init__(name="parlour-writer", daemon=True)
        self.queue: Queue = SimpleQueue()
        self._connection = connection
        # Held by whoever uses the connection.
        self._turn = threading.Lock()
        # Works whose changes were made by their event loop, in a transaction that is to be committed.
        self._changed: Sequence[Work] = ()
        self._is_closed = False
        self._caches = caches
        self._bell = bell
        self._is_stopping = False
        self._log_pages = 0
        # What the works of a batch have posted to run last.
        self._last: list[Statement] = []
        self._last_rows: dict[str, list[Sequence[Any]]] = {}
        # Those of a batch that have run ahead, and whose changes are to be made.
        self._ahead: list[Work] = []
        # Whether a work of the batch has run here, and not only ahead.
        self._has_run = False
        # How long a commit has taken lately.
        self._commit_seconds = 0.0
        # This replaces SQLite's own checkpoints, which are part of a commit.
        connection.raw.set_wal_hook(self._measure_log)
        self.start()

    def run(self) -> None:
        while not self._is_stopping and (work := self.queue.get()) is not None:
            self._run_batch(work)
            # Not kept while there is nothing to do.
            del work
            if self._log_pages >= CHECKPOINT_PAGES:
                self._checkpoint()
        with self._turn:
            changed = self._commit_changed()
            self._connection.raw.close()
            self._is_closed = True
        answer(changed)

    def _run_batch(self, first: Work) -> None:
        """Commits what an event loop has changed, then runs `first` and those that wait."""
        with self._turn:
            over = self._commit_changed()
            if first is not _COMMIT:
                answer(over)
                over = self._serve(first)
        # The connection is free by then, so that an event loop can go on with its next changes.
        answer(over)

    def _serve(self, first: Work) -> Sequence[Work]:
        """Runs a work, and those that wait, and commits them. Returns all of them."""
        batch = [first]
        try:
            commit_together(self, self._arriving(batch), batch)
        except BaseException as error:
            self._fail(batch, error)
        return batch

    def _fail(self, batch: Sequence[Work], error: BaseException) -> None:
        fail(batch, _reported(error))
        # If this fails as well, the next batch cannot begin and reports it.
        with contextlib.suppress(apsw.Error):
            self.undo()

    # -- the changes that event loops make

    def change(self, works: Sequence[Work]) -> int:
        """Makes the changes of the first of these works, and has them committed. Returns how many.

        Called by event loops. 0 if the thread must make them: it has the connection, another process is writing, one of
        the works is too old, or a change is refused or fails.
        """
        now = monotonic()
        batch = works[: min(BATCH_WORKS, self._most_ahead())]
        if not all(_is_fresh(work, now) for work in batch) or not self._turn.acquire(blocking=False):
            return 0
        try:
            if self._changed or self._is_closed or not self._try_changes(batch):
                return 0
            self._changed = batch
            self.queue.put(_COMMIT)
            return len(batch)
        finally:
            self._turn.release()

    def _try_changes(self, batch: Sequence[Work]) -> bool:
        """Makes all changes of the works, or none. False if none was made."""
        raw, is_done = self._connection.raw, False
        try:
            # An event loop does not wait for another process.
            raw.set_busy_timeout(0)
            # The thread fails in the same way, and reports it.
            with contextlib.suppress(Exception):
                self.begin()
                self._ahead += batch
                if self._make_gathered() == []:
                    self._write_last()
                    is_done = True
        finally:
            raw.set_busy_timeout(BUSY_MILLISECONDS)
            if not is_done:
                # If this fails, the thread's next batch cannot begin and reports it.
                with contextlib.suppress(apsw.Error):
                    self.undo()
        return is_done

    def _commit_changed(self) -> Sequence[Work]:
        """Commits what an event loop has changed, if anything. Returns those works."""
        changed, self._changed = self._changed, ()
        if changed:
            try:
                self._commit()
            except BaseException as error:
                self._fail(changed, error)
        return changed

    # -- how `commit_together` runs and commits them

    def begin(self) -> None:
        self._last.clear()
        self._last_rows.clear()
        self._ahead.clear()
        self._has_run = False
        self._connection.execute("BEGIN IMMEDIATE")

    def run_work(self, work: Work) -> bool:
        if _is_fresh(work, monotonic()):
            self._ahead.append(work)
            return True
        return self._make_changes() and self._run_here(work)

    def _make_changes(self) -> bool:
        """Makes the changes of works that have run ahead, those of one kind together. False if one has failed."""
        if not self._ahead:
            return True
        refused = self._make_gathered()
        # Those that were refused find out why. If a change has failed, each runs apart, and reports its own error.
        return refused is not None and all(self._run_here(work) for work in refused)

    def _make_gathered(self) -> list[Work] | None:
        """Makes the changes of works that have run ahead. Returns those that were refused. None if one has failed."""
        alike: dict[Hashable, list[tuple[Work, ToGather]]] = {}
        for work in self._ahead:
            if work.gathered is not None:
                alike.setdefault(work.gathered.key, []).append((work, work.gathered))
        self._ahead.clear()
        transaction = WritingTransaction(self._connection)
        refused: list[Work] = []
        try:
            for works in alike.values():
                change, shared = works[0][1].change, works[0][1].shared
                taken = change.of_rows(transaction, shared, [gathered.row for _, gathered in works])
                refused += [work for place, (work, _) in enumerate(works, 1) if place not in taken]
        except Exception:
            return None
        self._keep_for_last(transaction)
        self._connection.has_events = True
        return refused

    def _run_here(self, work: Work) -> bool:
        raw = self._connection.raw
        changes = raw.total_changes()
        self._run(work)
        return work.error is None or (raw.total_changes() == changes and raw.in_transaction)

    def run_apart(self, work: Work) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT work")
        self._run(work)
        if work.error is not None:
            # Some errors, such as a full disk, end the transaction. Going on would commit each statement by itself.
            if not self._connection.raw.in_transaction:
                raise work.error
            execute("ROLLBACK TO work")
        execute("RELEASE work")

    def _run(self, work: Work) -> None:
        self._has_run = True
        transaction = WritingTransaction(self._connection)
        work.run(transaction)
        if work.error is None:
            self._keep_for_last(transaction)

    def _keep_for_last(self, transaction: WritingTransaction) -> None:
        self._last += transaction.last
        for into, row in transaction.last_rows:
            self._last_rows.setdefault(into, []).append(row)

    def commit(self) -> bool:
        if not self._make_changes():
            return False
        self._write_last()
        self._commit()
        return True

    def _write_last(self) -> None:
        for into, rows in self._last_rows.items():
            self._connection.insert(into, rows)
        for sql, parameters in self._last:
            self._connection.execute(sql, parameters).fetchall()
        if self._has_run:
            # If people have changed, what was kept about them goes now. What was gathered changes none.
            self._connection.kept()

    def _commit(self) -> None:
        began = monotonic()
        self._connection.execute("COMMIT")
        self._commit_seconds += (monotonic() - began - self._commit_seconds) / 8
        for cache in self._caches:
            cache.clear()
        if self._connection.has_events:
            self._connection.has_events = False
            self._bell.ring()

    def undo(self) -> None:
        self._connection.undo()

    def _measure_log(self, raw: apsw.Connection, schema: str, pages: int) -> int:
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _checkpoint(self) -> None:
        with self._turn:
            if self._changed:
                # After their commit.
                return
            self._log_pages = 0
            # A failure here makes the next commit fail too, which reports it.
            with contextlib.suppress(apsw.Error):
                self._connection.raw.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _arriving(self, batch: list[Work]) -> Iterator[Work]:
        """The first work of the batch, and those that wait. They join the batch until it is full."""
        deadline = monotonic() + BATCH_SECONDS
        most_ahead = self._most_ahead()
        work: Work | None = batch[0]
        while work is not None:
            yield work
            if len(batch) == BATCH_WORKS or len(self._ahead) >= most_ahead or monotonic() > deadline:
                return
            if (work := self._next()) is not None:
                batch.append(work)

    def _most_ahead(self) -> int:
        return max(LEAST_AHEAD, int(self._commit_seconds / REQUEST_SECONDS))

    def _next(self) -> Work | None:
        work: Work | None = _COMMIT
        # Nothing is left to commit: this thread has the connection since it has committed the changes made elsewhere.
        while work is _COMMIT:
            try:
                work = self.queue.get_nowait()
            except Empty:
                return None
        self._is_stopping = work is None
        return work


class _Reader(threading.Thread):
    """Owns a connection that only reads. All readers share one queue."""

    def __init__(self, connection: Connection, queue: "Queue", writer: _Writer) -> None:
        super().__init__(name="parlour-reader", daemon=True)
        self._connection = connection
        self._queue = queue
        self._writer = writer
        self.start()

    def run(self) -> None:
        while (work := self._queue.get()) is not None:
            try:
                self._connection.execute("BEGIN")
                work.result = work.function(ReadingTransaction(self._connection))
                self._connection.execute("COMMIT")
            except (NeedsWriting, apsw.ReadOnlyError):
                self._connection.undo()
                self._writer.queue.put(work)
                continue
            except BaseException as error:
                self._connection.undo()
                work.error = _translated(error)
            work.mailbox.put((work,))
        self._connection.raw.close()


def _is_fresh(work: Work, now: float) -> bool:
    """Whether the work has run ahead, not long before."""
    return work.gathered is not None and now - work.gathered.asked_at < AHEAD_SECONDS


def _reported(error: BaseException) -> BaseException:
    """The error for works of a batch that failed as a whole."""
    reported = _translated(error)
    if reported is error:
        reported = CommitFailed(f"What was done could not be made durable and was undone: {error}.")
    reported.__cause__ = error
    return reported


def _translated(error: BaseException) -> BaseException:
    """Translates the errors of SQLite that the person who runs the server can act on."""
    if isinstance(error, apsw.BusyError):
        return DatabaseBusy("Another process keeps the database to itself: nothing was done.")
    return error
