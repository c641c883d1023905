"""Marking messages as read and unread, and the totals, on both databases."""

from datetime import timedelta

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import NotFound
from parlour.model.chat_states import ArchiveChat
from parlour.model.chats import Chat, ChatRequest
from parlour.model.events import ChatRead
from parlour.model.markers import GetUnread, MarkRead, MarkUnread, UnreadResponse
from parlour.services.caller import Caller
from parlour.services.chat_states import archive_chat
from parlour.services.chats import change_chat
from parlour.services.markers import get_unread, mark_read, mark_unread
from parlour.store import consistency
from tests.conftest import Clock
from tests.services.conftest import Agency
from tests.services.test_editing import happened
from tests.services.test_messages import read, seen, send, started
from tests.services.test_sending import membership, sent, wrong_members


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    """A chat in which Ann has sent four messages, the second of which names Bob."""
    chat_id = started(agency, ann, bob)
    for number in range(4):
        sent(agency, ann, chat_id, f"{number}", mentioned_user_ids=[bob.user_id] if number == 1 else [])
    return chat_id


def ids_in(agency: Agency, caller: Caller, chat_id: Guid) -> list[Guid]:
    rows = "SELECT message_id FROM chat_message WHERE chat_id = :chat_id ORDER BY seq"
    return [row[0] for row in agency.database.run(lambda tx: tx.tuples(rows, chat_id=chat_id))]


def mark(agency: Agency, caller: Caller, chat_id: Guid = EMPTY_GUID, message_id: Guid = EMPTY_GUID) -> UnreadResponse:
    return agency.call(mark_read, MarkRead(chat_id=chat_id, chat_message_id=message_id), caller)


def unmark(agency: Agency, caller: Caller, chat_id: Guid, message_id: Guid) -> UnreadResponse:
    return agency.call(mark_unread, MarkUnread(chat_id=chat_id, chat_message_id=message_id), caller)


def totals(agency: Agency, caller: Caller) -> tuple[int, int, int, int]:
    return counts(agency.call(get_unread, GetUnread(), caller))


def counts(response: UnreadResponse) -> tuple[int, int, int, int]:
    return response.unread_count, response.mention_count, response.chat_count, response.badge_count


def test_a_chat_is_read_up_to_a_message(agency: Agency, bob: Caller, chat: Guid) -> None:
    ids = ids_in(agency, bob, chat)

    assert counts(mark(agency, bob, chat, ids[0])) == (3, 1, 1, 3)
    assert counts(mark(agency, bob, chat, ids[2])) == (1, 0, 1, 1)
    assert counts(mark(agency, bob, chat, ids[1])) == (1, 0, 1, 1)
    assert seen(agency, bob, chat).unread_count == 1


def test_a_whole_chat_and_all_chats_are_read(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    others = [started(agency, ann, bob) for _ in range(3)]
    for each in others:
        send(agency, ann, each)

    assert counts(mark(agency, bob, chat)) == (3, 0, 3, 3)
    assert counts(mark(agency, bob)) == (0, 0, 0, 0)
    assert agency.database.run(consistency.differences) == []
    for each in others:
        events = [event for event in happened(agency, each) if isinstance(event, ChatRead)]
        version = membership(agency, bob, each).version
        assert [(event.user_id, event.number, event.version) for event in events] == [(bob.user_id, 1, version)]
        assert events[0].chat_message_id == seen(agency, bob, each).chat_members[0].last_chat_message_id


def test_messages_from_one_on_become_unread(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    ids = ids_in(agency, bob, chat)
    send(agency, bob, chat)

    assert counts(unmark(agency, bob, chat, ids[1])) == (3, 1, 1, 3)
    assert seen(agency, bob, chat).chat_members[0].last_chat_message_id == ids[0]
    assert counts(unmark(agency, bob, chat, ids[2])) == (3, 1, 1, 3)
    assert counts(unmark(agency, bob, chat, ids[0])) == (4, 1, 1, 4)
    assert seen(agency, bob, chat).chat_members[0].last_chat_message_id == EMPTY_GUID
    assert agency.database.run(consistency.differences) == []


def test_the_last_message_becomes_unread(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    read(agency, bob, chat)

    assert counts(unmark(agency, bob, chat, EMPTY_GUID)) == (1, 0, 1, 1)
    empty = started(agency, ann, bob)
    assert counts(unmark(agency, bob, empty, EMPTY_GUID)) == (1, 0, 1, 1)


def test_a_move_is_an_event_with_the_counts_after_it(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    read(agency, bob, chat)
    unmark(agency, bob, chat, ids_in(agency, bob, chat)[1])
    unmark(agency, bob, chat, ids_in(agency, bob, chat)[1])

    events = [event for event in happened(agency, chat) if isinstance(event, ChatRead)]
    assert [(event.number, event.unread_count, event.mention_count) for event in events] == [(4, 0, 0), (1, 3, 1)]
    assert {event.user_id for event in events} == {bob.user_id}


@pytest.mark.parametrize(("level", "badge"), [("everything", 4), ("mentions", 1), ("nothing", 0), ("invisible", 0)])
def test_the_badge_follows_the_level(agency: Agency, bob: Caller, chat: Guid, level: str, badge: int) -> None:
    set_level = "UPDATE chat_member SET level = :level WHERE user_id = :user_id"
    agency.database.run(lambda tx: tx.execute(set_level, level=level, user_id=bob.user_id))

    assert totals(agency, bob) == (4, 1, 1, badge)


def test_a_muted_chat_is_not_in_the_badge_until_its_time(agency: Agency, clock: Clock, bob: Caller, chat: Guid) -> None:
    until = int((clock.now + timedelta(hours=1)).timestamp() * 1_000_000)
    mute = "UPDATE chat_member SET muted_until = :until WHERE user_id = :user_id"
    agency.database.run(lambda tx: tx.execute(mute, until=until, user_id=bob.user_id))

    assert totals(agency, bob) == (4, 1, 1, 0)
    clock.advance(hours=1)
    assert totals(agency, bob) == (4, 1, 1, 4)


def test_a_chat_that_was_put_away_is_not_in_the_badge(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent(agency, ann, started(agency, ann, bob), "Elsewhere")
    put_away = ChatRequest(chat_id=chat, chat=Chat(is_archived=True))
    agency.call(change_chat, put_away, bob)

    assert totals(agency, bob) == (5, 1, 2, 1)
    # A chat that is archived for everybody can still be read.
    agency.call(archive_chat, ArchiveChat(chat_id=chat), ann)
    agency.call(change_chat, ChatRequest(chat_id=chat, chat=Chat(is_archived=False)), bob)
    assert totals(agency, bob) == (5, 1, 2, 5)


def test_only_own_chats_and_their_messages_are_marked(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    stranger = agency.person("Stranger")
    elsewhere = send(agency, ann, started(agency, ann, bob)).chat_message_id
    with pytest.raises(NotFound):
        mark(agency, stranger, chat)
    with pytest.raises(NotFound):
        unmark(agency, stranger, chat, new_guid())
    assert wrong_members(lambda: mark(agency, bob, chat, elsewhere)) == ["ChatMessageId"]
    assert wrong_members(lambda: unmark(agency, bob, chat, elsewhere)) == ["ChatMessageId"]
    assert wrong_members(lambda: mark(agency, bob, message_id=elsewhere)) == ["ChatId"]
    assert totals(agency, stranger) == (0, 0, 0, 0)
