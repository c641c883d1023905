"""State read once and then changed by events equals state read anew, after any operations of anybody.

For every operation of chats, and for UpdateMe, there is an entry in OPERATIONS. Add yours when you add an operation.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.errors import ApiError
from parlour.model.chat_choices import SaveDraft, SetNotifications
from parlour.model.chat_members import AddChatMembers, RemoveChatMember, SetChatRole
from parlour.model.chat_states import ArchiveChat, RenameChat, StartDirectChat, UnarchiveChat
from parlour.model.chats import Chat, ChatMember, ChatMemberRequest, ChatRequest
from parlour.model.editing import DeleteMessage, EditMessage
from parlour.model.markers import MarkRead, MarkUnread
from parlour.model.me import UpdateMe
from parlour.model.messages import ChatMessage, ChatMessageRequest, ChatMessagesRequest
from parlour.model.pins import PinMessage
from parlour.model.reactions import ReactToMessage
from parlour.model.sending import SendMessage
from parlour.services import (
    chat_choices,
    chat_members,
    chat_states,
    chats,
    editing,
    markers,
    me,
    messages,
    pins,
    reactions,
    sending,
)
from parlour.services.caller import Caller
from parlour.store import consistency, search_consistency
from parlour.store.database import Database, Transaction
from parlour.store.sequencing import sequence_events
from tests.services.conftest import Agency, new_agency
from tests.services.test_sending import uploaded
from tests.support.feed import Feed
from tests.support.following import ChatState, FollowingClient, read_chat, read_me, read_state

# Operations between two looks at the feed.
STEPS = 20
ROUNDS = 6


@dataclass
class Play:
    """People of an agency who do things at random, and one contact without an account."""

    agency: Agency
    random: random.Random
    people: list[Caller] = field(default_factory=list)
    parked: Guid = EMPTY_GUID

    def someone(self) -> Caller:
        return self.random.choice(self.people)

    def some_id(self, sql: str) -> Guid:
        """One of the ids that a query gives, of any chat: refusals are part of the play."""
        found = self.agency.database.run(lambda tx: tx.tuples(sql))
        return self.random.choice(found)[0] if found else Guid("f" * 32)

    @property
    def chat_id(self) -> Guid:
        return self.some_id("SELECT chat_id FROM chat")

    @property
    def member_id(self) -> Guid:
        return self.some_id("SELECT member_id FROM chat_member")

    @property
    def message_id(self) -> Guid:
        return self.some_id("SELECT message_id FROM chat_message")

    @property
    def user_id(self) -> Guid:
        return self.random.choice([*(each.user_id for each in self.people), self.parked])

    def text(self) -> str:
        return self.random.choice(["Hello", '"version":0, and "number":0,', "Bye", "\\ ' ü 😀"])

    def do(self, handler: Callable[..., object], request: object) -> None:
        self.agency.call(handler, request, self.someone())


def start_chat(play: Play) -> None:
    members = [ChatMember(user_id=play.user_id) for _ in range(play.random.randrange(4))]
    play.do(chats.start_chat, ChatRequest(chat=Chat(chat_name=play.text(), chat_members=members)))


def rename(play: Play) -> None:
    play.do(chats.change_chat, ChatRequest(chat_id=play.chat_id, chat=Chat(chat_name=play.text())))


def add_member(play: Play) -> None:
    named = Chat(chat_members=[ChatMember(user_id=play.user_id, is_active=True)])
    play.do(chats.change_chat, ChatRequest(chat_id=play.chat_id, chat=named))


def remove_member(play: Play) -> None:
    named = Chat(chat_members=[ChatMember(chat_member_id=play.member_id)])
    play.do(chats.change_chat, ChatRequest(chat_id=play.chat_id, chat=named))


def let_return(play: Play) -> None:
    named = Chat(chat_members=[ChatMember(chat_member_id=play.member_id, is_active=True)])
    play.do(chats.change_chat, ChatRequest(chat_id=play.chat_id, chat=named))


def put_away(play: Play) -> None:
    away = Chat(is_archived=play.random.random() < 0.5)
    play.do(chats.change_chat, ChatRequest(chat_id=play.chat_id, chat=away))


def move_marker(play: Play) -> None:
    caller = play.someone()
    own = ChatMember(user_id=caller.user_id, last_chat_message_id=play.message_id, is_active=True)
    request = ChatRequest(chat_id=play.chat_id, chat=Chat(chat_members=[own]))
    play.agency.call(chats.change_chat, request, caller)


def send_as_before(play: Play) -> None:
    play.do(
        messages.send_message, ChatMessageRequest(chat_message=ChatMessage(chat_id=play.chat_id, message=play.text()))
    )


def send_together(play: Play) -> None:
    """Messages of several people into two chats, which come at the same time. Some are not in the chat."""
    chat_ids = [play.chat_id, play.chat_id]
    calls = [(play.someone(), play.random.choice(chat_ids), play.text()) for _ in range(6)]

    def work(caller: Caller, chat_id: Guid, text: str) -> Callable[[Transaction], object]:
        request = ChatMessageRequest(chat_message=ChatMessage(chat_id=chat_id, message=text))
        return lambda tx: messages.send_message(request, tx, caller)

    async def meet() -> list[object]:
        waiting = [
            play.agency.database.write(work(*call), call[1], gathers=play.random.random() < 0.8) for call in calls
        ]
        return await asyncio.gather(*waiting, return_exceptions=True)

    # A loop is running in this thread.
    with ThreadPoolExecutor(1) as thread:
        outcomes = thread.submit(lambda: asyncio.run(meet())).result()
    assert [each for each in outcomes if isinstance(each, BaseException) and not isinstance(each, ApiError)] == []


def read(play: Play) -> None:
    play.do(messages.read_messages, ChatMessagesRequest(chat_id=play.chat_id))


def send(play: Play) -> None:
    request = SendMessage(
        chat_id=play.chat_id,
        text=play.text(),
        mentioned_user_ids=[play.user_id] if play.random.random() < 0.4 else [],
        mentions_everybody=play.random.random() < 0.2,
    )
    play.do(sending.send_message, request)


def send_files(play: Play) -> None:
    caller = play.someone()
    files = [uploaded(play.agency, caller, f"{new_guid()}.txt") for _ in range(play.random.randrange(1, 3))]
    request = SendMessage(chat_id=play.chat_id, text=play.random.choice(["", play.text()]), attachment_ids=files)
    play.agency.call(sending.send_message, request, caller)


def change_me(play: Play) -> None:
    name = play.random.choice([None, f"Name {play.random.randrange(100)}"])
    theme, shows = play.random.choice(["", "dark", "light"]), play.random.choice([None, True, False])
    request = UpdateMe(name=name, language=play.random.choice([None, "", "de"]), shows_presence=shows)
    play.do(me.update_me, replace(request, settings={"theme": theme}))


def reply(play: Play) -> None:
    request = SendMessage(chat_id=play.chat_id, text=play.text(), reply_to_message_id=play.message_id)
    play.do(sending.send_message, request)


def edit(play: Play) -> None:
    request = EditMessage(
        chat_message_id=play.message_id,
        text=play.text(),
        mentioned_user_ids=[play.user_id] if play.random.random() < 0.4 else [],
        mentions_everybody=play.random.random() < 0.2,
    )
    play.do(partial(editing.edit_message, edit_time=timedelta(days=1)), request)


def delete(play: Play) -> None:
    request = DeleteMessage(chat_message_id=play.message_id)
    play.do(partial(editing.delete_message, edit_time=timedelta(days=1)), request)


def react(play: Play) -> None:
    emoji, is_on = play.random.choice(["\U0001f44d", "\u2764"]), play.random.random() < 0.7
    play.do(reactions.react, ReactToMessage(chat_message_id=play.message_id, emoji=emoji, is_on=is_on))


def pin(play: Play) -> None:
    play.do(pins.pin, PinMessage(chat_message_id=play.message_id, is_pinned=play.random.random() < 0.7))


def mark_read(play: Play) -> None:
    chat_id = play.chat_id if play.random.random() < 0.8 else EMPTY_GUID
    play.do(markers.mark_read, MarkRead(chat_id=chat_id))


def mark_unread(play: Play) -> None:
    message_id = play.message_id if play.random.random() < 0.7 else EMPTY_GUID
    play.do(markers.mark_unread, MarkUnread(chat_id=play.chat_id, chat_message_id=message_id))


def start_direct_chat(play: Play) -> None:
    play.do(chat_states.start_direct_chat, StartDirectChat(user_id=play.user_id))


def rename_anew(play: Play) -> None:
    play.do(chat_states.rename_chat, RenameChat(chat_id=play.chat_id, chat_name=play.text()))


def archive(play: Play) -> None:
    play.do(chat_states.archive_chat, ArchiveChat(chat_id=play.chat_id))


def unarchive(play: Play) -> None:
    play.do(chat_states.unarchive_chat, UnarchiveChat(chat_id=play.chat_id))


def add_members(play: Play) -> None:
    user_ids = [play.user_id for _ in range(2)]
    play.do(chat_members.add_members, AddChatMembers(chat_id=play.chat_id, user_ids=user_ids))


def remove_by_id(play: Play) -> None:
    play.do(chat_members.remove_chat_member, RemoveChatMember(chat_member_id=play.member_id))


def set_role(play: Play) -> None:
    role = play.random.choice(["owner", "moderator", "member"])
    play.do(chat_members.set_role, SetChatRole(chat_member_id=play.member_id, role=role))


def remove_as_before(play: Play) -> None:
    play.do(chat_members.remove_member, ChatMemberRequest(chat_member_id=play.member_id))


def put_away_by_id(play: Play) -> None:
    play.do(chat_members.archive_for_member, ChatMemberRequest(chat_member_id=play.member_id))


def choose_notifications(play: Play) -> None:
    level = play.random.choice(chat_choices.LEVELS)
    until = play.random.choice([None, datetime(2030, 1, 1, tzinfo=UTC)])
    play.do(chat_choices.set_notifications, SetNotifications(chat_id=play.chat_id, level=level, muted_until=until))


def save_draft(play: Play) -> None:
    answered = play.random.choice([None, play.message_id])
    request = SaveDraft(chat_id=play.chat_id, text=play.random.choice(["", play.text()]), reply_to_message_id=answered)
    play.do(chat_choices.save_draft, request)


# What can happen, and how often.
OPERATIONS: dict[Callable[[Play], None], int] = {
    start_chat: 2,
    rename: 1,
    add_member: 3,
    remove_member: 2,
    let_return: 2,
    put_away: 1,
    move_marker: 3,
    send_as_before: 6,
    send_together: 2,
    read: 3,
    send: 6,
    send_files: 2,
    change_me: 3,
    reply: 2,
    edit: 6,
    delete: 3,
    react: 4,
    pin: 3,
    mark_read: 2,
    mark_unread: 4,
    start_direct_chat: 1,
    rename_anew: 1,
    archive: 1,
    unarchive: 3,
    add_members: 2,
    remove_by_id: 2,
    set_role: 2,
    remove_as_before: 1,
    put_away_by_id: 2,
    choose_notifications: 2,
    save_draft: 4,
}


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 12))])
def test_state_with_events_equals_state_read_anew(database: Database, seed: int) -> None:
    agency = new_agency(database)
    play = Play(agency, random.Random(seed))
    play.people = [agency.person(name) for name in ("Ann", "Bob", "Cat", "Dan")]
    play.parked = agency.contact("Pat")

    asyncio.run(compare(play, Feed(database)))


async def compare(play: Play, feed: Feed) -> None:
    do_some(play)
    cursors = {each.user_id: (await feed.get(each)).next_cursor for each in play.people}
    # The state is newer than the cursor, so some events are in it already.
    do_some(play)
    clients = {each.user_id: client_of(play, each) for each in play.people}
    for _ in range(ROUNDS):
        do_some(play)
        for caller in play.people:
            client, cursor = clients[caller.user_id], cursors[caller.user_id]
            while (answer := await feed.get(caller, cursor, take=play.random.randrange(1, 9))).events:
                assert not answer.is_gap
                for event in answer.events:
                    client.apply(event)
                cursor = answer.next_cursor
            cursors[caller.user_id] = cursor
            assert client.person == read_me(play.agency, caller)
            state = read_state(play.agency, caller)
            assert {id_: chat.comparable() for id_, chat in client.state.items()} == {
                id_: chat.comparable() for id_, chat in state.items()
            }
    assert play.agency.database.run(consistency.differences) == []
    assert play.agency.database.run(search_consistency.search_differences) == []


def client_of(play: Play, caller: Caller) -> FollowingClient:
    return FollowingClient(
        caller,
        read_me(play.agency, caller),
        read_state(play.agency, caller),
        lambda chat_id: read_if_member(play.agency, caller, chat_id),
    )


def read_if_member(agency: Agency, caller: Caller, chat_id: Guid) -> ChatState | None:
    try:
        return read_chat(agency, caller, chat_id)
    except ApiError:
        # The caller has left again meanwhile, which a later event says.
        return None


def do_some(play: Play) -> None:
    """Some operations at random. Those that are refused change nothing."""
    for operation in play.random.choices(list(OPERATIONS), list(OPERATIONS.values()), k=STEPS):
        with contextlib.suppress(ApiError):
            operation(play)
    play.agency.database.run(sequence_events)
