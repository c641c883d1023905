"""Previewing and accepting an invitation, by the person who got its link.

The token is sent in the body of a POST, never in an address, so that logs, proxies and referrers do not see it. The
mail also contains a short code, for people whose mail program breaks the link. The code is sent in place of the token.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from parlour.engine.accounts.credentials import LONGEST_PASSWORD
from parlour.engine.dto.declare import EMPTY_GUID, MIN_DATETIME, ApiMember, Guid, Secret, namespace, returns, route, tag
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.rules.characters import LONGEST_BYTES
from parlour.engine.rules.rules import Length, MaximumBytes, MaximumCharacters, MaximumLength, NotEmpty, RuleSet

PARLOUR = "Parlour"

# Long enough for any person's name, short enough for one line.
NAME_CHARACTERS = 200

# The minimum of NIST SP 800-63B.
SHORTEST_PASSWORD = 8

# Far longer than our tokens. Anything longer is not one of them, so it is not hashed.
TOKEN_CHARACTERS = 100


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PreviewInvitationResponse:
    """The invitation's inviter, agency, address and roles."""

    inviter_name: Annotated[str | None, ApiMember("The name of the person who sent the invitation.")] = None
    agency_name: Annotated[str | None, ApiMember("The agency whose book the invited person joins.")] = None
    email_address: Annotated[str | None, ApiMember("The address the invitation was sent to.")] = None
    role_names: Annotated[list[str], ApiMember("The roles offered, by name.")] = field(default_factory=list)
    expires_at: Annotated[datetime, ApiMember("When the invitation ends, unless it is renewed.")] = MIN_DATETIME
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/invitations/preview", "POST")
@tag("Invitations")
@returns(PreviewInvitationResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class PreviewInvitation:
    """Shows who sent an invitation and what it offers. Changes nothing, however often it is called."""

    token: Annotated[
        str | None,
        ApiMember("The text after the # in the link of the mail, or the code in the mail.", required=True),
        Secret(),
        NotEmpty(),
        MaximumLength(TOKEN_CHARACTERS),
    ] = field(default=None, repr=False)


@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class AcceptInvitationResponse:
    """The user and the contact that the invited person now is."""

    user_id: Annotated[Guid, ApiMember("The account that accepted.")] = EMPTY_GUID
    contact_id: Annotated[Guid, ApiMember("The contact of that account in the agency's book.")] = EMPTY_GUID
    user_name: Annotated[str | None, ApiMember("The e-mail address to sign in with.")] = None
    response_status: Annotated[ResponseStatus | None, ApiMember("The reason why the request failed, or null.")] = None


@route("/v1/invitations/accept", "POST")
@tag("Invitations")
@returns(AcceptInvitationResponse)
@namespace(PARLOUR)
@dataclass(slots=True, kw_only=True)
class AcceptInvitation:
    """Accepts an invitation, with the signed-in account or with a new account for the invited address.

    With a password a new account is created, even if the caller is signed in. Without a password the caller's account
    accepts. Accepting again with the same account gives the same answer.
    """

    token: Annotated[
        str | None,
        ApiMember("The text after the # in the link of the mail, or the code in the mail.", required=True),
        Secret(),
        NotEmpty(),
        MaximumLength(TOKEN_CHARACTERS),
    ] = field(default=None, repr=False)
    display_name: Annotated[
        str | None,
        ApiMember("The name of the new account, as others will see it."),
        RuleSet(MaximumBytes(NAME_CHARACTERS * LONGEST_BYTES), MaximumCharacters(NAME_CHARACTERS), stops_at_first=True),
    ] = None
    password: Annotated[
        str | None,
        ApiMember("The password of the new account."),
        Secret(),
        Length(SHORTEST_PASSWORD, LONGEST_PASSWORD),
        MaximumBytes(LONGEST_PASSWORD),
    ] = field(default=None, repr=False)
