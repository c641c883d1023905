"""Parts of stored files: ranges, and requests of clients that have the file already."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.declare import namespace, route
from parlour.engine.http.asgi import AsgiApp
from parlour.engine.http.messages import HttpResult, Pieces
from parlour.engine.http.ranges import StoredFile, part_of
from parlour.engine.serving.handlers import DirectHandler, Exchange, Services
from tests.support.asgi_face import Answer, call

CONTENT = bytes(range(200))


async def read(start: int, end: int) -> AsyncIterator[bytes]:
    for at in range(start, end, 7):
        yield CONTENT[at : min(at + 7, end)]


FILE = StoredFile(len(CONTENT), "tag", "image/png", [("Content-Disposition", "inline")], read)


@route("/file", "GET")
@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class GetFile:
    """Returns the file."""


async def get_file(request: GetFile, exchange: Exchange) -> HttpResult:
    return part_of(FILE, exchange.http)


def engine() -> AsgiApp:
    services = Services()
    services.add(GetFile, get=DirectHandler(get_file))
    return AsgiApp(standard_engine(services))


def fetched(method: str = "GET", **headers: str) -> Answer:
    return call(engine(), method, "/file", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_whole_file_is_sent_in_pieces_with_its_length_and_tag() -> None:
    answer = fetched()

    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.header("content-length") == "200"
    assert answer.header("content-type") == "image/png"
    assert answer.header("etag") == '"tag"'
    assert answer.header("accept-ranges") == "bytes"
    assert answer.header("content-disposition") == "inline"


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("Bytes = 10-19 ", 10, 20),
        ("bytes=190-", 190, 200),
        ("bytes=190-1000", 190, 200),
        ("bytes=-5", 195, 200),
        ("bytes=-5000", 0, 200),
    ],
)
def test_a_range_is_sent_with_its_place(wanted: str, start: int, end: int) -> None:
    answer = fetched(Range=wanted)

    assert (answer.status, answer.body) == (206, CONTENT[start:end])
    assert answer.header("content-range") == f"bytes {start}-{end - 1}/200"
    assert answer.header("content-length") == str(end - start)


@pytest.mark.parametrize("wanted", ["bytes=200-", "bytes=999-1000", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused_with_its_size(wanted: str) -> None:
    answer = fetched(Range=wanted)

    assert (answer.status, answer.body) == (416, b"")
    assert answer.header("content-range") == "bytes */200"


@pytest.mark.parametrize(
    "wanted",
    ["bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=--1", "bytes=", "bytes=" + "9" * 40 + "-"],
)
def test_a_range_that_is_not_understood_gives_the_whole_file(wanted: str) -> None:
    answer = fetched(Range=wanted)

    assert (answer.status, answer.body) == (200, CONTENT)


def test_a_download_is_continued_only_with_the_same_file() -> None:
    assert fetched(Range="bytes=5-", If_Range='"tag"').status == 206
    assert fetched(Range="bytes=5-", If_Range='"other"').status == 200
    assert fetched(Range="bytes=5-", If_Range='W/"tag"').status == 200
    assert fetched(Range="bytes=5-", If_Range="Mon, 01 Jan 2024 00:00:00 GMT").status == 200


@pytest.mark.parametrize("known", ['"tag"', 'W/"tag"', '"a", "tag"', "*"])
def test_a_client_that_has_the_file_is_not_sent_it_again(known: str) -> None:
    answer = fetched(If_None_Match=known, Range="bytes=0-1")

    assert (answer.status, answer.body) == (304, b"")
    assert answer.header("etag") == '"tag"'


def test_head_has_the_length_of_the_file_and_reads_nothing() -> None:
    answer = fetched("HEAD", Range="bytes=0-1")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("content-length") == "200"


def test_reading_stops_when_the_client_has_left() -> None:
    begun: list[int] = []
    ended: list[bool] = []
    has_begun = asyncio.Event()
    # The request itself, which has no body.
    parts = [{"type": "http.request"}]

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                begun.append(1)
                has_begun.set()
                yield b"x"
        finally:
            ended.append(True)

    async def get_endless(request: GetFile, exchange: Exchange) -> HttpResult:
        return HttpResult(body=Pieces(10, endless), content_type="image/png")

    async def receive() -> dict[str, str]:
        if parts:
            return parts.pop()
        await has_begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        await asyncio.sleep(0)

    services = Services()
    services.add(GetFile, get=DirectHandler(get_endless))
    scope = {"type": "http", "method": "GET", "path": "/file", "query_string": b"", "headers": [], "scheme": "http"}
    asyncio.run(AsgiApp(standard_engine(services))(scope, receive, send))

    assert ended == [True]
    assert len(begun) < 10
