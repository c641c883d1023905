"""The channel of a signed-in caller, which their streams hear without naming it.

The application has the messages of that channel in an order, in which each place has an id. Every frame of such a
stream carries the id of the place behind everything the stream has heard. So a client that connects again sends it as
`Last-Event-ID`, and hears what it missed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from parlour.engine.serving.principals import Principal


class Place(Protocol):
    """A stream's place in the channel, which moves on as it hears messages."""

    @property
    def cursor(self) -> str:
        """The id of the place behind everything that the stream has heard: digits, as clients read it as a number."""
        ...

    def leave(self) -> None:
        """Ends listening, when the stream has ended."""
        ...


@dataclass(frozen=True, slots=True)
class Joined:
    """A stream that hears its caller's channel from now on.

    `missed` are the frames since `begun_at`, the place from which it goes on. With `is_gap` some are lost.
    """

    place: Place
    begun_at: str
    missed: bytes
    is_gap: bool


class OwnChannel(Protocol):
    """The channels of an application's callers."""

    async def join(self, caller: Principal, last_id: str | None, hear: Callable[[bytes], None]) -> Joined:
        """Joins the caller's channel, from the place with `last_id` or from now.

        From then on `hear` gets each frame, on the event loop. Nothing is awaited between joining and returning, so the
        caller may put what was missed before it.
        """
        ...
