"""The doors to contacts and to roles that can be given, beside those of `access.py`.

What is absent, belongs to another agency or is not the caller's is told in the same words.
"""

from collections.abc import Collection, Sequence

from parlour.contract.declare import Guid
from parlour.contract.errors import FieldError, NotFound
from parlour.services import faults
from parlour.services.caller import ADMINISTRATOR, AGENT, Caller
from parlour.store import contacts, roles
from parlour.store.contacts import Contact
from parlour.store.database import Transaction
from parlour.store.roles import Role

CONTACT_NOT_FOUND = "Contact not found."


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
        faults.unknown(f"Roles[{index}]", role_id)
        for index, role_id in enumerate(role_ids)
        if role_id not in known or not may_grant(caller.roles, known[role_id])
    ]


def may_grant(held: Collection[str], role: Role) -> bool:
    """Whether somebody who holds the roles named may give this one to others."""
    return ADMINISTRATOR in held or not role.granted_by.isdisjoint(held)


def _existing(tx: Transaction, caller: Caller, contact_id: Guid) -> Contact:
    contact = contacts.get(tx, caller.agency_id, contact_id)
    if contact is None:
        raise NotFound(CONTACT_NOT_FOUND)
    return contact
