"""Limits of event streams: their number per caller, and the cost of announcements."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from itertools import count
from types import FrameType
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid
from parlour.engine.events import EventOptions, Listener, announcements
from parlour.engine.events.stream_slots import holder_of
from parlour.engine.serving.principals import ApiKey, Identified, Principal
from tests.engine.test_events import CHAT, Named, Rooms, by, of_users, story
from tests.support.listening import Client, Listening
from tests.support.loops import run_without_waiting

TWO = EventOptions(max_streams=2)


async def refused(world: Listening, target: str = "/event-stream", **options: Any) -> dict[str, Any]:
    response = await world.ask("GET", target, **options)
    assert (response.status, response.stream) == (429, None)
    status: dict[str, Any] = json.loads(response.body)["responseStatus"]
    return status


def unhurried_story(run_story: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Runs a story in which time passes immediately when all tasks wait."""

    @wraps(run_story)
    def run() -> None:
        run_without_waiting(run_story())

    return run


# Number ---------------------------------------------------------------------------------------------------------------


@story
async def test_a_session_with_too_many_streams_is_refused_with_a_sentence() -> None:
    world = of_users(options=TWO)
    _kept = [await world.open(**by("ann")) for _ in range(2)]

    status = await refused(world, **by("ann"))
    as_xml = await world.ask("GET", "/event-stream", **by("ann"), accept="application/xml")
    bob = await world.open(**by("bob"))

    assert status["errorCode"] == "TooManyRequests"
    assert (
        status["message"]
        == "You have 2 event streams open, and more are not allowed. Close one before you open another."
    )
    assert as_xml.status == 429
    assert b"<ErrorCode>TooManyRequests</ErrorCode>" in as_xml.body
    assert not bob.has_ended


@story
async def test_anonymous_callers_are_counted_by_address_or_ipv6_network() -> None:
    world = Listening(options=TWO)
    _kept = [await world.open(client=f"2001:db8::{number}") for number in range(2)]

    await refused(world, client="2001:db8::ffff:1")
    await world.open(client="2001:db8:0:1::1")
    await world.open(client="192.0.2.1")


@pytest.mark.parametrize(
    ("identified", "session_id", "holder"),
    [
        (Identified(Principal(user_id=Guid("7"), user_name="ann")), "s", "session s"),
        (Identified(Principal(user_id=Guid("7"), user_name="ann")), None, "user 7"),
        (Identified(api_key=ApiKey("backup")), None, "key backup"),
        (Identified(), None, "address 192.0.2.1"),
    ],
)
def test_a_caller_is_counted_by_session_then_user_then_key(
    identified: Identified, session_id: str | None, holder: str
) -> None:
    assert holder_of(identified, session_id, "192.0.2.1") == holder


@story
async def test_users_without_a_session_are_counted_too() -> None:
    world = Listening(authentication=Named(), options=TWO)
    _kept = [await world.open(**by("ann"), client=f"192.0.2.{number}") for number in range(2)]

    await refused(world, **by("ann"))
    await world.open(**by("bob"))


@story
async def test_many_sessions_do_not_give_a_user_any_number_of_streams() -> None:
    sessions = count()
    world = Listening(
        authentication=Named(),
        listener=lambda principal: Listener(session_id=f"{principal.user_name} {next(sessions)}"),
        options=TWO,
    )
    kept = [await world.open(**by("ann")) for _ in range(10)]

    status = await refused(world, **by("ann"))
    await world.open(**by("bob"))
    kept[0].leave()
    await world.call("POST", f"/event-unregister?id={kept[0].id}")
    await world.open(**by("ann"))

    assert status["message"].startswith("You have 10 event streams open, and more are not allowed.")


@story
async def test_a_slot_is_freed_however_a_stream_ends() -> None:
    world = of_users(options=EventOptions(max_streams=1))
    lost = await world.open(**by("ann"))
    lost.leave()
    unregistered = await world.open(**by("ann"))
    await world.call("POST", f"/event-unregister?id={unregistered.id}")
    await world.ask("GET", "/event-stream", **by("ann"))  # without a reader
    silent = await world.open(**by("ann"))
    world.now += 40
    await world.events.sweep()

    last = await world.open(**by("ann"))

    assert silent.has_ended
    assert not last.has_ended


@story
async def test_streams_that_are_just_being_opened_count() -> None:
    world = of_users(options=TWO)

    answers = await asyncio.gather(*(world.ask("GET", "/event-stream", **by("ann")) for _ in range(5)))

    assert sorted(answer.status for answer in answers) == [200, 200, 429, 429, 429]


@story
async def test_reconnecting_again_and_again_keeps_only_the_allowed_streams() -> None:
    world = of_users(options=TWO)
    for _ in range(20):
        (await world.open(**by("ann"))).leave()

    assert len(world.events._subscriptions) <= 2


@pytest.mark.parametrize("verb", ["HEAD", "OPTIONS"])
def test_head_and_options_take_no_slot(verb: str) -> None:
    async def run_story() -> None:
        world = of_users(options=EventOptions(max_streams=1))
        for _ in range(3):
            await world.ask(verb, "/event-stream", **by("ann"))

        await world.open(**by("ann"))

    asyncio.run(run_story())


@story
async def test_a_stream_is_in_500_channels_at_most() -> None:
    world = Listening()
    many = [f"c{number}" for number in range(501)]
    too_many = await world.ask("GET", f"/event-stream?channels={','.join(many)}")
    ann = await world.open(f"/event-stream?channels={','.join(many[:499])}")
    one_more = await world.call("POST", f"/event-subscribers/{ann.id}", {"subscribeChannels": ["c1", "c499"]})
    two_more = await world.call("POST", f"/event-subscribers/{ann.id}", {"subscribeChannels": ["x", "y"]})

    assert too_many.status == 400
    assert one_more == {}
    assert two_more["responseStatus"]["message"] == "A stream can be in 500 channels at most."


# Cost of announcements ------------------------------------------------------------------------------------------------


def calls_during(work: Callable[[], Awaitable[Any]]) -> int:
    """The number of Python and C functions that some work calls."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    async def run() -> None:
        sys.setprofile(counted)
        try:
            await work()
        finally:
            sys.setprofile(None)

    asyncio.run(run())
    return count


def opened_and_closed(count: int, name_of: Callable[[int], str]) -> Callable[[], Awaitable[None]]:
    async def work() -> None:
        world = of_users(access=Rooms())
        clients: list[Client] = []
        for number in range(count):
            response = await world.ask("GET", f"/event-stream?channels={CHAT}", **by(name_of(number)))
            if response.status == 200:
                clients.append(Client(response))
                await clients[-1].read()
        for client in clients:
            client.leave()
        world.now += 40
        await world.events.sweep()

    return work


@pytest.mark.parametrize("name_of", [lambda number: "ann", lambda number: f"user{number}"], ids=["one", "many"])
def test_opening_and_closing_streams_of_one_channel_has_linear_cost(
    name_of: Callable[[int], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Changes that wait for the next batch stay there, since no time passes.
    monkeypatch.setattr(announcements, "COST_PER_SECOND", 1)
    monkeypatch.setattr(announcements, "COST_AT_ONCE", 1000)
    few, many = (calls_during(opened_and_closed(count, name_of)) for count in (100, 400))

    assert many < 6 * few


@unhurried_story
async def test_changes_wait_for_the_next_batch_until_the_previous_is_paid_for() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcements, "COST_AT_ONCE", 0)
        patch.setattr(announcements, "COST_PER_SECOND", 500)
        world = of_users(access=Rooms())
        ann = await world.open(f"/event-stream?channels={CHAT}", **by("ann"))
        bob = await world.open(f"/event-stream?channels={CHAT}", **by("bob"))
        cleo = await world.open(f"/event-stream?channels={CHAT}", **by("cleo"))
        passing = await world.open(f"/event-stream?channels={CHAT}", **by("dan"))
        await world.call("POST", f"/event-unregister?id={passing.id}")
        at_once = [frame.body["displayName"] for frame in ann.frames[1:]]
        await asyncio.sleep(0.5)

    assert at_once == ["ann", "bob"]
    assert [frame.body["displayName"] for frame in ann.frames[1:]] == ["ann", "bob", "cleo"]
    assert [frame.body["displayName"] for frame in bob.frames[1:]] == ["bob", "cleo"]
    assert cleo.selectors == ["cmd.onConnect", f"{CHAT}@cmd.onJoin"]
    assert passing.selectors == ["cmd.onConnect", f"{CHAT}@cmd.onJoin"]


@unhurried_story
async def test_a_large_batch_is_announced_completely_in_parts() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(announcements, "MOST_CHANGES_AT_ONCE", 3)
        patch.setattr(announcements, "COST_AT_ONCE", 0)
        patch.setattr(announcements, "COST_PER_SECOND", 20_000)
        world = of_users(access=Rooms())
        ann = await world.open(f"/event-stream?channels={CHAT}", **by("ann"))
        for number in range(10):
            await world.open(f"/event-stream?channels={CHAT}", **by(f"user{number}"))
        await asyncio.sleep(0.5)

    assert [frame.body["displayName"] for frame in ann.frames[2:]] == [f"user{number}" for number in range(10)]
