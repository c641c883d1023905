"""Sending a message, with all that it can have."""

from dataclasses import dataclass, field
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
from parlour.model.conversations import Message
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MessageResponse:
    """A message as it is now."""

    message: Annotated[Message | None, ApiMember("The message.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Messages", "POST")
@tag("Messages")
@requires_authentication()
@returns(MessageResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SendMessage:
    """Sends a message to a chat, which also marks the whole chat as read by its sender.

    A client that chooses the id may repeat the request. It then gets the first message, and no second one is sent.
    """

    chat_message_id: Annotated[Guid, ApiMember("The id of the new message. Empty to have one chosen.")] = EMPTY_GUID
    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    text: Annotated[
        str | None, ApiMember("The text, of at most 10,000 characters. It may be empty if there are attachments.")
    ] = None
    reply_to_message_id: Annotated[Guid, ApiMember("The message of the chat that it answers, or empty.")] = EMPTY_GUID
    mentioned_user_ids: Annotated[
        list[Guid],
        ApiMember("The members whom it names, at most 50. A member without an account has their contact's id."),
    ] = field(default_factory=list)
    mentions_everybody: Annotated[
        bool, ApiMember("Whether it names all members. Only for owners, moderators and administrators.")
    ] = False
    attachment_ids: Annotated[list[Guid], ApiMember("The files that the caller has uploaded for it, at most 10.")] = (
        field(default_factory=list)
    )
