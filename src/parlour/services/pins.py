"""Pinned messages of a chat."""

from parlour.engine.dto.errors import Conflict
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.events import MessagePinned
from parlour.model.pins import PinMessage
from parlour.model.sending import MessageResponse
from parlour.services import access, events
from parlour.services.caller import Caller
from parlour.services.editing import as_shown
from parlour.services.reasons import Reason, because
from parlour.store import chats, pins
from parlour.store.database import Transaction

# GetChat returns all of them at once.
MOST_PINS = 50


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(PinMessage, service="MessageService", put=Handler(pin))


def pin(request: PinMessage, tx: Transaction, caller: Caller) -> MessageResponse:
    """Pins a message, or unpins it. Repeating that changes nothing.

    Raises NotFound if the caller is not in the chat, or the message was deleted. Raises Conflict in an archived chat,
    or if the chat has too many pinned messages.
    """
    _, message = access.message_to_change(tx, caller, request.chat_message_id)
    pinned = pins.pinned(tx, caller.agency_id, message.chat_id)
    if request.is_pinned != (message.seq in pinned):
        if not request.is_pinned:
            pins.remove(tx, caller.agency_id, message)
        elif len(pinned) < MOST_PINS:
            pins.add(tx, caller.agency_id, message, caller.user_id)
        else:
            why = f"The chat has {MOST_PINS} pinned messages, and more are not allowed."
            raise Conflict(why, meta=because(Reason.TOO_MANY_PINS, MaxLength=MOST_PINS))
        happened = MessagePinned(
            chat_id=message.chat_id,
            version=chats.next_version(tx, caller.agency_id, message.chat_id),
            chat_message_id=message.message_id,
            number=message.seq,
            user_id=caller.user_id,
            is_pinned=request.is_pinned,
        )
        events.record(tx, caller.agency_id, happened)
    return MessageResponse(message=as_shown(tx, caller, message))
