"""A client that follows its caller and their chats: it reads the state once, and applies events from then on.

`ChatState` and `Me` are what a program would keep. They change by events exactly as the pages about the feed describe.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from parlour.engine.dto.declare import Guid
from parlour.model import events as model
from parlour.model.chat_summaries import FindChatMembers, FindChats, GetChat
from parlour.model.conversations import Member, Message
from parlour.model.me import GetMe, Me
from parlour.model.reading import FindMessages
from parlour.services.caller import Caller
from parlour.services.chat_summaries import find_chats, find_members, get_chat
from parlour.services.me import get_me
from parlour.services.reading import find_messages
from parlour.store.database import Transaction
from tests.services.conftest import Agency

PAGE = 200


@dataclass
class ChatState:
    """A chat as its member sees it."""

    version: int
    name: str | None
    is_archived: bool
    is_archived_for_me: bool
    read_number: int
    unread_count: int
    mention_count: int
    level: str | None
    muted_until: Any
    draft: tuple[str | None, Guid | None] | None
    members: dict[Guid, Any] = field(default_factory=dict)
    messages: dict[int, Any] = field(default_factory=dict)
    pins: set[int] = field(default_factory=set)

    def comparable(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "version"}


def read_me(agency: Agency, caller: Caller) -> Me:
    me = agency.call(get_me, GetMe(), caller).me
    assert me is not None
    return me


def read_state(agency: Agency, caller: Caller) -> dict[Guid, ChatState]:
    """Everything that the caller sees, from one instant for each chat."""
    found = agency.call(find_chats, FindChats(take=PAGE), caller).chats
    assert len(found) < PAGE
    return {chat.chat_id: read_chat(agency, caller, chat.chat_id) for chat in found}


def read_chat(agency: Agency, caller: Caller, chat_id: Guid) -> ChatState:
    return agency.database.run(lambda tx: _read_chat(tx, caller, chat_id))


def _read_chat(tx: Transaction, caller: Caller, chat_id: Guid) -> ChatState:
    chat = get_chat(GetChat(chat_id=chat_id), tx, caller).chat
    assert chat is not None
    members = find_members(FindChatMembers(chat_id=chat_id, take=PAGE), tx, caller).members
    messages = find_messages(FindMessages(chat_id=chat_id, take=PAGE), tx, caller).messages
    return ChatState(
        version=chat.version,
        name=chat.chat_name,
        is_archived=chat.is_archived,
        is_archived_for_me=chat.is_archived_for_me,
        read_number=chat.read_number,
        unread_count=chat.unread_count,
        mention_count=chat.mention_count,
        level=chat.level,
        muted_until=chat.muted_until,
        draft=(chat.draft.text, chat.draft.reply_to_message_id) if chat.draft else None,
        members={each.chat_member_id: _member(each) for each in members},
        messages={each.number: _message(each) for each in messages},
        pins={each.number for each in chat.pins},
    )


def _member(member: Member) -> dict[str, Any]:
    return {
        "user_id": member.user_id,
        "contact_id": member.contact_id,
        "name": member.name,
        "role": member.role,
        "has_joined": member.has_joined,
        "read_number": member.read_number,
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.chat_message_id,
        "sender": message.sender_user_id,
        "text": message.text or "",
        "is_edited": message.date_edited is not None,
        "is_deleted": message.is_deleted,
        "mentioned": sorted(message.mentioned_user_ids),
        "to_all": message.mentions_everybody,
        "reactions": {each.emoji: set(each.user_ids) for each in message.reactions},
        "reply_to": message.reply_to.number if message.reply_to else None,
        "files": [(each.attachment_id, each.file_name, each.size) for each in message.attachments],
    }


class FollowingClient:
    """Keeps the state of one caller. `read_chat` is called for chats that it did not know."""

    def __init__(
        self, caller: Caller, person: Me, state: dict[Guid, ChatState], read: Callable[[Guid], ChatState | None]
    ) -> None:
        self.me = caller.user_id
        self.person = person
        self.state = state
        self._read = read

    def apply(self, event: model.Event) -> None:
        happened = next(value for name in _MEMBERS if (value := getattr(event, name)) is not None)
        if isinstance(happened, model.MeChanged):
            assert happened.me is not None
            self.person = happened.me
        chat_id = getattr(happened, "chat_id", None)
        if chat_id is None:
            return
        chat = self.state.get(chat_id)
        if chat is None:
            if self._is_about_my_joining(happened):
                read = self._read(chat_id)
                if read is not None:
                    self.state[chat_id] = read
            return
        if happened.version <= chat.version:
            return
        chat.version = happened.version
        self._appliers[type(happened)](self, chat, happened)

    def _is_about_my_joining(self, happened: Any) -> bool:
        if not isinstance(happened, model.MemberJoined | model.MemberChanged):
            return False
        assert happened.member is not None
        return happened.member.user_id == self.me

    def _sent(self, chat: ChatState, happened: model.MessageSent) -> None:
        message = happened.message
        assert message is not None
        chat.messages[message.number] = _message(message)
        for member in chat.members.values():
            if member["user_id"] == message.sender_user_id:
                member["read_number"] = message.number
        if message.sender_user_id == self.me:
            chat.read_number, chat.unread_count, chat.mention_count = message.number, 0, 0
        else:
            chat.unread_count += 1
            chat.mention_count += self._is_mentioned(message.mentioned_user_ids, message.mentions_everybody)

    def _is_mentioned(self, user_ids: list[Guid], everybody: bool) -> int:
        return int(everybody or self.me in user_ids)

    def _edited(self, chat: ChatState, happened: model.MessageEdited) -> None:
        message = chat.messages[happened.number]
        message["text"], message["is_edited"] = happened.text or "", True
        message["mentioned"], message["to_all"] = sorted(happened.mentioned_user_ids), happened.mentions_everybody
        if happened.number > chat.read_number and happened.sender_user_id != self.me:
            chat.mention_count += self._is_mentioned(happened.mentioned_user_ids, happened.mentions_everybody)
            chat.mention_count -= self._is_mentioned(
                happened.previously_mentioned_user_ids, happened.previously_mentioned_everybody
            )

    def _deleted(self, chat: ChatState, happened: model.MessageDeleted) -> None:
        message = chat.messages[happened.number]
        message.update(
            text="", is_edited=False, is_deleted=True, mentioned=[], to_all=False, reactions={}, reply_to=None, files=[]
        )
        chat.pins.discard(happened.number)
        if happened.number > chat.read_number and happened.sender_user_id != self.me:
            chat.unread_count -= 1
            chat.mention_count -= self._is_mentioned(happened.mentioned_user_ids, happened.mentions_everybody)

    def _reacted(self, chat: ChatState, happened: model.ReactionChanged) -> None:
        reactions = chat.messages[happened.number]["reactions"]
        if happened.is_on:
            reactions.setdefault(happened.emoji, set()).add(happened.user_id)
        else:
            reactions.get(happened.emoji, set()).discard(happened.user_id)
            if not reactions.get(happened.emoji):
                reactions.pop(happened.emoji, None)

    def _pinned(self, chat: ChatState, happened: model.MessagePinned) -> None:
        (chat.pins.add if happened.is_pinned else chat.pins.discard)(happened.number)

    def _member_is(self, chat: ChatState, happened: Any) -> None:
        chat.members[happened.member.chat_member_id] = _member(happened.member)

    def _left(self, chat: ChatState, happened: model.MemberLeft) -> None:
        chat.members.pop(happened.chat_member_id, None)
        if happened.user_id == self.me:
            self.state.pop(happened.chat_id, None)

    def _changed(self, chat: ChatState, happened: model.ChatChanged) -> None:
        chat.name, chat.is_archived = happened.chat_name, happened.is_archived

    def _was_read(self, chat: ChatState, happened: model.ChatRead) -> None:
        for member in chat.members.values():
            if member["user_id"] == happened.user_id:
                member["read_number"] = happened.number
        if happened.user_id == self.me:
            chat.read_number = happened.number
            chat.unread_count, chat.mention_count = happened.unread_count, happened.mention_count

    def _drafted(self, chat: ChatState, happened: model.DraftSaved) -> None:
        chat.draft = (happened.text, happened.reply_to_message_id) if happened.text else None

    def _notified(self, chat: ChatState, happened: model.NotificationsSet) -> None:
        chat.level, chat.muted_until = happened.level, happened.muted_until

    def _put_away(self, chat: ChatState, happened: model.ArchivedForMe) -> None:
        chat.is_archived_for_me = happened.is_archived

    _appliers: ClassVar[dict[type[Any], Callable[..., None]]] = {
        model.MessageSent: _sent,
        model.MessageEdited: _edited,
        model.MessageDeleted: _deleted,
        model.ReactionChanged: _reacted,
        model.MessagePinned: _pinned,
        model.MemberJoined: _member_is,
        model.MemberChanged: _member_is,
        model.MemberLeft: _left,
        model.ChatChanged: _changed,
        model.ChatRead: _was_read,
        model.DraftSaved: _drafted,
        model.NotificationsSet: _notified,
        model.ArchivedForMe: _put_away,
    }


_MEMBERS = [
    name for name in model.Event.__dataclass_fields__ if name not in ("kind", "cursor", "date_created", "chat_id")
]
