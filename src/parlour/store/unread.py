"""The counting of unread messages: exact, and with a cost independent of the size of the chat and its history.

A chat numbers its messages without gaps (`last_seq`), of which `live` are not deleted. A member has read those up to
`read_seq`, of which `read_live` are not deleted. `own_after` of the later ones are their own. So the unread count is
`live - read_live - own_after`, and a send changes two rows. `consistency.py` recounts everything.
"""

from collections.abc import Callable

from parlour.engine.dto.declare import Guid
from parlour.store.chats import Membership, lock, touch
from parlour.store.database import Transaction
from parlour.store.times import microseconds


def number_message(
    tx: Transaction,
    agency_id: Guid,
    chat_id: Guid,
    user_id: Guid,
    message_id: Guid,
    *,
    otherwise: Callable[[], object],
) -> None:
    """Takes the chat's next number for its newest message, of this user. Also marks everything as read by them.

    `otherwise` runs if the user is not an active member, or the chat is archived for everybody. The chat is changed
    first: concurrent senders wait for each other here, so numbers follow the order of commits.
    """
    lock(tx, agency_id, chat_id)
    tx.post(
        """UPDATE chat
              SET last_seq = last_seq + 1, live = live + 1, last_message_id = :message_id, active_at = :now
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND is_archived = 0
              AND EXISTS (SELECT 1 FROM chat_member m
                           WHERE m.agency_id = :agency_id AND m.chat_id = :chat_id AND m.user_id = :user_id
                             AND m.state = 'active')""",
        otherwise,
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
        message_id=message_id,
        now=microseconds(tx.now),
    )
    tx.post(
        """UPDATE chat_member
              SET read_seq = c.last_seq, read_live = c.live, own_after = 0, read_message_id = :message_id
             FROM chat c
            WHERE c.agency_id = :agency_id AND c.chat_id = :chat_id AND c.last_message_id = :message_id
              AND chat_member.agency_id = :agency_id AND chat_member.chat_id = :chat_id
              AND chat_member.user_id = :user_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
        message_id=message_id,
    )


def read_up_to(tx: Transaction, membership: Membership, seq: int, message_id: Guid) -> None:
    """Moves a member's marker forward to the existing message `seq`, never back."""
    if seq <= membership.read_seq:
        return
    touch(tx, membership.agency_id, membership.chat_id)
    read_live, own_after = _counted_up_to(tx, membership, seq)
    tx.post(
        """UPDATE chat_member
              SET read_seq = :seq, read_live = :read_live, own_after = :own_after, read_message_id = :message_id
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id = :member_id""",
        agency_id=membership.agency_id,
        chat_id=membership.chat_id,
        member_id=membership.member_id,
        seq=seq,
        read_live=read_live,
        own_after=own_after,
        message_id=message_id,
    )


def _counted_up_to(tx: Transaction, membership: Membership, seq: int) -> tuple[int, int]:
    """The `read_live` and `own_after` of a member who has read up to `seq`, counted on the shorter side."""
    if seq == membership.last_seq:
        return membership.live, 0
    if seq - membership.read_seq <= membership.last_seq - seq:
        live, own = _live_between(
            tx, membership.agency_id, membership.chat_id, membership.user_id, after=membership.read_seq, up_to=seq
        )
        return membership.read_live + live, membership.own_after - own
    live, own = _live_between(
        tx, membership.agency_id, membership.chat_id, membership.user_id, after=seq, up_to=membership.last_seq
    )
    return membership.live - live, own


def _live_between(
    tx: Transaction, agency_id: Guid, chat_id: Guid, user_id: Guid, *, after: int, up_to: int
) -> tuple[int, int]:
    """The number of messages in a range that are not deleted, and how many of these are the user's own."""
    row = tx.row(
        """SELECT count(*) AS live, count(*) FILTER (WHERE sender_id = :user_id) AS own
             FROM chat_message
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq > :after AND seq <= :up_to
              AND deleted_at IS NULL""",
        agency_id=agency_id,
        chat_id=chat_id,
        user_id=user_id,
        after=after,
        up_to=up_to,
    )
    assert row is not None
    return row["live"], row["own"]


def count_deleted(tx: Transaction, agency_id: Guid, chat_id: Guid, *, seq: int, sender_id: Guid) -> None:
    """Removes a message that was just deleted from all counters."""
    tx.post(
        "UPDATE chat SET live = live - 1 WHERE agency_id = :agency_id AND chat_id = :chat_id",
        agency_id=agency_id,
        chat_id=chat_id,
    )
    tx.post(
        """UPDATE chat_member
              SET read_live = read_live - CASE WHEN read_seq >= :seq THEN 1 ELSE 0 END,
                  own_after = own_after - CASE WHEN read_seq < :seq AND user_id = :sender_id THEN 1 ELSE 0 END
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left'
              AND (read_seq >= :seq OR user_id = :sender_id)""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
        sender_id=sender_id,
    )
