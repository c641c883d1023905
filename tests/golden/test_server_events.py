"""The recorded session of three event streams, step by step on our engine.

The contents of responses and streams are compared, but not times, so time stands still here.
"""

import asyncio
import json
import re
from typing import Any

from parlour.engine.events.subscriptions import ANONYMOUS_PICTURE
from tests.golden.event_session import STREAMS, session_world, with_ids
from tests.golden.recordings import RECORDINGS
from tests.golden.test_golden import needs_recordings
from tests.support.listening import Client, Listening, settled

RECORDING = RECORDINGS / "server-events.json"

# Recorded only up to some character.
CUT_SHORT = "subscribers none"


@needs_recordings
def test_the_recorded_session_of_three_streams_holds() -> None:
    steps = json.loads(RECORDING.read_text(encoding="utf-8"))

    async def story() -> None:
        world = session_world()
        streams = [await world.open(target) for target in STREAMS]
        for step in steps:
            if "request" in step:
                await check_answer(step, world, streams)
            elif step["step"].startswith("open "):
                await check_opening(step, world)
            else:
                number = int(re.findall(r"\d+", step["step"])[0])
                check_wire(step["wire"], streams[number - 1])

    asyncio.run(story())


async def check_answer(step: dict[str, Any], world: Listening, streams: list[Client]) -> None:
    def known(text: str) -> str:
        return with_ids(text, streams)

    method, target = step["request"]
    recorded = step["response"]
    body = json.loads(known(step["body"])) if step["body"] else None
    ours = await world.ask(method, known(target), body, cookie="ss-id=a; ss-pid=b")
    await settled()

    assert ours.status == recorded["status"], step["step"]
    expected = [tuple(header) for header in recorded["headers"] if header[0] != "Content-Length"]
    assert sorted(ours.headers) == sorted(expected), step["step"]
    if step["step"] == CUT_SHORT:
        whole = re.findall(r"\{[^}]*\"\}", recorded["body"])
        assert whole
        assert comparable(f"[{','.join(whole)}]") < comparable(ours.body.decode())
    elif recorded["body"]:
        assert comparable(ours.body.decode()) == comparable(known(recorded["body"])), step["step"]
    else:
        assert ours.body == b""


async def check_opening(step: dict[str, Any], world: Listening) -> None:
    target = step["step"].removeprefix("open ")
    if step["wire"].startswith("HTTP/1.1 200 "):
        check_wire(step["wire"], await world.open(target))
    else:
        head, body = step["wire"].split("\r\n\r\n", 1)
        ours = await world.ask("GET", target)
        assert f"HTTP/1.1 {ours.status} " == head[:13]
        assert dechunked(body) == ours.body


def check_wire(recorded: str, ours: Client) -> None:
    head, _, body = recorded.partition("\r\n\r\n")
    for name in ("Content-Type", "Cache-Control", "X-Accel-Buffering", "Vary"):
        assert f"{name}: {ours.headers[name]}" in head.split("\r\n")
    assert len(re.findall("^Set-Cookie: ss-", head, re.MULTILINE)) == 2
    assert "Set-Cookie" in ours.headers
    assert frames(ours.wire) == frames(dechunked(body))
    assert ours.has_ended == body.endswith("0\r\n\r\n")


def frames(wire: bytes) -> list[tuple[str, str, Any]]:
    """The frames, each with its number, selector and body. Selectors may contain blanks."""
    found = []
    for text in wire.decode().split("\n\n")[:-1]:
        number, data = text.split("\n")
        selector, _, body = data.partition(" {")
        found.append((number, selector, masked(json.loads("{" + body))))
    return found


def masked(description: dict[str, str]) -> dict[str, str]:
    """The description of a stream, without values that change between runs."""
    own = {"id", "unRegisterUrl", "heartbeatUrl", "updateSubscriberUrl"} & set(description)
    pattern = "(?<==)[^=]+$|(?<=subscribers/).+$"
    shown = {name: re.sub(pattern, "<id>", description[name]) if name != "id" else "<id>" for name in own}
    assert description["createdAt"].isdigit()
    assert description["profileUrl"] in ("<default-picture>", ANONYMOUS_PICTURE)
    return description | shown | {"createdAt": "<time>", "profileUrl": "<picture>"}


def comparable(body: str) -> Any:
    """A body without values that change between runs. Lists of subscriptions have no order."""
    read = json.loads(body)
    if isinstance(read, list):
        return {json.dumps(masked(each), sort_keys=True) for each in read}
    return masked(read) if "createdAt" in read else read


def dechunked(body: str) -> bytes:
    """The chunks of a recorded body. Their sizes are wrong, since pictures were replaced."""
    return "".join(body.split("\r\n")[1::2]).encode()
