"""Chats and their members as the older interface lists them."""

from collections.abc import Mapping, Sequence
from typing import Any

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.listings import Listing, Records, as_list
from parlour.model.chats import Chat, ChatMember
from parlour.store.cache import Kept
from parlour.store.database import Transaction
from parlour.store.grouping import ids_in_groups

Row = tuple[Any, ...]

# More chats than a screen shows.
MOST_LISTED = 500

# Enough to name a chat by its people. MemberCount is the real number.
MOST_MEMBERS_LISTED = 50

_FOREVER = 2**62

# The members of Chat, in their order, with the caller's id as a member in place of the members. Then what the caller's
# own entry among them needs, and how often the members have changed, where that is counted.
_LISTED = f"""
    SELECT c.chat_id, c.name, c.created_by, c.created_at, m.member_id,
           m.is_archived = 1 OR c.is_archived = 1 AS is_archived, c.member_count, c.live AS message_count,
           c.live - m.read_live - m.own_after AS unread_count, u.display_name AS created_by_name,
           m.is_archived AS is_archived_for_me, coalesce(m.read_message_id, '{EMPTY_GUID}') AS read_message_id,
           c.member_changes
      FROM chat_member m
      JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
      JOIN user_account u ON u.user_id = c.created_by
     WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'"""  # noqa: S608

# The columns of the number of members, and of the count of their changes.
_MEMBER_COUNT, _CHANGES = 6, 12

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
    """The user's chats as they see them, newest activity first.

    A commit changes the members of few chats. So SQLite keeps those that it has read while they do not change, which
    saves 100 us of 270 for 20 chats of 6 members.
    """
    tx.expect(_members_of_small, agency_id, user_id)
    found = tx.tuples(_LISTED_ALL, agency_id=agency_id, user_id=user_id, most=MOST_LISTED)
    members = _kept_members(tx, found, agency_id, user_id, user_name)
    lacking = [row for row in found if row[0] not in members]
    if lacking:
        if len(lacking) == len(found):
            rows = [*_members_of_small(tx, agency_id, user_id)]
        else:
            rows = _members_of(tx, agency_id, lacking)
        if any(row[_MEMBER_COUNT] > MOST_MEMBERS_LISTED for row in lacking):
            rows += _members_of_large(tx, agency_id, user_id)
        read = _as_seen(lacking, rows, user_id, user_name)
        members |= read if tx.kept is None else _keep_members(tx.kept, lacking, read, agency_id, user_id, user_name)
    return _chats(found, members)


def _kept_members(
    tx: Transaction, found: Sequence[Row], agency_id: Guid, user_id: Guid, user_name: str
) -> dict[Guid, list[ChatMember]]:
    """The members of those chats whose members have not changed since the user saw them last."""
    if tx.kept is None:
        return {}
    get = tx.kept.members
    looked_up = {row[0]: get((row[0], user_id, user_name, agency_id), row[_CHANGES]) for row in found}
    return {chat_id: members for chat_id, members in looked_up.items() if members is not None}


def _keep_members(
    kept: Kept,
    found: Sequence[Row],
    members: Mapping[Guid, list[ChatMember]],
    agency_id: Guid,
    user_id: Guid,
    user_name: str,
) -> dict[Guid, list[ChatMember]]:
    """Keeps the members of each chat, and returns them as listings. Their text is kept as well, once it is written."""
    # Writing each listing by itself takes 40 us more than writing all rows at once. So nothing else is one.
    listings = {chat_id: as_list(Listing(listed)) for chat_id, listed in members.items()}
    for row in found:
        kept.keep_members((row[0], user_id, user_name, agency_id), row[_CHANGES], listings[row[0]])
    return listings


def _members_of_small(tx: Transaction, agency_id: Guid, user_id: Guid) -> Sequence[Row]:
    """All other members of the user's chats that have few, by chat, in the order in which they joined."""
    return tx.tuples(
        _MEMBERS_OF_SMALL, agency_id=agency_id, user_id=user_id, most=MOST_LISTED, members=MOST_MEMBERS_LISTED
    )


def _members_of(tx: Transaction, agency_id: Guid, found: Sequence[Row]) -> list[Row]:
    """The same for those of the user's chats that are given."""
    rows: list[Row] = []
    for named, parameters in ids_in_groups(row[0] for row in found if row[_MEMBER_COUNT] <= MOST_MEMBERS_LISTED):
        rows += tx.tuples(
            f"""{_MEMBER}
                  FROM chat_member p
                  LEFT JOIN user_account u ON u.user_id = p.user_id
                 WHERE p.agency_id = :agency_id AND p.state <> 'left' AND p.chat_id IN ({named})
                 ORDER BY p.chat_id, p.joined_at""",
            agency_id=agency_id,
            **parameters,
        )
    return rows


def _members_of_large(tx: Transaction, agency_id: Guid, user_id: Guid) -> Sequence[Row]:
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
    return _chats(found, _as_seen(found, members, user_id, user_name))


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


def _as_seen(found: Sequence[Row], rows: Sequence[Row], user_id: Guid, user_name: str) -> dict[Guid, list[ChatMember]]:
    """The members of each chat, of rows whose columns are those of `_LISTED` and `_MEMBER`. The user comes first."""
    memberships: dict[Guid, list[Row]] = {}
    for row in found:
        chat_id, member_id, is_archived, read_message_id = row[0], row[4], row[10], row[11]
        memberships[chat_id] = [(member_id, chat_id, user_id, True, is_archived, read_message_id, user_name)]
    for member in rows:
        # There may be members of chats that are not listed, if there are very many chats.
        listed = memberships.get(member[1])
        if listed is not None and member[2] != user_id:
            listed.append(member)
    return {
        chat_id: as_list(Records(ChatMember, several[:MOST_MEMBERS_LISTED])) for chat_id, several in memberships.items()
    }


def _chats(found: Sequence[Row], members: Mapping[Guid, list[ChatMember]]) -> list[Chat]:
    chats = [(*row[:4], members[row[0]], *row[5:10]) for row in found]
    return as_list(Listing(Records(Chat, chats)))
