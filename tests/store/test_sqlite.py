"""Features of SQLite only: group commits, and unusable files."""

import asyncio
import multiprocessing
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from parlour.store import sqlite, sqlite_connections, works
from parlour.store.database import (
    SQLITE_FILE,
    CommitFailed,
    DatabaseBusy,
    DatabaseError,
    SchemaError,
    Transaction,
    open_database,
)
from parlour.store.sqlite import SqliteDatabase
from tests.conftest import Store
from tests.store.names import add, add_then_fail, names


@pytest.fixture
def file(sqlite_store: Store) -> Path:
    return sqlite_store.data_dir / SQLITE_FILE


@pytest.fixture
def database(file: Path) -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(file)
    yield opened
    opened.close()


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_the_files_are_for_their_owner_only_with_any_umask(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    opened = open_database("", tmp_path)
    opened.run(lambda tx: tx.execute("CREATE TABLE one (id)"))

    found = modes(tmp_path)
    opened.close()

    assert found == dict.fromkeys([SQLITE_FILE, f"{SQLITE_FILE}-wal", f"{SQLITE_FILE}-shm"], 0o600)


def test_files_that_others_could_read_are_made_private(file: Path) -> None:
    names = [f"{SQLITE_FILE}{end}" for end in ("", "-wal", "-shm", "-journal", ".before-the-update")]
    for name in names:
        file.with_name(name).touch()
        file.with_name(name).chmod(0o666)
    neighbour = file.with_name("not-ours.txt")
    neighbour.touch()
    neighbour.chmod(0o644)

    opened = SqliteDatabase(file)
    found = modes(file.parent)
    opened.close()

    assert found.pop("not-ours.txt") == 0o644
    assert set(found.values()) == {0o600}


def meet(database: SqliteDatabase, *works: Callable[[Transaction], object]) -> list[object]:
    """The outcomes of works that are all waiting when the writer becomes free."""
    is_busy, may_go_on = threading.Event(), threading.Event()

    def keep_busy(tx: Transaction) -> None:
        is_busy.set()
        assert may_go_on.wait(10)

    async def gather() -> list[object]:
        busy = asyncio.ensure_future(database.write(keep_busy))
        await asyncio.to_thread(is_busy.wait, 10)
        waiting = [asyncio.ensure_future(database.write(work)) for work in works]
        asyncio.get_running_loop().call_later(0.02, may_go_on.set)
        _, *outcomes = await asyncio.gather(busy, *waiting, return_exceptions=True)
        return outcomes

    return asyncio.run(gather())


def test_waiting_works_share_one_commit(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    answer = works.answer

    def count_and_answer(batch: list[Any]) -> None:
        batches.append(len(batch))
        answer(batch)

    monkeypatch.setattr(sqlite, "answer", count_and_answer)

    meet(database, *(add(f"{i:03}") for i in range(sqlite.BATCH_WORKS + 7)))

    assert len(database.run(names)) == sqlite.BATCH_WORKS + 7
    assert len(batches) < 10
    assert max(batches) <= sqlite.BATCH_WORKS


def test_nobody_is_answered_before_the_commit(database: SqliteDatabase, file: Path) -> None:
    seen_by_others: list[list[str]] = []

    async def write_and_look() -> None:
        await database.write(add("kept"))
        beside = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        seen_by_others.append([name for (name,) in beside.execute("SELECT name FROM agency")])
        beside.close()

    asyncio.run(write_and_look())

    assert seen_by_others == [["kept"]]


def test_works_of_one_batch_see_each_other(database: SqliteDatabase) -> None:
    assert meet(database, add("a"), names, add("b"), names) == [1, ["a"], 1, ["a", "b"]]


def test_reads_of_one_turn_of_the_loop_see_one_state(database: SqliteDatabase) -> None:
    def look_then_change(tx: Transaction) -> list[str]:
        found = names(tx)
        database.run(add("new"))
        return found

    async def read() -> list[list[str]]:
        together = await asyncio.gather(database.read(look_then_change), database.read(names))
        return [*together, await asyncio.create_task(database.read(names))]

    assert asyncio.run(read()) == [[], [], ["new"]]


def test_a_task_that_reads_again_sees_what_was_committed_in_between(database: SqliteDatabase, file: Path) -> None:
    beside = SqliteDatabase(file)

    async def read() -> list[list[str]]:
        first = await database.read(names)
        beside.run(add("other's"))
        return [first, await database.read(names)]

    try:
        assert asyncio.run(read()) == [[], ["other's"]]
    finally:
        beside.close()


def test_whoever_is_told_of_a_commit_sees_it(database: SqliteDatabase) -> None:
    """Whatever is read in the same turn of the loop as the news of the commit."""
    seen: list[list[str]] = []

    async def read_always() -> None:
        while len(seen) < 100:
            await asyncio.create_task(database.read(names))

    async def write(name: str) -> None:
        await database.write(add(name))
        seen.append([name for each in await database.read(names) if each == name])

    async def write_all() -> None:
        await asyncio.gather(read_always(), *(write(f"{number:03}") for number in range(100)))

    asyncio.run(write_all())

    assert sorted(seen) == [[f"{number:03}"] for number in range(100)]


def test_loops_that_read_in_turn_each_see_the_last_commit(database: SqliteDatabase) -> None:
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()
    found: list[list[str]] = []
    try:
        for loop in (first, second, first):
            database.run(add(f"{len(found)}"))
            # It stops before the turn has ended.
            loop.call_soon(loop.stop)
            task = loop.create_task(database.read(names))
            loop.run_forever()
            found.append(task.result())
    finally:
        first.close()
        second.close()

    assert found == [["0"], ["0", "1"], ["0", "1", "2"]]


def test_a_failed_commit_is_reported_to_all_its_callers(database: SqliteDatabase) -> None:
    def point_nowhere(tx: Transaction) -> None:
        tx.rows("PRAGMA defer_foreign_keys = 1")
        tx.execute("INSERT INTO role (agency_id, role_id, name, granted_by) VALUES ('nowhere', 'r', 'r', '')")

    outcomes = meet(database, add("a"), point_nowhere, add("b"), add_then_fail("c"))

    assert [type(outcome) for outcome in outcomes] == [CommitFailed, CommitFailed, CommitFailed, ZeroDivisionError]
    assert database.run(names) == []
    assert database.run(add("after")) == 1


def test_after_a_failed_commit_no_action_runs(database: SqliteDatabase) -> None:
    announced: list[str] = []

    def point_nowhere(tx: Transaction) -> None:
        tx.after_commit(lambda: announced.append("lost"))
        tx.rows("PRAGMA defer_foreign_keys = 1")
        tx.execute("INSERT INTO role (agency_id, role_id, name, granted_by) VALUES ('nowhere', 'r', 'r', '')")

    [outcome] = meet(database, point_nowhere)

    assert type(outcome) is CommitFailed
    assert announced == []


def test_a_full_disk_is_reported_to_all_affected_callers(database: SqliteDatabase) -> None:
    pages = database.run(lambda tx: tx.value("PRAGMA page_count"))
    database.run(lambda tx: tx.rows(f"PRAGMA max_page_count = {pages}"))
    fill = add("x" * 100_000)

    outcomes = meet(database, add("a"), fill, add("b"))

    kept = database.run(names)
    assert isinstance(outcomes[1], Exception)
    assert [not isinstance(outcome, Exception) for outcome in outcomes] == ["a" in kept, False, "b" in kept]
    assert database.run(add("after")) == 1


def test_a_busy_database_is_reported_as_such(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_connections, "BUSY_MILLISECONDS", 50)
    database = SqliteDatabase(file)
    other = apsw.Connection(str(file))
    other.execute("BEGIN IMMEDIATE")

    outcomes = meet_busy(database)

    other.close()
    assert [type(outcome) for outcome in outcomes] == [DatabaseBusy, DatabaseBusy]
    assert database.run(names) == []
    database.close()


def meet_busy(database: SqliteDatabase) -> list[object]:
    async def gather() -> list[object]:
        works = [database.write(add("a")), database.write(add("b"))]
        return await asyncio.gather(*works, return_exceptions=True)

    return asyncio.run(gather())


def test_a_handler_that_raises_stop_iteration_does_not_hang_others(database: SqliteDatabase) -> None:
    empty: Iterator[object] = iter(())

    outcomes = meet(database, lambda tx: next(empty), add("a"))

    assert [type(outcome) for outcome in outcomes] == [RuntimeError, int]


def test_the_log_does_not_grow_without_limit(
    file: Path, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 20)

    for i in range(200):
        database.run(add(f"{i:03}"))

    assert file.with_name(SQLITE_FILE + "-wal").stat().st_size < 60 * 4096


def test_two_processes_write_beside_each_other(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=write_many, args=(file, name)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    assert [process.exitcode for process in processes] == [0, 0]
    database = SqliteDatabase(file)
    assert len(database.run(names)) == 400
    database.close()


def write_many(file: Path, name: str) -> None:
    database = SqliteDatabase(file)
    for i in range(200):
        database.run(add(f"{name}{i}"))
    database.close()


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = apsw.Connection(str(tmp_path / SQLITE_FILE))
    other.execute("CREATE TABLE song (title)")
    other.close()
    before = (tmp_path / SQLITE_FILE).read_bytes()

    with pytest.raises(SchemaError, match="the database of another program"):
        open_database("", tmp_path)

    assert (tmp_path / SQLITE_FILE).read_bytes() == before


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / SQLITE_FILE).write_text("no database at all, and longer than the head of one would be" * 20)

    with pytest.raises(DatabaseError, match=r"cannot be opened: .*not a database"):
        open_database("", tmp_path)


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseError, match="cannot be opened"):
        open_database("", tmp_path / "file" / "data")


def test_the_url_of_an_unknown_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="database_url"):
        open_database("mysql://localhost/x", tmp_path)
