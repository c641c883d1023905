"""What others hear of a person at once, and nobody keeps: that they are writing, and whether they are there."""

from dataclasses import dataclass, field
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
from parlour.model.invitations import PARLOUR

# More than a screen shows.
MOST_ASKED_FOR = 200

# Of more people a program asks for those that it shows.
MOST_THERE = 1_000


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetTypingResponse:
    """The members have been told."""

    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Chats/{ChatId}/Typing", "PUT")
@tag("Presence")
@requires_authentication()
@returns(SetTypingResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetTyping:
    """Tells the open streams of a chat's members that the caller is writing there, or has stopped.

    It ends by itself after 8 seconds, so a program repeats it while its user goes on writing.
    """

    chat_id: Annotated[Guid, ApiMember("The chat.")] = EMPTY_GUID
    is_typing: Annotated[bool, ApiMember("Whether the caller is writing.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetPresenceResponse:
    """The others have been told, if they may know."""

    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Presence", "PUT")
@tag("Presence")
@requires_authentication()
@returns(SetPresenceResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SetPresence:
    """Tells open streams of others whether the caller is there. A program repeats it, at least once in two minutes.

    Otherwise the caller is `offline` then. A person is there while one of their sessions is. Who hears it depends on
    the setting `presence` of the server. Nobody does if the caller does not show their presence (see UpdateMe).
    """

    presence: Annotated[str | None, ApiMember("`online`, `away` or `offline`.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PersonPresence:
    """Whether a person is there."""

    user_id: Annotated[Guid, ApiMember("The person.")] = EMPTY_GUID
    presence: Annotated[str | None, ApiMember("`online`, `away` or `offline`.")] = None
    last_seen: Annotated[datetime | None, ApiMember("When they were last there.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetPresenceResponse:
    """The presence of people. Whoever is missing has not been there lately, or the caller may not know it."""

    presences: Annotated[list[PersonPresence], ApiMember("The people whose presence is known.")] = field(
        default_factory=list
    )
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Presence", "GET")
@tag("Presence")
@requires_authentication()
@returns(GetPresenceResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetPresence:
    """Returns who is there, of those whose presence the caller may know. `presence.changed` tells of changes.

    A server that has just started knows a person when their program repeats it.
    """

    user_ids: Annotated[
        list[Guid], ApiMember("The people to ask for, at most 200. Empty for who is there now, at most 1,000.")
    ] = field(default_factory=list)
