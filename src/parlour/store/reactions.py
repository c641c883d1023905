"""The emoji that people put under messages."""

from collections.abc import Set

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.editing import SentMessage
from parlour.store.times import microseconds


def kinds(tx: Transaction, agency_id: Guid, message: SentMessage) -> Set[str]:
    """The different emoji under a message."""
    rows = tx.tuples(
        """SELECT DISTINCT emoji FROM reaction
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq""",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
    )
    return {emoji for (emoji,) in rows}


def add(tx: Transaction, agency_id: Guid, message: SentMessage, emoji: str, user_id: Guid) -> bool:
    """Puts a user's emoji under a message. False if it was there."""
    added = tx.execute(
        """INSERT INTO reaction (agency_id, chat_id, seq, emoji, user_id, reacted_at)
           VALUES (:agency_id, :chat_id, :seq, :emoji, :user_id, :now)
               ON CONFLICT DO NOTHING""",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
        emoji=emoji,
        user_id=user_id,
        now=microseconds(tx.now),
    )
    return added == 1


def remove(tx: Transaction, agency_id: Guid, message: SentMessage, emoji: str, user_id: Guid) -> bool:
    """Takes a user's emoji away. False if it was not there."""
    removed = tx.execute(
        """DELETE FROM reaction
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq AND emoji = :emoji
              AND user_id = :user_id""",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
        emoji=emoji,
        user_id=user_id,
    )
    return removed == 1
