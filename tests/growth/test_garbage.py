"""No request leaves objects that refer to each other. Only the garbage collector frees those, and it runs seldom
(`COLLECT_AFTER` in `server.py`).
"""

import asyncio
import gc
import json
import shutil
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from parlour.app import build
from parlour.store.database import SQLITE_FILE, open_database
from tests.growth.operations import operations
from tests.growth.world import Server
from tests.support.access_samples import Person
from tests.support.access_world import OWNER, SETTINGS, World
from tests.support.asgi_face import called

REQUESTS = 10

UNKNOWN = "f" * 32


def garbage(ask: Callable[[], object]) -> int:
    """The objects that some requests leave to the collector."""
    gc.disable()
    # The collector goes through what is made from here on only. Otherwise it would take a second each time.
    gc.freeze()
    try:
        # What the first request makes is kept.
        ask()
        gc.collect()
        for _ in range(REQUESTS):
            ask()
        return gc.collect()
    finally:
        gc.unfreeze()
        gc.enable()


@pytest.mark.parametrize(("operation", "verb"), operations())
def test_no_operation_leaves_anything_to_the_garbage_collector(server: Server, operation: str, verb: str) -> None:
    requests = server.requests(operation, verb)
    places = chain(requests.addresses(), requests.headers(), requests.bodies("json") if verb != "GET" else ())
    sent = [next(iter(place.sized.values()))(1) for place in places]

    left = {each.target: garbage(lambda each=each: server.answer(each)) for each in sent}  # type: ignore[misc]

    assert sent
    assert {target: objects for target, objects in left.items() if objects >= REQUESTS} == {}


Ask = Callable[..., int]


@pytest.fixture(scope="module")
def me_asking(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[tuple[Person, Ask]]:
    """A member of a chat, and a function that sends their request to a Parlour on a database with its threads."""
    data_dir = tmp_path_factory.mktemp("garbage")
    shutil.copy(_sqlite_template, data_dir / SQLITE_FILE)
    database = open_database("", data_dir)
    world, loop = World(database), asyncio.new_event_loop()
    loop.run_until_complete(world.sign_in())
    me, app = world.people[OWNER], build(SETTINGS, database).asgi

    def ask(method: str, path: str, body: Any = None) -> int:
        headers = {"authorization": f"Bearer {me.token}", "content-type": "application/json"}
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return loop.run_until_complete(called(app, method, path, sent, headers)).status

    yield me, ask
    database.close()
    loop.close()


# The status of the answer, and the request of a member.
CASES: dict[str, tuple[int, Callable[[Person], tuple[Any, ...]]]] = {
    "a message": (200, lambda me: ("POST", "/v1/Messages", {"chatId": me.chat_id, "text": "x"})),
    "an older message": (
        200,
        lambda me: ("POST", "/v1/ChatMessage", {"chatMessage": {"chatId": me.chat_id, "message": "x"}}),
    ),
    "a message to nobody": (404, lambda me: ("POST", "/v1/Messages", {"chatId": UNKNOWN, "text": "x"})),
    "an older message to nobody": (
        404,
        lambda me: ("POST", "/v1/ChatMessage", {"chatMessage": {"chatId": UNKNOWN, "message": "x"}}),
    ),
    "a message that is too long": (
        400,
        lambda me: ("POST", "/v1/Messages", {"chatId": me.chat_id, "text": "x" * 99_999}),
    ),
    "an answer to nothing": (
        400,
        lambda me: ("POST", "/v1/Messages", {"chatId": me.chat_id, "text": "x", "replyToMessageId": UNKNOWN}),
    ),
    "a draft": (200, lambda me: ("PUT", f"/v1/Chats/{me.chat_id}/Draft", {"text": "x"})),
    "a page": (200, lambda me: ("GET", f"/v1/Chat/{me.chat_id}/Messages")),
    "a page of no chat": (404, lambda me: ("GET", f"/v1/Chat/{UNKNOWN}/Messages")),
    "a list": (200, lambda me: ("GET", "/v1/Chats")),
    "a wrong token": (400, lambda me: ("POST", "/access-token", {"refreshToken": "x.y.z"})),
    "a verb that is not answered": (405, lambda me: ("DELETE", "/v1/Me")),
    "an address that does not exist": (404, lambda me: ("GET", "/v1/Nothing")),
    "a body that is not JSON": (400, lambda me: ("POST", "/v1/Messages", b"{")),
}


@pytest.mark.parametrize("case", CASES)
def test_no_request_leaves_anything_to_the_garbage_collector(case: str, me_asking: tuple[Person, Ask]) -> None:
    (me, ask), (status, request) = me_asking, CASES[case]
    told = request(me)

    assert ask(*told) == status
    assert garbage(lambda: ask(*told)) < REQUESTS


def test_objects_that_refer_to_each_other_would_be_found() -> None:
    def ask() -> None:
        cycle: list[object] = []
        cycle.append(cycle)

    assert garbage(ask) >= REQUESTS
