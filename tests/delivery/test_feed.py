"""The feed as callers hear it: GetEvents and streams, access at delivery, gaps and places, on both databases."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.engine.dto.errors import TooManyRequests, ValidationError
from parlour.model.chats import Chat, ChatMember, ChatRequest
from parlour.model.events import DraftSaved, MemberLeft, PresenceChanged, Typing
from parlour.services.caller import Caller
from parlour.services.chats import start_chat
from parlour.services.events import announcing
from parlour.store import chats, identity, memberships
from parlour.store.database import Database, Transaction
from parlour.store.sequencing import drop_events, sequence_events
from tests.conftest import Clock
from tests.services.conftest import Agency, new_agency
from tests.support.feed import Feed, kinds, names, renamed, until

T = TypeVar("T")


@pytest.fixture
def agency(database: Database) -> Agency:
    return new_agency(database)


@pytest.fixture
def feed(database: Database) -> Feed:
    return Feed(database)


@pytest.fixture
def ann(agency: Agency) -> Caller:
    return agency.person("Ann")


@pytest.fixture
def bob(agency: Agency) -> Caller:
    return agency.person("Bob")


@pytest.fixture
def chat_id(agency: Agency, ann: Caller, bob: Caller) -> Guid:
    wanted = Chat(chat_name="Roof", chat_members=[ChatMember(user_id=bob.user_id)])
    chat_id = agency.call(start_chat, ChatRequest(chat=wanted), ann).chat[0].chat_id
    agency.database.run(sequence_events)
    return chat_id


def run(story: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(story)


def leave(agency: Agency, chat_id: Guid, caller: Caller) -> None:
    def end(tx: Transaction) -> None:
        membership = chats.membership_of(tx, agency.agency_id, chat_id, caller.user_id)
        assert membership is not None
        memberships.leave(tx, agency.agency_id, chat_id, [membership.member_id])

    agency.database.run(end)


# GetEvents ------------------------------------------------------------------------------------------------------------


def test_a_new_cursor_is_behind_everything_that_has_happened(
    agency: Agency, feed: Feed, ann: Caller, chat_id: Guid
) -> None:
    async def story() -> list[Any]:
        await feed.change(agency.agency_id, renamed(chat_id, "before"))
        begun = await feed.get(ann)
        nothing = await feed.get(ann, begun.next_cursor)
        await feed.change(agency.agency_id, renamed(chat_id, "a"), renamed(chat_id, "b"))
        return [begun, nothing, await feed.get(ann, begun.next_cursor)]

    begun, nothing, some = run(story())
    assert (list(begun.events), list(nothing.events), nothing.next_cursor) == ([], [], begun.next_cursor)
    assert names(some) == ["a", "b"]
    assert some.events[0].chat_id == chat_id


def test_events_come_in_pages_and_each_has_its_cursor(agency: Agency, feed: Feed, ann: Caller, chat_id: Guid) -> None:
    async def story() -> list[Any]:
        begun = await feed.get(ann)
        await feed.change(agency.agency_id, *(renamed(chat_id, name) for name in "abcde"))
        first = await feed.get(ann, begun.next_cursor, take=2)
        return [first, await feed.get(ann, first.next_cursor, take=2), await feed.get(ann, first.events[0].cursor)]

    first, second, after_one = run(story())
    assert (names(first), names(second), names(after_one)) == (["a", "b"], ["c", "d"], ["b", "c", "d", "e"])
    assert first.next_cursor == first.events[1].cursor


def test_only_members_of_a_chat_and_the_person_meant_get_an_event(
    agency: Agency, feed: Feed, ann: Caller, bob: Caller, chat_id: Guid
) -> None:
    eve, others = agency.person("Eve"), new_agency(agency.database)

    async def story() -> list[Any]:
        callers = [ann, bob, eve]
        begun = [(await feed.get(each)).next_cursor for each in callers]
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        await feed.change(agency.agency_id, DraftSaved(chat_id=chat_id, text="hm"), user_id=bob.user_id)
        await feed.change(others.agency_id, renamed(chat_id, "elsewhere"))
        return [kinds(await feed.get(each, cursor)) for each, cursor in zip(callers, begun, strict=True)]

    assert run(story()) == [["chat.changed"], ["chat.changed", "chat.draftSaved"], []]


def test_whoever_left_a_chat_gets_only_that_they_left(
    agency: Agency, feed: Feed, ann: Caller, bob: Caller, chat_id: Guid
) -> None:
    async def story() -> list[Any]:
        begun = (await feed.get(bob)).next_cursor
        await feed.change(agency.agency_id, renamed(chat_id, "while a member"))
        await asyncio.to_thread(leave, agency, chat_id, bob)
        await feed.change(agency.agency_id, MemberLeft(chat_id=chat_id, user_id=bob.user_id), renamed(chat_id, "later"))
        return [kinds(await feed.get(each, begun)) for each in (bob, ann)]

    assert run(story()) == [["chat.memberLeft"], ["chat.changed", "chat.memberLeft", "chat.changed"]]


@pytest.mark.parametrize("cursor", ["x", "-5", "1e3", "9" * 40])
def test_a_text_that_is_no_cursor_is_named(feed: Feed, ann: Caller, cursor: str) -> None:
    with pytest.raises(ValidationError) as refused:
        run(feed.get(ann, cursor))

    assert [error.field_name for error in refused.value.errors] == ["Cursor"]


def test_a_cursor_older_than_what_is_kept_is_a_gap(
    agency: Agency, feed: Feed, ann: Caller, chat_id: Guid, clock: Clock
) -> None:
    async def story() -> list[Any]:
        old = (await feed.get(ann)).next_cursor
        await feed.change(agency.agency_id, renamed(chat_id, "dropped"))
        last_dropped = (await feed.get(ann)).next_cursor
        clock.advance(days=9)
        await feed.change(agency.agency_id, renamed(chat_id, "kept"))
        while await agency.database.sequence(lambda tx: drop_events(tx, timedelta(days=1))):
            pass
        gap = await feed.get(ann, old)
        return [gap, await feed.get(ann, gap.next_cursor), await feed.get(ann, last_dropped)]

    gap, after_gap, kept = run(story())
    assert (gap.is_gap, names(gap)) == (True, [])
    assert (after_gap.is_gap, names(after_gap)) == (False, [])
    assert (kept.is_gap, names(kept)) == (False, ["kept"])


def test_a_cursor_from_before_a_restore_is_a_gap(
    agency: Agency, feed: Feed, ann: Caller, chat_id: Guid, clock: Clock
) -> None:
    def restore() -> None:
        agency.database.run(lambda tx: tx.execute("DELETE FROM event WHERE data LIKE '%lost%'"))
        agency.database.run(lambda tx: tx.execute("UPDATE feed SET last_position = last_position - 1"))

    async def story() -> list[Any]:
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        in_backup = (await feed.get(ann)).next_cursor
        await feed.change(agency.agency_id, renamed(chat_id, "lost"))
        after_backup = (await feed.get(ann)).next_cursor
        restore()
        missing = await feed.get(ann, after_backup)
        clock.advance(minutes=1)
        await feed.change(agency.agency_id, renamed(chat_id, "b"), renamed(chat_id, "c"))
        return [missing, await feed.get(ann, after_backup), await feed.get(ann, in_backup)]

    missing, replaced, good = run(story())
    assert (missing.is_gap, replaced.is_gap, good.is_gap) == (True, True, False)
    assert names(good) == ["b", "c"]


def test_a_forged_cursor_is_a_gap(agency: Agency, feed: Feed, ann: Caller, chat_id: Guid) -> None:
    async def story() -> Any:
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        cursor = (await feed.get(ann)).next_cursor
        return await feed.get(ann, str(int(cursor or 0) ^ 1))

    assert run(story()).is_gap


# Waiting --------------------------------------------------------------------------------------------------------------


def test_a_call_that_waits_is_answered_by_the_next_event(
    agency: Agency, feed: Feed, ann: Caller, chat_id: Guid
) -> None:
    async def story() -> list[Any]:
        async with feed.running():
            begun = (await feed.get(ann)).next_cursor
            waiting = asyncio.create_task(feed.get(ann, begun, wait=60))
            await until(lambda: feed.follower.listeners)
            await feed.change(agency.agency_id, renamed(chat_id, "a"), renamed(chat_id, "b"))
            answer = await waiting
            return [answer, await feed.get(ann, answer.next_cursor)]

    answer, after = run(story())
    assert names(answer) == ["a", "b"]
    assert list(after.events) == []


def test_events_of_others_wake_nobody(agency: Agency, feed: Feed, ann: Caller, bob: Caller, chat_id: Guid) -> None:
    async def story() -> list[Any]:
        async with feed.running():
            begun = (await feed.get(ann)).next_cursor
            waiting = asyncio.create_task(feed.get(ann, begun, wait=60))
            await until(lambda: feed.follower.listeners)
            await feed.change(agency.agency_id, DraftSaved(chat_id=chat_id, text="hm"), user_id=bob.user_id)
            await feed.follower.look()
            was_done = waiting.done()
            await feed.change(agency.agency_id, renamed(chat_id, "a"))
            return [was_done, names(await waiting)]

    assert run(story()) == [False, ["a"]]


def test_waiting_calls_cost_no_query_each(agency: Agency, feed: Feed, ann: Caller, chat_id: Guid) -> None:
    people = [ann, *(agency.person(f"P{number}") for number in range(30))]
    agency.database.run(
        lambda tx: memberships.join(
            tx, agency.agency_id, chat_id, [chats.Person(each.contact_id, each.user_id) for each in people]
        )
    )
    reads = 0
    read = feed.database.read

    async def counted(work: Any, lane: str | None = None) -> Any:
        nonlocal reads
        reads += 1
        return await read(work, lane)

    async def story() -> list[Any]:
        begun = (await feed.get(ann)).next_cursor
        waiting = [asyncio.create_task(feed.get(each, begun, wait=60)) for each in people]
        await until(lambda: len(feed.follower.listeners) == len(people))
        feed.database.read = counted  # type: ignore[method-assign]
        await feed.follower.look()
        idle = reads
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        await feed.follower.look()
        return [idle, reads, [names(each) for each in await asyncio.gather(*waiting)]]

    assert run(story()) == [1, 2, [["a"]] * len(people)]


def test_a_person_cannot_let_any_number_of_calls_wait(feed: Feed, ann: Caller, chat_id: Guid) -> None:
    async def story() -> None:
        begun = (await feed.get(ann)).next_cursor
        waiting = [asyncio.create_task(feed.get(ann, begun, wait=60)) for _ in range(20)]
        await until(lambda: len(feed.follower.listeners) == 20)
        try:
            await feed.get(ann, begun, wait=60)
        finally:
            feed.follower.stop()
            await asyncio.gather(*waiting)

    with pytest.raises(TooManyRequests, match="20 calls"):
        run(story())


# Streams --------------------------------------------------------------------------------------------------------------


def test_a_stream_hears_its_callers_events_with_their_cursors(
    agency: Agency, feed: Feed, ann: Caller, chat_id: Guid
) -> None:
    async def story() -> list[Any]:
        stream = await feed.open(ann)
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        await feed.follower.look()
        return [stream, await feed.get(ann)]

    stream, newest = run(story())
    assert stream.heard == ["chat.changed"]
    assert f"id: {newest.next_cursor}\n".encode() in stream.pieces[0]
    assert stream.cursor == newest.next_cursor


def test_a_stream_goes_on_behind_its_last_id(agency: Agency, feed: Feed, ann: Caller, chat_id: Guid) -> None:
    async def story() -> list[Any]:
        first = await feed.open(ann)
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        await feed.follower.look()
        last = first.cursor
        assert first.joined is not None
        first.joined.place.leave()
        await feed.change(agency.agency_id, renamed(chat_id, "b"), renamed(chat_id, "c"))
        again = await feed.open(ann, last)
        await feed.change(agency.agency_id, renamed(chat_id, "d"))
        await feed.follower.look()
        return [last, first, again, (await feed.get(ann)).next_cursor]

    last, first, again, newest = run(story())
    assert first.heard == ["chat.changed"]
    assert again.joined.begun_at == last
    assert [selector for _, selector in again.missed] == ["chat.changed"] * 2
    assert (again.heard, again.cursor, again.joined.is_gap) == (["chat.changed"], newest, False)


def test_a_stream_that_cannot_go_on_says_so(agency: Agency, feed: Feed, ann: Caller, chat_id: Guid) -> None:
    async def story() -> list[Any]:
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        begun = (await feed.get(ann)).next_cursor
        forged = await feed.open(ann, "7")
        await feed.change(agency.agency_id, *(renamed(chat_id, str(number)) for number in range(1001)))
        return [forged, await feed.open(ann, begun), (await feed.get(ann)).next_cursor, begun]

    forged, late, newest, begun = run(story())
    assert (forged.joined.is_gap, forged.joined.begun_at, forged.missed) == (True, begun, [])
    assert (late.joined.is_gap, late.joined.begun_at, late.missed) == (True, newest, [])


def test_streams_that_open_while_events_come_miss_and_repeat_nothing(
    agency: Agency, feed: Feed, ann: Caller, chat_id: Guid
) -> None:
    async def write() -> None:
        for number in range(60):
            await feed.change(agency.agency_id, renamed(chat_id, str(number)))

    async def story() -> list[list[str]]:
        async with feed.running():
            begun = (await feed.get(ann)).next_cursor
            writing = asyncio.create_task(write())
            streams = []
            for _ in range(60):
                streams.append(await feed.open(ann, begun))
                await asyncio.sleep(0)
            await writing
            newest = (await feed.get(ann)).next_cursor
            await until(lambda: all(each.cursor == newest for each in streams))
            return [[selector for _, selector in each.missed] + each.heard for each in streams]

    told = run(story())
    assert told
    assert all(each == ["chat.changed"] * 60 for each in told)


def test_a_stream_whose_session_has_ended_hears_nothing(agency: Agency, feed: Feed, ann: Caller, chat_id: Guid) -> None:
    def sign_in(tx: Transaction) -> Guid:
        person = identity.person_of_user(tx, ann.user_id, agency.agency_id)
        assert person is not None
        return identity.add_session(tx, person, tx.now + timedelta(days=1))

    async def story() -> list[Any]:
        signed_in = replace(ann, session_id=await asyncio.to_thread(agency.database.run, sign_in))
        stream, ended = await feed.open(signed_in), await feed.open(replace(ann, session_id=new_guid()))
        outdated = await feed.open(replace(signed_in, good_until=1))
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        await feed.follower.look()
        return [stream.heard, ended.heard, outdated.heard]

    assert run(story()) == [["chat.changed"], [], []]


def test_a_disabled_person_hears_nothing(agency: Agency, feed: Feed, ann: Caller, bob: Caller, chat_id: Guid) -> None:
    async def story() -> list[Any]:
        streams = [await feed.open(each) for each in (ann, bob)]
        agency.database.run(lambda tx: identity.set_disabled(tx, bob.user_id, is_disabled=True))
        await feed.change(agency.agency_id, renamed(chat_id, "a"))
        await feed.follower.look()
        return [each.heard for each in streams]

    assert run(story()) == [["chat.changed"], []]


# Passing events -------------------------------------------------------------------------------------------------------


def test_typing_reaches_members_and_is_not_kept(
    agency: Agency, feed: Feed, ann: Caller, bob: Caller, chat_id: Guid
) -> None:
    eve = agency.person("Eve")
    announce = announcing(feed.follower)

    async def story() -> list[Any]:
        async with feed.running():
            streams = [await feed.open(each) for each in (ann, bob, eve)]
            before = (await feed.get(ann)).next_cursor
            announce(agency.agency_id, Typing(chat_id=chat_id, user_id=bob.user_id, is_typing=True))
            announce(agency.agency_id, PresenceChanged(user_id=bob.user_id), user_ids=[eve.user_id])
            await until(lambda: streams[0].heard and streams[2].heard)
            assert f"id: {before}\n".encode() in streams[0].pieces[0]
            return [[each.heard for each in streams], (await feed.get(ann)).next_cursor == before]

    assert run(story()) == [[["chat.typing"], ["chat.typing"], ["presence.changed"]], True]
