"""The open invitations of an agency, for those who sent them: finding, revoking and sending them again."""

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
from parlour.engine.rules.comparisons import InclusiveBetween
from parlour.engine.rules.rules import MaximumLength
from parlour.model.invitations import PARLOUR
from parlour.model.people import LONGEST_CURSOR

# More than a screen shows.
MOST_INVITATIONS = 200


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SentInvitation:
    """An invitation that nobody has accepted yet."""

    invitation_id: Annotated[Guid, ApiMember("The invitation.")] = EMPTY_GUID
    contact_id: Annotated[Guid, ApiMember("The invited person's contact in the agency.")] = EMPTY_GUID
    name: Annotated[str | None, ApiMember("The invited person's name.")] = None
    email_address: Annotated[str | None, ApiMember("The address that it was sent to.")] = None
    role_names: Annotated[list[str], ApiMember("The roles offered, by name.")] = field(default_factory=list)
    inviter_contact_id: Annotated[Guid, ApiMember("The contact who invites, or invited last.")] = EMPTY_GUID
    inviter_name: Annotated[str | None, ApiMember("Their name.")] = None
    state: Annotated[str | None, ApiMember("`pending`, `expired` or `revoked`.")] = None
    date_created: Annotated[datetime, ApiMember("When the person was first invited.")] = MIN_DATETIME
    date_mailed: Annotated[datetime | None, ApiMember("When the last mail was queued, or null.")] = None
    date_expires: Annotated[datetime, ApiMember("When it ends, unless it is sent again.")] = MIN_DATETIME


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindInvitationsResponse:
    """Open invitations, those that were sent last first."""

    invitations: Annotated[list[SentInvitation], ApiMember("The invitations on this page.")] = field(
        default_factory=list
    )
    next_cursor: Annotated[str | None, ApiMember("The `Cursor` of the next page, or null if this is the last.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Invitations", "GET")
@tag("Invitations")
@requires_authentication()
@returns(FindInvitationsResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class FindInvitations:
    """Returns invitations that are pending or expired: all to agents and administrators, to others their own."""

    cursor: Annotated[
        str | None,
        ApiMember("The `NextCursor` of the page before. Empty for the first page."),
        MaximumLength(LONGEST_CURSOR),
    ] = None
    take: Annotated[
        int, ApiMember("The most invitations on a page, up to 200. 0 for 50."), InclusiveBetween(0, MOST_INVITATIONS)
    ] = 0


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class SentInvitationResponse:
    """The invitation as it is now."""

    invitation: Annotated[SentInvitation | None, ApiMember("The invitation.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/Invitation/{InvitationId}", "DELETE")
@tag("Invitations")
@requires_authentication()
@returns(SentInvitationResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class RevokeInvitation:
    """Ends an invitation. Its link and its code are invalid from then on. Revoking it again changes nothing."""

    invitation_id: Annotated[Guid, ApiMember("The invitation.")] = EMPTY_GUID


@route("/v1/Invitation/{InvitationId}/Resend", "PUT")
@tag("Invitations")
@requires_authentication()
@returns(SentInvitationResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class ResendInvitation:
    """Prolongs an invitation, and sends it again with a new link. The link before is invalid then.

    Within the cool-down after the last mail no other is sent. The link of that mail stays valid.
    """

    invitation_id: Annotated[Guid, ApiMember("The invitation.")] = EMPTY_GUID
