"""Who may hear which channel: the application says so, in a transaction that reads."""

from collections.abc import Collection, Iterable, Sequence
from itertools import compress
from typing import Any, Protocol

from parlour.engine.events.subscriptions import Subscription
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import Principal


class EventAccess(Protocol):
    """What an application says of its channels."""

    def may_hear(self, tx: Any, caller: Principal | None, channel: str) -> bool:
        """Whether the caller may hear the channel: asked when he joins it, and again for each message."""
        ...

    def may_stay(self, tx: Any, caller: Principal) -> bool:
        """Whether he is still signed in: asked at each heartbeat, and for each message to him and to all."""
        ...


Pair = tuple[Subscription, str]
"""A subscription, and a channel that its caller may hear or not."""


class ChannelAccess:
    """Asks the application about several at once. Without an EventAccess everybody may do everything."""

    def __init__(self, units: UnitOfWork, access: EventAccess | None) -> None:
        self._units = units
        self._access = access

    @property
    def are_open(self) -> bool:
        """Whether everybody may hear everything."""
        return self._access is None

    async def open_to(self, caller: Principal | None, channels: Collection[str]) -> list[str]:
        """Those of the channels that the caller may hear."""
        access = self._access
        if access is None or not channels:
            return list(channels)
        return await self._units.read(lambda tx: [each for each in channels if access.may_hear(tx, caller, each)])

    async def allowed(self, pairs: Collection[Pair]) -> Collection[Pair] | None:
        """Those of the pairs whose caller may hear the channel; None when everybody may hear everything."""
        access = self._access
        if access is None:
            return None
        if not pairs:
            return ()
        return await self._units.read(
            lambda tx: {pair for pair in pairs if access.may_hear(tx, pair[0].principal, pair[1])}
        )

    async def hearing(self, channel: str | None, subscriptions: Sequence[Subscription]) -> Iterable[Subscription]:
        """Those of the subscriptions whose callers may hear the channel; without one, who are still signed in."""
        access = self._access
        if access is None or not subscriptions:
            return subscriptions

        def may_hear(tx: Any, caller: Principal | None) -> bool:
            if channel is None:
                return caller is None or access.may_stay(tx, caller)
            return access.may_hear(tx, caller, channel)

        callers = [each.principal for each in subscriptions]
        may = await self._units.read(lambda tx: [may_hear(tx, caller) for caller in callers])
        return compress(subscriptions, may)

    async def may_stay(self, caller: Principal | None) -> bool:
        access = self._access
        if access is None or caller is None:
            return True
        return await self._units.read(lambda tx: access.may_stay(tx, caller))
