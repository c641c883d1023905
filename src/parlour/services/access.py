"""The access checks of services: each function returns a thing if the caller may see it.

For all other callers it does not exist. The error is the same for things that are absent, belong to another agency or
were left by the caller, so ids cannot be probed.
"""

from collections.abc import Collection, Sequence

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Conflict, FieldError, Forbidden, NotFound
from parlour.model.conversations import ChatSummary
from parlour.model.messages import ChatMessage
from parlour.model.sent_invitations import SentInvitation
from parlour.services import field_errors
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.services.reasons import Reason, because
from parlour.store import (
    attachments,
    chat_summaries,
    chats,
    contacts,
    editing,
    identity,
    messages,
    push,
    roles,
    sent_invitations,
)
from parlour.store.attachments import StoredAttachment
from parlour.store.chats import MemberRow, Membership
from parlour.store.contacts import Contact
from parlour.store.database import Transaction
from parlour.store.editing import SentMessage
from parlour.store.push import Subscription
from parlour.store.roles import Role

CHAT_NOT_FOUND = "Chat not found."
MEMBER_NOT_FOUND = "Member not found."
MESSAGE_NOT_FOUND = "Message not found."
CONTACT_NOT_FOUND = "Contact not found."
ATTACHMENT_NOT_FOUND = "Attachment not found."
PUSH_SUBSCRIPTION_NOT_FOUND = "Push subscription not found."
INVITATION_NOT_FOUND = "Invitation not found."
SESSION_NOT_FOUND = "Session not found."

# Chats and messages --------------------------------------------------------------------------------------------------


def chat_of(tx: Transaction, caller: Caller, chat_id: Guid) -> Membership:
    """The caller's membership of the chat. Raises NotFound if there is none."""
    membership = chats.membership_of(tx, caller.agency_id, chat_id, caller.user_id)
    if membership is None:
        raise NotFound(CHAT_NOT_FOUND)
    return membership


def messages_behind(tx: Transaction, caller: Caller, chat_id: Guid) -> int:
    """How many messages of the chat follow the caller's marker. Raises NotFound if they are not in it."""
    behind = chats.messages_behind(tx, caller.agency_id, chat_id, caller.user_id)
    if behind is None:
        raise NotFound(CHAT_NOT_FOUND)
    return behind


def locked_chat_of(tx: Transaction, caller: Caller, chat_id: Guid) -> Membership:
    """The caller's membership of a chat, which nobody else changes until the transaction ends. Raises NotFound."""
    chats.lock(tx, caller.agency_id, chat_id)
    return chat_of(tx, caller, chat_id)


def summary_of(tx: Transaction, caller: Caller, chat_id: Guid) -> ChatSummary:
    """The chat as the caller sees it. Raises NotFound if they are not in it."""
    summary = tx.cached(chat_summaries.get, caller.agency_id, chat_id, caller.user_id)
    if summary is None:
        raise NotFound(CHAT_NOT_FOUND)
    return summary


def locked_member_of(tx: Transaction, caller: Caller, member_id: Guid) -> tuple[Membership, MemberRow]:
    """The caller's membership of the chat that a member is or was in, and that member.

    Locks the chat. Raises NotFound if the caller is not in it.
    """
    chat_id = chats.chat_with_member(tx, caller.agency_id, member_id)
    if chat_id is None:
        raise NotFound(MEMBER_NOT_FOUND)
    chats.lock(tx, caller.agency_id, chat_id)
    membership = chats.membership_of(tx, caller.agency_id, chat_id, caller.user_id)
    if membership is None:
        raise NotFound(MEMBER_NOT_FOUND)
    return membership, chats.members(tx, caller.agency_id, chat_id, [member_id])[member_id]


def may_hear_chat(tx: Transaction, caller: Caller, chat_id: Guid) -> bool:
    """Whether the caller may hear what happens in the chat, as its active members may."""
    return chats.membership_of(tx, caller.agency_id, chat_id, caller.user_id) is not None


def check_open(membership: Membership) -> None:
    """Raises Conflict if the chat is archived for everybody."""
    if membership.is_archived:
        message = "The chat is archived: it can be read and left, and nothing else."
        raise Conflict(message, meta=because(Reason.CHAT_IS_ARCHIVED))


def sent_message_of(tx: Transaction, caller: Caller, message_id: Guid) -> tuple[Membership, SentMessage]:
    """The caller's membership and the message, deleted or not. The chat is locked, for those who change the message.

    Raises NotFound if the caller is not in its chat.
    """
    chat_id = editing.chat_with_message(tx, caller.agency_id, message_id)
    if chat_id is None:
        raise NotFound(MESSAGE_NOT_FOUND)
    chats.lock(tx, caller.agency_id, chat_id)
    membership = chats.membership_of(tx, caller.agency_id, chat_id, caller.user_id)
    if membership is None:
        raise NotFound(MESSAGE_NOT_FOUND)
    return membership, editing.sent_message(tx, caller.agency_id, message_id)


def message_to_change(tx: Transaction, caller: Caller, message_id: Guid) -> tuple[Membership, SentMessage]:
    """The same, if it can still be changed. Raises NotFound if it was deleted, Conflict if the chat is archived."""
    membership, message = sent_message_of(tx, caller, message_id)
    if message.is_deleted:
        raise NotFound(MESSAGE_NOT_FOUND)
    check_open(membership)
    return membership, message


def may_moderate(caller: Caller, membership: Membership) -> bool:
    """Whether the caller may do in the chat what its owners and moderators may."""
    return membership.role in ("owner", "moderator") or caller.is_administrator


def check_owns(caller: Caller, membership: Membership) -> None:
    """Raises Forbidden unless the caller owns the chat or is an administrator. Both of two people own theirs."""
    if membership.is_owner:
        return
    if membership.is_direct:
        return
    if caller.is_administrator:
        return
    message = "Only an owner of the chat, or an administrator, may do this."
    raise Forbidden(message, meta=because(Reason.NOT_OWNER))


def check_has_name(membership: Membership) -> None:
    """Raises Conflict for the chat of two people."""
    if membership.is_direct:
        raise Conflict("The chat of two people has no name.", meta=because(Reason.CHAT_OF_TWO))


def check_may_join(membership: Membership, contact_ids: Collection[Guid]) -> None:
    """Raises Conflict if one of these people cannot join the chat of two others."""
    if membership.direct_key is None:
        return
    if set(contact_ids) <= set(membership.direct_key.split()):
        return
    raise Conflict("Nobody can join the chat of two other people.", meta=because(Reason.CHAT_OF_TWO))


def message_of(tx: Transaction, caller: Caller, message_id: Guid) -> ChatMessage:
    """The message. Raises NotFound if it was deleted or the caller is not in its chat."""
    message = messages.visible_to(tx, caller.agency_id, message_id, caller.user_id)
    if message is None:
        raise NotFound(MESSAGE_NOT_FOUND)
    return message


def attachment_of(tx: Transaction, caller: Caller, attachment_id: Guid) -> StoredAttachment:
    """The attachment, for members of a chat with a message that names it, or before that for its owner.

    Raises NotFound.
    """
    attachment = attachments.visible_to(tx, caller.agency_id, attachment_id, caller.user_id)
    if attachment is None:
        raise NotFound(ATTACHMENT_NOT_FOUND)
    return attachment


def own_upload(tx: Transaction, caller: Caller, attachment_id: Guid) -> StoredAttachment:
    """The attachment that the caller uploads. Raises NotFound."""
    attachment = attachments.of_owner(tx, caller.agency_id, attachment_id, caller.user_id)
    if attachment is None:
        raise NotFound(ATTACHMENT_NOT_FOUND)
    return attachment


def push_subscription_of(tx: Transaction, caller: Caller, subscription_id: Guid) -> Subscription:
    """A browser of the caller that gets pushes. Raises NotFound."""
    for each in push.subscriptions_of(tx, caller.agency_id, caller.user_id):
        if each.subscription_id == subscription_id:
            return each
    raise NotFound(PUSH_SUBSCRIPTION_NOT_FOUND)


def check_may_remove(caller: Caller, membership: Membership, member: MemberRow) -> None:
    """Raises Forbidden unless the caller may end this membership.

    Everybody may end their own, and nobody that of the other in the chat of two people. In other chats owners and
    administrators may end all, moderators those of plain members.
    """
    if member.member_id == membership.member_id:
        return
    if membership.is_direct:
        raise Forbidden("Nobody can be removed from the chat of two people.", meta=because(Reason.CHAT_OF_TWO))
    if membership.is_owner:
        return
    if membership.role == "moderator" and member.role == "member":
        return
    if caller.is_administrator:
        return
    message = "Only an owner of the chat, or an administrator, may remove others from it."
    raise Forbidden(message, meta=because(Reason.NOT_OWNER))


def own_session(tx: Transaction, caller: Caller, session_id: Guid) -> Guid:
    """The id of a session of the caller that has not ended. Raises NotFound."""
    own = identity.sessions_of(tx, caller.agency_id, caller.user_id)
    if session_id not in {each.session_id for each in own}:
        raise NotFound(SESSION_NOT_FOUND)
    return session_id


# Contacts and roles ---------------------------------------------------------------------------------------------------


def own_contact(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    """The contact in whose name the caller acts: their own, or any for an administrator. Raises NotFound."""
    if contact_id != caller.contact_id and not caller.is_administrator:
        raise NotFound(CONTACT_NOT_FOUND)
    return _contact_of_agency(tx, caller, contact_id)


def kept_contact(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    """A contact that the caller manages: one they added, or any for agents and administrators. Raises NotFound.

    The address in an invitation decides which person becomes the contact, so only some callers may choose it.
    """
    contact = _contact_of_agency(tx, caller, contact_id)
    if manages_contacts(caller):
        return contact
    if contact.created_by == caller.contact_id:
        return contact
    raise NotFound(CONTACT_NOT_FOUND)


def manages_contacts(caller: Caller) -> bool:
    """Whether the caller manages all contacts and invitations, and not only their own."""
    return AGENT in caller.roles or caller.is_administrator


def sent_invitation(tx: Transaction, caller: Caller, invitation_id: Guid) -> SentInvitation:
    """An invitation that nobody accepted and that the caller sent, or any for agents and administrators.

    Raises NotFound.
    """
    invitation = sent_invitations.get(tx, caller.agency_id, invitation_id)
    if invitation is None:
        raise NotFound(INVITATION_NOT_FOUND)
    if manages_contacts(caller):
        return invitation
    if invitation.inviter_contact_id == caller.contact_id:
        return invitation
    raise NotFound(INVITATION_NOT_FOUND)


def check_not_revoked(invitation: SentInvitation) -> None:
    """Raises Conflict if the invitation was revoked."""
    if invitation.state == "revoked":
        message = "The invitation was revoked. Invite the person anew."
        raise Conflict(message, meta=because(Reason.INVITATION_IS_REVOKED))


def ungrantable(tx: Transaction, caller: Caller, role_ids: Sequence[Guid]) -> list[FieldError]:
    """An error for each of `Roles` that does not exist or that the caller may not grant. Both errors look the same."""
    known = {role.role_id: role for role in roles.of_agency(tx, caller.agency_id)}
    return [
        field_errors.unknown(f"Roles[{index}]", role_id)
        for index, role_id in enumerate(role_ids)
        if role_id not in known or not may_grant(caller.roles, known[role_id])
    ]


def may_grant(held: Collection[str], role: Role) -> bool:
    """Whether a holder of the roles `held` may grant this role to others."""
    if ADMINISTRATOR in held or role.granted_by_all:
        return True
    return not role.granted_by.isdisjoint(held)


def _contact_of_agency(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    contact = contacts.get(tx, caller.agency_id, contact_id)
    if contact is None:
        raise NotFound(CONTACT_NOT_FOUND)
    return contact
