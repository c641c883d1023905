"""Percent-decoding of paths, queries and urlencoded forms, with marks for text that is not in UTF-8."""

import re
from binascii import unhexlify
from urllib.parse import quote

# Characters that need no escape in a path (RFC 3986, 3.3), and the sign of existing escapes.
_SAFE_IN_PATH = "/%!$&'()*+,;=:@"

_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+").sub


class NotUtf8(str):
    """Text whose bytes are not in UTF-8. They are replaced with U+FFFD, so it differs from what was sent."""

    __slots__ = ()


def pairs_in(encoded: bytes) -> list[tuple[str, str]]:
    """The names and values of `a=1&b=2`, in order. A name without `=` has an empty value.

    A percent sign outside an escape is kept. Source: the URL Standard, 5.1.
    """
    found = []
    for pair in encoded.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found.append((_decoded(name), _decoded(value)))
    return found


def path_of(raw: bytes) -> str:
    """The path for splitting and comparing: decoded, except `%2F` and `%25`.

    So slashes always separate segments, and no text is mistaken for an escape. A segment that is not in UTF-8 keeps its
    escapes.
    """
    return "/".join(map(_segment, raw.split(b"/")))


def escaped(path: str) -> str:
    """Escapes a path of `path_of` for sending and for logs: ASCII, on one line, without spaces."""
    return quote(path, safe=_SAFE_IN_PATH, errors="surrogatepass")


def unescaped(part: str) -> str:
    """The decoded text of a part of such a path. It is a NotUtf8 if it is not in UTF-8."""
    return text_of(_unescaped(part.encode("utf-8", "surrogatepass"))) if "%" in part else part


def text_of(raw: bytes) -> str:
    """Bytes as text. It is a NotUtf8 if they are not in UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return NotUtf8(raw.decode("utf-8", "replace"))


def _segment(raw: bytes) -> str:
    plain = _unescaped(raw)
    try:
        return plain.decode().replace("%", "%25").replace("/", "%2F")
    except UnicodeDecodeError:
        return quote(plain, safe="")


def _decoded(raw: bytes) -> str:
    return text_of(_unescaped(raw.replace(b"+", b" ")))


def _unescaped(raw: bytes) -> bytes:
    # Consecutive escapes are decoded together, since a body may contain nothing else.
    return _ESCAPES(lambda run: unhexlify(run[0].replace(b"%", b"")), raw) if b"%" in raw else raw
