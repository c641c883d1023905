"""Compares the search index with the messages. Both are read in pages, so memory does not grow with the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from parlour.store.consistency import MOST_DIFFERENCES, Difference
from parlour.store.database import Row, Transaction
from parlour.store.search_index import pages, placed, words_in_column, words_in_row

# Messages read at once.
MESSAGES_AT_ONCE = 1_000

# Messages on SQLite for which the index is read once, from its first word to its last. A million have 13 million words,
# which takes a second.
MESSAGES_A_PASS = 50_000


@dataclass(frozen=True, slots=True)
class SearchDifference(Difference):
    """A message that a search does not find by its words, or finds by others."""

    def __str__(self) -> str:
        return f"{self.where} has {self.stored} in the search index, not {self.counted}"


def search_differences(
    tx: Transaction, *, page: int = MESSAGES_AT_ONCE, a_pass: int = MESSAGES_A_PASS
) -> list[Difference]:
    """The messages whose words in the search index differ from those of their text, at most the first thousand."""
    found = _in_table(tx, page, a_pass) if tx.has_word_table else _in_columns(tx, page)
    return list(islice(found, MOST_DIFFERENCES))


def _in_columns(tx: Transaction, page: int) -> Iterator[Difference]:
    for rows in pages(tx, at_once=page):
        wrong = tx.rows(
            """SELECT x.chat_id, x.seq, x.deleted_at
                 FROM json_to_recordset(CAST(:rows AS json)) AS r (agency_id text, chat_id text, seq bigint, words text)
                 JOIN chat_message x ON x.agency_id = r.agency_id AND x.chat_id = r.chat_id AND x.seq = r.seq
                WHERE x.search_place IS DISTINCT FROM x.created_at
                   OR x.words IS DISTINCT FROM CAST(r.words AS tsvector)
                ORDER BY x.chat_id, x.seq""",
            rows=words_in_column(rows),
        )
        yield from map(_of_message, wrong)


def _in_table(tx: Transaction, page: int, a_pass: int) -> Iterator[Difference]:
    """The full-text table only says which messages have a word. So a digest of the words of each is compared."""
    yield from map(_of_message, tx.rows("SELECT chat_id, seq, deleted_at FROM chat_message WHERE search_place IS NULL"))
    for first, end in _passes(tx, a_pass):
        stored = _digests(tx, first, end)
        for rows in placed(tx, first, end, at_once=page):
            for row in rows:
                counted = None if row["deleted_at"] is not None else _digest(words_in_row(row).split(" "))
                if stored.pop(row["search_place"], None) != counted or row["search_place"] < row["created_at"]:
                    yield _of_message(row)
        for place in stored:
            yield SearchDifference("words", f"row {place} of message_words", "words", "none: it has no message")


def _passes(tx: Transaction, a_pass: int) -> Iterator[tuple[int, int]]:
    """All places, as ranges of so many messages."""
    first, last = -(2**63), 2**63 - 1
    while True:
        end = tx.value(
            """SELECT search_place FROM chat_message
                WHERE search_place >= :first
                ORDER BY search_place
                LIMIT 1 OFFSET :a_pass""",
            first=first,
            a_pass=a_pass,
        )
        yield first, last if end is None else end
        if end is None:
            return
        first = end


def _digests(tx: Transaction, first: int, end: int) -> dict[int, tuple[int, int]]:
    """The number of words of each row of the full-text table in a range of places, and their digest. See `_digest`."""
    rows = tx.tuples(
        """SELECT doc, count(*),
                  sum((offset + 1) * (unicode(term) * 1009 + unicode(substr(term, -1)) * 101 + length(term)))
             FROM message_vocabulary
            WHERE doc >= :first AND doc < :end
            GROUP BY doc""",
        first=first,
        end=end,
    )
    return {place: (words, digest) for place, words, digest in rows}


def _digest(words: Sequence[str]) -> tuple[int, int]:
    return len(words), sum(
        place * (ord(word[0]) * 1009 + ord(word[-1]) * 101 + len(word)) for place, word in enumerate(words, 1)
    )


def _of_message(row: Row) -> SearchDifference:
    counted = "its own" if row["deleted_at"] is None else "none"
    return SearchDifference("words", f"message {row['seq']} of chat {row['chat_id']}", "other words", counted)
