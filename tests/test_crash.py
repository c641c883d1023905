"""A server killed at any moment loses and duplicates no acknowledged message, and counts correctly after a restart."""

import asyncio
import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from parlour.engine.dto.declare import Guid, new_guid
from parlour.services import users
from parlour.services.passwords import hash_password
from parlour.store import consistency
from parlour.store.database import Transaction, open_database
from tests.conftest import Store

PASSWORD = "correct horse battery"
PEOPLE = ["ann@example.org", "bob@example.org", "cid@example.org"]
CONNECTIONS_EACH = 3

# A server is killed after fewer messages than this, drawn each time. The other connections wait for theirs then.
MOST_ANSWERS = 100


@dataclass
class Client:
    """A person who sends and reads over one connection until it breaks. Remembers which messages were acknowledged, and
    which have no answer yet.
    """

    token: str
    chat_id: Guid
    acknowledged: set[Guid] = field(default_factory=set)
    unsure: list[Guid] = field(default_factory=list)

    async def use(self, address: str, on_acknowledged: Callable[[], None]) -> None:
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            while True:
                # An uncertain message is sent again, which must not duplicate it.
                if not self.unsure:
                    self.unsure.append(new_guid())
                await self.send(self.unsure[0], reader, writer)
                self.unsure.clear()
                on_acknowledged()
                if random.random() < 0.2:
                    await _exchange(reader, writer, "GET", f"/v1/Chat/{self.chat_id}/Messages", self.token)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def send(self, message_id: Guid, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        message = {"chatMessageId": message_id, "chatId": self.chat_id, "message": f"text of {message_id}"}
        answer = await _exchange(reader, writer, "POST", "/v1/ChatMessage", self.token, {"chatMessage": message})
        assert answer["chatMessage"][0]["chatMessageId"] == message_id
        self.acknowledged.add(message_id)


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(1, 4), pytest.param(1, 25, marks=pytest.mark.long), pytest.param(2, 25, marks=pytest.mark.long)],
)
def test_sqlite_survives_kills(sqlite_store: Store, seed: int, kills: int) -> None:
    _survive(sqlite_store, kills=kills, seed=seed)


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.long)])
def test_postgres_survives_kills(postgres_store: Store, kills: int) -> None:
    _survive(postgres_store, kills=kills, seed=3)


def _survive(store: Store, *, kills: int, seed: int) -> None:
    moments = random.Random(seed)
    _people(store)
    with _served(store) as (process, address):
        clients = asyncio.run(_clients(address))
        process.kill()
    for _ in range(kills):
        with _served(store) as (process, address):
            asyncio.run(_killed_under_load(process, address, clients, answers=moments.randrange(MOST_ANSWERS)))
    with _served(store) as (_, address):
        asyncio.run(_resend_unsure(address, clients))

    acknowledged = sorted(message_id for client in clients for message_id in client.acknowledged)
    database = open_database(store.url, store.data_dir)
    try:
        stored, differences = database.run(_stored), database.run(consistency.differences)
    finally:
        database.close()
    assert len(acknowledged) > kills
    assert sorted(stored) == acknowledged
    assert differences == []


def _people(store: Store) -> None:
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
def _served(store: Store) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "parlour", "serve", "--listen", "127.0.0.1:0", "--data-dir", str(store.data_dir)]
    settings = {"PARLOUR_THROTTLES": "off", "PARLOUR_SECRET_KEY": "k" * 32, "PARLOUR_DATABASE_URL": store.url}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **settings}) as process:
        assert process.stdout is not None
        try:
            line = next(line for line in process.stdout if "127.0.0.1:" in line)
            yield process, line.rsplit("/", 1)[-1].strip()
        finally:
            process.kill()


async def _clients(address: str) -> list[Client]:
    """Signs everybody in to one chat, with several connections each."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        signed_in = [
            await _exchange(reader, writer, "POST", "/auth/credentials", "", {"userName": email, "password": PASSWORD})
            for email in PEOPLE
        ]
        tokens = [answer["token"] for answer in signed_in]
        members = [{"userId": answer["userId"], "isActive": True} for answer in signed_in]
        chat = {"chatName": "Crash", "chatMembers": members}
        started = await _exchange(reader, writer, "POST", "/v1/Chat", tokens[0], {"chat": chat})
    finally:
        writer.close()
        await writer.wait_closed()
    chat_id = started["chat"][0]["chatId"]
    return [Client(token, chat_id) for token in tokens for _ in range(CONNECTIONS_EACH)]


async def _killed_under_load(
    process: "subprocess.Popen[str]", address: str, clients: list[Client], *, answers: int
) -> None:
    are_enough, before = asyncio.Event(), sum(len(client.acknowledged) for client in clients)

    def count() -> None:
        if sum(len(client.acknowledged) for client in clients) - before >= answers:
            are_enough.set()

    count()
    at_work = [asyncio.create_task(client.use(address, count)) for client in clients]
    waiting = asyncio.create_task(are_enough.wait())
    # A failing client also ends the wait.
    await asyncio.wait([waiting, *at_work], return_when=asyncio.FIRST_COMPLETED)
    process.kill()
    waiting.cancel()
    await asyncio.gather(*at_work)


async def _resend_unsure(address: str, clients: list[Client]) -> None:
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for client in clients:
            for message_id in client.unsure:
                await client.send(message_id, reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    token: str,
    body: object = None,
) -> dict[str, Any]:
    """Sends a request, whose answer must be a success. With `token` returns the access token it set, if any."""
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAccept: application/json\r\nAuthorization: Bearer {token}\r\n"
    if content:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    writer.write(f"{head}\r\n".encode() + content)
    await writer.drain()
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    headers = [line.partition(": ") for line in lines[1:]]
    length = next(int(value) for name, _, value in headers if name.lower() == "content-length")
    answer: dict[str, Any] = json.loads(await reader.readexactly(length))
    assert lines[0].startswith("HTTP/1.1 200"), answer
    for _, _, value in headers:
        if value.startswith("ss-tok="):
            answer["token"] = value[7:].partition(";")[0]
    return answer


def _stored(tx: Transaction) -> list[str]:
    return [row["message_id"] for row in tx.rows("SELECT message_id FROM chat_message")]
