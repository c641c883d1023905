"""Sends into one chat that are stored together: each is answered for itself, and counts exactly."""

import asyncio
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.errors import Conflict, NotFound
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.model.sending import SendMessage
from parlour.services import sending
from parlour.services.caller import Caller
from parlour.services.chats import start_chat
from parlour.services.messages import read_messages, send_message
from parlour.store import consistency
from tests.services.conftest import Agency


def meet(agency: Agency, chat_id: Guid, *calls: tuple[Any, Any, Caller]) -> list[Any]:
    """The outcomes of these calls, which come at the same time."""

    async def gather() -> list[Any]:
        waiting = [
            agency.database.write(
                lambda tx, call=call: call[0](call[1], tx, call[2]),  # type: ignore[misc]
                chat_id,
                gathers=call[0] is send_message,
            )
            for call in calls
        ]
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(gather())


def new_chat(agency: Agency, ann: Caller, *others: Caller) -> Guid:
    members = [ChatMember(user_id=other.user_id) for other in others]
    request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=members))
    chat_id: Guid = agency.call(start_chat, request, ann).chat[0].chat_id
    return chat_id


def send(chat_id: Guid, text: str, sender: Caller) -> tuple[Any, Any, Caller]:
    return send_message, ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message=text)), sender


def test_their_texts_arrive_whatever_is_in_them(agency: Agency) -> None:
    ann = agency.person("Ann")
    chat_id = new_chat(agency, ann)
    texts = ['"', "\\", '\\"', '","', '{a,"b",NULL}', "NULL", "'it''s'", 'two\n"lines"', "ä東\U0001f600"]

    outcomes = meet(agency, chat_id, *(send(chat_id, text, ann) for text in texts))

    found = agency.call(read_messages, ChatMessagesRequest(chat_id=chat_id), ann).chat_message
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert [each.message for each in found] == texts


def test_they_are_numbered_in_order_and_counted_for_each_member(agency: Agency) -> None:
    ann, bob, cat, eve = (agency.person(name) for name in ("Ann", "Bob", "Cat", "Eve"))
    chat_id = new_chat(agency, ann, bob, cat)
    for person in (bob, cat):
        agency.call(send_message, send(chat_id, "I am here", person)[1], person)
    senders = [ann, bob, eve, ann, eve, bob, ann]

    outcomes = meet(agency, chat_id, *(send(chat_id, f"{at}", sender) for at, sender in enumerate(senders)))

    assert [isinstance(outcome, NotFound) for outcome in outcomes] == [sender is eve for sender in senders]
    assert agency.database.run(consistency.differences) == []
    texts = [
        each.message for each in agency.call(read_messages, ChatMessagesRequest(chat_id=chat_id), cat).chat_message
    ]
    assert texts == ["I am here", "I am here", "0", "1", "3", "5", "6"]
    rows = agency.database.run(
        lambda tx: tx.tuples(
            "SELECT last_seq, live, last_message_id FROM chat WHERE chat_id = :chat_id", chat_id=chat_id
        )
    )
    assert [tuple(row) for row in rows] == [(7, 7, outcomes[-1].chat_message[0].chat_message_id)]


def test_mentions_of_everybody_are_counted_among_them(agency: Agency) -> None:
    ann, bob = (agency.person(name) for name in ("Ann", "Bob"))
    chat_id = new_chat(agency, ann, bob)
    to_all = (sending.send_message, SendMessage(chat_id=chat_id, text="All", mentions_everybody=True), ann)
    to_bob = (sending.send_message, SendMessage(chat_id=chat_id, text="You", mentioned_user_ids=[bob.user_id]), ann)

    calls = [send(chat_id, "1", ann), to_all, send(chat_id, "2", bob), to_bob, to_all, send(chat_id, "3", ann)]
    outcomes = meet(agency, chat_id, *calls)

    assert [outcome for outcome in outcomes if isinstance(outcome, BaseException)] == []
    assert agency.database.run(consistency.differences) == []


def test_an_archived_chat_refuses_all_of_them(agency: Agency) -> None:
    ann = agency.person("Ann")
    chat_id = new_chat(agency, ann)
    sql = "UPDATE chat SET is_archived = 1 WHERE chat_id = :chat_id"
    agency.database.run(lambda tx: tx.execute(sql, chat_id=chat_id))

    outcomes = meet(agency, chat_id, *(send(chat_id, f"{at}", ann) for at in range(3)))

    assert [type(outcome) for outcome in outcomes] == [Conflict] * 3
    assert agency.database.run(lambda tx: tx.value("SELECT count(*) FROM chat_message")) == 0
