"""Adding people to a chat, removing them, and what they are in it."""

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
from parlour.engine.rules.rules import NotEmpty
from parlour.model.conversations import Member
from parlour.model.invitations import PARLOUR


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class AddChatMembersResponse:
    """The people who were named. All of them are members now."""

    members: Annotated[list[Member], ApiMember("The people as members, in the order in which they joined.")] = field(
        default_factory=list
    )
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats/{ChatId}/Members", "POST")
@tag("Chats")
@requires_authentication()
@returns(AddChatMembersResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class AddChatMembers:
    """Adds people of the agency to a chat. Those who are in it already stay as they are."""

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    user_ids: Annotated[
        list[Guid],
        ApiMember("The people, at most 1,000. A person without an account is named by their contact's id."),
        NotEmpty(),
    ] = field(default_factory=list)


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class RemoveChatMemberResponse:
    """The person is no longer in the chat."""

    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/ChatMembers/{ChatMemberId}", "DELETE")
@tag("Chats")
@requires_authentication()
@returns(RemoveChatMemberResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class RemoveChatMember:
    """Removes a person from a chat. Everybody may leave by it, but the last owner names another one first.

    Owners of the chat and administrators may remove everybody, moderators those who are plain members.
    """

    chat_member_id: Annotated[Guid, ApiMember("The membership.")] = EMPTY_GUID


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetChatRoleResponse:
    """The member with their new role."""

    member: Annotated[Member | None, ApiMember("The member.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/ChatMembers/{ChatMemberId}/Role", "PUT")
@tag("Chats")
@requires_authentication()
@returns(SetChatRoleResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetChatRole:
    """Makes a member of a chat its owner, a moderator, or a plain member. For owners and administrators in the chat.

    In a chat that is archived for everybody an owner can still be named, so that the last one can leave.
    """

    chat_member_id: Annotated[Guid, ApiMember("The membership.")] = EMPTY_GUID
    role: Annotated[str | None, ApiMember("`owner`, `moderator` or `member`.")] = None
