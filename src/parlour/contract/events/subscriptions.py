"""Who listens to the event stream: subscriptions, what is told of each, and finding those that a message is for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from parlour.contract.auth import Principal
from parlour.contract.events.frames import frame
from parlour.contract.streaming import Outlet

ANONYMOUS_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E"
    "%3Ccircle cx='12' cy='8' r='5' fill='%23678'/%3E%3Cpath d='M2 24a10 10 0 0 1 20 0z' fill='%23678'/%3E%3C/svg%3E"
)


@dataclass(slots=True, eq=False, kw_only=True)
class Subscription:
    """One open stream. `created_ms` is Unix time, `pulse` a moment of the engine's clock, set
    when it opens.

    `principal` and `session_id` are None for a stream that anybody may open. Without an `outlet` it is not read (any
    more).
    """

    id: str
    user_id: str
    user_name: str
    display_name: str
    picture: str
    address: str
    channels: list[str]
    created_ms: int
    pulse: float = 0.0
    principal: Principal | None = None
    session_id: str | None = None
    outlet: Outlet | None = None
    _sent: int = field(default=0, init=False)

    @property
    def is_read(self) -> bool:
        return self.outlet is not None and self.outlet.is_open

    def told(self) -> dict[str, str]:
        """What everybody in its channels may know of it; every value is text, as clients expect."""
        return {
            "profileUrl": self.picture,
            "channels": ",".join(self.channels),
            "isAuthenticated": "false" if self.principal is None else "true",
            "createdAt": str(self.created_ms),
            "displayName": self.display_name,
            "userId": self.user_id,
        }

    def send(self, line: bytes) -> bool:
        """Sends a data line as the next frame. False when nobody reads."""
        if self.outlet is None:
            return False
        self._sent += 1
        return self.outlet.write(frame(self._sent, line))


class Subscriptions:
    """The subscriptions of a process, by id, channel and user."""

    def __init__(self) -> None:
        self._by_id: dict[str, Subscription] = {}
        self._by_channel: dict[str, list[Subscription]] = {}
        self._by_user: dict[str, list[Subscription]] = {}

    def __iter__(self) -> Iterator[Subscription]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, id_: str) -> Subscription | None:
        return self._by_id.get(id_)

    def add(self, subscription: Subscription) -> None:
        self._by_id[subscription.id] = subscription
        self._by_user.setdefault(subscription.user_id, []).append(subscription)
        for channel in subscription.channels:
            self._by_channel.setdefault(channel, []).append(subscription)

    def remove(self, subscription: Subscription) -> bool:
        """Whether it was there."""
        if self._by_id.pop(subscription.id, None) is None:
            return False
        _drop(self._by_user, subscription.user_id, subscription)
        for channel in subscription.channels:
            _drop(self._by_channel, channel, subscription)
        return True

    def subscribe(self, subscription: Subscription, channels: Iterable[str]) -> None:
        for channel in channels:
            if channel not in subscription.channels:
                subscription.channels.append(channel)
                self._by_channel.setdefault(channel, []).append(subscription)

    def unsubscribe(self, subscription: Subscription, channels: Iterable[str]) -> None:
        for channel in channels:
            if channel in subscription.channels:
                subscription.channels.remove(channel)
                _drop(self._by_channel, channel, subscription)

    def in_channel(self, channel: str) -> Sequence[Subscription]:
        return tuple(self._by_channel.get(channel, ()))

    def of_user(self, user_id: str) -> Sequence[Subscription]:
        return tuple(self._by_user.get(user_id, ()))

    def where(self, holds: Callable[[Subscription], bool]) -> Sequence[Subscription]:
        """Those of which something holds, by looking at every one."""
        return tuple(subscription for subscription in self._by_id.values() if holds(subscription))


def _drop(index: dict[str, list[Subscription]], key: str, subscription: Subscription) -> None:
    kept = index[key]
    kept.remove(subscription)
    if not kept:
        del index[key]
