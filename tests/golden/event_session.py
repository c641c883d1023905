"""The recorded session of event streams, as cases of a separate host, and our responses.

Three streams are open from the start. Each case is one step: a request, another stream, or everything sent on one of
the three streams so far. The steps depend on each other, so they are run together.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from examples.stubs.auth import EVENT_OPTIONS, auth_accounts, auth_services
from parlour.engine.http.messages import Response
from tests.golden.hosts import recorded_engine
from tests.golden.recordings import Answer, Case
from tests.support.listening import Client, Listening, settled

HOST = "events"

STREAMS = ("/event-stream?channels=a,b", "/event-stream?channels=b,c", "/event-stream")
"""Opened before the first step: the third names no channel."""

_FILE = "server-events.json"
_COOKIES = "ss-id=a; ss-pid=b"
_OPENING = "open "

# Additional changing values: the ids of streams wherever they occur, and the opening times.
_CHANGING = (
    (r'("id":"|subscribers/|[?]id=)\w{20}\b', r"\1<stream-id>"),
    (r'("createdAt":")\d{13}"', r'\1<time>"'),
)


def session_requests(directory: Path) -> Iterator[Case]:
    """The steps of the session in a folder of recordings, if it contains one."""
    path = directory / _FILE
    for step in json.loads(path.read_text(encoding="utf-8")) if path.exists() else ():
        name = step["step"]
        if "request" in step:
            method, target = step["request"]
            yield _step(name, method, target, step["body"].encode() or None)
        else:
            target = name.removeprefix(_OPENING) if name.startswith(_OPENING) else STREAMS[_number_in(name) - 1]
            yield _step(name, "GET", target)


def session_answers(steps: Sequence[Case]) -> list[Answer]:
    """Our responses to the steps, in order."""

    async def session() -> list[Answer]:
        world = session_world()
        opened = [await world.ask("GET", target) for target in STREAMS]
        streams = [await _reader(response) for response in opened]
        answers = []
        for step in steps:
            if step.name.startswith("stream "):
                number = _number_in(step.name) - 1
                answer = _sent(opened[number], streams[number])
            else:
                answer = await _answer(step, world, streams)
            answers.append(_steady(answer, streams))
        return answers

    return asyncio.run(session())


def session_world() -> Listening:
    """The host of the session, in which time stands still."""
    services, authentication = auth_services(auth_accounts(), tokens_in_cookies=True)
    return Listening(
        services,
        authentication=authentication,
        options=EVENT_OPTIONS,
        make_engine=lambda services, **parts: recorded_engine(services, "default", **parts),
    )


def with_ids(text: str, streams: Sequence[Client]) -> str:
    """A recorded text with the ids of our streams instead of `<id1>` and so on."""
    for number, stream in enumerate(streams, 1):
        text = text.replace(f"<id{number}>", stream.id)
    return text


async def _answer(step: Case, world: Listening, streams: Sequence[Client]) -> Answer:
    body = None if step.body is None else json.loads(with_ids(step.body.decode(), streams))
    response = await world.ask(step.method, with_ids(step.target, streams), body, cookie=_COOKIES)
    await settled()
    if response.stream is None:
        return Answer(response.status, tuple(response.headers), response.body)
    return _sent(response, await _reader(response))


async def _reader(response: Response) -> Client:
    client = Client(response)
    await client.read()
    return client


def _sent(response: Response, client: Client) -> Answer:
    """Everything that a stream was sent, and at the end whether it was closed."""
    return Answer(response.status, tuple(response.headers), client.wire + (b"<end>" if client.has_ended else b""))


def _steady(answer: Answer, streams: Sequence[Client]) -> Answer:
    text = answer.body.decode()
    for number, stream in enumerate(streams, 1):
        text = text.replace(stream.id, f"<id{number}>")
    for pattern, shown in _CHANGING:
        text = re.sub(pattern, shown, text)
    return Answer(answer.status, answer.headers, text.encode())


def _step(name: str, method: str, target: str, body: bytes | None = None) -> Case:
    return Case("server-events", HOST, "default", name, method, target, (), body, False, Answer(200, (), b""))


def _number_in(name: str) -> int:
    return int(re.findall(r"\d+", name)[0])
