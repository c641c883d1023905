"""Files in forms: given to the service as streams, limited, and closed afterwards."""

import gzip
import http.client
import io
import json
import os
import socket
import stat
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
import uvicorn

from parlour.engine import standard_engine
from parlour.engine.dto.declare import Files, namespace, requires_any_role, returns, route
from parlour.engine.dto.errors import ResponseStatus
from parlour.engine.dto.metadata import DeclarationError, dto_type
from parlour.engine.http.arriving import Pace
from parlour.engine.http.asgi import AsgiApp, BodyLimits
from parlour.engine.http.forms import MAX_FIELD_BYTES, MAX_FILES
from parlour.engine.http.uploads import IN_MEMORY_BYTES, Form, UploadedFile, UploadOptions
from parlour.engine.serving.handlers import Handler, Services
from parlour.engine.serving.options import EngineOptions
from tests.engine.test_pipeline import Names, Units
from tests.support.asgi_face import Answer, call
from tests.support.counting import cost_of, growth

LIMIT = 4 * 1024 * 1024
FORM = {"Content-Type": 'multipart/form-data; boundary="XX"'}


@namespace("Tests")
@dataclass(kw_only=True)
class AttachResponse:
    said: list[str] | None = None
    response_status: ResponseStatus | None = None


@route("/attach/{Title}", "POST PUT")
@requires_any_role("Host", verbs="PUT")
@returns(AttachResponse)
@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class Attach:
    title: str | None = None
    note: str | None = None
    files: Annotated[list[UploadedFile], Files(max_bytes=LIMIT)] = field(default_factory=list)


class Attaching:
    """Reads its files, and keeps them for checks afterwards."""

    def __init__(self) -> None:
        self.files: list[UploadedFile] = []
        self.contents: list[bytes] = []
        self.units = Units()
        services = Services()
        services.add(Attach, any=Handler(self.attach))
        self.engine = standard_engine(services, self.units, authentication=Names())

    def attach(self, request: Attach, tx: Any, caller: Any) -> AttachResponse:
        self.files = request.files
        self.contents = [file.content.read() for file in request.files]
        return AttachResponse(said=[request.title or "", request.note or "", *(file.name for file in request.files)])

    def send(self, body: bytes | Iterator[bytes], *, method: str = "POST", **headers: str) -> Answer:
        app = AsgiApp(self.engine, limits=BodyLimits(max_bytes=100_000))
        return call(app, method, "/attach/Minutes", body, headers=FORM | headers)


def part(disposition: str, content: bytes, type_: str = "") -> bytes:
    head = f"--XX\r\nContent-Disposition: form-data; {disposition}\r\n"
    return (head + (f"Content-Type: {type_}\r\n" if type_ else "") + "\r\n").encode() + content + b"\r\n"


def file(content: bytes, name: str = "doc") -> bytes:
    return part(f'name="{name}"; filename="a b.txt"', content, "text/plain")


NOTE = part('name="note"', "für Ann".encode())
END = b"--XX--\r\n"


def test_a_handler_is_given_the_fields_and_the_files() -> None:
    attaching = Attaching()

    answer = attaching.send(NOTE + file(b"one\r\n--X") + part('name="other"; filename=""', b"") + END)

    assert json.loads(answer.body) == {"said": ["Minutes", "für Ann", "doc", "other"]}
    assert attaching.contents == [b"one\r\n--X", b""]
    seen = [(each.file_name, each.content_type, each.size) for each in attaching.files]
    assert seen == [("a b.txt", "text/plain", 8), ("", "application/octet-stream", 0)]


def test_files_are_closed_when_the_request_is_answered() -> None:
    attaching = Attaching()
    attaching.send(file(b"small") + file(b"x" * (IN_MEMORY_BYTES + 1)) + END)

    assert [each.content.closed for each in attaching.files] == [True, True]


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY_BYTES, IN_MEMORY_BYTES + 1, 3_000_000])
@pytest.mark.parametrize("piece_size", [1000, 65_536])
def test_a_file_arrives_whole_in_pieces_of_any_size(size: int, piece_size: int) -> None:
    attaching = Attaching()
    content = bytes(range(256)) * (size // 256) + b"\r\n--X"
    body = NOTE + file(content) + END

    answer = attaching.send(body[at : at + piece_size] for at in range(0, len(body), piece_size))

    assert answer.status == 200
    assert attaching.contents == [content]


def test_a_large_file_is_not_kept_in_memory() -> None:
    services = Services()
    services.add(Attach, any=Handler(lambda request, tx, caller: AttachResponse()))
    app = AsgiApp(standard_engine(services, Units(), authentication=Names()), limits=BodyLimits())
    head, piece = file(b"").removesuffix(b"\r\n"), b"x" * 50_000
    tracemalloc.start()

    answer = call(app, "POST", "/attach/x", [head, *[piece] * 70, b"\r\n" + END], headers=FORM)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status == 200
    assert peak < 1_500_000


def test_an_upload_may_be_larger_than_other_bodies_but_not_than_its_own_limit() -> None:
    assert Attaching().send(file(b"x" * 1_000_000) + END).status == 200
    assert Attaching().send(file(b"x" * LIMIT) + END).status == 413
    assert Attaching().send(iter([file(b"x" * LIMIT), END])).status == 413


@route("/attach-one", "POST")
@returns(AttachResponse)
@namespace("Tests")
@dataclass(slots=True, kw_only=True)
class AttachOne:
    files: Annotated[list[UploadedFile], Files()] = field(default_factory=list)


def send_one(body: bytes | Iterator[bytes], **uploads: Any) -> Answer:
    services = Services()
    services.add(AttachOne, post=Handler(lambda request, tx, caller: AttachResponse(said=[str(request.files[0].size)])))
    options = EngineOptions(uploads=UploadOptions(**uploads) if uploads else None)
    app = AsgiApp(standard_engine(services, Units(), options=options), limits=BodyLimits(max_bytes=1000))
    return call(app, "POST", "/attach-one", body, headers=FORM)


def test_the_limit_of_one_file_is_an_option_of_the_server_and_is_named() -> None:
    largest = send_one(file(b"x" * 200_000) + END, max_file_bytes=200_000)
    larger = send_one(iter([file(b"x" * 200_001), END]), max_file_bytes=200_000)
    declared = send_one(file(b"x" * 1_000_000) + END, max_file_bytes=200_000)

    assert json.loads(largest.body) == {"said": ["200000"]}
    assert larger.status == declared.status == 413
    assert b"A file may have 200,000 bytes on this server." in larger.body
    assert b"A file may have 200,000 bytes on this server." in declared.body
    assert send_one(file(b"x" * 2_000_000) + END).status == 413


def test_files_go_where_the_server_wants_them() -> None:
    opened = []

    def open_file() -> io.BytesIO:
        opened.append(io.BytesIO())
        return opened[-1]

    assert send_one(file(b"abc") + END, max_file_bytes=200_000, open_file=open_file).status == 200
    assert [each.closed for each in opened] == [True]


def test_an_upload_may_neither_pause_nor_be_slower_than_the_slowest_line() -> None:
    now = 100.0
    pace = Pace(30, clock=lambda: now)
    patience = [pace.patience]
    for seconds, received in ((10, 0), (20, 100 * 32 * 1024), (40, 0), (65, 0)):
        now += seconds
        pace.count(b"x" * received)
        patience.append(pace.patience)

    assert patience == [30, 20, 30, 30, 0]


def test_other_bodies_of_the_operation_keep_the_common_limit() -> None:
    answer = call(
        AsgiApp(Attaching().engine, limits=BodyLimits(max_bytes=1000)),
        "POST",
        "/attach/Minutes",
        b'{"note":"' + b"x" * 1000 + b'"}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status == 413


def test_forms_of_other_operations_keep_the_common_limit() -> None:
    @route("/plain", "POST")
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Plain:
        note: str | None = None

    services = Services()
    services.add(Plain, any=Handler(lambda request, tx, caller: None))
    app = AsgiApp(standard_engine(services, Units()), limits=BodyLimits(max_bytes=1000))

    assert call(app, "POST", "/plain", NOTE + file(b"x") + END, headers=FORM).status == 204
    assert call(app, "POST", "/plain", NOTE + file(b"x" * 1000) + END, headers=FORM).status == 413


def test_nothing_is_read_from_callers_who_may_not_call() -> None:
    attaching = Attaching()
    taken = []

    def pieces() -> Iterator[bytes]:
        for each in (file(b"x" * 1_000_000), END):
            taken.append(each)
            yield each

    assert attaching.send(pieces(), method="PUT").status == 401
    assert attaching.send(pieces(), method="PUT", Authorization="Bearer ann:Guest").status == 403
    assert attaching.send(pieces(), method="PUT", Authorization="Bearer ann:Host").status == 200


def test_a_compressed_form_is_read_like_other_bodies() -> None:
    attaching = Attaching()

    answer = attaching.send(gzip.compress(NOTE + file(b"hello") + END), **{"Content-Encoding": "gzip"})

    assert answer.status == 200
    assert attaching.contents == [b"hello"]


@pytest.mark.parametrize(
    "body",
    [
        NOTE + file(b"x" * 300_000),
        file(b"x") + b"--XX-",
        b"--YY\r\n",
        b"",
        b"--XX\r\nno head\r\n" + END,
        part('name="note"', b"\xff") + END,
        part('name="note"', b"x" * (MAX_FIELD_BYTES + 1)) + END,
        file(b"") * (MAX_FILES + 1) + END,
        part('name="a"', b"") * 1001 + END,
        b"--XX\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(100)) + b"\r\n\r\n" + END,
        b"--XX\r\nX: " + b"x" * 100_000 + b"\r\n\r\n\r\n" + END,
    ],
)
def test_a_broken_or_endless_form_is_refused_and_leaves_no_files(body: bytes) -> None:
    attaching = Attaching()

    answer = attaching.send(body[at : at + 60_000] for at in range(0, len(body) or 1, 60_000))

    assert answer.status == 400
    assert attaching.files == []


@pytest.mark.parametrize(
    ("disposition", "file_name"),
    [
        ("filename=\"=?utf-8?B?YmzDpWIudHh0?=\"; filename*=utf-8''bl%C3%A5b.txt", "blåb.txt"),
        ("filename*=utf-8''bl%C3%A5b.txt; filename=plain.txt", "blåb.txt"),
        ("FileName*=UTF-8'da'bl%c3%a5b.txt", "blåb.txt"),
        ("filename*=\"utf-8''a%20b.txt\"", "a b.txt"),
        ("filename*=iso-8859-1''bl%E5b.txt", "blåb.txt"),
        ('filename="a; b.txt"', "a; b.txt"),
        (r'filename="C:\temp\a \"b\".txt"', r'C:\temp\a "b".txt'),
        ("filename = bare.txt ; ; odd", "bare.txt"),
        ('filename="blåb.txt"', "blåb.txt"),
        ('filename="first"; filename="second"', "first"),
    ],
)
def test_a_file_is_called_what_its_header_says(disposition: str, file_name: str) -> None:
    attaching = Attaching()

    assert attaching.send(part(f'name="doc"; {disposition}', b"x") + END).status == 200
    assert [each.file_name for each in attaching.files] == [file_name]


@pytest.mark.parametrize(
    "disposition",
    [
        "filename*=utf-8''bl%E5b.txt",
        "filename*=utf-16''a",
        "filename*=plain.txt",
        'filename="open',
        'filename="a"b',
        'filename=a"b',
    ],
)
def test_an_unreadable_header_of_a_file_is_refused(disposition: str) -> None:
    attaching = Attaching()

    answer = attaching.send(part(f'name="doc"; {disposition}', b"x") + END)

    assert answer.status == 400
    assert b"The Content-Disposition of the form cannot be read." in answer.body
    assert attaching.files == []


@pytest.mark.parametrize("size", [900, 1100])
def test_the_headers_of_a_part_are_limited_together(size: int) -> None:
    half = "x" * (size // 2)
    named = b'--XX\r\nContent-Disposition: form-data; name="note"\r\n'

    one = Attaching().send(part(f'name="note"; filename="{half}{half}"', b"x") + END)
    two = Attaching().send(named + f"A: {half}\r\nB: {half}\r\n\r\nhello\r\n".encode() + END)

    assert one.status == two.status == (200 if size < 1000 else 400)


SHAPES = pytest.mark.parametrize(
    "shape", [";", ";a", ";a=", '"', "\\", ';"', ';a="', ';a="b"', ';a="\\"', " ", "; a", "%", "'", ";a*=b"]
)


def send_long_headers(shape: str, length: int, parts: int) -> int:
    """The status of a form whose parts have headers of this total length, then of one whose own header has it."""
    run = shape * (length // parts // len(shape))
    app = AsgiApp(Attaching().engine, limits=BodyLimits(max_bytes=2_000_000))
    answer = call(app, "POST", "/attach/Minutes", part(f'name="note"{run}', b"x") * parts + END, headers=FORM)
    call(app, "POST", "/attach/Minutes", NOTE + END, headers={"Content-Type": f"{FORM['Content-Type']}{run}"})
    return answer.status


@SHAPES
@pytest.mark.parametrize("parts", [1, 30])
def test_headers_of_a_form_are_read_in_linear_time(shape: str, parts: int) -> None:
    assert growth(lambda length: cost_of(lambda: send_long_headers(shape, length, parts)), 3000) is None


@pytest.mark.long
@SHAPES
@pytest.mark.parametrize("parts", [1, 900])
def test_a_megabyte_of_form_headers_is_read_quickly(shape: str, parts: int) -> None:
    began = time.process_time()

    send_long_headers(shape, 1_000_000, parts)

    assert time.process_time() - began < 2


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server for Attach."""
    server = uvicorn.Server(
        uvicorn.Config(AsgiApp(Attaching().engine, limits=BodyLimits(max_bytes=100_000)), log_level="error")
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=server.run, args=([listening],))
        serving.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        serving.join()


def over_socket(port: int, method: str, body: bytes | Iterator[bytes], **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, "/attach/Minutes", body, FORM | headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_a_large_file_comes_in_chunks_over_a_socket(port: int) -> None:
    pieces = iter([NOTE + file(b"").removesuffix(b"\r\n"), *[b"x" * 50_000] * 70, b"\r\n" + END])

    status, body = over_socket(port, "POST", pieces)

    assert (status, json.loads(body)) == (200, {"said": ["Minutes", "für Ann", "doc"]})


@pytest.mark.parametrize(("method", "status"), [("POST", 413), ("PUT", 401)])
def test_a_refused_upload_still_gets_the_reason(port: int, method: str, status: int) -> None:
    pieces = iter([file(b"").removesuffix(b"\r\n"), *[b"x" * 50_000] * 100, b"\r\n" + END])

    assert over_socket(port, method, pieces)[0] == status


def test_a_compressed_body_comes_in_chunks_over_a_socket(port: int) -> None:
    packed = gzip.compress(json.dumps({"note": "x" * 90_000}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}

    assert over_socket(port, "POST", iter([packed[:100], packed[100:]]), **headers)[0] == 200


def test_files_are_not_a_member_on_the_wire() -> None:
    assert [each.name for each in dto_type(Attach).properties] == ["Title", "Note"]


def test_the_form_of_a_page_takes_files_and_names_another_verb_in_the_address() -> None:
    attaching = Attaching()
    page = call(attaching.engine, "GET", "/json/metadata?op=Attach").body.decode()

    assert 'action="/html/reply/Attach" method="post" enctype="multipart/form-data"' in page
    assert '<input name="files" type="file" multiple' in page
    assert "The whole form may have 4,194,304 bytes." in page
    target = "/html/reply/Attach?X-HTTP-Method-Override=PUT"
    assert f'formaction="{target}">PUT' in page

    app = AsgiApp(attaching.engine)
    answer = call(app, "POST", target, NOTE + file(b"one") + END, headers=FORM | {"Authorization": "Bearer ann:Host"})
    assert (answer.status, attaching.contents) == (200, [b"one"])
    assert call(app, "POST", target, NOTE + END, headers=FORM).status == 401


def test_two_members_for_files_stop_the_start() -> None:
    @namespace("Tests")
    @dataclass(kw_only=True)
    class Twice:
        one: Annotated[list[UploadedFile], Files(1)] = field(default_factory=list)
        two: Annotated[list[UploadedFile], Files(1)] = field(default_factory=list)

    with pytest.raises(DeclarationError, match="only one member can take the files"):
        dto_type(Twice)


def test_a_temporary_file_is_for_its_owner_only_with_any_umask() -> None:
    before, form = os.umask(0), Form()
    try:
        opened = form.open_file()
        opened.write(b"x" * (IN_MEMORY_BYTES + 1))
        mode = os.fstat(opened.fileno()).st_mode
    finally:
        os.umask(before)
        form.close()

    assert stat.S_IMODE(mode) == 0o600
