"""Cursors of lists: a place in a list as a text that only this server reads.

A cursor holds the sort key of the last item of a page. It reveals nothing that was not on that page, so it is not
signed. Everything in it is checked like other input.
"""

import base64
import binascii
import json

from parlour.engine.dto.errors import FieldError, ValidationError

# The items of a page if the request does not say it.
USUAL_PAGE = 50


def cursor_of(*keys: str | int) -> str:
    """The cursor of a place with these sort keys."""
    return base64.urlsafe_b64encode(json.dumps(keys, separators=(",", ":")).encode()).decode().rstrip("=")


def keys_in(cursor: str, *kinds: type[str] | type[int]) -> list[str | int]:
    """The sort keys in a cursor, one of each kind. Raises ValidationError for another text."""
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=="))
    except (ValueError, UnicodeEncodeError, binascii.Error, RecursionError):
        keys = None
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds) or not all(map(_is_storable, keys)):
        raise ValidationError([FieldError("Cursor", "'Cursor' must be a NextCursor of this list.", "Predicate")])
    return keys


def _is_storable(key: str | int) -> bool:
    """Whether both databases can compare with this key."""
    if isinstance(key, int):
        return abs(key) < 2**63
    return "\0" not in key and not any("\ud800" <= character <= "\udfff" for character in key)
