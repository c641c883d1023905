"""The sequencer: gives positions to the events that were committed on PostgreSQL, in the order of each chat.

Any process may run it, and several at once. The agency's row in `feed` is locked by a statement of its own, so that the
next statement sees everything that was committed before the lock was granted. In one statement with the lock it would
see only what was there when it began to wait, and would skip rows. Nothing waits for transactions that are still open:
their events get later positions.
"""

from datetime import timedelta

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.events import MICROSECONDS_PER_DAY, drop_some, keep_only_after, locked_feed_of
from parlour.store.times import microseconds

# "events" in ASCII: the key of the lock under which partitions are made and dropped.
PARTITIONS_LOCK = 0x6576656E7473


def sequence_events(tx: Transaction) -> int:
    """Numbers all events that wait for it, and returns how many there were. Must be READ COMMITTED."""
    if tx.numbers_events:
        return 0
    agency_ids = tx.tuples("SELECT DISTINCT agency_id FROM event_pending ORDER BY agency_id")
    return sum(_sequence(tx, agency_id) for (agency_id,) in agency_ids)


def _sequence(tx: Transaction, agency_id: Guid) -> int:
    feed = locked_feed_of(tx, agency_id)
    # A clock that goes back must not put a later position into an earlier day.
    day = max(feed.last_day, microseconds(tx.now) // MICROSECONDS_PER_DAY)
    if day > feed.last_day:
        _ensure_partition(tx, day)
    moved = tx.tuples(
        """WITH taken AS (DELETE FROM event_pending WHERE agency_id = :agency_id RETURNING *)
           INSERT INTO event (agency_id, position, day, kind, chat_id, user_id, created_at, data)
           SELECT agency_id, :last + row_number() OVER (ORDER BY serial), :day, kind, chat_id, user_id, created_at, data
             FROM taken
        RETURNING position, created_at""",
        agency_id=agency_id,
        last=feed.last_position,
        day=day,
    )
    if moved:
        position, created_at = max(moved)
        tx.execute(
            """UPDATE feed SET last_position = :position, last_at = :created_at, last_day = :day
                WHERE agency_id = :agency_id""",
            agency_id=agency_id,
            position=position,
            created_at=created_at,
            day=day,
        )
    return len(moved)


def _ensure_partition(tx: Transaction, day: int) -> None:
    """Makes the table for the events of a day, unless it is there."""
    name = f"event_{int(day)}"
    if tx.value("SELECT to_regclass(:name)::text", name=name) is not None:
        return
    _lock_partitions(tx)
    tx.execute(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF event FOR VALUES IN ({int(day)})")


def drop_events(tx: Transaction, retention: timedelta) -> bool:
    """Removes the events of days that are longer ago: on PostgreSQL all, else a few. False if there are none left."""
    before_day = microseconds(tx.now - retention) // MICROSECONDS_PER_DAY
    if tx.numbers_events:
        agency_ids = tx.tuples("SELECT agency_id FROM agency ORDER BY agency_id")
        return any(drop_some(tx, agency_id, before_day=before_day) for (agency_id,) in agency_ids)
    _lock_partitions(tx)
    names = tx.tuples("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'event'::regclass")
    for (name,) in names:
        if int(name.rpartition("_")[2]) < before_day:
            _drop_partition(tx, name)
    return False


def _drop_partition(tx: Transaction, name: str) -> None:
    last = tx.tuples(
        f"SELECT DISTINCT ON (agency_id) agency_id, position, created_at FROM {name} ORDER BY agency_id, position DESC"  # noqa: S608
    )
    for agency_id, position, created_at in last:
        keep_only_after(tx, agency_id, position, created_at)
    tx.execute(f"DROP TABLE {name}")


def _lock_partitions(tx: Transaction) -> None:
    tx.value("SELECT pg_advisory_xact_lock(:key)", key=PARTITIONS_LOCK)
