"""Cursors: signed places in an agency's feed.

A cursor is a whole number of 63 bits, since clients read the `id` of a stream's frame as one: 40 bits of position, and
23 bits of a signature. The signature covers the epoch of the feed, and the instant of the event at that position. So a
cursor from before a restore does not fit, even if the position was given to another event since.

The signature only finds mistakes: each event is checked for access when it is delivered, whatever the cursor says.
"""

from hashlib import blake2b
from struct import Struct

from parlour.engine.dto.declare import Guid

POSITION_BITS = 40
SIGNATURE_BITS = 23

_MOST = 1 << (POSITION_BITS + SIGNATURE_BITS)
_numbers = Struct("<QQ").pack


class Cursors:
    """Makes and checks cursors with a key of this server."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32, person=b"parlour cursors").digest()

    def at(self, agency_id: Guid, epoch: str, position: int, instant: int) -> str:
        """The cursor of a position, whose event happened at this instant in microseconds of Unix time."""
        signed = b"%b %b " % (agency_id.encode(), epoch.encode()) + _numbers(position, instant)
        digest = blake2b(signed, key=self._key, digest_size=4).digest()
        signature = int.from_bytes(digest) >> (32 - SIGNATURE_BITS)
        return str(position << SIGNATURE_BITS | signature)


def position_in(cursor: str) -> int | None:
    """The position that a cursor claims. None if this cannot be a cursor."""
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= len(str(_MOST))):
        return None
    number = int(cursor)
    return number >> SIGNATURE_BITS if number < _MOST else None
