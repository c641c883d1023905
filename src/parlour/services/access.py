"""The doors to what is not everybody's: each gives a thing to the caller who may see it.

To everybody else it does not exist. What is absent, belongs to another agency or was left by the caller is told in
the same words, so that nobody learns anything by asking for ids.
"""

from collections.abc import Collection, Sequence

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Conflict, FieldError, Forbidden, NotFound
from parlour.model.messages import ChatMessage
from parlour.services import field_errors
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.store import chats, contacts, messages, roles
from parlour.store.chats import Membership
from parlour.store.contacts import Contact
from parlour.store.database import Transaction
from parlour.store.roles import Role

CHAT_NOT_FOUND = "Chat not found."
MESSAGE_NOT_FOUND = "Message not found."
CONTACT_NOT_FOUND = "Contact not found."

# Chats and messages --------------------------------------------------------------------------------------------------


def chat_of(tx: Transaction, caller: Caller, chat_id: Guid) -> Membership:
    """The caller's seat in the chat. Raises NotFound when he has none."""
    membership = chats.membership_of(tx, caller.agency_id, chat_id, caller.user_id)
    if membership is None:
        raise NotFound(CHAT_NOT_FOUND)
    return membership


def may_hear_chat(tx: Transaction, caller: Caller, chat_id: Guid) -> bool:
    """Whether the caller may hear what happens in the chat: whoever has a seat may."""
    return chats.membership_of(tx, caller.agency_id, chat_id, caller.user_id) is not None


def check_open(membership: Membership) -> None:
    """Passes for a chat that can be changed. Raises Conflict when it is archived for everybody."""
    if membership.is_archived:
        raise Conflict("The chat is archived: it can be read and left, and nothing else.")


def message_of(tx: Transaction, caller: Caller, message_id: Guid) -> ChatMessage:
    """The message. Raises NotFound when it was deleted or the caller is not in its chat."""
    message = messages.visible_to(tx, caller.agency_id, message_id, caller.user_id)
    if message is None:
        raise NotFound(MESSAGE_NOT_FOUND)
    return message


def check_may_remove(caller: Caller, membership: Membership, member_id: Guid) -> None:
    """Passes for everybody's own seat, and every seat for the chat's creator and administrators. Raises Forbidden."""
    if member_id == membership.member_id:
        return
    if caller.user_id == membership.created_by:
        return
    if caller.is_administrator:
        return
    raise Forbidden("Only who started the chat, or an administrator, may remove others from it.")


# Contacts and roles ---------------------------------------------------------------------------------------------------


def own_contact(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    """The contact in whose name the caller acts: his own, or for an administrator any. Raises NotFound."""
    if contact_id != caller.contact_id and not caller.is_administrator:
        raise NotFound(CONTACT_NOT_FOUND)
    return _existing(tx, caller, contact_id)


def kept_contact(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    """A contact the caller looks after: one he added, or for agents and administrators any. Raises NotFound.

    Whoever decides at which address a contact is invited decides who will be that contact, so not everybody may.
    """
    contact = _existing(tx, caller, contact_id)
    if AGENT in caller.roles or caller.is_administrator:
        return contact
    if contact.created_by == caller.contact_id:
        return contact
    raise NotFound(CONTACT_NOT_FOUND)


def ungrantable(tx: Transaction, caller: Caller, role_ids: Sequence[Guid]) -> list[FieldError]:
    """A failure for each of `Roles` that does not exist or is not the caller's to give: he cannot tell which."""
    known = {role.role_id: role for role in roles.of_agency(tx, caller.agency_id)}
    return [
        field_errors.unknown(f"Roles[{index}]", role_id)
        for index, role_id in enumerate(role_ids)
        if role_id not in known or not may_grant(caller.roles, known[role_id])
    ]


def may_grant(held: Collection[str], role: Role) -> bool:
    """Whether somebody who holds the roles named may give this one to others."""
    if ADMINISTRATOR in held or role.granted_by_all:
        return True
    return not role.granted_by.isdisjoint(held)


def _existing(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    contact = contacts.get(tx, caller.agency_id, contact_id)
    if contact is None:
        raise NotFound(CONTACT_NOT_FOUND)
    return contact
