"""Chats and their members. `memberships.py` lets them in and out. Read markers are in `unread.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from parlour.engine.dto.declare import Guid
from parlour.store.chat_summaries import folded
from parlour.store.database import Transaction
from parlour.store.grouping import ids_in_groups
from parlour.store.times import microseconds


class Membership(NamedTuple):
    """An active member's row with data of its chat: what they may see, and how far they have read.

    Nearly every request about a chat makes one. As a frozen dataclass it would take 3.6 us, and not 0.3.
    """

    agency_id: Guid
    chat_id: Guid
    user_id: Guid
    is_archived: bool
    name: str
    created_by: Guid
    last_seq: int
    live: int
    version: int
    all_live: int
    member_id: Guid
    read_seq: int
    read_live: int
    own_after: int
    contact_id: Guid
    role: str
    read_all_live: int
    own_all_after: int
    mentions: int
    last_message_id: Guid | None
    direct_key: str | None
    """The two contacts of the chat of two people (see `direct_key`)."""

    @property
    def is_direct(self) -> bool:
        return self.direct_key is not None

    @property
    def is_owner(self) -> bool:
        return self.role == "owner"

    @property
    def unread_count(self) -> int:
        return self.live - self.read_live - self.own_after

    @property
    def mention_count(self) -> int:
        return self.mentions + self.all_live - self.read_all_live - self.own_all_after


@dataclass(frozen=True, slots=True)
class MemberRow:
    member_id: Guid
    contact_id: Guid
    user_id: Guid | None
    state: Literal["active", "parked", "left"]
    role: str


@dataclass(frozen=True, slots=True)
class ChatStart:
    """The creator of a chat, and its first content if the creator chose the id (`started_with` of `add`)."""

    created_by: Guid
    started_with: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person who can be in a chat: a contact, and their user if they have an account."""

    contact_id: Guid
    user_id: Guid | None


# Reading ------------------------------------------------------------------------------------------------------------


def lock(tx: Transaction, agency_id: Guid, chat_id: Guid) -> None:
    """Keeps everybody else from changing the chat, its members and their counters until the transaction ends.

    Everything that changes them calls this before it reads them, since they are counted across rows.
    """
    tx.lock(
        "SELECT 1 FROM chat WHERE agency_id = :agency_id AND chat_id = :chat_id FOR NO KEY UPDATE",
        agency_id=agency_id,
        chat_id=chat_id,
    )


# The user's membership, if they are an active member. What they may read is decided by this alone.
_OF_MEMBER = """
             FROM chat_member m
             JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
            WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = :user_id
              AND m.state = 'active'"""

_MEMBERSHIP = f"""SELECT c.is_archived, c.name, c.created_by, c.last_seq, c.live, c.version, c.all_live,
                  m.member_id, m.read_seq, m.read_live, m.own_after, m.contact_id, m.role, m.read_all_live,
                  m.own_all_after, m.mentions, c.last_message_id, c.direct_key{_OF_MEMBER}"""

_BEHIND = f"SELECT c.live - m.read_live AS behind{_OF_MEMBER}"


def membership_of(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid) -> Membership | None:
    """The user's membership, if they are an active member."""
    row = tx.row(
        _MEMBERSHIP,
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
    )
    if row is None:
        return None
    # The columns are those of the class, in its order.
    is_archived, *columns = row.values()
    return Membership(agency_id, chat_id, user_id, bool(is_archived), *columns)


def messages_behind(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid) -> int | None:
    """How many messages follow the user's marker, their own as well. None if they are not an active member.

    Those who have read everything are asked for nothing else. It takes 4 us, and `membership_of` 9.
    """
    behind: int | None = tx.value(
        _BEHIND,
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
    )
    return behind


def start_of(tx: Transaction, agency_id: Guid, chat_id: Guid) -> ChatStart | None:
    """The start of the chat with this id. None if the id is free in the agency."""
    row = tx.row(
        "SELECT created_by, started_with FROM chat WHERE agency_id = :agency_id AND chat_id = :chat_id",
        agency_id=agency_id,
        chat_id=chat_id,
    )
    return ChatStart(row["created_by"], row["started_with"]) if row else None


def next_version(tx: Transaction, agency_id: Guid, chat_id: Guid) -> int:
    """Counts one more event of the chat, and returns the chat's version with it.

    Works that began earlier and lock the chat later then run again: their snapshot lacks what is changed here.
    """
    version: int = tx.value(
        """UPDATE chat SET version = version + 1
            WHERE agency_id = :agency_id AND chat_id = :chat_id
        RETURNING version""",
        agency_id=agency_id,
        chat_id=chat_id,
    )
    return version


def members(tx: Transaction, agency_id: Guid, chat_id: Guid, member_ids: Iterable[Guid]) -> dict[Guid, MemberRow]:
    """The members of the chat by their ids, including those who left."""
    found = {}
    for named, parameters in ids_in_groups(member_ids):
        rows = tx.rows(
            f"""SELECT member_id, contact_id, user_id, state, role
                  FROM chat_member
                 WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            **parameters,
        )
        found.update({row["member_id"]: MemberRow(**row) for row in rows})
    return found


def chat_with_member(tx: Transaction, agency_id: Guid, member_id: Guid) -> Guid | None:
    """The chat of a member who is or was in it."""
    chat_id: Guid | None = tx.value(
        "SELECT chat_id FROM chat_member WHERE agency_id = :agency_id AND member_id = :member_id",
        agency_id=agency_id,
        member_id=member_id,
    )
    return chat_id


def members_among(tx: Transaction, agency_id: Guid, chat_id: Guid, contact_ids: Iterable[Guid]) -> set[Guid]:
    """The contacts among these who are active or parked members of the chat."""
    found: set[Guid] = set()
    for named, parameters in ids_in_groups(contact_ids):
        rows = tx.rows(
            f"""SELECT contact_id
                  FROM chat_member
                 WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left'
                   AND contact_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            **parameters,
        )
        found.update(row["contact_id"] for row in rows)
    return found


def people(tx: Transaction, agency_id: Guid, ids: Iterable[Guid]) -> dict[Guid, Person]:
    """The person of each id in the agency: a user with a contact there, or a contact, or the contact it was merged
    into.
    """
    found: dict[Guid, Person] = {}
    merged: dict[Guid, Guid] = {}
    for named, parameters in ids_in_groups(ids):
        # Two queries in one: with OR, SQLite would scan all contacts of the agency.
        rows = tx.rows(
            f"""SELECT contact_id, user_id, state, merged_into
                  FROM contact
                 WHERE agency_id = :agency_id AND contact_id IN ({named}) AND state <> 'erased'
                 UNION ALL
                SELECT contact_id, user_id, state, merged_into
                  FROM contact
                 WHERE agency_id = :agency_id AND user_id IN ({named}) AND state <> 'erased'""",  # noqa: S608
            agency_id=agency_id,
            **parameters,
        )
        for row in rows:
            if row["state"] == "merged":
                merged[row["contact_id"]] = row["merged_into"]
                continue
            person = Person(row["contact_id"], row["user_id"])
            found[person.contact_id] = person
            if person.user_id is not None:
                found[person.user_id] = person
    if merged:
        survivors = people(tx, agency_id, merged.values())
        found.update({id_: survivors[into] for id_, into in merged.items() if into in survivors})
    return found


def direct_key(one: Guid, other: Guid) -> str:
    """The key of the chat of these two contacts, in either order."""
    return " ".join(sorted((one, other)))


def direct_chat(tx: Transaction, agency_id: Guid, key: str) -> Guid | None:
    """The chat of two people with this key."""
    chat_id: Guid | None = tx.value(
        "SELECT chat_id FROM chat WHERE agency_id = :agency_id AND direct_key = :direct_key",
        agency_id=agency_id,
        direct_key=key,
    )
    return chat_id


def owners_and_active(tx: Transaction, agency_id: Guid, chat_id: Guid) -> tuple[int, int]:
    """How many owners a chat has, and how many active members with them."""
    row = tx.row(
        """SELECT count(*) FILTER (WHERE role = 'owner') AS owners, count(*) AS active
             FROM chat_member
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND state = 'active'""",
        agency_id=agency_id,
        chat_id=chat_id,
    )
    assert row is not None
    return row["owners"], row["active"]


# Changing -----------------------------------------------------------------------------------------------------------


def add(
    tx: Transaction,
    agency_id: Guid,
    chat_id: Guid,
    *,
    name: str,
    created_by: Guid,
    started_with: str | None = None,
    direct_key: str | None = None,
) -> None:
    """Adds a chat without members. Its id and its key as the chat of two people must be free in the agency."""
    tx.execute(
        """INSERT INTO chat (agency_id, chat_id, name, folded, created_by, created_at, active_at, started_with,
                             direct_key)
           VALUES (:agency_id, :chat_id, :name, :folded, :created_by, :now, :now, :started_with, :direct_key)""",
        agency_id=agency_id,
        chat_id=chat_id,
        name=name,
        folded=folded(name),
        created_by=created_by,
        now=microseconds(tx.now),
        started_with=started_with,
        direct_key=direct_key,
    )


def rename(tx: Transaction, agency_id: Guid, chat_id: Guid, name: str) -> None:
    tx.execute(
        "UPDATE chat SET name = :name, folded = :folded WHERE agency_id = :agency_id AND chat_id = :chat_id",
        agency_id=agency_id,
        chat_id=chat_id,
        name=name,
        folded=folded(name),
    )


def archive(tx: Transaction, agency_id: Guid, chat_id: Guid, *, is_archived: bool) -> None:
    """Sets whether a chat is archived for everybody."""
    tx.execute(
        "UPDATE chat SET is_archived = :is_archived WHERE agency_id = :agency_id AND chat_id = :chat_id",
        agency_id=agency_id,
        chat_id=chat_id,
        is_archived=int(is_archived),
    )


def set_role(tx: Transaction, agency_id: Guid, chat_id: Guid, member_id: Guid, role: str) -> None:
    tx.execute(
        """UPDATE chat_member SET role = :role
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id = :member_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        member_id=member_id,
        role=role,
    )


def set_notifications(tx: Transaction, membership: Membership, *, level: str, muted_until: datetime | None) -> None:
    """Sets what notifies this member of the chat."""
    tx.execute(
        """UPDATE chat_member SET level = :level, muted_until = :muted_until
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id = :member_id""",
        agency_id=membership.agency_id,
        chat_id=membership.chat_id,
        member_id=membership.member_id,
        level=level,
        muted_until=None if muted_until is None else microseconds(muted_until),
    )


def archive_for(tx: Transaction, membership: Membership, *, is_archived: bool) -> None:
    """Sets whether this member has archived the chat."""
    tx.execute(
        """UPDATE chat_member SET is_archived = :is_archived
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id = :member_id""",
        agency_id=membership.agency_id,
        chat_id=membership.chat_id,
        member_id=membership.member_id,
        is_archived=int(is_archived),
    )
