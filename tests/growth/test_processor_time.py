"""A megabyte in any format is handled quickly, measured in processor time, which counters cannot see.

It takes a quarter of an hour of one core, so only `scripts/test --long` runs it.
"""

import gc
import time
from collections.abc import Iterable

import pytest

from tests.growth.operations import operations
from tests.growth.requests import TYPES, Making, Place
from tests.growth.world import Server
from tests.support.counting import MOST_OF_DOUBLE

pytestmark = pytest.mark.long

# A little less than the server's limit, with head and body.
BODY_BYTES = 1_000_000
HEAD_BYTES = 30_000

# The limit for one request, as others wait meanwhile.
MOMENT_SECONDS = 0.3

# Shorter times are not compared: nobody notices them, and the clock is not precise enough.
COMPARED_SECONDS = 0.1

# A busy machine takes longer, so the best of several tries counts.
TRIES = 5


def faults(server: Server, places: Iterable[Place], size: int) -> list[str]:
    """The requests that take too long, with their place and time."""
    found = []
    for place in places:
        for name, making in place.sized.items():
            told = error(server, making, size)
            if told is not None:
                found.append(f"{name} in {place.name}: {told}")
    return found


def error(server: Server, making: Making, size: int) -> str | None:
    seconds = taken(server, making, size, MOMENT_SECONDS)
    if seconds > MOMENT_SECONDS:
        return f"{seconds:.2f} s"
    if seconds < COMPARED_SECONDS:
        return None
    # Garbage collection reads the whole process, which is not part of the request.
    gc.disable()
    try:
        quarter, half, whole = (taken(server, making, part, 0) for part in (size // 4, size // 2, size))
    finally:
        gc.enable()
    if whole > COMPARED_SECONDS and half > MOST_OF_DOUBLE * quarter and whole > MOST_OF_DOUBLE * half:
        return f"{quarter:.3f} s for a quarter, {half:.3f} s for a half, {whole:.3f} s for all"
    return None


def taken(server: Server, making: Making, size: int, enough: float) -> float:
    """The least processor time of several tries, stopping at the first that takes at most `enough`."""
    n = pieces(making, size)
    if n == 0:
        return 0.0
    sent = making(n)
    least = float("inf")
    for _ in range(TRIES):
        began = time.process_time()
        status, _ = server.answer(sent)
        least = min(least, time.process_time() - began)
        assert status < 500, sent.target[:100]
        if least <= enough:
            break
    return least


def pieces(making: Making, size: int) -> int:
    """The number of pieces for a request of about this many bytes, or 0 if it does not grow with them."""
    some, more = (making(n).size for n in (500, 1000))
    each = (more - some) / 500
    return int((size - some) / each) + 500 if each >= 1 else 0


@pytest.mark.parametrize("format_", TYPES)
@pytest.mark.parametrize(("operation", "verb"), operations(with_body=True))
def test_a_megabyte_of_any_body_is_handled_quickly(server: Server, operation: str, verb: str, format_: str) -> None:
    assert faults(server, server.requests(operation, verb).bodies(format_), BODY_BYTES) == []


@pytest.mark.parametrize(("operation", "verb"), operations())
def test_the_longest_head_is_handled_quickly(server: Server, operation: str, verb: str) -> None:
    requests = server.requests(operation, verb)

    assert faults(server, [*requests.addresses(), *requests.headers()], HEAD_BYTES) == []


def test_the_longest_head_is_handled_quickly_in_every_part(server: Server) -> None:
    requests = server.requests("ChatRequest", "POST")

    assert faults(server, [*requests.shared_addresses(), *requests.single_headers()], HEAD_BYTES) == []
