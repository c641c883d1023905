"""Paths, and names and values of queries and urlencoded forms: what is escaped in them, and what is not in UTF-8."""

import re
from binascii import unhexlify
from urllib.parse import quote

# What stands for itself in a path (RFC 3986, 3.3), and the sign of escapes that the path has already.
_SAFE_IN_PATH = "/%!$&'()*+,;=:@"

_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+").sub


class NotUtf8(str):
    """Text whose bytes are not UTF-8. It shows U+FFFD in their place, so it is not what was sent."""

    __slots__ = ()


def pairs_in(encoded: bytes) -> list[tuple[str, str]]:
    """The names and values in `a=1&b=2`, in their order. A name without `=` has an empty value.

    A percent sign that begins no escape stands for itself. Source: the URL Standard, 5.1.
    """
    found = []
    for pair in encoded.split(b"&"):
        if pair:
            name, _, value = pair.partition(b"=")
            found.append((_decoded(name), _decoded(value)))
    return found


def path_of(raw: bytes) -> str:
    """A path as it is split and compared: decoded, except that `%2F` and `%25` stand for slashes and percent signs.

    So a slash always separates segments, and no text is taken for an escape. A segment that is not in UTF-8 keeps its
    escapes.
    """
    return "/".join(map(_segment, raw.split(b"/")))


def escaped(path: str) -> str:
    """Such a path as it is sent: in ASCII, on one line, and without spaces. Logs name paths so."""
    return quote(path, safe=_SAFE_IN_PATH, errors="surrogatepass")


def unescaped(part: str) -> str:
    """What a part of such a path says, which is a NotUtf8 when it is not in UTF-8."""
    return text_of(_unescaped(part.encode("utf-8", "surrogatepass"))) if "%" in part else part


def text_of(raw: bytes) -> str:
    """Bytes as text, which is a NotUtf8 when they are not UTF-8."""
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
    # Escapes that follow each other are read together, since a body may hold nothing else.
    return _ESCAPES(lambda run: unhexlify(run[0].replace(b"%", b"")), raw) if b"%" in raw else raw
