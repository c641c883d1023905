"""The pinned messages of chats."""

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.editing import SentMessage
from parlour.store.times import microseconds


def pinned(tx: Transaction, agency_id: Guid, chat_id: Guid) -> list[int]:
    """The numbers of the pinned messages of a chat, the last pinned first."""
    rows = tx.tuples(
        """SELECT seq FROM pin
            WHERE agency_id = :agency_id AND chat_id = :chat_id
            ORDER BY pinned_at DESC, seq DESC""",
        agency_id=agency_id,
        chat_id=chat_id,
    )
    return [seq for (seq,) in rows]


def add(tx: Transaction, agency_id: Guid, message: SentMessage, user_id: Guid) -> None:
    """Pins a message that is not pinned."""
    tx.execute(
        """INSERT INTO pin (agency_id, chat_id, seq, pinned_by, pinned_at)
           VALUES (:agency_id, :chat_id, :seq, :user_id, :now)""",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
        user_id=user_id,
        now=microseconds(tx.now),
    )


def remove(tx: Transaction, agency_id: Guid, message: SentMessage) -> None:
    """Unpins a message."""
    tx.execute(
        "DELETE FROM pin WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq",
        agency_id=agency_id,
        chat_id=message.chat_id,
        seq=message.seq,
    )
