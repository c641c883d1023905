"""The feed of an agency: what has happened, numbered 1, 2, 3 without gaps, and who may know of it.

On SQLite a writer numbers its events itself. On PostgreSQL it puts them into `event_pending`, and `sequencing.py`
numbers them after the commit. Whether somebody may know of an event is decided when they are told of it.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Transaction
from parlour.store.grouping import listed
from parlour.store.times import microseconds

MICROSECONDS_PER_DAY = 24 * 60 * 60 * 1_000_000

# Events that are removed in one transaction, which takes about a millisecond.
DROPPED_AT_ONCE = 500


# What stands in the data of an event for values that only the database knows. A quotation mark in a text is escaped, so
# these are never part of a text.
VERSION = '"version":0,'
NUMBER = '"number":0,'

SENT = "chat.messageSent"
"""The kind of the event of a sent message, which is added together with it (`sending.py`)."""

EDITED = "chat.messageEdited"
"""The kind of the event of a message that got another text."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to add. Active members of the chat may know of it, and the person `user_id`. `data` is its JSON."""

    kind: str
    data: str
    chat_id: Guid | None
    user_id: Guid | None


def sent_parts(data: str) -> dict[str, str]:
    """The data of a sent message's event, around the chat's version and the message's number."""
    before, _, rest = data.partition(VERSION)
    between, _, after = rest.partition(NUMBER)
    return {
        "before_version": f'{before}"version":',
        "before_number": f',{between}"number":',
        "after_number": f",{after}",
    }


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event at its position. `created_at` is in microseconds of Unix time."""

    position: int
    kind: str
    data: str
    chat_id: Guid | None
    user_id: Guid | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Feed:
    """The state of an agency's feed. Events up to `kept_after` are not kept.

    `last_at` and `kept_after_at` are the instants of the events at the two positions, or 0 at position 0.
    """

    epoch: str
    last_position: int
    last_at: int
    last_day: int
    kept_after: int
    kept_after_at: int


@dataclass(frozen=True, slots=True)
class Audience:
    """Those who may know of some events now: members by chat, users by themselves, and their sessions."""

    members: Mapping[Guid, frozenset[Guid]]
    users: frozenset[Guid]
    sessions: frozenset[Guid]


# Adding -------------------------------------------------------------------------------------------------------------

# The newest position of an agency on SQLite, where nobody else writes meanwhile.
LAST_POSITION = """coalesce((SELECT e.position FROM event e WHERE e.agency_id = :agency_id AND e.position > 0
                              ORDER BY e.position DESC LIMIT 1),
                            (SELECT f.kept_after FROM feed f WHERE f.agency_id = :agency_id), 0)"""

_NUMBERED = "INSERT INTO event (agency_id, position, day, kind, chat_id, user_id, created_at, data)"
_PENDING = "INSERT INTO event_pending (agency_id, kind, chat_id, user_id, created_at, data)"

# The events of sent messages on SQLite, without the person, who is null.
SENT_ROWS = "INSERT INTO event (agency_id, position, day, kind, chat_id, created_at, data)"


def add(tx: Transaction, agency_id: Guid, events: Sequence[NewEvent]) -> None:
    """Adds events in this order, and wakes the followers of the feed after the commit."""
    _add(tx, agency_id, events, data="new.data", source="new")


def add_of_chat(
    tx: Transaction, agency_id: Guid, chat_id: Guid, events: Sequence[NewEvent], *, is_counted: bool
) -> None:
    """Adds events of a chat in this order, and counts them in its version unless they were.

    VERSION in their data becomes the version after the event. It comes from the chat's row, so nobody waits for it.
    """
    if not is_counted:
        tx.post(
            "UPDATE chat SET version = version + :count WHERE agency_id = :agency_id AND chat_id = :chat_id",
            agency_id=agency_id,
            chat_id=chat_id,
            count=len(events),
        )
    _add(
        tx,
        agency_id,
        events,
        data=f"""replace(new.data, '{VERSION}', '"version":' || (c.version - :count + new.n) || ',')""",
        source="chat c CROSS JOIN new WHERE c.agency_id = :agency_id AND c.chat_id = :chat_id",
        chat_id=chat_id,
        count=len(events),
    )


# One parameter for any number of events.
_NEW_NUMBERED = """
    WITH new AS (SELECT key + 1 AS n, value ->> 0 AS kind, value ->> 1 AS chat_id, value ->> 2 AS user_id,
                        value ->> 3 AS data
                   FROM json_each(:events))"""
_NEW_PENDING = """
    WITH new AS (SELECT n, value ->> 0 AS kind, value ->> 1 AS chat_id, value ->> 2 AS user_id, value ->> 3 AS data
                   FROM jsonb_array_elements(:events::jsonb) WITH ORDINALITY AS each (value, n))"""


def _add(
    tx: Transaction, agency_id: Guid, events: Sequence[NewEvent], *, data: str, source: str, **parameters: Any
) -> None:
    """Adds events. `data` and `source` are SQL, in which `new` has the events, numbered from 1."""
    if not events:
        return
    now = microseconds(tx.now)
    added = f"new.kind, new.chat_id, new.user_id, :now, {data} FROM {source} ORDER BY new.n"
    parameters |= {
        "agency_id": agency_id,
        "now": now,
        "events": json.dumps([(each.kind, each.chat_id, each.user_id, each.data) for each in events]),
    }
    if tx.numbers_events:
        sql = f"{_NEW_NUMBERED} {_NUMBERED} SELECT :agency_id, {LAST_POSITION} + new.n, :day, {added}"
        tx.post(sql, None, day=now // MICROSECONDS_PER_DAY, **parameters)
    else:
        tx.post(f"{_NEW_PENDING} {_PENDING} SELECT :agency_id, {added}", None, **parameters)
    tx.wake_feed()


def begin(tx: Transaction, agency_id: Guid) -> None:
    """Begins the feed of an agency, unless it has begun."""
    tx.execute(
        """INSERT INTO feed (agency_id, epoch) VALUES (:agency_id, :epoch)
               ON CONFLICT (agency_id) DO NOTHING""",
        agency_id=agency_id,
        epoch=new_guid(),
    )


# Reading ------------------------------------------------------------------------------------------------------------


def feed_of(tx: Transaction, agency_id: Guid) -> Feed:
    """The feed of an agency. It is begun if there is none."""
    found = _feed(tx, agency_id)
    if found is None:
        tx.for_writing()
        begin(tx, agency_id)
        found = _feed(tx, agency_id)
        assert found is not None
    return found


def _feed(tx: Transaction, agency_id: Guid) -> Feed | None:
    row = tx.row(f"{_feeds(tx)} WHERE f.agency_id = :agency_id", agency_id=agency_id)
    return None if row is None else Feed(**row)


def newest_places(tx: Transaction, agency_ids: Collection[Guid]) -> Sequence[tuple[Guid, int, int]]:
    """The agencies with the newest position of their feed, and the day of the event there."""
    named, parameters = listed("agency", agency_ids)
    return tx.tuples(
        f"""SELECT agency_id, last_position, last_day
              FROM ({_feeds(tx, "f.agency_id, ")}) f
             WHERE agency_id IN ({named})""",  # noqa: S608
        **parameters,
    )


def _feeds(tx: Transaction, columns: str = "") -> str:
    """A query for feeds. Writers that number events themselves do not repeat the newest position in the feed's row."""
    if tx.numbers_events:
        return f"""SELECT {columns}f.epoch, coalesce(e.position, f.kept_after) AS last_position,
                          coalesce(e.created_at, f.kept_after_at) AS last_at, coalesce(e.day, 0) AS last_day,
                          f.kept_after, f.kept_after_at
                     FROM feed f
                     LEFT JOIN event e
                       ON e.agency_id = f.agency_id
                      AND e.position = (SELECT x.position FROM event x
                                         WHERE x.agency_id = f.agency_id AND x.position > 0
                                         ORDER BY x.position DESC LIMIT 1)"""  # noqa: S608
    return f"""SELECT {columns}f.epoch, f.last_position, f.last_at, f.last_day, f.kept_after, f.kept_after_at
                 FROM feed f"""  # noqa: S608


def instant_at(tx: Transaction, agency_id: Guid, feed: Feed, position: int) -> int | None:
    """The instant of the event at a position. None if that event is not kept, or has not happened."""
    if position == feed.last_position:
        return feed.last_at
    if position == feed.kept_after:
        return feed.kept_after_at
    instant: int | None = tx.value(
        "SELECT created_at FROM event WHERE agency_id = :agency_id AND position = :position",
        agency_id=agency_id,
        position=position,
    )
    return instant


_COLUMNS = "SELECT position, kind, data, chat_id, user_id, created_at"


def newer(tx: Transaction, agency_id: Guid, *, after: int, day: int, most: int) -> list[StoredEvent]:
    """The events after a position, oldest first, whoever may know of them. The event there was on this `day`."""
    found = tx.tuples(
        f"""{_COLUMNS}
              FROM event
             WHERE agency_id = :agency_id AND position > :after AND day >= :day
             ORDER BY position
             LIMIT :most""",
        agency_id=agency_id,
        after=after,
        day=day,
        most=most,
    )
    return [StoredEvent(*columns) for columns in found]


def known_to(
    tx: Transaction, agency_id: Guid, user_id: Guid, *, after: int, up_to: int, most: int
) -> list[StoredEvent]:
    """The events in a range of positions that a user may know of now, oldest first."""
    found = tx.tuples(
        f"""{_COLUMNS}
              FROM event
             WHERE agency_id = :agency_id AND position > :after AND position <= :up_to
               AND (user_id = :user_id
                    OR chat_id IN (SELECT m.chat_id FROM chat_member m
                                    WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'))
             ORDER BY position
             LIMIT :most""",  # noqa: S608
        agency_id=agency_id,
        user_id=user_id,
        after=after,
        up_to=up_to,
        most=most,
    )
    return [StoredEvent(*columns) for columns in found]


# Both parts have the same columns. A user who is disabled, or no contact of the agency any more, hears nothing.
_AUDIENCE = """
    SELECT m.chat_id, m.user_id, s.session_id
      FROM chat_member m
      JOIN user_account u ON u.user_id = m.user_id AND u.is_disabled = 0
      JOIN contact c ON c.agency_id = m.agency_id AND c.contact_id = m.contact_id AND c.user_id = m.user_id
      LEFT JOIN session s ON s.user_id = m.user_id AND s.agency_id = m.agency_id AND s.expires_at > :now
     WHERE m.agency_id = :agency_id AND m.state = 'active' AND m.chat_id IN ({chats}){listeners}
     UNION ALL
    SELECT NULL, c.user_id, s.session_id
      FROM contact c
      JOIN user_account u ON u.user_id = c.user_id AND u.is_disabled = 0
      LEFT JOIN session s ON s.user_id = c.user_id AND s.agency_id = c.agency_id AND s.expires_at > :now
     WHERE c.agency_id = :agency_id AND c.user_id IN ({users})"""

# With more listeners, the members of the chats are read instead.
_MOST_LISTENERS_NAMED = 128


def audience(
    tx: Transaction,
    agency_id: Guid,
    *,
    chat_ids: Collection[Guid],
    user_ids: Collection[Guid],
    listeners: Collection[Guid],
) -> Audience:
    """Those among the `listeners` who may hear of the chats, or are one of the users, in one query."""
    chats, parameters = listed("chat", chat_ids)
    users, of_users = listed("user", user_ids)
    parameters |= of_users
    among = ""
    if len(listeners) <= _MOST_LISTENERS_NAMED:
        named, of_listeners = listed("listener", listeners)
        parameters |= of_listeners
        among = f" AND m.user_id IN ({named})"
    rows = tx.tuples(
        _AUDIENCE.format(chats=chats, users=users, listeners=among),
        agency_id=agency_id,
        now=microseconds(tx.now),
        **parameters,
    )
    by_chat: dict[Guid | None, set[Guid]] = {}
    for chat_id, user_id, _ in rows:
        by_chat.setdefault(chat_id, set()).add(user_id)
    by_themselves = frozenset(by_chat.pop(None, ()))
    members = {chat_id: frozenset(of_chat) for chat_id, of_chat in by_chat.items() if chat_id is not None}
    sessions = frozenset(session_id for _, _, session_id in rows if session_id is not None)
    return Audience(members, by_themselves, sessions)


# Dropping -----------------------------------------------------------------------------------------------------------


def drop_some(tx: Transaction, agency_id: Guid, *, before_day: int) -> bool:
    """Removes the oldest events of before a day, a few at once. False if there are none left."""
    feed = feed_of(tx, agency_id)
    oldest = tx.tuples(
        """SELECT position, created_at, day
             FROM event
            WHERE agency_id = :agency_id AND position > :after
            ORDER BY position
            LIMIT :most""",
        agency_id=agency_id,
        after=feed.kept_after,
        most=DROPPED_AT_ONCE,
    )
    dropped = None
    for position, created_at, day in oldest:
        if day >= before_day:
            break
        dropped = position, created_at
    if dropped is None:
        return False
    tx.execute(
        "DELETE FROM event WHERE agency_id = :agency_id AND position <= :position",
        agency_id=agency_id,
        position=dropped[0],
    )
    keep_only_after(tx, agency_id, *dropped)
    return True


def keep_only_after(tx: Transaction, agency_id: Guid, position: int, created_at: int) -> None:
    """Notes that events up to a position, which happened at this instant, are not kept any more."""
    tx.execute(
        """UPDATE feed SET kept_after = :position, kept_after_at = :created_at
            WHERE agency_id = :agency_id AND kept_after < :position""",
        agency_id=agency_id,
        position=position,
        created_at=created_at,
    )
