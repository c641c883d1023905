"""A bus for several processes on one PostgreSQL database: hints travel as notifications.

A process has one connection for this, and one thread that listens and notifies. Hints that wait are sent together, each
once, in a transaction of their own. In the transaction of a change they would make all commits of the cluster wait for
one another. Hints are lost while the connection is, so everybody looks again when it is back, and also from time to
time.
"""

import asyncio
import contextlib
import logging
import os
import select
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg

from parlour.delivery.bus import EVENTS, Bus, LocalBus, Subscriber

CHANNEL = "parlour"

# PostgreSQL takes less than 8,000.
LONGEST_HINT = 7_900

CONNECT_SECONDS = 10
PAUSE_SECONDS = 1.0

_logger = logging.getLogger("parlour.bus")


class PostgresBus(Bus):
    """Hints to all processes on the database at `url`. This process gets its own hints without the database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = LocalBus()
        self._leaving: dict[str, None] = {}
        self._changing = threading.Lock()
        self._is_stopping = threading.Event()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)

    def publish(self, topic: str, key: str) -> None:
        self._local.publish(topic, key)
        hint = f"{topic} {key}"
        if len(hint.encode()) > LONGEST_HINT:
            _logger.warning("a hint of %s was too long for other processes", topic)
            return
        with self._changing:
            self._leaving[hint] = None
        self._wake()

    def subscribe(self, topic: str, subscriber: Subscriber) -> None:
        self._local.subscribe(topic, subscriber)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self._is_stopping.clear()
        thread = threading.Thread(target=self._run, name="parlour-bus", daemon=True)
        async with self._local.running():
            thread.start()
            try:
                yield
            finally:
                self._is_stopping.set()
                self._wake()
                await asyncio.to_thread(thread.join)

    def _wake(self) -> None:
        # A full pipe wakes the thread as well.
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_writer, b"!")

    def _run(self) -> None:
        """Keeps a connection until the bus stops."""
        while not self._is_stopping.is_set():
            try:
                with psycopg.connect(
                    self._url, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name="parlour-bus"
                ) as connection:
                    self._serve(connection)
            except psycopg.Error as error:
                _logger.warning("The connection for hints between processes was lost: %s", error)
                self._is_stopping.wait(PAUSE_SECONDS)

    def _serve(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        raw = connection.pgconn
        # A notification is a transaction. That it is on the disk matters to nobody.
        connection.execute("SET synchronous_commit = off")
        # What arrives while a statement runs.
        connection.add_notify_handler(lambda each: self._pass_on(each.pid, each.payload, raw.backend_pid))
        connection.execute(f"LISTEN {CHANNEL}")
        # Hints may have been lost before.
        self._local.publish(EVENTS, "")
        while not self._is_stopping.is_set():
            self._send(connection)
            ready, _, _ = select.select([raw.socket, self._wake_reader], [], [])
            if self._wake_reader in ready:
                os.read(self._wake_reader, 4096)
            if raw.socket in ready:
                raw.consume_input()
                while notified := raw.notifies():
                    self._pass_on(notified.be_pid, notified.extra.decode(), raw.backend_pid)

    def _send(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        with self._changing:
            leaving, self._leaving = list(self._leaving), {}
        if leaving:
            connection.execute("SELECT pg_notify(%s, hint) FROM unnest(%s::text[]) hint", [CHANNEL, leaving])

    def _pass_on(self, sender: int, hint: str, own: int) -> None:
        if sender != own:
            topic, _, key = hint.partition(" ")
            self._local.publish(topic, key)
