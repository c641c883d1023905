"""Erasing the texts of deleted messages from the feed, so that nobody is told them who reads it later.

No index leads from a message to its events, since every send would pay for it. But an event has the instant of its
change, and positions grow with time.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.events import EDITED, SENT, Feed, feed_of

# How far the instants of neighbours in the feed may be out of order, in microseconds. Works that collide are repeated
# with their first instant, which takes a few seconds at most. A clock that was set anew differs by more.
NEAR = 10_000_000
FAR = 3_600_000_000

_OF_TEXTS = f"kind IN ('{SENT}', '{EDITED}')"

# The positions before an instant end at `low`. Halves the range until one position is left, as for messages
# (`reading.number_before`). With CROSS JOIN, SQLite begins with the range.
_SEARCH = """
    WITH RECURSIVE search (low, high) AS (
        SELECT CAST(:kept_after AS bigint), CAST(:last AS bigint)
         UNION ALL
        SELECT CASE WHEN e.created_at < {instant} THEN e.position ELSE s.low END,
               CASE WHEN e.created_at < {instant} THEN s.high ELSE e.position - 1 END
          FROM search s
         CROSS JOIN event e
         WHERE s.low < s.high AND e.agency_id = :agency_id AND e.position = (s.low + s.high + 1) / 2)"""


def erase_texts(tx: Transaction, agency_id: Guid, chat_id: Guid, message_id: Guid, instants: Iterable[int]) -> None:
    """Erases the texts of a message from the events of these instants: when it was sent, edited or answered.

    The chat is locked, so it gets no more of them. Takes one statement for each instant, whatever the feed holds.
    """
    if not tx.numbers_events:
        _erase_pending(tx, agency_id, chat_id, message_id)
    feed = feed_of(tx, agency_id)
    for instant in sorted(set(instants)):
        found = _near(tx, agency_id, chat_id, instant, feed, NEAR) or _near(tx, agency_id, chat_id, instant, feed, FAR)
        for position, day, data in found:
            erased = _without_text(data, message_id)
            if erased is not None:
                tx.post(
                    """UPDATE event SET data = :data
                        WHERE agency_id = :agency_id AND position = :position AND day = :day""",
                    agency_id=agency_id,
                    position=position,
                    day=day,
                    data=erased,
                )


def _erase_pending(tx: Transaction, agency_id: Guid, chat_id: Guid, message_id: Guid) -> None:
    """Erases texts from events without a position. The sequencer waits for these rows, and then moves the new data.

    Rows that it takes first are in `event` afterwards, or the delete runs again. So `event` is searched after this. The
    feed's row is not locked. It changes all the time, and a delete would run again for each change.
    """
    found = tx.tuples(
        f"""SELECT serial, CAST(xact AS text), data
              FROM event_pending
             WHERE agency_id = :agency_id AND chat_id = :chat_id AND {_OF_TEXTS}
             ORDER BY serial
               FOR UPDATE""",  # noqa: S608 - constants
        agency_id=agency_id,
        chat_id=chat_id,
    )
    for serial, xact, data in found:
        erased = _without_text(data, message_id)
        if erased is not None:
            tx.post(
                "UPDATE event_pending SET data = :data WHERE xact = CAST(:xact AS xid8) AND serial = :serial",
                xact=xact,
                serial=serial,
                data=erased,
            )


def _near(
    tx: Transaction, agency_id: Guid, chat_id: Guid, instant: int, feed: Feed, slack: int
) -> Sequence[tuple[int, int, str]]:
    """The events of an instant about texts of a chat, if their neighbours are out of order by no more than `slack`."""
    return tx.tuples(
        f"""SELECT position, day, data
              FROM event
             WHERE agency_id = :agency_id
               AND position > ({_SEARCH.format(instant=":since")} SELECT max(low) FROM search)
               AND position <= ({_SEARCH.format(instant=":until")} SELECT min(high) FROM search)
               AND created_at = :instant AND chat_id = :chat_id AND {_OF_TEXTS}""",  # noqa: S608 - constants
        agency_id=agency_id,
        chat_id=chat_id,
        instant=instant,
        since=instant - slack,
        until=instant + slack + 1,
        kept_after=feed.kept_after,
        last=feed.last_position,
    )


def _without_text(data: str, message_id: Guid) -> str | None:
    """The data of an event without what a message said. None if it says nothing of that.

    The names of files go as well. Who was mentioned stays, since readers count it until they hear of the delete.
    """
    happened: dict[str, Any] = json.loads(data)
    message = happened.get("message", happened)
    answered = message.get("replyTo")
    if message["chatMessageId"] == message_id:
        message["text"] = ""
        if message is not happened:
            message |= {"isDeleted": True, "attachments": []}
            message.pop("replyTo", None)
    elif answered and answered["chatMessageId"] == message_id:
        answered |= {"text": "", "isDeleted": True}
    else:
        return None
    return json.dumps(happened, ensure_ascii=False, separators=(",", ":"))
