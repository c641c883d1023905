"""Small works on one table, for tests of units of work."""

from collections.abc import Callable

import psycopg

from parlour.store.database import Transaction


def add(name: str) -> Callable[[Transaction], int]:
    """Writes a name. The database refuses a duplicate."""
    sql = "INSERT INTO agency (agency_id, name, created_at) VALUES (:name, :name, 0)"
    return lambda tx: tx.execute(sql, name=name)


def add_then_fail(name: str) -> Callable[[Transaction], float]:
    return lambda tx: add(name)(tx) / 0


def double_check(name: str, other: str) -> Callable[[Transaction], int]:
    """Writes a name unless it or the other one exists."""

    def work(tx: Transaction) -> int:
        sql = "SELECT count(*) FROM agency WHERE agency_id = :name"
        if tx.value(sql, name=name) or tx.value(sql, name=other):
            return 0
        return add(name)(tx)

    return work


def names(tx: Transaction) -> list[str]:
    return [row["name"] for row in tx.rows("SELECT name FROM agency ORDER BY name")]


def end_connections(url: str) -> None:
    """Ends all connections to the database, as a PostgreSQL does that stops."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
