"""Messages with all that hangs on them, as `Message` shows them. Four queries, however many messages there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.model.conversations import Message, Reaction, Reply
from parlour.store import attachments
from parlour.store.database import Transaction
from parlour.store.grouping import in_groups
from parlour.store.times import microseconds, to_datetime

# The letters of a message in the preview of a reply: what one line of a screen shows, and a bit more.
PREVIEW = 200

# The people that a reaction lists.
MOST_REACTING_LISTED = 20

Place = tuple[Guid, int]
"""A chat, and the number of a message in it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which messages to read: a condition for the columns `chat_id` and `seq` of `x`, with its parameters."""

    condition: str
    parameters: tuple[tuple[str, Any], ...]


def between(
    tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid, *, first: int, last: int
) -> Sequence[Message]:
    """The messages of a chat with numbers from `first` to `last`, as the user sees them, oldest first."""
    condition = "x.chat_id = :chat_id AND x.seq BETWEEN :first AND :last"
    scope = Scope(condition, (("chat_id", chat_id), ("first", first), ("last", last)))
    return list(in_scope(tx, agency_id, user_id, scope).values())


def at(tx: Transaction, agency_id: Guid, user_id: Guid, places: Sequence[Place]) -> Mapping[Place, Message]:
    """The messages at these places of any chats, as the user sees them."""
    found: dict[Place, Message] = {}
    for group in in_groups(list(dict.fromkeys(places))):
        conditions, parameters = [], []
        for number, (chat_id, seq) in enumerate(group):
            conditions.append(f"x.chat_id = :chat_{number} AND x.seq = :seq_{number}")
            parameters += [(f"chat_{number}", chat_id), (f"seq_{number}", seq)]
        scope = Scope(f"({' OR '.join(conditions)})", tuple(parameters))
        found.update(in_scope(tx, agency_id, user_id, scope))
    return found


def number_before(tx: Transaction, agency_id: Guid, chat_id: Guid, instant: datetime, *, last: int) -> int:
    """The number of the last message from before an instant. 0 if there is none. `last` is the chat's last number.

    Halves the range until one is left, since messages are numbered in the order of time, which no index knows.
    """
    number: int = tx.value(
        """WITH RECURSIVE search (low, high) AS (
               SELECT CAST(0 AS bigint), CAST(:last AS bigint)
                UNION ALL
               SELECT CASE WHEN x.created_at < :instant THEN x.seq ELSE s.low END,
                      CASE WHEN x.created_at < :instant THEN s.high ELSE x.seq - 1 END
                 FROM search s
                 JOIN chat_message x
                   ON x.agency_id = :agency_id AND x.chat_id = :chat_id AND x.seq = (s.low + s.high + 1) / 2
                WHERE s.low < s.high)
           SELECT max(low) FROM search""",
        agency_id=agency_id,
        chat_id=chat_id,
        instant=microseconds(instant),
        last=last,
    )
    return number


def in_scope(tx: Transaction, agency_id: Guid, user_id: Guid, scope: Scope) -> dict[Place, Message]:
    """The messages of a scope, as the user sees them, by their places."""
    for query in (_mentioned, _attached):
        tx.expect(query, agency_id, scope)
    tx.expect(_reactions, agency_id, user_id, scope)
    found = {(row[0], row[1]): _message(row) for row in _rows(tx, agency_id, scope)}
    for chat_id, seq, _, id_ in sorted(_mentioned(tx, agency_id, scope)):
        found[chat_id, seq].mentioned_user_ids.append(id_)
    for chat_id, seq, attachment in _attached(tx, agency_id, scope):
        found[chat_id, seq].attachments.append(attachment)
    for *place, emoji, user, total, is_listed in _reactions(tx, agency_id, user_id, scope):
        reactions = found[place[0], place[1]].reactions
        if not reactions or reactions[-1].emoji != emoji:
            reactions.append(Reaction(emoji=emoji, count=total))
        if is_listed:
            reactions[-1].user_ids.append(user)
        reactions[-1].is_mine |= user == user_id
    return found


def _rows(tx: Transaction, agency_id: Guid, scope: Scope) -> Sequence[tuple[Any, ...]]:
    return tx.tuples(
        f"""SELECT x.chat_id, x.seq, x.message_id, x.sender_id, u.display_name, x.message, x.created_at, x.edited_at,
                   x.deleted_at IS NOT NULL, x.deleted_by, x.mentions_all,
                   EXISTS (SELECT 1 FROM pin p
                            WHERE p.agency_id = x.agency_id AND p.chat_id = x.chat_id AND p.seq = x.seq),
                   r.message_id, r.seq, r.sender_id, v.display_name, substr(r.message, 1, {PREVIEW}),
                   r.deleted_at IS NOT NULL
              FROM chat_message x
              JOIN user_account u ON u.user_id = x.sender_id
              LEFT JOIN chat_message r
                ON r.agency_id = x.agency_id AND r.chat_id = x.chat_id AND r.seq = x.reply_to_seq
              LEFT JOIN user_account v ON v.user_id = r.sender_id
             WHERE x.agency_id = :agency_id AND {scope.condition}
             ORDER BY x.chat_id, x.seq""",  # noqa: S608
        agency_id=agency_id,
        **dict(scope.parameters),
    )


def _mentioned(tx: Transaction, agency_id: Guid, scope: Scope) -> Sequence[tuple[Any, ...]]:
    """The people whom the messages name, as contacts and as shown, each with the message's place.

    They are not sorted here: SQLite would then read all mentions of a chat, in the order of an index.
    """
    return tx.tuples(
        f"""SELECT x.chat_id, x.seq, x.contact_id, coalesce(k.user_id, k.contact_id)
              FROM mention x
              JOIN contact k ON k.agency_id = x.agency_id AND k.contact_id = x.contact_id
             WHERE x.agency_id = :agency_id AND {scope.condition}""",  # noqa: S608
        agency_id=agency_id,
        **dict(scope.parameters),
    )


def _attached(tx: Transaction, agency_id: Guid, scope: Scope) -> Sequence[tuple[Any, ...]]:
    return attachments.in_scope(tx, agency_id, scope.condition, scope.parameters)


def _reactions(tx: Transaction, agency_id: Guid, user_id: Guid, scope: Scope) -> Sequence[tuple[Any, ...]]:
    """The first people of each emoji, and the user if it is theirs: place, emoji, person, number, whether listed."""
    return tx.tuples(
        f"""SELECT chat_id, seq, emoji, user_id, total, place <= :most
              FROM (SELECT x.chat_id, x.seq, x.emoji, x.user_id,
                           count(*) OVER (PARTITION BY x.chat_id, x.seq, x.emoji) AS total,
                           min(x.reacted_at) OVER (PARTITION BY x.chat_id, x.seq, x.emoji) AS first_at,
                           row_number() OVER (PARTITION BY x.chat_id, x.seq, x.emoji
                                              ORDER BY x.reacted_at, x.user_id) AS place
                      FROM reaction x
                     WHERE x.agency_id = :agency_id AND {scope.condition}) AS placed
             WHERE place <= :most OR user_id = :user_id
             ORDER BY chat_id, seq, first_at, emoji, place""",  # noqa: S608
        agency_id=agency_id,
        user_id=user_id,
        most=MOST_REACTING_LISTED,
        **dict(scope.parameters),
    )


def _message(row: tuple[Any, ...]) -> Message:
    chat_id, seq, message_id, sender_id, sender_name, text, created_at, edited_at, is_deleted, deleted_by = row[:10]
    mentions_all, is_pinned, *reply = row[10:]
    return Message(
        chat_message_id=message_id,
        chat_id=chat_id,
        number=seq,
        sender_user_id=sender_id,
        sender_name=sender_name,
        text=text,
        date_created=to_datetime(created_at),
        date_edited=None if edited_at is None or is_deleted else to_datetime(edited_at),
        is_deleted=bool(is_deleted),
        deleted_by_user_id=deleted_by,
        reply_to=None if reply[0] is None else _reply(reply),
        mentions_everybody=bool(mentions_all) and not is_deleted,
        is_pinned=bool(is_pinned),
    )


def _reply(columns: Sequence[Any]) -> Reply:
    message_id, seq, sender_id, sender_name, text, is_deleted = columns
    return Reply(
        chat_message_id=message_id,
        number=seq,
        sender_user_id=sender_id,
        sender_name=sender_name,
        text=text,
        is_deleted=bool(is_deleted),
    )
