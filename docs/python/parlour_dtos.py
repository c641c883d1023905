"""The requests and responses of Parlour, to be copied beside the program that calls it."""

import datetime
import decimal
from marshmallow.fields import *
from servicestack import *
from typing import *
from dataclasses import dataclass, field
from dataclasses_json import dataclass_json, LetterCase, Undefined, config
from enum import Enum, IntEnum
Object = TypeVar('Object')


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Reply:
    """
    The message that another one answers.
    """

    # @ApiMember(Description="The id of the message.")
    chat_message_id: Optional[str] = None
    """
    The id of the message.
    """


    # @ApiMember(Description="Its place in the chat, counted from 1.")
    number: int = 0
    """
    Its place in the chat, counted from 1.
    """


    # @ApiMember(Description="The person who wrote it.")
    sender_user_id: Optional[str] = None
    """
    The person who wrote it.
    """


    # @ApiMember(Description="Their name.")
    sender_name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="Its first 200 letters. Empty if it was deleted.")
    text: Optional[str] = None
    """
    Its first 200 letters. Empty if it was deleted.
    """


    # @ApiMember(Description="Whether it was deleted.")
    is_deleted: bool = False
    """
    Whether it was deleted.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Attachment:
    """
    A file that was uploaded for a message.
    """

    # @ApiMember(Description="The id, which `SendMessage` takes.")
    attachment_id: Optional[str] = None
    """
    The id, which `SendMessage` takes.
    """


    # @ApiMember(Description="The name that its sender gave it, without a path.")
    file_name: Optional[str] = None
    """
    The name that its sender gave it, without a path.
    """


    # @ApiMember(Description="The type that its bytes have. `application/octet-stream` unless it can be shown.")
    media_type: Optional[str] = None
    """
    The type that its bytes have. `application/octet-stream` unless it can be shown.
    """


    # @ApiMember(Description="The size in bytes.")
    size: int = 0
    """
    The size in bytes.
    """


    # @ApiMember(Description="The width of an image in pixels, as it is shown.")
    width: Optional[int] = None
    """
    The width of an image in pixels, as it is shown.
    """


    # @ApiMember(Description="The height of an image in pixels, as it is shown.")
    height: Optional[int] = None
    """
    The height of an image in pixels, as it is shown.
    """


    # @ApiMember(Description="`ready`, `checking` until the scanner has checked it, or `refused` by the scanner.")
    state: Optional[str] = None
    """
    `ready`, `checking` until the scanner has checked it, or `refused` by the scanner.
    """


    # @ApiMember(Description="Whether there is a small picture of it.")
    has_preview: bool = False
    """
    Whether there is a small picture of it.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Reaction:
    """
    One emoji under a message, with the people who chose it.
    """

    # @ApiMember(Description="The emoji.")
    emoji: Optional[str] = None
    """
    The emoji.
    """


    # @ApiMember(Description="How many people chose it.")
    count: int = 0
    """
    How many people chose it.
    """


    # @ApiMember(Description="Whether the caller is one of them.")
    is_mine: bool = False
    """
    Whether the caller is one of them.
    """


    # @ApiMember(Description="The first 20 people, in the order in which they chose it.")
    user_ids: List[str] = field(default_factory=list)
    """
    The first 20 people, in the order in which they chose it.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Message:
    """
    A message of a chat. A deleted one keeps its place, without its text.
    """

    # @ApiMember(Description="The id of the message.")
    chat_message_id: Optional[str] = None
    """
    The id of the message.
    """


    # @ApiMember(Description="The chat it is in.")
    chat_id: Optional[str] = None
    """
    The chat it is in.
    """


    # @ApiMember(Description="Its place in the chat, counted from 1 without gaps.")
    number: int = 0
    """
    Its place in the chat, counted from 1 without gaps.
    """


    # @ApiMember(Description="The person who wrote it.")
    sender_user_id: Optional[str] = None
    """
    The person who wrote it.
    """


    # @ApiMember(Description="Their name.")
    sender_name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="The text as it was written. Empty if it was deleted.")
    text: Optional[str] = None
    """
    The text as it was written. Empty if it was deleted.
    """


    # @ApiMember(Description="When it was sent.")
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it was sent.
    """


    # @ApiMember(Description="When it was last edited, or null.")
    date_edited: Optional[datetime.datetime] = None
    """
    When it was last edited, or null.
    """


    # @ApiMember(Description="Whether it was deleted.")
    is_deleted: bool = False
    """
    Whether it was deleted.
    """


    # @ApiMember(Description="The person who deleted it, or null.")
    deleted_by_user_id: Optional[str] = None
    """
    The person who deleted it, or null.
    """


    # @ApiMember(Description="The message that it answers, or null.")
    reply_to: Optional[Reply] = None
    """
    The message that it answers, or null.
    """


    # @ApiMember(Description="The people it names. A person without an account is named by their contact's id.")
    mentioned_user_ids: List[str] = field(default_factory=list)
    """
    The people it names. A person without an account is named by their contact's id.
    """


    # @ApiMember(Description="Whether it names all members.")
    mentions_everybody: bool = False
    """
    Whether it names all members.
    """


    # @ApiMember(Description="Its files.")
    attachments: List[Attachment] = field(default_factory=list)
    """
    Its files.
    """


    # @ApiMember(Description="The emoji under it, in the order of their first use.")
    reactions: List[Reaction] = field(default_factory=list)
    """
    The emoji under it, in the order of their first use.
    """


    # @ApiMember(Description="Whether it is pinned in the chat.")
    is_pinned: bool = False
    """
    Whether it is pinned in the chat.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MessageSent:
    """
    Somebody sent a message.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The message.")
    message: Optional[Message] = None
    """
    The message.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MessageEdited:
    """
    The sender of a message changed its text.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="The message's place in the chat.")
    number: int = 0
    """
    The message's place in the chat.
    """


    # @ApiMember(Description="The person who wrote the message.")
    sender_user_id: Optional[str] = None
    """
    The person who wrote the message.
    """


    # @ApiMember(Description="The new text.")
    text: Optional[str] = None
    """
    The new text.
    """


    # @ApiMember(Description="The people the message names now.")
    mentioned_user_ids: List[str] = field(default_factory=list)
    """
    The people the message names now.
    """


    # @ApiMember(Description="Whether the message names all members now.")
    mentions_everybody: bool = False
    """
    Whether the message names all members now.
    """


    # @ApiMember(Description="The people the message named before.")
    previously_mentioned_user_ids: List[str] = field(default_factory=list)
    """
    The people the message named before.
    """


    # @ApiMember(Description="Whether the message named all members before.")
    previously_mentioned_everybody: bool = False
    """
    Whether the message named all members before.
    """


    # @ApiMember(Description="When the text was changed.")
    date_edited: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When the text was changed.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MessageDeleted:
    """
    A message was deleted. It keeps its place, without its text.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="The message's place in the chat.")
    number: int = 0
    """
    The message's place in the chat.
    """


    # @ApiMember(Description="The person who wrote the message.")
    sender_user_id: Optional[str] = None
    """
    The person who wrote the message.
    """


    # @ApiMember(Description="The person who deleted it.")
    deleted_by_user_id: Optional[str] = None
    """
    The person who deleted it.
    """


    # @ApiMember(Description="The people the message named.")
    mentioned_user_ids: List[str] = field(default_factory=list)
    """
    The people the message named.
    """


    # @ApiMember(Description="Whether the message named all members.")
    mentions_everybody: bool = False
    """
    Whether the message named all members.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ReactionChanged:
    """
    Somebody put an emoji under a message, or took it away.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="The message's place in the chat.")
    number: int = 0
    """
    The message's place in the chat.
    """


    # @ApiMember(Description="The emoji.")
    emoji: Optional[str] = None
    """
    The emoji.
    """


    # @ApiMember(Description="The person.")
    user_id: Optional[str] = None
    """
    The person.
    """


    # @ApiMember(Description="Whether it is there now.")
    is_on: bool = False
    """
    Whether it is there now.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MessagePinned:
    """
    Somebody pinned a message, or unpinned it.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="The message's place in the chat.")
    number: int = 0
    """
    The message's place in the chat.
    """


    # @ApiMember(Description="The person.")
    user_id: Optional[str] = None
    """
    The person.
    """


    # @ApiMember(Description="Whether it is pinned now.")
    is_pinned: bool = False
    """
    Whether it is pinned now.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Member:
    """
    One person in a chat.
    """

    # @ApiMember(Description="The id of the membership.")
    chat_member_id: Optional[str] = None
    """
    The id of the membership.
    """


    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The person. It is their contact's id while they have no account.")
    user_id: Optional[str] = None
    """
    The person. It is their contact's id while they have no account.
    """


    # @ApiMember(Description="The person's contact in the agency.")
    contact_id: Optional[str] = None
    """
    The person's contact in the agency.
    """


    # @ApiMember(Description="The person's name.")
    name: Optional[str] = None
    """
    The person's name.
    """


    # @ApiMember(Description="`owner`, `moderator` or `member`.")
    role: Optional[str] = None
    """
    `owner`, `moderator` or `member`.
    """


    # @ApiMember(Description="False for a person who has no account yet.")
    has_joined: bool = False
    """
    False for a person who has no account yet.
    """


    # @ApiMember(Description="When they were added to the chat.")
    date_joined: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When they were added to the chat.
    """


    # @ApiMember(Description="The number of the last message that they have read.")
    read_number: int = 0
    """
    The number of the last message that they have read.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MemberJoined:
    """
    A person is in a chat now. They learn of the chat by this, and read it then.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The person.")
    member: Optional[Member] = None
    """
    The person.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MemberLeft:
    """
    A person is no longer in a chat. It is the last that they hear of it.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The membership that ended.")
    chat_member_id: Optional[str] = None
    """
    The membership that ended.
    """


    # @ApiMember(Description="The person. It is their contact's id if they had no account.")
    user_id: Optional[str] = None
    """
    The person. It is their contact's id if they had no account.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MemberChanged:
    """
    A member has another role, or has an account now.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The person.")
    member: Optional[Member] = None
    """
    The person.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatChanged:
    """
    A chat was renamed, or archived for everybody, or opened again.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="Its name now.")
    chat_name: Optional[str] = None
    """
    Its name now.
    """


    # @ApiMember(Description="Whether it is archived for everybody.")
    is_archived: bool = False
    """
    Whether it is archived for everybody.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatRead:
    """
    A member's marker moved: forward by reading, or back by marking as unread.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The member.")
    user_id: Optional[str] = None
    """
    The member.
    """


    # @ApiMember(Description="The number of the last message they have read.")
    number: int = 0
    """
    The number of the last message they have read.
    """


    # @ApiMember(Description="That message.")
    chat_message_id: Optional[str] = None
    """
    That message.
    """


    # @ApiMember(Description="How many messages they have not read.")
    unread_count: int = 0
    """
    How many messages they have not read.
    """


    # @ApiMember(Description="How many of these mention them.")
    mention_count: int = 0
    """
    How many of these mention them.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class DraftSaved:
    """
    The caller has begun a message in a chat, or their draft there is gone.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="The text so far. Empty if the draft is gone.")
    text: Optional[str] = None
    """
    The text so far. Empty if the draft is gone.
    """


    # @ApiMember(Description="The message that it will answer, or null.")
    reply_to_message_id: Optional[str] = None
    """
    The message that it will answer, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class NotificationsSet:
    """
    The caller chose what notifies them of a chat.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="`everything`, `mentions`, `nothing` or `invisible`.")
    level: Optional[str] = None
    """
    `everything`, `mentions`, `nothing` or `invisible`.
    """


    # @ApiMember(Description="Until when nothing notifies them, or null.")
    muted_until: Optional[datetime.datetime] = None
    """
    Until when nothing notifies them, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ArchivedForMe:
    """
    The caller put a chat away, or took it out again.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The version of the chat after this change.")
    version: int = 0
    """
    The version of the chat after this change.
    """


    # @ApiMember(Description="Whether it is put away.")
    is_archived: bool = False
    """
    Whether it is put away.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Me:
    """
    The caller, with the settings that follow them to each device.
    """

    # @ApiMember(Description="The caller's account.")
    user_id: Optional[str] = None
    """
    The caller's account.
    """


    # @ApiMember(Description="The caller's contact in the agency.")
    contact_id: Optional[str] = None
    """
    The caller's contact in the agency.
    """


    # @ApiMember(Description="The caller's name.")
    name: Optional[str] = None
    """
    The caller's name.
    """


    # @ApiMember(Description="The address with which the caller signs in.")
    email_address: Optional[str] = None
    """
    The address with which the caller signs in.
    """


    # @ApiMember(Description="The agency to which the caller is signed in.")
    agency_id: Optional[str] = None
    """
    The agency to which the caller is signed in.
    """


    # @ApiMember(Description="Its name.")
    agency_name: Optional[str] = None
    """
    Its name.
    """


    # @ApiMember(Description="The caller's roles there, by name.")
    roles: List[str] = field(default_factory=list)
    """
    The caller's roles there, by name.
    """


    # @ApiMember(Description="The language the caller chose, such as `de`, or null.")
    language: Optional[str] = None
    """
    The language the caller chose, such as `de`, or null.
    """


    # @ApiMember(Description="Whether others may see when the caller is there.")
    shows_presence: bool = False
    """
    Whether others may see when the caller is there.
    """


    # @ApiMember(Description="Values that the caller's programs keep here.")
    settings: Dict[str, str] = field(default_factory=dict)
    """
    Values that the caller's programs keep here.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MeChanged:
    """
    The caller's own data changed.
    """

    # @ApiMember(Description="The caller.")
    me: Optional[Me] = None
    """
    The caller.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Typing:
    """
    A member is writing, or has stopped. It is not kept, and ends by itself after 8 seconds.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The member.")
    user_id: Optional[str] = None
    """
    The member.
    """


    # @ApiMember(Description="Their name.")
    name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="Whether they are writing.")
    is_typing: bool = False
    """
    Whether they are writing.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PresenceChanged:
    """
    A person came, went away or left. It is not kept.
    """

    # @ApiMember(Description="The person.")
    user_id: Optional[str] = None
    """
    The person.
    """


    # @ApiMember(Description="`online`, `away` or `offline`.")
    presence: Optional[str] = None
    """
    `online`, `away` or `offline`.
    """


    # @ApiMember(Description="When they were last there, or null.")
    last_seen: Optional[datetime.datetime] = None
    """
    When they were last there, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Event:
    """
    One event. Exactly one of the members after `ChatId` is set: the one that its kind names.
    """

    # @ApiMember(Description="What happened, such as `chat.messageSent`.")
    kind: Optional[str] = None
    """
    What happened, such as `chat.messageSent`.
    """


    # @ApiMember(Description="The place of the event: everything after it comes later.")
    cursor: Optional[str] = None
    """
    The place of the event: everything after it comes later.
    """


    # @ApiMember(Description="When it happened.")
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it happened.
    """


    # @ApiMember(Description="The chat in which it happened, or null.")
    chat_id: Optional[str] = None
    """
    The chat in which it happened, or null.
    """


    # @ApiMember(Description="Set for `chat.messageSent`.")
    message_sent: Optional[MessageSent] = None
    """
    Set for `chat.messageSent`.
    """


    # @ApiMember(Description="Set for `chat.messageEdited`.")
    message_edited: Optional[MessageEdited] = None
    """
    Set for `chat.messageEdited`.
    """


    # @ApiMember(Description="Set for `chat.messageDeleted`.")
    message_deleted: Optional[MessageDeleted] = None
    """
    Set for `chat.messageDeleted`.
    """


    # @ApiMember(Description="Set for `chat.reactionChanged`.")
    reaction_changed: Optional[ReactionChanged] = None
    """
    Set for `chat.reactionChanged`.
    """


    # @ApiMember(Description="Set for `chat.messagePinned`.")
    message_pinned: Optional[MessagePinned] = None
    """
    Set for `chat.messagePinned`.
    """


    # @ApiMember(Description="Set for `chat.memberJoined`.")
    member_joined: Optional[MemberJoined] = None
    """
    Set for `chat.memberJoined`.
    """


    # @ApiMember(Description="Set for `chat.memberLeft`.")
    member_left: Optional[MemberLeft] = None
    """
    Set for `chat.memberLeft`.
    """


    # @ApiMember(Description="Set for `chat.memberChanged`.")
    member_changed: Optional[MemberChanged] = None
    """
    Set for `chat.memberChanged`.
    """


    # @ApiMember(Description="Set for `chat.changed`.")
    chat_changed: Optional[ChatChanged] = None
    """
    Set for `chat.changed`.
    """


    # @ApiMember(Description="Set for `chat.read`.")
    chat_read: Optional[ChatRead] = None
    """
    Set for `chat.read`.
    """


    # @ApiMember(Description="Set for `chat.draftSaved`.")
    draft_saved: Optional[DraftSaved] = None
    """
    Set for `chat.draftSaved`.
    """


    # @ApiMember(Description="Set for `chat.notificationsSet`.")
    notifications_set: Optional[NotificationsSet] = None
    """
    Set for `chat.notificationsSet`.
    """


    # @ApiMember(Description="Set for `chat.archivedForMe`.")
    archived_for_me: Optional[ArchivedForMe] = None
    """
    Set for `chat.archivedForMe`.
    """


    # @ApiMember(Description="Set for `me.changed`.")
    me_changed: Optional[MeChanged] = None
    """
    Set for `me.changed`.
    """


    # @ApiMember(Description="Set for `chat.typing`, which only streams get.")
    typing: Optional[Typing] = None
    """
    Set for `chat.typing`, which only streams get.
    """


    # @ApiMember(Description="Set for `presence.changed`, only on streams.")
    presence_changed: Optional[PresenceChanged] = None
    """
    Set for `presence.changed`, only on streams.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMember:
    """
    One person in a chat. `user_id` is a contact's id while that contact has no account.
    """

    chat_member_id: Optional[str] = None
    chat_id: Optional[str] = None
    user_id: Optional[str] = None
    is_active: bool = False
    is_archived: bool = False
    last_chat_message_id: Optional[str] = None
    chat_member_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Chat:
    """
    A chat as one of its members sees it: `is_archived` and `unread_count` are their own.

    A client that chooses `chat_id` may repeat the request without creating a second chat.
    """

    chat_id: Optional[str] = None
    chat_name: Optional[str] = None
    created_by: Optional[str] = None
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    chat_members: List[ChatMember] = field(default_factory=list)
    is_archived: bool = False
    member_count: int = 0
    message_count: int = 0
    unread_count: int = 0
    created_by_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class Draft:
    """
    A message that its writer has not sent yet.
    """

    # @ApiMember(Description="The text so far.")
    text: Optional[str] = None
    """
    The text so far.
    """


    # @ApiMember(Description="The message that it will answer, or null.")
    reply_to_message_id: Optional[str] = None
    """
    The message that it will answer, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatSummary:
    """
    A chat as the caller sees it.
    """

    # @ApiMember(Description="The id of the chat.")
    chat_id: Optional[str] = None
    """
    The id of the chat.
    """


    # @ApiMember(Description="Its name. Empty for the chat of two people.")
    chat_name: Optional[str] = None
    """
    Its name. Empty for the chat of two people.
    """


    # @ApiMember(Description="How many events the chat has had. An event with this version or a lower one is in here already.")
    version: int = 0
    """
    How many events the chat has had. An event with this version or a lower one is in here already.
    """


    # @ApiMember(Description="Whether it is the one chat of two people.")
    is_direct: bool = False
    """
    Whether it is the one chat of two people.
    """


    # @ApiMember(Description="The person who started it.")
    created_by: Optional[str] = None
    """
    The person who started it.
    """


    # @ApiMember(Description="Their name.")
    created_by_name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="When it was started.")
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it was started.
    """


    # @ApiMember(Description="When the last message was sent, or else when it was started.")
    date_active: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When the last message was sent, or else when it was started.
    """


    # @ApiMember(Description="Whether it is archived for everybody: it can only be read and left.")
    is_archived: bool = False
    """
    Whether it is archived for everybody: it can only be read and left.
    """


    # @ApiMember(Description="Whether the caller has put it away.")
    is_archived_for_me: bool = False
    """
    Whether the caller has put it away.
    """


    # @ApiMember(Description="What the caller is in it: `owner`, `moderator` or `member`.")
    role: Optional[str] = None
    """
    What the caller is in it: `owner`, `moderator` or `member`.
    """


    # @ApiMember(Description="How many people are in it.")
    member_count: int = 0
    """
    How many people are in it.
    """


    # @ApiMember(Description="The first few of them.")
    members: List[Member] = field(default_factory=list)
    """
    The first few of them.
    """


    # @ApiMember(Description="How many messages it has, without deleted ones.")
    message_count: int = 0
    """
    How many messages it has, without deleted ones.
    """


    # @ApiMember(Description="The number of its last message, or 0.")
    last_number: int = 0
    """
    The number of its last message, or 0.
    """


    # @ApiMember(Description="The number of the last message that the caller has read.")
    read_number: int = 0
    """
    The number of the last message that the caller has read.
    """


    # @ApiMember(Description="How many messages the caller has not read.")
    unread_count: int = 0
    """
    How many messages the caller has not read.
    """


    # @ApiMember(Description="How many of these mention the caller.")
    mention_count: int = 0
    """
    How many of these mention the caller.
    """


    # @ApiMember(Description="What notifies the caller: `everything`, `mentions`, `nothing` or `invisible`.")
    level: Optional[str] = None
    """
    What notifies the caller: `everything`, `mentions`, `nothing` or `invisible`.
    """


    # @ApiMember(Description="Until when nothing notifies the caller, or null.")
    muted_until: Optional[datetime.datetime] = None
    """
    Until when nothing notifies the caller, or null.
    """


    # @ApiMember(Description="What the caller has begun to write, or null.")
    draft: Optional[Draft] = None
    """
    What the caller has begun to write, or null.
    """


    # @ApiMember(Description="Its last message, or null.")
    last_message: Optional[Message] = None
    """
    Its last message, or null.
    """


    # @ApiMember(Description="Its pinned messages. Only GetChat returns them.")
    pins: List[Message] = field(default_factory=list)
    """
    Its pinned messages. Only GetChat returns them.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessage:
    """
    One message. A client that chooses `chat_message_id` may repeat the request without sending a second message.
    """

    chat_message_id: Optional[str] = None
    chat_id: Optional[str] = None
    sender_user_id: Optional[str] = None
    message: Optional[str] = None
    attachment_id: Optional[str] = None
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    sender_name: Optional[str] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MessageVersion:
    """
    A text that a message had before it was edited.
    """

    # @ApiMember(Description="The number of the text, counted from 1.")
    number: int = 0
    """
    The number of the text, counted from 1.
    """


    # @ApiMember(Description="The text.")
    text: Optional[str] = None
    """
    The text.
    """


    # @ApiMember(Description="When it was written.")
    date_written: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it was written.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MySession:
    """
    A browser or program in which the caller is signed in.
    """

    # @ApiMember(Description="The session.")
    session_id: Optional[str] = None
    """
    The session.
    """


    # @ApiMember(Description="When the caller signed in there.")
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When the caller signed in there.
    """


    # @ApiMember(Description="When it ends by itself.")
    date_expires: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it ends by itself.
    """


    # @ApiMember(Description="Whether this request belongs to it.")
    is_current: bool = False
    """
    Whether this request belongs to it.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FoundPerson:
    """
    A person whom the caller may write to.
    """

    # @ApiMember(Description="The person. It is their contact's id while they have no account.")
    user_id: Optional[str] = None
    """
    The person. It is their contact's id while they have no account.
    """


    # @ApiMember(Description="The person's contact in the agency.")
    contact_id: Optional[str] = None
    """
    The person's contact in the agency.
    """


    # @ApiMember(Description="Their name.")
    name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="Their e-mail address, or null.")
    email_address: Optional[str] = None
    """
    Their e-mail address, or null.
    """


    # @ApiMember(Description="False for a person who has no account yet.")
    has_joined: bool = False
    """
    False for a person who has no account yet.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class InvitableRole:
    """
    A role that the caller may give to others.
    """

    # @ApiMember(Description="The id of the role, as invitations take it.")
    role_id: Optional[str] = None
    """
    The id of the role, as invitations take it.
    """


    # @ApiMember(Description="The name of the role.")
    role_name: Optional[str] = None
    """
    The name of the role.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class TextRange:
    """
    A part of a text, counted in UTF-16 code units, as strings of JavaScript, C#, Java and Swift's NSString are.
    """

    # @ApiMember(Description="The index of the first unit, from 0.")
    start: int = 0
    """
    The index of the first unit, from 0.
    """


    # @ApiMember(Description="The number of units.")
    length: int = 0
    """
    The number of units.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FoundMessage:
    """
    A message that was found, with what fits in it.
    """

    # @ApiMember(Description="The id of the message.")
    chat_message_id: Optional[str] = None
    """
    The id of the message.
    """


    # @ApiMember(Description="The chat it is in.")
    chat_id: Optional[str] = None
    """
    The chat it is in.
    """


    # @ApiMember(Description="The name of the chat.")
    chat_name: Optional[str] = None
    """
    The name of the chat.
    """


    # @ApiMember(Description="Its place in the chat, counted from 1 without gaps.")
    number: int = 0
    """
    Its place in the chat, counted from 1 without gaps.
    """


    # @ApiMember(Description="The person who wrote it.")
    sender_user_id: Optional[str] = None
    """
    The person who wrote it.
    """


    # @ApiMember(Description="Their name.")
    sender_name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="The text as it was written.")
    text: Optional[str] = None
    """
    The text as it was written.
    """


    # @ApiMember(Description="Whether it has a file.")
    has_attachment: bool = False
    """
    Whether it has a file.
    """


    # @ApiMember(Description="When it was sent.")
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it was sent.
    """


    # @ApiMember(Description="When it was last edited, or null.")
    date_edited: Optional[datetime.datetime] = None
    """
    When it was last edited, or null.
    """


    # @ApiMember(Description="The parts of the text that fit the words and phrases, in order, without overlaps.")
    ranges: List[TextRange] = field(default_factory=list)
    """
    The parts of the text that fit the words and phrases, in order, without overlaps.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PersonPresence:
    """
    Whether a person is there.
    """

    # @ApiMember(Description="The person.")
    user_id: Optional[str] = None
    """
    The person.
    """


    # @ApiMember(Description="`online`, `away` or `offline`.")
    presence: Optional[str] = None
    """
    `online`, `away` or `offline`.
    """


    # @ApiMember(Description="When they were last there.")
    last_seen: Optional[datetime.datetime] = None
    """
    When they were last there.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PushSubscription:
    """
    A browser of the caller that is told of messages. Its address and keys are secrets, and never returned.
    """

    # @ApiMember(Description="The subscription.")
    push_subscription_id: Optional[str] = None
    """
    The subscription.
    """


    # @ApiMember(Description="The name that the browser was saved with.")
    device_name: Optional[str] = None
    """
    The name that the browser was saved with.
    """


    # @ApiMember(Description="Whether a notification has nothing but the chat's name.")
    hides_text: bool = False
    """
    Whether a notification has nothing but the chat's name.
    """


    # @ApiMember(Description="When it was last saved.")
    date_saved: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it was last saved.
    """


    # @ApiMember(Description="When its push service last took a notification, or null.")
    date_delivered: Optional[datetime.datetime] = None
    """
    When its push service last took a notification, or null.
    """


    # @ApiMember(Description="Why the last notification did not go out, or null.")
    last_error: Optional[str] = None
    """
    Why the last notification did not go out, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SentInvitation:
    """
    An invitation that nobody has accepted yet.
    """

    # @ApiMember(Description="The invitation.")
    invitation_id: Optional[str] = None
    """
    The invitation.
    """


    # @ApiMember(Description="The invited person's contact in the agency.")
    contact_id: Optional[str] = None
    """
    The invited person's contact in the agency.
    """


    # @ApiMember(Description="The invited person's name.")
    name: Optional[str] = None
    """
    The invited person's name.
    """


    # @ApiMember(Description="The address that it was sent to.")
    email_address: Optional[str] = None
    """
    The address that it was sent to.
    """


    # @ApiMember(Description="The roles offered, by name.")
    role_names: List[str] = field(default_factory=list)
    """
    The roles offered, by name.
    """


    # @ApiMember(Description="The contact who invites, or invited last.")
    inviter_contact_id: Optional[str] = None
    """
    The contact who invites, or invited last.
    """


    # @ApiMember(Description="Their name.")
    inviter_name: Optional[str] = None
    """
    Their name.
    """


    # @ApiMember(Description="`pending`, `expired` or `revoked`.")
    state: Optional[str] = None
    """
    `pending`, `expired` or `revoked`.
    """


    # @ApiMember(Description="When the person was first invited.")
    date_created: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When the person was first invited.
    """


    # @ApiMember(Description="When the last mail was queued, or null.")
    date_mailed: Optional[datetime.datetime] = None
    """
    When the last mail was queued, or null.
    """


    # @ApiMember(Description="When it ends, unless it is sent again.")
    date_expires: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When it ends, unless it is sent again.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetEventsResponse:
    """
    The next events, and the cursor to continue from.
    """

    # @ApiMember(Description="The events after the cursor, oldest first.")
    events: List[Event] = field(default_factory=list)
    """
    The events after the cursor, oldest first.
    """


    # @ApiMember(Description="The cursor to send next.")
    next_cursor: Optional[str] = None
    """
    The cursor to send next.
    """


    # @ApiMember(Description="Events after the cursor are not kept any more. Read the state again, then go on from NextCursor.")
    is_gap: bool = False
    """
    Events after the cursor are not kept any more. Read the state again, then go on from NextCursor.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatResponse:
    response_status: Optional[ResponseStatus] = None
    chat: List[Chat] = field(default_factory=list)


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetNotificationsResponse:
    """
    What notifies the caller of the chat now.
    """

    # @ApiMember(Description="`everything`, `mentions`, `nothing` or `invisible`.")
    level: Optional[str] = None
    """
    `everything`, `mentions`, `nothing` or `invisible`.
    """


    # @ApiMember(Description="Until when nothing notifies the caller, or null.")
    muted_until: Optional[datetime.datetime] = None
    """
    Until when nothing notifies the caller, or null.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SaveDraftResponse:
    """
    The draft as it is now.
    """

    # @ApiMember(Description="The draft, or null if it is gone.")
    draft: Optional[Draft] = None
    """
    The draft, or null if it is gone.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMemberResponse:
    response_status: Optional[ResponseStatus] = None
    chat_member: List[ChatMember] = field(default_factory=list)


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AddChatMembersResponse:
    """
    The people who were named. All of them are members now.
    """

    # @ApiMember(Description="The people as members, in the order in which they joined.")
    members: List[Member] = field(default_factory=list)
    """
    The people as members, in the order in which they joined.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class RemoveChatMemberResponse:
    """
    The person is no longer in the chat.
    """

    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetChatRoleResponse:
    """
    The member with their new role.
    """

    # @ApiMember(Description="The member.")
    member: Optional[Member] = None
    """
    The member.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChangedChatResponse:
    """
    The chat as it is now.
    """

    # @ApiMember(Description="The chat as the caller sees it.")
    chat: Optional[ChatSummary] = None
    """
    The chat as the caller sees it.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindChatsResponse:
    """
    The chats that were found, newest activity first.
    """

    # @ApiMember(Description="The chats on this page.")
    chats: List[ChatSummary] = field(default_factory=list)
    """
    The chats on this page.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetChatResponse:
    """
    The chat.
    """

    # @ApiMember(Description="The chat as the caller sees it.")
    chat: Optional[ChatSummary] = None
    """
    The chat as the caller sees it.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindChatMembersResponse:
    """
    The members that were found, in the order in which they joined.
    """

    # @ApiMember(Description="The members on this page.")
    members: List[Member] = field(default_factory=list)
    """
    The members on this page.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessageResponse:
    response_status: Optional[ResponseStatus] = None
    chat_message: List[ChatMessage] = field(default_factory=list)


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MessageResponse:
    """
    A message as it is now.
    """

    # @ApiMember(Description="The message.")
    message: Optional[Message] = None
    """
    The message.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindMessagesResponse:
    """
    Some messages of a chat, with those that were deleted as empty ones in their places.
    """

    # @ApiMember(Description="The messages, oldest first.")
    messages: List[Message] = field(default_factory=list)
    """
    The messages, oldest first.
    """


    # @ApiMember(Description="The `Cursor` of the page further in the same direction, or null if there is none.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the page further in the same direction, or null if there is none.
    """


    # @ApiMember(Description="The `Cursor` of the page in the other direction, or null if there is none.")
    previous_cursor: Optional[str] = None
    """
    The `Cursor` of the page in the other direction, or null if there is none.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetMessageHistoryResponse:
    """
    The texts that a message had before, without the present one.
    """

    # @ApiMember(Description="The texts, oldest first.")
    versions: List[MessageVersion] = field(default_factory=list)
    """
    The texts, oldest first.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class UnreadResponse:
    """
    What the caller has not read, in all their chats together.
    """

    # @ApiMember(Description="How many messages they have not read.")
    unread_count: int = 0
    """
    How many messages they have not read.
    """


    # @ApiMember(Description="How many of these mention them.")
    mention_count: int = 0
    """
    How many of these mention them.
    """


    # @ApiMember(Description="How many chats have such messages.")
    chat_count: int = 0
    """
    How many chats have such messages.
    """


    # @ApiMember(Description="The number for a badge: messages of chats that notify of everything, and mentions in those that notify of mentions. Chats that are muted, or archived for the caller, do not count.")
    badge_count: int = 0
    """
    The number for a badge: messages of chats that notify of everything, and mentions in those that notify of mentions. Chats that are muted, or archived for the caller, do not count.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MeResponse:
    """
    The caller.
    """

    # @ApiMember(Description="The caller.")
    me: Optional[Me] = None
    """
    The caller.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindSessionsResponse:
    """
    The caller's sessions, newest first.
    """

    # @ApiMember(Description="The sessions.")
    sessions: List[MySession] = field(default_factory=list)
    """
    The sessions.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class EndSessionResponse:
    """
    The session has ended.
    """

    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindPeopleResponse:
    """
    The people that were found, sorted by name.
    """

    # @ApiMember(Description="The people on this page.")
    people: List[FoundPerson] = field(default_factory=list)
    """
    The people on this page.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetInvitableRolesResponse:
    """
    The roles that the caller may give, sorted by name.
    """

    # @ApiMember(Description="The roles.")
    roles: List[InvitableRole] = field(default_factory=list)
    """
    The roles.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SearchMessagesResponse:
    """
    The messages that were found, newest first.
    """

    # @ApiMember(Description="The messages on this page.")
    found: List[FoundMessage] = field(default_factory=list)
    """
    The messages on this page.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetTypingResponse:
    """
    The members have been told.
    """

    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetPresenceResponse:
    """
    The others have been told, if they may know.
    """

    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetPresenceResponse:
    """
    The presence of people. Whoever is missing has not been there lately, or the caller may not know it.
    """

    # @ApiMember(Description="The people whose presence is known.")
    presences: List[PersonPresence] = field(default_factory=list)
    """
    The people whose presence is known.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetPushKeyResponse:
    """
    The key of the server.
    """

    # @ApiMember(Description="The `applicationServerKey` as base64url. Null if the server has Web Push off.")
    public_key: Optional[str] = None
    """
    The `applicationServerKey` as base64url. Null if the server has Web Push off.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetPushSubscriptionsResponse:
    """
    The browsers of the caller.
    """

    # @ApiMember(Description="The subscriptions, the last saved first.")
    subscriptions: List[PushSubscription] = field(default_factory=list)
    """
    The subscriptions, the last saved first.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PushSubscriptionResponse:
    """
    A subscription.
    """

    # @ApiMember(Description="The subscription.")
    subscription: Optional[PushSubscription] = None
    """
    The subscription.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class DeletePushSubscriptionResponse:
    """
    The subscription is gone.
    """

    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AttachmentResponse:
    """
    One file.
    """

    # @ApiMember(Description="The file.")
    attachment: Optional[Attachment] = None
    """
    The file.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


# @ApiResponse(Description="Contact Id of the newly invited/ created contact")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AddContactResponse:
    """
    The contact that was invited.
    """

    contact_id: Optional[str] = None
    response_status: Optional[ResponseStatus] = None


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PreviewInvitationResponse:
    """
    The invitation's inviter, agency, address and roles.
    """

    # @ApiMember(Description="The name of the person who sent the invitation.")
    inviter_name: Optional[str] = None
    """
    The name of the person who sent the invitation.
    """


    # @ApiMember(Description="The agency whose book the invited person joins.")
    agency_name: Optional[str] = None
    """
    The agency whose book the invited person joins.
    """


    # @ApiMember(Description="The address the invitation was sent to.")
    email_address: Optional[str] = None
    """
    The address the invitation was sent to.
    """


    # @ApiMember(Description="The roles offered, by name.")
    role_names: List[str] = field(default_factory=list)
    """
    The roles offered, by name.
    """


    # @ApiMember(Description="When the invitation ends, unless it is renewed.")
    expires_at: datetime.datetime = datetime.datetime(1, 1, 1)
    """
    When the invitation ends, unless it is renewed.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AcceptInvitationResponse:
    """
    The user and the contact that the invited person now is.
    """

    # @ApiMember(Description="The account that accepted.")
    user_id: Optional[str] = None
    """
    The account that accepted.
    """


    # @ApiMember(Description="The contact of that account in the agency's book.")
    contact_id: Optional[str] = None
    """
    The contact of that account in the agency's book.
    """


    # @ApiMember(Description="The e-mail address to sign in with.")
    user_name: Optional[str] = None
    """
    The e-mail address to sign in with.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindInvitationsResponse:
    """
    Open invitations, those that were sent last first.
    """

    # @ApiMember(Description="The invitations on this page.")
    invitations: List[SentInvitation] = field(default_factory=list)
    """
    The invitations on this page.
    """


    # @ApiMember(Description="The `Cursor` of the next page, or null if this is the last.")
    next_cursor: Optional[str] = None
    """
    The `Cursor` of the next page, or null if this is the last.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SentInvitationResponse:
    """
    The invitation as it is now.
    """

    # @ApiMember(Description="The invitation.")
    invitation: Optional[SentInvitation] = None
    """
    The invitation.
    """


    # @ApiMember(Description="The reason why the request failed, or null.")
    response_status: Optional[ResponseStatus] = None
    """
    The reason why the request failed, or null.
    """


# @Route("/v1/Events", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetEvents(IReturn[GetEventsResponse]):
    """
    Returns what happened after a cursor in the caller's chats and to the caller, oldest first.

    Without a cursor it returns only the newest one. Take that before you read the state, then ask for events after it.
    """

    # @ApiMember(Description="The NextCursor of an earlier answer, or the Cursor of an event.")
    cursor: Optional[str] = None
    """
    The NextCursor of an earlier answer, or the Cursor of an event.
    """


    # @ApiMember(Description="The most events to return: 50 unless given, at most 200.")
    take: int = 0
    """
    The most events to return: 50 unless given, at most 200.
    """


    # @ApiMember(Description="How long to wait for an event if there is none: at most 60.")
    wait_seconds: int = 0
    """
    How long to wait for an event if there is none: at most 60.
    """


# @Route("/v1/Chat/{ChatId}", "PUT,OPTIONS")
# @Route("/v1/Chat", "GET,POST,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatRequest(IReturn[ChatResponse]):
    """
    Lists the caller's chats, starts one, or changes one.
    """

    chat_id: Optional[str] = None
    chat: Optional[Chat] = None


# @Route("/v1/Chats/{ChatId}/Notifications", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetNotifications(IReturn[SetNotificationsResponse]):
    """
    Chooses what notifies the caller of a chat, which the badge of GetUnread follows.

    With `nothing` the chat stays in sight without a badge. With `invisible` programs do not show it in their lists
    either, unless somebody asks for it.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="`everything`, `mentions`, `nothing` or `invisible`.")
    level: Optional[str] = None
    """
    `everything`, `mentions`, `nothing` or `invisible`.
    """


    # @ApiMember(Description="Until when nothing notifies the caller. Null if the level alone decides.")
    muted_until: Optional[datetime.datetime] = None
    """
    Until when nothing notifies the caller. Null if the level alone decides.
    """


# @Route("/v1/Chats/{ChatId}/Draft", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SaveDraft(IReturn[SaveDraftResponse]):
    """
    Keeps what the caller has begun to write in a chat, for all their devices. Without a text the draft is gone.

    Sending a message does not remove the draft, since it may be another one.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The text so far.")
    text: Optional[str] = None
    """
    The text so far.
    """


    # @ApiMember(Description="The message of the chat that the draft will answer, or null.")
    reply_to_message_id: Optional[str] = None
    """
    The message of the chat that the draft will answer, or null.
    """


# @Route("/v1/ChatMember/{ChatMemberId}/Archive", "PUT,OPTIONS")
# @Route("/v1/ChatMember/{ChatMemberId}", "DELETE,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMemberRequest(IReturn[ChatMemberResponse]):
    """
    Removes a member from their chat, or puts the chat away for the caller.
    """

    chat_member_id: Optional[str] = None


# @Route("/v1/Chats/{ChatId}/Members", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AddChatMembers(IReturn[AddChatMembersResponse]):
    """
    Adds people of the agency to a chat. Those who are in it already stay as they are.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The people, at most 1,000. A person without an account is named by their contact's id.")
    user_ids: List[str] = field(default_factory=list)
    """
    The people, at most 1,000. A person without an account is named by their contact's id.
    """


# @Route("/v1/ChatMembers/{ChatMemberId}", "DELETE")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class RemoveChatMember(IReturn[RemoveChatMemberResponse]):
    """
    Removes a person from a chat. Everybody may leave by it, but the last owner names another one first.

    Owners of the chat and administrators may remove everybody, moderators those who are plain members.
    """

    # @ApiMember(Description="The membership.")
    chat_member_id: Optional[str] = None
    """
    The membership.
    """


# @Route("/v1/ChatMembers/{ChatMemberId}/Role", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetChatRole(IReturn[SetChatRoleResponse]):
    """
    Makes a member of a chat its owner, a moderator, or a plain member. For owners and administrators in the chat.

    In a chat that is archived for everybody an owner can still be named, so that the last one can leave.
    """

    # @ApiMember(Description="The membership.")
    chat_member_id: Optional[str] = None
    """
    The membership.
    """


    # @ApiMember(Description="`owner`, `moderator` or `member`.")
    role: Optional[str] = None
    """
    `owner`, `moderator` or `member`.
    """


# @Route("/v1/DirectChats", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class StartDirectChat(IReturn[ChangedChatResponse]):
    """
    Returns the one chat of the caller and another person. It is started if there is none.

    Whoever of the two had left it is in it again.
    """

    # @ApiMember(Description="The other person. It is their contact's id while they have no account.")
    user_id: Optional[str] = None
    """
    The other person. It is their contact's id while they have no account.
    """


# @Route("/v1/Chats/{ChatId}/Name", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class RenameChat(IReturn[ChangedChatResponse]):
    """
    Gives a chat another name. The chat of two people has none.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The new name.")
    chat_name: Optional[str] = None
    """
    The new name.
    """


# @Route("/v1/Chats/{ChatId}/Archive", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ArchiveChat(IReturn[ChangedChatResponse]):
    """
    Archives a chat for everybody: its members can only read it and leave. For its owners and administrators.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


# @Route("/v1/Chats/{ChatId}/Unarchive", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class UnarchiveChat(IReturn[ChangedChatResponse]):
    """
    Opens a chat again that was archived for everybody. For its owners and administrators in it.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


# @Route("/v1/Chats", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindChats(IReturn[FindChatsResponse]):
    """
    Finds chats of the caller. Without any condition it returns all of them, page by page.
    """

    # @ApiMember(Description="The beginning of any word in the chat's name, or in that of a member. Several words must all fit.")
    query: Optional[str] = None
    """
    The beginning of any word in the chat's name, or in that of a member. Several words must all fit.
    """


    # @ApiMember(Description="Only chats with this person. It is their contact's id while they have no account.")
    with_user_id: Optional[str] = None
    """
    Only chats with this person. It is their contact's id while they have no account.
    """


    # @ApiMember(Description="Only chats that are archived, for the caller or for everybody, or only others.")
    is_archived: Optional[bool] = None
    """
    Only chats that are archived, for the caller or for everybody, or only others.
    """


    # @ApiMember(Description="Only the chats of two people, or only others.")
    is_direct: Optional[bool] = None
    """
    Only the chats of two people, or only others.
    """


    # @ApiMember(Description="Only chats with messages that the caller has not read.")
    unread_only: bool = False
    """
    Only chats with messages that the caller has not read.
    """


    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most chats on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most chats on a page, up to 200. 0 for 50.
    """


# @Route("/v1/Chats/{ChatId}", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetChat(IReturn[GetChatResponse]):
    """
    Returns one chat of the caller, with its pinned messages.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


# @Route("/v1/Chats/{ChatId}/Members", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindChatMembers(IReturn[FindChatMembersResponse]):
    """
    Finds members of a chat that the caller is in.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The beginning of any part of the name or address. Several words must all fit. Empty for everybody.")
    query: Optional[str] = None
    """
    The beginning of any part of the name or address. Several words must all fit. Empty for everybody.
    """


    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most members on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most members on a page, up to 200. 0 for 50.
    """


# @Route("/v1/ChatMessage/{ChatMessageId}", "GET")
# @Route("/v1/ChatMessage", "POST,OPTIONS")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessageRequest(IReturn[ChatMessageResponse]):
    """
    Sends a message, or returns one.
    """

    chat_message_id: Optional[str] = None
    chat_message: Optional[ChatMessage] = None


# @Route("/v1/Chat/{ChatId}/Messages", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ChatMessagesRequest(IReturn[ChatMessageResponse]):
    """
    Returns the newest 200 messages of a chat, or all unread ones, and marks them as read.

    With more than 1,000 unread messages it returns the oldest 1,000. Call again for the next ones.
    """

    chat_id: Optional[str] = None


# @Route("/v1/Messages", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SendMessage(IReturn[MessageResponse]):
    """
    Sends a message to a chat, which also marks the whole chat as read by its sender.

    A client that chooses the id may repeat the request. It then gets the first message, and no second one is sent.
    """

    # @ApiMember(Description="The id of the new message. Empty to have one chosen.")
    chat_message_id: Optional[str] = None
    """
    The id of the new message. Empty to have one chosen.
    """


    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The text, of at most 10,000 characters. It may be empty if there are attachments.")
    text: Optional[str] = None
    """
    The text, of at most 10,000 characters. It may be empty if there are attachments.
    """


    # @ApiMember(Description="The message of the chat that it answers, or empty.")
    reply_to_message_id: Optional[str] = None
    """
    The message of the chat that it answers, or empty.
    """


    # @ApiMember(Description="The members whom it names, at most 50. A member without an account has their contact's id.")
    mentioned_user_ids: List[str] = field(default_factory=list)
    """
    The members whom it names, at most 50. A member without an account has their contact's id.
    """


    # @ApiMember(Description="Whether it names all members. Only for owners, moderators and administrators.")
    mentions_everybody: bool = False
    """
    Whether it names all members. Only for owners, moderators and administrators.
    """


    # @ApiMember(Description="The files that the caller has uploaded for it, at most 10.")
    attachment_ids: List[str] = field(default_factory=list)
    """
    The files that the caller has uploaded for it, at most 10.
    """


# @Route("/v1/Messages", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindMessages(IReturn[FindMessagesResponse]):
    """
    Returns messages of a chat, without marking them as read.

    Without a message, a number and a date these are the newest ones. The first unread message has the number after the
    caller's `ReadNumber`.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="A message of the chat from which to look, or empty.")
    chat_message_id: Optional[str] = None
    """
    A message of the chat from which to look, or empty.
    """


    # @ApiMember(Description="The number from which to look, in place of a message. 0 for none.")
    number: int = 0
    """
    The number from which to look, in place of a message. 0 for none.
    """


    # @ApiMember(Description="The time from which to look, in place of a message.")
    date: Optional[datetime.datetime] = None
    """
    The time from which to look, in place of a message.
    """


    # @ApiMember(Description="Where to look: `before`, `after` or `around` that place. Empty for `before`.")
    direction: Optional[str] = None
    """
    Where to look: `before`, `after` or `around` that place. Empty for `before`.
    """


    # @ApiMember(Description="The `NextCursor` or `PreviousCursor` of another page, in place of a message, number, date and direction.")
    cursor: Optional[str] = None
    """
    The `NextCursor` or `PreviousCursor` of another page, in place of a message, number, date and direction.
    """


    # @ApiMember(Description="The most messages on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most messages on a page, up to 200. 0 for 50.
    """


# @Route("/v1/Message/{ChatMessageId}", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class EditMessage(IReturn[MessageResponse]):
    """
    Changes the text of a message, and whom it names. Only its sender may, and only for some time.

    Members can still read the texts that it had before.
    """

    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="The new text, of at most 10,000 characters. It may be empty if there are attachments.")
    text: Optional[str] = None
    """
    The new text, of at most 10,000 characters. It may be empty if there are attachments.
    """


    # @ApiMember(Description="The members whom it names now, at most 50. A member without an account has their contact's id.")
    mentioned_user_ids: List[str] = field(default_factory=list)
    """
    The members whom it names now, at most 50. A member without an account has their contact's id.
    """


    # @ApiMember(Description="Whether it names all members now. Only for owners, moderators and administrators.")
    mentions_everybody: bool = False
    """
    Whether it names all members now. Only for owners, moderators and administrators.
    """


# @Route("/v1/Message/{ChatMessageId}", "DELETE")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class DeleteMessage(IReturn[MessageResponse]):
    """
    Deletes a message with all that belongs to it. An empty one is left in its place, and returned.

    Its sender may do so for some time. Owners and moderators of the chat, and administrators, always may. Deleting it
    again changes nothing.
    """

    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


# @Route("/v1/Message/{ChatMessageId}/History", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetMessageHistory(IReturn[GetMessageHistoryResponse]):
    """
    Returns the texts that a message had before it was edited.
    """

    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most texts on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most texts on a page, up to 200. 0 for 50.
    """


# @Route("/v1/Message/{ChatMessageId}/Reaction", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ReactToMessage(IReturn[MessageResponse]):
    """
    Puts an emoji of the caller under a message, or takes it away. A message has at most 20 different ones.
    """

    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="Exactly one emoji.")
    emoji: Optional[str] = None
    """
    Exactly one emoji.
    """


    # @ApiMember(Description="False to take it away. True unless given.")
    is_on: bool = False
    """
    False to take it away. True unless given.
    """


# @Route("/v1/Message/{ChatMessageId}/Pin", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PinMessage(IReturn[MessageResponse]):
    """
    Pins a message in its chat for all members, or unpins it. A chat has at most 50 pinned messages.
    """

    # @ApiMember(Description="The message.")
    chat_message_id: Optional[str] = None
    """
    The message.
    """


    # @ApiMember(Description="False to unpin it. True unless given.")
    is_pinned: bool = False
    """
    False to unpin it. True unless given.
    """


# @Route("/v1/Unread", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetUnread(IReturn[UnreadResponse]):
    """
    Returns how much the caller has not read, in all their chats together.
    """

    pass


# @Route("/v1/Read", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MarkRead(IReturn[UnreadResponse]):
    """
    Marks messages as read by the caller: up to a message, a whole chat, or all chats. What was read stays read.
    """

    # @ApiMember(Description="The chat. Empty for all chats.")
    chat_id: Optional[str] = None
    """
    The chat. Empty for all chats.
    """


    # @ApiMember(Description="The last message that was read. Empty for the whole chat.")
    chat_message_id: Optional[str] = None
    """
    The last message that was read. Empty for the whole chat.
    """


# @Route("/v1/Unread", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class MarkUnread(IReturn[UnreadResponse]):
    """
    Marks a message of a chat, and all messages after it, as not read by the caller.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="The first message that is to be unread. Empty for the last one of the chat.")
    chat_message_id: Optional[str] = None
    """
    The first message that is to be unread. Empty for the last one of the chat.
    """


# @Route("/v1/Me", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetMe(IReturn[MeResponse]):
    """
    Returns the caller, with the settings that follow them to each device.
    """

    pass


# @Route("/v1/Me", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class UpdateMe(IReturn[MeResponse]):
    """
    Changes what the caller may choose about themselves. Whatever is null stays as it is.
    """

    # @ApiMember(Description="The caller's new name.")
    name: Optional[str] = None
    """
    The caller's new name.
    """


    # @ApiMember(Description="The language of the caller, such as `de` or `pt-BR`. Empty for none.")
    language: Optional[str] = None
    """
    The language of the caller, such as `de` or `pt-BR`. Empty for none.
    """


    # @ApiMember(Description="Whether others may see when the caller is there.")
    shows_presence: Optional[bool] = None
    """
    Whether others may see when the caller is there.
    """


    # @ApiMember(Description="Settings to keep, beside those that are not named. An empty value removes one. At most 100 in all.")
    settings: Dict[str, str] = field(default_factory=dict)
    """
    Settings to keep, beside those that are not named. An empty value removes one. At most 100 in all.
    """


# @Route("/v1/Sessions", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindSessions(IReturn[FindSessionsResponse]):
    """
    Returns where the caller is signed in to the agency.
    """

    pass


# @Route("/v1/Sessions/{SessionId}", "DELETE")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class EndSession(IReturn[EndSessionResponse]):
    """
    Ends a session of the caller, such as that of a lost phone. Its tokens and its open streams end with it.
    """

    # @ApiMember(Description="The session.")
    session_id: Optional[str] = None
    """
    The session.
    """


# @Route("/v1/People", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindPeople(IReturn[FindPeopleResponse]):
    """
    Finds people of the agency whom the caller may write to, by name or e-mail address.

    Case and accents do not matter: `mul` finds Anna Müller. The caller is not listed.
    """

    # @ApiMember(Description="The beginning of any part of the name or address. Several words must all fit. Empty for everybody.")
    query: Optional[str] = None
    """
    The beginning of any part of the name or address. Several words must all fit. Empty for everybody.
    """


    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most people on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most people on a page, up to 200. 0 for 50.
    """


# @Route("/v1/InvitableRoles", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetInvitableRoles(IReturn[GetInvitableRolesResponse]):
    """
    Returns the roles that the caller may give to people whom they invite.
    """

    pass


# @Route("/v1/Messages/Search", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SearchMessages(IReturn[SearchMessagesResponse]):
    """
    Searches the messages of the caller's chats, newest first.

    A message must have all words, each at least as the beginning of one of its own: `fras` finds `Fräsen`. Case and
    accents do not matter. Words in quotation marks are a phrase, and are found only as they are. Chinese, Japanese and
    Korean are found anywhere in a run of letters. Filters are part of the query:

    `from:ann`, `from:"Ann Agent"`, `from:me` or `from:` with an id names the sender. `in:` names the chat, by the
    beginnings of words in its name or by its id. `before:2026-01-31` and `after:2026-01-31` name a day or an instant,
    in UTC unless they say otherwise; the day itself counts as after. `has:attachment` asks for a file. Of several
    `from:` or `in:` one must fit.
    """

    # @ApiMember(Description="Words, phrases in quotation marks, and filters.", IsRequired=true)
    query: Optional[str] = None
    """
    Words, phrases in quotation marks, and filters.
    """


    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most messages on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most messages on a page, up to 200. 0 for 50.
    """


# @Route("/v1/Chats/{ChatId}/Typing", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetTyping(IReturn[SetTypingResponse]):
    """
    Tells the open streams of a chat's members that the caller is writing there, or has stopped.

    It ends by itself after 8 seconds, so a program repeats it while its user goes on writing.
    """

    # @ApiMember(Description="The chat.")
    chat_id: Optional[str] = None
    """
    The chat.
    """


    # @ApiMember(Description="Whether the caller is writing.")
    is_typing: bool = False
    """
    Whether the caller is writing.
    """


# @Route("/v1/Presence", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SetPresence(IReturn[SetPresenceResponse]):
    """
    Tells open streams of others whether the caller is there. A program repeats it, at least once in two minutes.

    Otherwise the caller is `offline` then. A person is there while one of their sessions is. Who hears it depends on
    the setting `presence` of the server. Nobody does if the caller does not show their presence (see UpdateMe).
    """

    # @ApiMember(Description="`online`, `away` or `offline`.")
    presence: Optional[str] = None
    """
    `online`, `away` or `offline`.
    """


# @Route("/v1/Presence", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetPresence(IReturn[GetPresenceResponse]):
    """
    Returns who is there, of those whose presence the caller may know. `presence.changed` tells of changes.

    A server that has just started knows a person when their program repeats it.
    """

    # @ApiMember(Description="The people to ask for, at most 200. Empty for who is there now, at most 1,000.")
    user_ids: List[str] = field(default_factory=list)
    """
    The people to ask for, at most 200. Empty for who is there now, at most 1,000.
    """


# @Route("/v1/Push/Key", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetPushKey(IReturn[GetPushKeyResponse]):
    """
    Returns the key with which a browser subscribes. A subscription with another key is of no use any more.
    """

    pass


# @Route("/v1/Push/Subscriptions", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetPushSubscriptions(IReturn[GetPushSubscriptionsResponse]):
    """
    Returns the caller's browsers that are told of messages.
    """

    pass


# @Route("/v1/Push/Subscriptions", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SavePushSubscription(IReturn[PushSubscriptionResponse]):
    """
    Saves the subscription of a browser, which is the caller's from then on. Saving it again changes it.

    It ends with the caller's session. A person has at most 20, and the one that was saved longest ago gives way.
    """

    # @ApiMember(Description="The address at the push service: `endpoint`.")
    endpoint: Optional[str] = None
    """
    The address at the push service: `endpoint`.
    """


    # @ApiMember(Description="The browser's public key as base64url: `keys.p256dh`.")
    p256dh: Optional[str] = None
    """
    The browser's public key as base64url: `keys.p256dh`.
    """


    # @ApiMember(Description="The browser's secret as base64url: `keys.auth`.")
    auth: Optional[str] = None
    """
    The browser's secret as base64url: `keys.auth`.
    """


    # @ApiMember(Description="Whether a notification has nothing but the chat's name.")
    hides_text: bool = False
    """
    Whether a notification has nothing but the chat's name.
    """


    # @ApiMember(Description="A name by which the person knows the browser, such as `Firefox on Linux`.")
    device_name: Optional[str] = None
    """
    A name by which the person knows the browser, such as `Firefox on Linux`.
    """


# @Route("/v1/Push/Subscriptions/{PushSubscriptionId}", "DELETE")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class DeletePushSubscription(IReturn[DeletePushSubscriptionResponse]):
    """
    Removes a browser, which is told nothing any more.
    """

    # @ApiMember(Description="The subscription.")
    push_subscription_id: Optional[str] = None
    """
    The subscription.
    """


# @Route("/v1/Push/Subscriptions/{PushSubscriptionId}/Test", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class SendTestPush(IReturn[PushSubscriptionResponse]):
    """
    Sends a notification to one of the caller's browsers, to see whether it arrives.

    It leaves within seconds. `DateDelivered` or `LastError` of GetPushSubscriptions then say what became of it. After
    20 of them in ten minutes the person has to wait.
    """

    # @ApiMember(Description="The subscription.")
    push_subscription_id: Optional[str] = None
    """
    The subscription.
    """


# @Route("/v1/Attachment", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class UploadAttachment(IReturn[AttachmentResponse]):
    """
    Uploads one file of a multipart form. A message can then name it.

    A file that no message names is deleted after a day. Large files can be resumed if they are uploaded by the tus
    protocol, at `/v1/Uploads`.
    """

    pass


# @Route("/v1/Attachment/{AttachmentId}", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetAttachment(IReturn[AttachmentResponse]):
    """
    Describes a file, for members of a chat with a message that names it.

    Before a message names it, only the person who uploaded it may see it.
    """

    # @ApiMember(Description="The file.")
    attachment_id: Optional[str] = None
    """
    The file.
    """


# @Route("/v1/Attachment/{AttachmentId}", "DELETE")
# @ApiResponse(Description="The file is deleted. The answer is empty.")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class DeleteAttachment(IReturnVoid):
    """
    Deletes an uploaded file that no message names. Otherwise delete the message.
    """

    # @ApiMember(Description="The file.")
    attachment_id: Optional[str] = None
    """
    The file.
    """


# @Route("/v1/Attachment/{AttachmentId}/Content", "GET")
# @ApiResponse(Description="The bytes of the file, or the part that a `Range` header asks for.")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetAttachmentContent(IReturn[bytes]):
    """
    Returns the bytes of a file. Browsers may show images, sound and films, and download everything else.
    """

    # @ApiMember(Description="The file.")
    attachment_id: Optional[str] = None
    """
    The file.
    """


    # @ApiMember(Description="Whether browsers shall always download it.")
    is_download: bool = False
    """
    Whether browsers shall always download it.
    """


# @Route("/v1/Attachment/{AttachmentId}/Preview", "GET")
# @ApiResponse(Description="The preview, as WebP.")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class GetAttachmentPreview(IReturn[bytes]):
    """
    Returns a small picture of an image that has one, without the place where it was taken.
    """

    # @ApiMember(Description="The image.")
    attachment_id: Optional[str] = None
    """
    The image.
    """


# @Route("/api/contacts/{ContactId}/invite/contact")
# @Route("/api/contacts/{ContactId}/invite/{ToContactId}")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class InviteContact(IReturn[AddContactResponse]):
    """
    Invites a person by e-mail, and adds a contact for an address that is not in the book yet.
    """

    # @ApiMember(DataType="Guid", Description="Contact Id inviting the contact", IsRequired=true, Name="ContactId")
    contact_id: Optional[str] = None
    """
    Contact Id inviting the contact
    """


    # @ApiMember(DataType="Guid", Description="Contact Id of the virtual contact invited to be real.", Name="ToContactId")
    to_contact_id: Optional[str] = None
    """
    Contact Id of the virtual contact invited to be real.
    """


    # @ApiMember(DataType="string", Description="Email Address of the real/ virtual contact to be invited.", IsRequired=true, Name="EmailAddress")
    email_address: Optional[str] = None
    """
    Email Address of the real/ virtual contact to be invited.
    """


    # @ApiMember(DataType="List<Guid>", Description="List of roles to invite the contact", IsRequired=true, Name="Roles")
    roles: List[str] = field(default_factory=list)
    """
    List of roles to invite the contact
    """


# @Route("/v1/invitations/preview", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class PreviewInvitation(IReturn[PreviewInvitationResponse]):
    """
    Shows who sent an invitation and what it offers. Changes nothing, however often it is called.
    """

    # @ApiMember(Description="The text after the # in the link of the mail, or the code in the mail.", IsRequired=true)
    token: Optional[str] = None
    """
    The text after the # in the link of the mail, or the code in the mail.
    """


# @Route("/v1/invitations/accept", "POST")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class AcceptInvitation(IReturn[AcceptInvitationResponse]):
    """
    Accepts an invitation, with the signed-in account or with a new account for the invited address.

    With a password a new account is created, even if the caller is signed in. Without a password the caller's account
    accepts. Accepting again with the same account gives the same answer.
    """

    # @ApiMember(Description="The text after the # in the link of the mail, or the code in the mail.", IsRequired=true)
    token: Optional[str] = None
    """
    The text after the # in the link of the mail, or the code in the mail.
    """


    # @ApiMember(Description="The name of the new account, as others will see it.")
    display_name: Optional[str] = None
    """
    The name of the new account, as others will see it.
    """


    # @ApiMember(Description="The password of the new account.")
    password: Optional[str] = None
    """
    The password of the new account.
    """


# @Route("/v1/Invitations", "GET")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class FindInvitations(IReturn[FindInvitationsResponse]):
    """
    Returns invitations that are pending or expired: all to agents and administrators, to others their own.
    """

    # @ApiMember(Description="The `NextCursor` of the page before. Empty for the first page.")
    cursor: Optional[str] = None
    """
    The `NextCursor` of the page before. Empty for the first page.
    """


    # @ApiMember(Description="The most invitations on a page, up to 200. 0 for 50.")
    take: int = 0
    """
    The most invitations on a page, up to 200. 0 for 50.
    """


# @Route("/v1/Invitation/{InvitationId}", "DELETE")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class RevokeInvitation(IReturn[SentInvitationResponse]):
    """
    Ends an invitation. Its link and its code are invalid from then on. Revoking it again changes nothing.
    """

    # @ApiMember(Description="The invitation.")
    invitation_id: Optional[str] = None
    """
    The invitation.
    """


# @Route("/v1/Invitation/{InvitationId}/Resend", "PUT")
@dataclass_json(letter_case=LetterCase.CAMEL, undefined=Undefined.EXCLUDE)
@dataclass
class ResendInvitation(IReturn[SentInvitationResponse]):
    """
    Prolongs an invitation, and sends it again with a new link. The link before is invalid then.

    Within the cool-down after the last mail no other is sent. The link of that mail stays valid.
    """

    # @ApiMember(Description="The invitation.")
    invitation_id: Optional[str] = None
    """
    The invitation.
    """
