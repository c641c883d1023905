"""Sending messages with all that they can have, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import Conflict, Forbidden, NotFound, ValidationError
from parlour.model.attachments import Attachment
from parlour.model.conversations import Message
from parlour.model.sending import SendMessage
from parlour.services.caller import ADMINISTRATOR, Caller
from parlour.services.sending import MOST_ATTACHMENTS, MOST_MENTIONED, send_message
from parlour.store import attachments, chats, consistency, memberships
from parlour.store.chats import Membership, Person
from parlour.store.database import Transaction
from tests.services.conftest import Agency
from tests.services.test_messages import archive_for_all, leave, read, seen, send, started


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    """A chat of Ann, who owns it, with Bob."""
    chat_id = started(agency, ann, bob)
    give_role(agency, ann, "owner")
    return chat_id


def give_role(agency: Agency, person: Caller, role: str) -> None:
    """Gives a person a role in all their chats."""
    set_role = "UPDATE chat_member SET role = :role WHERE user_id = :user_id"
    agency.database.run(lambda tx: tx.execute(set_role, role=role, user_id=person.user_id))


def sent(agency: Agency, caller: Caller, chat_id: Guid, text: str = "Hello", **also: Any) -> Message:
    request = SendMessage(chat_id=chat_id, text=text, **also)
    message = agency.call(send_message, request, caller).message
    assert message is not None
    return message


def membership(agency: Agency, caller: Caller, chat_id: Guid) -> Membership:
    found = agency.database.run(lambda tx: chats.membership_of(tx, agency.agency_id, chat_id, caller.user_id))
    assert found is not None
    return found


def uploaded(agency: Agency, owner: Caller, name: str = "a.txt", state: str = "ready") -> Guid:
    """An attachment that its owner may use in a message. Without a `state` its bytes have not arrived."""
    attachment_id = new_guid()

    def upload(tx: Transaction) -> None:
        at = tx.now + timedelta(days=1)
        attachments.add(
            tx, agency.agency_id, attachment_id, owner_id=owner.user_id, file_name=name, size=3, removable_at=at
        )
        if state:
            attachments.give_content(tx, agency.agency_id, attachment_id, content_hash=name, stored_as=attachment_id)
            arrived = Attachment(attachment_id=attachment_id, media_type="text/plain", size=3, state=state)
            attachments.finish(tx, agency.agency_id, arrived, removable_at=at)

    agency.database.run(upload)
    return attachment_id


def parked(agency: Agency, chat_id: Guid) -> Guid:
    """A contact without an account, in the chat."""
    contact_id = agency.contact("Carol")
    agency.database.run(lambda tx: memberships.join(tx, agency.agency_id, chat_id, [Person(contact_id, None)]))
    return contact_id


def wrong_members(call: Callable[[], object]) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        call()
    return [error.field_name for error in refused.value.errors]


def test_a_message_is_numbered_and_everybody_else_has_it_unread(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    send(agency, bob, chat)
    message = sent(agency, ann, chat, "Hi")

    assert (message.number, message.text, message.sender_name, message.chat_id) == (2, "Hi", "Ann", chat)
    assert seen(agency, bob, chat).unread_count == 1
    assert seen(agency, ann, chat).unread_count == 0
    assert read(agency, bob, chat)[-1].message == "Hi"


def test_repeating_a_send_returns_the_first_message(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    also: dict[str, Any] = {"chat_message_id": new_guid(), "mentioned_user_ids": [bob.user_id]}
    also["attachment_ids"] = [uploaded(agency, ann)]
    also["reply_to_message_id"] = sent(agency, bob, chat).chat_message_id
    first = sent(agency, ann, chat, **also)

    assert sent(agency, ann, chat, **also) == first
    assert seen(agency, bob, chat).message_count == 2
    assert membership(agency, bob, chat).mention_count == 1


@pytest.mark.parametrize("other", [{"text": "Other"}, {"attachment_ids": []}])
def test_an_id_of_another_message_is_refused(agency: Agency, ann: Caller, chat: Guid, other: dict[str, Any]) -> None:
    also: dict[str, Any] = {"chat_message_id": new_guid(), "attachment_ids": [uploaded(agency, ann)]}
    sent(agency, ann, chat, **also)

    with pytest.raises(Conflict):
        sent(agency, ann, chat, **also | other)


def test_both_operations_know_the_ids_of_each_other(agency: Agency, ann: Caller, chat: Guid) -> None:
    chosen = new_guid()
    older = send(agency, ann, chat, "Hi", chat_message_id=chosen)

    assert sent(agency, ann, chat, "Hi", chat_message_id=chosen).number == 1
    assert send(agency, ann, chat, "Hi", chat_message_id=chosen) == older


def test_mentions_are_counted_for_those_who_are_named(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    message = sent(agency, ann, chat, mentioned_user_ids=[bob.user_id, bob.contact_id, ann.user_id])

    assert sorted(message.mentioned_user_ids) == sorted([ann.user_id, bob.user_id])
    assert membership(agency, bob, chat).mention_count == 1
    assert membership(agency, ann, chat).mention_count == 0
    read(agency, bob, chat)
    assert membership(agency, bob, chat).mention_count == 0


def test_a_person_without_an_account_is_named_by_their_contact(agency: Agency, ann: Caller, chat: Guid) -> None:
    carol = parked(agency, chat)

    assert sent(agency, ann, chat, mentioned_user_ids=[carol]).mentioned_user_ids == [carol]

    mentions = "SELECT mentions FROM chat_member WHERE contact_id = :carol"
    assert agency.database.run(lambda tx: tx.value(mentions, carol=carol)) == 1
    assert agency.database.run(consistency.differences) == []


def test_only_members_can_be_named(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    leave(agency, bob, chat)
    stranger = agency.person("Stranger")
    named = [ann.user_id, bob.user_id, stranger.user_id, new_guid()]

    found = wrong_members(lambda: sent(agency, ann, chat, mentioned_user_ids=named))

    assert found == ["MentionedUserIds[1]", "MentionedUserIds[2]", "MentionedUserIds[3]"]


def test_everybody_is_mentioned_once(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    sent(agency, ann, chat, mentioned_user_ids=[bob.user_id], mentions_everybody=True)

    assert membership(agency, bob, chat).mention_count == 1
    assert membership(agency, ann, chat).mention_count == 0
    assert agency.database.run(consistency.differences) == []


def test_members_must_not_mention_everybody(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    with pytest.raises(Forbidden):
        sent(agency, bob, chat, mentions_everybody=True)

    give_role(agency, bob, "moderator")
    assert sent(agency, bob, chat, mentions_everybody=True).mentions_everybody


def test_administrators_may_mention_everybody(agency: Agency, ann: Caller) -> None:
    boss = agency.person("Boss", ADMINISTRATOR)
    chat = started(agency, ann, boss)

    assert sent(agency, boss, chat, mentions_everybody=True).mentions_everybody


def test_a_reply_shows_what_it_answers(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    question = sent(agency, bob, chat, "x" * 300)
    answer = sent(agency, ann, chat, reply_to_message_id=question.chat_message_id)

    assert answer.reply_to is not None
    assert (answer.reply_to.number, answer.reply_to.sender_name) == (1, "Bob")
    assert answer.reply_to.text == "x" * 200


def test_a_message_of_another_chat_cannot_be_answered(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    elsewhere = sent(agency, ann, started(agency, ann, bob)).chat_message_id

    assert wrong_members(lambda: sent(agency, ann, chat, reply_to_message_id=elsewhere)) == ["ReplyToMessageId"]


def test_attachments_keep_their_order_and_need_no_text(agency: Agency, ann: Caller, chat: Guid) -> None:
    files = [uploaded(agency, ann, name) for name in ("b.txt", "a.txt")]
    message = sent(agency, ann, chat, "", attachment_ids=files)

    assert [each.file_name for each in message.attachments] == ["b.txt", "a.txt"]
    assert read(agency, ann, chat)[0].attachment_id == files[0]


def test_only_own_attachments_can_be_sent(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    files = [uploaded(agency, ann), uploaded(agency, bob, "b.txt")]

    assert wrong_members(lambda: sent(agency, ann, chat, attachment_ids=files)) == ["AttachmentIds[1]"]


def test_the_error_says_why_an_own_attachment_cannot_be_sent(agency: Agency, ann: Caller, bob: Caller) -> None:
    chat = started(agency, ann, bob)
    twice, of_bob = uploaded(agency, ann), uploaded(agency, bob)
    files = [
        twice,
        twice,
        *(uploaded(agency, ann, f"{state}.txt", state) for state in ("", "checking", "refused")),
        uploaded(agency, bob, "b.txt", "checking"),
        new_guid(),
        of_bob,
    ]

    with pytest.raises(ValidationError) as raised:
        sent(agency, ann, chat, attachment_ids=files)

    assert [(each.field_name, each.message.partition("' ")[2]) for each in raised.value.errors] == [
        ("AttachmentIds[1]", "must be named once."),
        ("AttachmentIds[2]", "must be uploaded to its end before it is sent."),
        ("AttachmentIds[3]", "must be checked by the scanner before it is sent. Try again later."),
        ("AttachmentIds[4]", "must be a file that the scanner has not refused."),
        ("AttachmentIds[5]", "does not exist."),
        ("AttachmentIds[6]", "does not exist."),
        ("AttachmentIds[7]", "does not exist."),
    ]


def test_an_uploaded_file_can_be_sent_by_the_older_operation(
    agency: Agency, ann: Caller, bob: Caller, chat: Guid
) -> None:
    file = uploaded(agency, ann)
    send(agency, ann, chat, attachment_id=file)

    visible = agency.database.run(lambda tx: attachments.visible_to(tx, agency.agency_id, file, bob.user_id))
    assert visible is not None
    assert visible.uses == 1


def test_sizes_have_limits(agency: Agency, ann: Caller, chat: Guid) -> None:
    many = [new_guid() for _ in range(MOST_MENTIONED + 1)]
    files = many[: MOST_ATTACHMENTS + 1]

    too_long = wrong_members(lambda: sent(agency, ann, chat, "x" * 10_001, mentioned_user_ids=many))

    assert too_long == ["Text", "MentionedUserIds"]
    assert wrong_members(lambda: sent(agency, ann, chat, attachment_ids=files)) == ["AttachmentIds"]
    assert wrong_members(lambda: sent(agency, ann, chat, " ")) == ["Text"]


def test_strangers_and_archived_chats_take_no_message(agency: Agency, ann: Caller, bob: Caller, chat: Guid) -> None:
    with pytest.raises(NotFound):
        sent(agency, agency.person("Stranger"), chat)
    archive_for_all(agency, chat)
    with pytest.raises(Conflict):
        sent(agency, ann, chat)
