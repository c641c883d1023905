"""The interface of the two databases. They differ in `sqlite.py` and `postgres.py`, and nowhere else."""

import logging
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from parlour.store.cache import Kept

_logger = logging.getLogger("parlour.store")

T = TypeVar("T")
Row = Mapping[str, Any]
Clock = Callable[[], datetime]

SQLITE_FILE = "parlour.db"


class DatabaseError(Exception):
    """Raised when a database cannot be opened or used. Its message is one sentence for the operator of the server."""


class DatabaseClosed(DatabaseError):
    """Raised for work that is given to a closed database."""


class DatabaseBusy(DatabaseError):
    """Raised when others blocked the database for too long. Nothing was done, and a retry may succeed."""


class CommitFailed(DatabaseError):
    """Raised for all work that was undone because it could not be made durable."""


class SchemaError(DatabaseError):
    """Raised on opening a database whose tables do not fit this program."""


class NeedsWriting(Exception):
    """Raised on a reader for anything that writes. The unit of work then runs again as a writer."""


AfterCommit = Callable[[], object]
"""An action to run after a commit. It must not block."""


class RowsWriter(Protocol):
    """What a gathered change needs of a transaction on SQLite."""

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]: ...

    def post(self, sql: str, **parameters: Any) -> None: ...

    def insert(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        """Inserts rows, many with each statement. `into` is the statement up to its VALUES."""
        ...

    def insert_last(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        """The same just before the commit, into a full-text table."""
        ...


@dataclass(frozen=True, slots=True)
class Gathered:
    """A change for a row, which is made for many rows at once if they meet.

    Its parameters are those that the rows share, and those of each row. `of_rows` makes the change on SQLite. On
    PostgreSQL the statement `of_many` does, in which the parameters of the rows are arrays. Both give the places of the
    rows for which the change was not refused, from 1.
    """

    of_rows: Callable[[RowsWriter, Mapping[str, Any], Sequence[Mapping[str, Any]]], Collection[int]]
    of_many: str


class Transaction(Protocol):
    """The transaction of a handler. SQL has named parameters (`:chat_id`). Rows are mappings of column to value."""

    now: datetime
    """The time of this transaction, with its zone, in UTC. It stays the same throughout."""

    has_word_table: bool
    """Whether the words of messages are in a full-text table. Otherwise they are in a column of the messages."""

    numbers_events: bool
    """Whether writers give events their positions. Otherwise a sequencer does, after the commit."""

    may_write: bool
    """Whether it may write. In one that may not, a work that tries to write stops, and runs again in one that may."""

    @property
    def kept(self) -> "Kept | None":
        """What reads keep over commits, for what this transaction sees. None in writes, and on PostgreSQL."""
        ...

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]: ...

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        """The rows as tuples, for long listings. They cost half as much as mappings."""
        ...

    def row(self, sql: str, **parameters: Any) -> Row | None:
        """The first row, or None. Reads remember it until something is committed, so callers must not change it."""
        ...

    def value(self, sql: str, **parameters: Any) -> Any:
        """The first column of the first row, or None. Reads remember it like a row."""
        ...

    def execute(self, sql: str, **parameters: Any) -> int:
        """Runs a statement that returns no rows. Returns how many rows it changed."""
        ...

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        """Runs a statement whose outcome the work does not read, which is faster on PostgreSQL.

        There it is sent with the next statement that has an outcome. Its error is raised there, or at the commit.
        `otherwise` runs if it changes no row, and raises the error of the work. By then the rest of the work may have
        run as well.
        """
        ...

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        """Posts a change for one row. On PostgreSQL it meets others that wait to be sent and have the same `shared`.

        They are then sent as one statement, in place of the first of them. So nothing that was posted since may matter
        to it. `otherwise` is as for `post`.
        """
        ...

    def post_last(self, sql: str, **parameters: Any) -> None:
        """Posts a statement on a full-text table of SQLite, which runs just before the commit.

        There it meets those of the whole batch. Other statements make FTS5 write what it has collected, which takes
        four times as long as adding a row. The work, and others of the batch, do not see its effect.
        """
        ...

    def lock(self, sql: str, **parameters: Any) -> None:
        """Locks the rows that a `SELECT ... FOR NO KEY UPDATE` gives, until the transaction ends.

        Does nothing where nothing can change meanwhile: on SQLite, and in a transaction that only reads.
        """
        ...

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        """Return `query(tx, *arguments)`, or the earlier result if nothing has been committed since.

        For frequent queries that depend only on the database and the arguments. Callers must not change the result.
        """
        ...

    def expect(self, query: Callable[..., object], *arguments: Hashable) -> None:
        """Announces that the work will need `query(tx, *arguments)`.

        PostgreSQL then gets it together with the query before, which saves a wait for its answer.
        """
        ...

    def may_take_long(self) -> None:
        """Announces several queries of which each takes milliseconds, and decides about the next one.

        On PostgreSQL the read then runs on a thread. A short read would ask them again in each round trip.
        """
        ...

    def for_writing(self) -> None:
        """Makes sure that this transaction may write. Raises NeedsWriting when it may not."""
        ...

    def after_commit(self, action: AfterCommit) -> None:
        """Runs `action` once this work is durable, and never if the work is undone.

        Actions run in order on the event loop that awaits the work, before it gets the result. For `Database.run` they
        run in the calling thread. Their exceptions are logged. Actions are hints to other parts, and are lost if the
        process ends first. Raises NeedsWriting on a reader.
        """
        ...

    def wake_feed(self) -> None:
        """Wakes those who follow the feed once this work is durable (see `Database.follow_feed`)."""
        ...


class Database(Protocol):
    """An open database. `read`, `write` and `run_slow` are the engine's UnitOfWork."""

    applied: Sequence[str]
    """The migrations that opening it ran, by name."""

    numbers_events: bool
    """See `Transaction.numbers_events`."""

    async def read(self, work: Callable[[Transaction], T], lane: str | None = None) -> T: ...

    async def write(self, work: Callable[[Transaction], T], lane: str | None = None, *, gathers: bool = False) -> T:
        """Runs `work` and commits. Works of one `lane` meet in one commit where that is faster.

        Work with a lane is one call about one chat. It locks that chat before reading anything that it depends on. On
        PostgreSQL nothing else separates it from other work.

        With `gathers` the work usually reads nothing after its lock, and only gathers one change. On SQLite it may then
        run before the transaction, on what is committed. Only the change is made in the transaction.
        """
        ...

    async def run_slow(self, work: Callable[[], T]) -> T: ...

    async def sequence(self, work: Callable[[Transaction], T]) -> T:
        """Runs the work of the sequencer of events, apart from all other work, and commits."""
        ...

    def follow_feed(self, wake: Callable[[], None]) -> None:
        """Calls `wake` after each commit with events, in any thread. It must not block."""
        ...

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Runs one transaction from a thread without an event loop, for the command line and tests."""
        ...

    def close(self) -> None:
        """Finishes the work in progress, then closes connections and threads. What still waits gets DatabaseClosed."""
        ...


class FeedBell:
    """Wakes those who follow the feed of a database. Hints may be lost, so they also look from time to time."""

    def __init__(self) -> None:
        self._wakers: list[Callable[[], None]] = []

    def add(self, wake: Callable[[], None]) -> None:
        self._wakers.append(wake)

    def ring(self) -> None:
        for wake in self._wakers:
            wake()


def run_after_commit(actions: Sequence[AfterCommit]) -> None:
    """Runs the actions of a transaction that has been committed."""
    for action in actions:
        try:
            action()
        except Exception:
            # The work is committed, so it must not fail now.
            _logger.exception("an action after a commit failed")


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_database(
    url: str, data_dir: Path, *, migrate: bool = True, connections: int = 0, clock: Clock = utc_now
) -> Database:
    """Opens the database at `url`, or the SQLite file in `data_dir` if `url` is empty.

    It is created and migrated as needed. With `migrate=False` a database that needs migrating is refused.
    `connections` is the number of connections to PostgreSQL for reads; with 0 it follows from the machine. `clock` sets
    the `now` of transactions. Raises DatabaseError, or its child SchemaError.
    """
    if not url:
        from parlour.store.sqlite import SqliteDatabase

        return SqliteDatabase(data_dir / SQLITE_FILE, migrate=migrate, clock=clock)
    if url.startswith(("postgresql://", "postgres://")):
        from parlour.store.postgres import PostgresDatabase

        return PostgresDatabase(url, migrate=migrate, connections=connections, clock=clock)
    raise DatabaseError("database_url must be empty, for SQLite, or begin with postgresql://.")
