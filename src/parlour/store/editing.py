"""The texts that messages had before they were edited."""

from parlour.engine.dto.declare import Guid
from parlour.store.database import Transaction


def first_text(tx: Transaction, agency_id: Guid, message_id: Guid) -> str | None:
    """The text with which a message was sent. None if it was not edited since."""
    text: str | None = tx.value(
        """SELECT v.message
             FROM chat_message x
             JOIN message_version v ON v.agency_id = x.agency_id AND v.chat_id = x.chat_id AND v.seq = x.seq
            WHERE x.agency_id = :agency_id AND x.message_id = :message_id AND v.number = 1""",
        agency_id=agency_id,
        message_id=message_id,
    )
    return text
