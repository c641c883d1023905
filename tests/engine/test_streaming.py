"""Streamed bodies over ASGI: sending of pieces, slow readers, and ends of streams."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from parlour.engine.dto.errors import ApiError
from parlour.engine.http import streaming
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.messages import Request, Response
from parlour.engine.http.streaming import Outlet
from parlour.engine.http.uploads import FormLimits

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http"}


class Body:
    """A body to whose outlet the test writes."""

    def __init__(self) -> None:
        self.outlet: Outlet
        self.is_closed = False

    async def opened(self, outlet: Outlet) -> None:
        self.outlet = outlet

    def closed(self) -> None:
        self.is_closed = True


class Peer:
    """The server's side of ASGI. `sent` are its messages; while `is_slow` it accepts none."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.is_slow = False
        self.taking = asyncio.Event()
        self.left = asyncio.Event()

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.is_slow:
            await self.taking.wait()
        self.sent.append(message)
        if message.get("more_body") is False:
            self.left.set()

    @property
    def pieces(self) -> list[bytes]:
        return [message["body"] for message in self.sent if message["type"] == "http.response.body"]


class Serving:
    def __init__(self, body: Body) -> None:
        self.body = body

    async def answer(self, request: Request) -> Response:
        return Response(headers=[("Content-Type", "text/plain")], stream=self.body)

    def refuse(self, request: Request, error: ApiError) -> Response:
        raise AssertionError(error)

    async def upload_limit(self, request: Request) -> FormLimits | None:
        raise AssertionError(request)

    def reads_body(self, request: Request) -> bool:
        raise AssertionError(request)


def streamed(
    story: Callable[[Body, Peer], Awaitable[None]], headers: Sequence[tuple[bytes, bytes]] = ()
) -> tuple[Body, Peer]:
    """Runs a story while a stream is open, and waits for the stream's end, which the story must cause."""

    async def run() -> tuple[Body, Peer]:
        body, peer = Body(), Peer()
        app = AsgiApp(Serving(body), limits=BodyLimits())
        serving = asyncio.create_task(app({**SCOPE, "headers": headers}, peer.receive, peer.send))
        await settled()
        await story(body, peer)
        async with asyncio.timeout(60):
            await serving
        return body, peer

    return asyncio.run(run())


async def settled() -> None:
    """Lets all tasks run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_the_head_is_sent_first_without_a_content_length() -> None:
    async def story(body: Body, peer: Peer) -> None:
        assert [message["type"] for message in peer.sent] == ["http.response.start"]
        assert peer.sent[0]["headers"] == [(b"Content-Type", b"text/plain")]
        peer.left.set()

    body, _ = streamed(story)

    assert body.is_closed


def test_the_request_is_freed_while_its_response_is_streamed() -> None:
    headers = [(b"cookie", b"a=b")]

    async def story(body: Body, peer: Peer) -> None:
        assert headers == []
        peer.left.set()

    streamed(story, headers)


def test_pieces_are_sent_at_once_and_queued_pieces_together() -> None:
    async def story(body: Body, peer: Peer) -> None:
        body.outlet.write(b"one\n")
        await settled()
        peer.is_slow = True
        body.outlet.write(b"two\n")
        await settled()
        body.outlet.write(b"three\n")
        body.outlet.write(b"four\n")
        peer.taking.set()
        await settled()
        body.outlet.close()

    _, peer = streamed(story)

    assert peer.pieces == [b"one\n", b"two\n", b"three\nfour\n", b""]


def test_pieces_written_before_the_end_are_sent() -> None:
    async def story(body: Body, peer: Peer) -> None:
        body.outlet.write(b"last\n")
        body.outlet.close()
        assert not body.outlet.write(b"too late\n")

    body, peer = streamed(story)

    assert peer.pieces == [b"last\n", b""]
    assert body.is_closed


def test_ending_at_once_discards_queued_pieces() -> None:
    async def story(body: Body, peer: Peer) -> None:
        body.outlet.write(b"secret\n")
        body.outlet.close(discard=True)

    _, peer = streamed(story)

    assert peer.pieces == [b""]


@pytest.mark.parametrize(
    ("piece", "fitting"),
    [(b"x", streaming.MAX_QUEUED_PIECES), (bytes(streaming.MAX_QUEUED_BYTES // 4), 4)],
    ids=["pieces", "bytes"],
)
def test_a_reader_too_far_behind_is_dropped_with_its_queue(piece: bytes, fitting: int) -> None:
    async def story(body: Body, peer: Peer) -> None:
        peer.is_slow = True
        body.outlet.write(b"taken")
        await settled()
        assert [body.outlet.write(piece) for _ in range(fitting)] == [True] * fitting
        assert not body.outlet.write(piece)
        assert not body.outlet.is_open
        peer.taking.set()

    _, peer = streamed(story)

    assert peer.pieces == [b"taken", b""]


def test_a_piece_larger_than_the_queue_is_sent_to_an_active_reader() -> None:
    large = bytes(streaming.MAX_QUEUED_BYTES + 1)

    async def story(body: Body, peer: Peer) -> None:
        assert body.outlet.write(large)
        await settled()
        body.outlet.close()

    _, peer = streamed(story)

    assert peer.pieces == [large, b""]


def test_nothing_is_written_to_a_reader_who_has_left() -> None:
    async def story(body: Body, peer: Peer) -> None:
        peer.is_slow = True
        body.outlet.write(b"one")
        await settled()
        peer.left.set()
        await settled()
        assert not body.outlet.write(b"two")
        peer.taking.set()

    body, peer = streamed(story)

    assert peer.pieces == []
    assert body.is_closed
