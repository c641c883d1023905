"""Sends the mails of the outbox through a mail server, each by one worker at a time.

A mail is sent once in each lease. A delayed mail is retried with a backoff that doubles. An uncertain mail is retried
after its lease with the same Message-ID, by which receivers recognise a duplicate.
"""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parlour.delivery.mail import (
    SEND_SECONDS,
    InvitationLetter,
    MailDelayed,
    MailRefused,
    MailUncertain,
    SmtpServer,
    WrittenMail,
    sending,
    write_invitation,
)
from parlour.store import invitations, outbox
from parlour.store.database import Database, Transaction, utc_now
from parlour.store.outbox import Mail

# Longer than a whole attempt, so that two attempts never overlap.
LEASE = timedelta(seconds=2 * SEND_SECONDS)

# Mails sent at the same time, each on its own connection.
MAILS_AT_ONCE = 4

# The backoff after the first failure, and the longest: a minute doubles to four hours in eight attempts.
FIRST_BACKOFF = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=4)

# With this backoff about four days, as long as mail servers themselves keep trying (RFC 5321, 4.5.4.1).
MOST_ATTEMPTS = 31

# Mails queued by other processes give no hint, so the worker polls this often.
POLL_SECONDS = 5.0

INVITATION_OVER = "The invitation was over before the mail left."

_logger = logging.getLogger("parlour")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The parts that all mails of a server share. Tokens in their links are derived from `key`."""

    key: bytes
    base_url: str
    sender: str


def list_outbox(tx: Transaction, *, take: int = 200) -> Sequence[Mail]:
    """The latest mails, newest first, including those sent and failed."""
    return outbox.newest(tx, take=take)


def render_mail(tx: Transaction, mail_id: str, letterhead: Letterhead) -> WrittenMail | None:
    """A mail as it is sent, with its link. None if it is unknown or its invitation is over."""
    mail = outbox.get(tx, mail_id)
    letter = None if mail is None else _letter(tx, mail, letterhead)
    return None if mail is None or letter is None else _written(mail, letter, letterhead)


class OutboxWorker:
    """Sends the mails that wait in the outbox, while `run` runs. `clock` must be that of the database.

    `jitter` returns numbers from 0 to 1 that vary the backoff, so that mails that failed together are not retried
    together.
    """

    def __init__(
        self,
        database: Database,
        server: SmtpServer,
        letterhead: Letterhead,
        *,
        clock: Callable[[], datetime] = utc_now,
        jitter: Callable[[], float] = random.random,
        reply_seconds: float | None = None,
    ) -> None:
        self._database = database
        self._server = server
        self._letterhead = letterhead
        self._clock = clock
        self._jitter = jitter
        self._timeouts = {} if reply_seconds is None else {"reply_seconds": reply_seconds}
        self._hint = asyncio.Event()

    def wake(self) -> None:
        """Hints that mail was queued, instead of waiting for the next poll. Call it on the worker's event loop only."""
        self._hint.set()

    async def run(self) -> None:
        """Sends mail until it is cancelled."""
        while True:
            self._hint.clear()
            try:
                # A read first, so that an empty outbox never occupies the writer.
                wait = await self._seconds_until_due()
                if wait <= 0:
                    await self.deliver_due()
                    continue
            except Exception:
                # No failure may end the sending of all other mail.
                _logger.exception("The outbox could not be processed")
                wait = POLL_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._hint.wait()

    async def deliver_due(self) -> int:
        """Sends the mails that are due, a few at once, and returns how many there were."""
        leased = await self._database.write(self._lease)
        outcomes = await asyncio.gather(*itertools.starmap(self._deliver, leased), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                _logger.error("A mail could not be processed", exc_info=outcome)
        return len(leased)

    def _lease(self, tx: Transaction) -> list[tuple[Mail, InvitationLetter | None]]:
        return [
            (mail, _letter(tx, mail, self._letterhead))
            for mail in outbox.lease(tx, duration=LEASE, at_most=MAILS_AT_ONCE)
        ]

    async def _deliver(self, mail: Mail, letter: InvitationLetter | None) -> None:
        if letter is None:
            await self._give_up(mail, INVITATION_OVER)
            return
        if self._clock() + timedelta(seconds=SEND_SECONDS) > mail.leased_until:
            # This process was delayed for so long that another may lease the mail before it is sent.
            return
        try:
            async with sending(_written(mail, letter, self._letterhead), self._server, **self._timeouts):
                await self._database.write(lambda tx: outbox.mark_sent(tx, mail))
        except MailRefused as error:
            await self._give_up(mail, str(error))
        except MailDelayed as error:
            await self._postpone(mail, self._clock() + self._backoff_after(mail.attempts), str(error))
        except MailUncertain as error:
            until = max(mail.leased_until, self._clock() + self._backoff_after(mail.attempts))
            await self._postpone(mail, until, str(error))

    async def _postpone(self, mail: Mail, until: datetime, error: str) -> None:
        if mail.attempts >= MOST_ATTEMPTS:
            await self._give_up(mail, f"Given up after {mail.attempts} attempts. {error}")
            return
        await self._database.write(lambda tx: outbox.postpone(tx, mail, until=until, error=error))
        _logger.warning("Mail %s failed at attempt %d: %s", mail.mail_id, mail.attempts, error)

    async def _give_up(self, mail: Mail, error: str) -> None:
        await self._database.write(lambda tx: outbox.give_up(tx, mail, error=error))
        _logger.error("Mail %s will not be sent: %s", mail.mail_id, error)

    def _backoff_after(self, attempts: int) -> timedelta:
        # The exponent is limited where the backoff has long reached its maximum.
        wait: timedelta = min(FIRST_BACKOFF * 2 ** min(attempts - 1, 16), LONGEST_BACKOFF)
        return wait * (0.75 + 0.5 * self._jitter())

    async def _seconds_until_due(self) -> float:
        """Seconds until the next mail is due, at most POLL_SECONDS."""
        due = await self._database.read(outbox.next_due)
        if due is None:
            return POLL_SECONDS
        return min((due - self._clock()).total_seconds(), POLL_SECONDS)


def _letter(tx: Transaction, mail: Mail, letterhead: Letterhead) -> InvitationLetter | None:
    """The values of an invitation's mail, with link and code. None when the invitation is over."""
    assert mail.template == "invitation" and mail.invitation_id is not None
    letter = invitations.letter(tx, mail.agency_id, mail.invitation_id)
    if letter is None:
        return None
    token, code = invitations.token_and_code(tx, mail.agency_id, mail.invitation_id, key=letterhead.key)
    page = f"{letterhead.base_url}/invite"
    return InvitationLetter(
        link=f"{page}#{token}",
        page=page,
        code=code,
        agency_name=letter.agency_name,
        inviter_name=letter.inviter_name,
        role_names=letter.role_names,
        expires_at=letter.expires_at,
    )


def _written(mail: Mail, letter: InvitationLetter, letterhead: Letterhead) -> WrittenMail:
    return write_invitation(
        letter,
        mail_id=mail.mail_id,
        sender=letterhead.sender,
        to_address=mail.to_address,
        date=mail.created_at,
    )
