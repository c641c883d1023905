"""The people whom messages name, as contacts, and the counting of their mentions.

A member's `mentions` are the messages after their marker that name them, without deleted ones, their own, and those to
everybody, which `unread.py` counts.
"""

from collections.abc import Collection, Iterable, Sequence

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.grouping import ids_in_groups, in_groups


def nameable(tx: Transaction, agency_id: Guid, chat_id: Guid, ids: Iterable[Guid]) -> dict[Guid, Guid]:
    """The contacts of the active and parked members with these ids of users or contacts, by the ids."""
    found: dict[Guid, Guid] = {}
    wanted = set(ids)
    for named, parameters in ids_in_groups(wanted):
        # Two queries in one, so that each uses its index.
        rows = tx.tuples(
            f"""SELECT contact_id, user_id FROM chat_member
                 WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left' AND contact_id IN ({named})
                 UNION ALL
                SELECT contact_id, user_id FROM chat_member
                 WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left'
                   AND user_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            **parameters,
        )
        for contact_id, user_id in rows:
            found.update({id_: contact_id for id_ in (contact_id, user_id) if id_ in wanted})
    return found


def of_message(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> list[Guid]:
    """The contacts whom a message names."""
    rows = tx.tuples(
        """SELECT contact_id FROM mention
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq
            ORDER BY contact_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
    )
    return [contact_id for (contact_id,) in rows]


def shown(tx: Transaction, agency_id: Guid, contact_ids: Collection[Guid]) -> dict[Guid, Guid]:
    """The ids under which callers see these contacts: their users, or themselves while they have no account.

    They are in the order in which messages show them.
    """
    found: dict[Guid, Guid] = {}
    for named, parameters in ids_in_groups(contact_ids):
        rows = tx.tuples(
            f"""SELECT contact_id, coalesce(user_id, contact_id) FROM contact
                 WHERE agency_id = :agency_id AND contact_id IN ({named})""",  # noqa: S608
            agency_id=agency_id,
            **parameters,
        )
        found.update(rows)
    return dict(sorted(found.items()))


def add(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int, contact_ids: Sequence[Guid]) -> None:
    """Stores whom a message names. `count` follows, unless the message is to everybody."""
    for group in in_groups(sorted(set(contact_ids))):
        parameters = {f"contact_{place}": contact_id for place, contact_id in enumerate(group)}
        values = ", ".join(f"(:agency_id, :chat_id, :seq, :{name})" for name in parameters)
        tx.execute(
            f"INSERT INTO mention (agency_id, chat_id, seq, contact_id) VALUES {values}",  # noqa: S608
            agency_id=agency_id,
            chat_id=chat_id,
            seq=seq,
            **parameters,
        )


def remove(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> None:
    """Forgets whom a message named. `count` comes first."""
    tx.post(
        "DELETE FROM mention WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
    )


def count(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int, *, sender_id: Guid, more: int) -> None:
    """Adds to the mentions of those whom an unread message names: 1 for a new one, -1 for one that goes."""
    tx.post(
        """UPDATE chat_member SET mentions = mentions + :more
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left' AND read_seq < :seq
              AND coalesce(user_id, '') <> :sender_id
              AND contact_id IN (SELECT contact_id FROM mention
                                  WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq)""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
        sender_id=sender_id,
        more=more,
    )


def pass_on(tx: Transaction, agency_id: Guid, chat_id: Guid, *, contact_id: Guid, to_contact_id: Guid) -> None:
    """Has a member of the chat take over the mentions of a contact, perhaps themselves, and counts theirs anew."""
    if contact_id != to_contact_id:
        tx.execute(
            """INSERT INTO mention (agency_id, chat_id, seq, contact_id)
               SELECT agency_id, chat_id, seq, :to_contact_id
                 FROM mention
                WHERE agency_id = :agency_id AND chat_id = :chat_id AND contact_id = :contact_id
                   ON CONFLICT DO NOTHING""",
            agency_id=agency_id,
            chat_id=chat_id,
            contact_id=contact_id,
            to_contact_id=to_contact_id,
        )
        tx.execute(
            "DELETE FROM mention WHERE agency_id = :agency_id AND chat_id = :chat_id AND contact_id = :contact_id",
            agency_id=agency_id,
            chat_id=chat_id,
            contact_id=contact_id,
        )
    tx.execute(
        """UPDATE chat_member
              SET mentions = (SELECT count(*)
                                FROM mention n
                                JOIN chat_message x
                                  ON x.agency_id = n.agency_id AND x.chat_id = n.chat_id AND x.seq = n.seq
                               WHERE n.agency_id = :agency_id AND n.chat_id = :chat_id
                                 AND n.contact_id = :to_contact_id AND n.seq > chat_member.read_seq
                                 AND x.mentions_all = 0 AND x.deleted_at IS NULL
                                 AND x.sender_id <> coalesce(chat_member.user_id, ''))
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND contact_id = :to_contact_id AND state <> 'left'""",
        agency_id=agency_id,
        chat_id=chat_id,
        to_contact_id=to_contact_id,
    )
