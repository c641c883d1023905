"""Finding people of the agency, and the roles that the caller may give them."""

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
from parlour.model.invitations import PARLOUR

# A longer one names nobody.
LONGEST_SOUGHT_NAME = 200

# More than a screen shows.
MOST_PEOPLE = 200

LONGEST_CURSOR = 2_000


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FoundPerson:
    """A person whom the caller may write to."""

    user_id: Annotated[Guid, ApiMember("The person. It is their contact's id while they have no account.")] = EMPTY_GUID
    contact_id: Annotated[Guid, ApiMember("The person's contact in the agency.")] = EMPTY_GUID
    name: Annotated[str | None, ApiMember("Their name.")] = None
    email_address: Annotated[str | None, ApiMember("Their e-mail address, or null.")] = None
    has_joined: Annotated[bool, ApiMember("False for a person who has no account yet.")] = False


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindPeopleResponse:
    """The people that were found, sorted by name."""

    people: Annotated[list[FoundPerson], ApiMember("The people on this page.")] = field(default_factory=list)
    next_cursor: Annotated[str | None, ApiMember("The `Cursor` of the next page, or null if this is the last.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/People", "GET")
@tag("People")
@requires_authentication()
@returns(FindPeopleResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindPeople:
    """Finds people of the agency whom the caller may write to, by name or e-mail address.

    Case and accents do not matter: `mul` finds Anna Müller. The caller is not listed.
    """

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
        int, ApiMember("The most people on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_PEOPLE)
    ] = 0


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class InvitableRole:
    """A role that the caller may give to others."""

    role_id: Annotated[Guid, ApiMember("The id of the role, as invitations take it.")] = EMPTY_GUID
    role_name: Annotated[str | None, ApiMember("The name of the role.")] = None


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetInvitableRolesResponse:
    """The roles that the caller may give, sorted by name."""

    roles: Annotated[list[InvitableRole], ApiMember("The roles.")] = field(default_factory=list)
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/InvitableRoles", "GET")
@tag("People")
@requires_authentication()
@returns(GetInvitableRolesResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetInvitableRoles:
    """Returns the roles that the caller may give to people whom they invite."""
