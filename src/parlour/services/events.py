"""The feed of events: writing them, and GetEvents, which reads them. Also the access to channels of event streams."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, Protocol

from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import TooManyRequests, ValidationError
from parlour.engine.dto.listings import Listing, as_list
from parlour.engine.dto.metadata import snake, type_ref
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from parlour.engine.serving.principals import Principal
from parlour.model import events as model
from parlour.model.conversations import Message
from parlour.model.events import KINDS, PASSING, Event, GetEvents, GetEventsResponse
from parlour.services import access, field_errors
from parlour.services.caller import Caller
from parlour.store import events, feed_pages
from parlour.store import identity as store
from parlour.store.database import Transaction
from parlour.store.events import NewEvent, StoredEvent
from parlour.store.feed_cursors import Cursors, position_in
from parlour.store.feed_pages import Page
from parlour.store.times import microseconds, to_datetime

# The events in one answer of GetEvents, unless the caller asks for another number.
TAKEN = 50

# Calls of one person that may wait at once: one for each device, and some that broke and have not ended yet.
MOST_WAITING = 20

# Kind, stored JSON, cursor and instant of an event.
_Row = tuple[str, str, str, int]

# Answers that are kept for the other calls that get the same events at the same time.
SHARED_ANSWERS = 64

_PERSONAL = frozenset({model.DraftSaved, model.NotificationsSet, model.ArchivedForMe, model.MeChanged})

_CHAT_CHANNEL = re.compile("chat-([0-9a-f]{32})")

# Events are stored as JSON of this profile, whatever the profile of the server.
_STORED = JsonCodec(Profile())
_KIND_OF = {cls: kind for kind, cls in KINDS.items()}
_WRITERS = {cls: _STORED.writer(type_ref(cls, "An event")) for cls in _KIND_OF}


# Writing --------------------------------------------------------------------------------------------------------------


def record(
    tx: Transaction, agency_id: Guid, *happened: Any, user_id: Guid | None = None, is_counted: bool = False
) -> None:
    """Writes events, in this order, in the transaction of the change itself.

    Active members of the event's chat may know of it. Events about the caller alone, such as a saved draft, are for
    their `user_id`. A chat must be locked before, so that its events keep their order. Events of a chat whose version
    is 0 get the next versions of the chat, and are counted there unless `is_counted`.
    """
    for chat_id, of_chat in groupby(happened, _uncounted_chat):
        new = [_new(each, user_id) for each in of_chat]
        if chat_id is None:
            events.add(tx, agency_id, new)
        else:
            events.add_of_chat(tx, agency_id, chat_id, new, is_counted=is_counted)


def _uncounted_chat(happened: Any) -> Guid | None:
    """The chat in whose version an event is not counted yet."""
    return happened.chat_id if getattr(happened, "version", None) == 0 else None


def sent_event(message: Message) -> str:
    """The event of a message that is about to be sent. The database fills in its number and its version."""
    if message.number:
        message = replace(message, number=0)
    return _WRITERS[model.MessageSent](model.MessageSent(chat_id=message.chat_id, message=message)).decode()


def _new(happened: Any, user_id: Guid | None) -> NewEvent:
    cls = type(happened)
    data = _WRITERS[cls](happened).decode()
    if cls in _PERSONAL:
        assert user_id is not None, "An event about one person needs that person."
        return NewEvent(_KIND_OF[cls], data, None, user_id)
    # A person who left is not a member any more, but must hear of it.
    leaver = happened.user_id if cls is model.MemberLeft else None
    return NewEvent(_KIND_OF[cls], data, happened.chat_id, leaver)


class Announcer(Protocol):
    """Passes events that are not stored on to open streams, in all processes."""

    def announce(
        self, agency_id: Guid, kind: str, data: str, *, chat_id: Guid | None, user_ids: Sequence[Guid]
    ) -> None: ...


Announce = Callable[..., None]
"""See `announcing`."""


def announcing(announcer: Announcer) -> Announce:
    """A function that announces `Typing` to the members of its chat, or `PresenceChanged` to the given `user_ids`."""

    def announce(agency_id: Guid, happened: Any, *, user_ids: Sequence[Guid] = ()) -> None:
        kind = _KIND_OF[type(happened)]
        assert kind in PASSING, "All other events are stored."
        chat_id = None if user_ids else happened.chat_id
        data = _WRITERS[type(happened)](happened).decode()
        announcer.announce(agency_id, kind, data, chat_id=chat_id, user_ids=user_ids)

    return announce


# Reading --------------------------------------------------------------------------------------------------------------


class Happened(Protocol):
    """An event that a waiting call has heard of."""

    @property
    def stored(self) -> StoredEvent: ...
    @property
    def cursor(self) -> str: ...


class Follower(Protocol):
    """Waits for events, for all calls of this process."""

    async def wait(self, caller: Caller, page: Page, seconds: float) -> Sequence[Happened] | None:
        """The events that happen behind a page which was at the end, as soon as there are any for the caller.

        None if none came in time, or if the server stops. Empty if the page is no longer at the end.
        """
        ...


class EventReader:
    """Answers GetEvents. A call that waits occupies neither a thread nor the database.

    Without a follower no call waits.
    """

    def __init__(self, cursors: Cursors, follower: Follower | None = None) -> None:
        self._cursors = cursors
        self._follower = follower
        self._waiting: dict[Guid, int] = {}

    async def get_events(self, request: GetEvents, exchange: Exchange) -> GetEventsResponse:
        """The events after the cursor that the caller may know of now, oldest first.

        Waits if there are none. Raises ValidationError for a text that cannot be a cursor, TooManyRequests if too many
        calls of the caller wait.
        """
        caller, units = exchange.caller, exchange.units
        assert isinstance(caller, Caller)
        agency_id, cursor = caller.agency_id, request.cursor
        if not cursor:
            return self._answer(await units.read(lambda tx: feed_pages.newest(tx, self._cursors, agency_id)))
        if position_in(cursor) is None:
            raise ValidationError([field_errors.unknown("Cursor", cursor)])
        most = request.take or TAKEN
        ends_at = asyncio.get_running_loop().time() + request.wait_seconds
        while True:
            page = await units.read(self._read_after(caller, cursor, most))
            cursor = page.cursor
            if page.events or page.is_gap:
                return self._answer(page)
            if not page.is_at_end:
                continue
            seconds = ends_at - asyncio.get_running_loop().time()
            heard = await self._wait(caller, page, seconds) if seconds > 0 else None
            if heard is None:
                return self._answer(page)
            if heard:
                taken = heard[:most]
                return _response([_row(each.stored, each.cursor) for each in taken], taken[-1].cursor)

    def _read_after(self, caller: Caller, cursor: str, most: int) -> Callable[[Transaction], Page]:
        return lambda tx: feed_pages.after(tx, self._cursors, caller.agency_id, caller.user_id, cursor, most=most)

    async def _wait(self, caller: Caller, page: Page, seconds: float) -> Sequence[Happened] | None:
        if self._follower is None:
            return None
        waiting = self._waiting.get(caller.user_id, 0)
        if waiting >= MOST_WAITING:
            raise TooManyRequests(f"{waiting} calls of yours wait for events, and more are not allowed.")
        self._waiting[caller.user_id] = waiting + 1
        try:
            return await self._follower.wait(caller, page, seconds)
        finally:
            self._waiting[caller.user_id] -= 1
            if not self._waiting[caller.user_id]:
                del self._waiting[caller.user_id]

    def _answer(self, page: Page) -> GetEventsResponse:
        rows = [_row(each, cursor) for each, cursor in zip(page.events, page.cursors, strict=True)]
        return _response(rows, page.cursor, is_gap=page.is_gap)


def register(services: Services, reader: EventReader) -> None:
    """Registers the operations of this area."""
    services.add(GetEvents, get=DirectHandler(reader.get_events))


def _response(rows: Sequence[_Row], next_cursor: str, *, is_gap: bool = False) -> GetEventsResponse:
    return GetEventsResponse(events=as_list(_listing(tuple(rows))), next_cursor=next_cursor, is_gap=is_gap)


def _row(stored: StoredEvent, cursor: str) -> _Row:
    return stored.kind, stored.data, cursor, stored.created_at


@lru_cache(maxsize=SHARED_ANSWERS)
def _listing(rows: tuple[_Row, ...]) -> Listing[Event]:
    """The events of an answer. Calls that wait for the same events share it, so that it is written once a format."""
    return Listing([_event(*row) for row in rows])


def _event(kind: str, data: str, cursor: str, created_at: int) -> Event:
    happened = read_event(kind, data)
    event = Event(
        kind=kind,
        cursor=cursor,
        date_created=to_datetime(created_at),
        chat_id=getattr(happened, "chat_id", None),
    )
    setattr(event, snake(type(happened).__name__), happened)
    return event


def read_event(kind: str, data: str) -> Any:
    """The event of a kind from its stored JSON."""
    return _reader(kind)(data.encode())


@cache
def _reader(kind: str) -> Callable[[bytes], Any]:
    return _STORED.reader(type_ref(KINDS[kind], "An event"))


def event_body(profile: Profile) -> Callable[[str, str], bytes]:
    """A function that writes an event in a server's own profile, from its kind and its stored JSON."""
    if profile == Profile():
        return lambda kind, data: data.encode()
    codec = JsonCodec(profile)
    return lambda kind, data: codec.writer(type_ref(KINDS[kind], "An event"))(read_event(kind, data))


# Channels -------------------------------------------------------------------------------------------------------------


def chat_channel(chat_id: Guid) -> str:
    """The channel of a chat."""
    return f"chat-{chat_id}"


class ChatChannels:
    """The access to channels. The only ones are `chat-{ChatId}`, with the id as 32 digits."""

    def may_hear(self, tx: Transaction, caller: Principal | None, channel: str) -> bool:
        named = _CHAT_CHANNEL.fullmatch(channel)
        if named is None or not isinstance(caller, Caller):
            return False
        return access.may_hear_chat(tx, caller, Guid(named[1])) and self.may_stay(tx, caller)

    def may_stay(self, tx: Transaction, caller: Principal) -> bool:
        """Whether the caller's token and session are still valid, and they are an enabled user of the agency."""
        assert isinstance(caller, Caller)
        if caller.good_until is not None and caller.good_until <= microseconds(tx.now):
            return False
        if caller.session_id is None:
            person = store.person_of_user(tx, caller.user_id, caller.agency_id)
        else:
            session = store.get_session(tx, caller.session_id)
            person = None if session is None else session.person
        return person is not None and not person.is_disabled
