"""Creates and changes users, roles and the agency, for the command line and the first start."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parlour import texts
from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import ApiError, Conflict, NotFound
from parlour.engine.rules import characters
from parlour.model.invitations import NAME_CHARACTERS
from parlour.services import chat_events
from parlour.services.caller import ADMINISTRATOR, AGENT, CONTACT, WORKER
from parlour.store import agencies, contacts, identity, memberships, roles
from parlour.store.database import Transaction
from parlour.store.roles import Role
from parlour.store.times import to_datetime

# The roles that may grant each standard role. Agents invite their clients and also colleagues, who need the same role
# for the chat interface. Nobody may grant a role that may do more than their own. Everybody may grant the least role,
# as inviting needs a session but no role.
_STANDARD_ROLES = {
    ADMINISTRATOR: {ADMINISTRATOR},
    AGENT: {ADMINISTRATOR, AGENT},
    WORKER: {ADMINISTRATOR, AGENT},
    CONTACT: {ADMINISTRATOR, AGENT, WORKER},
}

_LONGEST_ROLE_NAME = 64


@dataclass(frozen=True, slots=True)
class Account:
    """A user of an agency."""

    user_id: Guid
    contact_id: Guid
    email_address: str
    name: str
    role_names: Sequence[str]
    is_disabled: bool
    created_at: datetime


def first_start(tx: Transaction, agency_name: str) -> Guid:
    """Creates the agency with its standard roles and returns its id. An existing agency is left as it is."""
    found = agencies.first(tx)
    if found is not None:
        return found
    agency_id = agencies.add(tx, agency_name)
    for role in standard_roles():
        roles.add(tx, agency_id, role)
    return agency_id


def standard_roles() -> list[Role]:
    """The roles of a new agency, with new ids."""
    return [
        Role(new_guid(), name, frozenset(granted_by), granted_by_all=name == CONTACT)
        for name, granted_by in _STANDARD_ROLES.items()
    ]


def the_agency(tx: Transaction) -> Guid:
    """The agency that commands work on. Raises NotFound before the first start."""
    found = agencies.first(tx)
    if found is None:
        raise NotFound("There is no agency yet; `parlour serve` creates one when it first starts.")
    return found


def add_user(
    tx: Transaction, agency_id: Guid, email: str, name: str, role_names: Sequence[str], password_hash: str | None
) -> tuple[Guid, Guid]:
    """Adds a user and their contact in the agency, and returns both ids.

    An existing contact with this address becomes theirs, together with its parked chats. Raises ApiError for an invalid
    name, Conflict if the address has an account, NotFound for roles that do not exist.
    """
    _check_name("A person's name", name, most=NAME_CHARACTERS)
    granted = _roles_named(tx, agency_id, role_names)
    if identity.user_of(tx, email) is not None:
        raise Conflict(f"{email} has an account already.")
    user_id = identity.add_user(tx, email, name, password_hash)
    contact = contacts.by_address(tx, agency_id, email)
    if contact is None:
        contact_id = identity.add_contact(tx, agency_id, user_id, email, name)
    else:
        contact_id = contact.contact_id
        contacts.link(tx, agency_id, contact_id, user_id=user_id, full_name=name)
        activations = memberships.activate_parked(tx, agency_id, contact_id, user_id)
        chat_events.activated(tx, agency_id, contact_id, activations)
    roles.grant(tx, agency_id, contact_id, [role.role_id for role in granted])
    return user_id, contact_id


def list_users(tx: Transaction, agency_id: Guid) -> list[Account]:
    """All users of the agency, sorted by address."""
    return [
        Account(
            user_id=row["user_id"],
            contact_id=row["contact_id"],
            email_address=row["email_address"],
            name=row["full_name"],
            role_names=sorted(row["roles"].split(roles.SEPARATOR)) if row["roles"] else [],
            is_disabled=bool(row["is_disabled"]),
            created_at=to_datetime(row["created_at"]),
        )
        for row in identity.users_of(tx, agency_id)
    ]


def set_password(tx: Transaction, email: str, password_hash: str) -> Guid:
    """Changes a user's password, ends all their sessions and returns their id. Raises NotFound."""
    user_id = _user_id_of(tx, email)
    identity.set_password_hash(tx, user_id, password_hash)
    identity.end_sessions_of_user(tx, user_id)
    return user_id


def set_disabled(tx: Transaction, email: str, *, is_disabled: bool = True) -> Guid:
    """Disables a user and ends all their sessions, or lets them sign in again. Returns their id. Raises NotFound."""
    user_id = _user_id_of(tx, email)
    identity.set_disabled(tx, user_id, is_disabled=is_disabled)
    if is_disabled:
        identity.end_sessions_of_user(tx, user_id)
    return user_id


def list_roles(tx: Transaction, agency_id: Guid) -> list[Role]:
    """The roles of the agency, sorted by name."""
    return roles.of_agency(tx, agency_id)


def add_role(
    tx: Transaction,
    agency_id: Guid,
    name: str,
    *,
    granted_by: Sequence[str] = (),
    granted_by_all: bool = False,
    needs_acceptance: bool = True,
) -> Guid:
    """Adds a role that administrators and holders of the roles `granted_by` may grant, and returns its id.

    With `granted_by_all` everybody may grant it. Raises ApiError for an invalid name, Conflict for a taken one,
    NotFound for roles that do not exist.
    """
    name = name.strip()
    _check_name("A role's name", name, most=_LONGEST_ROLE_NAME)
    if roles.SEPARATOR in name:
        raise ApiError("A role's name must not contain a comma.")
    if any(role.name == name for role in roles.of_agency(tx, agency_id)):
        raise Conflict(f"There is a role {name} already.")
    granting = {role.name for role in _roles_named(tx, agency_id, granted_by)} | {ADMINISTRATOR}
    role = Role(new_guid(), name, frozenset(granting), granted_by_all, needs_acceptance)
    roles.add(tx, agency_id, role)
    return role.role_id


def _check_name(what: str, name: str, *, most: int) -> None:
    """Raises ApiError if the name is invalid or too long."""
    error = f"must be {most} characters or fewer" if characters.count(name) > most else texts.name_error(name)
    if error:
        raise ApiError(f"{what} {error}.")


def _roles_named(tx: Transaction, agency_id: Guid, names: Sequence[str]) -> list[Role]:
    """The roles with these names. Raises NotFound with all names that do not exist."""
    known = {role.name: role for role in roles.of_agency(tx, agency_id)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise NotFound(f"There is no role {', '.join(unknown)}. The roles are {', '.join(known)}.")
    return [known[name] for name in names]


def _user_id_of(tx: Transaction, email: str) -> Guid:
    user = identity.user_of(tx, email)
    if user is None:
        raise NotFound(f"{email} has no account.")
    return user.user_id
