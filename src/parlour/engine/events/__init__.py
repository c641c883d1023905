"""The event stream, which notifies clients of what happens in their channels (docs/wire/events.md).

The stock JavaScript and .NET clients read its frames: two lines, with text for all values of the server's own messages.
An application's `EventAccess` decides who may hear which channel.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec

from parlour.engine.codecs import Profile
from parlour.engine.dto.errors import ApiError, Forbidden, NotFound
from parlour.engine.events.announcements import Announcer, Change, announcement
from parlour.engine.events.callers import Callers, Listener
from parlour.engine.events.channel_access import ChannelAccess, EventAccess
from parlour.engine.events.frames import Messages, data_line, frame, is_channel
from parlour.engine.events.operations import (
    GetEventSubscribers,
    UnRegisterEventSubscriber,
    UpdateEventSubscriber,
    UpdateEventSubscriberResponse,
)
from parlour.engine.events.own_channel import OwnChannel
from parlour.engine.events.stream_slots import session_holder
from parlour.engine.events.subscriptions import Subscription, Subscriptions
from parlour.engine.http.messages import VARY, Request, Response
from parlour.engine.http.streaming import Outlet
from parlour.engine.serving.handlers import DirectHandler, Exchange, InlineUnits, Services, UnitOfWork
from parlour.engine.serving.principals import Authentication, Principal

__all__ = ["EventOptions", "Listener", "ServerEvents"]

EVERYBODY = "*"
"""The channel of clients that name none."""

STREAM = "/event-stream"
HEARTBEAT = "/event-heartbeat"

# As many chats as one listing contains. Each channel is announced to all its streams, so the cost is quadratic.
MOST_CHANNELS = 500

# How often subscriptions without a heartbeat are removed.
SWEEP_SECONDS = 5.0

# An ended session is remembered this long, to refuse streams that were being opened.
ENDED_KEPT_SECONDS = 60.0

_logger = logging.getLogger("parlour.events")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOptions:
    """Options of the event stream.

    Clients send a heartbeat every `heartbeat` and are removed after `idle` without one. A session has at most
    `max_streams` open, and all sessions of a user together five times as many. The limit of a session also applies to a
    user or a key without one, and to an address of anonymous callers. With `announces_subscribers` a channel's
    subscribers hear who joins, leaves and changes channels. With `checks_address` only the address that opened a stream
    may act on it.
    """

    heartbeat: timedelta = timedelta(seconds=10)
    idle: timedelta = timedelta(seconds=30)
    max_streams: int = 20
    limits_to_authenticated_users: bool = False
    announces_subscribers: bool = True
    checks_address: bool = True


class ServerEvents:
    """The event streams of one process.

    Everything runs on the event loop. `listener` returns the session and picture of a caller. `own_channel` has what
    signed-in callers hear without naming a channel. `clock` returns monotonic seconds. Notifying never fails because of
    a client: clients that do not read are skipped and removed later.
    """

    def __init__(
        self,
        units: UnitOfWork = InlineUnits(),  # noqa: B008 - keeps nothing
        *,
        authentication: Authentication | None = None,
        access: EventAccess | None = None,
        listener: Callable[[Principal], Listener] = lambda principal: Listener(),
        own_channel: OwnChannel | None = None,
        profile: Profile = Profile(),  # noqa: B008 - frozen
        options: EventOptions = EventOptions(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._callers = Callers(
            units,
            authentication,
            listener,
            must_be_signed_in=options.limits_to_authenticated_users,
            max_streams=options.max_streams,
        )
        self._channel_access = ChannelAccess(units, access)
        self._own_channel = own_channel
        self._options = options
        self._clock = clock
        self._idle_seconds = options.idle.total_seconds()
        self._messages = Messages(profile)
        self._subscriptions = Subscriptions()
        self._unread: set[Subscription] = set()
        self._announcer = Announcer(
            self._subscriptions,
            self._channel_access,
            is_live=self._is_alive,
            on_unread=lambda subscription: self._unread.add(subscription),
        )
        self._ended_sessions: dict[str, float] = {}
        self._swept_at = clock()
        self._timer: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._is_stopped = False

    def register(self, services: Services) -> None:
        """Registers the operations with which clients see and change subscriptions."""
        service = "ServerEventsService"
        services.add(GetEventSubscribers, service=service, any=DirectHandler(self._list))
        services.add(UpdateEventSubscriber, service=service, any=DirectHandler(self._update))
        services.add(UnRegisterEventSubscriber, service=service, any=DirectHandler(self._unregister))

    def answers(self, path: str) -> bool:
        """Whether a path is that of the stream or its heartbeat. Its end decides, but paths below `/api/` are
        operations.
        """
        return path.endswith((STREAM, HEARTBEAT)) and not path.startswith("/api/")

    async def answer(self, request: Request) -> Response:
        """The response to a request for such a path.

        Raises Unauthorized if streams are only for signed-in callers, TooManyRequests if the caller has too many.
        """
        if request.path.endswith(HEARTBEAT):
            return await self._heartbeat(request)
        return await self._open(request)

    # -- notifying

    async def notify_all(self, message: Any, *, selector: str | None = None) -> None:
        """Notifies all subscriptions. `message` is a DTO, a text, a plain value, or None for no body.

        The default `selector` is `cmd.{Name of the DTO}`. Raises ValueError for a selector that clients cannot read.
        """
        await self._notify(tuple(self._subscriptions), message, selector)

    async def notify_channel(self, channel: str, message: Any, *, selector: str | None = None) -> None:
        """Notifies the subscribers of a channel, with the channel's name. Raises ValueError for an invalid channel
        name.
        """
        line = self._messages.line(message, selector, channel=channel)
        await self.sweep()
        await self._deliver(self._subscriptions.in_channel(channel), line, channel)

    async def notify_user(
        self, user_id: str, message: Any, *, selector: str | None = None, channel: str | None = None
    ) -> None:
        """Notifies all streams of a user, with `channel` only those in it. The next three methods do the same."""
        await self._notify(self._subscriptions.of_user(user_id), message, selector, channel)

    async def notify_user_name(
        self, user_name: str, message: Any, *, selector: str | None = None, channel: str | None = None
    ) -> None:
        found = self._subscriptions.where(lambda each: each.user_name == user_name)
        await self._notify(found, message, selector, channel)

    async def notify_session(
        self, session_id: str, message: Any, *, selector: str | None = None, channel: str | None = None
    ) -> None:
        found = self._subscriptions.of_holder(session_holder(session_id))
        await self._notify(found, message, selector, channel)

    async def notify_subscription(
        self, id_: str, message: Any, *, selector: str | None = None, channel: str | None = None
    ) -> None:
        found = self._subscriptions.get(id_)
        await self._notify(() if found is None else (found,), message, selector, channel)

    # -- ending

    async def end_session(self, session_id: str) -> None:
        """Ends the streams of an ended session at once, and discards their queued messages."""
        self._ended_sessions[session_id] = self._clock()
        found = self._subscriptions.of_holder(session_holder(session_id))
        for subscription in found:
            _end(subscription, discard=True)
        await self._leave(found)
        await self.sweep()

    async def check_channel(self, channel: str) -> None:
        """Checks again who may hear a channel. Streams of callers who no longer may leave it at once."""
        found = self._subscriptions.in_channel(channel)
        allowed = await self._channel_access.allowed({(each, channel) for each in found})
        if allowed is None:
            return
        for each in found:
            if channel in each.channels and (each, channel) not in allowed:
                self._subscriptions.unsubscribe(each, [channel])
                self._note("onLeave", each, [channel])
        await self._announcer.announce()

    def stop(self) -> None:
        """Ends all streams, also those opened from now on. Clients reconnect to the next server."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
        self._announcer.stop()
        for subscription in self._subscriptions:
            _end(subscription, discard=True)

    async def sweep(self) -> None:
        """Removes streams without a heartbeat or a reader. Runs at most once in SWEEP_SECONDS."""
        now = self._clock()
        if now - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = now
        unread, self._unread = self._unread, set()
        await self._leave(self._subscriptions.where(lambda each: each in unread or not self._is_alive(each)))
        for session_id in [id_ for id_, at in self._ended_sessions.items() if now - at > ENDED_KEPT_SECONDS]:
            del self._ended_sessions[session_id]

    # -- opening and keeping a stream

    async def _open(self, request: Request) -> Response:
        identified = await self._callers.caller(request)
        headers = [
            ("Content-Type", "text/event-stream"),
            ("Cache-Control", "no-cache"),
            ("X-Accel-Buffering", "no"),
            VARY,
            *identified.headers,
        ]
        if request.method in ("HEAD", "OPTIONS"):
            return Response(headers=headers)
        subscription = self._callers.subscription(request, identified)
        asked = _channels(request)
        _refuse_too_many(asked)
        can_be = all(map(is_channel, asked))
        channels = await self._channel_access.open_to(identified.principal, asked) if can_be else asked
        subscription.channels.extend(channels)
        return Response(headers=headers, stream=_Stream(self, subscription, request.base_url))

    async def opened(self, subscription: Subscription, base: str, outlet: Outlet) -> None:
        """Adds a subscription, and announces it to its channels."""
        subscription.outlet = outlet
        subscription.alive_at = self._clock()
        if self._is_over(subscription):
            outlet.close()
            return
        await self._connect(subscription, subscription.described() | self._connection(subscription.id, base), outlet)
        # As recorded: an invalid channel name ends the stream after its first message.
        if self._is_over(subscription) or not all(map(is_channel, subscription.channels)):
            outlet.close()
            return
        self._subscriptions.add(subscription)
        self._keep_time()
        if not self._options.announces_subscribers:
            outlet.write(b"\n")
        self._note("onJoin", subscription, subscription.channels)
        await self._announce_to_itself(subscription)
        await self._leave(self._lost_streams(subscription.holder))
        await self._announcer.announce()

    def _is_over(self, subscription: Subscription) -> bool:
        """Whether the server stops, or the session of a stream that is being opened has ended meanwhile."""
        return self._is_stopped or subscription.session_id in self._ended_sessions

    async def _connect(self, subscription: Subscription, connected: dict[str, str], outlet: Outlet) -> None:
        """Sends the first frame, and behind it those of the caller's own channel that the client has missed."""
        if self._own_channel is None or subscription.principal is None:
            subscription.send(data_line("cmd.onConnect", msgspec.json.encode(connected)))
            return
        joined = await self._own_channel.join(
            subscription.principal, subscription.last_id, lambda piece: self._hear_own(subscription, piece)
        )
        subscription.place = joined.place
        if joined.is_gap:
            connected["isGap"] = "true"
        first = frame(joined.begun_at, data_line("cmd.onConnect", msgspec.json.encode(connected)))
        # In one piece, which may be of any size.
        outlet.write(first + joined.missed)

    def _hear_own(self, subscription: Subscription, piece: bytes) -> None:
        outlet = subscription.outlet
        if self._is_alive(subscription) and (outlet is None or not outlet.write(piece)):
            self._unread.add(subscription)

    async def _announce_to_itself(self, subscription: Subscription) -> None:
        """Announces a stream's joins to the stream itself, without waiting for a batch."""
        if not self._options.announces_subscribers:
            return
        for channel in tuple(subscription.channels):
            if channel in subscription.channels:
                subscription.send(announcement(channel, "onJoin", subscription, subscription.channels))
                # A stream may be in more channels than frames may wait for it: here they are written.
                await asyncio.sleep(0)

    def _lost_streams(self, holder: str) -> Sequence[Subscription]:
        """The oldest streams of a holder without a reader, as many as exceed the limit."""
        held = self._subscriptions.of_holder(holder)
        lost = [each for each in held if not each.is_read]
        return lost[: max(0, len(held) - self._options.max_streams)]

    def _connection(self, id_: str, base: str) -> dict[str, str]:
        milliseconds = timedelta(milliseconds=1)
        return {
            "id": id_,
            "unRegisterUrl": f"{base}/event-unregister?id={id_}",
            "heartbeatUrl": f"{base}{HEARTBEAT}?id={id_}",
            "updateSubscriberUrl": f"{base}/event-subscribers/{id_}",
            "heartbeatIntervalMs": str(self._options.heartbeat // milliseconds),
            "idleTimeoutMs": str(self._options.idle // milliseconds),
        }

    async def _heartbeat(self, request: Request) -> Response:
        subscription = self._subscriptions.get(_query_value(request, "id") or "")
        if subscription is None or not subscription.is_read or not self._is_alive(subscription):
            return Response(status=404, headers=[VARY])
        if self._options.checks_address and subscription.address != request.client:
            return Response(status=403, headers=[VARY])
        if not await self._channel_access.may_stay(subscription.principal):
            _end(subscription, discard=True)
            await self._leave([subscription])
            return Response(status=404, headers=[VARY])
        subscription.alive_at = self._clock()
        if not subscription.send(data_line("cmd.onHeartbeat", msgspec.json.encode(subscription.described()))):
            return Response(status=404, headers=[VARY])
        await self.sweep()
        return Response(headers=[VARY])

    # -- the operations

    async def _list(self, request: GetEventSubscribers, exchange: Exchange) -> list[dict[str, str]]:
        """The subscriptions in channels that the caller may hear too, showing only these channels."""
        caller = (await self._callers.caller(exchange.http)).principal
        read = [each for each in self._subscriptions if each.is_read and self._is_alive(each)]
        wanted = {channel for each in read for channel in each.channels}
        if request.channels:
            asked = wanted.intersection(request.channels)
            read = [each for each in read if not asked.isdisjoint(each.channels)]
        if self._channel_access.are_open:
            return [each.described() for each in read]
        heard = set(await self._channel_access.open_to(caller, wanted))
        pairs = {(each, channel) for each in read for channel in each.channels if channel in heard}
        # A subscription may have been removed from its channel meanwhile.
        allowed = await self._channel_access.allowed(pairs) or ()
        listed = []
        for each in read:
            shown = [channel for channel in each.channels if (each, channel) in allowed]
            if shown and (not request.channels or not asked.isdisjoint(shown)):
                listed.append(each.described(shown))
        return listed

    async def _update(self, request: UpdateEventSubscriber, exchange: Exchange) -> UpdateEventSubscriberResponse:
        subscription = self._own(request.id, exchange.http)
        left, joined = _named(request.unsubscribe_channels or []), _named(request.subscribe_channels or [])
        _refuse_too_many(joined, subscription.channels)
        unfit = [each for each in joined if not is_channel(each)]
        if unfit:
            raise ApiError(f"{unfit[0]!r} is not a channel name.", code="ArgumentException")
        if joined != await self._channel_access.open_to(subscription.principal, joined):
            raise Forbidden("One of the channels cannot be joined.")
        changes = ((self._subscriptions.unsubscribe, left), (self._subscriptions.subscribe, joined))
        for change, channels in changes:
            if channels:
                # The subscription may have ended during the awaits above.
                self._own(request.id, exchange.http)
                before = tuple(subscription.channels)
                change(subscription, channels)
                self._note("onUpdate", subscription, dict.fromkeys((*before, *subscription.channels)))
                await self._announcer.announce()
        return UpdateEventSubscriberResponse()

    async def _unregister(self, request: UnRegisterEventSubscriber, exchange: Exchange) -> dict[str, str]:
        subscription = self._own(request.id, exchange.http)
        _end(subscription)
        await self._leave([subscription])
        return subscription.described()

    def _own(self, id_: str | None, request: Request) -> Subscription:
        """The subscription that the request may change. Its id is enough, from the address that opened it."""
        subscription = self._subscriptions.get(id_ or "")
        if subscription is None:
            raise NotFound(f"Subscription {id_ or ''} does not exist")
        if self._options.checks_address and subscription.address != request.client:
            raise Forbidden(f"Access to Subscription '{id_}' is forbidden")
        return subscription

    # -- sending

    async def _notify(
        self, hearers: Sequence[Subscription], message: Any, selector: str | None, channel: str | None = None
    ) -> None:
        line = self._messages.line(message, selector)
        await self.sweep()
        await self._deliver(hearers, line, channel)

    async def _deliver(self, hearers: Iterable[Subscription], line: bytes, channel: str | None) -> None:
        """Sends to all who are still signed in, or with `channel` to all in it who may hear it."""
        read = []
        for each in hearers:
            if not each.is_read:
                self._unread.add(each)
            elif self._is_alive(each):
                read.append(each)
        for each in await self._channel_access.hearing(channel, read):
            if (channel is None or channel in each.channels) and self._is_alive(each) and not each.send(line):
                self._unread.add(each)

    # -- leaving

    async def _leave(self, subscriptions: Iterable[Subscription]) -> None:
        """Removes subscriptions, and announces to their channels those that still existed."""
        for subscription in subscriptions:
            if self._subscriptions.remove(subscription):
                _end(subscription)
                self._note("onLeave", subscription, subscription.channels)
        await self._announcer.announce()

    def _note(self, change: Change, subscription: Subscription, channels: Iterable[str]) -> None:
        if self._options.announces_subscribers and not self._is_stopped:
            self._announcer.note(change, subscription, channels)

    def _is_alive(self, subscription: Subscription) -> bool:
        return self._clock() - subscription.alive_at <= self._idle_seconds

    def _keep_time(self) -> None:
        """Schedules sweeps while there are subscriptions, even if nothing else happens."""
        if self._timer is None and len(self._subscriptions) and not self._is_stopped:
            self._timer = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._sweeping = asyncio.get_running_loop().create_task(self._sweep_on_time())

    async def _sweep_on_time(self) -> None:
        try:
            await self.sweep()
        except Exception:
            # For example the database is not available for access checks.
            _logger.exception("subscriptions could not be checked")
        self._keep_time()


class _Stream:
    """The body of one stream's response."""

    __slots__ = ("_base", "_events", "_subscription")

    def __init__(self, events: ServerEvents, subscription: Subscription, base: str) -> None:
        self._events = events
        self._subscription = subscription
        self._base = base

    async def opened(self, outlet: Outlet) -> None:
        await self._events.opened(self._subscription, self._base, outlet)

    def closed(self) -> None:
        # A client that lost its connection usually reconnects. It leaves its channels when its heartbeats stop.
        self._subscription.outlet = None
        self._subscription.slot.give_back()
        if self._subscription.place is not None:
            self._subscription.place.leave()


def _refuse_too_many(joined: Sequence[str], before: Sequence[str] = ()) -> None:
    if len(joined) + len(before) > MOST_CHANNELS and len({*joined, *before}) > MOST_CHANNELS:
        raise ApiError(f"A stream can be in {MOST_CHANNELS} channels at most.", code="ArgumentException")


def _end(subscription: Subscription, *, discard: bool = False) -> None:
    subscription.slot.give_back()
    if subscription.outlet is not None:
        subscription.outlet.close(discard=discard)


def _channels(request: Request) -> list[str]:
    asked = [_query_value(request, name) or "" for name in ("channel", "channels")]
    return _named(",".join(asked).split(",")) or [EVERYBODY]


def _named(channels: Iterable[str]) -> list[str]:
    """The channels without duplicates and surrounding blanks."""
    return list(dict.fromkeys(stripped for each in channels if (stripped := each.strip())))


def _query_value(request: Request, wanted: str) -> str | None:
    return next((value for name, value in request.query_values if name.lower() == wanted), None)
