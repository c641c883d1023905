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
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from parlour.store.addresses import address_key

# For one answer of the server; slow ones scan what they get while the client waits (RFC 5321, 4.5.3.2, says minutes).
ANSWER_SECONDS = 60.0
# For a whole mail, however lively the server is; leases are longer.
SEND_SECONDS = 150.0
# For the end of a connection that has done its work.
GOODBYE_SECONDS = 5.0

# As much of a server's words as helps to find out what is wrong.
_REASON_CHARACTERS = 300

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


def write_invitation(
    letter: InvitationLetter, *, mail_id: str, sender: str, to_address: str, date: datetime
) -> EmailMessage:
    """The mail of an invitation, as text and HTML. Writing it again gives the same Message-ID."""
    # The first line of the text is the subject, so a name must not begin another.
    letter = replace(letter, agency_name=_line(letter.agency_name), inviter_name=_line(letter.inviter_name))
    subject, _, body = _TEMPLATES.get_template("invitation.txt").render(letter=letter).partition("\n")
    message = EmailMessage(policy=SMTP)
    message["From"] = _addressed(sender)
    message["To"] = _addressed(to_address)
    message["Subject"] = subject
    message["Date"] = date
    message["Message-ID"] = f"<{mail_id}@{_ascii_domain(sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.lstrip("\n"))
    message.add_alternative(_TEMPLATES.get_template("invitation.html").render(letter=letter), subtype="html")
    return message


@asynccontextmanager
async def handed_in(
    message: EmailMessage,
    server: SmtpServer,
    *,
    answer_seconds: float = ANSWER_SECONDS,
    send_seconds: float = SEND_SECONDS,
) -> AsyncIterator[None]:
    """Gives a mail to the server. What stands inside runs once it has taken it, and before anything else can fail.

    Raises MailRefused, MailDelayed or MailUncertain; the last one too when all of it takes too long.
    """
    client = _client(server, message, answer_seconds)
    try:
        async with asyncio.timeout(send_seconds):
            await _greet(client, server)
            await _transfer(client, message)
    except TimeoutError:
        client.close()
        raise MailUncertain(f"The mail server took longer than {send_seconds:g} seconds.") from None
    except BaseException:
        client.close()
        raise
    try:
        yield
    finally:
        await _take_leave(client)


async def _take_leave(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=GOODBYE_SECONDS)
    except (aiosmtplib.SMTPException, OSError):
        # The server has the mail; how the connection ends does not matter to it.
        client.close()


async def _greet(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    """Connects and signs in. Whatever fails here says nothing about the mail, so it is tried again."""
    try:
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        if server.user_name is not None:
            await client.login(server.user_name, server.password or "")
    except aiosmtplib.SMTPResponseException as error:
        raise MailDelayed(_answered(error.code, error.message)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailDelayed(_reason(f"{server.host}:{server.port}: {str(error) or type(error).__name__}")) from None


async def _transfer(client: aiosmtplib.SMTP, message: EmailMessage) -> None:
    is_data_sent = False
    sender, recipient = _only(message["From"]), _only(message["To"])
    needs_utf8 = not (sender.isascii() and recipient.isascii())
    if needs_utf8 and not client.supports_extension("smtputf8"):
        raise MailRefused("The mail server takes no addresses beyond ASCII.")
    try:
        await client.mail(sender, options=["SMTPUTF8"] if needs_utf8 else [], encoding="utf-8")
        await client.rcpt(recipient, encoding="utf-8")
        is_data_sent = True
        await client.data(message.as_bytes(policy=SMTP.clone(utf8=needs_utf8)))
    except aiosmtplib.SMTPSenderRefused as error:
        # Who may send here is a matter of settings, which somebody will put right.
        raise MailDelayed(_answered(error.code, error.message)) from None
    except aiosmtplib.SMTPResponseException as error:
        kind = MailRefused if 500 <= error.code < 600 else MailDelayed
        raise kind(_answered(error.code, error.message)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        reason = _reason(str(error) or type(error).__name__)
        raise (MailUncertain if is_data_sent else MailDelayed)(reason) from None


def _client(server: SmtpServer, message: EmailMessage, answer_seconds: float) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        # Asking the resolver for this machine's name can take longer than the mail.
        local_hostname=_ascii_domain(_only(message["From"])),
        timeout=answer_seconds,
        use_tls=server.is_tls,
        start_tls=None if server.is_tls else {"auto": None, "required": True, "off": False}[server.starttls],
    )


def _answered(code: int, text: str) -> str:
    return _reason(f"{code} {text}")


def _reason(text: str) -> str:
    """A server's words as one line that can be kept: a server that quotes the mail might quote its token or code."""
    return re.sub(r"[A-Za-z0-9_=-]{24,}|\b[0-9A-Z]{5}-[0-9A-Z]{5}\b", "...", _line(text))[:_REASON_CHARACTERS]


def _line(text: str) -> str:
    return " ".join(text.split())


def _addressed(address: str) -> Address:
    return Address(username=address.rpartition("@")[0], domain=_ascii_domain(address))


def _ascii_domain(address: str) -> str:
    return address_key(address).rpartition("@")[2]


def _only(header: object) -> str:
    (address,) = header.addresses  # type: ignore[attr-defined]  # what the policy makes of From and To
    spec: str = address.addr_spec
    return spec
