"""The contact interface: inviting a person into the agency's contact book. Clients depend on every name here."""

from dataclasses import dataclass
from typing import Annotated

from parlour.engine.accounts.credentials import LONGEST_NAME
from parlour.engine.dto.declare import (
    EMPTY_GUID,
    ApiMember,
    Guid,
    answers_with,
    namespace,
    requires_authentication,
    returns,
    route,
)
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.rules.rules import Email, MaximumLength, NotEmpty

CONTACTS = "Eros.Subtle.Canvara.WebAPIModel.ServiceModel"


@answers_with("Contact Id of the newly invited/ created contact")
@namespace(CONTACTS)
@dataclass(slots=True, kw_only=True)
class AddContactResponse:
    """The contact that was invited."""

    contact_id: Guid = EMPTY_GUID
    response_status: ResponseStatus | None = None


@route("/api/contacts/{ContactId}/invite/contact")
@route("/api/contacts/{ContactId}/invite/{ToContactId}")
@requires_authentication()
@returns(AddContactResponse)
@namespace(CONTACTS)
@dataclass(slots=True, kw_only=True)
class InviteContact:
    """Invites a person by e-mail, and adds a contact for an address that is not in the book yet."""

    contact_id: Annotated[
        Guid,
        ApiMember("Contact Id inviting the contact", required=True, data_type="Guid", name="ContactId"),
        NotEmpty(),
    ] = EMPTY_GUID
    to_contact_id: Annotated[
        Guid,
        ApiMember("Contact Id of the virtual contact invited to be real.", data_type="Guid", name="ToContactId"),
    ] = EMPTY_GUID
    email_address: Annotated[
        str | None,
        ApiMember(
            "Email Address of the real/ virtual contact to be invited.",
            required=True,
            data_type="string",
            name="EmailAddress",
        ),
        NotEmpty(),
        MaximumLength(LONGEST_NAME),
        Email(),
    ] = None
    roles: Annotated[
        list[Guid] | None,
        ApiMember("List of roles to invite the contact", required=True, data_type="List<Guid>", name="Roles"),
        NotEmpty(),
    ] = None
