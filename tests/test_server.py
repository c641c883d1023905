"""The server's limits, over real sockets: breaking one affects only that connection."""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest

# A server with short timeouts and an engine that returns the size of the body. `/slow` answers after USR1, and
# `/stream` answers until the server stops. With a second argument, the server's time passes only by 0.9 s for each
# USR2. It reports this after checking its connections.
SERVER = """
import asyncio, gc, json, signal, sys
from types import SimpleNamespace
import parlour.server
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.messages import Response
from parlour.server import ServerLimits, serve

class HandMovedClock:
    now, looks_since = 1000.0, 2

    def advance(self, *_):
        self.now += 0.9
        self.looks_since = 0

    def monotonic(self):
        # It is looked at again after all connections.
        self.looks_since += 1
        if self.looks_since == 2:
            print("looked over", flush=True)
        return self.now

if len(sys.argv) > 2:
    clock = HandMovedClock()
    parlour.server.time = SimpleNamespace(monotonic=clock.monotonic)
    signal.signal(signal.SIGUSR2, clock.advance)

class Echo:
    released = asyncio.Event()

    async def answer(self, request):
        if request.path == "/slow":
            asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.released.set)
            print("begun", flush=True)
            await self.released.wait()
        if request.path == "/stream":
            return Response(stream=streams)
        if request.path == "/large":
            return Response(body=bytes(64 * 1024 * 1024))
        if request.path == "/injected":
            return Response(headers=[("X-Text", "a\\r\\nSet-Cookie: b=c")], body=b"x")
        if request.path == "/kept":
            gc.disable()
            return Response(body=str(sum(type(each) is RequestResponseCycle for each in gc.get_objects())).encode())
        if request.path == "/spared":
            return Response(body=str(gc.get_freeze_count() > 10_000).encode())
        if request.path.startswith("/known"):
            request.known["asked"] = request.known.get("asked", 0) + 1
            return Response(body=f"{request.known['asked']} {request.header('x-who')} {request.body}".encode())
        if request.path == "/headers":
            return Response(body=" ".join(name for name, _ in request.headers).encode())
        return Response(body=str(len(request.body or b"")).encode())

    def refuse(self, request, error):
        return Response(status=error.http_status, body=error.message.encode())

class Streams:
    outlets = []

    async def opened(self, outlet):
        self.outlets.append(outlet)
        outlet.write(b"begun")

    def closed(self):
        pass

    def end(self):
        for outlet in self.outlets:
            outlet.close()

streams = Streams()

serve(
    AsgiApp(Echo(), limits=BodyLimits(max_bytes=100_000, seconds=1.0)),
    host="127.0.0.1",
    port=0,
    limits=ServerLimits(
        **{
            "head_seconds": 1.0,
            "head_bytes": 8192,
            "head_count": 20,
            "stalled_write_seconds": 1.0,
            "grace_seconds": 5.0,
            **json.loads(sys.argv[1]),
        }
    ),
    is_proxy=lambda address: address == "127.0.0.9",
    on_listening=lambda address: print(address, flush=True),
    on_stopping=streams.end,
)
"""

CHUNKED = b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


class Served:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        assert process.stdout is not None
        self.output = process.stdout
        host, port = self.output.readline().strip().split(":")
        self.address = (host, int(port))

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        return socket.create_connection(self.address, timeout=60, source_address=(source, 0))

    def ask(self, *pieces: bytes) -> bytes:
        """The response to the pieces, until the server closes or has sent one small answer."""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):
                for piece in pieces:
                    connection.sendall(piece)
            return _answer(connection)

    def finish_slow(self) -> None:
        """Lets the server answer all running `/slow` requests."""
        self.process.send_signal(signal.SIGUSR1)

    def let_time_pass(self) -> None:
        """Moves the clock of a server that was started with one by 0.9 s, and waits until it has seen to that."""
        self.process.send_signal(signal.SIGUSR2)
        assert self.output.readline() == "looked over\n"

    def is_well(self) -> bool:
        return self.ask(HEAD + b"Content-Length: 2\r\n\r\nok").endswith(b"\r\n\r\n2")


def _answer(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received or not received.split(b"\r\n\r\n", 1)[1]:
        piece = connection.recv(65536)
        if not piece:
            break
        received += piece
    return received


@contextlib.contextmanager
def serving(limits: Mapping[str, int] | None = None, *, clock_by_hand: bool = False) -> Iterator[Served]:
    command = [sys.executable, "-c", SERVER, json.dumps(limits or {}), *(["by hand"] if clock_by_hand else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        yield Served(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    """Shared by the tests, since a start takes longer than most of them."""
    with serving() as served:
        yield served


def test_a_body_is_read_whole_in_any_pieces(server: Served) -> None:
    in_pieces = server.ask(HEAD + b"Content-Length: 6\r\n\r\nabc", b"def")
    in_chunks = server.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"4\r\ndefg\r\n0\r\n\r\n")
    none = server.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert [answer.split(b"\r\n\r\n")[1] for answer in (in_pieces, in_chunks, none)] == [b"6", b"7", b"0"]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([HEAD + b"Content-Length: 100001\r\n\r\n", b"x" * 100_001], id="declared"),
        pytest.param([HEAD + b"Content-Length: 99999999999\r\n\r\n"], id="declared and never sent"),
        pytest.param(
            [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"8000\r\n" + b"x" * 0x8000 + b"\r\n"] * 5, b"0\r\n\r\n"],
            id="chunked",
        ),
    ],
)
def test_a_body_over_the_limit_is_refused_with_413(server: Served, pieces: list[bytes]) -> None:
    answer = server.ask(*pieces)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    assert server.is_well()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9000 + b"\r\n\r\n", 431, id="one long header"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 200_000, 431, id="an endless header"),
        pytest.param(b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431, id="a long address"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: a\r\n" * 21 + b"\r\n", 431, id="many headers"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 400, id="no host"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"hello\r\n\r\n", 400, id="not HTTP"),
        pytest.param(HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, id="two lengths"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400, id="bytes in the address"),
    ],
)
def test_a_head_that_breaks_a_limit_is_refused(server: Served, head: bytes, status: int) -> None:
    answer = server.ask(head)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nx-content-type-options: nosniff\r\n" in answer
    assert server.is_well()


def test_the_number_of_pipelined_requests_is_limited(server: Served) -> None:
    slow, quick = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    with server.connect() as connection:
        connection.sendall(quick * 50)
        received = b""
        while received.count(b"HTTP/1.1 200 ") < 50:
            received += connection.recv(65536)
    with server.connect() as connection, contextlib.suppress(ConnectionError):
        connection.sendall(slow + quick * 100_000)
        assert connection.recv(65536) == b""
    assert server.is_well()


def test_trailers_are_not_headers(server: Served) -> None:
    trailers = b"Cookie: a=b\r\nX-HTTP-Method-Override: PUT\r\nX-Forwarded-For: 192.0.2.1\r\nHost: y\r\n\r\n"
    with server.connect() as connection:
        for _ in range(2):
            connection.sendall(b"POST /headers HTTP/1.1\r\n" + CHUNKED + trailers)

            assert _answer(connection).endswith(b"\r\n\r\nhost transfer-encoding")


@pytest.mark.parametrize(
    "trailers",
    [
        pytest.param([b"A: " + b"a" * 9000 + b"\r\n\r\n"], id="a long one"),
        pytest.param([b"A: ", *[b"a" * 100_000] * 10], id="an endless one"),
        pytest.param([*[b"a" * 100_000] * 10], id="an endless name"),
        pytest.param([b"A: a\r\n" * 25, b"\r\n"], id="many"),
        pytest.param([b"A: %s\r\n" % (b"a" * 900) * 10, b"\r\n"], id="too large together"),
    ],
)
@pytest.mark.parametrize("in_pieces", [False, True])
def test_trailers_that_break_the_limit_of_the_head_are_refused(
    server: Served, trailers: list[bytes], in_pieces: bool
) -> None:
    body = b"POST / HTTP/1.1\r\n" + CHUNKED
    answer = server.ask(body, *trailers) if in_pieces else server.ask(body + b"".join(trailers))

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert server.is_well()


def test_trailers_count_together_with_the_head(server: Served) -> None:
    head = b"POST / HTTP/1.1\r\nA: " + b"a" * 5000 + b"\r\n"

    assert server.ask(head + CHUNKED + b"A: " + b"a" * 2000 + b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    assert server.ask(head + CHUNKED + b"A: " + b"a" * 4000 + b"\r\n\r\n").startswith(b"HTTP/1.1 431 ")


def test_the_extension_of_a_chunk_is_limited_too(server: Served) -> None:
    chunk = b"2;" + b"a" * 200_000

    assert server.ask(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"", id="nothing sent"),
        pytest.param(b"GET / HTTP/1.1\r\nHos", id="half a head"),
        pytest.param(HEAD + b"Content-Length: 50\r\n\r\nhalf", id="half a body"),
    ],
)
def test_a_slow_client_gets_408_and_is_dropped(server: Served, piece: bytes) -> None:
    assert server.ask(piece).startswith(b"HTTP/1.1 408 ")
    assert server.is_well()


def test_the_second_head_of_a_connection_has_a_timeout_too(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
        assert _answer(connection).endswith(b"\r\n\r\n0")
        connection.sendall(b"GET / HT")

        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")


def test_a_reader_that_stops_reading_is_dropped(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1000)
        reset = select.poll()
        reset.register(connection, 0)

        assert reset.poll(60_000) == [(connection.fileno(), select.POLLERR | select.POLLHUP)]
    assert server.is_well()


def test_a_reader_that_reads_slowly_is_not_dropped() -> None:
    with serving(clock_by_hand=True) as server, server.connect() as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(5):
            _read(connection, 600_000)
            server.let_time_pass()

        _read(connection, 600_000)


def test_a_reader_may_pause_for_less_than_the_limit() -> None:
    with serving(clock_by_hand=True) as server, server.connect() as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        _read(connection, 1)
        # Now the server sees for the first time that the reader has stopped.
        server.let_time_pass()
        server.let_time_pass()

        _read(connection, 64 * 1024 * 1024)


def test_a_reader_that_pauses_for_longer_is_dropped() -> None:
    with serving(clock_by_hand=True) as server, server.connect() as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        _read(connection, 1)
        for _ in range(3):
            server.let_time_pass()

        with pytest.raises(ConnectionResetError):
            _read(connection, 64 * 1024 * 1024)


def test_a_connection_without_requests_is_closed_after_the_limit() -> None:
    with serving({"idle_seconds": 1}, clock_by_hand=True) as server, server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")
        assert _answer(connection).endswith(b"\r\n\r\n2")
        # The server looks for the first time after some of it.
        for _ in range(3):
            server.let_time_pass()

        assert connection.recv(10) == b""


def test_another_request_makes_the_wait_begin_again() -> None:
    with serving({"idle_seconds": 1}, clock_by_hand=True) as server, server.connect() as connection:
        for _ in range(3):
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")
            assert _answer(connection).endswith(b"\r\n\r\n2")
            server.let_time_pass()


def test_a_response_that_takes_long_does_not_make_its_connection_idle() -> None:
    with serving({"idle_seconds": 1}, clock_by_hand=True) as server, server.connect() as connection:
        connection.sendall(SLOW)
        assert server.output.readline() == "begun\n"
        server.let_time_pass()
        server.let_time_pass()
        server.finish_slow()

        assert _answer(connection).endswith(b"\r\n\r\n0")


@pytest.mark.parametrize(
    "other",
    [
        b"GET /known HTTP/1.1\r\nHost: x\r\nX-Who: bob\r\nContent-Length: 1\r\n\r\n3",
        b"GET /known HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n3",
        b"POST /known HTTP/1.1\r\nHost: x\r\nX-Who: ann\r\nContent-Length: 1\r\n\r\n3",
        b"GET /known?a HTTP/1.1\r\nHost: x\r\nX-Who: ann\r\nContent-Length: 1\r\n\r\n3",
    ],
)
def test_what_is_known_of_a_head_is_kept_while_a_connection_repeats_it(server: Served, other: bytes) -> None:
    head = b"GET /known HTTP/1.1\r\nHost: x\r\nX-Who: ann\r\nContent-Length: 1\r\n\r\n"
    answers = []

    with server.connect() as connection:
        for request in (head + b"1", head + b"2", other, head + b"4"):
            connection.sendall(request)
            answers.append(_answer(connection).rpartition(b"\r\n\r\n")[2])

    who = b"bob" if b"bob" in other else b"ann" if b"ann" in other else b"None"
    assert answers == [b"1 ann b'1'", b"2 ann b'2'", b"1 %b b'3'" % who, b"1 ann b'4'"]


def _read(connection: socket.socket, count: int) -> None:
    """Reads exactly `count` bytes."""
    while count > 0:
        piece = connection.recv(min(count, 1024 * 1024))
        assert piece
        count -= len(piece)


def test_many_slow_clients_do_not_delay_others(server: Served) -> None:
    slow = [server.connect() for _ in range(200)]
    for connection in slow:
        connection.sendall(HEAD + b"Content-Length: 90000\r\n\r\nx")

    assert server.is_well()
    for connection in slow:
        connection.close()


OK = HEAD + b"Content-Length: 2\r\n\r\nok"
SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("limits", [{"connections": 5}, {"connections_of_address": 5}])
@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHos", OK], ids=["nothing", "half a head", "one request"])
def test_idle_connections_are_closed_for_new_ones(limits: dict[str, int], sent: bytes) -> None:
    with serving(limits) as server, contextlib.ExitStack() as opened:
        for _ in range(50):
            idle = opened.enter_context(server.connect())
            idle.sendall(sent)
            if sent == OK:
                assert _answer(idle).endswith(b"\r\n\r\n2")

        assert [server.is_well() for _ in range(10)] == [True] * 10


def test_the_longest_idle_connection_is_closed_first() -> None:
    with serving({"connections": 3}) as server, contextlib.ExitStack() as opened:
        first, second, third = (opened.enter_context(server.connect()) for _ in range(3))
        for each in (second, third, first):
            each.sendall(OK)
            _answer(each)
        opened.enter_context(server.connect()).sendall(OK)

        assert second.recv(10) == b""
        for each in (third, first):
            each.sendall(OK)
            assert _answer(each).endswith(b"\r\n\r\n2")


@pytest.mark.parametrize(("limits", "status"), [({"connections": 3}, b"503"), ({"connections_of_address": 3}, b"429")])
def test_a_connection_with_a_running_response_is_not_closed_for_others(limits: dict[str, int], status: bytes) -> None:
    with serving(limits) as server, contextlib.ExitStack() as opened:
        busy = [opened.enter_context(server.connect()) for _ in range(3)]
        for each in busy:
            each.sendall(SLOW)
            assert server.output.readline() == "begun\n"

        assert server.ask(OK).startswith(b"HTTP/1.1 %s " % status)
        server.finish_slow()
        assert [_answer(each).endswith(b"\r\n\r\n0") for each in busy] == [True] * 3
        assert server.is_well()


def test_one_address_does_not_take_connections_of_another() -> None:
    with serving({"connections": 10, "connections_of_address": 3}) as server, contextlib.ExitStack() as opened:
        for each in [opened.enter_context(server.connect("127.0.0.2")) for _ in range(3)]:
            each.sendall(SLOW)
            assert server.output.readline() == "begun\n"

        assert server.is_well()
        with server.connect("127.0.0.2") as fourth:
            fourth.sendall(OK)
            assert _answer(fourth).startswith(b"HTTP/1.1 429 ")


def test_a_proxy_may_have_all_connections() -> None:
    with serving({"connections": 10, "connections_of_address": 3}) as server, contextlib.ExitStack() as opened:
        for each in [opened.enter_context(server.connect("127.0.0.9")) for _ in range(8)]:
            each.sendall(SLOW)
            assert server.output.readline() == "begun\n"


@pytest.mark.parametrize("end", [b"", b"Connection: close\r\n"])
def test_a_header_with_a_line_break_is_not_sent(server: Served, end: bytes) -> None:
    assert server.ask(b"GET /injected HTTP/1.1\r\nHost: x\r\n" + end + b"\r\n") == b""
    assert server.is_well()


def test_the_last_response_of_a_connection_says_so(server: Served) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\nok")

        assert b"\r\nconnection: close\r\n" in _answer(connection)
        assert connection.recv(10) == b""


def test_a_request_is_freed_without_the_garbage_collector() -> None:
    with serving() as server, server.connect() as connection:
        kept = []
        for _ in range(5):
            connection.sendall(b"GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
            kept.append(_answer(connection).split(b"\r\n\r\n")[1])

    # The one that asks, and the one before it, which its connection still knows.
    assert kept[-1] in (b"1", b"2")


def test_the_garbage_collector_skips_what_was_there_before_the_first_request(server: Served) -> None:
    assert server.ask(b"GET /spared HTTP/1.1\r\nHost: x\r\n\r\n").endswith(b"\r\n\r\nTrue")


def test_term_finishes_running_requests_and_closes_idle_connections() -> None:
    with serving({"grace_seconds": 600}) as server:
        with server.connect() as idle, server.connect() as busy:
            idle.sendall(HEAD + b"Content-Length: 0\r\n\r\n")
            _answer(idle)
            busy.sendall(SLOW)
            assert server.output.readline() == "begun\n"
            server.process.send_signal(signal.SIGTERM)

            assert idle.recv(10) == b""
            server.finish_slow()
            assert _answer(busy).endswith(b"\r\n\r\n0")
        assert server.process.wait(timeout=60) == 0


def test_term_ends_streams_without_waiting() -> None:
    with serving({"grace_seconds": 600}) as server:
        with server.connect() as stream:
            stream.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"begun" in _answer(stream)
            server.process.send_signal(signal.SIGTERM)

            assert stream.recv(100) == b"0\r\n\r\n"
            assert stream.recv(100) == b""
        assert server.process.wait(timeout=60) == 0


def test_term_does_not_wait_longer_than_the_grace_time() -> None:
    with serving({"grace_seconds": 1}) as server, server.connect() as stuck, server.connect() as never_answered:
        stuck.sendall(HEAD + b"Content-Length: 50\r\n\r\nhalf")
        never_answered.sendall(SLOW)
        assert server.output.readline() == "begun\n"
        assert server.is_well()
        server.process.send_signal(signal.SIGTERM)

        assert server.process.wait(timeout=60) == 0
