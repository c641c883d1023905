"""The counting of unread messages: exact, and with a cost independent of the size of the chat and its history.

A chat numbers its messages without gaps (`last_seq`), of which `live` are not deleted. A member has read those up to
`read_seq`, of which `read_live` are not deleted. `own_after` of the later ones are their own. So the unread count is
`live - read_live - own_after`, and a send changes two rows. `consistency.py` recounts everything.

Messages that mention everybody are counted in the same way: `all_live`, `read_all_live` and `own_all_after`. Beside
them `mentions` counts the others that name the member (`mentions.py`). The sum is the number of mentions.
"""

from dataclasses import dataclass

from parlour.engine.dto.declare import Guid
from parlour.model.events import ChatRead
from parlour.model.markers import UnreadResponse
from parlour.store.chats import Membership, next_version
from parlour.store.database import Transaction
from parlour.store.grouping import ids_in_groups
from parlour.store.times import microseconds


def move_marker(tx: Transaction, membership: Membership, seq: int, message_id: Guid | None) -> Membership:
    """Moves a member's marker to the message `seq`, forward or back, and returns the membership as it is then.

    0 is the place before the first message. The chat's version counts the move.
    """
    version = next_version(tx, membership.agency_id, membership.chat_id)
    moved = _moved(tx, membership, seq)
    tx.post(
        """UPDATE chat_member
              SET read_seq = :seq, read_live = :read_live, own_after = :own_after, read_all_live = :read_all_live,
                  own_all_after = :own_all_after, mentions = :mentions, read_message_id = :message_id
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND member_id = :member_id""",
        agency_id=membership.agency_id,
        chat_id=membership.chat_id,
        member_id=membership.member_id,
        seq=seq,
        read_live=moved.read_live,
        own_after=moved.own_after,
        read_all_live=moved.read_all_live,
        own_all_after=moved.own_all_after,
        mentions=moved.mentions,
        message_id=message_id,
    )
    return moved._replace(version=version)


def read_all(tx: Transaction, agency_id: Guid, user_id: Guid) -> list[ChatRead]:
    """Marks everything in all chats of a user as read, and returns what happened. The chats' versions count it."""
    behind = """SELECT m.chat_id
                  FROM chat_member m
                  JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
                 WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'
                   AND m.read_seq < c.last_seq"""
    tx.lock(
        f"""SELECT 1
              FROM chat
             WHERE agency_id = :agency_id AND chat_id IN ({behind})
             ORDER BY chat_id
               FOR NO KEY UPDATE""",  # noqa: S608
        agency_id=agency_id,
        user_id=user_id,
    )
    happened = []
    chat_ids = [chat_id for (chat_id,) in tx.tuples(behind, agency_id=agency_id, user_id=user_id)]
    for named, parameters in ids_in_groups(chat_ids):
        rows = tx.rows(
            f"""UPDATE chat SET version = version + 1
                 WHERE agency_id = :agency_id AND chat_id IN ({named})
             RETURNING chat_id, version, last_seq, last_message_id""",  # noqa: S608
            agency_id=agency_id,
            **parameters,
        )
        tx.execute(
            f"""UPDATE chat_member
                   SET read_seq = c.last_seq, read_live = c.live, own_after = 0, read_all_live = c.all_live,
                       own_all_after = 0, mentions = 0, read_message_id = c.last_message_id
                  FROM chat c
                 WHERE c.agency_id = :agency_id AND c.chat_id IN ({named})
                   AND chat_member.agency_id = :agency_id AND chat_member.chat_id = c.chat_id
                   AND chat_member.user_id = :user_id""",  # noqa: S608
            agency_id=agency_id,
            user_id=user_id,
            **parameters,
        )
        happened += [
            ChatRead(
                chat_id=row["chat_id"],
                version=row["version"],
                user_id=user_id,
                number=row["last_seq"],
                chat_message_id=row["last_message_id"],
            )
            for row in rows
        ]
    return happened


def totals(tx: Transaction, agency_id: Guid, user_id: Guid) -> UnreadResponse:
    """What a user has not read, in all their chats. Those that they put away are not in the badge, as in push."""
    row = tx.row(
        """SELECT coalesce(sum(unread), 0) AS unread, coalesce(sum(mentioned), 0) AS mentioned,
                  count(*) FILTER (WHERE unread > 0) AS chats,
                  coalesce(sum(CASE WHEN is_archived = 1 OR muted_until > :now THEN 0
                                    WHEN level = 'everything' THEN unread
                                    WHEN level = 'mentions' THEN mentioned
                                    ELSE 0 END), 0) AS badge
             FROM (SELECT c.live - m.read_live - m.own_after AS unread,
                          m.mentions + c.all_live - m.read_all_live - m.own_all_after AS mentioned,
                          m.level, m.muted_until, m.is_archived
                     FROM chat_member m
                     JOIN chat c ON c.agency_id = m.agency_id AND c.chat_id = m.chat_id
                    WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active') AS each_chat""",
        agency_id=agency_id,
        user_id=user_id,
        now=microseconds(tx.now),
    )
    assert row is not None
    return UnreadResponse(
        unread_count=int(row["unread"]),
        mention_count=int(row["mentioned"]),
        chat_count=row["chats"],
        badge_count=int(row["badge"]),
    )


def _moved(tx: Transaction, membership: Membership, seq: int) -> Membership:
    """The membership with the marker at `seq`, counted on the shorter side."""
    at_end = membership._replace(
        read_seq=membership.last_seq,
        read_live=membership.live,
        own_after=0,
        read_all_live=membership.all_live,
        own_all_after=0,
        mentions=0,
    )
    if membership.last_seq - seq <= abs(seq - membership.read_seq):
        return _moved_from(tx, at_end, seq)
    return _moved_from(tx, membership, seq)


def _moved_from(tx: Transaction, membership: Membership, seq: int) -> Membership:
    """The membership with the marker at `seq`, from what lies between the two places."""
    if seq == membership.read_seq:
        return membership
    low, high = sorted((seq, membership.read_seq))
    passed = _between(tx, membership, after=low, up_to=high)
    sign = 1 if seq > membership.read_seq else -1
    return membership._replace(
        read_seq=seq,
        read_live=membership.read_live + sign * passed.live,
        own_after=membership.own_after - sign * passed.own,
        read_all_live=membership.read_all_live + sign * passed.to_all,
        own_all_after=membership.own_all_after - sign * passed.own_to_all,
        mentions=membership.mentions - sign * passed.naming,
    )


@dataclass(frozen=True, slots=True)
class _Passed:
    """The messages in a range, without deleted ones: those to everybody, and those that name a member, not their own.

    Messages to everybody do not count as naming somebody.
    """

    live: int
    own: int
    to_all: int
    own_to_all: int
    naming: int


def _between(tx: Transaction, membership: Membership, *, after: int, up_to: int) -> _Passed:
    row = tx.row(
        """SELECT count(*) AS live, count(*) FILTER (WHERE sender_id = :user_id) AS own,
                  coalesce(sum(mentions_all), 0) AS to_all,
                  count(*) FILTER (WHERE mentions_all = 1 AND sender_id = :user_id) AS own_to_all,
                  (SELECT count(*)
                     FROM mention n
                     JOIN chat_message x ON x.agency_id = n.agency_id AND x.chat_id = n.chat_id AND x.seq = n.seq
                    WHERE n.agency_id = :agency_id AND n.chat_id = :chat_id AND n.contact_id = :contact_id
                      AND n.seq > :after AND n.seq <= :up_to AND x.mentions_all = 0
                      AND x.sender_id <> :user_id AND x.deleted_at IS NULL) AS naming
             FROM chat_message
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq > :after AND seq <= :up_to
              AND deleted_at IS NULL""",
        agency_id=membership.agency_id,
        chat_id=membership.chat_id,
        user_id=membership.user_id,
        contact_id=membership.contact_id,
        after=after,
        up_to=up_to,
    )
    assert row is not None
    return _Passed(**row)


def count_deleted(
    tx: Transaction, agency_id: Guid, chat_id: Guid, *, seq: int, sender_id: Guid, mentions_everybody: bool
) -> None:
    """Removes a message that was just deleted from all counters of messages."""
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
    if mentions_everybody:
        count_to_all(tx, agency_id, chat_id, seq=seq, sender_id=sender_id, more=-1)


def count_to_all(tx: Transaction, agency_id: Guid, chat_id: Guid, *, seq: int, sender_id: Guid, more: int) -> None:
    """Adds an older message to those that mention everybody, with `more` 1, or takes it away with -1."""
    tx.post(
        "UPDATE chat SET all_live = all_live + :more WHERE agency_id = :agency_id AND chat_id = :chat_id",
        agency_id=agency_id,
        chat_id=chat_id,
        more=more,
    )
    tx.post(
        """UPDATE chat_member
              SET read_all_live = read_all_live + CASE WHEN read_seq >= :seq THEN :more ELSE 0 END,
                  own_all_after =
                      own_all_after + CASE WHEN read_seq < :seq AND user_id = :sender_id THEN :more ELSE 0 END
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND state <> 'left'
              AND (read_seq >= :seq OR user_id = :sender_id)""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
        sender_id=sender_id,
        more=more,
    )
