"""Finding chats, and reading one with its members."""

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
from parlour.engine.rules.comparisons import InclusiveBetween
from parlour.engine.rules.rules import MaximumLength
from parlour.model.conversations import ChatSummary, Member
from parlour.model.invitations import PARLOUR
from parlour.model.people import LONGEST_CURSOR, LONGEST_SOUGHT_NAME

# More than a screen shows.
MOST_ON_PAGE = 200


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindChatsResponse:
    """The chats that were found, newest activity first."""

    chats: Annotated[list[ChatSummary], ApiMember("The chats on this page.")] = field(default_factory=list)
    next_cursor: Annotated[str | None, ApiMember("The `Cursor` of the next page, or null if this is the last.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats", "GET")
@tag("Chats")
@requires_authentication()
@returns(FindChatsResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindChats:
    """Finds chats of the caller. Without any condition it returns all of them, page by page."""

    query: Annotated[
        str | None,
        ApiMember("The beginning of any word in the chat's name, or in that of a member. Several words must all fit."),
        MaximumLength(LONGEST_SOUGHT_NAME),
    ] = None
    with_user_id: Annotated[
        Guid, ApiMember("Only chats with this person. It is their contact's id while they have no account.")
    ] = EMPTY_GUID
    is_archived: Annotated[
        bool | None, ApiMember("Only chats that are archived, for the caller or for everybody, or only others.")
    ] = None
    is_direct: Annotated[bool | None, ApiMember("Only the chats of two people, or only others.")] = None
    unread_only: Annotated[bool, ApiMember("Only chats with messages that the caller has not read.")] = False
    cursor: Annotated[
        str | None,
        ApiMember("The `NextCursor` of the page before. Empty for the first page."),
        MaximumLength(LONGEST_CURSOR),
    ] = None
    take: Annotated[
        int, ApiMember("The most chats on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_ON_PAGE)
    ] = 0


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetChatResponse:
    """The chat."""

    chat: Annotated[ChatSummary | None, ApiMember("The chat as the caller sees it.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats/{ChatId}", "GET")
@tag("Chats")
@requires_authentication()
@returns(GetChatResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetChat:
    """Returns one chat of the caller, with its pinned messages."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindChatMembersResponse:
    """The members that were found, in the order in which they joined."""

    members: Annotated[list[Member], ApiMember("The members on this page.")] = field(default_factory=list)
    next_cursor: Annotated[str | None, ApiMember("The `Cursor` of the next page, or null if this is the last.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats/{ChatId}/Members", "GET")
@tag("Chats")
@requires_authentication()
@returns(FindChatMembersResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindChatMembers:
    """Finds members of a chat that the caller is in."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    query: Annotated[
        str | None,
        ApiMember("The beginning of any part of the name or address. Several words must all fit. Empty for everybody."),
        MaximumLength(LONGEST_SOUGHT_NAME),
    ] = None
    cursor: Annotated[
        str | None,
        ApiMember("The `NextCursor` of the page before. Empty for the first page."),
        MaximumLength(LONGEST_CURSOR),
    ] = None
    take: Annotated[
        int, ApiMember("The most members on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_ON_PAGE)
    ] = 0
