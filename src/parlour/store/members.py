"""Members of chats as the operations of Parlour show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.engine.dto.listings import Listing, as_list
from parlour.model.conversations import Member
from parlour.store.database import Transaction
from parlour.store.folding import Phrase
from parlour.store.grouping import listed
from parlour.store.people import pattern
from parlour.store.times import to_datetime


@dataclass(frozen=True, slots=True)
class MemberPlace:
    """A place in the list of members: that of the member who was listed last."""

    joined_at: int
    member_id: str


FIRST = MemberPlace(0, "")

# What `member` reads, of a member `p` who has not left.
COLUMNS = """
    SELECT p.member_id, p.chat_id, coalesce(p.user_id, p.contact_id), p.contact_id,
           CASE p.state
               WHEN 'active' THEN (SELECT u.display_name FROM user_account u WHERE u.user_id = p.user_id)
               ELSE (SELECT k.full_name FROM contact k
                      WHERE k.agency_id = p.agency_id AND k.contact_id = p.contact_id)
           END,
           p.role, p.state, p.joined_at, p.read_seq"""


def member(columns: Sequence[Any]) -> Member:
    """The member of a row with the COLUMNS."""
    member_id, chat_id, user_id, contact_id, name, role, state, joined_at, read_seq = columns
    return Member(
        chat_member_id=member_id,
        chat_id=chat_id,
        user_id=user_id,
        contact_id=contact_id,
        name=name,
        role=role,
        has_joined=state == "active",
        date_joined=to_datetime(joined_at),
        read_number=read_seq,
    )


def of_contacts(tx: Transaction, agency_id: Guid, chat_id: Guid, contact_ids: Iterable[Guid]) -> list[Member]:
    """The active and parked members of a chat among these contacts, in the order in which they joined."""
    wanted = list(contact_ids)
    if not wanted:
        return []
    named, parameters = listed("contact", wanted)
    rows = tx.tuples(
        f"""{COLUMNS}
              FROM chat_member p
             WHERE p.agency_id = :agency_id AND p.chat_id = :chat_id AND p.state <> 'left'
               AND p.contact_id IN ({named})
             ORDER BY p.joined_at""",
        agency_id=agency_id,
        chat_id=chat_id,
        **parameters,
    )
    return [member(columns) for columns in rows]


def lock_chats_of(tx: Transaction, agency_id: Guid, user_id: Guid) -> list[Guid]:
    """The chats that a user is in, each locked (see `chats.lock`)."""
    of_user = {"agency_id": agency_id, "user_id": user_id}
    tx.lock(f"{_CHATS_OF} FOR NO KEY UPDATE", **of_user)
    return [chat_id for (chat_id,) in tx.tuples(_CHATS_OF, **of_user)]


_CHATS_OF = """
    SELECT chat_id
      FROM chat
     WHERE agency_id = :agency_id
       AND chat_id IN (SELECT chat_id FROM chat_member
                        WHERE agency_id = :agency_id AND user_id = :user_id AND state = 'active')
     ORDER BY chat_id"""

_OF_PHRASE = """
               AND EXISTS (SELECT 1 FROM contact k
                            WHERE k.agency_id = p.agency_id AND k.contact_id = p.contact_id
                              AND k.folded LIKE :phrase{0})"""


def page(
    tx: Transaction, agency_id: Guid, chat_id: Guid, phrases: Sequence[Phrase], after: MemberPlace, most: int
) -> tuple[list[Member], MemberPlace]:
    """The first members after a place in whose name or address all phrases are, and the place of the last of them."""
    conditions = "".join(_OF_PHRASE.format(index) for index in range(len(phrases)))
    rows = tx.tuples(
        f"""{COLUMNS}
              FROM chat_member p
             WHERE p.agency_id = :agency_id AND p.chat_id = :chat_id AND p.state <> 'left'
               AND (p.joined_at, p.member_id) > (:after_joined, :after_member){conditions}
             ORDER BY p.joined_at, p.member_id
             LIMIT :most""",
        agency_id=agency_id,
        chat_id=chat_id,
        after_joined=after.joined_at,
        after_member=after.member_id,
        most=most,
        **{f"phrase{index}": pattern(phrase) for index, phrase in enumerate(phrases)},
    )
    return as_list(Listing([member(columns) for columns in rows])), MemberPlace(
        rows[-1][7], rows[-1][0]
    ) if rows else after
