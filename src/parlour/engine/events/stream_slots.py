"""Counts the open streams of each caller, and limits their number."""

from parlour.engine.dto.errors import TooManyRequests
from parlour.engine.http.networks import network_of
from parlour.engine.serving.principals import Identified


class StreamSlots:
    """The slots for streams: each holder has `most`. A holder is a session, user, key or address (`holder_of`)."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def take(self, holder: str) -> "StreamSlot":
        """Takes a slot for one more stream, until it is given back. Raises TooManyRequests."""
        taken = self._taken.get(holder, 0)
        if taken >= self._most:
            raise TooManyRequests(
                f"You have {taken} event streams open, and more are not allowed. Close one before you open another."
            )
        self._taken[holder] = taken + 1
        return StreamSlot(self, holder)

    def give_back(self, holder: str) -> None:
        left = self._taken[holder] - 1
        if left:
            self._taken[holder] = left
        else:
            del self._taken[holder]


class StreamSlot:
    """The slot of one stream."""

    __slots__ = ("_holder", "_slots")

    def __init__(self, slots: StreamSlots, holder: str) -> None:
        self._slots: StreamSlots | None = slots
        self._holder = holder

    def give_back(self) -> None:
        """Frees the slot. Further calls do nothing."""
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.give_back(self._holder)

    def __del__(self) -> None:
        # The client may leave before its stream begins, and then no other code frees the slot.
        self.give_back()


def holder_of(identified: Identified, session_id: str | None, address: str) -> str:
    """The holder of a caller's slots: a session, else a user or a key, else an address."""
    if session_id is not None:
        return session_holder(session_id)
    if identified.principal is not None:
        return f"user {identified.principal.user_id}"
    if identified.api_key is not None:
        return f"key {identified.api_key.name}"
    return f"address {network_of(address)}"


def session_holder(session_id: str) -> str:
    return f"session {session_id}"
