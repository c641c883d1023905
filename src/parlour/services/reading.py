"""Reading the messages of a chat in pages, from any place in it."""

from datetime import UTC

from parlour.engine.dto.declare import EMPTY_GUID
from parlour.engine.dto.errors import ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.conversations import Message
from parlour.model.reading import AFTER, AROUND, BEFORE, FindMessages, FindMessagesResponse
from parlour.services import access, field_errors
from parlour.services.caller import Caller
from parlour.services.cursors import USUAL_PAGE, cursor_of, keys_in
from parlour.store import chats, messages, reading
from parlour.store.chats import Membership
from parlour.store.database import Transaction


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(FindMessages, service="MessageService", get=Handler(find_messages, writes=False))


def find_messages(request: FindMessages, tx: Transaction, caller: Caller) -> FindMessagesResponse:
    """A page of a chat's messages. Numbers have no gaps, so a page is a range of them.

    Raises NotFound if the caller is not in the chat. Raises ValidationError for a message that is not in it.
    """
    tx.expect(chats.membership_of, caller.agency_id, request.chat_id, caller.user_id)
    if request.chat_message_id != EMPTY_GUID:
        tx.expect(messages.positions_of, caller.agency_id, request.chat_id, (request.chat_message_id,))
    membership = access.chat_of(tx, caller, request.chat_id)
    direction, first, last = _range(request, tx, membership)
    # A page beyond an end is empty, and can be left in the other direction.
    first, last = min(max(first, 1), membership.last_seq + 1), max(min(last, membership.last_seq), 0)
    older = cursor_of(BEFORE, first) if first > 1 else None
    newer = cursor_of(AFTER, last) if last < membership.last_seq else None
    return FindMessagesResponse(
        messages=_between(tx, membership, first, last),
        next_cursor=older if direction == BEFORE else newer,
        previous_cursor=newer if direction == BEFORE else older,
    )


def _between(tx: Transaction, membership: Membership, first: int, last: int) -> list[Message]:
    if first > last:
        return []
    agency_id, chat_id, user_id = membership.agency_id, membership.chat_id, membership.user_id
    return list(reading.between(tx, agency_id, chat_id, user_id, first=first, last=last))


def _range(request: FindMessages, tx: Transaction, membership: Membership) -> tuple[str, int, int]:
    """The direction, and the first and last number of the page, which may be outside of the chat."""
    take = request.take or USUAL_PAGE
    if request.cursor:
        direction, number = keys_in(request.cursor, str, int)
        return _in_direction(str(direction), int(number), int(number), take)
    direction = request.direction or BEFORE
    if request.chat_message_id != EMPTY_GUID:
        places = messages.positions_of(tx, membership.agency_id, membership.chat_id, (request.chat_message_id,))
        place = places.get(request.chat_message_id)
        if place is None:
            raise ValidationError([field_errors.unknown("ChatMessageId", request.chat_message_id)])
        return _in_direction(direction, place.seq, place.seq, take)
    if request.number:
        number = min(request.number, membership.last_seq + 1)
        return _in_direction(direction, number, number, take)
    if request.date is not None:
        instant = request.date if request.date.tzinfo else request.date.replace(tzinfo=UTC)
        earlier = reading.number_before(tx, membership.agency_id, membership.chat_id, instant, last=membership.last_seq)
        return _in_direction(direction, earlier + 1, earlier, take)
    if direction == AFTER:
        return _in_direction(AFTER, 0, 0, take)
    return _in_direction(BEFORE, membership.last_seq + 1, membership.last_seq, take)


def _in_direction(direction: str, following: int, earlier: int, take: int) -> tuple[str, int, int]:
    """The range of a page that ends before the message `following`, begins after `earlier`, or has both in it."""
    if direction == AFTER:
        return AFTER, earlier + 1, earlier + take
    if direction == AROUND:
        first = max(following - take // 2, 1)
        return AROUND, first, first + take - 1
    return BEFORE, following - take, following - 1
