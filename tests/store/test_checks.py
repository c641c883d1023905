"""The recount finds every wrong counter, and nothing else."""

from functools import partial

import pytest

from parlour.engine.dto.declare import Guid
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import Caller
from parlour.services.chats import start_chat
from parlour.services.messages import send_message
from parlour.store import consistency, messages, search_index
from parlour.store.database import Database, Transaction
from parlour.store.search_consistency import search_differences
from tests.services.conftest import Agency, new_agency


@pytest.fixture
def agency(database: Database) -> Agency:
    return new_agency(database)


@pytest.fixture
def chat(agency: Agency) -> Guid:
    """Three members, one of them parked, and five messages: one is deleted, three are read by the second member."""
    ann, bob = agency.person("Ann"), agency.person("Bob")
    members = [ChatMember(user_id=bob.user_id), ChatMember(user_id=agency.contact("Vic"))]
    request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=members))
    chat_id = agency.call(start_chat, request, ann).chat[0].chat_id
    sent = [_send(agency, sender, chat_id) for sender in (ann, ann, bob, ann, ann)]
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, sent[1]))
    return chat_id


def _send(agency: Agency, sender: Caller, chat_id: Guid) -> Guid:
    request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="Hello"))
    return agency.call(send_message, request, sender).chat_message[0].chat_message_id


def found(database: Database, page: int = consistency.CHATS_AT_ONCE) -> set[str]:
    return {difference.what for difference in database.run(lambda tx: consistency.differences(tx, page=page))}


@pytest.mark.usefixtures("chat")
def test_nothing_differs_in_a_sound_database(database: Database) -> None:
    assert found(database) == set()


def test_nothing_differs_in_an_empty_database(database: Database) -> None:
    assert found(database) == set()


@pytest.mark.usefixtures("chat")
@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE chat SET last_seq = last_seq + 1", {"last_seq"}),
        ("UPDATE chat SET live = live - 1", {"live"}),
        ("UPDATE chat SET last_message_id = NULL", {"last_message_id"}),
        ("UPDATE chat SET member_count = member_count + 1", {"member_count"}),
        ("UPDATE chat_member SET read_live = read_live + 1 WHERE state = 'parked'", {"read_live"}),
        ("UPDATE chat_member SET own_after = 1 WHERE state = 'parked'", {"own_after"}),
        ("UPDATE chat_member SET read_message_id = 'x' WHERE read_seq = 3", {"read_message_id"}),
        ("UPDATE chat_member SET read_message_id = NULL WHERE read_seq = 3", {"read_message_id"}),
        ("UPDATE chat_member SET read_seq = 9 WHERE read_seq = 5", {"read_seq", "read_message_id"}),
        ("UPDATE chat_message SET deleted_at = 0 WHERE seq = 4", {"live", "read_live"}),
        ("UPDATE contact SET state = 'erased' WHERE state = 'virtual'", {"state"}),
        ("UPDATE contact SET state = 'virtual', user_id = NULL WHERE full_name LIKE 'Bob%'", {"state"}),
        ("DELETE FROM chat_message WHERE seq = 4", {"live", "read_live", "the number of messages"}),
        ("UPDATE chat_message SET seq = seq + 1 WHERE seq = 5", {"last_seq", "the number of messages"}),
    ],
)
def test_every_wrong_counter_is_found(database: Database, damage: str, named: set[str]) -> None:
    database.run(lambda tx: tx.execute(damage))

    assert found(database) >= named


def test_a_difference_has_its_place_and_both_values(database: Database, chat: Guid) -> None:
    database.run(lambda tx: tx.execute("UPDATE chat SET live = 40"))

    differences = database.run(consistency.differences)

    assert differences == [consistency.Difference("live", f"chat {chat}", 40, 4)]
    assert str(differences[0]) == f"live of chat {chat} is 40, counted 4"


def test_every_chat_of_every_agency_is_checked(database: Database) -> None:
    for _ in range(3):
        agency = new_agency(database)
        ann = agency.person("Ann")
        for _ in range(3):
            agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat")), ann)
    database.run(lambda tx: tx.execute("UPDATE chat SET member_count = 7"))

    for page in (1, 2, 4, 9, 10):
        assert len(database.run(partial(consistency.differences, page=page))) == 9


def test_the_counters_of_former_members_are_not_checked(database: Database, chat: Guid) -> None:
    database.run(
        lambda tx: tx.execute(
            "UPDATE chat_member SET state = 'left', read_live = 99 WHERE chat_id = :chat_id AND state = 'parked'",
            chat_id=chat,
        )
    )

    assert found(database) == {"member_count"}


# The search index ---------------------------------------------------------------------------------------------------


def wrong_words(database: Database) -> list[str]:
    return [difference.where.partition(" of")[0] for difference in database.run(search_differences)]


@pytest.mark.usefixtures("chat")
def test_the_words_of_all_messages_are_in_the_index(database: Database) -> None:
    for page in (1, 2, 5, 6):
        assert database.run(partial(search_differences, page=page, a_pass=page + 1)) == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE chat_message SET message = 'Other words' WHERE seq = 3", ["message 3"]),
        ("UPDATE chat_message SET message = 'Hello again' WHERE seq = 3", ["message 3"]),
        ("UPDATE chat_message SET message = '!' WHERE seq = 3", ["message 3"]),
        ("UPDATE chat_message SET message = 'HELLO!' WHERE seq = 3", []),
        ("UPDATE chat_message SET attachment_id = 'x' WHERE seq = 4", ["message 4"]),
        ("UPDATE chat_message SET deleted_at = NULL WHERE seq = 2", ["message 2"]),
        ("UPDATE chat_message SET deleted_at = 0 WHERE seq = 5", ["message 5"]),
        ("UPDATE chat_message SET search_place = NULL WHERE seq = 1", ["message 1"]),
    ],
)
def test_every_message_with_other_words_is_found(database: Database, chat: Guid, damage: str, told: list[str]) -> None:
    database.run(lambda tx: tx.execute(damage))

    assert [each for each in wrong_words(database) if each.startswith("message")] == told


def test_words_without_a_message_are_found(database: Database, chat: Guid) -> None:
    def damage(tx: Transaction) -> None:
        if tx.has_word_table:
            tx.execute("INSERT INTO message_words (rowid, words) VALUES (7, 'left over')")
        else:
            tx.execute("UPDATE chat_message SET words = CAST('left over' AS tsvector) WHERE deleted_at IS NOT NULL")

    database.run(damage)

    assert len(wrong_words(database)) == 1


def test_a_long_message_is_compared_as_a_whole(database: Database, agency: Agency, chat: Guid) -> None:
    ann = database.run(lambda tx: tx.value("SELECT user_id FROM user_account WHERE display_name = 'Ann'"))
    long = " ".join(f"word{number % 700}" for number in range(1_500)) + " end" * 300

    def edit(tx: Transaction) -> None:
        tx.execute("UPDATE chat_message SET message = :long WHERE seq = 1 AND sender_id = :ann", long=long, ann=ann)
        search_index.reindex(tx, agency.agency_id, chat, 1)

    database.run(edit)

    assert wrong_words(database) == []
