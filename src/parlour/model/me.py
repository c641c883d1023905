"""The caller, as they see themselves on each of their devices."""

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
from parlour.engine.rules.rules import MaximumLength, RegularExpression
from parlour.model.invitations import PARLOUR

# The longest tags that are registered have less than 20 letters.
LONGEST_LANGUAGE = 35

# `de`, `pt-BR`, `zh-Hant-TW`. Source: BCP 47, section 2.1, without its rare forms.
LANGUAGE = "^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4})?$"


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class Me:
    """The caller, with the settings that follow them to each device."""

    user_id: Annotated[Guid, ApiMember("The caller's account.")] = EMPTY_GUID
    contact_id: Annotated[Guid, ApiMember("The caller's contact in the agency.")] = EMPTY_GUID
    name: Annotated[str | None, ApiMember("The caller's name.")] = None
    email_address: Annotated[str | None, ApiMember("The address with which the caller signs in.")] = None
    agency_id: Annotated[Guid, ApiMember("The agency to which the caller is signed in.")] = EMPTY_GUID
    agency_name: Annotated[str | None, ApiMember("Its name.")] = None
    roles: Annotated[list[str], ApiMember("The caller's roles there, by name.")] = field(default_factory=list)
    language: Annotated[str | None, ApiMember("The language the caller chose, such as `de`, or null.")] = None
    shows_presence: Annotated[bool, ApiMember("Whether others may see when the caller is there.")] = True
    settings: Annotated[dict[str, str], ApiMember("Values that the caller's programs keep here.")] = field(
        default_factory=dict
    )


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class MeResponse:
    """The caller."""

    me: Annotated[Me | None, ApiMember("The caller.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Me", "GET")
@tag("Me")
@requires_authentication()
@returns(MeResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class GetMe:
    """Returns the caller, with the settings that follow them to each device."""


@route("/v1/Me", "PUT")
@tag("Me")
@requires_authentication()
@returns(MeResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class UpdateMe:
    """Changes what the caller may choose about themselves. Whatever is null stays as it is."""

    name: Annotated[str | None, ApiMember("The caller's new name.")] = None
    language: Annotated[
        str | None,
        ApiMember("The language of the caller, such as `de` or `pt-BR`. Empty for none."),
        MaximumLength(LONGEST_LANGUAGE),
        RegularExpression(LANGUAGE),
    ] = None
    shows_presence: Annotated[bool | None, ApiMember("Whether others may see when the caller is there.")] = None
    settings: Annotated[
        dict[str, str],
        ApiMember("Settings to keep, beside those that are not named. An empty value removes one. At most 100 in all."),
    ] = field(default_factory=dict)
