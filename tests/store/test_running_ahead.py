"""Works on SQLite that run before their transaction, on what is committed, and gather one change for it.

Their changes are made by the event loop if the writer is free, else by the writer. Most tests try both.
"""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import apsw
import pytest

from parlour.store import sqlite, sqlite_connections
from parlour.store.database import SQLITE_FILE, CommitFailed, DatabaseClosed, Gathered, RowsWriter, Transaction
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
    """Adds names. Remembers which were added together, and in which threads works have run and were added."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.threads: list[str] = []
        self.changed_in: list[str] = []
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
        self.changed_in.append(threading.current_thread().name)
        if added:
            into = "INSERT INTO agency (agency_id, name, created_at)"
            tx.insert(into, [(name, name, shared["at"]) for name in added])
        return places


@pytest.fixture
def given() -> Names:
    return Names()


Meet = Callable[..., list[Any]]


@pytest.fixture(params=["the writer is busy", "the writer is free"])
def meet(request: pytest.FixtureRequest, database: SqliteDatabase) -> Meet:
    """A function that returns the outcomes of works that come at the same time. All may run ahead."""
    gather = _behind_another if request.param == "the writer is busy" else _at_once
    return lambda *calls: asyncio.run(gather(database, *calls))


async def _at_once(database: SqliteDatabase, *calls: Callable[[Transaction], Any]) -> list[Any]:
    answers = asyncio.gather(*(database.write(work, gathers=True) for work in calls), return_exceptions=True)
    # A work that is never answered fails its test.
    return await asyncio.wait_for(answers, 30)


async def _behind_another(database: SqliteDatabase, *calls: Callable[[Transaction], Any]) -> list[Any]:
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
    _, *outcomes = await asyncio.gather(busy, *waiting, return_exceptions=True)
    return outcomes


def test_their_changes_are_made_together(database: SqliteDatabase, meet: Meet, given: Names) -> None:
    wanted = [f"n{number:02}" for number in range(20)]

    outcomes = meet(*(given.gather(name) for name in wanted))

    assert outcomes == wanted == database.run(names)
    assert given.together == [wanted]
    assert set(given.threads) == {threading.main_thread().name}


def test_a_batch_of_them_leaves_the_event_loop_something_to_do(
    meet: Meet, given: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "LEAST_AHEAD", 3)
    monkeypatch.setattr(sqlite, "REQUEST_SECONDS", 1000.0)

    meet(*(given.gather(name) for name in "abcdefg"))

    assert given.together == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


def test_changes_that_share_other_values_are_made_apart(meet: Meet, given: Names) -> None:
    meet(given.gather("a", at=1), given.gather("b", at=2), given.gather("c", at=1))

    assert given.together == [["a", "c"], ["b"]]


def test_one_that_is_refused_runs_again_and_raises_its_error(
    database: SqliteDatabase, meet: Meet, given: Names
) -> None:
    outcomes = meet(*(given.gather(name) for name in ("a", "refused", "b")))

    assert [type(outcome) for outcome in outcomes] == [str, Refused, str]
    assert database.run(names) == ["a", "b"]


@pytest.mark.parametrize("bad", ["a", "half a character \ud800"])
def test_one_whose_change_fails_fails_alone(database: SqliteDatabase, meet: Meet, given: Names, bad: str) -> None:
    outcomes = meet(*(given.gather(name) for name in ("a", bad, "b")))

    assert outcomes[::2] == ["a", "b"]
    assert isinstance(outcomes[1], apsw.ConstraintError | UnicodeError)
    assert database.run(names) == ["a", "b"]


def test_the_order_of_works_is_kept(meet: Meet, given: Names) -> None:
    """A work that reads sees the changes of those before it, and not of those after it."""

    def look(tx: Transaction) -> list[str]:
        tx.lock("SELECT 1 FOR UPDATE")
        return names(tx)

    outcomes = meet(look, given.gather("a"), given.gather("b"), look, given.gather("c"), add("d"), look)

    assert outcomes == [[], "a", "b", ["a", "b"], "c", 1, ["a", "b", "c", "d"]]


def test_others_that_fail_take_no_change_with_them(database: SqliteDatabase, meet: Meet, given: Names) -> None:
    outcomes = meet(given.gather("a"), add_then_fail("lost"), given.gather("b"))

    assert [type(outcome) for outcome in outcomes] == [str, ZeroDivisionError, str]
    assert database.run(names) == ["a", "b"]


def test_an_error_before_any_change_ends_the_work_at_once(meet: Meet) -> None:
    threads: list[str] = []

    def fail(tx: Transaction) -> None:
        threads.append(threading.current_thread().name)
        raise Refused(tx.value("SELECT count(*) FROM agency"))

    [outcome] = meet(fail)

    assert isinstance(outcome, Refused)
    assert threads == [threading.main_thread().name]


def test_a_work_that_gathers_twice_runs_in_its_transaction(database: SqliteDatabase, meet: Meet, given: Names) -> None:
    def work(tx: Transaction) -> str:
        return given.gather("a")(tx) + given.gather("b")(tx)

    assert meet(work) == ["ab"]
    assert database.run(names) == ["a", "b"]


def test_a_work_that_has_waited_too_long_runs_again(
    database: SqliteDatabase, meet: Meet, given: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "AHEAD_SECONDS", 0.0)

    assert meet(given.gather("a"), given.gather("b")) == ["a", "b"]
    assert database.run(names) == ["a", "b"]
    assert given.threads[2:] == ["parlour-writer"] * 2


def test_the_feed_is_woken_after_their_commit(database: SqliteDatabase, meet: Meet, given: Names) -> None:
    seen: list[list[str]] = []
    beside = apsw.Connection(database_file(database), flags=apsw.SQLITE_OPEN_READONLY)
    database.follow_feed(lambda: seen.append([name for (name,) in beside.execute("SELECT name FROM agency")]))

    meet(given.gather("a"))

    beside.close()
    assert seen == [["a"]]


def database_file(database: SqliteDatabase) -> str:
    file: str = database.run(lambda tx: tx.value("SELECT file FROM pragma_database_list"))
    return file


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator["HeldCommits"]:
    commits = HeldCommits(sqlite._Writer._commit)
    monkeypatch.setattr(sqlite._Writer, "_commit", lambda writer: commits.commit(writer))
    yield commits
    commits.may_end.set()


class HeldCommits:
    """Commits that have begun, and end when they may."""

    def __init__(self, commit: Callable[[Any], None]) -> None:
        self._commit = commit
        self.have_begun, self.may_end = threading.Event(), threading.Event()

    def commit(self, writer: Any) -> None:
        self.have_begun.set()
        self.may_end.wait(10)
        self._commit(writer)


def test_the_event_loop_makes_the_changes_if_the_writer_is_free(database: SqliteDatabase, given: Names) -> None:
    asyncio.run(_at_once(database, given.gather("a"), given.gather("b")))

    assert given.changed_in == [threading.main_thread().name]
    assert database.run(names) == ["a", "b"]


def test_those_that_come_during_a_commit_are_changed_together_after_it(
    database: SqliteDatabase, given: Names, held: HeldCommits
) -> None:
    async def come() -> list[str]:
        first = asyncio.ensure_future(database.write(given.gather("a"), gathers=True))
        await asyncio.to_thread(held.have_begun.wait, 10)
        others = [asyncio.ensure_future(database.write(given.gather(name), gathers=True)) for name in "bc"]
        await asyncio.sleep(0)
        others.append(asyncio.ensure_future(database.write(given.gather("d"), gathers=True)))
        await asyncio.sleep(0)
        held.may_end.set()
        return await asyncio.gather(first, *others)

    assert asyncio.run(come()) == ["a", "b", "c", "d"]
    assert given.together == [["a"], ["b", "c", "d"]]
    assert given.changed_in == [threading.main_thread().name] * 2


def test_nobody_is_answered_before_the_commit(database: SqliteDatabase, given: Names, held: HeldCommits) -> None:
    async def come() -> None:
        first = asyncio.ensure_future(database.write(given.gather("a"), gathers=True))
        await asyncio.to_thread(held.have_begun.wait, 10)
        assert not first.done()
        assert await database.read(names) == []
        held.may_end.set()
        await first
        assert await database.read(names) == ["a"]

    asyncio.run(come())


def test_the_event_loop_does_not_wait_for_another_process(database: SqliteDatabase, given: Names) -> None:
    beside = apsw.Connection(database_file(database))
    beside.execute("BEGIN IMMEDIATE")
    goes_on = threading.Event()
    # It ends because the event loop goes on, and not because it waits.
    ended: list[bool] = []

    def end() -> None:
        ended.append(goes_on.wait(5))
        beside.execute("ROLLBACK")

    async def come() -> str:
        ending = asyncio.ensure_future(asyncio.to_thread(end))
        waiting = asyncio.ensure_future(database.write(given.gather("a"), gathers=True))
        # In these turns the event loop tries.
        for _ in range(5):
            await asyncio.sleep(0)
        goes_on.set()
        await ending
        return await waiting

    assert asyncio.run(come()) == "a"
    beside.close()
    assert ended == [True]
    assert given.changed_in == ["parlour-writer"]


def test_all_fail_if_their_commit_fails_and_nothing_is_kept(database: SqliteDatabase, meet: Meet, given: Names) -> None:
    def break_reference(tx: Any, shared: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Collection[int]:
        tx.execute("PRAGMA defer_foreign_keys = 1")
        tx.insert("INSERT INTO feed (agency_id, epoch)", [("nobody", "e")])
        return [*range(1, 1 + len(rows))]

    broken = Gathered(break_reference, of_many="")

    def work(tx: Transaction) -> None:
        tx.lock("SELECT 1 FOR UPDATE")
        tx.gather(broken, lambda: None, {}, {})

    outcomes = meet(given.gather("a"), work, given.gather("b"))

    assert [type(outcome) for outcome in outcomes] == [CommitFailed] * 3
    assert database.run(names) == []
    assert meet(given.gather("c")) == ["c"]
    assert database.run(names) == ["c"]


def test_what_waits_when_the_database_is_closed_is_committed_or_refused(
    database: SqliteDatabase, given: Names, held: HeldCommits, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def come() -> list[Any]:
        first = asyncio.ensure_future(database.write(given.gather("a"), gathers=True))
        await asyncio.to_thread(held.have_begun.wait, 10)
        second = asyncio.ensure_future(database.write(given.gather("b"), gathers=True))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        # The reads are closed when no more works are taken.
        is_closed, close = threading.Event(), database._here.close
        monkeypatch.setattr(database._here, "close", is_closed.set)
        closing = asyncio.get_running_loop().run_in_executor(None, database.close)
        await asyncio.to_thread(is_closed.wait, 10)
        held.may_end.set()
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        await closing
        close()
        return [*outcomes]

    file = database_file(database)
    outcomes = asyncio.run(come())

    kept = apsw.Connection(file, flags=apsw.SQLITE_OPEN_READONLY)
    found = [name for (name,) in kept.execute("SELECT name FROM agency ORDER BY name")]
    kept.close()
    assert found in (["a"], ["a", "b"])
    assert outcomes[: len(found)] == found
    assert [type(outcome) for outcome in outcomes[len(found) :]] in ([], [DatabaseClosed])


def in_order(tx: Transaction) -> list[str]:
    """The names in the order in which they were added."""
    return [name for (name,) in tx.tuples("SELECT name FROM agency ORDER BY rowid")]


def test_none_overtakes_what_went_to_the_writer_before(database: SqliteDatabase, given: Names) -> None:
    async def come(round_: int) -> None:
        first = asyncio.ensure_future(database.write(add(f"{round_} first")))
        for _ in range(2):
            await asyncio.sleep(0)
        await asyncio.gather(first, database.write(given.gather(f"{round_} second"), gathers=True))

    async def all_come() -> None:
        for round_ in range(100):
            await come(round_)

    asyncio.run(all_come())

    assert database.run(in_order) == [f"{round_} {place}" for round_ in range(100) for place in ("first", "second")]


def test_none_overtakes_those_that_wait_for_a_commit(database: SqliteDatabase, given: Names, held: HeldCommits) -> None:
    async def come() -> None:
        first = asyncio.ensure_future(database.write(given.gather("a"), gathers=True))
        await asyncio.to_thread(held.have_begun.wait, 10)
        others: list[asyncio.Future[Any]] = [asyncio.ensure_future(database.write(given.gather("b"), gathers=True))]
        await asyncio.sleep(0)
        others.append(asyncio.ensure_future(database.write(add("c"))))
        await asyncio.sleep(0)
        others.append(asyncio.ensure_future(database.write(given.gather("d"), gathers=True)))
        await asyncio.sleep(0)
        held.may_end.set()
        await asyncio.gather(first, *others)

    asyncio.run(come())

    assert database.run(in_order) == ["a", "b", "c", "d"]


def test_the_event_loop_makes_no_more_changes_at_once_than_the_writer(
    database: SqliteDatabase, given: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BATCH_WORKS", 2)

    asyncio.run(_at_once(database, *(given.gather(name) for name in "abcde")))

    assert given.together == [["a", "b"], ["c", "d"], ["e"]]


def test_all_are_answered_if_nothing_can_be_undone(
    database: SqliteDatabase, given: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk that fails. The writer finds the transaction still open, and undoes it."""
    undo = sqlite_connections.Connection.undo

    def fail_on_event_loop(connection: sqlite_connections.Connection) -> None:
        if threading.current_thread() is threading.main_thread() and given.together:
            raise apsw.IOError
        undo(connection)

    monkeypatch.setattr(sqlite_connections.Connection, "undo", fail_on_event_loop)
    outcomes = asyncio.run(_at_once(database, given.gather("a"), given.gather("refused")))
    monkeypatch.undo()

    assert [type(outcome) for outcome in outcomes] == [CommitFailed, Refused]
    assert database.run(names) == []
    assert asyncio.run(_at_once(database, given.gather("b"))) == ["b"]


def test_several_event_loops_change_in_turn(database: SqliteDatabase, given: Names) -> None:
    alone, together = threading.Lock(), threading.Barrier(3)

    async def send(loop: int) -> None:
        with alone:
            # The writer is free.
            await database.write(given.gather(f"{loop} alone"), gathers=True)
        together.wait(30)
        for round_ in range(20):
            name = f"{loop} {round_}"
            assert await database.write(given.gather(name), gathers=True) == name

    threads = [threading.Thread(target=asyncio.run, args=(send(loop),)) for loop in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {*given.changed_in} - {"parlour-writer"} == {thread.name for thread in threads}
    sent = [f"{loop} {round_}" for loop in range(3) for round_ in ("alone", *range(20))]
    assert sorted(database.run(names)) == sorted(sent)
