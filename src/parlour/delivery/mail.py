"""Writes mails and sends them to a mail server.

A server's reply means that the mail is accepted, to be retried, or refused for good. It is uncertain if the connection
broke when the server may have accepted the mail.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from parlour.store.email_addresses import address_key, deliverable

# The timeout of one reply. Slow servers scan a mail while the client waits (RFC 5321, 4.5.3.2, says minutes).
REPLY_SECONDS = 60.0
# The timeout of a whole mail, even if every reply is quick. Leases are longer.
SEND_SECONDS = 150.0
# The timeout of QUIT, when the mail has been sent.
QUIT_SECONDS = 5.0

# The part of a server's reply that is kept: enough to find the cause.
_REASON_CHARACTERS = 300

# The longest line of a header (RFC 5322, 2.1.1; encoded words are shorter still).
_LINE_CHARACTERS = 76

# A local part that needs no quotation marks; it may contain characters beyond ASCII (RFC 6532, 3.2).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")

_TEMPLATES = Environment(
    loader=PackageLoader("parlour.delivery"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

StartTls = Literal["auto", "required", "off"]


class MailRefused(Exception):
    """The server refuses this mail for good."""


class MailDelayed(Exception):
    """The server did not accept the mail now; a retry may succeed."""


class MailUncertain(Exception):
    """The connection broke while the mail was sent, so the server may or may not have accepted it."""


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """The values of an invitation's mail, as its templates name them. `page` accepts the `code` when the link fails."""

    link: str
    page: str
    code: str | None
    agency_name: str
    inviter_name: str
    role_names: Sequence[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The address, account and encryption of a mail server."""

    host: str
    port: int
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    starttls: StartTls = "auto"


def smtp_server(url: str) -> SmtpServer:
    """The server of `smtp://USER:PASSWORD@HOST:PORT?starttls=auto|required|off` or `smtps://...`.

    STARTTLS is used where the server offers it. It is required for a password sent to another host, unless the URL says
    otherwise. Raises ValueError, whose text contains no password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The parser's message quotes the URL, which may contain a password.
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("The SMTP address must look like smtp://HOST:PORT or smtps://HOST:PORT.")
    options = parse_qs(parts.query)
    if set(options) - {"starttls"}:
        raise ValueError("The SMTP address has an unknown option. The only option is starttls.")
    is_tls = parts.scheme == "smtps"
    is_near = parts.hostname in ("localhost", "127.0.0.1", "::1")
    given = options.get("starttls", ["required" if parts.password and not is_near else "auto"])[-1]
    if given not in ("auto", "required", "off"):
        raise ValueError("The option starttls of the SMTP address must be auto, required or off.")
    starttls: StartTls = given  # type: ignore[assignment]  # just compared
    return SmtpServer(
        host=parts.hostname,
        port=port or (465 if is_tls else 587 if parts.username else 25),
        user_name=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        is_tls=is_tls,
        starttls=starttls,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMail:
    """A mail before it is encoded: the values of its headers, and its body as text and as HTML.

    The domains of the addresses are in ASCII form.
    """

    sender: str
    recipient: str
    subject: str
    date: datetime
    message_id: str
    text: str
    html: str

    @property
    def needs_utf8(self) -> bool:
        """Whether an address has characters beyond ASCII, which headers cannot escape."""
        return not (self.sender.isascii() and self.recipient.isascii())

    def content(self) -> bytes:
        """The bytes to send: 7-bit throughout, unless an address `needs_utf8`.

        Headers are encoded and written here. Python's own messages decode encoded words in a header that is set, so a
        name could contain line breaks and inject headers.
        """
        body = EmailMessage(policy=SMTP)
        body.set_content(self.text, cte="quoted-printable")
        body.add_alternative(self.html, subtype="html", cte="quoted-printable")
        headers = (
            f"From: {_quoted(self.sender)}",
            f"To: {_quoted(self.recipient)}",
            f"Subject: {_encoded(self.subject, header='Subject')}",
            f"Date: {format_datetime(self.date)}",
            f"Message-ID: {self.message_id}",
            "Auto-Submitted: auto-generated",
        )
        return "".join(f"{line}\r\n" for line in headers).encode() + body.as_bytes()


def write_invitation(
    letter: InvitationLetter, *, mail_id: str, sender: str, to_address: str, date: datetime
) -> WrittenMail:
    """Write an invitation's mail as text and HTML. Writing it again gives the same Message-ID."""
    # The first line of the text is the subject, so names must not contain line breaks.
    letter = replace(
        letter,
        agency_name=_line(letter.agency_name),
        inviter_name=_line(letter.inviter_name),
        role_names=[_line(name) for name in letter.role_names],
    )
    subject, _, body = _TEMPLATES.get_template("invitation.txt").render(letter=letter).partition("\n")
    return WrittenMail(
        sender=_with_ascii_domain(sender),
        recipient=_with_ascii_domain(to_address),
        subject=subject,
        date=date,
        message_id=f"<{mail_id}@{_ascii_domain(sender)}>",
        text=body.lstrip("\n"),
        html=_TEMPLATES.get_template("invitation.html").render(letter=letter),
    )


@asynccontextmanager
async def sending(
    mail: WrittenMail,
    server: SmtpServer,
    *,
    reply_seconds: float = REPLY_SECONDS,
    send_seconds: float = SEND_SECONDS,
) -> AsyncIterator[None]:
    """Sends a mail. The body of the `async with` runs once the server accepts it, before anything else can fail.

    Raises MailRefused, MailDelayed or MailUncertain; also MailUncertain when `send_seconds` have passed.
    """
    # A mail queued before addresses were checked could name other recipients in its header than in its envelope. Blanks
    # around the address count too, as they must not begin or end a header.
    if mail.recipient != mail.recipient.strip() or deliverable(mail.recipient) is None:
        raise MailRefused("Mail cannot be sent to this address. The invitation needs another.")
    client = _client(server, mail, reply_seconds)
    try:
        async with asyncio.timeout(send_seconds):
            await _connect(client, server)
            await _transfer(client, mail)
    except TimeoutError:
        client.close()
        raise MailUncertain(f"The mail server took longer than {send_seconds:g} seconds.") from None
    except BaseException:
        client.close()
        raise
    try:
        yield
    finally:
        await _quit(client)


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=QUIT_SECONDS)
    except (aiosmtplib.SMTPException, OSError):
        # The server has accepted the mail, so a failing QUIT does no harm.
        client.close()


async def _connect(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    """Connects and signs in. A failure here is not about the mail, so it is retried."""
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        if server.user_name is not None:
            await client.login(server.user_name, server.password or "")
    except aiosmtplib.SMTPResponseException as error:
        raise MailDelayed(_reply(error.code, error.message)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailDelayed(_reason(f"{server.host}:{server.port}: {str(error) or type(error).__name__}")) from None


async def _transfer(client: aiosmtplib.SMTP, mail: WrittenMail) -> None:
    is_data_sent = False
    if mail.needs_utf8 and not client.supports_extension("smtputf8"):
        raise MailRefused(
            "An address has characters beyond ASCII, and the mail server does not accept such addresses (SMTPUTF8)."
        )
    options = ["SMTPUTF8"] if mail.needs_utf8 else []
    # A server that offers SMTPUTF8 must offer 8BITMIME too (RFC 6531, 3.1); one that does not would refuse the option.
    if mail.needs_utf8 and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    try:
        await client.mail(_quoted(mail.sender), options=options, encoding="utf-8")
        await client.rcpt(_quoted(mail.recipient), encoding="utf-8")
        is_data_sent = True
        await client.data(mail.content())
    except aiosmtplib.SMTPSenderRefused as error:
        # A refused sender is a matter of settings, which somebody will correct.
        raise MailDelayed(_reply(error.code, error.message)) from None
    except aiosmtplib.SMTPResponseException as error:
        kind = MailRefused if 500 <= error.code < 600 else MailDelayed
        raise kind(_reply(error.code, error.message)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        reason = _reason(str(error) or type(error).__name__)
        raise (MailUncertain if is_data_sent else MailDelayed)(reason) from None


def _client(server: SmtpServer, mail: WrittenMail, reply_seconds: float) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        # Looking up this machine's name can take longer than sending the mail.
        local_hostname=_ascii_domain(mail.sender),
        timeout=reply_seconds,
        use_tls=server.is_tls,
        start_tls=None if server.is_tls else {"auto": None, "required": True, "off": False}[server.starttls],
    )


def _reply(code: int, text: str) -> str:
    return _reason(f"{code} {text}")


def _reason(text: str) -> str:
    """A server's reply as one line, without tokens and codes: a server may quote the mail."""
    return re.sub(r"[A-Za-z0-9_=-]{24,}|\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", "...", _line(text))[:_REASON_CHARACTERS]


def _line(text: str) -> str:
    return " ".join(text.split())


def _encoded(text: str, *, header: str) -> str:
    """A text as the value of a header, in encoded words unless it is plain (RFC 2047)."""
    is_plain = text.isascii() and text.isprintable() and "=?" not in text
    if is_plain and len(header) + 2 + len(text) <= _LINE_CHARACTERS:
        return text
    return Header(text, "utf-8", maxlinelen=_LINE_CHARACTERS, header_name=header).encode(linesep="\r\n")


def _quoted(address: str) -> str:
    """An address as it is written in headers and SMTP commands (RFC 5322, 3.4.1)."""
    local, _, domain = address.rpartition("@")
    if _DOT_ATOM.fullmatch(local):
        return address
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@{domain}'


def _with_ascii_domain(address: str) -> str:
    return f"{address.rpartition('@')[0]}@{_ascii_domain(address)}"


def _ascii_domain(address: str) -> str:
    return address_key(address).rpartition("@")[2]
