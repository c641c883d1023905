"""Addresses that an older version treated as equal become different, without losing or joining people."""

import pytest

from parlour.services import users
from parlour.store import consistency, contacts, identity
from parlour.store.address_rekeying import rekey_addresses
from parlour.store.database import Database
from parlour.store.email_addresses import address_key
from tests.support.office import PASSWORD, Answer, Office

SAM, LONG_S = "sam@example.org", "\u017fam@example.org"


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def fold_as_before(office: Office) -> None:
    """Restores the old keys, which were case-folded."""
    for table in ("user_account", "contact", "invitation"):
        for row in office.database.run(
            lambda tx, table=table: tx.rows(  # type: ignore[misc] # bound at once
                f"SELECT DISTINCT email_address FROM {table} WHERE email_address IS NOT NULL"
            )
        ):
            email = row["email_address"]
            key = f"{email.partition('@')[0].casefold()}@{address_key(email).partition('@')[2]}"
            office.execute(f"UPDATE {table} SET address_key = :key WHERE email_address = :email", key=key, email=email)


def keys(office: Office, table: str) -> dict[str, str]:
    rows = office.database.run(lambda tx: tx.rows(f"SELECT email_address, address_key FROM {table}"))
    return {row["email_address"]: row["address_key"] for row in rows}


def joined(office: Office) -> list[str]:
    return [str(each) for each in office.database.run(consistency.joined_contacts)]


def told(contact_id: str) -> str:
    return f"contact {contact_id} has the address {SAM} and was joined with {LONG_S}: perhaps another person"


def sign_in(office: Office, user_name: str) -> Answer:
    return office.post("/auth/credentials", {"userName": user_name, "password": PASSWORD})


def test_every_address_key_is_recomputed(office: Office) -> None:
    addresses = [LONG_S, "Stra\u00dfe@b\u00fccher.example", "\u00c9mile@example.org", "Ann.Smith@example.org"]
    for address in addresses:
        office.accept_anew(office.invited(address))
    before = {table: keys(office, table) for table in ("user_account", "contact", "invitation")}
    fold_as_before(office)
    assert keys(office, "contact") != before["contact"]

    office.database.run(rekey_addresses)

    assert {table: keys(office, table) for table in before} == before
    assert joined(office) == []


def test_people_with_such_addresses_still_sign_in_and_are_found(office: Office) -> None:
    # Typed on a machine that decomposes letters and accents.
    taken_apart = "ame\u0301lie@example.org"
    password_hash = _hash(office)
    office.database.run(
        lambda tx: users.add_user(tx, office.agency_id, taken_apart, "Amelie", ["Agent"], password_hash)
    )
    fold_as_before(office)

    office.database.run(rekey_addresses)

    assert sign_in(office, "AM\u00e9LIE@example.org").status == 200
    assert sign_in(office, taken_apart).status == 200
    found = office.database.run(lambda tx: contacts.by_address(tx, office.agency_id, taken_apart))
    assert found is not None


def test_a_pending_invitation_of_somebody_else_to_a_contact_is_revoked(office: Office) -> None:
    sam = office.database.run(
        lambda tx: contacts.add_virtual(
            tx, office.agency_id, full_name="Sam", address=SAM, created_by=office.ann.contact_id
        )
    ).contact_id
    token = office.invited(LONG_S)
    office.execute("UPDATE invitation SET contact_id = :sam WHERE email_address = :long_s", sam=sam, long_s=LONG_S)
    office.execute("DELETE FROM contact WHERE email_address = :long_s", long_s=LONG_S)
    fold_as_before(office)

    office.database.run(rekey_addresses)

    assert office.preview(token).status == office.accept_anew(token).status == 404
    assert joined(office) == [told(sam)]
    # Each of them is invited again as a separate contact.
    assert office.invite(office.ann, LONG_S).body["contactId"] != sam
    assert office.invite(office.ann, SAM).body["contactId"] == sam


def test_an_invitation_whose_link_went_to_somebody_else_is_revoked(office: Office) -> None:
    token = office.invited(SAM)
    other = office.invited("jo@example.org")
    sam = office.value("SELECT contact_id FROM contact WHERE email_address = :sam", sam=SAM)
    office.execute("UPDATE outbox SET to_address = :long_s WHERE to_address = :sam", long_s=LONG_S, sam=SAM)

    office.database.run(rekey_addresses)

    assert [office.preview(each).status for each in (token, other)] == [404, 200]
    assert joined(office) == [told(sam)]


def test_an_invitation_at_another_address_of_the_same_person_stays(office: Office) -> None:
    token = office.invited("j\u00f6rg@example.org")
    fold_as_before(office)

    office.database.run(rekey_addresses)

    assert office.preview(token).status == 200


def test_a_contact_whose_account_has_another_mailbox_is_listed(office: Office) -> None:
    user_id, contact_id = office.database.run(lambda tx: users.add_user(tx, office.agency_id, SAM, "Sam", [], None))
    office.execute(
        "UPDATE user_account SET email_address = :long_s WHERE user_id = :user_id", long_s=LONG_S, user_id=user_id
    )
    fold_as_before(office)

    office.database.run(rekey_addresses)

    assert joined(office) == [told(contact_id)]
    assert office.database.run(lambda tx: identity.user_of(tx, SAM)) is None
    assert office.database.run(lambda tx: identity.user_of(tx, LONG_S)) is not None


def test_a_contact_whose_account_has_quite_another_address_is_not_listed(office: Office) -> None:
    token = office.invited("j\u00f6rg@example.org")
    office.accept(token, office.eve)

    assert joined(office) == []


def _hash(office: Office) -> str:
    found: str = office.value("SELECT password_hash FROM user_account WHERE user_id = :ann", ann=office.ann.user_id)
    return found
