"""Takes work from an event loop to the threads that run it, and brings the outcomes back."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

from parlour.store.database import AfterCommit, CommitFailed, DatabaseClosed, Gathered, Transaction, run_after_commit

T = TypeVar("T")


class RunTransaction(Transaction, Protocol):
    """The transaction of a work, with what is to follow its commit."""

    actions: tuple[AfterCommit, ...]


class TakesLong(Exception):
    """Raised for a read that takes too long for the event loop."""


# Not frozen, since each send makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class ToGather:
    """A change that is still to be made (see `Transaction.gather`). `asked_at` is when, by `time.monotonic`."""

    change: Gathered
    shared: Mapping[str, Any]
    row: Mapping[str, Any]
    asked_at: float

    @property
    def key(self) -> Hashable:
        """The same for changes that are made together."""
        return (self.change, *self.shared.values())


class Work:
    """A unit of work on its way: a function to run on a transaction, and later its outcome.

    A task creates it and awaits `future`. A thread runs it. Then `answer` takes it back to its `mailbox`, and `settle`
    ends the wait on the event loop. `lane` is the key of the lane that may run it, on PostgreSQL. `gathered` is the
    change of a work that has run ahead on SQLite, which is still to be made. `is_over` once it was answered as one of a
    batch.
    """

    __slots__ = (
        "actions",
        "error",
        "function",
        "future",
        "gathered",
        "is_over",
        "lane",
        "mailbox",
        "may_run_ahead",
        "result",
    )

    def __init__(
        self,
        function: Callable[[Transaction], Any],
        mailbox: "Mailbox | Waiting",
        future: "asyncio.Future[Any] | None",
        lane: str | None = None,
        *,
        may_run_ahead: bool = False,
    ) -> None:
        self.function = function
        self.mailbox = mailbox
        self.future = future
        self.lane = lane
        self.may_run_ahead = may_run_ahead
        self.gathered: ToGather | None = None
        self.is_over = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.actions: Sequence[AfterCommit] = ()

    def run(self, transaction: "RunTransaction", finish: Callable[[], object] | None = None) -> None:
        """Runs the function, then `finish`. Keeps the result or the error, in place of those of an earlier run."""
        self.result = self.error = None
        try:
            self.result = self.function(transaction)
            if finish is not None:
                finish()
            self.actions = transaction.actions
        except BaseException as error:
            self.error = error

    def refuse(self, refusal: Callable[[], object]) -> None:
        """Takes the error that `refusal` raises for that of the work, which has run."""
        try:
            refusal()
        except BaseException as error:
            self.result, self.error = None, error

    def settle(self) -> None:
        """Gives the outcome to the task that awaits it. Runs on the event loop of that task."""
        future, error = self.future, self.error
        assert future is not None
        # An error leads back to here, by the variables of the code that raised it. Only the garbage collector would
        # free it, with the whole request.
        self.future = self.error = None
        # Even if nobody waits any more, because the work is committed.
        if self.actions and error is None:
            run_after_commit(self.actions)
        if future.done():
            return
        if error is None:
            future.set_result(self.result)
        elif isinstance(error, StopIteration):
            # A future refuses this exception, and the rest of the batch would never get its results.
            future.set_exception(RuntimeError("A handler raised StopIteration."))
        else:
            future.set_exception(error)


# None stops the thread that takes it.
Queue = SimpleQueue[Work | None]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What an event loop does itself of works for `queue`.

    `run` runs works up to the change that each gathers. It may leave an error in one, which is then over. `change`
    makes the changes of the first of some works, for the thread of the queue to commit. It returns how many these are,
    or 0 if that thread must make them.
    """

    queue: Queue
    run: Callable[[Sequence[Work]], None]
    change: Callable[[Sequence[Work]], int]


class Mailbox:
    """Takes the work of one event loop to the threads, and brings its outcomes back.

    All work of one turn of the loop leaves together, so that it meets in one batch. A thread that got the first piece
    alone would begin with it. Outcomes wake the loop once for all that have arrived, since waking is the costly part.

    Works that have run ahead wait here while those before them are committed. Then the loop makes their changes, if it
    can. A work of another kind takes all that wait with it to the thread, and those that follow join its batches until
    the thread has answered the last of them. So all keep their order.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        post: "Callable[[Sequence[tuple[Work, Queue]]], None]",
        ahead: Ahead | None,
    ) -> None:
        self.loop = loop
        self._post = post
        self._ahead = ahead
        self._leaving: list[tuple[Work, Queue]] = []
        # Works for the queue of `ahead`.
        self._waiting: list[Work] = []
        # The last of these that has left, while it is not over.
        self._last: Work | None = None
        # Whether it left with a work of another kind, or after one.
        self._is_mixed = False
        self._arrived: deque[Work] = deque()
        self._is_woken = False

    def send(self, work: Work, queue: "Queue") -> None:
        if not self._leaving:
            self.loop.call_soon(self._send_all)
        self._leaving.append((work, queue))

    def _send_all(self) -> None:
        leaving, self._leaving = self._leaving, []
        ahead = self._ahead
        if ahead is None:
            self._post_or_fail(leaving)
            return
        ahead.run([work for work, _ in leaving if work.may_run_ahead])
        others: list[tuple[Work, Queue]] = []
        for work, queue in leaving:
            if work.error is not None:
                work.settle()
            elif queue is ahead.queue:
                self._waiting.append(work)
            else:
                others.append((work, queue))
        if others:
            self._post_or_fail(others)
        self._send_waiting(ahead)

    def _send_waiting(self, ahead: Ahead) -> None:
        """Makes the changes of works that wait, once those before them are over, or takes all to the thread."""
        if self._last is not None and self._last.is_over:
            self._last, self._is_mixed = None, False
        works = self._waiting
        self._is_mixed = self._is_mixed or any(work.gathered is None for work in works)
        if not works or (self._last is not None and not self._is_mixed):
            return
        # Taken before, since what fails halfway must not be changed twice.
        self._waiting = []
        changed = 0 if self._is_mixed else ahead.change(works)
        if changed:
            self._last, self._waiting = works[changed - 1], works[changed:]
        else:
            self._last = works[-1]
            self._post_or_fail([(work, ahead.queue) for work in works])

    def _post_or_fail(self, leaving: "Sequence[tuple[Work, Queue]]") -> None:
        try:
            self._post(leaving)
        except DatabaseClosed as error:
            for work, _ in leaving:
                work.error = error
                work.is_over = True
                work.settle()

    def put(self, works: Sequence[Work]) -> None:
        """Brings outcomes back. Called by the threads."""
        self._arrived.extend(works)
        if self._is_woken:
            return
        self._is_woken = True
        # Nobody waits on a loop that has been closed meanwhile.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Before emptying the queue: outcomes put after this line wake the loop again, earlier ones are taken below.
        self._is_woken = False
        try:
            if self._ahead is not None:
                # First, so that these are committed while the others are answered.
                self._send_waiting(self._ahead)
        finally:
            arrived = self._arrived
            while arrived:
                arrived.popleft().settle()


class PostOffice:
    """Takes works from event loops to the queues of threads, until it is closed.

    A database has one. `submit` is the way of a request: the work goes into the mailbox of its event loop, from there
    into the queue of a thread, and back. `run` is that of a thread which waits for its own work. `ahead` gets the works
    that may run before they leave their event loop.
    """

    def __init__(self, ahead: Ahead | None = None) -> None:
        self._ahead = ahead
        self._closing = threading.Lock()
        self._is_closed = False
        self._mailbox: Mailbox | None = None

    async def submit(
        self, work: Callable[[Transaction], T], queue: Queue, lane: str | None = None, *, may_run_ahead: bool = False
    ) -> T:
        """The result of `work`. Raises DatabaseClosed."""
        self.refuse_when_closed()
        loop = asyncio.get_running_loop()
        mailbox = self._mailbox
        if mailbox is None or mailbox.loop is not loop:
            mailbox = self._mailbox = Mailbox(loop, self._post, self._ahead)
        future: asyncio.Future[T] = loop.create_future()
        mailbox.send(Work(work, mailbox, future, lane, may_run_ahead=may_run_ahead), queue)
        try:
            return await future
        finally:
            # Its error refers to this variable.
            del future

    def run(self, work: Callable[[Transaction], T], queue: Queue) -> T:
        """The same from a thread without an event loop, which waits."""
        waiting = Waiting()
        self._post([(Work(work, waiting, None), queue)])
        return waiting.result()  # type: ignore[no-any-return]  # a queue of works of every type

    def close(self) -> bool:
        """Takes no more works. False if it was closed already."""
        with self._closing:
            was_closed, self._is_closed = self._is_closed, True
        return not was_closed

    def refuse_when_closed(self) -> None:
        if self._is_closed:
            raise DatabaseClosed("The database is closed.")

    def _post(self, works: Sequence[tuple[Work, Queue]]) -> None:
        # Under the lock, so that nothing is put behind the None that stops a thread.
        with self._closing:
            self.refuse_when_closed()
            for work, queue in works:
                queue.put(work)


class Waiting:
    """Brings the outcome of one work to a thread that waits for it."""

    def __init__(self) -> None:
        self._done: Future[Work] = Future()

    def put(self, works: Sequence[Work]) -> None:
        for work in works:
            if work.error is None:
                self._done.set_result(work)
            else:
                self._done.set_exception(work.error)

    def result(self) -> Any:
        """The result of the work, once it is there and the actions after its commit have run."""
        done = self._done.result()
        run_after_commit(done.actions)
        return done.result


def answer(batch: Sequence[Work]) -> None:
    """Ends the wait for all works of a batch, whose outcomes are in them. Called by the thread that ran them.

    Each mailbox gets all of its works at once, so that its event loop is woken once.
    """
    by_mailbox: dict[Mailbox | Waiting, list[Work]] = {}
    for work in batch:
        work.is_over = True
        by_mailbox.setdefault(work.mailbox, []).append(work)
    for mailbox, works in by_mailbox.items():
        mailbox.put(works)


class Group(Protocol):
    """How the works of a batch are run and committed on a connection."""

    def begin(self) -> None: ...

    def run_work(self, work: Work) -> bool:
        """Runs a work in the transaction. False if it failed and left something of itself there."""
        ...

    def run_apart(self, work: Work) -> None:
        """Runs a work in a savepoint, which is undone if it fails."""
        ...

    def commit(self) -> bool:
        """Commits. False if something that a work left for the end has failed."""
        ...

    def undo(self) -> None: ...


def commit_together(group: Group, arriving: Iterable[Work], batch: Sequence[Work]) -> None:
    """Runs works in one transaction and commits it. Each may fail without the others.

    `batch` has all works that `arriving` has given. There are no savepoints at first. They cost a third of the time of
    small work, and work that fails has nearly always written nothing yet. If one has, all run again, each in its own
    savepoint.
    """
    group.begin()
    if all(group.run_work(work) for work in arriving) and group.commit():
        return
    group.undo()
    group.begin()
    for work in batch:
        group.run_apart(work)
    if not group.commit():
        raise CommitFailed("What was done could not be made durable and was undone.")


def fail(batch: Sequence[Work], error: BaseException) -> None:
    """Reports to all work of the batch that nothing was kept. Work that failed by itself keeps its own error."""
    for work in batch:
        if work.error is None:
            work.error = error
