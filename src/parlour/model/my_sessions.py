"""The sessions of the caller: where they are signed in, and ending it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from parlour.engine.dto.declare import (
    EMPTY_GUID,
    MIN_DATETIME,
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


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MySession:
    """A browser or program in which the caller is signed in."""

    session_id: Annotated[Guid, ApiMember("The session.")] = EMPTY_GUID
    date_created: Annotated[datetime, ApiMember("When the caller signed in there.")] = MIN_DATETIME
    date_expires: Annotated[datetime, ApiMember("When it ends by itself.")] = MIN_DATETIME
    is_current: Annotated[bool, ApiMember("Whether this request belongs to it.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindSessionsResponse:
    """The caller's sessions, newest first."""

    sessions: Annotated[list[MySession], ApiMember("The sessions.")] = field(default_factory=list)
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Sessions", "GET")
@tag("Me")
@requires_authentication()
@returns(FindSessionsResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindSessions:
    """Returns where the caller is signed in to the agency."""


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class EndSessionResponse:
    """The session has ended."""

    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Sessions/{SessionId}", "DELETE")
@tag("Me")
@requires_authentication()
@returns(EndSessionResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class EndSession:
    """Ends a session of the caller, such as that of a lost phone. Its tokens and its open streams end with it."""

    session_id: Annotated[Guid, ApiMember("The session.")] = EMPTY_GUID
