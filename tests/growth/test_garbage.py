"""No request leaves objects that refer to each other. Only the garbage collector frees those, and it runs seldom
(`COLLECT_AFTER` in `server.py`).
"""

import gc
from itertools import chain

import pytest

from tests.growth.operations import operations
from tests.growth.requests import Sent
from tests.growth.world import Server

REQUESTS = 10


def garbage(server: Server, sent: Sent) -> int:
    """The objects that some requests leave to the collector."""
    # What the first request makes is kept.
    server.answer(sent)
    gc.collect()
    gc.disable()
    try:
        for _ in range(REQUESTS):
            server.answer(sent)
        return gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize(("operation", "verb"), operations())
def test_requests_leave_nothing_to_the_garbage_collector(server: Server, operation: str, verb: str) -> None:
    requests = server.requests(operation, verb)
    places = chain(requests.addresses(), requests.headers(), requests.bodies("json") if verb != "GET" else ())
    sent = [next(iter(place.sized.values()))(1) for place in places]

    assert sent
    assert {each.target: left for each in sent if (left := garbage(server, each)) >= REQUESTS} == {}


def test_objects_that_refer_to_each_other_would_be_found(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = next(iter(next(iter(server.requests("GetMe", "GET").addresses())).sized.values()))(1)
    answer = server.answer

    def leaving_a_cycle(sent: Sent) -> tuple[int, bytes]:
        cycle: list[object] = []
        cycle.append(cycle)
        return answer(sent)

    monkeypatch.setattr(server, "answer", leaving_a_cycle)

    assert garbage(server, sent) >= REQUESTS
