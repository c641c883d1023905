"""The markers of members: how far they have read."""

from parlour.engine.dto.declare import Guid
from parlour.store import unread
from parlour.store.chats import Membership
from parlour.store.database import Transaction


def read_up_to(tx: Transaction, membership: Membership, seq: int, message_id: Guid) -> Membership:
    """Moves a member's marker forward to the existing message `seq`, never back. The chat must be locked."""
    if seq <= membership.read_seq:
        return membership
    return unread.move_marker(tx, membership, seq, message_id)
