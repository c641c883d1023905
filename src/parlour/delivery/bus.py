"""Hints from one part of the server to the others after a commit: a topic and a key, without data.

Hints may be lost, when the process ends or before a subscriber exists, so consumers must also poll. `LocalBus` is for
one process, and `postgres_bus.py` for several on one PostgreSQL.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

Subscriber = Callable[[str], Awaitable[None]]

SESSION_ENDED = "session_ended"
"""The key is the session's id."""

MEMBERS_CHANGED = "members_changed"
"""A member may have left a chat. The key is the chat's id."""

EVENTS = "events"
"""There may be new events in a feed. The key names the process that has numbered them, or is empty."""

PASSING = "passing"
"""Something happened that is not stored, such as typing. The key is all there is of it."""

PRESENT = "present"
"""A person is there, or not any more. The key is their agency, their id and the presence."""

ATTENDANCE = "attendance"
"""A program said whether its person is there. The key is JSON: agency, person, session, presence and instant."""

_logger = logging.getLogger("parlour.bus")


class Bus(Protocol):
    """Calls subscribers on the event loop, one hint after the other, in the order of publication."""

    def publish(self, topic: str, key: str) -> None:
        """Sends a hint to the topic's subscribers. Never waits and never fails; may be called from any thread."""
        ...

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        """Calls `subscriber` with each key of a topic from now on."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Delivers hints while the context is entered."""
        ...


class LocalBus(Bus):
    """A bus within one process. Hints published while it is not running are lost."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Subscriber]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hints: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def publish(self, topic: str, key: str) -> None:
        loop = self._loop
        if loop is not None:
            # The loop may have been closed meanwhile; then the hint is lost.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._hints.put_nowait, (topic, key))

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        self._subscribers.setdefault(topic, []).append(subscriber)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        passing_on = asyncio.create_task(self._deliver())
        try:
            yield
        finally:
            self._loop = None
            passing_on.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await passing_on

    async def _deliver(self) -> None:
        while True:
            topic, key = await self._hints.get()
            for subscriber in self._subscribers.get(topic, ()):
                try:
                    await subscriber(key)
                except Exception:
                    _logger.exception("a listener of %s failed", topic)
