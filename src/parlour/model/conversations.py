"""Chats, members and messages as the operations of Parlour show them. `chats.py` has those of the older interface."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from parlour.engine.dto.declare import EMPTY_GUID, MIN_DATETIME, ApiMember, Guid, Long, namespace
from parlour.model.attachments import Attachment
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Reaction:
    """One emoji under a message, with the people who chose it."""

    emoji: Annotated[str | None, ApiMember("The emoji.")] = None
    count: Annotated[int, ApiMember("How many people chose it.")] = 0
    is_mine: Annotated[bool, ApiMember("Whether the caller is one of them.")] = False
    user_ids: Annotated[list[Guid], ApiMember("The first 20 people, in the order in which they chose it.")] = field(
        default_factory=list
    )


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Reply:
    """The message that another one answers."""

    chat_message_id: Annotated[Guid, ApiMember("The id of the message.")] = EMPTY_GUID
    number: Annotated[Long, ApiMember("Its place in the chat, counted from 1.")] = 0
    sender_user_id: Annotated[Guid, ApiMember("The person who wrote it.")] = EMPTY_GUID
    sender_name: Annotated[str | None, ApiMember("Their name.")] = None
    text: Annotated[str | None, ApiMember("Its first 200 letters. Empty if it was deleted.")] = None
    is_deleted: Annotated[bool, ApiMember("Whether it was deleted.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Message:
    """A message of a chat. A deleted one keeps its place, without its text."""

    chat_message_id: Annotated[Guid, ApiMember("The id of the message.")] = EMPTY_GUID
    chat_id: Annotated[Guid, ApiMember("The chat it is in.")] = EMPTY_GUID
    number: Annotated[Long, ApiMember("Its place in the chat, counted from 1 without gaps.")] = 0
    sender_user_id: Annotated[Guid, ApiMember("The person who wrote it.")] = EMPTY_GUID
    sender_name: Annotated[str | None, ApiMember("Their name.")] = None
    text: Annotated[str | None, ApiMember("The text as it was written. Empty if it was deleted.")] = None
    date_created: Annotated[datetime, ApiMember("When it was sent.")] = MIN_DATETIME
    date_edited: Annotated[datetime | None, ApiMember("When it was last edited, or null.")] = None
    is_deleted: Annotated[bool, ApiMember("Whether it was deleted.")] = False
    deleted_by_user_id: Annotated[Guid | None, ApiMember("The person who deleted it, or null.")] = None
    reply_to: Annotated[Reply | None, ApiMember("The message that it answers, or null.")] = None
    mentioned_user_ids: Annotated[
        list[Guid], ApiMember("The people it names. A person without an account is named by their contact's id.")
    ] = field(default_factory=list)
    mentions_everybody: Annotated[bool, ApiMember("Whether it names all members.")] = False
    attachments: Annotated[list[Attachment], ApiMember("Its files.")] = field(default_factory=list)
    reactions: Annotated[list[Reaction], ApiMember("The emoji under it, in the order of their first use.")] = field(
        default_factory=list
    )
    is_pinned: Annotated[bool, ApiMember("Whether it is pinned in the chat.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Member:
    """One person in a chat."""

    chat_member_id: Annotated[Guid, ApiMember("The id of the membership.")] = EMPTY_GUID
    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    user_id: Annotated[Guid, ApiMember("The person. It is their contact's id while they have no account.")] = EMPTY_GUID
    contact_id: Annotated[Guid, ApiMember("The person's contact in the agency.")] = EMPTY_GUID
    name: Annotated[str | None, ApiMember("The person's name.")] = None
    role: Annotated[str | None, ApiMember("`owner`, `moderator` or `member`.")] = None
    has_joined: Annotated[bool, ApiMember("False for a person who has no account yet.")] = False
    date_joined: Annotated[datetime, ApiMember("When they were added to the chat.")] = MIN_DATETIME
    read_number: Annotated[Long, ApiMember("The number of the last message that they have read.")] = 0


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Draft:
    """A message that its writer has not sent yet."""

    text: Annotated[str | None, ApiMember("The text so far.")] = None
    reply_to_message_id: Annotated[Guid | None, ApiMember("The message that it will answer, or null.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ChatSummary:
    """A chat as the caller sees it."""

    chat_id: Annotated[Guid, ApiMember("The id of the chat.")] = EMPTY_GUID
    chat_name: Annotated[str | None, ApiMember("Its name. Empty for the chat of two people.")] = None
    version: Annotated[
        Long,
        ApiMember("How many events the chat has had. An event with this version or a lower one is in here already."),
    ] = 0
    is_direct: Annotated[bool, ApiMember("Whether it is the one chat of two people.")] = False
    created_by: Annotated[Guid, ApiMember("The person who started it.")] = EMPTY_GUID
    created_by_name: Annotated[str | None, ApiMember("Their name.")] = None
    date_created: Annotated[datetime, ApiMember("When it was started.")] = MIN_DATETIME
    date_active: Annotated[datetime, ApiMember("When the last message was sent, or else when it was started.")] = (
        MIN_DATETIME
    )
    is_archived: Annotated[bool, ApiMember("Whether it is archived for everybody: it can only be read and left.")] = (
        False
    )
    is_archived_for_me: Annotated[bool, ApiMember("Whether the caller has put it away.")] = False
    role: Annotated[str | None, ApiMember("What the caller is in it: `owner`, `moderator` or `member`.")] = None
    member_count: Annotated[int, ApiMember("How many people are in it.")] = 0
    members: Annotated[list[Member], ApiMember("The first few of them.")] = field(default_factory=list)
    message_count: Annotated[Long, ApiMember("How many messages it has, without deleted ones.")] = 0
    last_number: Annotated[Long, ApiMember("The number of its last message, or 0.")] = 0
    read_number: Annotated[Long, ApiMember("The number of the last message that the caller has read.")] = 0
    unread_count: Annotated[Long, ApiMember("How many messages the caller has not read.")] = 0
    mention_count: Annotated[Long, ApiMember("How many of these mention the caller.")] = 0
    level: Annotated[
        str | None, ApiMember("What notifies the caller: `everything`, `mentions`, `nothing` or `invisible`.")
    ] = None
    muted_until: Annotated[datetime | None, ApiMember("Until when nothing notifies the caller, or null.")] = None
    draft: Annotated[Draft | None, ApiMember("What the caller has begun to write, or null.")] = None
    last_message: Annotated[Message | None, ApiMember("Its last message, or null.")] = None
    pins: Annotated[list[Message], ApiMember("Its pinned messages. Only GetChat returns them.")] = field(
        default_factory=list
    )
