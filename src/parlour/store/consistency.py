"""Recounts the counters of chats and members, and finds contacts that may be two people.

Chats are read in pages, so memory does not grow with the database. A member's messages are counted on the shorter side
of their marker, so a recount costs little more than reading each message once.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.store.database import Row, Transaction
from parlour.store.email_addresses import address_key

# Chats recounted by one statement: few enough for the memory, many enough to need few statements.
CHATS_AT_ONCE = 200

# A database with more differences has one common cause, and more of them would not help to find it.
MOST_DIFFERENCES = 1000

# What hangs on messages, and goes when they are deleted.
_OF_LIVE = ("mention", "message_version", "message_attachment", "reaction", "pin")

# Trimming these leaves nothing of addresses in ASCII, whose folding did not change.
_ASCII = "".join(map(chr, range(1, 128)))


@dataclass(frozen=True, slots=True)
class Difference:
    """One wrong counter: `what` it is, the row `where` it is stored, the stored value and the counted one."""

    what: str
    where: str
    stored: Any
    counted: Any

    def __str__(self) -> str:
        return f"{self.what} of {self.where} is {self.stored}, counted {self.counted}"


@dataclass(frozen=True, slots=True)
class JoinedContact(Difference):
    """A contact that was invited, or has its account, at a different mailbox than its own."""

    def __str__(self) -> str:
        return f"{self.where} has the address {self.stored} and was joined with {self.counted}: perhaps another person"


def differences(tx: Transaction, *, page: int = CHATS_AT_ONCE) -> list[Difference]:
    """All differences, at most the first thousand."""
    found: list[Difference] = []
    for agency_id, first, last in _pages(tx, page):
        for row in _chats(tx, agency_id, first, last):
            found += _of_chat(row)
        for row in _members(tx, agency_id, first, last):
            found += _of_member(row)
        for table in _OF_LIVE:
            found += _left_behind(tx, agency_id, first, last, table)
        if len(found) >= MOST_DIFFERENCES:
            break
    return found[:MOST_DIFFERENCES]


def joined_contacts(tx: Transaction) -> list[Difference]:
    """The contacts with two mailboxes, since addresses were once compared with all letters folded.

    The owners of mailboxes are unknown here, so only a person can decide whether these are two people.
    """
    rows = tx.rows(
        """WITH joined AS (
               SELECT c.contact_id, c.email_address, i.email_address AS other
                 FROM contact c
                 JOIN invitation i ON i.agency_id = c.agency_id AND i.contact_id IN (c.contact_id, c.merged_into)
                UNION
               SELECT i.contact_id, i.email_address, o.to_address
                 FROM invitation i
                 JOIN outbox o ON o.agency_id = i.agency_id AND o.invitation_id = i.invitation_id
                UNION
               SELECT c.contact_id, c.email_address, u.email_address
                 FROM contact c
                 JOIN user_account u ON u.user_id = c.user_id)
           SELECT contact_id, email_address, other
             FROM joined
            WHERE trim(email_address || other, :ascii) <> ''
            ORDER BY contact_id, email_address, other""",
        ascii=_ASCII,
    )
    found: list[Difference] = [
        JoinedContact("address", f"contact {row['contact_id']}", row["email_address"], row["other"])
        for row in rows
        if _were_joined(row["email_address"], row["other"])
    ]
    return found[:MOST_DIFFERENCES]


def _were_joined(one: str, other: str) -> bool:
    """Whether two addresses are different mailboxes that were equal when all letters were folded."""
    return address_key(one) != address_key(other) and _key_before(one) == _key_before(other)


def _key_before(address: str) -> str:
    local, _, domain = address_key(address).rpartition("@")
    return f"{unicodedata.normalize('NFC', local.casefold())}@{domain}"


def _pages(tx: Transaction, page: int) -> Iterator[tuple[Guid, Guid, Guid]]:
    """The chats of all agencies, as ranges of ids."""
    agency_id, last = "", ""
    while True:
        rows = tx.rows(
            """SELECT agency_id, chat_id
                 FROM chat
                WHERE (agency_id, chat_id) > (:agency_id, :last)
                ORDER BY agency_id, chat_id
                LIMIT :page""",
            agency_id=agency_id,
            last=last,
            page=page,
        )
        if not rows:
            return
        yield from _by_agency(rows)
        agency_id, last = rows[-1]["agency_id"], rows[-1]["chat_id"]


def _by_agency(rows: Sequence[Row]) -> Iterator[tuple[Guid, Guid, Guid]]:
    for agency_id in dict.fromkeys(row["agency_id"] for row in rows):
        chats = [row["chat_id"] for row in rows if row["agency_id"] == agency_id]
        yield agency_id, chats[0], chats[-1]


def _left_behind(tx: Transaction, agency_id: Guid, first: Guid, last: Guid, table: str) -> Iterator[Difference]:
    """Rows of a table that belong to messages which do not exist or were deleted."""
    rows = tx.rows(
        f"""SELECT o.chat_id, o.seq, count(*) AS stored
              FROM {table} o
              LEFT JOIN chat_message x
                ON x.agency_id = o.agency_id AND x.chat_id = o.chat_id AND x.seq = o.seq AND x.deleted_at IS NULL
             WHERE o.agency_id = :agency_id AND o.chat_id BETWEEN :first AND :last AND x.seq IS NULL
             GROUP BY o.chat_id, o.seq
             ORDER BY o.chat_id, o.seq""",  # noqa: S608
        agency_id=agency_id,
        first=first,
        last=last,
    )
    for row in rows:
        yield Difference(f"{table} rows", f"message {row['seq']} of chat {row['chat_id']}", row["stored"], 0)


def _chats(tx: Transaction, agency_id: Guid, first: Guid, last: Guid) -> Sequence[Row]:
    return tx.rows(
        """WITH messages AS (
               SELECT x.chat_id, count(*) AS total, min(x.seq) AS first_seq, max(x.seq) AS last_seq,
                      count(*) FILTER (WHERE x.deleted_at IS NULL) AS live,
                      count(*) FILTER (WHERE x.deleted_at IS NULL AND x.mentions_all = 1) AS all_live
                 FROM chat_message x
                WHERE x.agency_id = :agency_id AND x.chat_id BETWEEN :first AND :last
                GROUP BY x.chat_id),
           members AS (
               SELECT m.chat_id, count(*) AS total,
                      count(*) FILTER (WHERE m.state = 'active') AS active,
                      count(*) FILTER (WHERE m.state = 'active' AND m.role = 'owner') AS owners
                 FROM chat_member m
                WHERE m.agency_id = :agency_id AND m.chat_id BETWEEN :first AND :last AND m.state <> 'left'
                GROUP BY m.chat_id)
           SELECT c.chat_id, c.last_seq, c.live, c.all_live, c.last_message_id, c.member_count,
                  coalesce(x.total, 0) AS messages_counted, coalesce(x.first_seq, 1) AS first_seq_counted,
                  coalesce(x.last_seq, 0) AS last_seq_counted, coalesce(x.live, 0) AS live_counted,
                  coalesce(x.all_live, 0) AS all_live_counted,
                  n.message_id AS last_message_id_counted, coalesce(m.total, 0) AS member_count_counted,
                  coalesce(m.active, 0) AS active, coalesce(m.owners, 0) AS owners
             FROM chat c
             LEFT JOIN messages x ON x.chat_id = c.chat_id
             LEFT JOIN members m ON m.chat_id = c.chat_id
             LEFT JOIN chat_message n
               ON n.agency_id = c.agency_id AND n.chat_id = c.chat_id AND n.seq = x.last_seq
            WHERE c.agency_id = :agency_id AND c.chat_id BETWEEN :first AND :last
            ORDER BY c.chat_id""",
        agency_id=agency_id,
        first=first,
        last=last,
    )


def _of_chat(row: Row) -> Iterator[Difference]:
    where = f"chat {row['chat_id']}"
    for counter in ("last_seq", "live", "all_live", "last_message_id", "member_count"):
        if row[counter] != row[f"{counter}_counted"]:
            yield Difference(counter, where, row[counter], row[f"{counter}_counted"])
    if row["active"] and not row["owners"]:
        yield Difference("the number of owners", where, 0, "at least 1")
    if row["first_seq_counted"] != 1:
        yield Difference("the first seq", where, 1, row["first_seq_counted"])
    if row["messages_counted"] != row["last_seq_counted"]:
        yield Difference("the number of messages", where, row["last_seq_counted"], row["messages_counted"])


def _members(tx: Transaction, agency_id: Guid, first: Guid, last: Guid) -> Sequence[Row]:
    """The members whose stored counters differ from a recount. Members who left are not checked."""
    return tx.rows(
        """WITH messages AS (
               SELECT x.chat_id, count(*) AS live
                 FROM chat_message x
                WHERE x.agency_id = :agency_id AND x.chat_id BETWEEN :first AND :last AND x.deleted_at IS NULL
                GROUP BY x.chat_id),
           to_all AS (
               SELECT x.chat_id, x.seq, x.sender_id
                 FROM chat_message x
                WHERE x.agency_id = :agency_id AND x.chat_id BETWEEN :first AND :last AND x.mentions_all = 1
                  AND x.deleted_at IS NULL),
           counted AS (
               SELECT m.chat_id, m.member_id, m.state, m.user_id, m.read_seq, m.read_live, m.own_after,
                      m.read_all_live, m.own_all_after, m.mentions, m.read_message_id,
                      c.last_seq, k.state AS contact_state, k.user_id AS contact_user_id,
                      CASE WHEN m.read_seq * 2 <= c.last_seq
                           THEN (SELECT count(*) FROM chat_message x
                                  WHERE x.agency_id = :agency_id AND x.chat_id = m.chat_id AND x.seq <= m.read_seq
                                    AND x.deleted_at IS NULL)
                           ELSE coalesce(l.live, 0) - (SELECT count(*) FROM chat_message x
                                  WHERE x.agency_id = :agency_id AND x.chat_id = m.chat_id AND x.seq > m.read_seq
                                    AND x.deleted_at IS NULL)
                      END AS read_live_counted,
                      (SELECT count(*) FROM chat_message x
                        WHERE x.agency_id = :agency_id AND x.chat_id = m.chat_id AND x.seq > m.read_seq
                          AND x.sender_id = m.user_id AND x.deleted_at IS NULL) AS own_after_counted,
                      (SELECT count(*) FROM to_all a
                        WHERE a.chat_id = m.chat_id AND a.seq <= m.read_seq) AS read_all_live_counted,
                      (SELECT count(*) FROM to_all a
                        WHERE a.chat_id = m.chat_id AND a.seq > m.read_seq
                          AND a.sender_id = m.user_id) AS own_all_after_counted,
                      (SELECT count(*)
                         FROM mention n
                         JOIN chat_message x
                           ON x.agency_id = n.agency_id AND x.chat_id = n.chat_id AND x.seq = n.seq
                        WHERE n.agency_id = :agency_id AND n.chat_id = m.chat_id AND n.contact_id = m.contact_id
                          AND n.seq > m.read_seq AND x.mentions_all = 0 AND x.deleted_at IS NULL
                          AND x.sender_id <> coalesce(m.user_id, '')) AS mentions_counted,
                      (SELECT x.message_id FROM chat_message x
                        WHERE x.agency_id = :agency_id AND x.chat_id = m.chat_id
                          AND x.seq = m.read_seq) AS read_message_id_counted
                 FROM chat c
                 JOIN chat_member m ON m.agency_id = c.agency_id AND m.chat_id = c.chat_id
                 JOIN contact k ON k.agency_id = m.agency_id AND k.contact_id = m.contact_id
                 LEFT JOIN messages l ON l.chat_id = c.chat_id
                WHERE c.agency_id = :agency_id AND c.chat_id BETWEEN :first AND :last AND m.state <> 'left')
           SELECT *
             FROM counted
            WHERE read_seq > last_seq
               OR read_live <> read_live_counted
               OR own_after <> own_after_counted
               OR read_all_live <> read_all_live_counted
               OR own_all_after <> own_all_after_counted
               OR mentions <> mentions_counted
               OR coalesce(read_message_id, '') <> coalesce(read_message_id_counted, '')
               OR (state = 'active' AND (contact_state <> 'real' OR contact_user_id <> user_id))
               OR (state = 'parked' AND contact_state NOT IN ('virtual', 'invited'))
            ORDER BY chat_id, member_id""",
        agency_id=agency_id,
        first=first,
        last=last,
    )


def _of_member(row: Row) -> Iterator[Difference]:
    where = f"member {row['member_id']} of chat {row['chat_id']}"
    if row["read_seq"] > row["last_seq"]:
        yield Difference("read_seq", where, row["read_seq"], row["last_seq"])
    for counter in ("read_live", "own_after", "read_all_live", "own_all_after", "mentions", "read_message_id"):
        if row[counter] != row[f"{counter}_counted"]:
            yield Difference(counter, where, row[counter], row[f"{counter}_counted"])
    if row["state"] == "active" and row["contact_state"] != "real":
        yield Difference("state", where, "active", f"contact {row['contact_state']}")
    elif row["state"] == "active" and row["user_id"] != row["contact_user_id"]:
        yield Difference("user_id", where, row["user_id"], row["contact_user_id"])
    if row["state"] == "parked" and row["contact_state"] not in ("virtual", "invited"):
        yield Difference("state", where, "parked", f"contact {row['contact_state']}")
