"""Throttles in general; those of signing in are tested there."""

from datetime import timedelta

import pytest

from parlour.engine.dto.errors import TooManyRequests
from parlour.services.throttles import no_throttle, throttle
from parlour.store import throttles
from parlour.store.database import Database, Transaction
from tests.conftest import Clock

WINDOW = timedelta(minutes=10)


def test_a_window_allows_tries_up_to_the_limit(database: Database, clock: Clock) -> None:
    for _ in range(3):
        database.run(lambda tx: throttle(tx, "a", 3, WINDOW))
    clock.advance(minutes=9, seconds=59, milliseconds=500)

    with pytest.raises(TooManyRequests, match=r"Try again in a second\.") as raised:
        database.run(lambda tx: throttle(tx, "a", 3, WINDOW))
    assert raised.value.headers == (("Retry-After", "1"),)
    database.run(lambda tx: throttle(tx, "b", 3, WINDOW))

    clock.advance(milliseconds=500)
    for _ in range(3):
        database.run(lambda tx: throttle(tx, "a", 3, WINDOW))


def test_an_uncounted_try_does_not_count(database: Database) -> None:
    for _ in range(5):
        database.run(lambda tx: throttle(tx, "a", 1, WINDOW))
        database.run(lambda tx: throttles.uncount(tx, "a"))


def test_ended_windows_are_deleted(database: Database, clock: Clock) -> None:
    def fill(tx: Transaction) -> None:
        for number in range(8):
            throttle(tx, f"old {number}", 1, WINDOW)

    database.run(fill)
    clock.advance(minutes=10)

    database.run(lambda tx: throttle(tx, "new", 1, WINDOW))

    held = database.run(lambda tx: [row["throttle_key"] for row in tx.rows("SELECT throttle_key FROM throttle")])
    assert held == ["new"]


def test_no_throttle_counts_nothing(database: Database) -> None:
    for _ in range(3):
        database.run(lambda tx: no_throttle(tx, "a", 1, WINDOW))
