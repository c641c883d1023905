"""A connection to PostgreSQL that sends statements in groups, and the transaction of works that may write.

Statements whose outcome nobody needs wait on the connection. They travel with the next one that has an answer, so a
work waits for the server less often (libpq's pipeline mode).

This uses the functions of libpq that the driver passes on, not its cursors. A cursor takes 60 microseconds of processor
time for a statement and this takes 10, while no other Python code runs.
"""

import contextlib
import re
import select
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from parlour.store.database import AfterCommit, CommitFailed, Gathered, Row, Transaction
from parlour.store.may_write import MayWrite

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

T = TypeVar("T")

# More than there are statements in the program, apart from some with lists of names. A transaction that begins with
# more forgets them.
MOST_PREPARED = 500

# After so many rows, what was gathered is sent, and PostgreSQL works on it while the lane runs other works. Otherwise
# each waits for the other. On a busy machine, 64 senders in one chat then sent 1.3 times as much (0.7 to 3.6). With 16
# rows, which divide the sends of more chats, they sent a twentieth less, and in 20 chats a sixth less.
SENT_AHEAD = 24

# A statement, and the types of its parameters.
_Kind = tuple[str, tuple[int, ...]]

_NONE: Mapping[str, Any] = {}


class _Posted(NamedTuple):
    kind: _Kind
    statement: bytes
    values: Sequence[Any]
    learn: "Callable[[PGresult], object] | None"


class _Rows:
    """The rows that a gathered statement is about, each with the function that learns whether it was changed."""

    def __init__(self, sql: str, shared: Sequence[Any], names: Sequence[str]) -> None:
        self.kind: _Kind = (sql, ())
        self.statement, self._order = numbered(sql)
        self._shared = shared
        self._names = names
        self._rows: list[Sequence[Any]] = []
        self._learners: list[Callable[[int], object]] = []

    def add(self, row: Sequence[Any], learn: Callable[[int], object]) -> None:
        self._rows.append(row)
        self._learners.append(learn)

    @property
    def values(self) -> Sequence[Any]:
        columns = [_array(column) for column in zip(*self._rows, strict=True)]
        by_name = dict(zip(self._names, (*self._shared, *columns), strict=True))
        return [by_name[name] for name in self._order]

    def learn(self, result: "PGresult") -> None:
        changed = {int(result.get_value(number, 0) or 0) for number in range(result.ntuples)}
        for place, learn in enumerate(self._learners, 1):
            learn(place in changed)


def _array(elements: Sequence[bytes | None]) -> bytes:
    """An array as PostgreSQL writes it. No value has a zero byte, which stands between the elements at first.

    Escaping all together takes 1.4 us for a send, and one by one 7.5.
    """
    values = [each for each in elements if each is not None]
    if len(values) == len(elements):
        return b'{"%b"}' % _escaped(b"\0".join(values)).replace(b"\0", b'","')
    return b"{%b}" % b",".join(b"NULL" if each is None else b'"%b"' % _escaped(each) for each in elements)


def _escaped(text: bytes) -> bytes:
    return bytes(text).replace(b"\\", b"\\\\").replace(b'"', b'\\"')


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
        self._posted: list[_Posted | _Rows] = []
        # Those that were sent, and what was prepared with them, by the number of its result.
        self._sent: list[_Posted | _Rows] = []
        self._new: dict[int, _Kind] = {}
        # Those of them that more rows can join, by their statements and what the rows share.
        self._gathered: dict[Hashable, _Rows] = {}
        self._poll = select.poll()
        # How many rows were gathered since.
        self._rows_gathered = 0
        # The locks that the current transaction holds.
        self.locks: set[Hashable] = set()
        # Whether a statement was posted that should change a row, and whether one of these has not.
        self.awaits_outcome = self.is_unmet = False
        # Whether it adds events.
        self.has_events = False
        # Whether the server reported an error before it came to the last statement, which it has not run then.
        self.has_stopped_early = False

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
        self.has_events = self.is_unmet = self.awaits_outcome = self.has_stopped_early = False
        self.post(sql)

    def undo(self) -> None:
        """Rolls back the transaction, and forgets what was posted."""
        self._forget_posted()
        self.ask("ROLLBACK")

    def begin_savepoint(self) -> None:
        self.ask("SAVEPOINT work")

    def undo_savepoint(self) -> None:
        """Undoes what happened since the savepoint."""
        self._forget_posted()
        # Those taken since are given up.
        self.locks.clear()
        self.ask("ROLLBACK TO work")

    def end_savepoint(self) -> None:
        self.post("RELEASE work")

    def post(
        self, sql: str, parameters: Mapping[str, Any] = _NONE, learn: "Callable[[PGresult], object] | None" = None
    ) -> None:
        """Sends a statement with the next one that is asked. Its error is raised there.

        `learn` is then called with its result.
        """
        statement, names = numbered(sql)
        if not names:
            self._posted.append(_Posted((sql, ()), statement, (), learn))
            return
        given = [parameters[name] for name in names]
        values = self._transformer.dump_sequence(given, [PyFormat.TEXT] * len(given))
        self._posted.append(_Posted((sql, self._transformer.types or ()), statement, values, learn))

    def gather(
        self, sql: str, shared: Mapping[str, Any], row: Mapping[str, Any], learn: Callable[[int], object]
    ) -> None:
        """Posts a statement about many rows, or adds a row to it. `learn` is called with 1 if the row was changed."""
        key = (sql, *shared.values())
        given = [*shared.values(), *row.values()]
        # Here, since a value that cannot be sent is an error of its own row.
        values = self._transformer.dump_sequence(given, [PyFormat.TEXT] * len(given))
        rows = self._gathered.get(key)
        if rows is None:
            rows = self._gathered[key] = _Rows(sql, values[: len(shared)], (*shared, *row))
            self._posted.append(rows)
        rows.add(values[len(shared) :], learn)
        self._rows_gathered += 1
        if self._rows_gathered == SENT_AHEAD:
            self._send_posted()
            self._flush()

    def ask(self, sql: str, parameters: Mapping[str, Any] = _NONE) -> "PGresult":
        """The result of a statement, which runs after those that were posted. Raises the first error of them."""
        self.post(sql, parameters)
        return self.settle()[-1]

    def rows_of(self, result: "PGresult") -> list[dict[str, Any]]:
        columns = [(result.fname(number) or b"").decode() for number in range(result.nfields)]
        return self._loaded(result, lambda values: dict(zip(columns, values, strict=True)))

    def tuples_of(self, result: "PGresult") -> list[tuple[Any, ...]]:
        return self._loaded(result, tuple)

    def run_script(self, sql: str) -> None:
        """Runs several statements, which have no parameters."""
        self.settle()
        self._libpq.exit_pipeline_mode()
        try:
            result = self._libpq.exec_(sql.encode())
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
        finally:
            self._libpq.enter_pipeline_mode()

    def settle(self) -> "list[PGresult]":
        """Waits for everything that was posted. Returns the results. Raises the first error."""
        self.awaits_outcome = False
        self._send_posted()
        sent = self._sent
        results = self._receive()
        for each, result in zip(sent, results, strict=True):
            if each.learn is not None:
                each.learn(result)
        return results

    def _receive(self) -> "list[PGresult]":
        """The results of what was sent. Raises the first error."""
        last = len(self._sent) + len(self._new) - 1
        new, self._new, self._sent = self._new, {}, []
        self.has_stopped_early = False
        self._libpq.pipeline_sync()
        self._flush()
        results: list[PGresult] = []
        error: psycopg.Error | None = None
        while (result := self._next()).status != ExecStatus.PIPELINE_SYNC:
            if result.status == ExecStatus.FATAL_ERROR:
                error = error or error_from_result(result)
                # An error without a code is libpq's, which does not know what the server has done.
                self.has_stopped_early |= error.sqlstate is not None and len(results) < last
            results.append(result)
            self._end_of_results()
        if error is not None:
            # Nobody knows which of them were prepared.
            for kind in new.values():
                del self._prepared[kind]
            raise error
        # Without those of preparing.
        return [result for number, result in enumerate(results) if number not in new]

    def _forget_posted(self) -> None:
        """Forgets what was posted. What of it was sent is about to be undone, so nobody asks how it ended."""
        self._posted = []
        self._gathered.clear()
        self._rows_gathered = 0
        if self._sent:
            with contextlib.suppress(psycopg.Error):
                self._receive()

    def _send_posted(self) -> None:
        """Sends what was posted, each statement prepared before. Nobody waits for it yet."""
        posted, self._posted = self._posted, []
        self._gathered.clear()
        self._rows_gathered = 0
        for each in posted:
            name = self._prepared.get(each.kind)
            if name is None:
                self._new[len(self._sent) + len(self._new)] = each.kind
                name = self._prepare(each.kind, each.statement)
            self._libpq.send_query_prepared(name, each.values)
            self._sent.append(each)

    def _flush(self) -> None:
        while self._libpq.flush():
            self._wait(select.POLLIN | select.POLLOUT)

    def _prepare(self, kind: _Kind, statement: bytes) -> bytes:
        self._names += 1
        name = self._prepared[kind] = b"p%d" % self._names
        self._libpq.send_prepare(name, statement, kind[1])
        return name

    def _next(self) -> "PGresult":
        result = self._libpq_result()
        if result is None:
            raise psycopg.OperationalError(self._libpq.get_error_message())
        return result

    def _end_of_results(self) -> None:
        """Takes the None that follows the result of each statement."""
        assert self._libpq_result() is None

    def _libpq_result(self) -> "PGresult | None":
        while self._libpq.is_busy():
            self._wait(select.POLLIN)
        return self._libpq.get_result()

    def _wait(self, events: int) -> None:
        self._poll.register(self._libpq.socket, events)
        self._poll.poll()
        self._libpq.consume_input()

    def _loaded(self, result: "PGresult", make_row: Callable[[Sequence[Any]], T]) -> list[T]:
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, make_row)


class WritingTransaction(MayWrite):
    """The transaction of a work that may write.

    `changes` are the statements that may have written, and `has_changed` says whether it is known that one has.
    `is_unmet` says that a statement changed no row, so `refuse` raises the error of the work. With `defers` that may
    happen after the work, if it `may_be_refused`.
    `answered` is the first question of the work with its answer, if that was asked ahead.
    """

    __slots__ = ("_connection", "_defers", "_refusal", "answered", "changes", "has_changed", "may_be_refused", "now")

    has_word_table = False
    kept = None
    numbers_events = False

    def __init__(self, connection: Connection, now: datetime, *, defers: bool = False) -> None:
        self._connection = connection
        self._defers = defers
        self.actions: tuple[AfterCommit, ...] = ()
        self.changes = 0
        self.has_changed = self.may_be_refused = False
        self._refusal: Callable[[], object] | None = None
        self.answered: tuple[Question, PGresult] | None = None
        self.now = now

    @property
    def is_unmet(self) -> bool:
        return self._refusal is not None

    def settle(self) -> None:
        """Waits for what was posted. Raises its errors, and CommitFailed if the work hid the error of a statement."""
        self._connection.settle()
        self.refuse()
        if self._connection.has_failed:
            raise CommitFailed("A statement failed, so what was done was undone.")

    def refuse(self) -> None:
        """Raises the error of a work whose statement changed no row."""
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            refusal()

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        return self._connection.rows_of(self._ask(sql, parameters))

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        return self._connection.tuples_of(self._ask(sql, parameters))

    def row(self, sql: str, **parameters: Any) -> Row | None:
        if not is_select(sql):
            self.changes += 1
            self.has_changed = True
        found = self.rows(sql, **parameters)
        return found[0] if found else None

    def value(self, sql: str, **parameters: Any) -> Any:
        found = self.tuples(sql, **parameters)
        return found[0][0] if found else None

    def execute(self, sql: str, **parameters: Any) -> int:
        self.changes += 1
        self.has_changed = True
        return self._ask(sql, parameters).command_tuples or 0

    def post_last(self, sql: str, **parameters: Any) -> None:
        self.post(sql, **parameters)

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        self.changes += 1
        self._connection.post(sql, parameters, lambda result: self._learn(result.command_tuples or 0, otherwise))
        if otherwise is not None:
            self._await_outcome()

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        self.changes += 1
        self._connection.gather(change.of_many, shared, row, lambda changed: self._learn(changed, otherwise))
        self._await_outcome()

    def lock(self, sql: str, **parameters: Any) -> None:
        held = (sql, *parameters.values())
        if held not in self._connection.locks:
            self._connection.post(sql, parameters)
            self._connection.locks.add(held)

    def wake_feed(self) -> None:
        self._connection.has_events = True

    def _learn(self, changed: int, otherwise: Callable[[], object] | None) -> None:
        if changed:
            self.has_changed = True
        elif otherwise is not None:
            self._connection.is_unmet = True
            self._refusal = otherwise

    def _await_outcome(self) -> None:
        self.may_be_refused = True
        self._connection.awaits_outcome = True
        if not self._defers:
            self.settle()

    def _ask(self, sql: str, parameters: Mapping[str, Any]) -> "PGresult":
        answered, self.answered = self.answered, None
        if answered is not None and answered[0] == (sql, parameters):
            return answered[1]
        result = self._connection.ask(sql, parameters)
        self.refuse()
        return result


Question = tuple[str, Mapping[str, Any]]
"""A query and its parameters."""


def first_question(function: Callable[[Transaction], object], transaction: WritingTransaction) -> Question | None:
    """What a work begins with reading, if that does not depend on what it has locked or written."""
    try:
        function(_Scout(transaction))
    except _Asked as asked:
        return asked.question
    except BaseException:  # the work itself will raise it
        return None
    return None


class _Scout(WritingTransaction):
    """Finds out what a work begins with: it ends the work there."""

    __slots__ = ()

    def __init__(self, transaction: WritingTransaction) -> None:
        super().__init__(transaction._connection, transaction.now)

    def post(self, sql: str, otherwise: Callable[[], object] | None = None, **parameters: Any) -> None:
        raise _Asked(None)

    def gather(
        self, change: Gathered, otherwise: Callable[[], object], shared: Mapping[str, Any], row: Mapping[str, Any]
    ) -> None:
        raise _Asked(None)

    def post_last(self, sql: str, **parameters: Any) -> None:
        raise _Asked(None)

    def lock(self, sql: str, **parameters: Any) -> None:
        raise _Asked(None)

    def wake_feed(self) -> None:
        raise _Asked(None)

    def _ask(self, sql: str, parameters: Mapping[str, Any]) -> "PGresult":
        raise _Asked((sql, parameters) if is_select(sql) else None)


class _Asked(BaseException):
    """Passes through works, which catch other exceptions."""

    def __init__(self, question: Question | None) -> None:
        super().__init__()
        self.question = question


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
