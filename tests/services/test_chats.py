"""Listing, starting and changing chats, on both databases."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, ValidationError
from parlour.model.chats import Chat, ChatMember, ChatRequest, ChatResponse
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import ADMINISTRATOR, Caller
from parlour.services.chat_members import MOST_MEMBERS_NAMED
from parlour.services.chat_states import LONGEST_NAME
from parlour.services.chats import change_chat, list_chats, start_chat
from parlour.services.messages import send_message
from parlour.store import consistency, memberships
from parlour.store.database import Database, Transaction, open_database
from tests.conftest import Clock, Store
from tests.services.conftest import Agency
from tests.support.office import Office


@pytest.fixture
def cat(agency: Agency) -> Caller:
    return agency.person("Cat")


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Chat:
    """A chat of Ann with Bob, as Ann sees it."""
    return start(agency, ann, bob.user_id)


def start(agency: Agency, caller: Caller, *user_ids: Guid, name: str = "Chat") -> Chat:
    members = [ChatMember(user_id=user_id) for user_id in user_ids]
    request = ChatRequest(chat=Chat(chat_name=name, chat_members=members))
    return agency.call(start_chat, request, caller).chat[0]


def change(agency: Agency, caller: Caller, chat_id: Guid, wanted: Chat) -> list[Chat]:
    return agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=wanted), caller).chat


def listed(agency: Agency, caller: Caller) -> list[Chat]:
    return agency.call(list_chats, ChatRequest(), caller).chat


def seen(agency: Agency, caller: Caller, chat_id: Guid) -> Chat:
    return agency.call(list_chats, ChatRequest(chat_id=chat_id), caller).chat[0]


def send(agency: Agency, caller: Caller, chat_id: Guid) -> Guid:
    request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="Hello"))
    return agency.call(send_message, request, caller).chat_message[0].chat_message_id


def member_in(chat: Chat, user_id: Guid) -> ChatMember:
    return next(member for member in chat.chat_members if member.user_id == user_id)


def names_in(chat: Chat) -> list[str | None]:
    return [member.chat_member_name for member in chat.chat_members]


def archive_for_all(agency: Agency, chat_id: Guid) -> None:
    agency.database.run(
        lambda tx: tx.execute("UPDATE chat SET is_archived = 1 WHERE chat_id = :chat_id", chat_id=chat_id)
    )


def link(agency: Agency, contact_id: Guid, user_id: Guid) -> None:
    """Makes a contact real, and gives the user its parked memberships."""

    def work(tx: Transaction) -> None:
        tx.execute(
            "UPDATE contact SET state = 'real', user_id = :user_id WHERE contact_id = :contact_id",
            contact_id=contact_id,
            user_id=user_id,
        )
        memberships.activate_parked(tx, agency.agency_id, contact_id, user_id)

    agency.database.run(work)


def merge(agency: Agency, contact_id: Guid, into: Caller) -> None:
    def work(tx: Transaction) -> None:
        tx.execute(
            "UPDATE contact SET state = 'merged', merged_into = :into WHERE contact_id = :contact_id",
            contact_id=contact_id,
            into=into.contact_id,
        )
        memberships.activate_parked(tx, agency.agency_id, contact_id, into.user_id)

    agency.database.run(work)


def stranger(agency: Agency, name: str) -> Caller:
    """A user with an account, and no contact in the agency yet."""
    person = agency.person(name)
    agency.database.run(
        lambda tx: tx.execute("DELETE FROM contact WHERE contact_id = :contact_id", contact_id=person.contact_id)
    )
    return person


def wrong_members(call: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(ValidationError) as refused:
        call()
    return {error.field_name: error.error_code for error in refused.value.errors}


def all_counters_hold(agency: Agency) -> bool:
    return agency.database.run(consistency.differences) == []


# Starting


def test_starting_a_chat_returns_it_whole(agency: Agency, clock: Clock, ann: Caller, bob: Caller) -> None:
    chat = start(agency, ann, bob.user_id, name="Both of us")

    assert (chat.chat_name, chat.created_by, chat.created_by_name) == ("Both of us", ann.user_id, "Ann")
    assert (chat.date_created, chat.is_archived) == (clock.now, False)
    assert (chat.member_count, chat.message_count, chat.unread_count) == (2, 0, 0)
    assert names_in(chat) == ["Ann", "Bob"]
    assert all(member.is_active and member.chat_id == chat.chat_id for member in chat.chat_members)
    assert seen(agency, ann, chat.chat_id) == chat


def test_members_that_the_server_sets_are_ignored(agency: Agency, ann: Caller, bob: Caller) -> None:
    wanted = Chat(
        chat_name="Chat",
        created_by=bob.user_id,
        created_by_name="Bob",
        member_count=7,
        message_count=7,
        unread_count=7,
    )

    chat = agency.call(start_chat, ChatRequest(chat=wanted), ann).chat[0]

    assert (chat.created_by, chat.created_by_name) == (ann.user_id, "Ann")
    assert (chat.member_count, chat.message_count, chat.unread_count) == (1, 0, 0)


def test_duplicate_people_and_the_caller_count_once(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat = start(agency, ann, bob.user_id, ann.user_id, bob.user_id, bob.contact_id, ann.contact_id)

    assert chat.member_count == len(chat.chat_members) == 2
    assert all_counters_hold(agency)


def test_a_contact_without_an_account_is_parked(agency: Agency, ann: Caller) -> None:
    vic = agency.contact("Vic")

    chat = start(agency, ann, vic)

    assert chat.member_count == 2
    parked = chat.chat_members[1]
    assert (parked.user_id, parked.chat_member_name, parked.is_active) == (vic, "Vic", False)


def test_the_id_of_a_merged_contact_means_the_surviving_contact(agency: Agency, ann: Caller, bob: Caller) -> None:
    old = agency.contact("Bobby", state="merged", merged_into=bob.contact_id)

    assert start(agency, ann, old).chat_members[1].user_id == bob.user_id


def test_all_unknown_people_are_reported_together(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller
) -> None:
    zoe = other_agency.person("Zoe")
    erased = agency.contact("Nobody", state="erased")
    user_ids = [new_guid(), bob.user_id, zoe.user_id, zoe.contact_id, EMPTY_GUID, erased]

    assert wrong_members(lambda: start(agency, ann, *user_ids, name=" ")) == {
        "Chat.ChatName": "NotEmpty",
        "Chat.ChatMembers[0].UserId": "NotFound",
        "Chat.ChatMembers[2].UserId": "NotFound",
        "Chat.ChatMembers[3].UserId": "NotFound",
        "Chat.ChatMembers[4].UserId": "NotEmpty",
        "Chat.ChatMembers[5].UserId": "NotFound",
    }
    assert listed(agency, ann) == []


@pytest.mark.parametrize("character", ["x", "å", "e\u0301", "😀", "👩‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👨🏾", "🇸🇪", "क्षि"])
def test_a_name_has_as_many_characters_as_a_person_counts(
    agency: Agency, ann: Caller, chat: Chat, character: str
) -> None:
    longest, longer = (Chat(chat_name=character * count) for count in (LONGEST_NAME, LONGEST_NAME + 1))

    assert change(agency, ann, chat.chat_id, longest)[0].chat_name == longest.chat_name
    with pytest.raises(ValidationError) as caught:
        change(agency, ann, chat.chat_id, longer)
    assert caught.value.message.endswith("must be 200 characters or fewer. You entered 201 characters.")


def test_a_name_with_endless_marks_is_refused_by_its_size(agency: Agency, ann: Caller) -> None:
    with pytest.raises(ValidationError) as caught:
        start(agency, ann, name="e" + "\u0301" * 5000)

    assert caught.value.message.endswith("must be 8000 bytes or fewer. You entered 10001 bytes.")


@pytest.mark.parametrize(("name", "code"), [("x" * (LONGEST_NAME + 1), "MaximumLength"), ("a\0", "Predicate")])
def test_a_name_that_cannot_be_stored_is_refused(agency: Agency, ann: Caller, chat: Chat, name: str, code: str) -> None:
    assert wrong_members(lambda: start(agency, ann, name=name)) == {"Chat.ChatName": code}
    assert wrong_members(lambda: change(agency, ann, chat.chat_id, Chat(chat_name=name))) == {"Chat.ChatName": code}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("two\nlines", "Predicate"),
        ("a\x1b[2J", "Predicate"),
        ("a\u202eb", "Predicate"),
        ("\u2028a", "Predicate"),
        ("\u200b", "NotEmpty"),
        ("\u3164\u2800", "NotEmpty"),
        ("\u0301", "NotEmpty"),
        ("\x1b" * (LONGEST_NAME + 1), "MaximumLength"),
    ],
)
def test_an_invalid_name_is_refused_for_a_chat(agency: Agency, ann: Caller, chat: Chat, name: str, code: str) -> None:
    assert wrong_members(lambda: start(agency, ann, name=name)) == {"Chat.ChatName": code}
    assert wrong_members(lambda: change(agency, ann, chat.chat_id, Chat(chat_name=name))) == {"Chat.ChatName": code}


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u0631\u06cc\u0645\u200c\u0632\u0627\u062f\u0647",
        "\u674e\u5c0f\u9f8d",
        "\U0001f469\u200d\U0001f469\u200d\U0001f467 Team",
    ],
)
def test_a_chat_may_have_a_name_in_any_script(agency: Agency, ann: Caller, chat: Chat, name: str) -> None:
    assert start(agency, ann, name=name).chat_name == name
    assert change(agency, ann, chat.chat_id, Chat(chat_name=name))[0].chat_name == name


def test_a_refused_name_says_which_character(agency: Agency, ann: Caller) -> None:
    with pytest.raises(ValidationError) as refused:
        start(agency, ann, name="a\u202eb")

    [error] = refused.value.errors
    assert error.message == "'Chat Name' must not contain U+202E without U+202C after it."


def test_nulls_in_a_chat_are_reported(agency: Agency, ann: Caller) -> None:
    nulls = Chat(chat_name="Chat", chat_members=[None])  # type: ignore[list-item]  # as a client may send it

    assert wrong_members(lambda: agency.call(start_chat, ChatRequest(), ann)) == {"Chat": "NotNull"}
    assert wrong_members(lambda: agency.call(start_chat, ChatRequest(chat=nulls), ann)) == {
        "Chat.ChatMembers[0]": "NotNull"
    }


def test_a_missing_list_of_members_counts_as_empty(agency: Agency, ann: Caller) -> None:
    wanted = Chat(chat_name="Chat", chat_members=None)  # type: ignore[arg-type]  # as a client may send it

    assert agency.call(start_chat, ChatRequest(chat=wanted), ann).chat[0].member_count == 1


@pytest.mark.parametrize("entry", [ChatMember(user_id=new_guid()), ChatMember(chat_member_id=new_guid())])
def test_a_request_may_name_at_most_a_thousand_members(
    agency: Agency, ann: Caller, chat: Chat, entry: ChatMember
) -> None:
    entries = [entry] * (MOST_MEMBERS_NAMED + 1)

    def refused(wanted: Chat) -> set[str]:
        starting = wrong_members(lambda: agency.call(start_chat, ChatRequest(chat=wanted), ann))
        changing = wrong_members(lambda: change(agency, ann, chat.chat_id, wanted))
        return starting.keys() | changing.keys()

    assert refused(Chat(chat_name="x", chat_members=entries)) == {"Chat.ChatMembers"}
    assert "Chat.ChatMembers" not in refused(Chat(chat_name="x", chat_members=entries[1:]))


def test_too_many_members_are_reported_with_their_number(agency: Agency, ann: Caller) -> None:
    wanted = Chat(chat_name="x", chat_members=[ChatMember()] * 1_234)

    with pytest.raises(ValidationError) as refused:
        agency.call(start_chat, ChatRequest(chat=wanted), ann)

    [error] = refused.value.errors
    assert (error.error_code, error.message) == (
        "MaximumLength",
        "'Chat Members' must have 1000 items or fewer. You entered 1234 items.",
    )


def test_members_listed_several_times_join_and_leave_once(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    cat, bobs = agency.person("Cat"), member_in(chat, bob.user_id).chat_member_id
    joins = [ChatMember(user_id=cat.user_id), ChatMember(user_id=cat.contact_id)] * 3
    leaves = [ChatMember(chat_member_id=bobs)] * 3

    changed = change(agency, ann, chat.chat_id, Chat(chat_members=[*joins, *leaves]))

    assert names_in(changed[0]) == ["Ann", "Cat"]
    assert changed[0].member_count == 2
    assert all_counters_hold(agency)


def test_a_caller_listed_as_inactive_and_active_leaves(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    own = member_in(chat, ann.user_id).chat_member_id
    vic = agency.contact("Vic")
    parked = member_in(change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=vic)]))[0], vic)
    entries = [
        ChatMember(chat_member_id=parked.chat_member_id),
        ChatMember(chat_member_id=own),
        ChatMember(chat_member_id=own, is_active=True),
        ChatMember(user_id=ann.user_id),
    ]

    assert change(agency, ann, chat.chat_id, Chat(chat_members=entries)) == []
    assert names_in(seen(agency, bob, chat.chat_id)) == ["Bob"]
    assert all_counters_hold(agency)


# Starting again, under an id that the client chose


def start_as(agency: Agency, caller: Caller, chat_id: Guid, *user_ids: Guid, name: str = "Chat") -> Chat:
    members = [ChatMember(user_id=user_id) for user_id in user_ids]
    request = ChatRequest(chat=Chat(chat_id=chat_id, chat_name=name, chat_members=members))
    return agency.call(start_chat, request, caller).chat[0]


def test_repeating_the_start_of_a_chat_creates_no_second_one(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller
) -> None:
    chosen = new_guid()
    first = start_as(agency, ann, chosen, bob.user_id)
    clock.advance(hours=1)

    assert first.chat_id == chosen
    assert start_as(agency, ann, chosen, bob.user_id) == first
    assert [chat.chat_id for chat in listed(agency, ann)] == [chosen]
    assert all_counters_hold(agency)


def test_the_id_may_be_sent_outside_the_chat(agency: Agency, ann: Caller) -> None:
    chosen = new_guid()
    beside = ChatRequest(chat_id=chosen, chat=Chat(chat_name="Chat"))

    first = agency.call(start_chat, beside, ann).chat[0]

    assert first == start_as(agency, ann, chosen)
    differing = ChatRequest(chat_id=chosen, chat=Chat(chat_id=new_guid(), chat_name="Chat"))
    assert wrong_members(lambda: agency.call(start_chat, differing, ann)) == {"Chat.ChatId": "Equal"}


def test_concurrent_starts_in_two_processes_create_one_chat(
    agency: Agency, store: Store, ann: Caller, bob: Caller
) -> None:
    members = [ChatMember(user_id=bob.user_id)]
    request = ChatRequest(chat=Chat(chat_id=new_guid(), chat_name="Chat", chat_members=members))
    other = open_database(store.url, store.data_dir)
    work = partial(start_chat, request, caller=ann)

    async def start_at_once() -> list[ChatResponse]:
        return await asyncio.gather(*(write(work) for write in [agency.database.write, other.write] * 10))

    answers = asyncio.run(start_at_once())
    other.close()

    assert len({answer.chat[0].chat_members[0].chat_member_id for answer in answers}) == 1
    assert len(listed(agency, ann)) == 1
    assert all_counters_hold(agency)


def test_a_restart_does_not_forget_what_was_started(store: Store, agency: Agency, ann: Caller) -> None:
    chosen = new_guid()
    first = start_as(agency, ann, chosen)
    agency.database.close()

    reopened = open_database(store.url, store.data_dir)
    again = start_as(Agency(reopened, agency.agency_id), ann, chosen)
    with pytest.raises(Conflict):
        start_as(Agency(reopened, agency.agency_id), ann, chosen, name="Other")
    reopened.close()

    assert again == first


def test_a_repeated_start_is_compared_by_name_and_people(agency: Agency, ann: Caller, bob: Caller, cat: Caller) -> None:
    chosen = new_guid()
    first = start_as(agency, ann, chosen, bob.user_id, cat.user_id)

    assert start_as(agency, ann, chosen, cat.user_id, ann.user_id, bob.user_id, cat.user_id) == first
    for user_ids, name in [
        ((bob.user_id,), "Chat"),
        ((bob.user_id, cat.user_id, agency.contact("Vic")), "Chat"),
        ((bob.user_id, cat.user_id), "Chat "),
        ((), "Chat"),
    ]:
        with pytest.raises(Conflict):
            start_as(agency, ann, chosen, *user_ids, name=name)


def test_repeating_the_start_returns_the_chat_as_it_is_now(agency: Agency, ann: Caller, bob: Caller) -> None:
    chosen, vic = new_guid(), agency.contact("Vic")
    start_as(agency, ann, chosen, bob.user_id, vic)
    change(agency, ann, chosen, Chat(chat_name="Renamed"))
    send(agency, bob, chosen)
    merge(agency, vic, bob)

    again = start_as(agency, ann, chosen, bob.user_id, vic)

    assert again == seen(agency, ann, chosen)
    assert (again.chat_name, again.unread_count, again.member_count) == ("Renamed", 1, 2)
    with pytest.raises(Conflict):
        start_as(agency, ann, chosen, bob.user_id, vic, name="Renamed")


def test_an_id_in_use_gets_the_same_error_for_every_chat(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller
) -> None:
    chosen = new_guid()
    start_as(agency, ann, chosen, bob.user_id, name="Secret")
    own, without_choice = new_guid(), start(agency, bob).chat_id
    start_as(agency, bob, own)
    told = set()
    for caller, chat_id, name in [
        (bob, chosen, "Secret"),
        (agency.person("Eve"), chosen, "Secret"),
        (agency.person("Root", ADMINISTRATOR), chosen, "Chat"),
        (bob, own, "Other"),
        (bob, without_choice, "Chat"),
    ]:
        with pytest.raises(Conflict) as refused:
            start_as(agency, caller, chat_id, bob.user_id, name=name)
        told.add((refused.value.code, refused.value.message))

    assert told == {("Conflict", "The ChatId is already in use.")}
    zoe = other_agency.person("Zoe")
    assert start_as(other_agency, zoe, chosen, name="Ours").chat_name == "Ours"


def test_a_member_who_left_does_not_get_the_chat_again(agency: Agency, ann: Caller, bob: Caller) -> None:
    chosen = new_guid()
    first = start_as(agency, ann, chosen, bob.user_id)
    own = member_in(first, ann.user_id).chat_member_id
    change(agency, ann, chosen, Chat(chat_members=[ChatMember(chat_member_id=own)]))

    with pytest.raises(NotFound):
        start_as(agency, ann, chosen, bob.user_id)


def test_the_same_id_twice_in_a_batch_creates_one_chat(database: Database) -> None:
    office, chosen = Office(database), new_guid()
    item = {"chat": {"chatId": chosen, "chatName": "Chat", "chatMembers": [{"userId": office.will.user_id}]}}
    other = {"chat": {"chatId": chosen, "chatName": "Other"}}

    started = office.post("/json/reply/ChatRequest[]", [item, item], office.ann)
    refused = office.post("/json/reply/ChatRequest[]", [item, other], office.ann)

    assert started.status == 200
    assert started.body[0] == started.body[1]
    assert (refused.status, refused.headers["X-AutoBatch-Completed"]) == (409, "1")
    assert office.value("SELECT count(*) FROM chat") == 1


def test_field_errors_are_reported_before_the_id_is_compared(agency: Agency, ann: Caller) -> None:
    chosen = new_guid()
    start_as(agency, ann, chosen)
    nulls = Chat(chat_id=chosen, chat_name="Chat", chat_members=[None])  # type: ignore[list-item]  # as clients may

    assert wrong_members(lambda: start_as(agency, ann, chosen, name="")) == {"Chat.ChatName": "NotEmpty"}
    assert wrong_members(lambda: agency.call(start_chat, ChatRequest(chat=nulls), ann)) == {
        "Chat.ChatMembers[0]": "NotNull"
    }


# Listing


def test_the_newest_activity_comes_first(agency: Agency, clock: Clock, ann: Caller) -> None:
    first, second, third = (start(agency, ann, name=name).chat_id for name in "123")
    clock.advance(minutes=1)
    send(agency, ann, second)
    clock.advance(minutes=1)
    send(agency, ann, first)

    assert [chat.chat_id for chat in listed(agency, ann)] == [first, second, third]


def test_only_the_callers_chats_are_listed(agency: Agency, other_agency: Agency, ann: Caller, bob: Caller) -> None:
    mine = start(agency, ann)
    both = start(agency, ann, bob.user_id)

    assert {chat.chat_id for chat in listed(agency, ann)} == {mine.chat_id, both.chat_id}
    assert [chat.chat_id for chat in listed(agency, bob)] == [both.chat_id]
    assert listed(other_agency, other_agency.person("Zoe")) == []


def test_the_caller_comes_first_and_then_who_joined_first(
    agency: Agency, clock: Clock, ann: Caller, bob: Caller, cat: Caller
) -> None:
    chat = start(agency, ann, cat.user_id, bob.user_id)
    clock.advance(minutes=1)
    change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=agency.person("Abe").user_id)]))

    assert names_in(seen(agency, ann, chat.chat_id)) == ["Ann", "Cat", "Bob", "Abe"]
    assert names_in(seen(agency, bob, chat.chat_id)) == ["Bob", "Ann", "Cat", "Abe"]


def test_a_large_chat_lists_fifty_members_and_counts_all(agency: Agency, ann: Caller, bob: Caller) -> None:
    contacts = [agency.contact(str(number)) for number in range(60)]
    chat = start(agency, ann, *contacts, bob.user_id)
    expected = [str(number) for number in range(60)]

    assert chat.member_count == 62
    assert names_in(chat) == ["Ann", *expected[:49]]
    assert names_in(seen(agency, bob, chat.chat_id)) == ["Bob", "Ann", *expected[:48]]
    assert names_in(listed(agency, bob)[0]) == ["Bob", "Ann", *expected[:48]]


def test_large_and_small_chats_are_listed_together(agency: Agency, ann: Caller, bob: Caller, cat: Caller) -> None:
    contacts = [agency.contact(str(number)) for number in range(60)]
    large = start(agency, ann, *contacts)
    small = start(agency, ann, cat.user_id, bob.user_id, contacts[7])

    by_id = {chat.chat_id: names_in(chat) for chat in listed(agency, ann)}

    assert by_id == {
        large.chat_id: ["Ann", *(str(number) for number in range(49))],
        small.chat_id: ["Ann", "Cat", "Bob", "7"],
    }


def test_at_most_five_hundred_chats_are_listed(agency: Agency, ann: Caller) -> None:
    def start_many(tx: Transaction) -> None:
        for number in range(502):
            start_chat(ChatRequest(chat=Chat(chat_name=str(number))), tx, ann)

    agency.database.run(start_many)

    assert len(listed(agency, ann)) == 500


def test_other_peoples_chats_are_not_found(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller, cat: Caller, chat: Chat
) -> None:
    change(agency, bob, chat.chat_id, Chat(chat_members=[leaving(chat, bob)]))
    root = agency.person("Root", ADMINISTRATOR)
    told = set()
    for caller, chat_id in [
        (ann, new_guid()),
        (bob, chat.chat_id),
        (cat, chat.chat_id),
        (root, chat.chat_id),
        (other_agency.person("Zoe"), chat.chat_id),
    ]:
        with pytest.raises(NotFound) as listing:
            seen(agency, caller, chat_id)
        with pytest.raises(NotFound) as changing:
            change(agency, caller, chat_id, Chat(chat_name="Mine now"))
        told |= {listing.value.message, changing.value.message}

    assert told == {"Chat not found."}


# Changing


def leaving(chat: Chat, who: Caller) -> ChatMember:
    return ChatMember(chat_member_id=member_in(chat, who.user_id).chat_member_id, is_active=False)


def test_a_chat_is_renamed_by_any_member(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    changed = change(agency, bob, chat.chat_id, Chat(chat_name="Other"))

    assert [c.chat_name for c in changed] == ["Other"]
    assert seen(agency, ann, chat.chat_id) == replace(chat, chat_name="Other")


@pytest.mark.parametrize("name", [None, "", "  "])
def test_an_empty_name_keeps_the_name(agency: Agency, ann: Caller, chat: Chat, name: str | None) -> None:
    assert change(agency, ann, chat.chat_id, Chat(chat_name=name)) == [chat]


def test_a_listed_chat_sent_back_changes_nothing(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat = start(agency, ann, bob.user_id, agency.contact("Vic"))
    send(agency, ann, chat.chat_id)
    for caller in (ann, bob):
        before = seen(agency, caller, chat.chat_id)

        assert change(agency, caller, chat.chat_id, before) == [before]


def test_people_who_join_have_read_the_history(agency: Agency, ann: Caller, cat: Caller, chat: Chat) -> None:
    last = send(agency, ann, chat.chat_id)

    changed = change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=cat.user_id)]))

    assert changed[0].member_count == 3
    assert seen(agency, cat, chat.chat_id).unread_count == 0
    assert seen(agency, cat, chat.chat_id).chat_members[0].last_chat_message_id == last
    assert all_counters_hold(agency)


def test_every_member_may_leave(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    assert change(agency, bob, chat.chat_id, Chat(chat_members=[leaving(chat, bob)])) == []
    assert names_in(seen(agency, ann, chat.chat_id)) == ["Ann"]
    assert seen(agency, ann, chat.chat_id).member_count == 1


def test_the_creator_may_remove_others(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    changed = change(agency, ann, chat.chat_id, Chat(chat_members=[leaving(chat, bob)]))

    assert names_in(changed[0]) == ["Ann"]
    assert listed(agency, bob) == []


def test_an_administrator_in_the_chat_may_remove_others(agency: Agency, ann: Caller) -> None:
    root = agency.person("Root", ADMINISTRATOR)
    chat = start(agency, ann, root.user_id)

    assert names_in(change(agency, root, chat.chat_id, Chat(chat_members=[leaving(chat, ann)]))[0]) == ["Root"]


def test_other_members_may_not_remove_anybody(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    with pytest.raises(Forbidden):
        change(agency, bob, chat.chat_id, Chat(chat_name="Mine now", chat_members=[leaving(chat, ann)]))

    assert seen(agency, ann, chat.chat_id) == chat


def test_a_member_who_returns_gets_their_old_membership(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    change(agency, bob, chat.chat_id, Chat(is_archived=True))
    change(agency, bob, chat.chat_id, Chat(chat_members=[leaving(chat, bob)]))
    send(agency, ann, chat.chat_id)

    changed = change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=bob.user_id)]))

    assert changed[0].member_count == 2
    again = seen(agency, bob, chat.chat_id)
    assert again.chat_members[0].chat_member_id == member_in(chat, bob.user_id).chat_member_id
    assert (again.unread_count, again.message_count, again.is_archived) == (0, 1, False)
    assert all_counters_hold(agency)


def test_a_member_sent_as_active_returns_after_leaving(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    change(agency, bob, chat.chat_id, Chat(chat_members=[leaving(chat, bob)]))

    changed = change(agency, ann, chat.chat_id, Chat(chat_members=[member_in(chat, bob.user_id)]))

    assert names_in(changed[0]) == ["Ann", "Bob"]


def test_a_member_who_left_cannot_leave_again(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    for _ in range(2):
        assert change(agency, ann, chat.chat_id, Chat(chat_members=[leaving(chat, bob)]))[0].member_count == 1


def test_only_leaving_a_chat_is_announced(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    announced: list[Guid] = []
    change_and_announce = partial(change_chat, on_members_change=announced.append)

    def ask(wanted: Chat, caller: Caller) -> None:
        agency.call(change_and_announce, ChatRequest(chat_id=chat.chat_id, chat=wanted), caller)

    ask(Chat(chat_name="Renamed"), ann)
    with pytest.raises(Forbidden):
        ask(Chat(chat_members=[leaving(chat, ann)]), bob)
    assert announced == []

    ask(Chat(chat_members=[leaving(chat, bob)]), ann)
    ask(Chat(chat_members=[leaving(chat, bob)]), ann)
    assert announced == [chat.chat_id]


def test_a_parked_member_can_be_removed(agency: Agency, ann: Caller) -> None:
    chat = start(agency, ann, agency.contact("Vic"))
    entry = ChatMember(chat_member_id=chat.chat_members[1].chat_member_id)

    assert change(agency, ann, chat.chat_id, Chat(chat_members=[entry]))[0].member_count == 1
    assert all_counters_hold(agency)


def test_a_chat_is_archived_for_the_caller_only(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    changed = change(agency, bob, chat.chat_id, Chat(is_archived=True))

    assert changed[0].is_archived is True
    assert changed[0].chat_members[0].is_archived is True
    assert seen(agency, ann, chat.chat_id).is_archived is False
    send(agency, ann, chat.chat_id)
    assert seen(agency, bob, chat.chat_id).unread_count == 1


def test_a_rename_does_not_unarchive_a_chat(agency: Agency, bob: Caller, chat: Chat) -> None:
    change(agency, bob, chat.chat_id, Chat(is_archived=True))

    assert change(agency, bob, chat.chat_id, Chat(chat_name="Other"))[0].is_archived is True
    assert change(agency, bob, chat.chat_id, Chat(chat_members=[leaving_none(chat, bob)]))[0].is_archived is True
    assert change(agency, bob, chat.chat_id, Chat())[0].is_archived is False


def leaving_none(chat: Chat, who: Caller) -> ChatMember:
    return ChatMember(user_id=who.user_id)


def test_the_callers_marker_moves_only_forward(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    first, second, third = (send(agency, ann, chat.chat_id) for _ in range(3))

    def read_to(message_id: Guid) -> tuple[int, Guid]:
        entry = ChatMember(user_id=bob.user_id, last_chat_message_id=message_id)
        changed = change(agency, bob, chat.chat_id, Chat(chat_members=[entry]))[0]
        return changed.unread_count, changed.chat_members[0].last_chat_message_id

    assert read_to(second) == (1, second)
    assert read_to(first) == (1, second)
    assert read_to(third) == (0, third)
    assert all_counters_hold(agency)


def test_the_markers_of_others_cannot_be_moved(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    last = send(agency, ann, chat.chat_id)
    entry = replace(member_in(chat, bob.user_id), last_chat_message_id=last)

    change(agency, ann, chat.chat_id, Chat(chat_members=[entry]))

    assert seen(agency, bob, chat.chat_id).unread_count == 1


def test_all_wrong_members_of_a_change_are_reported(agency: Agency, ann: Caller, bob: Caller, chat: Chat) -> None:
    elsewhere = start(agency, ann)
    foreign = send(agency, ann, elsewhere.chat_id)
    wanted = Chat(
        chat_id=elsewhere.chat_id,
        chat_name="Other",
        chat_members=[
            ChatMember(user_id=new_guid()),
            ChatMember(chat_member_id=new_guid(), is_active=True),
            ChatMember(user_id=ann.user_id, last_chat_message_id=foreign),
            ChatMember(),
            replace(member_in(chat, bob.user_id), chat_id=elsewhere.chat_id),
            elsewhere.chat_members[0],
        ],
    )

    assert wrong_members(lambda: change(agency, ann, chat.chat_id, wanted)) == {
        "Chat.ChatId": "Equal",
        "Chat.ChatMembers[0].UserId": "NotFound",
        "Chat.ChatMembers[1].ChatMemberId": "NotFound",
        "Chat.ChatMembers[2].LastChatMessageId": "NotFound",
        "Chat.ChatMembers[3].UserId": "NotEmpty",
        "Chat.ChatMembers[4].ChatId": "Equal",
        "Chat.ChatMembers[5].ChatId": "Equal",
        "Chat.ChatMembers[5].ChatMemberId": "NotFound",
    }
    assert seen(agency, ann, chat.chat_id) == chat


def test_a_chat_archived_for_everybody_can_only_be_read_and_left(
    agency: Agency, ann: Caller, bob: Caller, cat: Caller, chat: Chat
) -> None:
    last = send(agency, ann, chat.chat_id)
    archive_for_all(agency, chat.chat_id)
    marker = ChatMember(user_id=bob.user_id, last_chat_message_id=last)

    for wanted in (Chat(chat_name="Other"), Chat(chat_members=[ChatMember(user_id=cat.user_id)])):
        with pytest.raises(Conflict):
            change(agency, bob, chat.chat_id, wanted)
    assert seen(agency, bob, chat.chat_id).is_archived is True
    assert change(agency, bob, chat.chat_id, Chat(chat_members=[marker]))[0].unread_count == 0
    assert change(agency, bob, chat.chat_id, Chat(chat_members=[leaving(chat, bob)])) == []


# Parked


def test_a_parked_contact_finds_missed_messages_unread(agency: Agency, ann: Caller) -> None:
    vic = agency.contact("Vic")
    chat = start(agency, ann)
    send(agency, ann, chat.chat_id)
    change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=vic)]))
    send(agency, ann, chat.chat_id)
    user = stranger(agency, "Victor")

    link(agency, vic, user.user_id)

    found = seen(agency, user, chat.chat_id)
    assert (found.unread_count, found.message_count, found.member_count) == (1, 2, 2)
    assert found.chat_members[0].is_active is True
    assert all_counters_hold(agency)


def test_a_member_parked_as_another_contact_too_keeps_their_membership(
    agency: Agency, ann: Caller, bob: Caller, chat: Chat
) -> None:
    bobby = agency.contact("Bobby")
    change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=bobby)]))
    send(agency, bob, chat.chat_id)
    send(agency, ann, chat.chat_id)

    merge(agency, bobby, bob)

    found = seen(agency, bob, chat.chat_id)
    assert (found.unread_count, found.member_count, names_in(found)) == (1, 2, ["Bob", "Ann"])
    assert found.chat_members[0].chat_member_id == member_in(chat, bob.user_id).chat_member_id
    assert all_counters_hold(agency)


def test_a_member_who_left_and_was_parked_as_another_contact_returns(
    agency: Agency, ann: Caller, bob: Caller, chat: Chat
) -> None:
    bobby = agency.contact("Bobby")
    change(agency, ann, chat.chat_id, Chat(chat_members=[ChatMember(user_id=bobby)]))
    send(agency, bob, chat.chat_id)
    change(agency, bob, chat.chat_id, Chat(chat_members=[leaving(chat, bob)]))
    send(agency, ann, chat.chat_id)

    merge(agency, bobby, bob)

    found = seen(agency, bob, chat.chat_id)
    assert (found.unread_count, found.message_count, found.member_count) == (1, 2, 2)
    assert all_counters_hold(agency)


def test_a_contact_parked_twice_becomes_one_member(agency: Agency, ann: Caller) -> None:
    vic, victor = agency.contact("Vic"), agency.contact("Victor")
    chat = start(agency, ann, vic, victor)
    user = stranger(agency, "Vic")
    send(agency, ann, chat.chat_id)

    link(agency, vic, user.user_id)
    merge(agency, victor, replace(user, contact_id=vic))

    found = seen(agency, user, chat.chat_id)
    assert (found.unread_count, found.member_count) == (1, 2)
    assert all_counters_hold(agency)
