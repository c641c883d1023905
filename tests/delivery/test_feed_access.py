"""Who hears an event of each kind, by GetEvents and by the event stream: only those who may know of it."""

import asyncio
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid
from parlour.model.chat_members import RemoveChatMember
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.events import KINDS, PASSING
from parlour.services.caller import Caller
from parlour.services.chat_members import remove_chat_member
from parlour.services.chats import start_chat
from parlour.services.events import announcing
from parlour.store.database import Database
from parlour.store.sequencing import sequence_events
from tests.services.conftest import Agency, new_agency
from tests.support.feed import Feed, kinds, until

MEMBERS, LEFT, STRANGERS = ("Ann", "Bob"), "Former member", ("Stranger", "Of another agency")

PERSONAL = ("chat.draftSaved", "chat.notificationsSet", "chat.archivedForMe", "me.changed", "presence.changed")

# Who hears a kind of event. The events about one person are about Bob, and the one who left is the former member.
HEARERS = {kind: set(MEMBERS) for kind in KINDS} | {kind: {"Bob"} for kind in PERSONAL}
HEARERS["chat.memberLeft"].add(LEFT)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_is_heard_only_by_those_who_may_know_of_it(database: Database, kind: str) -> None:
    agency, elsewhere = new_agency(database), new_agency(database)
    people = {name: agency.person(name) for name in (*MEMBERS, LEFT, STRANGERS[0])}
    people[STRANGERS[1]] = elsewhere.person(STRANGERS[1])
    chat_id = chat_that_one_has_left(agency, people)
    happened = event_of(kind, chat_id, people)

    by_call, by_stream = asyncio.run(heard(Feed(database), people, kind, happened))

    assert by_stream == HEARERS[kind]
    assert by_call == (set() if kind in PASSING else HEARERS[kind])


def chat_that_one_has_left(agency: Agency, people: dict[str, Caller]) -> Guid:
    others = [ChatMember(user_id=people[name].user_id) for name in (MEMBERS[1], LEFT)]
    [chat] = agency.call(start_chat, ChatRequest(chat=Chat(chat_name="Roof", chat_members=others)), people["Ann"]).chat
    [left] = [each for each in chat.chat_members if each.user_id == people[LEFT].user_id]
    agency.call(remove_chat_member, RemoveChatMember(chat_member_id=left.chat_member_id), people[LEFT])
    agency.database.run(sequence_events)
    return chat.chat_id


def event_of(kind: str, chat_id: Guid, people: dict[str, Caller]) -> Any:
    """An event of a kind. What it says does not matter here."""
    happened = KINDS[kind]()
    if hasattr(happened, "chat_id"):
        happened.chat_id = chat_id
    if kind == "chat.memberLeft":
        happened.user_id = people[LEFT].user_id
    return happened


async def heard(feed: Feed, people: dict[str, Caller], kind: str, happened: Any) -> tuple[set[str], set[str]]:
    """The names of those who hear an event by GetEvents, and by a stream."""
    agency_id, bob = people["Ann"].agency_id, people["Bob"].user_id
    async with feed.running():
        cursors = {name: (await feed.get(each)).next_cursor for name, each in people.items()}
        streams = {name: await feed.open(each) for name, each in people.items()}
        if kind in PASSING:
            announcing(feed.follower)(agency_id, happened, user_ids=[bob] if kind in PERSONAL else [])
        else:
            await feed.change(agency_id, happened, user_id=bob if kind in PERSONAL else None)
        await feed.follower.look()
        await until(lambda: streams["Bob"].pieces)
    answers = {name: kinds(await feed.get(each, cursors[name])) for name, each in people.items()}
    return {name for name in people if kind in answers[name]}, {name for name in people if streams[name].pieces}
