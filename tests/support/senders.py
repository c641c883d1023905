"""A server as a process of its own, and people who send to one chat over it while something goes wrong."""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from parlour.engine.dto.declare import Guid, new_guid
from parlour.services import users
from parlour.services.passwords import hash_password
from parlour.store import consistency
from parlour.store.database import Transaction, open_database
from parlour.store.search_consistency import search_differences
from parlour.store.sequencing import sequence_events
from tests.conftest import Store

PASSWORD = "correct horse battery"
PEOPLE = ["ann@example.org", "bob@example.org", "cid@example.org"]
CONNECTIONS_EACH = 3


@dataclass(frozen=True)
class Answer:
    """A response. `headers` have their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class Client:
    """A person who sends and reads over one connection until it breaks. Remembers which messages were acknowledged, and
    which have no answer yet.

    `refused` are the answers with status 503. A refused request is sent again.
    """

    token: str
    chat_id: Guid
    acknowledged: set[Guid] = field(default_factory=set)
    unsure: list[Guid] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)

    async def use(self, address: str, on_acknowledged: Callable[[], None]) -> None:
        async with connected(address) as exchange:
            try:
                while True:
                    # An uncertain message is sent again, which must not duplicate it.
                    if not self.unsure:
                        self.unsure.append(new_guid())
                    if await self.send(self.unsure[0], exchange):
                        self.unsure.clear()
                        on_acknowledged()
                    if random.random() < 0.2:
                        self._answered(await exchange("GET", f"/v1/Chat/{self.chat_id}/Messages", self.token))
            except (ConnectionError, asyncio.IncompleteReadError):
                return

    async def send(self, message_id: Guid, exchange: "Exchange") -> bool:
        """Whether the message was acknowledged."""
        message = {"chatMessageId": message_id, "chatId": self.chat_id, "message": f"text of {message_id}"}
        answer = await exchange("POST", "/v1/ChatMessage", self.token, {"chatMessage": message})
        if not self._answered(answer):
            return False
        assert answer.body["chatMessage"][0]["chatMessageId"] == message_id
        self.acknowledged.add(message_id)
        return True

    def _answered(self, answer: Answer) -> bool:
        if answer.status == 503:
            self.refused.append(answer)
            return False
        assert answer.status == 200, answer
        return True


class Exchange:
    """Sends requests over one connection, one after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def __call__(self, method: str, path: str, token: str, body: object = None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nAuthorization: Bearer {token}\r\n"
        if content:
            head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        self._writer.write(f"{head}\r\n".encode() + content)
        await self._writer.drain()
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        named = [line.partition(": ") for line in lines[1:]]
        cookies = [value.partition(";")[0] for name, _, value in named if name.lower() == "set-cookie"]
        headers = {name.lower(): value for name, _, value in named} | {"cookies": "; ".join(cookies)}
        text = await self._reader.readexactly(int(headers["content-length"]))
        return Answer(int(lines[0].split()[1]), headers, json.loads(text or "null"))


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[Exchange]:
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Exchange(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def add_people(store: Store) -> None:
    password = hash_password(PASSWORD)

    def add(tx: Transaction) -> None:
        agency = users.first_start(tx, "Crash")
        for email in PEOPLE:
            users.add_user(tx, agency, email, email.partition("@")[0], ["Agent"], password)

    database = open_database(store.url, store.data_dir)
    try:
        database.run(add)
    finally:
        database.close()


@contextmanager
def serving(store: Store) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A server's process, and its address."""
    command = [sys.executable, "-m", "parlour", "serve", "--listen", "127.0.0.1:0", "--data-dir", str(store.data_dir)]
    settings = {"PARLOUR_THROTTLES": "off", "PARLOUR_SECRET_KEY": "k" * 32, "PARLOUR_DATABASE_URL": store.url}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **settings}) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if "127.0.0.1:" in line)
            yield process, line.rsplit("/", 1)[-1].strip()
        finally:
            process.kill()


async def clients_of(address: str) -> list[Client]:
    """Signs everybody in to one chat, with several connections each."""
    async with connected(address) as exchange:
        signed_in = [
            await exchange("POST", "/auth/credentials", "", {"userName": email, "password": PASSWORD})
            for email in PEOPLE
        ]
        tokens = [answer.headers["cookies"].split("ss-tok=")[1].split(";")[0] for answer in signed_in]
        members = [{"userId": answer.body["userId"], "isActive": True} for answer in signed_in]
        chat = {"chatName": "Crash", "chatMembers": members}
        started = await exchange("POST", "/v1/Chat", tokens[0], {"chat": chat})
    chat_id = started.body["chat"][0]["chatId"]
    return [Client(token, chat_id) for token in tokens for _ in range(CONNECTIONS_EACH)]


async def resend_unsure(address: str, clients: list[Client]) -> None:
    async with connected(address) as exchange:
        for client in clients:
            for message_id in client.unsure:
                assert await client.send(message_id, exchange)


def check_stored(store: Store, clients: list[Client]) -> None:
    """Asserts that exactly the acknowledged messages are stored, each once, counted correctly, and on the feed."""
    database = open_database(store.url, store.data_dir)
    try:
        stored = database.run(_stored)
        differences = database.run(lambda tx: [*consistency.differences(tx), *search_differences(tx)])
        database.run(sequence_events)
        told = database.run(_told)
    finally:
        database.close()
    acknowledged = sorted(message_id for client in clients for message_id in client.acknowledged)
    assert sorted(stored) == acknowledged
    assert differences == []
    assert [position for position, _ in told] == list(range(1, len(told) + 1))
    assert sorted(message_id for _, message_id in told if message_id is not None) == acknowledged


def _told(tx: Transaction) -> list[tuple[int, str | None]]:
    """The positions of all events, each with the id of the message that was sent, if it was one."""
    events = tx.tuples("SELECT position, kind, data FROM event ORDER BY position")
    return [
        (position, json.loads(data)["message"]["chatMessageId"] if kind == "chat.messageSent" else None)
        for position, kind, data in events
    ]


def _stored(tx: Transaction) -> list[str]:
    return [row["message_id"] for row in tx.rows("SELECT message_id FROM chat_message")]
