"""Messages of a chat, as clients of the chat interface know them."""

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
from parlour.model.chats import PLATFORM


@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMessage:
    """One message. A client that chooses `chat_message_id` itself can send again without doubling it."""

    chat_message_id: Guid = EMPTY_GUID
    chat_id: Guid = EMPTY_GUID
    sender_user_id: Guid = EMPTY_GUID
    message: str | None = None
    attachment_id: Guid = EMPTY_GUID
    date_created: datetime = MIN_DATETIME
    sender_name: str | None = None


@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMessageResponse:
    response_status: ResponseStatus | None = None
    chat_message: list[ChatMessage] = field(default_factory=list)


@route("/v1/ChatMessage/{ChatMessageId}", "GET")
@route("/v1/ChatMessage", "POST OPTIONS")
@requires_any_role("Agent", "Administrator", verbs="GET")
@requires_any_role("Agent", "Administrator", verbs="POST")
@returns(ChatMessageResponse)
@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMessageRequest:
    """Sends a message, or gives one."""

    chat_message_id: Guid = EMPTY_GUID
    chat_message: ChatMessage | None = None


@route("/v1/Chat/{ChatId}/Messages", "GET")
@requires_any_role("Agent", "Administrator", verbs="GET")
@returns(ChatMessageResponse)
@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMessagesRequest:
    """Gives the newest 200 messages of a chat, or all unread ones, and marks as read what it gives.

    With more than 1,000 unread ones it gives the oldest 1,000 of them; call again for those that follow.
    """

    chat_id: Guid = EMPTY_GUID
