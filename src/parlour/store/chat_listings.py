"""Chats and their members as the older interface lists them."""

from collections.abc import Sequence
from typing import Any

from parlour.engine.dto.declare import EMPTY_GUID, Guid
from parlour.engine.dto.listings import Listing, Records, as_list
from parlour.model.chats import Chat, ChatMember
from parlour.store.database import Transaction

# More chats than a screen shows.
MOST_LISTED = 500

# Enough to name a chat by its people. MemberCount is the real number.
MOST_MEMBERS_LISTED = 50

_FOREVER = 2**62

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
