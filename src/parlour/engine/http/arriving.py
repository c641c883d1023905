"""A body that is read while it arrives, by the code that answers its request."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from parlour.engine.dto.errors import ApiError

# An upload gets this much more time than other bodies: enough for a slow line, but not unlimited.
SLOWEST_UPLOAD_BYTES_PER_SECOND = 32 * 1024


class RequestTimeout(ApiError):
    """Raised when a request's body does not arrive in time."""

    status = 408
    code = "RequestTimeout"


class Pace:
    """The time that the pieces of one upload may take.

    The sender may not pause for `seconds`, nor be slower than the slowest line after the first `seconds`.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._began = clock()
        self._received = 0

    def count(self, piece: bytes) -> None:
        self._received += len(piece)

    @property
    def patience(self) -> float:
        """The seconds until the next piece must have arrived."""
        late = self._began + self._seconds + self._received / SLOWEST_UPLOAD_BYTES_PER_SECOND
        return max(0.0, min(self._seconds, late - self._clock()))

    def timeout(self) -> RequestTimeout:
        return RequestTimeout(f"The body stopped for {self._seconds:g} seconds, or was too slow.")


class ArrivingBody:
    """The pieces of a body, each as it arrives. They can be read once.

    The pieces end early if the client leaves; then `has_left` is True. Reading raises RequestTimeout if the client
    stops sending. `is_read` says whether nothing of the body is left on the connection.
    """

    def __init__(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]], *, seconds: float) -> None:
        self._receive = receive
        self._pace = Pace(seconds)
        self.has_left = False
        self.is_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.is_read:
            try:
                async with asyncio.timeout(self._pace.patience):
                    message = await self._receive()
            except TimeoutError:
                raise self._pace.timeout() from None
            if message["type"] == "http.disconnect":
                self.has_left = True
                return
            piece: bytes = message.get("body", b"")
            self.is_read = not message.get("more_body", False)
            self._pace.count(piece)
            if piece:
                yield piece
