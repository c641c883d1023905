"""Request bodies that arrive compressed."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped] # it has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.stubs.services import open_services
from parlour.engine import standard_engine
from parlour.engine.dto.errors import BindingError, PayloadTooLarge
from parlour.engine.http.encodings import UnsupportedEncoding, decompressed
from parlour.engine.serving.handlers import InlineUnits
from tests.engine.samples import UNHURRIED
from tests.support.asgi_face import call

MAX_BYTES = 10_000

Pack = Callable[[bytes], bytes]


def bare_deflate(body: bytes) -> bytes:
    return zlib.compress(body, wbits=-zlib.MAX_WBITS)


PACKED = pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZip ", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", bare_deflate),
        ("br", brotli.compress),
    ],
)


@PACKED
@UNHURRIED
@given(body=st.binary(max_size=500).flatmap(lambda piece: st.integers(0, 20).map(lambda times: piece * times)))
def test_a_compressed_body_is_decompressed(encoding: str, pack: Pack, body: bytes) -> None:
    assert decompressed(pack(body), encoding, MAX_BYTES) == body


@PACKED
def test_a_body_may_be_as_long_as_the_limit_and_no_longer(encoding: str, pack: Pack) -> None:
    assert len(decompressed(pack(b"a" * MAX_BYTES), encoding, MAX_BYTES)) == MAX_BYTES
    with pytest.raises(PayloadTooLarge, match="10,000 bytes"):
        decompressed(pack(b"a" * (MAX_BYTES + 1)), encoding, MAX_BYTES)


@PACKED
def test_a_compression_bomb_takes_no_more_memory_than_the_limit(encoding: str, pack: Pack) -> None:
    bomb = pack(b"\0" * 50_000_000)
    tracemalloc.start()

    with pytest.raises(PayloadTooLarge):
        decompressed(bomb, encoding, 1_000_000)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


@PACKED
@pytest.mark.parametrize("spoil", [lambda body: body[:-1], lambda body: body + b"more", lambda body: b"\xff" + body])
def test_a_corrupt_body_is_refused(encoding: str, pack: Pack, spoil: Pack) -> None:
    with pytest.raises(BindingError):
        decompressed(spoil(pack(b"some text that is long enough to be packed")), encoding, MAX_BYTES)


@pytest.mark.parametrize("encoding", ["zstd", "gzip, gzip", "deflate,gzip", "x", "gzip;q=1"])
def test_unsupported_encodings_are_refused_with_a_list_of_supported_ones(encoding: str) -> None:
    with pytest.raises(UnsupportedEncoding) as refused:
        decompressed(b"x", encoding, MAX_BYTES)

    assert refused.value.headers == (("Accept-Encoding", "gzip, deflate, br"),)


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_an_uncompressed_body_is_unchanged(encoding: str) -> None:
    assert decompressed(b"x", encoding, MAX_BYTES) == b"x"


def test_a_query_may_contain_unescaped_bytes() -> None:
    assert (
        call(standard_engine(open_services(), InlineUnits()), "POST", "/text?text=caf\u00e9%20%26").body
        == "café &".encode()
    )


@PACKED
def test_a_compressed_request_may_be_sent_in_pieces(encoding: str, pack: Pack) -> None:
    body = pack(b'{"text":"hello"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}

    answer = call(
        standard_engine(open_services(), InlineUnits()), "POST", "/text", [body[:5], b"", body[5:]], headers=headers
    )

    assert (answer.status, answer.body) == (200, b"hello")
