"""Lanes: the threads that write to PostgreSQL, each with one connection, committing in groups.

A lane takes all works that wait for it, runs them in one transaction, commits once, and then answers them all. Works
on one chat share a lane: they meet in one commit instead of waiting for each other's locks.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, Protocol

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow

from parlour.store.database import AfterCommit, Clock, CommitFailed, DatabaseBusy, FeedBell, Transaction
from parlour.store.works import Queue, Work, answer

# A batch is answered as a whole, so its first work must not wait long for its last.
BATCH_WORKS = 200

# How often works are run that collide with others or lose their connection: first as a batch, then each alone. Then
# they are refused.
TRIES = 30
TRIES_TOGETHER = 2
PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1

COLLISIONS = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class LaneTransaction(Transaction, Protocol):
    """The transaction of one work in a lane."""

    has_events: bool
    has_written: bool
    actions: tuple[AfterCommit, ...]


class Lane(threading.Thread):
    """A thread that commits the works of its queue in groups."""

    def __init__(self, name: str, committer: "Committer") -> None:
        super().__init__(name=name, daemon=True)
        self.queue: Queue = SimpleQueue()
        self._committer = committer
        self._is_stopping = False
        self.start()

    def run(self) -> None:
        while not self._is_stopping and (work := self.queue.get()) is not None:
            batch = self._with_waiting(work)
            self._committer.serve(batch)
            answer(batch)
        self._committer.close()

    def _with_waiting(self, first: Work) -> list[Work]:
        """The work with those that wait behind it, those on one chat beside each other.

        Every lane of every process takes the locks of a batch in this order, so two of them rarely block each other.
        """
        batch = [first]
        with contextlib.suppress(Empty):
            while len(batch) < BATCH_WORKS:
                work = self.queue.get_nowait()
                if work is None:
                    self._is_stopping = True
                    break
                batch.append(work)
        batch.sort(key=_lane_of)
        return batch


class Committer:
    """Runs works in transactions on a connection of its own. `begin` is the statement that begins them.

    Rings the bell after a commit with events.
    """

    def __init__(
        self,
        begin: bytes,
        connect: Callable[[], "psycopg.Connection[DictRow]"],
        transaction: Callable[["psycopg.Connection[DictRow]", datetime], LaneTransaction],
        clock: Clock,
        bell: FeedBell,
    ) -> None:
        self._begin = begin
        self._connect = connect
        self._transaction = transaction
        self._clock = clock
        self._bell = bell
        self._has_events = False
        self._connection: psycopg.Connection[DictRow] | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def serve(self, batch: Sequence[Work]) -> None:
        """Runs and commits the works of a batch, and leaves its outcome in each of them."""
        error: BaseException | None = None
        for attempt in range(TRIES):
            if attempt == TRIES_TOGETHER and len(batch) > 1:
                for work in batch:
                    self.serve([work])
                return
            try:
                self._run(batch, takes_keys_as_free=attempt < TRIES_TOGETHER)
                return
            except (*COLLISIONS, _KeyTaken) as collision:
                error = collision
            except _ConnectionLost as lost:
                error = lost
            except BaseException as failure:
                error = failure
                break
            pause(attempt)
        _fail(batch, error)

    def _run(self, batch: Sequence[Work], *, takes_keys_as_free: bool) -> None:
        """Runs the batch in one transaction. Raises _ConnectionLost if nothing can have been committed.

        A key that another work took can seem free throughout a SERIALIZABLE transaction. So a violation is raised
        where `takes_keys_as_free`, and the batch runs again.
        """
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        is_committing = self._has_events = False
        try:
            connection.execute(self._begin)
            if not self._run_together(connection, batch):
                connection.execute(b"ROLLBACK")
                connection.execute(self._begin)
                self._run_one_by_one(connection, batch, takes_keys_as_free=takes_keys_as_free)
            is_committing = True
            connection.execute(b"COMMIT")
        except BaseException as error:
            if not connection.closed:
                connection.rollback()
                raise
            self._connection = None
            if is_committing:
                raise CommitFailed(
                    "The connection was lost during a commit. The change may or may not be stored."
                ) from error
            raise _ConnectionLost from error
        if self._has_events:
            self._bell.ring()

    def _run_together(self, connection: "psycopg.Connection[DictRow]", batch: Sequence[Work]) -> bool:
        """Runs the works of the batch. False if one failed and left something of itself in the transaction.

        There are no savepoints here, as on SQLite: a work that fails has nearly always written nothing yet.
        """
        for work in batch:
            transaction = self._run_work(connection, work)
            if work.error is None:
                continue
            _raise_if_of_all(connection, work.error)
            if transaction.has_written or connection.info.transaction_status != TransactionStatus.INTRANS:
                return False
        return True

    def _run_one_by_one(
        self, connection: "psycopg.Connection[DictRow]", batch: Sequence[Work], *, takes_keys_as_free: bool
    ) -> None:
        """Runs the works once more, each in a savepoint, so that a work that fails undoes itself alone."""
        for work in batch:
            connection.execute(b"SAVEPOINT work")
            self._run_work(connection, work)
            if isinstance(work.error, psycopg.errors.UniqueViolation) and takes_keys_as_free:
                raise _KeyTaken from work.error
            if work.error is not None:
                _raise_if_of_all(connection, work.error)
                connection.execute(b"ROLLBACK TO work")
            connection.execute(b"RELEASE work")

    def _run_work(self, connection: "psycopg.Connection[DictRow]", work: Work) -> LaneTransaction:
        transaction = self._transaction(connection, self._clock())
        work.result = work.error = None
        try:
            work.result = work.function(transaction)
            work.actions = transaction.actions
            self._has_events = self._has_events or transaction.has_events
        except BaseException as error:
            work.error = error
        return transaction


class _KeyTaken(Exception):
    """A work found a key free that another lane or process has taken meanwhile."""


class _ConnectionLost(Exception):
    """The server went away before anything was committed."""


def pause(attempt: int) -> None:
    """Waits for a random time, longer at each attempt, so that two that collided do not collide again."""
    longest = min(PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
    time.sleep(random.uniform(0, longest))  # noqa: S311  # no secret hangs on it


def _lane_of(work: Work) -> str:
    return work.lane or ""


def _raise_if_of_all(connection: "psycopg.Connection[Any]", error: BaseException) -> None:
    """Raises an error that is not of one work but of the whole transaction: a collision, or a lost connection."""
    if isinstance(error, COLLISIONS) or connection.closed:
        raise error


def _fail(batch: Sequence[Work], error: BaseException | None) -> None:
    if isinstance(error, COLLISIONS):
        error = DatabaseBusy("Other transactions kept changing the same data. Nothing was done.")
    elif isinstance(error, _ConnectionLost):
        error = DatabaseBusy("PostgreSQL ended the connection. Nothing was done.")
    for work in batch:
        work.error = error
