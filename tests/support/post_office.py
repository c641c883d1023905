"""A real mail server in this process, which can simulate failures."""

import asyncio
import email
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from parlour.delivery.mail import SmtpServer

OK = "250 OK"


@dataclass
class PostOffice:
    """Accepts mail. Each reply replaces 250 if set. `arrived` also counts refused mails.

    `falls` is the failure after the whole mail has arrived: "silent" never replies, "gone" disconnects. A server that
    `is_old` offers neither 8BITMIME nor SMTPUTF8, and refuses mail that is not 7-bit for good. One that
    `hides_8bitmime` does not offer it, and refuses it.
    """

    on_sender: str = OK
    on_recipient: str = OK
    on_data: str = OK
    falls: str = ""
    is_old: bool = False
    hides_8bitmime: bool = False
    user: tuple[str, str] | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    arrived: list[EmailMessage] = field(default_factory=list)
    has_mail: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_EHLO(  # noqa: N802 # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [each for each in responses if not ((self.is_old or self.hides_8bitmime) and "8BITMIME" in each)]

    async def handle_MAIL(  # noqa: N802 # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.hides_8bitmime and "BODY=8BITMIME" in options:
            return "555 5.5.4 Unknown option"
        envelope.mail_from = address
        return self.on_sender

    async def handle_RCPT(  # noqa: N802 # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.on_recipient == OK:
            envelope.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(  # noqa: N802 # the server's name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        if self.is_old and not envelope.content.isascii():
            return "554 5.6.1 Body is not 7-bit"
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.arrived.append(message)
        if self.falls == "silent":
            await asyncio.Event().wait()
        if self.falls == "gone":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        elif self.on_data == OK:
            self.taken.append(message)
            self.recipients += envelope.rcpt_tos
            self.has_mail.set()
        # A server that rejects a mail for its links often quotes them.
        return self.on_data.format(link=link_in(message))

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        shown = (data.login.decode(), data.password.decode())
        # Otherwise the server assumes that the failure was already reported.
        return AuthResult(success=shown == self.user, handled=False)


@asynccontextmanager
async def serving(office: PostOffice) -> AsyncIterator[SmtpServer]:
    """Serves on a free port."""

    def connection() -> SMTP:
        return SMTP(
            office,
            hostname="mail.example",
            enable_SMTPUTF8=not office.is_old,
            authenticator=office.authenticate if office.user else None,
            auth_required=office.user is not None,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    try:
        yield SmtpServer(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await server.wait_closed()


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content


def link_in(message: EmailMessage) -> str:
    return next(line for line in text_of(message).splitlines() if line.startswith("http"))
