"""The caller, as they see themselves on each of their devices."""

from collections.abc import Callable, Iterator
from functools import partial

from parlour.engine.dto.errors import FieldError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.events import MeChanged
from parlour.model.invitations import NAME_CHARACTERS
from parlour.model.me import GetMe, Me, MeResponse, UpdateMe
from parlour.services import chat_events, events, field_errors
from parlour.services.caller import Caller
from parlour.store import members, preferences
from parlour.store.database import Transaction

# Enough for the choices that a program offers. Larger things belong elsewhere, since all are read at each start.
MOST_SETTINGS = 100
LONGEST_SETTING_NAME = 100
LONGEST_SETTING = 2_000

# All settings in JSON. They are in each event about the person.
LARGEST_SETTINGS = 20_000


OnHidden = Callable[[Transaction, Caller], None]
"""Called when somebody begins to hide their presence, in the transaction that stores it."""


def register(services: Services, *, on_hidden: OnHidden = lambda tx, caller: None) -> None:
    """Registers the operations of this area."""
    services.add(GetMe, service="MeService", get=Handler(get_me, writes=False))
    services.add(UpdateMe, service="MeService", put=Handler(partial(update_me, on_hidden=on_hidden)))


def get_me(request: GetMe, tx: Transaction, caller: Caller) -> MeResponse:
    """The caller."""
    return MeResponse(me=_me(tx, caller))


def update_me(
    request: UpdateMe, tx: Transaction, caller: Caller, *, on_hidden: OnHidden = lambda tx, caller: None
) -> MeResponse:
    """Changes the caller. Raises ValidationError."""
    before, me = _me(tx, caller), _me(tx, caller)
    # A client may send null for the map, whatever the types promise.
    me.settings = {name: value for name, value in (me.settings | (request.settings or {})).items() if value}
    field_errors.raise_any(_errors(request, me))
    me.name = me.name if request.name is None else request.name
    me.language = me.language if request.language is None else request.language or None
    me.shows_presence = me.shows_presence if request.shows_presence is None else request.shows_presence
    if me == before:
        return MeResponse(me=me)
    if me.name != before.name:
        preferences.rename(tx, caller.agency_id, caller.user_id, caller.contact_id, me.name or "")
        for chat_id in members.lock_chats_of(tx, caller.agency_id, caller.user_id):
            chat_events.changed(tx, caller.agency_id, chat_id, [caller.contact_id])
    preferences.save(tx, me)
    if before.shows_presence and not me.shows_presence:
        on_hidden(tx, caller)
    events.record(tx, caller.agency_id, MeChanged(me=me), user_id=caller.user_id)
    return MeResponse(me=me)


def _me(tx: Transaction, caller: Caller) -> Me:
    me = preferences.me(tx, caller.agency_id, caller.user_id)
    me.roles = sorted(caller.roles)
    return me


def _errors(request: UpdateMe, changed: Me) -> Iterator[FieldError]:
    if request.name is not None:
        yield from field_errors.in_name("Name", request.name, most=NAME_CHARACTERS)
    if len(changed.settings) > MOST_SETTINGS:
        yield field_errors.too_many("Settings", len(changed.settings), most=MOST_SETTINGS)
        return
    for name, value in (request.settings or {}).items():
        yield from _errors_in(name, LONGEST_SETTING_NAME)
        yield from _errors_in(value or "", LONGEST_SETTING)
    stored = preferences.stored(changed.settings)
    yield from field_errors.in_text("Settings", stored, most=LARGEST_SETTINGS, most_bytes=LARGEST_SETTINGS)


def _errors_in(text: str, most: int) -> list[FieldError]:
    return field_errors.in_text("Settings", text, most=most, most_bytes=4 * most)
