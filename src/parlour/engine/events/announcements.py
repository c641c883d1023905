"""Announces joins, leaves and changes to a channel's subscribers, in batches and at a limited cost.

Announcing n streams of one channel to each other takes n times n frames. So changes wait for the next batch until the
previous one is paid for. A stream that joins and leaves meanwhile is not announced at all.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from typing import Literal

import msgspec

from parlour.engine.events.channel_access import ChannelAccess, Pair
from parlour.engine.events.frames import data_line
from parlour.engine.events.subscriptions import Subscription, Subscriptions

Change = Literal["onJoin", "onLeave", "onUpdate"]

# The cost of a batch is counted in frames of FRAME_BYTES. An access check costs as much as CHECK_COST frames. A frame
# takes about two microseconds, so announcements take at most a tenth of a core. Changes in channels of a few dozen
# streams are announced at once.
FRAME_BYTES = 512
CHECK_COST = 10
COST_AT_ONCE = 10_000
COST_PER_SECOND = 50_000

# The most changes of a channel in one batch; the others wait. So the queue of a stream stays small.
MOST_CHANGES_AT_ONCE = 100

_logger = logging.getLogger("parlour.events")


class Announcer:
    """Collects the changes of subscriptions, and announces them to the subscribers of the same channels.

    Subscribers see only the channels that they share. `is_live` tells whether a subscription still gets messages.
    `on_unread` is called with those whose reader has left.
    """

    def __init__(
        self,
        subscriptions: Subscriptions,
        channel_access: ChannelAccess,
        *,
        is_live: Callable[[Subscription], bool],
        on_unread: Callable[[Subscription], None],
    ) -> None:
        self._subscriptions = subscriptions
        self._channel_access = channel_access
        self._is_live = is_live
        self._on_unread = on_unread
        self._noted: dict[str, dict[Subscription, Change]] = {}
        self._announcing = asyncio.Lock()
        self._debt = 0.0
        self._debt_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._later: asyncio.Task[None] | None = None

    def note(self, change: Change, subject: Subscription, channels: Iterable[str]) -> None:
        """Notes a change for announcing. Leaving cancels a join that was not announced yet."""
        for channel in channels:
            noted = self._noted.setdefault(channel, {})
            before = noted.pop(subject, None)
            is_there = change != "onLeave" and channel in subject.channels
            if before != "onJoin":
                noted[subject] = change
            elif is_there:
                noted[subject] = "onJoin"
            if not noted:
                del self._noted[channel]

    async def announce(self) -> None:
        """Announces the noted changes, at once or, after costly batches, a little later."""
        async with self._announcing:
            while self._noted:
                pause = self._pause()
                if pause > 0:
                    self._announce_in(pause)
                    return
                await self._announce_batch()

    def stop(self) -> None:
        """Stops all announcements."""
        self._noted.clear()
        if self._timer is not None:
            self._timer.cancel()

    def _pause(self) -> float:
        """The seconds until enough of the earlier batches is paid for."""
        now = asyncio.get_running_loop().time()
        self._debt = max(0.0, self._debt - (now - self._debt_at) * COST_PER_SECOND)
        self._debt_at = now
        return (self._debt - COST_AT_ONCE) / COST_PER_SECOND

    def _announce_in(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._later = asyncio.get_running_loop().create_task(self._announce_on_time())

    async def _announce_on_time(self) -> None:
        try:
            await self.announce()
        except Exception:
            # For example the database is not available for access checks.
            _logger.exception("subscribers could not be announced")

    async def _announce_batch(self) -> None:
        batch = [(channel, self._taken(channel)) for channel in list(self._noted)]
        hearers = {channel: self._hearers(channel, noted) for channel, noted in batch}
        asked = _asked(batch, hearers)
        allowed = await self._channel_access.allowed(asked)
        if allowed is not None:
            self._debt += CHECK_COST * len(asked)
        for channel, noted in batch:
            announced = _ChannelBatch(channel, noted, allowed)
            for hearer in hearers[channel]:
                if channel in hearer.channels and announced.may_be_heard_by(hearer) and self._is_live(hearer):
                    self._debt += self._send(hearer, announced.lines_for(hearer))
            # A stream may be in more channels than frames may wait for it: here they are written.
            await asyncio.sleep(0)

    def _taken(self, channel: str) -> dict[Subscription, Change]:
        noted = self._noted.pop(channel)
        if len(noted) <= MOST_CHANGES_AT_ONCE:
            return noted
        taken = dict(islice(noted.items(), MOST_CHANGES_AT_ONCE))
        self._noted[channel] = {each: change for each, change in noted.items() if each not in taken}
        return taken

    def _hearers(self, channel: str, noted: dict[Subscription, Change]) -> Sequence[Subscription]:
        """The streams of the channel that hear the batch. A stream that joined has heard of its own join already."""
        hearers = []
        for each in self._subscriptions.in_channel(channel):
            if not each.is_read:
                self._on_unread(each)
            elif self._is_live(each) and (len(noted) > 1 or noted.get(each) != "onJoin"):
                hearers.append(each)
        return hearers

    def _send(self, hearer: Subscription, lines: Sequence[bytes]) -> float:
        """Sends lines as one piece, and returns the cost."""
        if lines and not hearer.send(*lines):
            self._on_unread(hearer)
        return len(lines) + sum(map(len, lines)) / FRAME_BYTES


class _ChannelBatch:
    """The announcements of one channel in a batch. Each hearer sees only the channels that they may hear."""

    def __init__(self, channel: str, noted: dict[Subscription, Change], allowed: Collection[Pair] | None) -> None:
        self._channel = channel
        self._noted = noted
        self._allowed = allowed
        self._named = {name for subject in noted for name in subject.channels}
        self._lines: dict[frozenset[str] | None, dict[Subscription, bytes]] = {}

    def may_be_heard_by(self, hearer: Subscription) -> bool:
        return self._allowed is None or (hearer, self._channel) in self._allowed

    def lines_for(self, hearer: Subscription) -> list[bytes]:
        # Streams in the same channels get the same lines, so these are written once for all of them.
        shared = self._shared_with(hearer)
        if shared not in self._lines:
            self._lines[shared] = {
                subject: announcement(self._channel, change, subject, self._shown(subject, shared))
                for subject, change in self._noted.items()
            }
        lines = self._lines[shared]
        if self._noted.get(hearer) == "onJoin":
            return [line for subject, line in lines.items() if subject is not hearer]
        return list(lines.values())

    def _shared_with(self, hearer: Subscription) -> frozenset[str] | None:
        """The channels that the hearer may see; None means all."""
        allowed = self._allowed
        if allowed is None:
            return None
        return frozenset(name for name in hearer.channels if name in self._named and (hearer, name) in allowed)

    def _shown(self, subject: Subscription, shared: frozenset[str] | None) -> list[str]:
        if shared is None or self._allowed is None:
            return subject.channels
        may = self._allowed
        is_gone = self._noted[subject] == "onLeave"
        return [name for name in subject.channels if name in shared and (is_gone or (subject, name) in may)]


def announcement(channel: str, change: Change, subject: Subscription, shown: Sequence[str]) -> bytes:
    """The line that announces a subscription to a channel, with the channels `shown`."""
    return data_line(f"{channel}@cmd.{change}", msgspec.json.encode(subject.described(shown)))


def _asked(
    batch: Sequence[tuple[str, dict[Subscription, Change]]], hearers: dict[str, Sequence[Subscription]]
) -> set[Pair]:
    """The access checks that a batch needs: who may hear which channel, or be shown in it."""
    asked: set[Pair] = set()
    for channel, noted in batch:
        if not hearers[channel]:
            continue
        named = {name for subject in noted for name in subject.channels} | {channel}
        for hearer in hearers[channel]:
            asked.update((hearer, name) for name in hearer.channels if name in named)
        for subject, change in noted.items():
            if change != "onLeave":
                asked.update((subject, name) for name in subject.channels)
    return asked
