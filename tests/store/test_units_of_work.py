"""The guarantees of units of work, on both databases."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, count, repeat

import pytest

from parlour.store import sqlite
from parlour.store.database import Database, DatabaseClosed, Transaction, open_database
from parlour.store.sqlite import PATIENT_LOOKS, SHORT_SECONDS, STEPS_BETWEEN_LOOKS
from tests.conftest import Clock, Store
from tests.store.names import add, add_then_fail, double_check, names

# A query that takes SQLite about so many steps for each number.
COUNT_TO = """WITH RECURSIVE step (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM step WHERE number < :most)
              SELECT count(*) FROM step"""
STEPS_OF_A_NUMBER = 17


def test_a_posted_statement_runs_in_order_and_may_be_refused(database: Database) -> None:
    def refuse() -> None:
        raise ZeroDivisionError

    def rename(old: str, new: str) -> Callable[[Transaction], list[str]]:
        def work(tx: Transaction) -> list[str]:
            tx.post("UPDATE agency SET name = :new WHERE name = :old", refuse, old=old, new=new)
            return names(tx)

        return work

    database.run(add("a"))

    assert database.run(rename("a", "b")) == ["b"]
    with pytest.raises(ZeroDivisionError):
        database.run(rename("a", "c"))
    assert database.run(names) == ["b"]


def test_a_failed_work_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        database.run(add_then_fail("lost"))

    assert database.run(names) == []


def test_a_reader_sees_what_was_written_before(database: Database) -> None:
    async def write_and_read() -> list[str]:
        await database.write(add("kept"))
        return await database.read(names)

    assert asyncio.run(write_and_read()) == ["kept"]


def test_concurrent_works_fail_separately(database: Database) -> None:
    async def meet() -> list[object]:
        works = [add_then_fail(f"lost {i}") if i % 3 == 1 else add(f"kept {i}") for i in range(9)]
        return await asyncio.gather(*map(database.write, works), return_exceptions=True)

    outcomes = asyncio.run(meet())

    assert [type(outcome) for outcome in outcomes] == [int, ZeroDivisionError, int] * 3
    assert database.run(names) == [f"kept {i}" for i in range(9) if i % 3 != 1]


def test_a_refused_statement_fails_only_its_own_work(database: Database) -> None:
    async def meet() -> list[object]:
        works = [add("kept"), add("kept"), add("other")]
        return await asyncio.gather(*map(database.write, works), return_exceptions=True)

    outcomes = asyncio.run(meet())

    assert sum(isinstance(outcome, Exception) for outcome in outcomes) == 1
    assert database.run(names) == ["kept", "other"]


@pytest.mark.parametrize(
    "write",
    [
        lambda tx: tx.for_writing() or add("written")(tx),
        add("written"),
        lambda tx: tx.rows("INSERT INTO agency VALUES ('a', 'written', 0) RETURNING name"),
    ],
    ids=["asks", "executes", "returns"],
)
def test_a_read_that_needs_to_write_is_rerun_as_a_write(
    database: Database, write: Callable[[Transaction], object]
) -> None:
    seen: list[list[str]] = []

    def work(tx: Transaction) -> None:
        seen.append(names(tx))
        write(tx)

    asyncio.run(database.read(work))

    assert seen == [[], []]
    assert database.run(names) == ["written"]


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    written, may_end = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        add("late")(tx)
        written.set()
        assert may_end.wait(10)

    async def read_meanwhile() -> list[str]:
        writing = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(written.wait, 10)
        seen = await asyncio.wait_for(database.read(names), 10)
        may_end.set()
        await writing
        return seen

    assert asyncio.run(read_meanwhile()) == []
    assert database.run(names) == ["late"]


def test_a_reader_sees_one_state_of_the_database(database: Database) -> None:
    def look_twice(tx: Transaction) -> tuple[list[str], list[str]]:
        first = names(tx)
        database.run(add("new"))
        return first, names(tx)

    assert asyncio.run(database.read(look_twice)) == ([], [])
    assert database.run(names) == ["new"]


def test_a_long_read_does_not_block_the_event_loop(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each look at the clock takes a quarter of what a read may take here.
    looks = count()
    monkeypatch.setattr(sqlite, "monotonic", lambda: next(looks) * SHORT_SECONDS / 4)
    loop_thread, ran_on = threading.current_thread(), list[threading.Thread]()

    def count_to(most: int) -> Callable[[Transaction], int]:
        def work(tx: Transaction) -> int:
            ran_on.append(threading.current_thread())
            counted: int = tx.value(COUNT_TO, most=most)
            return counted

        return work

    database = open_database(sqlite_store.url, sqlite_store.data_dir)
    try:
        short, long = asyncio.run(database.read(count_to(10))), asyncio.run(database.read(count_to(1_000_000)))
    finally:
        database.close()

    assert (short, long) == (10, 1_000_000)
    assert [thread is loop_thread for thread in ran_on] == [True, True, False]


@pytest.mark.parametrize(("looks", "stays"), [(PATIENT_LOOKS // 2, True), (PATIENT_LOOKS * 2, False)])
def test_a_read_that_was_only_interrupted_stays_on_the_event_loop(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, looks: int, stays: bool
) -> None:
    # Another process has the processor until the first look.
    times = chain([0.0], repeat(2 * SHORT_SECONDS))
    monkeypatch.setattr(sqlite, "monotonic", lambda: next(times))
    loop_thread, ran_on = threading.current_thread(), list[threading.Thread]()

    def work(tx: Transaction) -> int:
        ran_on.append(threading.current_thread())
        counted: int = tx.value(COUNT_TO, most=looks * STEPS_BETWEEN_LOOKS // STEPS_OF_A_NUMBER)
        return counted

    database = open_database(sqlite_store.url, sqlite_store.data_dir)
    try:
        asyncio.run(database.read(work))
    finally:
        database.close()

    assert [thread is loop_thread for thread in ran_on] == [True] if stays else [True, False]


def test_a_read_whose_time_runs_out_as_it_ends_is_answered_once(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite looks at the clock by a statement's steps over all its runs: also while a transaction ends."""
    enough_to_be_looked_at = STEPS_BETWEEN_LOOKS * 7 // 10
    now = 0.0
    monkeypatch.setattr(sqlite, "monotonic", lambda: now)

    def late(tx: Transaction) -> list[str]:
        nonlocal now
        found = names(tx)
        now += 2 * SHORT_SECONDS
        return found

    async def read() -> list[list[str]]:
        return [await database.read(late) for _ in range(enough_to_be_looked_at)]

    database = open_database(sqlite_store.url, sqlite_store.data_dir)
    try:
        assert asyncio.run(read()) == [[]] * enough_to_be_looked_at
    finally:
        database.close()


def test_cached_answers_are_valid_until_a_commit(sqlite_store: Store) -> None:
    asked: list[str] = []

    def question(tx: Transaction, about: str) -> list[str]:
        asked.append(about)
        return names(tx)

    def ask(about: str) -> list[str]:
        return asyncio.run(database.read(lambda tx: tx.cached(question, about)))

    database = open_database(sqlite_store.url, sqlite_store.data_dir)
    beside = open_database(sqlite_store.url, sqlite_store.data_dir)
    try:
        answers = [ask("a"), ask("a"), ask("b")]
        database.run(add("own"))
        answers += [ask("a"), ask("a")]
        beside.run(add("other's"))
        answers += [ask("a")]
    finally:
        beside.close()
        database.close()

    assert answers == [[], [], [], ["own"], ["own"], ["other's", "own"]]
    assert asked == ["a", "b", "a", "a"]


def test_single_rows_are_remembered_until_a_commit(sqlite_store: Store) -> None:
    def ask(most: int) -> object:
        row = asyncio.run(database.read(lambda tx: tx.row("SELECT random() AS number WHERE :most > 0", most=most)))
        return row and row["number"]

    database = open_database(sqlite_store.url, sqlite_store.data_dir)
    beside = open_database(sqlite_store.url, sqlite_store.data_dir)
    try:
        answers = [ask(1), ask(1), ask(2), ask(0), ask(0)]
        database.run(add("own"))
        answers += [ask(1), ask(1)]
        beside.run(add("other's"))
        answers += [ask(1)]
    finally:
        beside.close()
        database.close()

    first, again, other, nothing, still_nothing, after_own, again_after_own, after_others = answers
    assert first == again
    assert nothing is still_nothing is None
    assert after_own == again_after_own
    assert len({first, other, after_own, after_others}) == 4


def test_many_threads_lose_nothing_and_count_nothing_twice(database: Database) -> None:
    database.run(lambda tx: tx.execute("INSERT INTO throttle VALUES ('x', 0, 0)"))

    def count(tx: Transaction) -> None:
        tries = tx.value("SELECT tries FROM throttle WHERE throttle_key = :key", key="x")
        tx.execute("UPDATE throttle SET tries = :tries WHERE throttle_key = :key", tries=tries + 1, key="x")

    with ThreadPoolExecutor(8) as threads:
        for counted in [threads.submit(database.run, count) for _ in range(200)]:
            counted.result()

    assert database.run(lambda tx: tx.value("SELECT tries FROM throttle")) == 200


def test_data_that_was_read_is_still_valid_at_the_commit(database: Database) -> None:
    """Two that each write elsewhere because they found nothing there: only one may."""
    with ThreadPoolExecutor(8) as threads:
        for round_number in range(10):
            works = [double_check(f"left {round_number}", f"right {round_number}") for _ in range(2)]
            works += [double_check(f"right {round_number}", f"left {round_number}") for _ in range(2)]
            added = sum(threads.map(database.run, works))
            assert added == 1


def test_the_time_is_fixed_during_a_transaction(database: Database, clock: Clock) -> None:
    began = clock.now

    def wait(tx: Transaction) -> bool:
        clock.advance(hours=1)
        return tx.now == began

    assert database.run(wait)
    assert database.run(lambda tx: tx.now) == clock.now


def test_rows_are_read_by_name_and_values_alone(database: Database) -> None:
    def ask(tx: Transaction) -> None:
        one_and_two = "SELECT 1 AS one, CAST(:two AS bigint) AS two"
        none = "SELECT name, created_at FROM agency WHERE agency_id = :agency_id"
        assert tx.rows(one_and_two, two=2) == tx.rows(one_and_two, two=2) == [{"one": 1, "two": 2}]
        assert tx.row(one_and_two, two=3) == {"one": 1, "two": 3}
        assert tx.value(one_and_two, two=2) == 1
        assert tx.rows(none, agency_id="x") == [] and tx.row(none, agency_id="x") is tx.value(none, agency_id="x")
        add("x")(tx)
        assert tx.row(none, agency_id="x") == {"name": "x", "created_at": 0}
        assert tx.value("SELECT sum(created_at + 1) FROM agency") == 1
        assert tx.execute("UPDATE agency SET name = 'z'") == 1
        assert tx.execute("UPDATE agency SET name = 'z' WHERE name = 'y'") == 0

    database.run(ask)


def test_text_is_kept_as_it_is(database: Database) -> None:
    texts = ["100% :name ::text 'quoted' \"q\" -- no comment", "a\\b\n\t", "\U0001f600 é ﷽", ""]

    def keep(tx: Transaction) -> list[str]:
        for text in texts:
            tx.execute("INSERT INTO agency VALUES (:text, :text || ':x %s %%', :none)", text=text, none=0)
        return [tx.value("SELECT name FROM agency WHERE agency_id = :text", text=text) for text in texts]

    assert database.run(keep) == [text + ":x %s %%" for text in texts]


def test_booleans_are_stored_as_numbers(database: Database) -> None:
    sql = "INSERT INTO user_account VALUES ('u', 'e', 'k', 'n', NULL, :is_disabled, 0)"

    database.run(lambda tx: tx.execute(sql, is_disabled=True))

    assert (
        database.run(lambda tx: tx.value("SELECT user_id FROM user_account WHERE is_disabled = :yes", yes=True)) == "u"
    )
    assert database.run(lambda tx: tx.value("SELECT is_disabled FROM user_account")) == 1


def test_like_is_case_sensitive(database: Database) -> None:
    database.run(add("Anna"))

    assert database.run(lambda tx: tx.value("SELECT count(*) FROM agency WHERE name LIKE 'anna'")) == 0


def test_slow_work_runs_outside_the_event_loop(database: Database) -> None:
    assert asyncio.run(database.run_slow(threading.get_ident)) != threading.get_ident()


def test_a_work_whose_caller_left_still_completes(database: Database) -> None:
    async def leave() -> None:
        writing = asyncio.ensure_future(database.write(add("kept")))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await database.write(add("next"))

    asyncio.run(leave())

    assert database.run(lambda tx: "next" in names(tx))


def test_closing_finishes_started_works_and_refuses_new_ones(database: Database, store: Store) -> None:
    async def close_meanwhile() -> list[object]:
        begun = [asyncio.ensure_future(database.write(add(f"begun {i}"))) for i in range(20)]
        for _ in range(3):
            await asyncio.sleep(0)
        database.close()
        late = asyncio.ensure_future(database.write(add("late")))
        return await asyncio.gather(*begun, late, return_exceptions=True)

    *begun, late = asyncio.run(close_meanwhile())

    assert begun == [1] * 20
    assert isinstance(late, DatabaseClosed)
    with pytest.raises(DatabaseClosed):
        database.run(names)
