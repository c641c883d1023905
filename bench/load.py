"""A load of HTTP/1.1 requests from this process, in a closed loop: each connection has one request at a time.

Run it as a separate process (`python -m bench.load HOST:PORT REQUEST_FILE... --connections 64 --seconds 5`). It sends
the bytes of the files in turn, and prints one line of JSON: rate, p50_ms, p99_ms, count, failures,
and body_bytes, the mean size of an answer.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import cast

import uvloop


class Connection(asyncio.Protocol):
    """Sends a request, waits for the whole response, records the time, and repeats until stopped."""

    def __init__(
        self,
        requests: Iterator[bytes],
        latencies: list[float],
        sizes: list[int],
        failures: list[bytes],
        every: float,
    ) -> None:
        self.requests = requests
        self.every = every
        self.latencies = latencies
        self.sizes = sizes
        self.failures = failures
        self.received = b""
        self.missing = 0
        self.stopping = False
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not self.missing:
            head, separator, _ = self.received.partition(b"\r\n\r\n")
            if not separator:
                return
            self.body_bytes = _content_length(head)
            self.missing = len(head) + 4 + self.body_bytes
        if len(self.received) >= self.missing:
            self._answered()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.stopping:
            self.failures.append(b"connection lost")
        self.closed.set_result(None)

    def _send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(next(self.requests))

    def _answered(self) -> None:
        self.latencies.append(time.perf_counter() - self.sent_at)
        self.sizes.append(self.body_bytes)
        if not self.received.startswith(b"HTTP/1.1 20"):
            self.failures.append(self.received[:2000])
        self.received, self.missing = b"", 0
        if self.stopping:
            self.transport.close()
        elif self.every:
            asyncio.get_running_loop().call_later(self.sent_at + self.every - time.perf_counter(), self._send)
        else:
            self._send()


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def load(
    host: str, port: int, requests: Sequence[bytes], *, connections: int, seconds: float, every: float
) -> dict[str, float | str]:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    sizes: list[int] = []
    failures: list[bytes] = []

    async def connection(number: int) -> Connection:
        # Each begins with another request, so that those under way at once differ.
        own = cycle(islice(cycle(requests), number % len(requests), number % len(requests) + len(requests)))
        return (await loop.create_connection(lambda: Connection(own, latencies, sizes, failures, every), host, port))[1]

    made = [await connection(number) for number in range(connections)]
    await asyncio.sleep(seconds * 0.2)
    latencies.clear()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    counted, elapsed = len(latencies), time.perf_counter() - began
    ordered = sorted(latencies[:counted])
    for each in made:
        each.stopping = True
    await asyncio.wait_for(asyncio.gather(*(each.closed for each in made)), timeout=10)
    return {
        "rate": counted / elapsed,
        "p50_ms": ordered[counted // 2] * 1000,
        "p99_ms": ordered[int(counted * 0.99)] * 1000,
        "count": counted,
        "failures": len(failures),
        "first_failure": failures[0].decode(errors="replace") if failures else "",
        "body_bytes": sum(sizes) // len(sizes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("requests", type=Path, nargs="+")
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--every", type=float, default=0.0, help="the least seconds from one request to the next")
    options = parser.parse_args()
    host, port = options.address.rsplit(":", 1)
    work = load(
        host,
        int(port),
        [request.read_bytes() for request in options.requests],
        connections=options.connections,
        seconds=options.seconds,
        every=options.every,
    )
    print(json.dumps(uvloop.run(work)))


if __name__ == "__main__":
    main()
