"""Sending and reading messages, on both databases."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import Conflict, NotFound, ValidationError
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessageResponse, ChatMessagesRequest
from parlour.services.caller import Caller
from parlour.services.chats import list_chats, start_chat
from parlour.services.messages import (
    MOST_LISTED,
    MOST_UNREAD_LISTED,
    get_message,
    read_messages,
    send_message,
)
from parlour.services.sending import LONGEST_MESSAGE
from parlour.store import chats, consistency, memberships, messages
from parlour.store.database import NeedsWriting, Transaction
from tests.conftest import Clock
from tests.services.conftest import Agency


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    """A chat of Ann with Bob."""
    return started(agency, ann, bob)


def started(agency: Agency, caller: Caller, *others: Caller) -> Guid:
    members = [ChatMember(user_id=other.user_id) for other in others]
    request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=members))
    return agency.call(start_chat, request, caller).chat[0].chat_id


def send(agency: Agency, caller: Caller, chat_id: Guid, text: str = "Hello", **also: Any) -> ChatMessage:
    request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message=text, **also))
    return agency.call(send_message, request, caller).chat_message[0]


def read(agency: Agency, caller: Caller, chat_id: Guid) -> list[ChatMessage]:
    return agency.call(read_messages, ChatMessagesRequest(chat_id=chat_id), caller).chat_message


def seen(agency: Agency, caller: Caller, chat_id: Guid) -> Chat:
    return agency.call(list_chats, ChatRequest(chat_id=chat_id), caller).chat[0]


def archive_for_all(agency: Agency, chat_id: Guid) -> None:
    agency.database.run(
        lambda tx: tx.execute("UPDATE chat SET is_archived = 1 WHERE chat_id = :chat_id", chat_id=chat_id)
    )


def leave(agency: Agency, caller: Caller, chat_id: Guid) -> None:
    member_id = seen(agency, caller, chat_id).chat_members[0].chat_member_id
    agency.database.run(lambda tx: memberships.leave(tx, agency.agency_id, chat_id, [member_id]))


def wrong_members(call: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        call()
    return {error.field_name: error.error_code for error in refused.value.errors}


def test_sending_returns_the_stored_message(agency: Agency, clock: Clock, ann: Caller, chat: Guid) -> None:
    sent = send(agency, ann, chat, "Hello")

    assert sent.chat_message_id != EMPTY_GUID
    assert (sent.chat_id, sent.sender_user_id, sent.message) == (chat, ann.user_id, "Hello")
    assert (sent.sender_name, sent.date_created) == ("Ann", clock.now)
    assert read(agency, ann, chat) == [sent]


def test_a_message_is_unread_for_everybody_except_its_sender(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    send(agency, ann, chat)
    send(agency, ann, chat)

    assert seen(agency, ann, chat).unread_count == 0
    assert seen(agency, bob, chat).unread_count == 2
    assert seen(agency, bob, chat).message_count == 2


def test_sending_marks_earlier_messages_as_read(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    send(agency, ann, chat)
    answer = send(agency, bob, chat)

    assert seen(agency, bob, chat).unread_count == 0
    assert seen(agency, bob, chat).chat_members[0].last_chat_message_id == answer.chat_message_id


def test_members_that_the_server_sets_are_ignored(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent = send(agency, ann, chat, sender_user_id=bob.user_id, sender_name="Bob")

    assert (sent.sender_user_id, sent.sender_name) == (ann.user_id, "Ann")


def test_repeating_a_send_creates_no_second_message(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, chat: Guid
) -> None:
    chosen = new_guid()
    first = send(agency, ann, chat, chat_message_id=chosen)
    clock.advance(hours=1)

    assert send(agency, ann, chat, chat_message_id=chosen) == first
    assert first.chat_message_id == chosen
    assert seen(agency, bob, chat).message_count == 1


def test_the_id_may_be_sent_outside_the_message(agency: Agency, ann: Caller, chat: Guid) -> None:
    chosen = new_guid()
    request = ChatMessageRequest(chat_message_id=chosen, chat_message=ChatMessage(chat_id=chat, message="x"))

    assert agency.call(send_message, request, ann).chat_message[0].chat_message_id == chosen


def test_concurrent_sends_of_one_id_create_one_message(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    request = ChatMessageRequest(
        chat_message=ChatMessage(chat_id=chat, chat_message_id=new_guid(), message="Hello"),
    )

    async def send_at_once() -> list[ChatMessageResponse]:
        write = agency.database.write
        return await asyncio.gather(*(write(partial(send_message, request, caller=ann)) for _ in range(12)))

    answers = asyncio.run(send_at_once())

    assert all(answer == answers[0] for answer in answers)
    assert seen(agency, bob, chat).message_count == 1


def test_messages_sent_at_once_are_all_counted(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    def sending(caller: Caller) -> Callable[[Transaction], object]:
        request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat, message=caller.display_name))
        return partial(send_message, request, caller=caller)

    def reading(tx: Transaction) -> object:
        return read_messages(ChatMessagesRequest(chat_id=chat), tx, bob)

    async def do_at_once() -> None:
        write, read = agency.database.write, agency.database.read
        works = [[write(sending(ann)), write(sending(bob)), read(reading)] for _ in range(12)]
        await asyncio.gather(*(work for together in works for work in together))

    asyncio.run(do_at_once())

    assert seen(agency, ann, chat).message_count == 24
    assert agency.database.run(consistency.differences) == []


def test_an_id_cannot_be_reused_for_other_content(agency: Agency, ann: Caller, chat: Guid) -> None:
    first = send(agency, ann, chat, "Hello", attachment_id=new_guid())

    with pytest.raises(Conflict):
        send(agency, ann, chat, "Goodbye", chat_message_id=first.chat_message_id, attachment_id=first.attachment_id)
    with pytest.raises(Conflict):
        send(agency, ann, chat, "Hello", chat_message_id=first.chat_message_id, attachment_id=new_guid())


def test_an_id_cannot_be_reused_by_another_author_or_in_another_chat(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    first = send(agency, ann, chat)
    elsewhere = started(agency, ann)

    with pytest.raises(Conflict):
        send(agency, bob, chat, chat_message_id=first.chat_message_id)
    with pytest.raises(Conflict):
        send(agency, ann, elsewhere, chat_message_id=first.chat_message_id)


def test_the_id_of_a_deleted_message_stays_in_use(agency: Agency, ann: Caller, chat: Guid) -> None:
    first = send(agency, ann, chat)
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, first.chat_message_id))

    with pytest.raises(Conflict):
        send(agency, ann, chat, chat_message_id=first.chat_message_id)


def test_an_id_of_another_agency_is_free(agency: Agency, other_agency: Agency, ann: Caller, chat: Guid) -> None:
    first = send(agency, ann, chat)
    zoe = other_agency.person("Zoe")
    theirs = started(other_agency, zoe)

    sent = send(other_agency, zoe, theirs, "Other", chat_message_id=first.chat_message_id)

    assert sent.message == "Other"
    assert read(agency, ann, chat) == [first]


def test_a_member_who_left_does_not_get_the_first_answer_again(agency: Agency, bob: Caller, chat: Guid) -> None:
    first = send(agency, bob, chat)
    leave(agency, bob, chat)

    with pytest.raises(NotFound):
        send(agency, bob, chat, chat_message_id=first.chat_message_id)


def test_a_stranger_does_not_learn_that_an_id_is_in_use(agency: Agency, ann: Caller, chat: Guid) -> None:
    first = send(agency, ann, chat)

    with pytest.raises(NotFound):
        send(agency, agency.person("Eve"), chat, chat_message_id=first.chat_message_id)


def test_a_chat_archived_for_everybody_accepts_no_messages(agency: Agency, ann: Caller, chat: Guid) -> None:
    first = send(agency, ann, chat)
    archive_for_all(agency, chat)

    with pytest.raises(Conflict):
        send(agency, ann, chat)
    assert read(agency, ann, chat) == [first]
    assert send(agency, ann, chat, chat_message_id=first.chat_message_id) == first


def test_hidden_and_missing_messages_get_the_same_error(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    message = send(agency, ann, chat)
    leave(agency, bob, chat)
    told = set()
    for caller, chat_id, message_id in [
        (ann, new_guid(), new_guid()),
        (ann, EMPTY_GUID, EMPTY_GUID),
        (bob, chat, message.chat_message_id),
        (agency.person("Eve"), chat, message.chat_message_id),
        (agency.person("Root", "Administrator"), chat, message.chat_message_id),
        (other_agency.person("Zoe"), chat, message.chat_message_id),
    ]:
        with pytest.raises(NotFound) as reading:
            read(agency, caller, chat_id)
        with pytest.raises(NotFound) as getting:
            agency.call(get_message, ChatMessageRequest(chat_message_id=message_id), caller)
        told.add((reading.value.message, getting.value.message))
        if chat_id != EMPTY_GUID:
            with pytest.raises(NotFound) as sending:
                send(agency, caller, chat_id)
            assert sending.value.message == reading.value.message

    assert told == {("Chat not found.", "Message not found.")}


def test_a_member_can_get_one_message(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent = send(agency, ann, chat)

    got = agency.call(get_message, ChatMessageRequest(chat_message_id=sent.chat_message_id), bob)

    assert got.chat_message == [sent]
    assert seen(agency, bob, chat).unread_count == 1


def test_a_deleted_message_is_gone_and_not_counted(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent = send(agency, ann, chat)
    kept = send(agency, ann, chat)
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, sent.chat_message_id))

    with pytest.raises(NotFound):
        agency.call(get_message, ChatMessageRequest(chat_message_id=sent.chat_message_id), ann)
    assert seen(agency, bob, chat).unread_count == seen(agency, bob, chat).message_count == 1
    assert read(agency, bob, chat) == [kept]


def test_a_message_is_deleted_once(agency: Agency, ann: Caller, chat: Guid) -> None:
    sent = send(agency, ann, chat)

    def delete(tx: Transaction) -> bool:
        return messages.delete_message(tx, agency.agency_id, sent.chat_message_id)

    assert agency.database.run(delete) is True
    assert agency.database.run(delete) is False
    assert agency.database.run(consistency.differences) == []


def test_the_newest_messages_come_oldest_first(agency: Agency, ann: Caller, chat: Guid) -> None:
    sent = send_many(agency, ann, chat, MOST_LISTED + 5)

    assert ids(read(agency, ann, chat)) == sent[5:]


def send_many(agency: Agency, caller: Caller, chat_id: Guid, count: int) -> list[Guid]:
    """Sends `count` messages in one transaction, and returns their ids."""

    def work(tx: Transaction) -> list[Guid]:
        requests = [ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="x")) for _ in range(count)]
        return [send_message(request, tx, caller).chat_message[0].chat_message_id for request in requests]

    return agency.database.run(work)


def ids(shown: list[ChatMessage]) -> list[Guid]:
    return [message.chat_message_id for message in shown]


@pytest.mark.parametrize("count", [MOST_LISTED + 1, MOST_UNREAD_LISTED])
def test_all_unread_messages_are_returned_before_they_count_as_read(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid, count: int
) -> None:
    send_many(agency, ann, chat, 3)
    read(agency, bob, chat)
    unread = send_many(agency, ann, chat, count)

    shown = read(agency, bob, chat)

    assert ids(shown) == unread
    assert seen(agency, bob, chat).unread_count == 0
    assert ids(read(agency, bob, chat)) == unread[-MOST_LISTED:]
    assert agency.database.run(consistency.differences) == []


def test_of_very_many_unread_messages_the_oldest_are_returned_first(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    unread = send_many(agency, ann, chat, MOST_UNREAD_LISTED + MOST_LISTED + 1)

    first = read(agency, bob, chat)

    assert ids(first) == unread[:MOST_UNREAD_LISTED]
    assert seen(agency, bob, chat).unread_count == MOST_LISTED + 1
    assert seen(agency, bob, chat).chat_members[0].last_chat_message_id == first[-1].chat_message_id
    assert ids(read(agency, bob, chat)) == unread[MOST_UNREAD_LISTED:]
    assert seen(agency, bob, chat).unread_count == 0
    assert agency.database.run(consistency.differences) == []


def test_deleted_messages_do_not_count_towards_the_limit(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent = send_many(agency, ann, chat, MOST_UNREAD_LISTED + 2)
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, sent[0]))
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, sent[-1]))

    assert ids(read(agency, bob, chat)) == sent[1:-1]
    assert seen(agency, bob, chat).unread_count == 0
    assert agency.database.run(consistency.differences) == []


def test_a_member_who_returns_has_read_the_history(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    leave(agency, bob, chat)
    missed = send_many(agency, ann, chat, MOST_LISTED + 1)
    agency.database.run(
        lambda tx: memberships.join(tx, agency.agency_id, chat, [chats.Person(bob.contact_id, bob.user_id)])
    )
    assert ids(read(agency, bob, chat)) == missed[1:]
    unread = send_many(agency, ann, chat, MOST_LISTED + 2)

    assert ids(read(agency, bob, chat)) == unread


def test_fetching_messages_marks_them_as_read(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    send(agency, ann, chat)
    last = send(agency, ann, chat)

    read(agency, bob, chat)

    assert seen(agency, bob, chat).unread_count == 0
    assert seen(agency, bob, chat).chat_members[0].last_chat_message_id == last.chat_message_id
    assert agency.database.run(consistency.differences) == []


def test_fetching_messages_writes_only_when_the_marker_moves(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    send(agency, ann, chat)
    last = send(agency, ann, chat)
    asked: list[bool] = []

    def watched(tx: Transaction) -> None:
        try:
            read_messages(ChatMessagesRequest(chat_id=chat), tx, bob)
        except NeedsWriting:
            asked.append(True)
            raise

    asyncio.run(agency.database.read(watched))
    assert asked == [True]
    asyncio.run(agency.database.read(watched))
    # After the last message is deleted, the marker has no target.
    agency.database.run(lambda tx: messages.delete_message(tx, agency.agency_id, last.chat_message_id))
    asyncio.run(agency.database.read(watched))
    assert asked == [True]


def test_a_chat_without_messages_is_read(agency: Agency, ann: Caller, chat: Guid) -> None:
    assert read(agency, ann, chat) == []


def test_all_wrong_members_of_a_message_are_reported(agency: Agency, ann: Caller) -> None:
    message = ChatMessage(chat_message_id=new_guid(), message=" ")
    request = ChatMessageRequest(chat_message_id=new_guid(), chat_message=message)

    assert wrong_members(lambda: agency.call(send_message, request, ann)) == {
        "ChatMessage.ChatId": "NotEmpty",
        "ChatMessage.Message": "NotEmpty",
        "ChatMessage.ChatMessageId": "Equal",
    }


def test_sending_needs_a_message(agency: Agency, ann: Caller) -> None:
    assert wrong_members(lambda: agency.call(send_message, ChatMessageRequest(), ann)) == {"ChatMessage": "NotNull"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * (LONGEST_MESSAGE + 1), "MaximumLength"),
        ("\U0001f600" * (LONGEST_MESSAGE + 1), "MaximumLength"),
        ("e" + "\u0301" * 4 * LONGEST_MESSAGE, "MaximumLength"),
        ("a\0b", "Predicate"),
        ("\ud800", "Predicate"),
    ],
)
def test_a_text_that_cannot_be_stored_is_refused(agency: Agency, ann: Caller, chat: Guid, text: str, code: str) -> None:
    assert wrong_members(lambda: send(agency, ann, chat, text)) == {"ChatMessage.Message": code}


@pytest.mark.parametrize("text", ["", " \r\n", "\u200b", "\u2800", "\u3164", "\u115f\u1160", "\u0301", "\u202e\xad"])
def test_an_invisible_message_is_refused(agency: Agency, ann: Caller, chat: Guid, text: str) -> None:
    assert wrong_members(lambda: send(agency, ann, chat, text)) == {"ChatMessage.Message": "NotEmpty"}
    assert send(agency, ann, chat, text, attachment_id=new_guid()).message == text
    assert send(agency, ann, chat, text + ".").message == text + "."


def test_a_text_is_stored_as_given(agency: Agency, ann: Caller, chat: Guid) -> None:
    text = " <script>\r\n\té \U0001f600 \x01'\"%s :name " + "x" * (LONGEST_MESSAGE - 100)

    assert send(agency, ann, chat, text).message == text
    assert read(agency, ann, chat)[0].message == text


def test_an_attachment_needs_no_text(agency: Agency, ann: Caller, chat: Guid) -> None:
    attachment_id = new_guid()

    sent = send(agency, ann, chat, "", attachment_id=attachment_id)

    assert (sent.message, sent.attachment_id) == ("", attachment_id)
    assert send(agency, ann, chat, "", chat_message_id=sent.chat_message_id, attachment_id=attachment_id) == sent
