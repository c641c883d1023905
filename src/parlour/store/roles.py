"""The roles of an agency, who may grant each, and which contacts hold them."""

from collections.abc import Iterable
from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.store.database import Row, Transaction

# Names in `granted_by` are separated by it, so no role's name holds one.
SEPARATOR = ","


@dataclass(frozen=True, slots=True)
class Role:
    """A role. `granted_by` are the names of the roles whose holders may give it to others.

    With `granted_by_all` everybody in the agency may. `needs_acceptance` says that people who are offered it hold it
    only once they have accepted.
    """

    role_id: Guid
    name: str
    granted_by: frozenset[str]
    granted_by_all: bool = False
    needs_acceptance: bool = True


def of_agency(tx: Transaction, agency_id: Guid) -> list[Role]:
    """Every role of the agency, by name."""
    rows = tx.rows(
        """SELECT role_id, name, granted_by, granted_by_all, needs_acceptance
             FROM role
            WHERE agency_id = :agency_id
            ORDER BY name""",
        agency_id=agency_id,
    )
    return [_role(row) for row in rows]


def add(tx: Transaction, agency_id: Guid, role: Role) -> None:
    tx.execute(
        """INSERT INTO role (agency_id, role_id, name, granted_by, granted_by_all, needs_acceptance)
           VALUES (:agency_id, :role_id, :name, :granted_by, :granted_by_all, :needs_acceptance)""",
        agency_id=agency_id,
        role_id=role.role_id,
        name=role.name,
        granted_by=SEPARATOR.join(sorted(role.granted_by)),
        granted_by_all=int(role.granted_by_all),
        needs_acceptance=int(role.needs_acceptance),
    )


def of_contact(tx: Transaction, agency_id: Guid, contact_id: Guid) -> list[Role]:
    """The roles a contact holds, by name."""
    rows = tx.rows(
        """SELECT r.role_id, r.name, r.granted_by, r.granted_by_all, r.needs_acceptance
             FROM contact_role h
             JOIN role r ON r.agency_id = h.agency_id AND r.role_id = h.role_id
            WHERE h.agency_id = :agency_id AND h.contact_id = :contact_id
            ORDER BY r.name""",
        agency_id=agency_id,
        contact_id=contact_id,
    )
    return [_role(row) for row in rows]


def grant(tx: Transaction, agency_id: Guid, contact_id: Guid, role_ids: Iterable[Guid]) -> None:
    """Gives roles to a contact. One held already stays as it is."""
    for role_id in role_ids:
        tx.execute(
            """INSERT INTO contact_role (agency_id, contact_id, role_id)
               VALUES (:agency_id, :contact_id, :role_id)
               ON CONFLICT (agency_id, contact_id, role_id) DO NOTHING""",
            agency_id=agency_id,
            contact_id=contact_id,
            role_id=role_id,
        )


def revoke(tx: Transaction, agency_id: Guid, contact_id: Guid, role_id: Guid) -> None:
    """Takes a role from a contact, from their next request on."""
    tx.execute(
        """DELETE FROM contact_role
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND role_id = :role_id""",
        agency_id=agency_id,
        contact_id=contact_id,
        role_id=role_id,
    )


def _role(row: Row) -> Role:
    return Role(
        role_id=Guid(row["role_id"]),
        name=row["name"],
        granted_by=frozenset(row["granted_by"].split(SEPARATOR)) - {""},
        granted_by_all=bool(row["granted_by_all"]),
        needs_acceptance=bool(row["needs_acceptance"]),
    )
