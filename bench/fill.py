"""An agency for measurements: chats with history, whose readers and senders are different people.

Each reader is in 20 chats of 6 members, which are all readers, and nobody sends there. The sender is in one chat of 21,
and in 20 others of 6.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import merge
from itertools import accumulate, chain, groupby, islice, repeat
from operator import itemgetter
from random import Random
from typing import Any

import psycopg

from parlour.services.passwords import hash_password
from parlour.store.database import Database, Transaction
from parlour.store.search_index import column_words, row_words
from parlour.store.times import microseconds

AGENCY = "a" * 32
LISTED_CHATS, LISTED_MEMBERS, LARGE_MEMBERS = 20, 6, 21
# More than any load has connections that read, so that those under way at once ask for different things.
GROUPS = 3
READERS = range(GROUPS * LISTED_MEMBERS)
READER, SENDER = READERS[0], len(READERS)
PASSWORD = "correct horse battery"
TEXT = "A message of the usual length, of some sixty letters or so."

SHORT_HISTORY = 50

# In microseconds.
YEAR = 365 * 24 * 3600 * 1_000_000

# A write transaction of this size still takes little memory.
ROWS_A_TRANSACTION = 20_000

TableRow = tuple[str, dict[str, Any]]
"""A table, and the values of a row by column."""


@dataclass(frozen=True)
class Size:
    """`history` messages in each chat of `READER` and of the sender's 21, four times that in `FULL_CHAT`."""

    history: int
    users: int
    is_varied: bool = False
    """Whether messages consist of different words (`word`), instead of having the usual text."""


SMALL = Size(history=SHORT_HISTORY, users=40)
LARGE = Size(history=SHORT_HISTORY * 1000, users=10_000)
# A little more than a million messages.
SEARCHED = Size(history=43_000, users=40, is_varied=True)

# The words of varied messages. The one of rank 1 is in most messages, the next is half as frequent, as in languages.
VOCABULARY, WORDS_A_MESSAGE = 20_000, 10

# A chat of READER whose newest messages fill a response with either history. It is not any reader's own (`own_chat`).
# So the newest 50 messages are 50 for each of them.
FULL_CHAT, FULL_HISTORY = LISTED_MEMBERS, 4
LARGE_CHAT = GROUPS * LISTED_CHATS
SPREAD_CHATS = range(LARGE_CHAT + 1, LARGE_CHAT + 21)


def guid(letter: str, number: int) -> str:
    return f"{letter}{number:031d}"


def email(number: int) -> str:
    return f"user{number}@agency.example"


def word(rank: int) -> str:
    """The word that is as frequent as its rank says. Few words begin with the same two letters."""
    letters = ""
    for _ in range(4):
        rank, place = divmod(rank * 7 + 3, 100)
        letters += "bcdfghklmnprstvwxyzj"[place // 5] + "aeiou"[place % 5]
    return letters + "kb"[rank % 2]


def fill(database: Database, size: Size, url: str) -> None:
    """Fills an empty, migrated database: users `user0@agency.example` and so on, with the same password.

    `url` is that of the database, or empty on SQLite. PostgreSQL copies rows, since inserting each takes
    eight times as long.
    """
    now = microseconds(datetime.now(UTC))
    password = hash_password(PASSWORD)
    rows = _rows(size, now, password, has_word_table=not url)
    if url:
        _copy(url, rows)
    else:
        while _insert(database, rows):
            pass


def fill_list(database: Database, histories: Sequence[int]) -> None:
    """Fills an empty, migrated SQLite database: `READER` is in a chat of each length, with the same few people."""
    now = microseconds(datetime.now(UTC))
    members = range(LISTED_MEMBERS)
    chats = [_chat(number, members, history, now) for number, history in enumerate(histories)]
    sent = merge(
        *(_messages(number, members, history, now) for number, history in enumerate(histories)),
        key=itemgetter("created_at"),
    )
    beginning = _beginning(LISTED_MEMBERS, now, hash_password(PASSWORD))
    rows = chain(beginning, *chats, _with_words(sent, repeat(TEXT), has_word_table=True))
    while _insert(database, rows):
        pass


def _insert(database: Database, rows: Iterator[TableRow]) -> int:
    batch = list(islice(rows, ROWS_A_TRANSACTION))

    def insert(tx: Transaction) -> None:
        for table, values in batch:
            tx.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES (:{', :'.join(values)})", **values)

    database.run(insert)
    return len(batch)


def _copy(url: str, rows: Iterator[TableRow]) -> None:
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        with connection.transaction():
            for table, group in groupby(rows, key=itemgetter(0)):
                _, first = next(group)
                with cursor.copy(f"COPY {table} ({', '.join(first)}) FROM STDIN".encode()) as copy:
                    for _, values in chain([(table, first)], group):
                        copy.write_row(list(values.values()))
        # As PostgreSQL does it by itself meanwhile in a database that grows. Otherwise the first searches have to.
        cursor.execute("VACUUM (ANALYZE)")
        # Otherwise pages are written while something is measured. Not every user may ask for it.
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            cursor.execute("CHECKPOINT")


def _beginning(users: int, now: int, password: str) -> Iterator[TableRow]:
    """The agency and its people."""
    yield "agency", {"agency_id": AGENCY, "name": "Bench", "created_at": now}
    role = {"agency_id": AGENCY, "role_id": guid("e", 0)}
    yield "role", {**role, "name": "Agent", "granted_by": "Administrator", "needs_acceptance": 1}
    yield from _people(range(users), now, password, role)


def _rows(size: Size, now: int, password: str, *, has_word_table: bool) -> Iterator[TableRow]:
    yield from _beginning(size.users, now, password)
    histories: list[tuple[int, Sequence[int], int]] = []
    for chat in range(LARGE_CHAT):
        group, place = divmod(chat, LISTED_CHATS)
        listed = [group * LISTED_MEMBERS + (place + other) % LISTED_MEMBERS for other in range(LISTED_MEMBERS)]
        history = SHORT_HISTORY if group else size.history * (FULL_HISTORY if chat == FULL_CHAT else 1)
        histories.append((chat, listed, history))
    histories.append((LARGE_CHAT, range(SENDER, SENDER + LARGE_MEMBERS), size.history))
    histories += [(chat, range(SENDER, SENDER + LISTED_MEMBERS), SHORT_HISTORY) for chat in SPREAD_CHATS]
    for number, members, history in histories:
        yield from _chat(number, members, history, now)
    sent = merge(*(_messages(*each, now) for each in histories), key=itemgetter("created_at"))
    texts = _varied_texts() if size.is_varied else repeat(TEXT)
    yield from _with_words(sent, texts, has_word_table=has_word_table)


def _with_words(sent: Iterable[dict[str, Any]], texts: Iterator[str], *, has_word_table: bool) -> Iterator[TableRow]:
    """Messages in the order in which they were sent, with the words for the search."""
    place = 0
    for values, text in zip(sent, texts, strict=False):
        sender_id, sent_at = values["sender_id"], values["created_at"]
        if has_word_table:
            place = max(sent_at, place + 1)
            yield "chat_message", {**values, "message": text, "search_place": place}
            words = row_words(text, values["chat_id"], sender_id, has_file=False)
            yield "message_words", {"rowid": place, "words": words}
        else:
            words = column_words(text, sender_id, has_file=False)
            yield "chat_message", {**values, "message": text, "search_place": sent_at, "words": words}


def _varied_texts() -> Iterator[str]:
    chosen = Random(1)
    words = [word(rank) for rank in range(1, VOCABULARY + 1)]
    weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
    while True:
        yield " ".join(chosen.choices(words, cum_weights=weights, k=WORDS_A_MESSAGE))


def own_chat(reader: int) -> int:
    """A chat in which this reader has read everything. It is another one for each."""
    group, place = divmod(reader, LISTED_MEMBERS)
    return group * LISTED_CHATS + place


def _people(numbers: Sequence[int], now: int, password: str, role: dict[str, Any]) -> Iterator[TableRow]:
    for number in numbers:
        yield (
            "user_account",
            {
                "user_id": guid("b", number),
                "email_address": email(number),
                "address_key": email(number),
                "display_name": f"User {number}",
                "password_hash": password,
                "created_at": now,
            },
        )
    for number in numbers:
        yield (
            "contact",
            {
                "agency_id": AGENCY,
                "contact_id": guid("c", number),
                "full_name": f"User {number}",
                "email_address": email(number),
                "address_key": email(number),
                "state": "real",
                "user_id": guid("b", number),
                "created_at": now,
            },
        )
    for number in numbers:
        yield "contact_role", {**role, "contact_id": guid("c", number)}


def _chat(number: int, members: Sequence[int], history: int, now: int) -> Iterator[TableRow]:
    chat = {"agency_id": AGENCY, "chat_id": guid("d", number)}
    last = guid("f", number * 1_000_000 + history)
    yield (
        "chat",
        {
            **chat,
            "name": f"Chat {number}",
            "created_by": guid("b", members[0]),
            "created_at": now,
            "last_seq": history,
            "live": history,
            "last_message_id": last,
            "active_at": now + number,
            "member_count": len(members),
        },
    )
    for place, member in enumerate(members):
        # Each member has read up to a different message and not written since, so that counts differ.
        read = history - place * 2
        yield (
            "chat_member",
            {
                **chat,
                "member_id": guid("9", number * 100 + place),
                "contact_id": guid("c", member),
                "user_id": guid("b", member),
                "state": "active",
                "role": "member" if place else "owner",
                "joined_at": now + place,
                "read_seq": read,
                "read_live": read,
                "read_message_id": guid("f", number * 1_000_000 + read),
            },
        )


def _messages(number: int, members: Sequence[int], history: int, now: int) -> Iterator[dict[str, Any]]:
    """The messages of a chat, evenly over the past year. So those of all chats alternate."""
    for seq in range(1, history + 1):
        yield {
            "agency_id": AGENCY,
            "chat_id": guid("d", number),
            "seq": seq,
            "message_id": guid("f", number * 1_000_000 + seq),
            "sender_id": guid("b", members[0]),
            "created_at": now - YEAR + YEAR * seq // history,
        }
