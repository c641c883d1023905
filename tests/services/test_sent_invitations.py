"""Open invitations: who sees them, ending them and sending them again."""

from typing import Any

import pytest

from parlour.engine.dto.declare import new_guid
from parlour.services.throttles import throttle
from parlour.store.database import Database
from tests.conftest import Clock
from tests.support.office import COOLDOWN, LIFETIME, Office, Person


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def found(office: Office, caller: Person, query: str = "") -> list[dict[str, Any]]:
    answer = office.call("GET", f"/v1/Invitations{query}", None, caller)
    assert answer.status == 200
    invitations: list[dict[str, Any]] = answer.body["invitations"]
    return invitations


def addresses(office: Office, caller: Person) -> list[str]:
    return [each["emailAddress"] for each in found(office, caller)]


def id_of(office: Office) -> str:
    [invitation] = found(office, office.ada)
    invitation_id: str = invitation["invitationId"]
    return invitation_id


def revoke(office: Office, caller: Person, invitation_id: str) -> Any:
    return office.call("DELETE", f"/v1/Invitation/{invitation_id}", None, caller)


def resend(office: Office, caller: Person, invitation_id: str) -> Any:
    return office.call("PUT", f"/v1/Invitation/{invitation_id}/Resend", {}, caller)


def test_an_open_invitation_shows_whom_it_is_for_and_what_it_offers(office: Office, clock: Clock) -> None:
    contact_id = office.invite(office.ann, "bob.brown@example.org", "Worker", "Contact").body["contactId"]

    [invitation] = found(office, office.ann)
    assert invitation.pop("invitationId")
    assert invitation.pop("dateCreated") == invitation.pop("dateMailed") != invitation.pop("dateExpires")
    assert invitation == {
        "contactId": contact_id,
        "name": "Bob Brown",
        "emailAddress": "bob.brown@example.org",
        "roleNames": ["Contact", "Worker"],
        "inviterContactId": office.ann.contact_id,
        "inviterName": "Ann Agent",
        "state": "pending",
    }


def test_agents_and_administrators_see_all_invitations_and_others_their_own(office: Office, clock: Clock) -> None:
    office.invited("bob@example.org", "Contact")
    clock.advance(seconds=1)
    office.invited("cid@example.org", "Contact", inviter=office.cleo)

    assert addresses(office, office.ada) == addresses(office, office.ann) == ["cid@example.org", "bob@example.org"]
    assert addresses(office, office.cleo) == ["cid@example.org"]
    assert addresses(office, office.will) == addresses(office, office.eve) == []


def test_pages_follow_each_other(office: Office, clock: Clock) -> None:
    for number in range(5):
        office.invited(f"user{number}@example.org")
        clock.advance(seconds=number % 2)

    sizes, listed, query = [], [], "?take=2"
    while query:
        answer = office.call("GET", f"/v1/Invitations{query}", None, office.ann)
        sizes.append(len(answer.body["invitations"]))
        listed += [each["emailAddress"] for each in answer.body["invitations"]]
        cursor = answer.body.get("nextCursor")
        query = f"?take=2&cursor={cursor}" if cursor else ""

    assert sizes == [2, 2, 1]
    assert sorted(listed) == [f"user{number}@example.org" for number in range(5)]


def test_accepted_invitations_are_not_open(office: Office) -> None:
    token = office.invited("bob@example.org")
    invitation_id = id_of(office)
    office.accept_anew(token)

    assert found(office, office.ada) == []
    assert revoke(office, office.ada, invitation_id).status == resend(office, office.ada, invitation_id).status == 404


def test_a_revoked_invitation_cannot_be_accepted_and_the_contact_is_virtual_again(office: Office) -> None:
    contact_id = office.invite(office.ann, "bob@example.org").body["contactId"]
    token, code = office.token("bob@example.org"), office.code("bob@example.org")
    invitation_id = id_of(office)

    for _ in range(2):
        answer = revoke(office, office.ann, invitation_id)
        assert (answer.status, answer.body["invitation"]["state"]) == (200, "revoked")
    assert found(office, office.ada) == []
    assert office.preview(token).status == office.preview(code).status == office.accept_anew(token).status == 404
    assert office.value("SELECT state FROM contact WHERE contact_id = :id", id=contact_id) == "virtual"
    assert resend(office, office.ann, invitation_id).status == 409


def test_a_person_can_be_invited_anew_after_a_revocation(office: Office, clock: Clock) -> None:
    contact_id = office.invite(office.ann, "bob@example.org").body["contactId"]
    revoke(office, office.ann, id_of(office))
    clock.advance(seconds=1)

    assert office.invite(office.ann, "bob@example.org").body["contactId"] == contact_id
    assert office.accept_anew(office.token("bob@example.org")).status == 200


@pytest.mark.parametrize("act", [revoke, resend])
def test_only_inviters_agents_and_administrators_may_act(office: Office, act: Any) -> None:
    office.invited("bob@example.org", "Contact", inviter=office.cleo)
    invitation_id = id_of(office)

    for caller in (office.will, office.eve):
        hidden, absent = act(office, caller, invitation_id), act(office, caller, new_guid())
        assert hidden.status == absent.status == 404
        assert hidden.body["responseStatus"]["message"] == absent.body["responseStatus"]["message"]
    for caller in (office.cleo, office.ann, office.ada):
        assert act(office, caller, invitation_id).status == 200


def test_sending_again_prolongs_and_replaces_the_link(office: Office, clock: Clock) -> None:
    first = office.invited("bob@example.org")
    invitation_id = id_of(office)
    office.execute("UPDATE outbox SET state = 'sent'")
    clock.advance(seconds=LIFETIME.total_seconds() + 1)
    assert found(office, office.ann)[0]["state"] == "expired"

    answer = resend(office, office.ada, invitation_id)

    assert answer.status == 200
    assert answer.body["invitation"]["state"] == "pending"
    assert answer.body["invitation"]["inviterName"] == "Ann Agent"
    assert office.mails() == ["bob@example.org", "bob@example.org"]
    assert office.preview(first).status == 404
    assert office.accept_anew(office.token("bob@example.org")).status == 200


def test_there_is_no_second_mail_within_the_cool_down(office: Office, clock: Clock) -> None:
    token = office.invited("bob@example.org")
    office.execute("UPDATE outbox SET state = 'sent'")
    clock.advance(seconds=COOLDOWN.total_seconds() - 1)
    before = found(office, office.ann)[0]

    after = resend(office, office.ann, id_of(office)).body["invitation"]

    assert after["dateMailed"] == before["dateMailed"]
    assert after["dateExpires"] > before["dateExpires"]
    assert office.mails() == ["bob@example.org"]
    assert office.preview(token).status == 200


def test_sending_again_is_throttled_as_inviting_is(database: Database) -> None:
    office = Office(database, throttle=throttle)
    office.invited("bob@example.org")
    invitation_id = id_of(office)

    statuses = [resend(office, office.ann, invitation_id).status for _ in range(10)]

    assert statuses == [200] * 9 + [429]
