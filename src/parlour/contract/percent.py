"""Names and values of queries and urlencoded forms, and which of them are not in UTF-8."""

import re
from binascii import unhexlify

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


def text_of(raw: bytes) -> str:
    """Bytes as text, which is a NotUtf8 when they are not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return NotUtf8(raw.decode("utf-8", "replace"))


def _decoded(raw: bytes) -> str:
    plain = raw.replace(b"+", b" ")
    # Escapes that follow each other are read together, since a body may hold nothing else.
    return text_of(_ESCAPES(lambda run: unhexlify(run[0].replace(b"%", b"")), plain) if b"%" in plain else plain)
