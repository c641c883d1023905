"""Attachments in the store: who sees them, their quotas, and the references that keep them."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.model.attachments import Attachment
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import Caller
from parlour.services.chats import change_chat, start_chat
from parlour.services.messages import send_message
from parlour.store import attachments
from parlour.store.database import Transaction
from tests.conftest import Clock
from tests.services.conftest import Agency

T = TypeVar("T")

DAY = timedelta(days=1)
QUOTA = 100_000
LARGEST = QUOTA - attachments.BYTES_OF_A_ROW


def run(agency: Agency, work: Callable[[Transaction], T]) -> T:
    return agency.database.run(work)


def uploaded(agency: Agency, owner: Caller, *, size: int = 10, content: str = "abc", is_clean: bool = True) -> Guid:
    """An attachment of the owner, as an upload leaves it."""
    attachment_id = new_guid()

    def work(tx: Transaction) -> Guid:
        assert attachments.reserve(tx, agency.agency_id, owner.user_id, size, quota=QUOTA)
        attachments.add(
            tx,
            agency.agency_id,
            attachment_id,
            owner_id=owner.user_id,
            file_name="plan.png",
            size=size,
            removable_at=tx.now + DAY,
        )
        attachments.give_content(tx, agency.agency_id, attachment_id, content_hash=content, stored_as=f"{content}-1")
        found = Attachment(attachment_id=attachment_id, media_type="image/png", width=3, height=4, state="checking")
        assert attachments.finish(tx, agency.agency_id, found, removable_at=tx.now + DAY)
        attachments.checked(tx, agency.agency_id, attachment_id, is_clean=is_clean)
        return attachment_id

    return run(agency, work)


def chat_of(agency: Agency, *people: Caller) -> Guid:
    members = [ChatMember(user_id=person.user_id) for person in people]
    started = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Fence", chat_members=members)), people[0])
    return started.chat[0].chat_id


def said(agency: Agency, chat_id: Guid, sender: Caller, *attachment_ids: Guid) -> int:
    """The number of a new message that names the attachments."""

    def work(tx: Transaction) -> int:
        send_message(ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="Look")), tx, sender)
        seq: int = tx.value("SELECT last_seq FROM chat WHERE chat_id = :chat_id", chat_id=chat_id)
        assert attachments.link(tx, agency.agency_id, chat_id, seq, attachment_ids, owner_id=sender.user_id)
        return seq

    return run(agency, work)


def sees(agency: Agency, person: Caller, attachment_id: Guid) -> bool:
    found = run(agency, lambda tx: attachments.visible_to(tx, person.agency_id, attachment_id, person.user_id))
    return found is not None


def removable(agency: Agency) -> list[Guid]:
    return [attachment_id for _, attachment_id in run(agency, lambda tx: attachments.removable(tx, at_most=100))]


def removed(agency: Agency, attachment_id: Guid) -> tuple[bool, list[str]]:
    """Whether the attachment was removed, and the files that nothing needs then."""
    was = run(agency, lambda tx: attachments.remove(tx, agency.agency_id, attachment_id))
    return was, list(run(agency, attachments.take_unused_content))


def test_an_attachment_without_a_message_is_its_owners(agency: Agency, ann: Caller, bob: Caller) -> None:
    plan = uploaded(agency, ann)

    assert sees(agency, ann, plan)
    assert not sees(agency, bob, plan)


def test_an_attachment_in_a_message_is_for_the_members_of_its_chat(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller
) -> None:
    plan, chat_id = uploaded(agency, ann), chat_of(agency, ann, bob)
    said(agency, chat_id, ann, plan)

    assert sees(agency, ann, plan)
    assert sees(agency, bob, plan)
    assert not sees(agency, agency.person("Cat"), plan)
    assert not sees(agency, other_agency.person("Eve"), plan)


def test_a_member_who_left_cannot_see_it_even_as_its_owner(agency: Agency, ann: Caller, bob: Caller) -> None:
    plan, chat_id = uploaded(agency, bob), chat_of(agency, ann, bob)
    said(agency, chat_id, bob, plan)
    member_id = agency.database.run(
        lambda tx: tx.value("SELECT member_id FROM chat_member WHERE user_id = :user_id", user_id=bob.user_id)
    )
    left = ChatMember(chat_member_id=member_id, user_id=bob.user_id, is_active=False)
    agency.call(change_chat, ChatRequest(chat_id=chat_id, chat=Chat(chat_members=[left])), bob)

    assert not sees(agency, bob, plan)
    assert sees(agency, ann, plan)


def test_a_message_lists_its_attachments_in_their_order(agency: Agency, ann: Caller) -> None:
    first, second, chat_id = uploaded(agency, ann), uploaded(agency, ann, content="def"), chat_of(agency, ann)
    seq = said(agency, chat_id, ann, second, first)
    plain = said(agency, chat_id, ann)
    in_chat = "x.chat_id = :chat_id AND x.seq IN (:seq, :plain)", (("chat_id", chat_id), ("seq", seq), ("plain", plain))
    found = run(agency, lambda tx: attachments.in_scope(tx, agency.agency_id, *in_chat))

    assert [(number, each.attachment_id) for _, number, each in found] == [(seq, second), (seq, first)]
    assert found[0][2] == Attachment(
        attachment_id=second,
        file_name="plan.png",
        media_type="image/png",
        size=10,
        width=3,
        height=4,
        state="ready",
    )


@pytest.mark.parametrize("whose", ["refused", "of another person", "of nobody"])
def test_a_message_names_only_usable_attachments_of_its_sender(
    agency: Agency, ann: Caller, bob: Caller, whose: str
) -> None:
    chat_id = chat_of(agency, ann, bob)
    plan = {
        "refused": lambda: uploaded(agency, ann, is_clean=False),
        "of another person": lambda: uploaded(agency, bob),
        "of nobody": new_guid,
    }[whose]()

    assert run(agency, lambda tx: attachments.usable(tx, agency.agency_id, ann.user_id, [plan])) == {}
    with pytest.raises(AssertionError):
        said(agency, chat_id, ann, plan)


def test_an_unused_attachment_is_removable_after_a_day(agency: Agency, ann: Caller, clock: Clock) -> None:
    plan, chat_id = uploaded(agency, ann), chat_of(agency, ann)
    used = uploaded(agency, ann)
    said(agency, chat_id, ann, used)
    clock.advance(hours=23)
    before = removable(agency)
    clock.advance(hours=1)

    assert before == []
    assert removable(agency) == [plan]
    assert removed(agency, used) == (False, [])


def test_a_file_is_removable_with_its_last_message(agency: Agency, ann: Caller) -> None:
    plan, chat_id = uploaded(agency, ann), chat_of(agency, ann)
    seqs = [said(agency, chat_id, ann, plan) for _ in range(2)]
    after = []
    for seq in seqs:
        run(agency, lambda tx, seq=seq: attachments.unlink(tx, agency.agency_id, chat_id, seq))  # type: ignore[misc]
        after.append(removable(agency))

    assert after == [[], [plan]]
    assert removed(agency, plan) == (True, ["abc-1"])


def test_equal_bytes_are_stored_once_and_removed_with_the_last_attachment(
    agency: Agency, ann: Caller, bob: Caller
) -> None:
    one, other = uploaded(agency, ann), uploaded(agency, bob)

    assert removed(agency, one) == (True, [])
    assert removed(agency, one) == (False, [])
    assert removed(agency, other) == (True, ["abc-1"])


def test_a_refused_attachment_keeps_no_bytes(agency: Agency, ann: Caller) -> None:
    uploaded(agency, ann, is_clean=False)

    assert run(agency, attachments.take_unused_content) == ["abc-1"]


def test_a_person_has_a_quota_that_removing_frees(agency: Agency, ann: Caller, bob: Caller) -> None:
    def reserved(person: Caller, size: int) -> bool:
        return run(agency, lambda tx: attachments.reserve(tx, agency.agency_id, person.user_id, size, quota=QUOTA))

    large = uploaded(agency, ann, size=LARGEST)

    assert not reserved(ann, 0)
    assert reserved(bob, 1)
    removed(agency, large)
    assert not reserved(ann, LARGEST + 1)
    assert reserved(ann, LARGEST)
