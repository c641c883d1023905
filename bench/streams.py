"""Measures idle event streams: opens many on its own server, and reports the memory of each.

`python -m bench.streams [COUNT]` prints KiB per stream, including everything in the server's process. It also prints
the time of a message to one channel with all streams, and the memory left when all are closed. The server is uvicorn
with Parlour's limits and an engine with only events, so that mainly streams are measured.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from parlour.engine import standard_engine
from parlour.engine.dto.errors import ApiError
from parlour.engine.events import EventOptions, ServerEvents
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.messages import Request, Response
from parlour.engine.http.uploads import FormLimits
from parlour.engine.serving.handlers import InlineUnits, Services
from parlour.engine.serving.pipeline import Engine
from parlour.server import ServerLimits, serve

# The request of a browser, whose head the server keeps as long as the stream.
HEAD = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nAccept-Language: en-GB,en;q=0.9\r\n"
    "Accept-Encoding: gzip, deflate, br\r\nCache-Control: no-cache\r\nOrigin: http://127.0.0.1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36\r\n"
    "Referer: http://127.0.0.1/chats\r\nCookie: ss-id=0123456789abcdefghij; ss-pid=0123456789abcdefghij; "
    "ss-opt=perm; ss-tok={token}\r\n\r\n"
).replace("{token}", "t" * 400)

OPENED_AT_ONCE = 200

ROOT = Path(__file__).parent.parent


class Weighed:
    """The engine, with `/weigh` and `/tell` for measuring its process and notifying a channel."""

    def __init__(self, engine: Engine, events: ServerEvents) -> None:
        self._engine = engine
        self._events = events

    async def answer(self, request: Request) -> Response:
        if request.path == "/weigh":
            gc.collect()
            return Response(body=str(_resident_bytes()).encode())
        if request.path == "/tell":
            begun = time.perf_counter()
            await self._events.notify_channel("all", "hello", selector="cmd.say")
            return Response(body=str(time.perf_counter() - begun).encode())
        return await self._engine.answer(request)

    def refuse(self, request: Request, error: ApiError) -> Response:
        return self._engine.refuse(request, error)

    async def upload_limit(self, request: Request) -> FormLimits | None:
        return await self._engine.upload_limit(request)

    def reads_body(self, request: Request) -> bool:
        return self._engine.reads_body(request)


def _resident_bytes() -> int:
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def serve_events() -> None:
    """Prints the port, and serves until stopped."""
    options = EventOptions(idle=timedelta(hours=1), max_streams=1_000_000, announces_subscribers=False)
    events, services = ServerEvents(InlineUnits(), options=options), Services()
    events.register(services)
    serve(
        AsgiApp(Weighed(standard_engine(services, InlineUnits(), events=events), events), limits=BodyLimits()),
        host="127.0.0.1",
        port=0,
        limits=ServerLimits(connections=100_000, connections_of_address=100_000),
        on_listening=lambda address: print(address.rpartition(":")[2], flush=True),
        on_stopping=events.stop,
    )


async def ask(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n\r\n")[2].decode()


class Listener(asyncio.Protocol):
    """Opens a stream and waits: `connected` for its first frame, `hearing` for `cmd.say`."""

    def __init__(self, path: str, hearing: asyncio.Semaphore) -> None:
        self._path = path
        self._hearing = hearing
        self.connected = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        transport.write(HEAD.format(path=self._path).encode())

    def data_received(self, data: bytes) -> None:
        if b"cmd.onConnect" in data:
            self.connected.set_result(None)
        if b"cmd.say" in data:
            self._hearing.release()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.connected.done():
            self.connected.set_exception(error or ConnectionError("the server closed the stream"))


async def open_streams(port: int, count: int, hearing: asyncio.Semaphore) -> list[asyncio.BaseTransport]:
    loop = asyncio.get_running_loop()
    opened: list[asyncio.BaseTransport] = []
    for first in range(0, count, OPENED_AT_ONCE):
        made = [
            await loop.create_connection(
                lambda number=number: Listener(f"/event-stream?channels=all,chat-{number:032x}", hearing),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
            for number in range(first, min(first + OPENED_AT_ONCE, count))
        ]
        for transport, listener in made:
            await listener.connected
            opened.append(transport)
    return opened


@dataclass(frozen=True)
class Cost:
    """The cost of `count` streams: KiB of each while idle, before and after a message, and times in seconds."""

    count: int
    idle_kib: float
    told_kib: float
    opening: float
    queueing: float
    hearing: float

    def lines(self) -> Iterator[str]:
        yield f"{self.count:,} streams: {self.idle_kib:.1f} KiB each; opened in {self.opening:.1f} s"
        queueing, hearing = self.queueing * 1000, self.hearing * 1000
        yield f"told them all: {queueing:.0f} ms to queue, {hearing:.0f} ms until the last had heard"
        yield f"idle again: {self.told_kib:.1f} KiB each"


async def measure(count: int) -> Cost:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.streams", "--serve", stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert server.stdout is not None
    port = int(await server.stdout.readline())
    hearing = asyncio.Semaphore(0)
    try:
        # The first request causes one-time costs of the server.
        for transport in await open_streams(port, 100, hearing):
            transport.close()
        await asyncio.sleep(1)
        before = int(await ask(port, "/weigh"))
        begun = time.perf_counter()
        streams = await open_streams(port, count, hearing)
        opening = time.perf_counter() - begun
        idle = int(await ask(port, "/weigh")) - before
        begun = time.perf_counter()
        queueing = float(await ask(port, "/tell"))
        for _ in range(count):
            await hearing.acquire()
        heard = time.perf_counter() - begun
        told = int(await ask(port, "/weigh")) - before
        for transport in streams:
            transport.close()
        return Cost(count, idle / count / 1024, told / count / 1024, opening, queueing, heard)
    finally:
        with contextlib.suppress(ProcessLookupError):
            server.terminate()
        await server.wait()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("count", nargs="?", type=int, default=10_000)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve_events()
        return
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < given.count + 100:
        sys.exit(f"This process may open {hard:,} files; {given.count:,} streams need as many.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(*asyncio.run(measure(given.count)).lines(), sep="\n")


if __name__ == "__main__":
    main()
