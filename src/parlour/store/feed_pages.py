"""Reads an agency's feed from a cursor: what one person may know of, or that something is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.store import events
from parlour.store.database import Transaction
from parlour.store.events import Feed, StoredEvent
from parlour.store.feed_cursors import Cursors, position_in

# The positions that one read looks at, which takes some ten milliseconds. Most of them may be of other people's chats.
LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Events after a cursor, and the place behind them.

    With `is_gap` there are no events, since some were missed, and the place is the newest. Unless `is_at_end` there may
    be more events behind the place. `cursors` are those of the events.
    """

    events: Sequence[StoredEvent]
    cursors: Sequence[str]
    position: int
    cursor: str
    is_gap: bool
    is_at_end: bool


def newest(tx: Transaction, cursors: Cursors, agency_id: Guid) -> Page:
    """No events, and the newest place."""
    return _at_end(cursors, agency_id, events.feed_of(tx, agency_id))


def after(tx: Transaction, cursors: Cursors, agency_id: Guid, user_id: Guid, cursor: str, *, most: int) -> Page:
    """The next events that the user may know of. A cursor that does not fit the feed is a gap."""
    feed = events.feed_of(tx, agency_id)
    position = position_in(cursor)
    if position is None or not feed.kept_after <= position <= feed.last_position:
        return _at_end(cursors, agency_id, feed, is_gap=True)
    instant = events.instant_at(tx, agency_id, feed, position)
    if instant is None or cursors.at(agency_id, feed.epoch, position, instant) != cursor:
        return _at_end(cursors, agency_id, feed, is_gap=True)
    up_to = min(feed.last_position, position + LOOKED_AT)
    found = events.known_to(tx, agency_id, user_id, after=position, up_to=up_to, most=most)
    of_found = [cursors.at(agency_id, feed.epoch, each.position, each.created_at) for each in found]
    if len(found) == most:
        is_at_end = found[-1].position == feed.last_position
        return Page(found, of_found, found[-1].position, of_found[-1], is_gap=False, is_at_end=is_at_end)
    instant = events.instant_at(tx, agency_id, feed, up_to)
    assert instant is not None, "Nothing behind kept_after was dropped."
    next_cursor = cursors.at(agency_id, feed.epoch, up_to, instant)
    return Page(found, of_found, up_to, next_cursor, is_gap=False, is_at_end=up_to == feed.last_position)


def _at_end(cursors: Cursors, agency_id: Guid, feed: Feed, *, is_gap: bool = False) -> Page:
    cursor = cursors.at(agency_id, feed.epoch, feed.last_position, feed.last_at)
    return Page((), (), feed.last_position, cursor, is_gap, is_at_end=True)
