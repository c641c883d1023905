"""The HTTP server: uvicorn in this process, with additional limits.

A connection that breaks a limit does not affect others. Heads have a limit on size, count and time, and readers that
stop reading are dropped. On TERM running requests are finished and answered. With too many connections, those waiting
for a request are closed for new ones. The limits of bodies are in `engine/http/asgi.py`.
"""

import contextlib
import gc
import logging
import resource
import signal
import socket
import struct
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from types import FrameType
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from parlour.engine.http.networks import network_of
from parlour.engine.http.whole import EXTENSION

logger = logging.getLogger("parlour.server")

_HEAD_TOO_LARGE = "The request's head is too large."
_TRAILERS_TOO_LARGE = "The request's trailers are too large."

# The field in which Linux reports the bytes that a peer has acknowledged (tcpi_bytes_acked of linux/tcp.h).
_BYTES_ACKED = slice(120, 128)
_TCP_INFO_BYTES = 128

# The garbage collector runs when so many more objects have been made than freed since its last run.
COLLECT_AFTER = 20_000

# How often connections are checked, which is also the precision of their timeouts.
SWEEP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """The server's limits, in bytes and seconds. `head` is the request line, headers and trailers together."""

    head_bytes: int = 32 * 1024
    head_count: int = 100
    head_seconds: float = 10.0
    idle_seconds: float = 75.0
    stalled_write_seconds: float = 30.0
    grace_seconds: float = 10.0
    connections: int = 10_000
    connections_of_address: int = 1000
    # Requests sent on one connection before the first is answered; uvicorn keeps all of them in memory.
    requests_ahead: int = 64


def serve(
    app: Any,
    *,
    host: str,
    port: int,
    limits: ServerLimits,
    on_listening: Callable[[str], None] = lambda address: None,
    on_stopping: Callable[[], None] = lambda: None,
    is_proxy: Callable[[str], bool] = lambda address: False,
) -> None:
    """Serves `app` until TERM or INT, then stops within the grace time.

    `on_listening` gets the address (`127.0.0.1:8080`) once connections are accepted; port 0 chooses a free one.
    `on_stopping` is called before waiting for running responses, to end those that do not end by themselves. Addresses
    of proxies have no limit of their own on connections. Raises SystemExit if the address is not available or the
    application does not start.
    """
    _raise_file_limit()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=_protocol(limits, is_proxy),
        ws="none",
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=int(limits.grace_seconds),
        backlog=2048,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    _Server(config, limits, on_listening, on_stopping).run()


class _Server(uvicorn.Server):
    """Checks the connections on its tick, and exits with status 0 when stopped by a signal."""

    def __init__(
        self,
        config: uvicorn.Config,
        limits: ServerLimits,
        on_listening: Callable[[str], None],
        on_stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._limits = limits
        self._on_listening = on_listening
        self._on_stopping = on_stopping
        self._swept_at = 0.0

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            _spare_collector()
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_listening(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    async def on_tick(self, counter: int) -> bool:
        now = time.monotonic()
        if now - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = now
            for connection in list(self.server_state.connections):
                connection.sweep(now)  # type: ignore[union-attr] # all are made by _protocol
        return await super().on_tick(counter)

    async def shutdown(self, sockets: Any = None) -> None:
        with contextlib.suppress(AttributeError):
            logger.info("stopping: %d connections open", len(self.server_state.connections))
        self._on_stopping()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # uvicorn raises the signal again after a clean stop, which would change the status to 143.
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


class _Refused(Exception):
    """Raised in the parser's callbacks for a head that breaks a limit."""


class _Group:
    """Connections that share a limit on their number.

    `waiting` are those that wait for a request or read its head, longest wait first.
    """

    def __init__(self, limit: int, refusal: tuple[int, str]) -> None:
        self.limit = limit
        self.refusal = refusal
        self.count = 0
        self.waiting: dict[Any, None] = {}

    def make_room_for(self, newcomer: Any) -> bool:
        """Closes the connection that waits longest, for another one of a full group. False if none waits."""
        # A connection with an unsent response would close only after the client has read it.
        longest = next((each for each in self.waiting if each is not newcomer and not each.is_sending), None)
        if longest is None:
            return False
        longest.leave()
        longest.transport.close()
        return True


class _Groups:
    """The group of all connections, and one group for each address that is not a proxy."""

    def __init__(self, limits: ServerLimits, is_proxy: Callable[[str], bool]) -> None:
        self._limits = limits
        self._is_proxy = is_proxy
        self._all = _Group(limits.connections, (503, "The server has too many connections. Try again later."))
        self._by_address: dict[str, _Group] = {}

    def joined(self, host: str) -> Sequence[_Group]:
        """Adds a connection from `host` to its groups, and returns them."""
        groups = [self._all]
        if not self._is_proxy(host):
            address = network_of(host)
            group = self._by_address.get(address)
            if group is None:
                refusal = 429, "Your address has too many connections. Close some, or try again later."
                group = self._by_address[address] = _Group(self._limits.connections_of_address, refusal)
            # An address's own connections are closed before those of others.
            groups.insert(0, group)
        for group in groups:
            group.count += 1
        return groups

    def left(self, host: str, groups: Sequence[_Group]) -> None:
        for group in groups:
            group.count -= 1
        if not groups[0].count and groups[0] is not self._all:
            del self._by_address[network_of(host)]


class _Whole:
    """The short way for one request (see `WholeRequest`): its body at once, and its response in one write."""

    __slots__ = ("_cycle", "known")

    # The lines of the default headers that were written last.
    _written: ClassVar[list[tuple[bytes, bytes]]] = []
    _lines: ClassVar[bytes] = b""

    def __init__(self, cycle: RequestResponseCycle, known: dict[str, Any]) -> None:
        self.known = known
        # The cycle holds the scope, and the scope holds this. With a strong reference, only the garbage collector would
        # free requests and their bodies. The running application keeps the cycle.
        self._cycle = weakref.ref(cycle)

    def body(self, most: int) -> bytes | None:
        cycle = self._cycle()
        assert cycle is not None
        if cycle.more_body or cycle.waiting_for_100_continue or cycle.disconnected or len(cycle.body) > most:
            return None
        cycle.flow.resume_reading()
        return bytes(cycle.body)

    def respond(self, status: int, lines: bytes, body: bytes) -> bool:
        cycle = self._cycle()
        assert cycle is not None
        # Slow readers are waited for, and the last response of a connection says so in its head.
        if cycle.response_started or cycle.disconnected or cycle.flow.write_paused or not cycle.keep_alive:
            return False
        cycle.response_started = cycle.response_complete = True
        if cycle.default_headers is not _Whole._written:
            # uvicorn makes them anew each second, for the date.
            _Whole._lines = b"".join(b"%b: %b\r\n" % header for header in cycle.default_headers)
            _Whole._written = cycle.default_headers
        cycle.transport.writelines((STATUS_LINE[status], _Whole._lines, lines, body))
        cycle.message_event.set()
        cycle.on_response()
        return True


def _protocol(limits: ServerLimits, is_proxy: Callable[[str], bool]) -> type[HttpToolsProtocol]:
    groups = _Groups(limits, is_proxy)

    class LimitedProtocol(HttpToolsProtocol):
        """An HTTP connection that keeps `limits`.

        `_head_since` is when the current head began (a new connection is reading one), or None. `_idle_since` is when a
        sweep first saw that the last response had ended and no request had begun. `_received` counts bytes since the
        last complete part of the request, such as a piece of its body. `_head_bytes` and `_head_count` include headers
        and trailers. At the last sweep `_unsent` bytes were written but not sent, and the peer had taken `_taken`.
        `_moved_at` is when the peer last took more. `_known` is what the application knows of the `_last_head`.
        """

        _head_since: float | None
        _idle_since: float | None
        _is_reading: bool
        _received: int
        _head_bytes: int
        _head_count: int
        _unsent: int
        _taken: int
        _moved_at: float
        _refusal: tuple[int, str] | None
        _last_head: tuple[bytes, str, bytes, list[tuple[bytes, bytes]]] | None
        _last_head_bytes: int
        _known: dict[str, Any]
        _host: str
        _groups: Sequence[_Group]

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._head_since = time.monotonic()
            self._idle_since = None
            self._is_reading = True
            self._received = 0
            self._unsent = 0
            self._taken = 0
            self._moved_at = self._head_since
            self._refusal = None
            self._last_head = None
            self._last_head_bytes = 0
            self._known = {}
            self._host = self.client[0] if self.client else ""
            self._groups = groups.joined(self._host)
            self._wait()
            # If no other connection can be closed, this one is refused when its request arrives, unless there is room
            # by then.
            self._crowd()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            self.leave()

        def data_received(self, data: bytes) -> None:
            self._received += len(data)
            super().data_received(data)
            # A single header or trailer is longer than the limit; the parser keeps all of an unfinished one.
            if self._is_reading and self._received > limits.head_bytes:
                self._refuse(431, _TRAILERS_TOO_LARGE if self._head_since is None else _HEAD_TOO_LARGE)

        def send_400_response(self, msg: str) -> None:
            self._refuse(*(self._refusal or (400, "This is not a valid HTTP request.")))

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._head_since = time.monotonic()
            self._idle_since = None
            self._is_reading = True
            # The current piece may end the previous message, so counting starts after it.
            self._received = 0

        def on_header(self, name: bytes, value: bytes) -> None:
            if self._head_since is not None:
                name = name.lower()
                # uvicorn looks for this one.
                if name == b"expect":
                    super().on_header(name, value)
                else:
                    self.headers.append((name, value))
                return
            # A trailer. It counts like a header and is dropped: no header is expected after the body, and proxies may
            # not have checked it.
            self._head_count += 1
            self._head_bytes += len(name) + len(value)
            if self._head_count > limits.head_count or self._head_bytes > limits.head_bytes:
                self._refusal = 431, _TRAILERS_TOO_LARGE
                raise _Refused

        def on_headers_complete(self) -> None:
            head = self.parser.get_method(), self.parser.get_http_version(), self.url, self.headers
            is_repeated = head == self._last_head
            self._head_count = len(self.headers)
            if not is_repeated:
                self._last_head, self._known = head, {}
                self._last_head_bytes = len(self.url) + sum(map(len, chain.from_iterable(self.headers)))
            self._head_bytes = self._last_head_bytes
            # A head that was not refused is not refused when it is repeated.
            self._refusal = (None if is_repeated else self._head_refusal()) or self._crowd()
            if len(self.pipeline) >= limits.requests_ahead:
                self._refusal = 429, "Too many requests were sent before their answers were read."
            if self._refusal:
                raise _Refused
            for group in self._groups:
                group.waiting.pop(self, None)
            self._head_since = None
            self._received = 0
            super().on_headers_complete()
            # Its task begins later, when all that has arrived is parsed.
            extensions: dict[str, Any] = {EXTENSION: _Whole(self.cycle, self._known)}
            self.scope["extensions"] = extensions

        def on_body(self, body: bytes) -> None:
            self._received = 0
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._is_reading = False
            super().on_message_complete()

        def on_response_complete(self) -> None:
            # In place of uvicorn's, which starts a timer for each idle connection, and stops it for the next request.
            self.server_state.total_requests += 1
            if self.transport.is_closing():
                return
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
            if self.cycle.response_complete:
                self._wait()

        @property
        def is_sending(self) -> bool:
            return bool(self.transport.get_write_buffer_size())

        def leave(self) -> None:
            """Removes the connection from its groups, whether it is closed or about to be."""
            if self._groups:
                for group in self._groups:
                    group.waiting.pop(self, None)
                groups.left(self._host, self._groups)
                self._groups = ()

        def _wait(self) -> None:
            for group in self._groups:
                group.waiting[self] = None

        def _crowd(self) -> tuple[int, str] | None:
            """The reason to refuse the connection. None if there is room, or another one was closed for it."""
            for group in self._groups:
                if group.count > group.limit and not group.make_room_for(self):
                    return group.refusal
            return None

        def sweep(self, now: float) -> None:
            """Drops the connection if a timeout has passed."""
            if self._head_since is not None and now - self._head_since > limits.head_seconds:
                self._refuse(408, "The request's head did not arrive in time.")
            elif self._head_since is None and self.cycle.response_complete:
                self._idle_since = self._idle_since or now
                if now - self._idle_since > limits.idle_seconds:
                    self.transport.close()
            unsent = self.transport.get_write_buffer_size()
            if unsent:
                taken = _taken(self.transport.get_extra_info("socket"), unsent)
                # Bytes written since the last sweep start to wait now.
                if not self._unsent or taken != self._taken:
                    self._moved_at = now
                elif now - self._moved_at > limits.stalled_write_seconds:
                    self._drop()
                self._taken = taken
            self._unsent = unsent

        def _drop(self) -> None:
            self.leave()
            # Without lingering the kernel discards the unsent bytes, instead of resending them for minutes.
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

        def _refuse(self, status: int, message: str) -> None:
            if self.transport.is_closing():
                return
            if self._may_answer():
                body = f"{message}\n".encode()
                self.transport.write(
                    b"%scontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n"
                    b"cross-origin-resource-policy: same-origin\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s"
                    % (STATUS_LINE[status], len(body), body)
                )
            if self.cycle is not None:
                # Wakes the code that reads or answers the request now, instead of after sending the response.
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self.leave()
            self.transport.close()

        def _may_answer(self) -> bool:
            """Whether a response written now would belong to the request that is being read."""
            if self.cycle is None or self.cycle.response_complete:
                return True
            is_its_body = self._head_since is None
            return is_its_body and not self.pipeline and not self.cycle.response_started

        def _head_refusal(self) -> tuple[int, str] | None:
            """The reason why a complete head is refused, as status and sentence. None if it is accepted."""
            if self._head_count > limits.head_count:
                return 431, f"The request has more than {limits.head_count} headers."
            if self._head_bytes > limits.head_bytes:
                return 431, _HEAD_TOO_LARGE
            # RFC 9112, 3.2: a request without a Host, or with two, gets 400.
            if self.parser.get_http_version() == "1.1" and [name for name, _ in self.headers].count(b"host") != 1:
                return 400, "The request needs exactly one Host header."
            return None

    return LimitedProtocol


def _taken(connection: socket.socket, unsent: int) -> int:
    """A number that changes when the peer has taken some of the written bytes.

    The count of unsent bytes is not enough: the kernel takes megabytes at once, then nothing while the peer reads
    those.
    """
    if hasattr(socket, "TCP_INFO"):
        tcp_info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        if len(tcp_info) == _TCP_INFO_BYTES:
            return int.from_bytes(tcp_info[_BYTES_ACKED], sys.byteorder)
    return unsent


def _spare_collector() -> None:
    """Makes the garbage collector skip everything made so far, which lives as long as the process, and run less often.

    A full collection went through its 63,000 objects, and stopped the server for 60 ms. Without them, the 99th
    percentile of a send with 64 connections fell from 5.1 to 1.6 times the median, and its processor time by a seventh.
    Requests leave it next to nothing, so running it after each 700 new objects only took 5 % of the time of a send.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def _raise_file_limit() -> None:
    """Raises the limit on open files to what the system allows, since each connection needs one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
