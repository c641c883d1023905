"""Attachments: the files that people uploaded, the messages that name them, and the stored bytes behind them.

An attachment counts its messages, and the stored bytes count their attachments. So nothing is searched when the last
reference ends.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.model.attachments import Attachment
from parlour.store.database import Row, Transaction
from parlour.store.grouping import ids_in_groups, in_groups
from parlour.store.times import microseconds, to_datetime

# Counted for each file beside its bytes, so that the quota also limits empty files.
BYTES_OF_A_ROW = 1024


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment as its services need it. `stored_as` is the name of its bytes, if they are stored."""

    agency_id: Guid
    owner_id: Guid
    uses: int
    removable_at: datetime
    has_arrived: bool
    stored_as: str | None
    shown: Attachment


# The columns of `_shown`.
_SHOWN = """a.attachment_id, a.file_name, a.media_type, a.size, a.width, a.height, a.state, a.has_preview"""

# The columns of `_stored`.
_STORED = f"""
    SELECT {_SHOWN}, a.agency_id, a.owner_id, a.uses, a.removable_at,
           a.state AS stored_state, c.stored_as
      FROM attachment a
      LEFT JOIN content c ON c.agency_id = a.agency_id AND c.content_hash = a.content_hash"""  # noqa: S608

# Uploads -------------------------------------------------------------------------------------------------------------


def reserve(tx: Transaction, agency_id: Guid, owner_id: Guid, size: int, *, quota: int) -> bool:
    """Counts `size` more bytes of the owner. False if that would exceed the quota."""
    size += BYTES_OF_A_ROW
    if size > quota:
        return False
    counted = tx.execute(
        """INSERT INTO attachment_quota (agency_id, owner_id, bytes) VALUES (:agency_id, :owner_id, :size)
               ON CONFLICT (agency_id, owner_id) DO UPDATE SET bytes = attachment_quota.bytes + :size
            WHERE attachment_quota.bytes + :size <= :quota""",
        agency_id=agency_id,
        owner_id=owner_id,
        size=size,
        quota=quota,
    )
    return counted == 1


def add(
    tx: Transaction,
    agency_id: Guid,
    attachment_id: Guid,
    *,
    owner_id: Guid,
    file_name: str,
    size: int,
    removable_at: datetime,
) -> None:
    """Adds an attachment whose bytes are arriving."""
    tx.execute(
        """INSERT INTO attachment (agency_id, attachment_id, owner_id, file_name, size, state, created_at, removable_at)
           VALUES (:agency_id, :attachment_id, :owner_id, :file_name, :size, 'arriving', :now, :removable_at)""",
        agency_id=agency_id,
        attachment_id=attachment_id,
        owner_id=owner_id,
        file_name=file_name,
        size=size,
        now=microseconds(tx.now),
        removable_at=microseconds(removable_at),
    )


def give_content(
    tx: Transaction, agency_id: Guid, attachment_id: Guid, *, content_hash: str, stored_as: str
) -> str | None:
    """Gives an arriving attachment its bytes. Returns the name to store them as: the known one, or `stored_as`.

    It may be repeated for the same bytes. None if the attachment is not arriving any more.
    """
    row = tx.row(
        """SELECT a.size, a.content_hash, c.stored_as
             FROM attachment a
             LEFT JOIN content c ON c.agency_id = a.agency_id AND c.content_hash = a.content_hash
            WHERE a.agency_id = :agency_id AND a.attachment_id = :attachment_id AND a.state = 'arriving'""",
        agency_id=agency_id,
        attachment_id=attachment_id,
    )
    if row is None:
        return None
    if row["content_hash"] is not None:
        given: str | None = row["stored_as"] if row["content_hash"] == content_hash else None
        return given
    name: str = tx.value(
        """INSERT INTO content (agency_id, content_hash, stored_as, size, attachments)
           VALUES (:agency_id, :content_hash, :stored_as, :size, 1)
               ON CONFLICT (agency_id, content_hash) DO UPDATE SET attachments = content.attachments + 1
        RETURNING stored_as""",
        agency_id=agency_id,
        content_hash=content_hash,
        stored_as=stored_as,
        size=row["size"],
    )
    tx.execute(
        """UPDATE attachment SET content_hash = :content_hash
            WHERE agency_id = :agency_id AND attachment_id = :attachment_id""",
        agency_id=agency_id,
        attachment_id=attachment_id,
        content_hash=content_hash,
    )
    return name


def finish(tx: Transaction, agency_id: Guid, attachment: Attachment, *, removable_at: datetime) -> bool:
    """Stores what was found out about an arriving attachment, and its state. False if it was removed meanwhile."""
    finished = tx.execute(
        """UPDATE attachment
              SET state = :state, media_type = :media_type, width = :width, height = :height,
                  has_preview = :has_preview, removable_at = :removable_at
            WHERE agency_id = :agency_id AND attachment_id = :attachment_id AND state = 'arriving'""",
        agency_id=agency_id,
        attachment_id=attachment.attachment_id,
        state=attachment.state,
        media_type=attachment.media_type,
        width=attachment.width,
        height=attachment.height,
        has_preview=int(attachment.has_preview),
        removable_at=microseconds(removable_at),
    )
    return finished == 1


# Looking up ----------------------------------------------------------------------------------------------------------


def visible_to(tx: Transaction, agency_id: Guid, attachment_id: Guid, user_id: Guid) -> StoredAttachment | None:
    """The attachment, if a message names it in a chat of which the user is an active member.

    One that no message names is visible to its owner.
    """
    row = tx.row(
        f"""{_STORED}
             WHERE a.agency_id = :agency_id AND a.attachment_id = :attachment_id
               AND ((a.uses = 0 AND a.owner_id = :user_id)
                OR EXISTS (SELECT 1
                             FROM message_attachment l
                             JOIN chat_member m ON m.agency_id = l.agency_id AND m.chat_id = l.chat_id
                            WHERE l.agency_id = :agency_id AND l.attachment_id = :attachment_id
                              AND m.user_id = :user_id AND m.state = 'active'))""",  # noqa: S608
        agency_id=agency_id,
        attachment_id=attachment_id,
        user_id=user_id,
    )
    return None if row is None else _stored(row)


def of_owner(tx: Transaction, agency_id: Guid, attachment_id: Guid, owner_id: Guid) -> StoredAttachment | None:
    """The attachment, if this person uploaded it."""
    row = tx.row(
        f"{_STORED} WHERE a.agency_id = :agency_id AND a.attachment_id = :attachment_id AND a.owner_id = :owner_id",
        agency_id=agency_id,
        attachment_id=attachment_id,
        owner_id=owner_id,
    )
    return None if row is None else _stored(row)


def usable(
    tx: Transaction, agency_id: Guid, owner_id: Guid, attachment_ids: Collection[Guid]
) -> Mapping[Guid, Attachment]:
    """Those of the attachments that their owner may name in a message: uploaded, and not refused by the scanner."""
    found = {}
    for named, parameters in ids_in_groups(attachment_ids):
        rows = tx.rows(
            f"""SELECT {_SHOWN}
                  FROM attachment a
                 WHERE a.agency_id = :agency_id AND a.owner_id = :owner_id AND a.attachment_id IN ({named})
                   AND a.state = 'ready'""",  # noqa: S608
            agency_id=agency_id,
            owner_id=owner_id,
            **parameters,
        )
        found.update({row["attachment_id"]: _shown(row) for row in rows})
    return found


def in_scope(
    tx: Transaction, agency_id: Guid, condition: str, parameters: Iterable[tuple[str, Any]]
) -> list[tuple[Guid, int, Attachment]]:
    """The attachments of messages, with the chat and number of each. The condition is on `x.chat_id` and `x.seq`."""
    rows = tx.rows(
        f"""SELECT x.chat_id, x.seq, {_SHOWN}
              FROM message_attachment x
              JOIN attachment a ON a.agency_id = x.agency_id AND a.attachment_id = x.attachment_id
             WHERE x.agency_id = :agency_id AND {condition}
             ORDER BY x.chat_id, x.seq, x.place""",  # noqa: S608
        agency_id=agency_id,
        **dict(parameters),
    )
    return [(row["chat_id"], row["seq"], _shown(row)) for row in rows]


# Messages ------------------------------------------------------------------------------------------------------------


def link(
    tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int, attachment_ids: Sequence[Guid], *, owner_id: Guid
) -> bool:
    """Names the owner's attachments in a message of theirs, in this order. The caller has locked the chat.

    False if one of them is not usable any more. Then the transaction must be undone.
    """
    for place, attachment_id in enumerate(attachment_ids):
        counted = tx.execute(
            """UPDATE attachment SET uses = uses + 1
                WHERE agency_id = :agency_id AND attachment_id = :attachment_id AND owner_id = :owner_id
                  AND state = 'ready'""",
            agency_id=agency_id,
            attachment_id=attachment_id,
            owner_id=owner_id,
        )
        if not counted:
            return False
        tx.execute(
            """INSERT INTO message_attachment (agency_id, chat_id, seq, place, attachment_id)
               VALUES (:agency_id, :chat_id, :seq, :place, :attachment_id)""",
            agency_id=agency_id,
            chat_id=chat_id,
            seq=seq,
            place=place,
            attachment_id=attachment_id,
        )
    return True


def unlink(tx: Transaction, agency_id: Guid, chat_id: Guid, seq: int) -> bool:
    """Takes all attachments from a message. Those without another message are removable now. False if it had none."""
    rows = tx.rows(
        """DELETE FROM message_attachment
            WHERE agency_id = :agency_id AND chat_id = :chat_id AND seq = :seq
        RETURNING attachment_id""",
        agency_id=agency_id,
        chat_id=chat_id,
        seq=seq,
    )
    for attachment_id in sorted(row["attachment_id"] for row in rows):
        tx.execute(
            """UPDATE attachment SET uses = uses - 1, removable_at = :now
                WHERE agency_id = :agency_id AND attachment_id = :attachment_id""",
            agency_id=agency_id,
            attachment_id=attachment_id,
            now=microseconds(tx.now),
        )
    return bool(rows)


# Removing ------------------------------------------------------------------------------------------------------------


def removable(tx: Transaction, *, at_most: int) -> Sequence[tuple[Guid, Guid]]:
    """The agency and id of attachments that no message names and whose time is over, oldest first."""
    rows = tx.rows(
        """SELECT agency_id, attachment_id
             FROM attachment
            WHERE uses = 0 AND removable_at <= :now
            ORDER BY removable_at
            LIMIT :at_most""",
        now=microseconds(tx.now),
        at_most=at_most,
    )
    return [(row["agency_id"], row["attachment_id"]) for row in rows]


def remove(tx: Transaction, agency_id: Guid, attachment_id: Guid) -> bool:
    """Removes an attachment that no message names. False if it does not exist. `take_unused_content` follows."""
    row = tx.row(
        """DELETE FROM attachment
            WHERE agency_id = :agency_id AND attachment_id = :attachment_id AND uses = 0
        RETURNING owner_id, size, content_hash""",
        agency_id=agency_id,
        attachment_id=attachment_id,
    )
    if row is None:
        return False
    tx.execute(
        """UPDATE attachment_quota SET bytes = bytes - :size
            WHERE agency_id = :agency_id AND owner_id = :owner_id""",
        agency_id=agency_id,
        owner_id=row["owner_id"],
        size=row["size"] + BYTES_OF_A_ROW,
    )
    if row["content_hash"] is not None:
        _release(tx, agency_id, row["content_hash"])
    return True


def has_unused_content(tx: Transaction) -> bool:
    """Whether bytes without attachments are in the books."""
    return tx.value("SELECT 1 FROM content WHERE attachments = 0 LIMIT 1") is not None


def take_unused_content(tx: Transaction) -> Sequence[str]:
    """Removes the bytes without attachments from the books, and returns the names of their files.

    The files may be deleted after the commit. If the process ends before, `known_names` no longer has them.
    """
    rows = tx.rows("DELETE FROM content WHERE attachments = 0 RETURNING stored_as")
    return [row["stored_as"] for row in rows]


def known_names(tx: Transaction, names: Sequence[str]) -> set[str]:
    """Those of the names under which bytes are stored."""
    found: set[str] = set()
    for group in in_groups(names):
        parameters = {f"name_{place}": name for place, name in enumerate(group)}
        named = ", ".join(f":{name}" for name in parameters)
        rows = tx.rows(f"SELECT stored_as FROM content WHERE stored_as IN ({named})", **parameters)  # noqa: S608
        found.update(row["stored_as"] for row in rows)
    return found


# Checking ------------------------------------------------------------------------------------------------------------


def waiting_for_check(tx: Transaction, *, of_each: int, at_most: int) -> Sequence[tuple[Guid, Guid]]:
    """The attachments that wait for the scanner, each with its owner: the oldest ones of each owner."""
    return tx.tuples(
        """SELECT attachment_id, owner_id
             FROM (SELECT attachment_id, owner_id,
                          row_number() OVER (PARTITION BY owner_id ORDER BY created_at, attachment_id) AS place
                     FROM attachment
                    WHERE state = 'checking') AS waiting
            WHERE place <= :of_each
            ORDER BY place, owner_id
            LIMIT :at_most""",
        of_each=of_each,
        at_most=at_most,
    )


def to_check(tx: Transaction, attachment_ids: Sequence[Guid]) -> Sequence[StoredAttachment]:
    """Those of the attachments that still wait for the scanner, in this order."""
    found = {}
    for named, parameters in ids_in_groups(attachment_ids):
        rows = tx.rows(f"{_STORED} WHERE a.state = 'checking' AND a.attachment_id IN ({named})", **parameters)
        found.update({row["attachment_id"]: _stored(row) for row in rows})
    return [found[id_] for id_ in attachment_ids if id_ in found]


def checked(
    tx: Transaction,
    agency_id: Guid,
    attachment_id: Guid,
    *,
    is_clean: bool,
    width: int | None = None,
    height: int | None = None,
    has_preview: bool = False,
) -> bool:
    """Stores the scanner's answer, and the size of an image if it is given. Removes the bytes of a refused attachment.

    False if it does not wait.
    """
    row = tx.row(
        """SELECT content_hash FROM attachment
            WHERE agency_id = :agency_id AND attachment_id = :attachment_id AND state = 'checking'""",
        agency_id=agency_id,
        attachment_id=attachment_id,
    )
    if row is None:
        return False
    tx.execute(
        """UPDATE attachment
              SET state = :state, content_hash = :content_hash, has_preview = :has_preview,
                  width = coalesce(:width, width), height = coalesce(:height, height)
            WHERE agency_id = :agency_id AND attachment_id = :attachment_id""",
        agency_id=agency_id,
        attachment_id=attachment_id,
        state="ready" if is_clean else "refused",
        width=width,
        height=height,
        has_preview=int(has_preview),
        content_hash=row["content_hash"] if is_clean else None,
    )
    if not is_clean:
        _release(tx, agency_id, row["content_hash"])
    return True


def _release(tx: Transaction, agency_id: Guid, content_hash: str) -> None:
    tx.execute(
        """UPDATE content SET attachments = attachments - 1
            WHERE agency_id = :agency_id AND content_hash = :content_hash""",
        agency_id=agency_id,
        content_hash=content_hash,
    )


def _stored(row: Row) -> StoredAttachment:
    return StoredAttachment(
        agency_id=row["agency_id"],
        owner_id=row["owner_id"],
        uses=row["uses"],
        removable_at=to_datetime(row["removable_at"]),
        has_arrived=row["stored_state"] != "arriving",
        stored_as=row["stored_as"],
        shown=_shown(row),
    )


def _shown(row: Row) -> Attachment:
    # Bytes that are arriving are not checked yet either.
    state = "checking" if row["state"] == "arriving" else row["state"]
    return Attachment(
        attachment_id=row["attachment_id"],
        file_name=row["file_name"],
        media_type=row["media_type"],
        size=row["size"],
        width=row["width"],
        height=row["height"],
        state=state,
        has_preview=bool(row["has_preview"]),
    )
