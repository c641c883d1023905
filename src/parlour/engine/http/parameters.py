"""Reads headers with parameters, such as `form-data; name="note"` (RFC 9110, 5.6.6)."""

import re
from urllib.parse import unquote_to_bytes

# Possessive, so that each character is read once in any header. A parameter may be empty or lack a value. Any other
# mismatch ends the match.
_PARAMETER = re.compile(
    r';[ \t]*+(?:([^ \t;="]++)[ \t]*+(?:=[ \t]*+(?:"((?:[^"\\]|\\.)*+)"[ \t]*+|([^;"]*+)))?+)?+', re.DOTALL
).match

_ESCAPED = re.compile(r'\\(["\\])')

# The two encodings that all readers of extended values must know (RFC 5987, 3.2).
_CHARSETS = ("utf-8", "iso-8859-1")


def parameters(header: str) -> dict[str, str]:
    """The parameters of a header by lower-case name, the first of each name.

    An extended value (`filename*=utf-8''bl%C3%A5b.txt`) replaces the plain one of its name (RFC 6266, 4.3). Raises
    ValueError for a malformed header, or an extended value that is not in its encoding.
    """
    plain: dict[str, str] = {}
    extended: dict[str, str] = {}
    at = header.find(";")
    while 0 <= at < len(header):
        found = _PARAMETER(header, at)
        if found is None:
            raise ValueError("These are not parameters.")
        at = found.end()
        name, quoted, bare = found.groups()
        if name is None or (quoted is None and bare is None):
            continue
        name, value = name.lower(), bare.strip() if quoted is None else _unescaped(quoted)
        if name.endswith("*"):
            extended.setdefault(name[:-1], _decoded(value))
        else:
            plain.setdefault(name, value)
    return plain | extended


def _unescaped(quoted: str) -> str:
    # Unescapes only what must be escaped: some clients send the backslashes of a path unescaped.
    return _ESCAPED.sub(r"\1", quoted)


def _decoded(value: str) -> str:
    """An extended value as text (RFC 8187, 3.2). Raises ValueError."""
    charset, _, rest = value.partition("'")
    _, separator, encoded = rest.partition("'")
    if not separator or charset.lower() not in _CHARSETS:
        raise ValueError("The encoding is unknown.")
    return unquote_to_bytes(encoded).decode(charset)
