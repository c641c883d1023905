"""Chats and their members, as clients of the chat interface see them."""

from dataclasses import dataclass, field
from datetime import datetime

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
    Guid,
    namespace,
    requires_any_role,
    returns,
    route,
)
from parlour.engine.dto.errors import ResponseStatus

PLATFORM = "CRM.AgencyPlatform.API.Internal"


@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMember:
    """One person in a chat. `user_id` is a contact's id while that contact has no account."""

    chat_member_id: Guid = EMPTY_GUID
    chat_id: Guid = EMPTY_GUID
    user_id: Guid = EMPTY_GUID
    is_active: bool = False
    is_archived: bool = False
    last_chat_message_id: Guid = EMPTY_GUID
    chat_member_name: str | None = None


@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class Chat:
    """A chat as one of its members sees it: `is_archived` and `unread_count` are their own.

    A client that chooses `chat_id` may repeat the request without creating a second chat.
    """

    chat_id: Guid = EMPTY_GUID
    chat_name: str | None = None
    created_by: Guid = EMPTY_GUID
    date_created: datetime = MIN_DATETIME
    chat_members: list[ChatMember] = field(default_factory=list)
    is_archived: bool = False
    member_count: int = 0
    message_count: int = 0
    unread_count: int = 0
    created_by_name: str | None = None


@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatResponse:
    response_status: ResponseStatus | None = None
    chat: list[Chat] = field(default_factory=list)


@route("/v1/Chat/{ChatId}", "PUT OPTIONS")
@route("/v1/Chat", "GET POST OPTIONS")
@requires_any_role("Agent", "Administrator", verbs="GET")
@requires_any_role("Agent", "Administrator", verbs="POST")
@requires_any_role("Agent", "Administrator", verbs="PUT")
@returns(ChatResponse)
@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatRequest:
    """Lists the caller's chats, starts one, or changes one."""

    chat_id: Guid = EMPTY_GUID
    chat: Chat | None = None


@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMemberResponse:
    response_status: ResponseStatus | None = None
    chat_member: list[ChatMember] = field(default_factory=list)


@route("/v1/ChatMember/{ChatMemberId}/Archive", "PUT OPTIONS")
@route("/v1/ChatMember/{ChatMemberId}", "DELETE OPTIONS")
@requires_any_role("Agent", "Administrator", verbs="PUT")
@requires_any_role("Agent", "Administrator", verbs="DELETE")
@returns(ChatMemberResponse)
@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMemberRequest:
    """Removes a member from their chat, or puts the chat away for the caller."""

    chat_member_id: Guid = EMPTY_GUID
