"""Nothing that codecs wrote of a row outlives the row."""

import asyncio
import gc
from collections.abc import Iterator
from functools import partial

import pytest

from parlour.engine.codecs import Profile
from parlour.engine.codecs.json import JsonCodec
from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.metadata import TypeRef
from parlour.model.chats import Chat, ChatMember, ChatRequest, ChatResponse
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessageResponse, ChatMessagesRequest
from parlour.services.caller import Caller
from parlour.services.chats import change_chat, list_chats, start_chat
from parlour.services.messages import read_messages, send_message
from parlour.store import messages
from parlour.store.cache import Cache
from parlour.store.database import Transaction
from tests.services.conftest import Agency

WRITE = {
    response: JsonCodec(Profile()).writer(TypeRef("dto", python=response))
    for response in (ChatResponse, ChatMessageResponse)
}


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    request = ChatRequest(chat=Chat(chat_name="Chat", chat_members=[ChatMember(user_id=bob.user_id)]))
    return agency.call(start_chat, request, ann).chat[0].chat_id


def said(agency: Agency, caller: Caller, chat_id: Guid, text: str) -> Guid:
    request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message=text))
    return agency.call(send_message, request, caller).chat_message[0].chat_message_id


def shown(agency: Agency, caller: Caller, chat_id: Guid) -> bytes:
    """The messages of a chat and the caller's chats as they are sent, read where answers are cached."""
    read = (partial(read_messages, ChatMessagesRequest(chat_id=chat_id)), partial(list_chats, ChatRequest()))
    return b"".join(shown_by(agency, each, caller) for each in read)


def shown_by(agency: Agency, handler: "partial[ChatMessageResponse] | partial[ChatResponse]", caller: Caller) -> bytes:
    response = asyncio.run(agency.database.read(lambda tx: handler(tx, caller)))
    return WRITE[type(response)](response)


def kept(mark: str) -> list[str | bytes]:
    """Every text in memory that holds the mark, besides itself."""
    gc.collect()
    return [text for text in texts_in_memory() if len(text) > len(mark) and is_in(mark, text)]


def is_in(mark: str, text: str | bytes) -> bool:
    return mark in text if isinstance(text, str) else mark.encode() in text


def texts_in_memory() -> Iterator[str | bytes]:
    # The collector knows no tuples that hold texts alone, so these are followed from what holds them.
    seen = set[int]()
    left = gc.get_objects()
    while left:
        each = left.pop()
        if id(each) not in seen:
            seen.add(id(each))
            if isinstance(each, str | bytes):
                yield each
            left += gc.get_referents(each)


def test_no_text_of_a_deleted_message_is_cached(agency: Agency, ann: Caller, chat: Guid) -> None:
    mark = new_guid()
    message_id = said(agency, ann, chat, f"The key is {mark}.")
    said(agency, ann, chat, "Thanks.")
    assert mark.encode() in shown(agency, ann, chat)
    assert mark.encode() in shown(agency, ann, chat)

    assert agency.database.run(lambda tx: messages.delete_message(tx, ann.agency_id, message_id))

    assert kept(mark) == []
    assert b"Thanks." in shown(agency, ann, chat)
    assert kept(mark) == []


def test_no_text_of_a_deleted_member_is_cached(agency: Agency, ann: Caller, chat: Guid) -> None:
    mark = new_guid()
    vic = agency.contact(f"Vic {mark}")
    agency.call(change_chat, ChatRequest(chat_id=chat, chat=Chat(chat_members=[ChatMember(user_id=vic)])), ann)
    assert mark.encode() in shown(agency, ann, chat)

    def delete(tx: Transaction) -> None:
        tx.execute("DELETE FROM chat_member WHERE contact_id = :id", id=vic)
        tx.execute("DELETE FROM contact WHERE contact_id = :id", id=vic)

    agency.database.run(delete)

    assert kept(mark) == []


def test_a_read_from_before_a_commit_keeps_its_answers_to_itself() -> None:
    cache = Cache()
    taken = cache.current
    cache.clear()

    assert cache.of_version(taken, 1).answer("query", lambda: "old") == "old"
    assert cache.of_version(taken, 2).answer("query", lambda: "new") == "new"
    assert cache.current.answers == {}


def test_a_commit_of_another_process_clears_the_cache() -> None:
    cache = Cache()
    cache.of_version(cache.current, 1).answer("query", lambda: "old")

    assert cache.of_version(cache.current, 1).answer("query", lambda: "new") == "old"
    assert cache.of_version(cache.current, 2).answer("query", lambda: "new") == "new"
    assert cache.current.answers == {"query": "new"}
