"""What others hear of a person at once, and nobody keeps: that they are writing, and whether they are there."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Literal

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import ValidationError
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from parlour.model.events import PresenceChanged, Typing
from parlour.model.presence import (
    MOST_ASKED_FOR,
    MOST_THERE,
    GetPresence,
    GetPresenceResponse,
    PersonPresence,
    SetPresence,
    SetPresenceResponse,
    SetTyping,
    SetTypingResponse,
)
from parlour.services import access, field_errors
from parlour.services.attendance import OFFLINE, PRESENCE_SECONDS, PRESENCES, Attendance
from parlour.services.caller import Caller
from parlour.services.events import Announce
from parlour.store import presence
from parlour.store.database import Transaction
from parlour.store.times import microseconds, to_datetime

Audience = Literal["off", "contacts", "everybody"]
"""Who hears of a person's presence: nobody, those in a chat with them, or the whole agency."""

# Longer than the pauses of somebody who writes. Programs repeat it every few seconds.
TYPING_SECONDS = 8.0

NO_SESSION = ""

_Key = tuple[str, ...]


class Endings:
    """Ends what nobody repeats in time, such as somebody's writing.

    Every process may get the next repetition. So all of them note what they `heard`, and only end what is over.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ends: dict[_Key, tuple[float, asyncio.TimerHandle]] = {}

    def begin(self, key: _Key, end: Callable[[], None]) -> None:
        """Calls `end` unless it is repeated or stopped in time."""
        self.stop(key)
        loop = asyncio.get_running_loop()
        at = loop.time() + self._seconds
        self._ends[key] = (at, loop.call_at(at, self._end, key, end))

    def heard(self, key: _Key) -> None:
        """Notes that it was repeated now, perhaps to another process."""
        if key in self._ends:
            _, handle = self._ends[key]
            self._ends[key] = (asyncio.get_running_loop().time() + self._seconds, handle)

    def stop(self, key: _Key) -> None:
        """Forgets what was ended by the person."""
        if key in self._ends:
            _, handle = self._ends.pop(key)
            handle.cancel()

    def _end(self, key: _Key, end: Callable[[], None]) -> None:
        at, _ = self._ends[key]
        loop = asyncio.get_running_loop()
        # The clock of a timer may be a little early.
        if loop.time() + 0.05 < at:
            self._ends[key] = (at, loop.call_at(at, self._end, key, end))
            return
        del self._ends[key]
        end()


class PassingNews:
    """Answers SetTyping, SetPresence and GetPresence. Without `announce` nobody hears of it.

    `on_presence` hears the agency, the person and their presence, also if they hide it from others. `tell_processes`
    gets hints for `heard_presence` of all processes.
    """

    def __init__(
        self,
        announce: Announce | None = None,
        *,
        audience: Audience = "everybody",
        on_presence: Callable[[Guid, Guid, str], None] | None = None,
        tell_processes: Callable[[str], None] | None = None,
    ) -> None:
        self._announce = announce or _tell_nobody
        self._on_presence = on_presence or _note_nothing
        self._tell_processes = tell_processes or _tell_no_process
        self._attendance = Attendance()
        self._audience = audience
        self._typing = Endings(TYPING_SECONDS)
        self._present = Endings(PRESENCE_SECONDS)
        # Those who hide their presence, as far as this process knows from what their programs repeat.
        self._hiding: set[tuple[Guid, Guid]] = set()

    async def set_typing(self, request: SetTyping, exchange: Exchange) -> SetTypingResponse:
        """Tells a chat's members about the caller's writing.

        Raises NotFound if the caller is not in the chat, Conflict if it is archived for everybody.
        """
        caller = exchange.caller
        assert isinstance(caller, Caller)
        await exchange.units.read(lambda tx: access.check_open(access.chat_of(tx, caller, request.chat_id)))
        key = (request.chat_id, caller.user_id)

        def tell(*, is_typing: bool) -> None:
            name = caller.display_name
            typing = Typing(chat_id=request.chat_id, user_id=caller.user_id, name=name, is_typing=is_typing)
            self._announce(caller.agency_id, typing)

        tell(is_typing=request.is_typing)
        if request.is_typing:
            self._typing.begin(key, lambda: tell(is_typing=False))
        else:
            self._typing.stop(key)
        return SetTypingResponse()

    async def set_presence(self, request: SetPresence, exchange: Exchange) -> SetPresenceResponse:
        """Tells others whether the caller is there, if they may know. Raises ValidationError."""
        caller = exchange.caller
        assert isinstance(caller, Caller)
        if request.presence not in PRESENCES:
            raise ValidationError([field_errors.not_among("Presence", request.presence, PRESENCES)])
        hearers, now = await exchange.units.read(lambda tx: (self._hearers(tx, caller), tx.now))
        # Programs that use a password or a key have no session, and count as one.
        program = caller.session_id or NO_SESSION
        key = (caller.agency_id, caller.user_id, program)
        self._note_hiding(caller.agency_id, caller.user_id, may_be_seen=bool(hearers))
        shown = self._attendance.hear(*key, request.presence, now)
        self._tell_processes(json.dumps([*key, request.presence, microseconds(now), bool(hearers)]))
        self._on_presence(caller.agency_id, caller.user_id, shown)

        def tell(presence: str) -> None:
            last_seen = self._attendance.last_seen(caller.agency_id, caller.user_id)
            changed = PresenceChanged(user_id=caller.user_id, presence=presence, last_seen=last_seen)
            if hearers and (caller.agency_id, caller.user_id) not in self._hiding:
                self._announce(caller.agency_id, changed, user_ids=hearers)

        def end() -> None:
            self._attendance.miss(*key)
            tell(self._attendance.presence_of(caller.agency_id, caller.user_id))

        tell(shown)
        if request.presence == OFFLINE:
            self._present.stop(key)
        else:
            self._present.begin(key, end)
        return SetPresenceResponse()

    def hide(self, tx: Transaction, caller: Caller) -> None:
        """Tells those who could see the caller that they are offline, once it is stored that they hide it."""
        hearers = self._audience_of(tx, caller)
        if not hearers:
            return

        def tell() -> None:
            self._hiding.add((caller.agency_id, caller.user_id))
            gone = PresenceChanged(user_id=caller.user_id, presence=OFFLINE)
            self._announce(caller.agency_id, gone, user_ids=hearers)

        tx.after_commit(tell)

    async def get_presence(self, request: GetPresence, exchange: Exchange) -> GetPresenceResponse:
        """The presence of people, as far as the caller may know it. Raises ValidationError."""
        caller = exchange.caller
        assert isinstance(caller, Caller)
        # A client may send null for the list, whatever the types promise.
        asked = request.user_ids or []
        if len(asked) > MOST_ASKED_FOR:
            raise ValidationError([field_errors.too_many("UserIds", len(asked), most=MOST_ASKED_FOR)])
        agency_id = caller.agency_id
        known = self._attendance.known(agency_id, asked)[:MOST_THERE]
        if self._audience == "off" or not known:
            return GetPresenceResponse()
        in_chats = self._audience == "contacts"
        shown = await exchange.units.read(
            lambda tx: presence.shown_to(tx, agency_id, caller.user_id, known, in_chats=in_chats)
        )
        return GetPresenceResponse(
            presences=[
                PersonPresence(
                    user_id=user_id,
                    presence=self._attendance.presence_of(agency_id, user_id),
                    last_seen=self._attendance.last_seen(agency_id, user_id),
                )
                for user_id in known
                if user_id in shown
            ]
        )

    def _hearers(self, tx: Transaction, caller: Caller) -> Sequence[Guid]:
        """Those who may know whether the caller is there, with the caller's own other devices."""
        return self._audience_of(tx, caller) if presence.is_shown(tx, caller.agency_id, caller.user_id) else ()

    def _audience_of(self, tx: Transaction, caller: Caller) -> Sequence[Guid]:
        if self._audience == "off":
            return ()
        if self._audience == "everybody":
            return presence.everybody(tx, caller.agency_id)
        found = presence.contacts(tx, caller.agency_id, caller.user_id)
        return found if caller.user_id in found else [caller.user_id, *found]

    async def heard(self, hint: str) -> None:
        """Takes a hint about typing that this or another process sent."""
        _, kind, data, chat_id, _ = json.loads(hint)
        told = json.loads(data)
        if kind == "chat.typing" and told["isTyping"]:
            self._typing.heard((chat_id, told["userId"]))

    async def heard_presence(self, hint: str) -> None:
        """Takes a hint about presence that this or another process sent."""
        agency_id, user_id, program, presence, seen_at, may_be_seen = json.loads(hint)
        self._note_hiding(agency_id, user_id, may_be_seen=may_be_seen)
        self._attendance.hear(agency_id, user_id, program, presence, to_datetime(seen_at))
        if presence == OFFLINE:
            self._present.stop((agency_id, user_id, program))
        else:
            self._present.heard((agency_id, user_id, program))

    def _note_hiding(self, agency_id: Guid, user_id: Guid, *, may_be_seen: bool) -> None:
        """Notes whether a person hides their presence, since one of their programs has repeated it."""
        if may_be_seen:
            self._hiding.discard((agency_id, user_id))
        else:
            self._hiding.add((agency_id, user_id))


def _tell_nobody(agency_id: Guid, happened: object, *, user_ids: Sequence[Guid] = ()) -> None:
    """Takes an announcement, and does nothing."""


def _note_nothing(agency_id: Guid, user_id: Guid, presence: str) -> None:
    """Takes a presence, and does nothing."""


def _tell_no_process(hint: str) -> None:
    """Takes a hint, and does nothing."""


def register(services: Services, news: PassingNews) -> None:
    """Registers the operations of this area."""
    services.add(SetTyping, service="PresenceService", put=DirectHandler(news.set_typing))
    services.add(SetPresence, service="PresenceService", put=DirectHandler(news.set_presence))
    services.add(GetPresence, service="PresenceService", get=DirectHandler(news.get_presence))
