"""The search index of messages, and how it is written. `search.py` searches in it.

The words of a message are folded in Python (`folding.py`), and written with the message. On SQLite they are in a
full-text table beside the messages, on PostgreSQL in a column. The databases only look words up, so both find the same.

Beside its words, a message has marks: words that no text can contain, for its sender and so on. They make filters as
fast as words.
"""

import json
from collections.abc import Iterator, Sequence

from parlour.engine.dto.declare import Guid
from parlour.store.database import Row, Transaction
from parlour.store.folding import LEFT_OUT, words_of

CHAT_MARK, SENDER_MARK, FILE_MARK = "\ue001", "\ue002", "\ue003"

# The messages that the migration indexes at once.
_AT_ONCE = 5_000


def row_words(text: str, chat_id: Guid, sender_id: Guid, *, has_file: bool) -> str:
    """The words of a message for the full-text table of SQLite."""
    return " ".join([CHAT_MARK + chat_id, *_marks(sender_id, has_file=has_file), *words_of(text)])


def column_words(text: str, sender_id: Guid, *, has_file: bool) -> str:
    """The words of a message for the column of PostgreSQL, each with its places."""
    marks = [f"'{mark}'" for mark in _marks(sender_id, has_file=has_file)]
    placed_words = [f"'{word}':{place}" for place, word in enumerate(words_of(text), 1) if word != LEFT_OUT]
    return " ".join(marks + placed_words)


def reindex(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> None:
    """Indexes a message anew, after its text or its files have changed."""
    rows = _read(tx, agency_id, chat_id, seq)
    if tx.has_word_table:
        for row in rows:
            tx.post_last(_SET_ROW, search_place=row["search_place"], words=words_in_row(row))
    else:
        _write_columns(tx, rows)


def remove(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> None:
    """Removes a message from the index, because it was deleted."""
    if tx.has_word_table:
        tx.post_last(
            """DELETE FROM message_words
                WHERE rowid = (SELECT search_place FROM chat_message
                                WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq)""",
            agency_id=agency_id,
            chat_id=chat_id,
            seq=seq,
        )
    else:
        tx.post(
            """UPDATE chat_message SET words = NULL
                WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq""",
            agency_id=agency_id,
            chat_id=chat_id,
            seq=seq,
        )


_INDEXED = """
    SELECT x.agency_id, x.chat_id, x.seq, x.sender_id, x.message, x.created_at, x.deleted_at,
           x.search_place,
           CASE WHEN x.attachment_id IS NOT NULL
                  OR EXISTS (SELECT 1 FROM message_attachment a
                              WHERE a.agency_id = x.agency_id AND a.chat_id = x.chat_id AND a.seq = x.seq)
                THEN 1 ELSE 0 END AS has_file
      FROM chat_message x"""


def _read(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> Sequence[Row]:
    """What is indexed of a message, unless it was deleted."""
    return tx.rows(
        f"""{_INDEXED}
             WHERE x.agency_id = :agency_id AND x.chat_id = :chat_id AND x.seq = :seq AND x.deleted_at IS NULL""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
    )


def pages(tx: Transaction, *, at_once: int) -> Iterator[Sequence[Row]]:
    """What is indexed of all messages, by chat. `deleted_at` is not null for those that are not indexed."""
    last: tuple[str, str, int] = ("", "", 0)
    while True:
        rows = tx.rows(
            f"""{_INDEXED}
                 WHERE (x.agency_id, x.chat_id, x.seq) > (:agency_id, :chat_id, :seq)
                 ORDER BY x.agency_id, x.chat_id, x.seq
                 LIMIT :at_once""",
            agency_id=last[0],
            chat_id=last[1],
            seq=last[2],
            at_once=at_once,
        )
        if rows:
            yield rows
        if len(rows) < at_once:
            return
        last = (rows[-1]["agency_id"], rows[-1]["chat_id"], rows[-1]["seq"])


def placed(tx: Transaction, first: int, end: int, *, at_once: int) -> Iterator[Sequence[Row]]:
    """The same of messages in a range of places, by place."""
    while True:
        rows = tx.rows(
            f"""{_INDEXED}
                 WHERE x.search_place >= :first AND x.search_place < :end
                 ORDER BY x.search_place
                 LIMIT :at_once""",
            first=first,
            end=end,
            at_once=at_once,
        )
        if rows:
            yield rows
        if len(rows) < at_once:
            return
        first = rows[-1]["search_place"] + 1


def words_in_row(row: Row) -> str:
    """The words for the full-text table of SQLite, of a row of `pages`."""
    return row_words(row["message"], row["chat_id"], row["sender_id"], has_file=bool(row["has_file"]))


def words_in_column(rows: Sequence[Row]) -> str:
    """The words for the column of PostgreSQL, of rows of `pages`, as JSON. None for deleted messages."""
    return json.dumps(
        [
            {
                "agency_id": row["agency_id"],
                "chat_id": row["chat_id"],
                "seq": row["seq"],
                "words": None
                if row["deleted_at"] is not None
                else column_words(row["message"], row["sender_id"], has_file=bool(row["has_file"])),
            }
            for row in rows
        ]
    )


def _marks(sender_id: Guid, *, has_file: bool) -> list[str]:
    return [SENDER_MARK + sender_id, FILE_MARK] if has_file else [SENDER_MARK + sender_id]


_SET_ROW = "INSERT OR REPLACE INTO message_words (rowid, words) VALUES (:search_place, :words)"


def _write_columns(tx: Transaction, rows: Sequence[Row]) -> None:
    tx.execute(
        """UPDATE chat_message
              SET words = CAST(r.words AS tsvector)
             FROM json_to_recordset(CAST(:rows AS json)) AS r (agency_id text, chat_id text, seq bigint, words text)
            WHERE chat_message.agency_id = r.agency_id AND chat_message.chat_id = r.chat_id
              AND chat_message.seq = r.seq""",
        rows=words_in_column(rows),
    )


# The step of the migration --------------------------------------------------------------------------------------------


def index_messages(tx: Transaction) -> None:
    """Indexes all messages, in pages."""
    if tx.has_word_table:
        _fill_table(tx)
    else:
        _fill_column(tx)


def _fill_table(tx: Transaction) -> None:
    """Messages are taken in the order in which they were sent: the full-text table is much slower in another one.

    It also writes what it has collected whenever another table is changed, so a page is first changed and then indexed.
    """
    last_row, last_place = 0, 0
    while True:
        rows = tx.rows(
            f"""{_INDEXED.replace("SELECT", "SELECT x.rowid,", 1)}
                 WHERE x.rowid > :last_row
                 ORDER BY x.rowid
                 LIMIT :at_once""",
            last_row=last_row,
            at_once=_AT_ONCE,
        )
        places = []
        for row in rows:
            last_row, last_place = row["rowid"], max(row["created_at"], last_place + 1)
            places.append(last_place)
            tx.execute(
                "UPDATE chat_message SET search_place = :search_place WHERE rowid = :row",
                row=last_row,
                search_place=last_place,
            )
        for row, place in zip(rows, places, strict=True):
            if row["deleted_at"] is None:
                tx.execute(_SET_ROW, search_place=place, words=words_in_row(row))
        if len(rows) < _AT_ONCE:
            return


def _fill_column(tx: Transaction) -> None:
    """The indexes are made at the end, which is faster."""
    tx.execute("UPDATE chat_message SET search_place = created_at")
    for rows in pages(tx, at_once=_AT_ONCE):
        _write_columns(tx, [row for row in rows if row["deleted_at"] is None])
    tx.execute("CREATE INDEX chat_message_search_place ON chat_message (search_place)")
    tx.execute("CREATE INDEX chat_message_words ON chat_message USING gin (words)")
