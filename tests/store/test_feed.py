"""The feed in the database: positions without holes, in the order of each chat, on both databases."""

import asyncio
import multiprocessing
import threading
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store import chats, events
from parlour.store.database import Database, Transaction, open_database
from parlour.store.events import NewEvent, StoredEvent
from parlour.store.migrate import known_migrations
from parlour.store.postgres import PostgresDatabase
from parlour.store.sequencing import drop_events, sequence_events
from tests.conftest import Clock, Store
from tests.services.conftest import Agency, new_agency

CHATS = [Guid(f"{number:032x}") for number in range(3)]

# What each of two processes writes while both number events.
WRITTEN_EACH = 150


@pytest.fixture
def agency(database: Database) -> Agency:
    return new_agency(database)


def event(text: str, chat_id: Guid | None = None, user_id: Guid | None = None) -> NewEvent:
    return NewEvent("chat.changed", text, chat_id or CHATS[0], user_id)


def add(agency: Agency, *new: NewEvent) -> None:
    agency.database.run(lambda tx: events.add(tx, agency.agency_id, new))
    agency.database.run(sequence_events)


def kept(agency: Agency) -> list[StoredEvent]:
    return agency.database.run(lambda tx: events.newer(tx, agency.agency_id, after=0, day=0, most=100_000))


def placed(agency: Agency) -> list[tuple[int, str]]:
    return [(each.position, each.data) for each in kept(agency)]


def test_the_events_of_each_agency_are_numbered_from_one(database: Database, agency: Agency) -> None:
    other = new_agency(database)
    add(agency, event("a"), event("b"))
    add(other, event("x"))
    add(agency, event("c"))

    assert placed(agency) == [(1, "a"), (2, "b"), (3, "c")]
    assert placed(other) == [(1, "x")]


def test_work_that_fails_leaves_no_event_and_no_hole(agency: Agency) -> None:
    def fail(tx: Transaction) -> None:
        events.add(tx, agency.agency_id, [event("lost")])
        raise ValueError("too late")

    add(agency, event("a"))
    with pytest.raises(ValueError, match="too late"):
        agency.database.run(fail)
    add(agency, event("b"))

    assert placed(agency) == [(1, "a"), (2, "b")]


def test_followers_are_woken_by_commits_with_events_only(agency: Agency) -> None:
    woken: list[str] = []
    agency.database.follow_feed(lambda: woken.append("woken"))
    agency.database.run(lambda tx: tx.execute("UPDATE agency SET name = name"))
    before = list(woken)

    agency.database.run(lambda tx: events.add(tx, agency.agency_id, [event("a"), event("b")]))
    assert (before, woken) == ([], ["woken"])


def test_members_of_a_chat_and_the_person_meant_know_of_an_event(agency: Agency) -> None:
    ann, bob = agency.person("Ann"), agency.person("Bob")
    add(agency, event("of a chat"), event("of bob", user_id=bob.user_id))

    def known(user_id: Guid) -> list[str]:
        found = agency.database.run(lambda tx: events.known_to(tx, agency.agency_id, user_id, after=0, up_to=9, most=9))
        return [each.data for each in found]

    assert (known(ann.user_id), known(bob.user_id)) == ([], ["of bob"])


@pytest.mark.parametrize("days", [1, 40])
def test_old_events_are_dropped_and_their_number_is_known(agency: Agency, clock: Clock, days: int) -> None:
    add(agency, event("old"), event("older"))
    clock.advance(days=days)
    add(agency, event("new"))

    while agency.database.run(lambda tx: drop_events(tx, timedelta(hours=1))):
        pass
    feed = agency.database.run(lambda tx: events.feed_of(tx, agency.agency_id))
    assert placed(agency) == [(3, "new")]
    assert (feed.kept_after, feed.last_position) == (2, 3)


def test_positions_go_on_when_all_events_were_dropped(agency: Agency, clock: Clock) -> None:
    add(agency, event("a"), event("b"))
    clock.advance(days=3)
    while agency.database.run(lambda tx: drop_events(tx, timedelta(hours=1))):
        pass
    add(agency, event("c"))

    assert placed(agency) == [(3, "c")]


def test_a_clock_that_goes_back_keeps_the_order_of_days(agency: Agency, clock: Clock) -> None:
    add(agency, event("a"))
    clock.now -= timedelta(days=2)
    add(agency, event("b"))

    assert placed(agency) == [(1, "a"), (2, "b")]


# The sequencer of PostgreSQL -----------------------------------------------------------------------------------------


def test_an_open_transaction_between_two_others_loses_no_event(postgres_store: Store) -> None:
    database = open_database(postgres_store.url, postgres_store.data_dir)
    assert isinstance(database, PostgresDatabase)
    agency = new_agency(database)

    async def story() -> list[list[tuple[int, str]]]:
        is_open, may_end = threading.Event(), threading.Event()

        def held_open(tx: Transaction) -> None:
            events.add(tx, agency.agency_id, [event("slow", CHATS[1])])
            is_open.set()
            assert may_end.wait(60)

        add(agency, event("first"))
        slow = asyncio.create_task(database.write(held_open))
        await asyncio.to_thread(is_open.wait, 60)
        await asyncio.to_thread(add, agency, event("third"))
        before = await asyncio.to_thread(placed, agency)
        may_end.set()
        await slow
        await database.sequence(sequence_events)
        return [before, await asyncio.to_thread(placed, agency)]

    before, after = asyncio.run(story())
    database.close()

    assert before == [(1, "first"), (2, "third")]
    assert after == [(1, "first"), (2, "third"), (3, "slow")]


def test_a_connection_that_has_looked_numbers_what_was_open_then(postgres_store: Store) -> None:
    """It looks only at transactions that may have been open, of which a later one may have ended before."""
    database = open_database(postgres_store.url, postgres_store.data_dir)
    agency = new_agency(database)
    is_open, may_end = threading.Event(), threading.Event()

    def held_open(tx: Transaction) -> None:
        events.add(tx, agency.agency_id, [event("slow", CHATS[1])])
        tx.value("SELECT 1")
        is_open.set()
        assert may_end.wait(60)

    async def sequenced(*texts: str) -> int:
        await asyncio.to_thread(
            agency.database.run, lambda tx: events.add(tx, agency.agency_id, [event(text) for text in texts])
        )
        return await database.sequence(sequence_events)

    async def story() -> list[int]:
        slow = asyncio.create_task(database.write(held_open))
        await asyncio.to_thread(is_open.wait, 60)
        numbered = [await sequenced("first"), await sequenced("second", "third"), await sequenced("fourth")]
        may_end.set()
        await slow
        return [*numbered, await database.sequence(sequence_events), await database.sequence(sequence_events)]

    numbered = asyncio.run(story())
    found = placed(agency)
    database.close()

    assert numbered == [1, 2, 1, 1, 0]
    assert found == list(enumerate(("first", "second", "third", "fourth", "slow"), 1))


def test_events_are_looked_at_again_if_numbering_them_was_undone(postgres_store: Store) -> None:
    database = open_database(postgres_store.url, postgres_store.data_dir)
    agency = new_agency(database)
    agency.database.run(lambda tx: events.add(tx, agency.agency_id, [event("a"), event("b")]))

    def number_and_fail(tx: Transaction) -> None:
        assert sequence_events(tx) == 2
        tx.value("SELECT 1")
        raise ValueError("too late")

    async def story() -> int:
        with pytest.raises(ValueError, match="too late"):
            await database.sequence(number_and_fail)
        return await database.sequence(sequence_events)

    numbered = asyncio.run(story())
    found = placed(agency)
    database.close()

    assert numbered == 2
    assert found == [(1, "a"), (2, "b")]


def test_events_that_an_older_program_left_are_numbered(empty_postgres: str) -> None:
    known = known_migrations("postgresql")
    old = next(number for number, each in enumerate(known) if each.name.endswith("sequencing"))
    before = PostgresDatabase(empty_postgres, migrations=known[:old])
    agency = new_agency(before)
    before.run(lambda tx: events.add(tx, agency.agency_id, [event("a"), event("b")]))
    before.close()

    database = PostgresDatabase(empty_postgres)
    numbered = asyncio.run(database.sequence(sequence_events))
    found = database.run(lambda tx: events.newer(tx, agency.agency_id, after=0, day=0, most=9))
    database.close()

    assert numbered == 2
    assert [(each.position, each.data) for each in found] == [(1, "a"), (2, "b")]


def test_two_processes_that_number_events_leave_no_hole_and_no_inversion(postgres_store: Store) -> None:
    database = open_database(postgres_store.url, postgres_store.data_dir)
    agency = new_agency(database)
    starter = agency.person("Ann")
    for chat_id in CHATS:
        database.run(
            partial(chats.add, agency_id=agency.agency_id, chat_id=chat_id, name="", created_by=starter.user_id)
        )
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_and_number, args=(postgres_store, agency.agency_id)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    numbered = kept(agency)
    left = database.run(lambda tx: tx.value("SELECT count(*) FROM event_pending"))
    database.close()

    assert [process.exitcode for process in processes] == [0, 0]
    assert left == 0
    assert [each.position for each in numbered] == list(range(1, 2 * WRITTEN_EACH + 1))
    for chat_id in CHATS:
        versions = [int(each.data) for each in numbered if each.chat_id == chat_id]
        assert versions == list(range(1, len(versions) + 1))


def write_and_number(store: Store, agency_id: Guid) -> None:
    """Writes events in all chats, while numbering what is there again and again."""
    asyncio.run(_write_and_number(store, agency_id))


async def _write_and_number(store: Store, agency_id: Guid) -> None:
    database = open_database(store.url, store.data_dir)

    async def number(writing: Sequence["asyncio.Task[None]"]) -> None:
        while not all(task.done() for task in writing):
            await database.sequence(sequence_events)

    writing = [asyncio.create_task(_write(database, agency_id, CHATS[at % 3])) for at in range(WRITTEN_EACH)]
    await number(writing)
    await asyncio.gather(*writing)
    await database.sequence(sequence_events)
    database.close()


async def _write(database: Database, agency_id: Guid, chat_id: Guid) -> None:
    def change(tx: Transaction) -> None:
        version = tx.value(
            """UPDATE chat SET version = version + 1
                WHERE agency_id = :agency_id AND chat_id = :chat_id
            RETURNING version""",
            agency_id=agency_id,
            chat_id=chat_id,
        )
        events.add(tx, agency_id, [NewEvent("chat.changed", str(version), chat_id, new_guid())])

    await database.write(change, chat_id)
