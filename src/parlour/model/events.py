"""Events: what happened in the caller's chats and to the caller, for programs that keep up with it.

The class of an event says what happened, and `KINDS` names each class in the feed and on the event stream. The events
of a chat carry its `Version` after the change, which is greater with each of them. So a program that has read a chat
skips events whose version is not greater than that of the chat.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    ApiMember,
    Guid,
    Long,
    namespace,
    requires_authentication,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.rules.rules import InclusiveBetween
from parlour.model.conversations import Member, Message
from parlour.model.invitations import PARLOUR
from parlour.model.me import Me

ChatId = Annotated[Guid, ApiMember("The chat.")]
Version = Annotated[Long, ApiMember("The version of the chat after this change.")]
MessageId = Annotated[Guid, ApiMember("The message.")]
Number = Annotated[Long, ApiMember("The message's place in the chat.")]


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MessageSent:
    """Somebody sent a message."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    message: Annotated[Message | None, ApiMember("The message.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MessageEdited:
    """The sender of a message changed its text."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    chat_message_id: MessageId = EMPTY_GUID
    number: Number = 0
    sender_user_id: Annotated[Guid, ApiMember("The person who wrote the message.")] = EMPTY_GUID
    text: Annotated[str | None, ApiMember("The new text.")] = None
    mentioned_user_ids: Annotated[list[Guid], ApiMember("The people the message names now.")] = field(
        default_factory=list
    )
    mentions_everybody: Annotated[bool, ApiMember("Whether the message names all members now.")] = False
    previously_mentioned_user_ids: Annotated[list[Guid], ApiMember("The people the message named before.")] = field(
        default_factory=list
    )
    previously_mentioned_everybody: Annotated[bool, ApiMember("Whether the message named all members before.")] = False
    date_edited: Annotated[datetime, ApiMember("When the text was changed.")] = MIN_DATETIME


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MessageDeleted:
    """A message was deleted. It keeps its place, without its text."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    chat_message_id: MessageId = EMPTY_GUID
    number: Number = 0
    sender_user_id: Annotated[Guid, ApiMember("The person who wrote the message.")] = EMPTY_GUID
    deleted_by_user_id: Annotated[Guid, ApiMember("The person who deleted it.")] = EMPTY_GUID
    mentioned_user_ids: Annotated[list[Guid], ApiMember("The people the message named.")] = field(default_factory=list)
    mentions_everybody: Annotated[bool, ApiMember("Whether the message named all members.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ReactionChanged:
    """Somebody put an emoji under a message, or took it away."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    chat_message_id: MessageId = EMPTY_GUID
    number: Number = 0
    emoji: Annotated[str | None, ApiMember("The emoji.")] = None
    user_id: Annotated[Guid, ApiMember("The person.")] = EMPTY_GUID
    is_on: Annotated[bool, ApiMember("Whether it is there now.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MessagePinned:
    """Somebody pinned a message, or unpinned it."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    chat_message_id: MessageId = EMPTY_GUID
    number: Number = 0
    user_id: Annotated[Guid, ApiMember("The person.")] = EMPTY_GUID
    is_pinned: Annotated[bool, ApiMember("Whether it is pinned now.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MemberJoined:
    """A person is in a chat now. They learn of the chat by this, and read it then."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    member: Annotated[Member | None, ApiMember("The person.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MemberLeft:
    """A person is no longer in a chat. It is the last that they hear of it."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    chat_member_id: Annotated[Guid, ApiMember("The membership that ended.")] = EMPTY_GUID
    user_id: Annotated[Guid, ApiMember("The person. It is their contact's id if they had no account.")] = EMPTY_GUID


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MemberChanged:
    """A member has another role, or has an account now."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    member: Annotated[Member | None, ApiMember("The person.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ChatChanged:
    """A chat was renamed, or archived for everybody, or opened again."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    chat_name: Annotated[str | None, ApiMember("Its name now.")] = None
    is_archived: Annotated[bool, ApiMember("Whether it is archived for everybody.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ChatRead:
    """A member's marker moved: forward by reading, or back by marking as unread."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    user_id: Annotated[Guid, ApiMember("The member.")] = EMPTY_GUID
    number: Annotated[Long, ApiMember("The number of the last message they have read.")] = 0
    chat_message_id: Annotated[Guid, ApiMember("That message.")] = EMPTY_GUID
    unread_count: Annotated[Long, ApiMember("How many messages they have not read.")] = 0
    mention_count: Annotated[Long, ApiMember("How many of these mention them.")] = 0


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class DraftSaved:
    """The caller has begun a message in a chat, or their draft there is gone."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    text: Annotated[str | None, ApiMember("The text so far. Empty if the draft is gone.")] = None
    reply_to_message_id: Annotated[Guid | None, ApiMember("The message that it will answer, or null.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class NotificationsSet:
    """The caller chose what notifies them of a chat."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    level: Annotated[str | None, ApiMember("`everything`, `mentions`, `nothing` or `invisible`.")] = None
    muted_until: Annotated[datetime | None, ApiMember("Until when nothing notifies them, or null.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ArchivedForMe:
    """The caller put a chat away, or took it out again."""

    chat_id: ChatId = EMPTY_GUID
    version: Version = 0
    is_archived: Annotated[bool, ApiMember("Whether it is put away.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MeChanged:
    """The caller's own data changed."""

    me: Annotated[Me | None, ApiMember("The caller.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Typing:
    """A member is writing, or has stopped. It is not kept, and ends by itself after 8 seconds."""

    chat_id: ChatId = EMPTY_GUID
    user_id: Annotated[Guid, ApiMember("The member.")] = EMPTY_GUID
    name: Annotated[str | None, ApiMember("Their name.")] = None
    is_typing: Annotated[bool, ApiMember("Whether they are writing.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PresenceChanged:
    """A person came, went away or left. It is not kept."""

    user_id: Annotated[Guid, ApiMember("The person.")] = EMPTY_GUID
    presence: Annotated[str | None, ApiMember("`online`, `away` or `offline`.")] = None
    last_seen: Annotated[datetime | None, ApiMember("When they were last there, or null.")] = None


KINDS: dict[str, type[Any]] = {
    "chat.messageSent": MessageSent,
    "chat.messageEdited": MessageEdited,
    "chat.messageDeleted": MessageDeleted,
    "chat.reactionChanged": ReactionChanged,
    "chat.messagePinned": MessagePinned,
    "chat.memberJoined": MemberJoined,
    "chat.memberLeft": MemberLeft,
    "chat.memberChanged": MemberChanged,
    "chat.changed": ChatChanged,
    "chat.read": ChatRead,
    "chat.draftSaved": DraftSaved,
    "chat.notificationsSet": NotificationsSet,
    "chat.archivedForMe": ArchivedForMe,
    "me.changed": MeChanged,
    "chat.typing": Typing,
    "presence.changed": PresenceChanged,
}
"""The name of each event in the feed, which is also its selector on the event stream."""

PASSING = frozenset({"chat.typing", "presence.changed"})
"""Events that are never stored. Only open streams hear them."""


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Event:
    """One event. Exactly one of the members after `ChatId` is set: the one that its kind names."""

    kind: Annotated[str | None, ApiMember("What happened, such as `chat.messageSent`.")] = None
    cursor: Annotated[str | None, ApiMember("The place of the event: everything after it comes later.")] = None
    date_created: Annotated[datetime, ApiMember("When it happened.")] = MIN_DATETIME
    chat_id: Annotated[Guid | None, ApiMember("The chat in which it happened, or null.")] = None
    message_sent: Annotated[MessageSent | None, ApiMember("Set for `chat.messageSent`.")] = None
    message_edited: Annotated[MessageEdited | None, ApiMember("Set for `chat.messageEdited`.")] = None
    message_deleted: Annotated[MessageDeleted | None, ApiMember("Set for `chat.messageDeleted`.")] = None
    reaction_changed: Annotated[ReactionChanged | None, ApiMember("Set for `chat.reactionChanged`.")] = None
    message_pinned: Annotated[MessagePinned | None, ApiMember("Set for `chat.messagePinned`.")] = None
    member_joined: Annotated[MemberJoined | None, ApiMember("Set for `chat.memberJoined`.")] = None
    member_left: Annotated[MemberLeft | None, ApiMember("Set for `chat.memberLeft`.")] = None
    member_changed: Annotated[MemberChanged | None, ApiMember("Set for `chat.memberChanged`.")] = None
    chat_changed: Annotated[ChatChanged | None, ApiMember("Set for `chat.changed`.")] = None
    chat_read: Annotated[ChatRead | None, ApiMember("Set for `chat.read`.")] = None
    draft_saved: Annotated[DraftSaved | None, ApiMember("Set for `chat.draftSaved`.")] = None
    notifications_set: Annotated[NotificationsSet | None, ApiMember("Set for `chat.notificationsSet`.")] = None
    archived_for_me: Annotated[ArchivedForMe | None, ApiMember("Set for `chat.archivedForMe`.")] = None
    me_changed: Annotated[MeChanged | None, ApiMember("Set for `me.changed`.")] = None
    typing: Annotated[Typing | None, ApiMember("Set for `chat.typing`, which only streams get.")] = None
    presence_changed: Annotated[PresenceChanged | None, ApiMember("Set for `presence.changed`, only on streams.")] = (
        None
    )


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetEventsResponse:
    """The next events, and the cursor to continue from."""

    events: Annotated[list[Event], ApiMember("The events after the cursor, oldest first.")] = field(
        default_factory=list
    )
    next_cursor: Annotated[str | None, ApiMember("The cursor to send next.")] = None
    is_gap: Annotated[
        bool,
        ApiMember("Events after the cursor are not kept any more. Read the state again, then go on from NextCursor."),
    ] = False
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Events", "GET")
@tag("Events")
@requires_authentication()
@returns(GetEventsResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetEvents:
    """Returns what happened after a cursor in the caller's chats and to the caller, oldest first.

    Without a cursor it returns only the newest one. Take that before you read the state, then ask for events after it.
    """

    cursor: Annotated[str | None, ApiMember("The NextCursor of an earlier answer, or the Cursor of an event.")] = None
    take: Annotated[
        int, ApiMember("The most events to return: 50 unless given, at most 200."), InclusiveBetween(0, 200)
    ] = 0
    wait_seconds: Annotated[
        int, ApiMember("How long to wait for an event if there is none: at most 60."), InclusiveBetween(0, 60)
    ] = 0
