"""Drafts: for each member of a chat the message they have not sent yet."""

from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.times import microseconds


@dataclass(frozen=True, slots=True)
class StoredDraft:
    text: str
    reply_to_seq: int | None


def get(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid) -> StoredDraft | None:
    row = tx.row(
        """SELECT message, reply_to_seq FROM draft
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND user_id = :user_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
    )
    return None if row is None else StoredDraft(row["message"], row["reply_to_seq"])


def save(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid, draft: StoredDraft) -> None:
    """Keeps a draft in place of the one before."""
    tx.execute(
        """INSERT INTO draft (agency_id, chat_id, user_id, message, reply_to_seq, saved_at)
           VALUES (:agency_id, :chat_id, :user_id, :message, :reply_to_seq, :now)
               ON CONFLICT (agency_id, chat_id, user_id) DO UPDATE
              SET message = excluded.message, reply_to_seq = excluded.reply_to_seq, saved_at = excluded.saved_at""",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
        message=draft.text,
        reply_to_seq=draft.reply_to_seq,
        now=microseconds(tx.now),
    )


def remove(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid) -> None:
    tx.execute(
        "DELETE FROM draft WHERE agency_id = :agency_id AND chat_id = :chat_id AND user_id = :user_id",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
    )
