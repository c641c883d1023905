"""Works on SQLite that run before their transaction, on what is committed, and gather one change for it."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import apsw
import pytest

from parlour.store import sqlite
from parlour.store.database import SQLITE_FILE, Gathered, RowsWriter, Transaction
from parlour.store.sqlite import SqliteDatabase
from tests.conftest import Store
from tests.store.names import add, add_then_fail, names


@pytest.fixture
def database(sqlite_store: Store) -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(sqlite_store.data_dir / SQLITE_FILE)
    yield opened
    opened.close()


class Refused(Exception):
    """Raised by works whose change was refused."""


class Names:
    """Adds names. Remembers which were added together, and in which threads works have run."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.threads: list[str] = []
        self._change = Gathered(self._add, of_many="")

    def gather(self, name: str, *, at: int = 0) -> Callable[[Transaction], str]:
        def refuse() -> None:
            raise Refused(name)

        def work(tx: Transaction) -> str:
            self.threads.append(threading.current_thread().name)
            tx.value("SELECT 1")
            tx.lock("SELECT 1 FOR UPDATE")
            tx.gather(self._change, refuse, {"at": at}, {"name": name})
            return name

        return work

    def _add(self, tx: RowsWriter, shared: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Collection[int]:
        places = [place for place, row in enumerate(rows, 1) if row["name"] != "refused"]
        added = [rows[place - 1]["name"] for place in places]
        self.together.append(added)
        if added:
            into = "INSERT INTO agency (agency_id, name, created_at)"
            tx.insert(into, [(name, name, shared["at"]) for name in added])
        return places


@pytest.fixture
def given() -> Names:
    return Names()


def meet(database: SqliteDatabase, *calls: Callable[[Transaction], Any]) -> list[Any]:
    """The outcomes of works that come at the same time, while the writer is busy. All may run ahead."""

    async def gather() -> list[Any]:
        is_busy, may_go_on = threading.Event(), threading.Event()

        def keep_busy(tx: Transaction) -> None:
            is_busy.set()
            may_go_on.wait(10)

        busy = asyncio.ensure_future(database.write(keep_busy))
        await asyncio.to_thread(is_busy.wait, 10)
        waiting = [asyncio.ensure_future(database.write(work, gathers=True)) for work in calls]
        # The works begin in this turn of the loop, and leave in the next.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        may_go_on.set()
        await busy
        return await asyncio.gather(*waiting, return_exceptions=True)

    return asyncio.run(gather())


def test_their_changes_are_made_together(database: SqliteDatabase, given: Names) -> None:
    wanted = [f"n{number:02}" for number in range(20)]

    outcomes = meet(database, *(given.gather(name) for name in wanted))

    assert outcomes == wanted == database.run(names)
    assert given.together == [wanted]
    assert set(given.threads) == {threading.main_thread().name}


def test_a_batch_of_them_leaves_the_event_loop_something_to_do(
    database: SqliteDatabase, given: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LEAST_AHEAD", 3)
    monkeypatch.setattr(sqlite, "REQUEST_SECONDS", 1000.0)

    meet(database, *(given.gather(name) for name in "abcdefg"))

    assert given.together == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


def test_changes_that_share_other_values_are_made_apart(database: SqliteDatabase, given: Names) -> None:
    meet(database, given.gather("a", at=1), given.gather("b", at=2), given.gather("c", at=1))

    assert given.together == [["a", "c"], ["b"]]


def test_one_that_is_refused_runs_again_and_raises_its_error(database: SqliteDatabase, given: Names) -> None:
    outcomes = meet(database, *(given.gather(name) for name in ("a", "refused", "b")))

    assert [type(outcome) for outcome in outcomes] == [str, Refused, str]
    assert database.run(names) == ["a", "b"]


@pytest.mark.parametrize("bad", ["a", "half a character \ud800"])
def test_one_whose_change_fails_fails_alone(database: SqliteDatabase, given: Names, bad: str) -> None:
    outcomes = meet(database, *(given.gather(name) for name in ("a", bad, "b")))

    assert outcomes[::2] == ["a", "b"]
    assert isinstance(outcomes[1], apsw.ConstraintError | UnicodeError)
    assert database.run(names) == ["a", "b"]


def test_the_order_of_works_is_kept(database: SqliteDatabase, given: Names) -> None:
    """A work that reads sees the changes of those before it, and not of those after it."""

    def look(tx: Transaction) -> list[str]:
        tx.lock("SELECT 1 FOR UPDATE")
        return names(tx)

    outcomes = meet(database, look, given.gather("a"), given.gather("b"), look, given.gather("c"), add("d"), look)

    assert outcomes == [[], "a", "b", ["a", "b"], "c", 1, ["a", "b", "c", "d"]]


def test_others_that_fail_take_no_change_with_them(database: SqliteDatabase, given: Names) -> None:
    outcomes = meet(database, given.gather("a"), add_then_fail("lost"), given.gather("b"))

    assert [type(outcome) for outcome in outcomes] == [str, ZeroDivisionError, str]
    assert database.run(names) == ["a", "b"]


def test_an_error_before_any_change_ends_the_work_at_once(database: SqliteDatabase) -> None:
    threads: list[str] = []

    def fail(tx: Transaction) -> None:
        threads.append(threading.current_thread().name)
        raise Refused(tx.value("SELECT count(*) FROM agency"))

    [outcome] = meet(database, fail)

    assert isinstance(outcome, Refused)
    assert threads == [threading.main_thread().name]


def test_a_work_that_gathers_twice_runs_in_its_transaction(database: SqliteDatabase, given: Names) -> None:
    def work(tx: Transaction) -> str:
        return given.gather("a")(tx) + given.gather("b")(tx)

    assert meet(database, work) == ["ab"]
    assert database.run(names) == ["a", "b"]


def test_a_work_that_has_waited_too_long_runs_again(
    database: SqliteDatabase, given: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "AHEAD_SECONDS", 0.0)

    assert meet(database, given.gather("a"), given.gather("b")) == ["a", "b"]
    assert database.run(names) == ["a", "b"]
    assert given.threads[2:] == ["parlour-writer"] * 2


def test_the_feed_is_woken_after_their_commit(database: SqliteDatabase, given: Names) -> None:
    seen: list[list[str]] = []
    beside = apsw.Connection(database_file(database), flags=apsw.SQLITE_OPEN_READONLY)
    database.follow_feed(lambda: seen.append([name for (name,) in beside.execute("SELECT name FROM agency")]))

    meet(database, given.gather("a"))

    beside.close()
    assert seen == [["a"]]


def database_file(database: SqliteDatabase) -> str:
    file: str = database.run(lambda tx: tx.value("SELECT file FROM pragma_database_list"))
    return file
