"""Recounts what attachments count: their messages, the attachments of stored bytes, and the bytes of each person."""

from collections.abc import Iterator
from dataclasses import dataclass

from parlour.store.attachments import BYTES_OF_A_ROW
from parlour.store.consistency import MOST_DIFFERENCES, Difference
from parlour.store.database import Transaction


@dataclass(frozen=True, slots=True)
class KeptBytes:
    """Bytes that must be stored as `stored_as`, with a preview or without."""

    stored_as: str
    size: int
    has_preview: bool


def attachment_differences(tx: Transaction) -> list[Difference]:
    """All differences, at most the first thousand."""
    return [*_uses(tx), *_contents(tx), *_quotas(tx)][:MOST_DIFFERENCES]


def kept_bytes(tx: Transaction) -> list[KeptBytes]:
    """All bytes that attachments need. Those of attachments that are still arriving may not be stored yet."""
    rows = tx.rows(
        """SELECT c.stored_as, c.size, max(a.has_preview) AS has_preview
             FROM content c
             JOIN attachment a ON a.agency_id = c.agency_id AND a.content_hash = c.content_hash
            WHERE a.state <> 'arriving'
            GROUP BY c.stored_as, c.size
            ORDER BY c.stored_as"""
    )
    return [KeptBytes(row["stored_as"], row["size"], bool(row["has_preview"])) for row in rows]


def _uses(tx: Transaction) -> Iterator[Difference]:
    rows = tx.rows(
        """SELECT a.attachment_id, a.uses, count(l.seq) AS counted
             FROM attachment a
             LEFT JOIN message_attachment l ON l.agency_id = a.agency_id AND l.attachment_id = a.attachment_id
            GROUP BY a.agency_id, a.attachment_id, a.uses
           HAVING a.uses <> count(l.seq)
            ORDER BY a.attachment_id
            LIMIT :most""",
        most=MOST_DIFFERENCES,
    )
    for row in rows:
        yield Difference("uses", f"attachment {row['attachment_id']}", row["uses"], row["counted"])


def _contents(tx: Transaction) -> Iterator[Difference]:
    rows = tx.rows(
        """SELECT c.stored_as, c.attachments, c.size, count(a.attachment_id) AS counted,
                  coalesce(max(a.size), c.size) AS largest, coalesce(min(a.size), c.size) AS smallest
             FROM content c
             LEFT JOIN attachment a ON a.agency_id = c.agency_id AND a.content_hash = c.content_hash
            GROUP BY c.stored_as, c.attachments, c.size
           HAVING c.attachments <> count(a.attachment_id) OR c.size <> coalesce(max(a.size), c.size)
               OR c.size <> coalesce(min(a.size), c.size)
            ORDER BY c.stored_as
            LIMIT :most""",
        most=MOST_DIFFERENCES,
    )
    for row in rows:
        where = f"stored file {row['stored_as']}"
        if row["attachments"] != row["counted"]:
            yield Difference("the number of attachments", where, row["attachments"], row["counted"])
        if (row["largest"], row["smallest"]) != (row["size"], row["size"]):
            yield Difference("size", where, row["size"], row["largest"])


def _quotas(tx: Transaction) -> Iterator[Difference]:
    rows = tx.rows(
        """WITH counted AS (
               SELECT agency_id, owner_id, sum(size + :row_bytes) AS bytes
                 FROM attachment
                GROUP BY agency_id, owner_id)
           SELECT q.owner_id, q.bytes, coalesce(c.bytes, 0) AS counted
             FROM attachment_quota q
             LEFT JOIN counted c ON c.agency_id = q.agency_id AND c.owner_id = q.owner_id
            WHERE q.bytes <> coalesce(c.bytes, 0)
            ORDER BY q.owner_id
            LIMIT :most""",
        row_bytes=BYTES_OF_A_ROW,
        most=MOST_DIFFERENCES,
    )
    for row in rows:
        yield Difference("the bytes of files", f"user {row['owner_id']}", row["bytes"], int(row["counted"]))
