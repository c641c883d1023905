"""Finding chats and their members, and a chat as its members see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import NotFound, ValidationError
from parlour.model.chat_summaries import FindChatMembers, FindChatMembersResponse, FindChats, FindChatsResponse, GetChat
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.conversations import ChatSummary
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import Caller
from parlour.services.chat_summaries import find_chats, find_members, get_chat
from parlour.services.chats import change_chat, start_chat
from parlour.services.messages import send_message
from parlour.store import contacts
from parlour.store.chat_summaries import MOST_MEMBERS_SHOWN, fold_chats
from parlour.store.database import Transaction
from tests.conftest import Clock
from tests.services.conftest import Agency

T = TypeVar("T")


@dataclass(frozen=True)
class TickingAgency(Agency):
    """An agency where a second passes after each call."""

    clock: Clock

    def call(self, handler: Callable[[Any, Transaction, Caller], T], request: object, caller: Caller) -> T:
        response = super().call(handler, request, caller)
        self.clock.advance(seconds=1)
        return response


@pytest.fixture
def agency(agency: Agency, clock: Clock) -> Agency:
    return TickingAgency(agency.database, agency.agency_id, clock)


def start(agency: Agency, caller: Caller, name: str, *others: Guid) -> Guid:
    members = [ChatMember(user_id=other) for other in others]
    return agency.call(start_chat, ChatRequest(chat=Chat(chat_name=name, chat_members=members)), caller).chat[0].chat_id


def say(agency: Agency, caller: Caller, chat_id: Guid, text: str) -> None:
    agency.call(send_message, ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message=text)), caller)


def find(agency: Agency, caller: Caller, **request: Any) -> FindChatsResponse:
    return agency.call(find_chats, FindChats(**request), caller)


def names(agency: Agency, caller: Caller, **request: Any) -> list[str | None]:
    return [chat.chat_name for chat in find(agency, caller, **request).chats]


def seen(agency: Agency, caller: Caller, chat_id: Guid) -> ChatSummary:
    chat = agency.call(get_chat, GetChat(chat_id=chat_id), caller).chat
    assert chat is not None
    return chat


def of_chat(agency: Agency, caller: Caller, chat_id: Guid, **request: Any) -> FindChatMembersResponse:
    return agency.call(find_members, FindChatMembers(chat_id=chat_id, **request), caller)


def folded_contact(agency: Agency, name: str) -> Guid:
    """A contact without an account that was added as an operation adds it."""
    address = f"{new_guid()}@example.org"
    added = agency.database.run(
        lambda tx: contacts.add_virtual(tx, agency.agency_id, full_name=name, address=address, created_by=new_guid())
    )
    return added.contact_id


def test_a_chat_is_shown_as_its_member_sees_it(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, "Viewing", bob.user_id)
    say(agency, ann, chat_id, "Hello")
    say(agency, ann, chat_id, "Are you there?")

    own, other = seen(agency, ann, chat_id), seen(agency, bob, chat_id)

    assert (own.chat_name, own.created_by, own.created_by_name, own.role) == ("Viewing", ann.user_id, "Ann", "owner")
    assert (own.unread_count, own.message_count, own.last_number, own.read_number) == (0, 2, 2, 2)
    assert (other.role, other.unread_count, other.read_number, other.level) == ("member", 2, 0, "everything")
    assert [member.name for member in other.members] == ["Ann", "Bob"]
    assert other.last_message is not None
    assert (other.last_message.text, other.last_message.number) == ("Are you there?", 2)
    assert other.last_message.sender_name == "Ann"
    assert (own.is_archived, own.is_archived_for_me, own.is_direct, own.draft) == (False, False, False, None)


def test_a_chat_without_messages_has_no_last_message(agency: Agency, ann: Caller) -> None:
    assert seen(agency, ann, start(agency, ann, "Viewing")).last_message is None


def test_chats_are_listed_by_their_last_activity_page_by_page(agency: Agency, ann: Caller) -> None:
    started = [start(agency, ann, f"Chat {number}") for number in range(5)]
    say(agency, ann, started[0], "First again")

    assert names(agency, ann) == ["Chat 0", "Chat 4", "Chat 3", "Chat 2", "Chat 1"]
    listed, cursor = [], None
    for _ in range(3):
        page = find(agency, ann, take=2, cursor=cursor)
        listed += [chat.chat_name for chat in page.chats]
        cursor = page.next_cursor
    assert listed == names(agency, ann)
    assert cursor is None


def test_chats_are_found_by_words_of_their_name(agency: Agency, ann: Caller, bob: Caller) -> None:
    start(agency, ann, "Viewing at 12 Harbour Street")
    start(agency, ann, "Invoices of M\u00e4rz")
    start(agency, bob, "Viewing of others")

    assert names(agency, ann, query="view") == ["Viewing at 12 Harbour Street"]
    assert names(agency, ann, query="HARB 12") == ["Viewing at 12 Harbour Street"]
    assert names(agency, ann, query="marz") == ["Invoices of M\u00e4rz"]
    assert names(agency, ann, query="arbour") == []
    assert names(agency, ann, query="%") == []


def test_a_renamed_chat_is_found_by_its_new_name(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann, "Old")
    agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_name="New")), ann)

    assert names(agency, ann, query="new") == ["New"]
    assert names(agency, ann, query="old") == []


def test_chats_are_found_by_words_of_a_members_name(agency: Agency, ann: Caller) -> None:
    vic = folded_contact(agency, "Vic Virtual")
    start(agency, ann, "With Vic", vic)
    start(agency, ann, "Alone")

    assert names(agency, ann, query="virt") == ["With Vic"]
    assert names(agency, ann, query="virt with") == ["With Vic"]


def test_chats_are_found_by_a_member(agency: Agency, ann: Caller, bob: Caller) -> None:
    vic = agency.contact("Vic")
    start(agency, ann, "With Bob", bob.user_id)
    start(agency, ann, "With Vic", vic)
    both = start(agency, ann, "With both", bob.user_id, vic)

    assert names(agency, ann, with_user_id=bob.user_id) == ["With both", "With Bob"]
    assert names(agency, ann, with_user_id=vic) == ["With both", "With Vic"]
    leave(agency, bob, both)
    assert names(agency, ann, with_user_id=bob.user_id) == ["With Bob"]


def leave(agency: Agency, caller: Caller, chat_id: Guid) -> None:
    own = ChatMember(user_id=caller.user_id, chat_member_id=own_id(agency, caller, chat_id))
    agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_members=[own])), caller)


def own_id(agency: Agency, caller: Caller, chat_id: Guid) -> Guid:
    members = seen(agency, caller, chat_id).members
    return next(member.chat_member_id for member in members if member.user_id == caller.user_id)


def test_an_unknown_person_is_a_wrong_member(agency: Agency, other_agency: Agency, ann: Caller) -> None:
    for unknown in (new_guid(), other_agency.person("Eve").user_id):
        with pytest.raises(ValidationError) as raised:
            find(agency, ann, with_user_id=unknown)
        assert [error.field_name for error in raised.value.field_errors] == ["WithUserId"]


def test_archived_and_unread_chats_are_found_as_such(agency: Agency, ann: Caller, bob: Caller) -> None:
    away, read, unread = (start(agency, ann, name, bob.user_id) for name in ("Away", "Read", "Unread"))
    agency.call(change_chat, ChatRequest(chat_id=away, chat=Chat(is_archived=True)), bob)
    say(agency, bob, read, "Hello")
    say(agency, ann, unread, "Hello")

    assert names(agency, bob, is_archived=True) == ["Away"]
    assert names(agency, bob, is_archived=False) == ["Unread", "Read"]
    assert names(agency, ann, is_archived=True) == []
    assert names(agency, bob, unread_only=True) == ["Unread"]
    assert names(agency, bob, is_direct=True) == []
    assert names(agency, bob, is_direct=False) == ["Unread", "Read", "Away"]


def test_a_chat_is_hidden_from_strangers_and_from_those_who_left(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, "Chat", bob.user_id)
    leave(agency, bob, chat_id)

    for caller, hidden in ((bob, chat_id), (agency.person("Cat"), chat_id), (ann, new_guid())):
        assert names(agency, caller) == ([] if caller is not ann else ["Chat"])
        with pytest.raises(NotFound, match="Chat not found"):
            agency.call(get_chat, GetChat(chat_id=hidden), caller)
        with pytest.raises(NotFound, match="Chat not found"):
            of_chat(agency, caller, hidden)


def test_only_the_first_members_of_a_large_chat_are_shown(agency: Agency, ann: Caller) -> None:
    people = [agency.contact(f"Person {number}") for number in range(MOST_MEMBERS_SHOWN + 3)]
    chat_id = start(agency, ann, "Large", *people)

    chat = seen(agency, ann, chat_id)

    assert chat.member_count == MOST_MEMBERS_SHOWN + 4
    assert [member.name for member in chat.members] == ["Ann", *(f"Person {n}" for n in range(MOST_MEMBERS_SHOWN - 1))]


def test_members_are_listed_in_the_order_of_joining_page_by_page(agency: Agency, ann: Caller) -> None:
    people = [agency.contact(f"Person {number}") for number in range(6)]
    chat_id = start(agency, ann, "Chat", *people)

    listed, cursor = [], None
    for _ in range(3):
        page = of_chat(agency, ann, chat_id, take=3, cursor=cursor)
        listed += page.members
        cursor = page.next_cursor

    assert [member.name for member in listed] == ["Ann", *(f"Person {number}" for number in range(6))]
    assert cursor is None
    assert [member.role for member in listed[:2]] == ["owner", "member"]
    assert [member.has_joined for member in listed[:2]] == [True, False]
    assert listed[1].user_id == listed[1].contact_id == people[0]


def test_members_are_found_by_words_of_their_name(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann, "Chat", folded_contact(agency, "Vic Virtual"), folded_contact(agency, "Wim Virtual"))

    assert [member.name for member in of_chat(agency, ann, chat_id, query="virt w").members] == ["Wim Virtual"]
    assert of_chat(agency, ann, chat_id, query="?").members == []


def test_a_text_that_is_not_a_cursor_is_refused(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann, "Chat")
    for ask in (lambda: find(agency, ann, cursor="x"), lambda: of_chat(agency, ann, chat_id, cursor="x")):
        with pytest.raises(ValidationError) as raised:
            ask()
        assert [error.field_name for error in raised.value.field_errors] == ["Cursor"]


def test_names_from_before_are_folded_by_the_migration(agency: Agency, ann: Caller) -> None:
    start(agency, ann, "Viewing")
    agency.database.run(lambda tx: tx.execute("UPDATE chat SET folded = ''"))
    assert names(agency, ann, query="view") == []

    agency.database.run(fold_chats)

    assert names(agency, ann, query="view") == ["Viewing"]
