"""An agency for measurements: chats with history, whose readers and senders are different people.

Each reader is in 20 chats of 6 members, which are all readers, and nobody sends there. The sender is in one chat of 21,
and in 20 others of 6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, islice, repeat
from random import Random
from typing import Any

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

# A write transaction of this size still takes little memory.
ROWS_A_TRANSACTION = 20_000


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

# Its newest messages fill a response with either history.
FULL_CHAT, FULL_HISTORY = 1, 4
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


def fill(database: Database, size: Size) -> None:
    """Fills an empty, migrated database: users `user0@agency.example` and so on, with the same password."""
    now = microseconds(datetime.now(UTC))
    password = hash_password(PASSWORD)
    has_word_table = database.run(lambda tx: tx.has_word_table)
    rows = _rows(size, now, password, has_word_table=has_word_table)
    while _insert(database, rows):
        pass


def _insert(database: Database, rows: Iterator[tuple[str, dict[str, Any]]]) -> int:
    batch = list(islice(rows, ROWS_A_TRANSACTION))

    def insert(tx: Transaction) -> None:
        for table, values in batch:
            columns, names = ", ".join(values), ", ".join(_parameter(table, column) for column in values)
            tx.execute(f"INSERT INTO {table} ({columns}) VALUES ({names})", **values)

    database.run(insert)
    return len(batch)


def _parameter(table: str, column: str) -> str:
    return "CAST(:words AS tsvector)" if (table, column) == ("chat_message", "words") else f":{column}"


def _rows(size: Size, now: int, password: str, *, has_word_table: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    place = now
    for table, values in _rows_without_words(size, now, password):
        if table != "chat_message":
            yield table, values
            continue
        sender_id = values["sender_id"]
        place += has_word_table
        if has_word_table:
            yield table, {**values, "search_place": place}
            words = row_words(values["message"], values["chat_id"], sender_id, has_file=False)
            yield "message_words", {"rowid": place, "words": words}
        else:
            yield (
                table,
                {**values, "search_place": place, "words": column_words(values["message"], sender_id, has_file=False)},
            )


def _rows_without_words(size: Size, now: int, password: str) -> Iterator[tuple[str, dict[str, Any]]]:
    texts = _varied_texts() if size.is_varied else repeat(TEXT)
    yield "agency", {"agency_id": AGENCY, "name": "Bench", "created_at": now}
    role = {"agency_id": AGENCY, "role_id": guid("e", 0)}
    yield "role", {**role, "name": "Agent", "granted_by": "Administrator", "needs_acceptance": 1}
    for number in range(size.users):
        yield from _person(number, now, password, role)
    for chat in range(LARGE_CHAT):
        group, place = divmod(chat, LISTED_CHATS)
        members = [group * LISTED_MEMBERS + (place + other) % LISTED_MEMBERS for other in range(LISTED_MEMBERS)]
        history = SHORT_HISTORY if group else size.history * (FULL_HISTORY if chat == FULL_CHAT else 1)
        yield from _chat(chat, members, history, now, texts)
    yield from _chat(LARGE_CHAT, range(SENDER, SENDER + LARGE_MEMBERS), size.history, now, texts)
    for chat in SPREAD_CHATS:
        yield from _chat(chat, range(SENDER, SENDER + LISTED_MEMBERS), SHORT_HISTORY, now, texts)


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


def _person(number: int, now: int, password: str, role: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    user, contact = guid("b", number), guid("c", number)
    yield (
        "user_account",
        {
            "user_id": user,
            "email_address": email(number),
            "address_key": email(number),
            "display_name": f"User {number}",
            "password_hash": password,
            "created_at": now,
        },
    )
    yield (
        "contact",
        {
            "agency_id": AGENCY,
            "contact_id": contact,
            "full_name": f"User {number}",
            "email_address": email(number),
            "address_key": email(number),
            "state": "real",
            "user_id": user,
            "created_at": now,
        },
    )
    yield "contact_role", {**role, "contact_id": contact}


def _chat(
    number: int, members: Sequence[int], history: int, now: int, texts: Iterator[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
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
    for seq in range(1, history + 1):
        yield (
            "chat_message",
            {
                **chat,
                "seq": seq,
                "message_id": guid("f", number * 1_000_000 + seq),
                "sender_id": guid("b", members[0]),
                "message": next(texts),
                "created_at": now,
            },
        )
