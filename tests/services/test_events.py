"""Access to the channels of chats, on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.services.caller import ADMINISTRATOR, Caller
from parlour.services.chats import change_chat, start_chat
from parlour.services.events import ChatChannels
from parlour.store import identity
from parlour.store.database import Transaction
from parlour.store.times import microseconds
from tests.services.conftest import Agency


def hears(agency: Agency, caller: Caller | None, channel: str) -> bool:
    return agency.database.run(lambda tx: ChatChannels().may_hear(tx, caller, channel))


def stays(agency: Agency, caller: Caller) -> bool:
    return agency.database.run(lambda tx: ChatChannels().may_stay(tx, caller))


def in_session(agency: Agency, caller: Caller) -> Caller:
    """The caller with a session."""

    def sign_in(tx: Transaction) -> Guid:
        person = identity.person_of_user(tx, caller.user_id, agency.agency_id)
        assert person is not None
        return identity.add_session(tx, person, tx.now + timedelta(days=1))

    return replace(caller, session_id=agency.database.run(sign_in))


@pytest.fixture
def chat(agency: Agency, ann: Caller, bob: Caller) -> Chat:
    wanted = Chat(chat_name="Roof", chat_members=[ChatMember(user_id=bob.user_id)])
    return agency.call(start_chat, ChatRequest(chat=wanted), ann).chat[0]


def test_the_channel_of_a_chat_is_for_its_members(
    agency: Agency, other_agency: Agency, ann: Caller, bob: Caller, chat: Chat
) -> None:
    channel = f"chat-{chat.chat_id}"

    assert hears(agency, ann, channel)
    assert hears(agency, bob, channel)
    assert not hears(agency, agency.person("Cat", ADMINISTRATOR), channel)
    assert not hears(agency, other_agency.person("Eve"), channel)
    assert not hears(agency, None, channel)


def test_a_member_who_left_no_longer_hears_the_chat(agency: Agency, bob: Caller, chat: Chat) -> None:
    membership = next(member for member in chat.chat_members if member.user_id == bob.user_id)
    leaving = Chat(chat_members=[ChatMember(chat_member_id=membership.chat_member_id, is_active=False)])
    agency.call(change_chat, ChatRequest(chat_id=chat.chat_id, chat=leaving), bob)

    assert not hears(agency, bob, f"chat-{chat.chat_id}")


@pytest.mark.parametrize(
    "name",
    [
        lambda chat_id: "*",
        lambda chat_id: chat_id,
        lambda chat_id: f"chat-{chat_id.upper()}x",
        lambda chat_id: f"chat-{chat_id} ",
        lambda chat_id: f"chat-{new_guid()}",
    ],
)
def test_there_are_no_other_channels(agency: Agency, ann: Caller, chat: Chat, name: Callable[[Guid], str]) -> None:
    assert not hears(agency, ann, name(chat.chat_id))


def test_a_signed_out_caller_hears_nothing(agency: Agency, ann: Caller, chat: Chat) -> None:
    signed_in = in_session(agency, ann)
    before = stays(agency, signed_in), hears(agency, signed_in, f"chat-{chat.chat_id}")
    agency.database.run(lambda tx: identity.end_sessions_of_user(tx, ann.user_id))

    assert before == (True, True)
    assert not stays(agency, signed_in)
    assert not hears(agency, signed_in, f"chat-{chat.chat_id}")


def test_a_stream_does_not_outlive_the_token_that_opened_it(agency: Agency, ann: Caller) -> None:
    signed_in = in_session(agency, ann)
    now = agency.database.run(lambda tx: microseconds(tx.now))

    assert stays(agency, replace(signed_in, good_until=now + 60_000_000))
    assert not stays(agency, replace(signed_in, good_until=now))


def test_a_disabled_user_loses_their_streams_with_any_credential(agency: Agency, ann: Caller) -> None:
    before = stays(agency, ann)
    agency.database.run(lambda tx: identity.set_disabled(tx, ann.user_id, is_disabled=True))

    assert before
    assert not stays(agency, ann)
    assert not stays(agency, in_session(agency, ann))
