"""The subscriptions of the event stream, their description for others, and the search for a message's receivers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from parlour.engine.events.frames import frame
from parlour.engine.events.own_channel import Place
from parlour.engine.events.stream_slots import StreamSlot
from parlour.engine.http.streaming import Outlet
from parlour.engine.serving.principals import Principal

ANONYMOUS_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    "%3Ccircle cx='12' cy='8' r='5' fill='%23678'/%3E%3Cpath d='M2 24a10 10 0 0 1 20 0z' fill='%23678'/%3E%3C/svg%3E"
)


@dataclass(slots=True, eq=False, kw_only=True)
class Subscription:
    """One open stream. `created_ms` is Unix time, `alive_at` the time of the last heartbeat on the engine's clock.

    `principal` and `session_id` are None for anonymous callers. `holder` has taken the `slot`, which is freed when the
    stream ends. Without an `outlet` the stream has no reader (any more). `last_id` is that of the client's earlier
    stream. `place` is the stream's place in its caller's own channel, if the application has these.
    """

    id: str
    user_id: str
    user_name: str
    display_name: str
    picture: str
    address: str
    channels: list[str]
    created_ms: int
    holder: str
    slot: StreamSlot
    alive_at: float = 0.0
    principal: Principal | None = None
    session_id: str | None = None
    last_id: str | None = None
    place: Place | None = None
    outlet: Outlet | None = None
    _sent: int = field(default=0, init=False)

    @property
    def is_read(self) -> bool:
        return self.outlet is not None and self.outlet.is_open

    def described(self, channels: Sequence[str] | None = None) -> dict[str, str]:
        """The description of the subscription, with all its channels, or only those in `channels`.

        All values are text, as clients expect.
        """
        return {
            "profileUrl": self.picture,
            "channels": ",".join(self.channels if channels is None else channels),
            "isAuthenticated": "false" if self.principal is None else "true",
            "createdAt": str(self.created_ms),
            "displayName": self.display_name,
            "userId": self.user_id,
        }

    def send(self, *lines: bytes) -> bool:
        """Sends each data line as the next frame, all in one piece. False if the stream has no reader.

        Frames are numbered, or have the id of the stream's place.
        """
        if self.outlet is None:
            return False
        if self.place is not None:
            id_ = self.place.cursor
            return self.outlet.write(b"".join(frame(id_, line) for line in lines))
        first = self._sent + 1
        self._sent += len(lines)
        return self.outlet.write(b"".join(frame(number, line) for number, line in enumerate(lines, first)))


# A dict keeps the order of insertion, and removes an entry in constant time.
_Index = dict[str, dict[Subscription, None]]


class Subscriptions:
    """The subscriptions of a process, by id, channel, user and holder."""

    def __init__(self) -> None:
        self._by_id: dict[str, Subscription] = {}
        self._by_channel: _Index = {}
        self._by_user: _Index = {}
        self._by_holder: _Index = {}

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id_: str) -> Subscription | None:
        return self._by_id.get(id_)

    def add(self, subscription: Subscription) -> None:
        self._by_id[subscription.id] = subscription
        _put(self._by_user, subscription.user_id, subscription)
        _put(self._by_holder, subscription.holder, subscription)
        for channel in subscription.channels:
            _put(self._by_channel, channel, subscription)

    def remove(self, subscription: Subscription) -> bool:
        """Removes a subscription, and returns whether it existed."""
        if self._by_id.pop(subscription.id, None) is None:
            return False
        _drop(self._by_user, subscription.user_id, subscription)
        _drop(self._by_holder, subscription.holder, subscription)
        for channel in subscription.channels:
            _drop(self._by_channel, channel, subscription)
        return True

    def subscribe(self, subscription: Subscription, channels: Iterable[str]) -> None:
        for channel in channels:
            if channel not in subscription.channels:
                subscription.channels.append(channel)
                _put(self._by_channel, channel, subscription)

    def unsubscribe(self, subscription: Subscription, channels: Iterable[str]) -> None:
        for channel in channels:
            if channel in subscription.channels:
                subscription.channels.remove(channel)
                _drop(self._by_channel, channel, subscription)

    def in_channel(self, channel: str) -> Sequence[Subscription]:
        return tuple(self._by_channel.get(channel, ()))

    def of_user(self, user_id: str) -> Sequence[Subscription]:
        return tuple(self._by_user.get(user_id, ()))

    def of_holder(self, holder: str) -> Sequence[Subscription]:
        return tuple(self._by_holder.get(holder, ()))

    def where(self, holds: Callable[[Subscription], bool]) -> Sequence[Subscription]:
        """All subscriptions that satisfy a predicate, found by checking each one."""
        return tuple(subscription for subscription in self._by_id.values() if holds(subscription))


def _put(index: _Index, key: str, subscription: Subscription) -> None:
    index.setdefault(key, {})[subscription] = None


def _drop(index: _Index, key: str, subscription: Subscription) -> None:
    kept = index[key]
    del kept[subscription]
    if not kept:
        del index[key]
