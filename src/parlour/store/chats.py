"""Chats, their members and their listings. Read markers are in `unread.py`.

Members are active or parked. A member who left keeps a row, whose counters no longer change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from parlour.engine.dto.declare import EMPTY_GUID, Guid, new_guid
from parlour.engine.dto.listings import Listing, Records, as_list
from parlour.model.chats import Chat, ChatMember
from parlour.store import mentions
from parlour.store.chat_summaries import folded
from parlour.store.database import Row, Transaction
from parlour.store.grouping import ids_in_groups, in_groups
from parlour.store.times import microseconds

# More chats than a screen shows.
MOST_LISTED = 500

# Enough to name a chat by its people. MemberCount is the real number.
MOST_MEMBERS_LISTED = 50

_FOREVER = 2**62


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
class Activation:
    """The parked membership of a person who has an account now. `contact_id` is their contact.

    `other_state` is that of another membership which they had in the chat. If there was one, the parked one has ended.
    """

    chat_id: Guid
    parked_id: Guid
    other_state: Literal["active", "parked", "left"] | None
    contact_id: Guid


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


def membership_of(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid) -> Membership | None:
    """The user's membership, if they are an active member."""
    row = tx.row(
        """SELECT c.is_archived, c.name, c.created_by, c.last_seq, c.live, c.version, c.all_live,
                  m.member_id, m.read_seq, m.read_live, m.own_after, m.contact_id, m.role, m.read_all_live,
                  m.own_all_after, m.mentions, c.last_message_id, c.direct_key
             FROM chat_member m
             JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
            WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = :user_id
              AND m.state = 'active'""",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
    )
    if row is None:
        return None
    # The columns are those of the class, in its order.
    is_archived, *columns = row.values()
    return Membership(agency_id, chat_id, user_id, bool(is_archived), *columns)


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


# Listing ------------------------------------------------------------------------------------------------------------

# The members of Chat, in their order, with the caller's id as a member in place of the members. Then what the caller's
# own entry among them needs.
_LISTED = f"""
    SELECT c.chat_id, c.name, c.created_by, c.created_at, m.member_id,
           m.is_archived = 1 OR c.is_archived = 1 AS is_archived, c.member_count, c.live AS message_count,
           c.live - m.read_live - m.own_after AS unread_count, u.display_name AS created_by_name,
           m.is_archived AS is_archived_for_me, coalesce(m.read_message_id, '{EMPTY_GUID}') AS read_message_id
      FROM chat_member m
      JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
      JOIN user_account u ON u.user_id = c.created_by
     WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'"""  # noqa: S608

_MEMBER_COUNT = 6
"""The column of the number of members."""

_LISTED_ALL = _LISTED + " ORDER BY c.active_at DESC, c.chat_id LIMIT :most"
_LISTED_ONE = _LISTED + " AND m.chat_id = :chat_id"

# The members of ChatMember, in their order. Members who joined at the same instant have no order, which callers cannot
# see.
_MEMBER = f"""
    SELECT p.member_id, p.chat_id, coalesce(p.user_id, p.contact_id) AS user_id, p.state = 'active' AS is_active,
           p.is_archived, coalesce(p.read_message_id, '{EMPTY_GUID}') AS read_message_id,
           CASE p.state
               WHEN 'active' THEN u.display_name
               ELSE (SELECT k.full_name FROM contact k
                      WHERE k.agency_id = p.agency_id AND k.contact_id = p.contact_id)
           END AS name"""  # noqa: S608

_OWN_CHATS = """
        SELECT c.chat_id, c.member_count
          FROM chat_member m
          JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
         WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'"""

_NEWEST = " ORDER BY c.active_at DESC, c.chat_id LIMIT :most"

# All of these consist of constants only. With `IN`, SQLite reads an index in the order of the result, without sorting.
# That saves a sixth of the time for 20 chats of 6 members.
_MEMBERS_OF_SMALL = f"""{_MEMBER}
      FROM chat_member p
      LEFT JOIN user_account u ON u.user_id = p.user_id
     WHERE p.agency_id = :agency_id AND p.state <> 'left' AND coalesce(p.user_id, p.contact_id) <> :user_id
       AND p.chat_id IN (SELECT chat_id FROM ({_OWN_CHATS} AND c.member_count <= :members {_NEWEST}) AS small)
     ORDER BY p.chat_id, p.joined_at"""  # noqa: S608

# A large chat is read only up to the last of its first members.
_FIRST_MEMBERS = f"""{_MEMBER}
      FROM listed l
     CROSS JOIN chat_member p
      LEFT JOIN user_account u ON u.user_id = p.user_id
     WHERE p.agency_id = :agency_id AND p.chat_id = l.chat_id AND p.state <> 'left'
       AND p.joined_at <= CASE WHEN l.member_count <= :members THEN :forever
                          ELSE (SELECT o.joined_at FROM chat_member o
                                 WHERE o.agency_id = :agency_id AND o.chat_id = l.chat_id AND o.state <> 'left'
                                 ORDER BY o.joined_at LIMIT 1 OFFSET :members - 1)
                          END
     ORDER BY p.chat_id, p.joined_at"""  # noqa: S608

_MEMBERS_OF_LARGE = f"WITH listed AS ({_OWN_CHATS} AND c.member_count > :members {_NEWEST}) {_FIRST_MEMBERS}"

_MEMBERS_OF_ONE = (
    """
    WITH listed AS (
        SELECT c.chat_id, c.member_count
          FROM chat c
         WHERE c.agency_id = :agency_id AND c.chat_id = :chat_id)"""  # noqa: S608
    + _FIRST_MEMBERS
)


def chats_of(tx: Transaction, agency_id: Guid, user_id: Guid, user_name: str) -> list[Chat]:
    """The user's chats as they see them, newest activity first."""
    tx.expect(_members_of_small, agency_id, user_id)
    found = tx.tuples(_LISTED_ALL, agency_id=agency_id, user_id=user_id, most=MOST_LISTED)
    members = _members_of_small(tx, agency_id, user_id)
    if any(row[_MEMBER_COUNT] > MOST_MEMBERS_LISTED for row in found):
        members = [*members, *_members_of_large(tx, agency_id, user_id)]
    return _chats(found, members, user_id, user_name)


def _members_of_small(tx: Transaction, agency_id: Guid, user_id: Guid) -> Sequence[tuple[Any, ...]]:
    """All other members of the user's chats that have few, by chat, in the order in which they joined."""
    return tx.tuples(
        _MEMBERS_OF_SMALL, agency_id=agency_id, user_id=user_id, most=MOST_LISTED, members=MOST_MEMBERS_LISTED
    )


def _members_of_large(tx: Transaction, agency_id: Guid, user_id: Guid) -> Sequence[tuple[Any, ...]]:
    """The first members of the user's other chats."""
    return tx.tuples(
        _MEMBERS_OF_LARGE,
        agency_id=agency_id,
        user_id=user_id,
        most=MOST_LISTED,
        members=MOST_MEMBERS_LISTED,
        forever=_FOREVER,
    )


def chat_of(tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid, user_name: str) -> list[Chat]:
    """One chat as the user sees it. Empty unless they are an active member."""
    found = tx.tuples(_LISTED_ONE, agency_id=agency_id, chat_id=chat_id, user_id=user_id)
    if not found:
        return []
    members = tx.tuples(
        _MEMBERS_OF_ONE,
        agency_id=agency_id,
        chat_id=chat_id,
        members=MOST_MEMBERS_LISTED,
        forever=_FOREVER,
    )
    return _chats(found, members, user_id, user_name)


def member_of(tx: Transaction, agency_id: Guid, chat_id: Guid, member_id: Guid) -> list[ChatMember]:
    """One member of a chat, who may have left it."""
    rows = tx.tuples(
        f"""{_MEMBER}
              FROM chat_member p
              LEFT JOIN user_account u ON u.user_id = p.user_id
             WHERE p.agency_id = :agency_id AND p.chat_id = :chat_id AND p.member_id = :member_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        member_id=member_id,
    )
    return as_list(Listing(Records(ChatMember, rows)))


def _chats(
    found: Sequence[tuple[Any, ...]], members: Sequence[tuple[Any, ...]], user_id: Guid, user_name: str
) -> list[Chat]:
    """Chats with their members, whose columns are those of `_LISTED` and `_MEMBER`. The user comes first."""
    memberships: dict[Guid, list[tuple[Any, ...]]] = {}
    chats = []
    for row in found:
        chat_id, member_id, is_archived, read_message_id = row[0], row[4], row[10], row[11]
        own = (member_id, chat_id, user_id, True, is_archived, read_message_id, user_name)
        memberships[chat_id] = [own]
        chats.append((*row[:4], Records(ChatMember, memberships[chat_id]), *row[5:10]))
    for member in members:
        # There may be members of chats that are not listed, if there are very many chats.
        listed = memberships.get(member[1])
        if listed is not None and member[2] != user_id:
            listed.append(member)
    for several in memberships.values():
        del several[MOST_MEMBERS_LISTED:]
    return as_list(Listing(Records(Chat, chats)))


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


def join(tx: Transaction, agency_id: Guid, chat_id: Guid, people: Sequence[Person]) -> int:
    """Adds the people who are not members yet, in this order, and returns their number.

    The history counts as read. A member who left gets their old membership again. A person without an account is
    parked. Whoever started the chat owns it, also when they come back, unless another owner took that from them.
    """
    each_once = list({person.contact_id: person for person in people}.values())
    # A microsecond apart, to keep the order in which a request names people.
    placed = list(enumerate(each_once, microseconds(tx.now)))
    joined = sum(_join(tx, agency_id, chat_id, group) for group in in_groups(placed))
    if joined:
        _count_members(tx, agency_id, chat_id, joined)
    return joined


def _join(tx: Transaction, agency_id: Guid, chat_id: Guid, placed: Sequence[tuple[int, Person]]) -> int:
    values, parameters = [], {}
    for place, (joined_at, person) in enumerate(placed):
        row = {
            f"member_{place}": new_guid(),
            f"contact_{place}": person.contact_id,
            f"user_{place}": person.user_id,
            f"state_{place}": "active" if person.user_id else "parked",
            f"joined_{place}": joined_at,
        }
        values.append(f"({', '.join(f':{name}' for name in row)})")
        parameters.update(row)
    return tx.execute(
        f"""WITH joining (member_id, contact_id, user_id, state, joined_at) AS (VALUES {", ".join(values)})
            INSERT INTO chat_member (agency_id, chat_id, member_id, contact_id, user_id, state, joined_at,
                                     role, read_seq, read_live, read_all_live, read_message_id)
            SELECT c.agency_id, c.chat_id, j.member_id, j.contact_id, j.user_id, j.state, j.joined_at,
                   CASE WHEN j.user_id = c.created_by THEN 'owner' ELSE 'member' END,
                   c.last_seq, c.live, c.all_live, c.last_message_id
              FROM chat c
             CROSS JOIN joining j
             WHERE c.agency_id = :agency_id AND c.chat_id = :chat_id
                ON CONFLICT (agency_id, chat_id, contact_id) DO UPDATE
               SET user_id = excluded.user_id, state = excluded.state, is_archived = 0,
                   role = CASE WHEN chat_member.role = 'owner' THEN excluded.role ELSE 'member' END,
                   joined_at = excluded.joined_at, read_seq = excluded.read_seq, read_live = excluded.read_live,
                   own_after = 0, read_all_live = excluded.read_all_live, own_all_after = 0, mentions = 0,
                   read_message_id = excluded.read_message_id
             WHERE chat_member.state = 'left'""",  # noqa: S608
        agency_id=agency_id,
        chat_id=chat_id,
        **parameters,
    )


def leave(tx: Transaction, agency_id: Guid, chat_id: Guid, member_ids: Iterable[Guid]) -> Sequence[Guid]:
    """Ends memberships. Their rows are kept, with unchanged counters.

    Returns the contact of the member who owns the chat now, if its last owner left.
    """
    left = 0
    for named, parameters in ids_in_groups(member_ids):
        left += tx.execute(
            f"""UPDATE chat_member SET state = 'left'
                 WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left'
                   AND member_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            **parameters,
        )
    if not left:
        return ()
    _count_members(tx, agency_id, chat_id, -left)
    return keep_owned(tx, agency_id, chat_id)


def keep_owned(tx: Transaction, agency_id: Guid, chat_id: Guid) -> Sequence[Guid]:
    """Makes the first moderator, or else the first active member, an owner of a chat that has none.

    Returns the contact of that member, if any.
    """
    contact_id = tx.value(
        """UPDATE chat_member SET role = 'owner'
            WHERE agency_id = :agency_id AND chat_id = :chat_id
              AND member_id = (SELECT f.member_id FROM chat_member f
                                WHERE f.agency_id = :agency_id AND f.chat_id = :chat_id AND f.state = 'active'
                                ORDER BY CASE f.role WHEN 'moderator' THEN 0 ELSE 1 END, f.joined_at, f.member_id
                                LIMIT 1)
              AND NOT EXISTS (SELECT 1 FROM chat_member o
                               WHERE o.agency_id = :agency_id AND o.chat_id = :chat_id AND o.state = 'active'
                                 AND o.role = 'owner')
        RETURNING contact_id""",
        agency_id=agency_id,
        chat_id=chat_id,
    )
    return () if contact_id is None else (contact_id,)


def _count_members(tx: Transaction, agency_id: Guid, chat_id: Guid, more: int) -> None:
    tx.execute(
        """UPDATE chat SET member_count = member_count + :more
            WHERE agency_id = :agency_id AND chat_id = :chat_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        more=more,
    )


# Parked members -----------------------------------------------------------------------------------------------------


def activate_parked(tx: Transaction, agency_id: Guid, contact_id: Guid, user_id: Guid) -> list[Activation]:
    """Gives the user all parked memberships of this contact, with missed messages unread.

    Call it after the contact was linked to the user, or merged into theirs. If they are a member already, they keep
    that membership and the parked one ends.
    """
    tx.lock(
        """SELECT 1
             FROM chat
            WHERE agency_id = :agency_id
              AND chat_id IN (SELECT chat_id FROM chat_member
                               WHERE agency_id = :agency_id AND contact_id = :contact_id AND state = 'parked')
            ORDER BY chat_id
              FOR NO KEY UPDATE""",
        agency_id=agency_id,
        contact_id=contact_id,
    )
    own_contact_id = tx.value(
        "SELECT contact_id FROM contact WHERE agency_id = :agency_id AND user_id = :user_id",
        agency_id=agency_id,
        user_id=user_id,
    )
    parked = tx.rows(
        """SELECT p.chat_id, p.member_id, o.member_id AS other_id, o.state AS other_state, c.direct_key
             FROM chat_member p
             JOIN chat c ON c.agency_id = p.agency_id AND c.chat_id = p.chat_id
             LEFT JOIN chat_member o
               ON o.agency_id = p.agency_id AND o.chat_id = p.chat_id AND o.member_id <> p.member_id
              AND (o.user_id = :user_id OR o.contact_id = :own_contact_id)
            WHERE p.agency_id = :agency_id AND p.contact_id = :contact_id AND p.state = 'parked'
            ORDER BY p.joined_at""",
        agency_id=agency_id,
        contact_id=contact_id,
        user_id=user_id,
        own_contact_id=own_contact_id,
    )
    for row in parked:
        if row["other_state"] == "active":
            leave(tx, agency_id, row["chat_id"], [row["member_id"]])
        else:
            _activate(tx, agency_id, row, user_id, own_contact_id)
            keep_owned(tx, agency_id, row["chat_id"])
        mentions.pass_on(tx, agency_id, row["chat_id"], contact_id=contact_id, to_contact_id=own_contact_id)
        if row["direct_key"] is not None and own_contact_id != contact_id:
            _pass_on_direct_chat(tx, agency_id, row, contact_id, own_contact_id)
    return [Activation(row["chat_id"], row["member_id"], row["other_state"], own_contact_id) for row in parked]


def _pass_on_direct_chat(tx: Transaction, agency_id: Guid, row: Row, contact_id: Guid, own_contact_id: Guid) -> None:
    """Makes the chat of a contact and another person that of the contact it was merged into.

    If these have one already, or are the same person, it is a chat like any other from then on.
    """
    [other_id] = set(row["direct_key"].split()) - {contact_id}
    key = direct_key(other_id, own_contact_id)
    is_free = other_id != own_contact_id and direct_chat(tx, agency_id, key) is None
    tx.execute(
        "UPDATE chat SET direct_key = :direct_key WHERE agency_id = :agency_id AND chat_id = :chat_id",
        agency_id=agency_id,
        chat_id=row["chat_id"],
        direct_key=key if is_free else None,
    )


def _activate(tx: Transaction, agency_id: Guid, row: Row, user_id: Guid, own_contact_id: Guid) -> None:
    chat_id, parked_id = row["chat_id"], row["member_id"]
    seat_id = row["other_id"] or parked_id
    if row["other_id"]:
        # They left this chat as another contact, or are parked as two contacts: only their own membership remains.
        leave(tx, agency_id, chat_id, [parked_id])
        if row["other_state"] == "left":
            _count_members(tx, agency_id, chat_id, 1)
    tx.execute(
        """UPDATE chat_member
              SET state = 'active', is_archived = 0, role = 'member', user_id = :user_id, contact_id = :contact_id,
                  joined_at = p.joined_at, read_seq = p.read_seq, read_live = p.read_live,
                  read_all_live = p.read_all_live, read_message_id = p.read_message_id,
                  own_after = (SELECT count(*) FROM chat_message x
                                WHERE x.agency_id = p.agency_id AND x.chat_id = p.chat_id AND x.seq > p.read_seq
                                  AND x.sender_id = :user_id AND x.deleted_at IS NULL),
                  own_all_after = (SELECT count(*) FROM chat_message x
                                    WHERE x.agency_id = p.agency_id AND x.chat_id = p.chat_id AND x.seq > p.read_seq
                                      AND x.sender_id = :user_id AND x.mentions_all = 1 AND x.deleted_at IS NULL)
             FROM (SELECT agency_id, chat_id, joined_at, read_seq, read_live, read_all_live, read_message_id
                     FROM chat_member
                    WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id = :parked_id) p
            WHERE chat_member.agency_id = p.agency_id AND chat_member.chat_id = p.chat_id
              AND chat_member.member_id = :seat_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
        contact_id=own_contact_id,
        parked_id=parked_id,
        seat_id=seat_id,
    )
