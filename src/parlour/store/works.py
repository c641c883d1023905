"""Works on their way from an event loop to the threads that run them, and their outcomes on the way back."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from parlour.store.database import AfterCommit, DatabaseClosed, Transaction, run_after_commit


class Work:
    """A function to run on a transaction, then its outcome, and where that goes."""

    __slots__ = ("actions", "error", "function", "future", "mailbox", "result")

    def __init__(
        self,
        function: Callable[[Transaction], Any],
        mailbox: "Mailbox | Waiting",
        future: "asyncio.Future[Any] | None",
    ) -> None:
        self.function = function
        self.mailbox = mailbox
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None
        self.actions: Sequence[AfterCommit] = ()

    def settle(self) -> None:
        """Gives the outcome to the task that awaits it. Runs on the event loop of that task."""
        future = self.future
        assert future is not None
        # Also when nobody waits any more: what was written is there.
        if self.actions and self.error is None:
            run_after_commit(self.actions)
        if future.done():
            return
        if self.error is None:
            future.set_result(self.result)
        elif isinstance(self.error, StopIteration):
            # A future refuses this one, and the others of its batch would never be answered.
            future.set_exception(RuntimeError("A handler raised StopIteration."))
        else:
            future.set_exception(self.error)


# None stops the thread that takes it.
Queue = SimpleQueue[Work | None]


class Mailbox:
    """Takes works from one event loop to the threads and their outcomes back.

    Works leave once a turn of the loop, so that all those of one turn meet in one batch; a thread that got the first
    of them would begin with it alone. Outcomes wake the loop once for all that came meanwhile: waking is what costs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, post: "Callable[[Sequence[tuple[Work, Queue]]], None]") -> None:
        self.loop = loop
        self._post = post
        self._leaving: list[tuple[Work, Queue]] = []
        self._arrived: deque[Work] = deque()
        self._is_woken = False

    def send(self, work: Work, queue: "Queue") -> None:
        if not self._leaving:
            self.loop.call_soon(self._send_all)
        self._leaving.append((work, queue))

    def _send_all(self) -> None:
        leaving, self._leaving = self._leaving, []
        try:
            self._post(leaving)
        except DatabaseClosed as error:
            for work, _ in leaving:
                work.error = error
                work.settle()

    def put(self, works: Sequence[Work]) -> None:
        """Brings outcomes back; called by the threads."""
        self._arrived.extend(works)
        if self._is_woken:
            return
        self._is_woken = True
        # A loop that was closed meanwhile has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Before emptying it: what is put after this line wakes again, what was put before is seen below.
        self._is_woken = False
        arrived = self._arrived
        while arrived:
            arrived.popleft().settle()


class Waiting:
    """Brings the outcome of one work to a thread that waits for it."""

    def __init__(self) -> None:
        self.outcome: Future[Work] = Future()

    def put(self, works: Sequence[Work]) -> None:
        for work in works:
            if work.error is None:
                self.outcome.set_result(work)
            else:
                self.outcome.set_exception(work.error)


def answer(batch: Sequence[Work]) -> None:
    """Brings the outcomes of a batch to where each work came from."""
    by_mailbox: dict[Mailbox | Waiting, list[Work]] = {}
    for work in batch:
        by_mailbox.setdefault(work.mailbox, []).append(work)
    for mailbox, works in by_mailbox.items():
        mailbox.put(works)
