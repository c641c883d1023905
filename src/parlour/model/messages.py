"""Messages of a chat, as clients of the chat interface see them."""

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
    """One message. A client that chooses `chat_message_id` may repeat the request without sending a second message."""

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
    """Sends a message, or returns one."""

    chat_message_id: Guid = EMPTY_GUID
    chat_message: ChatMessage | None = None


@route("/v1/Chat/{ChatId}/Messages", "GET")
@requires_any_role("Agent", "Administrator", verbs="GET")
@returns(ChatMessageResponse)
@namespace(PLATFORM)
@dataclass(slots=True, kw_only=True)
class ChatMessagesRequest:
    """Returns the newest 200 messages of a chat, or all unread ones, and marks them as read.

    With more than 1,000 unread messages it returns the oldest 1,000. Call again for the next ones.
    """

    chat_id: Guid = EMPTY_GUID
