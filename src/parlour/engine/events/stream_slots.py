"""Counts the open streams of each caller, and limits their number."""

from parlour.engine.dto.errors import TooManyRequests
from parlour.engine.http.networks import network_of
from parlour.engine.serving.principals import Identified

# A user may sign in as often as they like. All their sessions together have the slots of this many: a few devices, and
# some that broke and have not ended yet.
SESSIONS_OF_USER = 5


class StreamSlots:
    """The slots for streams: each holder has `most`. A holder is a session, user, key or address (`holder_of`).

    All sessions of a user together have no more slots than SESSIONS_OF_USER sessions.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def take(self, holder: str, *, of_user: str | None = None) -> "StreamSlot":
        """Takes a slot for one more stream, until it is given back. Raises TooManyRequests."""
        limits = {holder: self._most}
        if of_user is not None:
            limits[f"all of user {of_user}"] = self._most * SESSIONS_OF_USER
        for each, most in limits.items():
            taken = self._taken.get(each, 0)
            if taken >= most:
                raise TooManyRequests(
                    f"You have {taken} event streams open, and more are not allowed. Close one before you open another."
                )
        for each in limits:
            self._taken[each] = self._taken.get(each, 0) + 1
        return StreamSlot(self, *limits)

    def give_back(self, holder: str) -> None:
        left = self._taken[holder] - 1
        if left:
            self._taken[holder] = left
        else:
            del self._taken[holder]


class StreamSlot:
    """The slot of one stream."""

    __slots__ = ("_holders", "_slots")

    def __init__(self, slots: StreamSlots, *holders: str) -> None:
        self._slots: StreamSlots | None = slots
        self._holders = holders

    def give_back(self) -> None:
        """Frees the slot. Further calls do nothing."""
        slots, self._slots = self._slots, None
        if slots is not None:
            for holder in self._holders:
                slots.give_back(holder)

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
