"""What members choose for themselves in a chat: notifications and drafts."""

from datetime import UTC, datetime

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import NotFound, ValidationError
from parlour.model.chat_choices import SaveDraft, SetNotifications
from parlour.model.chat_summaries import GetChat
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.conversations import ChatSummary, Draft
from parlour.model.messages import ChatMessage, ChatMessageRequest
from parlour.services.caller import Caller
from parlour.services.chat_choices import save_draft, set_notifications
from parlour.services.chat_summaries import get_chat
from parlour.services.chats import start_chat
from parlour.services.messages import send_message
from tests.services.conftest import Agency

LATER = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def chat_id(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    chat = Chat(chat_name="Chat", chat_members=[ChatMember(user_id=bob.user_id)])
    return agency.call(start_chat, ChatRequest(chat=chat), ann).chat[0].chat_id


def say(agency: Agency, caller: Caller, chat_id: Guid) -> Guid:
    said = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message="Hello"))
    return agency.call(send_message, said, caller).chat_message[0].chat_message_id


def seen(agency: Agency, caller: Caller, chat_id: Guid) -> ChatSummary:
    chat = agency.call(get_chat, GetChat(chat_id=chat_id), caller).chat
    assert chat is not None
    return chat


def drafted(
    agency: Agency, caller: Caller, chat_id: Guid, text: str | None, answered: Guid | None = None
) -> Draft | None:
    request = SaveDraft(chat_id=chat_id, text=text, reply_to_message_id=answered)
    return agency.call(save_draft, request, caller).draft


def test_a_member_chooses_what_notifies_them(agency: Agency, ann: Caller, bob: Caller, chat_id: Guid) -> None:
    request = SetNotifications(chat_id=chat_id, level="mentions", muted_until=LATER)
    agency.call(set_notifications, request, bob)

    mine, other = seen(agency, bob, chat_id), seen(agency, ann, chat_id)

    assert (mine.level, mine.muted_until) == ("mentions", LATER)
    assert (other.level, other.muted_until) == ("everything", None)


def test_without_a_time_a_chat_is_not_muted(agency: Agency, ann: Caller, chat_id: Guid) -> None:
    for until in (LATER.replace(tzinfo=None), None):
        agency.call(set_notifications, SetNotifications(chat_id=chat_id, level="nothing", muted_until=until), ann)

        assert seen(agency, ann, chat_id).muted_until == (LATER if until else None)


@pytest.mark.parametrize("level", [None, "", "loud"])
def test_an_unknown_level_is_refused(agency: Agency, ann: Caller, chat_id: Guid, level: str | None) -> None:
    with pytest.raises(ValidationError) as raised:
        agency.call(set_notifications, SetNotifications(chat_id=chat_id, level=level), ann)

    assert [error.field_name for error in raised.value.field_errors] == ["Level"]


def test_a_draft_is_kept_for_its_writer_alone(agency: Agency, ann: Caller, bob: Caller, chat_id: Guid) -> None:
    answered = say(agency, bob, chat_id)

    saved = drafted(agency, ann, chat_id, "I wa", answered)

    assert saved == seen(agency, ann, chat_id).draft == Draft(text="I wa", reply_to_message_id=answered)
    assert seen(agency, bob, chat_id).draft is None
    assert drafted(agency, ann, chat_id, "I want", EMPTY_GUID) == Draft(text="I want")
    assert seen(agency, ann, chat_id).draft == Draft(text="I want")


@pytest.mark.parametrize("text", [None, ""])
def test_a_draft_without_text_is_gone(agency: Agency, ann: Caller, chat_id: Guid, text: str | None) -> None:
    drafted(agency, ann, chat_id, "I wa")

    assert drafted(agency, ann, chat_id, text) is None
    assert seen(agency, ann, chat_id).draft is None


def test_a_draft_answers_only_messages_of_its_chat(agency: Agency, ann: Caller, bob: Caller, chat_id: Guid) -> None:
    elsewhere = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Other")), ann).chat[0].chat_id
    for unknown in (new_guid(), say(agency, ann, elsewhere)):
        with pytest.raises(ValidationError) as raised:
            drafted(agency, ann, chat_id, "I wa", unknown)
        assert [error.field_name for error in raised.value.field_errors] == ["ReplyToMessageId"]


def test_a_draft_is_not_longer_than_a_message(agency: Agency, ann: Caller, chat_id: Guid) -> None:
    drafted(agency, ann, chat_id, "x" * 10_000)
    with pytest.raises(ValidationError) as raised:
        drafted(agency, ann, chat_id, "x" * 10_001)
    assert [error.field_name for error in raised.value.field_errors] == ["Text"]


def test_strangers_choose_nothing(agency: Agency, chat_id: Guid) -> None:
    cat = agency.person("Cat")
    with pytest.raises(NotFound):
        agency.call(set_notifications, SetNotifications(chat_id=chat_id, level="nothing"), cat)
    with pytest.raises(NotFound):
        drafted(agency, cat, chat_id, "I wa")
