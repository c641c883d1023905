"""A Parlour in this thread: the real services on a real database, which is rolled back after each request."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from argon2 import PasswordHasher

from parlour.app import build
from parlour.engine.dto.metadata import Operation
from parlour.engine.http.asgi import AsgiApp
from parlour.engine.serving.negotiation import Formats
from parlour.store.database import SQLITE_FILE, Transaction, utc_now
from parlour.store.migrate import known_migrations
from parlour.store.sqlite_connections import WritingTransaction, writing_connection
from tests.growth.requests import Requests, Sent
from tests.support.access_samples import Person
from tests.support.access_world import OWNER, SETTINGS, World

T = TypeVar("T")

CHEAP_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Replaces the password hasher, whose intended cost would hide all others."""


class UndoneWork:
    """A database that runs works immediately in this thread, where they are counted. With `keeps` it commits them."""

    applied: Sequence[str] = ()
    numbers_events = True

    def __init__(self, data_dir: Path) -> None:
        self.keeps = True
        self._connection, _ = writing_connection(
            data_dir / SQLITE_FILE, utc_now, migrate=False, known=known_migrations("sqlite")
        )

    def run(self, work: Callable[[Transaction], T]) -> T:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = work(WritingTransaction(self._connection))
            if self.keeps:
                self._connection.execute("COMMIT")
        finally:
            self._connection.undo()
        return result

    async def read(self, work: Callable[[Transaction], T], lane: str | None = None) -> T:
        return self.run(work)

    async def write(self, work: Callable[[Transaction], T], lane: str | None = None, *, gathers: bool = False) -> T:
        return self.run(work)

    async def run_slow(self, work: Callable[[], T]) -> T:
        return work()

    async def sequence(self, work: Callable[[Transaction], T]) -> T:
        return self.run(work)

    def follow_feed(self, wake: Callable[[], None]) -> None:
        """Nobody follows."""

    def close(self) -> None:
        self._connection.raw.close()


class Server:
    """Answers requests of a chat's owner, always from the same state."""

    def __init__(self, data_dir: Path) -> None:
        self._database = UndoneWork(data_dir)
        self._loop = asyncio.new_event_loop()
        world = World(self._database)
        self._loop.run_until_complete(world.sign_in())
        self._me: Person = world.people[OWNER]
        cheap = CHEAP_HASHER.hash("correct horse")
        self._database.run(lambda tx: tx.execute("UPDATE user_account SET password_hash = :cheap", cheap=cheap))
        app = build(SETTINGS, self._database)
        self._operations: Mapping[str, Operation] = {each.name: each for each in app.engine.operations}
        self._formats: Formats = app.engine.formats
        self._app: AsgiApp = app.asgi
        self._database.keeps = False

    def close(self) -> None:
        self._database.close()
        self._loop.close()

    def requests(self, operation: str, verb: str) -> Requests:
        return Requests(self._operations[operation], verb, self._me, self._formats)

    def answer(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body of the answer to a request."""
        answered: list[Any] = []
        arriving = [{"type": "http.request", "body": sent.body or b"", "more_body": False}]

        async def receive() -> dict[str, Any]:
            return arriving.pop() if arriving else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            answered.append(message)

        self._loop.run_until_complete(self._app(sent.scope(), receive, send))
        return answered[0]["status"], b"".join(part["body"] for part in answered[1:])
