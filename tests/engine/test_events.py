"""The rules of the event stream: access, order of messages, and ends of streams (docs/wire/events.md)."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import wraps
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlour.engine import events as protocol
from parlour.engine.dto.declare import Guid, namespace
from parlour.engine.dto.errors import NotFound
from parlour.engine.dto.metadata import DeclarationError
from parlour.engine.events import EventOptions, Listener, ServerEvents
from parlour.engine.http import streaming
from parlour.engine.serving.handlers import InlineUnits
from parlour.engine.serving.principals import Identified, Principal
from tests.support.listening import HOST, Client, Listening, settled

CHAT = "chat-1"


@namespace("Stub")
@dataclass(kw_only=True)
class ChatSaid:
    chat_id: str | None = None
    text: str | None = None


class Named:
    """An authentication whose bearer tokens are user names. `session` is the caller's session."""

    challenge = "Bearer"
    admin_role = "Admin"
    login_path: str | None = None

    async def credentials(self, request: Any, units: Any) -> str | None:
        name = (request.header("authorization") or "").removeprefix("Bearer ")
        if name == "nobody":
            raise NotFound("There is nobody of this name.")
        return name or None

    def identify(self, name: str | None, tx: Any) -> Identified:
        return Identified() if name is None else Identified(Principal(user_id=Guid(f"id-{name}"), user_name=name))

    def renewed(self, principal: Principal, tx: Any) -> Principal:
        return principal


def session_of(principal: Principal) -> Listener:
    return Listener(session_id=f"session of {principal.user_name}", picture="/ann.png")


class Rooms:
    """The access rules of a test: everybody hears all channels except those `closed` (user name, channel), and stays
    unless `out`.
    """

    def __init__(self) -> None:
        self.closed: set[tuple[str, str]] = set()
        self.out: set[str] = set()

    def may_hear(self, tx: Any, caller: Principal | None, channel: str) -> bool:
        return caller is not None and (caller.user_name, channel) not in self.closed

    def may_stay(self, tx: Any, caller: Principal) -> bool:
        return caller.user_name not in self.out


def of_users(**options: Any) -> Listening:
    return Listening(authentication=Named(), listener=session_of, **options)


def by(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer {name}"}


def story(run_story: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    @wraps(run_story)
    def run() -> None:
        asyncio.run(run_story())  # type: ignore[arg-type]

    return run


# Opening --------------------------------------------------------------------------------------------------------------


@story
async def test_a_stream_begins_with_what_its_client_needs_and_every_value_is_text() -> None:
    world = Listening()

    ann = await world.open(f"/event-stream?channels={CHAT},news&t=1718000000000")

    assert ann.headers["Content-Type"] == "text/event-stream"
    assert ann.headers["Cache-Control"] == "no-cache"
    assert ann.headers["X-Accel-Buffering"] == "no"
    assert ann.selectors == ["cmd.onConnect", f"{CHAT}@cmd.onJoin", "news@cmd.onJoin"]
    assert [frame.id for frame in ann.frames] == [1, 2, 3]
    assert {name: type(value) for name, value in ann.info.items()} == dict.fromkeys(ann.info, str)
    assert ann.info["heartbeatUrl"] == f"http://{HOST}/event-heartbeat?id={ann.id}"
    assert ann.info["unRegisterUrl"] == f"http://{HOST}/event-unregister?id={ann.id}"
    assert ann.info["updateSubscriberUrl"] == f"http://{HOST}/event-subscribers/{ann.id}"
    assert (ann.info["heartbeatIntervalMs"], ann.info["idleTimeoutMs"]) == ("10000", "30000")
    assert set(ann.info) - set(ann.frames[1].body) == {
        "id",
        "heartbeatUrl",
        "unRegisterUrl",
        "updateSubscriberUrl",
        "heartbeatIntervalMs",
        "idleTimeoutMs",
    }


@story
async def test_a_signed_in_caller_is_shown_with_their_name() -> None:
    world = of_users()

    ann = await world.open(**by("ann"))

    assert ann.info["userId"] == "id-ann"
    assert ann.info["displayName"] == "ann"
    assert ann.info["isAuthenticated"] == "true"
    assert ann.info["profileUrl"] == "/ann.png"


@story
async def test_channels_of_both_spellings_are_joined_once_each() -> None:
    world = Listening()

    ann = await world.open("/event-stream?channels=b,c,%20b,,&channel=a")

    assert ann.info["channels"] == "a,b,c"


@pytest.mark.parametrize("name", ["a@b", "a%0Ab", "a%0D%0Adata:%20x", "a%00"])
def test_an_invalid_channel_name_ends_the_stream(name: str) -> None:
    async def run_story() -> None:
        world = Listening()
        other = await world.open()
        ann = await world.open(f"/event-stream?channels={name}")

        assert ann.selectors == ["cmd.onConnect"]
        assert ann.has_ended
        assert len(await world.call("GET", "/event-subscribers")) == 1
        assert other.selectors == ["cmd.onConnect", "*@cmd.onJoin"]

    asyncio.run(run_story())


@story
async def test_without_announcements_joins_and_leaves_are_not_sent() -> None:
    world = Listening(options=EventOptions(announces_subscribers=False))

    ann = await world.open(f"/event-stream?channels={CHAT}")
    bob = await world.open(f"/event-stream?channels={CHAT}")
    await world.call("POST", f"/event-unregister?id={bob.id}")

    assert ann.selectors == ["cmd.onConnect"]
    assert ann.wire.endswith(b"\n\n\n")


@story
async def test_an_anonymous_caller_is_refused_if_sign_in_is_required() -> None:
    world = of_users(options=EventOptions(limits_to_authenticated_users=True))

    refused = await world.ask("GET", "/event-stream")

    assert refused.status == 401
    assert refused.stream is None
    assert ("WWW-Authenticate", "Bearer") in refused.headers
    assert json.loads(refused.body)["responseStatus"]["errorCode"] == "Unauthorized"
    assert (await world.open(**by("ann"))).info["displayName"] == "ann"


def test_streams_for_signed_in_callers_without_authentication_stop_the_start() -> None:
    with pytest.raises(DeclarationError, match="ServerEvents has no authentication"):
        ServerEvents(options=EventOptions(limits_to_authenticated_users=True))


@pytest.mark.parametrize("verb", ["HEAD", "OPTIONS"])
def test_head_and_options_open_no_stream(verb: str) -> None:
    async def run_story() -> None:
        world = Listening()
        answer = await world.ask(verb, "/event-stream")

        assert (answer.status, answer.stream) == (200, None)
        assert ("Content-Type", "text/event-stream") in answer.headers

    asyncio.run(run_story())


def test_the_three_operations_are_callable_but_hidden() -> None:
    world = Listening()

    assert len(world.engine.operations) == 3
    assert list(world.engine.description.operations) == []


@story
async def test_the_operations_answer_in_json_by_default() -> None:
    world = Listening(default_format="xml")
    ann = await world.open()

    for accept in ({"accept": ""}, {"accept": "*/*"}):
        assert (await world.call("GET", "/event-subscribers", **accept))[0]["displayName"] == "user1"
    assert (await world.ask("GET", "/event-subscribers", accept="application/xml")).body.startswith(b"<")
    assert (await world.call("POST", f"/event-unregister?id={ann.id}", accept="*/*"))["displayName"] == "user1"


# Heartbeats and ends --------------------------------------------------------------------------------------------------


@story
async def test_a_stream_without_heartbeats_is_removed() -> None:
    world = Listening()
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}") for _ in range(2)]
    world.now += 20
    await world.call("POST", f"/event-heartbeat?id={ann.id}")
    world.now += 10.5

    await world.events.notify_channel(CHAT, ChatSaid(text="hi"))
    await settled()

    assert ann.selectors[-3:] == ["cmd.onHeartbeat", f"{CHAT}@cmd.onLeave", f"{CHAT}@cmd.ChatSaid"]
    assert bob.selectors == ["cmd.onConnect", f"{CHAT}@cmd.onJoin"]
    assert bob.has_ended
    assert await world.call("POST", f"/event-heartbeat?id={bob.id}") == 404


@story
async def test_a_stream_without_heartbeats_gets_nothing_even_before_the_sweep() -> None:
    world = Listening()
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}") for _ in range(2)]
    world.now += 26
    await world.call("POST", f"/event-heartbeat?id={ann.id}")
    world.now += 4.5

    await world.events.notify_channel(CHAT, None, selector="cmd.refresh")
    await settled()

    assert ann.selectors[-1] == f"{CHAT}@cmd.refresh"
    assert (bob.selectors[-1], bob.has_ended) == (f"{CHAT}@cmd.onJoin", False)
    assert await world.call("POST", f"/event-heartbeat?id={bob.id}") == 404
    assert [each["displayName"] for each in await world.call("GET", "/event-subscribers")] == ["user1"]


@story
async def test_messages_do_not_count_as_heartbeats() -> None:
    world = Listening()
    ann = await world.open(f"/event-stream?channels={CHAT}")
    for _ in range(6):
        world.now += 6
        await world.events.notify_channel(CHAT, "hi", selector="cmd.say")
    await settled()

    assert ann.has_ended


@story
async def test_a_stranger_who_knows_the_id_cannot_act_on_a_stream() -> None:
    world = Listening()
    ann = await world.open()
    stranger = "198.51.100.7"

    assert (await world.ask("POST", f"/event-heartbeat?id={ann.id}", client=stranger)).status == 403
    for method, target in (("POST", f"/event-unregister?id={ann.id}"), ("POST", f"/event-subscribers/{ann.id}")):
        refused = await world.call(method, target, client=stranger)
        assert refused["responseStatus"]["errorCode"] == "Forbidden"
        assert refused["responseStatus"]["message"] == f"Access to Subscription '{ann.id}' is forbidden"
    assert not ann.has_ended


@story
async def test_behind_proxies_the_address_need_not_be_the_same() -> None:
    world = Listening(options=EventOptions(checks_address=False))
    ann = await world.open()

    assert await world.call("POST", f"/event-heartbeat?id={ann.id}", client="198.51.100.7") == 200


@story
async def test_a_lost_connection_leaves_its_channels_when_its_slot_is_needed() -> None:
    world = Listening()
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}") for _ in range(2)]
    bob.leave()
    listed = await world.call("GET", "/event-subscribers")
    await world.events.notify_channel(CHAT, "one", selector="cmd.say")
    world.now += 6
    await world.events.notify_channel(CHAT, "two", selector="cmd.say")
    await settled()

    assert [each["displayName"] for each in listed] == ["user1"]
    assert ann.selectors[-3:] == [f"{CHAT}@cmd.say", f"{CHAT}@cmd.onLeave", f"{CHAT}@cmd.say"]
    assert await world.call("POST", f"/event-heartbeat?id={bob.id}") == 404


@story
async def test_a_stream_ends_at_once_with_its_session_without_further_messages() -> None:
    world = of_users()
    ann, also_ann, bob = [await world.open(**by(name)) for name in ("ann", "ann", "bob")]
    told_before = ann.wire
    notifying = asyncio.create_task(world.events.notify_all("secret", selector="cmd.say"))
    await asyncio.sleep(0)

    await world.events.end_session("session of ann")
    await notifying
    await settled()

    assert ann.has_ended
    assert also_ann.has_ended
    assert ann.wire == told_before
    assert bob.selectors[-3:] == ["cmd.say", "*@cmd.onLeave", "*@cmd.onLeave"]


@story
async def test_a_stream_that_is_just_being_opened_ends_with_its_session_too() -> None:
    world = of_users()
    response = await world.ask("GET", "/event-stream", **by("ann"))
    await world.events.end_session("session of ann")

    ann = Client(response)
    await ann.read()

    assert (ann.wire, ann.has_ended) == (b"", True)


@story
async def test_a_caller_signed_out_elsewhere_is_removed_at_the_next_heartbeat() -> None:
    rooms = Rooms()
    world = of_users(access=rooms)
    ann = await world.open(**by("ann"))
    rooms.out.add("ann")

    assert await world.call("POST", f"/event-heartbeat?id={ann.id}") == 404
    assert ann.has_ended


@story
async def test_stopping_the_server_ends_all_streams_and_refuses_new_ones() -> None:
    world = Listening()
    ann = await world.open()
    world.events.stop()
    await settled()
    late = await world.open()

    assert ann.has_ended
    assert (late.wire, late.has_ended) == (b"", True)


# Notifying ------------------------------------------------------------------------------------------------------------


@story
async def test_only_messages_to_a_channel_have_its_name() -> None:
    world = of_users()
    ann = await world.open(f"/event-stream?channels={CHAT}", **by("ann"))
    bob = await world.open("/event-stream?channels=news", **by("bob"))
    tell = world.events
    said = ChatSaid(chat_id="c", text="two\nlines")

    await tell.notify_channel(CHAT, said)
    await tell.notify_user("id-ann", said)
    await tell.notify_user_name("ann", said, channel=CHAT)
    await tell.notify_session("session of ann", said, channel="news")
    await tell.notify_subscription(ann.id, said)
    await tell.notify_subscription("nobody's", said)
    await tell.notify_all(said)
    await settled()

    assert ann.selectors[2:] == [f"{CHAT}@cmd.ChatSaid", *["cmd.ChatSaid"] * 4]
    assert ann.frames[-1].body == {"chatId": "c", "text": "two\nlines"}
    assert bob.selectors[2:] == ["cmd.ChatSaid"]


@story
async def test_the_body_is_one_line_of_json_or_empty_after_a_blank() -> None:
    world = Listening()
    ann = await world.open()
    before = len(ann.wire)
    await world.events.notify_all("hello", selector="cmd.announce")
    await world.events.notify_all(None, selector="cmd.refresh")
    await world.events.notify_all("#673ab7", selector="css.background$#top .left")
    await settled()

    assert ann.wire[before:] == (
        b'id: 3\ndata: cmd.announce "hello"\n\n'
        b"id: 4\ndata: cmd.refresh \n\n"
        b'id: 5\ndata: css.background$#top%20.left "#673ab7"\n\n'
    )


class Mood(Enum):
    Glad = 1


@pytest.mark.parametrize(
    ("message", "body"),
    [
        ([ChatSaid(text="a"), None, "b"], '[{"text":"a"},null,"b"]'),
        ({"said": ChatSaid(chat_id="c"), "to": ("x", 1)}, '{"said":{"chatId":"c"},"to":["x",1]}'),
        (Mood.Glad, '"Glad"'),
        (datetime(2024, 1, 2, tzinfo=UTC), '"2024-01-02T00:00:00.0000000Z"'),
        ("a\r\nb \ud83d", '"a\\r\\nb ?"'),
        (False, "false"),
    ],
)
def test_plain_values_and_lists_are_written_as_in_responses(message: Any, body: str) -> None:
    async def run_story() -> None:
        world = Listening()
        ann = await world.open()
        await world.events.notify_all(message, selector="cmd.say")
        await settled()

        assert ann.wire.endswith(f"\ndata: cmd.say {body}\n\n".encode())

    asyncio.run(run_story())


@pytest.mark.parametrize("selector", ["", "refresh", "cmd.a\nb", "cmd.\0", "cmd.a\u2028b", "a@cmd.b", "a.b@c"])
def test_a_selector_that_clients_cannot_read_is_refused(selector: str) -> None:
    world = Listening()

    with pytest.raises(ValueError, match="is not a selector"):
        asyncio.run(world.events.notify_all(None, selector=selector))


@story
async def test_selectors_and_channels_may_be_in_any_script() -> None:
    channel = "اتاق\u200cها"
    world = Listening()
    ann = await world.open(f"/event-stream?channels={quote(channel)}")
    await world.events.notify_channel(channel, 1, selector="css.color$[href='x@y']")
    await world.events.notify_channel(channel, 2, selector="cmd.größe 👩\u200d👧")
    await settled()

    assert ann.selectors[2:] == [f"{channel}@css.color$[href='x@y']", f"{channel}@cmd.größe%20👩\u200d👧"]


@pytest.mark.parametrize("channel", ["a@b", "a,b", "a\nb"])
def test_an_invalid_channel_name_is_refused(channel: str) -> None:
    world = Listening()

    with pytest.raises(ValueError, match=re.escape(f"{channel!r} is not a channel name")):
        asyncio.run(world.events.notify_channel(channel, None, selector="cmd.refresh"))


@story
async def test_only_valid_channel_names_can_be_joined() -> None:
    world = Listening()
    ann = await world.open("/event-stream?channels=a,b")
    refused = await world.call("POST", f"/event-subscribers/{ann.id}", {"subscribeChannels": ["c@d"]})
    await world.call(
        "POST",
        f"/event-subscribers/{ann.id}",
        {"subscribeChannels": ["", "c", " c", "b"], "unsubscribeChannels": ["z"]},
    )

    assert refused["responseStatus"]["errorCode"] == "ArgumentException"
    assert ann.selectors[3:] == [f"{channel}@cmd.onUpdate" for channel in ("a", "b", "a", "b", "c")]
    assert ann.frames[-1].body["channels"] == "a,b,c"


@story
async def test_a_slow_reader_is_dropped_without_slowing_others() -> None:
    world = Listening()
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}") for _ in range(2)]
    never = asyncio.Event()
    bob.taking = never
    text = "x" * 10_000
    sent = streaming.MAX_QUEUED_BYTES // len(text) + 2

    for _ in range(sent):
        await world.events.notify_channel(CHAT, text, selector="cmd.say")
        await settled()
    world.now += 6
    await world.events.notify_channel(CHAT, text, selector="cmd.say")
    await settled()

    assert ann.selectors.count(f"{CHAT}@cmd.say") == sent + 1
    assert f"{CHAT}@cmd.onLeave" in ann.selectors
    assert await world.call("POST", f"/event-heartbeat?id={bob.id}") == 404


def test_a_stream_may_be_in_more_channels_than_its_queue_has_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MAX_QUEUED_PIECES", 4)
    channels = [f"chat-{number}" for number in range(12)]

    async def run_story() -> None:
        ann = await Listening().open(f"/event-stream?channels={','.join(channels)}")

        assert ann.selectors == ["cmd.onConnect", *(f"{channel}@cmd.onJoin" for channel in channels)]

    asyncio.run(run_story())


@story
async def test_ended_sessions_are_forgotten_even_without_streams() -> None:
    world = of_users()
    await world.events.end_session("session of ann")
    world.now += protocol.ENDED_KEPT_SECONDS + 1
    await world.events.end_session("session of bob")

    assert not (await world.open(**by("ann"))).has_ended
    assert (await world.open(**by("bob"))).has_ended


# Access ---------------------------------------------------------------------------------------------------------------


@story
async def test_access_is_checked_when_a_channel_is_joined() -> None:
    rooms = Rooms()
    rooms.closed = {("ann", "board")}
    world = of_users(access=rooms)
    ann = await world.open(f"/event-stream?channels=board,{CHAT}", **by("ann"))
    refused = await world.call("POST", f"/event-subscribers/{ann.id}", {"subscribeChannels": ["news", "board"]})
    await world.events.notify_channel("board", "secret", selector="cmd.say")
    await settled()

    assert ann.info["channels"] == CHAT
    assert refused["responseStatus"]["errorCode"] == "Forbidden"
    assert ann.selectors == ["cmd.onConnect", f"{CHAT}@cmd.onJoin"]


@story
async def test_access_is_checked_again_at_each_delivery() -> None:
    rooms = Rooms()
    world = of_users(access=rooms)
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}", **by(name)) for name in ("ann", "bob")]
    await world.events.notify_channel(CHAT, "both", selector="cmd.say")
    rooms.closed.add(("ann", CHAT))
    await world.events.notify_channel(CHAT, "bob only", selector="cmd.say")
    await world.events.notify_user("id-ann", "in the channel", selector="cmd.say", channel=CHAT)
    await world.open(f"/event-stream?channels={CHAT}", **by("cleo"))
    await settled()

    assert [frame.body for frame in ann.frames[3:]] == ["both"]
    assert [frame.selector for frame in bob.frames[2:]] == [f"{CHAT}@cmd.say"] * 2 + [f"{CHAT}@cmd.onJoin"]


@story
async def test_a_caller_signed_out_elsewhere_gets_no_more_messages() -> None:
    rooms = Rooms()
    world = of_users(access=rooms)
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}", **by(name)) for name in ("ann", "bob")]
    rooms.out.add("ann")
    await world.events.notify_all("all", selector="cmd.say")
    await world.events.notify_user("id-ann", "ann", selector="cmd.say")
    await settled()

    assert "cmd.say" not in ann.selectors
    assert bob.selectors[-1] == "cmd.say"


@story
async def test_listings_show_only_subscribers_of_shared_channels() -> None:
    rooms = Rooms()
    rooms.closed = {("ann", "board")}
    world = of_users(access=rooms)
    await world.open(f"/event-stream?channels={CHAT}", **by("ann"))
    await world.open("/event-stream?channels=board", **by("bob"))

    seen_by_ann = await world.call("GET", "/event-subscribers", **by("ann"))
    seen_by_bob = await world.call("GET", f"/json/reply/GetEventSubscribers?channels=board,{CHAT}", **by("bob"))

    assert [each["displayName"] for each in seen_by_ann] == ["ann"]
    assert sorted(each["displayName"] for each in seen_by_bob) == ["ann", "bob"]
    assert await world.call("GET", "/event-subscribers") == []


@story
async def test_invalid_credentials_count_as_none_where_anonymous_callers_may_listen() -> None:
    world = of_users()
    ann = await world.open(**by("nobody"))

    assert ann.info["isAuthenticated"] == "false"


# Concurrency ----------------------------------------------------------------------------------------------------------


class SlowUnits(InlineUnits):
    """A database that lets other tasks run for `turns` turns before each answer."""

    turns = 0

    async def read(self, work: Callable[[Any], Any], lane: str | None = None) -> Any:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        return work(None)


@story
async def test_a_stream_that_ends_while_it_joins_a_channel_does_not_join() -> None:
    units = SlowUnits()
    world = of_users(access=Rooms(), units=units)
    ann, bob = [await world.open(f"/event-stream?channels={CHAT}", **by(name)) for name in ("ann", "bob")]
    units.turns = 5
    body = {"subscribeChannels": ["news"], "unsubscribeChannels": [CHAT]}
    joining = asyncio.create_task(world.ask("POST", f"/event-subscribers/{ann.id}", body))
    await asyncio.sleep(0)
    await world.events.end_session("session of ann")

    assert (await joining).status == 404
    assert bob.selectors[-1] == f"{CHAT}@cmd.onLeave"
    assert f"{CHAT}@cmd.onUpdate" not in bob.selectors


STEPS = ("open", "say", "say to ann", "join", "leave", "heartbeat", "unregister", "lose", "sign out", "list", "later")


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 4), st.integers(0, 6)), max_size=30),
    turns=st.integers(0, 4),
)
def test_concurrent_frames_are_in_order_and_reach_only_permitted_subscribers(
    steps: list[tuple[str, int, int]], turns: int
) -> None:
    async def run_story() -> None:
        units = SlowUnits()
        units.turns = turns
        world = of_users(access=Rooms(), units=units)
        clients: list[Client] = [await world.open("/event-stream?channels=a,b", **by("ann"))]
        ids, names = [clients[0].id], ["ann"]
        fresh_names = (f"user{number}" for number in count(1))
        ended: list[tuple[Client, bytes]] = []

        async def opening() -> None:
            # Several may open at the same time, each with its own session, which is not ended before it is open.
            name = next(fresh_names)
            client = await world.open("/event-stream?channels=a,c", **by(name))
            clients.append(client)
            ids.append(client.id)
            names.append(name)

        async def signing_out(who: int) -> None:
            await world.events.end_session(f"session of {names[who]}")
            ended.append((clients[who], clients[who].wire))

        def begun(step: str, who: int) -> Awaitable[Any]:
            match step:
                case "open":
                    return opening()
                case "say":
                    return world.events.notify_channel("abc"[who % 3], "hi", selector="cmd.say")
                case "say to ann":
                    return world.events.notify_user("id-ann", "hi", selector="cmd.whisper")
                case "join":
                    return world.ask("POST", f"/event-subscribers/{ids[who]}", {"subscribeChannels": ["b", "c"]})
                case "leave":
                    return world.ask("POST", f"/event-subscribers/{ids[who]}", {"unsubscribeChannels": ["a", "b"]})
                case "heartbeat":
                    return world.ask("POST", f"/event-heartbeat?id={ids[who]}")
                case "unregister":
                    return world.ask("POST", f"/event-unregister?id={ids[who]}")
                case "sign out":
                    return signing_out(who)
                case "list":
                    return world.ask("GET", "/event-subscribers?channels=a,b,c", **by("ann"))
            if step == "lose":
                clients[who].leave()
            else:
                world.now += 6
            return asyncio.sleep(0)

        begun_ones: list[asyncio.Future[Any]] = []
        for step, who, pause in steps:
            begun_ones.append(asyncio.ensure_future(begun(step, who % len(ids))))
            for _ in range(pause):
                await asyncio.sleep(0)
        answers = await asyncio.gather(*begun_ones)
        await settled()

        assert {answer.status for answer in answers if answer is not None} <= {200, 404}
        for client in clients:
            assert [frame.id for frame in client.frames] == list(range(1, len(client.frames) + 1))
        for client in clients[1:]:
            assert "cmd.whisper" not in client.selectors
            assert "b@cmd.say" not in client.selectors or "b@cmd.onUpdate" in client.selectors
        for client, wire in ended:
            assert client.wire == wire
        world.now += 100
        await world.events.sweep()
        assert await world.call("GET", "/event-subscribers", **by("ann")) == []
        assert all(client.has_ended for client in clients if client.is_connected)

    asyncio.run(run_story())


# The clock ------------------------------------------------------------------------------------------------------------


def test_streams_are_swept_even_if_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "SWEEP_SECONDS", 0.0)

    async def run_story() -> None:
        world = Listening(options=EventOptions(idle=timedelta(seconds=1)))
        ann = await world.open()
        assert not ann.has_ended
        world.now += 1.5
        await settled()

        assert ann.has_ended

    asyncio.run(run_story())
