"""Browsers that get pushes, and what they are to be told.

A push names the newest message of a chat that its person has not read. So there is at most one for each browser and
chat, and it holds no text. A worker leases a push to send it, as with mail (`outbox.py`).
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.store import events
from parlour.store.database import Row, Transaction
from parlour.store.grouping import ids_in_groups
from parlour.store.times import microseconds, to_datetime

TEST = Guid("")
"""In place of a chat, in a push that a person sent themselves to see whether pushes arrive."""

# How long a push may wait for its browser. Somebody who is away for a weekend still gets it.
LIFE = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A browser that gets pushes. Whoever has its address and keys can write to it."""

    subscription_id: Guid
    user_id: Guid
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)
    device_name: str
    hides_text: bool
    saved_at: datetime
    delivered_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """How far an agency's feed was searched."""

    agency_id: Guid
    position: int
    day: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent: where, by whom, and whom it names. `created_at` is in microseconds of Unix time."""

    position: int
    day: int
    chat_id: Guid
    seq: int
    sender_id: Guid
    named: frozenset[Guid]
    names_everybody: bool
    created_at: int


@dataclass(frozen=True, slots=True)
class Reader:
    """A member with a browser, who may be told of messages after `read_seq`. `since` is when the browser came."""

    subscription_id: Guid
    since: int
    chat_id: Guid
    user_id: Guid
    read_seq: int
    only_mentions: bool


@dataclass(frozen=True, slots=True)
class Push:
    """Something to tell a browser. `attempts` counts all started attempts, including a running one."""

    agency_id: Guid
    subscription_id: Guid
    chat_id: Guid
    seq: int
    attempts: int
    leased_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """The browser of a push, with what is said to its person beside the message."""

    subscription: Subscription
    language: str | None
    agency_name: str


# Subscriptions --------------------------------------------------------------------------------------------------------

_SUBSCRIPTION = """s.subscription_id, s.user_id, s.endpoint, s.p256dh, s.auth, s.device_name, s.hides_text, s.saved_at,
                  s.delivered_at, s.last_error"""


def subscriptions_of(tx: Transaction, agency_id: Guid, user_id: Guid) -> list[Subscription]:
    """The browsers of a person, the one that was saved last first."""
    rows = tx.rows(
        f"""SELECT {_SUBSCRIPTION}
              FROM push_subscription s
             WHERE s.agency_id = :agency_id AND s.user_id = :user_id
             ORDER BY s.saved_at DESC, s.subscription_id""",  # noqa: S608 - constants
        agency_id=agency_id,
        user_id=user_id,
    )
    return [_subscription(row) for row in rows]


def id_of(tx: Transaction, agency_id: Guid, endpoint: str) -> Guid | None:
    """The subscription with an address, whosever it is."""
    found: Guid | None = tx.value(
        "SELECT subscription_id FROM push_subscription WHERE agency_id = :agency_id AND endpoint = :endpoint",
        agency_id=agency_id,
        endpoint=endpoint,
    )
    return found


def save(tx: Transaction, agency_id: Guid, subscription: Subscription, session_id: Guid | None) -> None:
    """Adds a browser, or changes the one with this id. From the first one on, the agency's feed is searched."""
    if not tx.value("SELECT 1 FROM push_subscription WHERE agency_id = :agency_id LIMIT 1", agency_id=agency_id):
        _begin(tx, agency_id)
    now = microseconds(tx.now)
    tx.execute(
        """INSERT INTO push_subscription (agency_id, subscription_id, user_id, session_id, endpoint, p256dh, auth,
                                          device_name, hides_text, created_at, saved_at)
           VALUES (:agency_id, :subscription_id, :user_id, :session_id, :endpoint, :p256dh, :auth, :device_name,
                   :hides_text, :now, :now)
               ON CONFLICT (agency_id, subscription_id) DO UPDATE
              SET user_id = excluded.user_id, session_id = excluded.session_id, p256dh = excluded.p256dh,
                  auth = excluded.auth, device_name = excluded.device_name, hides_text = excluded.hides_text,
                  saved_at = excluded.saved_at,
                  created_at = CASE WHEN push_subscription.user_id = excluded.user_id
                                    THEN push_subscription.created_at ELSE excluded.created_at END""",
        agency_id=agency_id,
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        session_id=session_id,
        endpoint=subscription.endpoint,
        p256dh=subscription.p256dh,
        auth=subscription.auth,
        device_name=subscription.device_name,
        hides_text=int(subscription.hides_text),
        now=now,
    )


def remove(tx: Transaction, agency_id: Guid, subscription_id: Guid) -> None:
    """Removes a browser, with all that it was to be told."""
    tx.execute(
        "DELETE FROM push_subscription WHERE agency_id = :agency_id AND subscription_id = :subscription_id",
        agency_id=agency_id,
        subscription_id=subscription_id,
    )


def _begin(tx: Transaction, agency_id: Guid) -> None:
    """Begins to search an agency's feed, from now on."""
    feed = events.feed_of(tx, agency_id)
    tx.execute(
        """INSERT INTO push_place (agency_id, position, day) VALUES (:agency_id, :position, :day)
               ON CONFLICT (agency_id) DO UPDATE SET position = excluded.position, day = excluded.day""",
        agency_id=agency_id,
        position=feed.last_position,
        day=feed.last_day,
    )


def _subscription(row: Row) -> Subscription:
    return Subscription(
        subscription_id=row["subscription_id"],
        user_id=row["user_id"],
        endpoint=row["endpoint"],
        p256dh=row["p256dh"],
        auth=row["auth"],
        device_name=row["device_name"],
        hides_text=row["hides_text"] != 0,
        saved_at=to_datetime(row["saved_at"]),
        delivered_at=None if row["delivered_at"] is None else to_datetime(row["delivered_at"]),
        last_error=row["last_error"],
    )


# Searching the feed ---------------------------------------------------------------------------------------------------


def places_behind(tx: Transaction) -> list[tuple[Place, int, int]]:
    """The agencies with browsers in whose feed something is new: their place, and the newest position and day."""
    rows = tx.tuples(
        """SELECT p.agency_id, p.position, p.day
             FROM push_place p
            WHERE EXISTS (SELECT 1 FROM push_subscription s WHERE s.agency_id = p.agency_id)"""
    )
    places = {row[0]: Place(*row) for row in rows}
    if not places:
        return []
    newest = events.newest_places(tx, places)
    return [(places[id_], position, day) for id_, position, day in newest if position > places[id_].position]


def sent_since(tx: Transaction, place: Place, *, up_to: int, most: int) -> list[Sent]:
    """The messages that were sent after a place and up to a position, oldest first."""
    rows = tx.tuples(
        f"""SELECT position, day, chat_id, created_at, data
              FROM event
             WHERE agency_id = :agency_id AND position > :after AND position <= :up_to AND day >= :day
               AND kind = '{events.SENT}'
             ORDER BY position
             LIMIT :most""",  # noqa: S608 - constants
        agency_id=place.agency_id,
        after=place.position,
        up_to=up_to,
        day=place.day,
        most=most,
    )
    return [_sent(*row) for row in rows]


def _sent(position: int, day: int, chat_id: Guid, created_at: int, data: str) -> Sent:
    message = json.loads(data)["message"]
    return Sent(
        position=position,
        day=day,
        chat_id=chat_id,
        seq=message["number"],
        sender_id=message["senderUserId"],
        named=frozenset(message.get("mentionedUserIds", ())),
        names_everybody=message.get("mentionsEverybody", False),
        created_at=created_at,
    )


def readers_of(tx: Transaction, agency_id: Guid, chat_ids: Collection[Guid]) -> list[Reader]:
    """The members of chats with a browser, without those whom nothing in the chat notifies now."""
    found = []
    for named, parameters in ids_in_groups(chat_ids):
        rows = tx.tuples(
            f"""SELECT s.subscription_id, s.created_at, m.chat_id, m.user_id, m.read_seq, m.level = 'mentions'
                  FROM push_subscription s
                  JOIN chat_member m ON m.agency_id = s.agency_id AND m.user_id = s.user_id AND {_IS_NOTIFIED}
                 WHERE s.agency_id = :agency_id AND m.chat_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            now=microseconds(tx.now),
            **parameters,
        )
        found += [Reader(*row) for row in rows]
    return found


_IS_NOTIFIED = """m.state = 'active' AND m.is_archived = 0 AND m.level IN ('everything', 'mentions')
                   AND (m.muted_until IS NULL OR m.muted_until <= :now)"""


def move(tx: Transaction, place: Place, *, position: int, day: int) -> bool:
    """Moves a place in the feed. False if another process has moved it meanwhile."""
    moved = tx.execute(
        """UPDATE push_place SET position = :position, day = :day
            WHERE agency_id = :agency_id AND position = :was""",
        agency_id=place.agency_id,
        was=place.position,
        position=position,
        day=day,
    )
    return moved == 1


def add(tx: Transaction, agency_id: Guid, told: Iterable[tuple[Reader, Sent]], *, delay: timedelta) -> None:
    """Queues pushes, to be sent after a delay. A newer message takes the place of an older one of its chat."""
    for reader, sent in told:
        _add(
            tx,
            agency_id,
            reader.subscription_id,
            sent.chat_id,
            seq=sent.seq,
            next_attempt_at=sent.created_at + delay // timedelta(microseconds=1),
            expires_at=sent.created_at + LIFE // timedelta(microseconds=1),
        )


def add_test(tx: Transaction, agency_id: Guid, subscription_id: Guid) -> None:
    """Queues a test, to be sent at once."""
    now = microseconds(tx.now)
    # Each test counts as newer than the one before.
    _add(
        tx,
        agency_id,
        subscription_id,
        TEST,
        seq=now,
        next_attempt_at=now,
        expires_at=microseconds(tx.now + timedelta(minutes=10)),
    )


def _add(
    tx: Transaction,
    agency_id: Guid,
    subscription_id: Guid,
    chat_id: Guid,
    *,
    seq: int,
    next_attempt_at: int,
    expires_at: int,
) -> None:
    # The browser may have been removed meanwhile.
    tx.post(
        """INSERT INTO push (agency_id, subscription_id, chat_id, seq, next_attempt_at, expires_at)
           SELECT s.agency_id, s.subscription_id, :chat_id, :seq, :next_attempt_at, :expires_at
             FROM push_subscription s
            WHERE s.agency_id = :agency_id AND s.subscription_id = :subscription_id
               ON CONFLICT (agency_id, subscription_id, chat_id) DO UPDATE
              SET seq = excluded.seq, expires_at = excluded.expires_at
            WHERE push.seq < excluded.seq""",
        agency_id=agency_id,
        subscription_id=subscription_id,
        chat_id=chat_id,
        seq=seq,
        next_attempt_at=next_attempt_at,
        expires_at=expires_at,
    )


# Sending --------------------------------------------------------------------------------------------------------------


def is_any_due(tx: Transaction) -> bool:
    """Whether there is a push to be sent."""
    found = tx.value(
        "SELECT 1 FROM push WHERE next_attempt_at <= :now AND leased_until <= :now LIMIT 1", now=microseconds(tx.now)
    )
    return found is not None


def due(tx: Transaction, *, at_most: int) -> Sequence[tuple[Push, Guid]]:
    """Pushes to be sent, each with its person. Those that nobody has tried come first."""
    rows = tx.tuples(
        """SELECT p.agency_id, p.subscription_id, p.chat_id, p.seq, p.attempts, p.leased_until, p.expires_at, s.user_id
             FROM push p
             JOIN push_subscription s ON s.agency_id = p.agency_id AND s.subscription_id = p.subscription_id
            WHERE p.next_attempt_at <= :now AND p.leased_until <= :now
            ORDER BY p.attempts, p.next_attempt_at
            LIMIT :at_most""",
        now=microseconds(tx.now),
        at_most=at_most,
    )
    return [(_push(*columns), user_id) for *columns, user_id in rows]


def lease(tx: Transaction, push: Push, *, until: datetime) -> Push:
    """Leases a push until an instant, which starts an attempt."""
    _change(tx, push, "attempts = attempts + 1, leased_until = :until", until=microseconds(until))
    return Push(push.agency_id, push.subscription_id, push.chat_id, push.seq, push.attempts + 1, until, push.expires_at)


def hold(tx: Transaction, push: Push, *, until: datetime) -> None:
    """Puts a push off, without an attempt."""
    _change(tx, push, "next_attempt_at = :until", until=microseconds(until))


def target_of(tx: Transaction, push: Push) -> Target | None:
    """The browser of a push. None if it is gone, its session has ended, or its person cannot sign in any more."""
    row = tx.row(
        f"""SELECT {_SUBSCRIPTION}, r.language, a.name AS agency_name
              FROM push_subscription s
              JOIN agency a ON a.agency_id = s.agency_id
              JOIN user_account u ON u.user_id = s.user_id AND u.is_disabled = 0
              JOIN contact k ON k.agency_id = s.agency_id AND k.user_id = s.user_id
              LEFT JOIN session z ON z.session_id = s.session_id
              LEFT JOIN preference r ON r.agency_id = s.agency_id AND r.user_id = s.user_id
             WHERE s.agency_id = :agency_id AND s.subscription_id = :subscription_id
               AND (s.session_id IS NULL OR z.expires_at > :now)""",  # noqa: S608 - constants
        agency_id=push.agency_id,
        subscription_id=push.subscription_id,
        now=microseconds(tx.now),
    )
    return None if row is None else Target(_subscription(row), row["language"], row["agency_name"])


def chat_name(tx: Transaction, push: Push, user_id: Guid) -> str | None:
    """The name of a push's chat, empty for one of two people. None if its message does not notify the person now.

    It does not if they have read it, or have left, muted or archived the chat.
    """
    row = tx.row(
        f"""SELECT CASE WHEN c.direct_key IS NULL THEN c.name ELSE '' END AS name
              FROM chat_member m
              JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
             WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = :user_id
               AND m.read_seq < :seq AND {_IS_NOTIFIED}""",  # noqa: S608 - constants
        agency_id=push.agency_id,
        chat_id=push.chat_id,
        user_id=user_id,
        seq=push.seq,
        now=microseconds(tx.now),
    )
    return None if row is None else row["name"]


def delivered(tx: Transaction, push: Push, *, next_at: datetime) -> None:
    """Ends a push that has arrived. If there is a newer message by now, that is sent later."""
    end(tx, push, next_at=next_at)
    tx.execute(
        """UPDATE push_subscription SET delivered_at = :now, last_error = NULL
            WHERE agency_id = :agency_id AND subscription_id = :subscription_id""",
        agency_id=push.agency_id,
        subscription_id=push.subscription_id,
        now=microseconds(tx.now),
    )


def end(tx: Transaction, push: Push, *, next_at: datetime) -> None:
    """Ends a push, whatever became of it. If there is a newer message by now, that is sent later."""
    removed = tx.execute(f"DELETE FROM push WHERE {_KEY} AND seq = :seq", **_key(push), seq=push.seq)  # noqa: S608
    if not removed:
        tx.execute(
            f"""UPDATE push SET attempts = 0, leased_until = 0, next_attempt_at = :next_at
                 WHERE {_KEY} AND attempts = :attempts""",  # noqa: S608
            **_key(push),
            attempts=push.attempts,
            next_at=microseconds(next_at),
        )


def postpone(tx: Transaction, push: Push, *, until: datetime) -> None:
    """Ends this attempt, and sets the time of the next one."""
    # An attempt with an expired lease changes nothing, since its number is no longer the latest.
    _change(
        tx,
        push,
        "next_attempt_at = :until, leased_until = 0",
        "AND attempts = :attempts",
        until=microseconds(until),
        attempts=push.attempts,
    )


def note_error(tx: Transaction, push: Push, error: str) -> None:
    """Keeps the reason why a browser got nothing, for its person."""
    tx.execute(
        """UPDATE push_subscription SET last_error = :error
            WHERE agency_id = :agency_id AND subscription_id = :subscription_id""",
        agency_id=push.agency_id,
        subscription_id=push.subscription_id,
        error=error,
    )


def _push(
    agency_id: Guid, subscription_id: Guid, chat_id: Guid, seq: int, attempts: int, leased_until: int, expires_at: int
) -> Push:
    until, expires = to_datetime(leased_until), to_datetime(expires_at)
    return Push(agency_id, subscription_id, chat_id, seq, attempts, until, expires)


_KEY = "agency_id = :agency_id AND subscription_id = :subscription_id AND chat_id = :chat_id"


def _key(push: Push) -> dict[str, Any]:
    return {"agency_id": push.agency_id, "subscription_id": push.subscription_id, "chat_id": push.chat_id}


def _change(tx: Transaction, push: Push, change: str, condition: str = "", **parameters: Any) -> None:
    tx.post(f"UPDATE push SET {change} WHERE {_KEY} {condition}", **_key(push), **parameters)  # noqa: S608 - constants
