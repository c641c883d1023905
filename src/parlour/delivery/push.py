"""Tells browsers of messages that their people have not read, by Web Push.

A message costs its sender nothing. After its commit, one process finds it in the feed, and queues a push for each
browser that is to be told. All processes send what is queued, each push by one of them. Before that, the worker looks
again whether the person wants it: by then they may have read the message.

Somebody who is active in a program sees what comes there. Their pushes wait until they have read it or gone away.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from parlour.delivery.push_client import SEND_SECONDS, EndpointRefused, PushClient, PushFailed, Reply
from parlour.delivery.web_push import ServerKey, encrypted, origin_of
from parlour.engine.dto.declare import Guid
from parlour.model.conversations import Message
from parlour.store import push, reading, unread
from parlour.store.database import Database, Transaction, utc_now
from parlour.store.push import TEST, Place, Push, Reader, Sent, Target

# How often a process looks for messages to tell of, and for pushes to send.
POLL_SECONDS = 1.0

# Whoever is reading a chat marks its messages as read within this time, and messages in a row are one push.
DELAY = timedelta(seconds=3)

# How long the push of a person who is active waits until it is looked at again.
HELD = timedelta(seconds=20)

# A program that repeats its presence each minute may miss it once.
ACTIVE_LIFE = timedelta(seconds=120)

# Longer than a whole attempt, so that two attempts never overlap.
LEASE = timedelta(seconds=4 * SEND_SECONDS)

# Pushes sent at the same time, each on its own connection.
PUSHES_AT_ONCE = 32

# Events that are looked through at once.
MOST_AT_ONCE = 500

# The backoff after the first failure, and the longest.
FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=2)

# How long a service gets no other push after one that it did not answer, so that it does not hold up the others.
SERVICE_REST = timedelta(seconds=30)

# The letters of a notification. Screens show fewer, and all of them fit into a push.
MOST_TITLE = 100
MOST_BODY = 160

_TEXTS = {
    "en": ("New message", "Notifications arrive in this browser."),
    "de": ("Neue Nachricht", "In diesem Browser kommen Benachrichtigungen an."),
}
"""For each language, what stands for a text that is hidden, and in a test."""

_logger = logging.getLogger("parlour.push")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What all pushes of this server share. Addresses in them begin with `base_url`; `guid` writes the ids there."""

    key: ServerKey
    subject: str
    base_url: str
    guid: Callable[[Guid], str] = str


@dataclass(frozen=True, slots=True)
class Letter:
    """A push before it is encrypted."""

    target: Target
    text: bytes


class PushWorker:
    """Queues and sends pushes, while `run` runs. `clock` must be that of the database.

    `jitter` returns numbers from 0 to 1 that vary the backoff.
    """

    def __init__(
        self,
        database: Database,
        sender: Sender,
        client: PushClient,
        *,
        clock: Callable[[], datetime] = utc_now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._sender = sender
        self._client = client
        self._clock = clock
        self._jitter = jitter
        self._active: dict[tuple[str, str], datetime] = {}
        self._resting: dict[str, datetime] = {}

    async def run(self) -> None:
        """Works until it is cancelled."""
        await asyncio.gather(self._always(self.queue_new), self._always(self.deliver_due))

    async def _always(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except Exception:
                # No failure, such as a database that is away, may end the telling of all others.
                _logger.exception("The pushes could not be processed")
            await asyncio.sleep(POLL_SECONDS)

    async def heard_presence(self, hint: str) -> None:
        """Takes a hint that a person is active, or not any more: their agency, their id, and the presence."""
        agency_id, user_id, presence = hint.split(" ")
        if presence == "online":
            self._active[agency_id, user_id] = self._clock() + ACTIVE_LIFE
        else:
            self._active.pop((agency_id, user_id), None)

    # -- queueing

    async def queue_new(self) -> None:
        """Queues pushes for the messages that were sent since the last time, in all agencies with browsers."""
        for place, position, day in await self._database.read(push.places_behind):
            next_place: Place | None = place
            while next_place is not None:
                next_place = await self._queue_some(next_place, position, day)

    async def _queue_some(self, place: Place, position: int, day: int) -> Place | None:
        """Queues pushes for some messages, and returns the place behind them. None at the end of the feed."""
        agency_id = place.agency_id

        def find(tx: Transaction) -> tuple[Sequence[Sent], Sequence[Reader]]:
            sent = push.sent_since(tx, place, up_to=position, most=MOST_AT_ONCE)
            return sent, push.readers_of(tx, agency_id, {each.chat_id for each in sent}) if sent else ()

        sent, readers = await self._database.read(find)
        told = _told(sent, readers)
        is_all = len(sent) < MOST_AT_ONCE
        moved_to = Place(agency_id, position, day) if is_all else Place(agency_id, sent[-1].position, sent[-1].day)

        def keep(tx: Transaction) -> bool:
            if not push.move(tx, place, position=moved_to.position, day=moved_to.day):
                # Another process has queued them.
                return False
            push.add(tx, agency_id, told, delay=DELAY)
            return True

        return moved_to if await self._database.write(keep) and not is_all else None

    # -- sending

    async def deliver_due(self) -> None:
        """Sends the pushes that are due, some at once."""
        # A read first, so that an empty queue never occupies the writer.
        while await self._database.read(push.is_any_due):
            leased = await self._database.write(self._lease)
            outcomes = await asyncio.gather(*map(self._deliver, leased), return_exceptions=True)
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    _logger.error("A push could not be processed", exc_info=outcome)

    def _lease(self, tx: Transaction) -> list[Push]:
        """Leases some pushes. Those of active people are held."""
        leased = []
        for each, user_id in push.due(tx, at_most=PUSHES_AT_ONCE):
            is_active = self._active.get((each.agency_id, user_id), tx.now) > tx.now
            if is_active and each.chat_id != TEST:
                push.hold(tx, each, until=tx.now + HELD)
            else:
                leased.append(push.lease(tx, each, until=tx.now + LEASE))
        return leased

    def _letter(self, tx: Transaction, each: Push) -> Letter | None:
        """What a push says. None if its person is not to be told any more."""
        target = push.target_of(tx, each)
        if target is None or each.expires_at <= tx.now:
            return None
        if each.chat_id == TEST:
            return Letter(target, _text(self._test(target)))
        name = push.chat_name(tx, each, target.subscription.user_id)
        if name is None:
            return None
        place = (each.chat_id, each.seq)
        message = reading.at(tx, each.agency_id, target.subscription.user_id, [place])[place]
        if message.is_deleted:
            return None
        badge = unread.totals(tx, each.agency_id, target.subscription.user_id).badge_count
        return Letter(target, _text(self._notification(target, name, message), badge))

    def _notification(self, target: Target, name: str, message: Message) -> dict[str, Any]:
        """The notification of a message. The chat of two people has the name of the other."""
        sender = message.sender_name or ""
        text = message.text or ", ".join(each.file_name or "" for each in message.attachments)
        said = _cut(text if not name else f"{sender}: {text}", MOST_BODY)
        guid = self._sender.guid
        return {
            "title": _cut(name or sender, MOST_TITLE),
            "body": _texts(target)[0] if target.subscription.hides_text else said,
            "navigate": f"{self._sender.base_url}/chats/{guid(message.chat_id)}/m/{guid(message.chat_message_id)}",
            "tag": guid(message.chat_id),
            **_language(target),
        }

    def _test(self, target: Target) -> dict[str, Any]:
        return {
            "title": _cut(target.agency_name, MOST_TITLE),
            "body": _texts(target)[1],
            "navigate": f"{self._sender.base_url}/me",
            "tag": "test",
            **_language(target),
        }

    async def _deliver(self, each: Push) -> None:
        letter = await self._database.read(lambda tx: self._letter(tx, each))
        now = self._clock()
        if letter is None:
            await self._database.write(lambda tx: push.end(tx, each, next_at=now))
            return
        if now + timedelta(seconds=SEND_SECONDS) > each.leased_until:
            # This process was delayed for so long that another may lease the push before it is sent.
            return
        origin = origin_of(letter.target.subscription.endpoint)
        rests_until = self._resting.get(origin, now)
        if rests_until > now:
            await self._database.write(lambda tx: push.postpone(tx, each, until=rests_until))
            return
        try:
            reply = await self._post(each, letter, now)
        except EndpointRefused as error:
            await self._give_up(each, str(error))
        except PushFailed as error:
            self._rest(origin, now + SERVICE_REST)
            await self._postpone(each, now + self._backoff_after(each.attempts), "The push service does not answer.")
            _logger.warning("The push service %s does not answer: %s", origin, error)
        else:
            await self._take(each, origin, reply, now)

    async def _post(self, each: Push, letter: Letter, now: datetime) -> Reply:
        browser = letter.target.subscription
        headers = {
            "Authorization": self._sender.key.authorization(browser.endpoint, self._sender.subject, now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int((each.expires_at - now).total_seconds()))),
            # Whoever waits for an answer in a chat does not wait until a phone wakes up by itself.
            "Urgency": "high",
            "Topic": _topic(each),
        }
        sealed = encrypted(letter.text, p256dh=browser.p256dh, auth=browser.auth)
        return await self._client.post(browser.endpoint, headers, sealed)

    async def _take(self, each: Push, origin: str, reply: Reply, now: datetime) -> None:
        """Acts on the answer of a push service (RFC 8030, 5 and 8.4)."""
        if 200 <= reply.status < 300:
            await self._database.write(lambda tx: push.delivered(tx, each, next_at=now + DELAY))
        elif reply.status in (404, 410):
            # The browser does not want any more pushes, or is gone.
            await self._database.write(lambda tx: push.remove(tx, each.agency_id, each.subscription_id))
        elif reply.status == 429 or reply.status >= 500:
            until = now + max(self._backoff_after(each.attempts), _retry_after(reply.retry_after, now))
            if reply.status == 429:
                self._rest(origin, until)
            await self._postpone(each, until, f"The push service is busy: {reply.status}.")
        else:
            _logger.error("The push service %s refuses a push: %d %s", origin, reply.status, reply.reason)
            await self._give_up(each, f"The push service refuses it: {reply.status}.")

    async def _postpone(self, each: Push, until: datetime, error: str) -> None:
        if until >= each.expires_at:
            await self._give_up(each, error)
            return

        def postpone(tx: Transaction) -> None:
            push.postpone(tx, each, until=until)
            push.note_error(tx, each, error)

        await self._database.write(postpone)

    async def _give_up(self, each: Push, error: str) -> None:
        def give_up(tx: Transaction) -> None:
            push.end(tx, each, next_at=tx.now + DELAY)
            push.note_error(tx, each, error)

        await self._database.write(give_up)

    def _rest(self, origin: str, until: datetime) -> None:
        now = self._clock()
        self._resting = {each: ends for each, ends in self._resting.items() if ends > now} | {origin: until}

    def _backoff_after(self, attempts: int) -> timedelta:
        # The exponent is limited where the backoff has long reached its maximum.
        wait: timedelta = min(FIRST_BACKOFF * 2 ** min(attempts - 1, 16), LONGEST_BACKOFF)
        return wait * (0.75 + 0.5 * self._jitter())


def _told(sent: Sequence[Sent], readers: Sequence[Reader]) -> list[tuple[Reader, Sent]]:
    """Which browsers are to be told of which messages: each of the newest of a chat that notifies its person.

    A person's own message marks all before it as read, so only the newest ones matter.
    """
    newest: dict[Guid, Sent] = {}
    naming: dict[tuple[Guid, Guid | None], Sent] = {}
    for each in sent:
        newest[each.chat_id] = each
        naming.update({(each.chat_id, user_id): each for user_id in each.named})
        if each.names_everybody:
            naming[each.chat_id, None] = each
    found = []
    for reader in readers:
        candidates = [newest.get(reader.chat_id)]
        if reader.only_mentions:
            candidates = [naming.get((reader.chat_id, reader.user_id)), naming.get((reader.chat_id, None))]
        wanted = max((each for each in candidates if each is not None), key=lambda each: each.seq, default=None)
        if wanted is None or wanted.sender_id == reader.user_id:
            continue
        if wanted.seq > reader.read_seq and wanted.created_at >= reader.since:
            found.append((reader, wanted))
    return found


def _text(notification: dict[str, Any], badge: int | None = None) -> bytes:
    """A declarative push message, which some browsers show without a service worker. All others give it to theirs.

    Source: W3C Push API, "Declarative push message". WebKit's own page has the badge in the notification, the draft of
    the W3C beside it.
    """
    if badge is None:
        return _json({"web_push": 8030, "notification": notification})
    return _json({"web_push": 8030, "notification": notification | {"app_badge": badge}, "app_badge": badge})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _texts(target: Target) -> tuple[str, str]:
    return _TEXTS.get((target.language or "").partition("-")[0], _TEXTS["en"])


def _language(target: Target) -> dict[str, str]:
    return {"dir": "auto", **({"lang": target.language} if target.language else {})}


def _cut(text: str, most: int) -> str:
    """The beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _topic(each: Push) -> str:
    """What a push is about: a newer one replaces it at the service, which must not learn of which chat it is."""
    about = f"{each.subscription_id} {each.chat_id}".encode()
    return hashlib.sha256(about).hexdigest()[:32]


def _retry_after(value: str, now: datetime) -> timedelta:
    """The time that a service asks for: seconds, or a date (RFC 9110, 10.2.3). None for anything else."""
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), push.LIFE)
    with contextlib.suppress(ValueError, OverflowError):
        until = parsedate_to_datetime(value)
        return min(until - now, push.LIFE) if until.tzinfo else timedelta()
    return timedelta()
