"""Sending and reading messages."""

from datetime import timedelta

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import Conflict, FieldError, ValidationError
from parlour.engine.rules.rules import NotNull
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.conversations import Message
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessageResponse, ChatMessagesRequest
from parlour.services import access, editing, field_errors, markers, pins, reactions, reading, sending
from parlour.services.caller import Caller
from parlour.services.sending import Extras
from parlour.store import chats, messages
from parlour.store.chats import Membership
from parlour.store.database import Transaction

# The messages in one answer of GET /v1/Chat/{ChatId}/Messages, for members with fewer unread messages.
MOST_LISTED = 200

# For members with more unread messages: a week's absence in one answer, of a size that clients can hold.
MOST_UNREAD_LISTED = 1_000


def register(services: Services, *, edit_time: timedelta) -> None:
    """Registers all operations about messages. `edit_time` is how long people may change their own messages."""
    services.add(
        ChatMessageRequest,
        service="ChatMessageService",
        get=Handler(get_message, writes=False),
        post=Handler(
            send_message,
            lane=lambda request: request.chat_message and request.chat_message.chat_id,
            gathers=_only_gathers,
        ),
    )
    read = Handler(read_messages, writes=False, lane=lambda request: request.chat_id)
    services.add(ChatMessagesRequest, service="ChatMessageService", get=read)
    sending.register(services)
    reading.register(services)
    editing.register(services, edit_time=edit_time)
    reactions.register(services)
    pins.register(services)
    markers.register(services)


def send_message(request: ChatMessageRequest, tx: Transaction, caller: Caller) -> ChatMessageResponse:
    """Sends a message, which also marks the whole chat as read by the sender.

    A client that chooses the message's id may repeat the request. It then gets the first answer, and no second message
    is sent.

    Raises NotFound if the caller is not in the chat. Raises Conflict if the chat is archived for everybody, or the id
    belongs to another message. Raises ValidationError.
    """
    sent = _message_in(request)
    if sent.chat_message_id == EMPTY_GUID:
        message_id = messages.new_id(tx)
    else:
        message_id = sent.chat_message_id
        # First of all, since another process may be about to store the same message.
        chats.lock(tx, caller.agency_id, sent.chat_id)
        first = messages.by_id(tx, caller.agency_id, message_id)
        if first is not None:
            return _repeated(sent, *first, tx, caller)
    message = Message(
        chat_message_id=message_id,
        chat_id=sent.chat_id,
        sender_user_id=caller.user_id,
        sender_name=caller.display_name,
        text=sent.message or "",
        date_created=tx.now,
    )
    if sent.attachment_id != EMPTY_GUID:
        _attach(message, sent.attachment_id, tx, caller)
    sending.store(tx, caller, message, Extras(attachment_id=sent.attachment_id))
    stored = ChatMessage(
        chat_message_id=message_id,
        chat_id=sent.chat_id,
        sender_user_id=caller.user_id,
        message=message.text,
        attachment_id=sent.attachment_id,
        date_created=tx.now,
        sender_name=caller.display_name,
    )
    return ChatMessageResponse(chat_message=[stored])


def _only_gathers(request: ChatMessageRequest) -> bool:
    """Whether a message can be sent without a look at what its chat has. An id that was chosen may be taken."""
    ids = (request.chat_message_id, request.chat_message and request.chat_message.chat_message_id)
    has_file = request.chat_message is not None and request.chat_message.attachment_id != EMPTY_GUID
    return ids == (EMPTY_GUID, EMPTY_GUID) and not has_file


def _attach(message: Message, attachment_id: Guid, tx: Transaction, caller: Caller) -> None:
    """Attaches a file that the caller has uploaded. Older clients may name anything else here, which is only kept."""
    message.number = access.locked_chat_of(tx, caller, message.chat_id).last_seq + 1
    message.attachments = sending.usable_attachments(tx, caller, [attachment_id])


def get_message(request: ChatMessageRequest, tx: Transaction, caller: Caller) -> ChatMessageResponse:
    """One message. Raises NotFound if the caller is not in its chat."""
    return ChatMessageResponse(chat_message=[access.message_of(tx, caller, request.chat_message_id)])


def read_messages(request: ChatMessagesRequest, tx: Transaction, caller: Caller) -> ChatMessageResponse:
    """The newest 200 messages of a chat, oldest first, marked as read by the caller.

    If more than 200 messages follow the caller's marker, they get all of these, but at most the oldest 1,000. So no
    message counts as read before it was returned, and repeated calls return all.

    Writes only if there are unread messages. Raises NotFound if the caller is not in the chat.
    """
    chats.lock(tx, caller.agency_id, request.chat_id)
    tx.expect(messages.newest, caller.agency_id, request.chat_id, MOST_LISTED)
    if tx.may_write:
        return ChatMessageResponse(chat_message=_read_by(tx, access.chat_of(tx, caller, request.chat_id)))
    if access.messages_behind(tx, caller, request.chat_id):
        tx.for_writing()
    newest = tx.cached(messages.newest, caller.agency_id, request.chat_id, MOST_LISTED)
    return ChatMessageResponse(chat_message=newest)


def _read_by(tx: Transaction, membership: Membership) -> list[ChatMessage]:
    """The messages for a member, marked as read by them."""
    behind = membership.live - membership.read_live
    if behind > MOST_LISTED:
        page = messages.following(
            tx, membership.agency_id, membership.chat_id, after=membership.read_seq, most=MOST_UNREAD_LISTED
        )
    else:
        page = messages.newest_page(tx, membership.agency_id, membership.chat_id, MOST_LISTED)
    if behind and page.last is not None:
        markers.read_up_to(tx, membership, page.last.seq, page.last.message_id)
    return page.messages


def _message_in(request: ChatMessageRequest) -> ChatMessage:
    """The message to send, with its id from either place. Raises ValidationError with all field errors."""
    sent = request.chat_message
    if sent is None:
        raise ValidationError([field_errors.of_rule(NotNull(), "ChatMessage")])
    errors: list[FieldError] = []
    if sent.chat_id == EMPTY_GUID:
        errors.append(field_errors.missing("ChatMessage.ChatId", sent.chat_id))
    may_be_empty = sent.attachment_id != EMPTY_GUID
    errors += sending.text_errors("ChatMessage.Message", sent.message or "", may_be_empty=may_be_empty)
    chosen = request.chat_message_id
    if chosen != EMPTY_GUID and sent.chat_message_id not in (EMPTY_GUID, chosen):
        errors.append(field_errors.differing("ChatMessage.ChatMessageId", sent.chat_message_id, chosen))
    field_errors.raise_any(errors)
    if sent.chat_message_id == EMPTY_GUID:
        sent.chat_message_id = chosen
    return sent


def _repeated(
    sent: ChatMessage, first: ChatMessage, was_deleted: bool, tx: Transaction, caller: Caller
) -> ChatMessageResponse:
    """The answer to an id that is taken. Callers outside the chat must not learn that it is taken."""
    access.chat_of(tx, caller, sent.chat_id)
    is_same = (
        not was_deleted
        and first.chat_id == sent.chat_id
        and first.sender_user_id == caller.user_id
        and sending.text_as_sent(tx, caller, first) == (sent.message or "")
        and first.attachment_id == sent.attachment_id
    )
    if not is_same:
        raise Conflict("The ChatMessageId is already in use.")
    return ChatMessageResponse(chat_message=[first])
