"""Inviting: permissions, and limits on mails."""

import re

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.services.throttles import throttle
from parlour.store import chats, contacts
from parlour.store.database import Database
from tests.conftest import Clock
from tests.support.office import PASSWORD, Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_inviting_a_new_address_adds_a_contact_and_queues_a_mail(office: Office) -> None:
    answer = office.invite(office.ann, "bob.brown@example.org")

    assert answer.status == 200
    assert set(answer.body) == {"contactId"}
    contact = office.database.run(lambda tx: contacts.get(tx, office.agency_id, answer.body["contactId"]))
    assert contact is not None
    assert (contact.full_name, contact.state, contact.created_by) == ("Bob Brown", "invited", office.ann.contact_id)
    assert office.mails() == ["bob.brown@example.org"]


@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_post_and_put_invite(office: Office, verb: str) -> None:
    body = {"emailAddress": "bob@example.org", "roles": [office.role("Contact")]}

    answer = office.call(verb, f"/api/contacts/{office.ann.contact_id}/invite/contact", body, office.ann)

    assert answer.status == 200
    assert office.mails() == ["bob@example.org"]


@pytest.mark.parametrize("verb", ["GET", "HEAD", "DELETE", "PATCH"])
def test_other_verbs_get_405_with_the_allowed_verbs(office: Office, verb: str) -> None:
    path = f"/api/contacts/{office.ann.contact_id}/invite/contact"

    answer = office.call(verb, f"{path}?emailAddress=bob@example.org&roles={office.role('Contact')}", None, office.ann)

    assert answer.status == 405
    assert answer.headers["Allow"] == "POST, PUT"
    assert answer.body["responseStatus"]["message"]
    assert office.mails() == []


def test_inviting_requires_a_signed_in_caller(office: Office) -> None:
    body = {"emailAddress": "bob@example.org", "roles": [office.role("Contact")]}

    assert office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", body).status == 401


def test_all_wrong_members_are_reported_together(office: Office) -> None:
    answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", {"roles": []}, office.ann)

    assert answer.status == 400
    assert answer.wrong == ["EmailAddress", "Roles"]


def test_an_invalid_address_and_unknown_roles_are_reported_together(office: Office) -> None:
    body = {"emailAddress": "bob@exa mple", "roles": [office.role("Contact"), new_guid(), office.role("Administrator")]}

    answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", body, office.ann)

    assert answer.status == 400
    assert answer.wrong == ["EmailAddress", "Roles[1]", "Roles[2]"]
    assert office.mails() == []


def test_broken_rules_and_unknown_ids_are_reported_together(office: Office) -> None:
    body = {"emailAddress": "bob", "roles": [office.role("Contact"), new_guid()]}

    answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", body, office.ann)

    assert (answer.status, answer.wrong) == (400, ["EmailAddress", "Roles[1]"])


def test_inviting_in_anothers_name_does_not_reveal_roles(office: Office) -> None:
    def refusal(address: str, role_id: str) -> object:
        body = {"emailAddress": address, "roles": [role_id]}
        answer = office.post(f"/api/contacts/{office.eve.contact_id}/invite/contact", body, office.ann)
        return answer.status, answer.wrong

    assert refusal("bob@example.org", new_guid()) == refusal("bob@example.org", office.role("Contact")) == (404, [])
    assert refusal("bob", new_guid()) == refusal("bob", office.role("Contact")) == (400, ["EmailAddress"])


def test_a_wrong_address_of_the_chosen_contact_is_reported_with_the_rest(office: Office) -> None:
    bob = office.invite(office.ann, "bob@example.org").body["contactId"]
    body = {"emailAddress": "rob@example.org", "roles": [new_guid()]}

    answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/{bob}", body, office.ann)

    assert (answer.status, answer.wrong) == (400, ["Roles[0]", "EmailAddress"])


def test_a_role_that_the_caller_may_not_grant_looks_unknown(office: Office) -> None:
    def refusal(role_id: str) -> object:
        body = {"emailAddress": "bob@example.org", "roles": [role_id]}
        answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", body, office.ann)
        return answer.status, str(answer.body).replace(role_id, "")

    unknown, another = refusal(new_guid()), refusal(office.role("Agent", office.other_agency_id))

    assert refusal(office.role("Administrator")) == unknown == another


def test_an_agent_may_invite_colleagues_and_clients(office: Office) -> None:
    answer = office.invite(office.ann, "bob@example.org", "Agent", "Worker", "Contact")
    accepted = office.accept_anew(office.token("bob@example.org"))

    assert (answer.status, accepted.status) == (200, 200)
    assert office.role_names(answer.body["contactId"]) == ["Agent", "Contact", "Worker"]


def test_everybody_may_grant_the_role_contact(office: Office) -> None:
    bare = office.add("Cora Contact")
    answer = office.invite(bare, "bob@example.org", "Contact")
    accepted = office.accept_anew(office.token("bob@example.org"))

    assert (answer.status, accepted.status) == (200, 200)
    assert office.role_names(answer.body["contactId"]) == ["Contact"]


@pytest.mark.parametrize("role", ["Worker", "Agent", "Administrator"])
def test_a_caller_without_a_role_may_grant_no_other_role(office: Office, role: str) -> None:
    answer = office.invite(office.add("Cora Contact"), "bob@example.org", role)

    assert (answer.status, answer.wrong) == (400, ["Roles[0]"])


def test_invitations_by_anybody_are_throttled(database: Database) -> None:
    office = Office(database, throttle=throttle)
    bare = office.add("Cora Contact")
    assert office.invite(bare, "bob@example.org", "Contact").status == 200

    office.execute("UPDATE throttle SET tries = 100 WHERE throttle_key LIKE 'invite:by:%'")

    assert office.invite(bare, "ben@example.org", "Contact").status == 429


def test_an_administrator_may_grant_all_roles_and_invite_for_anybody(office: Office) -> None:
    body = {"emailAddress": "bob@example.org", "roles": [office.role("Agent"), office.role("Administrator")]}

    answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", body, office.ada)

    assert answer.status == 200
    assert office.preview(office.token("bob@example.org")).body["inviterName"] == "Ann Agent"


def test_only_administrators_may_invite_in_another_name(office: Office) -> None:
    body = {"emailAddress": "bob@example.org", "roles": [office.role("Contact")]}

    refusals = [
        office.post(f"/api/contacts/{contact_id}/invite/contact", body, office.ann)
        for contact_id in (office.ada.contact_id, office.eve.contact_id, new_guid())
    ]

    assert [refusal.status for refusal in refusals] == [404, 404, 404]
    assert refusals[0] == refusals[1] == refusals[2]


def test_inviting_does_not_reveal_members_or_accounts(office: Office) -> None:
    answers = [
        office.invite(office.ann, address) for address in ("new@example.org", office.cleo.email, office.eve.email)
    ]

    assert {(answer.status, *answer.body) for answer in answers} == {(200, "contactId")}
    assert len(office.mails()) == 3


def test_one_address_is_one_contact_however_it_is_written(office: Office) -> None:
    first = office.invite(office.ann, "Bob@Example.org")
    second = office.invite(office.ann, " bob@EXAMPLE.ORG ")

    assert first.body == second.body
    assert len(office.mails()) == 1


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("sam6@example.org", "\u017fam6@example.org"),
        ("strasse@example.org", "stra\u00dfe@example.org"),
        ("kim@example.org", "\u212aim@example.org"),
        ("\u00e9mile@example.org", "\u00c9mile@example.org"),
    ],
)
def test_a_similar_looking_mailbox_is_another_contact(office: Office, known: str, other: str) -> None:
    first = office.accept_anew(office.invited(known))
    chosen = office.invite(office.ann, other, to=first.body["contactId"])
    second = office.invite(office.ann, other)
    accepted = office.accept_anew(office.token(other), password="another password")

    assert (chosen.status, chosen.wrong) == (400, ["EmailAddress"])
    assert second.status == accepted.status == 200
    assert second.body["contactId"] != first.body["contactId"]
    signed_in = office.post("/auth/credentials", {"userName": other, "password": "bobs password"})
    assert signed_in.status == 401
    signed_in = office.post("/auth/credentials", {"userName": other, "password": "another password"})
    assert signed_in.status == 200


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?bob=0D=0ABcc=3Av=40example.net?=@example.org",
        f"{'a' * 65}@example.org",
        '"a,v"@example.org',
        "bob(v)@example.org",
        "<bob@example.org>",
        "bob@[127.0.0.1]",
        "bob\u202e@example.org",
        "bob\0@example.org",
    ],
    ids=ascii,
)
def test_an_address_that_could_inject_headers_is_refused(office: Office, address: str) -> None:
    answer = office.invite(office.ann, address)

    assert (answer.status, answer.wrong) == (400, ["EmailAddress"])
    assert office.value("SELECT count(*) FROM invitation") == 0


def test_inviting_again_within_the_cool_down_sends_no_second_mail(office: Office, clock: Clock) -> None:
    token = office.invited("bob@example.org", "Contact")
    before = office.preview(token).body["expiresAt"]

    clock.advance(minutes=9)
    office.invite(office.ann, "bob@example.org", "Worker")

    after = office.preview(token)
    assert len(office.mails()) == 1
    assert after.body["roleNames"] == ["Worker"]
    assert after.body["expiresAt"] > before


def test_each_queued_mail_is_announced_after_its_commit(office: Office) -> None:
    assert office.invite(office.ann, "not an address").status == 400
    assert office.announced_mails == []

    office.invite(office.ann, "bob@example.org")
    office.invite(office.ann, "bob@example.org")
    assert len(office.mails()) == len(office.announced_mails) == 1


def test_a_waiting_mail_is_not_queued_twice(office: Office, clock: Clock) -> None:
    token = office.invited("bob@example.org")

    clock.advance(days=1)
    office.invite(office.ann, "bob@example.org")

    assert len(office.mails()) == 1
    assert office.preview(token).status == 200


def test_inviting_again_later_sends_another_mail_and_invalidates_the_old_link(office: Office, clock: Clock) -> None:
    old = office.invited("bob@example.org")
    office.execute("UPDATE outbox SET state = 'sent'")

    clock.advance(minutes=11)
    new = office.invited("bob@example.org")

    assert office.mails() == ["bob@example.org"] * 2
    assert office.preview(old).status == 404
    assert office.preview(new).status == 200
    assert office.value("SELECT count(*) FROM invitation") == 1


def test_an_expired_invitation_is_renewed(office: Office, clock: Clock) -> None:
    old = office.invited("bob@example.org")
    office.execute("UPDATE outbox SET state = 'sent'")

    clock.advance(days=15)

    assert office.preview(old).status == 404
    assert office.preview(office.invited("bob@example.org")).status == 200
    assert office.value("SELECT count(*) FROM invitation") == 1


def test_offers_of_one_inviter_do_not_replace_those_of_another(office: Office) -> None:
    token = office.invited("bob@example.org", "Agent", inviter=office.ada)

    office.invite(office.ann, "bob@example.org", "Worker")

    assert office.preview(token).body["roleNames"] == ["Agent", "Worker"]


def test_a_chosen_contact_without_address_gets_the_invited_one(office: Office) -> None:
    bob = _contact_without_address(office)

    answer = office.invite(office.ann, "bob@example.org", to=bob)

    assert answer.body == {"contactId": bob}
    assert office.invite(office.ann, "bob@example.org").body == {"contactId": bob}


def test_a_chosen_contact_can_only_be_invited_at_its_own_address(office: Office) -> None:
    bob = office.invite(office.ann, "bob@example.org").body["contactId"]

    answer = office.invite(office.ann, "mallory@example.org", to=bob)

    assert (answer.status, answer.wrong) == (400, ["EmailAddress"])


def test_only_the_manager_of_a_contact_may_choose_it(office: Office) -> None:
    bob = _contact_without_address(office)

    kept = office.invite(office.will, "mallory@example.org", "Contact", to=bob)
    unknown = office.invite(office.will, "mallory@example.org", "Contact", to=new_guid())

    assert kept.status == 404
    assert kept == unknown


def test_a_contact_of_another_agency_does_not_exist(office: Office) -> None:
    assert office.invite(office.ann, "bob@example.org", to=office.eve.contact_id).status == 404


def test_an_invited_contact_can_join_a_chat_before_accepting(office: Office) -> None:
    bob = office.invite(office.ann, "bob@example.org").body["contactId"]

    people = office.database.run(lambda tx: chats.people(tx, office.agency_id, [bob]))

    assert people == {bob: chats.Person(bob, None)}


def test_a_refused_invitation_leaves_nothing_behind(office: Office) -> None:
    before = office.value("SELECT count(*) FROM contact")

    office.invite(office.ann, "bob@example.org", "Administrator")

    assert office.value("SELECT count(*) FROM contact") == before
    assert office.value("SELECT count(*) FROM invitation") == 0


def test_the_token_is_in_no_row(office: Office) -> None:
    token = office.invited("bob@example.org")

    tables = ("invitation", "invitation_role", "outbox", "contact", "throttle")
    rows = office.database.run(lambda tx: [list(tx.rows(f"SELECT * FROM {table}")) for table in tables])

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert token not in str(rows)


def test_mails_to_one_person_are_limited_per_day(database: Database, clock: Clock) -> None:
    office = Office(database, throttle=throttle)

    for _ in range(10):
        assert office.invite(office.ann, "bob@example.org").status == 200
        clock.advance(minutes=11)
    answer = office.invite(office.ann, "bob@example.org")

    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert office.invite(office.ann, "carol@example.org").status == 200


def test_invitations_by_one_person_are_limited_per_hour(database: Database, clock: Clock) -> None:
    office = Office(database, throttle=throttle)
    office.invite(office.ann, "bob@example.org")
    office.execute("UPDATE throttle SET tries = 100 WHERE throttle_key LIKE 'invite:by:%'")

    assert office.invite(office.ann, "carol@example.org").status == 429
    clock.advance(hours=1)
    assert office.invite(office.ann, "carol@example.org").status == 200


@pytest.fixture
def lenient(database: Database) -> Office:
    return Office(database, allow_get=True)


def test_with_the_setting_a_get_with_a_bearer_token_invites(lenient: Office) -> None:
    target = f"/api/contacts/{lenient.ann.contact_id}/invite/contact?emailAddress=bob@example.org"
    target += f"&roles={lenient.role('Contact')}"
    bearer = _bearer(lenient)

    answer = lenient.call("GET", target, authorization=f"Bearer {bearer}")

    assert answer.status == 200
    assert lenient.mails() == ["bob@example.org"]


def test_even_with_the_setting_head_and_get_without_bearer_token_do_nothing(lenient: Office) -> None:
    target = f"/api/contacts/{lenient.ann.contact_id}/invite/contact?emailAddress=bob@example.org"
    target += f"&roles={lenient.role('Contact')}"

    answers = [
        lenient.call("GET", target, None, lenient.ann),
        lenient.call("HEAD", target, authorization=f"Bearer {_bearer(lenient)}"),
    ]

    assert [answer.status for answer in answers] == [405, 405]
    assert lenient.call("GET", target, authorization="Bearer wrong").status == 401
    assert lenient.mails() == []


def test_a_get_reports_all_field_errors_only_to_permitted_callers(lenient: Office) -> None:
    target = f"/api/contacts/{lenient.ann.contact_id}/invite/contact?emailAddress=bob&roles={new_guid()}"

    answer = lenient.call("GET", target, authorization=f"Bearer {_bearer(lenient)}")

    assert (answer.status, answer.wrong) == (400, ["EmailAddress", "Roles[0]"])
    assert lenient.call("GET", target, None, lenient.ann).status == 405


def _bearer(office: Office) -> str:
    signed_in = office.post("/auth/credentials", {"userName": office.ann.email, "password": PASSWORD})
    assert signed_in.status == 200
    return signed_in.cookies["ss-tok"]


def _contact_without_address(office: Office) -> Guid:
    """A contact that Ann manages, with only a name."""
    contact_id = new_guid()
    office.execute(
        """INSERT INTO contact (agency_id, contact_id, full_name, state, created_by, created_at)
           VALUES (:agency_id, :contact_id, 'Bob', 'virtual', :created_by, 0)""",
        agency_id=office.agency_id,
        contact_id=contact_id,
        created_by=office.ann.contact_id,
    )
    return contact_id


def test_an_address_without_a_name_becomes_the_name(office: Office) -> None:
    answer = office.invite(office.ann, "\u3164@example.org")

    assert answer.status == 200
    name = office.value("SELECT full_name FROM contact WHERE contact_id = :id", id=answer.body["contactId"])
    assert name == "\u3164@example.org"
