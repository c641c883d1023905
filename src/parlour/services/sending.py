"""Sending messages: the operation SendMessage, and what it shares with the older one (`messages.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass

from parlour import texts
from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import Conflict, FieldError, Forbidden
from parlour.engine.serving.handlers import Handler, Services
from parlour.model.attachments import Attachment
from parlour.model.conversations import Message, Reply
from parlour.model.messages import ChatMessage
from parlour.model.sending import MessageResponse, SendMessage
from parlour.services import access, events, field_errors
from parlour.services.caller import Caller
from parlour.services.reasons import Reason, because
from parlour.store import attachments, editing, mentions, messages, reading
from parlour.store import sending as store_of_messages
from parlour.store.chats import Membership
from parlour.store.database import Transaction
from parlour.store.reading import PREVIEW

# Several pages of text. Longer texts belong in attachments, and a listing of such messages fits a client's memory.
LONGEST_MESSAGE = 10_000

# In bytes: enough for any script with many marks and emoji, and a listing of a thousand messages still fits.
LARGEST_MESSAGE = 8 * LONGEST_MESSAGE

# More people are better named all at once.
MOST_MENTIONED = 50

# As many as people look at in one message. More belong in several messages.
MOST_ATTACHMENTS = 10


def register(services: Services) -> None:
    """Registers the operations of this area."""
    send = Handler(send_message, lane=lambda request: request.chat_id)
    services.add(SendMessage, service="MessageService", post=send)


def send_message(request: SendMessage, tx: Transaction, caller: Caller) -> MessageResponse:
    """Sends a message, which also marks the whole chat as read by the sender.

    Raises NotFound if the caller is not in the chat. Raises Conflict if the chat is archived for everybody, or the id
    belongs to another message. Raises Forbidden for a member who must not mention everybody. Raises ValidationError.
    """
    text, attachment_ids = request.text or "", request.attachment_ids or []
    field_errors.raise_any(
        [
            *text_errors("Text", text, may_be_empty=bool(attachment_ids)),
            *mentions_errors(request.mentioned_user_ids),
            *_too_many("AttachmentIds", attachment_ids, most=MOST_ATTACHMENTS),
        ]
    )
    # First of all, since another process may be about to store the same message.
    membership = access.locked_chat_of(tx, caller, request.chat_id)
    message_id = request.chat_message_id
    if message_id == EMPTY_GUID:
        message_id = messages.new_id(tx)
    elif (first := messages.by_id(tx, caller.agency_id, message_id)) is not None:
        return _repeated(request, attachment_ids, *first, tx, caller)
    access.check_open(membership)
    check_may_mention(caller, membership, everybody=request.mentions_everybody)
    errors: list[FieldError] = []
    named = named_members(tx, membership, request.mentioned_user_ids, errors)
    reply = _reply(tx, membership, request.reply_to_message_id, errors)
    attached = _attached(tx, caller, attachment_ids, errors)
    field_errors.raise_any(errors)
    message = Message(
        chat_message_id=message_id,
        chat_id=membership.chat_id,
        number=membership.last_seq + 1,
        sender_user_id=caller.user_id,
        sender_name=caller.display_name,
        text=text,
        date_created=tx.now,
        reply_to=reply,
        mentioned_user_ids=list(mentions.shown(tx, caller.agency_id, named).values()),
        mentions_everybody=request.mentions_everybody,
        attachments=attached,
    )
    first_attachment = attachment_ids[0] if attachment_ids else EMPTY_GUID
    store(tx, caller, message, Extras(named, reply.number if reply else None, first_attachment))
    return MessageResponse(message=message)


# Shared ---------------------------------------------------------------------------------------------------------------


# Not frozen, since each send makes one, and a frozen one takes three times as long.
@dataclass(slots=True)
class Extras:
    """What is stored of a message beside what it shows: contacts in place of users, and numbers in place of messages.

    `attachment_id` is the one that older clients see.
    """

    contact_ids: Sequence[Guid] = ()
    reply_to_seq: int | None = None
    attachment_id: Guid = EMPTY_GUID


def store(tx: Transaction, caller: Caller, message: Message, extras: Extras) -> None:
    """Stores the caller's new message. If it names or attaches anything, its `number` is known and the chat locked.

    Raises NotFound or Conflict if the chat does not take it.
    """

    def refuse() -> None:
        access.check_open(access.chat_of(tx, caller, message.chat_id))
        raise AssertionError("An open chat of the caller takes their message.")

    agency_id, chat_id = caller.agency_id, message.chat_id
    store_of_messages.send(
        tx,
        agency_id,
        message,
        event=events.sent_event(message),
        otherwise=refuse,
        reply_to_seq=extras.reply_to_seq,
        attachment_id=extras.attachment_id,
    )
    if extras.contact_ids:
        mentions.add(tx, agency_id, chat_id, message.number, extras.contact_ids)
        if not message.mentions_everybody:
            mentions.count(tx, agency_id, chat_id, message.number, sender_id=caller.user_id, more=1)
    if message.attachments:
        ids = [attachment.attachment_id for attachment in message.attachments]
        if not attachments.link(tx, agency_id, chat_id, message.number, ids, owner_id=caller.user_id):
            raise Conflict("An attachment was deleted meanwhile.", meta=because(Reason.FILE_IS_GONE))


def text_errors(path: str, text: str, *, may_be_empty: bool) -> list[FieldError]:
    """The reasons why a text is not that of a message."""
    if errors := field_errors.in_text(path, text, most=LONGEST_MESSAGE, most_bytes=LARGEST_MESSAGE):
        return errors
    if not may_be_empty and texts.shows_nothing(text):
        return [field_errors.missing(path, text)]
    return []


def mentions_errors(user_ids: Sequence[Guid]) -> list[FieldError]:
    """The reason why a message cannot name these people, whoever they are."""
    return _too_many("MentionedUserIds", user_ids or (), most=MOST_MENTIONED)


def check_may_mention(caller: Caller, membership: Membership, *, everybody: bool) -> None:
    """Raises Forbidden if `everybody` is to be mentioned by a member who must not."""
    if everybody and not access.may_moderate(caller, membership):
        message = "Only owners and moderators of the chat, and administrators, may mention everybody."
        raise Forbidden(message, meta=because(Reason.NOT_MODERATOR))


def named_members(
    tx: Transaction, membership: Membership, user_ids: Sequence[Guid], errors: list[FieldError]
) -> list[Guid]:
    """The contacts of the members with these ids. Ids of others are added to the errors."""
    if not user_ids:
        return []
    known = mentions.nameable(tx, membership.agency_id, membership.chat_id, user_ids)
    errors += [
        field_errors.unknown(f"MentionedUserIds[{place}]", id_)
        for place, id_ in enumerate(user_ids)
        if id_ not in known
    ]
    return sorted(set(known.values()))


def usable_attachments(tx: Transaction, caller: Caller, attachment_ids: Sequence[Guid]) -> list[Attachment]:
    """Those of the attachments that the caller may send, in this order."""
    if not attachment_ids:
        return []
    usable = attachments.usable(tx, caller.agency_id, caller.user_id, attachment_ids)
    return [usable[id_] for id_ in attachment_ids if id_ in usable]


def text_as_sent(tx: Transaction, caller: Caller, message: ChatMessage) -> str:
    """The text that a message had before it was edited, if it was."""
    first = editing.first_text(tx, caller.agency_id, message.chat_message_id)
    return (message.message or "") if first is None else first


def _too_many(path: str, ids: Sequence[Guid], *, most: int) -> list[FieldError]:
    return [field_errors.too_many(path, len(ids), most=most)] if len(ids) > most else []


def _attached(
    tx: Transaction, caller: Caller, attachment_ids: Sequence[Guid], errors: list[FieldError]
) -> list[Attachment]:
    """The caller's attachments with these ids. Ids that they cannot send, or repeat, are added to the errors."""
    usable = {each.attachment_id: each for each in usable_attachments(tx, caller, attachment_ids)}
    for place, id_ in enumerate(attachment_ids):
        if id_ not in usable:
            errors.append(_unusable(tx, caller, f"AttachmentIds[{place}]", id_))
        elif id_ in attachment_ids[:place]:
            errors.append(field_errors.unfit(f"AttachmentIds[{place}]", "be named once"))
    return list(usable.values())


def _unusable(tx: Transaction, caller: Caller, path: str, attachment_id: Guid) -> FieldError:
    """The reason why the caller cannot send this file. Files of others are like those that do not exist."""
    own = attachments.of_owner(tx, caller.agency_id, attachment_id, caller.user_id)
    if own is None:
        return field_errors.unknown(path, attachment_id)
    if not own.has_arrived:
        return field_errors.unfit(path, "be uploaded to its end before it is sent")
    if own.shown.state == "checking":
        return field_errors.unfit(path, "be checked by the scanner before it is sent. Try again later")
    return field_errors.unfit(path, "be a file that the scanner has not refused")


def _reply(tx: Transaction, membership: Membership, message_id: Guid, errors: list[FieldError]) -> Reply | None:
    """The message of the chat that is answered. If it does not exist any more, that is added to the errors."""
    if message_id == EMPTY_GUID:
        return None
    places = messages.positions_of(tx, membership.agency_id, membership.chat_id, [message_id])
    place = (membership.chat_id, places[message_id].seq) if message_id in places else None
    answered = reading.at(tx, membership.agency_id, membership.user_id, [place])[place] if place else None
    if answered is None or answered.is_deleted:
        errors.append(field_errors.unknown("ReplyToMessageId", message_id))
        return None
    return Reply(
        chat_message_id=message_id,
        number=answered.number,
        sender_user_id=answered.sender_user_id,
        sender_name=answered.sender_name,
        text=(answered.text or "")[:PREVIEW],
    )


def _repeated(
    request: SendMessage,
    attachment_ids: Sequence[Guid],
    first: ChatMessage,
    was_deleted: bool,
    tx: Transaction,
    caller: Caller,
) -> MessageResponse:
    """The answer to an id that is taken: the message as it is now, if it was sent by the same request."""
    if was_deleted or first.chat_id != request.chat_id or first.sender_user_id != caller.user_id:
        raise _in_use()
    places = messages.positions_of(tx, caller.agency_id, first.chat_id, [first.chat_message_id])
    place = (first.chat_id, places[first.chat_message_id].seq)
    message = reading.at(tx, caller.agency_id, caller.user_id, [place])[place]
    replied_to = message.reply_to.chat_message_id if message.reply_to else EMPTY_GUID
    attached = [attachment.attachment_id for attachment in message.attachments]
    sent = (text_as_sent(tx, caller, first), replied_to, attached)
    if sent != (request.text or "", request.reply_to_message_id, list(attachment_ids)):
        raise _in_use()
    return MessageResponse(message=message)


def _in_use() -> Conflict:
    return Conflict("The ChatMessageId is already in use.")
