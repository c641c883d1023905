"""Finding people to write to, and the roles that a caller may give them."""

from typing import Any

import pytest

from parlour.engine.dto.errors import ValidationError
from parlour.model.people import FindPeople, FindPeopleResponse, GetInvitableRoles
from parlour.services.people import find_people, invitable_roles
from parlour.store import contacts, identity
from parlour.store.database import Database
from parlour.store.people import fold_people
from tests.support.office import Office, Person


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def found(office: Office, caller: Person, **request: Any) -> FindPeopleResponse:
    return office.database.run(lambda tx: find_people(FindPeople(**request), tx, caller.caller))


def names(office: Office, query: str, caller: Person | None = None) -> list[str | None]:
    return [person.name for person in found(office, caller or office.ann, query=query).people]


def test_everybody_else_of_the_agency_is_listed_by_name(office: Office) -> None:
    assert names(office, "") == ["Ada Admin", "Cleo Client", "Will Worker"]
    assert names(office, "", office.eve) == []


def test_people_are_found_by_the_beginning_of_any_part_of_name_or_address(office: Office) -> None:
    office.add("Zo\u00eb M\u00fcller-\u0141ukasz", "Contact")

    for query in ("zoe", "ZO\u00cb", "mul", "luk", "m\u00fcller-lu", "zo luk", "zo\u00eb@acme.ex"):
        assert names(office, query) == ["Zo\u00eb M\u00fcller-\u0141ukasz"], query
    for query in ("oe", "ller", "zoe ann", "muller.zoe", "zoe.acme.example.acme"):
        assert names(office, query) == [], query


def test_chinese_names_are_found_by_any_part(office: Office) -> None:
    office.add("\u674e\u5c0f\u9f8d", "Contact")

    for query in ("\u674e", "\u5c0f\u9f8d", "\u9f8d", "\u674e\u5c0f\u9f8d"):
        assert names(office, query) == ["\u674e\u5c0f\u9f8d"], query
    assert names(office, "\u674e\u9f8d") == []


def test_a_query_without_words_finds_nobody(office: Office) -> None:
    assert names(office, "%") == []
    assert names(office, "_") == []
    assert names(office, "\U0001f44d") == []


def test_people_without_an_account_are_found_as_such(office: Office) -> None:
    office.invited("bob@new.example")

    [bob] = found(office, office.ann, query="bob").people
    assert (bob.has_joined, bob.user_id, bob.email_address) == (False, bob.contact_id, "bob@new.example")
    [cleo] = found(office, office.ann, query="cleo").people
    assert (cleo.has_joined, cleo.user_id, cleo.contact_id) == (True, office.cleo.user_id, office.cleo.contact_id)


def test_an_accepted_invitation_changes_the_name_to_find(office: Office) -> None:
    token = office.invited("bob@new.example")

    office.accept_anew(token, name="Robert Brown")

    assert names(office, "robert") == names(office, "bob") == ["Robert Brown"]


def test_an_address_that_a_contact_is_given_is_found(office: Office) -> None:
    [cleo] = found(office, office.ann, query="cleo").people
    office.database.run(
        lambda tx: tx.execute(
            "UPDATE contact SET email_address = NULL, address_key = NULL, folded = '' WHERE contact_id = :id",
            id=cleo.contact_id,
        )
    )
    assert names(office, "acme cleo") == []

    office.database.run(lambda tx: contacts.give_address(tx, office.agency_id, cleo.contact_id, "cleo@acme.example"))

    assert names(office, "acme cleo") == ["Cleo Client"]


def test_disabled_people_are_not_found(office: Office) -> None:
    office.database.run(lambda tx: identity.set_disabled(tx, office.cleo.user_id, is_disabled=True))

    assert names(office, "cleo") == []


def test_merged_contacts_are_found_once(office: Office) -> None:
    office.invited("bob@new.example")
    [bob] = found(office, office.ann, query="bob").people
    office.database.run(lambda tx: contacts.merge(tx, office.agency_id, bob.contact_id, into=office.cleo.contact_id))

    assert names(office, "bob") == []


def test_pages_follow_each_other(office: Office) -> None:
    for number in range(7):
        office.add(f"P{number} Person", "Contact")
    pages, cursor = [], None

    while True:
        page = found(office, office.ann, query="person", take=3, cursor=cursor)
        pages.append([person.name for person in page.people])
        cursor = page.next_cursor
        if cursor is None:
            break

    assert pages == [[f"P{number} Person" for number in range(first, min(first + 3, 7))] for first in (0, 3, 6)]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WzFd", "WyJhIl0", "WyJcdTAwMDAiLCJhIl0", "\u00e9", "W1sxXV0"])
def test_another_text_is_not_a_cursor(office: Office, cursor: str) -> None:
    with pytest.raises(ValidationError) as refused:
        found(office, office.ann, cursor=cursor)

    assert [error.field_name for error in refused.value.errors] == ["Cursor"]


def test_the_migration_folds_what_was_there(office: Office) -> None:
    before = office.database.run(lambda tx: tx.rows("SELECT * FROM contact ORDER BY contact_id"))
    office.database.run(lambda tx: tx.execute("UPDATE contact SET folded = ''"))
    assert names(office, "cleo") == []

    office.database.run(fold_people)

    assert office.database.run(lambda tx: tx.rows("SELECT * FROM contact ORDER BY contact_id")) == before


def test_the_roles_that_a_caller_may_give_are_listed(office: Office) -> None:
    def listed(caller: Person) -> list[str | None]:
        response = office.database.run(lambda tx: invitable_roles(GetInvitableRoles(), tx, caller.caller))
        return [role.role_name for role in response.roles]

    assert listed(office.ada) == ["Administrator", "Agent", "Contact", "Worker"]
    assert listed(office.ann) == ["Agent", "Contact", "Worker"]
    assert listed(office.cleo) == ["Contact"]


def test_a_listed_role_can_be_given(office: Office) -> None:
    [role] = office.database.run(lambda tx: invitable_roles(GetInvitableRoles(), tx, office.cleo.caller)).roles

    assert role.role_id == office.role("Contact")
    assert office.invite(office.cleo, "new@else.example", "Contact").status == 200
