"""Invites people by e-mail, and handles their links.

Inviters learn nothing about the invited person: the answer is the same whether or not the address has an account or
belongs to a member. A link only proves that its holder reads the mail of the address. They must still sign in or choose
a password.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

from parlour import texts
from parlour.engine.accounts.attempts import Attempts, log_failure
from parlour.engine.accounts.credentials import client_of
from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import Conflict, FieldError, MethodNotAllowed, NotFound, Unauthorized, raise_field_errors
from parlour.engine.http.messages import HttpResult
from parlour.engine.http.networks import network_of
from parlour.engine.rules.rules import Email
from parlour.engine.serving.handlers import DirectHandler, Exchange, Handler, Services
from parlour.engine.serving.principals import Authentication, Identified, as_caller
from parlour.model.contacts import AddContactResponse, InviteContact
from parlour.model.invitations import (
    NAME_CHARACTERS,
    AcceptInvitation,
    AcceptInvitationResponse,
    PreviewInvitation,
    PreviewInvitationResponse,
)
from parlour.model.sent_invitations import SentInvitation
from parlour.services import access, chat_events, field_errors
from parlour.services.caller import Caller
from parlour.services.passwords import hash_password, verify_password
from parlour.services.throttles import Throttle, throttle
from parlour.store import contacts, identity, invitations, memberships, outbox, roles
from parlour.store.contacts import Contact
from parlour.store.database import Transaction
from parlour.store.email_addresses import address_key, deliverable
from parlour.store.identity import User
from parlour.store.invitations import Invitation

MAIL_TEMPLATE = "invitation"

DEAD_LINK = "This invitation does not exist, or is over."
SIGN_IN_TO_ACCEPT = "There is an account for this invitation already. Sign in with it to accept."

# Invitations by one contact: more than a busy afternoon needs, fewer than a nuisance.
INVITER_LIMIT, INVITER_WINDOW = 100, timedelta(hours=1)
# By one agency: a few stolen accounts must not get its mail server blocked.
AGENCY_LIMIT, AGENCY_WINDOW = 1000, timedelta(hours=1)
# To one address: with the cool-down, the most mails that a person gets from an agency.
ADDRESS_LIMIT, ADDRESS_WINDOW = 10, timedelta(days=1)
# To one mail host, which judges senders by how much arrives at once.
DOMAIN_LIMIT, DOMAIN_WINDOW = 500, timedelta(hours=1)
# Codes tried by one network, such as an office. At this rate a thousand networks need more than a hundred years to
# guess one of a thousand open invitations.
CODE_LIMIT, CODE_WINDOW = 30, timedelta(hours=1)
# Passwords tried on an accepted invitation. Only its own user needs this, after a lost answer.
REPEAT_LIMIT, REPEAT_WINDOW = 5, timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class InvitationPolicy:
    """The settings of all invitations. Tokens are derived from `key`, which is not in the database.

    `on_mail` is called after the commit of a mail to the outbox.
    """

    key: bytes
    lifetime: timedelta
    cooldown: timedelta
    throttle: Throttle = throttle
    on_mail: Callable[[], None] = lambda: None


def register(
    services: Services,
    policy: InvitationPolicy,
    authentication: Authentication,
    attempts: Attempts,
    *,
    allow_get: bool = False,
) -> None:
    """Registers the operations. With `allow_get` a GET with a bearer token may invite too."""
    invite = Handler(partial(invite_contact, policy), check=invitation_errors)
    services.add(InviteContact, service="ContactService", post=invite, put=invite)
    if allow_get:
        by_get = DirectHandler(_InviteByGet(policy, authentication), reports_field_errors=True, checks_access=True)
        services.add(InviteContact, service="ContactService", get=by_get)
    services.add(PreviewInvitation, service="InvitationService", post=DirectHandler(_Preview(policy)))
    accept = DirectHandler(_Acceptance(policy, authentication, attempts), reports_field_errors=True, is_costly=True)
    services.add(AcceptInvitation, service="InvitationService", post=accept)


# Inviting -----------------------------------------------------------------------------------------------------------


def invite_contact(
    policy: InvitationPolicy, request: InviteContact, tx: Transaction, caller: Caller
) -> AddContactResponse:
    """Invites a contact by e-mail, adding it if the address is new.

    Inviting an address again renews its invitation. There is never a second invitation, nor a second mail within the
    cool-down. The request must have passed `invitation_errors`. Raises TooManyRequests.
    """
    inviter = access.own_contact(tx, caller, request.contact_id)
    role_ids = list(dict.fromkeys(request.roles or ()))
    address = deliverable(request.email_address or "")
    assert address is not None, "It was just found to be one."
    _throttle_inviting(policy, tx, caller, inviter, address)
    if request.to_contact_id == EMPTY_GUID:
        invitee = _contact_at(tx, caller.agency_id, address, inviter)
    else:
        invitee = _chosen_contact(tx, caller, request.to_contact_id, address)
    invitation_id = _renew(policy, tx, caller.agency_id, inviter, invitee, address)
    invitations.offer(tx, caller.agency_id, invitation_id, role_ids, offered_by=caller.contact_id)
    contacts.mark_invited(tx, caller.agency_id, invitee.contact_id)
    return AddContactResponse(contact_id=invitee.contact_id)


def invitation_errors(request: InviteContact, tx: Transaction, caller: Caller) -> Iterator[FieldError]:
    """Yields an error for an invalid address and for each role that the caller may not grant.

    If the chosen contact has an address, another one is an error too: it would make another person that contact.

    Raises NotFound at once if the caller may not act for the inviting contact. Raises it at the end if they may not
    invite the chosen one.
    """
    access.own_contact(tx, caller, request.contact_id)
    address = deliverable(request.email_address or "")
    if address is None:
        yield field_errors.of_rule(Email(), "EmailAddress", request.email_address)
    yield from access.ungrantable(tx, caller, request.roles or ())
    if request.to_contact_id == EMPTY_GUID or address is None:
        return
    known = access.kept_contact(tx, caller, request.to_contact_id).email_address
    if known is not None and address_key(known) != address_key(address):
        yield field_errors.differing("EmailAddress", address, known)


def send_again(policy: InvitationPolicy, tx: Transaction, caller: Caller, sent: SentInvitation) -> None:
    """Prolongs a pending invitation, and queues another mail unless the last one is recent. Raises TooManyRequests."""
    address = sent.email_address
    assert address is not None, "Every invitation has one."
    inviter = contacts.get(tx, caller.agency_id, sent.inviter_contact_id)
    known = invitations.pending(tx, caller.agency_id, sent.contact_id, address)
    assert known is not None and inviter is not None, "They were just read."
    _throttle_inviting(policy, tx, caller, inviter, address)
    _renew_known(policy, tx, known, inviter, address)


def _throttle_inviting(
    policy: InvitationPolicy, tx: Transaction, caller: Caller, inviter: Contact, address: str
) -> None:
    agency_id, key = caller.agency_id, address_key(address)
    domain = key.rpartition("@")[2]
    policy.throttle(tx, f"invite:by:{agency_id}:{caller.contact_id}", INVITER_LIMIT, INVITER_WINDOW)
    if inviter.contact_id != caller.contact_id:
        policy.throttle(tx, f"invite:by:{agency_id}:{inviter.contact_id}", INVITER_LIMIT, INVITER_WINDOW)
    policy.throttle(tx, f"invite:in:{agency_id}", AGENCY_LIMIT, AGENCY_WINDOW)
    policy.throttle(tx, f"invite:to:{agency_id}:{key}", ADDRESS_LIMIT, ADDRESS_WINDOW)
    policy.throttle(tx, f"invite:at:{agency_id}:{domain}", DOMAIN_LIMIT, DOMAIN_WINDOW)


def _contact_at(tx: Transaction, agency_id: Guid, address: str, inviter: Contact) -> Contact:
    return contacts.by_address(tx, agency_id, address) or contacts.add_virtual(
        tx, agency_id, full_name=_name_in(address), address=address, created_by=inviter.contact_id
    )


def _chosen_contact(tx: Transaction, caller: Caller, contact_id: Guid, address: str) -> Contact:
    """The chosen contact. If it has no address, it gets this one."""
    contact = access.kept_contact(tx, caller, contact_id)
    if contact.email_address is None:
        contacts.give_address(tx, caller.agency_id, contact.contact_id, address)
    return contact


def _renew(
    policy: InvitationPolicy, tx: Transaction, agency_id: Guid, inviter: Contact, invitee: Contact, address: str
) -> Guid:
    """Creates or prolongs the one pending invitation of the contact at this address, and queues its mail."""
    known = invitations.pending(tx, agency_id, invitee.contact_id, address)
    if known is None:
        invitation_id = invitations.add(
            tx,
            agency_id,
            contact_id=invitee.contact_id,
            inviter_id=inviter.contact_id,
            address=address,
            key=policy.key,
            expires_at=tx.now + policy.lifetime,
        )
        _queue_mail(policy, tx, agency_id, invitation_id, address)
    else:
        invitation_id = known.invitation_id
        _renew_known(policy, tx, known, inviter, address)
    return invitation_id


def _renew_known(policy: InvitationPolicy, tx: Transaction, known: Invitation, inviter: Contact, address: str) -> None:
    invitations.prolong(tx, known, inviter_id=inviter.contact_id, expires_at=tx.now + policy.lifetime)
    if _is_mail_recent(policy, tx, known):
        return
    invitations.change_token(tx, known, key=policy.key)
    _queue_mail(policy, tx, known.agency_id, known.invitation_id, address)


def _queue_mail(policy: InvitationPolicy, tx: Transaction, agency_id: Guid, invitation_id: Guid, address: str) -> None:
    outbox.add(tx, agency_id, template=MAIL_TEMPLATE, to_address=address, invitation_id=invitation_id)
    tx.after_commit(policy.on_mail)


def _is_mail_recent(policy: InvitationPolicy, tx: Transaction, invitation: Invitation) -> bool:
    """Whether a mail with the current link is queued, or was sent within the cool-down."""
    if outbox.is_waiting(tx, invitation.agency_id, invitation.invitation_id):
        return True
    return invitation.mailed_at is not None and tx.now < invitation.mailed_at + policy.cooldown


def _name_in(address: str) -> str:
    """A first name for the contact: `ann.smith+news@example.org` is Ann Smith. The address itself if it contains no
    name.
    """
    local = address.partition("@")[0]
    words = re.split(r"[._\-\s]+", local.partition("+")[0])
    name = " ".join(word[:1].upper() + word[1:] for word in words if word)
    return address if texts.name_error(name) else name


@dataclass(frozen=True)
class _InviteByGet:
    """Invites by GET, for callers with a bearer token, which programs that only follow links do not have."""

    policy: InvitationPolicy
    authentication: Authentication

    async def __call__(self, request: InviteContact, exchange: Exchange) -> HttpResult:
        scheme = (exchange.http.header("authorization") or "").partition(" ")[0].lower()
        if scheme != "bearer" or exchange.http.method == "HEAD":
            raise MethodNotAllowed(
                "Invite with POST or PUT. GET works only with a bearer token.", headers=[("Allow", "POST, PUT")]
            )

        def work(identified: Identified, tx: Transaction) -> HttpResult:
            caller = identified.principal
            if not isinstance(caller, Caller):
                raise Unauthorized("Not Authenticated")
            raise_field_errors(exchange.field_errors, invitation_errors(request, tx, caller))
            return HttpResult(body=invite_contact(self.policy, request, tx, caller), headers=identified.headers)

        return await as_caller(self.authentication, exchange.http, exchange.units, exchange.units.write, work)


# Behind the link ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Preview:
    """Previews an invitation. Not a plain handler, since a wrong code must be counted too."""

    policy: InvitationPolicy

    async def __call__(self, request: PreviewInvitation, exchange: Exchange) -> PreviewInvitationResponse:
        await _throttle_codes(self.policy, request.token, exchange)
        return await exchange.units.read(lambda tx: preview_invitation(self.policy, request, tx))


async def _throttle_codes(policy: InvitationPolicy, token: str | None, exchange: Exchange) -> None:
    """Counts a code before it is looked up; tokens are too long to be guessed. Raises TooManyRequests."""
    if invitations.code_in(token or "") is not None:
        key = f"code:{network_of(exchange.http.client)}"
        await exchange.units.write(lambda tx: policy.throttle(tx, key, CODE_LIMIT, CODE_WINDOW))


def preview_invitation(
    policy: InvitationPolicy, request: PreviewInvitation, tx: Transaction
) -> PreviewInvitationResponse:
    """The preview of an invitation. Raises NotFound for every unusable token, whatever the reason."""
    invitation = invitations.by_token(tx, request.token or "", key=policy.key)
    letter = invitation and invitations.letter(tx, invitation.agency_id, invitation.invitation_id)
    if not letter:
        _raise_dead_link()
    return PreviewInvitationResponse(
        inviter_name=letter.inviter_name,
        agency_name=letter.agency_name,
        email_address=letter.email_address,
        role_names=list(letter.role_names),
        expires_at=letter.expires_at,
    )


@dataclass(frozen=True)
class _Acceptance:
    """Accepts an invitation.

    Not a plain handler: a password is hashed only for a valid token, and compared with the account's password when the
    request is repeated.
    """

    policy: InvitationPolicy
    authentication: Authentication
    attempts: Attempts

    async def __call__(self, request: AcceptInvitation, exchange: Exchange) -> Any:
        await _throttle_codes(self.policy, request.token, exchange)
        if request.password is None:
            return await self._with_account(request, exchange)
        raise_field_errors(exchange.field_errors, _name_errors(request))
        name = (request.display_name or "").strip()
        invitation = await exchange.units.read(lambda tx: _open_or_accepted(self.policy, tx, request.token))
        if invitation.state == "pending":
            password_hash = await exchange.units.run_slow(partial(hash_password, request.password))
            accept = partial(
                accept_as_new_user, self.policy, token=request.token, name=name, password_hash=password_hash
            )
            answer = await exchange.units.write(accept)
            if answer is not None:
                return answer
        return await self._repeat(request.password, request.token, exchange)

    async def _with_account(self, request: AcceptInvitation, exchange: Exchange) -> HttpResult:
        def work(identified: Identified, tx: Transaction) -> HttpResult:
            caller = identified.principal
            # Callers who are not signed in need a new account.
            raise_field_errors(
                exchange.field_errors, () if caller else [*_name_errors(request), field_errors.missing("Password")]
            )
            user = identity.get_user(tx, caller.user_id) if caller else None
            assert user is not None
            return HttpResult(body=accept_as(self.policy, tx, request.token, user), headers=identified.headers)

        return await as_caller(self.authentication, exchange.http, exchange.units, exchange.units.write, work)

    async def _repeat(self, password: str, token: str | None, exchange: Exchange) -> AcceptInvitationResponse:
        """Repeats the first answer, for callers who know the password of the account that accepted.

        It checks a password as sign-in does, so a wrong one is counted there too.
        """
        client = client_of(exchange.http)

        def accepted_by(tx: Transaction) -> tuple[Invitation, User]:
            invitation = _open_or_accepted(self.policy, tx, token)
            user = identity.get_user(tx, invitation.accepted_by) if invitation.accepted_by else None
            if user is None:
                _raise_dead_link()
            self.policy.throttle(tx, f"accept:{invitation.invitation_id}", REPEAT_LIMIT, REPEAT_WINDOW)
            self.attempts.count(tx, user.email_address, user.user_id, client)
            return invitation, user

        invitation, user = await exchange.units.write(accepted_by)
        if not await exchange.units.run_slow(partial(verify_password, user.password_hash, password)):
            log_failure("wrong password for an invitation", client, user.email_address)
            _raise_dead_link()

        def answer(tx: Transaction) -> AcceptInvitationResponse:
            self.attempts.forgive(tx, user.email_address, user.user_id, client)
            return _response(tx, invitation.agency_id, user)

        return await exchange.units.write(answer)


def accept_as_new_user(
    policy: InvitationPolicy, tx: Transaction, token: str | None, name: str, password_hash: str
) -> AcceptInvitationResponse | None:
    """Creates an account for the invited address and accepts with it. None if the invitation was accepted meanwhile.

    Raises NotFound for an unusable token, Conflict if an existing account must accept instead.
    """
    invitation = _open_or_accepted(policy, tx, token)
    if invitation.state != "pending":
        return None
    invitee = contacts.get(tx, invitation.agency_id, invitation.contact_id)
    if invitee is None:
        _raise_dead_link()
    # The holder of the link reads the mail of this address, so they may learn this.
    if invitee.user_id is not None or identity.user_of(tx, invitation.email_address) is not None:
        raise Conflict(SIGN_IN_TO_ACCEPT, code="AccountExists")
    user_id = identity.add_user(tx, invitation.email_address, name, password_hash)
    user = identity.get_user(tx, user_id)
    assert user is not None
    return _join(tx, invitation, user)


def accept_as(policy: InvitationPolicy, tx: Transaction, token: str | None, user: User) -> AcceptInvitationResponse:
    """Accepts with an existing account. The same user may do so again.

    Raises NotFound for a token that is unusable, or was used by another user.
    """
    invitation = _open_or_accepted(policy, tx, token)
    if invitation.state == "accepted":
        if invitation.accepted_by != user.user_id:
            _raise_dead_link()
        return _response(tx, invitation.agency_id, user)
    return _join(tx, invitation, user)


def _name_errors(request: AcceptInvitation) -> list[FieldError]:
    return field_errors.in_name("DisplayName", request.display_name, most=NAME_CHARACTERS)


def _open_or_accepted(policy: InvitationPolicy, tx: Transaction, token: str | None) -> Invitation:
    """The open or accepted invitation of a token. Raises the same NotFound for all others."""
    invitation = invitations.by_token(tx, token or "", key=policy.key)
    if invitation is None:
        _raise_dead_link()
    if invitation.state != "accepted" and not invitation.is_open(tx.now):
        _raise_dead_link()
    return invitation


def _join(tx: Transaction, invitation: Invitation, user: User) -> AcceptInvitationResponse:
    """Accepts an open invitation: the user becomes the invited contact, with its offered roles and parked chats."""
    agency_id = invitation.agency_id
    invitee = contacts.get(tx, agency_id, invitation.contact_id)
    if invitee is None or invitee.user_id not in (None, user.user_id):
        _raise_dead_link()
    # Guarded, since another process may have read the same open invitation.
    if not invitations.accept(tx, invitation, user.user_id):
        _raise_dead_link()
    own = contacts.of_user(tx, agency_id, user.user_id)
    if own is None:
        name = user.display_name if invitee.full_name == _name_in(invitation.email_address) else invitee.full_name
        contacts.link(tx, agency_id, invitee.contact_id, user_id=user.user_id, full_name=name)
        own = invitee
    elif own.contact_id != invitee.contact_id:
        contacts.merge(tx, agency_id, invitee.contact_id, into=own.contact_id)
    roles.grant(tx, agency_id, own.contact_id, _still_grantable(tx, invitation))
    activations = memberships.activate_parked(tx, agency_id, invitee.contact_id, user.user_id)
    chat_events.activated(tx, agency_id, invitee.contact_id, activations)
    return _response(tx, agency_id, user)


def _still_grantable(tx: Transaction, invitation: Invitation) -> Sequence[Guid]:
    """The offered roles that the contact who offered them may still grant."""
    agency_id = invitation.agency_id
    known = {role.role_id: role for role in roles.of_agency(tx, agency_id)}
    granted = []
    for offer in invitations.offers(tx, agency_id, invitation.invitation_id):
        giver = contacts.get(tx, agency_id, offer.offered_by)
        if giver is None or not contacts.can_sign_in(tx, agency_id, giver.contact_id):
            continue
        held = {role.name for role in roles.of_contact(tx, agency_id, giver.contact_id)}
        if access.may_grant(held, known[offer.role_id]):
            granted.append(offer.role_id)
    return granted


def _response(tx: Transaction, agency_id: Guid, user: User) -> AcceptInvitationResponse:
    contact = contacts.of_user(tx, agency_id, user.user_id)
    if contact is None:
        _raise_dead_link()
    return AcceptInvitationResponse(user_id=user.user_id, contact_id=contact.contact_id, user_name=user.email_address)


def _raise_dead_link() -> NoReturn:
    raise NotFound(DEAD_LINK)
