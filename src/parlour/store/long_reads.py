"""Long reads on PostgreSQL: on threads of their own, since the event loop must not wait for them."""

import contextlib
import threading
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from parlour.store.cache import Cache, Remembered
from parlour.store.database import Clock, DatabaseBusy, NeedsWriting, Transaction
from parlour.store.postgres_connections import Connection, WritingTransaction
from parlour.store.postgres_reads import LOST, SNAPSHOT, KnownAnswer, version_of
from parlour.store.reads_only import ReadsOnly
from parlour.store.works import Queue, Work

T = TypeVar("T")

READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class LongReader(threading.Thread):
    """Runs reads on a connection of its own. All readers share one queue. `write` takes those that need writing."""

    def __init__(
        self,
        queue: Queue,
        connect: Callable[[], Connection],
        clock: Clock,
        cache: Cache,
        *,
        write: Callable[[Work], None],
    ) -> None:
        super().__init__(name="parlour-reader", daemon=True)
        self._queue = queue
        self._connect = connect
        self._clock = clock
        self._cache = cache
        self._write = write
        self._connection: Connection | None = None
        self.start()

    def run(self) -> None:
        while (work := self._queue.get()) is not None:
            self._serve(work)
        if self._connection is not None:
            self._connection.close()

    def _serve(self, work: Work) -> None:
        try:
            work.result = self._read(work.function)
        except (NeedsWriting, psycopg.errors.ReadOnlySqlTransaction):
            self._write(work)
            return
        except BaseException as error:
            work.error = error
        work.mailbox.put((work,))

    def _read(self, function: Callable[[Transaction], Any]) -> Any:
        # The first connection may have been lost while nobody used it.
        for _ in range(2):
            connection = self._connection = self._connection or self._connect()
            try:
                connection.begin(READ)
                result = function(ReadingTransaction(connection, self._clock(), self._cache))
                connection.undo()
                return result
            except BaseException:
                with contextlib.suppress(psycopg.OperationalError):
                    connection.undo()
                if not connection.is_lost:
                    raise
            connection.close()
            self._connection = None
        raise DatabaseBusy(LOST)


class ReadingTransaction(ReadsOnly, WritingTransaction):
    """A transaction that only reads. Anything that writes makes the work run again as a writer."""

    __slots__ = ("_cache", "_remembered")

    may_write = False

    def __init__(self, connection: Connection, now: datetime, cache: Cache) -> None:
        super().__init__(connection, now)
        self._cache = cache
        # Nothing was read yet, so the transaction will see everything that was committed before this line.
        self._remembered = cache.current

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        version = version_of(self.value(SNAPSHOT))
        self._remembered = Remembered() if version is None else self._cache.of_version(self._remembered, version)
        answer = self._remembered.answer((query, *arguments), lambda: KnownAnswer(query(self, *arguments)))
        value: T = answer.value
        return value
