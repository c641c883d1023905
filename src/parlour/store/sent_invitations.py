"""Reading and ending invitations that nobody has accepted yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from parlour.engine.dto.declare import Guid
from parlour.model.sent_invitations import SentInvitation
from parlour.store.database import Row, Transaction
from parlour.store.times import microseconds, to_datetime


@dataclass(frozen=True, slots=True)
class InvitationPlace:
    """A place in the list of invitations: that of the one which was listed last."""

    renewed_at: int
    invitation_id: str


NEWEST = InvitationPlace(2**62, "")

_SENT = """
    SELECT i.invitation_id, i.contact_id, c.full_name, i.email_address, i.inviter_contact_id,
           s.full_name AS inviter_name, i.state, i.created_at, i.renewed_at, i.mailed_at, i.expires_at
      FROM invitation i
      JOIN contact c ON c.agency_id = i.agency_id AND c.contact_id = i.contact_id
      JOIN contact s ON s.agency_id = i.agency_id AND s.contact_id = i.inviter_contact_id"""


def find(
    tx: Transaction, agency_id: Guid, *, inviter_id: Guid | None, after: InvitationPlace, most: int
) -> tuple[list[SentInvitation], InvitationPlace]:
    """Invitations that are pending, also those that have expired, with the place of the last. `inviter_id` is None for
    those of everybody.
    """
    rows = tx.rows(
        f"""{_SENT}
             WHERE i.agency_id = :agency_id AND i.state = 'pending'
               AND (i.renewed_at, i.invitation_id) < (:renewed_at, :invitation_id)
                   {"" if inviter_id is None else "AND i.inviter_contact_id = :inviter_id"}
             ORDER BY i.renewed_at DESC, i.invitation_id DESC
             LIMIT :most""",
        agency_id=agency_id,
        renewed_at=after.renewed_at,
        invitation_id=after.invitation_id,
        most=most,
        **({} if inviter_id is None else {"inviter_id": inviter_id}),
    )
    last = InvitationPlace(rows[-1]["renewed_at"], rows[-1]["invitation_id"]) if rows else after
    return _with_roles(tx, agency_id, rows), last


def get(tx: Transaction, agency_id: Guid, invitation_id: Guid) -> SentInvitation | None:
    """An invitation that is pending, expired or revoked."""
    rows = tx.rows(
        f"""{_SENT}
             WHERE i.agency_id = :agency_id AND i.invitation_id = :invitation_id
               AND i.state IN ('pending', 'revoked')""",
        agency_id=agency_id,
        invitation_id=invitation_id,
    )
    return next(iter(_with_roles(tx, agency_id, rows)), None)


def revoke(tx: Transaction, agency_id: Guid, invitation_id: Guid) -> None:
    """Ends a pending invitation. A contact without another one is virtual again."""
    revoked = tx.row(
        """UPDATE invitation SET state = 'revoked'
            WHERE agency_id = :agency_id AND invitation_id = :invitation_id AND state = 'pending'
           RETURNING contact_id""",
        agency_id=agency_id,
        invitation_id=invitation_id,
    )
    if revoked is None:
        return
    tx.execute(
        """UPDATE contact SET state = 'virtual'
            WHERE agency_id = :agency_id AND contact_id = :contact_id AND state = 'invited'
              AND NOT EXISTS (SELECT 1 FROM invitation
                               WHERE agency_id = :agency_id AND contact_id = :contact_id AND state = 'pending')""",
        agency_id=agency_id,
        contact_id=revoked["contact_id"],
    )


def _with_roles(tx: Transaction, agency_id: Guid, rows: Sequence[Row]) -> list[SentInvitation]:
    names: dict[Any, list[str]] = {row["invitation_id"]: [] for row in rows}
    places = {f"id_{place}": invitation_id for place, invitation_id in enumerate(names)}
    if not places:
        return []
    offered = tx.rows(
        f"""SELECT DISTINCT o.invitation_id, r.name
              FROM invitation_role o
              JOIN role r ON r.agency_id = o.agency_id AND r.role_id = o.role_id
             WHERE o.agency_id = :agency_id AND o.invitation_id IN (:{", :".join(places)})
             ORDER BY r.name""",  # noqa: S608  # numbered parameters
        agency_id=agency_id,
        **places,
    )
    for offer in offered:
        names[offer["invitation_id"]].append(offer["name"])
    now = microseconds(tx.now)
    return [
        SentInvitation(
            invitation_id=row["invitation_id"],
            contact_id=row["contact_id"],
            name=row["full_name"],
            email_address=row["email_address"],
            role_names=names[row["invitation_id"]],
            inviter_contact_id=row["inviter_contact_id"],
            inviter_name=row["inviter_name"],
            state="expired" if row["state"] == "pending" and row["expires_at"] <= now else row["state"],
            date_created=to_datetime(row["created_at"]),
            date_mailed=None if row["mailed_at"] is None else to_datetime(row["mailed_at"]),
            date_expires=to_datetime(row["expires_at"]),
        )
        for row in rows
    ]
