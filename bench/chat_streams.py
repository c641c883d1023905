"""Measures how soon a message reaches all members of a large chat: each has a stream on one `parlour serve`.

`python -m bench.chat_streams [COUNT]` prints the time from a send until the last of COUNT streams has the message: the
median and the 99th percentile. It also prints the memory of an idle stream, with everything in the server's process.
The streams are read by this process, which shares the machine.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from parlour.services import users
from parlour.store.database import Transaction, open_database

PASSWORD = "correct horse"

# Enough for a 99th percentile that is not the slowest one.
MESSAGES = 200

SETTINGS = {
    "PARLOUR_SECRET_KEY": "k" * 32,
    "PARLOUR_THROTTLES": "off",
    "PARLOUR_TOKEN_COOKIES": "off",
    "PARLOUR_MAX_CONNECTIONS_PER_ADDRESS": "100000",
    "PARLOUR_MAX_CONNECTIONS": "100000",
}


def fill(data_dir: Path, count: int) -> None:
    """Makes an agency with so many people. Their password is cheap to check, which is not measured here."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    database = open_database("", data_dir)

    def add(tx: Transaction) -> None:
        agency_id = users.first_start(tx, "Agency")
        for number in range(count):
            users.add_user(tx, agency_id, _address(number), f"Person {number}", ["Agent"], cheap)

    database.run(add)
    database.close()


def _address(number: int) -> str:
    return f"person{number}@example.org"


async def call(port: int, method: str, path: str, body: Any, token: str = "") -> Any:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    content = json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/json\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    )
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    writer.write(f"{head}\r\n".encode() + content)
    answer = await reader.read()
    writer.close()
    status, _, rest = answer.partition(b"\r\n")
    assert b" 200 " in status, answer
    return json.loads(rest.rpartition(b"\r\n\r\n")[2])


class Stream(asyncio.Protocol):
    """A member's stream. `connected` is set by its first frame, and each message that it hears is counted."""

    def __init__(self, token: str, heard: "Heard") -> None:
        self._token = token
        self._heard = heard
        self.connected = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(
            f"GET /event-stream HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
            f"Authorization: Bearer {self._token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self.connected.done() and b"cmd.onConnect" in data:
            self.connected.set_result(None)
        for _ in range(data.count(b"data: chat.messageSent ")):
            self._heard.one()


class Heard:
    """Counts how many streams have heard the message, and wakes the sender when all have."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._left = 0
        self.all = asyncio.Event()

    def begin(self) -> None:
        self._left = self._count
        self.all.clear()

    def one(self) -> None:
        self._left -= 1
        if not self._left:
            self.all.set()


@contextlib.asynccontextmanager
async def serving(data_dir: Path) -> AsyncIterator[tuple[int, int]]:
    """A server's port and process id."""
    command = [sys.executable, "-m", "parlour", "serve", "--data-dir", str(data_dir), "--listen", "127.0.0.1:0"]
    server = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={**os.environ, **SETTINGS}
    )
    assert server.stdout is not None
    try:
        line = b""
        while b"127.0.0.1:" not in line:
            line = await server.stdout.readline()
        yield int(line.decode().rsplit(":", 1)[1]), server.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


def resident_kib(process_id: int) -> float:
    with open(f"/proc/{process_id}/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


async def measure(count: int) -> tuple[list[float], float]:
    """The seconds until the last stream has each message, and the KiB of an idle stream."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        fill(data_dir, count)
        async with serving(data_dir) as (port, process_id):
            signed_in = [
                await call(port, "POST", "/auth/credentials", {"userName": _address(number), "password": PASSWORD})
                for number in range(count)
            ]
            tokens = [each["bearerToken"] for each in signed_in]
            members = [{"userId": each["userId"]} for each in signed_in[1:]]
            chat = {"chat": {"chatName": "Everybody", "chatMembers": members}}
            started = await call(port, "POST", "/v1/Chat", chat, tokens[0])
            chat_id = started["chat"][0]["chatId"]
            before = resident_kib(process_id)
            heard, streams = Heard(count), []
            for token in tokens:
                transport, stream = await loop.create_connection(
                    lambda token=token: Stream(token, heard),
                    "127.0.0.1",
                    port,  # type: ignore[misc]
                )
                await stream.connected
                streams.append(transport)
            idle = (resident_kib(process_id) - before) / count
            times = [await _send(port, chat_id, tokens[0], heard) for _ in range(MESSAGES)]
            for transport in streams:
                transport.close()
            return times, idle


async def _send(port: int, chat_id: str, token: str, heard: Heard) -> float:
    heard.begin()
    begun = time.perf_counter()
    message = {"chatMessage": {"chatId": chat_id, "message": "Hello, everybody"}}
    await call(port, "POST", "/v1/ChatMessage", message, token)
    await heard.all.wait()
    return time.perf_counter() - begun


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("count", nargs="?", type=int, default=1_000)
    count = arguments.parse_args().count
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    times, idle = asyncio.run(measure(count))
    median, worst = statistics.median(times) * 1000, statistics.quantiles(times, n=100)[-1] * 1000
    print(f"a message to {count:,} streams of a chat: {median:.0f} ms to the last at the median, {worst:.0f} ms at p99")
    print(f"an idle stream: {idle:.1f} KiB")


if __name__ == "__main__":
    main()
