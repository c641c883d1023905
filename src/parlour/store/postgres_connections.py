"""A connection to PostgreSQL that sends statements in groups, and the transaction of works that may write.

Statements whose outcome nobody needs wait on the connection. They travel with the next one that has an answer, so a
work waits for the server less often (libpq's pipeline mode).

This uses the functions of libpq that the driver passes on, not its cursors. A cursor takes 60 microseconds of processor
time for a statement and this takes 10, while no other Python code runs.
"""

import re
import select
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from parlour.engine.dto.listings import RowTexts
from parlour.store.database import AfterCommit, Row

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

T = TypeVar("T")

# More than there are statements in the program, apart from some with lists of names. A transaction that begins with
# more forgets them.
MOST_PREPARED = 500

# A statement, and the types of its parameters.
_Kind = tuple[str, tuple[int, ...]]

_NONE: Mapping[str, Any] = {}


class ConnectionLost(Exception):
    """The server went away before anything was committed."""


class Connection:
    """A connection on which statements are posted, and asked for what they give."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self._libpq = raw.pgconn
        self._libpq.enter_pipeline_mode()
        self._transformer = Transformer(raw)
        self._prepared: dict[_Kind, bytes] = {}
        self._names = 0
        self._posted: list[tuple[str, tuple[int, ...], bytes, Sequence[Any]]] = []
        self._poll = select.poll()
        # The locks that the current transaction holds.
        self.locks: set[Hashable] = set()
        # Whether it adds events.
        self.has_events = False

    @property
    def is_lost(self) -> bool:
        return self._libpq.status == ConnStatus.BAD

    @property
    def has_failed(self) -> bool:
        """Whether a statement failed in the transaction, which can only be undone."""
        return self._libpq.transaction_status == TransactionStatus.INERROR

    def close(self) -> None:
        self.raw.close()

    def begin(self, sql: str) -> None:
        """Begins a transaction, together with its first statement."""
        if len(self._prepared) > MOST_PREPARED:
            self.ask("DEALLOCATE ALL")
            self._prepared.clear()
        self.locks.clear()
        self.has_events = False
        self.post(sql)

    def undo(self) -> None:
        """Rolls back the transaction, and forgets what was posted."""
        self._posted.clear()
        self.ask("ROLLBACK")

    def begin_savepoint(self) -> None:
        self.ask("SAVEPOINT work")

    def undo_savepoint(self) -> None:
        """Undoes what happened since the savepoint."""
        self._posted.clear()
        # Those taken since are given up.
        self.locks.clear()
        self.post("ROLLBACK TO work")

    def end_savepoint(self) -> None:
        self.post("RELEASE work")

    def post(self, sql: str, parameters: Mapping[str, Any] = _NONE) -> None:
        """Sends a statement with the next one that is asked. Its error is raised there."""
        statement, names = numbered(sql)
        if not names:
            self._posted.append((sql, (), statement, ()))
            return
        given = [parameters[name] for name in names]
        values = self._transformer.dump_sequence(given, [PyFormat.TEXT] * len(given))
        self._posted.append((sql, self._transformer.types or (), statement, values))

    def ask(self, sql: str, parameters: Mapping[str, Any] = _NONE) -> "PGresult":
        """The result of a statement, which runs after those that were posted. Raises the first error of them."""
        self.post(sql, parameters)
        result = self.settle()
        assert result is not None
        return result

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        result = self.ask(sql, parameters)
        columns = [(result.fname(number) or b"").decode() for number in range(result.nfields)]
        return self._loaded(result, lambda values: dict(zip(columns, values, strict=True)))

    def tuples(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return self._loaded(self.ask(sql, parameters), tuple)

    def count(self, sql: str, parameters: Mapping[str, Any]) -> int:
        """Runs a statement. Returns how many rows it changed."""
        return self.ask(sql, parameters).command_tuples or 0

    def settle(self) -> "PGresult | None":
        """Waits for everything that was posted. Returns the last result. Raises the first error."""
        new = self._send_posted()
        last: PGresult | None = None
        error: psycopg.Error | None = None
        while True:
            result = self._next()
            if result is None:
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                break
            if result.status == ExecStatus.FATAL_ERROR:
                error = error or error_from_result(result)
            last = result
        if error is not None:
            # Nobody knows which of them were prepared.
            for each in new:
                self._prepared.pop(each, None)
            raise error
        return last

    def _send_posted(self) -> list[_Kind]:
        """Sends what was posted. Returns what is prepared for it."""
        posted, self._posted = self._posted, []
        new = []
        for sql, types, statement, values in posted:
            name = self._prepared.get((sql, types))
            if name is None:
                new.append((sql, types))
                name = self._prepare((sql, types), statement)
            self._libpq.send_query_prepared(name, values)
        self._libpq.pipeline_sync()
        while self._libpq.flush():
            self._wait(select.POLLIN | select.POLLOUT)
        return new

    def _prepare(self, kind: _Kind, statement: bytes) -> bytes:
        self._names += 1
        name = self._prepared[kind] = b"p%d" % self._names
        self._libpq.send_prepare(name, statement, kind[1])
        return name

    def _next(self) -> "PGresult | None":
        """The next result, or None at the end of those of one statement. Raises OperationalError if there is none."""
        while self._libpq.is_busy():
            self._wait(select.POLLIN)
        result = self._libpq.get_result()
        if result is None and self.is_lost:
            raise psycopg.OperationalError(self._libpq.get_error_message())
        return result

    def _wait(self, events: int) -> None:
        self._poll.register(self._libpq.socket, events)
        self._poll.poll()
        self._libpq.consume_input()

    def _loaded(self, result: "PGresult", make_row: Callable[[Sequence[Any]], T]) -> list[T]:
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, make_row)


class WritingTransaction:
    """The transaction of a work that may write. `has_written` says whether it may have."""

    __slots__ = ("_connection", "actions", "has_written", "now")

    numbers_events = False
    may_write = True

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.actions: tuple[AfterCommit, ...] = ()
        self.has_written = False
        self.now = now

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        return self._connection.rows(sql, parameters)

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        return self._connection.tuples(sql, parameters)

    def row(self, sql: str, **parameters: Any) -> Row | None:
        self.has_written = self.has_written or not is_select(sql)
        found = self._connection.rows(sql, parameters)
        return found[0] if found else None

    def value(self, sql: str, **parameters: Any) -> Any:
        found = self._connection.tuples(sql, parameters)
        return found[0][0] if found else None

    def execute(self, sql: str, **parameters: Any) -> int:
        self.has_written = True
        return self._connection.count(sql, parameters)

    def post(self, sql: str, **parameters: Any) -> None:
        self.has_written = True
        self._connection.post(sql, parameters)

    def lock(self, sql: str, **parameters: Any) -> None:
        held = (sql, *parameters.values())
        if held not in self._connection.locks:
            self._connection.post(sql, parameters)
            self._connection.locks.add(held)

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        return query(self, *arguments)

    def expect(self, query: Callable[..., object], *arguments: Hashable) -> None:
        """Nothing to do: what writes reads little."""

    @property
    def row_texts(self) -> RowTexts:
        return {}

    def for_writing(self) -> None:
        """Nothing to do: it may."""

    def after_commit(self, action: AfterCommit) -> None:
        self.actions = (*self.actions, action)

    def wake_feed(self) -> None:
        self._connection.has_events = True


@lru_cache(maxsize=2000)
def is_select(sql: str) -> bool:
    """Whether a statement only reads. Statements that begin otherwise may do so too."""
    return sql.lstrip()[:6].upper() == "SELECT"


@lru_cache(maxsize=2000)
def is_change(sql: str) -> bool:
    """Whether a statement is known to write. Statements that begin otherwise may do so too."""
    return sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")


# First the parts that stay as they are (literals, quoted names, comments, casts), then a parameter.
_PARTS = re.compile(
    r"""( '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: ) | :([A-Za-z_]\w*)""",
    re.DOTALL | re.VERBOSE,
)


@lru_cache(maxsize=2000)
def numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """`sql` with its `:name` parameters as PostgreSQL wants them (`$1`), and their names in order."""
    names: dict[str, int] = {}

    def part(found: re.Match[str]) -> str:
        if found[2] is None:
            return found[0]
        return f"${names.setdefault(found[2], len(names) + 1)}"

    statement = _PARTS.sub(part, sql).encode()
    return statement, tuple(names)
