"""Storing new messages: one row each of the chat, its sender, the message and its event."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.model.conversations import Message
from parlour.store import events
from parlour.store.chats import lock
from parlour.store.database import Gathered, RowsWriter, Transaction
from parlour.store.search_index import column_words, row_words
from parlour.store.times import microseconds

# On SQLite nobody else writes meanwhile, so the numbers are read first and counted here.
_COUNTERS = f"""
    SELECT c.last_seq, c.live, c.all_live, c.version, {events.LAST_POSITION},
           coalesce((SELECT max(search_place) FROM chat_message), 0)
      FROM chat c
     WHERE c.agency_id = :agency_id AND c.chat_id = :chat_id AND c.is_archived = 0"""  # noqa: S608 - constants

_IS_ACTIVE = """
    SELECT 1 FROM chat_member
     WHERE agency_id = :agency_id AND chat_id = :chat_id AND user_id = :sender_id AND state = 'active'"""

_COUNT = """
    UPDATE chat
       SET last_seq = :seq, live = :live, all_live = :all_live, version = :version, last_message_id = :message_id,
           active_at = :created_at
     WHERE agency_id = :agency_id AND chat_id = :chat_id"""

_MARK_READ = """
    UPDATE chat_member
       SET read_seq = :seq, read_live = :live, own_after = 0, read_all_live = :all_live, own_all_after = 0,
           mentions = 0, read_message_id = :message_id
     WHERE agency_id = :agency_id AND chat_id = :chat_id AND user_id = :sender_id"""

_MESSAGES = """
    INSERT INTO chat_message (agency_id, chat_id, seq, message_id, sender_id, message, attachment_id, created_at,
                              reply_to_seq, mentions_all, search_place)"""

_WORDS = "INSERT INTO message_words (rowid, words)"


def _send_rows(tx: RowsWriter, shared: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Collection[int]:
    """Stores messages in a row on SQLite. The chat and each sender are changed once.

    64 messages take 8 us each, where four statements and the words took 19 for each message.
    """
    found = tx.tuples(_COUNTERS, **shared)
    senders = dict.fromkeys(row["sender_id"] for row in rows) if found else ()
    active = {sender_id for sender_id in senders if tx.tuples(_IS_ACTIVE, sender_id=sender_id, **shared)}
    taken = {place: row for place, row in enumerate(rows, 1) if row["sender_id"] in active}
    if not taken:
        return ()
    agency_id, chat_id = shared["agency_id"], shared["chat_id"]
    seq, live, all_live, version, position, search_place = found[0]
    messages, told, words, last = [], [], [], {}
    for row in taken.values():
        message_id, sender_id, created_at = row["message_id"], row["sender_id"], row["created_at"]
        seq, live, version, position = seq + 1, live + 1, version + 1, position + 1
        all_live += row["to_all"]
        search_place = max(created_at, search_place + 1)
        data = f"{row['before_version']}{version}{row['before_number']}{seq}{row['after_number']}"
        messages.append(
            (agency_id, chat_id, seq, message_id, sender_id, row["message"], row["attachment_id"], created_at,
             row["reply_to_seq"], row["to_all"], search_place)
        )  # fmt: skip
        told.append(
            (agency_id, position, created_at // events.MICROSECONDS_PER_DAY, events.SENT, chat_id, created_at, data)
        )
        words.append((search_place, row["words"]))
        last[sender_id] = {"seq": seq, "live": live, "all_live": all_live, "message_id": message_id}
    tx.post(_COUNT, **shared, **last[sender_id], version=version, created_at=created_at)
    for sender_id, read in last.items():
        tx.post(_MARK_READ, **shared, **read, sender_id=sender_id)
    tx.insert(_MESSAGES, messages)
    tx.insert(events.SENT_ROWS, told)
    tx.insert_last(_WORDS, words)
    return taken.keys()


# On PostgreSQL each change of a row leaves a version of it, which every later statement of the transaction has to pass.
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

_SEND = Gathered(_send_rows, _SEND_MANY)


def send(
    tx: Transaction,
    agency_id: Guid,
    message: Message,
    *,
    event: str,
    otherwise: Callable[[], object],
    reply_to_seq: int | None = None,
    attachment_id: Guid = EMPTY_GUID,
) -> None:
    """Stores a message with the chat's next number, and indexes its words. Marks everything as read by its sender.

    `event` is the data of its event, in which the database fills in the version and the number (`events.VERSION`).
    `attachment_id` is the file that older clients see.
    `otherwise` runs if the sender is not an active member, or the chat is archived for everybody. The number follows
    the order of commits, since senders wait for each other at the chat.
    """
    lock(tx, agency_id, message.chat_id)
    text, has_file = message.text or "", bool(message.attachments) or attachment_id != EMPTY_GUID
    if tx.has_word_table:
        words = row_words(text, message.chat_id, message.sender_user_id, has_file=has_file)
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
            "attachment_id": None if attachment_id == EMPTY_GUID else attachment_id,
            "created_at": microseconds(message.date_created),
            "reply_to_seq": reply_to_seq,
            "to_all": int(message.mentions_everybody),
            **events.sent_parts(event),
            "words": words,
        },
    )
    tx.wake_feed()
