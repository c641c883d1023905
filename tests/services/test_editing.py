"""Editing and deleting messages, on both databases."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound
from parlour.model.conversations import Message
from parlour.model.editing import DeleteMessage, EditMessage, GetMessageHistory
from parlour.model.events import MessageDeleted, MessageEdited
from parlour.model.search import SearchMessages
from parlour.services import editing
from parlour.services.caller import ADMINISTRATOR, Caller
from parlour.services.events import read_event
from parlour.services.search import search_messages
from parlour.store import attachments, consistency
from tests.conftest import Clock
from tests.services.conftest import Agency
from tests.services.test_messages import archive_for_all, read, seen, send, started
from tests.services.test_reading import found
from tests.services.test_sending import give_role, membership, parked, sent, uploaded, wrong_members

EDIT_TIME = timedelta(days=1)


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    """A chat of Ann, who owns it, with Bob."""
    return started(agency, ann, bob)


def edited(agency: Agency, caller: Caller, message: Message, text: str = "New", **also: Any) -> Message:
    request = EditMessage(chat_message_id=message.chat_message_id, text=text, **also)
    answer = agency.call(partial(editing.edit_message, edit_time=EDIT_TIME), request, caller).message
    assert answer is not None
    return answer


def deleted(agency: Agency, caller: Caller, message_id: Guid) -> Message:
    request = DeleteMessage(chat_message_id=message_id)
    answer = agency.call(partial(editing.delete_message, edit_time=EDIT_TIME), request, caller).message
    assert answer is not None
    return answer


def history(agency: Agency, caller: Caller, message: Message) -> list[str | None]:
    request = GetMessageHistory(chat_message_id=message.chat_message_id)
    return [version.text for version in agency.call(editing.message_history, request, caller).versions]


def happened(agency: Agency, chat_id: Guid) -> list[Any]:
    """The events of a chat, in order."""
    table, order = ("event", "position") if agency.database.numbers_events else ("event_pending", "1")
    rows = agency.database.run(
        lambda tx: tx.rows(f"SELECT kind, data FROM {table} WHERE chat_id = :id ORDER BY {order}", id=chat_id)
    )
    events = [read_event(row["kind"], row["data"]) for row in rows]
    return sorted(events, key=lambda event: event.version)


def test_an_edit_changes_the_text_for_everybody(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, chat: Guid
) -> None:
    message = sent(agency, ann, chat, "Old")
    clock.advance(minutes=1)

    answer = edited(agency, ann, message, "New")

    assert (answer.text, answer.date_edited, answer.date_created) == ("New", clock.now, message.date_created)
    assert found(agency, bob, chat).messages == [answer]
    assert read(agency, bob, chat)[0].message == "New"


def test_members_can_read_what_was_there_before(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, chat: Guid
) -> None:
    message = sent(agency, ann, chat, "One")
    for text in ("Two", "Three", "Three"):
        clock.advance(minutes=1)
        edited(agency, ann, message, text)

    request = GetMessageHistory(chat_message_id=message.chat_message_id, take=1)
    first = agency.call(editing.message_history, request, bob)
    request.cursor = first.next_cursor
    second = agency.call(editing.message_history, request, bob)
    assert [(each.number, each.text) for each in first.versions + second.versions] == [(1, "One"), (2, "Two")]
    assert first.versions[0].date_written == message.date_created
    assert second.versions[0].date_written == message.date_created + timedelta(minutes=1)


def test_a_search_finds_the_text_of_now(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, ann, chat, "Old")
    edited(agency, ann, message, "New")

    def found_by(query: str) -> int:
        return len(agency.call(search_messages, SearchMessages(query=query), bob).found)

    assert (found_by("old"), found_by("new")) == (0, 1)
    deleted(agency, ann, message.chat_message_id)
    assert found_by("new") == 0


def test_a_repeated_send_of_an_edited_message_returns_it(agency: Agency, ann: Caller, chat: Guid) -> None:
    chosen = new_guid()
    message = sent(agency, ann, chat, "Old", chat_message_id=chosen)
    edited(agency, ann, message, "New")

    assert sent(agency, ann, chat, "Old", chat_message_id=chosen).text == "New"
    assert send(agency, ann, chat, "Old", chat_message_id=chosen).message == "New"
    with pytest.raises(Conflict):
        send(agency, ann, chat, "New", chat_message_id=chosen)


def test_an_edit_moves_mentions(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    carol = agency.person("Carol")
    chat = started(agency, ann, bob, carol)
    message = sent(agency, ann, chat, mentioned_user_ids=[bob.user_id])

    edited(agency, ann, message, "New", mentioned_user_ids=[carol.user_id])

    counts = [membership(agency, person, chat).mention_count for person in (ann, bob, carol)]
    assert counts == [0, 0, 1]
    edited(agency, ann, message, "New", mentioned_user_ids=[carol.user_id], mentions_everybody=True)
    counts = [membership(agency, person, chat).mention_count for person in (ann, bob, carol)]
    assert counts == [0, 1, 1]
    assert agency.database.run(consistency.differences) == []


def test_people_who_left_stay_named(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    carol = parked(agency, chat)
    message = sent(agency, ann, chat, mentioned_user_ids=[carol])
    agency.database.run(
        lambda tx: tx.execute("UPDATE chat_member SET state = 'left' WHERE contact_id = :carol", carol=carol)
    )

    assert edited(agency, ann, message, "New", mentioned_user_ids=[carol]).mentioned_user_ids == [carol]
    assert wrong_members(lambda: edited(agency, ann, message, "New", mentioned_user_ids=[new_guid()])) == [
        "MentionedUserIds[0]"
    ]


def test_the_event_of_an_edit_says_who_was_named_before(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, ann, chat, mentioned_user_ids=[bob.user_id])
    edited(agency, ann, message, "New", mentions_everybody=True)

    last = happened(agency, chat)[-1]
    assert isinstance(last, MessageEdited)
    assert (last.number, last.text, last.version) == (1, "New", membership(agency, bob, chat).version)
    assert (last.mentioned_user_ids, last.mentions_everybody) == ([], True)
    assert (last.previously_mentioned_user_ids, last.previously_mentioned_everybody) == ([bob.user_id], False)


def test_an_edit_that_changes_nothing_is_not_one(agency: Agency, ann: Caller, chat: Guid) -> None:
    message = sent(agency, ann, chat, "Same")

    assert edited(agency, ann, message, "Same") == message
    assert history(agency, ann, message) == []
    assert not any(isinstance(event, MessageEdited) for event in happened(agency, chat))


def test_only_the_sender_edits(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, bob, chat)

    with pytest.raises(Forbidden):
        edited(agency, ann, message)


def test_the_time_for_changes_ends(agency: Agency, clock: Clock, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, bob, chat)
    clock.advance(hours=23)
    edited(agency, bob, message)
    clock.advance(hours=1)

    with pytest.raises(Forbidden):
        edited(agency, bob, message)
    with pytest.raises(Forbidden):
        deleted(agency, bob, message.chat_message_id)
    assert deleted(agency, ann, message.chat_message_id).is_deleted


def test_an_edit_needs_text_unless_there_is_a_file(agency: Agency, ann: Caller, chat: Guid) -> None:
    assert wrong_members(lambda: edited(agency, ann, sent(agency, ann, chat), "")) == ["Text"]
    assert edited(agency, ann, sent(agency, ann, chat, attachment_ids=[uploaded(agency, ann)]), "").text == ""


def test_a_deleted_message_leaves_only_a_stub(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    file = uploaded(agency, ann)
    message = sent(agency, ann, chat, "Secret", mentioned_user_ids=[bob.user_id], attachment_ids=[file])
    edited(agency, ann, message, "Secret too", mentioned_user_ids=[bob.user_id])

    stub = deleted(agency, ann, message.chat_message_id)

    assert (stub.number, stub.text, stub.is_deleted, stub.deleted_by_user_id) == (1, "", True, ann.user_id)
    assert (stub.mentioned_user_ids, stub.attachments, stub.date_edited) == ([], [], None)
    assert (seen(agency, bob, chat).unread_count, membership(agency, bob, chat).mention_count) == (0, 0)
    assert agency.database.run(lambda tx: tx.value("SELECT count(*) FROM message_version")) == 0
    assert agency.database.run(lambda tx: attachments.visible_to(tx, agency.agency_id, file, bob.user_id)) is None
    with pytest.raises(NotFound):
        history(agency, bob, message)
    with pytest.raises(NotFound):
        edited(agency, ann, message)
    assert agency.database.run(consistency.differences) == []


def test_deleting_again_changes_nothing(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, bob, chat, mentioned_user_ids=[ann.user_id])
    stub = deleted(agency, ann, message.chat_message_id)

    assert deleted(agency, bob, message.chat_message_id) == stub
    events = [event for event in happened(agency, chat) if isinstance(event, MessageDeleted)]
    assert [(event.sender_user_id, event.deleted_by_user_id) for event in events] == [(bob.user_id, ann.user_id)]
    assert events[0].mentioned_user_ids == [ann.user_id]


def test_owners_moderators_and_administrators_delete_any_message(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    message = sent(agency, ann, chat)
    with pytest.raises(Forbidden):
        deleted(agency, bob, message.chat_message_id)

    give_role(agency, bob, "moderator")
    assert deleted(agency, bob, message.chat_message_id).is_deleted
    boss = agency.person("Boss", ADMINISTRATOR)
    chat = started(agency, ann, boss)
    assert deleted(agency, boss, sent(agency, ann, chat).chat_message_id).is_deleted


def test_strangers_and_archived_chats_change_nothing(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, ann, chat)
    stranger = agency.person("Stranger", ADMINISTRATOR)
    with pytest.raises(NotFound):
        deleted(agency, stranger, message.chat_message_id)
    with pytest.raises(NotFound):
        history(agency, stranger, message)
    archive_for_all(agency, chat)
    with pytest.raises(Conflict):
        edited(agency, ann, message)
    with pytest.raises(Conflict):
        deleted(agency, ann, message.chat_message_id)
