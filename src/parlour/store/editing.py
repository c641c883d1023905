"""Changing messages that were sent, and the texts that they had before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parlour.engine.dto.declare import Guid
from parlour.model.editing import MessageVersion
from parlour.store.database import Transaction
from parlour.store.times import microseconds, to_datetime


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as those who change it need it."""

    chat_id: Guid
    seq: int
    message_id: Guid
    sender_id: Guid
    text: str
    has_attachment: bool
    mentions_everybody: bool
    created_at: datetime
    is_deleted: bool


def chat_with_message(tx: Transaction, agency_id: Guid, message_id: Guid) -> Guid | None:
    """The chat that has a message, deleted or not."""
    chat_id: Guid | None = tx.value(
        "SELECT chat_id FROM chat_message WHERE agency_id = :agency_id AND message_id = :message_id",
        agency_id=agency_id,
        message_id=message_id,
    )
    return chat_id


def sent_message(tx: Transaction, agency_id: Guid, message_id: Guid) -> SentMessage:
    """An existing message, deleted or not."""
    row = tx.row(
        """SELECT chat_id, seq, sender_id, message, attachment_id, mentions_all, created_at, deleted_at
             FROM chat_message
            WHERE agency_id = :agency_id AND message_id = :message_id""",
        agency_id=agency_id,
        message_id=message_id,
    )
    assert row is not None
    return SentMessage(
        chat_id=row["chat_id"],
        seq=row["seq"],
        message_id=message_id,
        sender_id=row["sender_id"],
        text=row["message"],
        has_attachment=row["attachment_id"] is not None,
        mentions_everybody=bool(row["mentions_all"]),
        created_at=to_datetime(row["created_at"]),
        is_deleted=row["deleted_at"] is not None,
    )


def edit(tx: Transaction, agency_id: Guid, message: SentMessage, text: str, *, mentions_everybody: bool) -> None:
    """Gives a message a new text, and keeps the old one. The counters of mentions are the caller's task."""
    tx.execute(
        """INSERT INTO message_version (agency_id, chat_id, seq, number, message, written_at)
           SELECT x.agency_id, x.chat_id, x.seq,
                  1 + (SELECT count(*) FROM message_version v
                        WHERE v.agency_id = x.agency_id AND v.chat_id = x.chat_id AND v.seq = x.seq),
                  x.message, coalesce(x.edited_at, x.created_at)
             FROM chat_message x
            WHERE x.agency_id = :agency_id AND x.chat_id = :chat_id AND x.seq = :seq""",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
    )
    tx.execute(
        """UPDATE chat_message SET message = :text, mentions_all = :mentions_all, edited_at = :now
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq""",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
        text=text,
        mentions_all=int(mentions_everybody),
        now=microseconds(tx.now),
    )


def versions(
    tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int, *, after: int, most: int
) -> Sequence[MessageVersion]:
    """The texts that a message had, with numbers after `after`, oldest first."""
    rows = tx.tuples(
        """SELECT number, message, written_at
             FROM message_version
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq AND number > :after
            ORDER BY number
            LIMIT :most""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
        after=after,
        most=most,
    )
    return [
        MessageVersion(number=number, text=text, date_written=to_datetime(written_at))
        for number, text, written_at in rows
    ]


def first_text(tx: Transaction, agency_id: Guid, message_id: Guid) -> str | None:
    """The text with which a message was sent. None if it was not edited since."""
    text: str | None = tx.value(
        """SELECT v.message
             FROM chat_message x
             JOIN message_version v ON v.agency_id = x.agency_id AND v.chat_id = x.chat_id AND v.seq = x.seq
            WHERE x.agency_id = :agency_id AND x.message_id = :message_id AND v.number = 1""",
        agency_id=agency_id,
        message_id=message_id,
    )
    return text
