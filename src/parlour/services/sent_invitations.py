"""Finding open invitations, ending them and sending them again."""

from functools import partial

from parlour.engine.serving.handlers import Handler, Services
from parlour.model.sent_invitations import (
    FindInvitations,
    FindInvitationsResponse,
    ResendInvitation,
    RevokeInvitation,
    SentInvitationResponse,
)
from parlour.services import access
from parlour.services.caller import Caller
from parlour.services.cursors import USUAL_PAGE, cursor_of, keys_in
from parlour.services.invitations import InvitationPolicy, send_again
from parlour.store import sent_invitations
from parlour.store.database import Transaction
from parlour.store.sent_invitations import NEWEST, InvitationPlace


def register(services: Services, policy: InvitationPolicy) -> None:
    """Registers the operations of this area."""
    services.add(FindInvitations, service="InvitationService", get=Handler(find_invitations, writes=False))
    services.add(RevokeInvitation, service="InvitationService", delete=Handler(revoke_invitation))
    services.add(ResendInvitation, service="InvitationService", put=Handler(partial(resend_invitation, policy)))


def find_invitations(request: FindInvitations, tx: Transaction, caller: Caller) -> FindInvitationsResponse:
    """The open invitations that the caller may end. Raises ValidationError for an unknown cursor."""
    after = NEWEST
    if request.cursor:
        renewed_at, invitation_id = keys_in(request.cursor, int, str)
        after = InvitationPlace(int(renewed_at), str(invitation_id))
    take = request.take or USUAL_PAGE
    inviter_id = None if access.manages_contacts(caller) else caller.contact_id
    found, last = sent_invitations.find(tx, caller.agency_id, inviter_id=inviter_id, after=after, most=take)
    more = cursor_of(last.renewed_at, last.invitation_id) if len(found) == take else None
    return FindInvitationsResponse(invitations=found, next_cursor=more)


def revoke_invitation(request: RevokeInvitation, tx: Transaction, caller: Caller) -> SentInvitationResponse:
    """Ends an invitation. Raises NotFound."""
    invitation = access.sent_invitation(tx, caller, request.invitation_id)
    sent_invitations.revoke(tx, caller.agency_id, invitation.invitation_id)
    return SentInvitationResponse(invitation=access.sent_invitation(tx, caller, request.invitation_id))


def resend_invitation(
    policy: InvitationPolicy, request: ResendInvitation, tx: Transaction, caller: Caller
) -> SentInvitationResponse:
    """Prolongs an invitation and queues another mail. Raises NotFound, Conflict if it was revoked, TooManyRequests."""
    invitation = access.sent_invitation(tx, caller, request.invitation_id)
    access.check_not_revoked(invitation)
    send_again(policy, tx, caller, invitation)
    return SentInvitationResponse(invitation=access.sent_invitation(tx, caller, request.invitation_id))
