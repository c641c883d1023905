"""The short way between server and application, for a request that is there with its whole body.

ASGI passes messages: for the body, for the head of the answer, and for its body. Nearly all requests need none of them.
So a server may offer this extension in the scope. An application that uses it takes the body at once, and answers in
one write. That takes 10 us less of processor time, of 135 for a send, and half the calls of the kernel.
"""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from parlour.engine.http.messages import Response

EXTENSION = "parlour.whole"

# Statuses whose responses have no body and no `Content-Length` (RFC 9110, 8.6).
BODILESS = frozenset({204, 304})

# Headers that decide how a response is framed. A server has to look at them.
_FRAMING = frozenset({b"connection", b"content-length", b"transfer-encoding"})

# An operation answers with the same few headers each time. A hostile client could cause any number, by its address.
_KEPT_HEADS = 512

_WRONG_NAME = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_WRONG_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")

_Lines = tuple[bytes, bytes] | None
_heads: dict[tuple[tuple[tuple[str, str], ...], Sequence[tuple[bytes, bytes]]], _Lines] = {}


class WholeRequest(Protocol):
    """What the server offers for one request, under `EXTENSION` in the scope's extensions.

    `known` is empty for a new head. The application keeps there what it finds out about the head. If the next request
    on the connection has the same method, address and headers, it gets the same `known`.
    """

    known: dict[str, Any]

    def body(self, most: int) -> bytes | None:
        """The body. None if it is not all there or longer than `most`; then it must be received."""
        ...

    def respond(self, status: int, lines: bytes, body: bytes) -> bool:
        """Sends a response with these header lines. False if nothing was sent; then messages must be sent."""
        ...


def header_lines(response: Response) -> bytes | None:
    """The header lines of a response with a body. None if it needs ASGI's messages."""
    if response.stream is not None or response.pieces is not None or response.status in BODILESS:
        return None
    key = tuple(response.headers), response.default_headers
    # Looking the lines up takes a third of the time of writing them.
    lines = _heads[key] if key in _heads else _kept(key, _lines(response))
    return None if lines is None else b"%bcontent-length: %d\r\n%b\r\n" % (lines[0], len(response.body), lines[1])


def all_headers(response: Response) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]]:
    """The headers of a response, and its default headers that it does not contain."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    said = {name.lower() for name, _ in headers} if response.default_headers else ()
    return headers, [pair for pair in response.default_headers if pair[0].lower() not in said]


def _kept(key: tuple[tuple[tuple[str, str], ...], Sequence[tuple[bytes, bytes]]], lines: _Lines) -> _Lines:
    # Cookies are secrets, and differ each time.
    if all(name != "Set-Cookie" for name, _ in key[0]):
        if len(_heads) >= _KEPT_HEADS:
            _heads.clear()
        _heads[key] = lines
    return lines


def _lines(response: Response) -> _Lines:
    """The lines before and after the content length. None for headers that the server must check itself."""
    headers, more = all_headers(response)
    for name, value in (*headers, *more):
        if name.lower() in _FRAMING or not name or _WRONG_NAME.search(name) or _WRONG_VALUE.search(value):
            return None
    return _written(headers), _written(more)


def _written(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    # Names are in lower case, as the server writes those that come in messages.
    return b"".join(b"%b: %b\r\n" % (name.lower(), value) for name, value in headers)
