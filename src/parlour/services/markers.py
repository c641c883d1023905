"""The markers of members: how far they have read."""

from parlour.engine.dto.declare import Guid
from parlour.model.events import ChatRead
from parlour.services import events
from parlour.store import unread
from parlour.store.chats import Membership
from parlour.store.database import Transaction


def read_up_to(tx: Transaction, membership: Membership, seq: int, message_id: Guid) -> Membership:
    """Moves a member's marker forward to the existing message `seq`, never back. The chat must be locked."""
    if seq <= membership.read_seq:
        return membership
    moved = unread.move_marker(tx, membership, seq, message_id)
    happened = ChatRead(
        chat_id=moved.chat_id,
        version=moved.version,
        user_id=moved.user_id,
        number=moved.read_seq,
        chat_message_id=message_id,
        unread_count=moved.unread_count,
        mention_count=moved.mention_count,
    )
    events.record(tx, moved.agency_id, happened)
    return moved
