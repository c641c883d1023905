"""When a process numbers events on PostgreSQL: at once after a quiet moment, and then those of a while together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from parlour.delivery import feed
from parlour.delivery.bus import EVENTS, LocalBus
from parlour.delivery.feed import GATHER_BEHIND_ANOTHER_SECONDS, GATHER_SECONDS
from parlour.engine.dto.declare import Guid, new_guid
from parlour.model.events import ChatChanged
from parlour.services import events as service
from parlour.store.database import Database, open_database
from parlour.store.sequencing import sequence_events
from tests.conftest import Store
from tests.services.conftest import new_agency
from tests.support.feed import Feed, until


class Clock:
    """A clock that stands still until it is set. `sleeps` counts who has waited for it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps = 0

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        end = self.now + seconds
        self.sleeps += 1
        await until(lambda: self.now >= end)


class Process:
    """A process whose follower has this clock. `turns` has how many events it has numbered each time."""

    def __init__(self, database: Database, agency_id: Guid, bus: LocalBus, clock: Clock) -> None:
        self.feed = Feed(database, bus, time=clock.time, sleep=clock.sleep)
        self.turns: list[int] = []
        self.hints: list[str] = []
        self._agency_id = agency_id
        self._sequence = database.sequence
        database.sequence = self._counted  # type: ignore[method-assign]
        # Behind the follower's own subscription, so what is here has been heard there.
        bus.subscribe(EVENTS, self._heard)

    async def _counted(self, work: Callable[..., Any]) -> Any:
        found = await self._sequence(work)
        if work is sequence_events:
            self.turns.append(found)
        return found

    async def _heard(self, key: str) -> None:
        self.hints.append(key)

    async def commit(self) -> None:
        changed = ChatChanged(chat_id=new_guid(), chat_name="Roof", version=1)
        await self.feed.database.write(lambda tx: service.record(tx, self._agency_id, changed))


Start = Callable[[], Process]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def start(postgres_store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts processes on one database, which hear each other."""
    # No turn without a hint.
    monkeypatch.setattr(feed, "SEQUENCE_SECONDS", 3600.0)
    with contextlib.ExitStack() as databases:

        def opened() -> Database:
            return databases.enter_context(
                contextlib.closing(open_database(postgres_store.url, postgres_store.data_dir))
            )

        agency_id = new_agency(opened()).agency_id
        bus = LocalBus()
        yield lambda: Process(opened(), agency_id, bus, clock)


def run(story: Callable[[], Awaitable[None]], *processes: Process) -> None:
    async def running() -> None:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(processes[0].feed.bus.running())
            for process in processes:
                await stack.enter_async_context(process.feed.follower.running())
            await story()

    asyncio.run(running())


def test_the_events_of_some_commits_are_numbered_together(start: Start, clock: Clock) -> None:
    process = start()

    async def story() -> None:
        await process.commit()
        await until(lambda: process.turns == [1])
        for _ in range(5):
            await process.commit()
        await until(lambda: clock.sleeps == 1)
        assert process.turns == [1]
        clock.now = GATHER_SECONDS
        await until(lambda: len(process.turns) == 2)

    run(story, process)

    assert process.turns == [1, 5]


def test_a_process_waits_after_another_has_numbered_events(start: Start, clock: Clock) -> None:
    process = start()

    async def hear_of_another() -> None:
        heard = len(process.hints)
        process.feed.bus.publish(EVENTS, "another")
        await until(lambda: len(process.hints) == heard + 1)

    async def story() -> None:
        await hear_of_another()
        await process.commit()
        await until(lambda: clock.sleeps == 1)
        clock.now = 0.75 * GATHER_BEHIND_ANOTHER_SECONDS
        await hear_of_another()
        clock.now = GATHER_BEHIND_ANOTHER_SECONDS
        await until(lambda: clock.sleeps == 2)
        assert process.turns == []
        clock.now = 1.75 * GATHER_BEHIND_ANOTHER_SECONDS
        await until(lambda: process.turns)

    run(story, process)

    assert process.turns == [1]


def test_a_hint_after_a_lost_connection_puts_nothing_off(start: Start) -> None:
    process = start()

    async def story() -> None:
        process.feed.bus.publish(EVENTS, "")
        await until(lambda: process.hints)
        await process.commit()
        await until(lambda: process.turns)

    run(story, process)

    assert process.turns == [1]


def test_one_of_two_processes_numbers_the_events_of_both(start: Start, clock: Clock) -> None:
    one, other = start(), start()

    async def story() -> None:
        await one.commit()
        for turn in range(1, 5):
            await until(lambda turn=turn: len(one.turns) == len(other.hints) == turn)
            await other.commit()
            await one.commit()
            clock.now += GATHER_SECONDS
        await until(lambda: len(one.turns) == 5)

    run(story, one, other)

    assert one.turns == [1, 2, 2, 2, 2]
    assert other.turns == []
