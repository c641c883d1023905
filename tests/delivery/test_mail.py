"""Parsing a mail server's URL, and encoding mails with any names."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlour.delivery.mail import InvitationLetter, SmtpServer, WrittenMail, smtp_server, write_invitation

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example", SmtpServer("mail.example", 25)),
        ("smtp://[::1]:2525", SmtpServer("::1", 2525)),
        ("smtps://mail.example", SmtpServer("mail.example", 465, is_tls=True)),
        ("smtp://u:p%40ss@mail.example", SmtpServer("mail.example", 587, "u", "p@ss", starttls="required")),
        ("smtp://u:p@localhost:26", SmtpServer("localhost", 26, "u", "p")),
        ("smtp://u:p@mail.example:26?starttls=auto", SmtpServer("mail.example", 26, "u", "p")),
        ("smtp://mail.example?starttls=off", SmtpServer("mail.example", 25, starttls="off")),
    ],
)
def test_a_server_url_is_parsed(url: str, server: SmtpServer) -> None:
    assert smtp_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://u:hidden@mail.example",
        "smtp://",
        "smtp://u:hidden@mail.example?starttls=maybe",
        "smtp://u:hidden@mail.example?tls=1",
        "smtp://u:hidden@mail.example:port",
        "smtp://u:hidden#2@mail.example",
        "smtp://mail.example?hidden=1",
    ],
)
def test_an_invalid_server_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"SMTP|[Pp]ort") as refused:
        smtp_server(url)

    assert "hidden" not in str(refused.value)


def test_a_server_shown_in_a_log_shows_no_password() -> None:
    assert "hidden" not in repr(smtp_server("smtp://u:hidden@mail.example"))


BCC = "=?utf-8?q?Ann=0D=0ABcc=3A_v=40example.net?="
CHOSEN = [
    BCC,
    "=?utf-8?q?Ann=0D=0A=0D=0AThe_whole_body?=",
    "=?utf-8?b?QW5uDQpCY2M6IHZAZXhhbXBsZS5uZXQ=?=",
    "Ann\r\nBcc: v@example.net",
    "Ann\nBcc: v@example.net",
    "Ann\x0bBcc: v@example.net\x85Cc: w@example.net\u2028Cc: x@example.net",
    "Åsa Öberg",
    "\u4e2d\u6587" * 60,
    "a" * 200,
    "a b " * 50,
    'Ann, <v@example.net>; "Bob" (c) \\',
    "=?utf-8?q?",
    "?=",
    "",
]


def written(chosen: str) -> WrittenMail:
    letter = InvitationLetter(
        link="https://parlour.example/invite#token",
        page="https://parlour.example/invite",
        code="7KQ2M-X04TZ",
        agency_name=chosen,
        inviter_name=chosen,
        role_names=[chosen, "Agent"],
        expires_at=datetime(2025, 1, 2, tzinfo=UTC),
    )
    return write_invitation(
        letter,
        mail_id="0" * 32,
        sender="parlour@acme.example",
        to_address="bob@example.org",
        date=datetime(2025, 1, 1, 12, tzinfo=UTC),
    )


def read(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def check_is_only_what_it_should_be(mail: WrittenMail) -> None:
    """Checks the bytes, then how another parser reads them."""
    content = mail.content()
    head, blank, _ = content.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if not line[:1].isspace()]
    message = read(content)

    assert blank and content.isascii()
    assert b"\r" not in content.replace(b"\r\n", b"") and b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert names == message.keys() == HEADERS
    assert [each.addr_spec for name in ("From", "To") for each in message[name].addresses] == [
        "parlour@acme.example",
        "bob@example.org",
    ]
    assert re.sub(r"\s", "", message["Subject"]) == re.sub(r"\s", "", mail.subject)
    bodies = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in message.iter_parts()}
    assert bodies == {"text/plain": mail.text, "text/html": mail.html}


@pytest.mark.parametrize("chosen", CHOSEN)
def test_no_name_adds_a_header_or_a_recipient(chosen: str) -> None:
    check_is_only_what_it_should_be(written(chosen))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=200))
def test_no_text_adds_a_header_or_a_recipient(chosen: str) -> None:
    check_is_only_what_it_should_be(written(chosen))


@given(st.text("=?utf-8qb_0DAB=bcc:@ \r\n", max_size=100))
def test_no_encoded_word_adds_a_header_or_a_recipient(chosen: str) -> None:
    check_is_only_what_it_should_be(written(chosen))


def test_a_subject_that_looks_encoded_is_read_as_it_was_written() -> None:
    assert read(written(BCC).content())["Subject"] == f"{BCC} invites you to {BCC}"


@pytest.mark.parametrize(
    ("address", "header"),
    [
        ("a,b@example.org", '"a,b"@example.org'),
        ('a"b\\c@example.org', '"a\\"b\\\\c"@example.org'),
        ("a.b+c=d@example.org", "a.b+c=d@example.org"),
    ],
)
def test_an_address_is_quoted_where_necessary(address: str, header: str) -> None:
    mail = WrittenMail(
        sender=address,
        recipient=address,
        subject="",
        date=datetime(2025, 1, 1, tzinfo=UTC),
        message_id="<1@example.org>",
        text="\n",
        html="\n",
    )

    assert mail.content().startswith(f"From: {header}\r\nTo: {header}\r\n".encode())
    assert len(read(mail.content())["To"].addresses) == 1
