"""Counts tries by key, in windows that begin with the first try."""

from datetime import timedelta

from parlour.store.database import Transaction
from parlour.store.times import microseconds

# A new key deletes a few windows that are over, so the table stays small.
_TIDIED_AT_ONCE = 20


def count(tx: Transaction, key: str, window: timedelta) -> tuple[int, timedelta]:
    """Counts one more try. Returns how many that makes in the current window, and how long it lasts from now on."""
    now = microseconds(tx.now)
    row = tx.row(
        """INSERT INTO throttle (throttle_key, tries, window_ends_at)
           VALUES (:key, 1, :window_ends_at)
           ON CONFLICT (throttle_key) DO UPDATE
              SET tries = CASE WHEN throttle.window_ends_at <= :now THEN 1 ELSE throttle.tries + 1 END,
                  window_ends_at = CASE WHEN throttle.window_ends_at <= :now
                                        THEN excluded.window_ends_at
                                        ELSE throttle.window_ends_at END
           RETURNING tries, window_ends_at""",
        key=key,
        now=now,
        window_ends_at=now + window // timedelta(microseconds=1),
    )
    assert row is not None
    if row["tries"] == 1:
        _tidy(tx, now)
    return row["tries"], timedelta(microseconds=row["window_ends_at"] - now)


def uncount(tx: Transaction, key: str) -> None:
    """Takes one try back."""
    tx.execute("UPDATE throttle SET tries = tries - 1 WHERE throttle_key = :key AND tries > 0", key=key)


def forget(tx: Transaction, key: str) -> None:
    """Deletes the count of a key."""
    tx.execute("DELETE FROM throttle WHERE throttle_key = :key", key=key)


def _tidy(tx: Transaction, now: int) -> None:
    tx.execute(
        """DELETE FROM throttle
            WHERE throttle_key IN (SELECT throttle_key FROM throttle
                                    WHERE window_ends_at <= :now
                                    ORDER BY window_ends_at
                                    LIMIT :at_once)""",
        now=now,
        at_once=_TIDIED_AT_ONCE,
    )
