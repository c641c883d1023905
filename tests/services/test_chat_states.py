"""The chat of two people, renaming chats, and archiving them for everybody."""

import asyncio
from collections.abc import Sequence

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, ValidationError
from parlour.model.chat_members import AddChatMembers, RemoveChatMember
from parlour.model.chat_states import ArchiveChat, RenameChat, StartDirectChat, UnarchiveChat
from parlour.model.chat_summaries import GetChat
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.conversations import ChatSummary
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import ADMINISTRATOR, CONTACT, Caller
from parlour.services.chat_members import add_members, remove_chat_member
from parlour.services.chat_states import archive_chat, rename_chat, start_direct_chat, unarchive_chat
from parlour.services.chat_summaries import get_chat
from parlour.services.chats import change_chat, start_chat
from parlour.services.messages import send_message
from parlour.store import memberships
from parlour.store.consistency import differences
from parlour.store.database import Database, Transaction, open_database
from tests.conftest import Store
from tests.services.conftest import Agency


def direct(agency: Agency, caller: Caller, other: Guid) -> ChatSummary:
    chat = agency.call(start_direct_chat, StartDirectChat(user_id=other), caller).chat
    assert chat is not None
    return chat


def start(agency: Agency, caller: Caller, *others: Guid) -> Guid:
    members = [ChatMember(user_id=other) for other in others]
    return (
        agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat", chat_members=members)), caller).chat[0].chat_id
    )


def seen(agency: Agency, caller: Caller, chat_id: Guid) -> ChatSummary:
    chat = agency.call(get_chat, GetChat(chat_id=chat_id), caller).chat
    assert chat is not None
    return chat


def leave(agency: Agency, caller: Caller, chat_id: Guid) -> None:
    [own] = [each for each in seen(agency, caller, chat_id).members if each.user_id == caller.user_id]
    agency.call(remove_chat_member, RemoveChatMember(chat_member_id=own.chat_member_id), caller)


# The chat of two people ----------------------------------------------------------------------------------------------


def test_two_people_have_one_chat(agency: Agency, ann: Caller, bob: Caller) -> None:
    first = direct(agency, ann, bob.user_id)

    assert (first.is_direct, first.chat_name, first.member_count) == (True, "", 2)
    assert [member.name for member in first.members] == ["Ann", "Bob"]
    for caller, other in ((ann, bob.contact_id), (bob, ann.user_id), (bob, ann.contact_id)):
        assert direct(agency, caller, other).chat_id == first.chat_id
    assert direct(agency, ann, agency.person("Cat").user_id).chat_id != first.chat_id


def test_a_person_without_an_account_can_be_written_to(agency: Agency, ann: Caller, bob: Caller) -> None:
    vic = agency.contact("Vic")

    chat = direct(agency, ann, vic)
    agency.call(send_message, ChatMessageRequest(chat_message=ChatMessage(chat_id=chat.chat_id, message="Hello")), ann)

    assert [member.has_joined for member in chat.members] == [True, False]
    assert direct(agency, ann, vic).message_count == 1
    assert direct(agency, bob, vic).chat_id != chat.chat_id


def test_nobody_has_a_chat_with_themselves_or_with_unknown_people(
    agency: Agency, other_agency: Agency, ann: Caller
) -> None:
    for unknown in (ann.user_id, ann.contact_id, new_guid(), other_agency.person("Eve").user_id):
        with pytest.raises(ValidationError) as raised:
            direct(agency, ann, unknown)
        assert [error.field_name for error in raised.value.field_errors] == ["UserId"]


def test_whoever_left_is_in_it_again(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = direct(agency, ann, bob.user_id).chat_id
    leave(agency, ann, chat_id)
    leave(agency, bob, chat_id)

    again = direct(agency, bob, ann.user_id)

    assert (again.chat_id, again.member_count) == (chat_id, 2)
    assert seen(agency, ann, chat_id).chat_id == chat_id


def test_it_stays_that_of_the_two(agency: Agency, ann: Caller, bob: Caller) -> None:
    cat = agency.person("Cat")
    chat_id = direct(agency, ann, bob.user_id).chat_id
    [_, other] = seen(agency, ann, chat_id).members

    with pytest.raises(Conflict):
        agency.call(add_members, AddChatMembers(chat_id=chat_id, user_ids=[cat.user_id]), ann)
    with pytest.raises(Conflict):
        agency.call(
            change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_members=[ChatMember(user_id=cat.user_id)])), ann
        )
    with pytest.raises(Conflict):
        agency.call(rename_chat, RenameChat(chat_id=chat_id, chat_name="Name"), ann)
    with pytest.raises(Conflict):
        agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_name="Name")), ann)
    with pytest.raises(Forbidden):
        agency.call(remove_chat_member, RemoveChatMember(chat_member_id=other.chat_member_id), ann)
    leave(agency, bob, chat_id)
    back = [ChatMember(user_id=bob.user_id)]
    agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_members=back)), ann)
    assert seen(agency, bob, chat_id).member_count == 2


def join(agency: Agency, contact_id: Guid, user: Caller) -> None:
    """Merges a contact without an account into that of a user, as an accepted invitation does."""

    def work(tx: Transaction) -> None:
        tx.execute(
            "UPDATE contact SET state = 'merged', merged_into = :into WHERE contact_id = :contact_id",
            into=user.contact_id,
            contact_id=contact_id,
        )
        memberships.activate_parked(tx, agency.agency_id, contact_id, user.user_id)

    agency.database.run(work)


def test_it_is_that_of_the_contact_that_the_other_person_was_merged_into(
    agency: Agency, ann: Caller, bob: Caller
) -> None:
    vic = agency.contact("Vic")
    chat_id = direct(agency, ann, vic).chat_id

    join(agency, vic, bob)

    assert direct(agency, ann, bob.user_id).chat_id == chat_id
    assert direct(agency, bob, ann.user_id).is_direct
    assert agency.database.run(differences) == []


def test_a_second_chat_of_two_people_becomes_one_like_any_other(agency: Agency, ann: Caller, bob: Caller) -> None:
    vic, wim = agency.contact("Vic"), agency.contact("Wim")
    second, own = direct(agency, ann, vic).chat_id, direct(agency, ann, wim).chat_id
    first = direct(agency, ann, bob.user_id).chat_id

    join(agency, vic, bob)
    join(agency, wim, ann)

    assert direct(agency, bob, ann.user_id).chat_id == first
    assert not seen(agency, bob, second).is_direct
    assert not seen(agency, ann, own).is_direct
    assert agency.database.run(differences) == []


@pytest.mark.parametrize("processes", [1, 2])
def test_two_people_who_start_it_at_once_get_the_same(store: Store, agency: Agency, processes: int) -> None:
    ann, bob = agency.person("Ann"), agency.person("Bob")
    ends = [open_database(store.url, store.data_dir, migrate=False) for _ in range(processes)]

    async def start_all() -> Sequence[Guid]:
        started = await asyncio.gather(
            *(_start(ends[n % processes], *((ann, bob) if n % 4 < 2 else (bob, ann))) for n in range(12))
        )
        return list(started)

    try:
        found = asyncio.run(start_all())
    finally:
        for end in ends:
            end.close()

    assert len(set(found)) == 1
    assert agency.database.run(lambda tx: tx.value("SELECT count(*) FROM chat")) == 1
    assert agency.database.run(differences) == []


async def _start(end: Database, caller: Caller, other: Caller) -> Guid:
    answer = await end.write(lambda tx: start_direct_chat(StartDirectChat(user_id=other.user_id), tx, caller))
    return answer.chat.chat_id if answer.chat else EMPTY_GUID


# Renaming and archiving ----------------------------------------------------------------------------------------------


def test_every_member_can_rename_a_chat(agency: Agency, ann: Caller) -> None:
    client = agency.person("Cleo", CONTACT)
    chat_id = start(agency, ann, client.user_id)

    renamed = agency.call(rename_chat, RenameChat(chat_id=chat_id, chat_name="Other"), client).chat

    assert renamed is not None
    assert renamed.chat_name == seen(agency, ann, chat_id).chat_name == "Other"


@pytest.mark.parametrize("name", [None, "", " ", "x" * 201, "a\nb"])
def test_a_wrong_name_is_refused(agency: Agency, ann: Caller, name: str | None) -> None:
    with pytest.raises(ValidationError) as raised:
        agency.call(rename_chat, RenameChat(chat_id=start(agency, ann), chat_name=name), ann)

    assert [error.field_name for error in raised.value.field_errors] == ["ChatName"]


def test_an_archived_chat_can_only_be_read_and_left(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)

    archived = agency.call(archive_chat, ArchiveChat(chat_id=chat_id), ann).chat

    assert archived is not None and archived.is_archived
    with pytest.raises(Conflict):
        agency.call(rename_chat, RenameChat(chat_id=chat_id, chat_name="Other"), ann)
    with pytest.raises(Conflict):
        agency.call(add_members, AddChatMembers(chat_id=chat_id, user_ids=[agency.contact("Vic")]), ann)
    said = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="Hello"))
    with pytest.raises(Conflict):
        agency.call(send_message, said, bob)
    assert seen(agency, bob, chat_id).is_archived
    leave(agency, bob, chat_id)


def test_memberships_survive_archiving(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    before = seen(agency, bob, chat_id)
    agency.call(archive_chat, ArchiveChat(chat_id=chat_id), ann)

    opened = agency.call(unarchive_chat, UnarchiveChat(chat_id=chat_id), ann).chat

    assert opened is not None and not opened.is_archived
    assert seen(agency, bob, chat_id).members == before.members
    agency.call(rename_chat, RenameChat(chat_id=chat_id, chat_name="Other"), bob)


def test_owners_administrators_and_both_of_two_people_archive(agency: Agency, ann: Caller, bob: Caller) -> None:
    ada = agency.person("Ada", ADMINISTRATOR)
    chat_id = start(agency, ann, bob.user_id, ada.user_id)

    with pytest.raises(Forbidden):
        agency.call(archive_chat, ArchiveChat(chat_id=chat_id), bob)
    agency.call(archive_chat, ArchiveChat(chat_id=chat_id), ada)
    with pytest.raises(Forbidden):
        agency.call(unarchive_chat, UnarchiveChat(chat_id=chat_id), bob)
    agency.call(archive_chat, ArchiveChat(chat_id=direct(agency, ann, bob.user_id).chat_id), bob)


def test_a_chat_is_not_changed_by_strangers(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann)
    with pytest.raises(NotFound):
        agency.call(rename_chat, RenameChat(chat_id=chat_id, chat_name="Mine"), bob)
    with pytest.raises(NotFound):
        agency.call(archive_chat, ArchiveChat(chat_id=chat_id), agency.person("Ada", ADMINISTRATOR))
    with pytest.raises(NotFound):
        agency.call(add_members, AddChatMembers(chat_id=chat_id, user_ids=[bob.user_id]), bob)
