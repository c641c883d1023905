"""What one part of the server tells the others once it is committed: a topic and a key, nothing more.

A hint may be lost, with the process or before it listens, so whoever needs to be certain looks as well. Today every
part is in this process. Several processes on PostgreSQL will have a bus that publishes by NOTIFY and listens by LISTEN:
a topic is a channel there, a key its payload.
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
"""Somebody may have left a chat. The key is the chat's id."""

_logger = logging.getLogger("parlour.bus")


class Bus(Protocol):
    """Listeners are called on the event loop, one hint after the other, in the order of their publication."""

    def publish(self, topic: str, key: str) -> None:
        """Tells whoever listens. Never waits and never fails; may be called from any thread."""
        ...

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        """Tells `subscriber` the keys of a topic from now on."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Passes hints on for as long as it is entered."""
        ...


class LocalBus(Bus):
    """A bus within one process. Hints published while it is not at work are lost."""

    def __init__(self) -> None:
        self._subscribers: dict[str, list[Subscriber]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hints: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    def publish(self, topic: str, key: str) -> None:
        loop = self._loop
        if loop is not None:
            # A loop that was closed in between has nobody left to tell.
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
