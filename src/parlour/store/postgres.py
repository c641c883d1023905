"""PostgreSQL: lanes that write and commit in groups, short reads on the event loop, and threads for long ones.

Works about one chat (`lane`) lock its row first and are READ COMMITTED: after the lock, each statement sees what
others have committed. All other works are SERIALIZABLE: each comes out as if it had been alone, as on SQLite.
PostgreSQL keeps that promise by failing one of two that collide, and it is run again.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar
from zlib import crc32

from parlour.store.cache import Cache
from parlour.store.database import (
    Clock,
    DatabaseBusy,
    DatabaseError,
    FeedBell,
    NeedsWriting,
    Transaction,
    utc_now,
)
from parlour.store.migrate import Migration, bring_up_to_date, known_migrations
from parlour.store.works import PostOffice, Queue, TakesLong, Waiting, Work, answer

try:
    import psycopg
    from psycopg.abc import Buffer
    from psycopg.adapt import Loader
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.rows import DictRow, dict_row
    from psycopg.types.numeric import Int8Dumper
    from psycopg.types.string import StrDumper

    from parlour.store.lanes import Committer, Lane
    from parlour.store.long_reads import LongReader
    from parlour.store.postgres_connections import Connection, WritingTransaction
    from parlour.store.postgres_pipeline import Pipeline
    from parlour.store.postgres_reads import ShortReads
except ImportError as error:
    raise DatabaseError("PostgreSQL needs a driver: install `parlour[postgres]`.") from error

T = TypeVar("T")

WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE"
WRITE_CHAT = "BEGIN ISOLATION LEVEL READ COMMITTED"

# Lanes for works about chats. Beside them there is one for all other works.
CHAT_LANES = 2

# The key of the lock that one migrating process holds: "parlour" in ASCII.
MIGRATION_LOCK = 0x7061726C6F7572

CONNECT_SECONDS = 10
SLOW_THREADS = 2

# One event loop keeps four connections busy. With eight, fewer reads share a round trip, and each costs up to a third
# more. On one core, PostgreSQL cannot work on so many.
SHORT_READERS = 4
SHORT_READERS_ON_ONE_CORE = 2

# Reads that would hold up the event loop are rare. While one of them takes long, another one can go on.
LONG_READERS = 2

# A process may take this part of the connections that PostgreSQL accepts, and leaves the rest to others.
PART_OF_MAX_CONNECTIONS = 8


class Readers(NamedTuple):
    """How many connections there are for short reads and for long ones."""

    short: int
    long: int


def connections_for(cores: int, max_connections: int) -> int:
    """How many connections for reads a process has by default. `max_connections` is PostgreSQL's limit for all."""
    wanted = LONG_READERS + (SHORT_READERS if cores > 1 else SHORT_READERS_ON_ONE_CORE)
    return max(2, min(wanted, max_connections // PART_OF_MAX_CONNECTIONS))


def readers_of(connections: int) -> Readers:
    """Divides at least two connections."""
    long = min(LONG_READERS, connections // 2)
    return Readers(connections - long, long)


class PostgresDatabase:
    """A database on a PostgreSQL server. See `parlour.store.database.Database`."""

    numbers_events = False

    def __init__(
        self,
        url: str,
        *,
        migrate: bool = True,
        connections: int = 0,
        clock: Clock = utc_now,
        migrations: Sequence[Migration] | None = None,
    ) -> None:
        opened = _migrate(url, migrations or known_migrations("postgresql"), clock, may_run=migrate)
        self.applied = opened.applied
        readers = readers_of(connections or connections_for(os.cpu_count() or 1, opened.max_connections))
        self._url = url
        self._clock = clock
        self._office = PostOffice()
        self._bell = FeedBell()
        self._cache = Cache()

        self._lane = Lane("parlour-lane", self._new_committer(WRITE))
        self._chat_lanes = [
            Lane(f"parlour-chats-{at}", self._new_committer(WRITE_CHAT, defers=True)) for at in range(CHAT_LANES)
        ]
        # Beside the others, since the sequencer waits for its turn among all processes.
        self._feed_lane = Lane("parlour-feed", self._new_committer(WRITE_CHAT))
        # For threads that wait for their work themselves.
        self._idle: list[Committer] = []
        self._long_reads: Queue = SimpleQueue()
        self._long_readers = [self._new_long_reader() for _ in range(readers.long)]
        self._slow_threads = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="parlour-apart")
        self._connecting = ThreadPoolExecutor(1, thread_name_prefix="parlour-connect")
        self._short_reads = ShortReads(
            lambda: _connected(url, Pipeline),
            self._connecting,
            self._cache,
            clock,
            connections=readers.short,
        )

    def _new_committer(self, begin: str, *, defers: bool = False) -> Committer:
        return Committer(begin, self._connect, self._clock, self._bell, self._cache, defers=defers)

    def _new_long_reader(self) -> LongReader:
        return LongReader(
            self._long_reads,
            self._connect,
            self._clock,
            self._cache,
            write=lambda work: self._lane_of(work.lane).queue.put(work),
        )

    def _connect(self) -> Connection:
        return _connected(self._url, Connection)

    def _lane_of(self, key: str | None) -> Lane:
        return self._lane if key is None else self._chat_lanes[crc32(key.encode()) % CHAT_LANES]

    async def read(self, work: Callable[[Transaction], T], lane: str | None = None) -> T:
        self._office.refuse_when_closed()
        try:
            return await self._short_reads.run(work)
        except NeedsWriting:
            return await self.write(work, lane)
        except TakesLong:
            return await self._office.submit(work, self._long_reads, lane)

    async def write(self, work: Callable[[Transaction], T], lane: str | None = None, *, gathers: bool = False) -> T:
        return await self._office.submit(work, self._lane_of(lane).queue, lane)

    async def run_slow(self, work: Callable[[], T]) -> T:
        self._office.refuse_when_closed()
        return await asyncio.get_running_loop().run_in_executor(self._slow_threads, work)

    async def sequence(self, work: Callable[[Transaction], T]) -> T:
        return await self._office.submit(work, self._feed_lane.queue)

    def follow_feed(self, wake: Callable[[], None]) -> None:
        self._bell.add(wake)

    def run(self, work: Callable[[Transaction], T]) -> T:
        self._office.refuse_when_closed()
        try:
            committer = self._idle.pop()
        except IndexError:
            committer = self._new_committer(WRITE)
        waiting = Waiting()
        batch = [Work(work, waiting, None)]
        committer.serve(batch)
        answer(batch)
        self._idle.append(committer)
        return waiting.result()  # type: ignore[no-any-return]  # a work of any type

    def close(self) -> None:
        if not self._office.close():
            return
        # Reads first: they may turn out to need writing.
        self._connecting.shutdown()
        self._short_reads.close()
        for _ in self._long_readers:
            self._long_reads.put(None)
        for reader in self._long_readers:
            reader.join()
        lanes = (self._lane, *self._chat_lanes, self._feed_lane)
        for lane in lanes:
            lane.queue.put(None)
        for lane in lanes:
            lane.join()
        for committer in self._idle:
            committer.close()
        self._slow_threads.shutdown()


class _TruthDumper(Int8Dumper):
    """Booleans are 0 or 1 in the tables, as on SQLite."""

    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _NumberLoader(Loader):
    """A sum of whole numbers is a whole number, as on SQLite; PostgreSQL makes it `numeric`."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


CONNECTION: dict[str, Any] = {"autocommit": True, "row_factory": dict_row, "application_name": "parlour"}


def _connected(url: str, make: Callable[["psycopg.Connection[DictRow]"], T]) -> T:
    """What `make` makes of a new connection. Raises DatabaseBusy if PostgreSQL accepts none, or ends it at once."""
    try:
        connection = psycopg.Connection[DictRow].connect(url, connect_timeout=CONNECT_SECONDS, **CONNECTION)
        _configure(connection)
        return make(connection)
    except psycopg.OperationalError as error:
        raise DatabaseBusy("PostgreSQL accepts no connection. Nothing was done.") from error


def _configure(connection: "psycopg.Connection[Any]") -> None:
    # Every text has one type and so has every number, whatever the value, so that a statement is prepared once.
    adapters = connection.adapters
    adapters.register_dumper(str, StrDumper)
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(bool, _TruthDumper)
    adapters.register_loader("numeric", _NumberLoader)
    connection.prepare_threshold = 2
    connection.prepared_max = 500
    # A SERIALIZABLE transaction locks every table that it scans, and for a small table a scan seems cheapest. Then any
    # two transactions collide (manual, 13.2.3). With 64 senders in 50 chats every send ran 2.6 times with scans, and
    # 1.04 times without.
    connection.execute("SET enable_seqscan = off")


class _Opened(NamedTuple):
    """The migrations that ran, and how many connections PostgreSQL accepts."""

    applied: Sequence[str]
    max_connections: int


def _migrate(url: str, known: Sequence[Migration], clock: Clock, *, may_run: bool) -> _Opened:
    try:
        conninfo_to_dict(url)
    except psycopg.Error:
        # The driver's message quotes the part that it cannot read, which may be the password.
        raise DatabaseError("PostgreSQL cannot be reached: database_url has a part that the driver refuses.") from None
    try:
        raw = psycopg.connect(url, connect_timeout=CONNECT_SECONDS, **CONNECTION)
    except psycopg.Error as error:
        raise DatabaseError(f"PostgreSQL cannot be reached: {error}") from error
    # Closing it undoes what was not committed.
    with closing(raw):
        _configure(raw)
        connection = Connection(raw)
        connection.begin("BEGIN")
        tx = WritingTransaction(connection, clock())
        tx.rows("SELECT pg_advisory_xact_lock(:key)", key=MIGRATION_LOCK)
        applied = bring_up_to_date(
            tx, known=known, tables=_tables(tx), run_script=connection.run_script, may_run=may_run
        )
        if may_run:
            _analyze_unknown_tables(tx)
        max_connections = tx.value("SELECT current_setting('max_connections')::int")
        connection.ask("COMMIT")
    return _Opened(applied, max_connections)


def _analyze_unknown_tables(tx: Transaction) -> None:
    """Has PostgreSQL look at tables with rows that it knows nothing about, such as those of a restored backup.

    It does so by itself about a minute later. Until then it may read all chats of the agency to find one: 81 rows
    instead of one for each message, with 81 chats.
    """
    # An empty table is left alone: PostgreSQL would then plan as if it stayed empty.
    unknown = tx.tuples(
        """SELECT quote_ident(c.relname)
             FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.reltuples < 0
              AND pg_relation_size(c.oid) > 0"""
    )
    if unknown:
        tx.execute(f"ANALYZE {', '.join(name for (name,) in unknown)}")


def _tables(tx: Transaction) -> list[str]:
    """The tables in the schema that our tables are made in, without those of extensions."""
    found = tx.tuples(
        """SELECT c.relname
             FROM pg_class c
            WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')"""
    )
    return [name for (name,) in found]
