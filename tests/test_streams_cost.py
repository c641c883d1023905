"""The memory of idle streams in a server process: `bench/streams.py` with fewer streams."""

import asyncio

from bench.streams import measure

COUNT = 1000

# The most KiB of one stream, including everything in the process.
MOST = 20


def test_an_idle_stream_costs_little_before_and_after_a_message() -> None:
    cost = asyncio.run(measure(COUNT))

    assert 1 < cost.idle_kib < MOST
    assert cost.told_kib < MOST
