"""How memberships of chats begin and end, and what becomes of parked ones.

Members are active or parked. A member who left keeps a row, whose counters no longer change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store import mentions
from parlour.store.chats import Person, direct_chat, direct_key
from parlour.store.database import Row, Transaction
from parlour.store.grouping import ids_in_groups, in_groups
from parlour.store.times import microseconds


@dataclass(frozen=True, slots=True)
class Activation:
    """The parked membership of a person who has an account now. `contact_id` is their contact.

    `other_state` is that of another membership which they had in the chat. If there was one, the parked one has ended.
    """

    chat_id: Guid
    parked_id: Guid
    other_state: Literal["active", "parked", "left"] | None
    contact_id: Guid


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
