"""Mail to be sent. A row has the template and the address; the text is written when it is sent.

A worker leases a mail to send it, so that several processes never send it twice. If the worker dies, the lease expires
and another takes over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from parlour.engine.dto.declare import Guid, new_guid
from parlour.store.database import Row, Transaction
from parlour.store.times import microseconds, to_datetime

MailState = Literal["waiting", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Mail:
    """A row of the outbox. `attempts` counts all started attempts, including a running one."""

    agency_id: Guid
    mail_id: Guid
    template: str
    to_address: str
    invitation_id: Guid | None
    state: MailState
    attempts: int
    next_attempt_at: datetime
    leased_until: datetime
    last_error: str | None
    created_at: datetime
    sent_at: datetime | None


def add(tx: Transaction, agency_id: Guid, *, template: str, to_address: str, invitation_id: Guid) -> Guid:
    """Queues a mail, which is sent after the commit."""
    mail_id = new_guid()
    tx.execute(
        """INSERT INTO outbox (agency_id, mail_id, template, to_address, invitation_id, state, next_attempt_at,
                               created_at)
           VALUES (:agency_id, :mail_id, :template, :to_address, :invitation_id, 'waiting', :now, :now)""",
        agency_id=agency_id,
        mail_id=mail_id,
        template=template,
        to_address=to_address,
        invitation_id=invitation_id,
        now=microseconds(tx.now),
    )
    return mail_id


def is_waiting(tx: Transaction, agency_id: Guid, invitation_id: Guid) -> bool:
    """Whether a mail of the invitation is still to be sent."""
    found = tx.value(
        """SELECT 1 FROM outbox
            WHERE agency_id = :agency_id AND invitation_id = :invitation_id AND state = 'waiting'""",
        agency_id=agency_id,
        invitation_id=invitation_id,
    )
    return found is not None


def get(tx: Transaction, mail_id: str) -> Mail | None:
    row = tx.row(
        """SELECT agency_id, mail_id, template, to_address, invitation_id, state, attempts, next_attempt_at,
                  leased_until, last_error, created_at, sent_at
             FROM outbox
            WHERE mail_id = :mail_id""",
        mail_id=mail_id,
    )
    return None if row is None else _mail(row)


def newest(tx: Transaction, *, take: int) -> list[Mail]:
    """The latest mails of all agencies, newest first."""
    rows = tx.rows(
        """SELECT agency_id, mail_id, template, to_address, invitation_id, state, attempts, next_attempt_at,
                  leased_until, last_error, created_at, sent_at
             FROM outbox
            ORDER BY created_at DESC, mail_id
            LIMIT :take""",
        take=take,
    )
    return [_mail(row) for row in rows]


def lease(tx: Transaction, *, duration: timedelta, at_most: int) -> list[Mail]:
    """Leases mails that are due and not being sent, for `duration`. Each lease starts an attempt."""
    rows = tx.rows(
        """UPDATE outbox SET leased_until = :until, attempts = attempts + 1
            WHERE (agency_id, mail_id) IN (SELECT agency_id, mail_id FROM outbox
                                            WHERE state = 'waiting' AND next_attempt_at <= :now
                                              AND leased_until <= :now
                                            ORDER BY next_attempt_at
                                            LIMIT :at_most)
           RETURNING agency_id, mail_id, template, to_address, invitation_id, state, attempts, next_attempt_at,
                     leased_until, last_error, created_at, sent_at""",
        now=microseconds(tx.now),
        until=microseconds(tx.now + duration),
        at_most=at_most,
    )
    return [_mail(row) for row in rows]


def next_due(tx: Transaction) -> datetime | None:
    """The time when the next mail can be leased. None if no mail waits."""
    due = tx.value(
        """SELECT min(CASE WHEN leased_until > next_attempt_at THEN leased_until ELSE next_attempt_at END)
             FROM outbox
            WHERE state = 'waiting'"""
    )
    return None if due is None else to_datetime(due)


def mark_sent(tx: Transaction, mail: Mail) -> None:
    """Marks a mail as accepted by a server, even if the lease has expired meanwhile."""
    tx.execute(
        """UPDATE outbox SET state = 'sent', sent_at = :now, leased_until = 0, last_error = NULL
            WHERE agency_id = :agency_id AND mail_id = :mail_id""",
        agency_id=mail.agency_id,
        mail_id=mail.mail_id,
        now=microseconds(tx.now),
    )


def postpone(tx: Transaction, mail: Mail, *, until: datetime, error: str) -> None:
    """Ends this attempt, and sets the time of the next one."""
    _end_attempt(tx, mail, state="waiting", next_attempt_at=until, error=error)


def give_up(tx: Transaction, mail: Mail, *, error: str) -> None:
    """Ends this attempt as the last."""
    _end_attempt(tx, mail, state="failed", next_attempt_at=mail.next_attempt_at, error=error)


def _end_attempt(tx: Transaction, mail: Mail, *, state: MailState, next_attempt_at: datetime, error: str) -> None:
    # An attempt with an expired lease changes nothing, since its number is no longer the latest.
    tx.execute(
        """UPDATE outbox
              SET state = :state, next_attempt_at = :next_attempt_at, leased_until = 0, last_error = :error
            WHERE agency_id = :agency_id AND mail_id = :mail_id AND state = 'waiting' AND attempts = :attempts""",
        agency_id=mail.agency_id,
        mail_id=mail.mail_id,
        attempts=mail.attempts,
        state=state,
        next_attempt_at=microseconds(next_attempt_at),
        error=error,
    )


def _mail(row: Row) -> Mail:
    return Mail(
        agency_id=row["agency_id"],
        mail_id=row["mail_id"],
        template=row["template"],
        to_address=row["to_address"],
        invitation_id=row["invitation_id"],
        state=row["state"],
        attempts=row["attempts"],
        next_attempt_at=to_datetime(row["next_attempt_at"]),
        leased_until=to_datetime(row["leased_until"]),
        last_error=row["last_error"],
        created_at=to_datetime(row["created_at"]),
        sent_at=None if row["sent_at"] is None else to_datetime(row["sent_at"]),
    )
