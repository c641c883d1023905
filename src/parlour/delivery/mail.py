"""Mail: how one is written, and how one is handed to a mail server.

A server's answer is sorted by what it means for the mail: taken; try again; uncertain, since the server may have
taken it before it fell silent; refused for good.
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

# For one answer of the server; slow ones scan what they get while the client waits (RFC 5321, 4.5.3.2, says minutes).
REPLY_SECONDS = 60.0
# For a whole mail, however lively the server is; leases are longer.
SEND_SECONDS = 150.0
# For the end of a connection that has done its work.
QUIT_SECONDS = 5.0

# As much of a server's words as helps to find out what is wrong.
_REASON_CHARACTERS = 300

# How long a line of a header should be at most (RFC 5322, 2.1.1; encoded words are shorter still).
_LINE_CHARACTERS = 76

# A local part that stands without quotation marks; what is beyond ASCII may stand in it (RFC 6532, 3.2).
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
    """A server will never take this mail."""


class MailDelayed(Exception):
    """A mail was not taken and may be at another time."""


class MailUncertain(Exception):
    """The connection broke while the server had the mail before it: whether it took it is unknown."""


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """What the mail of an invitation says, as its templates name it. `page` takes the `code` when the link fails."""

    link: str
    page: str
    code: str | None
    agency_name: str
    inviter_name: str
    role_names: Sequence[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in."""

    host: str
    port: int
    user_name: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False
    starttls: StartTls = "auto"


def smtp_server(url: str) -> SmtpServer:
    """The server of `smtp://USER:PASSWORD@HOST:PORT?starttls=auto|required|off` or `smtps://...`.

    STARTTLS is used where offered; with a password to a host other than this one it is required unless the URL
    says otherwise. Raises ValueError, whose text holds no password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # What the parser says quotes the address.
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("The SMTP address must look like smtp://HOST:PORT or smtps://HOST:PORT.")
    options = parse_qs(parts.query)
    if set(options) - {"starttls"}:
        raise ValueError("The SMTP address has an option that is not known; there is only starttls.")
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
    """A mail in words: what its headers say, before they are encoded, and its text, also as HTML.

    The domains of its addresses are in their ASCII form.
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
        """What is handed to a mail server: 7-bit throughout, unless an address `needs_utf8`.

        Each header is encoded here and written as it is. Python's own messages read encoded words in a header that is
        set, so that a name could hold line breaks and begin headers of its own.
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
    """The mail of an invitation, as text and HTML. Writing it again gives the same Message-ID."""
    # The first line of the text is the subject, so a name must not begin another.
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
    """Gives a mail to the server. What stands inside runs once it has taken it, and before anything else can fail.

    Raises MailRefused, MailDelayed or MailUncertain; the last one too when all of it takes too long.
    """
    # One that waited since before addresses were held to this could name others in the header than in the envelope.
    # The blanks around it count too: what may be typed must not begin or end a header.
    if mail.recipient != mail.recipient.strip() or deliverable(mail.recipient) is None:
        raise MailRefused("The address is not one that mail can be sent to; the invitation needs another.")
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
        # The server has the mail; how the connection ends does not matter to it.
        client.close()


async def _connect(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    """Connects and signs in. Whatever fails here says nothing about the mail, so it is tried again."""
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
            "An address has characters beyond ASCII, and the mail server does not take such addresses (SMTPUTF8)."
        )
    options = ["SMTPUTF8"] if mail.needs_utf8 else []
    # A server that offers the one has to offer the other (RFC 6531, 3.1); one that does not would refuse the word.
    if mail.needs_utf8 and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    try:
        await client.mail(_quoted(mail.sender), options=options, encoding="utf-8")
        await client.rcpt(_quoted(mail.recipient), encoding="utf-8")
        is_data_sent = True
        await client.data(mail.content())
    except aiosmtplib.SMTPSenderRefused as error:
        # Who may send here is a matter of settings, which somebody will put right.
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
        # Asking the resolver for this machine's name can take longer than the mail.
        local_hostname=_ascii_domain(mail.sender),
        timeout=reply_seconds,
        use_tls=server.is_tls,
        start_tls=None if server.is_tls else {"auto": None, "required": True, "off": False}[server.starttls],
    )


def _reply(code: int, text: str) -> str:
    return _reason(f"{code} {text}")


def _reason(text: str) -> str:
    """A server's words as one line that can be kept: a server that quotes the mail might quote its token or code."""
    return re.sub(r"[A-Za-z0-9_=-]{24,}|\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", "...", _line(text))[:_REASON_CHARACTERS]


def _line(text: str) -> str:
    return " ".join(text.split())


def _encoded(text: str, *, header: str) -> str:
    """A text as the value of a header, in encoded words unless it is plain already (RFC 2047)."""
    is_plain = text.isascii() and text.isprintable() and "=?" not in text
    if is_plain and len(header) + 2 + len(text) <= _LINE_CHARACTERS:
        return text
    return Header(text, "utf-8", maxlinelen=_LINE_CHARACTERS, header_name=header).encode(linesep="\r\n")


def _quoted(address: str) -> str:
    """An address as it stands in a header and in a command of SMTP (RFC 5322, 3.4.1)."""
    local, _, domain = address.rpartition("@")
    if _DOT_ATOM.fullmatch(local):
        return address
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"@{domain}'


def _with_ascii_domain(address: str) -> str:
    return f"{address.rpartition('@')[0]}@{_ascii_domain(address)}"


def _ascii_domain(address: str) -> str:
    return address_key(address).rpartition("@")[2]
