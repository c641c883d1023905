"""The protocol of uploads that can be resumed, over ASGI, with uploads kept in memory."""

import asyncio
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from parlour.engine import standard_engine
from parlour.engine.dto.errors import Conflict, NotFound
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.resumable import ResumableUploads, Upload
from parlour.engine.serving.handlers import Services
from parlour.engine.serving.options import EngineOptions
from parlour.engine.serving.principals import Principal
from tests.engine.test_pipeline import Names, Units
from tests.support.asgi_face import Answer, call

EXPIRES = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
ANN = {"Authorization": "Bearer ann:Host", "Tus-Resumable": "1.0.0"}
PATCH = {"Content-Type": "application/offset+octet-stream"}
NO_UPLOAD = "/files/" + "0" * 32


class Memory:
    """Keeps uploads of any person, with what has arrived of each."""

    max_bytes = 1000

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.arrived: dict[str, bytes] = {}
        self.metadata: Mapping[str, str] = {}

    async def create(self, caller: Principal, size: int, metadata: Mapping[str, str]) -> Upload:
        self.metadata = metadata
        upload_id = uuid.uuid4().hex
        self.sizes[upload_id], self.arrived[upload_id] = size, b""
        return await self.find(caller, upload_id)

    async def find(self, caller: Principal, upload_id: str) -> Upload:
        if upload_id not in self.sizes:
            raise NotFound("Upload not found.")
        return Upload(upload_id, self.sizes[upload_id], len(self.arrived[upload_id]), EXPIRES, self.metadata)

    async def append(self, caller: Principal, upload_id: str, offset: int, pieces: AsyncIterator[bytes]) -> Upload:
        if offset != (await self.find(caller, upload_id)).offset:
            raise Conflict("The upload goes on elsewhere.")
        async for piece in pieces:
            self.arrived[upload_id] += piece
        return await self.find(caller, upload_id)

    async def remove(self, caller: Principal, upload_id: str) -> None:
        await self.find(caller, upload_id)
        del self.sizes[upload_id]


class Host:
    """A server with such uploads at `/files`."""

    def __init__(self, prefix: str = "") -> None:
        self.store = Memory()
        protocol = ResumableUploads("/files", self.store, Units(), Names())
        options = EngineOptions(prefix=prefix)
        engine = standard_engine(Services(), Units(), authentication=Names(), protocols=[protocol], options=options)
        self.app = AsgiApp(engine, limits=BodyLimits(max_bytes=10))

    def call(self, verb: str, path: str, body: bytes | Iterable[bytes] | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(self.app, verb, path, body, headers=ANN | named)

    def create(self, size: int = 6, **headers: str) -> str:
        answer = self.call("POST", "/files", None, Upload_Length=str(size), **headers)
        assert answer.status == 201, answer.body
        location = answer.header("location")
        assert location is not None
        return location

    def append(self, path: str, body: bytes | Iterable[bytes], offset: int, **headers: str) -> Answer:
        return self.call("PATCH", path, body, **PATCH, Upload_Offset=str(offset), **headers)


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_the_server_describes_what_it_can_do_to_anybody() -> None:
    answer = call(Host().app, "OPTIONS", "/files")

    assert answer.status == 204
    assert answer.header("tus-resumable") == answer.header("tus-version") == "1.0.0"
    assert answer.header("tus-extension") == "creation,termination,expiration"
    assert answer.header("tus-max-size") == "1000"


def test_an_upload_is_created_and_sent_in_parts() -> None:
    host = Host()
    metadata = f"filename {base64('Plän.png')},filetype {base64('image/png')},empty"
    path = host.create(Upload_Metadata=metadata)

    first = host.append(path, [b"ab", b"cd"], 0)
    between = host.call("HEAD", path)
    last = host.append(path, b"ef", 4)

    assert host.store.metadata == {"filename": "Plän.png", "filetype": "image/png", "empty": ""}
    assert (first.status, first.header("upload-offset")) == (204, "4")
    assert (between.status, between.header("upload-offset"), between.header("upload-length")) == (200, "4", "6")
    assert between.header("upload-metadata") == metadata
    assert first.header("upload-metadata") is None
    assert between.header("upload-expires") == "Thu, 02 Jan 2025 03:04:05 GMT"
    assert "no-store" in (between.header("cache-control") or "")
    assert (last.status, last.header("upload-offset"), last.header("upload-expires")) == (204, "6", None)
    assert list(host.store.arrived.values()) == [b"abcdef"]


def test_the_address_of_an_upload_is_below_the_prefix_of_the_server() -> None:
    host = Host(prefix="/chat")
    answer = host.call("POST", "/chat/files", Upload_Length="3")
    path = answer.header("location") or ""

    assert path.startswith("/chat/files/")
    assert host.append(path, b"x" * 3, 0).status == 204


def test_a_part_at_the_wrong_place_is_refused_and_its_bytes_are_not_read() -> None:
    host = Host()
    answer = host.append(host.create(), [b"a", b"b"], 3)

    assert answer.status == 409
    assert answer.header("connection") == "close"
    assert answer.header("tus-resumable") == "1.0.0"


def test_what_arrived_before_the_client_left_is_kept() -> None:
    host = Host()
    path = host.create()
    app, sent, arriving = host.app, list[object](), iter([b"abc", None])

    async def receive() -> dict[str, object]:
        piece = next(arriving)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: object) -> None:
        sent.append(message)

    headers = {**ANN, **PATCH, "Upload-Offset": "0", "Content-Length": "6"}
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(app(scope, receive, send))

    assert sent == []
    assert host.call("HEAD", path).header("upload-offset") == "3"


def test_a_client_that_stops_sending_gets_a_timeout_and_what_arrived_is_kept() -> None:
    host = Host()
    path = host.create()
    app = AsgiApp(host.app._engine, limits=BodyLimits(seconds=0.01))
    sent: list[dict[str, object]] = []
    arriving = iter([b"abc"])

    async def receive() -> dict[str, object]:
        for piece in arriving:
            return {"type": "http.request", "body": piece, "more_body": True}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {**ANN, **PATCH, "Upload-Offset": "0", "Content-Length": "6"}
    scope = {
        "type": "http",
        "method": "PATCH",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(app(scope, receive, send))

    assert sent[0]["status"] == 408
    assert host.call("HEAD", path).header("upload-offset") == "3"


def test_an_upload_is_ended_by_its_owner() -> None:
    host = Host()
    path = host.create()

    assert host.call("DELETE", path).status == 204
    assert host.call("HEAD", path).status == 404


@pytest.mark.parametrize(
    ("verb", "path", "headers", "status"),
    [
        ("POST", "/files", {"Upload-Length": "1001"}, 413),
        ("POST", "/files", {}, 400),
        ("POST", "/files", {"Upload-Length": "-1"}, 400),
        ("POST", "/files", {"Upload-Length": "1" * 16}, 400),
        ("POST", "/files", {"Upload-Defer-Length": "1"}, 400),
        ("POST", "/files", {"Upload-Length": "1", "Upload-Metadata": "filename ä"}, 400),
        ("POST", "/files", {"Upload-Length": "1", "Upload-Metadata": "filename /w=="}, 400),
        ("POST", "/files", {"Upload-Length": "1", "Upload-Metadata": "x" * 5000}, 400),
        ("POST", "/files", {"Upload-Length": "1", "Tus-Resumable": "0.2.2"}, 412),
        ("POST", "/files", {"Upload-Length": "1", "Authorization": "Bearer unknown"}, 401),
        ("POST", "/files", {"Upload-Length": "1", "Authorization": "Basic wrong"}, 401),
        ("PATCH", NO_UPLOAD, {**PATCH, "Upload-Offset": "0"}, 404),
        ("PATCH", NO_UPLOAD, {"Upload-Offset": "0"}, 415),
        ("PATCH", NO_UPLOAD, {**PATCH}, 400),
        ("PATCH", "/files", {**PATCH, "Upload-Offset": "0"}, 405),
        ("HEAD", NO_UPLOAD, {}, 404),
        ("HEAD", "/files/..%2F..%2Fetc%2Fpasswd", {}, 404),
        ("HEAD", "/files/../secret", {}, 404),
        ("GET", NO_UPLOAD, {}, 405),
        ("PUT", "/files", {}, 405),
    ],
)
def test_wrong_requests_are_refused(verb: str, path: str, headers: dict[str, str], status: int) -> None:
    assert call(Host().app, verb, path, headers=ANN | headers).status == status


def test_the_verb_may_be_in_a_header() -> None:
    host = Host()
    path = host.create()
    answer = host.call("POST", path, b"abc", **PATCH, Upload_Offset="0", X_HTTP_Method_Override="PATCH")

    assert (answer.status, answer.header("upload-offset")) == (204, "3")


def test_the_limit_is_named() -> None:
    assert b"A file may have 1,000 bytes on this server." in Host().call("POST", "/files", Upload_Length="1001").body
