"""Emoji under messages."""

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


@route("/v1/Message/{ChatMessageId}/Reaction", "PUT")
@tag("Messages")
@requires_authentication()
@returns(MessageResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ReactToMessage:
    """Puts an emoji of the caller under a message, or takes it away. A message has at most 20 different ones."""

    chat_message_id: Annotated[Guid, ApiMember("The message.")] = EMPTY_GUID
    emoji: Annotated[str | None, ApiMember("Exactly one emoji.")] = None
    is_on: Annotated[bool, ApiMember("False to take it away. True unless given.")] = True
