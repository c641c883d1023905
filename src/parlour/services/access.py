"""The doors to what is not everybody's: each gives a thing to the caller who may see it.

To everybody else it does not exist. What is absent, belongs to another agency or was left by the caller is told in
the same words, so that nobody learns anything by asking for ids.
"""

from parlour.contract.declare import Guid
from parlour.contract.errors import Conflict, Forbidden, NotFound
from parlour.model.messages import ChatMessage
from parlour.services.caller import Caller
from parlour.store import chats, messages
from parlour.store.chats import Seat
from parlour.store.database import Transaction

CHAT_NOT_FOUND = "Chat not found."
MESSAGE_NOT_FOUND = "Message not found."


def chat_of(tx: Transaction, caller: Caller, chat_id: Guid) -> Seat:
    """The caller's seat in the chat. Raises NotFound when he has none."""
    seat = chats.seat_of(tx, caller.agency_id, chat_id, caller.user_id)
    if seat is None:
        raise NotFound(CHAT_NOT_FOUND)
    return seat


def check_open(seat: Seat) -> None:
    """Passes for a chat that can be changed. Raises Conflict when it is archived for everybody."""
    if seat.is_archived:
        raise Conflict("The chat is archived: it can be read and left, and nothing else.")


def message_of(tx: Transaction, caller: Caller, message_id: Guid) -> ChatMessage:
    """The message. Raises NotFound when it was deleted or the caller is not in its chat."""
    message = messages.visible_to(tx, caller.agency_id, message_id, caller.user_id)
    if message is None:
        raise NotFound(MESSAGE_NOT_FOUND)
    return message


def check_may_remove(caller: Caller, seat: Seat, member_id: Guid) -> None:
    """Passes for everybody's own seat, and every seat for the chat's creator and administrators. Raises Forbidden."""
    if member_id == seat.member_id:
        return
    if caller.user_id == seat.created_by:
        return
    if caller.is_administrator:
        return
    raise Forbidden("Only who started the chat, or an administrator, may remove others from it.")
