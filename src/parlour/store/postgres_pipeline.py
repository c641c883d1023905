"""A connection to PostgreSQL that an event loop waits for: it sends queries together and never blocks.

psycopg's own asynchronous connections cost more per query than PostgreSQL takes for it. So this is libpq's pipeline
mode, by psycopg's wrapper of it.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus

from parlour.store.database import Row
from parlour.store.postgres_connections import ConnectionLost, numbered
from parlour.store.rows import as_rows_of

# More statements than the program has. Others are not prepared.
PREPARED = 500

# Making this many rows takes half a millisecond (0.24 us each), and what is made of them several times as much. Longer
# results are left to a thread.
LONGEST_RESULT = 2_000

Parameters = tuple[tuple[str, Any], ...]


class Query(NamedTuple):
    """A statement and its parameters by name."""

    sql: str
    parameters: Parameters = ()


class Result(NamedTuple):
    """The rows of a query as tuples, and the names of their columns."""

    columns: tuple[str, ...]
    tuples: list[tuple[Any, ...]]

    def rows(self) -> list[Row]:
        return as_rows_of(self.columns)(self.tuples)


class NotForPipeline(Exception):
    """Raised for queries that failed or cannot be sent. A thread reports why."""


Answer = dict[Query, "Result | None"]
"""The result of each query. None for one that is too long for the event loop."""

Answered = Callable[["Answer | NotForPipeline | ConnectionLost"], None]


class Pipeline:
    """Asks queries in one transaction that only reads, in one round trip. One such question at a time."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        self._connection = connection
        self._raw = connection.pgconn
        self._raw.nonblocking = 1
        self._raw.enter_pipeline_mode()
        self._transformer = Transformer(connection)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self.is_spent = False
        """Whether a query has failed, so that the connection should be replaced."""
        # None for a statement that is only prepared.
        self._asked: list[Query | None] = []
        self._results: list[Any] = []

    def close(self) -> None:
        self._connection.close()

    def ask(self, queries: Sequence[Query], loop: asyncio.AbstractEventLoop, answered: Answered) -> None:
        """Sends the queries and returns. Calls `answered` with their results once they are there.

        Raises NotForPipeline for values that cannot be sent. Raises NotImplementedError on an event loop that waits for
        its own connections only.
        """
        values = [self._values(query) for query in queries]
        # The number of the socket, since libpq closes it when the connection is lost.
        socket = self._raw.socket
        loop.add_reader(socket, self._receive, socket, loop, answered)
        self._asked, self._results = [], []
        try:
            for query, given in zip(queries, values, strict=True):
                self._send(query, given)
            # Up to here it is one transaction.
            self._raw.pipeline_sync()
            is_sent = self._raw.flush() == 0
        except psycopg.OperationalError:
            self._stop_waiting(socket, loop)
            loop.call_soon(answered, ConnectionLost())
            return
        if not is_sent:
            loop.add_writer(socket, self._send_rest, socket, loop)

    def _values(self, query: Query) -> "_Values":
        sql, names = numbered(query.sql)
        if not names:
            return _Values(sql, (), ())
        parameters = dict(query.parameters)
        try:
            given = [parameters[name] for name in names]
            texts = self._transformer.dump_sequence(given, [PyFormat.TEXT] * len(given))
        except (KeyError, UnicodeEncodeError, psycopg.Error) as error:
            raise NotForPipeline from error
        return _Values(sql, texts, self._transformer.types or ())

    def _send(self, query: Query, values: "_Values") -> None:
        raw, statement = self._raw, (query.sql, values.types)
        name = self._prepared.get(statement)
        if name is None and len(self._prepared) < PREPARED:
            name = self._prepared[statement] = f"q{len(self._prepared)}".encode()
            raw.send_prepare(name, values.sql, values.types)
            self._asked.append(None)
        if name is None:
            raw.send_query_params(values.sql, values.texts, values.types)
        else:
            raw.send_query_prepared(name, values.texts)
        self._asked.append(query)

    def _send_rest(self, socket: int, loop: asyncio.AbstractEventLoop) -> None:
        try:
            if self._raw.flush() == 0:
                loop.remove_writer(socket)
        except psycopg.OperationalError:
            # Reading reports it.
            loop.remove_writer(socket)

    def _receive(self, socket: int, loop: asyncio.AbstractEventLoop, answered: Answered) -> None:
        """Takes what has arrived, up to the end of the transaction."""
        try:
            self._raw.consume_input()
            while not self._raw.is_busy():
                result = self._raw.get_result()
                if result is None:
                    # The end of one query, or of the connection.
                    if self._raw.status == ConnStatus.BAD:
                        raise psycopg.OperationalError
                    continue
                if result.status == ExecStatus.PIPELINE_SYNC:
                    self._stop_waiting(socket, loop)
                    answered(self._answer())
                    return
                self._results.append(result)
        except psycopg.OperationalError:
            self._stop_waiting(socket, loop)
            answered(ConnectionLost())

    def _stop_waiting(self, socket: int, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(socket)
        loop.remove_writer(socket)

    def _answer(self) -> "Answer | NotForPipeline":
        asked, results, self._asked, self._results = self._asked, self._results, [], []
        if any(result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK) for result in results):
            # A new connection knows best which statements it has prepared.
            self.is_spent = True
            return NotForPipeline()
        found = [(query, result) for query, result in zip(asked, results, strict=True) if query is not None]
        try:
            return {
                query: self._result(query, result) if result.ntuples <= LONGEST_RESULT else None
                for query, result in found
            }
        finally:
            # Rows must not stay in memory after they are forgotten.
            self._transformer.set_pgresult(None)

    def _result(self, query: Query, result: Any) -> Result:
        self._transformer.set_pgresult(result)
        columns = self._columns.get(query.sql)
        if columns is None:
            columns = self._columns[query.sql] = tuple(result.fname(place).decode() for place in range(result.nfields))
        return Result(columns, self._transformer.load_rows(0, result.ntuples, tuple))


class _Values(NamedTuple):
    """A query as libpq takes it."""

    sql: bytes
    texts: Sequence[Any]
    types: tuple[int, ...]
