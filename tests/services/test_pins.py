"""Pinned messages, on both databases."""

import pytest

from parlour.engine.dto.errors import Conflict, NotFound
from parlour.model.conversations import Message
from parlour.model.events import MessagePinned
from parlour.model.pins import PinMessage
from parlour.services.caller import Caller
from parlour.services.pins import MOST_PINS, pin
from tests.services.conftest import Agency
from tests.services.test_editing import deleted, happened
from tests.services.test_messages import archive_for_all, started
from tests.services.test_reading import found
from tests.services.test_sending import sent


@pytest.fixture
def message(agency: Agency, ann: Caller, bob: Caller) -> Message:
    """A message in a chat of Ann with Bob."""
    return sent(agency, ann, started(agency, ann, bob))


def pinned(agency: Agency, caller: Caller, message: Message, *, is_pinned: bool = True) -> bool:
    request = PinMessage(chat_message_id=message.chat_message_id, is_pinned=is_pinned)
    answer = agency.call(pin, request, caller).message
    assert answer is not None
    return answer.is_pinned


def test_any_member_pins_and_unpins(agency: Agency, ann: Caller, bob: Caller, message: Message) -> None:
    assert [pinned(agency, bob, message), pinned(agency, ann, message)] == [True, True]
    assert found(agency, ann, message.chat_id).messages[0].is_pinned
    assert [pinned(agency, ann, message, is_pinned=False) for _ in range(2)] == [False, False]

    events = [each for each in happened(agency, message.chat_id) if isinstance(each, MessagePinned)]
    assert [(each.user_id, each.is_pinned, each.number) for each in events] == [
        (bob.user_id, True, 1),
        (ann.user_id, False, 1),
    ]


def test_a_chat_has_at_most_fifty_pins(agency: Agency, ann: Caller, message: Message) -> None:
    for _ in range(MOST_PINS):
        pinned(agency, ann, sent(agency, ann, message.chat_id))

    with pytest.raises(Conflict) as refused:
        pinned(agency, ann, message)

    assert refused.value.meta == {"Reason": "TooManyPins", "MaxLength": "50"}


def test_a_deleted_message_is_not_pinned(agency: Agency, ann: Caller, message: Message) -> None:
    pinned(agency, ann, message)

    assert not deleted(agency, ann, message.chat_message_id).is_pinned
    with pytest.raises(NotFound):
        pinned(agency, ann, message)


def test_strangers_and_archived_chats_pin_nothing(agency: Agency, ann: Caller, message: Message) -> None:
    with pytest.raises(NotFound):
        pinned(agency, agency.person("Stranger"), message)
    archive_for_all(agency, message.chat_id)
    with pytest.raises(Conflict) as refused:
        pinned(agency, ann, message)

    assert refused.value.meta == {"Reason": "ChatIsArchived"}
