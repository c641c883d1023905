"""Bodies that come about while they are sent: who writes one, and the bounded queue before its reader.

A stream that idles holds one parked coroutine. What writes to the socket is a task that lives only while something
is queued, so ten thousand silent streams cost no more than their connections.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# What may wait for a slow reader, besides what the server has handed to the kernel. Clients read events as they come:
# one that is this far behind is not reading.
MAX_QUEUED_PIECES = 1000
MAX_QUEUED_BYTES = 256 * 1024


class Outlet:
    """Where the pieces of one body go, on the event loop. Writing never waits."""

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
        """Queues a piece, which is never split between two writes; pieces that wait are sent together.

        False when the body has ended, or ends now because its reader is too far behind. A piece before which none
        waits is taken whatever its size.
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
        """Ends the body: after what is queued, or at once."""
        if discard:
            self._queued, self._queued_bytes = None, 0
        if self._is_open:
            self._is_open = False
            self._wake()

    def abandon(self) -> None:
        """The reader has left: nothing is sent any more."""
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
            # The reader has left, which whoever waits for that is told as well.
            self._is_open = False
        finally:
            self._writer = None


class StreamedBody(Protocol):
    """What writes a streamed body. Both methods are called on the event loop, each once."""

    async def opened(self, outlet: Outlet) -> None:
        """The head of the response is sent; `outlet` takes the body from now on."""
        ...

    def closed(self) -> None:
        """The body has ended, or nobody reads it any more."""
        ...


async def stream(body: StreamedBody, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Lets `body` write until it ends or its reader leaves. The head of the response must have been sent."""
    outlet = Outlet(send)
    try:
        await body.opened(outlet)
        while (await receive())["type"] != "http.disconnect":
            pass
    finally:
        outlet.abandon()
        body.closed()
