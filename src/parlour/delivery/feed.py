"""Follows the feeds of agencies, and passes new events on to those who listen in this process.

One read finds the new events of all agencies, with one query for each agency that finds who may know of them. So a
listener costs nothing while nothing happens. A listener is a stream, or a call of GetEvents that waits. Commits and the
bus wake the follower. It also looks every half second, since hints may be lost.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from time import monotonic
from typing import Any, Protocol

from parlour.delivery.bus import EVENTS, PASSING, Bus
from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.events.frames import data_line, frame
from parlour.engine.events.own_channel import Joined
from parlour.store import events, feed_pages
from parlour.store.database import Database, Transaction, utc_now
from parlour.store.events import Audience, StoredEvent
from parlour.store.feed_cursors import Cursors
from parlour.store.feed_pages import Page
from parlour.store.sequencing import drop_events, sequence_events
from parlour.store.times import microseconds

# How often a process looks for events of which no hint has come.
POLL_SECONDS = 0.5

# How often events are numbered of which no hint has come, on PostgreSQL.
SEQUENCE_SECONDS = 0.15

# How long the next events are collected after that. Nobody notices it, and with 64 senders, numbering events after each
# commit took PostgreSQL a third of its time.
GATHER_SECONDS = 0.04

# The same after another process has numbered events, those of this process among them. It is longer, so that the other
# one usually goes on with it. Two processes that number the same events cost more and wait for each other.
GATHER_BEHIND_ANOTHER_SECONDS = 0.05

# How often old events are removed.
DROP_SECONDS = 3600.0

# Events that one look reads of an agency. The others follow at once.
MOST_AT_ONCE = 500

# Events that a stream gets again after a broken connection. For more, reading the state again costs less.
MOST_MISSED = 1_000

# The people that a passing hint names. A notification of PostgreSQL has at most 8,000 bytes.
PEOPLE_IN_HINT = 100

_logger = logging.getLogger("parlour.feed")


class Caller(Protocol):
    """What the feed needs to know of a signed-in caller."""

    @property
    def user_id(self) -> Guid: ...
    @property
    def agency_id(self) -> Guid: ...
    @property
    def session_id(self) -> Guid | None: ...
    @property
    def good_until(self) -> int | None: ...


Body = Callable[[str, str], bytes]
"""Writes an event of some kind, from its stored JSON, as the body of a frame."""


@dataclass(frozen=True)
class Happened:
    """An event as listeners hear it. Its frame is written once for all of them."""

    stored: StoredEvent
    cursor: str
    body: Body

    @cached_property
    def frame(self) -> bytes:
        return frame(self.cursor, data_line(self.stored.kind, self.body(self.stored.kind, self.stored.data)))


def _ignore(*heard: object) -> None:
    """What most listeners do with some of what they might hear."""


@dataclass(eq=False, slots=True)
class Listener:
    """Somebody who hears of the events behind `position`, whose cursor is `own_cursor`.

    `hear` gets them, and `hear_passing` the lines of those that are not stored. `leave_early` is called when the server
    stops. All are called on the event loop and must not wait.
    """

    caller: Caller
    feed: "_AgencyFeed"
    position: int
    own_cursor: str
    hear: Callable[[Happened], None] = _ignore
    hear_passing: Callable[[bytes], None] = _ignore
    leave_early: Callable[[], None] = _ignore

    @property
    def cursor(self) -> str:
        """The place behind everything that the listener has heard."""
        return self.feed.cursor if self.feed.position >= self.position else self.own_cursor

    def leave(self) -> None:
        self.feed.remove(self)


@dataclass(eq=False, slots=True)
class _AgencyFeed:
    """How far this process has followed an agency's feed, and its listeners by user."""

    agency_id: Guid
    epoch: str
    position: int
    day: int
    cursor: str
    by_user: dict[Guid, set[Listener]] = field(default_factory=dict)

    def add(self, listener: Listener) -> None:
        self.by_user.setdefault(listener.caller.user_id, set()).add(listener)

    def remove(self, listener: Listener) -> None:
        user_id = listener.caller.user_id
        of_user = self.by_user.get(user_id, set())
        of_user.discard(listener)
        if not of_user:
            self.by_user.pop(user_id, None)


@dataclass(frozen=True, slots=True)
class _News:
    """The new events of an agency, and who may know of them. `day` is one from which the next events can be read."""

    feed: _AgencyFeed
    events: Sequence[StoredEvent]
    audience: Audience
    day: int


class FeedFollower:
    """Follows the feeds of a database while `running` is entered. `body` writes the events for streams.

    It is the engine's OwnChannel: a signed-in caller's streams hear their events without naming a channel. Events are
    kept for `retention`. `time` is a clock in seconds, and `sleep` waits for so many.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        cursors: Cursors,
        *,
        body: Body,
        retention: timedelta,
        time: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._bus = bus
        self._cursors = cursors
        self._body = body
        self._retention = retention
        self._feeds: dict[Guid, _AgencyFeed] = {}
        # Held while news are read and passed on, so that nobody who joins meanwhile misses them.
        self._looking = asyncio.Lock()
        self._hint = _Hint()
        self._to_sequence = _Hint()
        self._turns = _Turns(time, sleep)
        # By which it knows its own hints.
        self._name = new_guid()
        self._is_stopped = False
        database.follow_feed(self._hint.give if database.numbers_events else self._to_sequence.give)
        bus.subscribe(EVENTS, self._on_hint)
        bus.subscribe(PASSING, self._on_passing)

    # -- listening

    async def join(self, caller: Any, last_id: str | None, hear: Callable[[bytes], None]) -> Joined:
        """Makes a stream a listener, with the frames that it missed since `last_id`.

        If they are not kept any more, or are too many, there are none, and the stream has a gap.
        """
        page = await self._page(caller, last_id)
        missed, is_gap = list(page.events), page.is_gap
        begun_at = page.cursor if last_id is None or is_gap else last_id
        while not page.is_at_end and len(missed) <= MOST_MISSED:
            page = await self._page(caller, page.cursor)
            missed += page.events
        async with self._looking:
            feed = await self._followed(caller.agency_id)
            while page.position < feed.position and len(missed) <= MOST_MISSED:
                page = await self._page(caller, page.cursor)
                missed += page.events
            if len(missed) > MOST_MISSED:
                page = await self._page(caller, None)
                missed, is_gap, begun_at = [], True, page.cursor
            listener = Listener(caller, feed, page.position, page.cursor)
            listener.hear = lambda happened: hear(happened.frame)
            listener.hear_passing = lambda line: hear(frame(listener.cursor, line))
            feed.add(listener)
        frames = b"".join(self._happened(feed, each).frame for each in missed)
        return Joined(listener, begun_at, frames, is_gap)

    async def wait(self, caller: Caller, page: Page, seconds: float) -> Sequence[Happened] | None:
        """The events that happen behind a page which was at the end, as soon as there are any for the caller.

        None if none came in time, or if the server stops. Empty if the page is no longer at the end.
        """
        heard: list[Happened] = []
        is_heard = asyncio.Event()

        def hear(happened: Happened) -> None:
            heard.append(happened)
            is_heard.set()

        async with self._looking:
            feed = await self._followed(caller.agency_id)
            if page.position < feed.position:
                return ()
            if self._is_stopped:
                return None
            listener = Listener(caller, feed, page.position, page.cursor, hear, leave_early=is_heard.set)
            feed.add(listener)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await is_heard.wait()
        finally:
            listener.leave()
        return heard or None

    def announce(
        self, agency_id: Guid, kind: str, data: str, *, chat_id: Guid | None, user_ids: Sequence[Guid]
    ) -> None:
        """Passes an event that is not stored on to open streams, in all processes.

        Active members of the chat hear it, and the users. May be called from any thread.
        """
        for first in range(0, max(1, len(user_ids)), PEOPLE_IN_HINT):
            named = user_ids[first : first + PEOPLE_IN_HINT]
            self._bus.publish(PASSING, json.dumps([agency_id, kind, data, chat_id, list(named)]))

    # -- following

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follows the feeds while the context is entered."""
        self._hint.begin()
        self._to_sequence.begin()
        loops = [self._look_always(), self._drop_always()]
        if not self._database.numbers_events:
            loops.append(self._sequence_always())
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """Ends all waiting calls, since the server stops."""
        self._is_stopped = True
        for listener in self.listeners:
            listener.leave_early()

    async def look(self) -> None:
        """Reads what is new in the feeds that somebody listens to, and passes it on."""
        has_more = True
        while has_more:
            async with self._looking:
                self._feeds = {id_: feed for id_, feed in self._feeds.items() if feed.by_user}
                if not self._feeds:
                    return
                news = await self._database.read(self._read_news)
                for each in news:
                    self._pass_on(each)
            has_more = any(len(each.events) == MOST_AT_ONCE for each in news)

    async def sequence(self) -> None:
        """Numbers the events that wait for it, and tells all processes."""
        if await self._database.sequence(sequence_events):
            self._hint.give()
            self._bus.publish(EVENTS, self._name)

    async def drop_old(self) -> None:
        """Removes events that were kept long enough, by whole days."""
        while await self._database.sequence(lambda tx: drop_events(tx, self._retention)):
            await self._turns.come()

    async def _look_always(self) -> None:
        while True:
            await self._hint.wait(POLL_SECONDS)
            await _logged(self.look())

    async def _sequence_always(self) -> None:
        while True:
            await self._to_sequence.wait(SEQUENCE_SECONDS)
            await self._turns.come()
            await _logged(self.sequence())
            self._turns.put_off(GATHER_SECONDS)

    async def _drop_always(self) -> None:
        while True:
            await _logged(self.drop_old())
            await asyncio.sleep(DROP_SECONDS)

    async def _on_hint(self, key: str) -> None:
        self._hint.give()
        if key and key != self._name:
            self._turns.put_off(GATHER_BEHIND_ANOTHER_SECONDS)

    async def _page(self, caller: Caller, cursor: str | None) -> Page:
        """The next page of the caller behind a cursor. Without one, the newest place."""
        agency_id, user_id = caller.agency_id, caller.user_id
        if cursor is None:
            return await self._database.read(lambda tx: feed_pages.newest(tx, self._cursors, agency_id))
        return await self._database.read(
            lambda tx: feed_pages.after(tx, self._cursors, agency_id, user_id, cursor, most=MOST_AT_ONCE)
        )

    async def _followed(self, agency_id: Guid) -> _AgencyFeed:
        """The feed of an agency, which is followed from now on if it was not. Called while `_looking` is held."""
        found = self._feeds.get(agency_id)
        if found is None:
            feed = await self._database.read(lambda tx: events.feed_of(tx, agency_id))
            cursor = self._cursors.at(agency_id, feed.epoch, feed.last_position, feed.last_at)
            found = _AgencyFeed(agency_id, feed.epoch, feed.last_position, feed.last_day, cursor)
            self._feeds[agency_id] = found
        return found

    def _read_news(self, tx: Transaction) -> list[_News]:
        newest = events.newest_places(tx, self._feeds)
        return [
            self._read_news_of(tx, self._feeds[agency_id], last_position, last_day)
            for agency_id, last_position, last_day in newest
            if last_position > self._feeds[agency_id].position
        ]

    def _read_news_of(self, tx: Transaction, feed: _AgencyFeed, last_position: int, last_day: int) -> _News:
        found = events.newer(tx, feed.agency_id, after=feed.position, day=feed.day, most=MOST_AT_ONCE)
        audience = events.audience(
            tx,
            feed.agency_id,
            chat_ids={each.chat_id for each in found if each.chat_id is not None},
            user_ids={each.user_id for each in found if each.user_id is not None},
            listeners=tuple(feed.by_user),
        )
        is_all = bool(found) and found[-1].position == last_position
        return _News(feed, found, audience, last_day if is_all else feed.day)

    def _pass_on(self, news: _News) -> None:
        """Passes new events on to their listeners. Nothing is awaited here, so all of them have heard the same."""
        feed, audience = news.feed, news.audience
        now = microseconds(utc_now())
        for stored in news.events:
            happened = self._happened(feed, stored)
            for user_id in _hearers(feed, audience, stored.chat_id, [stored.user_id]):
                for listener in tuple(feed.by_user[user_id]):
                    if stored.position > listener.position and _may_hear(listener.caller, audience, now):
                        listener.hear(happened)
            feed.position, feed.cursor = stored.position, happened.cursor
        feed.day = news.day

    async def _on_passing(self, hint: str) -> None:
        """Passes an event on that is not stored, to those who may hear it now."""
        agency_id, kind, data, chat_id, user_ids = json.loads(hint)
        feed = self._feeds.get(agency_id)
        if feed is None:
            return
        audience = await self._database.read(
            lambda tx: events.audience(
                tx,
                agency_id,
                chat_ids=[] if chat_id is None else [chat_id],
                user_ids=user_ids,
                listeners=tuple(feed.by_user),
            )
        )
        line = data_line(kind, self._body(kind, data))
        now = microseconds(utc_now())
        for user_id in _hearers(feed, audience, chat_id, user_ids):
            for listener in tuple(feed.by_user[user_id]):
                if _may_hear(listener.caller, audience, now):
                    listener.hear_passing(line)

    def _happened(self, feed: _AgencyFeed, stored: StoredEvent) -> Happened:
        cursor = self._cursors.at(feed.agency_id, feed.epoch, stored.position, stored.created_at)
        return Happened(stored, cursor, self._body)

    @property
    def listeners(self) -> list[Listener]:
        """Everybody who listens in this process."""
        return [listener for feed in self._feeds.values() for of_user in feed.by_user.values() for listener in of_user]


class _Hint:
    """Wakes a loop of the follower. It may be given from any thread, and wakes the loop once for many."""

    def __init__(self) -> None:
        self._given = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_on_its_way = False

    def begin(self) -> None:
        self._loop = asyncio.get_running_loop()

    def give(self) -> None:
        if self._loop is None or self._is_on_its_way or self._given.is_set():
            return
        self._is_on_its_way = True
        # The loop may have been closed meanwhile; then nobody waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        self._is_on_its_way = False
        self._given.set()

    async def wait(self, seconds: float) -> None:
        """Waits for a hint, or so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._given.wait()
        self._given.clear()


class _Turns:
    """When a process may number events again."""

    def __init__(self, time: Callable[[], float], sleep: Callable[[float], Awaitable[object]]) -> None:
        self._time = time
        self._sleep = sleep
        self._next_at = 0.0

    def put_off(self, seconds: float) -> None:
        """Lets the next turn come after so many seconds, since there was one now."""
        self._next_at = self._time() + seconds

    async def come(self) -> None:
        """Waits for the next turn, which may be put off meanwhile."""
        while (missing := self._next_at - self._time()) > 0:
            await self._sleep(missing)


def _hearers(feed: _AgencyFeed, audience: Audience, chat_id: Guid | None, user_ids: Iterable[Guid | None]) -> set[Guid]:
    """The listening users among the members of a chat and some users."""
    members = audience.members.get(chat_id, frozenset()) if chat_id is not None else frozenset()
    return feed.by_user.keys() & (members | (audience.users & set(user_ids)))


def _may_hear(caller: Caller, audience: Audience, now: int) -> bool:
    """Whether the session and the token of a listener are still valid."""
    if caller.good_until is not None and caller.good_until <= now:
        return False
    return caller.session_id is None or caller.session_id in audience.sessions


async def _logged(work: Awaitable[None]) -> None:
    """Awaits a turn of a loop. No failure, such as a database that is away, may end the loop."""
    try:
        await work
    except Exception:
        _logger.exception("The feed could not be followed")
        await asyncio.sleep(POLL_SECONDS)
