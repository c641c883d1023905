"""The engine handles hostile requests: many thousands of mutated ones, and known attacks."""

import base64
import gzip
import zlib
from functools import cache
from pathlib import Path
from typing import Protocol

import brotli  # type: ignore[import-untyped]
import pytest

from parlour.engine.http.messages import Response
from tests.engine.fuzz_samples import Sample
from tests.engine.fuzzing import (
    LONGEST_SECONDS,
    MAX_BODY_BYTES,
    STUCK_SECONDS,
    answer,
    engines,
    fault,
    formats,
    growth,
    kept,
    load,
)
from tests.engine.fuzzing import problem_of as problem_with
from tests.support.costs import Affordable

TYPES = {
    "json": "application/json",
    "xml": "application/xml",
    "jsv": "application/jsv",
    "csv": "text/csv",
    "jsonl": "text/jsonl",
    "form": "application/x-www-form-urlencoded",
    "multipart": "multipart/form-data; boundary=b",
}


def some(format_: str, count: int) -> int:
    """Fewer of addresses and headers, which are spoiled among the requests of every format as well."""
    return count // 4 if format_ in ("address", "credentials") else count


@pytest.mark.parametrize("format_", formats())
def test_no_mutated_request_crashes_blocks_or_fills_the_engine(format_: str) -> None:
    # The time of one request is not judged: only an endless search takes so long.
    assert list(growth(format_, seed=1, count=some(format_, 10_000), longest_seconds=STUCK_SECONDS)) == []


@pytest.mark.long
@pytest.mark.parametrize("format_", formats())
def test_very_many_mutated_requests_are_all_handled(format_: str) -> None:
    assert list(growth(format_, seed=1, count=some(format_, 100_000))) == []


@pytest.mark.parametrize("path", kept(), ids=lambda path: path.stem)
def test_requests_that_once_caused_problems_are_handled(affordable: Affordable, path: Path) -> None:
    request = load(path)

    def problems() -> list[str | None]:
        return [problem_with(request, number, STUCK_SECONDS) for number in range(len(engines(request.host)))]

    assert set(affordable(problems, seconds=LONGEST_SECONDS)) == {None}


@pytest.mark.parametrize(
    "response",
    [
        Response(status=500),
        Response(headers=[("Location", "/a\r\nb")]),
        Response(headers=[("Location", "/€")]),
        Response(headers=[("Content-Type", "application/json; charset=utf-8")], body=b"{"),
    ],
)
def test_a_forbidden_response_is_a_finding(response: Response) -> None:
    assert fault(response, Sample("GET", "/alltypes", (), None)) is not None


def written(format_: str, member: str, text: str) -> bytes:
    """A body for AllTypes with one member, whose text is written in the format."""
    match format_:
        case "json" | "jsonl":
            return f'{{"{member}":{text}}}'.encode()
        case "xml":
            namespace = "http://schemas.datacontract.org/2004/07/Stub"
            return f'<AllTypes xmlns="{namespace}"><{member}>{text}</{member}></AllTypes>'.encode()
        case "jsv":
            return f"{{{member}:{text}}}".encode()
        case "csv":
            return f'{member}\r\n"{text.replace(chr(34), chr(34) * 2)}"\r\n'.encode()
        case "form":
            return f"{member}={text}".encode()
    return f'--b\r\nContent-Disposition: form-data; name="{member}"\r\n\r\n{text}\r\n--b--\r\n'.encode()


class Sent(Protocol):
    """The response to a body for AllTypes, which must not cost much."""

    def __call__(self, format_: str, body: bytes, *headers: tuple[str, str]) -> Response: ...


@pytest.fixture
def sent(affordable: Affordable) -> Sent:
    def send(format_: str, body: bytes, *headers: tuple[str, str]) -> Response:
        own = (("content-type", TYPES[format_]), ("accept", "application/json"), *headers)
        return affordable(lambda: answer(Sample("POST", "/alltypes", own, body)), seconds=LONGEST_SECONDS)

    return send


PACKED = {"gzip": gzip.compress, "deflate": zlib.compress, "br": lambda body: brotli.compress(body, quality=5)}

with_bodies = pytest.mark.parametrize("format_", [name for name in formats() if name in TYPES])


@with_bodies
def test_a_valid_member_arrives(sent: Sent, format_: str) -> None:
    assert b'"int":7' in sent(format_, written(format_, "Int", "7")).body


@with_bodies
@pytest.mark.parametrize(
    "member", ["Int", "Long", "Byte", "Double", "Float", "Decimal", "Ints", "Span", "When", "Access"]
)
@pytest.mark.parametrize(
    "text", ["9" * 60_000, "-" + "9" * 60_000, "1e" + "9" * 50_000, "0." + "1" * 60_000 + "e99999999"]
)
def test_a_huge_number_is_refused_or_rounded(sent: Sent, format_: str, member: str, text: str) -> None:
    told = sent(format_, written(format_, member, text))

    assert told.status == 400 or (told.status == 200 and text.startswith("0."))


@with_bodies
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"inner":', "}"), ("{inner:", "}"), ("<Inner>", "</Inner>")]
)
@pytest.mark.parametrize("member", ["Inner", "Inners", "Map", "Text"])
@pytest.mark.parametrize("closed", [True, False])
def test_deep_nesting_is_refused_or_read_as_text(
    sent: Sent, format_: str, opening: str, closing: str, member: str, closed: bool
) -> None:
    depth = 60_000 // len(opening + closing)

    assert sent(format_, written(format_, member, opening * depth + closing * depth * closed)).status in (200, 400)


def test_a_billion_laughs_attack_is_refused_before_expansion(sent: Sent) -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "lol">{laughs}]>'.encode() + written("xml", "Text", "&l9;")

    assert sent("xml", body).status == 400


def test_a_hundred_thousand_fields_are_refused(sent: Sent) -> None:
    field = b'--b\r\nContent-Disposition: form-data; name="Text"\r\n\r\na\r\n'

    assert sent("form", b"&".join([b"Text=a"] * 100_000)).status == 400
    assert sent("multipart", field * 100_000 + b"--b--\r\n").status == 400


def test_a_hundred_thousand_members_are_handled(sent: Sent) -> None:
    body = ("{" + ",".join(f'"a{i}":0' for i in range(100_000)) + "}").encode()

    assert sent("json", body).status == 200


@with_bodies
@pytest.mark.parametrize("half", [b"\xed\xa0\x80", rb"\ud800", b"&#xD800;", b"%ED%A0%80", b"\xed\xb0\x80\xed\xa0\x80"])
@pytest.mark.parametrize("member", ["Text", "Char", "Map", "Strings", "Id", "When"])
def test_a_lone_surrogate_is_refused_or_can_be_returned(format_: str, half: bytes, member: str) -> None:
    quoted = b'"' + half + b'"' if format_ in ("json", "jsonl") else half
    body = written(format_, member, "%").replace(b"%", quoted, 1)

    for kind in ("application/json", "application/xml"):
        told = answer(Sample("POST", "/alltypes", (("content-type", TYPES[format_]), ("accept", kind)), body))
        assert told.status in (200, 400)
        assert told.body.decode()


@with_bodies
@pytest.mark.parametrize(
    "headers", [[("x", "y")] * 10_000, [("accept", "a/b;q=0.1")] * 10_000, [("cookie", "a=b")] * 9999]
)
def test_very_many_headers_are_handled(sent: Sent, format_: str, headers: list[tuple[str, str]]) -> None:
    assert sent(format_, written(format_, "Int", "7"), *headers).status == 200


@cache
def bomb(*encodings: str) -> bytes:
    """A very long compressed body for each encoding."""
    packed = b" " * 20_000_000
    for encoding in encodings:
        packed = PACKED[encoding](packed)
    return packed


@with_bodies
@pytest.mark.parametrize("encodings", [("gzip",), ("deflate",), ("br",), ("gzip", "gzip")])
def test_a_compression_bomb_is_refused_before_it_is_decompressed(
    sent: Sent, format_: str, encodings: tuple[str, ...]
) -> None:
    packed = bomb(*encodings)

    assert len(packed) < MAX_BODY_BYTES
    assert sent(format_, packed, ("content-encoding", encodings[-1])).status in (400, 413)


def test_a_password_that_is_not_text_matches_nobody(sent: Sent) -> None:
    basic = "Basic " + base64.b64encode(b"\xff:\xff").decode()

    assert sent("json", b"{}", ("authorization", basic)).status == 200
