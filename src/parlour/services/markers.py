"""The markers of members: how far they have read, and how much they have not read."""

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.events import ChatRead
from parlour.model.markers import GetUnread, MarkRead, MarkUnread, UnreadResponse
from parlour.services import access, events, field_errors
from parlour.services.caller import Caller
from parlour.store import messages, unread
from parlour.store.chats import Membership
from parlour.store.database import Transaction


def register(services: Services) -> None:
    """Registers the operations of this area."""
    service = "MessageService"
    mark = Handler(mark_read, lane=lambda request: None if request.chat_id == EMPTY_GUID else request.chat_id)
    services.add(GetUnread, service=service, get=Handler(get_unread, writes=False))
    services.add(MarkRead, service=service, put=mark)
    services.add(MarkUnread, service=service, put=Handler(mark_unread, lane=lambda request: request.chat_id))


def get_unread(request: GetUnread, tx: Transaction, caller: Caller) -> UnreadResponse:
    """What the caller has not read, in all their chats."""
    return unread.totals(tx, caller.agency_id, caller.user_id)


def mark_read(request: MarkRead, tx: Transaction, caller: Caller) -> UnreadResponse:
    """Moves the caller's marker forward in one chat, or to the end of all chats.

    Raises NotFound if the caller is not in the chat. Raises ValidationError for a message that is not in it.
    """
    if request.chat_id == EMPTY_GUID:
        if request.chat_message_id != EMPTY_GUID:
            raise ValidationError([field_errors.missing("ChatId", request.chat_id)])
        for moved in unread.read_all(tx, caller.agency_id, caller.user_id):
            events.record(tx, caller.agency_id, moved)
        return unread.totals(tx, caller.agency_id, caller.user_id)
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    if request.chat_message_id != EMPTY_GUID:
        read_up_to(tx, membership, _number(tx, membership, request.chat_message_id), request.chat_message_id)
    elif membership.last_message_id is not None:
        read_up_to(tx, membership, membership.last_seq, membership.last_message_id)
    return unread.totals(tx, caller.agency_id, caller.user_id)


def mark_unread(request: MarkUnread, tx: Transaction, caller: Caller) -> UnreadResponse:
    """Moves the caller's marker back before a message, unless it is there or before already.

    Raises NotFound if the caller is not in the chat. Raises ValidationError for a message that is not in it.
    """
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    number = membership.last_seq
    if request.chat_message_id != EMPTY_GUID:
        number = _number(tx, membership, request.chat_message_id)
    if 0 < number <= membership.read_seq:
        last_read = messages.id_at(tx, caller.agency_id, membership.chat_id, number - 1)
        _move(tx, membership, number - 1, last_read)
    return unread.totals(tx, caller.agency_id, caller.user_id)


def read_up_to(tx: Transaction, membership: Membership, seq: int, message_id: Guid) -> None:
    """Moves a member's marker forward to the existing message `seq`, never back. The chat must be locked."""
    if seq > membership.read_seq:
        _move(tx, membership, seq, message_id)


def _number(tx: Transaction, membership: Membership, message_id: Guid) -> int:
    places = messages.positions_of(tx, membership.agency_id, membership.chat_id, [message_id])
    if message_id not in places:
        raise ValidationError([field_errors.unknown("ChatMessageId", message_id)])
    return places[message_id].seq


def _move(tx: Transaction, membership: Membership, seq: int, message_id: Guid | None) -> None:
    moved = unread.move_marker(tx, membership, seq, message_id)
    happened = ChatRead(
        chat_id=moved.chat_id,
        version=moved.version,
        user_id=moved.user_id,
        number=seq,
        chat_message_id=message_id or EMPTY_GUID,
        unread_count=moved.unread_count,
        mention_count=moved.mention_count,
    )
    events.record(tx, moved.agency_id, happened)
