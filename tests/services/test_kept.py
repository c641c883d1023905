"""What reads keep over commits is what the database has. On PostgreSQL nothing is kept, and the same holds."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from parlour.engine.codecs import Codec, Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.codecs.jsv import JsvCodec
from parlour.engine.codecs.xml import XmlCodec
from parlour.engine.dto.declare import Guid
from parlour.engine.dto.metadata import TypeRef
from parlour.model.chats import Chat, ChatMember, ChatRequest, ChatResponse
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import Caller
from parlour.services.chats import change_chat, start_chat
from parlour.services.messages import send_message
from parlour.store import chat_listings, identity, messages
from parlour.store.cache import MOST_MEMBERS, Keeper
from parlour.store.chat_listings import MOST_MEMBERS_LISTED
from parlour.store.database import Database, Transaction, open_database
from parlour.store.identity import Person
from tests.conftest import Store
from tests.services.conftest import Agency, new_agency

SECRET = "5" * 64


@pytest.fixture
def other(store: Store, database: Database) -> Iterator[Database]:
    """Another process on the same database."""
    opened = open_database(store.url, store.data_dir)
    yield opened
    opened.close()


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    """A chat of Ann with Bob, who has written, and with Vic, who has no account. Ann has signed in."""
    agency.database.run(lambda tx: sign_in(tx, ann))
    chat_id = start(agency, ann, bob.user_id, agency.contact("Vic"))
    send(agency, bob, chat_id)
    return chat_id


def sign_in(tx: Transaction, caller: Caller) -> None:
    """A session, of which the token `SECRET` is known."""
    person = Person(
        user_id=caller.user_id,
        email="",
        password_hash=None,
        is_disabled=False,
        agency_id=caller.agency_id,
        contact_id=caller.contact_id,
        full_name="",
        roles=frozenset(),
    )
    expires_at = datetime(2100, 1, 1, tzinfo=UTC)
    tx.execute(
        """INSERT INTO role (agency_id, role_id, name, granted_by) VALUES (:agency_id, :role_id, 'Agent', '')""",
        agency_id=caller.agency_id,
        role_id="1" * 32,
    )
    tx.execute(
        """INSERT INTO contact_role (agency_id, contact_id, role_id) VALUES (:agency_id, :contact_id, :role_id)""",
        agency_id=caller.agency_id,
        contact_id=caller.contact_id,
        role_id="1" * 32,
    )
    identity.add_secret(tx, identity.add_session(tx, person, expires_at), "access", SECRET, expires_at)


def start(agency: Agency, caller: Caller, *user_ids: Guid) -> Guid:
    members = [ChatMember(user_id=user_id) for user_id in user_ids]
    request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=members))
    return agency.call(start_chat, request, caller).chat[0].chat_id


def send(agency: Agency, caller: Caller, chat_id: Guid) -> None:
    request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="Hello"))
    agency.call(send_message, request, caller)


def look(database: Database, caller: Caller) -> Any:
    """The caller by their secret, their chats, and the messages there, as requests of theirs read them."""

    def work(tx: Transaction) -> Any:
        person = identity.person_of_secret(tx, SECRET)
        chats = chat_listings.chats_of(tx, caller.agency_id, caller.user_id, caller.display_name)
        said = [messages.newest(tx, caller.agency_id, chat.chat_id, 50) for chat in chats]
        return person, chats, said

    return asyncio.run(database.read(work))


CHANGES = [
    "UPDATE user_account SET display_name = 'Robert' WHERE display_name = 'Bob'",
    "UPDATE user_account SET email_address = 'new@example.org' WHERE display_name = 'Ann'",
    "UPDATE user_account SET password_hash = 'other' WHERE display_name = 'Ann'",
    "UPDATE user_account SET is_disabled = 1 WHERE display_name = 'Ann'",
    "UPDATE contact SET full_name = 'Victor' WHERE full_name = 'Vic'",
    "UPDATE contact SET full_name = 'Anna' WHERE full_name = 'Ann (contact)'",
    "UPDATE contact SET user_id = NULL, state = 'virtual' WHERE full_name = 'Ann (contact)'",
    "UPDATE contact_role SET role_id = '2' WHERE role_id = '11111111111111111111111111111111'",
    "INSERT INTO contact_role (agency_id, contact_id, role_id) SELECT agency_id, contact_id, '2' FROM contact_role",
    "DELETE FROM contact_role",
    "UPDATE role SET name = 'Worker' WHERE name = 'Agent'",
    "UPDATE session SET expires_at = 1",
    "DELETE FROM session",
    "UPDATE session_token SET kind = 'refresh'",
    "UPDATE session_token SET expires_at = 1",
    "UPDATE session_token SET replaced_at = 1",
    "UPDATE session_token SET successor_seed = 'seed'",
    "DELETE FROM session_token",
    "UPDATE chat_member SET member_id = '3' WHERE state = 'parked'",
    "UPDATE chat_member SET is_archived = 1",
    "UPDATE chat_member SET joined_at = 1 WHERE state = 'parked'",
    "UPDATE chat_member SET read_message_id = '4'",
    "UPDATE chat_member SET state = 'left' WHERE state = 'parked'",
    "UPDATE chat_member SET user_id = '6' WHERE user_id IN (SELECT user_id FROM contact WHERE full_name LIKE 'B%')",
    "DELETE FROM chat_member WHERE state = 'parked'",
]


@pytest.mark.parametrize("sql", CHANGES)
@pytest.mark.parametrize("by_other", [False, True])
@pytest.mark.usefixtures("chat")
def test_every_change_is_seen_at_once(
    database: Database, other: Database, ann: Caller, sql: str, by_other: bool
) -> None:
    before = look(database, ann)
    changing = other if by_other else database
    if "'2'" in sql or "'6'" in sql:
        changing.run(lambda tx: add_another(tx, ann))
    changing.run(lambda tx: tx.execute(sql))

    after = look(database, ann)

    assert after == look(other, ann)
    assert after != before


def add_another(tx: Transaction, caller: Caller) -> None:
    """A role and a user to change to."""
    tx.execute(
        "INSERT INTO role (agency_id, role_id, name, granted_by) VALUES (:id, '2', 'Two', '')", id=caller.agency_id
    )
    tx.execute(
        """INSERT INTO user_account (user_id, email_address, address_key, display_name, created_at)
           VALUES ('6', '6@example.org', '6@example.org', 'Six', 0)"""
    )


def test_whoever_joins_is_seen_at_once(
    agency: Agency, database: Database, other: Database, ann: Caller, chat: Guid
) -> None:
    look(database, ann)
    joining = Chat(chat_members=[ChatMember(user_id=agency.person("Cat").user_id)])
    agency.call(change_chat, ChatRequest(chat_id=chat, chat=joining), ann)

    assert look(database, ann) == look(other, ann)
    assert len(look(database, ann)[1][0].chat_members) == 4


@pytest.mark.parametrize("others", [0, 1, MOST_MEMBERS_LISTED + 1])
def test_one_of_several_chats_is_read_again(
    agency: Agency, database: Database, other: Database, ann: Caller, chat: Guid, others: int
) -> None:
    people = [agency.person(f"Person {number}").user_id for number in range(others)]
    chats = [start(agency, ann, *people) for _ in range(3)]
    look(database, ann)
    for each in (chats[1], chat, chats[1]):
        send(agency, ann, each)

        assert look(database, ann) == look(other, ann)


def test_what_a_commit_does_not_change_is_kept(sqlite_store: Store) -> None:
    database = open_database(sqlite_store.url, sqlite_store.data_dir)
    try:
        agency = new_agency(database)
        ann, bob = agency.person("Ann"), agency.person("Bob")
        database.run(lambda tx: sign_in(tx, ann))
        quiet, loud = start(agency, ann, bob.user_id), start(agency, ann, bob.user_id)
        before = look(database, ann)
        send(agency, bob, loud)
        after = look(database, ann)
    finally:
        database.close()

    assert after[0] is before[0]
    members = [{chat.chat_id: chat.chat_members for chat in chats} for _, chats, _ in (before, after)]
    assert members[1][quiet] is members[0][quiet]
    assert members[1][loud] != members[0][loud]


@pytest.mark.parametrize("codec", [JsonCodec(Profile()), XmlCodec(), JsvCodec(Profile())])
@pytest.mark.usefixtures("chat")
def test_kept_members_are_written_like_others(codec: Codec, database: Database, ann: Caller) -> None:
    write = codec.writer(TypeRef("dto", python=ChatResponse))
    look(database, ann)
    kept = look(database, ann)[1]
    plain = [Chat(**{name: getattr(chat, name) for name in Chat.__slots__}) for chat in kept]
    for chat in plain:
        chat.chat_members = [*chat.chat_members]

    assert write(ChatResponse(chat=kept)) == write(ChatResponse(chat=kept)) == write(ChatResponse(chat=plain))


def test_the_oldest_members_make_room() -> None:
    kept = Keeper().of_count(1)
    for number in range(3):
        kept.keep_members(number, 1, ["member"] * (MOST_MEMBERS // 2))
    kept.keep_members(2, 2, ["member"])

    assert [kept.members(number, 1) is not None for number in range(3)] == [False, True, False]
    assert kept.members(2, 2) == ["member"]


def test_a_read_of_an_older_state_keeps_nothing_for_others() -> None:
    keeper = Keeper()
    old, new = keeper.of_count(1), keeper.of_count(2)
    keeper.of_count(1).keep_caller(SECRET, "old")
    old.keep_caller(SECRET, "old")

    assert new.caller(SECRET) is None
    assert keeper.of_count(2) is new


def test_a_list_is_kept_by_the_name_of_its_reader(agency: Agency, database: Database) -> None:
    ann = agency.person("Ann")
    start(agency, ann)
    names = []
    for name in ("Ann", "Anna"):
        (chat,) = look(database, replace(ann, display_name=name))[1]
        names.append([member.chat_member_name for member in chat.chat_members])

    assert names == [["Ann"], ["Anna"]]
