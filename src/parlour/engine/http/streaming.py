"""Streamed bodies: the protocol of their writers, and the bounded queue before the reader.

An idle stream takes one waiting coroutine. The task that writes to the socket exists only while pieces are queued, so
ten thousand idle streams cost no more than their connections.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# The most that may be queued for a slow reader, besides the kernel's buffers. Clients read events as they arrive, so
# one this far behind has stopped reading.
MAX_QUEUED_PIECES = 1000
MAX_QUEUED_BYTES = 256 * 1024


class Outlet:
    """Sends the pieces of one body, on the event loop. Writing never waits."""

    __slots__ = ("_is_open", "_queued", "_queued_bytes", "_send", "_writer")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_open = True
        self._queued: list[bytes] | None = None
        self._queued_bytes = 0
        self._writer: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._is_open

    def write(self, piece: bytes) -> bool:
        """Queues a piece, which is sent in a single write, together with other queued pieces.

        False if the body has ended, or is ended now because its reader is too far behind. If no piece is queued, a
        piece of any size is accepted.
        """
        if not self._is_open:
            return False
        if self._queued is None:
            self._queued = []
        is_too_much = len(self._queued) >= MAX_QUEUED_PIECES or self._queued_bytes + len(piece) > MAX_QUEUED_BYTES
        if self._queued and is_too_much:
            self.close(discard=True)
            return False
        self._queued.append(piece)
        self._queued_bytes += len(piece)
        self._wake()
        return True

    def close(self, *, discard: bool = False) -> None:
        """Ends the body, after the queued pieces or, with `discard`, at once."""
        if discard:
            self._queued, self._queued_bytes = None, 0
        if self._is_open:
            self._is_open = False
            self._wake()

    def abandon(self) -> None:
        """Stops sending, as the reader has left."""
        self._is_open = False
        if self._writer is not None:
            self._writer.cancel()

    def _wake(self) -> None:
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_queued())

    async def _write_queued(self) -> None:
        try:
            while self._queued:
                pieces, self._queued, self._queued_bytes = self._queued, None, 0
                await self._send({"type": "http.response.body", "body": b"".join(pieces), "more_body": True})
            if not self._is_open:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        except OSError:
            # The reader has left, which also wakes those who wait for the end.
            self._is_open = False
        finally:
            self._writer = None


class StreamedBody(Protocol):
    """The writer of a streamed body. Each method is called once, on the event loop."""

    async def opened(self, outlet: Outlet) -> None:
        """Called when the head of the response has been sent. `outlet` sends the body."""
        ...

    def closed(self) -> None:
        """Called when the body has ended, or its reader has left."""
        ...


async def stream(body: StreamedBody, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Sends `body` until it ends or its reader leaves. The head of the response must have been sent."""
    outlet = Outlet(send)
    try:
        await body.opened(outlet)
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        outlet.abandon()
        body.closed()
