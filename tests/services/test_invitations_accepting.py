"""Previewing and accepting invitations."""

import asyncio
from collections.abc import Callable
from functools import partial
from hashlib import sha256

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import ApiError
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services import invitations, users
from parlour.services.messages import send_message
from parlour.services.throttles import throttle
from parlour.store import chat_listings, chats, contacts, identity, memberships
from parlour.store.chats import Person as InChat
from parlour.store.database import Database, Transaction
from tests.conftest import Clock
from tests.support.office import Answer, Office, Person

BOB = "bob@example.org"


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


# Previewing


def test_a_preview_shows_inviter_agency_address_and_roles(office: Office) -> None:
    token = office.invited(BOB, "Worker", "Contact")

    assert office.preview(token).body == {
        "inviterName": "Ann Agent",
        "agencyName": "Acme",
        "emailAddress": BOB,
        "roleNames": ["Contact", "Worker"],
        "expiresAt": "2025-01-16T03:04:05.6789010Z",
    }


def test_a_preview_changes_nothing(office: Office) -> None:
    token = office.invited(BOB)

    first, second = office.preview(token), office.preview(token)

    assert first == second
    assert office.accept_anew(token).status == 200


def test_a_preview_does_not_reveal_whether_the_address_has_an_account(office: Office) -> None:
    unknown = office.preview(office.invited(BOB)).body
    known = office.preview(office.invited(office.eve.email)).body

    assert {**unknown, "emailAddress": ""} == {**known, "emailAddress": ""}


def test_a_token_in_the_query_is_ignored(office: Office) -> None:
    token = office.invited(BOB)

    assert office.call("GET", f"/v1/invitations/preview?token={token}").status == 405
    assert office.call("GET", f"/v1/invitations/accept?token={token}").status == 405


def test_every_dead_link_is_refused_alike(office: Office, clock: Clock) -> None:
    revoked, accepted, expired = (office.invited(f"{name}@example.org") for name in ("rae", "abe", "eli"))
    office.execute("UPDATE invitation SET state = 'revoked' WHERE address_key = 'rae@example.org'")
    assert office.accept_anew(accepted).status == 200
    clock.advance(days=15)

    tokens = ["x", "x" * 43, revoked, expired]
    answers = [office.preview(token) for token in [*tokens, accepted]]
    answers += [office.accept_anew(token) for token in tokens]
    answers += [office.accept(token, office.cleo) for token in [*tokens, accepted]]

    assert {(answer.status, answer.body["responseStatus"]["message"]) for answer in answers} == {
        (404, invitations.DEAD_LINK)
    }


# Accepting with a new account


def test_accepting_with_a_password_makes_an_account_that_can_sign_in(office: Office) -> None:
    invited = office.invite(office.ann, BOB, "Worker").body["contactId"]

    answer = office.accept_anew(office.token(BOB), "Bob Brown", "a password of mine")

    assert answer.status == 200
    assert (answer.body["contactId"], answer.body["userName"]) == (invited, BOB)
    assert office.role_names(invited) == ["Worker"]
    signed_in = office.post("/auth/credentials", {"userName": BOB, "password": "a password of mine"})
    assert signed_in.body["userId"] == answer.body["userId"]
    assert signed_in.body["displayName"] == "Bob Brown"


def test_a_missing_token_is_reported_with_all_other_missing_members(office: Office) -> None:
    assert office.accept("").wrong == ["Token", "DisplayName", "Password"]
    assert office.accept("", password="short").wrong == ["Token", "Password", "DisplayName"]
    assert office.accept("", office.ann).wrong == ["Token"]


def test_the_link_alone_signs_nobody_in(office: Office) -> None:
    token = office.invited(BOB)

    answer = office.accept(token)

    assert (answer.status, answer.wrong) == (400, ["DisplayName", "Password"])
    assert office.accept_anew(token).cookies == {}


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"displayName": "", "password": "short"}, ["Password", "DisplayName"]),
        ({"displayName": "Bob", "password": "short"}, ["Password"]),
        ({"displayName": " ", "password": "long enough"}, ["DisplayName"]),
        ({"displayName": "B" * 201, "password": "short"}, ["DisplayName", "Password"]),
        ({"displayName": "👩‍👩‍👧" * 201, "password": "short"}, ["DisplayName", "Password"]),
        ({"displayName": "👩‍👩‍👧" * 200, "password": "short"}, ["Password"]),
        ({"displayName": "e" + "\u0301" * 5000, "password": "short"}, ["DisplayName", "Password"]),
        ({"displayName": "B\0b", "password": "long enough"}, ["DisplayName"]),
        ({"displayName": "Bob\nBcc: x", "password": "long enough"}, ["DisplayName"]),
        ({"displayName": "Bob\x1b[2J", "password": "long enough"}, ["DisplayName"]),
        ({"displayName": "\u202ebob", "password": "long enough"}, ["DisplayName"]),
        ({"displayName": "\u3164\u200b", "password": "long enough"}, ["DisplayName"]),
    ],
)
def test_an_invalid_name_or_password_is_reported(office: Office, members: dict[str, str], wrong: list[str]) -> None:
    token = office.invited(BOB)

    answer = office.accept(token, None, **members)

    assert (answer.status, answer.wrong) == (400, wrong)
    assert office.accept_anew(token).status == 200


def test_the_same_request_again_gives_the_same_answer(office: Office) -> None:
    token = office.invited(BOB)

    first, second = office.accept_anew(token), office.accept_anew(token)

    assert first.status == 200
    assert first == second
    assert office.value("SELECT count(*) FROM user_account WHERE address_key = :bob", bob=BOB) == 1


def test_a_wrong_password_for_an_accepted_invitation_counts_as_one_for_signing_in(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    office = Office(database, throttle=throttle)
    token = office.invited(BOB)
    office.accept_anew(token)

    def tries() -> list[int]:
        rows = database.run(lambda tx: tx.rows("SELECT * FROM throttle WHERE throttle_key LIKE 'sign-in %'"))
        return [row["tries"] for row in rows]

    assert office.accept_anew(token, password="s3cret guess").status == 404
    assert tries() == [1, 1]
    assert [each for each in caplog.messages if "failed" in each] == [
        f"A sign-in as '{BOB}' from nowhere failed: wrong password for an invitation"
    ]
    assert "s3cret" not in caplog.text
    assert token not in caplog.text
    assert office.accept_anew(token).status == 200
    assert tries() == [1]


def test_the_same_request_twice_at_once_gives_the_same_answer(office: Office) -> None:
    token = office.invited(BOB)

    first, second = asyncio.run(_both(office, token))

    assert (first.status, first.body) == (200, second.body)


def test_an_accepted_link_with_another_password_is_dead(office: Office) -> None:
    token = office.invited(BOB)
    office.accept_anew(token)

    assert office.accept_anew(token, password="a guess of somebody").status == 404


def test_passwords_cannot_be_guessed_behind_an_accepted_link(database: Database) -> None:
    office = Office(database, throttle=throttle)
    token = office.invited(BOB)
    office.accept_anew(token)

    guesses = [office.accept_anew(token, password=f"guess number {n}").status for n in range(6)]

    assert guesses == [404] * 5 + [429]


def test_an_address_with_an_account_must_sign_in(office: Office) -> None:
    token = office.invited(office.eve.email)

    answer = office.accept_anew(token)

    assert (answer.status, answer.body["responseStatus"]["errorCode"]) == (409, "AccountExists")
    assert office.accept(token, office.eve).status == 200


def test_a_member_known_under_another_address_must_sign_in(office: Office) -> None:
    office.execute(
        "UPDATE contact SET email_address = :a, address_key = :a WHERE contact_id = :cleo",
        a="cleo@home.example",
        cleo=office.cleo.contact_id,
    )
    token = office.invited("cleo@home.example", "Worker")

    assert office.accept_anew(token).status == 409
    assert office.accept(token, office.cleo).body["contactId"] == office.cleo.contact_id
    assert office.role_names(office.cleo.contact_id) == ["Contact", "Worker"]


# Accepting with an existing account


def test_a_user_of_another_agency_joins_with_their_account(office: Office) -> None:
    invited = office.invite(office.ann, office.eve.email, "Worker").body["contactId"]

    answer = office.accept(office.token(office.eve.email), office.eve)

    assert answer.status == 200
    assert (answer.body["userId"], answer.body["contactId"]) == (office.eve.user_id, invited)
    assert office.role_names(invited) == ["Worker"]


def test_the_same_user_may_accept_again_and_no_other(office: Office) -> None:
    token = office.invited(office.eve.email)

    first, again, other = (office.accept(token, who) for who in (office.eve, office.eve, office.cleo))

    assert first.status == 200
    assert (again.status, again.body) == (first.status, first.body)
    assert other.status == 404


def test_a_contact_accepted_by_a_member_is_merged_into_their_own(office: Office) -> None:
    invited = office.invite(office.ann, "cleo@home.example", "Worker").body["contactId"]

    answer = office.accept(office.token("cleo@home.example"), office.cleo)

    assert answer.body["contactId"] == office.cleo.contact_id
    survivor = office.database.run(lambda tx: contacts.get(tx, office.agency_id, invited))
    assert survivor is not None and survivor.contact_id == office.cleo.contact_id
    assert office.role_names(office.cleo.contact_id) == ["Contact", "Worker"]
    assert office.invite(office.ann, "cleo@home.example").body["contactId"] == office.cleo.contact_id


def test_the_invitation_of_a_member_is_not_accepted_by_another(office: Office) -> None:
    token = office.invited(office.cleo.email, "Worker")

    assert office.accept(token, office.will).status == 404
    assert office.accept(token, office.cleo).status == 200


def test_a_password_creates_a_new_account_even_for_a_signed_in_caller(office: Office) -> None:
    token = office.invited(BOB)

    answer = office.accept(token, office.ann, displayName="Bob Brown", password="bobs password")

    assert answer.status == 200
    assert answer.body["userId"] != office.ann.user_id


def test_a_name_chosen_for_the_contact_is_kept(office: Office) -> None:
    bob = office.invite(office.ann, BOB).body["contactId"]
    office.execute("UPDATE contact SET full_name = 'Mr Brown, the plumber' WHERE contact_id = :bob", bob=bob)

    office.accept_anew(office.token(BOB), "Bobby")

    contact = office.database.run(lambda tx: contacts.get(tx, office.agency_id, bob))
    assert contact is not None and contact.full_name == "Mr Brown, the plumber"


# Roles


def test_a_role_that_the_inviter_may_no_longer_grant_is_not_granted(office: Office) -> None:
    invited = office.invite(office.ann, BOB, "Worker", "Contact").body["contactId"]
    office.execute("DELETE FROM contact_role WHERE contact_id = :ann", ann=office.ann.contact_id)
    _grant(office, office.ann, "Worker")

    assert office.accept_anew(office.token(BOB)).status == 200
    assert office.role_names(invited) == ["Contact"]


def test_roles_offered_by_a_disabled_user_are_not_granted(office: Office) -> None:
    invited = office.invite(office.ann, BOB, "Worker").body["contactId"]
    office.invite(office.will, BOB, "Contact")
    office.database.run(lambda tx: users.set_disabled(tx, office.ann.email))

    assert office.accept_anew(office.token(BOB)).status == 200
    assert office.role_names(invited) == ["Contact"]


def test_roles_that_an_administrator_offers_in_anothers_name_are_granted(office: Office) -> None:
    body = {"emailAddress": BOB, "roles": [office.role("Administrator")]}
    answer = office.post(f"/api/contacts/{office.ann.contact_id}/invite/contact", body, office.ada)

    office.accept_anew(office.token(BOB))

    assert office.role_names(answer.body["contactId"]) == ["Administrator"]


# Parked chats


def test_a_parked_member_finds_missed_messages_unread(office: Office) -> None:
    bob = office.invite(office.ann, BOB).body["contactId"]
    chat_id = _chat(office, office.ann, bob)
    _send(office, chat_id, office.ann, 3)

    user_id = office.accept_anew(office.token(BOB)).body["userId"]

    assert _unread(office, user_id) == {chat_id: 3}


def test_a_new_person_is_invited_from_within_a_chat(office: Office) -> None:
    chat_id = _chat(office, office.ann, office.cleo.contact_id)
    bob = office.invite(office.ann, BOB, "Contact").body["contactId"]
    added = office.post(f"/v1/Chats/{chat_id}/Members", {"userIds": [bob]}, office.ann)
    assert added.status == 200

    def joined(caller: Person) -> dict[str, bool]:
        chat = office.call("GET", f"/v1/Chats/{chat_id}", None, caller).body["chat"]
        return {each["name"]: each["hasJoined"] for each in chat["members"]}

    assert joined(office.ann) == {"Ann Agent": True, "Cleo Client": True, "Bob": False}
    office.accept_anew(office.token(BOB))
    assert joined(office.cleo) == {"Ann Agent": True, "Cleo Client": True, "Bob Brown": True}


def test_a_member_gets_the_memberships_of_the_merged_contact(office: Office) -> None:
    address = "cleo@home.example"
    parked = office.invite(office.ann, address).body["contactId"]
    alone, shared = _chat(office, office.ann, parked), _chat(office, office.ann, parked, office.cleo.contact_id)
    _send(office, alone, office.ann, 2)
    _send(office, shared, office.ann, 1)

    office.accept(office.token(address), office.cleo)

    assert _unread(office, office.cleo.user_id) == {alone: 2, shared: 1}
    assert office.value("SELECT member_count FROM chat WHERE chat_id = :shared", shared=shared) == 2


# Races


def test_of_two_users_accepting_at_once_one_succeeds(office: Office) -> None:
    token = office.invited(BOB)
    eve, cleo = (_user(office, person) for person in (office.eve, office.cleo))

    async def accept(user: identity.User) -> int:
        try:
            await office.database.write(lambda tx: invitations.accept_as(office.policy, tx, token, user))
        except ApiError as error:
            return error.http_status
        return 200

    async def both() -> list[int]:
        return list(await asyncio.gather(accept(eve), accept(cleo)))

    assert sorted(asyncio.run(both())) == [200, 404]


async def _both(office: Office, token: str) -> tuple[Answer, Answer]:
    body = {"token": token, "displayName": "Bob Brown", "password": "bobs password"}
    first, second = await asyncio.gather(*(office.answer("POST", "/v1/invitations/accept", body) for _ in range(2)))
    return first, second


def _user(office: Office, person: Person) -> identity.User:
    user = office.database.run(lambda tx: identity.get_user(tx, person.user_id))
    assert user is not None
    return user


def _grant(office: Office, person: Person, role_name: str) -> None:
    office.execute(
        "INSERT INTO contact_role (agency_id, contact_id, role_id) VALUES (:agency_id, :contact_id, :role_id)",
        agency_id=office.agency_id,
        contact_id=person.contact_id,
        role_id=office.role(role_name),
    )


def _chat(office: Office, creator: Person, *contact_ids: Guid) -> Guid:
    def start(tx: Transaction) -> Guid:
        people = chats.people(tx, office.agency_id, contact_ids)
        chat_id = new_guid()
        chats.add(tx, office.agency_id, chat_id, name="Chat", created_by=creator.user_id)
        memberships.join(tx, office.agency_id, chat_id, [InChat(creator.contact_id, creator.user_id), *people.values()])
        return chat_id

    return office.database.run(start)


def _send(office: Office, chat_id: Guid, sender: Person, count: int) -> None:
    for number in range(count):
        message = ChatMessage(chat_message_id=new_guid(), chat_id=chat_id, message=f"Message {number}")
        request = ChatMessageRequest(chat_message_id=EMPTY_GUID, chat_message=message)
        office.database.run(partial(_sent, request, sender))


def _sent(request: ChatMessageRequest, sender: Person, tx: Transaction) -> None:
    send_message(request, tx, sender.caller)


def _unread(office: Office, user_id: Guid) -> dict[Guid, int]:
    found = office.database.run(lambda tx: chat_listings.chats_of(tx, office.agency_id, user_id, "Somebody"))
    return {chat.chat_id: chat.unread_count for chat in found}


# The code in the mail


@pytest.mark.parametrize(
    "typed", [str, str.lower, lambda code: f" {code.replace('-', ' ')} ", lambda c: c.replace("0", "o")]
)
def test_the_code_in_the_mail_replaces_the_token(office: Office, typed: Callable[[str], str]) -> None:
    office.invited(BOB)
    code = typed(office.code(BOB))

    assert office.preview(code).body == office.preview(office.token(BOB)).body
    assert office.accept_anew(code).status == 200
    assert office.accept_anew(code).status == 200
    assert office.preview(code).status == 404


def test_a_wrong_code_gets_the_same_error_as_a_wrong_token(office: Office) -> None:
    assert office.preview("00000-00000") == office.preview("x" * 43)


def test_a_new_mail_has_a_new_code_and_invalidates_the_old_one(office: Office, clock: Clock) -> None:
    office.invited(BOB)
    old = office.code(BOB)
    clock.advance(minutes=11)
    office.execute("UPDATE outbox SET state = 'sent'")
    office.invited(BOB)

    assert office.code(BOB) != old
    assert (office.preview(old).status, office.preview(office.code(BOB)).status) == (404, 200)


def test_the_code_is_stored_as_a_keyed_hash(office: Office) -> None:
    office.invited(BOB)
    kept = office.value("SELECT code_hash FROM invitation")

    code = office.code(BOB)
    assert code not in kept
    assert kept not in {sha256(text.encode()).hexdigest() for text in (code, code.replace("-", ""))}


@pytest.mark.parametrize("operation", ["preview", "accept_anew"])
def test_tries_of_codes_are_limited_and_tokens_still_work(database: Database, clock: Clock, operation: str) -> None:
    office = Office(database, throttle=throttle)
    token = office.invited(BOB)
    tried = getattr(office, operation)

    refused = [tried(f"00000-0000{digit}").status for digit in range(10) for _ in range(4)]

    assert refused == [404] * invitations.CODE_LIMIT + [429] * 10
    assert office.preview(office.code(BOB)).status == 429
    assert office.preview(token).status == 200
    clock.advance(hours=1)
    assert office.preview(office.code(BOB)).status == 200


def test_an_invitation_mailed_before_there_were_codes_keeps_its_link(office: Office) -> None:
    token = office.invited(BOB)
    office.execute("UPDATE invitation SET code_hash = NULL")

    assert office.preview(office.code(BOB)).status == 404
    assert office.preview(token).status == 200
