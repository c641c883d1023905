"""Short reads on PostgreSQL: they run on the event loop, on what is remembered, and never block it.

A read first runs on the results that are remembered. All reads of one turn of the loop then share one round trip,
which asks PostgreSQL for its snapshot. If it is still that of the results, nothing has been committed since, and they
are right. Whatever a read needs besides is asked for in the same transaction. The read then runs again with it, as if
it had waited for its query. So a remembered read costs one round trip, and another one usually two.

Reads that are longer than that run on threads.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from parlour.store.cache import Cache, Remembered
from parlour.store.database import Clock, DatabaseBusy, NeedsWriting, Row, Transaction
from parlour.store.postgres_connections import ConnectionLost, is_change
from parlour.store.postgres_pipeline import Answer, NotForPipeline, Pipeline, Query, Result
from parlour.store.reads_only import ReadsOnly
from parlour.store.works import TakesLong

T = TypeVar("T")

# The transactions that are visible, and what makes their numbers unique: the start of the server.
SNAPSHOT = """SELECT pg_current_snapshot()::text || ' ' || extract(epoch FROM pg_postmaster_start_time())::text"""
_SNAPSHOT = Query(SNAPSHOT)

# A read gets this many round trips. The first asks for what it begins with, such as the caller's session. The second
# asks for all that follows from that. A read with more steps than this would run too often.
ROUND_TRIPS = 3

# How often a read may lose its connection, when a server has ended them all.
LOSSES = 3


def version_of(snapshot: str) -> str | None:
    """The version of the database that a snapshot shows. None if another one may have the same text.

    A standby does not list the transactions that are in progress. Their list is then empty, though the oldest of them
    is older than the next one.
    """
    oldest, following, in_progress = snapshot.partition(" ")[0].split(":")
    return snapshot if in_progress or oldest == following else None


class ShortReads:
    """The short reads of a process. `connect` makes a connection, on a thread of `threads`."""

    def __init__(
        self, connect: Callable[[], Pipeline], threads: Executor, cache: Cache, clock: Clock, *, connections: int
    ) -> None:
        self.cache = cache
        self.clock = clock
        self.idle: list[Pipeline] = []
        self._connect = connect
        self._threads = threads
        self._most = connections
        self._open: set[Pipeline] = set()
        self._is_closed = False
        self._departures: _Departures | None = None

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """The result of `work`. Raises TakesLong or NeedsWriting if a thread must run it instead."""
        loop = asyncio.get_running_loop()
        departures = self._departures
        if departures is None or departures.loop is not loop:
            departures = self._departures_of(loop)
        read = _Read(work, loop.create_future())
        read.run(self.cache.current, {}, self.clock())
        if read.asked and not isinstance(read.error, NeedsWriting):
            departures.add(read)
            await read.done
        if read.error is not None:
            raise read.error
        return read.result  # type: ignore[no-any-return]  # the work's

    def _departures_of(self, loop: asyncio.AbstractEventLoop) -> "_Departures":
        """Raises TakesLong if another loop is at work. There is usually one."""
        if self._departures is not None:
            if not self._departures.loop.is_closed():
                raise TakesLong
            # It took the answers of its last reads with it.
            for connection in self._open.difference(self.idle):
                self.end(connection)
        self._departures = _Departures(self, loop)
        return self._departures

    @property
    def number(self) -> int:
        """How many connections there are."""
        return len(self._open)

    def may_grow(self) -> bool:
        return len(self._open) < self._most and not self._is_closed

    async def grow(self) -> None:
        """Adds an idle connection. Raises DatabaseBusy if PostgreSQL accepts none."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._add)

    def _add(self) -> None:
        made = self._connect()
        self._open.add(made)
        self.give_back(made)

    def give_back(self, connection: Pipeline) -> None:
        if self._is_closed or connection.is_spent:
            self.end(connection)
        else:
            self.idle.append(connection)

    def end(self, connection: Pipeline) -> None:
        self._open.discard(connection)
        connection.close()

    def close(self) -> None:
        """Closes the connections. Reads that are under way on a running loop still get their answers."""
        self._is_closed = True
        is_running = self._departures is not None and self._departures.loop.is_running()
        for connection in list(self.idle if is_running else self._open):
            self.end(connection)


class _Departures:
    """The round trips of one event loop."""

    def __init__(self, reads: ShortReads, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._reads = reads
        self._waiting: list[_Read] = []
        self._is_departing = False
        self._connecting: asyncio.Task[None] | None = None

    def add(self, *reads: "_Read") -> None:
        self._waiting += reads
        if not self._is_departing:
            # At the end of the loop's turn, so that all reads of this turn leave together.
            self._is_departing = True
            self.loop.call_soon(self._depart)

    def _depart(self) -> None:
        self._is_departing = False
        if not self._waiting:
            return
        try:
            connection = self._reads.idle.pop()
        except IndexError:
            if self._connecting is None and self._reads.may_grow():
                self._connecting = self.loop.create_task(self._connect())
            return
        reads, self._waiting = self._waiting, []
        taken = self._reads.cache.current
        # In order and each once.
        queries = {_SNAPSHOT: None}
        for read in reads:
            queries |= read.queries(taken)
        trip = _Trip(self, reads, taken, connection)
        try:
            connection.ask(list(queries), self.loop, trip.answered)
        except (NotForPipeline, NotImplementedError):
            self._reads.give_back(connection)
            _end(reads, TakesLong())
            self._next()

    async def _connect(self) -> None:
        try:
            await self._reads.grow()
        except Exception as error:
            # Usually DatabaseBusy. All reads have waited for this connection, unless there are others.
            if self._reads.number == 0:
                reads, self._waiting = self._waiting, []
                _end(reads, error)
        finally:
            self._connecting = None
        self._next()

    def _next(self) -> None:
        if self._waiting and not self._is_departing:
            self._depart()

    def arrived(self, trip: "_Trip", answer: "Answer | NotForPipeline | ConnectionLost") -> None:
        """Runs the reads of a round trip with its results."""
        if isinstance(answer, ConnectionLost):
            self._lost(trip)
        elif isinstance(answer, NotForPipeline):
            self._reads.give_back(trip.connection)
            _end(trip.reads, TakesLong())
        else:
            self._reads.give_back(trip.connection)
            self._run(trip, answer)
        self._next()

    def _lost(self, trip: "_Trip") -> None:
        # The others are probably lost too, since it was the server that ended it.
        for connection in (trip.connection, *self._reads.idle):
            self._reads.end(connection)
        self._reads.idle.clear()
        self._reads.cache.clear()
        for read in trip.reads:
            read.losses += 1
        _end([read for read in trip.reads if read.losses == LOSSES], DatabaseBusy(LOST))
        self._waiting[:0] = [read for read in trip.reads if read.losses < LOSSES]

    def _run(self, trip: "_Trip", results: Answer) -> None:
        found = results[_SNAPSHOT]
        assert found is not None, "It is one row."
        snapshot: str = found.tuples[0][0]
        version = version_of(snapshot)
        cached = Remembered() if version is None else self._reads.cache.of_version(trip.taken, version)
        now = self._reads.clock()
        for read in trip.reads:
            if read.has_asked:
                read.run(cached, results, now)
            else:
                # It hoped for the snapshot of its results. If it was wrong, it still knows what to ask for.
                read.is_complete = read.ran_on is cached
            if read.is_complete:
                read.end()
            elif read.trips == ROUND_TRIPS:
                _end([read], TakesLong())
            else:
                self.add(read)


LOST = "PostgreSQL ended the connection. Nothing was done."


def _end(reads: Sequence["_Read"], error: Exception) -> None:
    for read in reads:
        read.error = error
        read.end()


class _Trip:
    """One round trip: its reads, and what was remembered when it began."""

    __slots__ = ("_departures", "connection", "reads", "taken")

    def __init__(self, departures: _Departures, reads: list["_Read"], taken: Remembered, connection: Pipeline) -> None:
        self._departures = departures
        self.reads = reads
        self.taken = taken
        self.connection = connection

    def answered(self, answer: "Answer | NotForPipeline | ConnectionLost") -> None:
        self._departures.arrived(self, answer)


class _Read:
    """A work, and how far it has come. It is complete if it ran to its end on the results in `ran_on`."""

    __slots__ = ("asked", "done", "error", "has_asked", "is_complete", "losses", "ran_on", "result", "trips", "work")

    def __init__(self, work: Callable[[Transaction], Any], done: "asyncio.Future[None]") -> None:
        self.work = work
        self.done = done
        self.trips = 0
        self.losses = 0
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self, remembered: Remembered, fetched: Answer, now: datetime) -> None:
        transaction = _RememberingTransaction(remembered, fetched, now)
        self.ran_on = remembered
        self.result = self.error = None
        self.is_complete = True
        try:
            self.result = self.work(transaction)
        except _Missing:
            self.is_complete = False
        except BaseException as error:
            self.error = error
        self.asked = transaction.asked

    def queries(self, current: Remembered) -> dict[Query, None]:
        """What to ask in the next round trip: nothing if the results may be right, or else all that it has read so far.

        All, since results of two transactions do not belong together.
        """
        self.has_asked = not (self.is_complete and self.ran_on is current)
        if not self.has_asked:
            return {}
        self.trips += 1
        return self.asked

    def end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


class _Missing(BaseException):
    """Raised in a read for a query whose result is not there. Handlers must not catch it."""


class KnownAnswer:
    """An answer that is remembered, and the queries that it came from, as far as short reads can ask them."""

    __slots__ = ("asked", "value")

    def __init__(self, value: Any, asked: dict[Query, None] | None = None) -> None:
        self.value = value
        self.asked = asked or {}


class _RememberingTransaction(ReadsOnly):
    """The transaction of a short read. `asked` are all its queries up to now, in order."""

    __slots__ = ("_fetched", "_remembered", "asked", "now")

    has_word_table = False
    kept = None
    numbers_events = False
    may_write = False

    def __init__(self, remembered: Remembered, fetched: Answer, now: datetime) -> None:
        self._remembered = remembered
        self._fetched = fetched
        self.asked: dict[Query, None] = {}
        self.now = now

    def rows(self, sql: str, **parameters: Any) -> Sequence[Row]:
        return self._result(sql, parameters).rows()

    def tuples(self, sql: str, **parameters: Any) -> Sequence[tuple[Any, ...]]:
        return self._result(sql, parameters).tuples

    def row(self, sql: str, **parameters: Any) -> Row | None:
        found = self._first(sql, parameters).rows()
        return found[0] if found else None

    def value(self, sql: str, **parameters: Any) -> Any:
        found = self._first(sql, parameters).tuples
        return found[0][0] if found else None

    def cached(self, query: Callable[..., T], *arguments: Hashable) -> T:
        key = (query, *arguments)
        answer: KnownAnswer | None = self._remembered.answers.get(key)
        if answer is None:
            answer = self._answer(query, arguments)
            self._remembered.keep_answer(key, answer)
        self.asked |= answer.asked
        value: T = answer.value
        return value

    def expect(self, query: Callable[..., object], *arguments: Hashable) -> None:
        if (query, *arguments) not in self._remembered.answers:
            with suppress(_Missing):
                query(self, *arguments)

    def may_take_long(self) -> None:
        raise TakesLong

    def _answer(self, query: Callable[..., Any], arguments: Sequence[Hashable]) -> KnownAnswer:
        outside, self.asked = self.asked, {}
        try:
            value = query(self, *arguments)
            return KnownAnswer(value, self.asked)
        finally:
            self.asked = outside | self.asked

    def _first(self, sql: str, parameters: dict[str, Any]) -> Result:
        """A result of which the first row is used."""
        query = Query(sql, tuple(parameters.items()))
        found: Result | None = self._remembered.rows.get(query)
        if found is not None:
            self.asked[query] = None
            return found
        result = self._result_of(query)
        first = result._replace(tuples=result.tuples[:1])
        self._remembered.keep_row(query, first)
        return first

    def _result(self, sql: str, parameters: dict[str, Any]) -> Result:
        return self._result_of(Query(sql, tuple(parameters.items())))

    def _result_of(self, query: Query) -> Result:
        self.asked[query] = None
        try:
            found = self._fetched[query]
        except KeyError:
            raise NeedsWriting if is_change(query.sql) else _Missing from None
        if found is None:
            raise TakesLong
        return found
