"""The engine as an ASGI application: reads whole requests, within limits, and writes responses.

Limits apply before parsing: a body that is too long or too slow is refused, and never more of it is held than the
limit. The server limits the size and time of the head.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

from parlour.engine.dto.errors import ApiError, PayloadTooLarge
from parlour.engine.http.arriving import ArrivingBody, Pace, RequestTimeout
from parlour.engine.http.deadlines import within
from parlour.engine.http.forms import MultipartReader, file_too_large
from parlour.engine.http.messages import Pieces, Request, Response
from parlour.engine.http.percent import path_of
from parlour.engine.http.proxies import TrustedProxies
from parlour.engine.http.streaming import Message, Send, StreamedBody, stream
from parlour.engine.http.uploads import FormLimits
from parlour.engine.http.whole import BODILESS, EXTENSION, WholeRequest, all_headers, header_lines

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

# The part of a refused body that is still read, since most clients send the whole body before they read the answer.
DISCARDED_BYTES = 16 * 1024 * 1024
DISCARD_SECONDS = 2.0

# The type of bodies that may be read by the code that answers their requests. Other bodies are never looked up.
_ARRIVING_TYPE = "application/offset+octet-stream"

# What is known of a head.
_REQUEST, _FRAMING = "request", "framing"

_ASCII = "".join(map(chr, range(128)))


class HttpApplication(Protocol):
    """The application that answers requests: the engine, or one that answers some paths before it."""

    async def answer(self, request: Request) -> Response: ...

    def refuse(self, request: Request, error: ApiError) -> Response:
        """The response to a request whose body was not read, in the caller's format."""
        ...

    async def upload_limit(self, request: Request) -> FormLimits | None:
        """The limits of a form with files. None if the request's operation accepts no files.

        Raises ApiError if the caller may not call the operation.
        """
        ...

    def reads_body(self, request: Request) -> bool:
        """Whether the body of this request is read while it is answered."""
        ...


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The most bytes of a body, and the timeout until all of it has arrived."""

    max_bytes: int = 1024 * 1024
    seconds: float = 30.0


class _ClientLeft(Exception):
    """Raised when the client disconnects before its whole request has arrived."""


@asynccontextmanager
async def _no_lifespan() -> AsyncIterator[None]:
    yield


class AsgiApp:
    """Serves an engine over ASGI.

    `lifespan` is entered before the first request and left after the last. The headers of `proxies` are trusted.
    """

    def __init__(
        self,
        engine: HttpApplication,
        *,
        limits: BodyLimits = BodyLimits(),
        proxies: TrustedProxies | None = None,
        lifespan: Callable[[], AbstractAsyncContextManager[None]] = _no_lifespan,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._proxies = proxies
        self._lifespan = lifespan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            body = await self._serve(scope, receive, send)
            if body is not None:
                _forget(scope)
                await stream(body, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> StreamedBody | None:
        """Answers a request, and returns the body to be streamed, if any."""
        whole = _whole(scope)
        request = self._request(scope, whole)
        try:
            response = await self._response(request, whole, receive)
            if response is None:
                return None
            if response.pieces is not None and request.method != "HEAD":
                await send(_head(response))
                await _send_pieces(response.pieces, receive, send)
            elif whole is None or not _respond(request, response, whole):
                await _send(response, send)
        finally:
            if request.form is not None:
                request.form.close()
        return response.stream

    def _request(self, scope: Scope, whole: WholeRequest | None) -> Request:
        """The request of this scope, as its client sees it."""
        if whole is not None and (first := whole.known.get(_REQUEST)) is not None:
            repeated: Request = first.again()
            return repeated
        request = _request(scope)
        if self._proxies is not None:
            self._proxies.reveal(request)
        if whole is not None:
            # Another one, since this one may be changed on its way.
            whole.known[_REQUEST] = request.again()
        return request

    async def _response(self, request: Request, whole: WholeRequest | None, receive: Receive) -> Response | None:
        """The response to the request. None if the client has disconnected."""
        framing = request.known.get(_FRAMING)
        if framing is None:
            framing = request.known[_FRAMING] = _framing(request)
        if framing == "arriving" and self._engine.reads_body(request):
            return await self._response_while_arriving(request, receive)
        try:
            if framing == "form":
                await self._read_form(request, receive)
            elif framing != "none":
                request.body = None if whole is None else whole.body(self._limits.max_bytes)
                if request.body is None:
                    request.body = await self._body(request, receive)
        except ApiError as error:
            response = self._engine.refuse(request, error)
            # The unread part cannot be skipped, so the connection cannot be used for another request.
            response.headers.append(("Connection", "close"))
            return response
        except _ClientLeft:
            return None
        return await self._engine.answer(request)

    async def _response_while_arriving(self, request: Request, receive: Receive) -> Response | None:
        """The response of an application that reads the body itself. None if the client has disconnected."""
        request.arriving = ArrivingBody(receive, seconds=self._limits.seconds)
        response = await self._engine.answer(request)
        if request.arriving.has_left:
            return None
        if not request.arriving.is_read:
            try:
                await _discard(receive)
            except _ClientLeft:
                return None
            response.headers.append(("Connection", "close"))
        return response

    async def _body(self, request: Request, receive: Receive) -> bytes:
        declared = int(request.header("content-length") or 0)
        try:
            return await within(self._limits.seconds, self._read(declared, receive))
        except TimeoutError:
            raise RequestTimeout(f"The body did not arrive within {self._limits.seconds:g} seconds.") from None
        except PayloadTooLarge as error:
            await _refuse(error, receive)

    async def _read(self, declared: int, receive: Receive) -> bytes:
        limit = self._limits.max_bytes
        if declared > limit:
            raise _too_large(limit)
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await _next(receive)
            parts.append(message["body"])
            size += len(parts[-1])
            if size > limit:
                raise _too_large(limit)
            more = message["more_body"]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _read_form(self, request: Request, receive: Receive) -> None:
        """Reads a form. Files are stored only if the operation accepts them and the caller may call it."""
        try:
            limits = await self._engine.upload_limit(request)
        except ApiError as error:
            await _refuse(error, receive)
        if limits is None:
            request.body = await self._body(request, receive)
            return
        if int(request.header("content-length") or 0) > limits.form_bytes:
            await _refuse(_form_too_large(limits), receive)
        await _read_pieces(request, limits, receive, Pace(self._limits.seconds))

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._lifespan():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})


def _request(scope: Scope) -> Request:
    client, query = scope.get("client"), scope["query_string"]
    return Request(
        method=scope["method"],
        path=_path(scope),
        # Bytes beyond ASCII are treated as if they were escaped, and must also be UTF-8.
        query=quote(query, safe=_ASCII) if query else "",
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]],
        client=client[0] if client else "",
        scheme=scope["scheme"],
    )


def _path(scope: Scope) -> str:
    # Without escapes the decoded path is enough. Servers may omit the raw one.
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        path: str = scope["path"]
        return path.replace("%", "%25")
    return path_of(raw) if b"%" in raw else scope["path"]


def _framing(request: Request) -> str:
    """How the body of a request is read: `arriving`, `form`, `body`, or `none`."""
    if not _has_body(request):
        return "none"
    if _may_arrive(request):
        return "arriving"
    return "form" if _can_hold_files(request) else "body"


def _can_hold_files(request: Request) -> bool:
    # A compressed form is read whole, like any other body.
    type_ = request.header("content-type")
    return type_ is not None and type_[:10].lower() == "multipart/" and request.header("content-encoding") is None


def _has_body(request: Request) -> bool:
    return request.header("content-length") is not None or request.header("transfer-encoding") is not None


def _may_arrive(request: Request) -> bool:
    return request.method in ("PATCH", "POST") and request.header("content-type") == _ARRIVING_TYPE


async def _read_pieces(request: Request, limits: FormLimits, receive: Receive, pace: Pace) -> None:
    reader = MultipartReader(request.header("content-type") or "", keeps_files=True, limits=limits)
    request.form = reader.form
    size, more = 0, True
    while more:
        try:
            message = await within(pace.patience, _next(receive))
        except TimeoutError:
            raise pace.timeout() from None
        pace.count(message["body"])
        size += len(message["body"])
        more = message["more_body"]
        if size > limits.form_bytes:
            await _refuse(_form_too_large(limits), receive, is_read=not more)
        try:
            if reader.has_large_files:
                # In a thread, so that writing to disk does not block other requests.
                await asyncio.to_thread(reader.write, message["body"])
            else:
                reader.write(message["body"])
        except ApiError as error:
            await _refuse(error, receive, is_read=not more)
    reader.finish()


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The body is larger than the {limit:,} bytes this server accepts.")


def _form_too_large(limits: FormLimits) -> PayloadTooLarge:
    # People know the size of their file, and not what a form adds to it.
    return _too_large(limits.form_bytes) if limits.file_bytes is None else file_too_large(limits.file_bytes)


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _ClientLeft
    return {"body": message.get("body", b""), "more_body": message.get("more_body", False)}


async def _refuse(error: ApiError, receive: Receive, *, is_read: bool = False) -> NoReturn:
    """Reads the rest of the body, then raises `error`."""
    if not is_read:
        await _discard(receive)
    raise error


async def _discard(receive: Receive) -> None:
    left = DISCARDED_BYTES
    try:
        async with asyncio.timeout(DISCARD_SECONDS):
            while left > 0:
                message = await _next(receive)
                left -= len(message["body"])
                if not message["more_body"]:
                    return
    except TimeoutError:
        return


def _whole(scope: Scope) -> WholeRequest | None:
    """The short way, if the server offers it."""
    extensions = scope.get("extensions")
    return extensions.get(EXTENSION) if extensions else None


def _respond(request: Request, response: Response, whole: WholeRequest) -> bool:
    """Sends the response by the short way. False if it needs messages: HEAD has the length of a body without it."""
    lines = None if request.method == "HEAD" else header_lines(response)
    return lines is not None and whole.respond(response.status, lines, response.body)


async def _send(response: Response, send: Send) -> None:
    await send(_head(response))
    if response.stream is None:
        await send({"type": "http.response.body", "body": response.body})


async def _send_pieces(pieces: Pieces, receive: Receive, send: Send) -> None:
    """Sends a body piece by piece, until its reader leaves. Each piece waits until the one before is on its way."""
    leaving = asyncio.create_task(_left(receive))
    reading = pieces.read()
    try:
        async for piece in reading:
            if leaving.done():
                return
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        leaving.cancel()
        if isinstance(reading, AsyncGenerator):
            await reading.aclose()


async def _left(receive: Receive) -> None:
    """Returns when the client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _forget(scope: Scope) -> None:
    """Frees the head of a request whose answer is streamed: the server keeps it as long as the stream."""
    if isinstance(scope["headers"], list):
        scope["headers"].clear()
    whole = _whole(scope)
    if whole is not None:
        whole.known.clear()


def _head(response: Response) -> Message:
    headers, more = all_headers(response)
    if response.status not in BODILESS and response.stream is None:
        size = len(response.body) if response.pieces is None else response.pieces.size
        headers.append((b"Content-Length", str(size).encode()))
    return {"type": "http.response.start", "status": response.status, "headers": headers + more}
