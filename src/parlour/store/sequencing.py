"""The sequencer: gives positions to the events that were committed on PostgreSQL, in the order of each chat.

Any process may run it, and several at once. The agency's row in `feed` is locked by a statement of its own, so that the
next statement sees everything that was committed before the lock was granted. In one statement with the lock it would
see only what was there when it began to wait, and would skip rows. Nothing waits for transactions that are still open:
their events get later positions.
"""

from datetime import timedelta

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.events import MICROSECONDS_PER_DAY, begin, drop_some, keep_only_after
from parlour.store.times import microseconds

# "events" in ASCII: the key of the lock under which partitions are made and dropped.
PARTITIONS_LOCK = 0x6576656E7473


# What the connection remembers until it ends: the oldest transaction that was open when it last looked for events. The
# number of the table is in its name, so that it is forgotten when a backup brings another table.
_LOOKED_AT = "'parlour.looked_at_' || 'event_pending'::regclass::oid"

# The events that may be new since then. The rows of older ones are gone, but stay in the index until it is vacuumed. To
# pass those of 10,000 events took 5 ms.
_MAY_BE_NEW = f"xact >= CAST(coalesce(nullif(current_setting({_LOOKED_AT}, true), ''), '0') AS xid8)"

_NEW = f"""
    SELECT p.agency_id, f.last_day, CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS xact
      FROM (SELECT DISTINCT agency_id FROM event_pending WHERE {_MAY_BE_NEW}) p
      LEFT JOIN feed f ON f.agency_id = p.agency_id
     ORDER BY p.agency_id"""  # noqa: S608 - constants

_MOVE = f"""
    WITH taken AS (
        DELETE FROM event_pending WHERE agency_id = :agency_id AND {_MAY_BE_NEW} RETURNING *
    ), placed AS (
        SELECT t.*, f.last_position + row_number() OVER (ORDER BY t.serial) AS position,
               greatest(f.last_day, :day) AS day
          FROM feed f, taken t
         WHERE f.agency_id = :agency_id
    ), moved AS (
        INSERT INTO event (agency_id, position, day, kind, chat_id, user_id, created_at, data)
        SELECT agency_id, position, day, kind, chat_id, user_id, created_at, data FROM placed
    )
    UPDATE feed f
       SET last_position = n.position, last_at = n.created_at, last_day = n.day
      FROM (SELECT * FROM placed ORDER BY position DESC LIMIT 1) n
     WHERE f.agency_id = :agency_id
 RETURNING (SELECT count(*) FROM placed) AS events"""  # noqa: S608 - constants


def sequence_events(tx: Transaction) -> int:
    """Numbers all events that wait for it, and returns how many there were. Must be READ COMMITTED."""
    if tx.numbers_events:
        return 0
    agencies = tx.tuples(_NEW)
    moved = sum(_sequence(tx, agency_id, last_day) for agency_id, last_day, _ in agencies)
    for *_, xact in agencies[:1]:
        # Rolled back with the transaction.
        tx.post(f"SELECT set_config({_LOOKED_AT}, :xact, false)", xact=xact)
    return moved


def _sequence(tx: Transaction, agency_id: Guid, last_day: int | None) -> int:
    day = microseconds(tx.now) // MICROSECONDS_PER_DAY
    if last_day is None:
        begin(tx, agency_id)
    if last_day is None or day > last_day:
        _ensure_partition(tx, day)
    tx.lock("SELECT 1 FROM feed WHERE agency_id = :agency_id FOR UPDATE", agency_id=agency_id)
    # A clock that goes back must not put a later position into an earlier day.
    moved = tx.row(_MOVE, agency_id=agency_id, day=day)
    return 0 if moved is None else int(moved["events"])


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
