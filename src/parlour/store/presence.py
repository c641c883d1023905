"""Who may know whether a person is there. Presence itself is not stored."""

from collections.abc import Sequence

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction
from parlour.store.grouping import listed


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


def shown_to(tx: Transaction, agency_id: Guid, user_id: Guid, others: Sequence[Guid], *, in_chats: bool) -> set[Guid]:
    """Those of the others who let a user see when they are there. With `in_chats` only those in a chat with them."""
    named, parameters = listed("other", others)
    in_chat = """
               AND (c.user_id = :user_id OR EXISTS (
                       SELECT 1
                         FROM chat_member m
                         JOIN chat_member o
                           ON o.agency_id = m.agency_id AND o.chat_id = m.chat_id AND o.user_id = c.user_id
                        WHERE m.agency_id = c.agency_id AND m.user_id = :user_id
                          AND m.state = 'active' AND o.state = 'active'))"""
    rows = tx.tuples(
        f"""SELECT c.user_id
              FROM contact c
              LEFT JOIN preference p ON p.agency_id = c.agency_id AND p.user_id = c.user_id
             WHERE c.agency_id = :agency_id AND c.user_id IN ({named})
               AND coalesce(p.shows_presence, 1) = 1{in_chat if in_chats else ""}""",  # noqa: S608  # constants
        agency_id=agency_id,
        **({"user_id": user_id} if in_chats else {}),
        **parameters,
    )
    return {shown for (shown,) in rows}
