"""How far the caller has read, and how much they have not read."""

from dataclasses import dataclass
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
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
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class UnreadResponse:
    """What the caller has not read, in all their chats together."""

    unread_count: Annotated[Long, ApiMember("How many messages they have not read.")] = 0
    mention_count: Annotated[Long, ApiMember("How many of these mention them.")] = 0
    chat_count: Annotated[Long, ApiMember("How many chats have such messages.")] = 0
    badge_count: Annotated[
        Long,
        ApiMember(
            "The number for a badge: messages of chats that notify of everything, and mentions in those that notify "
            "of mentions. Chats that are muted, or archived for the caller, do not count."
        ),
    ] = 0
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Unread", "GET")
@tag("Messages")
@requires_authentication()
@returns(UnreadResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetUnread:
    """Returns how much the caller has not read, in all their chats together."""


@route("/v1/Read", "PUT")
@tag("Messages")
@requires_authentication()
@returns(UnreadResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MarkRead:
    """Marks messages as read by the caller: up to a message, a whole chat, or all chats. What was read stays read."""

    chat_id: Annotated[Guid, ApiMember("The chat. Empty for all chats.")] = EMPTY_GUID
    chat_message_id: Annotated[Guid, ApiMember("The last message that was read. Empty for the whole chat.")] = (
        EMPTY_GUID
    )


@route("/v1/Unread", "PUT")
@tag("Messages")
@requires_authentication()
@returns(UnreadResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MarkUnread:
    """Marks a message of a chat, and all messages after it, as not read by the caller."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    chat_message_id: Annotated[
        Guid, ApiMember("The first message that is to be unread. Empty for the last one of the chat.")
    ] = EMPTY_GUID
