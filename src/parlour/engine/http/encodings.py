"""Bodies that arrive compressed. What comes out is bounded before it is there: a bomb costs no more than the limit."""

import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped] # it has no types

from parlour.engine.dto.errors import ApiError, BindingError, PayloadTooLarge

_PIECE = 64 * 1024


class UnsupportedEncoding(ApiError):
    """Raised when a body is compressed with an unsupported method."""

    status = 415
    code = "UnsupportedMediaType"


def decompressed(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """A body that arrived in a `Content-Encoding`.

    Raises UnsupportedEncoding for one that is not read here, or several, PayloadTooLarge when more than `max_bytes`
    come out, BindingError when the body is not in its encoding.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    read = _READERS.get(encoding)
    if read is None:
        raise UnsupportedEncoding(
            "A body may be encoded as gzip, deflate or br, and only once.",
            headers=[("Accept-Encoding", ", ".join(_OFFERED))],
        )
    try:
        plain, is_whole = read(body, max_bytes + 1)
    except (zlib.error, brotli.error):
        raise BindingError(f"The body is not valid in its encoding, {encoding}.") from None
    if len(plain) > max_bytes:
        raise PayloadTooLarge(f"The body is larger than the {max_bytes:,} bytes this server accepts.")
    if not is_whole:
        raise BindingError("The compressed body does not end where its encoding does.")
    return plain


def _gunzip(body: bytes, most: int) -> tuple[bytes, bool]:
    """Up to `most` bytes of what is in a body, and whether the body holds all of it and nothing else."""
    return _inflated(body, most, 16 + zlib.MAX_WBITS)


def _inflate(body: bytes, most: int) -> tuple[bytes, bool]:
    """As the standard says, with a head; or bare, as some clients send it (RFC 9110, 8.4.1.2)."""
    try:
        return _inflated(body, most, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(body, most, -zlib.MAX_WBITS)


def _inflated(body: bytes, most: int, window: int) -> tuple[bytes, bool]:
    inflater = zlib.decompressobj(window)
    plain = inflater.decompress(body, most)
    return plain, inflater.eof and not inflater.unused_data


def _unbrotli(body: bytes, most: int) -> tuple[bytes, bool]:
    decompressor = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    while size < most:
        part = decompressor.process(body, output_buffer_limit=min(_PIECE, most - size))
        if not part and decompressor.can_accept_more_data():
            break
        body = b""
        parts.append(part)
        size += len(part)
    return b"".join(parts)[:most], decompressor.is_finished()


_READERS: dict[str, Callable[[bytes, int], tuple[bytes, bool]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
}

_OFFERED = ("gzip", "deflate", "br")
