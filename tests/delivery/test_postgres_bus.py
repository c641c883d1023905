"""Hints between processes on one PostgreSQL."""

import asyncio

import psycopg

from parlour.delivery.bus import EVENTS
from parlour.delivery.postgres_bus import LONGEST_HINT, PostgresBus
from tests.conftest import Store
from tests.delivery.test_bus import heard
from tests.support.feed import until

END_BUSES = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'parlour-bus'"""


def test_hints_reach_all_processes_once_and_in_order(postgres_store: Store) -> None:
    one, other = PostgresBus(postgres_store.url), PostgresBus(postgres_store.url)
    here, there = heard(one, "a"), heard(other, "a")
    ready = heard(other, "ready")

    async def story() -> None:
        async with one.running(), other.running():
            await until(lambda: is_ready(one, ready))
            for key in ("1", "2 of two words", "3"):
                one.publish("a", key)
            await until(lambda: len(there) == 3 and len(here) == 3)

    asyncio.run(story())

    assert here == there == ["1", "2 of two words", "3"]


def is_ready(bus: PostgresBus, heard_by_other: list[str]) -> bool:
    """Whether the other bus hears this one. It may not have listened to earlier hints."""
    bus.publish("ready", "")
    return bool(heard_by_other)


def test_hints_that_wait_are_sent_once(postgres_store: Store) -> None:
    bus = PostgresBus(postgres_store.url)
    for key in "xxyxx":
        bus.publish("a", key)

    async def story() -> list[str]:
        async with await psycopg.AsyncConnection.connect(postgres_store.url, autocommit=True) as connection:
            await connection.execute("LISTEN parlour")
            async with bus.running():
                return [each.payload async for each in connection.notifies(timeout=60, stop_after=2)]

    assert asyncio.run(story()) == ["a x", "a y"]


def test_a_hint_too_long_for_postgresql_stays_in_its_process(postgres_store: Store) -> None:
    one = PostgresBus(postgres_store.url)
    here = heard(one, "a")

    async def story() -> None:
        async with one.running():
            one.publish("a", "x" * LONGEST_HINT)
            one.publish("a", "after")
            await until(lambda: len(here) == 2)

    asyncio.run(story())

    assert here[1] == "after"


def test_a_lost_connection_comes_back_and_its_subscribers_look_again(postgres_store: Store) -> None:
    bus = PostgresBus(postgres_store.url)
    looked = heard(bus, EVENTS)

    async def story() -> None:
        async with bus.running():
            await until(lambda: len(looked) == 1)
            with psycopg.connect(postgres_store.url, autocommit=True) as connection:
                connection.execute(END_BUSES.encode())
            await until(lambda: len(looked) == 2)

    asyncio.run(story())
