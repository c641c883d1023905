"""What a member chooses for themselves in a chat: what notifies them, and the message they have begun."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    ApiMember,
    Guid,
    namespace,
    requires_authentication,
    returns,
    route,
    tag,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.model.conversations import Draft
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetNotificationsResponse:
    """What notifies the caller of the chat now."""

    level: Annotated[str | None, ApiMember("`everything`, `mentions`, `nothing` or `invisible`.")] = None
    muted_until: Annotated[datetime | None, ApiMember("Until when nothing notifies the caller, or null.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats/{ChatId}/Notifications", "PUT")
@tag("Chats")
@requires_authentication()
@returns(SetNotificationsResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetNotifications:
    """Chooses what notifies the caller of a chat, which the badge of GetUnread follows.

    With `nothing` the chat stays in sight without a badge. With `invisible` programs do not show it in their lists
    either, unless somebody asks for it.
    """

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    level: Annotated[str | None, ApiMember("`everything`, `mentions`, `nothing` or `invisible`.")] = None
    muted_until: Annotated[
        datetime | None, ApiMember("Until when nothing notifies the caller. Null if the level alone decides.")
    ] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SaveDraftResponse:
    """The draft as it is now."""

    draft: Annotated[Draft | None, ApiMember("The draft, or null if it is gone.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats/{ChatId}/Draft", "PUT")
@tag("Chats")
@requires_authentication()
@returns(SaveDraftResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SaveDraft:
    """Keeps what the caller has begun to write in a chat, for all their devices. Without a text the draft is gone.

    Sending a message does not remove the draft, since it may be another one.
    """

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    text: Annotated[str | None, ApiMember("The text so far.")] = None
    reply_to_message_id: Annotated[
        Guid | None, ApiMember("The message of the chat that the draft will answer, or null.")
    ] = None
