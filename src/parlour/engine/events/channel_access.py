"""Asks the application who may hear which channel, in read transactions."""

from collections.abc import Collection, Iterable, Sequence
from itertools import compress
from typing import Any, Protocol

from parlour.engine.events.subscriptions import Subscription
from parlour.engine.serving.handlers import UnitOfWork
from parlour.engine.serving.principals import Principal


class EventAccess(Protocol):
    """An application's access rules for channels."""

    def may_hear(self, tx: Any, caller: Principal | None, channel: str) -> bool:
        """Whether the caller may hear the channel. Asked when they join it, and again for each message."""
        ...

    def may_stay(self, tx: Any, caller: Principal) -> bool:
        """Whether the caller is still signed in. Asked at each heartbeat, and for each message to them or to all."""
        ...


Pair = tuple[Subscription, str]
"""A subscription and a channel, whose access is to be checked."""


class ChannelAccess:
    """Checks access for several subscriptions at once. Without an EventAccess everything is allowed."""

    def __init__(self, units: UnitOfWork, access: EventAccess | None) -> None:
        self._units = units
        self._access = access

    @property
    def are_open(self) -> bool:
        """Whether all channels are open to everybody."""
        return self._access is None

    async def open_to(self, caller: Principal | None, channels: Collection[str]) -> list[str]:
        """The channels that the caller may hear."""
        access = self._access
        if access is None or not channels:
            return list(channels)
        return await self._units.read(lambda tx: [each for each in channels if access.may_hear(tx, caller, each)])

    async def allowed(self, pairs: Collection[Pair]) -> Collection[Pair] | None:
        """The pairs whose caller may hear the channel. None means that all channels are open to everybody."""
        access = self._access
        if access is None:
            return None
        if not pairs:
            return ()
        return await self._units.read(
            lambda tx: {pair for pair in pairs if access.may_hear(tx, pair[0].principal, pair[1])}
        )

    async def hearing(self, channel: str | None, subscriptions: Sequence[Subscription]) -> Iterable[Subscription]:
        """The subscriptions whose callers may hear the channel, or without a channel those still signed in."""
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
