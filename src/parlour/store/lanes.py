"""Lanes: the threads that write to PostgreSQL, each with one connection, committing in groups.

A lane takes all works that wait for it, runs them in one transaction, commits once, and then answers them all. Works
on one chat share a lane: they meet in one commit instead of waiting for each other's locks.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import compress
from queue import Empty, SimpleQueue

import psycopg

from parlour.store.cache import Cache
from parlour.store.database import Clock, CommitFailed, DatabaseBusy, FeedBell
from parlour.store.postgres_connections import (
    Connection,
    ConnectionLost,
    Question,
    WritingTransaction,
    first_question,
)
from parlour.store.works import Queue, Work, answer, commit_together, fail

# A batch is answered as a whole, so its first work must not wait long for its last.
BATCH_WORKS = 200

# How often works are run that collide with others or lose their connection: first as a batch, then each alone. Then
# they are refused.
TRIES = 30
TRIES_TOGETHER = 2
PAUSE_SECONDS = 0.002
LONGEST_PAUSE_SECONDS = 0.1

COLLISIONS = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)


class Lane(threading.Thread):
    """A thread that commits the works of its queue in groups."""

    def __init__(self, name: str, committer: "Committer") -> None:
        super().__init__(name=name, daemon=True)
        self.queue: Queue = SimpleQueue()
        self._committer = committer
        self._is_stopping = False
        # Taken from the queue, and not in a batch yet.
        self._waiting: list[Work] = []
        self.start()

    def run(self) -> None:
        while batch := self._next_batch():
            self._committer.serve(batch, self._join)
            answer(batch)
        self._committer.close()

    def _next_batch(self) -> list[Work]:
        """The works that wait, those on one chat beside each other. Waits for the first. Empty if the lane stops.

        Every lane of every process takes the locks of a batch in this order, so two of them rarely block each other.
        """
        if not self._waiting and not self._is_stopping:
            self._take(self.queue.get())
        self._take_waiting(BATCH_WORKS)
        batch, self._waiting = sorted(self._waiting, key=_lane_of), []
        return batch

    def _join(self, batch: list[Work]) -> list[Work]:
        """Adds works that wait to a batch that is being run, and returns them.

        These are works on the same chats, or on chats whose locks come later in the order. The others go on waiting.
        """
        self._take_waiting(BATCH_WORKS - len(batch))
        if not self._waiting:
            return []
        chats = {_lane_of(work) for work in batch}
        last = max(chats)
        may_join = [_lane_of(work) in chats or _lane_of(work) > last for work in self._waiting]
        joining = sorted(compress(self._waiting, may_join), key=_lane_of)
        self._waiting = [work for work, may in zip(self._waiting, may_join, strict=True) if not may]
        batch += joining
        return joining

    def _take_waiting(self, most: int) -> None:
        with contextlib.suppress(Empty):
            while len(self._waiting) < most and not self._is_stopping:
                self._take(self.queue.get_nowait())

    def _take(self, work: Work | None) -> None:
        if work is None:
            self._is_stopping = True
        else:
            self._waiting.append(work)


class Committer:
    """Runs works in transactions on a connection of its own. `begin` is the statement that begins them.

    Clears the cache after each commit, and rings the bell if there were events.
    """

    def __init__(
        self,
        begin: str,
        connect: Callable[[], Connection],
        clock: Clock,
        bell: FeedBell,
        cache: Cache,
        *,
        defers: bool = False,
    ) -> None:
        self._begin = begin
        self._cache = cache
        self._connect = connect
        self._clock = clock
        self._bell = bell
        self._defers = defers
        self._connection: Connection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def serve(self, batch: list[Work], join: "Callable[[list[Work]], list[Work]] | None" = None) -> None:
        """Runs and commits the works of a batch, and leaves its outcome in each of them.

        Works that `join` adds to the batch are committed with it. When the first of 64 senders in a chat have run, most
        of the others have come. So a commit is for 40 of them instead of 15.
        """
        error: BaseException | None = None
        for attempt in range(TRIES):
            if attempt == TRIES_TOGETHER and len(batch) > 1:
                for work in batch:
                    self.serve([work])
                return
            try:
                refused = self._commit(
                    batch, join if attempt == 0 else None, takes_keys_as_free=attempt < TRIES_TOGETHER
                )
                if refused:
                    self.serve(refused)
                return
            except (*COLLISIONS, _KeyTaken):
                error = DatabaseBusy("Other transactions kept changing the same data. Nothing was done.")
            except ConnectionLost:
                error = DatabaseBusy("PostgreSQL ended the connection. Nothing was done.")
            except BaseException as failure:
                error = failure
                break
            pause(attempt)
        assert error is not None
        fail(batch, error)

    def _commit(
        self,
        batch: list[Work],
        join: "Callable[[list[Work]], list[Work]] | None",
        *,
        takes_keys_as_free: bool,
    ) -> list[Work]:
        """Runs the batch in one transaction. Raises ConnectionLost if nothing can have been committed.

        Returns the works that were refused only during the commit. Nothing of them is stored, and they must run again
        to learn why.
        """
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        group = _Group(
            connection,
            self._begin,
            self._clock,
            batch,
            defers=self._defers,
            commits_unseen=self._defers and join is not None,
            takes_keys_as_free=takes_keys_as_free,
        )
        try:
            arriving = _arriving(group, batch, join) if join is not None and self._defers else batch
            commit_together(group, arriving, batch)
        except BaseException as error:
            with contextlib.suppress(psycopg.OperationalError):
                connection.undo()
            if not connection.is_lost:
                raise
            self.close()
            if group.is_committing:
                raise CommitFailed(
                    "The connection was lost during a commit. The change may or may not be stored."
                ) from error
            raise ConnectionLost from error
        self._cache.clear()
        if connection.has_events:
            self._bell.ring()
        return group.refused


def _arriving(group: "_Group", batch: list[Work], join: Callable[[list[Work]], list[Work]]) -> Iterator[Work]:
    """The works of the batch, and those that have come by the time they have run."""
    yield from tuple(batch)
    while joining := join(batch):
        if not group.ask_ahead(joining):
            return
        yield from joining


class _Group:
    """One attempt to commit works together.

    A key that another work took can seem free throughout a SERIALIZABLE transaction. So a violation is raised where
    `takes_keys_as_free`, and the batch runs again.
    """

    def __init__(
        self,
        connection: Connection,
        begin: str,
        clock: Clock,
        batch: Sequence[Work],
        *,
        defers: bool,
        commits_unseen: bool,
        takes_keys_as_free: bool,
    ) -> None:
        self.is_committing = False
        self.refused: list[Work] = []
        self._connection = connection
        self._begin = begin
        self._clock = clock
        self._defers = defers
        self._commits_unseen = commits_unseen
        self._takes_keys_as_free = takes_keys_as_free
        # Works about chats begin with reading what does not depend on each other.
        self._ahead = batch if defers else ()
        # By the works that run together, in order.
        self._transactions: dict[Work, WritingTransaction] = {}

    def begin(self) -> None:
        self._transactions.clear()
        self._connection.begin(self._begin)
        ahead, self._ahead = self._ahead, ()
        if len(ahead) > 1 and not self.ask_ahead(ahead):
            # The work in question will fail alone.
            self._connection.undo()
            self.begin()

    def ask_ahead(self, works: Sequence[Work]) -> bool:
        """Asks in one round trip what each work begins with reading, such as its caller.

        A work that asks this question then gets the answer. False if one of the questions has failed, or something
        that was posted before.
        """
        asked: list[tuple[WritingTransaction, Question]] = []
        for work in works:
            transaction = self._transaction_of(work)
            question = first_question(work.function, transaction)
            if question is not None:
                # A value that cannot be sent is an error of the work, which will ask again.
                with contextlib.suppress(psycopg.DataError):
                    self._connection.post(*question)
                    asked.append((transaction, question))
        try:
            results = self._connection.settle()
        except COLLISIONS:
            raise
        except psycopg.Error:
            if not self._connection.has_failed:
                raise
            return False
        # Before them there are those of other statements, such as the one that begins the transaction.
        answers = results[len(results) - len(asked) :]
        for (transaction, question), result in zip(asked, answers, strict=True):
            transaction.answered = (question, result)
        return True

    def run_work(self, work: Work) -> bool:
        transaction = self._transaction_of(work)
        work.run(transaction)
        self._raise_if_of_all(work)
        if self._connection.has_failed or (work.error is not None and transaction.changes):
            return False
        return self._refuse()

    def run_apart(self, work: Work) -> None:
        connection = self._connection
        connection.begin_savepoint()
        transaction = WritingTransaction(connection, self._clock())
        work.run(transaction, finish=transaction.settle)
        self._raise_if_of_all(work)
        if isinstance(work.error, psycopg.errors.UniqueViolation) and self._takes_keys_as_free:
            raise _KeyTaken from work.error
        if work.error is not None:
            connection.undo_savepoint()
        connection.end_savepoint()

    def commit(self) -> bool:
        is_unseen = self._connection.awaits_outcome and self._may_commit_unseen()
        try:
            if self._connection.awaits_outcome and not is_unseen:
                self._connection.settle()
            # After a failed statement PostgreSQL takes COMMIT for ROLLBACK, and reports no error.
            if not self._refuse() or self._connection.has_failed:
                return False
            self._connection.post("COMMIT")
            self.is_committing = True
            self._connection.settle()
        except psycopg.Error as error:
            if is_unseen and self._connection.has_stopped_early:
                self.is_committing = False
            # What a work had posted, and not the commit, which ends the transaction.
            if self._connection.has_failed and not isinstance(error, COLLISIONS):
                self.is_committing = False
                return False
            raise
        self.refused = [work for work, transaction in self._transactions.items() if transaction.is_unmet]
        return True

    def undo(self) -> None:
        self._connection.undo()

    def _may_commit_unseen(self) -> bool:
        """Whether each work that may be refused leaves nothing then, since it has one statement."""
        return self._commits_unseen and not any(
            transaction.may_be_refused and transaction.changes > 1 for transaction in self._transactions.values()
        )

    def _transaction_of(self, work: Work) -> WritingTransaction:
        transaction = self._transactions.get(work)
        if transaction is None:
            transaction = WritingTransaction(self._connection, self._clock(), defers=self._defers)
            self._transactions[work] = transaction
        return transaction

    def _refuse(self) -> bool:
        """Runs the refusals of works whose statements changed no row. False if one of these changed something else."""
        while self._connection.is_unmet:
            self._connection.is_unmet = False
            for work, transaction in self._transactions.items():
                if not transaction.is_unmet:
                    continue
                if transaction.has_changed:
                    return False
                work.refuse(transaction.refuse)
                self._raise_if_of_all(work)
        return True

    def _raise_if_of_all(self, work: Work) -> None:
        """Raises an error that is not of one work but of the whole transaction: a collision, or a lost connection."""
        error = work.error
        if error is not None and (isinstance(error, COLLISIONS) or self._connection.is_lost):
            work.error = None
            raise error


class _KeyTaken(Exception):
    """A work found a key free that another lane or process has taken meanwhile."""


def pause(attempt: int) -> None:
    """Waits for a random time, longer at each attempt, so that two that collided do not collide again."""
    longest = min(PAUSE_SECONDS * 2**attempt, LONGEST_PAUSE_SECONDS)
    time.sleep(random.uniform(0, longest))  # noqa: S311  # no secret hangs on it


def _lane_of(work: Work) -> str:
    return work.lane or ""
