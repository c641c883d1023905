"""Requests that the server hands over whole, without ASGI's messages."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from parlour.engine.dto.errors import ApiError
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.messages import Request, Response
from parlour.engine.http.uploads import FormLimits
from parlour.engine.http.whole import EXTENSION

NOSNIFF = (b"X-Content-Type-Options", b"nosniff")


@dataclass
class Given:
    """A request that is there with its body. `takes` says whether its response may be sent whole."""

    sent_body: bytes | None = b"body"
    takes: bool = True
    responses: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=dict)

    def body(self, most: int) -> bytes | None:
        return self.sent_body if self.sent_body is not None and len(self.sent_body) <= most else None

    def respond(self, status: int, lines: bytes, body: bytes) -> bool:
        if self.takes:
            self.responses.append((status, lines, body))
        return self.takes


class Echo:
    """Answers with the given response, whose body is that of the request."""

    def __init__(self, response: Response) -> None:
        self.response = response

    async def answer(self, request: Request) -> Response:
        self.response.body = request.body or b""
        return self.response

    def refuse(self, request: Request, error: ApiError) -> Response:
        return Response(status=error.http_status)

    def reads_body(self, request: Request) -> bool:
        return False

    async def upload_limit(self, request: Request) -> FormLimits | None:
        return None


def exchanged(
    given: Given, response: Response | None = None, method: str = "POST", app: Echo | None = None
) -> list[Any]:
    """The messages that were sent for a request. A body that must be received is another one."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"received", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"content-length", b"4")],
        "extensions": {EXTENSION: given},
    }
    asyncio.run(AsgiApp(app or Echo(response or Response()), limits=BodyLimits(max_bytes=10))(scope, receive, send))
    return sent


def test_a_whole_request_is_answered_in_one_write() -> None:
    given = Given()

    messages = exchanged(given, Response(headers=[("Content-Type", "text/plain")], default_headers=(NOSNIFF,)))

    assert not messages
    lines = b"content-type: text/plain\r\ncontent-length: 4\r\nx-content-type-options: nosniff\r\n\r\n"
    assert given.responses == [(200, lines, b"body")]


def test_a_header_replaces_the_default_one() -> None:
    given = Given()

    exchanged(given, Response(headers=[("x-content-type-options", "own")], default_headers=(NOSNIFF,)))

    assert given.responses == [(200, b"x-content-type-options: own\r\ncontent-length: 4\r\n\r\n", b"body")]


def test_equal_headers_do_not_share_a_length() -> None:
    long, short = Given(b"long body"), Given(b"short")

    exchanged(long)
    exchanged(short)

    assert long.responses == [(200, b"content-length: 9\r\n\r\n", b"long body")]
    assert short.responses == [(200, b"content-length: 5\r\n\r\n", b"short")]


def test_a_request_that_was_changed_does_not_change_the_next_one() -> None:
    class Changing(Echo):
        async def answer(self, request: Request) -> Response:
            response = Response(body=f"{request.path} {request.header('content-length')} {request.known}".encode())
            request.path = "/changed"
            request.replace_header("content-length", "5")
            request.known["changed"] = True
            return response

    first, second = Given(), Given()
    second.known = first.known

    exchanged(first, app=Changing(Response()))
    exchanged(second, app=Changing(Response()))

    assert first.responses == second.responses
    assert b"changed" not in second.responses[0][2]


@pytest.mark.parametrize("body", [None, b"longer than the limit"])
def test_a_body_that_is_not_handed_over_is_received(body: bytes | None) -> None:
    given = Given(body)

    exchanged(given)

    assert given.responses[0][2] == b"received"


def test_a_response_that_the_server_does_not_take_whole_is_sent_in_messages() -> None:
    head, body = exchanged(Given(takes=False))

    assert (head["status"], body["body"]) == (200, b"body")


@pytest.mark.parametrize(
    ("method", "response"),
    [
        pytest.param("HEAD", Response(), id="HEAD"),
        pytest.param("POST", Response(status=204), id="no content"),
        pytest.param("POST", Response(headers=[("Connection", "close")]), id="a header that frames"),
        pytest.param("POST", Response(headers=[("X-Text", "a\r\nSet-Cookie: b=c")]), id="a line break"),
        pytest.param("POST", Response(headers=[("X-Text: a\r\nX", "b")]), id="a line break in a name"),
    ],
)
def test_a_response_that_the_server_must_look_at_is_sent_in_messages(method: str, response: Response) -> None:
    given = Given()

    assert [message["type"] for message in exchanged(given, response, method)] == [
        "http.response.start",
        "http.response.body",
    ]
    assert not given.responses
