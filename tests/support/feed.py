"""A feed with listeners, without sockets: what its streams and waiting calls hear."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from parlour.delivery.bus import Bus, LocalBus
from parlour.delivery.feed import FeedFollower
from parlour.engine.codecs import Profile
from parlour.engine.dto.declare import Guid
from parlour.engine.events.own_channel import Joined
from parlour.engine.http.messages import Request
from parlour.engine.serving.handlers import Exchange
from parlour.model.events import ChatChanged, GetEvents, GetEventsResponse
from parlour.services import events as service
from parlour.services.caller import Caller
from parlour.services.events import EventReader, event_body
from parlour.store.database import Database
from parlour.store.feed_cursors import Cursors
from parlour.store.sequencing import sequence_events

CURSORS = Cursors(b"the key of a test server")


@dataclass
class Stream:
    """A stream of a caller: the frames that it has heard. `missed` are those behind its `Last-Event-ID`."""

    pieces: list[bytes] = field(default_factory=list)
    joined: Joined | None = None

    @property
    def missed(self) -> list[tuple[str, str]]:
        assert self.joined is not None
        return frames(self.joined.missed)

    @property
    def heard(self) -> list[str]:
        """The selectors of the frames since it was opened."""
        return [selector for _, selector in frames(b"".join(self.pieces))]

    @property
    def cursor(self) -> str:
        assert self.joined is not None
        return self.joined.place.cursor


def frames(wire: bytes) -> list[tuple[str, str]]:
    """The id and the selector of each frame."""
    found = []
    for text in wire.decode().split("\n\n")[:-1]:
        id_, data = text.split("\n")
        found.append((id_.removeprefix("id: "), data.removeprefix("data: ").partition(" ")[0]))
    return found


class Feed:
    """A feed of a database, in one process. `times` are the clock and the sleep of its follower."""

    def __init__(self, database: Database, bus: Bus | None = None, **times: Any) -> None:
        self.database = database
        self.bus = bus or LocalBus()
        self.follower = FeedFollower(
            database, self.bus, CURSORS, body=event_body(Profile()), retention=timedelta(days=30), **times
        )
        self.reader = EventReader(CURSORS, self.follower)

    async def change(self, agency_id: Guid, *happened: Any, user_id: Guid | None = None) -> None:
        """Writes events and numbers them, without waking anybody."""
        await self.database.write(lambda tx: service.record(tx, agency_id, *happened, user_id=user_id))
        await self.database.sequence(sequence_events)

    async def open(self, caller: Caller, last_id: str | None = None) -> Stream:
        stream = Stream()
        stream.joined = await self.follower.join(caller, last_id, stream.pieces.append)
        return stream

    async def get(
        self, caller: Caller, cursor: str | None = None, *, take: int = 0, wait: int = 0
    ) -> GetEventsResponse:
        exchange = Exchange(Request(method="GET", path="/v1/Events"), self.database, "json", caller=caller)
        return await self.reader.get_events(GetEvents(cursor=cursor, take=take, wait_seconds=wait), exchange)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with self.bus.running(), self.follower.running():
            yield


def renamed(chat_id: Guid, name: str, version: int = 0) -> ChatChanged:
    return ChatChanged(chat_id=chat_id, chat_name=name, version=version)


def names(answer: GetEventsResponse) -> list[str | None]:
    """The names that chats got in an answer."""
    return [each.chat_changed.chat_name for each in answer.events if each.chat_changed is not None]


async def until(condition: Any) -> None:
    """Waits until a condition holds. The test's own limit of time ends a wait for what never comes."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - it waits for threads of the database, whose work has no event here
            await asyncio.sleep(0)


def kinds(answer: GetEventsResponse) -> Sequence[str | None]:
    return [each.kind for each in answer.events]
