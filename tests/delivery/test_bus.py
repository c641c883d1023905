"""The bus: subscribers, order and threads of hints."""

import asyncio
import threading

import pytest

from parlour.delivery.bus import Bus, LocalBus


def heard(bus: Bus, topic: str) -> list[str]:
    """The keys of a topic, in order of arrival."""
    keys: list[str] = []

    async def listen(key: str) -> None:
        keys.append(key)

    bus.subscribe(topic, listen)
    return keys


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_every_subscriber_of_a_topic_gets_hints_in_order() -> None:
    bus = LocalBus()
    first, second, other = heard(bus, "a"), heard(bus, "a"), heard(bus, "b")

    async def story() -> None:
        async with bus.running():
            for key in ("1", "2", "3"):
                bus.publish("a", key)
            await settled()

    asyncio.run(story())

    assert first == second == ["1", "2", "3"]
    assert other == []


def test_a_hint_may_come_from_any_thread() -> None:
    bus = LocalBus()
    keys = heard(bus, "a")

    async def story() -> None:
        async with bus.running():
            thread = threading.Thread(target=bus.publish, args=("a", "1"))
            thread.start()
            await asyncio.to_thread(thread.join)
            await settled()

    asyncio.run(story())

    assert keys == ["1"]


def test_a_failing_subscriber_does_not_affect_others(caplog: pytest.LogCaptureFixture) -> None:
    bus = LocalBus()

    async def fail(key: str) -> None:
        raise LookupError(key)

    bus.subscribe("a", fail)
    keys = heard(bus, "a")

    async def story() -> None:
        async with bus.running():
            bus.publish("a", "1")
            bus.publish("a", "2")
            await settled()

    asyncio.run(story())

    assert keys == ["1", "2"]
    assert caplog.messages == ["a listener of a failed"] * 2


def test_hints_published_while_the_bus_is_not_running_are_lost() -> None:
    bus = LocalBus()
    keys = heard(bus, "a")

    async def story() -> None:
        bus.publish("a", "before")
        async with bus.running():
            await settled()
        bus.publish("a", "after")
        await settled()

    asyncio.run(story())

    assert keys == []
