"""Creating and changing users and roles, as the command line does."""

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.errors import ApiError, Conflict, NotFound
from parlour.services import users
from parlour.services.caller import ADMINISTRATOR
from parlour.store import contacts, roles
from parlour.store.database import Database, Transaction
from tests.conftest import Clock


@pytest.fixture
def agency_id(database: Database) -> Guid:
    return database.run(lambda tx: users.first_start(tx, "Agency"))


def test_the_first_start_creates_the_standard_roles_once(database: Database, agency_id: Guid) -> None:
    assert database.run(lambda tx: users.first_start(tx, "Another")) == agency_id
    assert database.run(users.the_agency) == agency_id
    known = database.run(lambda tx: users.list_roles(tx, agency_id))

    assert [role.name for role in known] == ["Administrator", "Agent", "Contact", "Worker"]
    assert all(ADMINISTRATOR in role.granted_by for role in known)
    assert [role.name for role in known if "Agent" in role.granted_by] == ["Agent", "Contact", "Worker"]


def test_before_the_first_start_there_is_no_agency(database: Database) -> None:
    with pytest.raises(NotFound, match="There is no agency yet"):
        database.run(users.the_agency)


def test_an_added_user_is_listed_with_their_contact_and_roles(
    database: Database, agency_id: Guid, clock: Clock
) -> None:
    ids = database.run(lambda tx: users.add_user(tx, agency_id, "ann@example.org", "Ann", ["Contact", "Agent"], None))

    (account,) = database.run(lambda tx: users.list_users(tx, agency_id))
    assert (account.user_id, account.contact_id) == ids
    assert (account.email_address, account.name, account.role_names) == ("ann@example.org", "Ann", ["Agent", "Contact"])
    assert (account.is_disabled, account.created_at) == (False, clock.now)
    contact = database.run(lambda tx: contacts.get(tx, agency_id, account.contact_id))
    assert contact is not None and contact.state == "real"


def test_an_existing_contact_with_the_address_becomes_the_users(database: Database, agency_id: Guid) -> None:
    def keep(tx: Transaction) -> Guid:
        kept = contacts.add_virtual(tx, agency_id, full_name="A.", address="Ann@Example.org", created_by=EMPTY_GUID)
        return kept.contact_id

    kept = database.run(keep)

    _, contact_id = database.run(lambda tx: users.add_user(tx, agency_id, "ann@example.org", "Ann", [], None))

    contact = database.run(lambda tx: contacts.get(tx, agency_id, kept))
    assert contact_id == kept
    assert contact is not None and (contact.state, contact.full_name) == ("real", "Ann")


def test_an_address_has_one_account(database: Database, agency_id: Guid) -> None:
    database.run(lambda tx: users.add_user(tx, agency_id, "ann@example.org", "Ann", [], None))

    with pytest.raises(Conflict, match="has an account already"):
        database.run(lambda tx: users.add_user(tx, agency_id, "ANN@example.org", "Ann", [], None))


def test_unknown_roles_are_reported_and_nothing_is_added(database: Database, agency_id: Guid) -> None:
    with pytest.raises(NotFound, match="no role Boss, King") as raised:
        database.run(
            lambda tx: users.add_user(tx, agency_id, "ann@example.org", "Ann", ["Boss", "Agent", "King"], None)
        )

    assert "The roles are Administrator, Agent" in raised.value.message
    assert database.run(lambda tx: users.list_users(tx, agency_id)) == []


def test_an_unknown_user_cannot_be_changed(database: Database, agency_id: Guid) -> None:
    with pytest.raises(NotFound, match="has no account"):
        database.run(lambda tx: users.set_password(tx, "ann@example.org", "hash"))
    with pytest.raises(NotFound, match="has no account"):
        database.run(lambda tx: users.set_disabled(tx, "ann@example.org"))


def test_an_added_role_can_be_granted_by_administrators(database: Database, agency_id: Guid) -> None:
    role_id = database.run(lambda tx: users.add_role(tx, agency_id, " Night shift ", granted_by=["Agent"]))

    added = {role.role_id: role for role in database.run(lambda tx: users.list_roles(tx, agency_id))}[role_id]
    assert (added.name, sorted(added.granted_by)) == ("Night shift", ["Administrator", "Agent"])


@pytest.mark.parametrize("name", ["", "\u3164", "a\nb", "a\x1b", "a\u202eb", "x" * 201, "👩‍👩‍👧" * 201])
def test_a_user_needs_a_name(database: Database, agency_id: Guid, name: str) -> None:
    with pytest.raises(ApiError, match="A person's name must"):
        database.run(lambda tx: users.add_user(tx, agency_id, "ann@example.org", name, [], None))

    assert database.run(lambda tx: users.list_users(tx, agency_id)) == []


def test_users_and_roles_may_have_names_of_any_script(database: Database, agency_id: Guid) -> None:
    name = "\u0645\u0631\u06cc\u0645\u200c\u0632\u0627\u062f\u0647"

    database.run(lambda tx: users.add_role(tx, agency_id, name))
    database.run(lambda tx: users.add_user(tx, agency_id, "ann@example.org", name, [name], None))

    (user,) = database.run(lambda tx: users.list_users(tx, agency_id))
    assert (user.name, user.role_names) == (name, [name])


@pytest.mark.parametrize("name", ["", " ", "a,b", "a\nb", "a\x1b", "a\u202eb", "\u200b", "x" * 65])
def test_a_role_needs_a_name_of_one_line(database: Database, agency_id: Guid, name: str) -> None:
    with pytest.raises(ApiError, match="A role's name"):
        database.run(lambda tx: users.add_role(tx, agency_id, name))


def test_a_role_is_added_once(database: Database, agency_id: Guid) -> None:
    with pytest.raises(Conflict):
        database.run(lambda tx: users.add_role(tx, agency_id, "Agent"))


def test_a_role_is_granted_once_and_taken_away(database: Database, agency_id: Guid) -> None:
    _, contact_id = database.run(lambda tx: users.add_user(tx, agency_id, "a@example.org", "A", ["Agent"], None))
    (agent,) = database.run(lambda tx: roles.of_contact(tx, agency_id, contact_id))

    database.run(lambda tx: roles.grant(tx, agency_id, contact_id, [agent.role_id]))
    assert database.run(lambda tx: roles.of_contact(tx, agency_id, contact_id)) == [agent]
    database.run(lambda tx: roles.revoke(tx, agency_id, contact_id, agent.role_id))
    assert database.run(lambda tx: roles.of_contact(tx, agency_id, contact_id)) == []
