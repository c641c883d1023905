"""Sending mail from the outbox to a real server, with all possible failures."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from parlour.delivery import outbox as delivery
from parlour.delivery.mail import SmtpServer
from parlour.delivery.outbox import LEASE, Letterhead, OutboxWorker, list_outbox, render_mail
from parlour.store import outbox
from parlour.store.database import Database
from parlour.store.outbox import Mail
from tests.conftest import Clock
from tests.support.office import KEY, Office
from tests.support.post_office import PostOffice, link_in, serving, text_of

BOB = "bob@example.org"
LETTERHEAD = Letterhead(key=KEY, base_url="https://parlour.example", sender="parlour@acme.example")

# The timeouts for a server that falls silent, and for one that replies, on a busy machine too.
IMPATIENCE_SECONDS, PATIENCE_SECONDS = 1.0, 30.0


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


class Post:
    """The outbox of an office, a mail server, and a worker between them."""

    def __init__(self, office: Office, clock: Clock) -> None:
        self.office = office
        self.clock = clock
        self.server = PostOffice()

    def worker(self, server: SmtpServer) -> OutboxWorker:
        return OutboxWorker(
            self.office.database,
            server,
            LETTERHEAD,
            clock=self.clock,
            jitter=lambda: 0.5,
            reply_seconds=IMPATIENCE_SECONDS if self.server.falls == "silent" else PATIENCE_SECONDS,
        )

    def deliver(self) -> int:
        """Runs one round of a worker, and returns how many mails it sent."""
        return self.during(lambda server: self.worker(server).deliver_due())

    def during(self, work: Callable[[SmtpServer], Awaitable[int]]) -> int:
        async def run() -> int:
            async with serving(self.server) as server:
                return await work(server)

        return asyncio.run(run())

    def mail(self) -> Mail:
        """The only mail of the outbox, in its current state."""
        (mail,) = self.office.database.run(list_outbox)
        return mail


@pytest.fixture
def post(office: Office, clock: Clock) -> Post:
    return Post(office, clock)


def test_an_invitation_arrives_as_text_and_html_with_a_link_that_works(post: Post) -> None:
    post.office.invite(post.office.ann, BOB, "Worker")

    post.deliver()

    (message,) = post.server.taken
    assert post.server.recipients == [BOB]
    assert (message["From"], message["To"]) == ("parlour@acme.example", BOB)
    assert message["Subject"] == "Ann Agent invites you to Acme"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == post.mail().created_at.replace(microsecond=0)
    assert message["Message-ID"] == f"<{post.mail().mail_id}@acme.example>"
    link = link_in(message)
    assert link in text_of(message, "html")
    for kind in ("plain", "html"):
        assert post.office.code(BOB) in text_of(message, kind)
    address, _, token = link.partition("#")
    assert address == "https://parlour.example/invite"
    assert post.office.preview(token).body["roleNames"] == ["Worker"]


def test_a_mail_that_was_accepted_is_not_sent_again(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)

    assert [post.deliver(), post.deliver()] == [1, 0]
    assert (post.mail().state, post.mail().sent_at, post.mail().last_error) == ("sent", post.clock.now, None)


def test_a_mail_to_a_refused_recipient_is_given_up(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)
    post.server.on_recipient = "550 5.1.1 No such mailbox"

    post.deliver()

    assert (post.mail().state, post.mail().last_error) == ("failed", "550 5.1.1 No such mailbox")
    post.clock.advance(days=1)
    assert post.deliver() == 0


@pytest.mark.parametrize(
    "answers",
    [
        {"on_recipient": "450 4.2.1 Greylisted"},
        {"on_data": "451 4.3.0 Try later"},
        # A refused sender is a matter of settings, not of the mail.
        {"on_sender": "550 5.7.1 Not from here"},
    ],
    ids=lambda answers: next(iter(answers)),
)
def test_a_delayed_mail_is_retried_after_a_backoff(post: Post, answers: dict[str, str]) -> None:
    post.office.invite(post.office.ann, BOB)
    for name, answer in answers.items():
        setattr(post.server, name, answer)
    post.deliver()
    post.server = PostOffice()

    assert (post.mail().state, post.mail().last_error) == ("waiting", next(iter(answers.values())))
    post.clock.advance(seconds=59)
    assert post.deliver() == 0
    post.clock.advance(seconds=1)
    assert post.deliver() == 1
    assert post.mail().state == "sent"


def test_the_backoff_doubles_until_the_mail_is_given_up(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)
    post.server.on_recipient = "450 Not now"
    # The invitation must not expire before the last try.
    post.office.execute("UPDATE invitation SET expires_at = expires_at * 2")

    pauses = []
    while post.mail().state == "waiting":
        assert post.deliver() == 1
        pauses.append(post.mail().next_attempt_at - post.clock.now)
        post.clock.now = max(post.clock.now, post.mail().next_attempt_at)

    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(pauses) == timedelta(hours=4)
    assert timedelta(days=3.5) < sum(pauses, timedelta()) < timedelta(days=5)
    assert post.mail().last_error == "Given up after 31 attempts. 450 Not now"


@pytest.mark.parametrize("falls", ["silent", "gone"])
def test_an_uncertain_mail_is_retried_only_after_its_lease(post: Post, falls: str) -> None:
    post.office.invite(post.office.ann, BOB)
    post.server.falls = falls
    post.deliver()
    post.server.falls = ""

    assert post.mail().state == "waiting"
    post.clock.advance(seconds=LEASE.total_seconds() - 1)
    assert post.deliver() == 0
    post.clock.advance(seconds=1)
    assert post.deliver() == 1
    first, second = post.server.arrived
    assert first["Message-ID"] == second["Message-ID"]
    assert post.mail().state == "sent"


def test_without_a_server_the_mail_waits(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)

    async def offer_to_nobody() -> None:
        async with serving(post.server) as server:
            pass
        await post.worker(server).deliver_due()

    asyncio.run(offer_to_nobody())

    assert post.mail().state == "waiting"
    post.clock.advance(minutes=1)
    assert post.deliver() == 1
    assert len(post.server.taken) == 1


def test_two_workers_at_once_send_each_mail_once(post: Post) -> None:
    addresses = [f"number{n}@example.org" for n in range(12)]
    for address in addresses:
        post.office.invite(post.office.ann, address)

    async def work(server: SmtpServer) -> int:
        async def until_empty() -> None:
            worker = post.worker(server)
            while await worker.deliver_due():
                pass

        await asyncio.gather(until_empty(), until_empty())
        return 0

    post.during(work)

    assert sorted(post.server.recipients) == sorted(addresses)


def test_the_lease_of_a_dead_worker_expires(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)
    post.office.database.run(lambda tx: outbox.lease(tx, duration=LEASE, at_most=1))

    assert post.deliver() == 0
    post.clock.advance(seconds=LEASE.total_seconds())
    assert post.deliver() == 1
    assert len(post.server.taken) == 1


def test_a_worker_with_an_expired_lease_can_only_mark_its_mail_sent(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)
    run = post.office.database.run
    (late,) = run(lambda tx: outbox.lease(tx, duration=LEASE, at_most=1))
    post.clock.advance(seconds=LEASE.total_seconds())
    (current,) = run(lambda tx: outbox.lease(tx, duration=LEASE, at_most=1))

    run(lambda tx: outbox.give_up(tx, late, error="too late"))
    assert post.mail() == current
    run(lambda tx: outbox.mark_sent(tx, late))
    assert post.mail().state == "sent"


def test_a_worker_delayed_beyond_its_lease_sends_nothing(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)
    instants = iter([post.clock.now + LEASE])

    async def work(server: SmtpServer) -> int:
        worker = OutboxWorker(post.office.database, server, LETTERHEAD, clock=lambda: next(instants))
        return await worker.deliver_due()

    assert post.during(work) == 1
    assert post.server.arrived == []
    assert post.mail().state == "waiting"


def test_a_mail_whose_invitation_is_over_is_not_sent(post: Post) -> None:
    post.office.accept_anew(post.office.invited(BOB))

    post.deliver()

    assert post.server.arrived == []
    assert (post.mail().state, post.mail().last_error) == ("failed", delivery.INVITATION_OVER)


def test_a_mail_renewed_while_waiting_has_the_valid_link(post: Post) -> None:
    post.office.invited(BOB)
    post.clock.advance(days=1)
    post.office.invite(post.office.ann, BOB, "Worker")

    post.deliver()

    (message,) = post.server.taken
    assert post.office.preview(link_in(message).partition("#")[2]).body["roleNames"] == ["Worker"]


def test_a_token_quoted_by_the_server_is_neither_stored_nor_logged(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    token = post.office.invited(BOB)
    post.server.on_data = "554 5.7.1 Rejected for {link}"

    with caplog.at_level(logging.DEBUG):
        post.deliver()

    assert post.mail().last_error == "554 5.7.1 Rejected for https://parlour.example/invite#..."
    # The mail server runs in this process too, and logs all mails.
    assert token not in str([record.getMessage() for record in caplog.records if record.name != "mail.log"])


@pytest.mark.parametrize("is_old", [False, True])
def test_a_name_beyond_ascii_reaches_every_server(post: Post, is_old: bool) -> None:
    post.office.execute("UPDATE agency SET name = :name", name="Öbergs 中文 Bürå")
    post.office.invite(post.office.ann, BOB)
    post.server.is_old = is_old

    post.deliver()

    (message,) = post.server.taken
    assert message["Subject"] == "Ann Agent invites you to Öbergs 中文 Bürå"
    assert all("Öbergs 中文 Bürå" in text_of(message, kind) for kind in ("plain", "html"))
    assert {part["Content-Transfer-Encoding"] for part in message.iter_parts()} == {"quoted-printable"}


@pytest.mark.parametrize("hides_8bitmime", [False, True])
def test_an_address_beyond_ascii_is_used_if_the_server_supports_it(post: Post, hides_8bitmime: bool) -> None:
    post.office.invite(post.office.ann, "åsa@bücher.example")
    post.server.hides_8bitmime = hides_8bitmime

    post.deliver()

    assert post.server.recipients == ["åsa@xn--bcher-kva.example"]
    assert post.server.taken[0]["To"] == "åsa@xn--bcher-kva.example"


def test_an_address_beyond_ascii_fails_for_good_if_the_server_does_not_support_it(post: Post) -> None:
    post.office.invite(post.office.ann, "åsa@bücher.example")
    post.server.is_old = True

    post.deliver()

    assert post.mail().state == "failed"
    assert "SMTPUTF8" in (post.mail().last_error or "")
    assert post.server.arrived == []


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?bob=0D=0ABcc=3Av=40example.net?=@example.org",
        "=?utf-8?q?bob=2C_v=40example.net?=@example.org",
        "bob@example.org, v@example.net",
        "bob@example.org\r\nBcc: v@example.net",
        "bob\r\nBcc: v@example.org",
        "\r\n\r\nbob@example.org",
        "bob@example.org>\r\nRCPT TO:<v@example.net",
        '"bob, v@example.net"@example.org',
        "(v@example.net)bob@example.org",
        "v@example.net;bob@example.org",
        "bob\uff20example.net@example.org",
        "bob@[127.0.0.1]",
        "bob",
    ],
)
def test_an_unsafe_address_of_an_older_version_gets_no_mail(post: Post, address: str) -> None:
    post.office.invite(post.office.ann, BOB)
    post.office.execute("UPDATE outbox SET to_address = :address", address=address)

    post.deliver()

    assert (post.server.arrived, post.server.recipients) == ([], [])
    assert post.mail().state == "failed"
    assert "Mail cannot be sent to this address" in (post.mail().last_error or "")


def test_a_domain_beyond_ascii_works_with_every_server(post: Post) -> None:
    post.office.invite(post.office.ann, "asa@bücher.example")
    post.server.is_old = True

    post.deliver()

    assert post.server.recipients == ["asa@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    "address",
    ["=?utf-8?q?bob=0D=0ABcc=3Av=40example.net?=@example.org", '"a,v"@example.org', f"{'a' * 65}@example.org"],
    ids=ascii,
)
def test_a_waiting_mail_to_an_invalid_address_is_given_up(post: Post, address: str) -> None:
    post.office.invite(post.office.ann, BOB)
    post.office.execute("UPDATE outbox SET to_address = :address", address=address)

    post.deliver()

    assert (post.mail().state, post.server.arrived) == ("failed", [])
    assert "Mail cannot be sent to this address" in (post.mail().last_error or "")


def test_a_code_quoted_by_the_server_is_not_stored(post: Post) -> None:
    post.office.invited(BOB)
    post.server.on_data = f"554 5.7.1 Rejected for (code: {post.office.code(BOB)})"

    post.deliver()

    assert post.mail().last_error == "554 5.7.1 Rejected for (code: ...)"


def test_the_mail_of_an_invitation_without_a_code_has_none(post: Post) -> None:
    post.office.invited(BOB)
    post.office.execute("UPDATE invitation SET code_hash = NULL")

    post.deliver()

    (message,) = post.server.taken
    assert "code" not in text_of(message) + text_of(message, "html")


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_the_worker_signs_in_to_the_mail_server(post: Post) -> None:
    post.office.invite(post.office.ann, BOB)
    post.server.user = ("parlour", "pass:word@1")

    def worker(server: SmtpServer, password: str) -> OutboxWorker:
        return post.worker(replace(server, user_name="parlour", password=password))

    post.during(lambda server: worker(server, "wrong").deliver_due())
    assert post.mail().state == "waiting"
    post.clock.advance(minutes=1)
    post.during(lambda server: worker(server, "pass:word@1").deliver_due())
    assert post.mail().state == "sent"


def test_a_running_worker_sends_queued_mail_when_woken(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "POLL_SECONDS", 3600)

    async def work(server: SmtpServer) -> int:
        worker = post.worker(server)
        running = asyncio.create_task(worker.run())
        body = {"emailAddress": BOB, "roles": [role_id]}
        await post.office.answer(
            "POST", f"/api/contacts/{post.office.ann.contact_id}/invite/contact", body, post.office.ann
        )
        worker.wake()
        async with asyncio.timeout(60):
            await post.server.has_mail.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return 0

    role_id = post.office.role("Contact")
    post.during(work)

    assert post.server.recipients == [BOB]


@pytest.mark.parametrize("turns", range(6))
def test_a_worker_that_is_woken_as_it_is_cancelled_ends(
    post: Post, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """A wait that has just come to its end must not take the cancellation for itself."""
    monkeypatch.setattr(delivery, "POLL_SECONDS", 3600)

    async def work(server: SmtpServer) -> int:
        worker = post.worker(server)
        has_looked = asyncio.Event()

        async def looked() -> float:
            has_looked.set()
            return 3600.0

        monkeypatch.setattr(worker, "_seconds_until_due", looked)
        running = asyncio.create_task(worker.run())
        await has_looked.wait()
        await asyncio.sleep(0)
        worker.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        ended, _ = await asyncio.wait([running], timeout=5)
        running.cancel()
        return len(ended)

    assert post.during(work) == 1


def test_an_address_beyond_ascii_is_written_to(post: Post) -> None:
    assert post.office.invite(post.office.ann, "jörg@bücher.example").status == 200

    post.deliver()

    assert post.server.recipients == ["jörg@xn--bcher-kva.example"]


def test_names_are_escaped_in_html_and_cannot_inject_headers(post: Post) -> None:
    post.office.execute("UPDATE contact SET full_name = :name WHERE user_id = :ann", name=NASTY, ann=_ann(post))
    post.office.invite(post.office.ann, BOB)

    post.deliver()

    (message,) = post.server.taken
    assert message["Subject"] == "<b>Ann</b> Bcc: eve@example.org invites you to Acme"
    assert message["Bcc"] is None
    assert "&lt;b&gt;Ann&lt;/b&gt;" in text_of(message, "html")


NASTY = "<b>Ann</b>\r\nBcc: eve@example.org"


def _ann(post: Post) -> str:
    return post.office.ann.user_id


def test_the_outbox_and_a_waiting_mail_can_be_read(post: Post, clock: Clock) -> None:
    token = post.office.invited(BOB)
    clock.advance(seconds=1)
    post.office.invite(post.office.ann, "carol@example.org")

    found = post.office.database.run(list_outbox)
    message = post.office.database.run(lambda tx: render_mail(tx, found[1].mail_id, LETTERHEAD))

    assert [mail.to_address for mail in found] == ["carol@example.org", BOB]
    assert message is not None
    assert f"\nhttps://parlour.example/invite#{token}\n" in message.text
    assert post.office.database.run(lambda tx: render_mail(tx, "0" * 32, LETTERHEAD)) is None
