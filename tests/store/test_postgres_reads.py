"""Short reads on PostgreSQL: what they remember is never older than the last commit, and they need few round trips."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parlour.store import postgres_pipeline
from parlour.store.database import Database, DatabaseBusy, Gathered, Transaction, open_database
from parlour.store.postgres_pipeline import Answered, Pipeline, Query
from parlour.store.postgres_reads import ROUND_TRIPS, version_of
from tests.conftest import Store
from tests.store.names import add, end_connections, names


@pytest.fixture
def database(postgres_store: Store) -> Iterator[Database]:
    opened = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)
    yield opened
    opened.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Query]]:
    """The queries of each round trip of short reads."""
    made: list[Sequence[Query]] = []
    ask = Pipeline.ask

    def noted(self: Pipeline, queries: Sequence[Query], loop: asyncio.AbstractEventLoop, answered: Answered) -> None:
        made.append(queries)
        ask(self, queries, loop, answered)

    monkeypatch.setattr(Pipeline, "ask", noted)
    return made


RENAME = "UPDATE agency SET name = 'after'"
RENAME_MANY = f"{RENAME} FROM unnest(CAST(:ids AS text[])) RETURNING 1"


class Writer:
    """A transaction of another program, which changes one row of its own."""

    def __init__(self, url: str, name: str) -> None:
        self._connection = psycopg.connect(url)
        self._name = name

    def write(self) -> None:
        self._connection.execute(
            """INSERT INTO agency VALUES (%(name)s, %(name)s, 1)
                   ON CONFLICT (agency_id) DO UPDATE SET created_at = agency.created_at + 1""",
            {"name": self._name},
        )

    def write_and_go_back(self) -> None:
        self._connection.execute("SAVEPOINT step")
        self.write()
        self._connection.execute("ROLLBACK TO step")

    def write_in_step(self) -> None:
        self._connection.execute("SAVEPOINT step")
        self.write()
        self._connection.execute("RELEASE step")

    def look(self) -> None:
        self._connection.execute("SELECT 1")

    def commit(self) -> None:
        self._connection.commit()

    def roll_back(self) -> None:
        self._connection.rollback()

    def close(self) -> None:
        self._connection.close()


STEPS = [Writer.write, Writer.write_and_go_back, Writer.write_in_step, Writer.look, Writer.commit, Writer.roll_back]
COUNT = "SELECT coalesce(sum(created_at), 0)::bigint FROM agency"


ROWS = "SELECT created_at FROM agency"


def listed(tx: Transaction) -> int:
    return sum(row["created_at"] for row in tx.rows(ROWS))


def counted(tx: Transaction) -> tuple[int, int, int]:
    """The same number by a single row, by a listing that is remembered, and by one that is not."""
    return tx.value(COUNT), tx.cached(listed), sum(number for (number,) in tx.tuples(ROWS))


def remembered(tx: Transaction) -> tuple[int, int]:
    return tx.value(COUNT), tx.cached(listed)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(STEPS)), max_size=12))
def test_what_is_remembered_is_never_older_than_the_last_commit(
    postgres_store: Store, steps: list[tuple[int, Callable[[Writer], None]]]
) -> None:
    database = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)
    writers = [Writer(postgres_store.url, f"writer {number}") for number in range(3)]
    with psycopg.connect(postgres_store.url, autocommit=True) as observer:

        async def live() -> None:
            for who, step in steps:
                step(writers[who])
                for _ in range(2):
                    truth = observer.execute(COUNT).fetchall()[0][0]
                    assert await database.read(counted) == (truth, truth, truth)

        try:
            asyncio.run(live())
        finally:
            for writer in writers:
                writer.close()
            database.close()
            observer.execute("DELETE FROM agency")


def test_results_of_two_transactions_are_never_mixed(
    database: Database, postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody moves one from `a` to `b` before each round trip, and the read asks for `b` once it has `a`."""
    ask = Pipeline.ask
    moved = "UPDATE agency SET created_at = created_at + CASE agency_id WHEN 'a' THEN -1 ELSE 1 END"

    def move(tx: Transaction) -> tuple[int, int]:
        of = "SELECT created_at FROM agency WHERE agency_id = :id"
        a = tx.value(of, id="a")
        return a, tx.value(of + " AND created_at <> :a", id="b", a=a)

    with psycopg.connect(postgres_store.url, autocommit=True) as mover:
        mover.execute("INSERT INTO agency VALUES ('a', 'a', 100), ('b', 'b', 101)")

        def moved_first(*arguments: Any) -> None:
            mover.execute(moved.encode())
            ask(*arguments)

        monkeypatch.setattr(Pipeline, "ask", moved_first)

        async def read() -> list[tuple[int, int]]:
            return [await database.read(move) for _ in range(5)]

        assert [a + b for a, b in asyncio.run(read())] == [201] * 5


def test_a_remembered_read_costs_one_round_trip_and_asks_nothing_else(
    database: Database, trips: list[Sequence[Query]]
) -> None:
    async def twice() -> None:
        await database.read(remembered)
        trips.clear()
        await database.read(remembered)

    asyncio.run(twice())

    assert [len(asked) for asked in trips] == [1]


def test_reads_of_one_turn_share_a_round_trip(database: Database, trips: list[Sequence[Query]]) -> None:
    async def together() -> list[tuple[int, int]]:
        await database.read(remembered)
        trips.clear()
        return await asyncio.gather(*(database.read(remembered) for _ in range(20)))

    assert asyncio.run(together()) == [(0, 0)] * 20
    assert len(trips) == 1


def test_a_read_whose_results_are_outdated_costs_two_round_trips(
    database: Database, postgres_store: Store, trips: list[Sequence[Query]]
) -> None:
    async def read() -> tuple[int, int]:
        await database.read(remembered)
        with psycopg.connect(postgres_store.url) as other:
            other.execute("INSERT INTO agency VALUES ('a', 'a', 7)")
        trips.clear()
        return await database.read(remembered)

    assert asyncio.run(read()) == (7, 7)
    assert len(trips) == 2


def test_a_query_that_is_expected_shares_the_round_trip_before_it(
    database: Database, trips: list[Sequence[Query]]
) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        tx.expect(listed)
        return tx.value(COUNT), tx.cached(listed)

    assert asyncio.run(database.read(work)) == (0, 0)
    assert len(trips) == 1


def test_a_work_that_reads_nothing_needs_no_round_trip(database: Database, trips: list[Sequence[Query]]) -> None:
    assert asyncio.run(database.read(lambda tx: 1)) == 1
    assert trips == []


def test_a_long_result_is_read_on_a_thread(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_pipeline, "LONGEST_RESULT", 2)
    for name in ("a", "b", "c"):
        database.run(add(name))
    ran: list[int] = []

    def work(tx: Transaction) -> list[str]:
        found = names(tx)
        ran.append(threading.get_ident())
        return found

    assert asyncio.run(database.read(work)) == ["a", "b", "c"]
    assert threading.get_ident() not in ran


def test_a_read_of_many_steps_ends_on_a_thread(database: Database, trips: list[Sequence[Query]]) -> None:
    def work(tx: Transaction) -> int:
        number = 0
        for _ in range(20):
            number = tx.value("SELECT :number + 1", number=number)
        return number

    assert asyncio.run(database.read(work)) == 20
    assert len(trips) == ROUND_TRIPS


def test_a_read_that_may_take_long_ends_on_a_thread_at_once(database: Database, trips: list[Sequence[Query]]) -> None:
    def work(tx: Transaction) -> int:
        first = tx.value("SELECT 1")
        tx.may_take_long()
        return int(first + tx.value("SELECT 2"))

    assert asyncio.run(database.read(work)) == 3
    assert all("SELECT 2" not in query.sql for trip in trips for query in trip)


WAYS_TO_WRITE: dict[str, Callable[[Transaction], object]] = {
    "execute": lambda tx: tx.execute(RENAME),
    "post": lambda tx: tx.post(RENAME),
    "post_last": lambda tx: tx.post_last(RENAME),
    "gather": lambda tx: tx.gather(Gathered(lambda tx, shared, rows: [1], RENAME_MANY), lambda: None, {}, {"ids": "1"}),
    "for_writing": lambda tx: tx.for_writing(),
    "after_commit": lambda tx: tx.after_commit(lambda: None),
    "wake_feed": lambda tx: tx.wake_feed(),
}


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
@pytest.mark.parametrize("steps", [1, 20])
def test_a_read_that_turns_out_to_write_runs_again_as_a_writer(database: Database, way: str, steps: int) -> None:
    database.run(add("before"))
    may_write: list[bool] = []

    def work(tx: Transaction) -> None:
        for number in range(steps):
            tx.value("SELECT :number + 1", number=number)
        may_write.append(tx.may_write)
        WAYS_TO_WRITE[way](tx)

    asyncio.run(database.read(work))

    # Of many steps, only the long read gets to the end.
    assert may_write == [False, True]
    if way in ("execute", "post", "post_last", "gather"):
        assert asyncio.run(database.read(names)) == ["after"]


def test_a_failing_query_fails_only_its_own_read(database: Database) -> None:
    async def together() -> list[object]:
        works: list[Callable[[Transaction], object]] = [names, lambda tx: tx.rows("SELECT nothing FROM agency"), names]
        return await asyncio.gather(*map(database.read, works), return_exceptions=True)

    outcomes = asyncio.run(together())

    assert [outcomes[0], outcomes[2]] == [[], []]
    assert isinstance(outcomes[1], psycopg.errors.UndefinedColumn)


@pytest.mark.parametrize("value", ["a\0b", "\ud800", 2**70, b"bytes", 1.5])
def test_values_that_cannot_be_sent_are_reported_as_in_a_transaction_that_writes(
    database: Database, value: object
) -> None:
    def work(tx: Transaction) -> object:
        return tx.value("SELECT name FROM agency WHERE name = :value", value=value)

    outcomes = []
    for run in (database.read, database.write):
        try:
            outcomes.append(asyncio.run(run(work)))
        except Exception as error:
            outcomes.append(type(error))

    assert outcomes[0] == outcomes[1]


def test_a_read_that_was_left_disturbs_nobody(database: Database) -> None:
    async def leave() -> list[str]:
        await database.read(names)
        left = asyncio.ensure_future(database.read(lambda tx: tx.rows("SELECT pg_sleep(0)")))
        await asyncio.sleep(0)
        left.cancel()
        return await database.read(names)

    assert asyncio.run(leave()) == []


def test_a_second_event_loop_reads_as_well(database: Database) -> None:
    async def read_here_and_there() -> list[list[str]]:
        there = asyncio.to_thread(lambda: asyncio.run(database.read(names)))
        return [await database.read(names), await there, await database.read(names)]

    assert asyncio.run(read_here_and_there()) == [[], [], []]


def test_reads_of_a_closing_database_end(postgres_store: Store) -> None:
    database = open_database(postgres_store.url, postgres_store.data_dir, migrate=False)

    async def close_meanwhile() -> list[str]:
        await database.read(names)
        begun = asyncio.ensure_future(database.read(names))
        for _ in range(2):
            await asyncio.sleep(0)
        database.close()
        return await begun

    assert asyncio.run(close_meanwhile()) == []


def test_reads_are_refused_if_a_new_connection_is_lost_at_once(
    database: Database, postgres_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Pipeline.__init__

    def lost(self: Pipeline, connection: "psycopg.Connection[Any]") -> None:
        monkeypatch.setattr(Pipeline, "__init__", make)
        end_connections(postgres_store.url)
        make(self, connection)

    monkeypatch.setattr(Pipeline, "__init__", lost)

    with pytest.raises(DatabaseBusy):
        asyncio.run(database.read(names))
    assert asyncio.run(database.read(names)) == []


@pytest.mark.parametrize(
    ("snapshot", "is_distinct"),
    [("10:10: 5", True), ("10:20:10,15 5", True), ("10:20: 5", False)],
    ids=["nothing in progress", "some in progress", "of a standby"],
)
def test_snapshots_that_do_not_tell_what_is_in_progress_are_not_trusted(snapshot: str, is_distinct: bool) -> None:
    assert (version_of(snapshot) is not None) == is_distinct
