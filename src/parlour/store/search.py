"""Searching in the messages of a person's chats, newest first. `search_index.py` writes what is searched.

A page must be found soon whether a word is rare or in half of all messages. It must not matter either whether a person
is in three chats or in all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.store.database import Row, Transaction
from parlour.store.folding import Phrase
from parlour.store.search_index import CHAT_MARK, FILE_MARK, SENDER_MARK

# Chats that a query names one by one. For people in more chats it reads what is found in all chats, newest first, and
# leaves out other chats. Naming 300 chats takes about 10 ms.
MOST_NAMED_CHATS = 300

# On SQLite: the words with one beginning that a query names one by one. FTS5 reads a named word from its newest message
# on, but of a beginning it first sorts all messages. With half of a million that takes 24 ms instead of less than one.
MOST_CONTINUED = 64

# On PostgreSQL: the messages of few chats are read one by one, up to this number. The full-text index would return all
# messages with a word, of all chats, which takes half a second for a word in half of a million.
MOST_READ = 20_000

# On PostgreSQL: about so many of the newest messages are read one by one first, which takes about 8 ms. A frequent word
# fills a page with them. For a rare one, the index has few messages.
NEWEST_READ = 8_192

# On PostgreSQL: if these fill this part of a page, twice as many are read, which fill it. The index has thousands of
# messages with such a word, all over the table.
LIKELY_FILLED = 0.6

# On PostgreSQL: a part of a chat with more messages is not read one by one.
LONGEST_PART = 4 * NEWEST_READ

# No clock of a server is set back by more. On SQLite a message is listed so much later than its time.
_CLOCK_STEP = timedelta(days=1) // timedelta(microseconds=1)

# Sorted after all words.
_AFTER_WORDS = "\U0010ffff"

EVER = 2**62
"""After all messages, in microseconds of Unix time."""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a message must have to be found, all of it.

    It has one of the senders and is in one of the chats, if any are named. It was sent at or after `not_before`, and
    before `before`, in microseconds of Unix time.
    """

    phrases: Sequence[Phrase] = ()
    sender_ids: Sequence[Guid] = ()
    chat_ids: Sequence[Guid] = ()
    has_file: bool = False
    not_before: int = 0
    before: int = EVER


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place in the list of found messages: that of the message which was listed last."""

    place: int
    chat_id: str
    seq: int


NEWEST = FoundPlace(EVER, "", 0)


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A message that was found."""

    place: FoundPlace
    message_id: Guid
    chat_name: str
    sender_id: Guid
    sender_name: str
    text: str
    has_file: bool
    sent_at: int
    edited_at: int | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A chat that a person is in."""

    chat_id: Guid
    name: str
    last_seq: int


def seats_of(
    tx: Transaction, agency_id: Guid, user_id: Guid, *, chat_ids: Sequence[Guid] = (), most: int
) -> list[Seat]:
    """The chats that a user is in, among `chat_ids` if there are any."""
    named = "".join(f", :chat_{index}" for index in range(len(chat_ids)))
    rows = tx.rows(
        f"""SELECT c.chat_id, c.name, c.last_seq
              FROM chat_member m
              JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
             WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'
                   {f"AND m.chat_id IN ({named[2:]})" if named else ""}
             LIMIT :most""",  # noqa: S608  # numbered parameters
        agency_id=agency_id,
        user_id=user_id,
        most=most,
        **{f"chat_{index}": chat_id for index, chat_id in enumerate(chat_ids)},
    )
    return [Seat(row["chat_id"], row["name"], row["last_seq"]) for row in rows]


def find(
    tx: Transaction, agency_id: Guid, user_id: Guid, sought: Sought, *, after: FoundPlace, most: int
) -> list[FoundRow]:
    """The newest messages after a place in the list, which are in the user's chats and have all that is sought."""
    tx.may_take_long()
    seats = seats_of(tx, agency_id, user_id, chat_ids=sought.chat_ids, most=MOST_NAMED_CHATS + 1)
    if not seats:
        return []
    named = seats if len(seats) <= MOST_NAMED_CHATS else ()
    values: dict[str, Any] = {
        "agency_id": agency_id,
        "user_id": user_id,
        "place": after.place,
        "after_chat": after.chat_id,
        "after_seq": after.seq,
        "not_before": sought.not_before,
        "before": sought.before,
        "most": most,
    }
    if tx.has_word_table:
        # The table's own order is that of places, without sorting.
        values["place"] = min(after.place, sought.before + _CLOCK_STEP)
        words = _for_table(tx, sought, named)
        rows = [] if words is None else tx.rows(_IN_TABLE, **values, words=words)
    else:
        rows = _in_columns(tx, values, sought, named)
    return [_found(row) for row in rows]


def _in_columns(tx: Transaction, values: dict[str, Any], sought: Sought, named: Sequence[Seat]) -> Sequence[Row]:
    values = {**values, "words": _for_column(sought)}
    most, chats = values["most"], ",".join(seat.chat_id for seat in named)
    if named and sum(seat.last_seq for seat in named) <= MOST_READ:
        return tx.rows(_IN_FEW_MESSAGES, **values, chats=chats)
    values = {**values, "chats": chats, "longest": LONGEST_PART}
    rows = tx.rows(_IN_NEWEST_OF_NAMED if named else _IN_NEWEST, **values, newest=NEWEST_READ)
    if len(rows) < most and _hits(tx, values, rows, named) >= most * LIKELY_FILLED:
        rows = tx.rows(_IN_NEWEST_OF_NAMED if named else _IN_NEWEST_OF_OWN, **values, newest=2 * NEWEST_READ)
    if len(rows) == most:
        return rows
    return tx.rows(_IN_NAMED if named else _IN_ALL, **values)


def _hits(tx: Transaction, values: dict[str, Any], rows: Sequence[Row], named: Sequence[Seat]) -> int:
    """How many of the newest messages have what is sought: those of the person's chats, or of all if they are many."""
    return len(rows) if named else int(tx.value(_HITS, **values, newest=NEWEST_READ))


# The query ------------------------------------------------------------------------------------------------------------


def _for_table(tx: Transaction, sought: Sought, named: Sequence[Seat]) -> str | None:
    """What is sought, in the syntax of FTS5, or None if no message has it. Words and marks have no quotation marks."""
    parts = []
    for phrase in sought.phrases:
        endings = _endings(tx, phrase)
        if not endings:
            return None
        parts.append(_any_of([f'"{" ".join((*phrase.words[:-1], ending))}' for ending in endings], " OR "))
    if sought.sender_ids:
        parts.append(_any_of([f'"{SENDER_MARK}{sender_id}"' for sender_id in sought.sender_ids], " OR "))
    if sought.has_file:
        parts.append(f'"{FILE_MARK}"')
    if named:
        parts.append(_any_of([f'"{CHAT_MARK}{seat.chat_id}"' for seat in named], " OR "))
    return " AND ".join(parts)


def _endings(tx: Transaction, phrase: Phrase) -> list[str]:
    """How a phrase may end, each with its quotation mark: the words that go on from its last one, or the beginning."""
    word = phrase.words[-1]
    if not phrase.is_open:
        return [f'{word}"']
    endings: list[str] = []
    # A beginning of one letter has an index of its own.
    while len(word) > 1 and len(endings) < MOST_CONTINUED:
        # The next word after all messages that have the last one. No word has a control character.
        found = tx.value(
            "SELECT term FROM message_vocabulary WHERE term >= :first AND term < :end LIMIT 1",
            first=f"{endings[-1][:-1]}\x01" if endings else word,
            end=f"{word}{_AFTER_WORDS}",
        )
        if found is None:
            return endings
        endings.append(f'{found}"')
    return [f'{word}" *']


def _for_column(sought: Sought) -> str:
    """What is sought, as a `tsquery`. Words and marks have no quotation marks."""
    parts = [
        "(" + " <-> ".join(f"'{word}'" for word in phrase.words) + (":*)" if phrase.is_open else ")")
        for phrase in sought.phrases
    ]
    if sought.sender_ids:
        parts.append(_any_of([f"'{SENDER_MARK}{sender_id}'" for sender_id in sought.sender_ids], " | "))
    if sought.has_file:
        parts.append(f"'{FILE_MARK}'")
    return " & ".join(parts)


def _any_of(parts: Sequence[str], between: str) -> str:
    return f"({between.join(parts)})"


_OF_MEMBERS = """
    EXISTS (SELECT 1
              FROM chat_member m
             WHERE m.agency_id = :agency_id AND m.chat_id = x.chat_id AND m.user_id = :user_id
               AND m.state = 'active')"""

# What is shown of the hits. SQLite keeps the order of a CROSS JOIN, while of a JOIN it would begin with all messages.
# All statements here consist of constants only.
_SHOWN = """
    SELECT h.place, h.chat_id, h.seq, x.message_id, c.name AS chat_name, x.sender_id, u.display_name AS sender_name,
           x.message AS text, x.created_at AS sent_at, x.edited_at,
           CASE WHEN x.attachment_id IS NOT NULL
                  OR EXISTS (SELECT 1 FROM message_attachment a
                              WHERE a.agency_id = x.agency_id AND a.chat_id = x.chat_id AND a.seq = x.seq)
                THEN 1 ELSE 0 END AS has_file
      FROM hits h
     CROSS JOIN chat_message x
     CROSS JOIN chat c
     CROSS JOIN user_account u
     WHERE x.agency_id = :agency_id AND x.chat_id = h.chat_id AND x.seq = h.seq
       AND c.agency_id = :agency_id AND c.chat_id = h.chat_id AND u.user_id = x.sender_id
     ORDER BY h.place DESC, h.chat_id DESC, h.seq DESC"""

# On SQLite. No two messages have one place there.
_IN_TABLE = f"""
    WITH hits AS MATERIALIZED (
        SELECT x.search_place AS place, x.chat_id, x.seq
          FROM message_words w
         CROSS JOIN chat_message x ON x.search_place = w.rowid
         WHERE w.message_words MATCH :words AND w.rowid < :place AND w.rowid >= :not_before
           AND x.agency_id = :agency_id AND x.created_at >= :not_before AND x.created_at < :before
           AND {_OF_MEMBERS}
         ORDER BY w.rowid DESC
         LIMIT :most)
    {_SHOWN}"""  # noqa: S608

# On PostgreSQL. Adding zero keeps the planner from the index of places, and IS TRUE from that of words, where either
# would return far too many messages. OFFSET keeps it from joining the index of words with that of chats. It does so
# in a prepared statement, and a rare word in a million messages takes 60 ms instead of one.
_LISTED_AFTER = """
    x.search_place + 0 >= :not_before AND x.search_place + 0 < :before
    AND (x.search_place + 0, x.chat_id, x.seq) < (:place, :after_chat, :after_seq)"""

_FIRST = "ORDER BY place DESC, chat_id DESC, seq DESC LIMIT :most"

_IN_FEW_MESSAGES = f"""
    WITH hits AS MATERIALIZED (
        SELECT f.place, f.chat_id, f.seq
          FROM unnest(string_to_array(:chats, ',')) AS s (chat_id)
         CROSS JOIN LATERAL (
             SELECT x.search_place AS place, x.chat_id, x.seq
               FROM chat_message x
              WHERE x.agency_id = :agency_id AND x.chat_id = s.chat_id AND {_LISTED_AFTER}
                AND (x.words @@ CAST(:words AS tsquery)) IS TRUE
              ORDER BY x.seq DESC
              LIMIT :most) f
         {_FIRST})
    {_SHOWN}"""  # noqa: S608


def _in_newest_of(chats: str) -> str:
    """Searches in the newest messages of some chats together, although no index has them in order.

    A chat is cut into parts, each twice as long as the one after it. Parts are taken from the newest on. What is newer
    than the first part that is not taken is complete.
    """
    return f"""
    WITH cuts AS (
        SELECT c.chat_id, x.seq, x.search_place AS place,
               x.seq - lead(x.seq, 1, 0::bigint) OVER earlier AS size,
               lead(x.search_place, 1, 0::bigint) OVER earlier AS next_place
          FROM {chats} AS s (chat_id)
          JOIN chat c ON c.agency_id = :agency_id AND c.chat_id = s.chat_id
         CROSS JOIN generate_series(0, 13) AS n
          JOIN chat_message x
            ON x.agency_id = :agency_id AND x.chat_id = c.chat_id AND x.seq = c.last_seq - 8 * (2 ^ n - 1)::bigint
         WHERE c.last_seq > 8 * (2 ^ n - 1)::bigint
        WINDOW earlier AS (PARTITION BY c.chat_id ORDER BY x.seq DESC)),
    parts AS (
        SELECT chat_id, seq, size, place,
               size <= :longest AND sum(size) OVER (ORDER BY place DESC, chat_id, seq DESC) - size < :newest AS is_read
          FROM cuts
         WHERE next_place <= :place AND next_place < :before),
    hits AS MATERIALIZED (
        SELECT f.place, f.chat_id, f.seq
          FROM parts p
         CROSS JOIN (SELECT coalesce(max(place), 0) AS place FROM parts WHERE NOT is_read) e
         CROSS JOIN LATERAL (
             SELECT x.search_place AS place, x.chat_id, x.seq
               FROM chat_message x
              WHERE x.agency_id = :agency_id AND x.chat_id = p.chat_id AND x.seq <= p.seq AND x.seq > p.seq - p.size
                AND x.search_place > e.place AND {_LISTED_AFTER} AND (x.words @@ CAST(:words AS tsquery)) IS TRUE
              ORDER BY x.seq DESC
              LIMIT :most) f
         WHERE p.is_read
         {_FIRST})
    {_SHOWN}"""  # noqa: S608


_IN_NEWEST_OF_NAMED = _in_newest_of("unnest(string_to_array(:chats, ','))")

_IN_NEWEST_OF_OWN = _in_newest_of("""
    (SELECT m.chat_id
       FROM chat_member m
      WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active')""")

_NEWEST = f"""
    (SELECT *
       FROM chat_message x
      WHERE x.agency_id = :agency_id AND x.search_place <= :place AND x.search_place < :before AND {_LISTED_AFTER}
      ORDER BY x.search_place DESC
      LIMIT :newest) x"""  # noqa: S608

_IN_NEWEST = f"""
    WITH hits AS MATERIALIZED (
        SELECT x.search_place AS place, x.chat_id, x.seq
          FROM {_NEWEST}
         WHERE x.words @@ CAST(:words AS tsquery) AND {_OF_MEMBERS}
         {_FIRST})
    {_SHOWN}"""  # noqa: S608

_HITS = f"SELECT count(*) FROM {_NEWEST} WHERE x.words @@ CAST(:words AS tsquery)"  # noqa: S608

_WITH_WORDS = """
    (SELECT * FROM chat_message x WHERE x.words @@ CAST(:words AS tsquery) OFFSET 0) x"""

_IN_NAMED = f"""
    WITH hits AS MATERIALIZED (
        SELECT x.search_place AS place, x.chat_id, x.seq
          FROM {_WITH_WORDS}
         WHERE x.agency_id = :agency_id AND {_LISTED_AFTER} AND x.chat_id = ANY (string_to_array(:chats, ','))
         {_FIRST})
    {_SHOWN}"""  # noqa: S608

_IN_ALL = f"""
    WITH hits AS MATERIALIZED (
        SELECT x.search_place AS place, x.chat_id, x.seq
          FROM {_WITH_WORDS}
         WHERE x.agency_id = :agency_id AND {_LISTED_AFTER} AND {_OF_MEMBERS}
         {_FIRST})
    {_SHOWN}"""  # noqa: S608


def _found(row: Row) -> FoundRow:
    return FoundRow(
        place=FoundPlace(row["place"], row["chat_id"], row["seq"]),
        message_id=row["message_id"],
        chat_name=row["chat_name"],
        sender_id=row["sender_id"],
        sender_name=row["sender_name"],
        text=row["text"],
        has_file=row["has_file"] == 1,
        sent_at=row["sent_at"],
        edited_at=row["edited_at"],
    )
