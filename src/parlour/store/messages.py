"""Messages: numbered in their chat without gaps. A deleted message keeps an empty row, so that numbers have no gap."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid_at
from parlour.engine.dto.listings import Listing, Records, as_list
from parlour.model.messages import ChatMessage
from parlour.store import attachments, erasing, mentions, search_index
from parlour.store.cache import Kept
from parlour.store.database import Row, Transaction
from parlour.store.grouping import ids_in_groups
from parlour.store.times import microseconds
from parlour.store.unread import count_deleted


@dataclass(frozen=True, slots=True)
class MessagePosition:
    """The position of a message, for read markers."""

    seq: int
    message_id: Guid


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in order, and the position of the last one, if any."""

    messages: list[ChatMessage]
    last: MessagePosition | None


# The members of ChatMessage, in their order.
_COLUMNS = f"""
    SELECT x.message_id, x.chat_id, x.sender_id, x.message, coalesce(x.attachment_id, '{EMPTY_GUID}'),
           x.created_at, u.display_name"""


def new_id(tx: Transaction) -> Guid:
    """The id of a new message. Ids sort by their time, so new ones are beside each other in the index.

    64 sends in one commit change 48 pages of the database. With random ids they change 130.
    """
    return new_guid_at(microseconds(tx.now))


def by_id(tx: Transaction, agency_id: Guid, message_id: Guid) -> tuple[ChatMessage, bool] | None:
    """The message with this id in any chat of the agency, and whether it was deleted."""
    found = tx.tuples(
        f"""{_COLUMNS}, x.deleted_at
             FROM chat_message x
             JOIN user_account u ON u.user_id = x.sender_id
            WHERE x.agency_id = :agency_id AND x.message_id = :message_id""",
        agency_id=agency_id,
        message_id=message_id,
    )
    return next(((_message(columns), deleted_at is not None) for *columns, deleted_at in found), None)


def visible_to(tx: Transaction, agency_id: Guid, message_id: Guid, user_id: Guid) -> ChatMessage | None:
    """The message, if it is not deleted and the user is an active member of its chat."""
    found = tx.tuples(
        f"""{_COLUMNS}
             FROM chat_message x
             JOIN chat_member m ON m.agency_id = x.agency_id AND m.chat_id = x.chat_id
             JOIN user_account u ON u.user_id = x.sender_id
            WHERE x.agency_id = :agency_id AND x.message_id = :message_id AND x.deleted_at IS NULL
              AND m.user_id = :user_id AND m.state = 'active'""",
        agency_id=agency_id,
        message_id=message_id,
        user_id=user_id,
    )
    return next((_message(columns) for columns in found), None)


def newest(tx: Transaction, agency_id: Guid, chat_id: Guid, most: int) -> list[ChatMessage]:
    """The last messages of a chat, oldest first."""
    kept = tx.kept
    if kept is not None:
        return _newest_with_kept_names(tx, kept, agency_id, chat_id, most)
    return newest_page(tx, agency_id, chat_id, most).messages


def newest_page(tx: Transaction, agency_id: Guid, chat_id: Guid, most: int) -> MessagePage:
    """The same, for those who mark them as read."""
    found = tx.tuples(
        f"""{_COLUMNS}, x.seq
             FROM chat_message x
             JOIN user_account u ON u.user_id = x.sender_id
            WHERE x.agency_id = :agency_id AND x.chat_id = :chat_id AND x.deleted_at IS NULL
            ORDER BY x.seq DESC
            LIMIT :most""",
        agency_id=agency_id,
        chat_id=chat_id,
        most=most,
    )
    return _page(found[::-1])


def _newest_with_kept_names(
    tx: Transaction, kept: Kept, agency_id: Guid, chat_id: Guid, most: int
) -> list[ChatMessage]:
    """The same. For 50 messages, names that are kept and values that are the same in all rows save 10 us of 38."""
    found = tx.tuples(
        """SELECT message_id, sender_id, message, attachment_id, created_at
             FROM chat_message
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND deleted_at IS NULL
            ORDER BY seq DESC
            LIMIT :most""",
        agency_id=agency_id,
        chat_id=chat_id,
        most=most,
    )
    rows = found[::-1]
    try:
        columns = _with_names(rows, chat_id, kept.names)
    except KeyError:
        names = _names_of(tx, [row[1] for row in rows])
        kept.keep_names(names)
        columns = _with_names(rows, chat_id, names)
    return as_list(Listing(Records(ChatMessage, columns)))


def _with_names(rows: Sequence[tuple[Any, ...]], chat_id: Guid, names: Mapping[Guid, str]) -> list[tuple[Any, ...]]:
    """The members of ChatMessage, in their order. Raises KeyError if a name is missing."""
    return [
        (message_id, chat_id, sender_id, message, attachment_id or EMPTY_GUID, created_at, names[sender_id])
        for message_id, sender_id, message, attachment_id, created_at in rows
    ]


def _names_of(tx: Transaction, user_ids: Iterable[Guid]) -> dict[Guid, str]:
    names: dict[Guid, str] = {}
    for named, parameters in ids_in_groups(user_ids):
        found = tx.tuples(
            f"SELECT user_id, display_name FROM user_account WHERE user_id IN ({named})",  # noqa: S608
            **parameters,
        )
        names.update(found)
    return names


def following(tx: Transaction, agency_id: Guid, chat_id: Guid, *, after: int, most: int) -> MessagePage:
    """The first messages of a chat after the one numbered `after`, oldest first."""
    found = tx.tuples(
        f"""{_COLUMNS}, x.seq
             FROM chat_message x
             JOIN user_account u ON u.user_id = x.sender_id
            WHERE x.agency_id = :agency_id AND x.chat_id = :chat_id AND x.seq > :after AND x.deleted_at IS NULL
            ORDER BY x.seq
            LIMIT :most""",
        agency_id=agency_id,
        chat_id=chat_id,
        after=after,
        most=most,
    )
    return _page(found)


def positions_of(
    tx: Transaction, agency_id: Guid, chat_id: Guid, message_ids: Iterable[Guid]
) -> dict[Guid, MessagePosition]:
    """The positions of these messages of the chat, deleted or not."""
    found = {}
    for named, parameters in ids_in_groups(message_ids):
        rows = tx.rows(
            f"""SELECT seq, message_id
                  FROM chat_message
                 WHERE agency_id = :agency_id AND chat_id = :chat_id AND message_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            **parameters,
        )
        found.update({row["message_id"]: MessagePosition(**row) for row in rows})
    return found


def id_at(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> Guid | None:
    """The id of the message with this number in the chat. None for 0, the place before the first one."""
    message_id: Guid | None = tx.value(
        "SELECT message_id FROM chat_message WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
    )
    return message_id


def delete_message(tx: Transaction, agency_id: Guid, message_id: Guid, deleted_by: Guid | None = None) -> bool:
    """Empties a message and removes it from all counters, with all that hangs on it. False if there was none.

    Its texts leave the feed as well.
    """
    row = tx.row(
        """UPDATE chat_message
              SET message = '', attachment_id = NULL, reply_to_seq = NULL, deleted_at = :now, deleted_by = :deleted_by
            WHERE agency_id = :agency_id AND message_id = :message_id AND deleted_at IS NULL
        RETURNING chat_id, seq, sender_id, mentions_all, created_at, edited_at""",
        agency_id=agency_id,
        message_id=message_id,
        deleted_by=deleted_by,
        now=microseconds(tx.now),
    )
    if row is None:
        return False
    chat_id, seq, sender_id = row["chat_id"], row["seq"], row["sender_id"]
    to_all = bool(row["mentions_all"])
    count_deleted(tx, agency_id, chat_id, seq=seq, sender_id=sender_id, mentions_everybody=to_all)
    if not to_all:
        mentions.count(tx, agency_id, chat_id, seq, sender_id=sender_id, more=-1)
    erasing.erase_texts(tx, agency_id, chat_id, message_id, _instants(tx, agency_id, row))
    for table in ("mention", "message_version", "reaction", "pin"):
        tx.post(
            f"DELETE FROM {table} WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            seq=seq,
        )
    attachments.unlink(tx, agency_id, chat_id, seq)
    search_index.remove(tx, agency_id, chat_id, seq)
    return True


def _instants(tx: Transaction, agency_id: Guid, message: Row) -> list[int]:
    """The instants whose events may have a text of the message: when it was sent, each edit, and each answer to it."""
    others = tx.tuples(
        """SELECT written_at
             FROM message_version
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq
            UNION
           SELECT created_at
             FROM chat_message
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND reply_to_seq = :seq""",
        agency_id=agency_id,
        chat_id=message["chat_id"],
        seq=message["seq"],
    )
    edited_at = message["edited_at"]
    return [message["created_at"], *(at for (at,) in others), *([] if edited_at is None else [edited_at])]


def _page(found: Sequence[tuple[Any, ...]]) -> MessagePage:
    """The page of rows of `_COLUMNS`, each followed by its number."""
    listed = as_list(Listing(Records(ChatMessage, [columns[:-1] for columns in found])))
    return MessagePage(listed, MessagePosition(found[-1][-1], found[-1][0]) if found else None)


def _message(columns: Sequence[Any]) -> ChatMessage:
    return Records(ChatMessage, [tuple(columns)])[0]
