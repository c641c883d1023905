"""Who may know whether a person is there. Presence itself is not stored."""

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction


def is_shown(tx: Transaction, agency_id: Guid, user_id: Guid) -> bool:
    """Whether the person lets others see when they are there."""
    shown = tx.value(
        "SELECT shows_presence FROM preference WHERE agency_id = :agency_id AND user_id = :user_id",
        agency_id=agency_id,
        user_id=user_id,
    )
    return bool(shown != 0)


def everybody(tx: Transaction, agency_id: Guid) -> list[Guid]:
    """All users of the agency."""
    rows = tx.tuples(
        "SELECT user_id FROM contact WHERE agency_id = :agency_id AND user_id IS NOT NULL", agency_id=agency_id
    )
    return [user_id for (user_id,) in rows]


def contacts(tx: Transaction, agency_id: Guid, user_id: Guid) -> list[Guid]:
    """The users who are in a chat with this one, who is among them if they are in any."""
    rows = tx.tuples(
        """SELECT DISTINCT o.user_id
             FROM chat_member m
             JOIN chat_member o ON o.agency_id = m.agency_id AND o.chat_id = m.chat_id AND o.state = 'active'
            WHERE m.agency_id = :agency_id AND m.user_id = :user_id AND m.state = 'active'""",
        agency_id=agency_id,
        user_id=user_id,
    )
    return [user_id for (user_id,) in rows]
