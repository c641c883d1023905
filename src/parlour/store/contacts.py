"""The contact book of an agency: records of people, some of them linked to a user."""

from dataclasses import dataclass
from typing import Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Row, Transaction
from parlour.store.email_addresses import address_key
from parlour.store.people import fold_again, folded
from parlour.store.times import microseconds

ContactState = Literal["virtual", "invited", "real", "merged", "erased"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One person in the book. Only real contacts have a `user_id`. `created_by` is the contact who manages it."""

    contact_id: Guid
    full_name: str
    email_address: str | None
    state: ContactState
    user_id: Guid | None
    merged_into: Guid | None
    created_by: Guid | None


def get(tx: Transaction, agency_id: Guid, contact_id: Guid) -> Contact | None:
    """The contact, or the one it was merged into. None if it is unknown or erased."""
    return _survivor(tx, agency_id, _by_id(tx, agency_id, contact_id))


def by_address(tx: Transaction, agency_id: Guid, address: str) -> Contact | None:
    """The contact of an e-mail address, or the one it was merged into."""
    row = tx.row(
        """SELECT contact_id, full_name, email_address, state, user_id, merged_into, created_by
             FROM contact
            WHERE agency_id = :agency_id AND address_key = :address_key""",
        agency_id=agency_id,
        address_key=address_key(address),
    )
    return _survivor(tx, agency_id, row)


def of_user(tx: Transaction, agency_id: Guid, user_id: Guid) -> Contact | None:
    """The contact that a user is in the agency."""
    row = tx.row(
        """SELECT contact_id, full_name, email_address, state, user_id, merged_into, created_by
             FROM contact
            WHERE agency_id = :agency_id AND user_id = :user_id""",
        agency_id=agency_id,
        user_id=user_id,
    )
    return None if row is None else _contact(row)


def can_sign_in(tx: Transaction, agency_id: Guid, contact_id: Guid) -> bool:
    """Whether the contact is an enabled user."""
    found = tx.value(
        """SELECT 1
             FROM contact c
             JOIN user_account u ON u.user_id = c.user_id
            WHERE c.agency_id = :agency_id AND c.contact_id = :contact_id AND u.is_disabled = 0""",
        agency_id=agency_id,
        contact_id=contact_id,
    )
    return found is not None


def add_virtual(tx: Transaction, agency_id: Guid, *, full_name: str, address: str, created_by: Guid) -> Contact:
    """Adds a person without an account, managed by the contact `created_by`. The address must be new to the agency."""
    contact = Contact(
        contact_id=new_guid(),
        full_name=full_name,
        email_address=address,
        state="virtual",
        user_id=None,
        merged_into=None,
        created_by=created_by,
    )
    tx.execute(
        """INSERT INTO contact (agency_id, contact_id, full_name, email_address, address_key, state, created_by,
                                created_at, folded)
           VALUES (:agency_id, :contact_id, :full_name, :email_address, :address_key, 'virtual', :created_by,
                   :created_at, :folded)""",
        agency_id=agency_id,
        contact_id=contact.contact_id,
        full_name=full_name,
        email_address=address,
        address_key=address_key(address),
        created_by=created_by,
        created_at=microseconds(tx.now),
        folded=folded(full_name, address),
    )
    return contact


def give_address(tx: Transaction, agency_id: Guid, contact_id: Guid, address: str) -> None:
    """Sets the address of a contact without one, unless another contact of the agency has it."""
    tx.execute(
        """UPDATE contact SET email_address = :email_address, address_key = :address_key
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND address_key IS NULL
              AND NOT EXISTS (SELECT 1 FROM contact c
                               WHERE c.agency_id = :agency_id AND c.address_key = :address_key)""",
        agency_id=agency_id,
        contact_id=contact_id,
        email_address=address,
        address_key=address_key(address),
    )
    fold_again(tx, agency_id, contact_id)


def mark_invited(tx: Transaction, agency_id: Guid, contact_id: Guid) -> None:
    """Turns a virtual contact into an invited one. Other contacts are not changed."""
    tx.execute(
        """UPDATE contact SET state = 'invited'
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND state = 'virtual'""",
        agency_id=agency_id,
        contact_id=contact_id,
    )


def link(tx: Transaction, agency_id: Guid, contact_id: Guid, *, user_id: Guid, full_name: str) -> None:
    """Makes a contact real: it is this user from now on, with this name."""
    tx.execute(
        """UPDATE contact SET state = 'real', user_id = :user_id, full_name = :full_name
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND state IN ('virtual', 'invited')""",
        agency_id=agency_id,
        contact_id=contact_id,
        user_id=user_id,
        full_name=full_name,
    )
    fold_again(tx, agency_id, contact_id)


def merge(tx: Transaction, agency_id: Guid, contact_id: Guid, *, into: Guid) -> None:
    """Merges a contact into another one, which gets its roles. Its address then finds the surviving contact."""
    tx.execute(
        """UPDATE contact SET state = 'merged', merged_into = :into
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND state IN ('virtual', 'invited')""",
        agency_id=agency_id,
        contact_id=contact_id,
        into=into,
    )
    tx.execute(
        """INSERT INTO contact_role (agency_id, contact_id, role_id)
           SELECT agency_id, :into, role_id FROM contact_role
            WHERE agency_id = :agency_id AND contact_id = :contact_id
           ON CONFLICT (agency_id, contact_id, role_id) DO NOTHING""",
        agency_id=agency_id,
        contact_id=contact_id,
        into=into,
    )


def _by_id(tx: Transaction, agency_id: Guid, contact_id: Guid) -> Row | None:
    return tx.row(
        """SELECT contact_id, full_name, email_address, state, user_id, merged_into, created_by
             FROM contact
            WHERE agency_id = :agency_id AND contact_id = :contact_id""",
        agency_id=agency_id,
        contact_id=contact_id,
    )


def _survivor(tx: Transaction, agency_id: Guid, row: Row | None) -> Contact | None:
    while row is not None and row["merged_into"] is not None:
        row = _by_id(tx, agency_id, Guid(row["merged_into"]))
    if row is None or row["state"] == "erased":
        return None
    return _contact(row)


def _contact(row: Row) -> Contact:
    return Contact(**row)
