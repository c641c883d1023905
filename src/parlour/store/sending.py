"""Storing new messages: one row each of the chat, its sender, the message and its event."""

from collections.abc import Callable

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.model.messages import ChatMessage
from parlour.store import events
from parlour.store.chats import lock
from parlour.store.database import Gathered, Transaction
from parlour.store.search_index import column_words, row_words
from parlour.store.times import microseconds

# The chat is changed first, so numbers follow the order of commits. The other statements find the number there. SQLite
# sees that each changes one row: before a statement that could fail after some of its rows it makes ready to undo them.
# Marking the sender by UPDATE FROM took 16 us instead of 5, and adding the message by INSERT SELECT 20 instead of 9.
_SEND_ONE = (
    """UPDATE chat
          SET last_seq = last_seq + 1, live = live + 1, all_live = all_live + :to_all, version = version + 1,
              last_message_id = :message_id, active_at = :created_at
        WHERE agency_id = :agency_id AND chat_id = :chat_id AND is_archived = 0
          AND EXISTS (SELECT 1 FROM chat_member m
                       WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = :sender_id
                         AND m.state = 'active')""",
    """UPDATE chat_member
          SET (read_seq, read_live, read_all_live) =
                  (SELECT last_seq, live, all_live FROM chat WHERE agency_id = :agency_id AND chat_id = :chat_id),
              own_after = 0, own_all_after = 0, mentions = 0, read_message_id = :message_id
        WHERE agency_id = :agency_id AND chat_id = :chat_id AND user_id = :sender_id""",
    """INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, attachment_id, created_at,
                                 reply_to_seq, mentions_all, search_place)
       VALUES (:agency_id, :chat_id,
               (SELECT last_seq FROM chat WHERE agency_id = :agency_id AND chat_id = :chat_id),
               :message_id, :sender_id, :message, :attachment_id, :created_at, :reply_to_seq, :to_all,
               max(:created_at, coalesce((SELECT max(search_place) FROM chat_message), 0) + 1))""",
    events.ADD_SENT,
)

# The same for messages in a row. The chat and each sender are changed once. Each change of a row leaves a version of
# it, which every later statement of the transaction has to pass.
_SEND_MANY = f"""
    WITH taken AS (
        SELECT s.*, row_number() OVER later AS nth, sum(s.to_all) OVER later AS nth_to_all
          FROM unnest(:message_id::text[], :sender_id::text[], :message::text[], :attachment_id::text[],
                      :created_at::bigint[], :reply_to_seq::bigint[], :to_all::smallint[], :before_version::text[],
                      :before_number::text[], :after_number::text[], :words::text[]) WITH ORDINALITY
            AS s (message_id, sender_id, message, attachment_id, created_at, reply_to_seq, to_all, before_version,
                  before_number, after_number, words, place)
         WHERE EXISTS (SELECT 1 FROM chat_member m
                        WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = s.sender_id
                          AND m.state = 'active')
        WINDOW later AS (ORDER BY s.place)
    ), counted AS (
        UPDATE chat c
           SET last_seq = c.last_seq + t.nth, live = c.live + t.nth, all_live = c.all_live + t.nth_to_all,
               version = c.version + t.nth, last_message_id = t.message_id, active_at = t.created_at
          FROM (SELECT * FROM taken ORDER BY nth DESC LIMIT 1) t
         WHERE c.agency_id = :agency_id AND c.chat_id = :chat_id AND c.is_archived = 0
     RETURNING c.last_seq - t.nth AS seq, c.live - t.nth AS live, c.all_live - t.nth_to_all AS all_live,
               c.version - t.nth AS version
    ), marked AS (
        UPDATE chat_member m
           SET read_seq = c.seq + t.nth, read_live = c.live + t.nth, own_after = 0,
               read_all_live = c.all_live + t.nth_to_all, own_all_after = 0, mentions = 0,
               read_message_id = t.message_id
          FROM counted c, (SELECT DISTINCT ON (sender_id) * FROM taken ORDER BY sender_id, nth DESC) t
         WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = t.sender_id
    ), stored AS (
        INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, attachment_id, created_at,
                                  reply_to_seq, mentions_all, search_place, words)
        SELECT :agency_id, :chat_id, c.seq + t.nth, t.message_id, t.sender_id, t.message, t.attachment_id,
               t.created_at, t.reply_to_seq, t.to_all, t.created_at, CAST(t.words AS tsvector)
          FROM counted c, taken t
         ORDER BY t.nth
    ), told AS (
        INSERT INTO event_pending (agency_id, kind, chat_id, created_at, data)
        SELECT :agency_id, '{events.SENT}', :chat_id, t.created_at,
               t.before_version || (c.version + t.nth) || t.before_number || (c.seq + t.nth) || t.after_number
          FROM counted c, taken t
         ORDER BY t.nth
    )
    SELECT t.place FROM counted, taken t"""  # noqa: S608 - constants

_SEND = Gathered(_SEND_ONE, _SEND_MANY)

# On SQLite, where the words are in a table of their own.
_ADD_WORDS = """
    INSERT INTO message_words (rowid, words)
    VALUES ((SELECT search_place
               FROM chat_message
              WHERE agency_id = :agency_id AND message_id = :message_id), :words)"""


def send(
    tx: Transaction,
    agency_id: Guid,
    message: ChatMessage,
    *,
    event: str,
    otherwise: Callable[[], object],
    reply_to_seq: int | None = None,
    mentions_everybody: bool = False,
    has_attachments: bool = False,
) -> None:
    """Stores a message with the chat's next number, and indexes its words. Marks everything as read by its sender.

    `event` is the data of its event, in which the database fills in the version and the number (`events.VERSION`).
    `otherwise` runs if the sender is not an active member, or the chat is archived for everybody. The number follows
    the order of commits, since senders wait for each other at the chat.
    """
    lock(tx, agency_id, message.chat_id)
    text, has_file = message.message or "", has_attachments or message.attachment_id != EMPTY_GUID
    if tx.has_word_table:
        words = row_words(text, message.chat_id, message.sender_user_id, has_file=has_file)
        tx.post_last(_ADD_WORDS, agency_id=agency_id, message_id=message.chat_message_id, words=words)
    else:
        words = column_words(text, message.sender_user_id, has_file=has_file)
    tx.gather(
        _SEND,
        otherwise,
        {"agency_id": agency_id, "chat_id": message.chat_id},
        {
            "message_id": message.chat_message_id,
            "sender_id": message.sender_user_id,
            "message": text,
            "attachment_id": None if message.attachment_id == EMPTY_GUID else message.attachment_id,
            "created_at": microseconds(message.date_created),
            "reply_to_seq": reply_to_seq,
            "to_all": int(mentions_everybody),
            **events.sent_parts(event),
            "words": words,
        },
    )
    tx.wake_feed()
