"""Emoji under messages."""

from parlour.emoji import full_form, is_one_emoji
from parlour.engine.dto.errors import Conflict, FieldError, ValidationError
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.events import ReactionChanged
from parlour.model.reactions import ReactToMessage
from parlour.model.sending import MessageResponse
from parlour.services import access, events
from parlour.services.caller import Caller
from parlour.services.editing import as_shown
from parlour.services.reasons import Reason, because
from parlour.store import chats, reactions
from parlour.store.database import Transaction

# More kinds would hide the message.
MOST_KINDS = 20


def register(services: Services) -> None:
    """Registers the operations of this area."""
    services.add(ReactToMessage, service="MessageService", put=Handler(react))


def react(request: ReactToMessage, tx: Transaction, caller: Caller) -> MessageResponse:
    """Puts an emoji under a message, or takes it away. Repeating that changes nothing.

    Raises NotFound if the caller is not in the chat, or the message was deleted. Raises Conflict in an archived chat,
    or for another kind of emoji if there are too many. Raises ValidationError.
    """
    if not is_one_emoji(request.emoji or ""):
        raise ValidationError([FieldError("Emoji", "'Emoji' must be exactly one emoji.", "Predicate")])
    # Keyboards write some emoji in two ways, which are one kind.
    emoji = full_form(request.emoji or "")
    _, message = access.message_to_change(tx, caller, request.chat_message_id)
    if request.is_on:
        kinds = reactions.kinds(tx, caller.agency_id, message)
        if emoji not in kinds and len(kinds) >= MOST_KINDS:
            why = f"The message has {MOST_KINDS} different emoji, and more are not allowed."
            raise Conflict(why, meta=because(Reason.TOO_MANY_REACTIONS, MaxLength=MOST_KINDS))
        has_changed = reactions.add(tx, caller.agency_id, message, emoji, caller.user_id)
    else:
        has_changed = reactions.remove(tx, caller.agency_id, message, emoji, caller.user_id)
    if has_changed:
        happened = ReactionChanged(
            chat_id=message.chat_id,
            version=chats.next_version(tx, caller.agency_id, message.chat_id),
            chat_message_id=message.message_id,
            number=message.seq,
            emoji=emoji,
            user_id=caller.user_id,
            is_on=request.is_on,
        )
        events.record(tx, caller.agency_id, happened)
    return MessageResponse(message=as_shown(tx, caller, message))
