"""Starting the chat of two people, renaming chats, and archiving them for everybody."""

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
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.rules.rules import NotEmpty
from parlour.model.conversations import ChatSummary
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ChangedChatResponse:
    """The chat as it is now."""

    chat: Annotated[ChatSummary | None, ApiMember("The chat as the caller sees it.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/DirectChats", "POST")
@tag("Chats")
@requires_authentication()
@returns(ChangedChatResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class StartDirectChat:
    """Returns the one chat of the caller and another person. It is started if there is none.

    Whoever of the two had left it is in it again.
    """

    user_id: Annotated[
        Guid, ApiMember("The other person. It is their contact's id while they have no account."), NotEmpty()
    ] = EMPTY_GUID


@route("/v1/Chats/{ChatId}/Name", "PUT")
@tag("Chats")
@requires_authentication()
@returns(ChangedChatResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class RenameChat:
    """Gives a chat another name. The chat of two people has none."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    chat_name: Annotated[str | None, ApiMember("The new name.")] = None


@route("/v1/Chats/{ChatId}/Archive", "PUT")
@tag("Chats")
@requires_authentication()
@returns(ChangedChatResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ArchiveChat:
    """Archives a chat for everybody: its members can only read it and leave. For its owners and administrators."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID


@route("/v1/Chats/{ChatId}/Unarchive", "PUT")
@tag("Chats")
@requires_authentication()
@returns(ChangedChatResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class UnarchiveChat:
    """Opens a chat again that was archived for everybody. For its owners and administrators in it."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
