"""Announcements and listings show only channels that the reader shares."""

from tests.engine.test_events import CHAT, Rooms, by, of_users, story
from tests.support.listening import Listening, settled


@story
async def test_announcements_show_only_shared_channels() -> None:
    rooms = Rooms()
    rooms.closed = {("bob", "board"), ("ann", "cellar")}
    world = of_users(access=rooms)
    bob = await world.open("/event-stream?channels=news,chat,cellar", **by("bob"))
    ann = await world.open("/event-stream?channels=news,board,chat", **by("ann"))
    await world.call("POST", f"/event-subscribers/{ann.id}", {"unsubscribeChannels": ["news"]})
    await world.call("POST", f"/event-unregister?id={ann.id}")

    about_ann = [(frame.selector, frame.body["channels"]) for frame in bob.frames if frame.body["displayName"] == "ann"]
    about_herself = [frame.body["channels"] for frame in ann.frames]
    assert about_ann == [
        ("news@cmd.onJoin", "news,chat"),
        ("chat@cmd.onJoin", "news,chat"),
        ("news@cmd.onUpdate", "chat"),
        ("chat@cmd.onUpdate", "chat"),
        ("chat@cmd.onLeave", "chat"),
    ]
    assert about_herself == ["news,board,chat"] * 4 + ["board,chat"] * 2


@story
async def test_announcements_hide_channels_that_the_reader_has_not_joined() -> None:
    world = of_users(access=Rooms())
    bob = await world.open("/event-stream?channels=chat", **by("bob"))
    await world.open("/event-stream?channels=chat,news", **by("ann"))

    assert bob.frames[-1].body["channels"] == "chat"


@story
async def test_listings_show_only_channels_that_the_caller_may_hear() -> None:
    rooms = Rooms()
    rooms.closed = {("bob", "board")}
    world = of_users(access=rooms)
    await world.open("/event-stream?channels=board,chat", **by("ann"))

    for target in ("/event-subscribers", "/event-subscribers?channels=chat,board", "/api/GetEventSubscribers"):
        [shown] = await world.call("GET", target, **by("bob"))
        assert shown["channels"] == "chat"
    assert await world.call("GET", "/event-subscribers?channels=board", **by("bob")) == []
    [whole] = await world.call("GET", "/event-subscribers", **by("ann"))
    assert whole["channels"] == "board,chat"


@story
async def test_a_removed_subscriber_is_no_longer_listed_in_the_channel() -> None:
    rooms = Rooms()
    world = of_users(access=rooms)
    await world.open("/event-stream?channels=chat,news", **by("ann"))
    bob = await world.open("/event-stream?channels=chat", **by("bob"))
    rooms.closed.add(("ann", "chat"))

    listed = await world.call("GET", "/event-subscribers?channels=chat", **by("bob"))
    everywhere = await world.call("GET", "/event-subscribers", **by("bob"))
    await world.events.check_channel("chat")
    await world.events.check_channel("chat")
    await settled()

    assert [each["displayName"] for each in listed] == ["bob"]
    assert {each["displayName"]: each["channels"] for each in everywhere} == {"ann": "news", "bob": "chat"}
    assert [(frame.selector, frame.body["channels"]) for frame in bob.frames[2:]] == [("chat@cmd.onLeave", "")]


@story
async def test_checking_a_public_channel_changes_nothing() -> None:
    world = Listening()
    ann = await world.open(f"/event-stream?channels={CHAT}")
    await world.events.check_channel(CHAT)

    assert ann.selectors == ["cmd.onConnect", f"{CHAT}@cmd.onJoin"]
