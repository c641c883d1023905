"""Connections to a SQLite file: opening, checking and migrating it, and their transactions."""

import contextlib
import logging
import os
import stat
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import apsw

from parlour.store.cache import Cache, Keeper, Kept, Remembered
from parlour.store.database import AfterCommit, Clock, DatabaseError, Gathered, NeedsWriting, Row, SchemaError
from parlour.store.may_write import MayWrite
from parlour.store.migrate import Migration, bring_up_to_date
from parlour.store.rows import AsRows, as_rows_of, no_rows
from parlour.store.works import ToGather

# "Parl". A file with another id belongs to another program.
APPLICATION_ID = 0x5061726C

# How long to wait while another process writes, such as the command line beside a server.
BUSY_MILLISECONDS = 10_000

# As many statements as apsw keeps at most, so that few are compiled twice.
STATEMENTS = 512

# Rows that one statement inserts at most. For each number of rows there is a statement of its own, which is kept.
ROWS_AT_ONCE = 64

WRITER_CACHE_KIB = 8_000
READER_CACHE_KIB = 4_000

_logger = logging.getLogger("parlour.store")

T = TypeVar("T")
Statement = tuple[str, dict[str, Any]]


class Connection:
    """A connection, and what is known of its statements. `raw` is the driver's own connection."""

    def __init__(self, raw: apsw.Connection, clock: Clock, keeper: Keeper | None) -> None:
        self.raw = raw
        # The same for all connections. None for a database whose migrations, those of a test, count no changes.
        self.keeper = keeper
        self.clock = clock
        # One cursor is enough, since every result is fetched whole before the next statement.
        self.execute = raw.cursor().execute
        # By statement: the function that makes rows of its tuples.
        self.as_rows: dict[str, AsRows] = {}
        self.cache = Cache()
        # Whether events were added since the last commit.
        self.has_events = False

    def row_maker(self, sql: str, cursor: apsw.Cursor) -> AsRows:
        """The function that makes rows of a statement's tuples. SQLite reports columns only once there is a tuple."""
        try:
            columns = cursor.get_description()
        except apsw.ExecutionCompleteError:
            return no_rows
        as_rows = self.as_rows[sql] = as_rows_of(tuple(column[0] for column in columns))
        return as_rows

    def kept(self) -> Kept | None:
        """What is kept for the people whom the transaction sees."""
        if self.keeper is None:
            return None
        ((changes,),) = self.execute("SELECT changes FROM people_changes")
        return self.keeper.of_count(changes)

    def run_script(self, sql: str) -> None:
        # Without fetching, only the first of several statements would run.
        self.execute(sql).fetchall()

    def insert(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        """Inserts rows with as few statements as possible. `into` is such a statement up to its VALUES."""
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            sql = _inserting(into, len(some), len(some[0]))
            self.execute(sql, [value for row in some for value in row]).fetchall()

    def undo(self) -> None:
        """Rolls back the transaction, unless an error of SQLite has already ended it."""
        if self.raw.in_transaction:
            self.execute("ROLLBACK")


@lru_cache(maxsize=STATEMENTS)
def _inserting(into: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return f"{into} VALUES {', '.join([row] * rows)}"


class WritingTransaction(MayWrite):
    """A transaction on the writer. Migrations use it too."""

    __slots__ = ("_connection", "_execute", "last", "last_rows", "now")

    has_word_table = True
    numbers_events = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._execute = connection.execute
        self.now: datetime = connection.clock()
        self.actions: tuple[AfterCommit, ...] = ()
        self.last: tuple[Statement, ...] = ()
        # Each with the statement that inserts it, up to its VALUES.
        self.last_rows: tuple[tuple[str, Sequence[Any]], ...] = ()

    @property
    def kept(self) -> Kept | None:
        """None: its own changes may be undone, and their counts used again."""
        return None

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        cursor = self._execute(sql, parameters)
        as_rows = self._connection.as_rows.get(sql) or self._connection.row_maker(sql, cursor)
        return as_rows(cursor.fetchall())

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        return self._execute(sql, parameters).fetchall()

    def row(self, sql: str, **parameters: Any) -> Row | None:
        return self._first(sql, parameters)

    def _first(self, sql: str, parameters: Mapping[str, Any]) -> Row | None:
        cursor = self._execute(sql, parameters)
        as_rows = self._connection.as_rows.get(sql) or self._connection.row_maker(sql, cursor)
        found = as_rows(cursor.fetchall()[:1])
        return found[0] if found else None

    def value(self, sql: str, **parameters: Any) -> Any:
        found = self._execute(sql, parameters).fetchall()
        return found[0][0] if found else None

    def execute(self, sql: str, **parameters: Any) -> int:
        self._execute(sql, parameters).fetchall()
        return self._connection.raw.changes()

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        self._execute(sql, parameters).fetchall()
        if otherwise is not None and not self._connection.raw.changes():
            otherwise()

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        if not change.of_rows(self, shared, [row]):
            otherwise()

    def insert(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.insert(into, rows)

    def insert_last(self, into: str, rows: Sequence[Sequence[Any]]) -> None:
        self.last_rows = (*self.last_rows, *((into, row) for row in rows))

    def post_last(self, sql: str, **parameters: Any) -> None:
        self.last = (*self.last, (sql, parameters))

    def lock(self, sql: str, **parameters: Any) -> None:
        """Nothing to do: there is one writer, and what a reader sees does not change."""

    def wake_feed(self) -> None:
        self._connection.has_events = True


class ReadingTransaction(WritingTransaction):
    """A transaction on a reader. Anything that writes makes the work run again on the writer."""

    __slots__ = ("_has_version", "_kept", "_results")

    may_write = False

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        # Nothing was read yet, so the transaction will see everything that was committed before this line.
        self._results = connection.cache.current
        self._has_version = False
        self._kept: Kept | None = None

    @property
    def kept(self) -> Kept | None:
        if self._kept is None and self._connection.keeper is not None:
            results = self._remembered()
            if results.kept is None:
                results.kept = self._connection.kept()
            self._kept = results.kept
        return self._kept

    def row(self, sql: str, **parameters: Any) -> Row | None:
        # Each request asks for the same few: its caller, and their membership of the chat. Finding one here takes 1 us,
        # and asking SQLite between 6 and 10.
        results, query = self._remembered(), (sql, *parameters.items())
        found: Row | None
        if query in results.rows:
            found = results.rows[query]
        else:
            found = self._first(sql, parameters)
            results.keep_row(query, found)
        return found

    def value(self, sql: str, **parameters: Any) -> Any:
        # Without a mapping for its row, asking for a value takes 1 us less.
        results, query = self._remembered(), ("value", sql, *parameters.items())
        if query in results.rows:
            return results.rows[query]
        found = super().value(sql, **parameters)
        results.keep_row(query, found)
        return found

    def execute(self, sql: str, **parameters: Any) -> int:
        raise NeedsWriting

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        raise NeedsWriting

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        raise NeedsWriting

    def post_last(self, sql: str, **parameters: Any) -> None:
        raise NeedsWriting

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        results, key = self._remembered(), (query, *arguments)
        answer: T
        if key in results.answers:
            answer = results.answers[key]
        else:
            answer = query(self, *arguments)
            results.keep_answer(key, answer)
        return answer

    def _remembered(self) -> Remembered:
        """The results for the version of the database that this transaction sees."""
        if not self._has_version:
            # It changes when another connection commits. This one commits nothing.
            ((version,),) = self._execute("PRAGMA data_version")
            self._results = self._connection.cache.of_version(self._results, version)
            self._has_version = True
        return self._results

    def for_writing(self) -> None:
        raise NeedsWriting

    def after_commit(self, action: AfterCommit) -> None:
        raise NeedsWriting

    def wake_feed(self) -> None:
        raise NeedsWriting


class AheadTransaction(ReadingTransaction):
    """A transaction for a work that only gathers one change. It shows what is committed, and keeps the change.

    After a lock it shows nothing, since the writer may be changing what is locked. Everything else raises NeedsWriting.
    """

    __slots__ = ("_has_locked", "gathered")

    gathered: ToGather | None

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.for_next()
        self._remembered()

    def for_next(self) -> None:
        """Begins anew for another work, which sees the same, at the same instant.

        Works of one turn of the event loop share it: making one and asking for the version takes 4 us.
        """
        self._has_locked = False
        self.gathered = None

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        self._refuse_after_lock()
        return super().rows(sql, **parameters)

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        self._refuse_after_lock()
        return super().tuples(sql, **parameters)

    def row(self, sql: str, **parameters: Any) -> Row | None:
        self._refuse_after_lock()
        return super().row(sql, **parameters)

    def value(self, sql: str, **parameters: Any) -> Any:
        self._refuse_after_lock()
        return super().value(sql, **parameters)

    def lock(self, sql: str, **parameters: Any) -> None:
        self._has_locked = True

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        if self.gathered is not None:
            raise NeedsWriting
        self.gathered = ToGather(change, shared, row, monotonic())

    def wake_feed(self) -> None:
        """Nothing to do: the writer wakes it after every change that was gathered."""

    def _refuse_after_lock(self) -> None:
        if self._has_locked:
            raise NeedsWriting


def writing_connection(
    path: Path, clock: Clock, *, migrate: bool, known: Sequence[Migration]
) -> tuple[Connection, Sequence[str]]:
    """Creates, checks and migrates the file as needed. Returns a connection and the migrations that ran."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _keep_private(path)
        raw = _connect(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        try:
            _refuse_foreign(raw, path)
            raw.pragma("journal_mode", "wal")
            raw.pragma("synchronous", "full")
            raw.pragma("cache_size", -WRITER_CACHE_KIB)
            connection = Connection(raw, clock, None)
            applied = _migrate(connection, known, may_run=migrate)
            if "people_changes" in _tables(raw):
                connection.keeper = Keeper()
            return connection, applied
        except BaseException:
            raw.close()
            raise
    except (apsw.Error, OSError) as error:
        raise DatabaseError(f"The database {path} cannot be opened: {error}.") from error


def _keep_private(path: Path) -> None:
    """Creates the file if there is none, and takes the rights of other users on it and its companions.

    SQLite gives its log and its journal the mode of the file.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for each in path.parent.glob(f"{path.name}*"):
        # A log disappears when another process closes the database.
        with contextlib.suppress(FileNotFoundError):
            mode = each.stat().st_mode
            if stat.S_ISREG(mode) and mode & 0o077:
                _take_from_others(each, mode)


def _take_from_others(path: Path, mode: int) -> None:
    try:
        path.chmod(mode & 0o600)
    except PermissionError:
        _logger.warning("Other users of this machine may read %s, and its mode cannot be changed.", path)


def _refuse_foreign(raw: apsw.Connection, path: Path) -> None:
    """Raises SchemaError for the file of another program, before anything is written to it."""
    if raw.pragma("application_id") != APPLICATION_ID and _tables(raw):
        raise SchemaError(f"{path} is the database of another program.")


def _migrate(connection: Connection, known: Sequence[Migration], *, may_run: bool) -> Sequence[str]:
    raw = connection.raw
    raw.execute("BEGIN IMMEDIATE")
    try:
        # Rebuilding a table drops one that others refer to. At the commit all references must be valid again.
        raw.pragma("defer_foreign_keys", 1)
        applied = bring_up_to_date(
            WritingTransaction(connection),
            known=known,
            tables=_tables(raw),
            run_script=connection.run_script,
            may_run=may_run,
        )
        if raw.pragma("application_id") != APPLICATION_ID:
            raw.pragma("application_id", APPLICATION_ID)
        raw.execute("COMMIT")
    except BaseException:
        connection.undo()
        raise
    return applied


def _tables(raw: apsw.Connection) -> list[str]:
    return [name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]


def reading_connection(path: Path, clock: Clock, keeper: Keeper | None) -> Connection:
    raw = _connect(path, apsw.SQLITE_OPEN_READONLY)
    raw.pragma("cache_size", -READER_CACHE_KIB)
    return Connection(raw, clock, keeper)


def _connect(path: Path, flags: int) -> apsw.Connection:
    # A connection belongs to one thread, or to one at a time under a lock (`_ShortReads`, `_Writer`). SQLite would lock
    # it again for each column of each row. Without that, 20 chats are read in 124 us instead of 142, and 50 messages in
    # 36 instead of 43.
    unlocked = flags | apsw.SQLITE_OPEN_NOMUTEX
    raw = apsw.Connection(str(path), flags=unlocked, statementcachesize=STATEMENTS)
    raw.set_busy_timeout(BUSY_MILLISECONDS)
    # Otherwise SQLite prepares a statement again for each value, in case another plan suits that value better. With the
    # statistics this SQLite is built to use, that takes several times as long as running the statement.
    raw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    raw.pragma("foreign_keys", 1)
    # As PostgreSQL has it.
    raw.pragma("case_sensitive_like", 1)
    raw.pragma("temp_store", "memory")
    return raw
