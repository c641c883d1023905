"""Decompresses bodies, up to a limit, so that a compression bomb takes no more memory than that."""

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
    """The decompressed body of a `Content-Encoding`.

    Raises UnsupportedEncoding for an unsupported encoding or for several, PayloadTooLarge for more than `max_bytes`,
    BindingError if the body is not in its encoding.
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
    """Up to `most` decompressed bytes, and whether the body contained exactly these."""
    return _inflated(body, most, 16 + zlib.MAX_WBITS)


def _inflate(body: bytes, most: int) -> tuple[bytes, bool]:
    """With a zlib header, as the standard says, or without it, as some clients send (RFC 9110, 8.4.1.2)."""
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
