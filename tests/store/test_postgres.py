"""Features of PostgreSQL only: translated statements, retried works, replaced connections."""

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import psycopg
import pytest

from parlour.store.database import CommitFailed, Database, DatabaseError, SchemaError, Transaction, open_database
from parlour.store.postgres import connections_for, readers_of
from parlour.store.postgres_connections import numbered
from tests.conftest import Store
from tests.store.names import add, end_connections, names


@pytest.fixture
def database(postgres_store: Store) -> Iterator[Database]:
    opened = open_database(postgres_store.url, postgres_store.data_dir)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("sql", "expected", "names"),
    [
        ("SELECT :a, :a_1 WHERE x=:B", "SELECT $1, $2 WHERE x=$3", ("a", "a_1", "B")),
        ("SELECT :a, :b WHERE x=:a", "SELECT $1, $2 WHERE x=$1", ("a", "b")),
        ("SELECT x::text, :a::bigint", "SELECT x::text, $1::bigint", ("a",)),
        ("SELECT 5 % 2, '50%' -- :a%\n, :b", "SELECT 5 % 2, '50%' -- :a%\n, $1", ("b",)),
        ("SELECT ':a' || \":b\" || 'it''s :c'", "SELECT ':a' || \":b\" || 'it''s :c'", ()),
        ("SELECT x::text, :b::bigint % 2", "SELECT x::text, $1::bigint % 2", ("b",)),
        ("SELECT 1 /* :a\n :b */ + :c -- :d", "SELECT 1 /* :a\n :b */ + $1 -- :d", ("c",)),
    ],
)
def test_parameters_are_numbered_and_nothing_else_changes(sql: str, expected: str, names: tuple[str, ...]) -> None:
    assert numbered(sql) == (expected.encode(), names)


def test_values_come_back_as_they_were_given(database: Database) -> None:
    given = {"text": "ä'\\", "none": None, "number": -(2**62), "truth": True, "bytes": b"\x00\xff", "real": 0.5}
    sql = """SELECT CAST(:text AS text) AS text, CAST(:none AS text) AS none, :number AS number, :truth AS truth,
                    :bytes AS bytes, :real AS real"""

    found = database.run(lambda tx: tx.row(sql, **given))

    assert found == {**given, "truth": 1}


@pytest.mark.parametrize(
    ("cores", "max_connections", "expected"),
    [(2, 100, (4, 2)), (64, 1000, (4, 2)), (1, 100, (2, 2)), (2, 24, (2, 1)), (2, 5, (1, 1))],
    ids=["usual", "large", "one core", "few", "fewest"],
)
def test_the_connections_follow_from_the_machine(cores: int, max_connections: int, expected: tuple[int, int]) -> None:
    assert readers_of(connections_for(cores, max_connections)) == expected


def test_colliding_works_are_retried_until_each_succeeds(database: Database) -> None:
    database.run(lambda tx: tx.execute("INSERT INTO throttle VALUES ('x', 0, 0)"))
    both_read, runs = Barrier(2, timeout=60), []

    def count(tx: Transaction) -> None:
        tries = tx.value("SELECT tries FROM throttle")
        runs.append(tries)
        if len(runs) <= 2:
            both_read.wait()
        tx.execute("UPDATE throttle SET tries = :tries", tries=tries + 1)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(database.run, count) for _ in range(2)]:
            done.result()

    assert runs == [0, 0, 1]
    assert database.run(lambda tx: tx.value("SELECT tries FROM throttle")) == 2


def test_two_works_that_found_a_key_free_do_not_fail(database: Database) -> None:
    both_looked, runs = Barrier(2, timeout=60), []

    def add_once(tx: Transaction) -> bool:
        is_there = tx.value("SELECT 1 FROM agency WHERE agency_id = 'a'") is not None
        runs.append(is_there)
        if len(runs) <= 2:
            both_looked.wait()
        return is_there or add("a")(tx) == 0

    with ThreadPoolExecutor(2) as threads:
        outcomes = [done.result() for done in [threads.submit(database.run, add_once) for _ in range(2)]]

    assert sorted(outcomes) == [False, True]
    assert database.run(names) == ["a"]


def test_a_connection_lost_before_the_commit_is_replaced(database: Database, postgres_store: Store) -> None:
    runs = []

    def write(tx: Transaction) -> None:
        add("kept")(tx)
        runs.append(tx)
        if len(runs) == 1:
            end_connections(postgres_store.url)
            tx.value("SELECT 1")

    asyncio.run(database.write(write))

    assert len(runs) == 2
    assert database.run(names) == ["kept"]


def test_a_restarted_database_server_is_used_again(database: Database, postgres_store: Store) -> None:
    async def read_at_once() -> list[list[str]]:
        return await asyncio.gather(*(database.read(names) for _ in range(20)))

    asyncio.run(read_at_once())
    end_connections(postgres_store.url)

    assert asyncio.run(read_at_once()) == [[]] * 20


def test_a_commit_of_unknown_outcome_is_not_repeated(database: Database, postgres_store: Store) -> None:
    runs = []

    def write(tx: Transaction) -> None:
        add("perhaps")(tx)
        runs.append(tx)
        end_connections(postgres_store.url)

    with pytest.raises(CommitFailed, match="may or may not be stored"):
        database.run(write)

    assert len(runs) == 1


def test_an_unreachable_database_server_is_reported(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="PostgreSQL cannot be reached"):
        open_database(f"postgresql://nobody@/nothing?host={tmp_path}", tmp_path)


def test_a_missing_driver_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "parlour.store.postgres")
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(DatabaseError, match=r"install `parlour\[postgres\]`"):
        open_database("postgresql://localhost/parlour", tmp_path)


def test_a_database_of_another_program_is_refused(empty_postgres: str, tmp_path: Path) -> None:
    with psycopg.connect(empty_postgres) as connection:
        connection.execute("CREATE TABLE song (title text)")

    with pytest.raises(SchemaError, match="another program"):
        open_database(empty_postgres, tmp_path)


def test_tables_that_postgresql_knows_nothing_about_are_analyzed_at_the_start(postgres_store: Store) -> None:
    with psycopg.connect(postgres_store.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE filled AS SELECT generate_series(1, 3) AS id")
        connection.execute("CREATE TABLE still_empty (id int)")
        try:
            open_database(postgres_store.url, postgres_store.data_dir).close()
            sql = "SELECT relname, reltuples FROM pg_class WHERE relname IN ('filled', 'still_empty') ORDER BY 1"
            known = connection.execute(sql).fetchall()
        finally:
            connection.execute("DROP TABLE filled, still_empty")

    assert known == [("filled", 3), ("still_empty", -1)]
