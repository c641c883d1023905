"""The two databases behind one face. They differ behind it (`sqlite.py`, `postgres.py`) and nowhere else."""

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from parlour.engine.dto.listings import RowTexts

_logger = logging.getLogger("parlour.store")

T = TypeVar("T")
Row = Mapping[str, Any]
Clock = Callable[[], datetime]

SQLITE_FILE = "parlour.db"

# A handler on PostgreSQL waits for the network, not for Python: a few more connections than cores keep both busy,
# and many more only make transactions collide.
POOL_SIZE = 8


class DatabaseError(Exception):
    """A database that cannot be opened or used; the message is one sentence for the person who runs the server."""


class DatabaseClosed(DatabaseError):
    """Raised to whoever brings work to a database that was closed."""


class DatabaseBusy(DatabaseError):
    """Raised when others kept the database to themselves for too long: nothing was done, trying again may succeed."""


class CommitFailed(DatabaseError):
    """Raised to everybody whose work was undone because it could not be made durable."""


class SchemaError(DatabaseError):
    """Raised on opening a database whose tables are not those this program was written for."""


class NeedsWriting(Exception):
    """Raised by `Transaction.for_writing` on a reader: the unit of work runs again as a writer."""


AfterCommit = Callable[[], object]
"""What is to happen after a commit. It must not wait."""


class Transaction(Protocol):
    """What a handler works with. SQL has named parameters (`:chat_id`); rows are mappings of column to value."""

    now: datetime
    """The one instant of this transaction, aware, in UTC."""

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]: ...

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        """The rows as tuples, for long listings: half the cost of mappings."""
        ...

    def row(self, sql: str, **parameters: Any) -> Row | None:
        """The first row, or None."""
        ...

    def value(self, sql: str, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    def execute(self, sql: str, **parameters: Any) -> int:
        """Runs a statement that gives no rows; how many it touched."""
        ...

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        """What `query(tx, *arguments)` gives, or gave before if nothing has been committed since.

        For what is asked for again and again, and depends on nothing but the database and the arguments. Nobody may
        change what he is given.
        """
        ...

    @property
    def row_texts(self) -> RowTexts:
        """For listings: where codecs may keep the text of rows until something is committed."""
        ...

    def for_writing(self) -> None:
        """Makes sure that this transaction may write. Raises NeedsWriting when it may not."""
        ...

    def after_commit(self, action: AfterCommit) -> None:
        """Runs `action` once what this work has written is durable, and never if it is undone.

        Actions run on the event loop that brought the work, in their order, before the work's result is given back.
        Work that `Database.run` ran has them run in its thread. What they raise goes to the log. They are hints to
        other parts, and are lost if the process ends first. Raises NeedsWriting on a reader.
        """
        ...


class Database(Protocol):
    """An open database. `read`, `write` and `run_slow` are the engine's UnitOfWork."""

    applied: Sequence[str]
    """The migrations that opening it ran, by name."""

    async def read(self, work: Callable[[Transaction], T]) -> T: ...

    async def write(self, work: Callable[[Transaction], T]) -> T: ...

    async def run_slow(self, work: Callable[[], T]) -> T: ...

    def run(self, work: Callable[[Transaction], T]) -> T:
        """One transaction from a thread without an event loop: the command line and tests."""
        ...

    def close(self) -> None:
        """Finishes what was begun and gives back connections and threads."""
        ...


def run_after_commit(actions: Sequence[AfterCommit]) -> None:
    """Runs what the work of a transaction wanted done after its commit."""
    for action in actions:
        try:
            action()
        except Exception:
            # The work is done, so it must not fail any more.
            _logger.exception("an action after a commit failed")


def utc_now() -> datetime:
    return datetime.now(UTC)


def open_database(
    url: str, data_dir: Path, *, migrate: bool = True, pool_size: int = POOL_SIZE, clock: Clock = utc_now
) -> Database:
    """The database at `url`, or the SQLite file in `data_dir` when there is none; made and migrated as needed.

    With `migrate=False` one that needs migrating is refused. `pool_size` is how many connections PostgreSQL gets.
    `clock` gives transactions their `now`. Raises DatabaseError, SchemaError among them.
    """
    if not url:
        from parlour.store.sqlite import SqliteDatabase

        return SqliteDatabase(data_dir / SQLITE_FILE, migrate=migrate, clock=clock)
    if url.startswith(("postgresql://", "postgres://")):
        from parlour.store.postgres import PostgresDatabase

        return PostgresDatabase(url, migrate=migrate, pool_size=pool_size, clock=clock)
    raise DatabaseError("database_url must be empty, for SQLite, or begin with postgresql://.")
