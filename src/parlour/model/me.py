"""The caller, as they see themselves on each of their devices."""

from dataclasses import dataclass, field
from typing import Annotated

from parlour.engine.dto.declare import EMPTY_GUID, ApiMember, Guid, namespace
from parlour.model.invitations import PARLOUR


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
