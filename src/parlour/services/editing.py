"""Editing and deleting messages, and reading the texts they had before."""

from datetime import timedelta
from functools import partial

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import FieldError, Forbidden
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.conversations import Message
from parlour.model.editing import DeleteMessage, EditMessage, GetMessageHistory, GetMessageHistoryResponse
from parlour.model.events import MessageDeleted, MessageEdited
from parlour.model.sending import MessageResponse
from parlour.services import access, events, field_errors, sending
from parlour.services.caller import Caller
from parlour.services.cursors import USUAL_PAGE, cursor_of, keys_in
from parlour.services.reasons import Reason, because
from parlour.store import chats, editing, mentions, messages, reading, search_index, unread
from parlour.store.database import Transaction
from parlour.store.editing import SentMessage


def register(services: Services, *, edit_time: timedelta) -> None:
    """Registers the operations of this area. `edit_time` is how long people may change their own messages."""
    service = "MessageService"
    services.add(EditMessage, service=service, put=Handler(partial(edit_message, edit_time=edit_time)))
    services.add(DeleteMessage, service=service, delete=Handler(partial(delete_message, edit_time=edit_time)))
    services.add(GetMessageHistory, service=service, get=Handler(message_history, writes=False))


def edit_message(request: EditMessage, tx: Transaction, caller: Caller, *, edit_time: timedelta) -> MessageResponse:
    """Changes a message of the caller. Nothing happens if it is like that already.

    Raises NotFound if the caller is not in the chat, or the message was deleted. Raises Forbidden for a message of
    another person, or after its time. Raises Conflict in an archived chat. Raises ValidationError.
    """
    text, wants_all = request.text or "", request.mentions_everybody
    membership, message = access.message_to_change(tx, caller, request.chat_message_id)
    if message.sender_id != caller.user_id:
        raise Forbidden("Only the sender of a message may edit it.", meta=because(Reason.NOT_SENDER))
    _check_time(tx, message, edit_time)
    if wants_all and not message.mentions_everybody:
        sending.check_may_mention(caller, membership, everybody=True)
    errors: list[FieldError] = [
        *sending.text_errors("Text", text, may_be_empty=message.has_attachment),
        *sending.mentions_errors(request.mentioned_user_ids),
    ]
    field_errors.raise_any(errors)
    before = mentions.of_message(tx, caller.agency_id, message.chat_id, message.seq)
    shown_before = mentions.shown(tx, caller.agency_id, before)
    # Those who have left since may stay named.
    kept = [contact_id for contact_id, id_ in shown_before.items() if id_ in request.mentioned_user_ids]
    others = [id_ for id_ in request.mentioned_user_ids or () if id_ not in shown_before.values()]
    named = sorted({*kept, *sending.named_members(tx, membership, others, errors)})
    field_errors.raise_any(errors)
    if (text, wants_all, named) != (message.text, message.mentions_everybody, before):
        _change(tx, caller, message, text, named, wants_all=wants_all)
        happened = MessageEdited(
            chat_id=message.chat_id,
            version=chats.next_version(tx, caller.agency_id, message.chat_id),
            chat_message_id=message.message_id,
            number=message.seq,
            sender_user_id=message.sender_id,
            text=text,
            mentioned_user_ids=list(mentions.shown(tx, caller.agency_id, named).values()),
            mentions_everybody=wants_all,
            previously_mentioned_user_ids=list(shown_before.values()),
            previously_mentioned_everybody=message.mentions_everybody,
            date_edited=tx.now,
        )
        events.record(tx, caller.agency_id, happened)
    return MessageResponse(message=as_shown(tx, caller, message))


def delete_message(request: DeleteMessage, tx: Transaction, caller: Caller, *, edit_time: timedelta) -> MessageResponse:
    """Deletes a message, and returns the stub in its place, also if it was deleted before.

    Raises NotFound if the caller is not in the chat. Raises Forbidden if they may not delete it, or not any more.
    Raises Conflict in an archived chat.
    """
    membership, message = access.sent_message_of(tx, caller, request.chat_message_id)
    if message.is_deleted:
        return MessageResponse(message=as_shown(tx, caller, message))
    access.check_open(membership)
    if not access.may_moderate(caller, membership):
        if message.sender_id != caller.user_id:
            why = "Only its sender, owners and moderators of the chat, and administrators may delete it."
            raise Forbidden(why, meta=because(Reason.NOT_MODERATOR))
        _check_time(tx, message, edit_time)
    named = mentions.of_message(tx, caller.agency_id, message.chat_id, message.seq)
    happened = MessageDeleted(
        chat_id=message.chat_id,
        version=chats.next_version(tx, caller.agency_id, message.chat_id),
        chat_message_id=message.message_id,
        number=message.seq,
        sender_user_id=message.sender_id,
        deleted_by_user_id=caller.user_id,
        mentioned_user_ids=list(mentions.shown(tx, caller.agency_id, named).values()),
        mentions_everybody=message.mentions_everybody,
    )
    messages.delete_message(tx, caller.agency_id, message.message_id, caller.user_id)
    events.record(tx, caller.agency_id, happened)
    return MessageResponse(message=as_shown(tx, caller, message))


def message_history(request: GetMessageHistory, tx: Transaction, caller: Caller) -> GetMessageHistoryResponse:
    """The texts that a message had before. Raises NotFound if it was deleted or the caller is not in its chat."""
    access.message_of(tx, caller, request.chat_message_id)
    message = editing.sent_message(tx, caller.agency_id, request.chat_message_id)
    after = int(keys_in(request.cursor, int)[0]) if request.cursor else 0
    take = request.take or USUAL_PAGE
    found = editing.versions(tx, caller.agency_id, message.chat_id, message.seq, after=after, most=take)
    return GetMessageHistoryResponse(
        versions=list(found), next_cursor=cursor_of(found[-1].number) if len(found) == take else None
    )


def as_shown(tx: Transaction, caller: Caller, message: SentMessage) -> Message:
    """A message as the caller sees it now."""
    place = (message.chat_id, message.seq)
    return reading.at(tx, caller.agency_id, caller.user_id, [place])[place]


def _check_time(tx: Transaction, message: SentMessage, edit_time: timedelta) -> None:
    if tx.now - message.created_at >= edit_time:
        raise Forbidden("The time in which messages can be changed is over.", meta=because(Reason.TOO_LATE))


def _change(
    tx: Transaction, caller: Caller, message: SentMessage, text: str, named: list[Guid], *, wants_all: bool
) -> None:
    """Stores the new text and mentions, counts the mentions, and indexes the text."""
    agency_id, chat_id, seq, sender_id = caller.agency_id, message.chat_id, message.seq, message.sender_id
    if not message.mentions_everybody:
        mentions.count(tx, agency_id, chat_id, seq, sender_id=sender_id, more=-1)
    mentions.remove(tx, agency_id, chat_id, seq)
    mentions.add(tx, agency_id, chat_id, seq, named)
    if not wants_all:
        mentions.count(tx, agency_id, chat_id, seq, sender_id=sender_id, more=1)
    if wants_all != message.mentions_everybody:
        unread.count_to_all(tx, agency_id, chat_id, seq=seq, sender_id=sender_id, more=1 if wants_all else -1)
    editing.edit(tx, agency_id, message, text, mentions_everybody=wants_all)
    search_index.reindex(tx, agency_id, chat_id, seq)
