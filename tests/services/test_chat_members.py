"""The members of chats: leaving, removing others, and who owns a chat."""

from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, ValidationError
from parlour.model.chat_members import AddChatMembers, RemoveChatMember, SetChatRole
from parlour.model.chat_states import ArchiveChat
from parlour.model.chats import Chat, ChatMember, ChatMemberRequest, ChatRequest
from parlour.model.conversations import Member
from parlour.services.caller import ADMINISTRATOR, CONTACT, Caller
from parlour.services.chat_members import (
    MOST_MEMBERS_NAMED,
    add_members,
    archive_for_member,
    remove_chat_member,
    remove_member,
    set_role,
)
from parlour.services.chat_states import archive_chat
from parlour.services.chats import change_chat, list_chats, start_chat
from parlour.store import members
from parlour.store.consistency import differences
from tests.services.conftest import Agency


def start(agency: Agency, caller: Caller, *others: Guid) -> Guid:
    named = [ChatMember(user_id=other) for other in others]
    return agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Chat", chat_members=named)), caller).chat[0].chat_id


def listed(agency: Agency, chat_id: Guid) -> dict[str | None, Member]:
    """The members by their names."""
    found, _ = agency.database.run(lambda tx: members.page(tx, agency.agency_id, chat_id, (), members.FIRST, most=200))
    return {member.name: member for member in found}


def roles(agency: Agency, chat_id: Guid) -> dict[str | None, str | None]:
    return {name: member.role for name, member in listed(agency, chat_id).items()}


def remove(agency: Agency, caller: Caller, member_id: Guid, **others: Any) -> list[ChatMember]:
    return agency.database.run(
        lambda tx: remove_member(ChatMemberRequest(chat_member_id=member_id), tx, caller, **others).chat_member
    )


def give_role(agency: Agency, chat_id: Guid, caller: Caller, member: Caller, role: str | None) -> Member:
    member_id = listed(agency, chat_id)[member.display_name].chat_member_id
    changed = agency.call(set_role, SetChatRole(chat_member_id=member_id, role=role), caller).member
    assert changed is not None
    return changed


def leave(agency: Agency, chat_id: Guid, caller: Caller) -> None:
    member_id = listed(agency, chat_id)[caller.display_name].chat_member_id
    agency.call(remove_chat_member, RemoveChatMember(chat_member_id=member_id), caller)


def test_a_member_can_leave(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    member_id = listed(agency, chat_id)["Bob"].chat_member_id
    changed: list[Guid] = []

    [left] = remove(agency, bob, member_id, on_members_change=changed.append)

    assert (left.chat_member_id, left.chat_id, left.is_active) == (member_id, chat_id, False)
    assert list(listed(agency, chat_id)) == ["Ann"]
    assert changed == [chat_id]
    with pytest.raises(NotFound):
        remove(agency, bob, member_id)


def test_removing_a_member_again_changes_nothing(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    member_id = listed(agency, chat_id)["Bob"].chat_member_id

    assert remove(agency, ann, member_id) == remove(agency, ann, member_id)


def test_owners_and_administrators_remove_everybody_and_moderators_plain_members(
    agency: Agency, ann: Caller, bob: Caller
) -> None:
    cat, ada = agency.person("Cat"), agency.person("Ada", ADMINISTRATOR)
    chat_id = start(agency, ann, bob.user_id, cat.user_id, ada.user_id)
    found = listed(agency, chat_id)
    give_role(agency, chat_id, ann, bob, "moderator")

    for caller, name in ((cat, "Bob"), (bob, "Ann")):
        with pytest.raises(Forbidden):
            remove(agency, caller, found[name].chat_member_id)
    remove(agency, bob, found["Cat"].chat_member_id)
    remove(agency, ada, found["Bob"].chat_member_id)
    remove(agency, ann, found["Ada"].chat_member_id)
    assert list(listed(agency, chat_id)) == ["Ann"]


def test_a_member_is_hidden_from_strangers(agency: Agency, other_agency: Agency, ann: Caller, bob: Caller) -> None:
    member_id = listed(agency, start(agency, ann))["Ann"].chat_member_id

    for caller, hidden in ((bob, member_id), (other_agency.person("Eve"), member_id), (ann, new_guid())):
        with pytest.raises(NotFound, match="Member not found"):
            remove(agency, caller, hidden)
        with pytest.raises(NotFound, match="Member not found"):
            agency.call(archive_for_member, ChatMemberRequest(chat_member_id=hidden), caller)


def test_a_member_puts_a_chat_away_for_themselves_only(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    found = listed(agency, chat_id)

    answer = agency.call(archive_for_member, ChatMemberRequest(chat_member_id=found["Bob"].chat_member_id), bob)

    assert [(member.is_archived, member.is_active) for member in answer.chat_member] == [(True, True)]
    assert agency.call(list_chats, ChatRequest(), bob).chat[0].is_archived
    assert not agency.call(list_chats, ChatRequest(), ann).chat[0].is_archived
    with pytest.raises(Forbidden):
        agency.call(archive_for_member, ChatMemberRequest(chat_member_id=found["Bob"].chat_member_id), ann)


def test_when_the_last_owner_leaves_a_moderator_owns_the_chat(agency: Agency, ann: Caller, bob: Caller) -> None:
    cat = agency.person("Cat")
    chat_id = start(agency, ann, agency.contact("Vic"), bob.user_id, cat.user_id)
    give_role(agency, chat_id, ann, cat, "moderator")

    remove(agency, ann, listed(agency, chat_id)["Ann"].chat_member_id)

    assert roles(agency, chat_id) == {"Vic": "member", "Bob": "member", "Cat": "owner"}


def test_without_a_moderator_the_longest_member_owns_it(agency: Agency, ann: Caller, bob: Caller) -> None:
    cat = agency.person("Cat")
    chat_id = start(agency, ann, agency.contact("Vic"), bob.user_id, cat.user_id)
    own = ChatMember(chat_member_id=listed(agency, chat_id)["Ann"].chat_member_id)

    agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_members=[own])), ann)

    assert roles(agency, chat_id) == {"Vic": "member", "Bob": "owner", "Cat": "member"}


def test_whoever_started_a_chat_owns_it_again_when_they_return(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    remove(agency, ann, listed(agency, chat_id)["Ann"].chat_member_id)
    back = ChatRequest(chat_id=chat_id, chat=Chat(chat_members=[ChatMember(user_id=ann.user_id)]))

    agency.call(change_chat, back, bob)

    assert roles(agency, chat_id) == {"Bob": "owner", "Ann": "owner"}


def test_a_creator_who_is_no_owner_any_more_returns_as_a_member(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    give_role(agency, chat_id, ann, bob, "owner")
    give_role(agency, chat_id, ann, ann, "member")
    remove(agency, ann, listed(agency, chat_id)["Ann"].chat_member_id)

    agency.call(
        change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_members=[ChatMember(user_id=ann.user_id)])), bob
    )

    assert roles(agency, chat_id) == {"Bob": "owner", "Ann": "member"}


def test_people_of_any_role_are_added_by_members_of_any_role(agency: Agency, ann: Caller, bob: Caller) -> None:
    client, vic = agency.person("Cleo", CONTACT), agency.contact("Vic")
    chat_id = start(agency, ann, client.user_id)
    named = [bob.user_id, vic, client.contact_id, bob.contact_id]

    added = agency.call(add_members, AddChatMembers(chat_id=chat_id, user_ids=named), client).members

    assert {(member.name, member.has_joined) for member in added} == {("Cleo", True), ("Bob", True), ("Vic", False)}
    assert len(added) == 3
    assert set(listed(agency, chat_id)) == {"Ann", "Cleo", "Bob", "Vic"}


def test_unknown_people_and_too_many_are_refused(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann)
    too_many = AddChatMembers(chat_id=chat_id, user_ids=[ann.user_id] * (MOST_MEMBERS_NAMED + 1))
    unknown = AddChatMembers(chat_id=chat_id, user_ids=[ann.user_id, new_guid()])

    for request, field_name in ((too_many, "UserIds"), (unknown, "UserIds[1]")):
        with pytest.raises(ValidationError) as raised:
            agency.call(add_members, request, ann)
        assert [error.field_name for error in raised.value.field_errors] == [field_name]


def test_the_last_owner_names_another_one_before_leaving(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    with pytest.raises(Conflict):
        leave(agency, chat_id, ann)
    with pytest.raises(Conflict):
        give_role(agency, chat_id, ann, ann, "member")

    assert give_role(agency, chat_id, ann, bob, "owner").role == "owner"
    leave(agency, chat_id, ann)

    assert roles(agency, chat_id) == {"Bob": "owner"}
    leave(agency, chat_id, bob)
    assert roles(agency, chat_id) == {}


def test_the_last_owner_can_leave_an_archived_chat(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, bob.user_id)
    agency.call(archive_chat, ArchiveChat(chat_id=chat_id), ann)
    with pytest.raises(Conflict):
        leave(agency, chat_id, ann)
    with pytest.raises(Conflict, match="archived"):
        give_role(agency, chat_id, ann, bob, "moderator")

    give_role(agency, chat_id, ann, bob, "owner")
    leave(agency, chat_id, ann)

    assert roles(agency, chat_id) == {"Bob": "owner"}


def test_an_owner_who_is_alone_goes_on_owning_the_chat(agency: Agency, ann: Caller) -> None:
    chat_id = start(agency, ann)

    with pytest.raises(Conflict):
        give_role(agency, chat_id, ann, ann, "moderator")

    assert roles(agency, chat_id) == {"Ann": "owner"}


def test_roles_are_given_by_owners_and_administrators(agency: Agency, ann: Caller, bob: Caller) -> None:
    cat, ada = agency.person("Cat"), agency.person("Ada", ADMINISTRATOR)
    chat_id = start(agency, ann, bob.user_id, cat.user_id, ada.user_id)
    give_role(agency, chat_id, ann, bob, "moderator")
    give_role(agency, chat_id, ada, cat, "owner")

    with pytest.raises(Forbidden):
        give_role(agency, chat_id, bob, bob, "owner")
    give_role(agency, chat_id, cat, ann, "member")

    assert roles(agency, chat_id) == {"Ann": "member", "Bob": "moderator", "Cat": "owner", "Ada": "member"}


@pytest.mark.parametrize("role", [None, "", "Owner", "boss"])
def test_an_unknown_role_is_refused(agency: Agency, ann: Caller, role: str | None) -> None:
    with pytest.raises(ValidationError) as raised:
        give_role(agency, start(agency, ann), ann, ann, role)

    assert [error.field_name for error in raised.value.field_errors] == ["Role"]


def test_people_without_an_account_and_those_who_left_get_no_role(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat_id = start(agency, ann, agency.contact("Vic"), bob.user_id)
    found = listed(agency, chat_id)
    leave(agency, chat_id, bob)

    with pytest.raises(Conflict):
        agency.call(set_role, SetChatRole(chat_member_id=found["Vic"].chat_member_id, role="owner"), ann)
    with pytest.raises(NotFound):
        agency.call(set_role, SetChatRole(chat_member_id=found["Bob"].chat_member_id, role="owner"), ann)


def test_a_chat_without_an_owner_is_found_by_the_check(agency: Agency, ann: Caller) -> None:
    start(agency, ann)
    agency.database.run(lambda tx: tx.execute("UPDATE chat_member SET role = 'moderator'"))

    assert [found.what for found in agency.database.run(differences)] == ["the number of owners"]
