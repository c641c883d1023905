"""Pinned messages of a chat."""

from dataclasses import dataclass
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
from parlour.model.invitations import PARLOUR
from parlour.model.sending import MessageResponse


@route("/v1/Message/{ChatMessageId}/Pin", "PUT")
@tag("Messages")
@requires_authentication()
@returns(MessageResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PinMessage:
    """Pins a message in its chat for all members, or unpins it. A chat has at most 50 pinned messages."""

    chat_message_id: Annotated[Guid, ApiMember("The message.")] = EMPTY_GUID
    is_pinned: Annotated[bool, ApiMember("False to unpin it. True unless given.")] = True
